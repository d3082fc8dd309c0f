"""What a database says of itself: frozen tables, columns, keys and constraints, the same words for every dialect."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from connectors.names import TableName


class Kind(StrEnum):
    """The family of a column's type. Its Arrow carrier (form `arrow`) is fixed in `connectors/arrow.py`."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    TEXT = "text"
    ENUM = "enum"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    INTERVAL = "interval"
    UUID = "uuid"
    JSON = "json"
    XML = "xml"
    BINARY = "binary"
    BIT = "bit"
    ARRAY = "array"
    OTHER = "other"
    """Ranges, geometry, network addresses, tsvector, composites...: carried as the database's own text."""


class Match(StrEnum):
    """What a text collation takes for equal; empty means byte for byte."""

    CASE = "case"
    ACCENT = "accent"
    PAD = "pad"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    native: str
    """The type as the database prints it, with its length: `character varying(20)`, `int(10) unsigned`."""
    kind: Kind
    nullable: bool = True
    length: int | None = None
    """Most characters (TEXT, ENUM), bytes (BINARY) or bits (BIT); None where unbounded."""
    precision: int | None = None
    """Digits of a DECIMAL in all; for INTEGER the width in bits (8, 16, 24, 32, 64)."""
    scale: int | None = None
    unsigned: bool = False
    range: tuple[int, int] | None = None
    """The least and the greatest value it takes, in its carrier's unit, where that is less than its kind: MySQL's YEAR, TIMESTAMP."""
    default: str | None = None
    """The SQL expression, as the database prints it."""
    identity: str | None = None
    """`always`, `by default` or `auto_increment`."""
    generated: str | None = None
    """The expression of a generated column: never written."""
    comment: str | None = None
    enum: tuple[str, ...] = ()
    """Allowed labels of an enum (one of) or a MySQL SET (any of)."""
    domain: str | None = None
    """The name of the domain that `native` was resolved from."""
    element: str | None = None
    """The native type of an ARRAY's elements."""
    collation: str | None = None
    folds: frozenset[Match] = frozenset()
    """What the collation ignores when it compares."""
    fields: int = 0
    """Of a composite type: how many values it is made of, where each may be NULL."""
    hidden: bool = False
    """Invisible columns: not in `SELECT *`, yet copied."""


@dataclass(frozen=True, slots=True)
class Unique:
    """A primary key, a unique constraint or a unique index."""

    name: str
    columns: tuple[str, ...]
    primary: bool = False
    constraint: bool = True
    """False: a unique index only."""
    where: str | None = None
    """Partial index: unique only among the rows of this condition."""
    expression: bool = False
    """Some part is an expression; `columns` then lists the columns it reads."""
    nulls_distinct: bool = True
    deferrable: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    name: str
    columns: tuple[str, ...]
    parent: TableName
    parent_columns: tuple[str, ...]
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    deferrable: bool = False
    initially_deferred: bool = False
    validated: bool = True
    enforced: bool = True
    match_full: bool = False
    virtual: bool = False
    """Declared in a plan, by no database."""
    where: str | None = None
    """Virtual keys: the rows that refer at all, as a condition of the source's SQL on the child (a type discriminator)."""
    expressions: tuple[str, ...] = ()
    """Virtual keys: SQL over the child's columns in place of `columns` (which is then empty), one for each parent column."""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    expression: str
    """The condition alone, as the database prints it."""
    columns: tuple[str, ...] = ()
    """The columns it reads, where the database says."""
    validated: bool = True


@dataclass(frozen=True, slots=True)
class Index:
    name: str
    columns: tuple[str, ...]
    unique: bool = False
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    name: str
    table: TableName
    definition: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class View:
    name: TableName
    definition: str
    materialized: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    name: TableName
    native: str = "bigint"
    owner: tuple[TableName, str] | None = None
    """The table and column it numbers."""


@dataclass(frozen=True, slots=True)
class Table:
    name: TableName
    columns: tuple[Column, ...]
    uniques: tuple[Unique, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None
    estimated_rows: int | None = None
    partitions: tuple[TableName, ...] = ()
    """Leaf tables of a partitioned table: rows are read and written through the parent, so they are not tables here."""
    partition_key: str | None = None
    partition_bounds: tuple[str, ...] = ()
    """The condition of each partition, as the database prints it; `DEFAULT` for one that takes what is left."""
    inherits: tuple[TableName, ...] = ()
    """PostgreSQL inheritance: rows of this table are also seen through these; each table is read with ONLY."""
    options: tuple[tuple[str, str], ...] = ()
    """What only the dialect itself reads again: ENGINE, STRICT, WITHOUT ROWID, charset."""
    exclusions: tuple[Check, ...] = ()
    """Exclusion constraints, each with its whole definition: `EXCLUDE USING gist (room WITH =, during WITH &&)`."""

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Its columns in key order; empty without one."""
        return next((unique.columns for unique in self.uniques if unique.primary), ())

    def is_unique(self, columns: Collection[str]) -> bool:
        """Does the database see to it that no two rows have the same values in these columns?"""
        return any(set(u.columns) <= set(columns) and not u.where and not u.expression for u in self.uniques)

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that are written: all but generated ones."""
        return tuple(column for column in self.columns if column.generated is None)


@dataclass(frozen=True)
class Schema:
    dialect: str
    default_schema: str
    tables: tuple[Table, ...]
    views: tuple[View, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    unreadable: tuple[tuple[TableName, str], ...] = ()
    """Tables that the login may not read, with the reason."""
    notes: tuple[str, ...] = ()
    """What exists and is not described: foreign servers, events, subscriptions..."""

    @cached_property
    def by_name(self) -> dict[TableName, Table]:
        return {table.name: table for table in self.tables}

    def table(self, name: TableName) -> Table:
        """The table of that name. Raises KeyError."""
        return self.by_name[name]

    def references_to(self, name: TableName) -> Iterator[tuple[Table, ForeignKey]]:
        """Every foreign key that points at this table, with the table that holds it."""
        for table in self.tables:
            for key in table.foreign_keys:
                if key.parent == name:
                    yield table, key
