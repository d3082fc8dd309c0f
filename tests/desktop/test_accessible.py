"""Every page and tab of a real project: what can be worked with has a name and is reached by Tab, and other languages fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QTabWidget, QWidget

from desktop.desk import Desk
from desktop.models.grid import Cell, ListGrid
from desktop.pages import PAGES
from desktop.settings import Scheme
from desktop.theme.look import look
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, Banner
from desktop.widgets.grid import GridView
from desktop.window import Window
from tests.desktop.accessible import nameless, unreachable
from tests.desktop.conftest import answer
from tests.desktop.pseudo import clipped, spoken
from tests.desktop.stage import PASSPHRASE, Stage, stage
from tests.desktop.views import Walk

SIZE, LARGE = (1366, 820), 8
STILL = 0.15
"""Seconds without a call that began or ended: the words that a page begins with matter here, not all of its figures."""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return stage(tmp_path_factory.mktemp("stage"), patients=60, accept=False)


@contextmanager
def opened(staged: Stage, points: int = 0) -> Iterator[Window]:
    """A window on the staged project."""
    desk = Desk(staged.workspace)
    look().put_on(Scheme.LIGHT, points)
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    window = Window(desk)
    window.resize(*SIZE)
    window.show()
    desk.open_project(staged.project)
    try:
        yield window
    finally:
        window.deleteLater()
        desk.close()
        look().put_on(Scheme.SYSTEM, 0)


def views(window: Window) -> Iterator[str]:
    """Goes to each page and turns to each of its tabs, outer ones first; gives its name once it has what it asked for."""
    for page in PAGES:
        shown = window.show_page(page, {})
        assert shown is not None
        Walk(window, Path()).settle(still=STILL)
        yield from _turned(window, shown, page)


def _turned(window: Window, shown: QWidget, name: str) -> Iterator[str]:
    bars = [each for each in shown.findChildren(QTabWidget) if each.isVisible()]
    outer = [each for each in bars if not any(other is not each and other.isAncestorOf(each) for other in bars)]
    if not outer:
        yield name
    for bar in outer:
        for place in range(bar.count()):
            bar.setCurrentIndex(place)
            Walk(window, Path()).settle(still=STILL)
            inside = bar.widget(place)
            assert inside is not None
            yield from _turned(window, inside, f"{name} > {bar.tabText(place)}")


@pytest.mark.timeout(300)
def test_all_that_can_be_worked_with_has_a_name_and_is_reached_by_tab_and_large_text_has_room(qapp, staged: Stage):
    found = []
    with opened(staged, points=LARGE) as window:
        for view in views(window):
            found += [f"{view}: nameless {each}" for each in nameless(window)]
            found += [f"{view}: Tab never comes to {each}" for each in unreachable(window)]
            found += [f"{view}: {each}" for each in clipped(window)]
            wide, room = window.stack.width(), window.area.maximumViewportSize().width()
            if wide > room or window.size().toTuple() != SIZE:
                found.append(f"{view}: {wide} wide in {room}, the window {window.size().toTuple()}")
    assert found == [], "\n".join(found)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("right_to_left", [False, True], ids=["long words", "right to left"])
def test_words_of_other_languages_have_room(qapp, staged: Stage, right_to_left: bool):
    found = []
    with spoken(right_to_left), opened(staged) as window:
        for view in views(window):
            found += [f"{view}: {each}" for each in clipped(window)]
        wanted = Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight
        assert window.navigation.layoutDirection() is wanted
        assert (window.navigation.x() > window.width() / 2) == right_to_left
    assert found == [], "\n".join(found)


def test_a_cell_is_read_with_its_column_and_row(qtbot):
    grid = GridView("Tables")
    qtbot.addWidget(grid)
    grid.show_grid(ListGrid(("Table", "State"), (("patient", Cell("Undecided", Tone.CAUTION)),)))
    said = grid.model().index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Undecided, State, 1"
    table = QAccessible.queryAccessibleInterface(grid)
    assert table.text(QAccessible.Text.Name) == "Tables"


def test_badges_and_banners_say_their_words_without_their_signs(qtbot):
    badge, banner = Badge("Undecided", Tone.CAUTION), Banner()
    for each in (badge, banner):
        qtbot.addWidget(each)
    banner.say("28 columns are undecided.", Tone.CAUTION)
    names = [QAccessible.queryAccessibleInterface(each).text(QAccessible.Text.Name) for each in (badge, banner)]
    assert names == ["Undecided", "28 columns are undecided."]


def test_a_name_is_never_taken_for_markup(qtbot):
    grid = GridView("Tables")
    qtbot.addWidget(grid)
    grid.show_grid(ListGrid(("Table",), ((Cell("<b>bold</b>", tip="<b>bold</b>"),),)))
    tip = grid.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tip
    assert "&lt;b&gt;" in tip
