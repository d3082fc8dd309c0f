"""What goes wrong with a database, as sentences with fields. A driver's own message may quote a cell, so it never travels."""

from __future__ import annotations

from connectors.names import TableName


class DatabaseError(Exception):
    """Root. `str()` is one sentence for a person; the fields are for tests and JSON."""

    def __init__(
        self,
        message: str,
        *,
        table: TableName | None = None,
        column: str | None = None,
        constraint: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.table, self.column, self.constraint = table, column, constraint
        self.code = code
        """The database's own code (SQLSTATE, errno): says what happened without quoting a value."""


class UrlError(DatabaseError):
    """The address of a database cannot be understood."""


class ConnectError(DatabaseError):
    """Unreachable, wrong password, no such database, no TLS."""


class ReadError(DatabaseError):
    """A table could not be read."""


class AskedError(ReadError):
    """A condition, an expression or a key, as a person wrote it, is none for this table."""


class WriteError(DatabaseError):
    """A row, a chunk or a statement was not accepted by the target. `constraint` names what refused it."""


class DdlError(DatabaseError):
    """A statement that builds the target failed."""


class TargetError(DatabaseError):
    """The target is not one that may be written: foreign data, another run's claim, the source itself."""


class Lost(DatabaseError):
    """The connection or the snapshot went away in the middle."""


class SnapshotLost(Lost):
    """The moment that was to be read is over: nobody holds it open any more."""
