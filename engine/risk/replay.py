"""Find whole records and rare values of the source that come back in the target as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from engine.assessment.alike import Keys, bits, counts, keys
from engine.assessment.context import Context
from engine.assessment.rates import above, excess, shared, wilson
from engine.assessment.result import Fact, Interval, Risk, not_measured
from engine.assessment.view import Carries, Made, View, present
from engine.risk.base import ViewAttack

LEAST = 30
"""Fewer rare records of a side say nothing."""
RARE = 2
"""A value that so many of all people have, at most."""
PAIRS = 60
"""Of columns that are looked at together: a random choice where there are more."""
MEASURES = ("whole records", "rare values", "rare pairs of values")
NO_CONTROL = "Nobody, or too few, were held out: how many come back by chance is not known."

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    """Known and held-out people one after the other, and the target, as a number for each value of every compared column."""

    both: tuple[Keys, ...]
    there: tuple[Flags, ...]
    """Where a person has a value."""
    target: tuple[Keys, ...]
    known: int


@dataclass(frozen=True, slots=True, eq=False)
class _Rare:
    """Of each person: how many rare things he has, and how many of them occur in the target."""

    held: npt.NDArray[np.int64]
    found: npt.NDArray[np.int64]

    def rate(self, side: slice, level: float) -> Interval:
        """The mean share of a person's rare things that occur.

        Wilson's interval of it: no share between 0 and 1 varies more than a yes or no, and things of one person come together.
        """
        held, found = self.held[side], self.found[side]
        has = held > 0
        return wilson(float((found[has] / held[has]).sum()), float(np.count_nonzero(has)), level)

    def people(self, side: slice) -> int:
        return int(np.count_nonzero(self.held[side]))


class Replay(ViewAttack):
    """How much oftener a known person's record comes back than a held-out person's: that rate is chance.

    Asked are records that nobody else of both groups has, and values or pairs of values that at most two have (in a pair
    neither value is rare by itself): rare among all people together, so that a thing is no rarer on one side. Alarm: the
    known rate lies above the held-out one, all three figures together at 95 %.
    """

    name: ClassVar[str] = "replay"
    title: ClassVar[str] = "Find records and rare values that came back as they were"
    source: ClassVar[str] = (
        "Exact match against hold-out; rare values as in Carlini et al., The Secret Sharer, USENIX Security 2019"
    )
    remedy: ClassVar[str] = (
        "Train with a smaller epsilon, or give the columns fewer values (declared ranges and categories)."
    )
    made: ClassVar[frozenset[Made]] = frozenset({Made.SYNTHETIC})

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        places = [
            place
            for place, feature in enumerate(view.features)
            if feature.carries in (Carries.KEPT, Carries.ALTERED, Carries.LEARNED)
        ]
        if not places or not view.target.rows:
            because = "No column of the target has values of the source." if not places else "The target has no rows."
            return tuple(not_measured(self.name, view.scope, because, measure) for measure in MEASURES)
        people = _people(view, places)
        rng = context.rng(self.name, view.scope)
        seen = (_whole(people), _values(people, context), _pairs(people, rng, context))
        return tuple(
            _risk(self.name, view, measure, rare, people) for measure, rare in zip(MEASURES, seen, strict=True)
        )


def _people(view: View, places: Sequence[int]) -> _People:
    sides = [view.known, *([view.control] if view.control is not None else [])]
    both = tuple(np.concatenate([bits(side.columns[place]) for side in sides]) for place in places)
    there = tuple(np.concatenate([present(side.columns[place]) for side in sides]) for place in places)
    return _People(both, there, tuple(bits(view.target.columns[place]) for place in places), view.known.rows)


def _whole(people: _People) -> _Rare:
    both, target = (keys(side, len(side[0])) for side in (people.both, people.target))
    alone = counts(both, both) == 1
    return _Rare(alone.astype(np.int64), (alone & (counts(both, target) > 0)).astype(np.int64))


def _values(people: _People, context: Context) -> _Rare:
    return _rare(zip(people.both, people.target, people.there, strict=True), len(people.both[0]), context)


def _pairs(people: _People, rng: np.random.Generator, context: Context) -> _Rare:
    common = [there & (counts(each, each) > RARE) for each, there in zip(people.both, people.there, strict=True)]
    pairs = [(a, b) for a, b in combinations(range(len(common)), 2) if common[a].any() and common[b].any()]
    chosen = sorted(rng.permutation(len(pairs))[:PAIRS])

    def columns() -> Iterator[tuple[Keys, Keys, Flags]]:
        for a, b in (pairs[place] for place in chosen):
            sides = (keys((side[a], side[b]), len(side[a])) for side in (people.both, people.target))
            yield *sides, common[a] & common[b]

    return _rare(columns(), len(people.both[0]), context)


def _rare(columns: Iterator[tuple[Keys, Keys, Flags]], rows: int, context: Context) -> _Rare:
    held, found = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    for both, target, asked in columns:
        context.control.check()
        rare = asked & (counts(both, both) <= RARE)
        held += rare
        found[rare] += counts(both[rare], target) > 0
    return _Rare(held, found)


def _risk(attack: str, view: View, measure: str, rare: _Rare, people: _People) -> Risk:
    known, others = slice(0, people.known), slice(people.known, None)
    attempts, tried = rare.people(known), rare.people(others)
    if attempts < LEAST or (view.control is not None and tried < LEAST):
        who = "known people" if attempts < LEAST else "held-out people"
        return not_measured(
            attack, view.scope, f"Too few {who} have {_THINGS[measure]}: at least {LEAST} are needed.", measure
        )
    main = rare.rate(known, 0.95)
    facts: dict[str, Fact] = {
        "known people asked about": attempts,
        "target rows": view.target.rows,
        "of target rows": max(view.of_target, view.target.rows),
    }
    if view.control is None:
        return Risk(
            attack, view.scope, measure, risk=main, because=NO_CONTROL, main=main, facts=facts, uncontrolled=True
        )
    control = rare.rate(others, 0.95)
    if control.value >= 1:
        because = f"All that held-out people have occurs in the target too: {_THINGS[measure]} are no sign of anybody."
        return not_measured(attack, view.scope, because, measure)
    together = shared(len(MEASURES))
    alarm = above(rare.rate(known, together), rare.rate(others, together))
    facts["held-out people asked about"] = tried
    return Risk(
        attack, view.scope, measure, risk=excess(main, control), main=main, control=control, baseline=control,
        alarm=alarm, facts=facts,
    )  # fmt: skip


_THINGS = dict(
    zip(
        MEASURES,
        ("a record that nobody else has", "values that few have", "pairs of values that few have"),
        strict=True,
    )
)
