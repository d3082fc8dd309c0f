"""Linkability: does the target tell which two records, of two data sets with different attributes, are the same person's?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from engine.assessment.context import Context
from engine.assessment.rates import shared
from engine.assessment.result import Fact, Risk, not_measured
from engine.assessment.view import Frame, Places, View
from engine.risk.attempts import ATTEMPTS, LEAST, Counted, Tried, affordable, attacked, comparable, drawn, rated
from engine.risk.base import ViewAttack
from engine.risk.neighbours import Space, nearest, space

NEIGHBOURS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Split:
    """Attributes that the one data set has, and those that the other has: places in the features that are compared."""

    left: tuple[int, ...]
    right: tuple[int, ...]


class Linkability(ViewAttack):
    """Look a person up in the target by one half of the attributes and by the other: what is among the k nearest by both is a link.

    Giomi et al. 2023, section 4.3, by Gower's distance. Where it is known which record of the target is whose (masked, copied), only
    the own record counts as a link. Several splits are tried: random halves, and of entities their own columns against those of
    what they own. The worst is reported, its interval held for all splits and k together (Bonferroni); the mean is among the facts.

    Control: the same on held-out people. Baseline: both lists drawn at random, by formula. Ties at one distance are broken
    by chance, for each half by itself: records that are all alike link nobody.
    """

    name = "linkability"
    title = "Link two data sets about the same people through the target"
    source = "Opinion 05/2014 (WP216); Giomi et al. 2023 (PoPETs 2023(2)), section 4.3; Gower 1971"
    remedy = (
        "Mask or bucket the columns that are kept (`number_bucket`, `date_band`, `category`), or synthesise the table."
    )

    attempts: int = Field(ATTEMPTS, ge=LEAST)
    """People that are looked up, at most."""
    splits: int = Field(4, ge=1)
    """Random halves of the attributes."""

    def attack(self, view: View, context: Context) -> tuple[Risk, ...]:
        features = comparable(view)
        rng = context.rng(self.name, view.scope)
        wanted = affordable(view.target.rows * (len(features) + 4 * self.splits), context.seconds, self.attempts)
        people = attacked(view, wanted, rng)
        because = _impossible(view, features, people)
        if because:
            return tuple(not_measured(self.name, view.scope, because, _measure(k)) for k in NEIGHBOURS)
        splits = splits_of(view, features, self.splits, context.rng(self.name, view.scope, "splits"))
        within = space(view, features)
        own = view.match[people] if view.match is not None else None
        main = _links(within, view.known.take(people), splits, own, context, rng)
        control = _control(view, wanted, rng)
        outside = _links(within, control, splits, None, context, rng) if control is not None else None
        return tuple(
            self._worst(view, k, main[k], outside[k] if outside is not None else None, len(people), control)
            for k in NEIGHBOURS
        )

    def _worst(
        self, view: View, k: int, main: Places, outside: Places | None, people: int, control: Frame | None
    ) -> Risk:
        guess = _by_chance(k, view.target.rows, view.match is not None)
        counted = [
            Counted(
                Tried(int(links), people),
                Tried(int(outside[split]), control.rows) if outside is not None and control is not None else None,
                guess,
                proves=view.match is not None,
            )
            for split, links in enumerate(main)
        ]
        risks = [each.risk().value for each in counted]
        level = shared(len(counted) * len(NEIGHBOURS))
        facts: dict[str, Fact] = {
            "k": k,
            "splits": len(counted),
            "mean risk": float(np.mean(risks)),
            "mean main": float(np.mean([each.main.rate().value for each in counted])),
            "records of the target": view.target.rows,
        }
        return rated(self.name, view, _measure(k), counted[int(np.argmax(risks))], level=level, facts=facts)


def _measure(k: int) -> str:
    return f"k={k}"


def _impossible(view: View, features: Sequence[int], people: Places) -> str:
    """Why nothing can be tried; empty where it can."""
    if len(features) < 2:
        return "Fewer than two features that the target has of the source differ between records: there is nothing to split."
    if min(len(people), view.target.rows) < LEAST:
        return f"There are {min(len(people), view.target.rows)} records to attack; at least {LEAST} are needed."
    return ""


def _control(view: View, wanted: int, rng: np.random.Generator) -> Frame | None:
    """Held-out people; none where a link must be to a person's own record, which they do not have."""
    if view.match is not None or view.control is None or view.control.rows < LEAST:
        return None
    return view.control.take(drawn(np.arange(view.control.rows), wanted, rng))


def splits_of(view: View, features: Sequence[int], wanted: int, rng: np.random.Generator) -> list[Split]:
    """Random halves, each another; of an entity first its own columns against the rest."""
    found: dict[frozenset[int], Split] = {}
    own = tuple(at for at, feature in enumerate(features) if view.features[feature].own)
    owned = tuple(at for at in range(len(features)) if at not in own)
    if view.entity and own and owned:
        found[frozenset(own)] = Split(own, owned)
    for _ in range(wanted):
        order = rng.permutation(len(features))
        left, right = (tuple(sorted(map(int, half))) for half in np.array_split(order, 2))
        if frozenset(left) not in found and frozenset(right) not in found:
            found[frozenset(left)] = Split(left, right)
    return list(found.values())


def _links(
    within: Space, people: Frame, splits: Sequence[Split], own: Places | None, context: Context,
    rng: np.random.Generator,
) -> dict[int, Places]:  # fmt: skip
    """For each k how many are linked by each split."""
    halves = [half for split in splits for half in (split.left, split.right)]
    sets = np.array([np.isin(np.arange(len(within.features)), half) for half in halves])
    lists = nearest(within, within.spelt(people), sets, max(NEIGHBOURS), rng, context.control)
    return {
        k: np.array([_linked(lists[at, :, :k], lists[at + 1, :, :k], own) for at in range(0, len(lists), 2)])
        for k in NEIGHBOURS
    }


def _linked(left: Places, right: Places, own: Places | None) -> int:
    if own is not None:
        both = (left == own[:, None]).any(axis=1) & (right == own[:, None]).any(axis=1)
    else:
        both = (left[:, :, None] == right[:, None, :]).any(axis=(1, 2))
    return int(np.count_nonzero(both))


def _by_chance(k: int, records: int, own: bool) -> float:
    """How often two random lists of k of so many records share one, or the own record."""
    k = min(k, records)
    if own:
        return float((k / records) ** 2)
    free = np.arange(k)
    return float(1 - np.prod(np.maximum(records - k - free, 0) / (records - free)))
