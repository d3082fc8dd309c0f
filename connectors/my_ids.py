"""What names a row in MySQL and MariaDB: the values of its key, else a hash of the whole row that the server makes.

A list of literals is the quickest way to some rows that keeps the key's index in use, whatever its types and collations: the
server turns each literal into the column's own type once and reads ranges (as a derived table it would compare in a type of its own).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import ReadError
from connectors.my_decode import expression
from connectors.my_sql import MySqlText
from connectors.my_types import base_type, charset, converts_unsafely, is_spatial
from connectors.names import TableName
from connectors.rows import RowIds
from connectors.schema import Column, Kind, Table
from connectors.sql import chunk_key

IDS = 10_000
"""Ids in one statement: ten times fewer cost half as much again for each row, more gain nothing."""
SCANNED_IDS = 60_000
"""Ids in one statement where each statement reads a whole table."""
_BYTES = 52
"""Of the literals of each, on an average: the longest statement stays below the usual max_allowed_packet of 4 MiB."""
_HASH = pa.binary()
_HASH_BYTES = 16
_LONG = 512
"""Texts and blobs that may be longer are hashed by themselves, so that no concatenation outgrows a packet."""
_NUMBER = r"^[-+0-9.eE]+$"
_WHOLE = (Kind.INTEGER, Kind.ENUM, Kind.BIT)
_BYTEWISE = (Kind.TEXT, Kind.JSON, Kind.BINARY)

Filter = Callable[[Sequence[pa.Array]], pa.Array]
"""Which of these ids are wanted."""


@dataclass(frozen=True, slots=True)
class KeyIds:
    """Rows named by the columns of a unique key without NULLs."""

    table: Table
    key: tuple[Column, ...]
    sql: MySqlText

    @property
    def named(self) -> RowIds:
        return RowIds(tuple(id_type(column) for column in self.key), values=True)

    def select(self, alias: str = "", present: str = "") -> tuple[str, ...]:
        """SQL of each column. `present`: a column that is NULL where an outer join found no row, and so is the id then."""
        return tuple(_value(column, self.sql.columns([column.name], alias)) for column in self.key)

    def conditions(self, among: pa.Table | None, alias: str = "", rows: int = IDS) -> Iterator[str]:
        """What finds these rows, part by part; one empty text for all rows. In the key's order, where pages lie side by side."""
        if among is None:
            yield ""
            return
        ordered = among.sort_by([(name, "ascending") for name in self.named.names()])
        arrays = [ordered.column(name).combine_chunks() for name in self.named.names()]
        for start in range(0, ordered.num_rows, rows):
            slices = [array.slice(start, rows) for array in arrays]
            yield from in_lists(
                self.sql.columns([column.name for column in self.key], alias),
                [_literals(self.table.name, c, array) for c, array in zip(self.key, slices, strict=True)],
                rows * _BYTES,
            )

    def wanted(self, among: pa.Table | None) -> Filter | None:
        """None: the conditions find these rows and no other."""
        return None


@dataclass(frozen=True, slots=True)
class HashIds:
    """Rows of a table without a key that could find them: named by a hash of all their values, found by reading every row."""

    table: Table
    unique: bool
    sql: MySqlText

    @property
    def named(self) -> RowIds:
        return RowIds((_HASH,), values=True, seekable=False, unique=self.unique)

    def select(self, alias: str = "", present: str = "") -> tuple[str, ...]:
        spelt = ", ".join(_spelt(column, self.sql.columns([column.name], alias)) for column in self.table.columns)
        value = f"UNHEX(LEFT(SHA2(CONCAT_WS(',', {spelt}), 256), {_HASH_BYTES * 2}))"
        # No row at all has a hash of its NULLs.
        return (f"IF({self.sql.columns([present], alias)} IS NULL, NULL, {value})" if present else value,)

    def conditions(self, among: pa.Table | None, alias: str = "", rows: int = IDS) -> Iterator[str]:
        """One at most, for each reads every row: few ids are looked up there, of many the rows are told apart here."""
        if among is None or among.num_rows > SCANNED_IDS:
            yield ""
        elif among.num_rows:
            (value,) = self.select(alias)
            yield from in_lists(value, [byte_literals(among.column(0).combine_chunks())], SCANNED_IDS * _BYTES)

    def wanted(self, among: pa.Table | None) -> Filter | None:
        if among is None:
            return None
        wanted = np.sort(_fixed(among.column(0).combine_chunks()))

        def kept(found: Sequence[pa.Array]) -> pa.Array:
            hashes = _fixed(found[0])
            places = np.minimum(np.searchsorted(wanted, hashes), len(wanted) - 1)
            return pa.array(wanted[places] == hashes)

        return kept


Ids = KeyIds | HashIds


def ids_of(table: Table, sql: MySqlText) -> Ids:
    """How the rows of this table are named."""
    key = tuple(table.column(name) for name in chunk_key(table))
    if key and _seekable(table, key):
        return KeyIds(table, key, sql)
    return HashIds(table, bool(key), sql)


def id_type(column: Column) -> pa.DataType:
    """Of the part of an id that this column of a key is."""
    bits = {Kind.INTEGER: column.precision or 0, Kind.BIT: column.length or 1, Kind.ENUM: len(column.enum)}
    if column.kind not in _WHOLE:
        return pa.binary()
    unsigned = column.unsigned or column.kind is Kind.BIT or base_type(column.native) == "set"
    return pa.binary() if unsigned and bits[column.kind] >= 64 else pa.int64()


