"""An existing target whose foreign keys hold, whatever a run does: said before anything is written, with what to change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.database import Database, Guarded
from connectors.names import TableName
from connectors.schema import ForeignKey, Table
from engine.order import components
from engine.problems import PlanError, Problem, Severity

REMEDY = "Use a login that owns these tables or may SET session_replication_role, or let the run make the tables in an empty target."


def refuse_held_keys(target: Database, tables: Sequence[Table]) -> None:
    """Raises PlanError where no strategy of loading is left to this login."""
    held = set(target.held_keys(tables)) if isinstance(target, Guarded) else set()
    if held:
        raise PlanError(_problems([table for table in tables if table.name in held]))


def _problems(tables: Sequence[Table]) -> Iterator[Problem]:
    by_name = {table.name: table for table in tables}
    circles = {table.name: [key.parent for key in _immediate(table) if key.parent in by_name] for table in tables}
    for component in components(circles):
        keys = [(name, key) for name in component for key in _immediate(by_name[name]) if key.parent in component]
        reason = _circle(component, keys) if keys else _plain(by_name[component[0]])
        yield Problem("target-keys-held", Severity.ERROR, reason, REMEDY, component[0])


def _immediate(table: Table) -> list[ForeignKey]:
    """Keys that every row has, and that are checked with it."""
    return [
        key
        for key in table.foreign_keys
        if not key.deferrable and not any(table.column(name).nullable for name in key.columns)
    ]


def _circle(tables: Sequence[TableName], keys: Sequence[tuple[TableName, ForeignKey]]) -> str:
    named = ", ".join(f"{name}.{key.name}" for name, key in keys)
    who = f"{', '.join(map(str, tables))} refer to each other" if len(tables) > 1 else f"{tables[0]} refers to itself"
    return f"{who} by keys that are NOT NULL and checked at once ({named}), and this login may not switch them off."


def _plain(table: Table) -> str:
    keys = ", ".join(key.name for key in table.foreign_keys)
    return f"Rows are loaded in any order, and this login may not switch off the foreign keys of this table ({keys})."
