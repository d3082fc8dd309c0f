"""How the target's tables come to be: made by DDL of the source's own tool, made portably, or there already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from connectors.database import Database, Issue, Script
from connectors.names import TableName, parse_table_name
from connectors.schema import Column, Schema, Table, View
from engine.beyond import beyond_target
from engine.ddl_review import ddl_review
from engine.held_keys import refuse_held_keys
from engine.plan import Plan, Treatment
from engine.respelt import respelt_keys
from engine.safety import refuse_foreign

EXISTING = "existing tables"


@dataclass(frozen=True)
class Build:
    schema: Schema
    """The target's tables, named and typed as the target has them."""
    names: Mapping[TableName, TableName]
    """Source table -> target table."""
    script: Script
    """Empty where the tables are there."""
    wire: frozenset[TableName]
    """Source tables whose bytes the target takes as they are."""
    issues: tuple[Issue, ...]

    def target(self, source: TableName) -> Table:
        return self.schema.table(self.names[source])


def planned_schema(plan: Plan, schema: Schema) -> Schema:
    """The part of the source's schema that the target will have: all but dropped tables, and keys that only the plan declares."""
    tables = tuple(
        t for t in schema.tables if t.name in plan.tables and plan.tables[t.name].treatment is not Treatment.DROP
    )
    names = {table.name for table in tables}
    kept = tuple(
        replace(t, foreign_keys=tuple(k for k in t.foreign_keys if k.parent in names and not k.virtual)) for t in tables
    )
    return replace(schema, tables=kept, triggers=tuple(t for t in schema.triggers if t.table in names))


def target_name(plan: Plan, name: TableName, target_default: str, source_default: str = "") -> TableName:
    """Where a table goes: `[target.schemas]` maps schemas, and the default schema of either side needs no name."""
    mapped = plan.target_schemas.get(name.schema or source_default)
    if mapped is None:
        return name
    return TableName(name.name, None if mapped == target_default else mapped)


def target_names(plan: Plan, schema: Schema, target_default: str) -> dict[TableName, TableName]:
    """Where each table of the source goes."""
    return {t.name: target_name(plan, t.name, target_default, schema.default_schema) for t in schema.tables}


def fresh_build(
    plan: Plan, planned: Schema, source: Database, target: Database, names: Mapping[TableName, TableName]
) -> Build:
    """A target that this run makes."""
    moved = _renamed(planned, names) if plan.target_schemas else planned
    script = source.ddl(planned, plan.target_schemas) if source.dialect == target.dialect else None
    if script is not None:
        schema, wire = moved, frozenset(names)
    else:
        schema, script = target.portable_ddl(moved)
        schema = replace(
            schema, views=tuple(View(parse_table_name(s.name), s.sql) for s in script.statements if s.kind == "view")
        )
        names = {table.name: made.name for table, made in zip(planned.tables, schema.tables, strict=True)}
        wire = _same_bytes(planned, schema, names, source, target)
    script, found = ddl_review(script, planned)
    beyond = beyond_target(plan, planned, schema, names, wire, source, target)
    beyond += respelt_keys(plan, planned, schema, names, wire, source)
    return Build(schema, names, script, wire, (*script.issues, *found, *beyond))


def describe_target(target: Database) -> Schema:
    """What a target holds; nothing, where it is a file that the run is still to make. Raises Refused where its rows are not ours."""
    with target.target() as session:
        refuse_foreign(session)
        return target.describe()


def existing_build(
    plan: Plan,
    planned: Schema,
    described: Schema,
    source: Database,
    target: Database,
    names: Mapping[TableName, TableName],
) -> Build:
    """A target whose tables are there, and fit. Raises PlanError where no strategy of loading them is left."""
    wanted = {names[table.name] for table in planned.tables}
    schema = replace(described, tables=tuple(table for table in described.tables if table.name in wanted))
    refuse_held_keys(target, schema.tables)
    wire = _same_bytes(planned, schema, names, source, target)
    kept = {table.name: names[table.name] for table in planned.tables}
    beyond = beyond_target(plan, planned, schema, kept, wire, source, target)
    beyond += respelt_keys(plan, planned, schema, kept, wire, source)
    return Build(schema, kept, Script((), (), EXISTING), wire, tuple(beyond))


def _same_bytes(
    planned: Schema, target_schema: Schema, names: Mapping[TableName, TableName], source: Database, target: Database
) -> frozenset[TableName]:
    """The tables of one dialect whose columns have the same types on both sides."""
    if source.dialect != target.dialect:
        return frozenset()
    return frozenset(
        table.name
        for table in planned.tables
        if all(_same_type(column, target_schema.table(names[table.name])) for column in table.stored)
    )


def _same_type(column: Column, target: Table) -> bool:
    """Also of one collation: MySQL's texts may travel as the bytes of their character set."""
    there = target.column(column.name)
    return (there.native, there.collation) == (column.native, column.collation)


def _renamed(schema: Schema, names: Mapping[TableName, TableName]) -> Schema:
    """The schema with its tables, and all that refers to them, under their names in the target."""
    spaces = {old.schema: new.schema for old, new in names.items()}

    def moved(name: TableName) -> TableName:
        return names.get(name, TableName(name.name, spaces.get(name.schema, name.schema)))

    tables = tuple(
        replace(t, name=moved(t.name), foreign_keys=tuple(replace(k, parent=moved(k.parent)) for k in t.foreign_keys))
        for t in schema.tables
    )
    return replace(
        schema,
        tables=tables,
        views=tuple(replace(view, name=moved(view.name)) for view in schema.views),
        triggers=tuple(replace(trigger, table=moved(trigger.table)) for trigger in schema.triggers),
        sequences=tuple(
            replace(s, name=moved(s.name), owner=(moved(s.owner[0]), s.owner[1]) if s.owner else None)
            for s in schema.sequences
        ),
    )
