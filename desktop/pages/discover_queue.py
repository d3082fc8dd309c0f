"""The queue: every column that the filters leave, with what it looks like and what happens to it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHeaderView, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.hub import Acceptable, Group, Line, Page, Shown, Sort, Wish
from desktop.models.hub_queue import COLUMNS, Queue
from desktop.pages.discover_chips import Chips
from desktop.pages.discover_words import cell_words, headings
from desktop.widgets.basic import Card, label, primary
from desktop.widgets.grid import MEASURED, GridView
from desktop.widgets.pill import PillDelegate
from desktop.words import tr

Ranges = tuple[tuple[int, int], ...]
WIDEST = {Sort.TABLE: 16, Sort.COLUMN: 18, Sort.ENTITY: 20, Sort.SURE: 6, Sort.EVIDENCE: 20, Sort.DECISION: 12}
"""Of each column, in letters; the evidence gets more where there is room."""
CUT = (Sort.TABLE, Sort.COLUMN, Sort.ENTITY)
SOON = 120
"""Milliseconds of quiet before what can be accepted is counted."""


class QueueView(GridView):
    """Evidence takes the room that the other columns leave."""

    def __init__(self, name: str) -> None:
        self._widths: dict[Sort, int] = {}
        super().__init__(name)

    def _measure(self) -> None:
        super()._measure()
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        if self.source.columnCount() == len(COLUMNS):
            header.setSectionResizeMode(COLUMNS.index(Sort.EVIDENCE), QHeaderView.ResizeMode.Stretch)
            self._widths = {sort: self._width(place, sort) for place, sort in enumerate(COLUMNS)}
            self._fit()

    def _width(self, place: int, sort: Sort) -> int:
        """As wide as its first rows and its heading, within a limit."""
        letter, texts = self.fontMetrics(), self.source.grid
        pad, most = 3 * letter.averageCharWidth(), WIDEST[sort] * letter.averageCharWidth()
        rows = range(min(texts.rows, MEASURED))
        # What becomes of a column changes all the time: the width of that stays.
        wanted = max((letter.horizontalAdvance(texts.text(row, place)) for row in rows), default=0)
        width = most if sort is Sort.DECISION else min(wanted, most)
        return max(self.horizontalHeader().sectionSizeHint(place), width + pad)

    def _fit(self) -> None:
        """Names are cut before the evidence is."""
        if not self._widths:
            return
        spare = self.viewport().width() - sum(self._widths.values())
        for place, sort in enumerate(COLUMNS):
            if sort is Sort.EVIDENCE:
                continue
            cut = min(0, spare) * self._widths[sort] // sum(self._widths[each] for each in CUT) if sort in CUT else 0
            self.horizontalHeader().resizeSection(place, max(self._widths[sort] * 3 // 5, self._widths[sort] + cut))

    def copied(self) -> str:
        """The selected rows that the window has: of a million, those that somebody has seen."""
        queue = self.source.grid
        rows = queue.known_rows() if isinstance(queue, Queue) else []
        ranges = ranges_of(self)
        chosen = [row for row in rows if any(first <= row <= last for first, last in ranges)]
        return "\n".join("\t".join(queue.text(row, place) for place in range(len(COLUMNS))) for row in chosen)


def ranges_of(view: QueueView) -> Ranges:
    """The selected rows, as first and last ones."""
    parts = view.selectionModel().selection()
    return tuple((part.top(), part.bottom()) for part in (parts.at(place) for place in range(parts.size())))


class QueueCard(Card):
    """Filters, the table, and what can be accepted of it at once."""

    wished = Signal(object)
    """Another Wish."""
    moved = Signal(object)
    """The Line that the keyboard is on, or None."""
    accepted = Signal()
    """The button that accepts was pressed."""
    opened = Signal(object)
    """Enter or a double click on a Line."""
    uncounted = Signal(object)
    """The Fault for which nobody knows what can be accepted."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.desk = desk
        self.queue: Queue | None = None
        self.chips, self.grid = Chips(), QueueView(tr("Columns and what happens to them"))
        self.accept, self.words = primary(_accept_words(0)), label("", "secondary")
        self.acceptable: Acceptable | None = None
        self.stale = False
        """Whoever made this view is gone: nothing more is asked about it."""
        self._decided: tuple[str, str] | None = None
        """The current column, when somebody decided last."""
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._soon.timeout.connect(self._count)
        self._build()
        self.setAccessibleName(tr("Columns to decide"))

    def _build(self) -> None:
        self.accept.setEnabled(False)
        self.accept.clicked.connect(self.accepted)
        self.chips.beside.addWidget(self.accept)
        self.words.hide()
        self.body.addWidget(self.chips)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.grid)
        self.stack.addWidget(self._nothing())
        self.body.addWidget(self.stack, 1)
        self.body.addWidget(self.words)
        self.chips.changed.connect(self.wished)
        self.grid.moved.connect(lambda _: self._moved())
        self.grid.opened.connect(lambda row: self.opened.emit(self._line(row)))
        self.grid.selectionModel().selectionChanged.connect(lambda *_: self._soon.start())
        self.grid.setItemDelegateForColumn(COLUMNS.index(Sort.DECISION), PillDelegate(self.grid))
        header = self.grid.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.sectionClicked.connect(lambda place: self.sort(COLUMNS[place]))

    def _nothing(self) -> QWidget:
        self.why, self.all_button = label("", "secondary", wrap=True), QPushButton(tr("Show all columns"))
        self.why.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.all_button.clicked.connect(lambda: self.want(Wish()))
        made = QWidget()
        column = QVBoxLayout(made)
        column.addStretch(1)
        column.addWidget(self.why)
        column.addWidget(self.all_button, alignment=Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)
        return made

    # What is shown

    def show_view(self, shown: Shown) -> None:
        """Another view of the board. The current column stays current; where it was decided, the one that took its place is."""
        before = self._current()
        self.queue, self.stale = Queue(shown, headings(), cell_words, self._ask), False
        self.chips.show_tally(shown.tally)
        # What could be accepted of the view before says nothing of this one.
        self.acceptable = None
        self.accept.setEnabled(False)
        self.grid.show_grid(self.queue)
        row = self.queue.row_of(*before) if before is not None and before != self._decided else None
        if row is not None:
            self.grid.selectRow(row)
        self._say_nothing(shown)
        if shown.rows and not self.grid.currentIndex().isValid():
            self.grid.selectRow(0)
        self._indicate()
        self._moved()
        self._soon.start()

    def _say_nothing(self, shown: Shown) -> None:
        """Why the table has no rows, and what to do about it."""
        self.stack.setCurrentIndex(0 if shown.rows else 1)
        if self.chips.wish == Wish(Group.AT_RISK):
            self.why.setText(tr("Every column is decided. Nothing on this page keeps the plan from running."))
        else:
            self.why.setText(tr("No column is like that."))

    def _ask(self, first: int) -> None:
        assert self.queue is not None
        queue = self.queue
        self.desk.calls.ask(
            "hub.rows", owner=self, view=queue.shown.view, first=first, done=self._came,
            failed=lambda _: queue.missed(first),
        )  # fmt: skip

    def _came(self, page: Page) -> None:
        there = self.queue.take(page) if self.queue is not None else None
        if there is not None:
            model = self.grid.source
            model.dataChanged.emit(model.index(there[0], 0), model.index(there[1], len(COLUMNS) - 1))
            if there[0] <= self.grid.currentIndex().row() <= there[1]:
                self._moved()

    # What is chosen

    @property
    def line(self) -> Line | None:
        """The column that the keyboard is on."""
        return self._line(self.grid.currentIndex().row())

    def _line(self, row: int) -> Line | None:
        # A page that was let go of while somebody scrolled is asked for again.
        return self.queue.line(row) if self.queue is not None else None

    @property
    def ranges(self) -> Ranges:
        """The selected rows, as first and last ones."""
        return ranges_of(self.grid)

    @property
    def chosen(self) -> int:
        """How many rows are selected."""
        return sum(last - first + 1 for first, last in self.ranges)

    def decided(self) -> None:
        """A decision about the current column is under way."""
        self._decided = self._current()

    def _current(self) -> tuple[str, str] | None:
        line = self.queue.known(self.grid.currentIndex().row()) if self.queue is not None else None
        return (line.table, line.column) if line is not None else None

    def _moved(self) -> None:
        self.moved.emit(self.line)

    # What can be accepted

    @property
    def to_accept(self) -> Ranges | None:
        """The selected rows where several are; None: all that are shown."""
        return self.ranges if self.chosen > 1 else None

    def _count(self) -> None:
        if self.queue is None or self.stale:
            return
        at_risk = self.queue.shown.tally.groups[Group.AT_RISK]
        self._say(tr("{count:,} columns selected", count=self.chosen) if self.chosen > 1 else "")
        if not at_risk or not self.queue.rows:
            self._show(Acceptable(self.queue.shown.view, 0, at_risk))
            return
        self.desk.calls.ask(
            "hub.acceptable", owner=self, view=self.queue.shown.view, ranges=self.to_accept, done=self._show,
            failed=self._uncounted,
        )  # fmt: skip

    def _uncounted(self, fault: Fault) -> None:
        if self.stale:
            return
        self._show(None)
        self.accept.setText(tr("Accept proposals"))
        self.uncounted.emit(fault)

    def _show(self, found: Acceptable | None) -> None:
        if found is not None and (self.queue is None or found.view != self.queue.shown.view):
            return
        self.acceptable = found
        count = found.columns if found is not None else 0
        self.accept.setEnabled(count > 0)
        self.accept.setText(_accept_words(count))
        if found is not None and found.left and self.chosen <= 1:
            self._say(tr("{count:,} of the undecided have no mask that is sure to fit.", count=found.left))

    def _say(self, words: str) -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))

    # Order

    def sort(self, sort: Sort) -> None:
        """By this column; a second time the other way round, a third time in the order of the work."""
        wish = self.chips.wish
        if wish.sort is not sort:
            wish = replace(wish, sort=sort, descending=False)
        elif not wish.descending:
            wish = replace(wish, descending=True)
        else:
            wish = replace(wish, sort=Sort.WORK, descending=False)
        self.want(wish)

    def want(self, wish: Wish) -> None:
        self.chips.set_wish(wish)
        self.wished.emit(wish)

    def _indicate(self) -> None:
        wish = self.chips.wish
        order = Qt.SortOrder.DescendingOrder if wish.descending else Qt.SortOrder.AscendingOrder
        place = COLUMNS.index(wish.sort) if wish.sort in COLUMNS else -1
        self.grid.horizontalHeader().setSortIndicator(place, order)


def _accept_words(count: int) -> str:
    if not count:
        return tr("Nothing to accept")
    return tr("Accept {count:,} proposals", count=count) if count > 1 else tr("Accept 1 proposal")
