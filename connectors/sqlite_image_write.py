"""Columns as the bytes of a database with one table, which SQLite attaches and inserts from: no object of Python's for a cell.

https://sqlite.org/fileformat2.html, sections 1.6 (pages of a b-tree) and 2.1 (records). Rows are made by joining bytes, so all that
stands before a row's first value of varying length has one length in all rows: numbers are written longer than they need be, which
the format allows, and which goes no further, for the target writes records of its own.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.sqlite_values import Cells

ROWS = "lookalike__rows"
"""The only table of an image."""
_PAGE = 65_536
_MOST_PAYLOAD = _PAGE - 35
_MOST_LEAVES = 6_500
"""Of which the root page holds the numbers."""
_MOST_ROWS = 1 << 28
_NULL, _INTEGER, _REAL, _BLOB, _TEXT = 0, 6, 7, 12, 13
_INTERIOR, _LEAF = 5, 13

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Image:
    """A database whose table `ROWS` has these rows."""

    content: bytearray
    places: tuple[int, ...]
    """Of each given column: c0, c1, ... in the table."""


@dataclass(frozen=True, slots=True)
class _Column:
    """The serial types (one for all rows, or one each) and the bytes of a column's values."""

    types: int | Numbers
    fixed: Bytes | None = None
    """Eight bytes for each row."""
    varying: pa.Array | None = None

    @property
    def head(self) -> int:
        """Bytes of its serial types."""
        return 1 if isinstance(self.types, int) else 3


def write_image(columns: Sequence[Cells]) -> Image | None:
    """None where SQLite must be given the rows one by one: where one is longer than a page, or they are too many."""
    rows = columns[0].rows
    made = [_column(cells) for cells in columns]
    # What varies in length comes last.
    order = sorted(range(len(made)), key=lambda place: made[place].varying is not None)
    cells = _cells([made[place] for place in order], rows)
    leaves = _leaves(cells) if cells is not None else None
    if leaves is None or len(leaves) > _MOST_LEAVES:
        return None
    places = tuple(int(place) for place in np.argsort(order))
    return Image(_database(leaves, _empty(len(made))), places)


def _column(cells: Cells) -> _Column:
    if not cells.parts:
        return _Column(_NULL)
    type_, only = next(iter(cells.parts.items()))
    if len(cells.parts) == 1 and type_ in (int, float) and not only.null_count:
        return _Column(_INTEGER if type_ is int else _REAL, fixed=_eights(only))
    types, bodies = np.zeros(cells.rows, np.int64), []
    for type_, part in cells.parts.items():
        valid = np.asarray(part.is_valid())
        if type_ in (int, float):
            types[valid] = _INTEGER if type_ is int else _REAL
            bodies.append(_spread(_eights(part.drop_null()), valid))
        else:
            lengths = np.asarray(pc.fill_null(pc.binary_length(part), 0)).astype(np.int64)
            types[valid] = 2 * lengths[valid] + (_TEXT if type_ is bytearray else _BLOB)
            bodies.append(part)
    return _Column(types, varying=bodies[0] if len(bodies) == 1 else pc.coalesce(*bodies))


def _eights(numbers: pa.Array) -> Bytes:
    """The eight bytes of each number, the highest first."""
    values = numbers.to_numpy(zero_copy_only=False).astype(">i8" if pa.types.is_integer(numbers.type) else ">f8")
    eights: Bytes = values.view(np.uint8).reshape(-1, 8)
    return eights


def _spread(eights: Bytes, valid: Any) -> pa.Array:
    """The eight bytes of each value that is there, and NULL elsewhere."""
    offsets = np.concatenate([[0], np.cumsum(valid * 8)]).astype(np.int32)
    mask = pa.array(valid).buffers()[1]
    return pa.Array.from_buffers(pa.binary(), len(valid), [mask, pa.py_buffer(offsets), pa.py_buffer(eights.copy())])


