"""Coverage goals: each value of some columns, and each pair of values, survives so many times, with few rows added.

The table is scanned twice. The first scan counts each value in the source and in the selected rows; the second keeps, of the rows
that hold a value in want, a few for each. From those a greedy choice takes the row that meets most wants, again and again (Chvatal,
A Greedy Heuristic for the Set-Covering Problem, Math. Oper. Res. 4(3), 1979, doi 10.1287/moor.4.3.233). Values are keyed hashes
throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.database import Snapshot
from connectors.names import TableName
from connectors.rows import Rows
from engine.keys import DomainKey, MaskingKey
from engine.problems import PlanError, Problem, Severity
from engine.subset.sampling import Hashes, distinct, tagged
from engine.subset.spec import Coverage
from engine.subset.tally import Counts, Tally

MOST = 4_000_000
"""Different values and pairs of one goal."""
CHOICE = 4
"""Rows kept for each that is in want: with more of them fewer rows are added, and more are held."""
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
IsSelected = Callable[[TableName, pa.Table], Mask]
"""For each of these ids: is the row selected?"""


@dataclass(frozen=True, slots=True)
class Covered:
    """What became of one goal. Values are those of its columns and, if asked for, the pairs of values of two; NULL is one."""

    goal: Coverage
    values: int
    """Different ones in the source."""
    scarce: int
    """Of these, such that occur fewer times than asked for: all of their rows are taken."""
    before: int
    """Those that the subset held often enough by itself."""
    added: int
    """Rows that were added for the goal, without what they bring in turn."""
    reached: int
    """Those that are held often enough at the end."""


@dataclass(frozen=True, slots=True)
class Addition:
    """The rows that meet a goal, and what is reached with them."""

    covered: Covered
    ids: pa.Table


def addition(goal: Coverage, snapshot: Snapshot, key: MaskingKey, is_selected: IsSelected) -> Addition:
    """Rows that are not selected yet and meet the goal. Raises PlanError where it has too many values to hold."""
    names = snapshot.row_ids(goal.table).schema()
    reader = _Reader(goal, snapshot, key.domain("subset/coverage"), is_selected, len(names))
    tally = reader.counted()
    lacking = np.maximum(np.minimum(tally.rows, goal.times) - tally.selected, 0)
    before = int((lacking == 0).sum())
    pool = Pool(tally.values[lacking > 0], lacking[lacking > 0], names)
    if len(pool.values):
        for ids, hashes, selected in reader:
            pool.add(ids.filter(pa.array(~selected)), hashes[~selected])
    chosen = distinct(pool.chosen())
    reached = len(tally.values) - int((pool.lacking > 0).sum())
    scarce = int((tally.rows < goal.times).sum())
    return Addition(Covered(goal, len(tally.values), scarce, before, len(chosen), reached), chosen)


@dataclass(frozen=True, slots=True)
class _Reader:
    """The rows of a goal's table: their ids, the hashes of what they hold, and whether they are selected."""

    goal: Coverage
    snapshot: Snapshot
    key: DomainKey
    is_selected: IsSelected
    width: int

    def __iter__(self) -> Iterator[tuple[pa.Table, npt.NDArray[np.uint64], Mask]]:
        for batch in self.snapshot.rows(Rows(self.goal.table, columns=self.goal.columns)):
            ids = pa.Table.from_batches([batch.select(list(range(self.width)))])
            yield ids, self._hashes(batch.columns[self.width :]), self.is_selected(self.goal.table, ids)

    def counted(self) -> Tally:
        tally = Tally()
        for _, hashes, selected in self:
            tally.add(hashes.ravel(), np.repeat(selected, hashes.shape[1]))
            if len(tally.values) > MOST:
                raise _too_many(self.goal)
        return tally.settled()

    def _hashes(self, columns: list[pa.Array]) -> npt.NDArray[np.uint64]:
        """A column of hashes for each of the goal's columns, then for each pair of them."""
        tags = [tagged(self.key, column, str(place)) for place, column in enumerate(columns)]
        hashes = [tag[:, 0] for tag in tags]
        if self.goal.pairs:
            hashes += [_joined(self.key, left, right) for left, right in combinations(tags, 2)]
        return np.column_stack(hashes)


def _joined(key: DomainKey, left: Hashes, right: Hashes) -> Hashes:
    both = np.ascontiguousarray(np.concatenate([left, right], axis=1))
    packed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(32), len(both), [None, pa.py_buffer(both)])
    return key.cmac(packed, "pair")[:, 0]


class Pool:
    """Rows that hold a value in want: for each of these at least as many as are lacking, as far as there are."""

    def __init__(self, values: Hashes, lacking: Counts, names: pa.Schema) -> None:
        self.values, self.lacking = values, lacking.copy()
        self._room = CHOICE * lacking
        self._ids = [names.empty_table()]
        self._held: list[Places] = []

    def add(self, ids: pa.Table, hashes: npt.NDArray[np.uint64]) -> None:
        """Keep those of these rows that hold something that few of the kept rows hold, the fullest first."""
        places = np.searchsorted(self.values, hashes)
        places[places == len(self.values)] = 0
        places[self.values[places] != hashes] = -1
        useful = np.flatnonzero((places >= 0).any(axis=1))
        useful = useful[np.argsort(-(places[useful] >= 0).sum(axis=1), kind="stable")]
        places = places[useful]
        wanted = np.zeros(len(useful), bool)
        for column in places.T:
            wanted |= (column >= 0) & (_rank(column) < self._room[column])
        kept = places[wanted]
        self._room -= np.bincount(kept[kept >= 0], minlength=len(self._room))
        self._held.append(kept)
        self._ids.append(ids.take(pa.array(useful[wanted])))

    def chosen(self) -> pa.Table:
        """Rows that leave as little lacking as the pool can, and few of them."""
        ids = pa.concat_tables(self._ids).combine_chunks()
        # Row by row, since which one is best next depends on all that were taken before.
        rows = [[place for place in row if place >= 0] for row in np.concatenate(self._held or [_none()]).tolist()]
        lacking = self.lacking.tolist()
        heap = [(-len(row), number) for number, row in enumerate(rows)]
        heapify(heap)
        taken = []
        while heap:
            gain, number = heap[0]
            now = -sum(lacking[place] > 0 for place in rows[number])
            if now == gain and now:
                taken.append(heappop(heap)[1])
                for place in rows[number]:
                    lacking[place] -= 1
            elif now:
                heapreplace(heap, (now, number))
            else:
                heappop(heap)
        self.lacking = np.maximum(np.array(lacking, np.int64), 0)
        return ids.take(pa.array(taken, pa.int64()))


def _none() -> Places:
    return np.empty((0, 1), np.int64)


def _rank(items: Places) -> Places:
    """How many equal ones stand before each."""
    order = np.argsort(items, kind="stable")
    ordered = items[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    within = np.arange(len(items)) - np.repeat(starts, np.diff(np.append(starts, len(items))))
    rank = np.empty(len(items), np.int64)
    rank[order] = within
    return rank


def _too_many(goal: Coverage) -> PlanError:
    reason = f"The coverage goal over {', '.join(goal.columns)} has more than {MOST:,} different values."
    remedy = "Name columns with fewer different values, or leave out pairs."
    return PlanError([Problem("subset-coverage", Severity.ERROR, reason, remedy, goal.table)])
