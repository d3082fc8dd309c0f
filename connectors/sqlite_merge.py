"""Rows that join those of a SQLite file: staged beside its tables, then merged and marked in one transaction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from connectors.database import Chunk, Issue, Marker, State, Written
from connectors.errors import WriteError
from connectors.merge_sql import ASIDE, HELD, MergeText, merge_staged, plain_uniques
from connectors.merging import Beside, Incoming, Merge, Merged, is_merged, refuse_changed, renamed
from connectors.names import TableName, parse_table_name
from connectors.schema import Schema, Table
from connectors.sqlite_describe import OURS, STAGED
from connectors.sqlite_errors import code, constraint, sentence
from connectors.sqlite_target import LEDGER, SQLiteTarget

STRATEGY = "staged, then merged in one transaction"
_MERGED = "tbl TEXT PRIMARY KEY, inserted INTEGER, updated INTEGER, kept INTEGER, reserved INTEGER, orphans TEXT"


class SQLiteStaging(Beside, SQLiteTarget):
    """For one run at a time. Its chunk rows name the tables that the staged rows are for."""

    def marker(self) -> Marker | None:
        own = super().marker()
        with self._reading():
            staged = self._staged()
        return own if staged is None or (own is not None and own.run == staged.run) else staged

    def claim(self, marker: Marker) -> None:
        with self._transaction("the target cannot be claimed"):
            staged = self._staged()
            if staged is not None and staged.run != marker.run:
                self._clear()
            for name, columns in (("chunk", LEDGER["chunk"]), ("staging", LEDGER["marker"])):
                self._connection.execute(f"CREATE TABLE IF NOT EXISTS {OURS}{name} ({columns})")
            self._connection.execute(f"DELETE FROM {OURS}staging")
            self._mark("staging", replace(marker, state=State.LOADING))

    def set_state(self, state: State) -> None:
        with self._transaction("the state of what is staged cannot be written"):
            self._connection.execute(f"UPDATE {OURS}staging SET state = ?", (state.value,))

    def begin(self, schema: Schema, *, fresh: bool) -> str:
        with self._transaction("the staging tables cannot be made"):
            for table in schema.tables:
                self._make_stage(table, [column.name for column in table.stored])
        return STRATEGY

    def done(self) -> dict[tuple[TableName, int], int]:
        with self._reading():
            return super().done() if self._staged() is not None else {}

    def write(self, table: Table, chunk: Chunk, batches: Iterable[pa.RecordBatch]) -> Written:
        try:
            return super().write(table, chunk, batches)
        except WriteError as error:
            raise renamed(error, staged_name(table.name), table.name) from None

    def finish(self, schema: Schema, *, fresh: bool) -> list[Issue]:
        return []

    def forget(self, table: Table) -> None:
        with self._transaction(f"what is staged for {table.name} cannot be emptied"):
            self._connection.execute(f"DELETE FROM {self._stage(table.name)}")
            self._connection.execute(f"DELETE FROM {OURS}chunk WHERE tbl = ?", (str(table.name),))

    def release(self) -> None:
        """The target is as if nothing had been staged."""
        with self._transaction("the staging tables cannot be dropped"):
            self._clear()

    def merge(self, order: Merge) -> Mapping[TableName, Merged]:
        if is_merged(super().marker(), order):
            return self.merged()
        with self._transaction("the rows cannot be merged"):
            refuse_changed(self._marker(), order.before)
            text = MergeText(self._sql, self._stage)
            for part in order.incoming:
                self._make_ready(part)
            with self._without_triggers([part.table for part in order.incoming]):
                merged = merge_staged(_Statements(self._connection), text, order)
            for part in order.incoming:
                if self._counts(part.table):
                    self._advance(part.table)
            if order.marker is not None:
                self._tell(merged)
                self._connection.execute(f"CREATE TABLE IF NOT EXISTS {OURS}marker ({LEDGER['marker']})")
                self._connection.execute(f"DELETE FROM {OURS}marker")
                self._mark("marker", replace(order.marker, state=State.COMPLETE))
            self._clear()
        return merged

    def merged(self) -> Mapping[TableName, Merged]:
        with self._reading():
            rows = self._connection.execute(f"SELECT * FROM {OURS}merged").fetchall() if self._has("merged") else []
        return {
            parse_table_name(name): Merged(i, u, k, r, orphans=json.loads(orphans))
            for name, i, u, k, r, orphans in rows
        }

    def _placed(self, table: Table) -> Table:
        return replace(table, name=staged_name(table.name))

    def _stage(self, name: TableName, purpose: str = "") -> str:
        return self._sql.relation(staged_name(name, purpose))

    def _make_ready(self, part: Incoming) -> None:
        """The tables of reserved keys and of rows that change places, and an index for the search of the latter."""
        if not part.key:
            return
        self._make_stage(part.table, part.key, HELD)
        if plain_uniques(part):
            self._make_stage(part.table, [column.name for column in part.table.stored], ASIDE)
            index, stage = self._sql.quote(staged_name(part.table.name, "key").name), self._stage(part.table.name)
            self._connection.execute(f"CREATE INDEX {index} ON {stage} ({self._sql.columns(part.key)})")

    def _make_stage(self, table: Table, columns: Sequence[str], purpose: str = "") -> None:
        """Each column of its table's affinity, so that a value is stored there as in the end."""
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self._stage(table.name, purpose)} AS "
            f"SELECT {self._sql.columns(columns)} FROM {self._sql.relation(table.name)} WHERE 0"
        )

    def _staged(self) -> Marker | None:
        if not self._has("staging"):
            return None
        row = self._connection.execute(f"SELECT * FROM {OURS}staging").fetchone()
        if row is None:
            return None
        run, fingerprint, state, source, started, fresh, version = row
        return Marker(run, fingerprint, State(state), source, started, bool(fresh), version)

    def _mark(self, name: str, marker: Marker) -> None:
        values = (marker.run, marker.fingerprint, marker.state.value, marker.source, marker.started)
        self._connection.execute(
            f"INSERT INTO {OURS}{name} VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, int(marker.fresh), marker.version)
        )

    def _tell(self, merged: Mapping[TableName, Merged]) -> None:
        self._connection.execute(f"CREATE TABLE IF NOT EXISTS {OURS}merged ({_MERGED})")
        self._connection.execute(f"DELETE FROM {OURS}merged")
        self._connection.executemany(
            f"INSERT INTO {OURS}merged VALUES (?, ?, ?, ?, ?, ?)",
            [
                (str(name), m.inserted, m.updated, m.kept, m.reserved, json.dumps(dict(m.orphans)))
                for name, m in merged.items()
            ],
        )

    def _clear(self) -> None:
        """Inside a transaction."""
        for name in self._ours():
            if name.startswith(STAGED) or name in (OURS + "staging", OURS + "chunk"):
                self._connection.execute(f"DROP TABLE {self._sql.quote(name)}")


class _Statements:
    """SQLite's own errors name the table here; the transaction around would not know it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, table: Table, sql: str) -> int:
        return self._execute(table, sql).rowcount

    def number(self, table: Table, sql: str) -> int:
        return int(self._execute(table, sql).fetchone()[0])

    def _execute(self, table: Table, sql: str) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql)
        except sqlite3.Error as error:
            refused = constraint(error)
            text = f"{table.name} was not merged: {sentence(error)}" + (f" ({refused})" if refused else "")
            raise WriteError(text, table=table.name, constraint=refused, code=code(error)) from None


def staged_name(name: TableName, purpose: str = "") -> TableName:
    """The staging table of a table; a purpose makes it another one."""
    digest = hashlib.blake2b(f"{purpose}\0{name}".encode(), digest_size=10).hexdigest()
    return TableName(f"{STAGED}{digest}")
