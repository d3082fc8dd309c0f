"""An existing target can take the rows: its tables, columns, types and engines."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table
from engine.check_coverage import meant
from engine.check_view import View, error
from engine.plan import READ, Treatment
from engine.problems import Problem

UNSAFE_ENGINES = ("myisam", "aria", "memory", "csv", "archive", "blackhole")
_TEXTS = frozenset((Kind.TEXT, Kind.ENUM, Kind.JSON, Kind.XML, Kind.OTHER))
_NUMBERS = frozenset((Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.BOOLEAN))


def target(view: View) -> Iterator[Problem]:
    if view.target is None or not view.target.tables:
        return
    known = {str(name): table for name, table in view.target.by_name.items()}
    for table in view.tables(*READ, Treatment.SYNTHESIZE):
        name = target_name(view, table.name, view.target)
        found = view.target.by_name.get(name)
        if found is None:
            reason = f"The target has no table {name}.{meant(str(name), known)}"
            yield error("target-table", reason, "Create it, or give an empty target.", table.name)
        else:
            yield from _table(table, found)
    yield from _engines(view.target)


def target_name(view: View, name: TableName, target: Schema) -> TableName:
    """Where a table's rows go."""
    source = name.schema or view.schema.default_schema
    schema = view.plan.target_schemas.get(source, name.schema)
    return TableName(name.name, None if schema == target.default_schema else schema)


def _table(table: Table, found: Table) -> Iterator[Problem]:
    columns = {column.name: column for column in found.columns}
    for column in table.stored:
        there = columns.get(column.name)
        if there is None or there.generated is not None:
            why = (
                "computes this column itself"
                if there is not None
                else f"has no such column.{meant(column.name, columns)}"
            )
            yield error(
                "target-column", f"The target {why.rstrip('.')}.", "Change the target.", table.name, column.name
            )
        elif not _takes(column, there):
            reason = f"It is {column.native} here and {there.native} in the target."
            yield error("target-type", reason, "Change the target's type.", table.name, column.name)
        elif _shorter(column, there):
            reason = f"The target's {there.native} is shorter than {column.native}."
            yield error("target-length", reason, "Widen the target's column.", table.name, column.name)
        elif column.nullable and not there.nullable:
            reason = "It may be NULL here and not in the target."
            yield error("target-not-null", reason, "Allow NULL in the target.", table.name, column.name)
    written = {column.name for column in table.stored}
    for name, there in columns.items():
        needed = not there.nullable and there.default is None and there.identity is None and there.generated is None
        if name not in written and needed:
            reason = "The target needs a value for this column, and the source has none."
            yield error("target-extra", reason, "Give it a default in the target.", table.name, name)


def _takes(column: Column, there: Column) -> bool:
    if column.kind is there.kind:
        return True
    both = {column.kind, there.kind}
    return there.kind is Kind.TEXT or both <= _TEXTS or both <= _NUMBERS or both <= {Kind.TIMESTAMP, Kind.TIMESTAMPTZ}


def _shorter(column: Column, there: Column) -> bool:
    texts = column.kind in (Kind.TEXT, Kind.BINARY) and there.kind in (Kind.TEXT, Kind.BINARY)
    if texts and there.length is not None:
        return column.length is None or column.length > there.length
    whole = column.kind is Kind.INTEGER and there.kind is Kind.INTEGER
    return whole and (column.precision or 64) > (there.precision or 64)


def _engines(target: Schema) -> Iterator[Problem]:
    for table in target.tables:
        engine = dict(table.options).get("ENGINE", dict(table.options).get("engine", ""))
        if engine.casefold() in UNSAFE_ENGINES:
            reason = f"The engine {engine} has no transactions, so a failed run could leave it half full."
            yield error("target-engine", reason, "Use InnoDB for this table in the target.", table.name)
