"""What a selection takes in a target: the bytes of rows and indexes, estimated from what each whole table takes in the source."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from connectors.database import Snapshot
from connectors.names import TableName
from connectors.rows import Size
from connectors.schema import Schema, Table

_PAGE = {"sqlite": 4096, "mariadb": 16_384, "mysql": 16_384}
_RECORD = "sizes.json"


@dataclass(frozen=True, slots=True)
class Footprint:
    """The bytes of one table, as a line over its rows: what an almost empty one takes, and so much for each row."""

    fixed: int
    each: float

    def of(self, rows: int) -> int:
        return self.fixed + round(self.each * rows)


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


def footprints(schema: Schema, snapshot: Snapshot, folder: Path, empty: Sequence[TableName] = ()) -> Footprints:
    """Of the tables that a target has; `empty`: those that it has without rows.

    The sizes are kept in `folder`: statistics change within one snapshot, and a run that goes on must find the same subset again."""
    known = _kept(folder) or _keep(folder, _sizes(schema, snapshot))
    sizes = {table.name: known[str(table.name)] for table in schema.tables}
    made = {
        table.name: _footprint(table, sizes[table.name], schema.dialect, table.name in empty) for table in schema.tables
    }
    return Footprints(made, sizes, _catalogue(schema) if schema.dialect == "sqlite" else 0)


def _footprint(table: Table, size: Size, dialect: str, empty: bool) -> Footprint:
    fixed = _PAGE.get(dialect, 8192) * _pages(table, dialect)
    if empty or not size.rows:
        return Footprint(fixed, 0.0)
    return Footprint(fixed, max(size.bytes - fixed, 0) / size.rows)


def _catalogue(schema: Schema) -> int:
    """The pages of a SQLite file that hold the text of its DDL."""
    columns = sum(len(c.name) + len(c.native) + 16 for table in schema.tables for c in table.columns)
    objects = 128 * sum(1 + len(table.indexes) + len(table.foreign_keys) for table in schema.tables)
    code = sum(len(view.definition) for view in schema.views) + sum(len(made.definition) for made in schema.triggers)
    return _PAGE["sqlite"] * (1 + (columns + objects + code) // _PAGE["sqlite"])


def _pages(table: Table, dialect: str) -> int:
    """What a table of a few rows takes."""
    trees = {unique.name for unique in table.uniques} | {index.name for index in table.indexes}
    if dialect == "postgresql":
        # Each tree begins with a page about itself; most tables have one more, of long values.
        return 2 + 2 * len(trees)
    # The rows lie in the tree of the primary key; of SQLite's, in that of a whole number alone.
    keyed = dialect != "sqlite" or any(column.identity for column in table.columns)
    return 1 + len(trees) - (bool(table.primary_key) and keyed)


def _sizes(schema: Schema, snapshot: Snapshot) -> dict[str, Size]:
    sizes = snapshot.sizes([table.name for table in schema.tables])
    return {str(name): _counted(name, size, snapshot) for name, size in sizes.items()}


def _counted(name: TableName, size: Size, snapshot: Snapshot) -> Size:
    """A table that was never analysed may say that it holds no row."""
    return size if size.rows > 0 or not size.bytes else Size(snapshot.count(name), size.bytes)


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
