"""Views and comparisons made by hand: what an attack or a metric is given, without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Schema, Table, Unique
from engine.assessment.comparison import Comparison, Entity, Owns, Side
from engine.assessment.encode import encoded
from engine.assessment.view import NOBODY, Carries, Feature, Frame, Made, Places, View
from engine.plan import Plan

PERSON = TableName("person")


def view_of(
    known: pa.Table,
    target: pa.Table,
    control: pa.Table | None = None,
    *,
    made: Made = Made.SYNTHETIC,
    match: Sequence[int] | Places | None = None,
    carries: Carries | Mapping[str, Carries] = Carries.LEARNED,
    quasi: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    table: TableName = PERSON,
    entity: bool = False,
) -> View:
    """One view of these rows; every side has the same columns."""
    sides = [known, target, *([control] if control is not None else [])]
    features, columns = [], []
    for name in known.column_names:
        kind, values, labels = encoded([side.column(name) for side in sides])
        says = carries if isinstance(carries, Carries) else carries.get(name, Carries.LEARNED)
        features.append(Feature(name, kind, says, table, name, labels=labels))
        columns.append(values)
    frames = [Frame(tuple(values[place] for values in columns), side.num_rows) for place, side in enumerate(sides)]
    view = View(
        str(table), table, made, tuple(features), frames[0], frames[1],
        frames[2] if control is not None else None,
        None if match is None else np.asarray(match, np.int64), known.num_rows, target.num_rows, entity=entity,
    )  # fmt: skip
    return replace(view, quasi=tuple(map(view.place, quasi)), sensitive=tuple(map(view.place, sensitive)))


def table_of(name: str, rows: pa.Table, primary_key: Sequence[str] = (), keys: Sequence[ForeignKey] = ()) -> Table:
    """A table as a database would describe it, of rows that are there. Column kinds follow the Arrow types."""
    columns = tuple(Column(field.name, str(field.type), _kind(field.type)) for field in rows.schema)
    uniques = (Unique(f"{name}_pkey", tuple(primary_key), primary=True),) if primary_key else ()
    return Table(TableName(name), columns, uniques=uniques, foreign_keys=tuple(keys))


def side_of(schema: Schema, tables: Mapping[str, pa.Table]) -> Side:
    """One side of these rows: the places of parents are found by their keys (of one column)."""
    named = {TableName(name): rows.combine_chunks() for name, rows in tables.items()}
    parents = {}
    for table in schema.tables:
        for key in table.foreign_keys:
            place = {value: at for at, value in enumerate(named[key.parent].column(key.parent_columns[0]).to_pylist())}
            asked = named[table.name].column(key.columns[0]).to_pylist()
            parents[table.name, key.name] = np.array([place.get(value, NOBODY) for value in asked], np.int64)
    return Side(named, parents, {name: rows.num_rows for name, rows in named.items()})


def comparison_of(
    schema: Schema,
    known: Mapping[str, pa.Table],
    target: Mapping[str, pa.Table],
    control: Mapping[str, pa.Table] | None = None,
    *,
    made: Made = Made.SYNTHETIC,
    carries: Carries = Carries.LEARNED,
    root: str | None = None,
    views: Sequence[View] = (),
) -> Comparison:
    """Both sides of a database. `root`: the table whose rows are people; they own what refers to them, and so on."""
    owned = [Owns(TableName(root), None)] if root else []
    for owns in owned:
        owned += [
            Owns(table.name, key, owns.table)
            for table in schema.tables
            for key in table.foreign_keys
            if key.parent == owns.table and table.name not in {each.table for each in owned}
        ]
    return Comparison(
        Plan("made", "made", {}),
        schema,
        side_of(schema, known),
        side_of(schema, target),
        side_of(schema, control) if control is not None else None,
        {(table.name, column.name): carries for table in schema.tables for column in table.columns},
        {table.name: made for table in schema.tables},
        (Entity(TableName(root), made, tuple(owned)),) if root else (),
        tuple(views),
    )


def _kind(type_: pa.DataType) -> Kind:
    if pa.types.is_integer(type_):
        return Kind.INTEGER
    if pa.types.is_floating(type_):
        return Kind.FLOAT
    if pa.types.is_boolean(type_):
        return Kind.BOOLEAN
    if pa.types.is_date(type_):
        return Kind.DATE
    return Kind.TIMESTAMP if pa.types.is_timestamp(type_) else Kind.TEXT
