"""The tree widget of a schema: arrows open, close and move, letters filter, Enter goes to a table, Ctrl+C copies names."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOption,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.models.schema import Catalogue, Found, Marks, TableView
from desktop.models.schema_tree import Row
from desktop.theme.look import look
from desktop.widgets.schema_icons import Icons
from desktop.widgets.schema_model import BESIDE, MARK, NAME, SchemaModel
from desktop.words import tr

Index = QModelIndex | QPersistentModelIndex


class SchemaTree(QTableView):
    """Tables by schema, and what they have, fetched when it is opened."""

    wanted = Signal(int)
    """A table's rows are needed."""
    chosen = Signal(str, str)
    """A table by its title and, where a column is current, its name."""
    opened = Signal(str)
    """Enter or a double click: this table is asked for."""
    typed = Signal(str)
    """A letter: somebody looks for a name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Schemas and tables"))
        self.rows = SchemaModel(self)
        self.rows.wanted.connect(self.wanted)
        self.setModel(self.rows)
        self.setItemDelegateForColumn(NAME, _NameDelegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        look().changed.connect(self._measure)
        self._measure()

    def show_catalogue(self, catalogue: Catalogue, found: Found | None, marks: Marks | None) -> None:
        """A reading, or what the filter leaves of it. The table that was current stays so where it is still there."""
        row = self.rows.row(self.currentIndex().row())
        table = row.table if row is not None and self._same(catalogue) else -1
        self.rows.show(catalogue, found, marks)
        self._hide_marks(marks)
        if table >= 0:
            self.go(table)

    def _hide_marks(self, marks: Marks | None) -> None:
        """The column of marks has its room once there are marks."""
        self.setColumnHidden(MARK, marks is None or not (marks.looked or marks.planned))

    def _same(self, catalogue: Catalogue) -> bool:
        return self.rows.tree is not None and self.rows.tree.catalogue.stamp == catalogue.stamp

    def go(self, table: int) -> bool:
        """Make a table current; False where the filter hides it."""
        tree = self.rows.tree
        if tree is None:
            return False
        schema = tree.catalogue.schema_of(table)
        if schema in tree.schemas and schema not in tree.open_schemas:
            self.rows.turn(tree.row_of_schema(schema))
        at = tree.row_of(table)
        if at >= 0:
            # `selectRow` looks for the column at the edge of the screen, and from right to left finds none.
            self.setCurrentIndex(self.rows.index(at, NAME))
            self.scrollTo(self.rows.index(at, NAME), QAbstractItemView.ScrollHint.EnsureVisible)
        return at >= 0

    def mark(self, marks: Marks) -> None:
        self.rows.mark(marks)
        self._hide_marks(marks)

    def open_table(self, view: TableView) -> None:
        self.rows.open_table(view)

    def copied(self, *, whole: bool = False) -> str:
        """The names of the selected rows, a line each; `whole`: with their table and schema."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return "\n".join(self._name(row, whole) for number in rows if (row := self.rows.row(number)) is not None)

    def _name(self, row: Row, whole: bool) -> str:
        assert self.rows.tree is not None
        catalogue = self.rows.tree.catalogue
        if row.table < 0:
            return catalogue.schemas[row.schema]
        title = catalogue.titles[row.table] if whole else catalogue.names[row.table]
        if row.line is None:
            return title
        name = self.rows.text(row, NAME)
        return f"{title}.{name}" if whole and row.line.column else name

    # Keys and clicks

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = self.currentIndex().row()
        row = self.rows.row(number)
        forward = Qt.Key.Key_Left if self.isRightToLeft() else Qt.Key.Key_Right
        if event.matches(QKeySequence.StandardKey.Copy):
            QApplication.clipboard().setText(self.copied())
        elif row is not None and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._sideways(number, row, event.key() == forward)
        elif row is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter(number, row)
        elif row is not None and event.key() == Qt.Key.Key_Space:
            self.rows.turn(number)
        else:
            super().keyPressEvent(event)

    def _sideways(self, number: int, row: Row, forward: bool) -> None:
        """Forward opens, then goes inside; back closes, then goes out."""
        tree = self.rows.tree
        assert tree is not None
        if tree.opens(row) and tree.is_open(row) != forward:
            self.rows.turn(number)
        elif forward and tree.is_open(row) and tree.under(row):
            self.setCurrentIndex(self.rows.index(number + 1, NAME))
        elif not forward and (above := tree.above(row)) >= 0:
            self.setCurrentIndex(self.rows.index(above, NAME))

    def _enter(self, number: int, row: Row) -> None:
        tree = self.rows.tree
        assert tree is not None
        if row.table < 0 or (row.line is not None and row.line.inside):
            self.rows.turn(number)
        else:
            self.opened.emit(row.line.table if row.line and row.line.table else tree.catalogue.titles[row.table])

    def keyboardSearch(self, text: str) -> None:
        self.typed.emit(text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.indexAt(event.position().toPoint())
        if at.isValid() and at.column() == NAME and self.arrow(at).contains(event.position().toPoint()):
            self.rows.turn(at.row())
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        number = self.indexAt(event.position().toPoint()).row()
        row = self.rows.row(number)
        if row is not None and self.rows.tree is not None:
            self.rows.turn(number) if self.rows.tree.opens(row) else self._enter(number, row)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        row, tree = self.rows.row(current.row()), self.rows.tree
        if row is not None and tree is not None and row.table >= 0:
            column = row.line.name if row.line is not None and row.line.column else ""
            self.chosen.emit(tree.catalogue.titles[row.table], column)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._measure()

    # Looks

    @property
    def em(self) -> int:
        return self.fontMetrics().height()

    def arrow(self, index: Index) -> QRect:
        """Where the sign is that opens and closes a row."""
        box, row = self.visualRect(index), self.rows.row(index.row())
        indent = row.depth * self.em if row is not None else 0
        start = box.right() - indent - self.em + 1 if self.isRightToLeft() else box.left() + indent
        return QRect(start, box.top(), self.em, box.height())

    def _measure(self) -> None:
        self.icons = Icons(self.em)
        self.setIconSize(self.icons.size)
        self.verticalHeader().setDefaultSectionSize(round(self.em * 1.7))
        letters = self.fontMetrics()
        for column, sample in ((BESIDE, "Rows, type  mm"), (MARK, "✓ masked · 12 personal")):
            self.setColumnWidth(column, letters.horizontalAdvance(sample))
        self.viewport().update()


class _NameDelegate(QStyledItemDelegate):
    """Draws a name at its depth, after the sign that opens it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tree: Any = self.parent()
        row = tree.rows.row(index.row())
        if row is None:
            return
        style = tree.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, tree)
        arrow = tree.arrow(index)
        if tree.rows.tree.opens(row):
            self._arrow(painter, arrow, tree, opened=tree.rows.tree.is_open(row))
        moved = QStyleOptionViewItem(option)
        rest = (
            option.rect.adjusted(0, 0, arrow.left() - option.rect.right() - 1, 0)
            if tree.isRightToLeft()
            else option.rect.adjusted(arrow.right() + 1 - option.rect.left(), 0, 0, 0)
        )
        moved.rect = rest
        super().paint(painter, moved, index)

    @staticmethod
    def _arrow(painter: QPainter, box: QRect, tree: QWidget, *, opened: bool) -> None:
        side = round(box.width() * 0.6)
        small = QRect(0, 0, side, side)
        small.moveCenter(box.center())
        option = QStyleOption()
        option.initFrom(tree)
        option.rect = small
        closed = (
            QStyle.PrimitiveElement.PE_IndicatorArrowLeft
            if tree.isRightToLeft()
            else QStyle.PrimitiveElement.PE_IndicatorArrowRight
        )
        tree.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_IndicatorArrowDown if opened else closed, option, painter, tree
        )

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        tree: Any = self.parent()
        row = tree.rows.row(index.row())
        if row is not None:
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            icon: QIcon = tree.icons.get(tree.rows.sign(row))
            option.icon = icon
            option.decorationSize = tree.icons.size
            option.font.setBold(row.table < 0)
