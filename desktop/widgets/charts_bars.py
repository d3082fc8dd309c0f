"""Pairs of bars: shares of categories below each other, of ranges and counts side by side."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.models.charts import Pairs, percent, shown_labels, ticks
from desktop.widgets.charts import Chart, Label, Mark, filled, hatched
from desktop.widgets.charts_words import pair_said

RIGHT = Qt.AlignmentFlag.AlignRight
CENTRE = Qt.AlignmentFlag.AlignHCenter
WIDEST = 0.36
"""Of the width: what labels may take."""


class PairBars(Chart):
    """Source plain, target hatched; the largest bar reaches the end."""

    drawing: Pairs

    def __init__(self, drawing: Pairs, title: str = "") -> None:
        self._source: list[QRectF] = []
        self._target: list[QRectF] = []
        self._rules: list[QLineF] = []
        super().__init__(drawing, title or drawing.title)

    @property
    def columns(self) -> int:
        return 1

    @property
    def _top(self) -> float:
        return max(0.01, *self.drawing.target, *(self.drawing.source or (0.0,))) if self.drawing.labels else 0.01

    def tall(self, width: float) -> float:
        if self.drawing.upright:
            return self.line * 11.5
        band = 1.75 if self.drawing.source is not None else 1.4
        return max(1, len(self.drawing.labels)) * self.line * band + self.line * 0.5

    def lay_out(self, width: float, height: float) -> None:
        self._source, self._target, self._rules = [], [], []
        if not self.drawing.labels:
            return
        if self.drawing.upright:
            self._upright(width, height)
        else:
            self._below(width)

    def _below(self, width: float) -> None:
        """One line for each category."""
        line, gap = self.line, self.letters.averageCharWidth()
        band = line * (1.75 if self.drawing.source is not None else 1.4)
        longest = max(self.wide(label) for label in self.drawing.labels)
        left, figures = min(longest, width * WIDEST) + gap, self.wide("99.9 %", small=True) + gap
        room = max(1.0, width - left - figures - 2 * gap)
        for place, label in enumerate(self.drawing.labels):
            top = line * 0.25 + place * band
            area = QRectF(0, top, width, band)
            self.marks.append(Mark(area, pair_said(self.drawing, place)))
            self.labels.append(Label(QRectF(gap / 2, top, left - gap, band), self.cut(label, left - gap), RIGHT))
            self.labels.append(
                Label(
                    QRectF(width - figures - gap / 2, top, figures, band),
                    percent(self.drawing.target[place]),
                    RIGHT,
                    "secondary",
                    small=True,
                )
            )
            self._pair(place, QRectF(left + gap, top + line * 0.2, room, band - line * 0.4))

    def _pair(self, place: int, room: QRectF) -> None:
        source = self.drawing.source
        if source is None:
            self._target.append(
                QRectF(room.left(), room.top(), room.width() * self.drawing.target[place] / self._top, room.height())
            )
            return
        half = room.height() / 2
        bar = QRectF(room.left(), room.top(), room.width(), half - 1)
        self._source.append(QRectF(bar.left(), bar.top(), bar.width() * source[place] / self._top, bar.height()))
        bar.moveTop(room.top() + half + 1)
        self._target.append(
            QRectF(bar.left(), bar.top(), bar.width() * self.drawing.target[place] / self._top, bar.height())
        )

    def _upright(self, width: float, height: float) -> None:
        """One column for each range, with a scale at the side."""
        gap, line = self.letters.averageCharWidth(), self.line
        scale = ticks(0.0, self._top, 5)
        left = max(self.wide(percent(each), small=True) for each in scale) + gap
        floor, top = height - line * 1.5, line * 0.7
        room = QRectF(left + gap, top, max(1.0, width - left - 2 * gap), max(1.0, floor - top))
        for each in scale:
            y = room.bottom() - room.height() * each / self._top
            self._rules.append(QLineF(room.left(), y, room.right(), y))
            self.labels.append(
                Label(QRectF(0, y - line / 2, left, line), percent(each), RIGHT, "secondary", small=True)
            )
        step = room.width() / len(self.drawing.labels)
        for place in range(len(self.drawing.labels)):
            band = QRectF(room.left() + place * step, 0, step, height)
            self.marks.append(Mark(band, pair_said(self.drawing, place)))
            self._column(place, QRectF(band.left() + step * 0.12, room.top(), step * 0.76, room.height()))
        self._names(room, step, height)

    def _column(self, place: int, room: QRectF) -> None:
        source, top = self.drawing.source, self._top
        wide = room.width() / (2 if source is not None else 1)

        def bar(left: float, share: float) -> QRectF:
            tall = room.height() * share / top
            return QRectF(left, room.bottom() - tall, max(1.0, wide - 1), tall)

        if source is not None:
            self._source.append(bar(room.left(), source[place]))
        self._target.append(bar(room.right() - wide + 1, self.drawing.target[place]))

    def _names(self, room: QRectF, step: float, height: float) -> None:
        """As many names as fit beside each other, each within the chart."""
        widest = room.width() / 3
        texts = [self.cut(label, widest, small=True) for label in self.drawing.labels]
        places = []
        for place, text in enumerate(texts):
            middle, half = room.left() + (place + 0.5) * step, self.wide(text, small=True) / 2
            left = min(max(middle - half, 0.0), max(0.0, self.width() - 2 * half))
            places.append((left, left + 2 * half))
        for place in shown_labels(places, self.letters.averageCharWidth()):
            left, right = places[place]
            area = QRectF(left, height - self.line, right - left, self.line)
            self.labels.append(Label(area, texts[place], CENTRE, "secondary", small=True))

    def draw(self, painter: QPainter, seen: QRectF) -> None:
        painter.setPen(QPen(QColor(self.tokens.line), 1))
        painter.drawLines(self._rules)
        for area in self._source:
            filled(painter, area, self.tokens.secondary)
        for area in self._target:
            hatched(painter, area, self.tokens.accent, self.line * 0.34)
