"""Rows of a table before and after masking, as the page shows them: side by side, the source's own values hidden until somebody asks.

What is hidden is not here at all: the backend does not send it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from desktop.models.columnar import Names
from desktop.theme.tokens import Tone

ROWS = (10, 50, 200)
"""How many rows one may look at."""
SHOWN = 60
"""Characters of a cell; the rest is in its tool tip."""
CHANGED = "≠"
DOTS = "••••••"


class Kind(IntEnum):
    """What a cell holds, so that NULL, an empty text and the text NULL are not taken for each other."""

    TEXT = 0
    NUMBER = 1
    NULL = 2
    EMPTY = 3
    BINARY = 4
    DOCUMENT = 5
    SPECIAL = 6
    """A date that is none: infinity, 0000-00-00, before the year 1."""
    HIDDEN = 7
    UNDECIDED = 8


_MARKS = {Kind.NULL: "∅", Kind.EMPTY: "∅", Kind.BINARY: "▣", Kind.DOCUMENT: "{ }", Kind.SPECIAL: "⧗"}
"""Before the text, for who sees no difference of colour."""


@dataclass(frozen=True, slots=True)
class Head:
    """One column."""

    name: str
    mask: str
    """What masks it, in words; empty where nobody has decided."""
    native: str


@dataclass(frozen=True, slots=True)
class Cells:
    """Values as texts, column after column."""

    texts: Names = field(repr=False)
    kinds: NDArray[np.uint8] = field(repr=False)
    cut: NDArray[np.bool_] = field(repr=False)
    """Texts of which only the beginning was sent."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a table found. Holds cell values: for the screen, and for nothing else."""

    table: str
    heads: tuple[Head, ...]
    rows: int
    after: Cells = field(repr=False)
    changed: NDArray[np.bool_] = field(repr=False)
    """Column after column, too."""
    before: Cells | None = field(default=None, repr=False)
    """None: hidden."""

    @property
    def revealed(self) -> bool:
        return self.before is not None


@dataclass(frozen=True, slots=True)
class NoSight:
    """A table that cannot be compared, and why."""

    table: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tables:
    """What one may choose from: names in the order of the schema, and the treatment of each."""

    names: Names
    treatments: Names

    def place(self, table: str) -> int | None:
        return next((place for place, name in enumerate(self.names) if name == table), None)

    @property
    def first(self) -> int:
        """The first one that is masked, where there is one."""
        return next((place for place, treatment in enumerate(self.treatments) if treatment == "mask"), 0)


class Side:
    """One half of the comparison, as a Grid."""

    def __init__(self, seen: Seen, *, after: bool) -> None:
        self._seen = seen
        self._cells = seen.after if after else seen.before
        self._after = after

    @property
    def headings(self) -> tuple[str, ...]:
        """Two lines each: the column, and its type before, its mask after."""
        return self._headings

    @cached_property
    def _headings(self) -> tuple[str, ...]:
        heads = self._seen.heads
        return tuple(f"{head.name}\n{(head.mask or 'undecided') if self._after else head.native}" for head in heads)

    @property
    def rows(self) -> int:
        return self._seen.rows

    def _at(self, row: int, column: int) -> int:
        return column * self._seen.rows + row

    def kind(self, row: int, column: int) -> Kind:
        return Kind.HIDDEN if self._cells is None else Kind(int(self._cells.kinds[self._at(row, column)]))

    def changed(self, row: int, column: int) -> bool:
        return bool(self._seen.changed[self._at(row, column)])

    def made(self, row: int, column: int) -> bool:
        """Is what stands here what a mask has made?"""
        return self._after and self.changed(row, column)

    def value(self, row: int, column: int) -> str:
        """The cell's text, as far as it was sent; what stands for it where it is hidden."""
        kind = self.kind(row, column)
        if kind is Kind.HIDDEN:
            return DOTS
        if kind is Kind.UNDECIDED:
            return "not decided"
        if kind is Kind.NULL:
            return "NULL"
        if kind is Kind.EMPTY:
            return "empty text"
        assert self._cells is not None
        return self._cells.texts[self._at(row, column)]

    def text(self, row: int, column: int) -> str:
        kind, value = self.kind(row, column), _one_line(self.value(row, column))
        value = value if len(value) <= SHOWN else f"{value[: SHOWN - 1]}…"
        marks = (CHANGED if self.made(row, column) else "", _MARKS.get(kind, ""))
        return " ".join(part for part in (*marks, value) if part)

    def tone(self, row: int, column: int) -> Tone:
        return Tone.PLAIN

    def faint(self, row: int, column: int) -> bool:
        """Something that stands for a value, not one."""
        return self.kind(row, column) in (Kind.NULL, Kind.EMPTY, Kind.HIDDEN, Kind.UNDECIDED)

    def tip(self, row: int, column: int) -> str:
        """The whole value, once it is revealed."""
        if self._seen.before is None or self.kind(row, column) in (Kind.HIDDEN, Kind.UNDECIDED):
            return "Hidden until the source's values are revealed." if self._is_hidden(row, column) else ""
        value = self.value(row, column)
        assert self._cells is not None
        if self._cells.cut[self._at(row, column)]:
            return f"{value}… (the beginning)"
        return value if len(value) > SHOWN or "\n" in value else ""

    def _is_hidden(self, row: int, column: int) -> bool:
        return self.kind(row, column) is Kind.HIDDEN

    def spoken(self, row: int, column: int) -> str:
        """As a screen reader says it: what it is, whether it changed, its column and row."""
        said = "hidden" if self._is_hidden(row, column) else _one_line(self.value(row, column))[:SHOWN]
        side = (
            ("changed to" if self.changed(row, column) else "the same")
            if self._after and self.kind(row, column) is not Kind.UNDECIDED
            else ""
        )
        text = " ".join(part for part in (side, said) if part)
        return f"{text}, {self._seen.heads[column].name}, row {row + 1}"

    def letters(self, column: int, rows: int) -> int:
        """How wide its first rows are, in letters."""
        texts = [*self.headings[column].split("\n"), *(self.text(row, column) for row in range(min(rows, self.rows)))]
        return max(map(len, texts))

    def copied(self, row: int, column: int) -> str:
        """What the clipboard may have: what a mask has made, and nothing of the source."""
        return _one_line(self.value(row, column)) if self.made(row, column) else DOTS


def _one_line(text: str) -> str:
    return text.replace("\r\n", "⏎").replace("\n", "⏎").replace("\r", "⏎").replace("\t", "⇥")


def summary(seen: Seen) -> str:
    """How much of what is shown a mask has changed."""
    cells, changed = seen.changed.size, int(seen.changed.sum())
    return f"{CHANGED} {changed:,} of {cells:,} cells changed"


def nothing_to_compare(table: str, treatment: str, reason: str = "") -> str:
    """Why a table has no before and after; empty for one that is masked."""
    said = {
        "copy": "{table} is copied as it is: before and after are the same. The plan's reason: {reason}",
        "public": "{table} is public and copied as it is: before and after are the same. The plan's reason: {reason}",
        "empty": "{table} is emptied: the target has the table and none of its rows.",
        "drop": "{table} is dropped: the target does not have it.",
        "synthesize": (
            "{table} is synthesised: its rows are new and belong to nobody, so there is no row to compare. Train a model, "
            "and Evidence shows how alike the new rows are."
        ),
    }  # fmt: skip
    return said[treatment].format(table=table, reason=reason or "none is given.") if treatment in said else ""
