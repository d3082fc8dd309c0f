"""Lookup tables: small ones that others refer to again and again, and that refer to lookup tables alone. A subset has them whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from connectors.names import TableName
from connectors.schema import Schema
from engine.order import parents_first

TINY = 50
"""Rows of a table that is no matter, however often it is referred to."""
SMALL = 2_000
FAN_IN = 20
"""Rows that refer to each row of a small table, on average."""


@dataclass(frozen=True, slots=True)
class Lookup:
    table: TableName
    rows: int
    used_by: tuple[TableName, ...]


def lookups(schema: Schema, rows: Mapping[TableName, int], apart: Collection[TableName] = ()) -> tuple[Lookup, ...]:
    """The lookup tables among the tables of `rows`; `apart`: tables that are none, since a person asks for some of their rows."""
    found: dict[TableName, Lookup] = {}
    for table in parents_first(schema.tables):
        parents = {key.parent for key in table.foreign_keys} - {table.name}
        users = {child.name for child, _ in schema.references_to(table.name) if child.name in rows} - {table.name}
        size = rows.get(table.name, 0)
        referring = sum(rows[name] for name in users)
        often = size <= TINY or (size <= SMALL and referring >= FAN_IN * size)
        if users and size and often and table.name not in apart and parents <= found.keys():
            found[table.name] = Lookup(table.name, size, tuple(sorted(users)))
    return tuple(found.values())
