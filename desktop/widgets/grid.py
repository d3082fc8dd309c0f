"""The one table widget: draws what a Grid says, copies it, and reads it out with its column and row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.models.grid import Grid, ListGrid
from desktop.theme.look import look
from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.tips import plain_tip

Index = QModelIndex | QPersistentModelIndex
MEASURED = 60
"""Rows that say how wide a column wants to be."""
WIDEST = 46
"""Of a column, in letters."""
LEAST = 11
"""Of a column that gives room to others, in letters."""


class GridModel(QAbstractTableModel):
    """Qt's view of a Grid."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grid: Grid = ListGrid((), ())

    def show(self, grid: Grid) -> None:
        """Another grid, or the same with other rows."""
        self.beginResetModel()
        self.grid = grid
        self.endResetModel()

    def renew(self, grid: Grid) -> None:
        """The same rows with other words, some more or some fewer at the end: selection and place on the screen stay."""
        before, after = self.grid.rows, grid.rows
        if tuple(self.grid.headings) != tuple(grid.headings):
            self.show(grid)
            return
        if after > before:
            self.beginInsertRows(QModelIndex(), before, after - 1)
            self.grid = grid
            self.endInsertRows()
        elif after < before:
            self.beginRemoveRows(QModelIndex(), after, before - 1)
            self.grid = grid
            self.endRemoveRows()
        self.grid = grid
        if shared := min(before, after):
            self.dataChanged.emit(self.index(0, 0), self.index(shared - 1, len(grid.headings) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self.grid.rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.grid.headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole and section in getattr(self.grid, "numbers", ()):
            return Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.grid.headings[section] if orientation is Qt.Orientation.Horizontal else str(section + 1)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            tone = self.grid.tone(row, column)
            text = self.grid.text(row, column)
            return f"{SIGNS[tone]} {text}" if SIGNS[tone] and text else text
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self.grid.tip(row, column)) or None
        if role == Qt.ItemDataRole.ForegroundRole:
            tone = self.grid.tone(row, column)
            return None if tone is Tone.PLAIN else QColor(look().tokens.ink(tone))
        if role == Qt.ItemDataRole.TextAlignmentRole and column in getattr(self.grid, "numbers", ()):
            return Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.grid.text(row, column)}, {self.grid.headings[column]}, {row + 1}"
        return None


