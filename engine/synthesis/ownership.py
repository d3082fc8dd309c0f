"""Which foreign key owns the rows of a table, told by the tables alone: never by what any row holds.

A row belongs to the entity that its owning key leads to, so ownership is a function of the row and of nobody else's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from connectors.names import TableName
from connectors.schema import ForeignKey, Schema, Table

Keys = Mapping[TableName, tuple[ForeignKey, ...]]
"""Child -> keys along which its rows could be owned."""


def independent_keys(schema: Schema, table: Table) -> tuple[ForeignKey, ...]:
    """Its foreign keys without those that another one of them implies.

    `(tenant) -> tenant` says nothing beside `(tenant, number) -> order` where `order (tenant) -> tenant`: whoever has the order's
    values has the tenant's."""
    kept = list(dict.fromkeys(table.foreign_keys))
    for key in table.foreign_keys:
        others = [other for other in kept if other != key]
        if key in kept and any(_leads(schema, table, other, key, {table.name}) for other in others):
            kept.remove(key)
    return tuple(kept)


def _leads(schema: Schema, table: Table, first: ForeignKey, key: ForeignKey, seen: set[TableName]) -> bool:
    """Do `first`, and keys of its parent, lead to the very row that `key` names? `seen`: tables that were passed."""
    if not key.columns or not set(key.columns) <= set(first.columns) or first.where is not None:
        return False
    named = dict(zip(first.columns, first.parent_columns, strict=True))
    columns = tuple(named[column] for column in key.columns)
    if first.parent == key.parent and columns == key.parent_columns:
        return True
    parent = schema.by_name.get(first.parent)
    if parent is None or parent.name in seen:
        return False
    rest = ForeignKey(key.name, columns, key.parent, key.parent_columns)
    return any(_leads(schema, parent, each, rest, seen | {parent.name}) for each in parent.foreign_keys)


def owner_candidates(keys: Keys, root: TableName) -> dict[TableName, tuple[ForeignKey, ...]]:
    """For each table the keys that start a path to the root which does not come back to the table itself."""
    return {
        table: tuple(key for key in own if key.parent in _reaching(keys, root, apart=table))
        for table, own in keys.items()
        if table != root
    }


def _reaching(keys: Keys, root: TableName, apart: TableName) -> set[TableName]:
    """The tables that lead to the root without passing through one table."""
    return reaching({name: {key.parent for key in own} for name, own in keys.items() if name != apart}, [root])


def reaching(parents: Mapping[TableName, Collection[TableName]], roots: Iterable[TableName]) -> set[TableName]:
    """The roots, and every table that refers to one of them, directly or through others."""
    return reached(children_of(parents), roots)


def children_of(parents: Mapping[TableName, Collection[TableName]]) -> Mapping[TableName, Sequence[TableName]]:
    """The tables that refer to each."""
    children: dict[TableName, list[TableName]] = {}
    for child, names in parents.items():
        for parent in names:
            children.setdefault(parent, []).append(child)
    return children


def reached(children: Mapping[TableName, Sequence[TableName]], roots: Iterable[TableName]) -> set[TableName]:
    """The roots, and every table that is a child of one of them, directly or through others."""
    found = set(roots)
    frontier = list(found)
    while frontier:
        for child in children.get(frontier.pop(), ()):
            if child not in found:
                found.add(child)
                frontier.append(child)
    return found
