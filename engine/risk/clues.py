"""What an attacker compares between known people and a target's rows, and how much each thing is worth to them.

Weights are those of record linkage (Fellegi and Sunter, J. Am. Stat. Assoc. 64, 1969): how much likelier two records are to be so far
apart when they are one person's than when they are two people's. An attacker knows the plan, for only the key is secret, and so knows
how far values move; here it is learned from a few pairs that are not attacked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.assessment.view import NOBODY, Carries, Places, Values, View
from engine.risk.knowledge import varies

Floats = npt.NDArray[np.float64]
FINEST = 2.5e-6
"""Of all ranks: finer weights would cost the digits that ties are told by."""
DIMS = 8
"""Of a category with more values than this: each is a random point, about 1 from any other, and no two are one."""
ROUNDED = 5
"""Decimals of a day that a difference of times keeps: 1 second."""
FEWEST_PAIRS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Clue:
    """One figure of each known record, and of each of the target's."""

    known: Values
    target: Values
    altered: bool = False
    """The target's are not the source's, perhaps still in their order."""

    @property
    def tells(self) -> bool:
        return varies(self.known) and varies(self.target)


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """A clue as coordinates whose squared distance is twice the loss of likelihood."""

    known: Values
    target: Values
    points: Floats | None = None
    """Of a category: where each label lies, the missing one first. A number is its own coordinate."""

    def coordinates(self, values: Values) -> Floats:
        """Of some of the known or target records."""
        return np.asarray(values, np.float64)[:, None] if self.points is None else self.points[values + 1]


def of_features(view: View, places: Sequence[int]) -> list[Clue]:
    return [
        Clue(view.known.columns[at], view.target.columns[at], view.features[at].carries is Carries.ALTERED)
        for at in places
    ]


def of_gaps(view: View, places: Sequence[int]) -> list[Clue]:
    """Days between the times of one table's rows, and between all times: a shift that is one person's own leaves them as they were."""
    tables = {view.features[at].table for at in places}
    groups = [[at for at in places if view.features[at].table == table] for table in sorted(tables, key=str)]
    if len(groups) > 1:
        groups.append(list(places))
    sides = (view.known, view.target)
    return [
        Clue(*gap)
        for group in groups
        if len(group) > 1
        for gap in zip(*(_since_first([side.columns[at] for at in group]) for side in sides), strict=True)
    ]


def of_order(view: View) -> Clue:
    """How far down each record stands.

    Where the target is of all people, somebody with both whole tables counts rows; a sample of the target has others in between, so
    both are counted by the people of whom both rows are here. Of a subset nobody knows who is in it: then by the share of all rows.
    """
    known, target = np.arange(view.known.rows), np.arange(view.target.rows)
    if view.control is not None or view.match is None:
        return Clue(known / max(1, len(known) - 1), target / max(1, len(target) - 1), altered=True)
    there = np.flatnonzero(view.match != NOBODY)
    steps = np.linspace(0, 1, len(there))
    return Clue(np.interp(known, there, steps), np.interp(target, np.sort(view.match[there]), steps), altered=True)


def weighed(clue: Clue, taught: Places, theirs: Places, rng: np.random.Generator) -> list[Weighed]:
    """The clue with its weight. `taught`, `theirs`: places of known records and of their own in the target, to learn it from."""
    if clue.known.dtype.kind != "f":
        return _category(clue.known, clue.target, taught, theirs, rng)
    numbers = [_ranks(clue.known, clue.known, clue.target)]
    if clue.altered:
        numbers.append((numbers[0][0], _ranks(clue.target, clue.known, clue.target)[1]))
    known, target = min(numbers, key=lambda each: _moved(each[0][taught], each[1][theirs]))
    there = _missing(clue, taught, theirs, rng)
    # Equal values are told from their neighbours, and no more can be.
    finest = max(FINEST, 0.25 / max(1, len(np.unique(known))))
    weight = _worth(known[taught], target[theirs], finest)
    scale = np.sqrt(weight)
    found = [Weighed(_middle(known) * scale, _middle(target) * scale)] if weight > 0 else []
    return found + there


def _since_first(times: Sequence[Values]) -> list[Values]:
    stacked = np.stack(times)
    first = np.fmin.reduce(stacked, axis=0)
    return [np.round(each - first, ROUNDED) for each in stacked]


def _ranks(scale: Values, known: Values, target: Values) -> tuple[Floats, Floats]:
    """Both sides by the share of `scale` that lies below: equal values stay equal, and crowded ranges are told apart."""
    present = np.sort(scale[np.isfinite(scale)])
    if not len(present):
        return np.full(len(known), np.nan), np.full(len(target), np.nan)
    knots, counts = np.unique(present, return_counts=True)
    shares = (np.cumsum(counts) - counts / 2) / len(present) - 0.5
    return _interpolated(known, knots, shares), _interpolated(target, knots, shares)


def _interpolated(values: Values, knots: Floats, shares: Floats) -> Floats:
    return np.where(np.isnan(values), np.nan, np.interp(np.where(np.isnan(values), 0, values), knots, shares))


def _middle(ranks: Floats) -> Floats:
    """A missing value is as near to all as it can be; that it is missing is a category of its own."""
    return np.where(np.isnan(ranks), 0.0, ranks)


def _moved(mine: Floats, theirs: Floats) -> float:
    """The mean squared distance between ranks of one person; infinite when too few have both."""
    apart = (mine - theirs)[~np.isnan(mine - theirs)]
    return float(np.square(apart).mean()) if len(apart) >= FEWEST_PAIRS else np.inf


def _worth(mine: Floats, theirs: Floats, finest: float) -> float:
    """Of two normal errors, of one person's ranks and of two people's: 1 / s^2 - 1 / S^2."""
    moved = _moved(mine, theirs)
    if not np.isfinite(moved):
        return 0.0
    both = ~np.isnan(mine - theirs)
    a, b = mine[both], theirs[both]
    strangers = float(a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    if strangers <= finest**2:
        return 0.0
    return max(0.0, 1 / max(moved, finest**2) - 1 / strangers)


def _missing(clue: Clue, taught: Places, theirs: Places, rng: np.random.Generator) -> list[Weighed]:
    known, target = (np.isnan(side).astype(np.int32) for side in (clue.known, clue.target))
    return _category(known, target, taught, theirs, rng) if known.any() or target.any() else []


def _category(known: Values, target: Values, taught: Places, theirs: Places, rng: np.random.Generator) -> list[Weighed]:
    labels = int(max(known.max(), target.max())) + 2
    shares = [np.bincount(side + 1, minlength=labels) / len(side) for side in (known, target)]
    chance = float(shares[0] @ shares[1])
    agree = (np.count_nonzero(known[taught] == target[theirs]) + 0.5) / (len(taught) + 1)
    if not 0 < chance < 1 or agree <= chance:
        return []
    weight = 2 * (np.log(agree / (1 - agree)) + np.log((1 - chance) / chance))
    points = np.eye(labels) / np.sqrt(2) if labels <= DIMS else rng.normal(size=(labels, DIMS)) / np.sqrt(2 * DIMS)
    return [Weighed(known, target, points * np.sqrt(weight))]
