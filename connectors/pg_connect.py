"""Open PostgreSQL: a SQLAlchemy URL becomes libpq's words, TLS is verified unless the server is on this machine."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL

from connectors.errors import ConnectError, UrlError
from connectors.sql import is_loopback

Connection = psycopg.Connection[tuple[Any, ...]]

_SECRETS = ("password", "sslpassword", "oauth_client_secret")

SESSION = """
SET client_encoding = 'UTF8'; SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';
SET extra_float_digits = 3; SET bytea_output = 'hex'; SET xmloption = 'content'; SET lc_monetary = 'C';
SET standard_conforming_strings = on; SET row_security = off; SET statement_timeout = 0; SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0; SET search_path = public; SET jit = off
"""
"""Both sides write and read text alike, row policies raise an error rather than hide rows, no timeout ends a long copy, and no
short question to the catalog is compiled for a second first."""

_REASONS = (
    (r"password authentication failed|no password supplied|authentication failed for user",
     "wrong user or password for {user} at {place}"),
    (r"role .* does not exist", "{place} has no login {user}"),
    (r"database .* does not exist", "{place} has no database {database}"),
    (r"pg_hba\.conf", "{place} does not admit {user} to {database} from this machine (pg_hba.conf)"),
    (r"certificate|SSL|TLS",
     "TLS with {place} failed: its certificate is not trusted or it offers none; give sslrootcert=FILE, or sslmode in the URL"),
    (r"too many clients|remaining connection slots", "{place} has no free connection"),
    (r"invalid \w+ value|invalid integer value", "the address of {place} gives a parameter a value that libpq does not know"),
    (r"starting up|shutting down", "{place} is starting or stopping"),
)  # fmt: skip


def parameters(url: URL) -> dict[str, str]:
    """libpq's keywords for this URL, the defaults of TLS included. Raises UrlError for a word that libpq does not know."""
    given = {key: value if isinstance(value, str) else ",".join(value) for key, value in url.query.items()}
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    if unknown := sorted(set(given) - known):
        raise UrlError(f"not a PostgreSQL connection parameter: {', '.join(unknown)}")
    parts = {"host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database}
    words = {key: str(value) for key, value in parts.items() if value not in (None, "")} | given
    words["client_encoding"] = "UTF8"
    words.setdefault("application_name", "lookalike")
    words.setdefault("connect_timeout", "15")
    return words | _verified(words)


def conninfo(words: Mapping[str, str]) -> str:
    return make_conninfo("", **words)


def without_secrets(words: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in words.items() if key not in _SECRETS}


def printable(url: URL) -> str:
    """The URL without anything secret in it."""
    query = {key: value for key, value in url.query.items() if key not in _SECRETS}
    bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, query)
    return bare.render_as_string()


def connect(words: Mapping[str, str], setting: str = "") -> Connection:
    """An autocommitting session whose text forms do not depend on the server's settings. Raises ConnectError."""
    connection: Connection | None = None
    try:
        connection = psycopg.connect(conninfo(words), autocommit=True, prepare_threshold=None)
        connection.execute(f"{SESSION}; {setting}".encode())
    except psycopg.Error as error:
        if connection is not None:
            connection.close()
        raise ConnectError(_sentence(str(error), words)) from None
    return connection


def query(connection: Connection, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    return connection.execute(sql.encode(), values or None).fetchall()


def execute(connection: Connection, sql: str, values: Sequence[Any] = ()) -> int:
    """Run a statement, or several without values; gives the rows it touched."""
    return connection.execute(sql.encode(), values or None).rowcount


def _verified(words: Mapping[str, str]) -> dict[str, str]:
    if "sslmode" in words or "PGSSLMODE" in os.environ or "service" in words or _is_local(words):
        return {}
    if "sslrootcert" in words or "PGSSLROOTCERT" in os.environ:
        return {"sslmode": "verify-full"}
    return {"sslmode": "verify-full", "sslrootcert": _authorities()}


def _is_local(words: Mapping[str, str]) -> bool:
    hosts = words.get("hostaddr") or words.get("host") or os.environ.get("PGHOST", "")
    return all(host.startswith(("/", "@")) or is_loopback(host or "localhost") for host in hosts.split(","))


def _authorities() -> str:
    """The file of certificate authorities that a non-local server is checked against."""
    # `system` means the folder that OpenSSL was built for, which the driver wheels' own OpenSSL does not have here.
    paths = ssl.get_default_verify_paths()
    candidates = (
        "~/.postgresql/root.crt", paths.cafile, paths.openssl_cafile, "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    )  # fmt: skip
    found = (Path(path).expanduser() for path in candidates if path)
    return next((str(path) for path in found if path.is_file()), "system")


def _sentence(message: str, words: Mapping[str, str]) -> str:
    place = f"{words.get('host') or 'the local server'}" + (f":{words['port']}" if "port" in words else "")
    names = {
        "place": place,
        "user": words.get("user", "the current user"),
        "database": words.get("dbname", "the default"),
    }
    for pattern, sentence in _REASONS:
        if re.search(pattern, message):
            return f"cannot connect: {sentence.format(**names)}"
    return f"cannot connect: no PostgreSQL answers at {place}; check host, port and that the server runs"
