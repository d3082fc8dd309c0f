"""Where an address leads, whoever logs in and however it is spelt: two addresses of one database meet."""

from __future__ import annotations

import configparser
import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

HERE = "this machine"
_KINDS = {"postgres": "postgresql", "mariadb": "mysql", "sqlserver": "mssql"}
_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433, "oracle": 1521}
_SOCKET_FOLDERS = {"/tmp", "/var/run/postgresql", "/run/postgresql"}
_NUMERIC = re.compile(r"(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+)){0,3}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """One database: on one of these servers (a PostgreSQL address may name several), under this name."""

    dialect: str
    servers: frozenset[tuple[str, int]]
    database: str

    def meets(self, other: Place) -> bool:
        """May both be one database?"""
        return (
            self.dialect == other.dialect
            and self.database == other.database
            and not self.servers.isdisjoint(other.servers)
        )


def dialect_of(address: str) -> str:
    """`postgresql` of `postgres+psycopg://...`; MariaDB's is MySQL's."""
    scheme = address.partition(":")[0].partition("+")[0].lower()
    return _KINDS.get(scheme, scheme)


def place(address: str) -> Place:
    """Where this address leads. No name is resolved and nothing is opened. Raises UrlError for what is no address."""
    # Imported here: processes that only compare words of roles need neither pyarrow nor SQLAlchemy.
    from connectors.sql import parse_url

    dialect = dialect_of(address)
    if dialect == "sqlite":
        from connectors.sqlite import named_file

        return Place(dialect, frozenset({(HERE, 0)}), _file(named_file(address) or ""))
    url = parse_url(address)
    query = {key: value if isinstance(value, str) else ",".join(value) for key, value in url.query.items()}
    if dialect == "postgresql":
        return _postgresql(url, query)
    host = HERE if query.get("unix_socket") else _host(url.host or "localhost")
    servers = frozenset({(host, url.port or _PORTS.get(dialect, 0))})
    return Place(dialect, servers, _database(url, query))


def _postgresql(url: URL, query: Mapping[str, str]) -> Place:
    """As libpq reads it: the address, then its service, then the environment."""
    service = _service(query.get("service") or os.environ.get("PGSERVICE", ""))

    def word(name: str, given: object, variable: str) -> str:
        return str(given or query.get(name) or service.get(name) or os.environ.get(variable) or "")

    hosts = (query.get("hostaddr") or word("host", url.host, "PGHOST") or "localhost").split(",")
    ports = word("port", url.port, "PGPORT").split(",")
    each_port = ports if len(ports) == len(hosts) else ports[:1] * len(hosts)
    servers = frozenset((_host(host), _port(port)) for host, port in zip(hosts, each_port, strict=True))
    user = word("user", url.username, "PGUSER")
    return Place("postgresql", servers, word("dbname", url.database, "PGDATABASE") or user)


def _service(name: str) -> Mapping[str, str]:
    """What the person's service file says of a service; nothing where there is none."""
    if not name:
        return {}
    file = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        file.read(os.environ.get("PGSERVICEFILE") or Path.home() / ".pg_service.conf", "utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return {}
    return dict(file[name]) if file.has_section(name) else {}


def _database(url: URL, query: Mapping[str, str]) -> str:
    """Its name, without regard to case: whether a server minds it is the server's setting, and one too many is refused, never one
    too few."""
    if dialect_of(url.drivername) == "oracle":
        service = query.get("service_name") or query.get("sid") or url.database or ""
        return f"{service}/{query.get('schema') or url.username or ''}".casefold()
    return (url.database or "").casefold()


def _file(name: str) -> str:
    """By device and inode where there is a file, so that no link hides it."""
    path = Path(os.path.realpath(name))
    try:
        found = path.stat()
    except OSError:
        return str(path)
    return f"{found.st_dev}:{found.st_ino}"


def _port(text: str) -> int:
    return int(text) if text.isdecimal() else _PORTS["postgresql"]


def _host(text: str) -> str:
    """One spelling per host; this machine has one name, whichever of its own it is called by."""
    host = text.strip().strip("[]").rstrip(".").casefold()
    if not host or host == "localhost" or host in _SOCKET_FOLDERS:
        return HERE
    if host.startswith(("/", "@")):
        return os.path.realpath(host) if host.startswith("/") else host
    try:
        # As inet_aton reads it: 127.1 and 0x7f000001 are addresses as well.
        literal = socket.inet_ntoa(socket.inet_aton(host)) if _NUMERIC.match(host) else host
        address = ipaddress.ip_address(literal.partition("%")[0])
    except (ValueError, OSError):
        return _named(host)
    mapped = getattr(address, "ipv4_mapped", None) or address
    return HERE if mapped.is_loopback or mapped.is_unspecified else str(mapped)


def _named(host: str) -> str:
    if host in (own := socket.gethostname().casefold(), own.partition(".")[0]):
        return HERE
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
