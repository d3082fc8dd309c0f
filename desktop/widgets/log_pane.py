"""The log of a job: filtered, copied, followed, with a way from a line to its table."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.models.job_seen import LogGrid, Seen, matching
from desktop.models.jobs import LogEntry
from desktop.widgets.basic import label
from desktop.widgets.grid import GridView
from desktop.words import tr

SHOWN = 1_000
"""Lines on the screen: the newest of those that match."""


class LogPane(QWidget):
    """Lines of one job. Enter or a double click on one that names a table goes there."""

    table_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seen: Seen | None = None
        self._shown: tuple[LogEntry, ...] = ()
        self._drawn: tuple[str, int, str] = ("", -1, "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter the log"))
        self.filter.setAccessibleName(tr("Filter the log"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self.refresh)
        self.follow = QCheckBox(tr("Follow"))
        self.follow.setToolTip(tr("Keep the newest line in sight"))
        self.follow.setChecked(True)
        self.follow.toggled.connect(lambda _: self._to_end())
        self.copy = QPushButton(tr("Copy"))
        self.copy.setAccessibleName(tr("Copy the selected lines of the log, or all"))
        self.copy.clicked.connect(self.copy_lines)
        self.count = label("", "secondary")
        row.addWidget(self.filter, 1)
        for widget in (self.count, self.follow, self.copy):
            row.addWidget(widget)
        self.lines = GridView(tr("Log"))
        self.lines.opened.connect(self._jump)
        column.addLayout(row)
        column.addWidget(self.lines, 1)

    def show_seen(self, seen: Seen | None) -> None:
        """The log of this job, as far as it was heard."""
        self._seen = seen
        self.refresh()

    def refresh(self) -> None:
        """Draw again, if there is something new."""
        seen, sought = self._seen, self.filter.text()
        now = (seen.job, seen.event, sought) if seen is not None else ("", 0, sought)
        if now == self._drawn:
            return
        self._drawn = now
        self._shown = matching(seen.log, sought, SHOWN, tr) if seen is not None else ()
        self.lines.renew(LogGrid(self._shown, tr))
        count = f"{len(self._shown):,}"
        newest = len(self._shown) == SHOWN
        self.count.setText(tr("the newest {count} lines", count=count) if newest else tr("{count} lines", count=count))
        self._to_end()

    def _to_end(self) -> None:
        if self.follow.isChecked():
            self.lines.scrollToBottom()

    def copy_lines(self) -> None:
        """The selected lines, or all that are shown, into the clipboard."""
        text = self.lines.copied()
        if not text:
            grid = self.lines.source.grid
            text = "\n".join("\t".join(grid.text(row, place) for place in range(3)) for row in range(grid.rows))
        QApplication.clipboard().setText(text)

    def _jump(self, row: int) -> None:
        if 0 <= row < len(self._shown) and self._shown[row].table:
            self.table_wanted.emit(self._shown[row].table)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.filter.text():
            self.filter.clear()
        else:
            super().keyPressEvent(event)
