"""The room that pages are shown in: scrolls where the window is smaller than the page that is shown, and never cuts it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget


class PageArea(QScrollArea):
    """A stack of pages, as large as there is room, and never smaller than its page can be."""

    def __init__(self, stack: QStackedWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stack = stack
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(stack)
        stack.setAutoFillBackground(False)
        stack.currentChanged.connect(lambda _: self._fit())
        stack.installEventFilter(self)

    def minimumSizeHint(self) -> QSize:
        """A page asks nothing of the window."""
        return QSize()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        handled = super().eventFilter(watched, event)
        if watched is self._stack and event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return handled

    def _fit(self) -> None:
        room, bar = self.maximumViewportSize(), self.verticalScrollBar().sizeHint().width()
        least = self._least(room.width())
        if least.height() > room.height():
            least = self._least(room.width() - bar)
            room.setWidth(room.width() - bar)
        if least.width() > room.width():
            room.setHeight(room.height() - bar)
        self._stack.resize(least.expandedTo(room))

    def _least(self, width: int) -> QSize:
        """What the page that is shown needs where it is this wide."""
        page = self._stack.currentWidget()
        layout = page.layout() if page is not None else None
        if page is None or layout is None:
            return QSize()
        least = page.minimumSizeHint().expandedTo(page.minimumSize())
        if layout.hasHeightForWidth():
            least.setHeight(layout.totalMinimumHeightForWidth(max(width, least.width())))
        return least
