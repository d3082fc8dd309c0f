"""What is spent of a privacy budget, with its cap and the words for epsilon."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.models.charts import Gauge
from desktop.widgets.charts import Chart, Label, Mark, filled, hatched
from desktop.widgets.charts_words import cap_said, spent_said, told

RIGHT = Qt.AlignmentFlag.AlignRight


class BudgetBar(Chart):
    """One bar from nothing to a little more than the largest number that matters."""

    drawing: Gauge

    def __init__(self, drawing: Gauge, title: str = "") -> None:
        self._room = QRectF()
        super().__init__(drawing, title or drawing.title)

    def _apart(self, width: float) -> bool:
        """The cap needs a line of its own: no number is cut."""
        return self.wide(spent_said(self.drawing)) + self.wide(cap_said(self.drawing)) + 2 * self.line > width

    def tall(self, width: float) -> float:
        return self.line * (5.2 if self._apart(width) else 4.2)

    def lay_out(self, width: float, height: float) -> None:
        line, apart = self.line, self._apart(width)
        spent, cap = spent_said(self.drawing), cap_said(self.drawing)
        top = line * (2.5 if apart else 1.5)
        self._room = QRectF(2, top, max(1.0, width - 4), line * 0.9)
        first = width - 4 if apart else self.wide(spent)
        self.labels.append(Label(QRectF(2, line * 0.2, first, line), self.cut(spent, first)))
        if apart:
            self.labels.append(Label(QRectF(2, line * 1.2, width - 4, line), self.cut(cap, width - 4)))
        else:
            room = self.wide(cap)
            self.labels.append(Label(QRectF(width - 2 - room, line * 0.2, room, line), cap, RIGHT))
        self.marks.append(Mark(QRectF(0, 0, width, height), told(self.drawing)))
        self._words()

    def _words(self) -> None:
        """The words for epsilon below the part that each is for, where it fits."""
        start = 0.0
        for most, word in self.drawing.bands:
            left, right = self._at(start), self._at(min(most, self.drawing.end))
            text = f"≤ {most:g} {word}"
            if right - left > self.wide(text, small=True):
                area = QRectF(left, self._room.bottom() + self.line * 0.3, right - left, self.line)
                self.labels.append(Label(area, text, RIGHT, "secondary", small=True))
            start = most

    def _at(self, value: float) -> float:
        return self._room.left() + self._room.width() * min(1.0, max(0.0, value / self.drawing.end))

    def draw(self, painter: QPainter, seen: QRectF) -> None:
        tokens, room = self.tokens, self._room
        painter.setPen(QPen(QColor(tokens.line), 1))
        painter.setBrush(QColor(tokens.background))
        painter.drawRoundedRect(room, 4, 4)
        if self.drawing.spent is None:
            hatched(painter, room, tokens.bad, self.line * 0.34, round_=4)
        else:
            over = self.drawing.cap is not None and self.drawing.spent > self.drawing.cap
            bar = QRectF(room.left(), room.top(), self._at(self.drawing.spent) - room.left(), room.height())
            filled(painter, bar, tokens.bad if over else tokens.accent, round_=4)
        painter.setPen(QPen(QColor(tokens.secondary), 1))
        for most, _ in self.drawing.bands:
            if most < self.drawing.end:
                x = self._at(most)
                painter.drawLine(QPointF(x, room.bottom()), QPointF(x, room.bottom() + self.line * 0.3))
        if self.drawing.cap is not None and math.isfinite(self.drawing.cap):
            x = self._at(self.drawing.cap)
            painter.setPen(QPen(QColor(tokens.text), 2.5))
            painter.drawLine(QPointF(x, room.top() - self.line * 0.2), QPointF(x, room.bottom() + self.line * 0.2))

    def minimumSizeHint(self) -> QSize:
        size = super().minimumSizeHint()
        return QSize(round(self.letters.averageCharWidth() * 20), size.height())
