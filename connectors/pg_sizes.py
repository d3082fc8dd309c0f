"""What a PostgreSQL table would take if its rows were written anew: from the widths of some of its rows, whatever dead space it has.

The layout is that of https://www.postgresql.org/docs/current/storage-page-layout.html and of the server's nbtree/README.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.pg_sql import literal
from connectors.pg_types import quote

Anew = tuple[float, tuple[tuple[tuple[str, ...], float], ...]]
"""As `Size.row` and `Size.entries`."""
Ask = Callable[[str], list[tuple[Any, ...]]]
_SAMPLED = 2_000
"""Rows whose widths are taken for those of all."""
_PAGES = 60
"""The pages that they are read from, anywhere in the table."""
_PAGE, _HEAD, _POINTER, _ALIGNED = 8192, 24, 4, 8
_TUPLE, _ENTRY = 23, 8
"""What stands before the values of a row, and of an entry of an index."""
_FULL = 90
"""Percent of an index's page that is filled at first."""
_APART, _REFERENCE = 2_000, 18
"""A longer value is kept apart, and a reference to it in the row."""
_CHUNKED = 1.05
"""What a value that is kept apart takes more than its bytes."""
_POSTING, _PLACE = 800, 6
"""The most that entries of equal keys share, and what each adds to it."""
_ALIGN = {"c": 1, "s": 2, "i": 4, "d": 8}

