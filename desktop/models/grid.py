"""A table as a page shows it: text by row and column, asked for when it is drawn. A million rows cost what the screen shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from desktop.theme.tokens import Tone


class Grid(Protocol):
    """Whoever can say what stands in a cell. One with an attribute `numbers` has its figures in those columns."""

    @property
    def headings(self) -> Sequence[str]: ...

    @property
    def rows(self) -> int: ...

    def text(self, row: int, column: int) -> str:
        """What the cell says."""
        ...

    def tone(self, row: int, column: int) -> Tone:
        """How it says it; the sign of the tone stands before the text."""
        ...

    def tip(self, row: int, column: int) -> str:
        """More of it, for a pointer that rests or a screen reader; may be empty."""
        ...


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    tone: Tone = Tone.PLAIN
    tip: str = ""


@dataclass(frozen=True)
class ListGrid:
    """A small grid of ready cells."""

    headings: tuple[str, ...]
    cells: tuple[tuple[Cell | str, ...], ...]

    @property
    def rows(self) -> int:
        return len(self.cells)

    def cell(self, row: int, column: int) -> Cell:
        found = self.cells[row][column]
        return found if isinstance(found, Cell) else Cell(found)

    def text(self, row: int, column: int) -> str:
        return self.cell(row, column).text

    def tone(self, row: int, column: int) -> Tone:
        return self.cell(row, column).tone

    def tip(self, row: int, column: int) -> str:
        return self.cell(row, column).tip
