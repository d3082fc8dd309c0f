"""The address of a database as fields and as one line of text: each is made of the other. A password is in neither."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, quote_plus, unquote

_LINE = re.compile(
    r"(?P<scheme>[\w+]+)://"
    # Up to the last @: a password may hold one.
    r"(?:(?P<user>[^:/?@]*)(?::(?P<password>[^/?]*))?@)?"
    r"(?:\[(?P<six>[^/?]+)\]|(?P<host>[^/:?@]+))?(?::(?P<port>[^/?]*))?"
    r"(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?\Z",
    re.DOTALL,
)
_SPELLINGS = {"postgres": "postgresql", "sqlserver": "mssql"}
_SECRET = re.compile(r"passw(or)?d|pwd|secret", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mode:
    """One way of encryption that an address can ask for."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a form asks about a database of this kind."""

    name: str
    title: str
    port: str = ""
    """Where its servers listen by default."""
    tls: str = ""
    """The word of its address that says how it is encrypted."""
    ca: str = ""
    """... and where the file of authorities is; empty: it takes none."""
    modes: tuple[Mode, ...] = ()

    @property
    def file(self) -> bool:
        return not self.port


USUAL = Mode("", "As usual: verified, unless the server is on this machine")
_MY = (
    USUAL,
    Mode("verify_identity", "Encrypted, certificate and host verified"),
    Mode("verify_ca", "Encrypted, certificate verified"),
    Mode("disabled", "Not encrypted"),
)
DIALECTS = (
    Dialect(
        "postgresql", "PostgreSQL", "5432", "sslmode", "sslrootcert",
        (USUAL, Mode("verify-full", "Encrypted, certificate and host verified"),
         Mode("verify-ca", "Encrypted, certificate verified"), Mode("require", "Encrypted, nobody verifies the server"),
         Mode("prefer", "Encrypted if the server offers it"), Mode("disable", "Not encrypted")),
    ),
    Dialect("mariadb", "MariaDB", "3306", "ssl_mode", "ssl_ca", _MY),
    Dialect("mysql", "MySQL", "3306", "ssl_mode", "ssl_ca", _MY),
    Dialect("sqlite", "SQLite file"),
    Dialect(
        "mssql", "SQL Server", "1433", "encrypt", "ssl_ca",
        (USUAL, Mode("verify", "Encrypted, certificate and host verified"), Mode("no", "As the server offers it")),
    ),
    Dialect(
        "oracle", "Oracle", "1521", "protocol", "",
        (USUAL, Mode("tcps", "Encrypted, certificate and host verified"), Mode("tcp", "Not encrypted")),
    ),
)  # fmt: skip
BY_NAME = {dialect.name: dialect for dialect in DIALECTS}


@dataclass(frozen=True, slots=True)
class Address:
    """What the fields of a form hold. `database` is the path of a SQLite file."""

    dialect: str = "postgresql"
    host: str = ""
    port: str = ""
    database: str = ""
    user: str = ""
    tls: str = ""
    ca: str = ""
    more: tuple[tuple[str, str], ...] = ()
    """Words of the address that no field shows; they stay."""
    driver: str = ""
    """`+psycopg`, as somebody wrote it."""


def line(address: Address) -> str:
    """The address as one line, without a password."""
    known = BY_NAME[address.dialect]
    scheme = f"{address.dialect}{address.driver}://"
    if known.file:
        return f"{scheme}/{_path(address.database)}"
    user = f"{quote(address.user, safe=' +')}@" if address.user else ""
    host = f"[{address.host}]" if ":" in address.host else address.host
    port = f":{address.port}" if address.port else ""
    database = f"/{quote(address.database, safe=' +/')}" if address.database else ""
    words = [(known.tls, address.tls), (known.ca, address.ca), *address.more]
    query = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in words if name and value)
    return f"{scheme}{user}{host}{port}{database or ('/' if query else '')}{'?' if query else ''}{query}"


def read(text: str) -> tuple[Address, str] | None:
    """The fields of a line, and the password that was in it; None for what is no address of a kind that we know."""
    found = _LINE.match(text.strip())
    if found is None:
        return None
    scheme, plus, driver = found["scheme"].lower().partition("+")
    scheme = _SPELLINGS.get(scheme, scheme)
    if scheme not in BY_NAME:
        return None
    known = BY_NAME[scheme]
    if known.file:
        path = found["database"] or ""
        return Address(
            scheme, database=unquote(path) if "?" in text or _QUOTED in path else path, driver=plus + driver
        ), ""
    words = parse_qsl(found["query"] or "")
    password = unquote(found["password"] or "") or next((value for name, value in words if _SECRET.search(name)), "")
    given = {name: value for name, value in words if name in (known.tls, known.ca)}
    more = tuple((name, value) for name, value in words if name not in given and not _SECRET.search(name))
    address = Address(
        scheme, found["six"] or found["host"] or "", found["port"] or "", unquote(found["database"] or ""),
        unquote(found["user"] or ""), given.get(known.tls, ""), given.get(known.ca, ""), more, plus + driver,
    )  # fmt: skip
    return address, password


_QUOTED = "%3F"


def _path(file: str) -> str:
    """A file's name stands in its address as it is; only a question mark would end it."""
    return quote(file, safe="/:\\ ") + "?" if "?" in file else file


def other_dialect(address: Address, dialect: str) -> Address:
    """The same server under another dialect: what only the old one knows goes."""
    if dialect == address.dialect:
        return address
    before, after = BY_NAME[address.dialect], BY_NAME[dialect]
    if before.file or after.file:
        return Address(dialect)
    port = "" if address.port == before.port else address.port
    return replace(address, dialect=dialect, port=port, tls="", ca=address.ca if after.ca else "", more=(), driver="")
