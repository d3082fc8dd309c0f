"""Numbers in a table: at the end of their cell; a share as a bar beside its words."""

from __future__ import annotations

from typing import Any, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from desktop.theme.look import look


class Trailing(QStyledItemDelegate):
    """Text at the end of its cell: numbers, so that their places stand under each other."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.displayAlignment = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter


class ShareBar(QStyledItemDelegate):
    """Paints `grid.share(row)` behind the end of the cell; its text says the same."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        share = min(1.0, max(0.0, cast(Any, index.model()).grid.share(index.row())))
        area = QRectF(option.rect)
        words = option.fontMetrics.averageCharWidth() * 9
        height = area.height() / 3
        bar = QRectF(
            area.left() + words, area.center().y() - height / 2, max(0.0, area.width() - words - height), height
        )
        if option.direction == Qt.LayoutDirection.RightToLeft:
            bar.moveLeft(area.left() + height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        tokens = look().tokens
        painter.setBrush(QColor(tokens.line))
        painter.drawRoundedRect(bar, height / 2, height / 2)
        if share:
            full = max(bar.width() * share, height)
            left = bar.right() - full if option.direction == Qt.LayoutDirection.RightToLeft else bar.left()
            painter.setBrush(QColor(tokens.accent))
            painter.drawRoundedRect(QRectF(left, bar.top(), full, height), height / 2, height / 2)
        painter.restore()
