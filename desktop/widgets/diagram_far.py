"""All boxes at once, from so far away that none shows a name: one call for each colour instead of one for each table."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from desktop.models.diagram import WIDTH, Drawing, Floats
from desktop.theme.tokens import Tone
from desktop.widgets.diagram_style import Style


class Crowd(QGraphicsItem):
    """Holds all boxes, to hide them at once: even to ask two thousand of them that draw nothing takes half a frame."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)

    def boundingRect(self) -> QRectF:
        return QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        return


class FarBoxes(QGraphicsItem):
    """Stands in for the boxes while they are too small."""

    def __init__(self, drawing: Drawing, places: Floats, style: Style) -> None:
        super().__init__()
        self.drawing, self.style, self.places, self.current = drawing, style, places, -1
        self._groups: list[tuple[tuple[bool, bool, bool], Tone, list[QRectF]]] | None = None
        self._bounds = self._measured()
        self.setZValue(0.5)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def _measured(self) -> QRectF:
        if not len(self.places):
            return QRectF()
        left, top = self.places.min(axis=0)
        right, bottom = (self.places[:, 0] + WIDTH).max(), (self.places[:, 1] + self.drawing.heights).max()
        return _scaled(left, top, right, bottom, self.style.em)

    def forget(self) -> None:
        """A box has moved, or another is the current one."""
        self.prepareGeometryChange()
        self._groups, self._bounds = None, self._measured()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self.style.crowded:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self._groups is None:
            self._groups = self._grouped()
        for edge, tone, boxes in self._groups:
            painter.setPen(self.style.edge(*edge))
            painter.setBrush(self.style.fill(tone))
            painter.drawRects(boxes)

    def _grouped(self) -> list[tuple[tuple[bool, bool, bool], Tone, list[QRectF]]]:
        drawing = self.drawing
        found: dict[tuple[bool, bool, int], list[QRectF]] = {}
        strong = np.isin(np.arange(len(drawing)), [self.current, drawing.centre])
        tones = np.where(drawing.undecided > 0, 2, np.where(drawing.personal > 0, 1, 0))
        rows = zip(
            strong.tolist(),
            (drawing.reached > 0).tolist(),
            tones.tolist(),
            self.places.tolist(),
            drawing.heights.tolist(),
            strict=True,
        )
        for own, reached, tone, (left, top), height in rows:
            box = _scaled(left, top, left + WIDTH, top + height, self.style.em)
            found.setdefault((own, reached, tone), []).append(box)
        # The current one is drawn over the others.
        return [((own, reached, True), _TONES[tone], boxes) for (own, reached, tone), boxes in sorted(found.items())]


_TONES = (Tone.PLAIN, Tone.ACCENT, Tone.CAUTION)


def _scaled(left: float, top: float, right: float, bottom: float, em: float) -> QRectF:
    return QRectF(left * em, top * em, (right - left) * em, (bottom - top) * em)
