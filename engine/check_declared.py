"""The foreign keys that a plan declares are keys: their tables and columns are there, their types agree, a parent is one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.condition import refuse_statement
from connectors.errors import ReadError
from connectors.names import TableName
from connectors.schema import Table
from engine.check_coverage import meant
from engine.check_subset import CORRECT, unknown_table
from engine.check_view import View, error, warning
from engine.column_domains import column_domains
from engine.condition_text import columns_of, parse_condition
from engine.domains import shape
from engine.plan import Plan
from engine.problems import Problem
from engine.subset.spec import DeclaredKey


def declared_keys(view: View) -> Iterator[Problem]:
    for key in view.plan.foreign_keys:
        missing = [*_there(view, key.table, key.columns), *_there(view, key.parent, key.parent_columns)]
        yield from missing
        if not missing:
            child, parent = view.schema.table(key.table), view.schema.table(key.parent)
            yield from _types(key, child, parent)
            yield from _one_parent(key, parent)
            yield from _known_already(key, child)
            yield from _masked(view, key, child)
    yield from _merged(view)
    yield from conditions(view)


def _there(view: View, name: TableName, columns: tuple[str, ...]) -> Iterator[Problem]:
    table = view.schema.by_name.get(name)
    if table is None:
        yield unknown_table(view, name, "[[foreign_keys]]")
        return
    known = [column.name for column in table.columns]
    for column in columns:
        if column not in known:
            reason = f"The table has no such column.{meant(column, known)}"
            yield error("key-column", reason, CORRECT, name, column)


def _types(key: DeclaredKey, child: Table, parent: Table) -> Iterator[Problem]:
    for name, parent_name in zip(key.columns, key.parent_columns, strict=False):
        own, other = child.column(name), parent.column(parent_name)
        if shape(own) != shape(other):
            reason = (
                f"It is {own.native}, and {key.parent}.{parent_name}, which it is to refer to, is {other.native}: "
                "equal values cannot be masked alike."
            )
            remedy = "Compare them by an expression (expressions = [...] with a CAST), which joins no domain, or take the key out."
            yield error("key-type", reason, remedy, key.table, name)


def _one_parent(key: DeclaredKey, parent: Table) -> Iterator[Problem]:
    if not parent.is_unique(key.parent_columns):
        columns = ", ".join(key.parent_columns)
        reason = f"A key of {key.table} is to refer to ({columns}) here, and the database does not keep these unique."
        remedy = "Refer to a unique key, or accept this where no two rows share them."
        yield error("key-not-unique", reason, remedy, key.parent, key.parent_columns[0])


def _known_already(key: DeclaredKey, child: Table) -> Iterator[Problem]:
    said = (key.columns, key.parent, key.parent_columns)
    if any((own.columns, own.parent, own.parent_columns) == said for own in child.foreign_keys if not own.virtual):
        reason = f"The database declares this key to {key.parent} itself."
        yield warning("key-known", reason, "Take it out of [[foreign_keys]].", key.table, key.columns[0])


def _masked(view: View, key: DeclaredKey, child: Table) -> Iterator[Problem]:
    """Masks that part what the key joins, and that no domain can keep together."""
    for name in _read_by(key.where, child, view.schema.dialect):
        if view.masker(child.name, name) is not None:
            reason = f"It tells which rows refer to {key.parent}, and it is masked: in the target it does not say so."
            yield warning("key-condition-masked", reason, "Keep it.", child.name, name)
    masked = [name for name in key.parent_columns if view.masker(key.parent, name) is not None]
    if key.expressions and masked:
        reason = f"It is masked, and the expressions of {key.table} that refer to it are not masked alike."
        remedy = "Keep it, or accept that rows of the target do not find their parent by this key."
        yield warning("key-expression-masked", reason, remedy, key.parent, masked[0])


def _merged(view: View) -> Iterator[Problem]:
    """Columns that had a domain of their own under this key until a key of the plan joined them to another one."""
    if not view.plan.foreign_keys or not view.agreed:
        return
    tables = (replace(t, foreign_keys=tuple(k for k in t.foreign_keys if not k.virtual)) for t in view.schema.tables)
    alone = column_domains(view.plan, replace(view.schema, tables=tuple(tables)))
    told: set[str] = set()
    for column, rule in view.rules.items():
        before, now = alone.get(column), view.domains.get(column)
        masked = rule.masker is not None and view.masker(*column) is not None
        if masked and before != now and before is not None and before in view.agreed and before not in told:
            told.add(before)
            reason = (
                f"It was masked in domain {before!r} under this key so far, and a key that the plan declares puts it into {now!r}: "
                "its values will not agree with databases masked before."
            )
            remedy = "Accept this, take the key out, or begin anew with `lookalike key rotate`."
            yield warning("domain-merged", reason, remedy, *column)


def _read_by(condition: str | None, table: Table, dialect: str) -> list[str]:
    parsed = parse_condition(condition, dialect) if condition is not None else None
    read = {name.casefold() for name in columns_of(parsed)} if parsed is not None else set()
    return [column.name for column in table.columns if column.name.casefold() in read]


def conditions(view: View) -> Iterator[Problem]:
    """Conditions that are something else by their text alone."""
    for table, text in dict.fromkeys(said_conditions(view.plan)):
        try:
            refuse_statement(text, view.schema.dialect, table)
        except ReadError as refused:
            yield refusal(refused, table)


def refusal(refused: ReadError, table: TableName) -> Problem:
    reason = str(refused).removeprefix(f"{table}: ")
    remedy = "Correct the condition; it is written in the source's SQL."
    return error("condition", f"{reason[:1].upper()}{reason[1:].rstrip('.')}.", remedy, table)


def said_conditions(plan: Plan) -> Iterator[tuple[TableName, str]]:
    """Every text of the plan that becomes a part of a statement, with the table whose columns it reads."""
    roots, edges = (plan.subset.roots, plan.subset.edges) if plan.subset is not None else ((), ())
    said = [
        *((each.table, each.where) for each in roots),
        *((edge.table, edge.where) for edge in edges),
        *((key.table, text) for key in plan.foreign_keys for text in (*key.expressions, key.where)),
        *([(plan.clone.table, plan.clone.where)] if plan.clone is not None else []),
    ]
    return ((table, text) for table, text in said if text is not None)
