"""The palette: every action by a few letters, its keys beside it, run without a mouse."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.models.palette import MOST, Entry, matching, score
from desktop.settings import Project, Scheme
from desktop.window import Window
from tests.desktop.conftest import answer, until
from tests.desktop.shell import as_new


@pytest.fixture
def window(one_window) -> Window:  # type: ignore[no-untyped-def]
    return as_new(one_window)


ENTRIES = [
    Entry("Save the plan", "File", "Ctrl+S"),
    Entry("Settings…", "File"),
    Entry("Privacy hub", "Go"),
    Entry("Plan", "Go"),
]


def texts(typed: str) -> list[str]:
    return [entry.text for entry in matching(typed, ENTRIES)]


def test_whole_words_come_before_scattered_letters():
    assert texts("plan")[0] == "Plan"
    assert texts("hub") == ["Privacy hub"]
    assert texts("stg")[0] == "Settings…"
    assert texts("go plan")[0] == "Plan"


def test_nothing_typed_shows_everything_and_nonsense_shows_nothing():
    assert texts("") == [entry.text for entry in ENTRIES]
    assert texts("qqq") == []


@given(st.text(max_size=12), st.lists(st.text(max_size=30), max_size=100))
def test_what_is_found_holds_every_letter_in_order(typed, names):
    found = matching(typed, [Entry(name) for name in names])
    assert len(found) <= MOST
    for entry in found:
        for word in typed.casefold().split():
            letters = iter(f"{entry.text} ".casefold())
            assert all(letter in letters for letter in word)


@given(st.text(min_size=1, max_size=20))
def test_every_text_finds_itself(text):
    assert score(text, text) is not None


def test_ctrl_k_types_and_enter_runs(window):
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = window.palette_
    assert palette.isVisible()
    assert QApplication.focusWidget() is palette.field
    QTest.keyClicks(palette.field, "high contr")
    assert palette.shown[0] == "High contrast"
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.desk.settings.scheme is Scheme.CONTRAST
    assert not palette.isVisible()


def test_arrows_choose_and_esc_gives_the_keyboard_back(window):
    entry = window.navigation.entries["home"]
    entry.setFocus()
    QTest.mouseClick(window.top.field, Qt.MouseButton.LeftButton)
    window.palette_.shut()
    entry.setFocus()
    QTest.keyClick(entry, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    palette = window.palette_
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == 1
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == len(palette.shown) - 1
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert QApplication.focusWidget() is entry


def test_keys_stand_beside_each_action_and_are_read_out(window):
    window.palette_.open()
    QTest.keyClicks(window.palette_.field, "help on this page")
    spoken = window.palette_.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Help on this page, Help, F1"


def test_actions_of_the_page_and_recent_projects_are_found(window, tmp_path):
    desk = window.desk
    desk.remember(desk.settings.opened(Project(str(tmp_path / "clinic-qa.toml"), "a", "b")))
    window.show_page("wizard", {})
    window.palette_.open()
    assert window.palette_.shown[0] == "Build and mask the sample clinic"
    QTest.keyClicks(window.palette_.field, "clinic-qa")
    assert "clinic-qa" in window.palette_.shown


def test_tables_and_columns_of_the_open_project_are_found_by_name(window, tmp_path):
    source = tmp_path / "source.db"
    with sqlite3.connect(source) as connection:
        connection.execute('CREATE TABLE "patient <b>" (id INTEGER PRIMARY KEY, national_id TEXT)')
    desk = window.desk
    desk.project = Project(str(tmp_path / "qa.toml"), f"sqlite:///{source}", None)
    answer(desk.calls, "vault.state")
    gone = []
    desk.asked_for.connect(lambda page, where: gone.append((page, where)))
    window.palette_.open()
    QTest.keyClicks(window.palette_.field, "national")
    until(lambda: any("national_id" in text for text in window.palette_.shown))
    QTest.keyClick(window.palette_.field, Qt.Key.Key_Return)
    assert gone[-1][0] == "schema"
    assert gone[-1][1]["column"] == "national_id"
