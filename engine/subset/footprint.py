"""What a selection takes in a target: the bytes of rows and indexes, estimated from what each whole table takes in the source."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from math import ceil
from pathlib import Path

from connectors.database import Snapshot
from connectors.names import TableName
from connectors.rows import Size
from connectors.schema import Column, Kind, Schema, Table
from engine.subset.widths import Widths

Longer = Callable[[], Mapping[TableName, Widths]]
"""What masks add to the values of each table; asked for once it is needed, for it takes a while."""

_PAGE = {"sqlite": 4096, "mariadb": 16_384, "mysql": 16_384}
_EXTENT = 64
_FILLED = {"sqlite": (0.95, 0.84), "mariadb": (0.93, 0.65), "mysql": (0.93, 0.65)}
"""How full pages are of rows that come in the order of their key, and of rows that do not; where it is not known otherwise."""
_OURS = 7
"""Pages of a SQLite file that hold what a load notes, or held it and are free."""
_RECORD = "sizes.json"
_COUNTED = 20_000_000
"""Tables of so many rows are counted for a budget; of larger ones the database's estimate is near enough."""
_LONG = frozenset({Kind.JSON, Kind.XML, Kind.BINARY, Kind.ARRAY, Kind.OTHER})
_SHORT = 500
"""Characters: a text of at most so many is never kept apart from its row."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The pages of a table's rows, or of one of its indexes."""

    each: float
    """Bytes that one row adds."""
    page: int
    beside: int = 0
    """Pages that are there without any row as well."""
    first: int = 0
    """Pages of a tree without any row."""
    extent: int = 0
    """More than half of so many pages come so many at a time, where that is so."""

    def of(self, rows: int) -> int:
        if not rows:
            return self.page * (self.beside + self.first)
        pages = ceil(self.each * rows / self.page)
        if pages > 1:
            # One that leads to the others.
            pages += self.first or self.beside
        if self.extent and pages > self.extent // 2:
            pages = self.extent // 2 + self.extent * ceil((pages - self.extent // 2) / self.extent)
        return self.page * (self.beside + max(pages, 1))


@dataclass(frozen=True, slots=True)
class Footprint:
    """The bytes of one table."""

    trees: tuple[Tree, ...]
    parts: int = 1
    """Partitions, each with trees of its own."""
    always: int = 0
    """Bytes beside them, with or without rows."""
    maps: int = 0
    """What PostgreSQL keeps of the free space and of the visible rows, where there is a row."""

    def of(self, rows: int) -> int:
        each = ceil(rows / self.parts)
        return self.parts * (self.always + (self.maps if rows else 0) + sum(tree.of(each) for tree in self.trees))


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
    schema: Schema,
    snapshot: Snapshot,
    folder: Path,
    empty: Sequence[TableName] = (),
    *,
    exact: bool = False,
    longer: Longer = dict,
) -> Footprints:
    """Of the tables that a target of the source's own dialect has; `empty`: those that it has without rows; `exact`: rows are counted,
    not estimated; `longer`: what masks add to values.

    The sizes are kept in `folder`: statistics change within one snapshot, and a run that goes on must find the same subset again."""
    known, widths = _kept(folder) or _keep(folder, _sizes(schema, snapshot, exact), longer())
    sizes = {table.name: known[str(table.name)] for table in schema.tables}
    made = {
        table.name: _footprint(
            table, sizes[table.name], schema.dialect, table.name in empty, widths.get(str(table.name), {})
        )
        for table in schema.tables
    }
    return Footprints(made, sizes, _catalogue(schema) if schema.dialect == "sqlite" else 0)


