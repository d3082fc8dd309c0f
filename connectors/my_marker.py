"""The four tables by which a run owns a target, under a reserved prefix: marker, committed chunks, DDL steps, what to undo."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pymysql import err

from connectors.database import Marker, State, Statement
from connectors.errors import TargetError
from connectors.merging import Merged
from connectors.my_describe import RESERVED
from connectors.my_wire import PARAMETER, Wire
from connectors.names import TableName

_P = PARAMETER
STAGED = RESERVED + "s_"
"""Begins the names of staging tables."""
_NO_TABLE = 1146
LOCK_TIMEOUT = 10
"""Seconds: a killed run's session may still be ending; a living one holds the lock for longer."""
_OPTIONS = "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
_TABLES = {
    "marker": "id TINYINT PRIMARY KEY, run VARCHAR(128) NOT NULL, fingerprint VARCHAR(256) NOT NULL,"
    " state VARCHAR(16) NOT NULL, source VARCHAR(256) NOT NULL, started VARCHAR(64) NOT NULL, fresh TINYINT NOT NULL,"
    " version VARCHAR(64) NOT NULL",
    "chunk": "table_schema VARCHAR(64) NOT NULL, table_name VARCHAR(64) NOT NULL, ordinal INT NOT NULL,"
    " row_count BIGINT NOT NULL, digest CHAR(32) NOT NULL, PRIMARY KEY (table_schema, table_name, ordinal)",
    "step": "id CHAR(64) PRIMARY KEY, name TEXT NOT NULL, state VARCHAR(8) NOT NULL",
    "merged": "table_schema VARCHAR(64) NOT NULL, table_name VARCHAR(64) NOT NULL, inserted BIGINT NOT NULL,"
    " updated BIGINT NOT NULL, kept BIGINT NOT NULL, reserved BIGINT NOT NULL, orphans TEXT NOT NULL,"
    " PRIMARY KEY (table_schema, table_name)",
    "undo": "position INT AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(16) NOT NULL, name VARCHAR(64) NOT NULL,"
    " modes TEXT NOT NULL, statement LONGTEXT NOT NULL",
}


