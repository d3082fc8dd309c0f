"""The Schema page's questions: all tables at once in columns of numbers, one table in full, and names by a part of them."""

from __future__ import annotations

from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Schema, Table, Unique
from desktop.backend.room import Call, Room
from desktop.backend.schema_plan import Planned, planned, tables_said
from desktop.backend.schema_search import best, search_all
from desktop.backend.shelf import Shelved, catalogue_of, reading, sort_of
from desktop.models.schema import (
    UNKNOWN,
    Catalogue,
    ColumnView,
    Found,
    KeyView,
    Marks,
    PartView,
    Place,
    Sort,
    TableView,
)


def catalogue(room: Room, call: Call, connection: str, again: bool = False) -> Catalogue:
    """All tables of a source; read `again` from the server where somebody asks for that."""
    return catalogue_of(reading(room, connection, again=again), room.session.safe(connection))


def marks(room: Room, call: Call, connection: str) -> Marks:
    """What findings and the open plan say of each table."""
    shelf = reading(room, connection)
    # It is asked for right after the tables: the first search then finds its texts ready.
    _ = shelf.texts
    return tables_said(shelf, planned(room, connection, shelf))


def search(room: Room, call: Call, connection: str, text: str) -> Found:
    """The tables whose name, schema or columns hold all words of the text."""
    return search_all(reading(room, connection), text)


def find(room: Room, call: Call, connection: str, text: str, most: int = 20) -> tuple[Place, ...]:
    """The names that fit best, for the palette: tables before columns, beginnings before middles."""
    return best(reading(room, connection), text, most)


def table(room: Room, call: Call, connection: str, title: str) -> TableView:
    """One table in full. Raises LookupError where this reading has no such table."""
    shelf = reading(room, connection)
    name = next((name for name in shelf.order if str(name) == title), None)
    if name is None:
        raise LookupError(title)
    plan = planned(room, connection, shelf)
    found = plan.schema.by_name.get(name)
    if found is None:
        return _other(shelf, name)
    return TableView(
        shelf.stamp,
        shelf.numbers[name],
        str(name),
        Sort.TABLE,
        UNKNOWN if found.estimated_rows is None else found.estimated_rows,
        tuple(_column(found, column, plan) for column in found.columns),
        tuple(_keys(found)),
        tuple(_referrers(plan.schema, name)),
        tuple(PartView(index.name, index.definition or ", ".join(index.columns)) for index in found.indexes),
        tuple(PartView(check.name, check.expression) for check in (*found.checks, *found.exclusions)),
        tuple(PartView(t.name, t.definition) for t in shelf.schema.triggers if t.table == name),
        found.comment or "",
        plan.decision(name),
    )


def _other(shelf: Shelved, name: TableName) -> TableView:
    """A view, or a table that the login may not read."""
    view = shelf.views.get(name)
    note = view.definition if view is not None else shelf.refused.get(name, "")
    return TableView(shelf.stamp, shelf.numbers[name], str(name), sort_of(shelf, name), UNKNOWN, note=note)


def _column(table: Table, column: Column, plan: Planned) -> ColumnView:
    parent = next(
        ((str(key.parent), to) for key in table.foreign_keys for own, to in _pairs(key) if own == column.name), ("", "")
    )
    settled, how = plan.settled(table, column)
    return ColumnView(
        column.name,
        column.native,
        column.nullable,
        column.name in table.primary_key,
        any(unique.columns == (column.name,) and not unique.primary for unique in table.uniques),
        *parent,
        column.default or column.generated or "",
        column.generated is not None,
        column.comment or "",
        plan.entity(table.name, column.name),
        settled,
        how,
    )


def _pairs(key: ForeignKey) -> list[tuple[str, str]]:
    return list(zip(key.columns, key.parent_columns, strict=False))


def _keys(table: Table) -> list[KeyView]:
    unique = [_unique(unique) for unique in sorted(table.uniques, key=lambda unique: not unique.primary)]
    return unique + [
        KeyView("foreign key", key.name, key.columns, str(key.parent), key.parent_columns, _note(key))
        for key in table.foreign_keys
    ]


def _unique(unique: Unique) -> KeyView:
    note = f"where {unique.where}" if unique.where else ""
    return KeyView("primary key" if unique.primary else "unique", unique.name, unique.columns, note=note)


def _note(key: ForeignKey) -> str:
    if key.virtual:
        return "declared in the plan"
    actions = [f"on {what} {action.lower()}" for what, action in (("delete", key.on_delete), ("update", key.on_update))]
    said = [action for action in actions if not action.endswith("no action")]
    return ", ".join(
        [*said, *([] if key.enforced else ["not enforced"]), *([] if key.validated else ["not validated"])]
    )


def _referrers(schema: Schema, name: TableName) -> list[KeyView]:
    return [
        KeyView("foreign key", key.name, key.parent_columns, str(child.name), key.columns, _note(key))
        for child, key in schema.references_to(name)
    ]
