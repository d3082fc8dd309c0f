"""The queue as a grid: pages of rows that the backend has sent, asked for when the screen comes to them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from desktop.models.hub import TONES, Line, Page, Shown, Sort
from desktop.theme.tokens import Tone

PAGES = 24
"""That the window keeps."""
COLUMNS = (Sort.TABLE, Sort.COLUMN, Sort.ENTITY, Sort.SURE, Sort.EVIDENCE, Sort.DECISION)
"""What stands in each, and what it is ordered by."""
WAITING = "…"


@dataclass(eq=False)
class Queue:
    """A Grid over one view. Rows that are not there yet say so, and are asked for."""

    numbers = frozenset({COLUMNS.index(Sort.SURE)})
    shown: Shown
    headings: Sequence[str]
    words: Callable[[Line, Sort], str]
    """A cell in the language of the window."""
    ask: Callable[[int], None]
    """For the page of which this is the first row."""
    _pages: OrderedDict[int, Page] = field(default_factory=OrderedDict)
    _asked: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.take(self.shown.first)

    @property
    def rows(self) -> int:
        return self.shown.rows

    def take(self, page: Page) -> tuple[int, int] | None:
        """Rows that have come: the first and the last of them; None where they are of another view."""
        if page.view != self.shown.view:
            return None
        self._asked.discard(page.first)
        self._pages[page.first] = page
        while len(self._pages) > PAGES:
            self._pages.popitem(last=False)
        return page.first, page.first + len(page.lines) - 1

    def missed(self, first: int) -> None:
        """They did not come; whoever shows them may ask again."""
        self._asked.discard(first)

    def line(self, row: int) -> Line | None:
        """What stands there; None where it is under way."""
        size = len(self.shown.first.lines)
        if not 0 <= row < self.shown.rows or not size:
            return None
        first = row // size * size
        page = self._pages.get(first)
        if page is None:
            if first not in self._asked:
                self._asked.add(first)
                self.ask(first)
            return None
        return page.lines[row - first]

    def known(self, row: int) -> Line | None:
        """As `line`, without asking."""
        size = len(self.shown.first.lines)
        page = self._pages.get(row // size * size) if size else None
        return page.lines[row - page.first] if page is not None and row - page.first < len(page.lines) else None

    def row_of(self, table: str, column: str) -> int | None:
        """Where this column stands, among the rows that are here."""
        lines = ((row, self.known(row)) for row in self.known_rows())
        return next((row for row, line in lines if line and (line.table, line.column) == (table, column)), None)

    def known_rows(self) -> list[int]:
        """Rows that are here, from above."""
        return sorted(page.first + place for page in self._pages.values() for place in range(len(page.lines)))

    # As a Grid.

    def text(self, row: int, column: int) -> str:
        found = self.line(row)
        return WAITING if found is None else self.words(found, COLUMNS[column])

    def tone(self, row: int, column: int) -> Tone:
        if COLUMNS[column] is not Sort.DECISION:
            return Tone.PLAIN
        found = self.known(row)
        return TONES[found.state] if found is not None else Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        found = self.known(row)
        return self.words(found, COLUMNS[column]) if found is not None else ""
