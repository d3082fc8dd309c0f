"""Where the target's tables come from: boxes in layers along the foreign keys, parents first, each with its treatment."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from desktop.models.charts import Lineage
from desktop.theme.tokens import Tone
from desktop.widgets.charts import Chart, Label, Mark
from desktop.widgets.charts_words import node_said
from desktop.words import tr

_TONES = {"synthesize": Tone.GOOD, "mask": Tone.ACCENT, "copy": Tone.BAD, "public": Tone.CAUTION}


class LineageMap(Chart):
    """Lines go from a table to those that refer to it; those of the current one are drawn in full."""

    drawing: Lineage

    def __init__(self, drawing: Lineage, title: str = "") -> None:
        self._boxes: dict[str, QRectF] = {}
        super().__init__(drawing, title or tr("Tables of the target"))

    @property
    def _layers(self) -> int:
        return 1 + max((node.layer for node in self.drawing.nodes), default=0)

    @property
    def _least(self) -> float:
        return self.letters.averageCharWidth() * 13

    @property
    def _pace(self) -> float:
        return self.line * 3.1

    def tall(self, width: float) -> float:
        return (1 + max((node.row for node in self.drawing.nodes), default=0)) * self._pace + self.line * 0.4

    def minimumSizeHint(self):  # type: ignore[no-untyped-def]
        """Layers do not shrink below what a name needs: the page scrolls."""
        size = super().minimumSizeHint()
        size.setWidth(round(self._layers * self._least * 1.35))
        return size

    def lay_out(self, width: float, height: float) -> None:
        self._boxes = {}
        gap = self.letters.averageCharWidth()
        column = width / self._layers
        wide = min(column - 4 * gap, self._least * 1.7) if self._layers > 1 else min(column - gap, self._least * 1.7)
        for place, node in enumerate(self.drawing.nodes):
            box = QRectF(node.layer * column + gap / 2, self.line * 0.2 + node.row * self._pace, wide, self.line * 2.5)
            self._boxes[node.table] = box
            self.marks.append(Mark(box, node_said(self.drawing, place)))
            inner = QRectF(box.left() + 1.6 * gap, box.top() + self.line * 0.15, wide - 2 * gap, self.line * 1.1)
            name = f"{node.table} ↺" if node.itself else node.table
            self.labels.append(Label(inner, self.cut(name, inner.width()), bold=False))
            below = inner.translated(0, self.line * 1.1)
            treatment = node.treatment or tr("not in the plan")
            self.labels.append(
                Label(below, self.cut(treatment, below.width(), small=True), ink="secondary", small=True)
            )

    def draw(self, painter: QPainter, seen: QRectF) -> None:
        chosen = self.drawing.nodes[self.current].table if 0 <= self.current < len(self.drawing.nodes) else None
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for child, parent in self.drawing.edges:
            mine = chosen in (child, parent)
            ring = self._boxes[child].left() <= self._boxes[parent].left()
            style = Qt.PenStyle.DashLine if ring else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(self.tokens.accent if mine else self.tokens.secondary), 2 if mine else 1, style))
            painter.drawPath(self._way(self._boxes[parent], self._boxes[child]))
        for node in self.drawing.nodes:
            self._box(painter, self._boxes[node.table], node.treatment, chosen=node.table == chosen)

    def _way(self, parent: QRectF, child: QRectF) -> QPainterPath:
        """From the side that faces the other; within a layer around it. What closes a ring runs back, and is dashed."""
        back = child.left() < parent.left()
        start = QPointF(parent.left() if back else parent.right(), parent.center().y())
        end = QPointF(child.right() if back or child.left() == parent.left() else child.left(), child.center().y())
        bend = max(self.line * 1.5, abs(end.x() - start.x()) / 2)
        from_, to = start.x() + (-bend if back else bend), end.x() + (bend if end.x() == child.right() else -bend)
        path = QPainterPath(start)
        path.cubicTo(QPointF(from_, start.y()), QPointF(to, end.y()), end)
        return path

    def _box(self, painter: QPainter, box: QRectF, treatment: str, *, chosen: bool) -> None:
        tokens = self.tokens
        painter.setPen(QPen(QColor(tokens.focus if chosen else tokens.line), 2 if chosen else 1))
        painter.setBrush(QColor(tokens.selection if chosen else tokens.background))
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.ink(_TONES.get(treatment, Tone.PLAIN))))
        painter.drawRoundedRect(QRectF(box.left() + 3, box.top() + 5, 4, box.height() - 10), 2, 2)
