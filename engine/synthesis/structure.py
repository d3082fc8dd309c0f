"""The shape of an entity in a schema: which tables a root row owns, along which keys, and where the other keys of those tables go."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connectors.names import TableName
from connectors.schema import ForeignKey
from engine.privacy.budget import PrivacyUnit


class Goes(StrEnum):
    """Where a foreign key of a synthesised table leads, besides the one that owns its rows."""

    PUBLIC = "public"
    """To a public table: its value is a category that is learned, and the key is copied as it is."""
    INSIDE = "inside"
    """To a row of the same entity (a self reference, a sibling table): made after the rows."""
    PARTNER = "partner"
    """To a row that another entity owns: only its number of uses could be known, so partners are matched afresh."""
    OUTSIDE = "outside"
    """To a masked, copied or unread table: a key of the target is drawn, uniformly, and nothing is learned."""


@dataclass(frozen=True, slots=True)
class Link:
    key: ForeignKey
    goes: Goes


@dataclass(frozen=True, slots=True)
class Owned:
    """One table of the entity."""

    table: TableName
    owner: ForeignKey | None
    """The key along which a parent owns these rows; None for the root."""
    parent: int | None
    """The place of that parent in `Structure.tables`."""
    links: tuple[Link, ...] = ()
    order: str | None = None
    """The column of time by which siblings stand in order; None: by primary key."""
    most: int | None = None
    """Rows of one parent that are used at most, as declared; None: paid for."""


@dataclass(frozen=True)
class Structure:
    unit: PrivacyUnit
    tables: tuple[Owned, ...]
    """The root first, every parent before its children."""
    public: tuple[TableName, ...]
    """Tables that the guarantee does not cover."""

    def place(self, table: TableName) -> int:
        """Where a table stands in `tables`. Raises KeyError."""
        for place, owned in enumerate(self.tables):
            if owned.table == table:
                return place
        raise KeyError(table)
