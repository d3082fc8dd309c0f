"""The write side of a SQLite file: one transaction per chunk, its chunk row inside; crash safe by SQLite's own journal.

Foreign keys are not enforced while loading (`PRAGMA foreign_keys` is per connection, and off here); `Audit` counts them
afterwards. Triggers of an existing target are dropped for the load, their text ledgered first, and made again at its end.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import pyarrow as pa

from connectors.database import Chunk, Issue, Marker, State, Statement, Writer, Written
from connectors.errors import DatabaseError, DdlError, TargetError, WriteError
from connectors.names import TableName, parse_table_name
from connectors.schema import Schema, Table
from connectors.sql import Sql
from connectors.sqlite_ddl import PAGES
from connectors.sqlite_describe import MARKERS, OURS, STAGED, describe
from connectors.sqlite_errors import code, constraint, sentence
from connectors.sqlite_image import attach_image, insert_image
from connectors.sqlite_write import Unstorable, bound, stored
from connectors.steps import carried_out

LEDGER = {
    "marker": "run TEXT, fingerprint TEXT, state TEXT, source TEXT, started TEXT, fresh INTEGER, version TEXT",
    "chunk": "tbl TEXT, ordinal INTEGER, rows INTEGER, PRIMARY KEY (tbl, ordinal)",
    "step": "position INTEGER PRIMARY KEY, sql TEXT",
    "undo": "position INTEGER PRIMARY KEY, sql TEXT",
}


class SQLiteTarget:
    """For one run at a time. The connection commits by itself; transactions are opened where they are needed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection, self._sql = connection, Sql()
        self._images: bool | None = None

    def marker(self) -> Marker | None:
        with self._reading():
            return self._marker()

    def _marker(self) -> Marker | None:
        if not self._has("marker"):
            return None
        row = self._connection.execute(f"SELECT * FROM {OURS}marker").fetchone()
        if row is None:
            return None
        run, fingerprint, state, source, started, fresh, version = row
        return Marker(run, fingerprint, State(state), source, started, bool(fresh), version)

    def occupied(self) -> tuple[TableName, ...]:
        with self._reading():
            names = [table.name for table in describe(self._connection).tables]
            exists = "SELECT EXISTS (SELECT 1 FROM {})"
            return tuple(name for name in names if self._one(exists.format(self._sql.relation(name))))

    def claim(self, marker: Marker) -> None:
        with self._transaction("the target cannot be claimed"):
            held = self._marker()
            if held is not None and held.run != marker.run and held.state is State.LOADING:
                raise TargetError(f"the target is held by run {held.run}: finish, cancel or release that run first")
            for name, columns in LEDGER.items():
                self._connection.execute(f"CREATE TABLE IF NOT EXISTS {OURS}{name} ({columns})")
            # Never `undo`: what an earlier run took away and did not put back is still owed.
            forgotten = ("marker",) if held is not None and held.run == marker.run else ("marker", "chunk", "step")
            for name in forgotten:
                self._connection.execute(f"DELETE FROM {OURS}{name}")
            values = (marker.run, marker.fingerprint, State.LOADING.value, marker.source, marker.started)
            self._connection.execute(
                f"INSERT INTO {OURS}marker VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, int(marker.fresh), marker.version)
            )

    def set_state(self, state: State) -> None:
        with self._transaction("the state of the target cannot be written"):
            self._connection.execute(f"UPDATE {OURS}marker SET state = ?", (state.value,))
            if state is State.COMPLETE:
                for name in ("chunk", "step", "undo"):
                    self._connection.execute(f"DROP TABLE IF EXISTS {OURS}{name}")

    def reconnect(self) -> None:
        """A file does not go away; what stands in its path is opened anew by the next run."""

    def writer(self) -> AbstractContextManager[Writer]:
        raise TargetError("a SQLite file has one writer at a time")

    def forget(self, table: Table) -> None:
        with self._transaction(f"{table.name} cannot be emptied"), self._without_triggers([table]):
            self._connection.execute(f"DELETE FROM {self._sql.relation(table.name)}")
            self._connection.execute(f"DELETE FROM {OURS}chunk WHERE tbl = ?", (str(table.name),))

    def execute(self, statements: Sequence[Statement]) -> list[Issue]:
        return carried_out(statements, self._step)

    def begin(self, schema: Schema, *, fresh: bool) -> str:
        if fresh:
            return "foreign_keys=off"
        wanted = {table.name for table in schema.tables}
        with self._transaction("the triggers of the target cannot be switched off"):
            for trigger in describe(self._connection).triggers:
                if trigger.table in wanted:
                    self._connection.execute(f"INSERT INTO {OURS}undo (sql) VALUES (?)", (trigger.definition,))
                    self._connection.execute(f"DROP TRIGGER {self._sql.quote(trigger.name)}")
        return "foreign_keys=off, triggers dropped and made again"

    def done(self) -> dict[tuple[TableName, int], int]:
        with self._reading():
            chunk = f"SELECT tbl, ordinal, rows FROM {OURS}chunk"
            rows = self._connection.execute(chunk).fetchall() if self._has("chunk") else []
        return {(parse_table_name(table), ordinal): count for table, ordinal, count in rows}

    def write(self, table: Table, chunk: Chunk, batches: Iterable[pa.RecordBatch]) -> Written:
        place = (str(table.name), chunk.ordinal)
        if self._images is None:
            self._images = attach_image(self._connection)
        with self._transaction(f"{table.name} cannot be written", WriteError, table.name):
            found = self._connection.execute(f"SELECT rows FROM {OURS}chunk WHERE (tbl, ordinal) = (?, ?)", place)
            if (row := found.fetchone()) is not None:
                return Written(row[0], repeated=True)
            rows = 0
            for batch in batches:
                self._insert(self._placed(table), batch)
                rows += batch.num_rows
            self._connection.execute(f"INSERT INTO {OURS}chunk VALUES (?, ?, ?)", (*place, rows))
        return Written(rows)

    def finish(self, schema: Schema, *, fresh: bool) -> list[Issue]:
        """Triggers as they were; the counters of AUTOINCREMENT past the data (a plain rowid needs none)."""
        with self._transaction("the triggers of the target cannot be made again"):
            self._undo()
            for table in schema.tables:
                if self._counts(table):
                    self._advance(table)
        return []

    def empty(self, tables: Sequence[Table]) -> None:
        with self._transaction("the tables of the target cannot be emptied"), self._without_triggers(tables):
            for table in tables:
                self._connection.execute(f"DELETE FROM {self._sql.relation(table.name)}")

    def drop(self, schema: Schema) -> None:
        with self._transaction("the tables of the target cannot be dropped"):
            present = {row[0]: row[1] for row in self._connection.execute("SELECT name, type FROM sqlite_schema")}
            for trigger in schema.triggers:
                self._connection.execute(f"DROP TRIGGER IF EXISTS {self._sql.quote(trigger.name)}")
            for view in schema.views:
                if present.get(view.name.name) == "view":
                    self._connection.execute(f"DROP VIEW IF EXISTS {self._sql.relation(view.name)}")
            made = self._connection.execute(f"SELECT name FROM {OURS}made").fetchall() if self._has("made") else []
            for name in (*(TableName(row[0]) for row in made), *(table.name for table in schema.tables)):
                self._connection.execute(f"DROP TABLE IF EXISTS {self._sql.relation(name)}")

    def release(self) -> None:
        with self._transaction("the marker of the target cannot be removed"):
            self._undo()
            for name in self._ours():
                self._connection.execute(f"DROP TABLE IF EXISTS {self._sql.quote(name)}")

    def _step(self, statement: Statement) -> None:
        with self._transaction(f"{statement.kind} {statement.name} cannot be made", DdlError, statement.table):
            if self._one(f"SELECT count(*) FROM {OURS}step WHERE sql = ?", statement.sql):
                return
            if statement.kind != PAGES:
                self._connection.execute(statement.sql)
            self._connection.execute(f"INSERT INTO {OURS}step (sql) VALUES (?)", (statement.sql,))
            if statement.kind == "virtual table":
                # No schema tells of these, so `drop` would not find them again.
                self._connection.execute(f"CREATE TABLE IF NOT EXISTS {OURS}made (name TEXT PRIMARY KEY)")
                self._connection.execute(f"INSERT OR IGNORE INTO {OURS}made VALUES (?)", (statement.name,))
        if statement.kind == PAGES:
            self._lay_pages(statement)

    def _lay_pages(self, statement: Statement) -> None:
        """A crash before its end costs the page size and no row: the statement is ledgered already."""
        try:
            for sql in statement.sql.split("; "):
                self._connection.execute(sql)
        except sqlite3.Error as error:
            raise DdlError(f"the pages of the target cannot be laid out: {sentence(error)}", code=code(error)) from None

    def _undo(self) -> None:
        """Make again what `begin` took away, where it is still missing; a complete run owes nothing."""
        if not self._has("undo"):
            return
        for (sql,) in self._connection.execute(f"SELECT sql FROM {OURS}undo ORDER BY position").fetchall():
            if not self._one("SELECT count(*) FROM sqlite_schema WHERE sql = ?", sql):
                self._connection.execute(sql)
        self._connection.execute(f"DELETE FROM {OURS}undo")

    def _insert(self, table: Table, batch: pa.RecordBatch) -> None:
        cells = []
        for array, field in zip(batch.columns, batch.schema, strict=True):
            try:
                cells.append(stored(array, field, table.column(field.name).kind))
            except (Unstorable, pa.ArrowInvalid) as error:
                # Arrow quotes values; our own words hold none.
                why = str(error) if isinstance(error, Unstorable) else "a value has no form in SQLite"
                raise WriteError(f"{table.name}.{field.name}: {why}", table=table.name, column=field.name) from None
        into = f"INSERT INTO main.{self._sql.quote(table.name.name)} ({self._sql.columns(batch.schema.names)})"
        if not (self._images and insert_image(self._connection, into, cells)):
            placeholders, values = zip(*map(bound, cells), strict=True)
            self._connection.executemany(
                f"{into} VALUES ({', '.join(placeholders)})", zip(*itertools.chain(*values), strict=True)
            )

    def _counts(self, table: Table) -> bool:
        wanted = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ? AND sql LIKE '%autoincrement%'"
        return ("AUTOINCREMENT", "1") in table.options and bool(self._one(wanted, table.name.name))

    def _advance(self, table: Table) -> None:
        name, greatest = table.name.name, f"SELECT max(rowid) FROM {self._sql.relation(table.name)}"
        self._connection.execute(
            f"UPDATE sqlite_sequence SET seq = max(seq, coalesce(({greatest}), 0)) WHERE name = ?", (name,)
        )
        self._connection.execute(
            f"INSERT INTO sqlite_sequence (name, seq) SELECT ?, ({greatest}) WHERE ({greatest}) IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
            (name, name),
        )

    @contextmanager
    def _without_triggers(self, tables: Sequence[Table]) -> Iterator[None]:
        """Inside a transaction: deleting must fire none of the user's triggers."""
        names = {table.name for table in tables}
        triggers = [trigger for trigger in describe(self._connection).triggers if trigger.table in names]
        for trigger in triggers:
            self._connection.execute(f"DROP TRIGGER {self._sql.quote(trigger.name)}")
        yield
        for trigger in triggers:
            self._connection.execute(trigger.definition)

    def _placed(self, table: Table) -> Table:
        """Where the rows of this table go: into itself."""
        return table

    def _ours(self) -> list[str]:
        """Our own tables, those of a staging too."""
        names = [row[0] for row in self._connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return [name for name in names if name in MARKERS or name.startswith(STAGED)]

    def _has(self, name: str) -> bool:
        return bool(self._one("SELECT count(*) FROM sqlite_schema WHERE name = ?", OURS + name))

    def _one(self, sql: str, *parameters: str) -> int:
        return int(self._connection.execute(sql, parameters).fetchone()[0])

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise TargetError(f"the target cannot be read: {sentence(error)}", code=code(error)) from None

    @contextmanager
    def _transaction(
        self, what: str, raised: type[DatabaseError] = TargetError, table: TableName | None = None
    ) -> Iterator[None]:
        """Commit at the end, roll back on any error; SQLite's errors become ours."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            text = f"{what}: {sentence(error)}"
            refused = constraint(error)
            text += f" ({refused})" if refused else ""
            raise raised(text, table=table, constraint=refused, code=code(error)) from None
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
