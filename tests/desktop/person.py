"""A person at the window: finds things by the words on them, and works with the mouse, or with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from re import Pattern
from time import monotonic, sleep

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QTabBar,
    QWidget,
)

from desktop.window import Window

MOST_TABS = 400
"""Presses of Tab after which something cannot be reached."""


class Person:
    """`keyboard`: the mouse is not plugged in."""

    def __init__(self, window: Window, *, keyboard: bool = False) -> None:
        self.window, self.keyboard = window, keyboard

    # Seeing.

    def sees(self, words: str, seconds: float = 30.0) -> None:
        """Waits until these words stand somewhere on the screen."""
        self.waits(lambda: self.can_see(words), seconds, f"{words!r} is not to be seen")

    def can_see(self, words: str) -> bool:
        return any(words in text for text in self.texts())

    def texts(self) -> Iterator[str]:
        for each in self._all(QWidget):
            if isinstance(each, QLabel | QAbstractButton | QLineEdit):
                yield each.text()
            elif isinstance(each, QComboBox):
                yield each.currentText()
            elif isinstance(each, QTabBar):
                yield from (each.tabText(place) for place in range(each.count()))
            elif isinstance(each, QPlainTextEdit):
                yield each.toPlainText()
            elif isinstance(each, QAbstractItemView):
                yield from _cells(each)

    def waits(self, condition: Callable[[], bool], seconds: float = 30.0, otherwise: str = "it did not happen") -> None:
        deadline = monotonic() + seconds
        while not condition():
            if monotonic() > deadline:
                raise AssertionError(
                    f"{otherwise} in {seconds:g} s; on the screen: " + " | ".join(filter(None, self.texts()))[:3000]
                )
            QTest.qWait(15)
            # Unlike Qt's own loop it keeps Python's lock: threads get a turn here.
            sleep(0.001)

    # Doing.

    def press(self, words: str | Pattern[str], seconds: float = 30.0) -> None:
        """A button, a check box or a radio button with these words, once it can be pressed."""
        self.waits(lambda: self._button(words) is not None, seconds, f"no button {words!r} can be pressed")
        button = self._button(words)
        assert button is not None
        if not self.keyboard:
            self._to(button)
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            return
        self._focus(button, str(words))
        QTest.keyClick(button, Qt.Key.Key_Space)

    def writes(self, field: str, text: str) -> None:
        """Into the field of this name, in place of what stands there."""
        self.waits(
            lambda: self._named(field, (QLineEdit, QPlainTextEdit, QSpinBox)) is not None, 20, f"no field {field!r}"
        )
        found = self._named(field, (QLineEdit, QPlainTextEdit, QSpinBox))
        assert found is not None
        self._focus(found, field) if self.keyboard else QTest.mouseClick(found, Qt.MouseButton.LeftButton)
        QTest.keySequence(found, QKeySequence(QKeySequence.StandardKey.SelectAll))
        QTest.keyClicks(found, text)

    def writes_into(self, field: str, text: str) -> None:
        """Into a list that can be typed into, and Enter."""
        self.waits(lambda: self._named(field, (QComboBox,)) is not None, 20, f"no choice {field!r}")
        found = self._named(field, (QComboBox,))
        assert isinstance(found, QComboBox)
        self._focus(found, field) if self.keyboard else found.setFocus()
        QTest.keySequence(found, QKeySequence(QKeySequence.StandardKey.SelectAll))
        QTest.keyClicks(found, text)
        QTest.keyClick(found, Qt.Key.Key_Return)

    def finds(self, words: str | Pattern[str]) -> bool:
        """A button of these words can be pressed."""
        return self._button(words) is not None

    def chooses(self, field: str, words: str, seconds: float = 20.0) -> None:
        """An entry of a list that opens, by its first words."""
        self.waits(lambda: self._named(field, (QComboBox,)) is not None, 20, f"no choice {field!r}")
        found = self._named(field, (QComboBox,))
        assert isinstance(found, QComboBox)
        self.waits(
            lambda: any(words in found.itemText(place) for place in range(found.count())),
            seconds,
            f"{field!r} has no {words!r}",
        )
        place = next(place for place in range(found.count()) if words in found.itemText(place))
        self._focus(found, field) if self.keyboard else found.setFocus()
        key = Qt.Key.Key_Down if place > found.currentIndex() else Qt.Key.Key_Up
        for _ in range(found.count()):
            if found.currentIndex() == place:
                break
            QTest.keyClick(found, key)
        assert found.currentIndex() == place
        QTest.keyClick(found, Qt.Key.Key_Return)

    def row(self, table: str, words: str, seconds: float = 30.0) -> None:
        """Goes to the row of a table in which these words stand."""
        self.waits(lambda: self._row(table, words) is not None, seconds, f"{table!r} has no row with {words!r}")
        view, place = self._row(table, words) or (None, -1)
        assert view is not None
        if not self.keyboard:
            view.scrollTo(view.model().index(place, 0))
            spot = view.visualRect(view.model().index(place, 0)).center()
            QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
            return
        self._focus(view, table)
        QTest.keyClick(view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
        for _ in range(place):
            QTest.keyClick(view, Qt.Key.Key_Down)

    def tab(self, words: str) -> None:
        """Turns to the tab of this name."""
        self.waits(lambda: self._tab(words) is not None, 20, f"no tab {words!r}")
        bar, place = self._tab(words) or (None, -1)
        assert bar is not None
        if not self.keyboard:
            QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(place).center())
            return
        self._focus(bar, words)
        for _ in range(bar.count()):
            if bar.currentIndex() == place:
                return
            QTest.keyClick(bar, Qt.Key.Key_Right if place > bar.currentIndex() else Qt.Key.Key_Left)

    def keys(self, sequence: str) -> None:
        """A shortcut, wherever the keyboard is."""
        self._wake()
        QTest.keySequence(QApplication.focusWidget() or self.window, QKeySequence(sequence))
        QTest.qWait(20)

    def says(self, command: str) -> None:
        """Through the palette: these letters, and Enter."""
        self.keys("Ctrl+K")
        field = QApplication.focusWidget()
        assert isinstance(field, QLineEdit), "the palette does not take the keyboard"
        QTest.keyClicks(field, command)
        QTest.qWait(60)
        QTest.keyClick(field, Qt.Key.Key_Return)
        QTest.qWait(30)

    def _wake(self) -> None:
        """A screen that is none gives the keyboard neither to a dialog that opens nor back when a list closes."""
        wanted = QApplication.activeModalWidget() or self.window
        if QApplication.activeWindow() is not wanted:
            wanted.activateWindow()
            QTest.qWait(20)

    # Finding.

    def _all(self, kind: type[QWidget]) -> Iterator[QWidget]:
        """Every visible widget; of a dialog alone, while one is open."""
        modal = QApplication.activeModalWidget()
        tops = [modal] if modal is not None else [each for each in QApplication.topLevelWidgets() if each.isVisible()]
        for top in tops:
            inside = [each for each in [top, *top.findChildren(kind)] if isinstance(each, kind) and each.isVisible()]
            # The eye goes to the page first, then to what stands around it.
            page = top.stack.currentWidget() if top is self.window else top
            yield from (each for each in inside if page.isAncestorOf(each))
            yield from (each for each in inside if not page.isAncestorOf(each))

    def _button(self, words: str | Pattern[str]) -> QAbstractButton | None:
        """The first of these words; None also where that one is off: nobody takes another for it."""
        for each in self._all(QAbstractButton):
            assert isinstance(each, QAbstractButton)
            said = (_plain(each.text()), each.accessibleName())
            if any(words == text if isinstance(words, str) else words.fullmatch(text) for text in said):
                return each if each.isEnabled() else None
        return None

    def _named(self, name: str, kinds: tuple[type[QWidget], ...]) -> QWidget | None:
        for each in self._all(QWidget):
            if isinstance(each, kinds) and each.isEnabled() and name in (each.accessibleName(), _buddy(each)):
                return each
        return None

    def _row(self, table: str, words: str) -> tuple[QAbstractItemView, int] | None:
        view = self._named(table, (QAbstractItemView,))
        if not isinstance(view, QAbstractItemView):
            return None
        model = view.model()
        for row in range(model.rowCount()):
            if words in " ".join(str(model.index(row, place).data() or "") for place in range(model.columnCount())):
                return view, row
        return None

    def _tab(self, words: str) -> tuple[QTabBar, int] | None:
        for bar in self._all(QTabBar):
            assert isinstance(bar, QTabBar)
            for place in range(bar.count()):
                if _plain(bar.tabText(place)).startswith(words):
                    return bar, place
        return None

    def _focus(self, widget: QWidget, words: str) -> None:
        """Tab after Tab, until the keyboard is on it; within a group of which one is chosen, arrow after arrow."""
        group = widget.group() if isinstance(widget, QAbstractButton) else None
        if group is not None and group.exclusive() and group.checkedButton() not in (None, widget):
            self._focus(group.checkedButton(), words)
            for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up) * 2:
                if QApplication.focusWidget() is widget:
                    return
                QTest.keyClick(QApplication.focusWidget() or self.window, key)
        self._wake()
        been: list[str] = []
        for _ in range(MOST_TABS):
            now = QApplication.focusWidget()
            been.append(f"{type(now).__name__} {now.accessibleName() if now is not None else ''}")
            if now is widget or (now is not None and widget.focusProxy() is now):
                return
            QTest.keyClick(now or self.window, Qt.Key.Key_Tab)
        raise AssertionError(f"Tab never comes to {words!r}, but to " + ", ".join(dict.fromkeys(been)))

    def _to(self, widget: QWidget) -> None:
        """Scroll it into sight, as a person would."""
        from PySide6.QtWidgets import QScrollArea

        parent = widget.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                parent.ensureWidgetVisible(widget)
            parent = parent.parentWidget()
        QTest.mouseMove(widget, QPoint(2, 2))


def _plain(text: str) -> str:
    return text.replace("&", "")


def _buddy(widget: QWidget) -> str:
    window = widget.window()
    return next((_plain(each.text()) for each in window.findChildren(QLabel) if each.buddy() is widget), "")


def _cells(view: QAbstractItemView) -> Iterator[str]:
    """What a table shows: its first rows."""
    model = view.model()
    if model is None:
        return
    for row in range(min(model.rowCount(), 60)):
        for column in range(min(model.columnCount(), 12)):
            yield str(model.index(row, column).data() or "")
