"""The protocols that every database answers to: describe, read under one snapshot, load, audit. No driver is imported here.

The line through them:

    with open_database(url) as source:
        schema = source.describe()
        with source.snapshot() as snapshot:
            for chunk in snapshot.chunks(table, rows):
                for batch in snapshot.read(Read(table, columns, chunk=chunk)): ...

    with open_database(url) as database, database.target() as target:
        target.claim(marker); target.execute(script.before)
        target.begin(schema); target.write(table, chunk, batches); target.finish(schema)
        target.execute(script.after); target.set_state("complete")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from connectors.names import TableName
from connectors.rows import Follow, RowIds, Rows, Size
from connectors.schema import Check, Column, ForeignKey, Schema, Table, Unique


class Form(StrEnum):
    """How a column's values travel in a batch; said by each field's metadata under `connectors.arrow.FORM`."""

    WIRE = "wire"
    """What the same dialect's loader takes back unchanged, never parsed: lossless for every type."""
    ARROW = "arrow"
    """A value in the carrier of its kind (`connectors.arrow.carrier`)."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a dialect can do. Code asks these, never the dialect's name."""

    schemas: bool
    """Tables live in several schemas of one database."""
    transactional_ddl: bool
    """A failed CREATE leaves nothing behind."""
    deferrable_constraints: bool
    """Foreign keys can wait until commit."""
    disables_constraints: bool
    """A session can switch foreign keys off and check them afterwards."""
    shared_snapshot: bool
    """Several connections can read one and the same moment."""
    parallel_writers: bool
    """Several connections can load one target at once."""
    native_ddl: bool
    """The database's own tool writes its DDL (asked of the source; see `Database.ddl`)."""
    identity_columns: bool
    enum_types: bool
    comments: bool
    max_name: int
    """Longest identifier, in bytes."""
    parameters: int
    """Most bound values in one statement."""
    proves_keys: bool = False
    """A foreign key that is added is checked against every row that is there, and refused or told in an Issue."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which database this is, however its address was spelt: two URLs of one database give equal identities."""

    server: str
    """PostgreSQL's system identifier, MariaDB's server uuid or host:port:datadir, SQLite's device and inode."""
    database: str


@dataclass(frozen=True, slots=True)
class ReadColumn:
    name: str
    form: Form


@dataclass(frozen=True, slots=True)
class Derived:
    """A column of an ancestor row, reached along single-row foreign keys; NULL where a key on the way is NULL or dangling."""

    alias: str
    path: tuple[ForeignKey, ...]
    """First key leaves the table that is read; each next one leaves the parent of the one before."""
    column: str
    """A column of the last parent, always given in form `arrow`."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a table that is read, masked and committed as one: a range of its key, or the whole table without one."""

    table: TableName
    ordinal: int
    lower: tuple[Any, ...] | None = None
    """Exclusive; None from the start. Bounds are cell values: never printed, encrypted wherever they are kept."""
    upper: tuple[Any, ...] | None = None
    """Inclusive; None to the end."""
    physical: bool = False
    """The bounds are places of rows in one snapshot (PostgreSQL's ctid): under another one they mean nothing."""

    def __repr__(self) -> str:
        return f"Chunk({self.table}, {self.ordinal})"


@dataclass(frozen=True, slots=True)
class Read:
    """One request: these columns of one table, in key order within a chunk."""

    table: TableName
    columns: tuple[ReadColumn, ...]
    derived: tuple[Derived, ...] = ()
    chunk: Chunk | None = None
    limit: int | None = None
    """At most so many rows (samples, previews); None reads all."""
    batch_rows: int = 65_536
    batch_bytes: int = 4 << 20
    among: pa.Table | None = None
    """Only these rows: id columns as `Snapshot.row_ids` says, without duplicates; then without `chunk`."""
    identified: bool = False
    """Each batch begins with the id's columns."""

    def __repr__(self) -> str:
        return f"Read({self.table}, {self.chunk})"


