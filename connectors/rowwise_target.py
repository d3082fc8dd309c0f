"""The write side of databases whose driver speaks in rows: marker, chunks, steps and switches, by the dialect's `RowText`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pyarrow as pa

from connectors.database import Chunk, Issue, Marker, State, Statement, Writer, Written
from connectors.errors import DatabaseError, DdlError, TargetError, WriteError
from connectors.names import TableName
from connectors.rowwise import PARAMETER, RESERVED, Session, Switch
from connectors.schema import Schema, Table
from connectors.steps import carried_out

_P = PARAMETER


class RowTarget:
    """For one run at a time."""

    def __init__(self, session: Session, schema: Schema) -> None:
        self._session, self._text, self._found = session, session.text, schema

    def marker(self) -> Marker | None:
        rows = self._rows("marker", "run, fingerprint, state, source, started, fresh, version")
        if not rows:
            return None
        run, fingerprint, state, source, started, fresh, version = rows[0]
        return Marker(run, fingerprint, State(state), source, started, bool(int(fresh)), version)

    def occupied(self) -> tuple[TableName, ...]:
        with self._session.mapping("the tables of the target cannot be counted", TargetError):
            return tuple(
                table.name for table in self._found.tables if self._session.select(self._text.first(table.name))
            )

    def claim(self, marker: Marker) -> None:
        held = self.marker()
        if held is not None and held.run != marker.run and held.state is State.LOADING:
            raise TargetError(f"run {held.run} is loading this target; finish it, or release the target first")
        with self._session.mapping("the target cannot be claimed", TargetError), self._session.transaction():
            for name, definition in self._text.marker_tables().items():
                if not self._exists(name):
                    self._session.run(definition)
            if held is not None and held.run != marker.run:
                self._session.run(f"DELETE FROM {self._ours('chunk')}")
                self._session.run(f"DELETE FROM {self._ours('step')}")
            self._session.run(f"DELETE FROM {self._ours('marker')}")
            self._insert(
                "marker", 1, marker.run, marker.fingerprint, State.LOADING.value, marker.source, marker.started,
                int(marker.fresh), marker.version,
            )  # fmt: skip

    def set_state(self, state: State) -> None:
        with self._session.mapping("the state of the target cannot be written", TargetError):
            with self._session.transaction():
                self._session.run(f"UPDATE {self._ours('marker')} SET {self._text.quote('state')} = {_P}", state.value)
            if state is State.COMPLETE:
                self._drop("chunk", "step", "undo")

    def reconnect(self) -> None:
        """Cannot be done here: only tells whether the connection is there."""
        self.marker()

    def writer(self) -> AbstractContextManager[Writer]:
        raise TargetError("this database is loaded over one connection")

    def forget(self, table: Table) -> None:
        """`begin` has switched triggers and foreign keys off before."""
        quote = self._text.quote
        where = f"{quote('table_schema')} = {_P} AND {quote('table_name')} = {_P}"
        with (
            self._session.mapping(f"{table.name} cannot be emptied", WriteError, table.name),
            self._session.transaction(),
        ):
            self._session.run(f"DELETE FROM {self._text.relation(table.name)}")
            self._session.run(
                f"DELETE FROM {self._ours('chunk')} WHERE {where}", table.name.schema or " ", table.name.name
            )

    def execute(self, statements: Sequence[Statement]) -> list[Issue]:
        return carried_out(statements, self._step)

    def begin(self, schema: Schema, *, fresh: bool) -> str:
        if fresh:
            return "constraints after data"
        with self._session.mapping("the constraints of the target cannot be switched off", TargetError):
            self._switch_off(self._text.switches(schema, self._session.select))
        return "constraints and triggers disabled, and enabled again with a check of the rows"

    def done(self) -> dict[tuple[TableName, int], int]:
        rows = self._rows("chunk", "table_schema, table_name, ordinal, row_count")
        return {
            (TableName(name, schema.strip() or None), int(ordinal)): int(count) for schema, name, ordinal, count in rows
        }

    def write(self, table: Table, chunk: Chunk, batches: Iterable[pa.RecordBatch]) -> Written:
        repeated = self.done().get((table.name, chunk.ordinal))
        if repeated is not None:
            return Written(repeated, repeated=True)
        rows = 0
        with (
            self._session.mapping(f"{table.name} was not loaded", WriteError, table.name),
            self._session.transaction(),
        ):
            for batch in batches:
                self._text.insert(self._session.connection, table, batch)
                rows += batch.num_rows
            self._insert("chunk", table.name.schema or " ", table.name.name, chunk.ordinal, rows)
        return Written(rows)

    def finish(self, schema: Schema, *, fresh: bool) -> list[Issue]:
        issues = self._restore()
        for table in schema.tables:
            for column in table.columns:
                if column.identity and (highest := self._highest(table.name, column.name)) is not None:
                    self._each(self._text.advance(table, column, highest), f"the counter of {table.name} cannot be set")
        for sequence in schema.sequences:
            if sequence.owner and (highest := self._highest(*sequence.owner)) is not None:
                text = self._text.advance_sequence(sequence.name, highest)
                self._each([text], f"the sequence {sequence.name} cannot be set")
        return issues

    def empty(self, tables: Sequence[Table]) -> None:
        schema = Schema(self._found.dialect, self._found.default_schema, tuple(tables))
        with self._session.mapping("the tables of the target cannot be emptied", WriteError):
            self._switch_off(self._text.switches(schema, self._session.select))
            with self._session.transaction():
                for table in tables:
                    self._session.run(f"DELETE FROM {self._text.relation(table.name)}")
        self._restore()

    def drop(self, schema: Schema) -> None:
        self._each(self._text.drop(schema), "the tables of the target cannot be dropped")

    def release(self) -> None:
        self._restore()
        self._drop("chunk", "step", "undo", "marker")

    def _step(self, statement: Statement) -> None:
        """Run it unless it is done; one that was begun and is there counts as done."""
        doing = f"{statement.kind} {statement.name} cannot be made"
        identifier = hashlib.sha256(f"{statement.phase}\0{statement.name}\0{statement.sql}".encode()).hexdigest()
        state = {row[0]: row[1] for row in self._rows("step", "id, state")}.get(identifier)
        if state == "done":
            return
        with self._session.mapping(doing, DdlError, statement.table):
            if state is None:
                with self._session.transaction():
                    self._insert("step", identifier, statement.name, "started")
            try:
                with self._session.mapping(doing, DdlError, statement.table), self._session.transaction():
                    self._session.run(statement.sql)
            except DdlError as error:
                if state is None or error.code not in self._text.exists:
                    raise
            with self._session.transaction():
                quote = self._text.quote
                self._session.run(
                    f"UPDATE {self._ours('step')} SET {quote('state')} = 'done' WHERE {quote('id')} = {_P}", identifier
                )

    def _switch_off(self, switches: Sequence[Switch]) -> None:
        """Each with its undo row, behind those that a crashed run may have left."""
        first = 1 + max((int(row[0]) for row in self._rows("undo", "position")), default=-1)
        for position, switch in enumerate(switches, first):
            with self._session.transaction():
                self._insert("undo", position, switch.name, switch.on, switch.otherwise or "")
                self._session.run(switch.off)

    def _restore(self) -> list[Issue]:
        issues = []
        for position, name, statement, otherwise in sorted(self._rows("undo", "position, name, statement, otherwise")):
            issues += self._switch_on(Switch("", statement, otherwise or None, name))
            forget = f"DELETE FROM {self._ours('undo')} WHERE {self._text.quote('position')} = {_P}"
            doing = "the ledger of the target cannot be written"
            with self._session.mapping(doing, TargetError), self._session.transaction():
                self._session.run(forget, position)
        return issues

    def _switch_on(self, switch: Switch) -> list[Issue]:
        try:
            self._each([switch.on], f"{switch.name} cannot be switched on")
        except DatabaseError as error:
            if switch.otherwise is None:
                return [Issue("not-switched-on", f"{error}.", "Switch it on by hand in the target.")]
            self._each([switch.otherwise], f"{switch.name} cannot be switched on")
            message = f"{switch.name} is on again for new rows; rows that are there break it."
            return [Issue("constraint-not-validated", message, "Compare the orphans of source and target.")]
        return []

    def _each(self, statements: Sequence[str], doing: str) -> None:
        with self._session.mapping(doing, TargetError), self._session.transaction():
            for statement in statements:
                self._session.run(statement)

    def _highest(self, table: TableName, column: str) -> int | None:
        with self._session.mapping(f"{table} cannot be read", WriteError, table):
            value = self._session.select(f"SELECT MAX({self._text.quote(column)}) FROM {self._text.relation(table)}")[
                0
            ][0]
        return None if value is None else int(value)

    def _rows(self, name: str, columns: str) -> list[tuple[Any, ...]]:
        """The rows of one of our tables; none where it does not exist."""
        with self._session.mapping("the marker of the target cannot be read", TargetError):
            if not self._exists(RESERVED + name):
                return []
            return self._session.select(f"SELECT {self._text.columns(columns.split(', '))} FROM {self._ours(name)}")

    def _insert(self, name: str, *values: object) -> None:
        self._session.run(f"INSERT INTO {self._ours(name)} VALUES ({', '.join([_P] * len(values))})", *values)

    def _exists(self, name: str) -> bool:
        return bool(self._session.select(self._text.table_exists(name))[0][0])

    def _drop(self, *names: str) -> None:
        with (
            self._session.mapping("the marker of the target cannot be removed", TargetError),
            self._session.transaction(),
        ):
            for name in names:
                if self._exists(RESERVED + name):
                    self._session.run(f"DROP TABLE {self._ours(name)}")

    def _ours(self, name: str) -> str:
        return self._text.relation(TableName(RESERVED + name))