class CellDelegate(QStyledItemDelegate):
    """A cell keeps the colour of its tone while its row is selected."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        ink = index.data(Qt.ItemDataRole.ForegroundRole)
        if ink is not None:
            colours = option.palette
            colours.setColor(QPalette.ColorRole.HighlightedText, ink)
            option.palette = colours


class GridView(QTableView):
    """Whole rows, one line each; arrows and Enter move and open, Ctrl+C copies as lines with tabs."""

    opened = Signal(int)
    """Enter or a double click on a row."""
    moved = Signal(int)
    """The row that the keyboard is on; -1: none."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.source = GridModel(self)
        self._wanted: dict[int, int] = {}
        """By the column: how wide its words were when it was measured."""
        self._drawn = False
        """A person has said how wide the columns are."""
        self._spare: tuple[int, ...] = ()
        """Columns that give way, the first one first, where there is no room for all."""
        self._silent: frozenset[int] = frozenset()
        """Columns that say nothing now."""
        self.setModel(self.source)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        # Painting a heading asks whether all of its column is selected, row by row: seconds, once a million are. It is told of none.
        self.horizontalHeader().setSelectionModel(QItemSelectionModel(self.source, self))
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setStretchLastSection(True)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))
        self.horizontalHeader().sectionResized.connect(self._pulled)
        self.setItemDelegate(CellDelegate(self))
        look().changed.connect(self._measure)

    def show_grid(self, grid: Grid) -> None:
        """Put a grid into the table; the row that was current stays so, if it is still there."""
        row, widths, empty = self.currentIndex().row(), self.source.columnCount(), not self.source.grid.rows
        self.source.show(grid)
        if grid.rows and row >= 0:
            self.selectRow(min(row, grid.rows - 1))
        if widths != len(grid.headings) or empty:
            self._measure()

    def renew(self, grid: Grid) -> None:
        """Show the grid as it has become; where the person is in it, and what is selected, stays."""
        widths = self.source.columnCount()
        self.source.renew(grid)
        if widths != len(grid.headings):
            self._measure()
            return
        wider = {
            column: wanted for column in range(widths) if (wanted := self._wide(column)) > self._wanted.get(column, 0)
        }
        self._wanted |= wider
        # Only wider: a column that a person has drawn narrower stays so until it would cut more than before.
        for column, wanted in wider.items():
            self.setColumnWidth(column, max(wanted, self.columnWidth(column)))
        if wider:
            self._fit()

    def keyPressEvent(self, event: Any) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            # What may not be copied, or is nothing, leaves the clipboard as it is.
            if text := self.copied():
                QApplication.clipboard().setText(text)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.row() != previous.row():
            self.moved.emit(current.row())

    @property
    def chosen(self) -> list[int]:
        """The selected rows, from above."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def copied(self) -> str:
        """The selected rows as a spreadsheet takes them."""
        grid = self.source.grid
        return "\n".join("\t".join(grid.text(row, place) for place in range(len(grid.headings))) for row in self.chosen)

    def _measure(self) -> None:
        """Widths by the first rows, never by all of them."""
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.9))
        self._wanted = {column: self._wide(column) for column in range(len(self.source.grid.headings))}
        self._drawn = False
        for column, width in self._wanted.items():
            self.setColumnWidth(column, width)
        self._fit()

    def _fit(self) -> None:
        """Cut the widest columns until all are seen, unless a person has said how wide they are."""
        header, shown = self.horizontalHeader(), self._shown()
        flexible = any(header.sectionResizeMode(column) is QHeaderView.ResizeMode.Stretch for column in shown)
        if self._drawn or flexible or not shown:
            return
        wanted, least = [self._wanted[column] for column in shown], [self._least(column) for column in shown]
        for column, width in zip(shown, fitted(wanted, least, self.viewport().width()), strict=True):
            self.setColumnWidth(column, width)

    def _least(self, column: int) -> int:
        """How narrow a column may become: its heading stays whole."""
        letters = self.fontMetrics()
        # Headings are bold.
        heading = round(letters.horizontalAdvance(self.source.grid.headings[column]) * 1.1)
        return max(LEAST * letters.averageCharWidth(), heading + 3 * letters.averageCharWidth())

    def _shown(self) -> list[int]:
        """The columns that there is room for, with those that give way hidden."""
        if not self._spare:
            return [each for each in self._wanted if not self.isColumnHidden(each)]
        shown = [each for each in self._wanted if each not in self._silent]
        for column in self._spare:
            if column in shown and sum(self._wanted[each] for each in shown) > self.viewport().width():
                shown.remove(column)
        for column in self._wanted:
            self.setColumnHidden(column, column not in shown)
        return shown

    def hide_columns(self, silent: Collection[int], spare: tuple[int, ...]) -> None:
        """Hide those that say nothing now, and of the spare ones those that there is no room for."""
        self._silent, self._spare = frozenset(silent), spare
        self._fit()

    def _pulled(self, *_: int) -> None:
        """A person draws a column wider or narrower."""
        self._drawn = self._drawn or bool(QApplication.mouseButtons())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _wide(self, column: int) -> int:
        """How wide a column wants to be, by its heading and first rows."""
        grid, letters = self.source.grid, self.fontMetrics()
        shown = (f"{SIGNS[grid.tone(row, column)]} {grid.text(row, column)}" for row in range(min(grid.rows, MEASURED)))
        texts = [grid.headings[column], *shown]
        return max(letters.horizontalAdvance(text[:WIDEST]) for text in texts) + 4 * letters.averageCharWidth()


def fitted(wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Widths within the room: the widest are cut to one width, none below its least; as wanted where there is room, or no way."""
    least = [min(pair) for pair in zip(wanted, least, strict=True)]
    if sum(wanted) <= room or sum(least) > room:
        return list(wanted)

    def cut(most: int) -> list[int]:
        return [max(low, min(width, most)) for width, low in zip(wanted, least, strict=True)]

    most = bisect_right(range(room), room, key=lambda each: sum(cut(each))) - 1
    return cut(most)
