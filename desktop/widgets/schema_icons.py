"""Small signs before the names of a schema: drawn, so that they take any size and the colours that are on."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPen, QPixmap

from desktop.theme.look import look

SCALE = 2
"""Pixels drawn for each of the screen's: sharp on a dense one."""


class Icons:
    """Made once for each look."""

    def __init__(self, em: int) -> None:
        self.size = QSize(round(em * 1.3), em)
        self._made: dict[str, QIcon] = {}

    def get(self, sign: str) -> QIcon:
        """`schema`, `table`, `view`, `column`, `group`, `PK`, `FK`, `PK FK`, `refused`."""
        if sign not in self._made:
            self._made[sign] = QIcon(self._draw(sign))
        return self._made[sign]

    def _draw(self, sign: str) -> QPixmap:
        made = QPixmap(self.size * SCALE)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.scale(SCALE, SCALE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(look().tokens.secondary), 1.2))
        high = self.size.height()
        box = QRectF(0, 0, high * 0.82, high * 0.68)
        box.moveCenter(QRectF(0, 0, self.size.width(), high).center())
        if sign[:1].isupper():
            self._letters(painter, sign)
        else:
            _SHAPES[sign](painter, box)
        painter.end()
        return made

    def _letters(self, painter: QPainter, sign: str) -> None:
        font = QFont(painter.font())
        font.setBold(True)
        font.setPixelSize(max(6, round(self.size.height() * 0.62)))
        painter.setFont(font)
        tokens = look().tokens
        painter.setPen(QColor(tokens.accent if "PK" in sign else tokens.secondary))
        painter.drawText(QRectF(0, 0, self.size.width(), self.size.height()), Qt.AlignmentFlag.AlignCenter, sign[:2])


def _table(painter: QPainter, box: QRectF) -> None:
    painter.drawRoundedRect(box, 1.5, 1.5)
    head = box.top() + box.height() * 0.36
    painter.drawLine(QPointF(box.left(), head), QPointF(box.right(), head))
    middle = box.left() + box.width() * 0.38
    painter.drawLine(QPointF(middle, head), QPointF(middle, box.bottom()))


def _view(painter: QPainter, box: QRectF) -> None:
    pen = painter.pen()
    pen.setStyle(Qt.PenStyle.DotLine)
    painter.setPen(pen)
    _table(painter, box)


def _schema(painter: QPainter, box: QRectF) -> None:
    lid = QRectF(box.left(), box.top(), box.width(), box.height() * 0.36)
    painter.drawEllipse(lid)
    bottom = lid.translated(0, box.height() - lid.height())
    painter.drawArc(bottom, 180 * 16, 180 * 16)
    for side in (box.left(), box.right()):
        painter.drawLine(QPointF(side, lid.center().y()), QPointF(side, bottom.center().y()))


def _column(painter: QPainter, box: QRectF) -> None:
    painter.drawPoint(box.center())
    painter.drawEllipse(box.center(), 1.4, 1.4)


def _group(painter: QPainter, box: QRectF) -> None:
    for share in (0.2, 0.5, 0.8):
        height = box.top() + box.height() * share
        painter.drawLine(QPointF(box.left(), height), QPointF(box.right(), height))


def _refused(painter: QPainter, box: QRectF) -> None:
    painter.setPen(QPen(QColor(look().tokens.bad), 1.4))
    painter.drawLine(box.topLeft(), box.bottomRight())
    painter.drawLine(box.topRight(), box.bottomLeft())


_SHAPES = {
    "table": _table, "view": _view, "part": _column, "schema": _schema, "column": _column, "group": _group, "refused": _refused,
}  # fmt: skip