_RELATION = """
SELECT c.oid, n.nspname, c.relname, pg_relation_size(c.oid), c.reltuples,
       coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 100)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (n.nspname, c.relname) IN ({names}) AND c.relkind = 'r' ORDER BY 4 DESC, 1 LIMIT 1
"""
_COLUMNS = """
SELECT attnum, attname, attlen, attalign FROM pg_attribute
WHERE attrelid = {oid} AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_INDEXES = """
SELECT i.indkey::int2[], i.indisunique OR i.indnkeyatts < i.indnatts,
       am.amname = 'btree' AND i.indpred IS NULL AND 0 <> ALL (i.indkey::int2[]),
       pg_relation_size(i.indexrelid),
       coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), {full})
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
WHERE i.indrelid = {oid} ORDER BY i.indexrelid
"""


@dataclass(frozen=True, slots=True)
class _Column:
    number: int
    name: str
    length: int
    align: int
    width: float
    """Of a value where there is one, in the row."""
    filled: float
    """The share of rows that have one."""
    apart: float
    """Bytes for each row that are kept apart from it."""


@dataclass(frozen=True, slots=True)
class _Index:
    columns: tuple[int, ...]
    alone: bool
    """Each row has an entry of its own, whether keys are equal or not."""
    plain: bool
    """A B-tree over columns and all rows; of others the size is taken as it is."""
    bytes: int
    full: int


def written_anew(ask: Ask, names: Sequence[tuple[str, str]], rows: int) -> Anew | None:
    """The bytes of a row, and of its entry in each index with the index's columns. Of several partitions the largest tells of all.

    `rows`: of all partitions. None where nothing can be sampled."""
    listed = ", ".join(f"({literal(schema)}, {literal(name)})" for schema, name in names)
    found = ask(_RELATION.format(names=listed))
    if not found or not found[0][3]:
        return None
    oid, schema, name, size, estimate, full = found[0]
    indexes = [_Index(tuple(c), *more) for c, *more in ask(_INDEXES.format(oid=oid, full=_FULL))]
    described = ask(_COLUMNS.format(oid=oid))
    if not described:
        return None
    sampled, columns, distinct = _sampled(ask, f"{quote(schema)}.{quote(name)}", size, described, indexes)
    if not sampled:
        return None
    owned = rows if len(names) == 1 or estimate < 0 else max(round(estimate), 1)
    by_number = {column.number: column for column in columns}
    entries = tuple(
        (
            tuple(by_number[number].name for number in index.columns if number),
            _entry(index, [by_number[n] for n in index.columns], sampled / max(several, 1))
            if index.plain
            else index.bytes / max(owned, 1),
        )
        for index, several in zip(indexes, distinct, strict=True)
    )
    return _row(columns, full), entries


def _sampled(
    ask: Ask, relation: str, size: int, described: list[tuple[Any, ...]], indexes: Sequence[_Index]
) -> tuple[int, list[_Column], list[float]]:
    """How many rows were looked at, their columns, and how many keys they have in each index."""
    names = {number: quote(name) for number, name, *_ in described}
    # One array of numbers, for a table may have more columns than an answer.
    asked = [number for column in names.values() for number in _widths(f"s.{column}")]
    for index in indexes:
        key = ", ".join(f"s.{names[number]}::text" for number in index.columns if number)
        asked.append(f"count(DISTINCT ROW({key}))" if index.plain else "0")
    percent = min(100.0, 100 * _PAGES * _PAGE / max(size, 1))
    some = f"SELECT * FROM ONLY {relation} TABLESAMPLE SYSTEM ({percent}) REPEATABLE (0) LIMIT {_SAMPLED}"
    ((rows, found),) = ask(f"SELECT count(*), ARRAY[{', '.join(asked)}]::float8[] FROM ({some}) s")
    if not rows:
        return 0, [], []
    columns = [
        _Column(number, name, length, _ALIGN[align], width or 0.0, filled / rows, (apart or 0.0) / rows)
        for (number, name, length, align), filled, width, apart in zip(
            described, *(found[start : 3 * len(names) : 3] for start in range(3)), strict=True
        )
    ]
    return rows, columns, found[3 * len(names) :]


def _widths(column: str) -> tuple[str, str, str]:
    """SQL: how many rows have a value, what that takes in the row, and the bytes that are kept apart."""
    width = f"pg_column_size({column})"
    apart = f"{width} > {_APART}"
    return (
        f"count({column})",
        f"avg(CASE WHEN {apart} THEN {_REFERENCE} ELSE {width} END)",
        f"sum(CASE WHEN {apart} THEN {width} ELSE 0 END)",
    )


def _row(columns: Sequence[_Column], full: int) -> float:
    """A row in its page, with its part of what is left over there."""
    whole = 1.0
    for column in columns:
        whole *= column.filled
    bare, mapped = _aligned(_TUPLE), _aligned(_TUPLE + (len(columns) + 7) // 8)
    row = _values(columns, 0) + bare * whole + mapped * (1 - whole) + _POINTER
    apart = sum(column.apart for column in columns) * _CHUNKED
    return _PAGE * row / max((_PAGE - _HEAD) * full / 100 - row / 2, row) + apart


def _entry(index: _Index, columns: Sequence[_Column], alike: float) -> float:
    """An entry, or its part of one that rows with equal keys share."""
    own = _values(columns, _ENTRY) + _ENTRY + _POINTER
    if alike > 1 and not index.alone:
        shared = min(alike, max((_POSTING - own) / _PLACE, 1))
        own = (own + _PLACE * shared) / shared
    # The levels above are part of it: one entry for each page.
    page = (_PAGE - _HEAD - 16) * index.full / 100
    return _PAGE * own / page * (1 + own / page)


def _values(columns: Sequence[_Column], start: int) -> float:
    """The bytes of these values, each where its type lets it begin, up to where the next row may."""
    offset, exact = float(start), True
    for column in columns:
        short = column.length < 0 and column.width < 127
        if not short:
            offset += column.filled * (-offset % column.align if exact else (column.align - 1) / 2)
        offset += column.width * column.filled
        exact &= column.length > 0 and column.filled in (0.0, 1.0)
    return _aligned(offset) - start if exact else offset + (_ALIGNED - 1) / 2 - start


def _aligned(size: float) -> float:
    return -(-size // _ALIGNED) * _ALIGNED