class Ledger:
    """Reads and writes these tables; every method commits on its own, save `record`, which belongs to a chunk."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def marker(self, name: str = "marker") -> Marker | None:
        """The mark of the target, or that of its `staging`."""
        rows = self._rows(
            f"SELECT run, fingerprint, state, source, started, fresh, version FROM `{RESERVED}{name}` WHERE id = 1"
        )
        if not rows:
            return None
        run, fingerprint, state, source, started, fresh, version = rows[0]
        return Marker(run, fingerprint, State(state), source, started, fresh == "1", version)

    def claim(self, marker: Marker) -> None:
        """Write the marker and keep every other session from claiming or loading while this one lives."""
        if not self.lock():
            raise TargetError("another process is loading this target now")
        held = self.marker()
        if held is not None and held.run != marker.run and held.state is State.LOADING:
            raise TargetError(f"run {held.run} is loading this target; finish it, or release the target first")
        if held is not None and held.run != marker.run:
            # What the other run took away and did not give back is still to be made again.
            self._drop("chunk", "step")
        self.make("marker", "chunk", "step", "undo")
        self.mark(replace(marker, state=State.LOADING))

    def mark(self, marker: Marker, name: str = "marker") -> None:
        self._wire.run(
            f"REPLACE INTO `{RESERVED}{name}` VALUES (1, {', '.join([_P] * 7)})",
            marker.run, marker.fingerprint, marker.state.value, marker.source, marker.started, int(marker.fresh),
            marker.version,
        )  # fmt: skip

    def make(self, *names: str) -> None:
        """Make these of our tables where they are missing; `staging` looks like `marker`."""
        for name in names:
            columns = _TABLES["marker" if name == "staging" else name]
            self._wire.run(f"CREATE TABLE IF NOT EXISTS `{RESERVED}{name}` ({columns}) {_OPTIONS}")

    def lock(self) -> bool:
        """Keep every other session from loading while this one lives; False where one does."""
        return bool(self._wire.value(f"SELECT GET_LOCK(CONCAT('lookalike ', MD5(DATABASE())), {LOCK_TIMEOUT})") == "1")

    def set_state(self, state: State) -> None:
        self._wire.run(f"UPDATE `{RESERVED}marker` SET state = {_P}", state.value)
        if state is State.COMPLETE:
            # What could not be made again stays there to be made by hand.
            self._drop("chunk", "step", *(() if any(self.kept()) else ("undo",)))

    def release(self) -> None:
        self.forget_staged()
        self._drop("merged", "reservation", "step", "undo", "marker")

    def forget_staged(self) -> None:
        """Drop what a staging has made."""
        names = self._wire.select(
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
            f"AND LEFT(TABLE_NAME, {len(STAGED)}) = {_P}",
            STAGED,
        )
        self._drop(*(str(row[0]).removeprefix(RESERVED) for row in names), "chunk", "staging")

    def tell(self, merged: Mapping[TableName, Merged]) -> None:
        """What a merge did; belongs to its transaction."""
        self._wire.run(f"DELETE FROM `{RESERVED}merged`")
        for name, m in merged.items():
            self._wire.run(
                f"INSERT INTO `{RESERVED}merged` VALUES ({', '.join([_P] * 7)})",
                name.schema or "", name.name, m.inserted, m.updated, m.kept, m.reserved, json.dumps(dict(m.orphans)),
            )  # fmt: skip

    def merged(self) -> dict[TableName, Merged]:
        rows = self._rows(f"SELECT * FROM `{RESERVED}merged`")
        return {
            TableName(name, schema or None): Merged(int(i), int(u), int(k), int(r), orphans=json.loads(orphans))
            for schema, name, i, u, k, r, orphans in rows
        }

    def chunks(self) -> dict[tuple[TableName, int], int]:
        rows = self._rows(f"SELECT table_schema, table_name, ordinal, row_count FROM `{RESERVED}chunk`")
        return {(TableName(name, schema or None), int(ordinal)): int(count) for schema, name, ordinal, count in rows}

    def chunk_rows(self, table: TableName, ordinal: int) -> int | None:
        """Rows of this chunk, or None when it is not committed."""
        rows = self._rows(
            f"SELECT row_count FROM `{RESERVED}chunk`"
            f" WHERE table_schema = {_P} AND table_name = {_P} AND ordinal = {_P}",
            table.schema or "", table.name, ordinal,
        )  # fmt: skip
        return int(rows[0][0]) if rows else None

    def record(self, table: TableName, ordinal: int, rows: int, digest: str) -> bool:
        """The chunk's row, in the transaction that loads it; False where another session has just committed the same chunk."""
        try:
            self._wire.run(
                f"INSERT INTO `{RESERVED}chunk` VALUES ({', '.join([_P] * 5)})",
                table.schema or "", table.name, ordinal, rows, digest,
            )  # fmt: skip
        except err.IntegrityError:
            return False
        return True

    def forget_chunks(self, table: TableName) -> None:
        """The chunks of this table were never loaded. Belongs to the transaction that empties it."""
        where = f"table_schema = {_P} AND table_name = {_P}"
        self._wire.run(f"DELETE FROM `{RESERVED}chunk` WHERE {where}", table.schema or "", table.name)

    def step(self, statement: Statement) -> str | None:
        """`started` or `done` for a statement that this run has met before. DDL commits by itself here, so both are kept."""
        rows = self._rows(f"SELECT state FROM `{RESERVED}step` WHERE id = {_P}", _step_id(statement))
        return str(rows[0][0]) if rows else None

    def set_step(self, statement: Statement, state: str) -> None:
        self._wire.run(
            f"REPLACE INTO `{RESERVED}step` VALUES ({_P}, {_P}, {_P})", _step_id(statement), statement.name, state
        )

    def keep(self, kind: str, name: str, modes: str, statement: str) -> None:
        """Remember how to make again what is dropped next."""
        self._wire.run(
            f"INSERT INTO `{RESERVED}undo` (kind, name, modes, statement) VALUES ({_P}, {_P}, {_P}, {_P})",
            kind, name, modes, statement,
        )  # fmt: skip

    def kept(self) -> Iterator[tuple[int, str, str, str]]:
        """Position, name, SQL modes and statement of everything to make again, in the order of its removal."""
        rows = self._rows(f"SELECT position, name, modes, statement FROM `{RESERVED}undo` ORDER BY position")
        for position, name, modes, statement in rows:
            yield int(position), name, modes, statement

    def forget(self, position: int) -> None:
        self._wire.run(f"DELETE FROM `{RESERVED}undo` WHERE position = {_P}", position)

    def _rows(self, sql: str, *values: object) -> list[tuple[str, ...]]:
        """The rows; none where the table does not exist."""
        try:
            return self._wire.select(sql, *values)
        except err.ProgrammingError as error:
            if error.args[0] != _NO_TABLE:
                raise
            return []

    def _drop(self, *names: str) -> None:
        self._wire.run("DROP TABLE IF EXISTS " + ", ".join(f"`{RESERVED}{name}`" for name in names))


def _step_id(statement: Statement) -> str:
    text = "\0".join((statement.phase.value, statement.kind, statement.name, statement.sql))
    return hashlib.sha256(text.encode()).hexdigest()