def decode_ids(cells: Sequence[pa.Array], types: Sequence[pa.DataType]) -> list[pa.Array]:
    """The columns of ids from the bytes that the server sent."""
    return [
        cell.cast(pa.string()).cast(type_) if pa.types.is_int64(type_) else cell
        for cell, type_ in zip(cells, types, strict=True)
    ]


def in_lists(columns: str, literals: Sequence[pa.Array], most: int = IDS * _BYTES) -> Iterator[str]:
    """`(a, b) IN ((1, 2), ...)` of these literals, in as many conditions as make `most` bytes each."""
    rows = literals[0] if len(literals) == 1 else _enclosed("(", pc.binary_join_element_wise(*literals, ","), ")")
    size = pc.sum(pc.binary_length(rows)).as_py() or 0
    if size > most and len(rows) > 1:
        middle = len(rows) // 2
        yield from in_lists(columns, [array.slice(0, middle) for array in literals], most)
        yield from in_lists(columns, [array.slice(middle) for array in literals], most)
        return
    listed = pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)
    yield f"({columns}) IN ({pc.binary_join(listed, ',')[0].as_py()})"


def text_literals(values: pa.Array) -> pa.Array:
    """Texts as SQL, none of whose characters can be taken for SQL."""
    return _hexadecimal(values.cast(pa.binary()), "_utf8mb4 x'")


def byte_literals(values: pa.Array) -> pa.Array:
    return _hexadecimal(values, "x'")


def float_literals(values: pa.Array) -> pa.Array:
    """Numbers with an exponent: without one the server would compare a DECIMAL."""
    return pc.if_else(pc.match_substring(values, "e", ignore_case=True), values, _enclosed("", values, "e0"))


def _seekable(table: Table, key: tuple[Column, ...]) -> bool:
    names = [column.name for column in key]
    hashed = any(
        index.unique and list(index.columns) == names and index.definition.startswith("HASH") for index in table.indexes
    )
    return not hashed and not any(is_spatial(c) or base_type(c.native) == "vector" for c in key)


def _value(column: Column, quoted: str) -> str:
    """The same text wherever the value stands: a join may lose that a number is printed with zeros."""
    if column.kind is Kind.BIT:
        return f"CAST({quoted} AS UNSIGNED)"
    return f"({quoted} + 0)" if "zerofill" in column.native else expression(column, quoted, arrow=False)


def _literals(table: TableName, column: Column, values: pa.Array) -> pa.Array:
    """One part of ids as SQL that is compared in the type and the collation of its column."""
    if pa.types.is_int64(values.type):
        return values.cast(pa.string())
    if column.kind is Kind.BINARY:
        return byte_literals(values)
    if column.kind in (*_WHOLE, Kind.DECIMAL, Kind.FLOAT):
        numbers = _checked(table, values, _NUMBER)
        return float_literals(numbers) if column.kind is Kind.FLOAT else numbers
    if converts_unsafely(column):
        digits = _checked(table, values, r"^[0-9A-F]*$")
        return _enclosed(f"_{charset(column)} x'", digits, "'")
    return text_literals(values)


def _checked(table: TableName, values: pa.Array, pattern: str) -> pa.Array:
    """Ids that go into SQL as they are. Raises ReadError for one that this table never gave."""
    texts = values.cast(pa.string())
    if not pc.all(pc.match_substring_regex(texts, pattern), min_count=0).as_py():
        raise ReadError(f"{table} has no such rows: their ids are those of another table", table=table)
    return texts


def _hexadecimal(values: pa.Array, opening: str) -> pa.Array:
    offsets = np.frombuffer(values.buffers()[1], dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    data = values.buffers()[2]
    digits = bytes(memoryview(data)[offsets[0] : offsets[-1]]).hex() if data else ""
    doubled = (offsets - offsets[0]) * 2
    texts = pa.StringArray.from_buffers(len(values), pa.py_buffer(doubled), pa.py_buffer(digits.encode()))
    return _enclosed(opening, texts, "'")


def _enclosed(opening: str, texts: pa.Array, closing: str) -> pa.Array:
    return pc.binary_join_element_wise(opening, texts, closing, "")


def _spelt(column: Column, quoted: str) -> str:
    """A text of this column's value that no other value has, without a comma; `-` for NULL."""
    if column.kind in _BYTEWISE or is_spatial(column) or base_type(column.native) == "vector":
        short = column.length is not None and column.length <= _LONG
        text = f"HEX({quoted})" if short and not is_spatial(column) else f"SHA2({quoted}, 256)"
    else:
        text = f"CAST({_value(column, quoted)} AS CHAR)"
    return f"COALESCE({text}, '-')"


def _fixed(hashes: pa.Array) -> np.ndarray:
    """Hashes as numpy's bytes: of one width, so that its padding tells no two apart wrongly."""
    _, offsets, data = hashes.buffers()
    if not len(hashes):
        return np.zeros(0, dtype=f"S{_HASH_BYTES}")
    start = int(np.frombuffer(offsets, dtype=np.int32)[hashes.offset])
    return np.frombuffer(data, dtype=f"S{_HASH_BYTES}", count=len(hashes), offset=start)
