"""The tables, columns and problems of a plan as grids: a cell becomes a text when it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from desktop.models.plan import Trouble
from desktop.models.rule import NO_TABLES, ROLES, TREATMENTS, ColumnView, TablesView
from desktop.models.treatment import SHORT
from desktop.theme.tokens import Tone

ROLE_WORDS = {"": "", "start": "start of the subset", "whole": "whole", "unit": "protected unit"}


@dataclass(frozen=True)
class TablesGrid:
    """Some of the plan's tables, by their places."""

    view: TablesView = NO_TABLES
    places: Sequence[int] = ()
    headings: tuple[str, ...] = ("Table", "Undecided", "Treatment", "Rows", "Masked", "Kept", "Role")
    numbers: ClassVar[frozenset[int]] = frozenset({1, 3, 4, 5})

    @property
    def rows(self) -> int:
        return len(self.places)

    spare: ClassVar[tuple[int, ...]] = (5, 4, 6, 3)
    """Columns that give way in a narrow window, the first one first."""

    @property
    def silent(self) -> frozenset[int]:
        """Columns that say nothing of any table."""
        view = self.view
        said = {4: any(view.masked), 5: any(view.kept), 6: any(ROLE_WORDS[ROLES[role]] for role in view.role)}
        return frozenset(column for column, words in said.items() if not words)

    def name(self, row: int) -> str:
        return self.view.names[self.places[row]]

    def text(self, row: int, column: int) -> str:
        view, place = self.view, self.places[row]
        if column == 0:
            return view.names[place]
        if column == 2:
            return SHORT[TREATMENTS[view.treatment[place]]]
        if column == 6:
            return ROLE_WORDS[ROLES[view.role[place]]]
        count = int({1: view.undecided, 3: view.rows, 4: view.masked, 5: view.kept}[column][place])
        if column == 3:
            return f"{count:,}" if count >= 0 else "?"
        return str(count) if count else ""

    def tone(self, row: int, column: int) -> Tone:
        place = self.places[row]
        if column == 0 and not self.view.known[place]:
            return Tone.CAUTION
        if column == 1 and self.view.undecided[place]:
            return Tone.CAUTION
        if column == 2 and TREATMENTS[self.view.treatment[place]] in ("copy", "public"):
            return Tone.CAUTION
        return Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        if not self.view.known[self.places[row]]:
            return "The source has no such table: correct the name in the text, or take its section out."
        return ""


@dataclass(frozen=True)
class ColumnsGrid:
    """The columns of one table."""

    columns: tuple[ColumnView, ...] = ()
    headings: tuple[str, ...] = ("Column", "What happens", "Type", "Key", "Looks like", "Domain")

    @property
    def rows(self) -> int:
        return len(self.columns)

    def text(self, row: int, column: int) -> str:
        each = self.columns[row]
        return (each.name, each.decision, each.native, each.key, each.looks, each.domain)[column]

    def tone(self, row: int, column: int) -> Tone:
        return self.columns[row].tone if column == 1 else Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        return ""


@dataclass(frozen=True)
class TroublesGrid:
    """Problems, errors first."""

    troubles: tuple[Trouble, ...] = ()
    headings: tuple[str, ...] = ("Kind", "Where", "Code", "What is wrong")

    @property
    def rows(self) -> int:
        return len(self.troubles)

    def text(self, row: int, column: int) -> str:
        each = self.troubles[row]
        return ("error" if each.error else "warning", where(each), each.code, each.reason)[column]

    def tone(self, row: int, column: int) -> Tone:
        if column:
            return Tone.PLAIN
        return Tone.BAD if self.troubles[row].error else Tone.CAUTION

    def tip(self, row: int, column: int) -> str:
        each = self.troubles[row]
        return f"{each.reason} {each.remedy}"


def where(trouble: Trouble) -> str:
    """`table.column`, the line of the text, or the plan itself."""
    place = ".".join(part for part in (trouble.table, trouble.column) if part)
    if place:
        return place
    return f"line {trouble.line}" if trouble.line is not None else "the plan"
