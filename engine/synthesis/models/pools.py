"""Codes that are too rare for a network to tell apart under noise are one group to it; which of them was meant is drawn from noisy
marginals afterwards. Both are post-processing of what was paid for, so they cost nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.synthesis.handle import Floats

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """How a network sees the codes of one column."""

    groups: Whole
    """(codes,) the group of each code, 0..size-1."""
    shares: Floats
    """(codes,) how often each is expected, adding up to 1; what has none shares its group with a code that has some."""

    @property
    def size(self) -> int:
        """How many groups there are."""
        return int(self.groups.max()) + 1

    @property
    def mass(self) -> Floats:
        """(groups,) how often each group is expected."""
        mass = np.zeros(self.size)
        np.add.at(mass, self.groups, self.shares)
        return mass


def pooled(shares: Floats, ordered: bool, least: float) -> Pool:
    """Groups of a share of at least `least`: runs of neighbours where codes are ordered, else all rare codes together.

    Of ordered codes those without any share, as beyond the ends of a range, belong to their neighbours' groups and are never drawn.
    """
    possible = (shares > 0) if ordered and (shares > 0).any() else np.ones(len(shares), bool)
    positive = np.where(possible, np.maximum(shares, _least_share(len(shares))), 0.0)
    positive = positive / positive.sum()
    groups = _runs(positive, least) if ordered else _rare_together(positive, least)
    return Pool(groups, positive)


def even(size: int) -> Floats:
    """The shares of codes of which nothing is known."""
    return np.full(size, 1 / size)


def _least_share(size: int) -> float:
    return 1e-2 / size**2


def _runs(shares: Floats, least: float) -> Whole:
    """A frequent code is a group by itself; the others are gathered, in order, until they are enough."""
    groups, gathered, group = np.zeros(len(shares), np.int64), 0.0, 0
    for code, share in enumerate(shares.tolist()):  # of codes, not of rows
        if gathered and share and (gathered >= least or share >= least):
            group, gathered = group + 1, 0.0
        groups[code] = group
        gathered += share
    return groups


def _rare_together(shares: Floats, least: float) -> Whole:
    frequent = shares >= least
    return np.where(frequent, np.cumsum(frequent) - 1, frequent.sum())


class Within:
    """Draws codes of given groups."""

    def __init__(self, pool: Pool) -> None:
        self._codes = np.argsort(pool.groups, kind="stable")
        self._ends = np.cumsum(pool.shares[self._codes])
        self._mass = pool.mass
        self._begins = np.cumsum(self._mass) - self._mass
        possible = np.flatnonzero(pool.shares[self._codes] > 0)
        of = pool.groups[self._codes[possible]]
        self._first = possible[np.minimum(np.searchsorted(of, np.arange(pool.size), "left"), len(possible) - 1)]
        self._last = possible[np.maximum(np.searchsorted(of, np.arange(pool.size), "right") - 1, 0)]

    def draw(self, groups: Whole, rng: np.random.Generator) -> Whole:
        """(rows,) one code for each group, none of share 0 where the group has another."""
        if len(self._codes) == len(self._mass):
            return self._codes[groups]
        at = self._begins[groups] + rng.random(len(groups)) * self._mass[groups]
        places = np.searchsorted(self._ends, at, "right")
        return self._codes[np.clip(places, self._first[groups], self._last[groups])]
