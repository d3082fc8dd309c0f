"""How often each value occurs, as keyed hashes, in memory that grows with the different values and not with the rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.subset.sampling import Hashes

Counts = npt.NDArray[np.int64]
_SLACK = 1 << 18


@dataclass
class Tally:
    """Counts values in all rows and in the selected ones."""

    values: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    """Sorted, each once; complete only after `settled`."""
    rows: Counts = field(default_factory=lambda: np.empty(0, np.int64))
    selected: Counts = field(default_factory=lambda: np.empty(0, np.int64))
    _parts: list[tuple[Hashes, Counts, Counts]] = field(default_factory=list)
    _waiting: int = 0

    def add(self, values: Hashes, selected: npt.NDArray[np.bool_]) -> None:
        """Values in any order, and whether each is one of a selected row."""
        one = np.ones(len(values), np.int64)
        self._parts.append(_summed(values, one, selected.astype(np.int64)))
        self._waiting += len(self._parts[-1][0])
        # Only when as many wait as are settled: the cost of each value stays the same.
        if self._waiting > len(self.values) + _SLACK:
            self.settled()

    def settled(self) -> Tally:
        """With everything counted in."""
        parts = [(self.values, self.rows, self.selected), *self._parts]
        self.values, self.rows, self.selected = _summed(
            *(np.concatenate(columns) for columns in zip(*parts, strict=True))
        )
        self._parts, self._waiting = [], 0
        return self


def _summed(values: Hashes, rows: Counts, selected: Counts) -> tuple[Hashes, Counts, Counts]:
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    if not len(starts):
        return ordered, rows[:0], selected[:0]
    return ordered[starts], np.add.reduceat(rows[order], starts), np.add.reduceat(selected[order], starts)
