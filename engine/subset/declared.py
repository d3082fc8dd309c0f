"""The foreign keys that only a plan declares, laid over what the database says of itself.

Every verb that describes a source asks for them, so that both ends of a declared key share a domain and its orphans are counted.
No target ever gets one: `planned_schema` leaves them out.
"""

from __future__ import annotations

from dataclasses import replace

from connectors.condition import refuse_statement
from connectors.errors import ReadError
from connectors.names import TableName
from connectors.schema import ForeignKey, Schema, Table
from engine.plan import Plan
from engine.subset.spec import DeclaredKey


def declared(plan: Plan, schema: Schema) -> Schema:
    """The schema with the plan's keys over columns. A key that names what is not there, or whose condition is more than one, is left
    out: `check` speaks of it."""
    if not plan.foreign_keys:
        return schema
    return replace(schema, tables=tuple(_with_keys(table, plan, schema) for table in schema.tables))


def expression_keys(plan: Plan, schema: Schema) -> tuple[tuple[TableName, ForeignKey], ...]:
    """The plan's keys over expressions, each with its child: a subset follows them, and no column of theirs is masked alike."""
    return tuple(
        (table, made)
        for table in schema.by_name
        for said, made in declared_keys(plan, schema, table)
        if said.expressions
    )


def declared_keys(plan: Plan, schema: Schema, table: TableName) -> list[tuple[DeclaredKey, ForeignKey]]:
    """What the plan declares for this table, each as it says it and as a foreign key."""
    taken = {key.name for key in schema.table(table).foreign_keys if not key.virtual}
    return [(key, _foreign_key(key, taken)) for key in plan.foreign_keys if key.table == table and _holds(key, schema)]


def _with_keys(table: Table, plan: Plan, schema: Schema) -> Table:
    own = tuple(key for key in table.foreign_keys if not key.virtual)
    made = (made for said, made in declared_keys(plan, schema, table.name) if said.columns)
    return replace(table, foreign_keys=own + tuple(made))


def _holds(key: DeclaredKey, schema: Schema) -> bool:
    """Are its tables and columns in the schema, and is its SQL nothing but conditions?"""
    try:
        for text in (*key.expressions, *((key.where,) if key.where is not None else ())):
            refuse_statement(text, schema.dialect, key.table)
    except ReadError:
        return False
    return all(
        table in schema.by_name and {column.name for column in schema.table(table).columns}.issuperset(columns)
        for table, columns in ((key.table, key.columns), (key.parent, key.parent_columns))
    )


def _foreign_key(key: DeclaredKey, taken: set[str]) -> ForeignKey:
    """A name of its own in the table, as a report prints it and an edge may say it: `subject_id -> post`."""
    name = base = f"{', '.join(key.columns) or 'expression'} -> {key.parent}"
    number = 1
    while name in taken:
        number += 1
        name = f"{base} ({number})"
    taken.add(name)
    return ForeignKey(
        name, key.columns, key.parent, key.parent_columns, validated=False, enforced=False, virtual=True,
        where=key.where, expressions=key.expressions,
    )  # fmt: skip
