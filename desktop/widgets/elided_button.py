"""A button whose words end with an ellipsis where there is no room for more; its tool tip and a screen reader have all of them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter

LEAST = 8
"""Letters that are always seen."""


class ElidedButton(QPushButton):
    """Gives way before anything beside it does."""

    def minimumSizeHint(self) -> QSize:
        least = LEAST * self.fontMetrics().averageCharWidth() + self._edges()
        return QSize(min(least, self.sizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.width() - self._edges()
        # Lengths are rounded to pixels: words that just fit are not to lose any for a fraction.
        if self.fontMetrics().horizontalAdvance(self.text()) > room:
            option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)

    def _edges(self) -> int:
        """What is beside the words: padding and border of the style sheet."""
        return self.sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
