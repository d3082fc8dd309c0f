"""What a selection takes in a target: the bytes of rows and indexes, estimated from what each whole table takes in the source."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from connectors.database import Snapshot
from connectors.names import TableName
from connectors.rows import Size
from connectors.schema import Column, Kind, Schema, Table

_PAGE = {"sqlite": 4096, "mariadb": 16_384, "mysql": 16_384}
_RECORD = "sizes.json"
_COUNTED = 20_000_000
"""Tables of so many rows are counted for a budget; of larger ones the database's estimate is near enough."""
_LONG = frozenset({Kind.JSON, Kind.XML, Kind.BINARY, Kind.ARRAY, Kind.OTHER})
_SHORT = 500
"""Characters: a text of at most so many is never kept apart from its row."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """The bytes of one table, as a line over its rows."""

    empty: int
    few: int
    """With so few rows that one page holds them."""
    start: int
    """Where the line begins: half of a last page is empty, as a rule."""
    each: float
    maps: int = 0
    """What PostgreSQL keeps of the free space in a table of more than a few pages."""
    room: int = 0
    """Up to so many bytes it keeps nothing of it."""

    def of(self, rows: int) -> int:
        if not rows:
            return self.empty
        more = round(self.each * rows)
        return max(self.few, self.start + more) + (self.maps if more > self.room else 0)


@dataclass(frozen=True, slots=True)
class Footprints:
    tables: Mapping[TableName, Footprint]
    sizes: Mapping[TableName, Size]
    """Of the whole tables, in the source."""
    fixed: int = 0
    """What the target takes beside its tables, where the size of a database is that of its file."""

    def of(self, counts: Mapping[TableName, int]) -> int:
        """The bytes of a database with so many rows in each table."""
        return self.fixed + sum(footprint.of(counts.get(name, 0)) for name, footprint in self.tables.items())

    def largest(self, counts: Mapping[TableName, int]) -> TableName:
        """The table that takes most of them."""
        return max(sorted(self.tables), key=lambda name: self.tables[name].of(counts.get(name, 0)))


def footprints(
    schema: Schema, snapshot: Snapshot, folder: Path, empty: Sequence[TableName] = (), *, exact: bool = False
) -> Footprints:
    """Of the tables that a target has; `empty`: those that it has without rows; `exact`: rows are counted, not estimated.

    The sizes are kept in `folder`: statistics change within one snapshot, and a run that goes on must find the same subset again."""
    known = _kept(folder) or _keep(folder, _sizes(schema, snapshot, exact))
    sizes = {table.name: known[str(table.name)] for table in schema.tables}
    made = {
        table.name: _footprint(table, sizes[table.name], schema.dialect, table.name in empty) for table in schema.tables
    }
    return Footprints(made, sizes, _catalogue(schema) if schema.dialect == "sqlite" else 0)


def _footprint(table: Table, size: Size, dialect: str, empty: bool) -> Footprint:
    page, trees = _PAGE.get(dialect, 8192), _trees(table, dialect)
    if dialect == "postgresql":
        # Each index begins with a page about itself; one more page is there for long values.
        apart, parts = any(_is_long(column) for column in table.columns), max(len(table.partitions), 1)
        few = page * parts * (2 * trees - 1 + apart)
        # Its rows alone matter, of more than four pages; an index takes about 0.4 of what they take.
        room = round(4 * page * parts * (1 + 0.4 * (trees - 1)))
        start = few - page * parts * trees // 2
        blank = Footprint(page * parts * (trees - 1 + apart), few, start, 0.0, 3 * page * parts, room)
    else:
        blank = Footprint(page * trees, page * trees, page * trees, 0.0)
    if empty or not size.rows:
        return blank
    more = max(size.bytes - blank.start, 0)
    return replace(blank, each=(more - (blank.maps if more > blank.room + blank.maps else 0)) / size.rows)


def _trees(table: Table, dialect: str) -> int:
    """The rows, and the indexes that are kept beside them."""
    names = {unique.name for unique in table.uniques} | {index.name for index in table.indexes}
    # The rows lie in the tree of the primary key; of SQLite's, in that of a whole number alone.
    keyed = dialect in ("mariadb", "mysql") or (
        dialect == "sqlite" and any(column.identity for column in table.columns)
    )
    return 1 + len(names) - (keyed and bool(table.primary_key))


def _is_long(column: Column) -> bool:
    return column.kind in _LONG or (column.kind is Kind.TEXT and not (column.length and column.length <= _SHORT))


def _catalogue(schema: Schema) -> int:
    """The pages of a SQLite file that hold the text of its DDL."""
    columns = sum(len(c.name) + len(c.native) + 16 for table in schema.tables for c in table.columns)
    objects = 128 * sum(1 + len(table.indexes) + len(table.foreign_keys) for table in schema.tables)
    code = sum(len(view.definition) for view in schema.views) + sum(len(made.definition) for made in schema.triggers)
    return _PAGE["sqlite"] * (1 + (columns + objects + code) // _PAGE["sqlite"])


def _sizes(schema: Schema, snapshot: Snapshot, exact: bool) -> dict[str, Size]:
    sizes = snapshot.sizes([table.name for table in schema.tables])
    return {str(name): _counted(name, size, snapshot, exact) for name, size in sizes.items()}


def _counted(name: TableName, size: Size, snapshot: Snapshot, exact: bool) -> Size:
    # A table that was never analysed may say that it holds no row.
    asked = size.rows < _COUNTED if exact else size.rows <= 0
    return Size(snapshot.count(name), size.bytes) if asked and size.bytes else size


def _keep(folder: Path, sizes: dict[str, Size]) -> dict[str, Size]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = folder / f"{_RECORD}.new"
    beside.write_text(json.dumps({name: astuple(size) for name, size in sizes.items()}))
    beside.replace(folder / _RECORD)
    return sizes


def _kept(folder: Path) -> dict[str, Size] | None:
    try:
        return {name: Size(*pair) for name, pair in json.loads((folder / _RECORD).read_text()).items()}
    except FileNotFoundError:
        return None
