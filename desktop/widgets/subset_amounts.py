"""How many rows of each table a subset takes: reckoned at once, counted when somebody asks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.models.how_far import HowFar
from desktop.models.job_words import phase_words
from desktop.models.subset import Amounts, AmountsGrid
from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.basic import button, label
from desktop.widgets.grid import GridView
from desktop.widgets.share_bar import ShareBar, Trailing
from desktop.words import tr


class AmountsView(GridView):
    """Numbers stand under each other, and the share has room for its bar."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setItemDelegateForColumn(AmountsGrid.SHARE, ShareBar(self))
        for column in AmountsGrid.NUMBERS:
            self.setItemDelegateForColumn(column, Trailing(self))

    def _measure(self) -> None:
        super()._measure()
        letter = self.fontMetrics().averageCharWidth()
        self.setColumnWidth(AmountsGrid.SHARE, 34 * letter)
        for column in AmountsGrid.NUMBERS:
            self.setColumnWidth(column, max(self.columnWidth(column), 16 * letter))


class AmountsPane(QWidget):
    counted = Signal()
    """Somebody wants it exactly."""
    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        row = QHBoxLayout()
        self.summary, self.state = label("", "section"), label("", "secondary")
        row.addWidget(self.summary)
        row.addWidget(self.state, 1)
        self.stop = button(tr("Cancel"), lambda: self.stopped.emit())
        self.exactly = button(tr("Count exactly"), lambda: self.counted.emit())
        self.exactly.setToolTip(tr("Follows every key as a run does; nothing is written."))
        for each in (self.stop, self.exactly):
            row.addWidget(each)
        column.addLayout(row)
        self.grid = AmountsView(tr("Rows of each table"))
        self.nothing = label("", "secondary", wrap=True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.nothing)
        self.stack.addWidget(self.grid)
        column.addWidget(self.stack, 1)
        self.notes = label("", "secondary", wrap=True)
        column.addWidget(self.notes)
        self._known: Amounts | None = None
        self._doing = ""
        self.show_nothing("")

    def show_amounts(self, amounts: Amounts) -> None:
        self._known = amounts
        self.summary.setText(amounts.summary())
        said = (
            tr("counted at this moment")
            if amounts.exact
            else tr("reckoned from the sizes of tables; only the roots are counted")
        )
        self.state.setText(said)
        self.grid.show_grid(AmountsGrid(amounts))
        signs = {"warning": f"{SIGNS[Tone.CAUTION]} ", "plain": "", "faint": ""}
        self.notes.setText("\n".join(signs[weight] + sentence for weight, sentence in amounts.notes))
        self.notes.setVisible(bool(amounts.notes))
        self.stack.setCurrentWidget(self.grid)
        self._busy(False)
        self.exactly.setEnabled(True)

    def show_nothing(self, why: str) -> None:
        self._known = None
        self.summary.setText("")
        self.state.setText("")
        self.notes.hide()
        self.nothing.setText(why)
        self.stack.setCurrentWidget(self.nothing)
        self._busy(False)
        self.exactly.setEnabled(False)

    def say_stale(self) -> None:
        if self._known is not None:
            self.state.setText(f"{SIGNS[Tone.CAUTION]} {tr('out of date: the plan has changed')}")

    def say_reading(self, words: str) -> None:
        self._doing = words
        self.state.setText(words)

    def say_counting(self, words: str) -> None:
        self.say_reading(words)
        self._busy(True)

    def say_how_far(self, counting: HowFar) -> None:
        """Of what is under way."""
        said = {"phase": tr(phase_words(counting.phase)), "table": counting.table, "done": counting.done}
        if counting.total:
            words = tr("{phase}: {table}, {done:,} of {total:,} tables", total=counting.total, **said)
        elif counting.table:
            words = tr("{phase}: {table}, {done:,} rows of all tables so far", **said)
        else:
            words = tr("{phase}…", **said)
        self.state.setText(f"{self._doing} {words}")

    def say_stopped(self) -> None:
        self._busy(False)
        if self._known is not None:
            self.show_amounts(self._known)

    def _busy(self, on: bool) -> None:
        self.stop.setVisible(on)
        self.exactly.setVisible(not on)
