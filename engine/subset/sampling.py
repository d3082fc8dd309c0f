"""Samples: the rows of a table in an order that only the masking key, the seed and the rows' own keys decide.

Each row gets a keyed hash of its key's values as text, so a sample takes the same rows in every copy of a database, whatever its
dialect, and a smaller sample is a part of a larger one. What is kept in memory is one segment of the order, never the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.names import TableName
from connectors.uuids import uuid_text
from engine.canonical import canonical
from engine.keys import DomainKey, MaskingKey

Hashes = npt.NDArray[np.uint64]
Scan = Callable[[], Iterator[pa.RecordBatch]]
"""Ids, then key columns; gives the same rows each time it is called."""
SEGMENT = 1 << 20
"""Most rows of the order that are held at once; for more of them the table is scanned again."""


@dataclass(frozen=True, slots=True)
class Part:
    """How many of some rows a sample takes."""

    percent: float | None = None
    rows: int | None = None

    def of(self, total: int) -> int:
        """The first ceil(percent/100 * total), respectively min(rows, total); both: the smaller."""
        # As written by a person: 7.0 / 100 * 100 is above 7 for a float.
        share = total if self.percent is None else min(total, ceil(Fraction(str(self.percent)) * total / 100))
        return share if self.rows is None else min(self.rows, share)


class KeyedOrder:
    """The hashes by which the rows of one table are ordered."""

    def __init__(self, key: MaskingKey, seed: int, table: TableName, ids: int) -> None:
        # Without case, for the same table is `Customer` in one engine and `customer` in another.
        self._key = key.domain("subset/sample").child(f"{seed}/{str(table).casefold()}")
        self._ids = ids

    def hashes(self, batch: pa.RecordBatch) -> Hashes:
        """Of a batch of ids and key columns; of the ids where a table has no key."""
        columns = batch.columns[self._ids :] or batch.columns[: self._ids]
        return row_hashes(self._key, columns)


def row_hashes(key: DomainKey, columns: list[pa.Array]) -> Hashes:
    """A keyed hash of each row's values as text, blanks at their ends aside: CHAR(n) is padded in some engines only."""
    tags = [tagged(key, column, padded=True) for column in columns]
    if len(tags) == 1:
        return tags[0][:, 0]
    joined = np.ascontiguousarray(np.concatenate(tags, axis=1))
    packed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16 * len(tags)), len(joined), [None, pa.py_buffer(joined)])
    return key.cmac(packed, "row")[:, 0]


def tagged(key: DomainKey, values: pa.Array, label: str = "", *, padded: bool = False) -> npt.NDArray[np.uint64]:
    """A keyed hash of each value as text: shape (n, 2). NULL is a value of its own."""
    text = canonical(uuid_text(values) if values.type == pa.binary(16) else values)
    if padded and pa.types.is_string(text.type):
        text = pc.utf8_rtrim(text, " ")
    tags = key.cmac(text, f"value/{label}")
    if values.null_count:
        tags[values.is_null().to_numpy(zero_copy_only=False)] = key.cmac(pa.array([""]), f"null/{label}")
    return tags


def distinct(ids: pa.Table) -> pa.Table:
    """Each id once, in an order of its own that is always the same."""
    return ids.group_by(ids.column_names, use_threads=False).aggregate([]).select(ids.column_names)


def in_order(
    scan: Scan, order: KeyedOrder, width: int, part: Part | None = None, segment: int = SEGMENT, unique: bool = True
) -> Iterator[pa.Table]:
    """The ids (the first `width` columns of the scan) in the keyed order, a segment at a time, as many as `part` takes.

    `unique` is False where equal rows share one id: each id then comes once, and counts as all of its rows.
    """
    part = part or Part()
    most = segment if part.rows is None else min(segment, part.rows)
    taken, after = 0, None
    while most:
        least = Least(most, unique)
        total = least.scan(scan, order, width, after)
        ids, hashes = least.sorted()
        wanted = part.of(total) - taken
        if not len(hashes) or wanted <= 0:
            return
        rows = least.rows_until()
        # Equal rows cannot be told apart: the last of them come together.
        count = int(np.searchsorted(rows, wanted)) + 1
        yield ids.slice(0, count)
        if count <= len(rows) or least.complete:
            return
        taken, after = taken + int(rows[-1]), hashes[-1]


@dataclass
class Least:
    """Collects the rows with the smallest hashes: about `most` of them, and never some of those that share one hash."""

    most: int
    unique: bool = True
    limit: np.uint64 | None = None
    """Beyond it a row is among the smallest no more."""
    complete: bool = True
    """No row was left out."""
    _ids: list[pa.Table] = field(default_factory=list)
    _hashes: list[Hashes] = field(default_factory=list)
    _rows: list[npt.NDArray[np.int64]] = field(default_factory=list)
    """For each id its rows."""
    _held: int = 0

    def scan(self, scan: Scan, order: KeyedOrder, width: int, after: np.uint64 | None) -> int:
        """Take in all rows behind `after`. Gives the number of all that were seen."""
        total = 0
        for batch in scan():
            hashes = order.hashes(batch)
            ids = pa.Table.from_arrays(batch.columns[:width], schema=pa.schema(list(batch.schema)[:width]))
            behind = slice(None) if after is None else hashes > after
            self.add(ids if after is None else ids.filter(pa.array(behind)), hashes[behind])
            total += batch.num_rows
        return total

    def add(self, ids: pa.Table, hashes: Hashes) -> None:
        if self.limit is not None:
            near = hashes <= self.limit
            ids, hashes = ids.filter(pa.array(near)), hashes[near]
        self._ids.append(ids)
        self._hashes.append(hashes)
        self._rows.append(np.ones(len(hashes), np.int64))
        self._held += len(hashes)
        # Only when twice as many are held: the cost for each row stays the same.
        if self._held > 2 * self.most + (1 << 16):
            self.sorted()

    def sorted(self) -> tuple[pa.Table, Hashes]:
        """What is held, in order."""
        if not self._ids:
            return pa.table({}), np.empty(0, np.uint64)
        ids, hashes = pa.concat_tables(self._ids).combine_chunks(), np.concatenate(self._hashes)
        rows = np.concatenate(self._rows)
        places = np.argsort(hashes, kind="stable")
        ids, hashes, rows = ids.take(pa.array(places)), hashes[places], rows[places]
        if not self.unique:
            first = _first_of_equals(ids, hashes)
            ids, hashes, rows = ids.filter(pa.array(first)), hashes[first], np.add.reduceat(rows, np.flatnonzero(first))
        if len(hashes) > self.most:
            self.limit, self.complete = hashes[self.most - 1], False
            kept = int(np.searchsorted(hashes, self.limit, side="right"))
            ids, hashes, rows = ids.slice(0, kept), hashes[:kept], rows[:kept]
        self._ids, self._hashes, self._rows, self._held = [ids], [hashes], [rows], len(hashes)
        return ids, hashes

    def rows_until(self) -> npt.NDArray[np.int64]:
        """Of what is sorted: how many rows the first so many ids name."""
        rows: npt.NDArray[np.int64] = np.cumsum(self._rows[0])
        return rows


def _first_of_equals(ids: pa.Table, hashes: Hashes) -> npt.NDArray[np.bool_]:
    """False for a row whose id stands right before it as well."""
    same = np.zeros(len(hashes), bool)
    same[1:] = hashes[1:] == hashes[:-1]
    for column in ids.columns if len(ids) > 1 else ():
        equal = pc.equal(column.slice(1), column.slice(0, len(ids) - 1))
        same[1:] &= equal.to_numpy()
    return ~same
