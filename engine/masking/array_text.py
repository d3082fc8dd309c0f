"""PostgreSQL's text of arrays: cut into elements and what stands around them, and elements read as values of their type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

from connectors.arrow import carrier
from connectors.schema import Column, Kind

TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{},]+|[^{},"]+', re.DOTALL)
BOUNDS = re.compile(r"[\[\]\d:+\-]+=")
"""`[2:3]=` before an array whose first element is not the first."""
NULL = "NULL"
NEVER = frozenset({"infinity", "-infinity", "Infinity", "-Infinity", "NaN"})
"""Dates and numbers that are nobody's."""

_KINDS: dict[str, tuple[Kind, int | None]] = {
    "text": (Kind.TEXT, None), "character varying": (Kind.TEXT, None), "character": (Kind.TEXT, None),
    "citext": (Kind.TEXT, None), "name": (Kind.TEXT, None), "smallint": (Kind.INTEGER, 16), "integer": (Kind.INTEGER, 32),
    "bigint": (Kind.INTEGER, 64), "numeric": (Kind.DECIMAL, None), "real": (Kind.FLOAT, None),
    "double precision": (Kind.FLOAT, None), "boolean": (Kind.BOOLEAN, None), "date": (Kind.DATE, None),
    "timestamp without time zone": (Kind.TIMESTAMP, None), "timestamp with time zone": (Kind.TIMESTAMPTZ, None),
    "uuid": (Kind.UUID, None), "json": (Kind.JSON, None), "jsonb": (Kind.JSON, None), "xml": (Kind.XML, None),
}  # fmt: skip


def element_column(column: Column) -> Column:
    """An array's elements as a column of their own; of kind OTHER where their text is all that is known."""
    # The array's own type says the length, within the name: `character varying(20)[]`, `timestamp(3) without time zone[]`.
    native = column.native.rstrip("[]") if column.native.endswith("[]") else column.element or "text"
    numbers = re.findall(r"\((\d+)(?:,(-?\d+))?\)", native)
    first, second = (numbers[0][0], numbers[0][1]) if numbers else ("", "")
    kind, bits = _KINDS.get(re.sub(r"\([^)]*\)", "", native).strip(), (Kind.OTHER, None))
    digits = int(first) if first and kind is Kind.DECIMAL else bits
    length = int(first) if first and kind is Kind.TEXT else None
    return replace(
        column, native=native, kind=kind, precision=digits, scale=int(second) if second else None, length=length,
        element=None, nullable=True,
    )  # fmt: skip


def pieces(text: str) -> tuple[str, list[str]]:
    """The bounds before an array, and its text cut at braces and commas; together they are the text."""
    bounds = BOUNDS.match(text)
    start = bounds.end() if bounds else 0
    return text[:start], TOKEN.findall(text, start)


def is_element(piece: str) -> bool:
    """Is it a value that is not NULL?"""
    return piece[0] not in "{}," and piece.upper() != NULL


def plain(piece: str) -> str:
    """The value that an element stands for."""
    return re.sub(r"\\(.)", r"\1", piece[1:-1], flags=re.DOTALL) if piece[0] == '"' else piece


def quoted(text: str | None) -> str:
    return NULL if text is None else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def value_of(text: str, kind: Kind) -> Any:
    """The element in the terms of its carrier. Raises ValueError for `infinity`, dates outside the calendar, and NaN in decimals."""
    if kind is Kind.DECIMAL and not Decimal(text).is_finite():
        raise ValueError("no number")
    if kind is Kind.INTEGER:
        return int(text)
    if kind is Kind.FLOAT:
        return float(text)
    if kind is Kind.BOOLEAN:
        return text == "t"
    if kind is Kind.UUID:
        return UUID(text).bytes
    if kind is Kind.DATE:
        return date.fromisoformat(text)
    if kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
        return datetime.fromisoformat(text)
    return text


def array_of(values: Sequence[Any], column: Column) -> pa.Array:
    """Elements as an array of the column's carrier."""
    type_ = carrier(column)
    if pa.types.is_decimal(type_):
        return pa.array([Decimal(value) for value in values], type_)
    return pa.array(values, type_)


def text_of(value: Any, kind: Kind) -> str | None:
    """A masked element as PostgreSQL reads it."""
    if value is None:
        return None
    if kind is Kind.UUID:
        return str(UUID(bytes=value))
    if kind is Kind.BOOLEAN:
        return "t" if value else "f"
    return str(value)
