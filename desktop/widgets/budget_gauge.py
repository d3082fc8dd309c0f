"""A privacy budget, painted: what each epsilon leaves of the signal, where the plan stands, and what is spent already."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models.synthesis import BANDS, Rung
from desktop.theme.look import look
from desktop.theme.tokens import SIGNS
from desktop.words import tr


class LadderBar(QWidget):
    """One step for each epsilon of the ladder, with its band as colour, sign and word; a mark where the plan's epsilon is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rungs: tuple[Rung, ...] = ()
        self._at = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.updateGeometry)

    def show_ladder(self, rungs: tuple[Rung, ...], at: float) -> None:
        self._rungs, self._at = rungs, at
        words = [tr("epsilon {step:g}: {word}", step=rung.epsilon, word=BANDS[rung.band][0]) for rung in rungs]
        self.setAccessibleName(tr("What each epsilon leaves of the signal"))
        self.setAccessibleDescription("; ".join([*words, tr("the plan says {at:g}", at=at)]))
        self.setToolTip("")
        self.setVisible(bool(rungs))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 50, round(self.fontMetrics().height() * 4))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 30, self.sizeHint().height())

    def place(self) -> float:
        """Where the plan's epsilon stands, in steps from the leading end: 1.5 is the middle of the second one."""
        steps = [rung.epsilon for rung in self._rungs]
        if not steps or self._at <= steps[0]:
            return 0.5 * self._at / steps[0] if steps and self._at > 0 else 0.0
        for number, (low, high) in enumerate(pairwise(steps)):
            if self._at <= high:
                return number + 0.5 + (self._at - low) / (high - low)
        return float(len(steps))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rungs:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens, line = look().tokens, self.fontMetrics().height()
        width, back = self.width() / len(self._rungs), self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for number, rung in enumerate(self._rungs):
            word, tone = BANDS[rung.band]
            left = self.width() - (number + 1) * width if back else number * width
            step = QRectF(left + 1, line * 1.2, width - 2, line * 0.7)
            painter.setPen(QPen(QColor(tokens.ink(tone)), 1))
            painter.setBrush(QColor(tokens.soft(tone)))
            painter.drawRoundedRect(step, 3, 3)
            below = QRectF(left, line * 2.0, width, line * 2)
            centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(below, centre, f"{SIGNS[tone]} {tr(word)}\n")
            painter.setPen(QColor(tokens.secondary))
            painter.drawText(below.translated(0, line), centre, f"{rung.epsilon:g}")
        self._mark(painter, width, line, back)
        painter.end()

    def _mark(self, painter: QPainter, width: float, line: float, back: bool) -> None:
        """A triangle above the ladder, with the epsilon in figures."""
        x = self.place() * width
        x = min(max(self.width() - x if back else x, line / 2), self.width() - line / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look().tokens.text))
        half = line / 4
        painter.drawPolygon(
            QPolygonF([QPointF(x - half, line * 0.8), QPointF(x + half, line * 0.8), QPointF(x, line * 1.25)])
        )
        painter.setPen(QColor(look().tokens.text))
        text = f"ε {self._at:g}"
        wide = self.fontMetrics().horizontalAdvance(text)
        left = min(max(x - wide / 2, 0.0), self.width() - wide)
        painter.drawText(QPointF(left, line * 0.7), text)


class SpentBar(QWidget):
    """How much of the population's cap is spent, and what one training of this plan would add."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spent = self._more = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(self, spent: float, more: float, words: str) -> None:
        """Shares of the cap; `words` say the same."""
        self._spent, self._more = spent, more
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 30, round(self.fontMetrics().height() * 0.8))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        tokens, area = look().tokens, QRectF(self.rect())
        round_ = area.height() / 2
        over = self._spent + self._more > 1.0
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        painter.setBrush(QColor(tokens.line))
        painter.drawRoundedRect(area, round_, round_)
        edge = tokens.bad if over else tokens.accent
        for share, colour in (
            (self._spent + self._more, tokens.bad_soft if over else tokens.selection),
            (self._spent, tokens.accent),
        ):
            if share > 0:
                wide = max(area.width() * min(share, 1.0), area.height())
                # What is not spent yet is an outline.
                painter.setPen(QPen(QColor(edge), 1))
                painter.setBrush(QColor(colour))
                painter.drawRoundedRect(
                    QRectF(0, 0, wide, area.height()).adjusted(0.5, 0.5, -0.5, -0.5), round_, round_
                )
        painter.end()
