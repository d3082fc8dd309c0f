"""Texts that are dates: databases without a type for them hold ISO 8601. Which columns do is paid for; they are learned as moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")
"""A public list."""
_NEARLY_ALL = 0.9
_FORMAT = "\x00format"
"""No column of a database is called so."""


def format_name(column: str) -> str:
    """The column that holds the format of each text."""
    return column + _FORMAT


def with_format(table: pa.Table, column: str) -> pa.Table:
    """The table with the format of each text of a column, empty where it is in none of them."""
    texts = table.column(column)
    found = pc.if_else(texts.is_null(), pa.scalar(None, pa.string()), pa.scalar("", pa.string()))
    for each in FORMATS:
        found = pc.if_else(pc.fill_null(read(texts, each).is_valid(), False), pa.scalar(each), found)
    return table.append_column(format_name(column), found)


def with_moments(table: pa.Table, column: str, format_: str) -> pa.Table:
    """The table with the texts of a column read as moments; a text in another format is as good as none."""
    return table.set_column(table.schema.get_field_index(column), column, read(table.column(column), format_))


def published_format(found: Sequence[tuple[Any, float]]) -> str | None:
    """The format of nearly all texts, by noisy counts."""
    counts = {value: count for value, count in found if value is not None}
    best = max(counts, key=lambda value: counts[value], default="")
    return best if best in FORMATS and counts[best] >= _NEARLY_ALL * sum(counts.values()) else None


def read(texts: pa.Array | pa.ChunkedArray, format_: str) -> pa.Array | pa.ChunkedArray:
    """Dates or timestamps of the texts in this format, NULL for all others."""
    moments = pc.strptime(texts, format_, "us", error_is_null=True)
    return moments.cast(pa.date32()) if format_ == FORMATS[0] else moments


def written(moments: pa.Array, format_: str) -> pa.Array:
    """The texts of moments."""
    # Of a finer unit the fractions of a second would be written too.
    return pc.strftime(moments.cast(pa.timestamp("s"), safe=False), format=format_)
