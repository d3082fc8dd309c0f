"""Preview of the open plan: rows of one table before and after masking, side by side."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QStackedWidget, QVBoxLayout, QWidget

from desktop.calls import Asked
from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.preview import ROWS, NoSight, Seen, Tables, summary
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, Banner, Empty, button, label
from desktop.widgets.flow import Flow, together
from desktop.widgets.preview_pair import PreviewPair
from desktop.widgets.table_choice import TableChoice
from desktop.words import tr

SETTLED = 400
"""Milliseconds after the last edit of the plan before the rows are read again."""


class PreviewPanel(QWidget):
    """Reads when it is shown and when the plan changes; what was revealed is hidden again once it is left."""

    title = "Preview"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setAccessibleName(tr(self.title))
        self._asked: Asked | None = None
        self._tables: Tables | None = None
        self._seen: Seen | None = None
        self._version = self._asked_version = -1
        """Of the plan that is shown, and that is being read."""
        self._revealing = False
        """Somebody wants to see the source's values, and has not left since."""
        self._wanted: str | None = None
        """A table that somebody asked for, until the names are here."""
        self._settled = QTimer(self, singleShot=True, interval=SETTLED)
        self._settled.timeout.connect(self.refresh)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(12)
        column.addLayout(self._controls())
        self.banner = Banner()
        column.addWidget(self.banner)
        self.pair, self.nothing = PreviewPair(), label("", "secondary", wrap=True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack = QStackedWidget()
        for widget in (Empty(tr("Choose a table to see its rows before and after.")), self.pair, self.nothing):
            self.stack.addWidget(widget)
        column.addWidget(self.stack, 1)
        desk.plan.changed.connect(self._plan_changed)
        desk.project_changed.connect(self._forget_tables)
        desk.calls.restarted.connect(self._forget_tables)

    def _controls(self) -> Flow:
        row = Flow(spacing=8)
        self.table = TableChoice(tr("Table"))
        self.table.activated.connect(lambda _: self._chosen())
        self.rows = QComboBox()
        self.rows.addItems([str(rows) for rows in ROWS])
        self.rows.activated.connect(lambda _: self._chosen())
        for words, field in ((tr("&Table"), self.table), (tr("&Rows"), self.rows)):
            name = label(words)
            name.setBuddy(field)
            field.setAccessibleName(words.replace("&", ""))
            row.addWidget(together(name, field))
        self.said, self.stale = label("", "secondary"), Badge()
        row.addWidget(self.said)
        row.addWidget(self.stale)
        self.cancel = button(tr("Cancel"), self._cancelled)
        self.again = button(tr("Read again"), self.refresh)
        self.reveal = button(tr("Reveal (logged)"), self._reveal)
        self.reveal.setToolTip(
            tr("Shows the source's own values; who looked, and when, is entered in the audit chain.")
        )
        for each in (self.cancel, self.again, self.reveal):
            row.addWidget(each)
        self._reading(False)
        return row

    # Coming and going.

    def entered(self, table: str = "", **where: Any) -> None:
        """Shown now; with the rows of this table, where somebody asks for one."""
        self._wanted = table or None
        if self._tables is not None and table:
            self._choose(table)
        self._look_if_needed()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_if_needed()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.stop()
        self._settled.stop()
        if self._revealing or (self._seen is not None and self._seen.revealed):
            self._clear()

    def _look_if_needed(self) -> None:
        if self.desk.plan.state is None or not self.isVisible() or self._asked is not None:
            return
        if self._tables is None:
            self._ask("preview.tables", self._know)
        elif self._seen is None or self._version != self.desk.plan.state.version:
            self.refresh()

    def _forget_tables(self) -> None:
        self._tables = None
        self._clear()
        self._look_if_needed()

    def _clear(self) -> None:
        self._seen, self._revealing = None, False
        self.stack.setCurrentIndex(0)
        self.pair.forget()
        self.said.setText("")
        self.stale.hide()
        self._buttons()

    # Reading.

    def refresh(self) -> None:
        """Read the chosen table's rows again, hidden or revealed as they are."""
        self._look()

    def _reveal(self) -> None:
        if self._revealing:
            # What is hidden does not wait for the source.
            self._clear()
        else:
            self._revealing = True
        self._look()

    def _look(self) -> None:
        if self._tables is None or not self.table.currentText():
            self._look_if_needed()
            return
        state = self.desk.plan.state
        self._asked_version = version = state.version if state is not None else -1
        table, rows = self.table.currentText(), int(self.rows.currentText())

        def done(found: Seen | NoSight) -> None:
            self._version = version
            self._show(found)

        self._ask("preview.look", done, table=table, rows=rows, reveal=self._revealing)

    def _ask(self, verb: str, done: Any, **arguments: Any) -> None:
        self.stop()
        self._reading(True)

        def heard(result: Any) -> None:
            self._asked = None
            self._reading(False)
            self.banner.hide()
            done(result)

        self._asked = self.desk.calls.ask(verb, owner=self, done=heard, failed=self._failed, **arguments)

    def stop(self) -> None:
        """Wait no more for what is being read."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None
            self._reading(False)
            self._mark_stale()

    def _cancelled(self) -> None:
        self.stop()
        self._revealing = self._seen is not None and self._seen.revealed
        self._buttons()

    def _know(self, tables: Tables) -> None:
        self._tables = tables
        chosen = self.table.currentText()
        self.table.offer(tables.names)
        if (self._wanted or chosen) and tables.place(self._wanted or chosen) is not None:
            self.table.say(self._wanted or chosen)
        elif len(tables.names):
            self.table.setCurrentIndex(tables.first)
        self._wanted = None
        if len(tables.names):
            self._look()

    def _choose(self, table: str) -> None:
        place = self._tables.place(table) if self._tables is not None else None
        if place is not None and table != self.table.currentText():
            # What is on its way is of the table that was chosen before.
            self.stop()
            self.table.say(table)
            self._clear()

    def _chosen(self) -> None:
        """Another table or number of rows: another reveal, if one is wanted."""
        self._clear()
        self._look()

    def _show(self, found: Seen | NoSight) -> None:
        self.stale.hide()
        if isinstance(found, NoSight):
            self._seen = None
            self.pair.forget()
            self.said.setText("")
            self.nothing.setText(found.reason)
            self.stack.setCurrentWidget(self.nothing)
        else:
            self._seen = found
            self.said.setText(summary(found))
            self.pair.show_seen(found)
            self.stack.setCurrentWidget(self.pair)
        self._buttons()

    def _failed(self, fault: Fault) -> None:
        self._asked = None
        self._revealing = self._seen is not None and self._seen.revealed
        self._reading(False)
        self._mark_stale()
        if fault.why is Why.CANCELLED:
            return
        if fault.why is Why.LOCKED:
            self.desk.locked.emit(self._look_if_needed)
        self.banner.say(fault.sentence, Tone.BAD, tr("Try again"), self._try_again)

    def _try_again(self) -> None:
        self._look_if_needed() if self._tables is None else self.refresh()

    # What is said beside the rows.

    def _plan_changed(self) -> None:
        if self.desk.plan.state is None:
            self._forget_tables()
            return
        reading = self._asked is not None and self._asked_version == self.desk.plan.state.version
        if reading or self.desk.plan.state.version == self._version:
            return
        self._mark_stale()
        if self.isVisible():
            self._settled.start()

    def _mark_stale(self) -> None:
        shown = self.stack.currentIndex() != 0
        state = self.desk.plan.state
        if shown and state is not None and state.version != self._version:
            self.stale.say(tr("Out of date: the plan has changed"), Tone.CAUTION)
            self.stale.show()

    def _reading(self, on: bool) -> None:
        self.cancel.setVisible(on)
        self.again.setVisible(not on)
        if on:
            self.said.setText(tr("Reading…"))
        elif self._seen is not None:
            self.said.setText(summary(self._seen))
        else:
            self.said.setText("")
        self._buttons()

    def _buttons(self) -> None:
        revealed = self._seen is not None and self._seen.revealed
        self.reveal.setEnabled(self._seen is not None and self._asked is None)
        self.reveal.setText(tr("Hide again") if revealed else tr("Reveal (logged)"))
        self.again.setEnabled(self._tables is not None)
