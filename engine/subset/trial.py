"""Try a plan's conditions on the source before anything is written: a syntax error or an unknown column is named, no row is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.condition import refuse_statement
from connectors.database import Database, Issue, Snapshot
from connectors.errors import ReadError
from connectors.names import TableName
from connectors.rows import Follow, Rows
from connectors.schema import ForeignKey, Schema
from engine.plan import Plan
from engine.subset.declared import declared, declared_keys
from engine.subset.edges import means

NO_ROW = "1 = 0"
"""A condition that every database recognises as never true, so that it reads nothing."""
_Try = Callable[[Snapshot], object]


def condition_issues(plan: Plan, schema: Schema, source: Database) -> list[Issue]:
    """A blocking Issue for each condition that the source refuses; of what is none by its text alone, `check` speaks."""
    tries = list(_tries(plan, declared(plan, schema)))
    if not tries:
        return []
    with source.snapshot() as snapshot:
        return [issue for table, attempt in tries if (issue := _tried(snapshot, table, attempt)) is not None]


def _tried(snapshot: Snapshot, table: TableName, attempt: _Try) -> Issue | None:
    try:
        attempt(snapshot)
    except ReadError as refused:
        reason = str(refused).removeprefix(f"{table}: ")
        message = f"{reason[:1].upper()}{reason[1:].rstrip('.')}."
        remedy = "Correct the condition; it is written in the source's SQL."
        return Issue("condition", message, remedy, table, blocking=True)
    return None


def _tries(plan: Plan, schema: Schema) -> Iterator[tuple[TableName, _Try]]:
    subset = plan.subset
    for said in (*(subset.roots if subset else ()), *((plan.clone,) if plan.clone else ())):
        if said.where is not None and _is_one(said.where, said.table, schema):
            yield said.table, _rows(said.table, said.where)
    for table in schema.by_name:
        for _, key in declared_keys(plan, schema, table):
            yield table, _follow(table, key, NO_ROW)
    for edge in subset.edges if subset else ():
        for key in schema.table(edge.table).foreign_keys if edge.table in schema.by_name else ():
            if edge.where is not None and means(edge, key) and _is_one(edge.where, edge.table, schema):
                yield edge.table, _follow(edge.table, key, f"{NO_ROW} AND ({edge.where})")


def _is_one(text: str, table: TableName, schema: Schema) -> bool:
    try:
        refuse_statement(text, schema.dialect, table)
    except ReadError:
        return False
    return table in schema.by_name


def _rows(table: TableName, where: str) -> _Try:
    return lambda snapshot: list(snapshot.rows(Rows(table, where=f"{NO_ROW} AND ({where})")))


def _follow(child: TableName, key: ForeignKey, where: str) -> _Try:
    return lambda snapshot: list(snapshot.follow(Follow(child, key, True, None, where)))
