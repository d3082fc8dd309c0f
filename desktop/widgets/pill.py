"""A state in a table as a pill: its sign, its word, its colour."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.theme.look import look
from desktop.theme.tokens import Tone
from desktop.widgets.grid import GridModel, Index


class PillDelegate(QStyledItemDelegate):
    """For a column of a GridView: each cell's text in the tone that its grid gives it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        style = option.widget.style() if option.widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        model = index.model()
        if text and isinstance(model, GridModel):
            _draw(painter, option, text, model.grid.tone(index.row(), index.column()))


def _draw(painter: QPainter, option: QStyleOptionViewItem, text: str, tone: Tone) -> None:
    letters, tokens = option.fontMetrics, look().tokens
    pad = letters.averageCharWidth()
    room = option.rect.width() - pad
    said = letters.elidedText(text, Qt.TextElideMode.ElideRight, room - 2 * pad)
    width, height = letters.horizontalAdvance(said) + 2 * pad, letters.height() + pad // 2
    left = option.rect.left() + pad
    if option.direction is Qt.LayoutDirection.RightToLeft:
        left = option.rect.right() - pad - width
    place = QRectF(left + 0.5, option.rect.center().y() - height / 2 + 0.5, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(tokens.soft(tone)))
    painter.setPen(QPen(QColor(tokens.line if tone is Tone.PLAIN else tokens.ink(tone)), 1))
    painter.drawRoundedRect(place, pad * 0.8, pad * 0.8)
    painter.setPen(QColor(tokens.ink(tone)))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, said)
    painter.restore()
