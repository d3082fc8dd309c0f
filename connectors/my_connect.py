"""Open MySQL and MariaDB: a SQLAlchemy URL becomes a session that reads and writes alike everywhere; errors lose their values."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pymysql import err
from sqlalchemy.engine import URL

from connectors.errors import ConnectError, DatabaseError, Lost, UrlError
from connectors.my_wire import Wire
from connectors.names import TableName
from connectors.schema import Table
from connectors.sql import is_loopback

_OPTIONS = {"unix_socket", "ssl_ca", "ssl_cert", "ssl_key", "ssl_key_password", "ssl_mode", "connect_timeout",
            "read_default_file", "charset"}  # fmt: skip
_MODES = {"disabled", "verify_ca", "verify_identity"}

SQL_MODE = "STRICT_ALL_TABLES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION"
"""Strict, yet zero dates, 2020-02-31 and an auto-increment of 0 stay what they are."""
_SESSION = (
    f"SET SESSION sql_mode = '{SQL_MODE}', autocommit = 1, time_zone = '+00:00', net_read_timeout = 86400,"
    " net_write_timeout = 86400, wait_timeout = 86400, sql_select_limit = 18446744073709551615, sql_big_selects = 1,"
    " sql_safe_updates = 0, sql_quote_show_create = 1, sql_auto_is_null = 0, completion_type = 'NO_CHAIN'"
)
"""All that a server's own settings could change about a session: how many rows a SELECT gives, among others."""
_UNLIMITED = (
    "max_statement_time",
    "idle_transaction_timeout",
    "idle_readonly_transaction_timeout",
    "max_execution_time",
)
"""Limits of time that one of the two knows and the other does not."""
_READER = "SET SESSION TRANSACTION READ ONLY"

_REASONS = {
    1044: "the login {user} may not use the database {database}",
    1045: "wrong user or password for {user} at {place}",
    1698: "wrong user or password for {user} at {place}",
    1049: "{place} has no database {database}",
    1040: "{place} has no free connection",
    1130: "{place} does not admit this machine",
    1251: "{place} asks for a way to log in that this version does not know",
    2026: "TLS with {place} failed: it offers none; give ssl_mode=disabled in the URL if the network is trusted",
    2061: "{place} asks for a way to log in that this version does not know",
}
_LOST = {1053, 1927, 2006, 2013, 2055, 4031}
_WORDS = {
    1048: "a NULL in a column that is NOT NULL",
    1062: "two rows with one value of a unique key",
    1142: "this login lacks a right on it",
    1143: "this login lacks a right on a column of it",
    1146: "it does not exist",
    1205: "another session holds a lock on it",
    1213: "another session holds a lock on it",
    1264: "a number that its column cannot hold",
    1265: "a value that its column cannot hold",
    1292: "a value that is not of its column's type",
    1366: "a value that is not of its column's type",
    1406: "a text that is too long for its column",
    1452: "a foreign key without its parent row",
    1114: "the disk of the server is full",
    1021: "the disk of the server is full",
    3140: "a text that is not JSON",
    3819: "a row that breaks a CHECK",
    4025: "a row that breaks a CHECK",
    1153: "a value larger than the server's max_allowed_packet",
    1290: "the server is read-only",
    1792: "the session is read-only",
    1227: "this login lacks a right for it",
    1419: "this login may not create functions or triggers while the server keeps a binary log",
}


@dataclass(frozen=True)
class Address:
    """Where a database is, as PyMySQL takes it; `printable` says it without a password."""

    arguments: Mapping[str, Any]
    database: str
    printable: str

    def __repr__(self) -> str:
        return f"Address({self.printable})"


def address(url: URL) -> Address:
    """The connection arguments of this URL. Raises UrlError, ConnectError (a certificate file that cannot be read)."""
    options = {key: value if isinstance(value, str) else value[-1] for key, value in url.query.items()}
    if unknown := sorted(set(options) - _OPTIONS):
        raise UrlError(f"not an option of a MySQL address: {', '.join(unknown)}; known: {', '.join(sorted(_OPTIONS))}")
    if not url.database:
        raise UrlError("a MySQL address names its database: mysql://user@host/database")
    timeout = options.get("connect_timeout", "15")
    if not timeout.isdecimal():
        raise UrlError("connect_timeout is a number of seconds")
    local = bool(options.get("unix_socket")) or is_loopback(url.host or "localhost")
    arguments: dict[str, Any] = {
        "user": url.username,
        "password": str(url.password or ""),
        "host": url.host or "localhost",
        "port": url.port or 3306,
        "database": url.database,
        "connect_timeout": int(timeout),
        **{key: options[key] for key in ("unix_socket", "read_default_file") if key in options},
        **_tls(options, local),
    }
    query = {key: value for key, value in url.query.items() if key != "ssl_key_password"}
    bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, query)
    return Address(arguments, url.database, bare.render_as_string())