def _cells(columns: Sequence[_Column], rows: int) -> pa.Array | None:
    """The cell of each row: the payload's length, the rowid, the record's head, the values. None where one is too long."""
    head = 2 + sum(column.head for column in columns)
    fixed = [column.fixed for column in columns if column.fixed is not None]
    varying = [column.varying for column in columns if column.varying is not None]
    payload = np.full(rows, head + 8 * len(fixed))
    for part in varying:
        payload += np.asarray(pc.fill_null(pc.binary_length(part), 0))
    if rows > _MOST_ROWS or int(payload.max(initial=0)) > _MOST_PAYLOAD or int(payload.sum()) + 7 * rows >= 2**31:
        return None
    numbers = [_varint(payload, 3), _varint(np.arange(1, rows + 1), 4), _varint(np.full(rows, head), 2)]
    for column in columns:
        types = np.full(rows, column.types) if isinstance(column.types, int) else column.types
        numbers.append(_varint(types, column.head))
    start = np.concatenate([*numbers, *fixed], axis=1)
    ends = np.arange(0, start.size + 1, start.shape[1], dtype=np.int32)
    first = pa.Array.from_buffers(pa.binary(), rows, [None, pa.py_buffer(ends), pa.py_buffer(start)])
    return pc.binary_join_element_wise(first, *varying, b"", null_handling="replace", null_replacement=b"")


def _varint(values: Numbers, size: int) -> Bytes:
    """Each number in so many bytes, seven bits in each: the high ones may all be noughts."""
    places = 7 * np.arange(size - 1, -1, -1)
    digits = (values[:, None] >> places & 0x7F).astype(np.uint8)
    digits[:, :-1] |= 0x80
    return digits


def _leaves(cells: pa.Array) -> list[tuple[bytes, int]]:
    """Pages full of cells in their order, each with its last rowid."""
    _, offsets, content = cells.buffers()
    ends = np.frombuffer(offsets, np.int32)[cells.offset : cells.offset + len(cells) + 1].astype(np.int64)
    # Each cell takes its bytes and the two of its pointer; the page's head takes eight.
    taken = ends + 2 * np.arange(len(ends))
    leaves, first = [], 0
    while first < len(cells):
        last = int(np.searchsorted(taken, taken[first] + _PAGE - 8, side="right")) - 1
        body = content[int(ends[first]) : int(ends[last])].to_pybytes()
        start = _PAGE - len(body)
        pointers = (start + ends[first:last] - ends[first]).astype(">u2").tobytes()
        page = _page_head(_LEAF, last - first, start) + pointers
        leaves.append((page + bytes(start - len(page)) + body, last))
        first = last
    return leaves or [(_page_head(_LEAF, 0, 0) + bytes(_PAGE - 8), 0)]


def _page_head(kind: int, cells: int, start: int) -> bytes:
    """The nought stands for 65,536."""
    return bytes([kind, 0, 0]) + cells.to_bytes(2, "big") + start.to_bytes(2, "big") + b"\0"


def _database(leaves: Sequence[tuple[bytes, int]], first: bytes) -> bytearray:
    """Page 1 is SQLite's own, page 2 the root: the only leaf, or what names the others."""
    pages = [page for page, _ in leaves]
    if len(pages) > 1:
        pages.insert(0, _root([last for _, last in leaves]))
    content = bytearray().join([first, *pages])
    content[28:32] = (len(pages) + 1).to_bytes(4, "big")
    return content


def _root(lasts: Sequence[int]) -> bytes:
    """Of each leaf but the last its page and its last rowid; the last leaf stands in the head."""
    left = np.arange(3, 2 + len(lasts))
    numbers = np.array(lasts[:-1])
    cells = np.concatenate([left.astype(">u4").view(np.uint8).reshape(-1, 4), _varint(numbers, 4)], axis=1).tobytes()
    start = _PAGE - len(cells)
    pointers = np.arange(start, _PAGE, 8).astype(">u2").tobytes()
    page = _page_head(_INTERIOR, len(left), start) + (2 + len(lasts)).to_bytes(4, "big") + pointers
    return page + bytes(start - len(page)) + cells


@functools.cache
def _empty(columns: int) -> bytes:
    """The first page of a database with the table `ROWS`, as SQLite makes it."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute(f"PRAGMA page_size = {_PAGE}")
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("PRAGMA encoding = 'UTF-8'")
        connection.execute(f"CREATE TABLE {ROWS} ({', '.join(f'c{place}' for place in range(columns))})")
        return connection.serialize()[:_PAGE]
    finally:
        connection.close()