class Snapshot(Protocol):
    """One moment of the source, read-only. Not for use from several threads at once."""

    token: str | None
    """What opens further readers of this very moment (`Database.snapshot(at=...)`), also from other processes, for as long as
    this one stays open; None where the dialect cannot share a moment."""

    def chunks(self, table: TableName, rows: int) -> list[Chunk]:
        """Key ranges of about `rows` rows that cover the table without overlap; one chunk for a table without a key."""

    def read(self, request: Read) -> Iterator[pa.RecordBatch]:
        """Stream batches bounded by rows and bytes. Raises ReadError; memory does not grow with the table."""

    def sample(self, table: TableName, columns: Sequence[str], rows: int, cut: int) -> Iterator[pa.RecordBatch]:
        """About `rows` rows spread over the table, in form `arrow`; texts and documents cut to `cut` characters and binaries to `cut`
        bytes by the database itself. Never reads a large table whole; a table of fewer rows comes whole. Raises ReadError."""

    def unusable(self, view: TableName) -> str | None:
        """Why the database cannot answer from a view, as it says; None where it can. No row of it is read."""

    def count(self, table: TableName) -> int:
        """Rows at this moment."""

    def orphans(self, table: TableName, key: ForeignKey) -> int:
        """Rows whose key is not NULL in any part and finds no parent."""

    def unreadable_values(self, table: TableName) -> Mapping[str, int]:
        """Column -> values met so far that its type cannot hold (a text in a date column) and that were given as empty."""

    def row_ids(self, table: TableName) -> RowIds:
        """How this table's rows are named at this moment."""

    def rows(self, request: Rows) -> Iterator[pa.RecordBatch]:
        """The ids of the rows asked for, then the columns asked for, in any order. Raises ReadError, which names a condition that the
        database refuses by the table, in one sentence without a value."""

    def follow(self, step: Follow) -> Iterator[pa.RecordBatch]:
        """Pairs of ids (`connectors.rows.FROM`, `TO`), in any order. Down: every child of each parent. Up: the parent of each child
        whose key is complete, with NULL ids where there is none (an orphan); children whose key is NULL in a part are left out."""

    def sizes(self, tables: Sequence[TableName]) -> Mapping[TableName, Size]:
        """What these tables take, partitions and all."""

    def touch(self) -> None:
        """Show the server that this moment is still wanted, while nobody reads it. Raises SnapshotLost when it is over."""


class Phase(StrEnum):
    """When a statement of a fresh target runs."""

    BEFORE = "before"
    """Schemas, types, functions that defaults need, tables: before any row."""
    AFTER = "after"
    """Keys, indexes, foreign keys, views, triggers: after the last row."""


@dataclass(frozen=True, slots=True)
class Statement:
    phase: Phase
    kind: str
    """`table`, `index`, `unique`, `foreign key`, `check`, `view`, `trigger`, `function`, `sequence`, `event`, `server`..."""
    name: str
    """The object, for reports: `public.customer_email_key`."""
    sql: str
    table: TableName | None = None
    armed: str | None = None
    """Why it would act outside or at once in the target (foreign server, subscription, enabled event...), else None."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Something the target cannot carry or must be told; the engine makes a Problem of it."""

    code: str
    message: str
    """What, where, why: one sentence, no cell value."""
    remedy: str
    table: TableName | None = None
    column: str | None = None
    blocking: bool = False


