"""Rows by name: how a subset asks a source for some rows of a table, and for the rows that a foreign key joins them to.

A row is named by its id: what finds it again within one moment (PostgreSQL's ctid, SQLite's rowid, elsewhere the key). Foreign keys
are followed by the source itself, whose collations and types alone say which values are equal; only ids travel.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from connectors.names import TableName
from connectors.schema import ForeignKey

ID = "id{}"
"""Names of an id's columns in a batch: id0, id1..."""
FROM, TO = "from{}", "to{}"
"""Names of the columns of both ids of a `Follow`: from0, from1..., to0, to1..."""


@dataclass(frozen=True, slots=True)
class RowIds:
    """How the rows of one table are named in one moment."""

    types: tuple[pa.DataType, ...]
    """Of the id's columns, each int64 or binary: opaque, never NULL, equal exactly where it is the same row (or, in a table without
    any key, rows that are equal in every column)."""
    values: bool
    """The id is made of cell values, so it is encrypted wherever it is kept; else it is a place (a ctid)."""
    seekable: bool = True
    """A row is found by its id without reading the whole table."""
    unique: bool = True
    """False: equal rows of a table without any key share one id."""
    files: str = ""
    """Where the rows lay when they were named, if an id is a place: in other files it is the place of another row."""

    def names(self, pattern: str = ID) -> tuple[str, ...]:
        """The columns of an id under one of the patterns above."""
        return tuple(pattern.format(place) for place in range(len(self.types)))

    def schema(self, pattern: str = ID) -> pa.Schema:
        return pa.schema([pa.field(n, t) for n, t in zip(self.names(pattern), self.types, strict=True)])


@dataclass(frozen=True, slots=True)
class Rows:
    """Ask for the ids of rows of a table, each with some of its columns."""

    table: TableName
    where: str | None = None
    """A condition in the source's SQL, over the table's own columns."""
    key_columns: tuple[str, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()
    """Only rows with one of these values in `key_columns`: as a person writes them, bound and cast to the columns' types."""
    columns: tuple[str, ...] = ()
    """Given after the id's columns, in form `arrow`."""
    among: pa.Table | None = None
    """Only these rows: a table of id columns (`RowIds.schema()`) without duplicates; None: all."""
    batch_rows: int = 65_536

    def __repr__(self) -> str:
        return f"Rows({self.table})"


@dataclass(frozen=True, slots=True)
class Follow:
    """Ask which rows one foreign key joins: pairs of ids, the row that is left from and the row that is reached."""

    child: TableName
    key: ForeignKey
    """Declared in the database or in the plan; its `where` and `expressions` hold too."""
    down: bool
    """From parents to their children; else from children to their parents."""
    among: pa.Table | None
    """The rows to leave from (id columns, no duplicates); None: all rows of the table."""
    where: str | None = None
    """Down: a condition on the children, in the source's SQL over the child's own columns."""
    batch_rows: int = 65_536

    def __repr__(self) -> str:
        return f"Follow({self.child}.{self.key.name})"


@dataclass(frozen=True, slots=True)
class Size:
    """What a table takes, as the database estimates it without reading its rows where it can."""

    rows: int
    bytes: int
    """Of its rows and of its indexes, with whatever dead space there is."""
    row: float | None = None
    """The bytes of one row where rows were just written, without the indexes; None: not known."""
    entries: tuple[tuple[tuple[str, ...], float], ...] = ()
    """Of each index its columns, and the bytes that one row adds to it; known where `row` is."""
