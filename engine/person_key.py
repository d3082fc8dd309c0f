"""`by = "OrderId.CustomerId"`: which person a row belongs to, a column of the row itself or of an ancestor along foreign keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.database import Derived
from connectors.names import TableName
from connectors.schema import ForeignKey, Schema, Table


@dataclass(frozen=True, slots=True)
class PersonKey:
    table: TableName
    """Where the column is."""
    column: str
    path: tuple[ForeignKey, ...] = ()
    """The foreign keys that lead there; empty: a column of the row itself."""

    def derived(self, text: str) -> Derived:
        return Derived(alias(text), self.path, self.column)


def alias(text: str) -> str:
    """The name under which a batch carries the column of an ancestor; no column of a table is called so."""
    return f"lookalike:by:{text}"


def person_keys(schema: Schema, table: Table, text: str) -> list[PersonKey]:
    """All that the words can mean: one where they are valid, none where they lead nowhere, several where they are ambiguous."""
    return list(_resolve(schema, table, text, ()))


def _resolve(schema: Schema, table: Table, text: str, path: tuple[ForeignKey, ...]) -> Iterator[PersonKey]:
    names = {column.name for column in table.columns}
    if text in names:
        yield PersonKey(table.name, text, path)
        return
    # A name may hold a dot itself, so every prefix that is a column is tried.
    for end, sign in enumerate(text):
        if sign == "." and text[:end] in names:
            for key in table.foreign_keys:
                if text[:end] in key.columns and key.parent in schema.by_name and _leads_to_one(schema, key):
                    yield from _resolve(schema, schema.table(key.parent), text[end + 1 :], (*path, key))


def _leads_to_one(schema: Schema, key: ForeignKey) -> bool:
    """A database sees to it that its own keys refer to one row; a key of the plan may refer to several, or not in every row."""
    parent = schema.table(key.parent)
    return not key.virtual or (key.where is None and parent.is_unique(key.parent_columns))
