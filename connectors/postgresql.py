"""PostgreSQL: the Database that the registry opens. Reading, loading and DDL live in the `pg_` files beside it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import psycopg

from connectors.database import Capabilities, Identity, Limit, Script
from connectors.errors import DdlError, ReadError
from connectors.names import TableName
from connectors.pg_audit import PgAudit
from connectors.pg_catalog import Rows, read_rows
from connectors.pg_connect import Connection, connect, execute, parameters, printable, query
from connectors.pg_ddl import rename_schemas
from connectors.pg_describe import Catalog, build, table_name
from connectors.pg_dump import dump
from connectors.pg_errors import mapping, read_error
from connectors.pg_existing import held_keys
from connectors.pg_load import LOCK_TIMEOUT, PgTarget
from connectors.pg_merge import PgStaging
from connectors.pg_read import PgSnapshot
from connectors.pg_reservations import PgReservations
from connectors.pg_sql import PgSql
from connectors.portable import portable_ddl
from connectors.portable_limits import limits
from connectors.reservations import Reservations
from connectors.schema import Column, Schema, Table
from connectors.sql import parse_url

_RIGHTS = """
SELECT n.nspname, c.relname, r.name FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN (VALUES ('INSERT', 1), ('UPDATE', 2), ('DELETE', 3), ('TRUNCATE', 4)) AS r(name, place)
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, r.name)
ORDER BY n.nspname, c.relname, r.place
"""

_MAKES = """
SELECT nspname FROM pg_namespace
WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' AND has_schema_privilege(oid, 'CREATE') ORDER BY nspname
"""

_LOCKED = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() AND objsubid = 1
  AND classid::int8 = %s AND objid::int8 = %s AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class PostgreSQL:
    """One PostgreSQL database. Raises UrlError and ConnectError on opening."""

    dialect = "postgresql"
    capabilities = Capabilities(
        schemas=True, transactional_ddl=True, deferrable_constraints=True, disables_constraints=True,
        shared_snapshot=True, parallel_writers=True, native_ddl=True, identity_columns=True, enum_types=True, comments=True,
        max_name=63, parameters=65_535, proves_keys=True,
    )  # fmt: skip

    def __init__(self, url: str) -> None:
        parsed = parse_url(url)
        self.url = printable(parsed)
        self._words = parameters(parsed)
        self._connection = self._reader()

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> PostgreSQL:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def describe(self) -> Schema:
        return self._catalog().schema

    @mapping("the identity of the server cannot be read", ReadError)
    def identity(self) -> Identity:
        """The server by its system identifier, which survives any spelling of its address."""
        database = str(query(self._connection, "SELECT oid FROM pg_database WHERE datname = current_database()")[0][0])
        try:
            server = query(self._connection, "SELECT system_identifier::text FROM pg_control_system()")[0][0]
        except psycopg.errors.InsufficientPrivilege:
            # The next best that every login may see: no two servers start in the same microsecond with the same port.
            sql = "SELECT pg_postmaster_start_time()::text || ' ' || current_setting('port')"
            server = query(self._connection, sql)[0][0]
        return Identity(server, database)

    @mapping("the version of the server cannot be read", ReadError)
    def version(self) -> str:
        return f"PostgreSQL {query(self._connection, 'SHOW server_version')[0][0]}"

    @mapping("the rights of this login cannot be read", ReadError)
    def may_write(self) -> tuple[str, ...]:
        attributes = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        superuser, creates = query(self._connection, attributes)[0]
        if superuser:
            return ("superuser",)
        words = ["CREATEDB"] if creates else []
        if query(self._connection, "SELECT has_database_privilege(current_database(), 'CREATE')")[0][0]:
            words.append("CREATE on the database")
        words += [f"CREATE in schema {row[0]}" for row in query(self._connection, _MAKES)]
        rights: dict[str, list[str]] = {}
        for schema, name, right in query(self._connection, _RIGHTS):
            rights.setdefault(str(table_name(schema, name)), []).append(right)
        return (*words, *(f"{', '.join(names)} on {table}" for table, names in rights.items()))

    @mapping("the rights of this login cannot be read", ReadError)
    def held_keys(self, tables: Sequence[Table]) -> tuple[TableName, ...]:
        return held_keys(self._connection, tables)

    @contextlib.contextmanager
    def snapshot(self, at: str | None = None) -> Iterator[PgSnapshot]:
        keeper = self._reader()
        try:
            opened = PgSnapshot(keeper, self._words, at)
        except psycopg.Error as error:
            keeper.close()
            raise read_error(error) from None
        with contextlib.closing(opened):
            yield opened

    @contextlib.contextmanager
    def audit(self) -> Iterator[PgAudit]:
        with self._reader() as connection:
            yield PgAudit(connection, PgSql(self._catalog()))

    @contextlib.contextmanager
    def target(self) -> Iterator[PgTarget]:
        with contextlib.closing(PgTarget(self._writer)) as session:
            yield session

    @contextlib.contextmanager
    def reservations(self) -> Iterator[Reservations]:
        with contextlib.closing(self._writer()) as connection:
            yield Reservations(PgReservations(connection))

    @contextlib.contextmanager
    def staging(self) -> Iterator[PgStaging]:
        with contextlib.closing(PgStaging(self._writer)) as session:
            yield session

    @mapping("the DDL of the source cannot be read", DdlError)
    def ddl(self, schema: Schema, schemas: Mapping[str, str] = MappingProxyType({})) -> Script | None:
        script = dump(schema, self._rows(), self._connection, self._words)
        return rename_schemas(script, schemas) if script is not None and schemas else script

    def rename_schemas(self, script: Script, mapping: Mapping[str, str]) -> Script:
        """For `[target.schemas]`: the script of `ddl`, building its objects in other schemas (`pg_ddl.rename_schemas`)."""
        return rename_schemas(script, mapping)

    def portable_ddl(self, schema: Schema) -> tuple[Schema, Script]:
        return portable_ddl(schema, "postgresql")

    def limits(self, source: str, column: Column, into: Column) -> tuple[Limit, ...]:
        return limits(source, column, "postgresql", into)

    @contextlib.contextmanager
    def nonce_lock(self, nonce: str) -> Iterator[None]:
        with self._reader() as connection:
            with mapping("no lock can be taken", ReadError):
                query(connection, "SELECT pg_advisory_lock(%s)", (_lock_key(nonce),))
            try:
                yield
            finally:
                # The server may take its time to notice that a session has closed.
                with contextlib.suppress(psycopg.Error):
                    query(connection, "SELECT pg_advisory_unlock(%s)", (_lock_key(nonce),))

    @mapping("locks cannot be read", ReadError)
    def sees_lock(self, nonce: str) -> bool:
        key = _lock_key(nonce) % 2**64
        return bool(query(self._connection, _LOCKED, (key >> 32, key & 0xFFFFFFFF))[0][0])

    def _writer(self) -> Connection:
        # Whoever holds a table is named, and not waited for without an end.
        return connect(self._words, f"SET lock_timeout = '{LOCK_TIMEOUT}'")

    def _reader(self) -> Connection:
        """A session that cannot write."""
        return connect(self._words, "SET default_transaction_read_only = on")

    def _catalog(self) -> Catalog:
        return build(self._rows())

    def _rows(self) -> Rows:
        try:
            with self._connection.transaction():
                execute(self._connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                return read_rows(self._connection)
        except psycopg.Error as error:
            raise read_error(error) from None


def _lock_key(nonce: str) -> int:
    """A signed 64-bit number, as advisory locks are named."""
    return int.from_bytes(hashlib.blake2b(nonce.encode(), digest_size=8).digest(), "big", signed=True)
