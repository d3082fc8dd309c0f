"""Whose rows these are: the person key of a table, its own or reached along foreign keys."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.person_key import person_keys
from engine.profiling.naming import Rows, rows_of

DEPTH = 3


def person_of(schema: Schema, people: frozenset[TableName], table: Table) -> str | None:
    """What a rule of this table says in `by`; None where no one person is behind a row, or several are."""
    if table.name in people and len(table.primary_key) == 1:
        return table.primary_key[0]
    for depth in range(1, DEPTH + 1):
        found = {
            text: who
            for text, who in _paths(schema, people, table, depth)
            if len(person_keys(schema, table, text)) == 1
        }
        # Whom a row is about goes before who entered it.
        served = [text for text, who in found.items() if rows_of(who) not in (Rows.STAFF, Rows.ORGANISATIONS)]
        for texts in (served, list(found)):
            if len(texts) == 1:
                return texts[0]
        if found:
            return None
    return None


def _paths(schema: Schema, people: frozenset[TableName], table: Table, depth: int) -> Iterator[tuple[str, TableName]]:
    for key in table.foreign_keys:
        if len(key.columns) != 1 or key.parent not in schema.by_name or key.parent == table.name:
            continue
        if depth == 1:
            if key.parent in people and key.parent_columns == schema.table(key.parent).primary_key:
                yield key.columns[0], key.parent
        elif key.parent not in people:
            for rest, who in _paths(schema, people, schema.table(key.parent), depth - 1):
                yield f"{key.columns[0]}.{rest}", who
