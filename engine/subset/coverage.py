"""Coverage goals: each value of some columns, and each pair of values, survives so many times, with few rows added.

The table is scanned twice. The first scan counts each value in the source and in the selected rows; the second keeps, of the rows
that hold a value in want, a few for each. From those a greedy choice takes the row that meets most wants, again and again (Chvatal,
A Greedy Heuristic for the Set-Covering Problem, Math. Oper. Res. 4(3), 1979, doi 10.1287/moor.4.3.233). Values are keyed hashes
throughout. Between equally good rows a keyed hash of their keys decides, never the order in which a source gives them: a run that
goes on selects the same again.
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
from engine.subset.sampling import Hashes, distinct, row_hashes, tagged
from engine.subset.spec import Coverage
from engine.subset.tally import Counts, Tally

MOST = 4_000_000
"""Different values and pairs of one goal."""
CHOICE = 4
"""Rows kept for each that is in want: with more of them fewer rows are added, and more are held."""
_SLACK = 1 << 16
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


def addition(
    goal: Coverage, snapshot: Snapshot, key: MaskingKey, is_selected: IsSelected, key_columns: tuple[str, ...] = ()
) -> Addition:
    """Rows that are not selected yet and meet the goal; without `key_columns` their ids are told apart. Raises PlanError where it has
    too many values to hold."""
    names = snapshot.row_ids(goal.table).schema()
    reader = _Reader(goal, snapshot, key.domain("subset/coverage"), is_selected, len(names), key_columns)
    tally = reader.counted()
    lacking = np.maximum(np.minimum(tally.rows, goal.times) - tally.selected, 0)
    before = int((lacking == 0).sum())
    pool = Pool(tally.values[lacking > 0], lacking[lacking > 0], names)
    if len(pool.values):
        for part in reader:
            pool.add(part.ids.filter(pa.array(~part.selected)), part.hashes[~part.selected], part.ranks[~part.selected])
    chosen = distinct(pool.chosen())
    reached = len(tally.values) - int((pool.lacking > 0).sum())
    scarce = int((tally.rows < goal.times).sum())
    return Addition(Covered(goal, len(tally.values), scarce, before, len(chosen), reached), chosen)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of a goal's table."""

    ids: pa.Table
    hashes: Hashes
    """A column for each of the goal's columns and pairs."""
    ranks: Hashes
    selected: Mask


@dataclass(frozen=True, slots=True)
class _Reader:
    """The rows of a goal's table: their ids, the hashes of what they hold, who goes first, and whether they are selected."""

    goal: Coverage
    snapshot: Snapshot
    key: DomainKey
    is_selected: IsSelected
    width: int
    key_columns: tuple[str, ...]

    def __iter__(self) -> Iterator[_Part]:
        columns = tuple(dict.fromkeys((*self.goal.columns, *self.key_columns)))
        for batch in self.snapshot.rows(Rows(self.goal.table, columns=columns)):
            ids = pa.Table.from_batches([batch.select(list(range(self.width)))])
            found = dict(zip(columns, batch.columns[self.width :], strict=True))
            hashes = self._hashes([found[name] for name in self.goal.columns])
            keys = [found[name] for name in self.key_columns] or batch.columns[: self.width]
            ranks = row_hashes(self.key.child(str(self.goal.table).casefold()), keys)
            yield _Part(ids, hashes, ranks, self.is_selected(self.goal.table, ids))

    def counted(self) -> Tally:
        tally = Tally()
        for part in self:
            tally.add(part.hashes.ravel(), np.repeat(part.selected, part.hashes.shape[1]))
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
    """Rows that hold a value in want: for each of these the first few, as far as there are, whatever the order they come in."""

    def __init__(self, values: Hashes, lacking: Counts, names: pa.Schema) -> None:
        self.values, self.lacking = values, lacking.copy()
        self._room = CHOICE * lacking
        self._ids = [names.empty_table()]
        self._ranks = [np.empty(0, np.uint64)]
        self._held: list[Places] = []
        self._waiting = self._settled = 0

    def add(self, ids: pa.Table, hashes: Hashes, ranks: Hashes) -> None:
        """Take in rows; `ranks` say who goes first of rows that hold equally much."""
        places = np.searchsorted(self.values, hashes)
        places[places == len(self.values)] = 0
        places[self.values[places] != hashes] = -1
        useful = (places >= 0).any(axis=1)
        self._held.append(places[useful])
        self._ranks.append(ranks[useful])
        self._ids.append(ids.filter(pa.array(useful)))
        self._waiting += len(self._held[-1])
        # Only when as many wait as are settled: the cost of each row stays the same.
        if self._waiting > self._settled + _SLACK:
            self._settle()

    def _settle(self) -> None:
        """Keep of all that are held the first for each value, the fullest before the others."""
        ids, ranks = pa.concat_tables(self._ids).combine_chunks(), np.concatenate(self._ranks)
        places = np.concatenate(self._held or [_none()])
        order = np.lexsort((ranks, -(places >= 0).sum(axis=1)))
        places = places[order]
        wanted = np.zeros(len(order), bool)
        for column in places.T:
            wanted |= (column >= 0) & (_rank(column) < self._room[column])
        order = order[wanted]
        self._ids, self._ranks, self._held = [ids.take(pa.array(order))], [ranks[order]], [places[wanted]]
        self._waiting, self._settled = 0, len(order)

    def chosen(self) -> pa.Table:
        """Rows that leave as little lacking as the pool can, and few of them."""
        self._settle()
        # Row by row, since which one is best next depends on all that were taken before.
        rows = [[place for place in row if place >= 0] for row in self._held[0].tolist()]
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
        return self._ids[0].take(pa.array(taken, pa.int64()))


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
