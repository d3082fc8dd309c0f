"""The compared columns of one table as a view, keys left aside, and samples of records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from connectors.names import TableName
from engine.assessment.comparison import Comparison, Side
from engine.assessment.encode import encoded
from engine.assessment.view import Carries, Feature, Frame, Made, View


def key_columns(comparison: Comparison, table: TableName) -> frozenset[str]:
    """Columns that say which row it is or where it belongs, not what it is like."""
    described = comparison.schema.table(table)
    return frozenset(described.primary_key).union(*(key.columns for key in described.foreign_keys))


def compared_columns(comparison: Comparison, table: TableName) -> tuple[str, ...]:
    """Columns that are no keys and whose values the target has of the source, as they were, near them or learned."""
    if table not in comparison.known.tables or table not in comparison.target.tables:
        return ()
    keys, there = key_columns(comparison, table), set(comparison.target.tables[table].column_names)
    return tuple(
        name
        for name in comparison.known.tables[table].column_names
        if name in there
        and name not in keys
        and comparison.carries.get((table, name), Carries.REPLACED) is not Carries.REPLACED
    )


def sides_of(comparison: Comparison, table: TableName) -> tuple[Side, ...]:
    """The known side, the target's and, where it holds rows of this table, the control's."""
    sides = (comparison.known, comparison.target)
    control = comparison.control
    return (*sides, control) if control is not None and table in control.tables else sides


def table_view(comparison: Comparison, table: TableName, sides: Sequence[pa.Table] | None = None) -> View:
    """A table's compared columns, of all rows or of those given: the known, the target's, the control's.

    A column that no type can hold of all sides is left out.
    """
    tables = [side.tables[table] for side in sides_of(comparison, table)] if sides is None else sides
    features, columns = [], []
    for name in compared_columns(comparison, table):
        arrays = _one_type(tables, name)
        if arrays is not None:
            kind, values, labels = encoded(arrays)
            features.append(Feature(name, kind, comparison.carries[table, name], table, name, labels=labels))
            columns.append(values)
    frames = [Frame(tuple(values[at] for values in columns), rows.num_rows) for at, rows in enumerate(tables)]
    made = comparison.made.get(table, Made.SYNTHETIC)
    control = frames[2] if len(frames) > 2 else None
    return finite_view(View(str(table), table, made, tuple(features), frames[0], frames[1], control))


def finite(frame: Frame) -> Frame:
    """Infinities as no value: they have no distance to any other."""
    return Frame(
        tuple(
            np.where(np.isfinite(column), column, np.nan) if column.dtype == np.float64 else column
            for column in frame.columns
        ),
        frame.rows,
    )


def finite_view(view: View) -> View:
    control = None if view.control is None else finite(view.control)
    return replace(view, known=finite(view.known), target=finite(view.target), control=control)


def sampled(frame: Frame, most: int, rng: np.random.Generator) -> Frame:
    """At most so many of its records, drawn without replacement."""
    return frame if frame.rows <= most else frame.take(np.sort(rng.choice(frame.rows, most, replace=False)))


def shuffled(frame: Frame, rng: np.random.Generator) -> Frame:
    """The same columns, each in an order of its own: what has every column's shape and nothing between them."""
    return Frame(tuple(rng.permutation(column) for column in frame.columns), frame.rows)


def _one_type(tables: Sequence[pa.Table], name: str) -> list[pa.ChunkedArray] | None:
    """One column of every side in the source's type; another database may have carried it in its own."""
    arrays = [rows.column(name) for rows in tables]
    try:
        return [array if array.type == arrays[0].type else array.cast(arrays[0].type, safe=False) for array in arrays]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
