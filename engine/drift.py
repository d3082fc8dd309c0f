"""What changed in the source since the plan was made: nothing new passes before a person has seen it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.lock import ColumnLock, Lock, TableLock, column_lock, constraint_lines, digest, listed
from engine.plan import Plan, Rule, Treatment
from engine.problems import Problem, Severity

REMEDY = (
    "Run `lookalike plan` again: it keeps your decisions, proposes for what is new and renews PLAN.lock "
    "(with --accept only if --accept-new is given too)."
)
NAMED = 8
"""Columns of a new table, or paths of a document, that one sentence names."""
_UNCHANGED = " Proposed: leave the decisions of this table as they are."
_PARTLY = "Mask it by paths, which empties whatever the plan does not name, or mask it whole."
_DECLARE = " Proposed: declare it in [[foreign_keys]] of the plan, so that its columns are still masked alike."

Paths = Mapping[TableName, Mapping[str, tuple[str, ...]]]
"""Table -> column of documents -> paths in it, as `print_path` writes them."""


@dataclass(frozen=True)
class Present:
    """What a look at the source adds to its schema."""

    paths: Paths = field(default_factory=dict)
    """Those that a sample shows and that the plan does not decide on."""
    partly: frozenset[tuple[TableName, str]] = frozenset()
    """Columns of documents at which a limit was reached: another look would tell other paths."""
    proposed: Plan | None = None
    """What would be proposed now."""


def drift(lock: Lock, schema: Schema, plan: Plan | None = None, present: Present | None = None) -> tuple[Problem, ...]:
    """Every difference between the locked and the present schema; with `present` also new paths, and what to do with what is new."""
    present = present or Present()
    return tuple(_drift(lock, schema, plan, present))


def _drift(lock: Lock, schema: Schema, plan: Plan | None, present: Present) -> Iterator[Problem]:
    for name in lock.tables:
        if name not in schema.by_name:
            yield _error("drift-table-dropped", "The table is gone since the plan was made.", name)
    for table in schema.tables:
        locked = lock.tables.get(table.name)
        if locked is None:
            reason = f"The table is new since the plan was made.{_of_table(present.proposed, table.name)}"
            yield _error("drift-table-added", reason, table.name)
        elif _treatment(plan, table.name) is not Treatment.DROP:
            yield from _columns(table, locked, schema.dialect, present.proposed)
            yield from _constraints(table, locked, schema.dialect)
            yield from _paths(table.name, lock, present)


def _columns(table: Table, locked: TableLock, dialect: str, proposed: Plan | None) -> Iterator[Problem]:
    now = {column.name: column for column in table.columns}
    for name in locked.columns:
        if name not in now:
            yield _error("drift-column-dropped", "The column is gone since the plan was made.", table.name, name)
    for name, column in now.items():
        before, said = locked.columns.get(name), _of_column(proposed, table.name, name)
        if before is None:
            yield _error("drift-column-added", f"The column is new since the plan was made.{said}", table.name, name)
        else:
            yield from _column(table.name, name, before, column_lock(column), said)
            yield from _listed(table, name, before, dialect, said)


def _column(table: TableName, name: str, before: ColumnLock, now: ColumnLock, said: str) -> Iterator[Problem]:
    if now.type != before.type:
        yield _error("drift-type", f"It was {before.type} and is {now.type} since.{said}", table, name)
    if now.nullable and not before.nullable:
        yield _error("drift-null", f"It is no longer NOT NULL.{_UNCHANGED}", table, name)
    elif before.nullable and not now.nullable:
        yield _warning("drift-null", "The column is NOT NULL now.", table, name)
    if now.generated != before.generated:
        words = "computed by the database now" if now.generated else "no longer computed by the database"
        yield _error("drift-generated", f"The column is {words}.{said}", table, name)
    if added := [label for label in now.labels if label not in before.labels]:
        # Labels are schema, not cells: they may be named.
        yield _error("drift-enum-label", f"New labels: {', '.join(added)}.{said}", table, name)
    if gone := [label for label in before.labels if label not in now.labels]:
        yield _warning("drift-enum-label-gone", f"Labels no longer allowed: {', '.join(gone)}.", table, name)


def _listed(table: Table, name: str, before: ColumnLock, dialect: str, said: str) -> Iterator[Problem]:
    """Values that a CHECK lists now and did not list before: labels of an enum in all but name."""
    # Where no list was locked, what lists them now is a new constraint.
    now = listed(table, name, dialect)
    added = [value for value in now if digest(value) not in before.listed]
    if before.listed and added:
        yield _error("drift-enum-label", f"Its CHECK lists new labels: {', '.join(added)}.{said}", table.name, name)
    gone = set(before.listed) - set(map(digest, now))
    if now and gone:
        # They were locked as hashes.
        reason = f"Its CHECK lists {len(gone)} labels less." if len(gone) > 1 else "Its CHECK lists one label less."
        yield _warning("drift-enum-label-gone", reason, table.name, name)


def _constraints(table: Table, locked: TableLock, dialect: str) -> Iterator[Problem]:
    now = constraint_lines(table, dialect)
    for line in locked.constraints:
        if line not in now:
            said = _DECLARE if line.startswith("foreign key") else _UNCHANGED
            yield _error("drift-constraint-lost", f"It no longer has: {line}.{said}", table.name)
    for line in now:
        if line not in locked.constraints:
            yield _warning("drift-constraint-added", f"It has since: {line}.", table.name)


def _paths(table: TableName, lock: Lock, present: Present) -> Iterator[Problem]:
    """New paths of documents; where a limit kept the two looks apart, that is told instead."""
    for column, known in lock.json_paths.get(table, {}).items():
        added = [path for path in present.paths.get(table, {}).get(column, ()) if path not in known]
        if (table, column) in present.partly or column in lock.partly.get(table, ()):
            words = f", {len(added)} of which PLAN.lock does not know" if added else ""
            reason = f"Its documents have more paths than are compared{words}: whether one is new is not known."
            yield Problem("drift-json-partly", Severity.WARNING, reason, _PARTLY, table, column)
        elif added:
            more = f" and {len(added) - NAMED} more" if len(added) > NAMED else ""
            told = ", ".join(_path(path, _rule(present.proposed, table, column)) for path in added[:NAMED])
            yield _error("drift-json-path", f"Its documents have new paths: {told}{more}.", table, column)


def _path(path: str, rule: Rule | None) -> str:
    choices = getattr(rule.masker, "paths", {}) if rule is not None else {}
    choice = choices.get(path)
    mask = choice.get("mask") if isinstance(choice, dict) else choice
    return f"{path} (proposed: {mask})" if mask else path


def _of_table(proposed: Plan | None, table: TableName) -> str:
    """What would be done with a new table, in a sentence."""
    if proposed is None or table not in proposed.tables:
        return ""
    said = [f"{name} {_mask(rule)}" for rule in proposed.tables[table].rules for name in rule.columns]
    more = f" and {len(said) - NAMED} more" if len(said) > NAMED else ""
    return f" Proposed: {', '.join(said[:NAMED])}{more}." if said else ""


def _of_column(proposed: Plan | None, table: TableName, column: str) -> str:
    rule = _rule(proposed, table, column)
    if rule is None:
        return ""
    return f" Proposed: {_mask(rule)}." if rule.masker else f" Proposed: undecided, {rule.reason}."


def _rule(proposed: Plan | None, table: TableName, column: str) -> Rule | None:
    return proposed.tables[table].rule(column) if proposed and table in proposed.tables else None


def _mask(rule: Rule) -> str:
    return rule.masker.name if rule.masker else "undecided"


def _treatment(plan: Plan | None, table: TableName) -> Treatment | None:
    return plan.tables[table].treatment if plan and table in plan.tables else None


def _error(code: str, reason: str, table: TableName, column: str | None = None) -> Problem:
    return Problem(code, Severity.ERROR, reason, REMEDY, table, column)


def _warning(code: str, reason: str, table: TableName, column: str | None = None) -> Problem:
    return Problem(code, Severity.WARNING, reason, REMEDY, table, column)
