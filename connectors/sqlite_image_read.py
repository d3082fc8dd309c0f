"""The rows of a SQLite table out of the bytes of a database: whole columns at once, and no object of Python's for a cell.

https://sqlite.org/fileformat2.html, sections 1.6 (pages of a b-tree) and 2.1 (records). The storage class of each value is the one
that SQLite wrote, so integers, reals, texts and blobs of one column stay what they are, and no text is decoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.sqlite_values import Cells

_INTERIOR, _LEAF = 5, 13
_ROOM = 35
"""Bytes of a page that no payload takes; a longer one goes on in pages of its own (section 1.6)."""
_WIDTHS = np.array([0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0])
"""Bytes of a value by its serial type; from 12 on (type - 12) // 2."""
_REAL, _ZERO, _ONE, _BLOB, _TEXT = 7, 8, 9, 12, 13

Numbers = np.ndarray[Any, np.dtype[np.int64]]


def read_image(image: bytes, root: int, columns: int) -> list[Cells] | None:
    """The columns of the table with this root page, in rowid order. None where a row does not lie in one page."""
    pages = _Pages(image)
    rows = pages.rows(root)
    payload, at = pages.varint(rows)
    if len(rows) and int(payload.max()) > pages.room:
        return None
    _, head = pages.varint(at)
    size, at = pages.varint(head)
    body = head + size
    order = np.argsort(rows)
    found = []
    for _ in range(columns):
        types, at = pages.varint(at)
        end = body + np.where(types < _BLOB, _WIDTHS[np.minimum(types, _BLOB - 1)], (types - _BLOB) // 2)
        found.append(_Column(pages, order, types, body, end).cells())
        body = end
    return found


class _Pages:
    """A database as numbers."""

    def __init__(self, image: bytes) -> None:
        self.image = image
        self.bytes = np.frombuffer(image, np.uint8)
        size = int.from_bytes(image[16:18], "big")
        self._size = 65_536 if size == 1 else size
        self.room = self._size - image[20] - _ROOM
        # A number that starts at any byte: the views overlap.
        self._eights = np.ndarray((len(image) - 7,), ">i8", image, 0, (1,))

    def rows(self, root: int) -> Numbers:
        """Where each row's cell begins, in the order of their rowids."""
        cells = [self._cells(page, 8) for page in self._leaves(root)]
        return np.concatenate([np.empty(0, np.int64), *cells])

    def _leaves(self, page: int) -> Iterator[int]:
        start = (page - 1) * self._size
        if self.image[start] == _LEAF:
            yield page
            return
        for cell in self._cells(page, 12):
            yield from self._leaves(self._page(int(cell)))
        yield from self._leaves(self._page(start + 8))

    def _page(self, at: int) -> int:
        return int.from_bytes(self.image[at : at + 4], "big")

    def _cells(self, page: int, head: int) -> Numbers:
        start = (page - 1) * self._size
        count = int.from_bytes(self.image[start + 3 : start + 5], "big")
        return start + np.frombuffer(self.image, ">u2", count, start + head).astype(np.int64)

    def varint(self, at: Numbers) -> tuple[Numbers, Numbers]:
        """The number that begins at each place, and the place behind it. No number here has more than eight bytes."""
        value = self.bytes[at].astype(np.int64)
        end = at + 1
        more = np.flatnonzero(value >= 0x80)
        value[more] &= 0x7F
        while len(more):
            byte = self.bytes[end[more]].astype(np.int64)
            value[more] = value[more] << 7 | byte & 0x7F
            end[more] += 1
            more = more[byte >= 0x80]
        return value, end

    def eights(self, end: Numbers) -> Numbers:
        """The eight bytes before each place as one number."""
        return self._eights[end - 8].astype(np.int64)


class _Column:
    """One column of the rows: serial types, and where each value begins and ends."""

    def __init__(self, pages: _Pages, order: Numbers, types: Numbers, start: Numbers, end: Numbers) -> None:
        self._pages, self._order = pages, order
        self._types, self._start, self._end = types, start, end

    def cells(self) -> Cells:
        text = (self._types >= _TEXT) & (self._types & 1 == 1)
        blob = (self._types >= _BLOB) & ~text
        real = self._types == _REAL
        whole = (self._types > 0) & (self._types < _BLOB) & ~real
        made = {
            int: (whole, self._integers),
            float: (real, self._reals),
            bytearray: (text, self._bytes),
            bytes: (blob, self._bytes),
        }
        return Cells(len(self._types), {type_: make(mine) for type_, (mine, make) in made.items() if mine.any()})

    def _integers(self, mine: Any) -> pa.Array:
        """Of one to eight bytes, the sign in the first; two serial types are a nought and a one without any."""
        shift = 64 - 8 * _WIDTHS[np.where(mine, self._types, 6)]
        value = self._pages.eights(self._end) << shift >> shift
        constant = (self._types == _ZERO) | (self._types == _ONE)
        value[constant] = self._types[constant] - _ZERO
        return _array(value, mine)

    def _reals(self, mine: Any) -> pa.Array:
        return _array(self._pages.eights(self._end).view(np.float64), mine)

    def _bytes(self, mine: Any) -> pa.Array:
        """Taken from an array over the whole image, in which every other element is what lies between two values."""
        order = self._order
        offsets = np.full(2 * len(order) + 1, len(self._pages.image), np.int32)
        offsets[:-1:2], offsets[1::2] = self._start[order], self._end[order]
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self._pages.image)]
        between = pa.Array.from_buffers(pa.binary(), 2 * len(order), buffers)
        places = np.empty(len(order), np.int64)
        places[order] = np.arange(0, 2 * len(order), 2)
        return between.take(_array(places, mine))


def _array(values: Any, mine: Any) -> pa.Array:
    return pa.array(values, mask=None if mine.all() else ~mine)
