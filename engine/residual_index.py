"""The traces of all masked columns together: which of them a value is one of, and how many are so by chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connectors.names import TableName
from engine.column_domains import ColumnName
from engine.record import TableRecord
from engine.sketches import Hashes, Sketch
from engine.trace_candidates import SURE, Numbers
from engine.verify_overlap import ALPHA, poisson_upper

MOST = 1 << 23
"""Hashes in memory at once (64 MB, and half as much for whose they are)."""
SEVERAL = 2
"""Values of few bits that are no evidence yet, however rare: `Not available`, `New York`."""

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Matched:
    """How many values of one masked column were found, of those that are compared, and how many chance explains."""

    column: ColumnName
    found: int
    expected: float
    excess: int


@dataclass(frozen=True, slots=True, eq=False)
class Traces:
    """All hashes in order, each with the place of its column."""

    hashes: Hashes
    owners: npt.NDArray[np.int32]
    columns: tuple[ColumnName, ...]
    sizes: Numbers
    """How many values of each column are compared: all, or some of many."""

    def matched(self, looked_for: Hashes, bits: Numbers) -> list[Matched]:
        """What these different values have in common with the masked columns, the most first."""
        sure = bits >= SURE
        parts = [self._matched(looked_for[part], bits[part], floor) for part, floor in ((sure, 0), (~sure, SEVERAL))]
        found, expected, excess = (sum(values) for values in zip(*parts, strict=True))
        order = sorted(np.flatnonzero(excess).tolist(), key=lambda place: (-found[place], place))
        return [
            Matched(self.columns[p], round(float(found[p])), float(expected[p]), round(float(excess[p]))) for p in order
        ]

    def _matched(self, looked_for: Hashes, bits: Numbers, floor: int) -> tuple[Numbers, Numbers, Numbers]:
        """For each column: found, expected, beyond chance."""
        counts = self._counts(looked_for)
        expected = self.sizes * float(np.sum(2.0**-bits))
        excess = np.zeros(len(self.columns))
        for place in np.flatnonzero(counts):
            mean = float(expected[place])
            # P(Poisson(mean) > 0) < mean.
            allowed = max(floor, poisson_upper(mean) if mean > ALPHA else 0)
            excess[place] = max(0, counts[place] - allowed)
        return counts.astype(float), expected, excess

    def _counts(self, looked_for: Hashes) -> Counts:
        """How many of these hashes each column has."""
        first = np.searchsorted(self.hashes, looked_for, side="left")
        count = np.searchsorted(self.hashes, looked_for, side="right") - first
        hits = np.flatnonzero(count)
        if not len(hits):
            return np.zeros(len(self.columns), np.int64)
        # Columns under one key share hashes: each of a run of equal ones counts for its own column.
        places = np.concatenate([np.arange(first[hit], first[hit] + count[hit]) for hit in hits])
        counts: Counts = np.bincount(self.owners[places], minlength=len(self.columns))
        return counts


def traces(records: Mapping[TableName, TableRecord]) -> Traces:
    """The traces that a run has recorded."""
    found = [
        ((name, column), masked.traces)
        for name, record in sorted(records.items())
        for column, masked in record.measures.masked.items()
        if len(masked.traces.hashes)
    ]
    sketches = _within(MOST, [sketch for _, sketch in found])
    hashes = np.concatenate([np.empty(0, np.uint64), *(sketch.hashes for sketch in sketches)])
    owners = np.repeat(np.arange(len(sketches), dtype=np.int32), [len(sketch.hashes) for sketch in sketches])
    order = np.argsort(hashes, kind="stable")
    return Traces(
        hashes[order], owners[order], tuple(column for column, _ in found),
        np.array([len(sketch.hashes) for sketch in sketches], float),
    )  # fmt: skip


def _within(most: int, sketches: Iterable[Sketch]) -> list[Sketch]:
    """The same, the longest halved until all together have no more hashes than this."""
    held = list(sketches)
    while sum(len(sketch.hashes) for sketch in held) > most:
        place = max(range(len(held)), key=lambda each: len(held[each].hashes))
        longest = held[place].hashes
        held[place] = held[place].below(int(longest[len(longest) // 2]))
    return held
