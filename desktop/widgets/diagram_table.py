"""One table of a diagram: a box that says as much as its size on the screen lets a person read."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPicture
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from desktop.models.diagram import FOREIGN, HEAD, LINE, PERSONAL, PRIMARY, REACHED, ROOT, UNDECIDED, WIDTH, Drawing
from desktop.models.schema import UNKNOWN, rows_said
from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.diagram_style import Style
from desktop.widgets.tips import plain_tip
from desktop.words import tr

RTL = Qt.LayoutDirection.RightToLeft
_MOVABLE = QGraphicsItem.GraphicsItemFlag.ItemIsMovable


class TableBox(QGraphicsItem):
    """Draws itself; its place is told to whoever routes the keys."""

    def __init__(
        self, drawing: Drawing, box: int, height: float, style: Style, moved: Callable[[int, QPointF], None]
    ) -> None:
        """`height`: in lines of text."""
        super().__init__()
        self.drawing, self.box, self.style, self._moved = drawing, box, style, moved
        self.name = drawing.titles[box]
        self.height = height * style.em
        self.rect = QRectF(0, 0, WIDTH * style.em, self.height)
        edge = style.em * 0.2
        # Asked for every box in every frame.
        self._bounds = self.rect.adjusted(-edge, -edge, edge, edge)
        self.current = False
        self._picture: QPicture | None = None
        self._far: tuple[int, str] = (0, "")
        self.setFlag(_MOVABLE)
        self.setAcceptHoverEvents(True)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        # Qt would ask about every change of every box, were it told of moves by `itemChange`.
        super().mouseMoveEvent(event)
        self._moved(self.box, self.pos())

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        # Thousands of tips would be made for nothing.
        self.setToolTip(plain_tip(said(self.drawing, self.box)))

    # What it says

    @property
    def mark(self) -> tuple[str, Tone]:
        return mark(self.drawing, self.box)

    @property
    def place_in_subset(self) -> str:
        return place_in_subset(self.drawing, self.box)

    # How it looks

    def forget(self) -> None:
        """It looks otherwise from now on."""
        self._picture = None
        self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self.style.readable:
            self._draw_far(painter)
            return
        if self._picture is None:
            self._picture = QPicture()
            recorder = QPainter(self._picture)
            self.draw(recorder)
            recorder.end()
        painter.drawPicture(QPointF(0, 0), self._picture)

    def _draw_far(self, painter: QPainter) -> None:
        """A plain box, with its name as large as there is room."""
        tokens, tone, detail = self.style.tokens, self.mark[1], self.style.detail
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(self._edge(cosmetic=True))
        painter.setBrush(self.style.fill(tone))
        painter.drawRect(self.rect)
        font, lengths = self.style.sized(max(1, round(min(9.5 / detail, self.height * 0.7))))
        if self._far[0] != font.pixelSize():
            text = f"{SIGNS[tone]} {self.name}".strip()
            room = self.rect.width() - font.pixelSize() * 0.6
            self._far = (font.pixelSize(), lengths.elidedText(text, Qt.TextElideMode.ElideRight, room))
        painter.setFont(font)
        painter.setPen(self.style.colour(tokens.ink(tone) if tone is not Tone.PLAIN else tokens.text))
        painter.drawText(self.rect, Qt.AlignmentFlag.AlignCenter, self._far[1])

    def _edge(self, *, cosmetic: bool = False) -> QPen:
        strong = self.current or self.box == self.drawing.centre
        return self.style.edge(strong, bool(self.drawing.reached[self.box]), cosmetic)

    def draw(self, painter: QPainter) -> None:
        """All of it: for the near view and for a file."""
        em, tokens, rect = self.style.em, self.style.tokens, self.rect
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(self.style.direction)
        painter.setPen(self._edge())
        painter.setBrush(QColor(tokens.panel))
        painter.drawRoundedRect(rect, em * 0.35, em * 0.35)
        if self.height > HEAD * em + 1:
            painter.setPen(QPen(QColor(tokens.line), em / 16))
            painter.drawLine(QPointF(0, HEAD * em), QPointF(rect.width(), HEAD * em))
        self._draw_head(painter)
        first, last = int(self.drawing.first[self.box]), int(self.drawing.first[self.box + 1])
        for place in range(first, last):
            self._draw_line(painter, place, (HEAD + LINE * (place - first)) * em)
        if more := int(self.drawing.more[self.box]):
            text = tr("1 more column") if more == 1 else tr("{count} more columns", count=more)
            self._text(painter, (HEAD + LINE * (last - first)) * em, text, tokens.secondary, (0.9, False))

    def _draw_head(self, painter: QPainter) -> None:
        em, tokens = self.style.em, self.style.tokens
        self._text(painter, em * 0.25, self.name, tokens.text, (1.05, True))
        rows, (mark, tone) = rows_said(int(self.drawing.rows[self.box])), self.mark
        left = [tr("{rows} rows", rows=rows) if rows else "", self.place_in_subset if self.drawing.subset else ""]
        size = " · ".join(part for part in left if part)
        small = (0.9, False)
        self._text(painter, em * 1.55, size, tokens.secondary, small, 0.6 if mark else 1.0)
        if mark:
            said = f"{SIGNS[tone]} {mark}"
            self._text(painter, em * 1.55, said, tokens.ink(tone), (0.9, True), 0.45, trailing=True)

    def _draw_line(self, painter: QPainter, place: int, top: float) -> None:
        tokens, signs = self.style.tokens, int(self.drawing.signs[place])
        key = " ".join(word for word, bit in (("PK", PRIMARY), ("FK", FOREIGN)) if signs & bit)
        tone = Tone.CAUTION if signs & UNDECIDED else Tone.ACCENT if signs & PERSONAL else Tone.PLAIN
        name = f"{SIGNS[tone]} {self.drawing.lines[place]}".strip()
        ink = tokens.text if tone is Tone.PLAIN else tokens.ink(tone)
        self._text(painter, top, name, ink, (0.95, bool(signs & PRIMARY)), 0.56, start=1.9)
        if key:
            self._text(painter, top, key, tokens.accent, (0.68, True), 0.14)
        self._text(
            painter, top, self.drawing.beside[place], ink if signs & PERSONAL else tokens.secondary, (0.85, False), 0.31,
            trailing=True,
        )  # fmt: skip

    def _text(
        self, painter: QPainter, top: float, text: str, ink: str, font: tuple[float, bool], share: float = 1.0, *, start: float = 0.0,
        trailing: bool = False,
    ) -> None:  # fmt: skip
        """A line of text in its part of the box, cut with an ellipsis where it is longer."""
        em = self.style.em
        room = (WIDTH - 1.2) * em * share
        left = (WIDTH - 0.6) * em - room if trailing else (0.6 + start) * em
        if self.style.direction is RTL:
            left = WIDTH * em - left - room
        align = Qt.AlignmentFlag.AlignTrailing if trailing else Qt.AlignmentFlag.AlignLeading
        chosen, lengths = self.style.text(*font)
        painter.setFont(chosen)
        painter.setPen(self.style.colour(ink))
        cut = lengths.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, top, room, LINE * em), align | Qt.AlignmentFlag.AlignVCenter, cut)


def mark(drawing: Drawing, box: int) -> tuple[str, Tone]:
    """What is known of people in a table, in words."""
    undecided, personal = int(drawing.undecided[box]), int(drawing.personal[box])
    if undecided:
        return tr("{count} undecided", count=undecided), Tone.CAUTION
    return (tr("{count} personal", count=personal), Tone.ACCENT) if personal else ("", Tone.PLAIN)


def place_in_subset(drawing: Drawing, box: int) -> str:
    reached = int(drawing.reached[box])
    if reached == ROOT:
        return tr("start of the subset")
    if reached == REACHED:
        return tr("in the subset")
    return tr("not in the subset") if drawing.subset else ""


def said(drawing: Drawing, box: int) -> str:
    """A table in a sentence, for a screen reader and a pointer that rests."""
    rows = int(drawing.rows[box])
    parts = [drawing.titles[box], tr("about {rows} rows", rows=f"{rows:,}") if rows != UNKNOWN else ""]
    parts += [mark(drawing, box)[0], place_in_subset(drawing, box)]
    parents = sorted({drawing.titles[parent] for parent in drawing.parents[drawing.children == box].tolist()})
    if parents:
        parts.append(tr("refers to {tables}", tables=", ".join(parents[:5])))
    if children := int((drawing.parents == box).sum()):
        parts.append(tr("{count} keys refer to it", count=children))
    return ", ".join(part for part in parts if part)
