"""Widgets that share a line while there is room, and take more lines where there is not."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QWidget

from desktop.widgets.flow import Shares, shared


def test_room_is_shared_in_proportion_and_nobody_gets_less_than_it_needs():
    assert shared([(50, 1), (50, 3)], 400) == [100, 300]
    assert shared([(50, 1), (300, 1)], 400) == [100, 300]
    assert shared([(50, 1), (50, 1), (80, 0)], 380) == [150, 150, 80]
    assert shared([(500, 1)], 400) == [500]


def _places(
    qtbot, width: int, direction: Qt.LayoutDirection = Qt.LayoutDirection.LeftToRight
) -> list[tuple[int, int, int, int]]:
    """Where three of 100 pixels stand that share a line of `width`; the second one is higher."""
    holder = QWidget()
    holder.setLayoutDirection(direction)
    row, parts = Shares(holder, spacing=10), [QWidget() for _ in range(3)]
    for part in parts:
        part.setMinimumSize(100, 40 if part is parts[1] else 20)
        row.add(part, 1)
    qtbot.addWidget(holder)
    row.setGeometry(QRect(0, 0, width, row.heightForWidth(width)))
    return [part.geometry().getRect() for part in parts]


def test_widgets_of_a_line_fill_it_and_are_equally_high(qtbot):
    assert _places(qtbot, 620) == [(0, 0, 200, 40), (210, 0, 200, 40), (420, 0, 200, 40)]


def test_what_has_no_room_goes_into_the_next_line(qtbot):
    assert _places(qtbot, 310) == [(0, 0, 150, 40), (160, 0, 150, 40), (0, 50, 310, 20)]


def test_a_line_begins_where_the_language_does(qtbot):
    first, second, _ = _places(qtbot, 620, Qt.LayoutDirection.RightToLeft)
    assert (first[0], second[0]) == (420, 210)
