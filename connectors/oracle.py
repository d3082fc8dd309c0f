"""Oracle through oracledb in thin mode. Written in full and tested as text; no server of it has been met here yet."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any

import oracledb
from sqlalchemy.engine import URL

from connectors.database import Capabilities, Identity, Limit, Script
from connectors.errors import ConnectError, ReadError, UrlError
from connectors.ora_describe import describe
from connectors.ora_sql import OracleText
from connectors.portable import portable_ddl
from connectors.portable_limits import limits
from connectors.reading import unshared
from connectors.rowwise import RowCounts, RowSnapshot, Session
from connectors.rowwise_target import RowTarget
from connectors.schema import Column, Schema
from connectors.sql import is_loopback, parse_url

_OPTIONS = {"service_name", "sid", "schema", "protocol", "wallet_location", "ssl_server_cert_dn"}
SESSION = ("ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,' NLS_COMP = BINARY NLS_SORT = BINARY TIME_ZONE = '+00:00'",)
"""Numbers with a point, texts in the order of their bytes, moments in UTC."""
IDENTITY = """
SELECT SYS_CONTEXT('USERENV', 'DB_UNIQUE_NAME') || '|' || SYS_CONTEXT('USERENV', 'SERVER_HOST') || '|' ||
  SYS_CONTEXT('USERENV', 'INSTANCE_NAME') || '|' || SYS_CONTEXT('USERENV', 'CON_NAME') FROM DUAL"""
VERSION = "SELECT VERSION FROM PRODUCT_COMPONENT_VERSION WHERE ROWNUM = 1"
RIGHTS = """
SELECT PRIVILEGE AS RIGHT_NAME FROM SESSION_PRIVS WHERE PRIVILEGE IN ('INSERT ANY TABLE', 'UPDATE ANY TABLE', 'DELETE ANY TABLE',
  'ALTER ANY TABLE', 'DROP ANY TABLE', 'CREATE TABLE', 'CREATE ANY TABLE')
