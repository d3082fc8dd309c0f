"""MariaDB and MySQL: one protocol and nearly one SQL; `connectors/my_flavour.py` says where they differ."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from types import MappingProxyType

from pymysql import err

from connectors.database import Capabilities, Identity, Limit, Script
from connectors.errors import ReadError
from connectors.my_connect import Address, address, connect, mapped
from connectors.my_ddl import script
from connectors.my_describe import describe
from connectors.my_flavour import flavour_of
from connectors.my_marker import LOCK_TIMEOUT
from connectors.my_merge import MySqlStaging
from connectors.my_read import SNAPSHOT, MySqlCounts
from connectors.my_reservations import MySqlReservations
from connectors.my_rows import MySqlSnapshot
from connectors.my_sql import MySqlText
from connectors.my_target import MySqlTarget
from connectors.my_wire import PARAMETER, Wire
from connectors.portable import portable_ddl
from connectors.portable_limits import limits
from connectors.reading import unshared
from connectors.reservations import Reservations
from connectors.schema import Column, Schema
from connectors.sql import parse_url

_WRITES = re.compile(
    r"\b(ALL PRIVILEGES|INSERT|UPDATE|DELETE(?! HISTORY)|CREATE(?! TEMPORARY)|DROP|ALTER|INDEX|TRIGGER|EVENT|SUPER|FILE)\b"
)
_NO_LOCK = {1205, 1227, 1044, 1142}
"""Not given in time; not a right of this login."""
_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<place>(?:TABLE )?\S+\.\S+) TO ", re.DOTALL)


class MySQL:
    """Both of them: many a `mysql://` leads to a MariaDB, so `dialect` is what the server says of itself."""

    capabilities = Capabilities(
        schemas=False,
        transactional_ddl=False,
        deferrable_constraints=False,
        disables_constraints=True,
        shared_snapshot=False,
        parallel_writers=True,
        native_ddl=True,
        identity_columns=True,
        enum_types=True,
        comments=True,
        max_name=64,
        parameters=65_535,
    )

    def __init__(self, url_text: str) -> None:
        self._address: Address = address(parse_url(url_text))
        self.url = self._address.printable
        self._sql = MySqlText(self._address.database)
        # At once, so that a wrong password or host shows where the database is opened.
        self._wire = connect(self._address, reader=True)
        self._flavour = flavour_of(self._wire.get_server_info())
        self.dialect = self._flavour.dialect

    def close(self) -> None:
        with suppress(err.MySQLError):
            self._wire.close()

    def __enter__(self) -> MySQL:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def describe(self) -> Schema:
        return self._describe(self._wire)

    def identity(self) -> Identity:
        """The server as it names itself, whatever the address that led to it."""
        with self._reading("the identity of the server cannot be read"):
            return Identity(str(self._wire.value(self._flavour.identity)), str(self._wire.value("SELECT DATABASE()")))

    def version(self) -> str:
        said = self._wire.get_server_info()
        # MariaDB puts another number before its own for the sake of old clients.
        number = said.removeprefix("5.5.5-").partition("-")[0]
        return f"{'MariaDB' if self.dialect == 'mariadb' else 'MySQL'} {number}"

    def may_write(self) -> tuple[str, ...]:
        with self._reading("the rights of this login cannot be read"):
            grants = [str(row[0]) for row in self._wire.select("SHOW GRANTS")]
        return tuple(word for grant in grants for word in _write_rights(grant, self._address.database))

    @contextmanager
    def snapshot(self, at: str | None = None) -> Iterator[MySqlSnapshot]:
        unshared(at)
        with self._session(reader=True) as wire:
            with self._reading("no snapshot can be opened"):
                for statement in SNAPSHOT:
                    wire.run(statement)
            yield MySqlSnapshot(wire, self._sql, self.dialect, self._describe(wire))

    @contextmanager
    def snapshots(self, readers: int) -> Iterator[list[MySqlSnapshot]]:
        """Sessions that begin while a global lock holds off every commit for an instant; one where the lock is not given at once."""
        with ExitStack() as stack, self._reading("no snapshot can be opened"):
            wires = [stack.enter_context(self._session(reader=True)) for _ in range(readers)]
            with self._session(reader=True) as locking:
                together = _held_off(locking)
                wires = wires if together else wires[:1]
                for wire in wires:
                    for statement in SNAPSHOT:
                        wire.run(statement)
            schema = self._describe(wires[0])
            yield [MySqlSnapshot(wire, self._sql, self.dialect, schema) for wire in wires]

    @contextmanager
    def audit(self) -> Iterator[MySqlCounts]:
        with self._session(reader=True) as wire:
            yield MySqlCounts(wire, self._sql)

    @contextmanager
    def target(self) -> Iterator[MySqlTarget]:
        counts = self._flavour.counts_nulls
        with closing(MySqlTarget(self._writer, self._sql, self._address.database, counts_nulls=counts)) as session:
            yield session

    @contextmanager
    def reservations(self) -> Iterator[Reservations]:
        with closing(self._writer()) as wire:
            yield Reservations(MySqlReservations(wire))

    @contextmanager
    def staging(self) -> Iterator[MySqlStaging]:
        counts = self._flavour.counts_nulls
        with closing(MySqlStaging(self._writer, self._sql, self._address.database, counts_nulls=counts)) as session:
            yield session

    def ddl(self, schema: Schema, schemas: Mapping[str, str] = MappingProxyType({})) -> Script | None:
        """By SHOW CREATE; `schemas` has nothing to say, for the target's one schema is the database of its address."""
        return script(self._wire, schema, replaces=self._flavour.replaces)

    def portable_ddl(self, schema: Schema) -> tuple[Schema, Script]:
        return portable_ddl(schema, self.dialect)

    def limits(self, source: str, column: Column, into: Column) -> tuple[Limit, ...]:
        return limits(source, column, self.dialect, into)

    @contextmanager
    def nonce_lock(self, nonce: str) -> Iterator[None]:
        with self._session(reader=True) as wire, self._reading("no lock can be taken"):
            if wire.value(f"SELECT GET_LOCK({PARAMETER}, {LOCK_TIMEOUT})", self._lock(nonce)) != "1":
                raise ReadError("the lock that tells source from target is held by another session")
            try:
                yield
            finally:
                # The server may take its time to notice that a session has closed.
                with suppress(err.MySQLError):
                    wire.value(f"SELECT RELEASE_LOCK({PARAMETER})", self._lock(nonce))

    def sees_lock(self, nonce: str) -> bool:
        with self._reading("locks cannot be read"):
            return self._wire.value(f"SELECT IS_USED_LOCK({PARAMETER})", self._lock(nonce)) is not None

    def _writer(self) -> Wire:
        wire = connect(self._address, reader=False)
        # Whoever holds a table is named, and not waited for without an end.
        wire.run(f"SET SESSION lock_wait_timeout = {LOCK_TIMEOUT}, innodb_lock_wait_timeout = {LOCK_TIMEOUT}")
        return wire

    def _lock(self, nonce: str) -> str:
        # Locks are the server's, not the database's, and their names are short.
        return "lookalike:" + hashlib.sha256(f"{self._address.database}\0{nonce}".encode()).hexdigest()[:48]

    def _describe(self, wire: Wire) -> Schema:
        with self._reading("the catalog cannot be read"):
            return describe(wire, self._address.database, self._flavour)

    @contextmanager
    def _session(self, *, reader: bool) -> Iterator[Wire]:
        wire = connect(self._address, reader=reader)
        try:
            yield wire
        finally:
            with suppress(err.MySQLError):
                wire.close()

    @contextmanager
    def _reading(self, doing: str) -> Iterator[None]:
        try:
            yield
        except err.MySQLError as error:
            raise mapped(error, ReadError, doing) from None


class MariaDB(MySQL):
    """The same under its own scheme, `mariadb://`."""


def _held_off(wire: Wire) -> bool:
    """Keep everybody from committing for as long as this session lives. False where the login may not, or others do not let go."""
    try:
        wire.run("SET SESSION lock_wait_timeout = 1")
        wire.run("FLUSH TABLES WITH READ LOCK")
    except err.MySQLError as error:
        if error.args[0] not in _NO_LOCK:
            raise
        return False
    return True


def _write_rights(grant: str, database: str) -> Iterator[str]:
    """`INSERT on shop.*` for each right to write that this line of SHOW GRANTS gives in the database."""
    match = _GRANT.match(grant)
    if match is None:
        return
    place = match.group("place").removeprefix("TABLE ")
    schema = place.partition(".")[0].strip("`")
    # A database in a grant is a LIKE pattern.
    pattern = re.escape(schema).replace(r"\\_", "\0").replace(r"\\%", "\1").replace("_", ".").replace("%", ".*")
    pattern = pattern.replace("\0", "_").replace("\1", "%")
    if schema == "*" or re.fullmatch(pattern, database):
        for right in _WRITES.findall(match.group("rights")):
            yield f"{right} on {place.replace('`', '')}"