def _footprint(table: Table, size: Size, dialect: str, empty: bool, longer: Widths) -> Footprint:
    page = _PAGE.get(dialect, 8192)
    row, entries = (0.0, []) if empty or not size.rows else _written(table, size, dialect, longer)
    entries += [0.0] * (_indexes(table, dialect) - len(entries))
    parts = max(len(table.partitions), 1)
    if dialect == "postgresql":
        # Each index begins with a page about itself; one more page is there for long values.
        apart = any(_is_long(column) for column in table.columns)
        trees = Tree(row, page), *(Tree(each, page, beside=1) for each in entries)
        return Footprint(trees, parts, page * apart, 4 * page)
    extent = _EXTENT if dialect in ("mariadb", "mysql") else 0
    return Footprint(tuple(Tree(each, page, first=1, extent=extent) for each in (row, *entries)), parts)


def _written(table: Table, size: Size, dialect: str, longer: Widths) -> tuple[float, list[float]]:
    """What a row takes in a target, and its entry in each index."""
    if size.row is None:
        return size.bytes / size.rows, []
    named = _named(table, dialect)
    row = size.row + sum(longer.values())
    entries = [each + sum(longer.get(name, 0.0) for name in {*columns, *named}) for columns, each in size.entries]
    if dialect not in _FILLED:
        return row, entries
    # The rows of a key that is masked come in any order, and so do the entries of an index that is there before them.
    dense, loose = _FILLED[dialect]
    unique = [set(unique.columns) for unique in table.uniques]
    early = [dialect != "sqlite" or set(columns) in unique for columns, _ in size.entries]
    filled = loose if any(name in longer for name in named) else dense
    return row / filled, [each / (loose if is_early else dense) for each, is_early in zip(entries, early, strict=True)]


def _named(table: Table, dialect: str) -> tuple[str, ...]:
    """The columns by which the entries of an index say which row is meant."""
    key = table.primary_key
    if dialect == "sqlite":
        return key if len(key) == 1 and table.column(key[0]).native.upper() == "INTEGER" else ()
    return key if dialect in ("mariadb", "mysql") else ()


def _indexes(table: Table, dialect: str) -> int:
    """Those that are kept beside the rows."""
    names = {unique.name for unique in table.uniques} | {index.name for index in table.indexes}
    # The rows lie in the tree of the primary key; of SQLite's, in that of a whole number alone.
    return len(names) - bool(_named(table, dialect))


def _is_long(column: Column) -> bool:
    return column.kind in _LONG or (column.kind is Kind.TEXT and not (column.length and column.length <= _SHORT))


def _catalogue(schema: Schema) -> int:
    """The pages of a SQLite file that hold the text of its DDL."""
    columns = sum(len(c.name) + len(c.native) + 16 for table in schema.tables for c in table.columns)
    objects = 128 * sum(1 + len(table.indexes) + len(table.foreign_keys) for table in schema.tables)
    code = sum(len(view.definition) for view in schema.views) + sum(len(made.definition) for made in schema.triggers)
    return _PAGE["sqlite"] * (_OURS + 1 + (columns + objects + code) // _PAGE["sqlite"])


def _sizes(schema: Schema, snapshot: Snapshot, exact: bool) -> dict[str, Size]:
    sizes = snapshot.sizes([table.name for table in schema.tables])
    return {str(name): _counted(name, size, snapshot, exact) for name, size in sizes.items()}


def _counted(name: TableName, size: Size, snapshot: Snapshot, exact: bool) -> Size:
    # A table that was never analysed may say that it holds no row.
    asked = size.rows < _COUNTED if exact else size.rows <= 0
    return replace(size, rows=snapshot.count(name)) if asked and size.bytes else size


def _keep(
    folder: Path, sizes: dict[str, Size], longer: Mapping[TableName, Widths]
) -> tuple[dict[str, Size], dict[str, Widths]]:
    widths = {str(name): of for name, of in longer.items()}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = folder / f"{_RECORD}.new"
    beside.write_text(json.dumps([{name: astuple(size) for name, size in sizes.items()}, widths]))
    beside.replace(folder / _RECORD)
    return sizes, widths


def _kept(folder: Path) -> tuple[dict[str, Size], dict[str, Widths]] | None:
    try:
        sizes, widths = json.loads((folder / _RECORD).read_text())
    except FileNotFoundError:
        return None
    return {name: Size(*size) for name, size in sizes.items()}, widths
