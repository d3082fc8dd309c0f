"""Heat maps of pairs of columns: source, target, and what lies between them; numbers stand in the cells where there is room."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.models.charts import Heat, Matrix
from desktop.widgets.charts import Chart, Label, Mark, blend, ink_on
from desktop.widgets.charts_words import cell_said
from desktop.words import tr

RIGHT = Qt.AlignmentFlag.AlignRight
CENTRE = Qt.AlignmentFlag.AlignHCenter


class HeatMaps(Chart):
    """Up to three matrices beside each other, below each other where they do not fit. Columns bear their row's number."""

    drawing: Heat

    def __init__(self, drawing: Heat, title: str = "") -> None:
        self._cells: list[tuple[QRectF, float, bool]] = []
        super().__init__(drawing, title or drawing.title)

    @property
    def columns(self) -> int:
        return len(self.drawing.names)

    @property
    def matrices(self) -> list[tuple[str, Matrix, bool]]:
        """With their headings; the last word says whether a sign matters."""
        shown: list[tuple[str, Matrix, bool]] = []
        if self.drawing.source is not None:
            shown.append((tr("Source"), self.drawing.source, False))
        shown.append((tr("Target"), self.drawing.target, False))
        if self.drawing.difference is not None:
            shown.append((tr("Difference"), self.drawing.difference, True))
        return shown

    def _names_width(self, width: float) -> float:
        longest = max((self.wide(f"99 {name}", small=True) for name in self.drawing.names), default=0.0)
        return min(longest, width * 0.3)

    def _side(self, width: float) -> tuple[float, int]:
        """Of a cell, and how many matrices stand beside each other."""
        names, count, gap = max(1, len(self.drawing.names)), len(self.matrices), self.letters.averageCharWidth() * 3
        least, most = self.line * 1.15, self.line * 2.1
        for across in range(count, 0, -1):
            side = (width - self._names_width(width) - across * gap) / (across * names)
            if side >= least or across == 1:
                return min(most, max(self.line * 0.5, side)), across
        return least, 1

    def _band(self, side: float) -> float:
        """Height of a row of matrices: heading, numbers, cells."""
        return self.line * 2.6 + side * len(self.drawing.names) + self.line * 0.6

    def tall(self, width: float) -> float:
        side, across = self._side(width)
        return self._band(side) * -(-len(self.matrices) // across)

    def lay_out(self, width: float, height: float) -> None:
        self._cells = []
        side, across = self._side(width)
        left, gap = self._names_width(width), self.letters.averageCharWidth() * 3
        size = side * len(self.drawing.names)
        for place, (heading, matrix, signed) in enumerate(self.matrices):
            top = (place // across) * self._band(side)
            start = left + gap / 2 + (place % across) * (size + gap)
            if place % across == 0:
                self._rows(left, top + self.line * 2.6, side)
            self._matrix(QPointF(start, top), side, heading, matrix, signed=signed)

    def _rows(self, left: float, top: float, side: float) -> None:
        for row, name in enumerate(self.drawing.names):
            text = self.cut(f"{name}  {row + 1}", left, small=True)
            self.labels.append(Label(QRectF(0, top + row * side, left, side), text, RIGHT, small=True))

    def _matrix(self, at: QPointF, side: float, heading: str, matrix: Matrix, *, signed: bool) -> None:
        size, top = side * len(matrix), at.y() + self.line * 2.6
        area = QRectF(at.x(), at.y() + self.line * 0.2, max(size, 1.0), self.line)
        self.labels.append(Label(area, self.cut(heading, area.width()), bold=True))
        every = max(1, -int(-self.wide("99", small=True) // side))
        roomy = side >= self.wide("-.00", small=True) + 3
        for row, cells in enumerate(matrix):
            if row % every == 0:
                above = QRectF(at.x() + row * side, at.y() + self.line * 1.4, side, self.line)
                self.labels.append(Label(above, str(row + 1), CENTRE, "secondary", small=True))
            for column, value in enumerate(cells):
                cell = QRectF(at.x() + column * side, top + row * side, side, side)
                self._cells.append((cell.adjusted(0.5, 0.5, -0.5, -0.5), value, signed))
                self.marks.append(Mark(cell, cell_said(self.drawing, row, column)))
                if roomy and row != column:
                    ink = ink_on(self._colour(value, signed=signed), self.tokens)
                    self.labels.append(Label(cell, _short(value, signed=signed), CENTRE, ink, small=True))

    def _colour(self, value: float, *, signed: bool) -> QColor:
        # A difference of .3 is a great one already.
        strength = min(1.0, abs(value) * (2 if signed else 1))
        return blend(self.tokens.background, self.tokens.bad if signed else self.tokens.accent, strength * 0.95)

    def draw(self, painter: QPainter, seen: QRectF) -> None:
        edge = QPen(QColor(self.tokens.line), 1)
        for place, (area, value, signed) in enumerate(self._cells):
            if area.intersects(seen):
                painter.setPen(QPen(QColor(self.tokens.focus), 2) if place == self.current else edge)
                painter.setBrush(self._colour(value, signed=signed))
                painter.drawRect(area)
                if signed and value < -0.005:
                    # Less in the target: a stroke says so where the colour cannot.
                    painter.setPen(QPen(QColor(self.tokens.text), 1))
                    painter.drawLine(
                        area.bottomLeft(),
                        QPointF(area.left() + area.width() * 0.3, area.bottom() - area.height() * 0.3),
                    )


def _short(value: float, *, signed: bool) -> str:
    """`.83`, `1`; of differences with their sign, and nothing for none."""
    text = f"{value:+.2f}" if signed else f"{value:.2f}"
    if signed and abs(value) < 0.005:
        return "0"
    return text.removesuffix(".00") if text.endswith("1.00") else text.replace("0.", ".", 1)
