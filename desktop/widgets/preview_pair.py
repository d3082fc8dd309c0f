"""Two tables side by side that scroll, stand and widen in step: what a row was, and what it becomes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import QApplication, QHBoxLayout, QTableView, QWidget

from desktop.models.grid import ListGrid
from desktop.models.preview import Seen, Side
from desktop.theme.look import look
from desktop.widgets.basic import Card
from desktop.widgets.grid import GridModel, GridView
from desktop.widgets.tips import plain_tip
from desktop.words import tr

MEASURED = 12
"""Rows that say how wide a column wants to be: of 300 columns the window measures each."""
NARROWEST, WIDEST = 6, 34
"""Of a column, in letters."""


class PreviewModel(GridModel):
    """A Side of the comparison: changed cells have a ground of their own beside their sign, and are read out as changed."""

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        side = self.grid
        if not index.isValid() or not isinstance(side, Side):
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return side.text(row, column)
        if role == Qt.ItemDataRole.BackgroundRole:
            return QColor(look().tokens.good_soft) if side.made(row, column) else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(look().tokens.secondary) if side.faint(row, column) else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return side.spoken(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(side.tip(row, column)) or None
        return None


class PreviewView(GridView):
    """One side. Single cells are chosen; the clipboard gets what a mask has made, never a value of the source."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.source = PreviewModel(self)
        self.setModel(self.source)
        self.setShowGrid(True)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectItems)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setStretchLastSection(False)
        self.verticalHeader().show()

    def keyPressEvent(self, event: Any) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QApplication.clipboard().setText(self.copied())
        else:
            super().keyPressEvent(event)

    def copied(self) -> str:
        side = self.source.grid
        if not isinstance(side, Side):
            return ""
        places = sorted((index.row(), index.column()) for index in self.selectedIndexes())
        lines: dict[int, list[str]] = {}
        for row, column in places:
            lines.setdefault(row, []).append(side.copied(row, column))
        return "\n".join("\t".join(cells) for cells in lines.values())

    def _measure(self) -> None:
        """The pair says how wide columns are: both sides alike."""
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.9))


class PreviewPair(QWidget):
    """Before and after."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.before, self.after = PreviewView(tr("Before, in the source")), PreviewView(tr("After, in the target"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for heading, view in ((tr("Before"), self.before), (tr("After"), self.after)):
            card = Card(heading)
            card.body.addWidget(view, 1)
            row.addWidget(card, 1)
        self._busy = False
        for view, other in ((self.before, self.after), (self.after, self.before)):
            self._follow(view, other)
        look().changed.connect(self._measure)

    def _follow(self, view: PreviewView, other: PreviewView) -> None:
        for bar, its in (
            (view.verticalScrollBar(), other.verticalScrollBar()),
            (view.horizontalScrollBar(), other.horizontalScrollBar()),
        ):
            bar.valueChanged.connect(its.setValue)
        view.horizontalHeader().sectionResized.connect(lambda column, _, width: self._widen(other, column, width))
        view.selectionModel().currentChanged.connect(lambda index, _: self._stand(other, index.row(), index.column()))

    def show_seen(self, seen: Seen) -> None:
        """Put a look on both sides; where the table is the same, one stays where one was."""
        old = self.after.source.grid
        same = isinstance(old, Side) and old.headings == Side(seen, after=True).headings and old.rows == seen.rows
        at = self.after.currentIndex()
        for view, after in ((self.before, False), (self.after, True)):
            view.source.show(Side(seen, after=after))
        if not same:
            self._measure()
        elif at.isValid():
            self.after.setCurrentIndex(self.after.source.index(at.row(), at.column()))

    def forget(self) -> None:
        """No value stays behind what is shown instead."""
        for view in (self.before, self.after):
            view.source.show(ListGrid((), ()))

    def _measure(self) -> None:
        """Both sides alike, by the letters of their first rows."""
        sides = [view.source.grid for view in (self.before, self.after)]
        if not all(isinstance(side, Side) for side in sides):
            return
        letter = self.fontMetrics().averageCharWidth()
        self._busy = True
        try:
            for column in range(len(sides[0].headings)):
                widest = max(side.letters(column, MEASURED) for side in sides if isinstance(side, Side))
                width = round((min(max(widest, NARROWEST), WIDEST) + 3) * letter)
                for view in (self.before, self.after):
                    view.horizontalHeader().resizeSection(column, width)
        finally:
            self._busy = False

    def _widen(self, other: PreviewView, column: int, width: int) -> None:
        if not self._busy and column < other.source.columnCount():
            self._busy = True
            other.horizontalHeader().resizeSection(column, width)
            self._busy = False

    def _stand(self, other: PreviewView, row: int, column: int) -> None:
        at = other.currentIndex()
        if (at.row(), at.column()) != (row, column) and row < other.source.rowCount():
            other.setCurrentIndex(other.source.index(row, column))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()
