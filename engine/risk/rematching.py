"""Find a person's own row of a masked target by its shape: where it stands, how much it owns, when, and what was not masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field
from scipy.stats import rankdata

from engine.assessment.context import Context
from engine.assessment.rates import wilson
from engine.assessment.result import Fact, Interval, Risk, State, not_measured
from engine.assessment.view import NOBODY, Made, Places, View
from engine.jobs.control import Control
from engine.risk import clues as clue_makers
from engine.risk.base import ViewAttack
from engine.risk.clues import Clue, Weighed, weighed
from engine.risk.knowledge import Knows, is_anything, is_count, is_gap, is_time, is_unmasked, known_of
from engine.risk.own_rank import Ranked, ranked

LEAST = 10
"""People whose own row is known: with fewer there is none to learn from, or an interval as wide as all there is."""
TAUGHT = 500
CELLS = 50_000_000
"""Distances that one level of knowledge may take."""


_Weights = Mapping[Clue, Sequence[Weighed]]


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """What an attacker knows."""

    measure: str
    clues: Sequence[Clue]
    without: str
    """Why there is nothing, where there is nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    """Known records and their own rows: some to learn from, others to attack."""

    taught: Places
    taught_rows: Places
    attacked: Places
    rows: Places


class Rematching(ViewAttack):
    """An attacker has one person's own record and looks for that person's row among all rows of the masked target.

    At each level of knowledge the nearest row is named, weighed as in record linkage; how far masking moves each value the attacker
    knows from the plan (only the key is secret), here from pairs that are not attacked. `order`: the place in the table alone;
    `counts`: how much the person owns; `times`; `gaps`: days between times, which a shift of all of a person's dates leaves;
    `unmasked columns`; `everything but order`: all of these and altered values; `everything`. Ties are broken at random, so k equal
    rows count 1/k. The risk is the share of people whose row is named, the baseline a random row.

    Alarm: the interval's low end is above five times the baseline and above 1 %. Invalid: it does not exceed the baseline. Where only
    a sample of the target's rows was compared, more rows mean more rivals, so the figure is an upper bound; `in the whole` continues
    its fall with the number of candidates.
    """

    name = "rematching"
    title = "Find somebody's masked row by its shape"
    source = "Narayanan and Shmatikov, S&P 2008, arXiv:cs/0610105; weights of Fellegi and Sunter, JASA 64, 1969"
    remedy = (
        "Shift each person's dates by a distance of their own (`date_shift`) or keep only their month "
        "(`date_band`), bucket amounts (`number_bucket`). How much a person owns is changed by synthesis "
        "alone; the order of rows by loading a dump that is sorted by a masked key."
    )
    made: ClassVar[frozenset[Made]] = frozenset({Made.MASKED, Made.COPIED})

    people: int = Field(default=2_000, ge=LEAST)
    """At most so many are attacked."""

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        if view.match is None:
            return (not_measured(self.name, view.scope, "which row of the target is whose is not known"),)
        rng = context.rng(self.name, view.scope)
        people = self._people(view.match, view.target.rows, rng)
        if people is None:
            return (not_measured(self.name, view.scope, f"fewer than {LEAST} people have a row of their own in it"),)
        levels = _levels(view)
        weights = _weights(levels, people, rng, context.control)
        return tuple(self._tried(view, level, weights, people, context.control) for level in levels)

    def _people(self, match: Places, candidates: int, rng: np.random.Generator) -> _People | None:
        there = np.flatnonzero(match != NOBODY)
        if len(there) < LEAST or candidates < LEAST:
            return None
        drawn = rng.permutation(there)
        learn = min(TAUGHT, len(drawn) // 2)
        taught, attacked = drawn[:learn], drawn[learn : learn + min(self.people, max(LEAST, CELLS // candidates))]
        return _People(taught, match[taught], attacked, match[attacked])

    def _tried(self, view: View, level: _Level, weights: _Weights, people: _People, control: Control) -> Risk:
        if not level.clues:
            return not_measured(self.name, view.scope, level.without, level.measure)
        if not any(clue in weights for clue in level.clues):
            return not_measured(self.name, view.scope, "all records are alike in it", level.measure)
        weighed_clues = [part for clue in level.clues for part in weights.get(clue, ())]
        found = ranked(weighed_clues, people.attacked, people.rows, view.target.rows, control)
        return self._risk(view, level, people, found)

    def _risk(self, view: View, level: _Level, people: _People, found: Ranked) -> Risk:
        success = found.success()
        main = wilson(float(success.sum()), len(success))
        chance = 1 / found.candidates
        facts = _facts(view, found, level) | (_of_order(level.clues[0], people) if level.measure == "order" else {})
        beaten = main.low > chance
        return Risk(
            self.name,
            view.scope,
            level.measure,
            State.MEASURED if beaten else State.INVALID,
            risk=main,
            because="" if beaten else "it names no more rows than guessing does",
            main=main,
            baseline=Interval(chance, chance, chance),
            alarm=beaten and main.low > max(5 * chance, 0.01),
            facts=facts,
        )


def _levels(view: View) -> list[_Level]:
    places = known_of(view, is_anything)
    clues = dict(zip(places, clue_makers.of_features(view, places), strict=True))

    def of(knows: Knows) -> list[Clue]:
        return [clues[at] for at in known_of(view, knows)]

    order = [clue_makers.of_order(view)]
    gaps = clue_makers.of_gaps(view, known_of(view, is_time))
    everything, nothing = [*clues.values(), *gaps], "the target shows nothing of it"
    return [
        _Level("order", order, ""),
        _Level("counts", of(is_count), "nothing is counted of it"),
        _Level("times", of(is_time), "it has no times that the target shows"),
        _Level("gaps", gaps + of(is_gap), "it has no two times that the target shows"),
        _Level("unmasked columns", of(is_unmasked), "no column of it is unmasked"),
        _Level("everything but order", everything, nothing),
        _Level("everything", everything + order if everything else [], nothing),
    ]


def _weights(levels: Sequence[_Level], people: _People, rng: np.random.Generator, control: Control) -> _Weights:
    """Of every clue that tells people apart, each once for all levels."""
    found = {}
    for clue in dict.fromkeys(clue for level in levels for clue in level.clues):
        control.check()
        if clue.tells:
            found[clue] = weighed(clue, people.taught, people.taught_rows, rng)
    return found


def _facts(view: View, found: Ranked, level: _Level) -> dict[str, Fact]:
    attempts = len(found.nearer)
    facts: dict[str, Fact] = {
        "attempts": attempts,
        "candidates": found.candidates,
        "clues": len(level.clues),
        "top 5": float(found.success(5).mean()),
    }
    whole = max(view.of_target, found.candidates)
    if whole > found.candidates:
        facts |= {"candidates in the whole": whole, "upper bound": True, "in the whole": _continued(found, whole)}
    return facts


def _continued(found: Ranked, whole: int) -> float:
    """The success among so many candidates, as if it went on falling as from a quarter of the candidates to all (a power law)."""
    quarter, all_ = found.among(max(1, found.candidates // 4)), found.among(found.candidates)
    if all_ <= 0:
        return 0.0
    return float(all_ * (all_ / quarter) ** (np.log(whole / found.candidates) / np.log(4)))


def _of_order(places: Clue, people: _People) -> dict[str, Fact]:
    """How well the place in the source tells the place in the target."""
    mine, theirs = places.known[people.attacked], places.target[people.rows]
    rows = len(places.target)
    span = max(1, rows // 100)
    correlation = float(np.corrcoef(rankdata(mine), rankdata(theirs))[0, 1])
    near = np.abs(mine - theirs) * (rows - 1) <= span + 0.5
    return {"rank correlation": correlation, "within": span, "share within": float(near.mean())}