UNION SELECT PRIVILEGE || ' on ' || TABLE_NAME FROM ALL_TAB_PRIVS WHERE TABLE_SCHEMA = \0 AND PRIVILEGE IN
  ('INSERT', 'UPDATE', 'DELETE', 'ALTER') AND GRANTEE = SYS_CONTEXT('USERENV', 'SESSION_USER') ORDER BY 1"""
_EXCLUSIVE, _TIMED_OUT = 6, 1


class Oracle:
    dialect = "oracle"
    capabilities = Capabilities(
        schemas=True,
        transactional_ddl=False,
        deferrable_constraints=True,
        disables_constraints=True,
        shared_snapshot=False,
        parallel_writers=False,
        native_ddl=False,
        identity_columns=True,
        enum_types=False,
        comments=False,
        max_name=128,
        parameters=65_535,
    )

    def __init__(self, url_text: str) -> None:
        url = parse_url(url_text)
        options = {key: value if isinstance(value, str) else value[-1] for key, value in url.query.items()}
        if unknown := sorted(set(options) - _OPTIONS):
            raise UrlError(f"not an option of an Oracle address: {', '.join(unknown)}")
        if not url.host or not url.username:
            raise UrlError("an Oracle address names user, host and service: oracle://user@host/?service_name=service")
        bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, url.query)
        self.url = bare.render_as_string()
        self._arguments = _arguments(url, options)
        self._user = url.username
        self._text = OracleText(options.get("schema") or url.username.upper())
        self._session = self._open()

    def close(self) -> None:
        with suppress(oracledb.Error):
            self._session.connection.close()

    def __enter__(self) -> Oracle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def describe(self) -> Schema:
        with self._session.mapping("the catalog cannot be read", ReadError):
            return describe(self._session, self._owner)

    def identity(self) -> Identity:
        with self._session.mapping("the identity of the server cannot be read", ReadError):
            return Identity(str(self._session.select(IDENTITY)[0][0]), self._owner)

    def version(self) -> str:
        with self._session.mapping("the version of the server cannot be read", ReadError):
            return f"Oracle {self._session.select(VERSION)[0][0]}"

    def may_write(self) -> tuple[str, ...]:
        owner = (f"owner of {self._owner}",) if self._owner == self._user.upper() else ()
        with self._session.mapping("the rights of this login cannot be read", ReadError):
            return (*owner, *(str(row[0]) for row in self._session.select(RIGHTS, self._owner)))

    @contextmanager
    def snapshot(self, at: str | None = None) -> Iterator[RowSnapshot]:
        unshared(at)
        with self._opened() as session:
            with session.mapping("no snapshot can be opened", ReadError):
                session.run("SET TRANSACTION READ ONLY")
                schema = describe(session, self._owner)
            yield RowSnapshot(session, schema)

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
        """None: DBMS_METADATA writes storage, owners and tablespaces of the source into every statement."""
        return None

    def portable_ddl(self, schema: Schema) -> tuple[Schema, Script]:
        return portable_ddl(schema, self.dialect)

    def limits(self, source: str, column: Column, into: Column) -> tuple[Limit, ...]:
        return limits(source, column, self.dialect, into)

    @contextmanager
    def nonce_lock(self, nonce: str) -> Iterator[None]:
        with self._opened() as session:
            if self._request(session, nonce) != 0:
                raise ReadError("the lock that tells source from target is held by another session")
            yield

    def sees_lock(self, nonce: str) -> bool:
        with self._opened() as session:
            return self._request(session, nonce) == _TIMED_OUT

    @property
    def _owner(self) -> str:
        return self._text.default_schema or ""

    def _request(self, session: Session, nonce: str) -> int:
        """0 when the lock is ours now, 1 when another session holds it; closing the session gives it back."""
        # DBMS_LOCK numbers below 2**30 are free for applications.
        number = zlib.crc32(f"lookalike:{nonce}".encode()) & 0x3FFF_FFFF
        doing = "no lock can be taken (it needs EXECUTE on DBMS_LOCK)"
        with session.mapping(doing, ReadError), session.connection.cursor() as cursor:
            return int(cursor.callfunc("DBMS_LOCK.REQUEST", int, [number, _EXCLUSIVE, 0]))

    @contextmanager
    def _opened(self) -> Iterator[Session]:
        session = self._open()
        try:
            yield session
        finally:
            with suppress(oracledb.Error):
                session.connection.close()

    def _open(self) -> Session:
        try:
            connection = oracledb.connect(**self._arguments)
            connection.outputtypehandler = _short_and_long_alike
            session = Session(connection, self._text, oracledb.Error, code_of)
            for statement in SESSION:
                session.run(statement)
        except oracledb.Error as error:
            place = f"{self._arguments['host']}:{self._arguments['port']}"
            words = {
                "1017": f"wrong user or password for {self._user} at {place}",
                "12514": f"{place} has no such service",
            }
            sentence = words.get(code_of(error), f"no server answers at {place}, or its certificate is not trusted")
            raise ConnectError(sentence, code=code_of(error)) from None
        return session


def code_of(error: Exception) -> str:
    """The number of `ORA-01017` or `DPY-6005`, without leading zeros."""
    first = error.args[0] if error.args else None
    return str(getattr(first, "code", None) or getattr(first, "full_code", "unknown"))


def _arguments(url: URL, options: dict[str, str]) -> dict[str, Any]:
    """What the driver is told: TLS with a verified certificate, unless the server is on this machine or the URL says tcp."""
    protocol = options.get("protocol", "tcp" if is_loopback(url.host or "") else "tcps")
    found: dict[str, Any] = {
        "user": url.username, "password": str(url.password or ""), "host": url.host, "protocol": protocol,
        "port": url.port or (1521 if protocol == "tcp" else 2484), "tcp_connect_timeout": 15.0,
        "service_name": options.get("service_name") or url.database, "sid": options.get("sid"),
        "wallet_location": options.get("wallet_location"), "ssl_server_cert_dn": options.get("ssl_server_cert_dn"),
    }  # fmt: skip
    if protocol == "tcps":
        found["ssl_server_dn_match"] = True
    return {key: value for key, value in found.items() if value is not None}


def _short_and_long_alike(cursor: Any, metadata: Any) -> Any:
    """CLOBs as text and BLOBs as bytes, like every shorter one, instead of handles."""
    types = {
        oracledb.DB_TYPE_CLOB: oracledb.DB_TYPE_LONG,
        oracledb.DB_TYPE_NCLOB: oracledb.DB_TYPE_LONG_NVARCHAR,
        oracledb.DB_TYPE_BLOB: oracledb.DB_TYPE_LONG_RAW,
    }
    if metadata.type_code in types:
        return cursor.var(types[metadata.type_code], arraysize=cursor.arraysize)
    return None
