"""SQL Server through pymssql. Written in full and tested as text; no server of it has been met here yet."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pymssql
from sqlalchemy.engine import URL

from connectors.database import Capabilities, Identity, Limit, Script
from connectors.errors import ConnectError, ReadError, UrlError
from connectors.ms_describe import describe
from connectors.ms_sql import SqlServerText
from connectors.portable import portable_ddl
from connectors.portable_limits import limits
from connectors.reading import unshared
from connectors.rowwise import RowCounts, RowSnapshot, Session
from connectors.rowwise_target import RowTarget
from connectors.schema import Column, Schema
from connectors.sql import is_loopback, parse_url

_OPTIONS = {"ssl_ca", "encrypt", "tds_version"}
_SESSION = "SET NOCOUNT ON; SET XACT_ABORT ON; SET ANSI_NULLS ON; SET QUOTED_IDENTIFIER ON; SET DATEFORMAT ymd; SET TEXTSIZE -1"
IDENTITY = """
SELECT CONVERT(nvarchar(200), SERVERPROPERTY('ServerName')) + N'|' + CONVERT(nvarchar(200), SERVERPROPERTY('MachineName')),
  DB_NAME()"""
VERSION = "SELECT CONVERT(nvarchar(60), SERVERPROPERTY('ProductVersion'))"
RIGHTS = """
SELECT permission_name FROM fn_my_permissions(NULL, 'DATABASE')
WHERE permission_name IN ('INSERT', 'UPDATE', 'DELETE', 'ALTER', 'CONTROL', 'CREATE TABLE', 'ALTER ANY SCHEMA')
UNION SELECT p.permission_name + ' on ' + SCHEMA_NAME(o.schema_id) + '.' + o.name FROM sys.database_permissions p
JOIN sys.objects o ON o.object_id = p.major_id WHERE p.state IN ('G', 'W') AND p.class = 1
  AND p.permission_name IN ('INSERT', 'UPDATE', 'DELETE', 'ALTER', 'CONTROL')
  AND p.grantee_principal_id = USER_ID() ORDER BY 1"""
SNAPSHOT_ALLOWED = "SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()"
TAKE_LOCK = "DECLARE @r int; EXEC @r = sp_getapplock {}, 'Exclusive', 'Session', 0; SELECT @r"
LOCK_FREE = "SELECT APPLOCK_TEST('public', {}, 'Exclusive', 'Session')"


class SQLServer:
    dialect = "mssql"
    capabilities = Capabilities(
        schemas=True,
        transactional_ddl=True,
        deferrable_constraints=False,
        disables_constraints=True,
        shared_snapshot=False,
        parallel_writers=False,
        native_ddl=False,
        identity_columns=True,
        enum_types=False,
        comments=False,
        max_name=128,
        parameters=2100,
    )

    def __init__(self, url_text: str) -> None:
        url = parse_url(url_text)
        options = {key: value if isinstance(value, str) else value[-1] for key, value in url.query.items()}
        if unknown := sorted(set(options) - _OPTIONS):
            raise UrlError(f"not an option of a SQL Server address: {', '.join(unknown)}")
        if not url.host or not url.database:
            raise UrlError("a SQL Server address names host and database: mssql://user@host/database")
        bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, url.query)
        self.url = bare.render_as_string()
        self._place = f"{url.host}:{url.port or 1433}"
        self._verified = options.get("encrypt", "no" if is_loopback(url.host) else "verify") == "verify"
        self._ca = options.get("ssl_ca", "system")
        self._arguments: dict[str, Any] = {
            "server": url.host, "port": str(url.port or 1433), "user": url.username, "password": str(url.password or ""),
            "database": url.database, "login_timeout": 15, "charset": "UTF-8", "use_datetime2": True,
            "conn_properties": _SESSION, "tds_version": options.get("tds_version", "7.4"),
            "encryption": "require" if self._verified else "request",
        }  # fmt: skip
        self._text = SqlServerText("dbo")
        self._session = self._open()

    def close(self) -> None:
        with suppress(pymssql.Error):
            self._session.connection.close()

    def __enter__(self) -> SQLServer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def describe(self) -> Schema:
        with self._session.mapping("the catalog cannot be read", ReadError):
            found = describe(self._session)
            # A reader keeps no transaction open.
            self._session.connection.rollback()
        return found

    def identity(self) -> Identity:
        with self._session.mapping("the identity of the server cannot be read", ReadError):
            server, database = self._session.select(IDENTITY)[0]
        return Identity(str(server), str(database))

    def version(self) -> str:
        with self._session.mapping("the version of the server cannot be read", ReadError):
            return f"SQL Server {self._session.select(VERSION)[0][0]}"

    def may_write(self) -> tuple[str, ...]:
        with self._session.mapping("the rights of this login cannot be read", ReadError):
            return tuple(str(row[0]) for row in self._session.select(RIGHTS))

    @contextmanager
    def snapshot(self, at: str | None = None) -> Iterator[RowSnapshot]:
        unshared(at)
        with self._opened() as session, session.mapping("no snapshot can be opened", ReadError):
            if session.select(SNAPSHOT_ALLOWED)[0][0] != 1:
                raise ReadError(
                    "this database allows no snapshot: ALTER DATABASE ... SET ALLOW_SNAPSHOT_ISOLATION ON, or read a copy"
                )
            session.connection.rollback()
            session.run("SET TRANSACTION ISOLATION LEVEL SNAPSHOT")
            yield RowSnapshot(session, describe(session))

    @contextmanager
    def audit(self) -> Iterator[RowCounts]:
        with self._opened() as session:
            yield RowCounts(session)

    @contextmanager
    def target(self) -> Iterator[RowTarget]:
        schema = self.describe()
        with self._opened() as session:
            yield RowTarget(session, schema)

    def ddl(self, schema: Schema, schemas: Mapping[str, str] = MappingProxyType({})) -> Script | None:
        """None: SQL Server has no tool that writes a table's DDL without Windows."""
        return None

    def portable_ddl(self, schema: Schema) -> tuple[Schema, Script]:
        return portable_ddl(schema, self.dialect)

    def limits(self, source: str, column: Column, into: Column) -> tuple[Limit, ...]:
        return limits(source, column, self.dialect, into)

    @contextmanager
    def nonce_lock(self, nonce: str) -> Iterator[None]:
        with self._opened() as session, session.mapping("no lock can be taken", ReadError):
            if session.select(TAKE_LOCK.format(self._lock(nonce)))[0][0] < 0:
                raise ReadError("the lock that tells source from target is held by another session")
            yield

    def sees_lock(self, nonce: str) -> bool:
        with self._session.mapping("locks cannot be read", ReadError):
            return int(self._session.select(LOCK_FREE.format(self._lock(nonce)))[0][0]) == 0

    def _lock(self, nonce: str) -> str:
        return self._text.literal(f"lookalike:{nonce}")

    @contextmanager
    def _opened(self) -> Iterator[Session]:
        session = self._open()
        try:
            yield session
        finally:
            with suppress(pymssql.Error):
                session.connection.close()

    def _open(self) -> Session:
        try:
            with _freetds(self._ca) if self._verified else nullcontext():
                connection = pymssql.connect(**self._arguments)
        except pymssql.Error as error:
            words = {
                "18456": f"wrong user or password for {self._arguments['user']} at {self._place}",
                "4060": f"{self._place} has no database {self._arguments['database']}",
            }
            sentence = words.get(
                code_of(error), f"no server answers at {self._place}, or its certificate is not trusted"
            )
            raise ConnectError(sentence, code=code_of(error)) from None
        return Session(connection, self._text, pymssql.Error, code_of)


def code_of(error: Exception) -> str:
    """The server's error number."""
    first = error.args[0] if error.args else ""
    return str(first[0] if isinstance(first, tuple) else first) if not isinstance(first, str) else "unknown"


@contextmanager
def _freetds(authority: str) -> Iterator[None]:
    """FreeTDS verifies a certificate only when its own configuration file says by whom."""
    before = os.environ.get("FREETDSCONF")
    with tempfile.TemporaryDirectory(prefix="lookalike-") as folder:
        file = Path(folder) / "freetds.conf"
        file.write_text(f"[global]\nencryption = require\nca file = {authority}\ncheck certificate hostname = yes\n")
        os.environ["FREETDSCONF"] = str(file)
        try:
            yield
        finally:
            if before is None:
                del os.environ["FREETDSCONF"]
            else:
                os.environ["FREETDSCONF"] = before