class Beyond(StrEnum):
    """Values that one engine's type admits and another's does not."""

    CALENDAR = "calendar"
    """No day of the years 1 to 9999: infinities, years before Christ, MySQL's 2020-00-00 and 2020-02-31."""
    ZERO_DATE = "zero-date"
    """MySQL's 0000-00-00, which another engine takes for a date before all others."""
    CLOCK = "clock"
    """No time of day from 00:00 to 24:00."""
    NAN = "nan"
    INFINITY = "infinity"
    RANGE = "range"
    """A number outside `Limit.least` and `Limit.greatest`."""
    LENGTH = "length"
    """A text of more than `Limit.greatest` characters, or so many bytes."""
    NUL = "nul"
    """A text that holds the character U+0000."""
    ENCODING = "encoding"
    """A text that is not in its encoding."""
    LABEL = "label"
    """MySQL's empty ENUM, which stands for an invalid label."""
    NULL = "null"
    """A NULL in what the target makes its primary key."""
    TYPE = "type"
    """A value that its column's declared type cannot hold (SQLite enforces none)."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a target's column does not hold of what its source's type admits."""

    beyond: Beyond
    least: int | None = None
    greatest: int | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """The DDL of a fresh target."""

    statements: tuple[Statement, ...]
    issues: tuple[Issue, ...] = ()
    tool: str = "portable"
    """Who wrote it: `pg_dump 18.4`, `SHOW CREATE`, `sqlite_schema`, `portable`."""

    def phase(self, phase: Phase) -> tuple[Statement, ...]:
        return tuple(statement for statement in self.statements if statement.phase is phase)


class State(StrEnum):
    """How a target stands. Nothing else is ever written into a marker."""

    LOADING = "loading"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Marker:
    """The row by which a run owns a target."""

    run: str
    fingerprint: str
    """Of the plan."""
    state: State
    source: str
    """The identity of the source, hashed."""
    started: str
    """ISO 8601, UTC."""
    fresh: bool
    """The run made the tables itself, so replacing it may drop them."""
    version: str
    """Of Lookalike."""


@dataclass(frozen=True, slots=True)
class Written:
    rows: int
    repeated: bool = False
    """The chunk's row was there already: nothing was done."""


class Writer(Protocol):
    """A connection that loads chunks into a target: the session that has claimed it, or a further one beside it."""

    def marker(self) -> Marker | None:
        """As `Target.marker`."""

    def write(self, table: Table, chunk: Chunk, batches: Iterable[pa.RecordBatch]) -> Written:
        """As `Target.write`."""


class Target(Protocol):
    """The write side of a database, for one run at a time. Marker, chunk and step rows are hidden from `describe()`.

    Every method raises errors of ours alone, `Lost` where the connection went away: whoever cleans up catches no driver's.
    """

    def marker(self) -> Marker | None: ...

    def occupied(self) -> tuple[TableName, ...]:
        """User tables that hold rows."""

    def claim(self, marker: Marker) -> None:
        """Write the marker, state `loading`. Raises TargetError when another run holds the target, or is claiming it now."""

    def set_state(self, state: State) -> None:
        """`complete` also drops the chunk and step tables; what `finish` could not put back stays in the undo table."""

    def execute(self, statements: Sequence[Statement]) -> list[Issue]:
        """Run DDL in order, each step ledgered in the target so that a resumed run skips what is done. A statement of a
        kind whose failure loses no row (view, trigger, function, comment) gives an Issue; any other raises DdlError."""

    def begin(self, schema: Schema, *, fresh: bool) -> str:
        """Make the tables loadable in any order and say how (`replica role`, `foreign_key_checks=0`, `constraints after
        data`, `null then update`...). On an existing target triggers are switched off; what was changed is ledgered in
        the target first, so that `finish` after a crash restores it."""

    def done(self) -> dict[tuple[TableName, int], int]:
        """Rows of each chunk that is committed in the target."""

    def write(self, table: Table, chunk: Chunk, batches: Iterable[pa.RecordBatch]) -> Written:
        """Load one chunk and its chunk row in one transaction. Column order is the batch's. Raises WriteError."""

    def writer(self) -> AbstractContextManager[Writer]:
        """Another connection for chunks, prepared as `begin` has prepared this one. Only where `capabilities.parallel_writers`."""

    def reconnect(self) -> None:
        """Where the connection has gone, open another, take the claim up again and repeat what `begin` told the session. Raises
        `Lost`, ConnectError, TargetError."""

    def forget(self, table: Table) -> None:
        """Empty one table and its chunk rows in one transaction: it will be loaded anew."""

    def finish(self, schema: Schema, *, fresh: bool) -> list[Issue]:
        """Undo `begin` (constraints back on, triggers on) and set sequences, identities and auto-increments past the data."""

    def empty(self, tables: Sequence[Table]) -> None:
        """Delete every row of these tables, whatever refers to them, and fire no trigger."""

    def drop(self, schema: Schema) -> None:
        """Drop these tables with their views, types, sequences and what hangs on them: only over our own fresh target."""

    def release(self) -> None:
        """Remove marker, chunks and steps: the target is as if we had never been there."""


