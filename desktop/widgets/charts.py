"""The base of all charts: painted by hand from the theme's tokens, read by pointer, by arrow keys and by screen readers.

A chart lays out labels and marks for its size; drawing, hovering and the keyboard work on these. Coordinates are those of a
left-to-right page; from right to left everything is mirrored at the last moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar
from unicodedata import bidirectional

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from desktop.models.charts import Drawing
from desktop.theme.look import look
from desktop.theme.tokens import Tokens, contrast
from desktop.widgets.charts_words import told


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that a pointer or the keyboard can be on, and what it says."""

    area: QRectF
    said: str


@dataclass(frozen=True, slots=True)
class Label:
    """Text that stands in a place and nowhere else: it has been cut to fit."""

    area: QRectF
    text: str
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
    ink: str = "text"
    """A token's name."""
    small: bool = False
    bold: bool = False


class Chart(QWidget):
    """One drawing. Left, right, up, down, Home and End go from mark to mark; Escape leaves them."""

    moved = Signal(str)
    """What the mark says that pointer or keyboard is on; empty for none."""
    COLUMNS: ClassVar[int] = 1
    """How many marks stand beside each other, for the arrows up and down."""

    # What a kind of chart says of itself.

    tall: Callable[[float], float]
    """How high it must be at this width."""
    lay_out: Callable[[float, float], None]
    """Fill `marks`, `labels` and whatever `draw` needs, for this width and height."""
    draw: Callable[[QPainter, QRectF], None]
    """Everything but labels, with this painter. The second: the part that is on the screen."""

    def __init__(self, drawing: Drawing, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drawing = drawing
        self.marks: list[Mark] = []
        self.labels: list[Label] = []
        self.current = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)
        self.setAccessibleDescription(told(drawing))
        look().changed.connect(self._again)

    # Sizes come from the text.

    @property
    def tokens(self) -> Tokens:
        return look().tokens

    @property
    def letters(self) -> QFontMetricsF:
        return QFontMetricsF(self.font())

    @property
    def small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(max(6.0, font.pointSizeF() * 0.9))
        return font

    @property
    def line(self) -> float:
        return self.letters.height()

    def cut(self, text: str, width: float, *, small: bool = False) -> str:
        """The text, or as much of it as fits."""
        letters = QFontMetricsF(self.small) if small else self.letters
        return letters.elidedText(text.replace("\n", " "), Qt.TextElideMode.ElideRight, max(0.0, width))

    def wide(self, text: str, *, small: bool = False) -> float:
        """A little more than the text needs, so that it is not cut for a rounding."""
        return (QFontMetricsF(self.small) if small else self.letters).horizontalAdvance(text) + 2

    def minimumSizeHint(self) -> QSize:
        width = round(self.letters.averageCharWidth() * 34)
        return QSize(width, round(self.tall(max(self.width(), width))))

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def show_drawing(self, drawing: Drawing) -> None:
        """Another drawing of the same kind."""
        self.drawing = drawing
        self.setAccessibleDescription(told(drawing))
        self.go_to(-1)
        self._again()

    def _again(self) -> None:
        self._stand()
        self._arrange()
        self.updateGeometry()
        self.update()

    def _stand(self) -> None:
        """Be as high as this width asks for."""
        height = round(self.tall(float(self.width())))
        if self.minimumHeight() != height:
            self.setFixedHeight(height)

    def _arrange(self) -> None:
        self.marks, self.labels = [], []
        self.lay_out(float(self.width()), float(self.height()))
        if self.current >= len(self.marks):
            self.go_to(-1)

    def resizeEvent(self, event: object) -> None:
        self._stand()
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.LayoutDirectionChange):
            self._again()

    # Pointer and keyboard.

    def go_to(self, place: int) -> None:
        """Stand on a mark; -1: on none."""
        if place == self.current:
            return
        self.current = place
        said = self.marks[place].said if 0 <= place < len(self.marks) else ""
        self.setAccessibleDescription(". ".join(filter(None, (said, told(self.drawing)))))
        if said:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.moved.emit(said)
        self.update()
        if said and self.hasFocus():
            self._into_view(self._mirrored(self.marks[place].area))

    def _into_view(self, area: QRectF) -> None:
        """Have whatever scrolls around the chart show this part of it."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        inside = above.widget() if above is not None else None
        if above is not None and inside is not None:
            at = self.mapTo(inside, area.center().toPoint())
            above.ensureVisible(at.x(), at.y(), 20, round(area.height() + self.line * 3))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._mirrored(QRectF(event.position(), event.position())).topLeft()
        self.go_to(next((place for place, mark in enumerate(self.marks) if mark.area.contains(at)), -1))

    def leaveEvent(self, event: QEvent) -> None:
        self.go_to(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = self._step(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape and self.current >= 0:
            self.go_to(-1)
        elif step is None or not self.marks:
            super().keyPressEvent(event)
        else:
            self.go_to(min(len(self.marks) - 1, max(0, self.current + step if self.current >= 0 else 0)))

    def _step(self, key: Qt.Key) -> int | None:
        ahead = -1 if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else 1
        return {
            Qt.Key.Key_Right: ahead, Qt.Key.Key_Left: -ahead, Qt.Key.Key_Down: self.columns, Qt.Key.Key_Up: -self.columns,
            Qt.Key.Key_Home: -len(self.marks), Qt.Key.Key_End: len(self.marks),
        }.get(key)  # fmt: skip

    @property
    def columns(self) -> int:
        return self.COLUMNS

    def focusInEvent(self, event: object) -> None:
        self.update()

    def focusOutEvent(self, event: object) -> None:
        self.go_to(-1)
        self.update()

    # Paint.

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = QRectF(getattr(event, "rect")())  # noqa: B009 (Qt's event is untyped here)
        if self._turned:
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        self._paint_current(painter)
        self.draw(painter, self._mirrored(seen))
        painter.resetTransform()
        for label in self.labels:
            area = self._mirrored(label.area)
            if area.intersects(seen):
                self._paint_label(painter, label, area)
        self._paint_callout(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self.tokens.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _paint_current(self, painter: QPainter) -> None:
        """Behind the mark that is looked at: a band with an edge."""
        if not 0 <= self.current < len(self.marks):
            return
        painter.setBrush(QColor(self.tokens.selection))
        painter.setPen(QPen(QColor(self.tokens.focus), 1))
        painter.drawRoundedRect(self.marks[self.current].area.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    @property
    def said(self) -> str:
        """What the mark says that is looked at."""
        return self.marks[self.current].said if 0 <= self.current < len(self.marks) else ""

    def _paint_callout(self, painter: QPainter) -> None:
        """The words of the current mark beside it, within the chart."""
        if not self.said:
            return
        gap, most = self.letters.averageCharWidth(), min(self.width() * 0.94, self.letters.averageCharWidth() * 64)
        flags = int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere)
        painter.setFont(self.font())
        words = self.letters.boundingRect(QRectF(0, 0, most - 2 * gap, 10_000), flags, self.said)
        box = QRectF(0, 0, words.width() + 2 * gap + 2, words.height() + gap)
        mark = self._mirrored(self.marks[self.current].area)
        left = min(max(2.0, mark.center().x() - box.width() / 2), max(2.0, self.width() - box.width() - 2))
        below, above = mark.bottom() + 3, mark.top() - box.height() - 3
        top = below if below + box.height() <= self.height() else above
        box.moveTo(left, min(max(1.0, top), max(1.0, self.height() - box.height() - 1)))
        painter.setPen(QPen(QColor(self.tokens.text), 1))
        painter.setBrush(QColor(self.tokens.panel))
        painter.drawRoundedRect(box, 4, 4)
        painter.setLayoutDirection(direction_of(self.said))
        painter.drawText(
            box.adjusted(gap, gap / 2, -gap, -gap / 2), flags | int(Qt.AlignmentFlag.AlignLeading), self.said
        )

    def _paint_label(self, painter: QPainter, label: Label, area: QRectF) -> None:
        font = self.small if label.small else QFont(self.font())
        font.setBold(label.bold)
        painter.setFont(font)
        painter.setPen(QColor(getattr(self.tokens, label.ink, label.ink)))
        # A text runs as its own letters do: figures must not be turned by the page around them.
        painter.setLayoutDirection(direction_of(label.text))
        align = label.align
        if self._turned and align in _OTHER:
            align = _OTHER[align]
        # Qt would turn left and right a second time.
        painter.drawText(
            area, align | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | _ONE_LINE, label.text
        )

    @property
    def _turned(self) -> bool:
        return self.layoutDirection() is Qt.LayoutDirection.RightToLeft

    def _mirrored(self, area: QRectF) -> QRectF:
        if not self._turned:
            return area
        return QRectF(self.width() - area.right(), area.top(), area.width(), area.height())


_OTHER = {
    Qt.AlignmentFlag.AlignLeft: Qt.AlignmentFlag.AlignRight,
    Qt.AlignmentFlag.AlignRight: Qt.AlignmentFlag.AlignLeft,
}
_ONE_LINE = Qt.TextFlag.TextSingleLine


def direction_of(text: str) -> Qt.LayoutDirection:
    """By its first letter that has a direction."""
    for letter in text:
        kind = bidirectional(letter)
        if kind in ("L", "R", "AL"):
            return Qt.LayoutDirection.LeftToRight if kind == "L" else Qt.LayoutDirection.RightToLeft
    return Qt.LayoutDirection.LeftToRight


def blend(one: str, other: str, share: float) -> QColor:
    """`share` of the other colour in the one."""
    share = min(1.0, max(0.0, share))
    first, second = QColor(one), QColor(other)
    parts = zip(first.getRgb()[:3], second.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(a + (b - a) * share) for a, b in parts))


def ink_on(colour: QColor, tokens: Tokens) -> str:
    """The more legible of the two texts upon a colour."""
    return max((tokens.text, tokens.background, tokens.on_accent), key=lambda ink: contrast(ink, colour.name().upper()))


def hatched(painter: QPainter, area: QRectF, ink: str, step: float, *, soft: float = 0.22, round_: float = 2.0) -> None:
    """The target's way of filling: lines aslant in an outline, so that no colour is needed to tell it from the source."""
    if area.width() <= 0 or area.height() <= 0:
        return
    colour = QColor(ink)
    pale = QColor(colour)
    pale.setAlphaF(soft)
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(pale)
    painter.drawRoundedRect(area, round_, round_)
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(colour, 1.2))
    start = area.left() - area.height()
    for place in range(int((area.width() + area.height()) / step) + 1):
        left = start + place * step
        painter.drawLine(QPointF(left, area.bottom()), QPointF(left + area.height(), area.top()))
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1.2))
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), round_, round_)


def filled(painter: QPainter, area: QRectF, ink: str, *, round_: float = 2.0) -> None:
    """The source's way of filling: plain."""
    if area.width() <= 0 or area.height() <= 0:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ink))
    painter.drawRoundedRect(area, round_, round_)


def diamond(at: QPointF, size: float) -> Sequence[QPointF]:
    x, y = at.x(), at.y()
    return [QPointF(x, y - size), QPointF(x + size, y), QPointF(x, y + size), QPointF(x - size, y)]


def triangle(at: QPointF, size: float) -> Sequence[QPointF]:
    x, y = at.x(), at.y()
    return [QPointF(x, y - size), QPointF(x + size, y + size), QPointF(x - size, y + size)]