def connect(where: Address, *, reader: bool) -> Wire:
    """A session in utf8mb4 and UTC; a reader's session cannot write. Raises ConnectError."""
    # No decoders: everything comes as the server's own text.
    encoders: dict[Any, Any] = {}
    wire: Wire | None = None
    try:
        # None: the driver's own way to set autocommit needs encoders, on a server that starts sessions without it.
        wire = Wire(**where.arguments, charset="utf8mb4", autocommit=None, local_infile=not reader, conv=encoders)
        wire.run(_SESSION)
        for limit in _UNLIMITED:
            with suppress(err.OperationalError):
                wire.run(f"SET SESSION {limit} = 0")
        wire.run(_READER if reader else "SET SESSION TRANSACTION READ WRITE")
    except (err.MySQLError, OSError, RuntimeError, ValueError) as error:
        if wire is not None:
            with suppress(err.MySQLError):
                wire.close()
        raise refused(error, where) from None
    return wire


def refused(error: Exception, where: Address) -> ConnectError:
    """Why there is no session, in our words."""
    return ConnectError(_sentence(error, where), code=_code(error))


def mapped(
    error: Exception, kind: type[DatabaseError], doing: str, table: Table | TableName | None = None
) -> DatabaseError:
    """A driver's error as ours: its number, column and constraint, never its text, for that quotes cells."""
    number, text = _number(error), str(error.args[1]) if len(error.args) > 1 else ""
    name = table.name if isinstance(table, Table) else table
    if number in _LOST or (isinstance(error, err.InterfaceError) and not text):
        return Lost(f"{doing}: the connection to the server went away", table=name, code=str(number))
    reason = _WORDS.get(number, f"the server says error {number}" if number else _driver_words(text))
    column = column_in(text, table) if isinstance(table, Table) else None
    constraint = _constraint_in(text, table) if isinstance(table, Table) else None
    place = f" (column {column})" if column else f" ({constraint})" if constraint else ""
    return kind(f"{doing}: {reason}{place}", table=name, column=column, constraint=constraint, code=_code(error))


def column_in(text: str, table: Table) -> str | None:
    """The column that a message of the server names; only names that we know are taken out of it."""
    for column in table.columns:
        ending = re.escape(column.name) + r"[`']( at row \d+| cannot be null|$)"
        if re.search(r"[Cc]olumn (`[^`]*`\.`[^`]*`\.)?[`']" + ending, text):
            return column.name
    return None


def _constraint_in(text: str, table: Table) -> str | None:
    names = {unique.name for unique in table.uniques} | {check.name for check in table.checks}
    names |= {key.name for key in table.foreign_keys}
    for name in sorted(names, key=len, reverse=True):
        if (
            text.endswith((f"for key '{name}'", f".{name}'"))
            or f"CONSTRAINT `{name}`" in text
            or f"'{name}' is" in text
        ):
            return name
    return None


def _driver_words(text: str) -> str:
    # The only message that our own Wire makes for this case: it holds no value.
    return text if text.startswith("the batches of the read before") else "the driver gave up"


def _sentence(error: Exception, where: Address) -> str:
    arguments = where.arguments
    place = arguments.get("unix_socket") or f"{arguments['host']}:{arguments['port']}"
    cause = getattr(error, "original_exception", error)
    if isinstance(cause, ssl.SSLError):
        return (
            f"TLS with {place} failed: its certificate is not trusted or is another host's; give ssl_ca=FILE in the URL"
        )
    words = _REASONS.get(_number(error), "no server answers at {place}")
    return words.format(user=arguments["user"] or "(none)", place=place, database=where.database)


def _number(error: Exception) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def _code(error: Exception) -> str | None:
    return str(_number(error)) if _number(error) else None


def _tls(options: Mapping[str, str], local: bool) -> dict[str, Any]:
    """TLS with a verified certificate, unless the server is on this machine or the URL says `ssl_mode=disabled`."""
    files = {key for key in options if key.startswith("ssl_") and key != "ssl_mode"}
    mode = options.get("ssl_mode", "disabled" if local and not files else "verify_identity").lower()
    if mode not in _MODES:
        raise UrlError(f"ssl_mode is one of {', '.join(sorted(_MODES))}")
    if mode == "disabled":
        return {"ssl_disabled": True}
    try:
        context = ssl.create_default_context(cafile=options.get("ssl_ca"))
        if "ssl_cert" in options:
            context.load_cert_chain(options["ssl_cert"], options.get("ssl_key"), options.get("ssl_key_password"))
    except OSError:
        raise ConnectError("the certificate files of ssl_ca, ssl_cert or ssl_key cannot be read") from None
    context.check_hostname = mode == "verify_identity"
    # The certificates that MySQL makes for itself lack an extension that Python 3.13 demands; all else is verified.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return {"ssl": context}
