"""What the rows of an InnoDB table and the entries of its indexes take, from the widths of some rows.

The formats are those of https://dev.mysql.com/doc/refman/8.0/en/innodb-row-format.html and
https://dev.mysql.com/doc/refman/8.0/en/storage-requirements.html.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.my_types import base_type
from connectors.schema import Column, Kind, Table

Anew = tuple[float, tuple[tuple[tuple[str, ...], float], ...]]
"""As `Size.row` and `Size.entries`."""
Ask = Callable[[str], Sequence[Sequence[Any]]]
_SAMPLED = 2_000
"""Rows whose widths are taken for those of all."""
_HEAD, _HIDDEN = 5, 13
"""What stands before every row, and what InnoDB adds to one: who wrote it, and what it was before."""
_APART, _REFERENCE, _PAGE = 8_000, 20, 16_384
"""A longer value lies on pages of its own, and a reference to it in the row."""
_FIXED = {
    "tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "bigint": 8, "float": 4, "double": 8, "year": 1, "date": 3, "time": 4,
    "datetime": 6, "timestamp": 5, "enum": 1, "set": 1, "uuid": 16, "inet6": 16, "inet4": 4,
}  # fmt: skip
_NUMBER = 6
"""What tells the rows of a table without a key from each other."""
_DIGITS = 2.25
"""Digits of a DECIMAL in a byte."""


def written_anew(ask: Ask, relation: str, quote: Callable[[str], str], table: Table) -> Anew | None:
    """As `Size.row` and `Size.entries`, on full pages; None of a table without rows."""
    stored = table.stored
    asked = ", ".join(f"{_width(column, quote(column.name))} w{place}" for place, column in enumerate(stored))
    summed = ", ".join(f"SUM(w{place})" for place in range(len(stored)))
    ((rows, *found),) = ask(f"SELECT COUNT(*), {summed} FROM (SELECT {asked} FROM {relation} LIMIT {_SAMPLED}) s")
    if not int(rows):
        return None
    widths = {column.name: float(width or 0) / int(rows) for column, width in zip(stored, found, strict=True)}
    row = _HEAD + _HIDDEN + _flags(stored) + sum(widths.values())
    if not table.primary_key:
        row += _NUMBER
    return row, tuple((columns, _entry(table, columns, widths)) for columns in _indexes(table))


def _width(column: Column, name: str) -> str:
    """SQL for the bytes of a value."""
    base = base_type(column.native)
    if base in _FIXED:
        return f"IF({name} IS NULL, 0, {_FIXED[base]})"
    if column.kind is Kind.DECIMAL:
        return f"IF({name} IS NULL, 0, {(column.precision or 10) / _DIGITS:.2f})"
    length = f"LENGTH({name})"
    return f"IF({length} > {_APART}, {_REFERENCE} + CEIL({length} / {_PAGE}) * {_PAGE}, {length} + 1)"


def _indexes(table: Table) -> list[tuple[str, ...]]:
    """The columns of every index beside the primary key."""
    found = {unique.name: unique.columns for unique in table.uniques if not unique.primary}
    primary = {unique.name for unique in table.uniques if unique.primary}
    return list((found | {index.name: index.columns for index in table.indexes if index.name not in primary}).values())


def _entry(table: Table, columns: tuple[str, ...], widths: Mapping[str, float]) -> float:
    named = {*columns, *table.primary_key}
    return _HEAD + _flags([table.column(name) for name in columns]) + sum(widths.get(name, 0.0) for name in named)


def _flags(columns: Sequence[Column]) -> int:
    """One bit for each column that may be NULL."""
    return (sum(column.nullable for column in columns) + 7) // 8
