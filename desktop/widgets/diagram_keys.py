"""The keys of a diagram: one item for all of them, that draws those on the screen and routes anew those of a table that moved."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from desktop.models.columnar import Ints
from desktop.models.diagram import FALLS, UP, Drawing, Floats, route
from desktop.widgets.diagram_style import Style

BOW = 3.0
"""How far a line goes straight out of a box before it turns."""


class Keys(QGraphicsItem):
    """Lines from the child's column to the parent's, with a head at the parent; those that a subset follows say which way."""

    def __init__(self, drawing: Drawing, places: Floats, style: Style) -> None:
        super().__init__()
        self.drawing, self.style = drawing, style
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        count = len(drawing.children)
        self._ends = np.zeros((count, 4))
        self._ways = np.zeros((count, 2))
        self._boxes = np.zeros((count, 4))
        self._bounds = QRectF()
        self._paths: dict[int, QPainterPath] = {}
        self._far: dict[int, list[QLineF]] | None = None
        self.current = -1
        self.routed = 0
        """How many keys have been routed so far: a moved table costs its own."""
        self._route(places, np.arange(count))

    def move(self, box: int, places: Floats) -> None:
        """Route the keys of this table anew."""
        self._route(places, np.flatnonzero((self.drawing.children == box) | (self.drawing.parents == box)))

    def _route(self, places: Floats, which: Ints) -> None:
        if not len(which):
            return
        self.prepareGeometryChange()
        self.routed += len(which)
        routes, em = route(self.drawing, places, which), self.style.em
        self._ends[which] = np.concatenate([routes.start, routes.end], axis=1) * em
        self._ways[which] = np.stack([routes.out, routes.into], axis=1)
        low = np.minimum(self._ends[which, :2], self._ends[which, 2:]) - BOW * em
        high = np.maximum(self._ends[which, :2], self._ends[which, 2:]) + BOW * em
        self._boxes[which] = np.concatenate([low, high], axis=1)
        self._bounds = self._measured()
        for key in which.tolist():
            self._paths.pop(key, None)
        self.forget()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def _measured(self) -> QRectF:
        left, top = self._boxes[:, :2].min(axis=0)
        right, bottom = self._boxes[:, 2:].max(axis=0)
        return QRectF(left, top, right - left, bottom - top)

    def shape(self) -> QPainterPath:
        # A click between boxes is no click on a key.
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self.style.readable:
            self._draw_far(painter)
            return
        seen, boxes = option.exposedRect, self._boxes
        visible = np.flatnonzero(
            (boxes[:, 0] < seen.right()) & (boxes[:, 2] > seen.left())
            & (boxes[:, 1] < seen.bottom()) & (boxes[:, 3] > seen.top())
        )  # fmt: skip
        self.draw(painter, visible)

    def _draw_far(self, painter: QPainter) -> None:
        """Straight lines, all of one kind at once."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self._far is None:
            kinds = self._kinds(np.arange(len(self._ends)))
            self._far = {
                kind: [QLineF(*ends) for ends in self._ends[kinds == kind].tolist()]
                for kind in np.unique(kinds).tolist()
            }
        for kind, lines in self._far.items():
            pen = self._pen(kind)
            pen.setCosmetic(True)
            pen.setWidthF(2.0 if kind & 8 else 1.0)
            painter.setPen(pen)
            painter.drawLines(lines)

    def forget(self) -> None:
        """Another table is the current one, or a key runs elsewhere."""
        self._far = None
        self.update()

    def draw(self, painter: QPainter, which: Ints) -> None:
        """These keys in full: bows, and heads that show the parent or which way rows are brought."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for key, kind in zip(which.tolist(), self._kinds(which).tolist(), strict=True):
            pen = self._pen(kind)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(self._path(key))
            painter.setBrush(pen.color())
            painter.setPen(Qt.PenStyle.NoPen)
            self._heads(painter, key, kind)

    def _kinds(self, which: Ints) -> Ints:
        """What a key looks like, in bits: how a subset follows it, 4: declared by the plan, 8: of the current table."""
        own = (self.drawing.children[which] == self.current) | (self.drawing.parents[which] == self.current)
        kinds: Ints = self.drawing.flows[which] + 4 * self.drawing.declared[which] + 8 * own
        return kinds

    def _pen(self, kind: int) -> QPen:
        tokens, thin = self.style.tokens, self.style.em / 16
        pen = QPen(QColor(tokens.accent if kind & (UP | FALLS | 8) else tokens.secondary))
        pen.setWidthF(thin * (2.0 if kind & 8 else 1.6 if kind & (UP | FALLS) else 1.0))
        if kind & 4:
            pen.setStyle(Qt.PenStyle.DashLine)
        return pen

    def _path(self, key: int) -> QPainterPath:
        if key not in self._paths:
            (from_x, from_y, to_x, to_y), (out, into) = self._ends[key].tolist(), self._ways[key].tolist()
            reach = max(BOW * self.style.em, abs(to_x - from_x) * 0.4 if out != into else 0.0)
            path = QPainterPath(QPointF(from_x, from_y))
            path.cubicTo(QPointF(from_x + out * reach, from_y), QPointF(to_x + into * reach, to_y), QPointF(to_x, to_y))
            self._paths[key] = path
        return self._paths[key]

    def _heads(self, painter: QPainter, key: int, kind: int) -> None:
        (from_x, from_y, to_x, to_y), (out, into) = self._ends[key].tolist(), self._ways[key].tolist()
        side = self.style.em * 0.45
        if kind & FALLS:
            painter.drawPolygon(_head(from_x, from_y, out, side))
        if kind & UP or not kind & FALLS:
            painter.drawPolygon(_head(to_x, to_y, into, side))
        if not kind & FALLS:
            painter.drawEllipse(QPointF(from_x, from_y), side * 0.3, side * 0.3)


def _head(x: float, y: float, way: float, side: float) -> QPolygonF:
    """A head that points at a box from its side."""
    return QPolygonF([QPointF(x, y), QPointF(x + way * side, y - side / 2), QPointF(x + way * side, y + side / 2)])
