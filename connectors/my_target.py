"""The write side of MySQL and MariaDB. Loading is transactional, DDL is not: each step is ledgered before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cached_property

import pyarrow as pa
from pymysql import err

from connectors.database import Chunk, Issue, Marker, State, Statement, Written
from connectors.errors import DatabaseError, DdlError, Lost, TargetError, WriteError
from connectors.my_bulk import Bulk
from connectors.my_connect import SQL_MODE, mapped
from connectors.my_ddl import modes_of, without_definer
from connectors.my_describe import RESERVED
from connectors.my_marker import Ledger
from connectors.my_sql import MySqlText
from connectors.my_wire import PARAMETER, Wire
from connectors.names import TableName
from connectors.schema import Schema, Table
from connectors.steps import carried_out

_EXISTS = {1050, 1061, 1304, 1359, 1537, 1826, 4092, 4127}
"""Table, key, routine, trigger, event, constraint, view, sequence: it is there already."""


class MySqlTarget:
    """One session, opened by `dial`: the one that claims the target, or a further one that only writes chunks."""

    def __init__(self, dial: Callable[[], Wire], sql: MySqlText, database: str, *, counts_nulls: bool) -> None:
        self._dial, self._sql, self._database = dial, sql, database
        self._counts_nulls, self._claimed = counts_nulls, False
        self._open()

    def _open(self) -> None:
        self._wire = wire = self._dial()
        self._ledger = Ledger(wire)
        # Fresh tables get their foreign keys before or after any row, source orphans included: `verify` counts those.
        wire.run("SET SESSION foreign_key_checks = 0")
        # The source made these tables once, so wide rows and old formats pass here too; not every login may say so.
        with suppress(err.MySQLError):
            wire.run("SET SESSION innodb_strict_mode = 0")

    def close(self) -> None:
        with suppress(err.MySQLError):
            self._wire.close()

    def marker(self) -> Marker | None:
        with self._mapping("the marker of the target cannot be read"):
            return self._ledger.marker()

    def occupied(self) -> tuple[TableName, ...]:
        with self._mapping("the tables of the target cannot be counted"):
            rows = self._wire.select(
                "SELECT TABLE_NAME FROM information_schema.TABLES"
                f" WHERE TABLE_SCHEMA = {PARAMETER} AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
                self._database,
            )
            names = sorted(TableName(row[0]) for row in rows if not row[0].startswith(RESERVED))
            return tuple(
                name for name in names if self._wire.select(f"SELECT 1 FROM {self._sql.relation(name)} LIMIT 1")
            )

    def claim(self, marker: Marker) -> None:
        with self._mapping("the target cannot be claimed"):
            self._ledger.claim(marker)
        self._claimed = True

    def reconnect(self) -> None:
        with self._mapping("the connection to the target cannot be opened again"):
            try:
                self._wire.ping(reconnect=False)
            except err.MySQLError:
                self.close()
                self._open()
                if self._claimed and not self._ledger.lock():
                    raise Lost("the connection before still holds the target") from None

    @contextmanager
    def writer(self) -> Iterator[MySqlTarget]:
        further = MySqlTarget(self._dial, self._sql, self._database, counts_nulls=self._counts_nulls)
        with closing(further):
            yield further

    def forget(self, table: Table) -> None:
        """By DELETE, which a transaction can hold together with the chunk rows; `begin` has dropped the triggers before."""
        with self._mapping(f"{table.name} cannot be emptied", WriteError, table), self._transaction():
            self._wire.run(f"DELETE FROM {self._sql.relation(table.name)}")
            self._ledger.forget_chunks(table.name)

    def set_state(self, state: State) -> None:
        with self._mapping("the state of the target cannot be written"):
            self._ledger.set_state(state)

    def execute(self, statements: Sequence[Statement]) -> list[Issue]:
        return carried_out(statements, self._step)

    def begin(self, schema: Schema, *, fresh: bool) -> str:
        words = ["foreign_key_checks=0"]
        if not fresh:
            with self._mapping("the triggers of the target cannot be switched off"):
                self._drop_triggers({table.name.name for table in schema.tables})
            words.append("triggers dropped and made again")
        if not self._local:
            words.append("INSERT, for the server forbids LOAD DATA LOCAL")
        return ", ".join(words)

    def done(self) -> dict[tuple[TableName, int], int]:
        with self._mapping("the chunks of the target cannot be read"):
            return self._ledger.chunks()

    def write(self, table: Table, chunk: Chunk, batches: Iterable[pa.RecordBatch]) -> Written:
        doing = f"{table.name} was not loaded"
        with self._mapping(doing, WriteError, table):
            rows = self._ledger.chunk_rows(table.name, chunk.ordinal)
        if rows is not None:
            return Written(rows, repeated=True)
        bulk = Bulk(
            self._wire, self._sql, self._placed(table), counts_nulls=self._counts_nulls, max_packet=self._max_packet
        )
        with self._mapping(doing, WriteError, table), self._transaction():
            rows = bulk.load(batches) if self._local else bulk.insert(batches)
            if not self._ledger.record(table.name, chunk.ordinal, rows, bulk.digest):
                raise Lost(f"another connection of this run has loaded the chunk of {table.name}", table=table.name)
        return Written(rows)

    def finish(self, schema: Schema, *, fresh: bool) -> list[Issue]:
        """Triggers as they were, auto-increments and sequences past the data. Old rows are not checked by the server when
        foreign keys come back on: `verify` counts orphans."""
        with self._mapping("the triggers of the target cannot be made again"):
            issues = self._restore()
        for table in schema.tables:
            for column in table.columns:
                if column.identity:
                    issues += self._advance(table, column.name)
        for sequence in schema.sequences:
            if sequence.owner and (highest := self._highest(*sequence.owner)) is not None:
                with self._mapping(f"the sequence {sequence.name} cannot be set"):
                    self._wire.select(f"SELECT SETVAL({self._sql.relation(sequence.name)}, {highest})")
        return issues

    def empty(self, tables: Sequence[Table]) -> None:
        for table in tables:
            # Not DELETE, which would fire the user's triggers.
            with self._mapping(f"{table.name} cannot be emptied", WriteError, table):
                self._wire.run(f"TRUNCATE TABLE {self._sql.relation(table.name)}")

    def drop(self, schema: Schema) -> None:
        groups = (("VIEW", schema.views), ("TABLE", schema.tables), ("SEQUENCE", schema.sequences))
        with self._mapping("the tables of the target cannot be dropped", DdlError):
            for kind, objects in groups:
                for dropped in objects:
                    self._wire.run(f"DROP {kind} IF EXISTS {self._sql.relation(dropped.name)}")

    def release(self) -> None:
        with self._mapping("the marker of the target cannot be removed"):
            self._restore()
            self._ledger.release()

    def _placed(self, table: Table) -> Table:
        """Where the rows of this table go: into itself."""
        return table

    @cached_property
    def _local(self) -> bool:
        return bool(int(self._wire.value("SELECT @@global.local_infile")))

    @cached_property
    def _max_packet(self) -> int:
        return int(self._wire.value("SELECT @@max_allowed_packet"))

    def _step(self, statement: Statement) -> None:
        """Run it unless it is done. DDL commits by itself, so a step that was begun and is there counts as done."""
        with self._mapping(f"{statement.kind} {statement.name} cannot be made", DdlError, statement.table):
            state = self._ledger.step(statement)
            if state == "done":
                return
            if state is None:
                self._ledger.set_step(statement, "started")
            try:
                self._run_in_modes(statement.sql, modes_of(statement.sql))
            except err.MySQLError as error:
                number = error.args[0] if error.args else 0
                if state is None or number not in _EXISTS:
                    raise
            self._ledger.set_step(statement, "done")

    def _run_in_modes(self, sql: str, modes: str | None) -> None:
        """Under the SQL modes that a program was written for: they decide what its quotes and bars mean."""
        if modes is None:
            self._wire.run(sql)
            return
        self._wire.run(f"SET SESSION sql_mode = {PARAMETER}", modes)
        try:
            self._wire.run(sql)
        finally:
            self._wire.run(f"SET SESSION sql_mode = {PARAMETER}", SQL_MODE)

    def _drop_triggers(self, tables: set[str]) -> None:
        rows = self._wire.select(
            f"SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = {PARAMETER}"
            " ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER",
            self._database,
        )
        for name, table in rows:
            if table in tables:
                quoted = self._sql.quote(name)
                _, modes, definition, *_ = self._wire.select(f"SHOW CREATE TRIGGER {quoted}")[0]
                self._ledger.keep("trigger", name, modes, definition)
                self._wire.run(f"DROP TRIGGER {quoted}")

    def _restore(self) -> list[Issue]:
        """Make the dropped triggers again, those of a crashed run too."""
        issues = []
        for position, name, modes, definition in self._ledger.kept():
            try:
                self._make_trigger(name, modes, definition)
            except err.MySQLError as error:
                words = _unless_lost(mapped(error, DdlError, f"trigger {name} was not made again"))
                issues.append(Issue("trigger-lost", f"{words}.", f"Its text is in {RESERVED}undo of the target."))
                continue
            self._ledger.forget(position)
        return issues

    def _make_trigger(self, name: str, modes: str, definition: str) -> None:
        try:
            self._run_in_modes(definition, modes)
        except err.MySQLError as error:
            if error.args[0] in _EXISTS:
                return
            # Another definer takes a right that a loading login seldom has: then it is ours.
            self._run_in_modes(without_definer(definition), modes)

    def _advance(self, table: Table, column: str) -> list[Issue]:
        highest = self._highest(table.name, column)
        if highest is None or highest < 0:
            return []
        try:
            self._wire.run(f"ALTER TABLE {self._sql.relation(table.name)} AUTO_INCREMENT = {highest + 1}")
        except err.MySQLError as error:
            words = _unless_lost(mapped(error, DdlError, f"the auto-increment of {table.name} was not set"))
            return [Issue("auto-increment", f"{words}.", "Set it by ALTER TABLE.", table=table.name, column=column)]
        return []

    def _highest(self, table: TableName, column: str) -> int | None:
        with self._mapping(f"{table} cannot be read", WriteError, table):
            value = self._wire.value(f"SELECT MAX({self._sql.quote(column)}) FROM {self._sql.relation(table)}")
        return None if value is None else int(float(value)) if "." in value or "e" in value else int(value)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._wire.run("START TRANSACTION")
        try:
            yield
            self._wire.run("COMMIT")
        except BaseException:
            with suppress(err.MySQLError):
                self._wire.run("ROLLBACK")
            raise

    @contextmanager
    def _mapping(
        self, doing: str, kind: type[DatabaseError] = TargetError, table: Table | TableName | None = None
    ) -> Iterator[None]:
        """The driver's errors become ours, without the values that they quote."""
        try:
            yield
        except err.MySQLError as error:
            raise mapped(error, kind, doing, table) from None


def _unless_lost(error: DatabaseError) -> str:
    """What went wrong, for an Issue; a connection that went away is none."""
    if isinstance(error, Lost):
        raise error from None
    return str(error)
