"""Rows that join those of a target: loaded into staging tables of ours first, then merged in one transaction.

    with target.staging() as staging:
        staging.claim(marker); staging.begin(schema, fresh=False)
        staging.write(table, chunk, batches)
        staging.merge(Merge(How.UPSERT, schema, incoming, marker, before))

Until `merge` commits, nothing that was in the target is touched. Whoever merges deletes no row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from connectors.database import Issue, Marker, State, Statement, Target
from connectors.errors import TargetError, WriteError
from connectors.names import TableName
from connectors.schema import ForeignKey, Schema, Table


class How(StrEnum):
    """What becomes of an incoming row whose key is there already."""

    APPEND = "append"
    """It stays away."""
    UPSERT = "upsert"
    """The row that is there takes its columns."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The staged rows of one table."""

    table: Table
    """As the target has it."""
    columns: tuple[str, ...]
    """Those that were written."""
    key: tuple[str, ...]
    """By which a row is the same; empty where the target's table holds no row."""
    orphans: Mapping[str, int] = field(default_factory=dict)
    """Foreign key -> rows that found no parent in the source either, and may come along."""


@dataclass(frozen=True, slots=True)
class Held:
    """A row that is reserved, with all that it owns: nothing of it is changed, and nothing joins it."""

    table: TableName
    columns: tuple[str, ...]
    key: tuple[str, ...]
    """As texts, in the order of `columns`."""

    def __repr__(self) -> str:
        return f"Held({self.table})"


@dataclass(frozen=True, slots=True)
class Owning:
    """A foreign key by which rows belong to their parents."""

    child: TableName
    key: ForeignKey


@dataclass(frozen=True, slots=True)
class Merge:
    """One request."""

    how: How
    schema: Schema
    """All of the target: whose foreign keys refer to the merged tables, too."""
    incoming: tuple[Incoming, ...]
    """Parents first."""
    marker: Marker | None
    """What the target carries afterwards; None: the mark that it has."""
    before: str | None
    """The run whose complete mark the target carries until then; None for one without a mark."""
    held: tuple[Held, ...] = ()
    owning: tuple[Owning, ...] = ()
    """Parents first, as far as there is such an order."""
    whole: Held | None = None
    """The staged rows are all that this root row and its own are to be: rows that it owns beside them are deleted."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of the staged rows of one table."""

    inserted: int = 0
    updated: int = 0
    kept: int = 0
    """Rows whose key was there already, left as they are."""
    reserved: int = 0
    """Rows of reserved entities that were passed over."""
    deleted: int = 0
    """Rows of an entity that was brought back, and has them no more."""
    orphans: Mapping[str, int] = field(default_factory=dict)
    """Foreign key of this table -> rows without a parent afterwards, others' included."""


class Beside(ABC):
    """What the stagings of all dialects have in common: they have no tables but their own."""

    def occupied(self) -> tuple[TableName, ...]:
        return ()

    def execute(self, statements: Sequence[Statement]) -> list[Issue]:
        if statements:
            raise TargetError("rows that join a target make no tables of their own")
        return []

    def drop(self, schema: Schema) -> None:
        self.release()

    def empty(self, tables: Sequence[Table]) -> None:
        for table in tables:
            self.forget(table)

    @abstractmethod
    def forget(self, table: Table) -> None:
        """As `Target.forget`."""

    @abstractmethod
    def release(self) -> None:
        """As `Target.release`."""


@runtime_checkable
class Staging(Target, Protocol):
    """A target's write side for rows that are to join it. The methods of `Target` speak of what is staged, never of the target's own
    rows: `begin` makes the staging tables, `write` fills them, `empty`, `drop` and `release` take them away."""

    def marker(self) -> Marker | None:
        """The mark of what is staged; where nothing is, or where it has been merged, the target's own."""

    def merge(self, order: Merge) -> Mapping[TableName, Merged]:
        """Join all tables and mark the target, or leave it as it was. A merge of the same run that has been committed is not done
        again. Raises WriteError, which names the table and the constraint, and TargetError where the mark is another."""

    def merged(self) -> Mapping[TableName, Merged]:
        """What the last merge did."""

    def finish(self, schema: Schema, *, fresh: bool) -> list[Issue]:
        """After a merge: put back what it took away, and set counters past the data. Before one: nothing."""


@runtime_checkable
class Joinable(Protocol):
    """A database whose tables can take rows beside those that are there."""

    def staging(self) -> AbstractContextManager[Staging]: ...


def refuse_changed(own: Marker | None, before: str | None) -> None:
    """Raise TargetError where the target's own mark is no longer what the run found."""
    complete = own.run if own is not None and own.state is State.COMPLETE else None
    if complete != before or (own is None) != (before is None):
        raise TargetError("the target has changed its mark since the run began: somebody else is loading it")


def is_merged(own: Marker | None, order: Merge) -> bool:
    """Has this very merge been committed?"""
    return order.marker is not None and own is not None and own.run == order.marker.run and own.state is State.COMPLETE


def renamed(error: WriteError, staged: TableName, table: TableName) -> WriteError:
    """An error of a staging table as one of the table that it stands for."""
    text = str(error).replace(str(staged), str(table))
    return WriteError(text, table=table, column=error.column, constraint=error.constraint, code=error.code)


def touching(schema: Schema, merged: Sequence[TableName]) -> list[tuple[Table, ForeignKey]]:
    """Every foreign key that leaves one of these tables or points at one."""
    names = set(merged)
    return [
        (table, key)
        for table in schema.tables
        for key in table.foreign_keys
        if key.columns and (table.name in names or key.parent in names) and key.parent in schema.by_name
    ]
