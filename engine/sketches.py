"""Which distinct values a column holds, as keyed hashes: exact while there are few, a uniform sample of the distinct ones beyond.

The sample keeps every hash below a limit and lowers the limit as it fills (a theta sketch: Dasgupta, Lang, Rhodes, Thaler, A Framework
for Estimating Stream Expression Cardinalities, ICDT 2016, doi 10.4230/LIPIcs.ICDT.2016.6). Two sketches under one key sample the same
values, so the overlap of two columns is counted below the lower limit and scaled by it. A sketch holds no value, and without the key
none can be tried against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
CAPACITY = 1 << 18
"""Most hashes a sketch keeps (2 MB): up to so many distinct values it is exact."""
EVERYTHING = (1 << 64) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """Sorted, distinct hashes up to and including `limit`."""

    hashes: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    limit: int = EVERYTHING

    @property
    def exact(self) -> bool:
        return self.limit == EVERYTHING

    @property
    def fraction(self) -> float:
        """The share of all distinct values that it holds."""
        return 1.0 if self.exact else (self.limit + 1) / 2.0**64

    @property
    def distinct(self) -> int:
        """Distinct values: exact, or estimated with a relative standard error of 1/sqrt(CAPACITY / 2), below 0.3 %."""
        return round(len(self.hashes) / self.fraction)

    def below(self, limit: int) -> Sketch:
        """The same values, sampled down to this limit."""
        if limit >= self.limit:
            return self
        return Sketch(self.hashes[: np.searchsorted(self.hashes, np.uint64(limit), side="right")], limit)


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many distinct values two columns share."""

    counted: int
    """Shared hashes that both sketches hold."""
    fraction: float
    """The share of all values that was compared; 1.0 is all of them."""

    @property
    def found(self) -> int:
        return round(self.counted / self.fraction)


class SketchBuilder:
    """Collects hashes into a sketch, in memory that does not grow with the column."""

    def __init__(self, capacity: int = CAPACITY, limit: int = EVERYTHING) -> None:
        self._capacity, self._limit = capacity, limit
        self._parts: list[Hashes] = []
        self._held = 0

    @property
    def limit(self) -> int:
        return self._limit

    def add(self, hashes: Hashes) -> None:
        kept = hashes if self._limit == EVERYTHING else hashes[hashes <= np.uint64(self._limit)]
        self._parts.append(kept)
        self._held += len(kept)
        # Sorting only when twice the capacity has come in makes its cost per value constant.
        if self._held > 2 * self._capacity:
            self._compact()

    def merge(self, sketch: Sketch) -> None:
        if sketch.limit < self._limit:
            self._limit = sketch.limit
            self._compact()
        self.add(sketch.hashes)

    def sketch(self) -> Sketch:
        """What was collected so far."""
        self._compact()
        return Sketch(self._parts[0], self._limit)

    def _compact(self) -> None:
        held = _distinct(np.concatenate([np.empty(0, np.uint64), *self._parts]))
        held = held[: np.searchsorted(held, np.uint64(self._limit), side="right")]
        if len(held) > self._capacity:
            # Half the capacity is left free, so that the next compaction is far off.
            self._limit = int(held[self._capacity // 2 - 1])
            held = held[: self._capacity // 2]
        self._parts, self._held = [held], len(held)


def _distinct(hashes: Hashes) -> Hashes:
    """Sorted, each once. A radix sort of the upper 32 bits leaves next to nothing to the sort of the whole, whose speed differs
    widely between processors."""
    for shift in (32, 48):
        hashes = hashes[np.argsort((hashes >> np.uint64(shift)).astype(np.uint16), kind="stable")]
    ordered = np.sort(hashes, kind="stable")
    new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


def overlap(left: Sketch, right: Sketch) -> Overlap:
    """Count the values that both hold, below the lower of their limits."""
    limit = min(left.limit, right.limit)
    left, right = left.below(limit), right.below(limit)
    shared = np.intersect1d(left.hashes, right.hashes, assume_unique=True)
    return Overlap(len(shared), left.fraction)
