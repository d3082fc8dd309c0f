"""The diagram widget: pans, zooms, goes from table to table by arrow keys, and remembers where a person put a box."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from desktop.models.diagram import WIDTH, Drawing, Floats, nearest
from desktop.theme.look import look
from desktop.widgets.diagram_far import Crowd, FarBoxes
from desktop.widgets.diagram_keys import Keys
from desktop.widgets.diagram_style import Style
from desktop.widgets.diagram_table import TableBox, said
from desktop.words import tr

STEP = 1.25
AT_ONCE = 400
"""Boxes that are made between two looks at the keyboard."""
CLOSEST, FARTHEST = 3.0, 0.01
ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip
Places = Mapping[str, tuple[float, float]]


class DiagramView(QGraphicsView):
    """Boxes and the keys between them."""

    opened = Signal(str)
    """Enter or a double click on a table: its title."""
    chosen = Signal(str)
    """The table that the keyboard is on."""
    dragged = Signal()
    """A person moved a box; `places` says where all that were moved stand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Diagram"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.drawing: Drawing | None = None
        self.boxes: list[TableBox] = []
        self.keys: Keys | None = None
        self.far: FarBoxes | None = None
        self.crowd: Crowd | None = None
        self._style: Style | None = None
        self.current = -1
        self._at: Floats = np.zeros((0, 2))
        self._given: dict[str, tuple[float, float]] = {}
        self._numbers: dict[str, int] = {}
        self._pressed: dict[str, tuple[float, float]] = {}
        self.setScene(QGraphicsScene(self))
        # Other colours and another font come together: one turn of the event loop draws for both.
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._redraw)
        look().changed.connect(self._turn.start)

    # What is drawn

    @property
    def places(self) -> Places:
        """Where a person put boxes, by title, in heights of a line."""
        return dict(self._given)

    def show_drawing(self, drawing: Drawing, given: Places | None = None) -> None:
        """Another diagram; `given`: places that a person chose before."""
        before = self._title(self.current)
        self.drawing = drawing
        self._given = {title: (float(x), float(y)) for title, (x, y) in (given or {}).items()}
        self._numbers = {title: place for place, title in enumerate(drawing.titles)}
        self._build()
        self._choose(self._numbers.get(before, drawing.centre if drawing.centre >= 0 else 0 if len(drawing) else -1))

    def _build(self) -> None:
        assert self.drawing is not None
        self.scene().clear()
        em = self.em
        self._style = Style(em, self.font(), look().tokens, self.layoutDirection())
        self._at = np.array(self.drawing.places, dtype=float).reshape(-1, 2)
        for title, place in self._given.items():
            if title in self._numbers:
                self._at[self._numbers[title]] = place
        self.boxes, self.current = [], -1
        self.keys = Keys(self.drawing, self._at, self._style)
        self.far = FarBoxes(self.drawing, self._at, self._style)
        self.crowd = Crowd()
        for item in (self.keys, self.far, self.crowd):
            self.scene().addItem(item)
        self._look_again()
        self.scene().setSceneRect(self.whole().adjusted(-20 * em, -20 * em, 20 * em, 20 * em))
        self.setBackgroundBrush(QColor(look().tokens.background))
        self._add(self.drawing)

    def _add(self, drawing: Drawing) -> None:
        """Some boxes now, and the rest after the window has drawn and listened."""
        if drawing is not self.drawing or self._style is None or self.crowd is None:
            return
        first, heights = len(self.boxes), drawing.heights
        for place in range(first, min(first + AT_ONCE, len(drawing))):
            box = TableBox(drawing, place, float(heights[place]), self._style, self._moved)
            box.setPos(QPointF(*(self._at[place] * self._style.em)))
            box.current = place == self.current
            self.boxes.append(box)
            box.setParentItem(self.crowd)
        if len(self.boxes) < len(drawing):
            QTimer.singleShot(0, self, lambda: self._add(drawing))

    @property
    def em(self) -> float:
        return float(self.fontMetrics().height())

    def _title(self, place: int) -> str:
        return self.drawing.titles[place] if self.drawing is not None and 0 <= place < len(self.drawing) else ""

    def _redraw(self) -> None:
        """Other colours, or another size of text."""
        if self.drawing is not None:
            current = self.current
            self._build()
            self._choose(current)

    def whole(self) -> QRectF:
        """What an export takes: every box and every key."""
        if self.keys is None or self.far is None:
            return QRectF()
        edge = self.em
        return self.keys.boundingRect().united(self.far.boundingRect()).adjusted(-edge, -edge, edge, edge)

    def _moved(self, box: int, at: QPointF) -> None:
        if self.keys is None or self.far is None:
            return
        self._at[box] = (at.x() / self.em, at.y() / self.em)
        self._given[self._title(box)] = (round(at.x() / self.em, 2), round(at.y() / self.em, 2))
        self.keys.move(box, self._at)
        self.far.forget()

    # The current table

    def _choose(self, place: int) -> None:
        for each in (self.current, place):
            if 0 <= each < len(self.boxes):
                self.boxes[each].current = each == place
                self.boxes[each].forget()
        self.current = place
        if self.keys is not None:
            self.keys.current = place
            self.keys.forget()
        if self.far is not None:
            self.far.current = place
            self.far.forget()
        name = said(self.drawing, place) if self.drawing is not None and place >= 0 else ""
        self.setAccessibleName(tr("Diagram, {table}", table=name) if name else tr("Diagram"))
        if name:
            self.chosen.emit(self._title(place))

    def go(self, title: str) -> bool:
        """Make a table current and bring it to the screen; False where it is not drawn."""
        place = self._numbers.get(title)
        if place is not None:
            self._choose(place)
            self.ensureVisible(self.box_rect(place), 40, 40)
        return place is not None

    def box_rect(self, place: int) -> QRectF:
        """Where a box is in the scene."""
        assert self.drawing is not None
        left, top = (self._at[place] * self.em).tolist()
        return QRectF(left, top, WIDTH * self.em, float(self.drawing.heights[place]) * self.em)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in ARROWS and self.drawing is not None and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._step(*ARROWS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.current >= 0:
            self.opened.emit(self._title(self.current))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def _step(self, across: int, down: int) -> None:
        assert self.drawing is not None
        if self.current < 0:
            return
        near = self.drawing.neighbours(self.current)
        found = nearest(self._at, self.drawing.heights / 2, self.current, across, down, near)
        if found is not None:
            self._choose(found)
            self.ensureVisible(self.box_rect(found), 40, 40)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = dict(self._given)
        super().mousePressEvent(event)
        box = self._box_at(event)
        if box >= 0:
            self._choose(box)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._given != self._pressed:
            em = self.em
            self.scene().setSceneRect(self.whole().adjusted(-20 * em, -20 * em, 20 * em, 20 * em))
            self.dragged.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        box = self._box_at(event)
        if box >= 0:
            self.opened.emit(self._title(box))
        else:
            super().mouseDoubleClickEvent(event)

    def _box_at(self, event: QMouseEvent) -> int:
        """The box under the pointer, however small it is; -1: none."""
        if self.drawing is None or not len(self.drawing):
            return -1
        at = self.mapToScene(event.position().toPoint())
        inside = np.array([at.x(), at.y()]) / self.em - self._at
        hit = (inside >= 0).all(axis=1) & (inside[:, 0] <= WIDTH) & (inside[:, 1] <= self.drawing.heights)
        found = np.flatnonzero(hit)
        return int(found[-1]) if len(found) else -1

    # Nearer and farther

    def zoom(self, times: float) -> None:
        """Nearer, or farther; the place under the pointer stays."""
        scale = self.transform().m11() * times
        if FARTHEST <= scale <= CLOSEST:
            self.scale(times, times)
            self._look_again()

    def fit(self) -> None:
        """All of it, not larger than it is."""
        if self.drawing is not None and len(self.drawing):
            self.fitInView(self.whole(), Qt.AspectRatioMode.KeepAspectRatio)
            if self.transform().m11() > 1:
                self.full()
            self._look_again()

    def full(self) -> None:
        """Text at its own size, with the current table in the middle."""
        self.resetTransform()
        self._look_again()
        if self.current >= 0:
            self.centerOn(self.box_rect(self.current).center())

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(STEP ** (event.angleDelta().y() / 120))
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.LayoutDirectionChange):
            self._turn.start()

    def _look_again(self) -> None:
        """Boxes and keys are told how near they are; from far away, all are drawn as one."""
        if self._style is not None and self.crowd is not None:
            self._style.detail = self.transform().m11()
            self.crowd.setVisible(not self._style.crowded)
