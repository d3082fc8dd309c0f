"""Widgets one after the other, in as many lines as they need: each as large as it likes, or sharing out its line."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLayoutItem, QWidget


class Flow(QLayout):
    """Wraps like text does; from right to left where the language is written so. Hidden widgets take no room."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lay(QRect(0, 0, width, 0), move=False)

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return size

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def setGeometry(self, place: QRect) -> None:
        super().setGeometry(place)
        self._lay(place, move=True)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _lay(self, place: QRect, *, move: bool) -> int:
        """The height that it takes."""
        down = 0
        for line in self._lines(place.width()):
            tallest = max(size.height() for _, _, size in line)
            for item, across, size in line if move else ():
                middle = down + (tallest - size.height()) // 2
                item.setGeometry(QRect(self._corner(place, across, middle, size), size))
            down += tallest + self.spacing()
        return max(0, down - self.spacing())

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, int, QSize]]]:
        """Each item with its place in the line and its size."""
        lines: list[list[tuple[QLayoutItem, int, QSize]]] = []
        across = 0
        for item in self._shown():
            size = item.sizeHint()
            if not lines or across + size.width() > width:
                lines.append([])
                across = 0
            lines[-1].append((item, across, size))
            across += size.width() + self.spacing()
        return lines

    def _corner(self, place: QRect, across: int, down: int, size: QSize) -> QPoint:
        parent = self.parentWidget()
        mirrored = parent is not None and parent.layoutDirection() is Qt.LayoutDirection.RightToLeft
        left = place.right() + 1 - across - size.width() if mirrored else place.left() + across
        return QPoint(left, place.top() + down)


class Shares(Flow):
    """Side by side for as long as all have the room that they need. A line is filled, and its widgets are equally high."""

    def add(self, widget: QWidget, share: int) -> None:
        """`share`: how much of a line it takes beside others; 0: what it needs, and no more."""
        policy = widget.sizePolicy()
        policy.setHorizontalStretch(share)
        widget.setSizePolicy(policy)
        self.addWidget(widget)

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, int, QSize]]]:
        lines: list[list[QLayoutItem]] = []
        left = 0
        for item in self._shown():
            need = item.minimumSize().width()
            if not lines or need > left:
                lines.append([])
                left = width
            lines[-1].append(item)
            left -= need + self.spacing()
        return [self._filled(line, width) for line in lines]

    def _filled(self, line: list[QLayoutItem], width: int) -> list[tuple[QLayoutItem, int, QSize]]:
        wants = [(item.minimumSize().width(), _share(item)) for item in line]
        widths = shared(wants, width - self.spacing() * (len(line) - 1))
        tallest = max(_height(item, wide) for item, wide in zip(line, widths, strict=True))
        starts = [sum(widths[:place]) + self.spacing() * place for place in range(len(line))]
        return [(item, start, QSize(wide, tallest)) for item, start, wide in zip(line, starts, widths, strict=True)]


def shared(wants: list[tuple[int, int]], room: int) -> list[int]:
    """The width of each (need, share): in proportion to the shares, and none below its need."""
    widths, whole = [0] * len(wants), sum(share for _, share in wants)
    # Whoever needs most for its share comes first: what it takes beyond that, the others have less.
    for place in sorted(range(len(wants)), key=lambda each: wants[each][1] / max(1, wants[each][0])):
        need, share = wants[place]
        widths[place] = max(need, room * share // whole if share else 0)
        room -= widths[place]
        whole -= share
    return widths


def _share(item: QLayoutItem) -> int:
    widget: QWidget | None = item.widget()
    return widget.sizePolicy().horizontalStretch() if widget is not None else 0


def _height(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


def together(*widgets: QWidget) -> QWidget:
    """Side by side, and never in two lines: a field and its name."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget)
    return made
