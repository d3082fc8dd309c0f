"""Count what holds and what does not, in a PostgreSQL database at rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg

from connectors.errors import ReadError
from connectors.names import TableName
from connectors.pg_connect import Connection, query
from connectors.pg_errors import read_error
from connectors.pg_sql import PgSql, qualified
from connectors.reading import Counts
from connectors.schema import Unique

_KEY_PARTS = """
SELECT pg_get_indexdef(i.indexrelid, part, false) FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid, generate_series(1, i.indnkeyatts) part
WHERE c.relname = %s AND (i.indrelid = to_regclass(%s) OR i.indrelid IN (SELECT relid FROM pg_partition_tree(to_regclass(%s))))
ORDER BY part
"""


class PgAudit(Counts):
    def __init__(self, connection: Connection, sql: PgSql) -> None:
        super().__init__(sql)
        self._connection = connection

    def duplicates(self, table: TableName, unique: Unique) -> int:
        """Surplus rows; an index over expressions is counted by its expressions as the database has them."""
        if not unique.expression:
            return super().duplicates(table, unique)
        parts = [row[0] for row in self._ask(table, _KEY_PARTS, unique.name, qualified(table), qualified(table))]
        if not parts:
            raise ReadError(f"unique index {unique.name} of {table} is not there", table=table, constraint=unique.name)
        names = [f"k{place}" for place in range(len(parts))]
        keys = ", ".join(f"{part} AS {name}" for part, name in zip(parts, names, strict=True))
        where = f" WHERE {unique.where}" if unique.where else ""
        rows = f"(SELECT {keys} FROM {self._sql.relation(table)}{where}) e"
        counted = replace(unique, columns=tuple(names), where=None, expression=False)
        return self._number(table, self._sql.surplus(rows, counted))

    def _row(self, table: TableName, sql: str) -> tuple[Any, ...]:
        return self._ask(table, sql)[0]

    def _ask(self, table: TableName, sql: str, *values: str) -> list[tuple[Any, ...]]:
        try:
            return query(self._connection, sql, values)
        except psycopg.Error as error:
            raise read_error(error, table) from None
