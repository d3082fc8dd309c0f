"""Rows that join those of MySQL and MariaDB: staged beside the tables, then merged and marked in one transaction.

Triggers cannot be switched off here, so they are dropped for the merge, their text ledgered first, and made again behind it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace

import pyarrow as pa
from pymysql import err

from connectors.database import Chunk, Issue, Marker, State, Written
from connectors.errors import TargetError, WriteError
from connectors.merge_sql import ASIDE, HELD, MergeText, merge_staged, plain_uniques
from connectors.merging import Beside, Incoming, Merge, Merged, is_merged, refuse_changed, renamed
from connectors.my_connect import mapped
from connectors.my_marker import STAGED
from connectors.my_target import MySqlTarget
from connectors.my_wire import Wire, literal
from connectors.names import TableName
from connectors.schema import Kind, Schema, Table

STRATEGY = "staged, then merged in one transaction"
_NO_INDEX = {1061, 1071, 1170}
"""It is there already; columns that are too long for one, or of a type that is indexed only by its first characters."""


class MySqlStaging(Beside, MySqlTarget):
    """One session: the one that has claimed the staging, or a further one that only writes chunks."""

    def marker(self) -> Marker | None:
        with self._mapping("the marker of the target cannot be read"):
            own, staged = self._ledger.marker(), self._ledger.marker("staging")
            return own if staged is None or (own is not None and own.run == staged.run) else staged

    def claim(self, marker: Marker) -> None:
        with self._mapping("the target cannot be claimed"):
            if not self._ledger.lock():
                raise TargetError("another process is loading this target now")
            staged = self._ledger.marker("staging")
            if staged is not None and staged.run != marker.run:
                self._restore()
                self._ledger.forget_staged()
            self._ledger.make("marker", "chunk", "undo", "merged", "staging")
            self._ledger.mark(replace(marker, state=State.LOADING), "staging")
        self._claimed = True

    def set_state(self, state: State) -> None:
        with self._mapping("the state of what is staged cannot be written"):
            if (staged := self._ledger.marker("staging")) is not None:
                self._ledger.mark(replace(staged, state=state), "staging")

    def begin(self, schema: Schema, *, fresh: bool) -> str:
        """Make the staging tables: columns of the same types and character sets, no constraints."""
        with self._mapping("the staging tables cannot be made"):
            for table in schema.tables:
                self._make_stage(table, [column.name for column in table.stored])
        return STRATEGY

    def done(self) -> dict[tuple[TableName, int], int]:
        with self._mapping("the chunks of the target cannot be read"):
            return self._ledger.chunks() if self._ledger.marker("staging") is not None else {}

    def write(self, table: Table, chunk: Chunk, batches: Iterable[pa.RecordBatch]) -> Written:
        try:
            return super().write(table, chunk, batches)
        except WriteError as error:
            raise renamed(error, staged_name(table.name), table.name) from None

    @contextmanager
    def writer(self) -> Iterator[MySqlStaging]:
        further = MySqlStaging(self._dial, self._sql, self._database, counts_nulls=self._counts_nulls)
        with closing(further):
            yield further

    def forget(self, table: Table) -> None:
        with (
            self._mapping(f"what is staged for {table.name} cannot be emptied", WriteError, table),
            self._transaction(),
        ):
            self._wire.run(f"DELETE FROM {self._stage(table.name)}")
            self._ledger.forget_chunks(table.name)

    def finish(self, schema: Schema, *, fresh: bool) -> list[Issue]:
        with self._mapping("the marker of the target cannot be read"):
            merged = self._ledger.marker("staging") is None and self._ledger.marker() is not None
        return super().finish(schema, fresh=fresh) if merged else []

    def release(self) -> None:
        """The target is as if nothing had been staged."""
        with self._mapping("the staging tables cannot be dropped"):
            self._restore()
            self._ledger.forget_staged()

    def merge(self, order: Merge) -> Mapping[TableName, Merged]:
        with self._mapping("the rows cannot be merged"):
            if is_merged(self._ledger.marker(), order):
                self._ledger.forget_staged()
                return self._ledger.merged()
            for part in order.incoming:
                self._make_ready(part)
            self._drop_triggers({part.table.name.name for part in order.incoming})
            try:
                merged = self._merged(order)
            except BaseException:
                with suppress(err.MySQLError):
                    self._restore()
                raise
            self._ledger.forget_staged()
        return merged

    def merged(self) -> Mapping[TableName, Merged]:
        with self._mapping("what the last merge did cannot be read"):
            return self._ledger.merged()

    def _merged(self, order: Merge) -> dict[TableName, Merged]:
        # Whatever this transaction reads stays as it is until its end: others may read it, and change it later.
        self._wire.run("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        with self._transaction():
            refuse_changed(self._ledger.marker(), order.before)
            merged = merge_staged(_Statements(self._wire), MyMergeText(self._sql, self._stage), order)
            if order.marker is not None:
                self._ledger.tell(merged)
                self._ledger.mark(replace(order.marker, state=State.COMPLETE))
        return merged

    def _make_ready(self, part: Incoming) -> None:
        """The tables of reserved keys and of rows that change places, and an index for the search of the latter: DDL, so before the
        transaction."""
        if not part.key:
            return
        for purpose in (HELD, ASIDE):
            self._wire.run(f"DROP TABLE IF EXISTS {self._stage(part.table.name, purpose)}")
        self._make_stage(part.table, part.key, HELD)
        if plain_uniques(part):
            self._make_stage(part.table, [column.name for column in part.table.stored], ASIDE)
            self._index(self._stage(part.table.name), self._sql.columns(part.key))

    def _make_stage(self, table: Table, columns: Sequence[str], purpose: str = "") -> None:
        self._wire.run(
            f"CREATE TABLE IF NOT EXISTS {self._stage(table.name, purpose)} ENGINE=InnoDB "
            f"AS SELECT {self._sql.columns(columns) or 'NULL AS nothing'} FROM {self._sql.relation(table.name)} WHERE FALSE"
        )

    def _index(self, stage: str, columns: str) -> None:
        try:
            self._wire.run(f"ALTER TABLE {stage} ADD INDEX lookalike_key ({columns})")
        except err.MySQLError as error:
            if error.args[0] not in _NO_INDEX:
                raise

    def _placed(self, table: Table) -> Table:
        return replace(table, name=staged_name(table.name))

    def _stage(self, name: TableName, purpose: str = "") -> str:
        return self._sql.relation(staged_name(name, purpose))


class MyMergeText(MergeText):
    def literal(self, table: Table, column: str, text: str) -> str:
        # Against a text a whole number would be compared as a float.
        whole = table.column(column).kind is Kind.INTEGER and text.lstrip("-").isdecimal()
        return text if whole else literal(text)

    def update(self, part: Incoming, columns: Sequence[str]) -> str:
        quote = self.sql.quote
        return (
            f"UPDATE {self.rows(part.table)} t JOIN {self.staged(part.table.name)} s ON {self.same('t', 's', part.key)} "
            f"SET {', '.join(f't.{quote(c)} = s.{quote(c)}' for c in columns)}"
        )

    def _delete(self, table: Table) -> str:
        return f"DELETE t FROM {self.rows(table)} t"


class _Statements:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def run(self, table: Table, sql: str) -> int:
        try:
            return self._wire.run(sql)
        except err.MySQLError as error:
            raise mapped(error, WriteError, f"{table.name} was not merged", table) from None

    def number(self, table: Table, sql: str) -> int:
        try:
            return int(self._wire.value(sql))
        except err.MySQLError as error:
            raise mapped(error, WriteError, f"{table.name} was not merged", table) from None


def staged_name(name: TableName, purpose: str = "") -> TableName:
    """The staging table of a table; a purpose makes it another one."""
    digest = hashlib.blake2b(f"{purpose}\0{name}".encode(), digest_size=10).hexdigest()
    return TableName(f"{STAGED}{digest}")
