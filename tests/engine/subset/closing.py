"""Closures over small SQLite databases that are written as a script."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from connectors import open_database
from connectors.database import Snapshot
from connectors.names import TableName
from connectors.rows import Rows
from connectors.schema import ForeignKey, Schema
from engine.keys import MaskingKey
from engine.subset.closure import Closure
from engine.subset.edges import DeclaredReference, effective_edges
from engine.subset.selection import Selection
from engine.subset.spec import Edge, Roots, Subset

KEY = MaskingKey("test", b"k" * 32)


def database(folder: Path, script: str) -> str:
    """The URL of a new file that the script fills."""
    path = folder / "source.db"
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return f"sqlite:///{path}"


def numbers(last: int) -> str:
    """SQL for a relation with a column `value`: 1 to `last`."""
    return f"json_each('{list(range(1, last + 1))}')"


class Case:
    """A closure, and the rows of its tables by what they hold."""

    def __init__(self, closure: Closure, snapshot: Snapshot) -> None:
        self.closure, self.snapshot = closure, snapshot
        self._selection: Selection | None = None

    @property
    def selection(self) -> Selection:
        """As finished when it is first asked for."""
        self._selection = self._selection or self.closure.finish()
        return self._selection

    def add(self, table: str, where: str, *, owned: bool = True, reason: str = "root") -> int:
        ids = self.snapshot.rows(Rows(TableName(table), where=where))
        return self.closure.add(TableName(table), ids, owned=owned, reason=reason)

    def rows(self, table: str, *columns: str) -> list[tuple[object, ...]]:
        """The selected rows, sorted."""
        name = TableName(table)
        count = self.selection.tables[name].rows
        return self.values(table, self.selection.ids(name, 0, count), *columns) if count else []

    def ids(self, table: str) -> list[object]:
        return [row[0] for row in self.rows(table, "id")]

    def values(self, table: str, ids: pa.Table, *columns: str) -> list[tuple[object, ...]]:
        batches = self.snapshot.rows(Rows(TableName(table), columns=columns, among=ids))
        found = pa.Table.from_batches(list(batches)).select(columns)
        return sorted(zip(*(column.to_pylist() for column in found.columns), strict=True))

    def id(self, table: str, where: str) -> pa.Table:
        return pa.Table.from_batches(list(self.snapshot.rows(Rows(TableName(table), where=where))))

    def nulled(self, table: str, key: str) -> list[object]:
        """The `id` of the selected rows whose key is set NULL."""
        name = TableName(table)
        ids = self.selection.ids(name, 0, self.selection.tables[name].rows)
        lost = ids.filter(self.selection.nulled(name, key, ids))
        return [row[0] for row in self.values(table, lost, "id")] if lost.num_rows else []

    def why(self, table: str, where: str) -> list[str]:
        """The tables of a row's chain with the direction that each was reached in, and how the chain ends."""
        links = self.closure.chain(TableName(table), self.id(table, where))
        return [f"{link.table} {link.reason or ('below' if link.down else 'above')}" for link in links]


@contextmanager
def closing(
    url: str,
    folder: Path,
    *,
    roots: Collection[str] = (),
    edges: Sequence[Edge] = (),
    keys: Mapping[str, ForeignKey] | None = None,
    expressions: Sequence[DeclaredReference] = (),
    seed: int = 0,
) -> Iterator[Case]:
    """A closure over every table of a database, before anything is added."""
    subset = Subset(tuple(Roots(TableName(name)) for name in roots), edges=tuple(edges), seed=seed)
    with open_database(url) as source, source.snapshot() as snapshot:
        schema = _with(source.describe(), keys or {})
        found = effective_edges(schema, subset, [table.name for table in schema.tables], expressions=expressions)
        with Closure(schema, found, snapshot, KEY, folder / "run", seed=seed) as closure:
            yield Case(closure, snapshot)


def _with(schema: Schema, keys: Mapping[str, ForeignKey]) -> Schema:
    tables = (
        replace(t, foreign_keys=(*t.foreign_keys, keys[t.name.name])) if t.name.name in keys else t
        for t in schema.tables
    )
    return replace(schema, tables=tuple(tables))
