"""A source's schema as the window shows it: all tables in columns of numbers and names, one table in full when somebody opens it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np

from desktop.models.columnar import Ints, Names
from desktop.theme.tokens import Tone

UNKNOWN = -1
"""Instead of a number of rows that nobody knows."""


class Sort(IntEnum):
    """What stands under a schema."""

    TABLE = 0
    VIEW = 1
    MATERIALIZED = 2
    UNREADABLE = 3
    """The login may not read it."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every table and view of a source, by number: those of one schema stand together, in the order of their names."""

    stamp: int
    """Which reading of the schema this is: numbers of another one mean other tables."""
    dialect: str
    schemas: tuple[str, ...]
    first: Ints = field(repr=False)
    """The number of each schema's first table, and after the last one how many there are."""
    names: Names = field(repr=False)
    """Within their schema."""
    titles: Names = field(repr=False)
    """As plans and reports call them."""
    sorts: Ints = field(repr=False)
    rows: Ints = field(repr=False)
    """Estimated; UNKNOWN where nobody knows."""
    notes: tuple[str, ...] = ()
    source: str = ""
    """The name of the connection, or its address without a password."""

    def __len__(self) -> int:
        return len(self.names)

    def schema_of(self, table: int) -> int:
        return int(np.searchsorted(self.first, table, side="right")) - 1

    @property
    def tables(self) -> int:
        return int(np.count_nonzero(self.sorts == Sort.TABLE))

    def number(self, title: str) -> int | None:
        """The table that plans call so."""
        wanted = title.encode("utf-8", "replace")
        content, place = self.titles.content, -1
        while (place := content.find(wanted, place + 1)) >= 0:
            at = int(np.searchsorted(self.titles.ends, place, side="right"))
            if self.titles[at] == title:
                return at
        return None


class Decision(IntEnum):
    """What the open plan says of a table."""

    NONE = 0
    """It does not name it, or there is no plan."""
    MASK = 1
    COPY = 2
    EMPTY = 3
    DROP = 4
    PUBLIC = 5
    SYNTHESIZE = 6


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of every table beside its schema: columns of personal data, columns without a decision, the plan's treatment."""

    stamp: int
    personal: Ints = field(repr=False)
    undecided: Ints = field(repr=False)
    decisions: Ints = field(repr=False)
    looked: bool = False
    """Somebody looked for personal data; without that no mark means nothing."""
    planned: bool = False
    """A plan is open for this source."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: tables by number, and which columns of each fit."""

    stamp: int
    text: str
    tables: Ints = field(repr=False)
    columns: Names = field(repr=False)
    """Of each table the first column that fits each word, as one text; empty where its own name does."""
    first: Ints = field(repr=False)
    """The place of the first of them in the table; -1 where its own name fits."""


@dataclass(frozen=True, slots=True)
class Place:
    """A table, or a column of it, for whoever goes there."""

    table: str
    column: str = ""


class Settled(StrEnum):
    """How a column's decision stands, in the plan's own words."""

    NOT_PLANNED = ""
    UNDECIDED = "undecided"
    MASKED = "masked"
    KEPT = "kept"
    LEARNED = "learned"
    AS_IS = "as it is"
    LEFT_OUT = "left out"


TONES = {
    Settled.UNDECIDED: Tone.CAUTION, Settled.MASKED: Tone.GOOD, Settled.LEARNED: Tone.GOOD, Settled.KEPT: Tone.PLAIN,
    Settled.AS_IS: Tone.CAUTION,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnView:
    name: str
    type: str
    nullable: bool
    primary: bool = False
    unique: bool = False
    parent: str = ""
    """The table that it refers to."""
    parent_column: str = ""
    default: str = ""
    generated: bool = False
    comment: str = ""
    entity: str = ""
    """What of a person it holds; empty: nothing known."""
    settled: Settled = Settled.NOT_PLANNED
    how: str = ""
    """The mask, or the reason."""

    @property
    def tone(self) -> Tone:
        return TONES.get(self.settled, Tone.PLAIN)


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key of a table; or, seen from the table it points at, one that refers to it."""

    sort: str
    """`primary key`, `unique`, `foreign key`."""
    name: str
    columns: tuple[str, ...]
    table: str = ""
    """The other end of a foreign key."""
    table_columns: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class PartView:
    """An index, a check or a trigger."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class TableView:
    """One table in full."""

    stamp: int
    number: int
    title: str
    sort: Sort
    rows: int
    columns: tuple[ColumnView, ...] = ()
    keys: tuple[KeyView, ...] = ()
    referrers: tuple[KeyView, ...] = ()
    indexes: tuple[PartView, ...] = ()
    checks: tuple[PartView, ...] = ()
    triggers: tuple[PartView, ...] = ()
    comment: str = ""
    decision: Decision = Decision.NONE
    note: str = ""
    """Why it cannot be read; the definition of a view."""


def rows_said(rows: int) -> str:
    """An estimate as short as it is sure: `59`, `12 k`, `1.2 M`."""
    if rows == UNKNOWN:
        return ""
    if rows < 10_000:
        return f"{rows:,}"
    if rows < 999_500:
        return f"{rows / 1e3:.0f} k"
    count, sign = (rows / 1e6, "M") if rows < 999_500_000 else (rows / 1e9, "G")
    return f"{count:.1f} {sign}" if count < 99.95 else f"{count:.0f} {sign}"


def key_sign(column: ColumnView) -> str:
    """What a column is to keys, in letters: they are read where a colour is not."""
    return " ".join(sign for sign, holds in (("PK", column.primary), ("FK", bool(column.parent))) if holds)


DECISIONS = {
    Decision.NONE: "", Decision.MASK: "masked", Decision.COPY: "copied", Decision.EMPTY: "emptied",
    Decision.DROP: "left out", Decision.PUBLIC: "public", Decision.SYNTHESIZE: "synthesised",
}  # fmt: skip
