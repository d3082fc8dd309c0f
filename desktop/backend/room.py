"""What every verb is given: the workspace and its vault, databases by name, and how to tell the window something on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from connectors.database import Database
from connectors.schema import Schema
from engine.catalog.store import Catalog
from engine.commands.session import Session
from engine.jobs.control import Control
from engine.jobs.ledger import Ledger
from engine.keystore import KeyStore
from engine.os_keyring import real_keyring
from engine.printing import Screen
from engine.workspace import Workspace

if TYPE_CHECKING:
    # Not for nothing: it brings all of the checks, which the first answers can do without.
    from engine.runs import Office

Kept = TypeVar("Kept")


class Call:
    """One call of one verb."""

    def __init__(self, tell: Callable[[Any], None]) -> None:
        self.tell = tell
        """Send something on the way: plain data, small (below some 200 kB), never Qt."""
        self.control = Control()
        """`control.check()` raises Cancelled once nobody waits any more: ask it in every loop."""


class Room:
    """Lives as long as the backend. Verbs of several calls run at once, each on a thread of its own."""

    def __init__(self, folder: Path | None, window: str = "") -> None:
        self._folder, self.window = folder, window
        self._passphrase: str | None = None
        self._lock = threading.RLock()
        self._kept: dict[type, Any] = {}
        self._schemas: dict[str, Schema] = {}
        self._reading: dict[str, threading.Lock] = {}
        self._connections = 0
        """How often connections were changed."""
        self._session = self._new_session()

    def _new_session(self) -> Session:
        word = self._passphrase
        return Session(Screen(as_json=True), self._folder, (lambda: word) if word is not None else None)

    def unlock(self, passphrase: str) -> None:
        """Open the vault, or make it. Raises VaultError for a wrong passphrase, and is locked as before."""
        with self._lock:
            before, self._passphrase = self._passphrase, passphrase
            try:
                session = self._new_session()
                session.keystore.names()
            except BaseException:
                self._passphrase = before
                raise
            self._session = session

    @property
    def unlocked(self) -> bool:
        """Can secrets be read without asking a person?"""
        return self._passphrase is not None or real_keyring() is not None

    @property
    def session(self) -> Session:
        """As a verb of the command line has it: `.url`, `.safe`, `.typed`."""
        return self._session

    @property
    def workspace(self) -> Workspace:
        return self._session.workspace

    @property
    def catalog(self) -> Catalog:
        with self._lock:
            return self._session.catalog

    @property
    def ledger(self) -> Ledger:
        with self._lock:
            return self._session.ledger

    @property
    def keystore(self) -> KeyStore:
        """Raises VaultError where the vault needs a passphrase that nobody has given yet: the window then asks for it."""
        with self._lock:
            return self._session.keystore

    @property
    def office(self) -> Office:
        from engine.runs import Office

        return Office(self.workspace, self.catalog, self.keystore)

    @contextmanager
    def open(self, connection: str) -> Iterator[Database]:
        """The database of a saved connection or at a URL, to be read. Raises RoleError for a forbidden one."""
        with self._session.source(connection) as database:
            yield database

    @contextmanager
    def open_target(self, connection: str) -> Iterator[Database]:
        """The same, as a run's target. Raises RoleError for a forbidden one, and for a source."""
        with self._session.target(connection) as database:
            yield database

    def schema(self, connection: str, *, again: bool = False) -> Schema:
        """Its schema, described once and kept until somebody asks for it `again`, or changes a connection."""
        known = self.known_schema(connection)
        if known is not None and not again:
            return known
        with self._lock:
            reading = self._reading.setdefault(connection, threading.Lock())
        # Pages that open together ask together: a slow server describes itself to them once.
        with reading:
            known = self.known_schema(connection)
            return self._described(connection) if known is None or again else known

    def _described(self, connection: str) -> Schema:
        with self._lock:
            connections = self._connections
        with self.open(connection) as database:
            found = database.describe()
        with self._lock:
            # What was begun at an address that is another one by now serves its caller alone.
            if connections == self._connections:
                self._schemas[connection] = found
        return found

    def connections_changed(self) -> None:
        """Forget every schema: the same name may lead elsewhere now, or may not be opened any more."""
        with self._lock:
            self._connections += 1
            self._schemas.clear()

    def known_schema(self, connection: str) -> Schema | None:
        """Its schema, where somebody has described it already."""
        with self._lock:
            return self._schemas.get(connection)

    def keep(self, kind: type[Kept], make: Callable[[], Kept]) -> Kept:
        """The one object of this kind that outlives a call (an open plan...): made by whoever asks first."""
        with self._lock:
            if kind not in self._kept:
                self._kept[kind] = make()
            found: Kept = self._kept[kind]
            return found
