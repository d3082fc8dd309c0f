"""What changed in the source since the plan was made: nothing new passes before a person has seen it."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.lock import ColumnLock, Lock, TableLock, column_lock, constraint_lines
from engine.plan import Plan, Treatment
from engine.problems import Problem, Severity

REMEDY = "Run `lookalike plan` again: it keeps your decisions, proposes for what is new and renews PLAN.lock."


def drift(lock: Lock, schema: Schema, plan: Plan | None = None, proposed: Plan | None = None) -> tuple[Problem, ...]:
    """Every difference between the locked and the present schema; with `proposed`, what would be done with what is new."""
    return tuple(_drift(lock, schema, plan, proposed))


def _drift(lock: Lock, schema: Schema, plan: Plan | None, proposed: Plan | None) -> Iterator[Problem]:
    for name in lock.tables:
        if name not in schema.by_name:
            yield _error("drift-table-dropped", "The table is gone since the plan was made.", name)
    for table in schema.tables:
        locked = lock.tables.get(table.name)
        if locked is None:
            yield _error("drift-table-added", "The table is new since the plan was made.", table.name)
        elif _treatment(plan, table.name) is not Treatment.DROP:
            yield from _columns(table, locked, proposed)
            yield from _constraints(table, locked)


def _columns(table: Table, locked: TableLock, proposed: Plan | None) -> Iterator[Problem]:
    now = {column.name: column_lock(column) for column in table.columns}
    for name in locked.columns:
        if name not in now:
            yield _error("drift-column-dropped", "The column is gone since the plan was made.", table.name, name)
    for name, column in now.items():
        before = locked.columns.get(name)
        if before is None:
            reason = f"The column is new since the plan was made.{_proposal(proposed, table.name, name)}"
            yield _error("drift-column-added", reason, table.name, name)
        else:
            yield from _column(table.name, name, before, column)


def _column(table: TableName, name: str, before: ColumnLock, now: ColumnLock) -> Iterator[Problem]:
    if now.type != before.type:
        yield _error("drift-type", f"It was {before.type} and is {now.type} since.", table, name)
    if now.nullable != before.nullable:
        words = "allows NULL now" if now.nullable else "is NOT NULL now"
        yield _warning("drift-null", f"The column {words}.", table, name)
    if now.generated != before.generated:
        words = "computed by the database now" if now.generated else "no longer computed by the database"
        yield _error("drift-generated", f"The column is {words}.", table, name)
    if added := [label for label in now.labels if label not in before.labels]:
        # Labels are schema, not cells: they may be named.
        yield _error("drift-enum-label", f"New labels: {', '.join(added)}.", table, name)
    if gone := [label for label in before.labels if label not in now.labels]:
        yield _warning("drift-enum-label-gone", f"Labels no longer allowed: {', '.join(gone)}.", table, name)


def _constraints(table: Table, locked: TableLock) -> Iterator[Problem]:
    now = set(constraint_lines(table))
    for line in locked.constraints:
        if line not in now:
            yield _warning("drift-constraint-lost", f"It no longer has: {line}.", table.name)
    for line in sorted(now - set(locked.constraints)):
        yield _warning("drift-constraint-added", f"It has since: {line}.", table.name)


def _proposal(proposed: Plan | None, table: TableName, column: str) -> str:
    rule = proposed.tables[table].rule(column) if proposed and table in proposed.tables else None
    if rule is None:
        return ""
    return f" Proposed: {rule.masker.name}." if rule.masker else f" Proposed: undecided, {rule.reason}."


def _treatment(plan: Plan | None, table: TableName) -> Treatment | None:
    return plan.tables[table].treatment if plan and table in plan.tables else None


def _error(code: str, reason: str, table: TableName, column: str | None = None) -> Problem:
    return Problem(code, Severity.ERROR, reason, REMEDY, table, column)


def _warning(code: str, reason: str, table: TableName, column: str | None = None) -> Problem:
    return Problem(code, Severity.WARNING, reason, REMEDY, table, column)
