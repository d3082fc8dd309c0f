"""Who holds which entity of a target, and until when: a table of ours beside the marker, which the next reader frees of what is over.

Every step is one statement of its own, and the primary key decides: of two who reserve at once, one wins.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from connectors.names import TableName, parse_table_name

COLUMNS = ("digest", "entity", "entity_key", "holder", "since", "till")
TABLE = (
    "digest VARCHAR(40) NOT NULL PRIMARY KEY, entity VARCHAR(255) NOT NULL, entity_key TEXT NOT NULL, holder VARCHAR(255) NOT NULL, "
    "since VARCHAR(40) NOT NULL, till VARCHAR(40) NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Reservation:
    """One entity that is somebody's for a while."""

    table: TableName
    key: tuple[str, ...]
    """As the person wrote it who reserved."""
    row: tuple[str, ...]
    """The same as the database spells it: two spellings of one key are one entity. Empty where it is not asked for."""
    owner: str
    since: str
    """ISO 8601, UTC."""
    until: str

    @property
    def digest(self) -> str:
        text = json.dumps([str(self.table), *self.row])
        return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()

    def __repr__(self) -> str:
        return f"Reservation({self.table}, {self.owner}, {self.until})"


class Statements(Protocol):
    """One autocommitting session; errors come as ours. Values go where `?` stands."""

    relation: str
    """The table of reservations."""
    insert: tuple[str, str]
    """How a row is inserted unless its key is there: verb and ending."""

    def exists(self) -> bool:
        """Is there such a table?"""

    def make(self) -> None:
        """Make it where it is missing."""

    def run(self, sql: str, *values: str) -> None: ...

    def select(self, sql: str, *values: str) -> Sequence[Sequence[Any]]: ...


class Reservations:
    """The reservations of one target."""

    def __init__(self, statements: Statements) -> None:
        self._statements, self._relation = statements, statements.relation

    def reserve(self, wanted: Reservation) -> Reservation:
        """The reservation that stands now: `wanted`, also where its owner had one already, or another person's."""
        self._statements.make()
        verb, ending = self._statements.insert
        places = ", ".join("?" * len(COLUMNS))
        self._statements.run(
            f"DELETE FROM {self._relation} WHERE digest = ? AND till <= ?", wanted.digest, wanted.since
        )
        self._statements.run(
            f"{verb} INTO {self._relation} ({', '.join(COLUMNS)}) VALUES ({places}){ending}",
            wanted.digest, str(wanted.table), json.dumps(wanted.key), wanted.owner, wanted.since, wanted.until,
        )  # fmt: skip
        self._statements.run(
            f"UPDATE {self._relation} SET till = ? WHERE digest = ? AND holder = ?",
            wanted.until, wanted.digest, wanted.owner,
        )  # fmt: skip
        found = self._found("digest = ?", wanted.digest)
        return found[0] if found else wanted

    def release(self, freed: Reservation) -> None:
        """Nobody holds it any more."""
        if self._statements.exists():
            self._statements.run(f"DELETE FROM {self._relation} WHERE digest = ?", freed.digest)

    def holder(self, table: TableName, row: tuple[str, ...], now: str) -> Reservation | None:
        """Who holds this entity now."""
        found = self._found("digest = ? AND till > ?", Reservation(table, (), row, "", "", "").digest, now)
        return found[0] if found else None

    def living(self, now: str) -> list[Reservation]:
        """All that are not over, without `row`."""
        return self._found("till > ?", now)

    def _found(self, condition: str, *values: str) -> list[Reservation]:
        if not self._statements.exists():
            return []
        sql = f"SELECT {', '.join(COLUMNS[1:])} FROM {self._relation} WHERE {condition} ORDER BY since, digest"
        return list(_read(self._statements.select(sql, *values)))


@runtime_checkable
class Reserving(Protocol):
    """A database whose entities can be reserved."""

    def reservations(self) -> AbstractContextManager[Reservations]: ...


def _read(rows: Sequence[Sequence[Any]]) -> Iterator[Reservation]:
    for table, key, owner, since, until in rows:
        yield Reservation(parse_table_name(table), tuple(json.loads(key)), (), owner, since, until)
