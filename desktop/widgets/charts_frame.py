"""A chart as a page shows it: caption, legend, drawing, and the same numbers as a table."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from desktop.models.charts import Drawing, Gauge, Heat, Lineage, Pairs, Spans
from desktop.theme.look import look
from desktop.widgets.basic import Card, label
from desktop.widgets.charts import Chart, diamond, filled, hatched, triangle
from desktop.widgets.charts_bars import PairBars
from desktop.widgets.charts_gauge import BudgetBar
from desktop.widgets.charts_heat import HeatMaps
from desktop.widgets.charts_lineage import LineageMap
from desktop.widgets.charts_spans import SpanBars, ink_of
from desktop.widgets.charts_words import as_table
from desktop.widgets.grid import GridView
from desktop.words import tr

_KINDS: dict[type, type[Chart]] = {
    Pairs: PairBars, Heat: HeatMaps, Spans: SpanBars, Gauge: BudgetBar, Lineage: LineageMap,
}  # fmt: skip


def chart_of(drawing: Drawing, title: str) -> Chart:
    """The widget that draws it."""
    return _KINDS[type(drawing)](drawing, title)


@dataclass(frozen=True, slots=True)
class Sign:
    """One entry of a legend."""

    shape: str
    """`source`, `target`, `dot`, `bar`, `diamond`, `triangle`, `limit`."""
    text: str
    tone: str = "calm"


class Legend(QWidget):
    """Shapes with their words, in as many lines as they need."""

    def __init__(self, signs: tuple[Sign, ...]) -> None:
        super().__init__()
        self.signs = signs
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(", ".join(sign.text for sign in signs))
        look().changed.connect(self.updateGeometry)

    def _placed(self, width: float) -> list[tuple[Sign, QRectF]]:
        letters = QFontMetricsF(self.font())
        x, y, line, placed = 0.0, 0.0, letters.height() * 1.3, []
        for sign in self.signs:
            wide = min(letters.horizontalAdvance(sign.text) + 2.6 * letters.height(), max(width, 1.0))
            if x and x + wide > width:
                x, y = 0.0, y + line
            placed.append((sign, QRectF(x, y, wide, line)))
            x += wide + letters.averageCharWidth()
        return placed

    def sizeHint(self) -> QSize:
        placed = self._placed(float(max(self.width(), 1)))
        return QSize(
            round(QFontMetricsF(self.font()).averageCharWidth() * 20), round(placed[-1][1].bottom()) if placed else 0
        )

    def resizeEvent(self, event: object) -> None:
        """Be as high as this width asks for."""
        self.setFixedHeight(self.sizeHint().height())

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        letters, tokens = QFontMetricsF(self.font()), look().tokens
        turned = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for sign, area in self._placed(float(self.width())):
            if turned:
                area.moveRight(self.width() - area.left())
            swatch = QRectF(
                area.left(), area.center().y() - letters.height() * 0.3, letters.height() * 1.6, letters.height() * 0.6
            )
            if turned:
                swatch.moveRight(area.right())
            _swatch(painter, sign, swatch)
            words = QRectF(area)
            if turned:
                words.setRight(swatch.left() - letters.height() * 0.4)
            else:
                words.setLeft(swatch.right() + letters.height() * 0.4)
            painter.setPen(QColor(tokens.secondary))
            text = letters.elidedText(sign.text, Qt.TextElideMode.ElideRight, words.width())
            side = Qt.AlignmentFlag.AlignRight if turned else Qt.AlignmentFlag.AlignLeft
            painter.drawText(words, side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute, text)
        painter.end()


def _swatch(painter: QPainter, sign: Sign, area: QRectF) -> None:
    tokens, middle = look().tokens, area.center()
    ink = QColor(ink_of(sign.tone, tokens))
    if sign.shape == "source":
        filled(painter, area, tokens.secondary)
    elif sign.shape == "target":
        hatched(painter, area, tokens.accent, area.height() * 0.6)
    elif sign.shape == "limit":
        painter.setPen(QPen(QColor(tokens.text), 1.6, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(area.left(), middle.y()), QPointF(area.right(), middle.y()))
    elif sign.shape == "bar":
        soft = QColor(ink)
        soft.setAlphaF(0.3)
        painter.fillRect(area, soft)
        painter.setPen(QPen(ink, 1.6))
        painter.drawLine(area.topLeft(), area.bottomLeft())
        painter.drawLine(area.topRight(), area.bottomRight())
        painter.setBrush(ink)
        painter.drawEllipse(middle, area.height() * 0.35, area.height() * 0.35)
    else:
        painter.setBrush(QColor(tokens.panel))
        painter.setPen(QPen(QColor(tokens.text), 1.4))
        shape = diamond if sign.shape == "diamond" else triangle
        painter.drawPolygon(shape(middle, area.height() * 0.45))


def pair_signs(source: bool) -> tuple[Sign, ...]:
    both = (Sign("source", tr("Source")),) if source else ()
    return (*both, Sign("target", tr("Target")))


def span_signs(spans: Spans, figure: str, guess: str, control: str) -> tuple[Sign, ...]:
    """Only what is in the drawing: each shape with its word."""
    signs = [Sign("bar", figure)]
    signs += [Sign("diamond", guess)] * any(row.guess is not None for row in spans.rows)
    signs += [Sign("triangle", control)] * any(row.control is not None for row in spans.rows)
    signs += [Sign("limit", tr("bound of the policy"))] * any(row.limit is not None for row in spans.rows)
    return tuple(signs)


class ChartCard(Card):
    """One drawing in a card. `chart` and `grid` hold the same numbers; one of them is shown."""

    def __init__(self, drawing: Drawing, caption: str, note: str = "", signs: tuple[Sign, ...] = ()) -> None:
        super().__init__()
        self.setAccessibleName(caption)
        self.chart = chart_of(drawing, caption)
        self.grid: GridView | None = None
        self.toggle = QToolButton()
        self.toggle.setText(tr("Show as table"))
        self.toggle.setCheckable(True)
        self.toggle.setAccessibleName(tr("Show {caption} as a table", caption=caption))
        self.toggle.toggled.connect(self._as_table)
        self._fill(caption, note, signs)

    def _fill(self, caption: str, note: str, signs: tuple[Sign, ...]) -> None:
        head, words = QHBoxLayout(), QVBoxLayout()
        words.setSpacing(2)
        title = label(caption, "section", wrap=True)
        words.addWidget(title)
        if note:
            words.addWidget(label(note, "secondary", wrap=True))
        head.addLayout(words, 1)
        head.addWidget(self.toggle, alignment=Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        if signs:
            self.body.addWidget(Legend(signs))
        self.body.addWidget(self.chart)
        self.body.addStretch(1)

    def _as_table(self, on: bool) -> None:
        """Made when it is first asked for."""
        if on and self.grid is None:
            self.grid = GridView(self.chart.accessibleName())
            self.grid.show_grid(as_table(self.chart.drawing))
            self.grid.setMinimumHeight(min(self.chart.sizeHint().height(), round(self.chart.line * 20)))
            self.body.insertWidget(self.body.indexOf(self.chart), self.grid)
        if self.grid is not None:
            self.grid.setVisible(on)
        self.chart.setVisible(not on)
        self.toggle.setText(tr("Show as chart") if on else tr("Show as table"))
