"""Values of columns as numbers that are equal where the values are, so that any two columns are compared by numpy alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from connectors.names import TableName
from connectors.schema import Column, Kind, Match
from engine.domains import shape

Codes = NDArray[np.int64]
LONGEST = 64
"""Characters of a text that can be a key: names of things are longer, keys are not."""
_WHOLE = r"^-?\d{1,18}$"
_COMPARED = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.TEXT, Kind.ENUM, Kind.UUID, Kind.BINARY, Kind.DATE, Kind.TIMESTAMP,
                       Kind.TIMESTAMPTZ, Kind.OTHER})  # fmt: skip


@dataclass(frozen=True)
class Values:
    """What was read of one column."""

    table: TableName
    column: Column
    shape: str
    """Only columns of one shape are compared (`engine.domains.shape`)."""
    rows: Codes = field(repr=False)
    """One number for each row, as far as `present` says that it holds a value."""
    present: NDArray[np.bool_] = field(repr=False)
    texts: pa.Array = field(repr=False)
    """As `Snapshot.rows` takes them for keys; the places of `distinct`."""
    distinct: Codes = field(repr=False)
    """Sorted."""
    characters: float = 0.0
    """Of a text, on average."""
    whole: bool = False
    """All rows of the table."""

    @property
    def key(self) -> tuple[TableName, str]:
        return self.table, self.column.name

    @property
    def is_unique(self) -> bool:
        """No value twice and none missing, in the rows looked at."""
        return len(self.rows) > 1 and len(self.distinct) == len(self.rows)


@dataclass(frozen=True)
class Read:
    """What was read of a column, before its values are numbers."""

    table: TableName
    column: Column
    values: pa.Array
    whole: bool


def comparable(column: Column) -> bool:
    return column.kind in _COMPARED and column.generated is None and column.element is None


def coded(columns: Sequence[Read]) -> list[Values]:
    """All columns at once, for the texts of all of them share one numbering."""
    plain = [_plain(each.column, each.values) for each in columns]
    numbered = _numbered([values for values in plain if pa.types.is_string(values.type)])
    numbers = [next(numbered) if pa.types.is_string(values.type) else values for values in plain]
    return [_values(each, values, number) for each, values, number in zip(columns, plain, numbers, strict=True)]


def _numbered(texts: Sequence[pa.Array]) -> Iterator[pa.Array]:
    """One number for each different text of all arrays: for each array its numbers."""
    together = pa.concat_arrays([pa.array([], pa.string()), *texts]).dictionary_encode().indices
    start = 0
    for each in texts:
        yield together.slice(start, len(each))
        start += len(each)


def _values(each: Read, values: pa.Array, numbers: pa.Array) -> Values:
    present = values.is_valid().to_numpy(zero_copy_only=False)
    rows = pc.fill_null(numbers.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    distinct, places = np.unique(rows[present], return_index=True)
    texts = as_text(each.values.filter(pa.array(present)).take(pa.array(places)))
    characters = float(pc.mean(pc.utf8_length(texts)).as_py() or 0.0)
    return Values(
        each.table, each.column, shape(each.column), rows, present, texts, distinct, characters, each.whole
    )  # fmt: skip


def _plain(column: Column, values: pa.Array) -> pa.Array:
    """Whole numbers as int64, whatever their type, all else as text; what is neither is NULL."""
    if shape(column) != "integer":
        return folded(column, as_text(values))
    if pa.types.is_integer(values.type):
        # Above 2^63 they wrap around, each to another number.
        return pc.cast(values, pa.int64(), safe=False)
    texts = pc.replace_substring_regex(pc.cast(values, pa.string()), r"\.0*$", "")
    return pc.cast(pc.if_else(pc.match_substring_regex(texts, _WHOLE), texts, None), pa.int64())


def folded(column: Column, texts: pa.Array) -> pa.Array:
    """Texts that the column's collation takes for equal are equal; those too long for a key, and empty ones, are NULL."""
    texts = pc.utf8_rtrim(texts, " ")
    length = pc.utf8_length(texts)
    texts = pc.if_else(pc.and_(pc.less_equal(length, LONGEST), pc.greater(length, 0)), texts, None)
    return pc.utf8_lower(texts) if Match.CASE in column.folds else texts


def as_text(values: pa.Array) -> pa.Array:
    if pa.types.is_fixed_size_binary(values.type) and values.type.byte_width == 16:
        # No kernel prints a UUID; each value of a sample is printed once.
        return pa.array([str(uuid.UUID(bytes=v)) if v is not None else None for v in values.to_pylist()], pa.string())
    if pa.types.is_binary(values.type):
        short = pc.if_else(pc.less_equal(pc.binary_length(values), LONGEST), values, None)
        return pa.array([v.hex() if v is not None else None for v in short.to_pylist()], pa.string())
    return pc.cast(values, pa.string())


def tuples(columns: Sequence[Values]) -> tuple[Codes, NDArray[np.bool_]]:
    """One number for each row's values together (of one column its own), and where every part is there."""
    present = np.logical_and.reduce([each.present for each in columns])
    if len(columns) == 1:
        return columns[0].rows, present
    mixed = np.zeros(len(present), np.uint64)
    for each in columns:
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + each.rows.view(np.uint64)
        mixed ^= mixed >> np.uint64(29)
    return mixed.view(np.int64), present
