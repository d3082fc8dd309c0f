"""What the Plan page shows of tables, columns and rules: plain data, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from desktop.models.columnar import Ints, Names
from desktop.theme.tokens import Tone


class FieldKind(StrEnum):
    """Which widget a field of a mask gets."""

    SWITCH = "switch"
    CHOICE = "choice"
    WHOLE = "whole"
    NUMBER = "number"
    TEXT = "text"
    TEXTS = "texts"
    """A list of texts."""
    NUMBERS = "numbers"
    TOML = "toml"
    """Anything else, as the plan writes it."""


@dataclass(frozen=True, slots=True)
class Field:
    """One option of a mask."""

    name: str
    kind: FieldKind
    help: str
    required: bool = False
    default: str = ""
    """TOML of what holds where nothing is said; empty where that is nothing."""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Mask:
    """A technique as the chooser lists it."""

    name: str
    title: str
    keeps: str
    """What of the values stays, in words."""
    about: str
    """More of it."""
    fits: bool
    """Can it be put on a column of this type?"""


class Decision(StrEnum):
    MASK = "mask"
    KEEP = "keep"
    UNDECIDED = "undecided"
    LEARN = "learn"
    """In a synthesised table: the column is learned, or made anew."""


@dataclass(frozen=True, slots=True)
class RuleView:
    """The rule of one column, or of several together, ready for the form."""

    table: str
    columns: tuple[str, ...]
    native: str
    decision: Decision
    mask: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    """Option -> its TOML, where the plan says it."""
    reason: str = ""
    """Why it is kept or undecided; beside a mask the comment of its line."""
    domain: str = ""
    """That the rule names itself."""
    shared: str = ""
    """The domain that holds."""
    joined: tuple[str, ...] = ()
    """Other columns of that domain, `table.column`; they are masked alike."""
    more_joined: int = 0
    by: str = ""
    from_: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """The table's other columns, for `by` and `from`."""
    people: tuple[str, ...] = ()
    """Paths to the key of a person, for `by`."""
    masks: tuple[Mask, ...] = ()
    fields: tuple[Field, ...] = ()
    """Of its mask."""
    line: int | None = None
    treatment: str = "mask"
    computed: bool = False
    """The database computes the column itself."""
    learned: str = ""
    """How a column of a synthesised table is made, as the plan writes it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks of some columns of one table."""

    decision: Decision
    mask: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    domain: str = ""
    by: str = ""
    from_: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """Why a rule was not taken: each sentence with the field that it is about, or with none."""

    said: tuple[tuple[str, str], ...]


TREATMENTS = ("", "mask", "copy", "empty", "drop", "public", "synthesize")
"""By code; the first stands for a table that the plan does not name."""


@dataclass(frozen=True, slots=True)
class TablesView:
    """All tables, in columns: ten thousand of them are one message."""

    names: Names
    rows: Ints
    """Estimated; -1 where nobody knows."""
    treatment: Ints
    masked: Ints
    kept: Ints
    undecided: Ints
    role: Ints
    """In ROLES."""
    known: Ints
    """0: the source has no such table."""

    def __len__(self) -> int:
        return len(self.names)


ROLES = ("", "start", "whole", "unit")


@dataclass(frozen=True, slots=True)
class ColumnView:
    name: str
    native: str
    key: str
    looks: str
    """What it seems to hold, or why somebody decided so."""
    decision: str
    """In words: `email`, `kept`, `undecided`, `learned`."""
    domain: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class TableView:
    name: str
    treatment: str
    reason: str
    columns: tuple[ColumnView, ...] = field(repr=False)
    line: int | None = None
    parents: tuple[str, ...] = ()
    """Tables that it refers to."""
    children: tuple[str, ...] = ()


NO_TABLES = TablesView(Names(b"", np.zeros(0, np.int64)), *(np.zeros(0, np.int64),) * 7)


def matching(view: TablesView, words: str, only_undecided: bool) -> Sequence[int]:
    """The places of the tables whose name has all of these words; undecided ones alone where that is asked."""
    wanted = words.casefold().split()
    places = np.nonzero(view.undecided > 0)[0].tolist() if only_undecided else range(len(view))
    if not wanted:
        return places
    names = [view.names[place].casefold() for place in places]
    return [place for place, name in zip(places, names, strict=True) if all(word in name for word in wanted)]
