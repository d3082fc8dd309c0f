"""A curve that grows while a training runs: axis labels, the last value, and the same in words for who does not see it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models.curve import Scale, Summary, scale, summary, tick_text
from desktop.theme.look import look
from desktop.words import tr


class Curve(QWidget):
    """Values over steps. `from_zero`: the scale of values begins there."""

    def __init__(self, name: str, along: str, *, from_zero: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self._along, self._from_zero = name, along, from_zero
        self._points: tuple[tuple[float, float], ...] = ()
        self._across, self._up = scale(()), scale(())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        look().changed.connect(self.update)
        self.show_points(())

    def show_points(self, points: Sequence[tuple[float, float]], steps: int | None = None) -> None:
        """Draw these; `steps`: where the training ends."""
        self._points = tuple(points)
        self._across = scale([0.0, *(step for step, _ in points), float(steps or 0)], from_zero=True)
        self._up = scale([value for _, value in points], from_zero=self._from_zero)
        self.setAccessibleName(self.name)
        self.setAccessibleDescription(self.words)
        self.setToolTip(self.words)
        self.update()

    @property
    def words(self) -> str:
        """What the curve says."""
        found = summary(self._points)
        return tr("Nothing was measured yet.") if found is None else _told(found)

    def sizeHint(self) -> QSize:
        letters = self.fontMetrics()
        return QSize(28 * letters.averageCharWidth(), 9 * letters.height())

    def minimumSizeHint(self) -> QSize:
        letters = self.fontMetrics()
        return QSize(20 * letters.averageCharWidth(), 7 * letters.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        letters, tokens = self.fontMetrics(), look().tokens
        high = letters.height()
        painter.setPen(QColor(tokens.text))
        last = tick_text(round(self._points[-1][1], 3)) if self._points else ""
        painter.drawText(QRectF(0, 0, self.width(), high), self._leading(), f"{self.name}   {last}".strip())
        room = max(letters.horizontalAdvance(tick_text(tick)) for tick in self._up.ticks) + high // 2
        plot = QRectF(room, high * 1.6, self.width() - room - high * 0.5, self.height() - high * 3.3)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            plot.moveLeft(high * 0.5)
        if self._points:
            self._scales(painter, plot, room)
            self._line(painter, plot)
        else:
            painter.setPen(QColor(tokens.secondary))
            painter.drawText(plot, Qt.AlignmentFlag.AlignCenter, tr("Nothing was measured yet."))
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.focus), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _leading(self) -> Qt.AlignmentFlag:
        return Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter

    def _scales(self, painter: QPainter, plot: QRectF, room: float) -> None:
        tokens, high = look().tokens, self.fontMetrics().height()
        reversed_ = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for tick in self._up.ticks:
            y = plot.bottom() - self._up.share(tick) * plot.height()
            painter.setPen(QColor(tokens.line))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(tokens.secondary))
            left = plot.right() + high * 0.3 if reversed_ else 0.0
            align = Qt.AlignmentFlag.AlignLeft if reversed_ else Qt.AlignmentFlag.AlignRight
            painter.drawText(
                QRectF(left, y - high / 2, room - high * 0.3, high),
                align | Qt.AlignmentFlag.AlignVCenter,
                tick_text(tick),
            )
        painter.setPen(QColor(tokens.secondary))
        for tick in (self._across.ticks[0], self._across.ticks[-1]):
            x = self._x(plot, tick)
            wide = self.fontMetrics().horizontalAdvance(tick_text(tick)) + 2
            painter.drawText(
                QRectF(min(max(x - wide / 2, 0), self.width() - wide), plot.bottom() + high * 0.25, wide, high),
                Qt.AlignmentFlag.AlignCenter, tick_text(tick),
            )  # fmt: skip
        painter.drawText(
            QRectF(plot.left(), plot.bottom() + high * 0.25, plot.width(), high),
            Qt.AlignmentFlag.AlignCenter,
            self._along,
        )

    def _line(self, painter: QPainter, plot: QRectF) -> None:
        tokens = look().tokens
        painter.setPen(QPen(QColor(tokens.accent), max(1.5, self.fontMetrics().height() / 9)))
        places = [self._place(plot, self._up, step, value) for step, value in self._points]
        painter.drawPolyline(QPolygonF(places))
        painter.setBrush(QColor(tokens.accent))
        painter.drawEllipse(places[-1], 3.0, 3.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _place(self, plot: QRectF, up: Scale, step: float, value: float) -> QPointF:
        return QPointF(self._x(plot, step), plot.bottom() - up.share(value) * plot.height())

    def _x(self, plot: QRectF, step: float) -> float:
        share = self._across.share(step)
        reversed_ = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        return plot.right() - share * plot.width() if reversed_ else plot.left() + share * plot.width()


def _told(found: Summary) -> str:
    return tr(
        "{points} values, from {first} to {last} at step {step}; lowest {low}, highest {high}.",
        points=f"{found.points:,}", first=f"{found.first:.3g}", last=f"{found.last:.3g}", step=f"{found.step:,.0f}",
        low=f"{found.low:.3g}", high=f"{found.high:.3g}",
    )  # fmt: skip
