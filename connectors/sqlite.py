"""SQLite: a file. One URL, `sqlite:///relative/path` or `sqlite:////absolute/path`, links resolved.

Only the standard library's driver opens it. A second SQLite library in the process (ADBC brings its own) would close the
file's descriptors under our locks, for POSIX locks belong to the process: https://sqlite.org/howtocorrupt.html, section 2.2.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from connectors.database import Capabilities, Identity, Limit, Script
from connectors.errors import ConnectError, ReadError, UrlError
from connectors.file_lock import take_lock
from connectors.portable_limits import limits
from connectors.reading import unshared
from connectors.reservations import Reservations
from connectors.schema import Column, Schema
from connectors.sql import parse_url
from connectors.sqlite_ddl import script
from connectors.sqlite_describe import describe
from connectors.sqlite_errors import code, sentence
from connectors.sqlite_merge import SQLiteStaging
from connectors.sqlite_read import SQLiteCounts, SQLiteSnapshot
from connectors.sqlite_reservations import SQLiteReservations
from connectors.sqlite_target import SQLiteTarget

_PLAIN = "sqlite:///"
_WAIT_S = 30.0
"""How long to wait for another program's lock."""
_NO_SHARED_MEMORY = ("SQLITE_CANTOPEN", "SQLITE_READONLY_CANTINIT", "SQLITE_READONLY_DIRECTORY")


def named_file(url_text: str) -> str | None:
    """The file that an address names. A plain one is not given to SQLAlchemy, whose import is a third of a keeper's start."""
    if url_text.startswith(_PLAIN) and "?" not in url_text:
        return url_text.removeprefix(_PLAIN)
    url = parse_url(url_text)
    return None if url.host else url.database


class SQLite:
    dialect = "sqlite"
    capabilities = Capabilities(
        schemas=False,
        transactional_ddl=True,
        deferrable_constraints=True,
        disables_constraints=True,
        shared_snapshot=False,
        parallel_writers=False,
        native_ddl=True,
        identity_columns=True,
        enum_types=False,
        comments=False,
        max_name=1_000_000,
        parameters=32_766,
    )

    def __init__(self, url_text: str) -> None:
        file = named_file(url_text)
        if not file or file == ":memory:":
            raise UrlError("a SQLite address names a file: sqlite:///relative/path or sqlite:////absolute/path")
        self.path = Path(os.path.realpath(file))
        self.url = f"sqlite:///{self.path}"

    def close(self) -> None:
        """Nothing is held between calls: snapshots and targets close their own connection."""

    def __enter__(self) -> SQLite:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def describe(self) -> Schema:
        with self._reading() as connection:
            return describe(connection)

    def identity(self) -> Identity:
        """Device and inode, whatever the path; of the folder and the name where the file is still to be made."""
        try:
            found = self.path.stat()
            return Identity(f"{found.st_dev}:{found.st_ino}", "main")
        except FileNotFoundError:
            folder = self._folder().stat()
            return Identity(f"{folder.st_dev}:{folder.st_ino}/{self.path.name}", "main")

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def may_write(self) -> tuple[str, ...]:
        # Root may write any file: then the file's own mode says what its owner meant.
        writable = self.path.exists() and self.path.stat().st_mode & 0o222 and os.access(self.path, os.W_OK)
        return ("the file is writable",) if writable else ()

    @contextmanager
    def snapshot(self, at: str | None = None) -> Iterator[SQLiteSnapshot]:
        unshared(at)
        """One read transaction: writers in the default journal mode wait for its end."""
        with self._reading() as connection:
            connection.execute("BEGIN")
            schema = describe(connection)
            connection.text_factory = bytearray
            yield SQLiteSnapshot(connection, schema)

    @contextmanager
    def audit(self) -> Iterator[SQLiteCounts]:
        with self._reading() as connection:
            yield SQLiteCounts(connection)

    @contextmanager
    def staging(self) -> Iterator[SQLiteStaging]:
        connection = self._open("rw")
        try:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA cache_size = -65536")
            yield SQLiteStaging(connection)
        finally:
            connection.close()

    @contextmanager
    def reservations(self) -> Iterator[Reservations]:
        with closing(self._open("rw")) as connection:
            yield Reservations(SQLiteReservations(connection))

    @contextmanager
    def target(self) -> Iterator[SQLiteTarget]:
        """The file is made here where there is none; an unclaimed new file goes again."""
        new = not self.path.exists()
        self._folder()
        connection = self._open("rwc")
        try:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA cache_size = -65536")
            yield SQLiteTarget(connection)
        finally:
            connection.close()
            if new and self.path.exists() and self.path.stat().st_size == 0:
                self.path.unlink()

    def ddl(self, schema: Schema, schemas: Mapping[str, str] = MappingProxyType({})) -> Script | None:
        with self._reading() as connection:
            return script(connection, schema)

    def portable_ddl(self, schema: Schema) -> tuple[Schema, Script]:
        # It brings a parser of SQL, which no keeper of a snapshot needs.
        from connectors.portable import portable_ddl

        return portable_ddl(schema, "sqlite")

    def limits(self, source: str, column: Column, into: Column) -> tuple[Limit, ...]:
        return limits(source, column, "sqlite", into)

    @contextmanager
    def nonce_lock(self, nonce: str) -> Iterator[None]:
        """A locked file of that name beside the database: seen through any mount of its folder, and the database is not
        touched. The lock ends with its process, however that ends; the file may then stay, and means nothing."""
        try:
            file = os.open(self._lock(nonce), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            # A folder that cannot be written is nobody's target: the identity is proof enough.
            yield
            return
        try:
            take_lock(file)
            yield
        finally:
            os.close(file)
            with suppress(OSError):
                self._lock(nonce).unlink()

    def sees_lock(self, nonce: str) -> bool:
        try:
            file = os.open(self._lock(nonce), os.O_RDWR)
        except OSError:
            return False
        try:
            return not take_lock(file)
        finally:
            os.close(file)

    def _lock(self, nonce: str) -> Path:
        return self.path.with_name(f".{self.path.name}.lookalike-{nonce}")

    def _folder(self) -> Path:
        folder = self.path.parent
        if not folder.is_dir():
            raise ConnectError(f"the folder {folder} does not exist: make it, or choose another file")
        return folder

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if not self.path.is_file():
            raise ConnectError(f"there is no SQLite file {self.path}: check the path")
        connection = self._open("ro")
        try:
            connection.execute("PRAGMA query_only = ON")
            # Joins without an index would else leave the source's keys in a plain temporary file.
            connection.execute("PRAGMA temp_store = MEMORY")
            yield connection
        except sqlite3.Error as error:
            raise ReadError(f"{self.path.name} cannot be read: {sentence(error)}", code=code(error)) from None
        finally:
            connection.close()

    def _open(self, mode: str) -> sqlite3.Connection:
        try:
            return self._connected(mode)
        except sqlite3.Error as error:
            # A file in WAL mode on read-only ground: without a log beside it, nobody can be writing it.
            log = self.path.with_name(self.path.name + "-wal")
            if mode == "ro" and code(error) in _NO_SHARED_MEMORY and not log.exists():
                with suppress(sqlite3.Error):
                    return self._connected("ro&immutable=1")
            raise ConnectError(f"{self.path} cannot be opened: {sentence(error)}", code=code(error)) from None

    def _connected(self, mode: str) -> sqlite3.Connection:
        address = f"{self.path.as_uri()}?mode={mode}"
        connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=_WAIT_S)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection
