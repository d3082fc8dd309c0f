"""Where a PostgreSQL database keeps its reservations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors import pg_marker
from connectors.pg_catalog import MARKER_SCHEMA
from connectors.pg_connect import Connection, execute, query
from connectors.pg_errors import mapping
from connectors.reservations import TABLE

_LOCK = 0x6C6F6F6B_72657376
"""`lookresv`, as an advisory lock."""
_DOING = "the reservations of the target cannot be used"


class PgReservations:
    relation = f"{MARKER_SCHEMA}.reservation"
    insert = ("INSERT", " ON CONFLICT (digest) DO NOTHING")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @mapping(_DOING)
    def exists(self) -> bool:
        return pg_marker.exists(self._connection, "reservation")

    @mapping(_DOING)
    def make(self) -> None:
        if pg_marker.exists(self._connection, "reservation"):
            return
        with self._connection.transaction():
            # Two sessions that make one table at once break the catalog's own unique key, whatever IF NOT EXISTS says.
            query(self._connection, f"SELECT pg_advisory_xact_lock({_LOCK})")
            pg_marker.prepare(self._connection)
            execute(self._connection, "SET LOCAL client_min_messages = error")
            execute(self._connection, f"CREATE TABLE IF NOT EXISTS {self.relation} ({TABLE})")

    @mapping(_DOING)
    def run(self, sql: str, *values: str) -> None:
        execute(self._connection, sql.replace("?", "%s"), values)

    @mapping(_DOING)
    def select(self, sql: str, *values: str) -> Sequence[Sequence[Any]]:
        return query(self._connection, sql.replace("?", "%s"), values)
