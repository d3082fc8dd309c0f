"""How a row of SQLite is named: by its rowid, or by its key where it has none; and how rows are found again by such names.

A part of a key may be of any storage class, row by row, so its token says the class (`connectors.sqlite_values`, format `mixed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.rows import ID, RowIds
from connectors.schema import Column, Kind, Table
from connectors.sqlite_describe import alias
from connectors.sqlite_values import untag, wire

TOKEN = frozenset({"integer", "text"})
"""Storage classes whose common carrier is a token."""
NUMBER = frozenset({"integer"})
_LISTED = 200_000
"""Most whole numbers that one statement is given."""
BOUND = 30_000
"""Most values that one statement binds."""
_NULL = b"n"

Condition = tuple[str, tuple[Any, ...]]
"""SQL text and what its placeholders are bound to."""


@dataclass(frozen=True, slots=True)
class RowName:
    """The columns that name a row of one table."""

    columns: tuple[str, ...]
    ids: RowIds

    @property
    def numbers(self) -> bool:
        """One whole number: any amount of them fits into one bound value."""
        return self.ids.types == (pa.int64(),)

    def classes(self, place: int) -> frozenset[str]:
        return NUMBER if self.ids.types[place] == pa.int64() else TOKEN

    def column(self, place: int) -> Column:
        """A description of one of the id's columns, as batches carry it."""
        return Column(ID.format(place), "", Kind.INTEGER if self.classes(place) == NUMBER else Kind.BINARY)


def row_name(table: Table) -> RowName:
    """The rowid under a free name, else a key without NULLs, else all columns together."""
    numbered = next((column.name for column in table.columns if column.identity), None)
    place = alias(table) or numbered
    if place is not None:
        return RowName((place,), RowIds((pa.int64(),), values=numbered is not None))
    key = _key(table)
    columns = key or tuple(column.name for column in table.columns)
    strict = ("STRICT", "1") in table.options
    types = tuple(_type(table.column(name), strict) for name in columns)
    return RowName(columns, RowIds(types, values=True, seekable=bool(key), unique=bool(key)))


def _key(table: Table) -> tuple[str, ...]:
    required = {column.name for column in table.columns if not column.nullable}
    keys = [u for u in table.uniques if not u.where and not u.expression and set(u.columns) <= required]
    return next((unique.columns for unique in sorted(keys, key=lambda unique: not unique.primary)), ())


def _type(column: Column, strict: bool) -> pa.DataType:
    whole = strict and column.native.upper() in ("INT", "INTEGER") and not column.nullable
    return pa.int64() if whole else pa.binary()


def id_array(values: Sequence[Any], type_: pa.DataType, id_: Sequence[Sequence[Any]] = ()) -> pa.Array:
    """One of an id's columns. A NULL is a token as well where all columns make the name, unless the whole id is NULL: then `id_`
    gives all its columns."""
    array = pa.array(values, type_) if type_ == pa.int64() else wire(values, TOKEN)
    if type_ == pa.int64() or not array.null_count:
        return array
    present = [any(value is not None for value in row) for row in zip(*id_, strict=True)] or [True] * len(array)
    return pc.if_else(pa.array(present), pc.fill_null(array, _NULL), array)


def among(name: RowName, quoted: Sequence[str], rows: pa.Table | None) -> Iterator[Condition]:
    """Conditions that together hold for these rows; one without text for all rows."""
    if rows is None:
        yield "", ()
    elif name.numbers:
        for start in range(0, rows.num_rows, _LISTED):
            yield listed(quoted[0]), (numbers_text(rows.column(0).slice(start, _LISTED)),)
    else:
        step = max(1, BOUND // len(quoted))
        for start in range(0, rows.num_rows, step):
            yield _values(quoted, rows.slice(start, step))


def listed(value: str) -> str:
    """The condition of being one of the whole numbers in a bound JSON text."""
    return f"{value} IN (SELECT value FROM json_each(?))"


def listed_rows(values: Sequence[str], rows: str) -> str:
    """The condition of being one of the rows of a VALUES clause."""
    # Without the SELECT around it, SQLite would look at every row of the table instead of asking its index.
    return f"({', '.join(values)}) IN (SELECT * FROM (VALUES {rows}))"


def numbers_text(numbers: pa.ChunkedArray) -> str:
    texts = numbers.cast(pa.string()).combine_chunks()
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts), ",")
    return f"[{joined[0].as_py() or ''}]"


def _values(quoted: Sequence[str], rows: pa.Table) -> Condition:
    # Each value is bound as its own storage class: the driver takes Python objects, and text may be no UTF-8.
    columns = [[_bound(value) for value in column.to_pylist()] for column in rows.columns]
    places = ", ".join(f"({', '.join(text for text, _ in row)})" for row in zip(*columns, strict=True))
    parameters = tuple(value for row in zip(*columns, strict=True) for _, value in row)
    return listed_rows(quoted, places), parameters


def _bound(token: int | bytes) -> tuple[str, Any]:
    value = token if isinstance(token, int) else untag(token)
    if not isinstance(value, bytearray):
        return "?", value
    try:
        return "?", value.decode()
    except UnicodeDecodeError:
        # The sign takes the affinity away that CAST would give: the column's own decides.
        return "+CAST(? AS TEXT)", bytes(value)


def within(rows: pa.Table) -> Callable[[pa.RecordBatch, Sequence[str]], pa.RecordBatch]:
    """A filter of batches by ids that no statement can look up. Arrow has no join on several columns that keeps its hash table
    from batch to batch, so names are compared one by one."""
    wanted = set(zip(*(column.to_pylist() for column in rows.columns), strict=True))

    def chosen(batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
        ids = zip(*(batch.column(name).to_pylist() for name in names), strict=True)
        return batch.filter(pa.array([one in wanted for one in ids], pa.bool_()))

    return chosen
