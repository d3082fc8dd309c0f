"""The tables that queries run over: with codes, numbers and places for ours, with the columns themselves for a tester's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.names import TableName
from connectors.schema import ForeignKey
from engine.assessment.comparison import Comparison, Side
from engine.assessment.view import NOBODY, FeatureKind, Frame, Places, View, present
from engine.masking.dates import outside_calendar
from engine.quality.frames import compared_columns, key_columns


def coded(view: View, frame: Frame, parents: Sequence[Places | None], rng: np.random.Generator) -> pa.Table:
    """One side's rows as `c0`..., `r`, `k` and places of parents; see `workload_queries`."""
    columns: dict[str, pa.Array] = {"r": pa.array(np.arange(frame.rows)), "k": pa.array(rng.permutation(frame.rows))}
    for place, (feature, column) in enumerate(zip(view.features, frame.columns, strict=True)):
        missing = ~present(column)
        if feature.kind is FeatureKind.TIME:
            days = np.floor(np.where(missing, 0, column)).astype(np.int32)
            columns[f"c{place}"] = pa.array(days, pa.int32(), mask=missing).cast(pa.date32())
        else:
            columns[f"c{place}"] = pa.array(column, mask=missing)
    for number, places in enumerate(parents):
        found = np.full(frame.rows, NOBODY) if places is None else places
        columns[f"p{number}"] = pa.array(found, pa.int64(), mask=found == NOBODY)
    return pa.table(columns)


def parents_of(
    comparison: Comparison, tables: Sequence[TableName], table: TableName
) -> Iterator[tuple[ForeignKey, int]]:
    """Its foreign keys along which queries can join, and each parent's number."""
    for child, key in comparison.keys:
        if child == table and key.parent in tables:
            yield key, tables.index(key.parent)


def shown(comparison: Comparison, side: Side, table: TableName) -> pa.Table:
    """One side's rows under the source's column names: compared columns and keys. Made-up values are left out.

    Keys that were not read are numbered by the places of their parents, so that they join all the same.
    """
    rows = side.tables[table]
    keys = sorted(key_columns(comparison, table))
    columns = {name: _in_calendar(rows.column(name)) for name in compared_columns(comparison, table)}
    both = set(rows.column_names) & set(comparison.known.tables[table].column_names)
    for name in keys:
        there = all(_read(comparison, end) for end in _ends(comparison, table, name)) and name in both
        columns[name] = rows.column(name) if there else pa.array(_number(comparison, side, table, name))
    return pa.table(columns)


def mixed(rows: pa.Table, rng: np.random.Generator) -> pa.Table:
    """The same columns, each in an order of its own."""
    return pa.table(
        {name: rows.column(name).take(pa.array(rng.permutation(rows.num_rows))) for name in rows.column_names}
    )


def _number(comparison: Comparison, side: Side, table: TableName, column: str, deep: int = 0) -> Places:
    """What stands for a key: the number of the row that it belongs to in the end."""
    rows = side.tables[table].num_rows
    for key in comparison.schema.table(table).foreign_keys:
        places = side.parents.get((table, key.name))
        # A ring of keys that are all foreign has no first one.
        if key.columns == (column,) and places is not None and key.parent in side.tables and deep < 8:
            above = _number(comparison, side, key.parent, key.parent_columns[0], deep + 1)
            return np.where(places == NOBODY, NOBODY, above[places] if len(above) else NOBODY)
    return np.arange(rows)


def _ends(comparison: Comparison, table: TableName, column: str) -> Iterator[tuple[TableName, str]]:
    """The columns that join with this one: all must have been read, or none of them is what the others are."""
    yield table, column
    for child in comparison.schema.tables:
        for key in child.foreign_keys:
            pairs = [((child.name, c), (key.parent, p)) for c, p in zip(key.columns, key.parent_columns, strict=False)]
            yield from (end for pair in pairs if (table, column) in pair for end in pair)


def _read(comparison: Comparison, end: tuple[TableName, str]) -> bool:
    sides = (comparison.known, comparison.target)
    return all(end[0] not in side.tables or end[1] in side.tables[end[0]].column_names for side in sides)


def _in_calendar(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A date that is none ("never", 0000-00-00) is NULL: DuckDB would read another day into it."""
    if not (pa.types.is_date(column.type) or pa.types.is_timestamp(column.type)):
        return column
    whole = column.combine_chunks()
    return pa.chunked_array([pc.if_else(outside_calendar(whole), pa.scalar(None, whole.type), whole)])
