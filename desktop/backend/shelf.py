"""Schemas that the window browses: each reading with its tables numbered, and the texts in which names are searched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np

from connectors.names import TableName
from connectors.schema import Schema, Table, View
from desktop.backend.room import Room
from desktop.models.columnar import names
from desktop.models.schema import UNKNOWN, Catalogue, Sort

_STAMPS = count(1)


@dataclass(frozen=True)
class Shelved:
    """One reading of one source."""

    stamp: int
    schema: Schema
    order: tuple[TableName, ...]
    """Tables and views by their number."""

    @cached_property
    def numbers(self) -> dict[TableName, int]:
        return {name: number for number, name in enumerate(self.order)}

    @cached_property
    def views(self) -> dict[TableName, View]:
        return {view.name: view for view in self.schema.views}

    @cached_property
    def refused(self) -> dict[TableName, str]:
        return dict(self.schema.unreadable)

    @cached_property
    def texts(self) -> list[str]:
        """Of each table its schema, its name and its columns, one a line, as they are searched."""
        return [self._text(name).casefold() for name in self.order]

    def table(self, number: int) -> Table | None:
        """None: a view, or a table that cannot be read."""
        return self.schema.by_name.get(self.order[number])

    def _text(self, name: TableName) -> str:
        table = self.schema.by_name.get(name)
        columns = (column.name.replace("\n", " ") for column in table.columns) if table else ()
        own = f"{name.schema or self.schema.default_schema}.{name.name}".replace("\n", " ")
        return "\n".join((own, *columns))


class Shelf:
    """`room.keep(Shelf, Shelf)`: the last reading of each source."""

    def __init__(self) -> None:
        self._shelved: dict[str, Shelved] = {}

    def get(self, room: Room, connection: str, *, again: bool = False) -> Shelved:
        schema = room.schema(connection, again=again)
        known = self._shelved.get(connection)
        if known is None or known.schema is not schema:
            known = self._shelved[connection] = shelved(schema)
        return known


def shelved(schema: Schema) -> Shelved:
    """Number tables and views: by schema, the default one first, then by name without regard to case."""
    every = {*schema.by_name, *(view.name for view in schema.views), *(name for name, _ in schema.unreadable)}
    order = sorted(every, key=lambda name: (name.schema or "", name.name.casefold(), name.name))
    return Shelved(next(_STAMPS), schema, tuple(order))


def reading(room: Room, connection: str, *, again: bool = False) -> Shelved:
    return room.keep(Shelf, Shelf).get(room, connection, again=again)


def catalogue_of(shelf: Shelved, source: str = "") -> Catalogue:
    """All tables in columns. `source`: how a person knows it."""
    schemas = tuple(dict.fromkeys(name.schema for name in shelf.order))
    starts = {schema: number for number, schema in reversed([(n, name.schema) for n, name in enumerate(shelf.order)])}
    return Catalogue(
        shelf.stamp,
        shelf.schema.dialect,
        tuple(schema or shelf.schema.default_schema for schema in schemas),
        np.array([*(starts[schema] for schema in schemas), len(shelf.order)], np.int64),
        names(name.name for name in shelf.order),
        names(str(name) for name in shelf.order),
        np.array([sort_of(shelf, name) for name in shelf.order], np.int8),
        np.array([_rows(shelf, name) for name in shelf.order], np.int64),
        shelf.schema.notes,
        source,
    )


def sort_of(shelf: Shelved, name: TableName) -> Sort:
    if name in shelf.refused:
        return Sort.UNREADABLE
    view = shelf.views.get(name)
    if view is None:
        return Sort.TABLE
    return Sort.MATERIALIZED if view.materialized else Sort.VIEW


def _rows(shelf: Shelved, name: TableName) -> int:
    table = shelf.schema.by_name.get(name)
    return UNKNOWN if table is None or table.estimated_rows is None else table.estimated_rows
