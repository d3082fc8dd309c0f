"""Figures with their intervals upon one axis: risks beside guessing and control, quality beside its floor and ceiling."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.models.charts import Span, Spans, ticks
from desktop.theme.tokens import Tokens
from desktop.widgets.charts import Chart, Label, Mark, diamond, triangle
from desktop.widgets.charts_words import number, span_figure, span_said

RIGHT = Qt.AlignmentFlag.AlignRight
CENTRE = Qt.AlignmentFlag.AlignHCenter
SIGNS = {"alarm": "✕", "open": "!", "good": "✓", "calm": "•"}


def ink_of(tone: str, tokens: Tokens) -> str:
    return {"alarm": tokens.bad, "open": tokens.caution, "good": tokens.good}.get(tone, tokens.accent)


class SpanBars(Chart):
    """One line for each figure: a dot, its interval as a bar, and marks of what it is compared with."""

    drawing: Spans

    def __init__(self, drawing: Spans, title: str = "") -> None:
        self._room = QRectF()
        self._rows: list[QRectF] = []
        self._rules: list[QLineF] = []
        super().__init__(drawing, title or drawing.title)

    @property
    def _band(self) -> float:
        two = any(row.below for row in self.drawing.rows)
        return self.line * (2.3 if two else 1.7)

    def tall(self, width: float) -> float:
        return self._band * len(self.drawing.rows) + self.line * 1.9

    def lay_out(self, width: float, height: float) -> None:
        self._rows, self._rules = [], []
        gap = self.letters.averageCharWidth()
        texts = [text for row in self.drawing.rows for text in (row.label, row.below)]
        left = min(max(map(self.wide, texts), default=0.0) + 2.4 * gap, width * 0.36)
        figures = [span_figure(row, share=self.drawing.share) for row in self.drawing.rows]
        right = min(max((self.wide(text, small=True) for text in figures), default=0.0) + gap, width * 0.3)
        self._room = QRectF(
            left + gap, self.line * 1.6, max(1.0, width - left - right - 3 * gap), self._band * len(figures)
        )
        self._axis()
        for place, row in enumerate(self.drawing.rows):
            area = QRectF(0, self._room.top() + place * self._band, width, self._band)
            self._rows.append(area)
            self.marks.append(Mark(area, span_said(row, share=self.drawing.share)))
            self._words(row, area, left, gap)
            self.labels.append(
                Label(
                    QRectF(width - right, area.top(), right - gap / 2, self._band),
                    self.cut(figures[place], right, small=True),
                    RIGHT,
                    small=True,
                )
            )

    def _words(self, row: Span, area: QRectF, left: float, gap: float) -> None:
        ink = ink_of(row.tone, self.tokens)
        sign = QRectF(gap / 2, area.top(), 2 * gap, area.height())
        self.labels.append(Label(sign, SIGNS.get(row.tone, ""), ink=ink, bold=True))
        room = QRectF(sign.right(), area.top(), left - sign.right(), area.height())
        if not row.below:
            self.labels.append(Label(room, self.cut(row.label, room.width())))
            return
        middle = area.center().y()
        first, second = QRectF(room), QRectF(room)
        first.setTop(middle - self.line)
        first.setBottom(middle)
        second.setTop(middle)
        second.setBottom(middle + self.line * 0.95)
        self.labels.append(Label(first, self.cut(row.label, room.width())))
        self.labels.append(Label(second, self.cut(row.below, room.width(), small=True), ink="secondary", small=True))

    def _axis(self) -> None:
        """Its numbers stand above, where a long list begins; as many as fit."""
        low, high = self.drawing.ends
        widest = max(self.wide(number(end, share=self.drawing.share), small=True) for end in (low, high, 0.25))
        most = max(2, min(6, int(self._room.width() / (widest * 2))))
        right = -math.inf
        for each in ticks(low, high, most):
            x, text = self._at(each), number(each, share=self.drawing.share)
            wide = self.wide(text, small=True)
            area = QRectF(x - wide / 2, self.line * 0.3, wide, self.line)
            self._rules.append(QLineF(x, self._room.top() - self.line * 0.2, x, self._room.bottom()))
            if area.left() > right:
                self.labels.append(Label(area, text, CENTRE, "secondary", small=True))
                right = area.right()

    def _at(self, value: float) -> float:
        low, high = self.drawing.ends
        share = (min(high, max(low, value)) - low) / (high - low) if math.isfinite(value) else 0.0
        return self._room.left() + share * self._room.width()

    def draw(self, painter: QPainter, seen: QRectF) -> None:
        painter.setPen(QPen(QColor(self.tokens.line), 1))
        painter.drawLines(self._rules)
        for row, area in zip(self.drawing.rows, self._rows, strict=True):
            if area.intersects(seen):
                self._draw_limit(painter, row, area)
                self._draw_row(painter, row, area.center().y())

    def _draw_limit(self, painter: QPainter, row: Span, area: QRectF) -> None:
        """Shaded is what the policy does not allow; the dashed line is its end."""
        if row.limit is None or not math.isfinite(row.limit):
            return
        x, wrong = self._at(row.limit), QRectF(self._room.left(), area.top(), self._room.width(), area.height())
        if row.least:
            wrong.setRight(x)
        else:
            wrong.setLeft(x)
        shade = QColor(self.tokens.bad)
        shade.setAlphaF(0.08)
        painter.fillRect(wrong, shade)
        painter.setPen(QPen(QColor(self.tokens.text), 1.6, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _draw_row(self, painter: QPainter, row: Span, y: float) -> None:
        ink, tall = QColor(ink_of(row.tone, self.tokens)), self.line * 0.26
        if row.low is not None and row.high is not None:
            soft = QColor(ink)
            soft.setAlphaF(0.3)
            left, right = self._at(row.low), self._at(row.high)
            area = QRectF(left, y - tall, max(2.0, right - left), 2 * tall)
            painter.setBrush(soft)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(area, 3, 3)
            painter.setPen(QPen(ink, 1.6))
            for end in (left, max(right, left + 2)):
                painter.drawLine(QPointF(end, y - tall), QPointF(end, y + tall))
        for value, shape in ((row.guess, diamond), (row.control, triangle)):
            if value is not None:
                painter.setBrush(QColor(self.tokens.panel))
                painter.setPen(QPen(QColor(self.tokens.text), 1.4))
                painter.drawPolygon(shape(QPointF(self._at(value), y), self.line * 0.24))
        painter.setBrush(ink)
        painter.setPen(QPen(QColor(self.tokens.panel), 1))
        painter.drawEllipse(QPointF(self._at(row.value), y), self.line * 0.24, self.line * 0.24)
