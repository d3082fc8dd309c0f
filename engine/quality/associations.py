"""How alike two sides are in what a column of a row says of a column of its ancestor, for many pairs and resamples at once.

Of each pair and group of families only sums are kept: moments where both are numbers or times, the joint counts of codes else. So a
thousand resamples cost a product of matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np
import numpy.typing as npt

from engine.assessment.codes import most_frequent, numbered
from engine.assessment.view import Places, Values, present
from engine.quality.columns import Compared

Floats = npt.NDArray[np.float64]

BINS = 10
MOST_CATEGORIES = 100
"""The most frequent known ones; all others count as one."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """One column of every side as codes of one size, and as numbers where it has any."""

    name: str
    codes: tuple[Places, ...]
    """0 where there is no value."""
    size: int
    numbers: tuple[Floats, ...] | None = None
    """Less the known mean, by the known deviation."""

    @classmethod
    def of(cls, name: str, sides: Sequence[Values]) -> Self | None:
        """The first side is the known one; None where it is constant: it goes together with nothing."""
        known = sides[0][present(sides[0])]
        if not len(known) or known.min() == known.max():
            return None
        if known.dtype.kind == "i":
            kept = most_frequent(known, MOST_CATEGORIES)
            return cls(name, tuple(numbered(side, kept) + 1 for side in sides), len(kept) + 2)
        edges = np.linspace(known.min(), known.max(), BINS + 1)[1:-1]
        codes = tuple(np.where(present(side), np.searchsorted(edges, side, "right") + 1, 0) for side in sides)
        deviation = known.std() or 1.0
        return cls(name, codes, BINS + 1, tuple((side - known.mean()) / deviation for side in sides))

    def __repr__(self) -> str:
        return f"Coded({self.name})"


@dataclass(frozen=True, slots=True)
class Pair:
    upper: Coded
    """A column of the ancestor."""
    lower: Coded

    @property
    def linear(self) -> bool:
        return self.upper.numbers is not None and self.lower.numbers is not None


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """Rows of one side with their ancestors."""

    side: int
    lower: Places
    """The rows."""
    upper: Places
    """Their ancestors."""

    @property
    def families(self) -> int:
        return len(np.unique(self.upper))

    def of(self, mask: npt.NDArray[np.bool_]) -> Joined:
        return Joined(self.side, self.lower[mask], self.upper[mask])


def coded(columns: Sequence[Compared]) -> tuple[Coded, ...]:
    """Those that say anything. The sides are known, target and, where there is one, control."""
    found = []
    for column in columns:
        if column.refusal() is None and (one := Coded.of(column.name, column.sides)) is not None:
            found.append(one)
    return tuple(found)


def pairs_of(upper: Sequence[Coded], lower: Sequence[Coded]) -> tuple[Pair, ...]:
    return tuple(Pair(*both) for both in product(upper, lower))


def sums(pair: Pair, rows: Joined, group: Places, groups: int) -> Floats:
    """A row for each group of families: moments, or joint counts."""
    if pair.upper.numbers is not None and pair.lower.numbers is not None:
        x, y = pair.upper.numbers[rows.side][rows.upper], pair.lower.numbers[rows.side][rows.lower]
        there = np.isfinite(x) & np.isfinite(y)
        x, y, group = x[there], y[there], group[there]
        moments = (np.ones(len(x)), x, y, x * x, y * y, x * y)
        return np.column_stack([np.bincount(group, moment, groups) for moment in moments])
    cells = pair.upper.size * pair.lower.size
    joint = pair.upper.codes[rows.side][rows.upper] * pair.lower.size + pair.lower.codes[rows.side][rows.lower]
    return np.bincount(group * cells + joint, minlength=groups * cells).reshape(groups, cells).astype(np.float64)


def alike(pair: Pair, one: Floats, other: Floats) -> Floats:
    """CorrelationSimilarity, 1 - |r - r'| / 2, or ContingencySimilarity, 1 - half the L1 distance of the joint shares."""
    if pair.linear:
        return np.asarray(1 - np.abs(_correlation(one) - _correlation(other)) / 2, np.float64)
    return np.asarray(1 - np.abs(_shares(one) - _shares(other)).sum(-1) / 2, np.float64)


def unrelated(pair: Pair, known: Floats) -> Floats:
    """The sums of both columns with each in an order of its own, as they would be on average."""
    if pair.linear:
        n, x, y, xx, yy, _ = known
        return np.array([n, x, y, xx, yy, x * y / max(n, 1)])
    joint = known.reshape(pair.upper.size, pair.lower.size)
    return np.outer(joint.sum(axis=1), joint.sum(axis=0)).ravel()


def _correlation(sums: Floats) -> Floats:
    """Pearson's; 0 where a side is constant."""
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    n = np.maximum(n, 1)
    spread = np.maximum(xx / n - (x / n) ** 2, 0) * np.maximum(yy / n - (y / n) ** 2, 0)
    certain = spread > 1e-20
    found = np.where(certain, (xy / n - x / n * y / n) / np.sqrt(np.where(certain, spread, 1)), 0.0)
    return np.clip(found, -1, 1)


def _shares(counts: Floats) -> Floats:
    return np.asarray(counts / np.maximum(counts.sum(-1, keepdims=True), 1e-300), np.float64)
