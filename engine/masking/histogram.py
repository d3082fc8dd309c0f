"""A histogram that finds its own bins: exact counts over disjoint ranges of a line, in memory that does not grow with the rows.

As long as there are at most `2 * BINS` distinct positions each has a bin of its own. Beyond, neighbours are joined so that every
BINS-th part of the rows seen so far keeps about one bin. Counts are always exact; only where inside of its bin a row lies is lost.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.masking.numberline import Positions

BINS = 1 << 16


class Histogram:
    """Bins in rising order: `low` and `high` are positions that were seen, `count` their rows, `total` the sum of the positions."""

    def __init__(self, dtype: type[np.int64] | type[np.float64], bins: int = BINS) -> None:
        self._bins = bins
        self.low: Positions = np.empty(0, dtype)
        self.high: Positions = np.empty(0, dtype)
        self.count: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self.total: npt.NDArray[np.longdouble] = np.empty(0, np.longdouble)

    @property
    def rows(self) -> int:
        return int(self.count.sum())

    def add(self, positions: Positions) -> None:
        """Count these positions."""
        found, count = np.unique(positions, return_counts=True)
        total = found.astype(np.longdouble) * count
        place = np.searchsorted(self.low, found, side="right") - 1
        inside = (place >= 0) & (found <= self.high[place]) if len(self.low) else np.zeros(len(found), bool)
        np.add.at(self.count, place[inside], count[inside])
        np.add.at(self.total, place[inside], total[inside])
        self._insert(found[~inside], count[~inside], total[~inside])
        if len(self.low) > 2 * self._bins:
            self._join()

    def _insert(self, found: Positions, count: npt.NDArray[np.int64], total: npt.NDArray[np.longdouble]) -> None:
        if not len(found):
            return
        before = np.searchsorted(self.low, found)
        self.low, self.high = np.insert(self.low, before, found), np.insert(self.high, before, found)
        self.count, self.total = np.insert(self.count, before, count), np.insert(self.total, before, total)

    def _join(self) -> None:
        """Bins that begin in the same BINS-th part of the rows become one."""
        before = np.cumsum(self.count) - self.count
        part = before // max(1, -(-self.rows // self._bins))
        first = np.flatnonzero(np.diff(part, prepend=-1))
        last = np.append(first[1:], len(part)) - 1
        self.low, self.high = self.low[first], self.high[last]
        self.count, self.total = np.add.reduceat(self.count, first), np.add.reduceat(self.total, first)
