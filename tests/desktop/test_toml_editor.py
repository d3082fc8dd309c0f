"""The editor of a plan's text: another text comes part by part, and is the one that was asked for."""

from __future__ import annotations

import pytest

from desktop.widgets.toml_editor import AT_ONCE, TomlEditor
from tests.desktop.conftest import until
from tests.desktop.stalls import monitored

LINES = "".join(f'[tables.t{number}.columns]\nc0 = {{ keep = "no person" }}\n' for number in range(30_000))
OTHER = LINES.replace("keep", "mask")


@pytest.fixture
def editor(qtbot):
    made = TomlEditor()
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def test_a_long_text_gives_way_to_another_without_a_stall(editor):
    with monitored() as stalls:
        for text in (LINES, OTHER, "name = 'x'\n"):
            editor.show_text(text)
            assert editor.whole == text
            until(lambda: not editor.is_filling)
            assert editor.toPlainText() == text
    assert stalls.found == [], str(stalls)


def test_a_text_that_is_still_coming_gives_way_to_the_next_one(editor):
    editor.show_text(LINES[: 3 * AT_ONCE])
    editor.show_text("a = 1\n" + LINES[: 2 * AT_ONCE] + "b = 2\n")
    until(lambda: not editor.is_filling)
    assert editor.toPlainText() == "a = 1\n" + LINES[: 2 * AT_ONCE] + "b = 2\n"


def test_letters_that_are_two_to_qt_do_not_move_what_stands_behind_them(editor):
    editor.show_text("name = '😀😀'\nkey = 'one'\n")
    editor.show_text("name = '😀😀'\nkey = 'another'\n")
    assert editor.toPlainText() == "name = '😀😀'\nkey = 'another'\n"
