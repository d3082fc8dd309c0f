"""The palette: every action of the window, found by a few letters and run without a mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from desktop.models.palette import Entry, matching
from desktop.theme.look import look
from desktop.widgets.announce import announce
from desktop.words import tr

Action = tuple[Entry, Callable[[], None]]
PAUSE = 120
"""Milliseconds without a letter after which the backend is asked, too."""


class Palette(QFrame):
    """Lies over the upper part of the window while it is open; Esc or a click elsewhere closes it."""

    def __init__(self, window: QWidget, actions: Callable[[], Sequence[Action]], seek: Callable[[str], None]) -> None:
        """`actions`: what there is to do now; `seek`: ask elsewhere for what these letters name, `found` is called later."""
        super().__init__(window)
        self._actions, self._seek = actions, seek
        self._all: list[Action] = []
        self._found: list[Action] = []
        self._before: QWidget | None = None
        self.setObjectName("palette")
        self.setAccessibleName(tr("Commands"))
        self.setAutoFillBackground(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("What do you want to do? A page, an action, a table…"))
        self.field.setAccessibleName(tr("Search or run a command"))
        self.list = QListView()
        self.list.setAccessibleName(tr("What was found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._model = QStandardItemModel(self)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Line(self.list))
        column.addWidget(self.field)
        column.addWidget(self.list)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self._seek(self.field.text().strip()))
        self.field.textChanged.connect(self._typed)
        self.field.installEventFilter(self)
        self.list.clicked.connect(lambda index: self.run(index.row()))
        # The keyboard stays in the field: a screen reader would not say what Enter is going to do.
        self.list.selectionModel().currentChanged.connect(lambda now, _: self._read_out(now))
        self.hide()

    def open(self) -> None:
        """Show it, empty, with the keyboard in it."""
        self._before = QApplication.focusWidget()
        self._all, self._found = list(self._actions()), []
        self.field.setText("")
        self._typed("")
        self.place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def shut(self) -> None:
        """Hide it, and give the keyboard back."""
        self._timer.stop()
        self.hide()
        # What had it may be gone: a page that was read again makes its lines anew.
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)

    def place(self) -> None:
        """In the middle of the window's upper part."""
        parent = self.parentWidget()
        assert parent is not None
        width = min(parent.width() - 40, 76 * self.fontMetrics().averageCharWidth())
        height = min(round(parent.height() * 0.62), 24 * self.fontMetrics().height())
        self.setGeometry((parent.width() - width) // 2, round(parent.height() * 0.09), width, height)

    def found(self, typed: str, actions: Sequence[Action]) -> None:
        """What was asked for elsewhere, if it is still asked for."""
        if self.isVisible() and typed == self.field.text().strip():
            self._found = list(actions)
            self._show(typed)

    @property
    def shown(self) -> list[str]:
        return [self._model.item(row).text() for row in range(self._model.rowCount())]

    def run(self, row: int) -> None:
        if not 0 <= row < self._model.rowCount():
            return
        place = self._model.item(row).data(Qt.ItemDataRole.UserRole)
        self.shut()
        (self._all + self._found)[place][1]()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._key(event)
        if watched is self.field and event.type() is QEvent.Type.FocusOut and self.isVisible():
            # Somebody went elsewhere: that is where the keyboard stays.
            self._before = None
            self.shut()
        return False

    def _key(self, event: QKeyEvent) -> bool:
        key, row = event.key(), self.list.currentIndex().row()
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -10, Qt.Key.Key_PageDown: 10}
        if key in steps:
            last = self._model.rowCount() - 1
            step = steps[Qt.Key(key)]
            row = (row + step) % (last + 1) if abs(step) == 1 and last >= 0 else min(max(row + step, 0), last)
            self.list.setCurrentIndex(self._model.index(row, 0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.run(row)
        elif key == Qt.Key.Key_Escape:
            self.shut()
        else:
            return key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
        return True

    def _read_out(self, now: QModelIndex) -> None:
        if now.isValid() and self.isVisible():
            announce(self.list, now.data(Qt.ItemDataRole.AccessibleTextRole))

    def _typed(self, text: str) -> None:
        self._found = []
        self._show(text)
        if len(text.strip()) > 1:
            self._timer.start(PAUSE)

    def _show(self, typed: str) -> None:
        whole = self._all + self._found
        self._model.clear()
        places = {id(entry): place for place, (entry, _) in enumerate(whole)}
        for entry in matching(typed, [entry for entry, _ in whole]):
            item = QStandardItem(entry.text)
            item.setData(places[id(entry)], Qt.ItemDataRole.UserRole)
            item.setData((entry.group, entry.shortcut), Qt.ItemDataRole.UserRole + 1)
            spoken = ", ".join(part for part in (entry.text, entry.group, entry.shortcut) if part)
            item.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)
            self._model.appendRow(item)
        self.list.setCurrentIndex(self._model.index(0, 0))


class _Line(QStyledItemDelegate):
    """What it is at the leading edge; its kind and its keys at the trailing one."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tokens, area = look().tokens, option.rect.adjusted(10, 0, -10, 0)
        group, shortcut = index.data(Qt.ItemDataRole.UserRole + 1)
        beside = "   ".join(part for part in (group, shortcut) if part)
        taken = option.fontMetrics.horizontalAdvance(beside) + 16
        forwards = option.direction is Qt.LayoutDirection.LeftToRight
        rest = area.adjusted(0, 0, -taken, 0) if forwards else area.adjusted(taken, 0, 0, 0)
        # Absolute: the painter would turn them round once more.
        flags = Qt.AlignmentFlag
        sides = (flags.AlignLeft | flags.AlignAbsolute, flags.AlignRight | flags.AlignAbsolute)
        leading, trailing = sides if forwards else sides[::-1]
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(tokens.selection))
        painter.setPen(QColor(tokens.secondary))
        painter.drawText(area, int(flags.AlignVCenter | trailing), beside)
        painter.setPen(QColor(tokens.text))
        text = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideMiddle, rest.width())
        painter.drawText(rest, int(flags.AlignVCenter | leading), text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, round(option.fontMetrics.height() * 1.9))