class Audit(Protocol):
    """Counting questions, asked of a finished target (or on request of the source). None of them returns a cell."""

    def count(self, table: TableName) -> int: ...

    def greatest(self, table: TableName, column: str, below: int) -> int | None:
        """The greatest whole number of a column that is less than `below`; None where it has none."""

    def orphans(self, table: TableName, key: ForeignKey) -> int: ...

    def duplicates(self, table: TableName, unique: Unique) -> int:
        """Surplus rows under a unique key: 0 when it holds."""

    def failures(self, table: TableName, check: Check) -> int:
        """Rows for which the condition is false (NULL passes, as in SQL)."""

    def beyond(self, table: TableName, asked: Sequence[tuple[Column, Limit]]) -> tuple[int, ...]:
        """For each column and limit how many values lie beyond it: one pass over the table, none where no value can."""

    def respelt(self, table: TableName, key: ForeignKey, *, caseless: bool) -> int:
        """Rows that find a parent, and none that is spelt alike byte for byte (`caseless`: but for the case of ASCII letters)."""


class Database(Protocol):
    dialect: str
    capabilities: Capabilities
    url: str
    """Without its password: safe to print."""

    def close(self) -> None: ...

    def __enter__(self) -> Database: ...

    def __exit__(self, *exc: object) -> None: ...

    def describe(self) -> Schema:
        """A handful of catalog queries, whatever the number of tables. Our own marker tables are not in it."""

    def identity(self) -> Identity: ...

    def version(self) -> str:
        """The server's product and version, for people: `PostgreSQL 16.4`."""

    def may_write(self) -> tuple[str, ...]:
        """Words for the rights to write that this login has (`superuser`, `INSERT on customer`...); empty for a reader."""

    def snapshot(self, at: str | None = None) -> AbstractContextManager[Snapshot]:
        """A moment of the source: now, or the one whose `token` is given. Raises ReadError, SnapshotLost when it is over."""

    def audit(self) -> AbstractContextManager[Audit]: ...

    def target(self) -> AbstractContextManager[Target]: ...

    def ddl(self, schema: Schema, schemas: Mapping[str, str] = ...) -> Script | None:
        """DDL of these tables by the database's own tool, for the same dialect; None where no tool is at hand. `schemas`:
        the source's schemas that are called otherwise in the target."""

    def portable_ddl(self, schema: Schema) -> tuple[Schema, Script]:
        """For this database as the target: another dialect's schema in our types, its DDL, and an Issue for what is lost."""

    def limits(self, source: str, column: Column, into: Column) -> tuple[Limit, ...]:
        """For this database as the target: what a column of that dialect admits and the column it goes into does not hold."""

    def nonce_lock(self, nonce: str) -> AbstractContextManager[None]:
        """Hold a lock of that name in this database (an advisory lock; a file lock for SQLite)."""

    def sees_lock(self, nonce: str) -> bool:
        """Is a lock of that name held in this database by someone else? Then both addresses are one database."""


@runtime_checkable
class Guarded(Protocol):
    """A database in which not every login may load existing tables in any order."""

    def held_keys(self, tables: Sequence[Table]) -> tuple[TableName, ...]:
        """Those whose foreign keys this login can neither switch off nor take away while rows come in."""


@runtime_checkable
class Simultaneous(Protocol):
    """A database whose moments cannot be shared, yet where several sessions can begin at one and the same moment."""

    def snapshots(self, readers: int) -> AbstractContextManager[Sequence[Snapshot]]:
        """So many snapshots of one moment, or a single one where this login may not hold off writers while they begin."""
