"""What may go wrong around the window: a page that is slow or cannot be made, a dead backend, a folder nobody can write, a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.desk import Desk
from desktop.pages import PAGES
from desktop.settings import Project
from desktop.shell_read import ReadAhead
from desktop.theme.look import look
from desktop.theme.tokens import DARK
from desktop.window import Window
from tests.desktop.conftest import PASSPHRASE, answer, until
from tests.desktop.shell import as_new
from tests.desktop.stalls import monitored


@pytest.fixture
def window(one_window) -> Window:  # type: ignore[no-untyped-def]
    return as_new(one_window)


def press(window, text: str) -> None:  # type: ignore[no-untyped-def]
    """The keys of an action, by its words in a menu."""
    next(action for _, action in window.menus.actions if action.text() == text).trigger()


def test_no_page_brings_a_database_or_a_framework_into_the_window():
    code = (
        "import importlib, sys; import desktop.window; from desktop.pages import PAGES\n"
        "for each in PAGES.values(): importlib.import_module(each.partition(':')[0])\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"pyarrow", "sqlalchemy", "duckdb", "pandas", "torch", "sklearn", "spacy", "networkx", "psycopg", "sqlite3"}
    assert not heavy & set(loaded)


SLOW = """
from time import sleep
sleep(0.4)
from desktop.pages.base import Page
class Slow(Page):
    name, title, help = "slow", "Slow", "start"
"""


def test_a_page_whose_code_is_still_read_is_shown_once_it_is_there_and_holds_nothing_up(window, monkeypatch, tmp_path):
    (tmp_path / "slow_page.py").write_text(SLOW, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(PAGES, "slow", "slow_page:Slow")
    monkeypatch.setattr(window, "_read_ahead", ReadAhead({"slow": PAGES["slow"]}))
    window._read_ahead.start()
    with monitored() as stalls:
        window.desk.go("schema")
        window.desk.go("slow")
        until(lambda: "slow" in window.pages)
    assert window.stack.currentWidget() is window.pages["slow"]
    assert stalls.found == [], str(stalls)
    window.stack.removeWidget(page := window.pages.pop("slow"))
    page.deleteLater()


def test_a_page_that_cannot_be_made_is_said_and_the_window_stays(window, monkeypatch):
    monkeypatch.setitem(PAGES, "broken", "tests.desktop.test_window_faults:Broken")
    window.desk.go("broken")
    assert "RuntimeError, test_window_faults.py" in window.notices.texts[0]
    assert "secret value" not in window.notices.texts[0]
    assert window.stack.currentWidget() is window.pages["home"]


class Broken:
    def __init__(self, desk: object) -> None:
        raise RuntimeError("secret value")


def test_a_backend_that_dies_is_said_and_jobs_are_watched_again(window):
    seen = []
    os.kill(window.desk.calls.pid, signal.SIGKILL)
    until(lambda: any("started again" in text for text in window.notices.texts))
    window.desk.jobs_changed.connect(lambda: seen.append(window.desk.jobs))
    until(lambda: bool(seen))


def test_a_workspace_that_cannot_be_written_is_said_and_the_window_opens(qtbot, tmp_path):
    # A file in the place of the window's folder: nobody can write there, root neither.
    folder = tmp_path / "workspace"
    folder.mkdir(mode=0o700)
    (folder / "jobs.db").touch()
    (folder / "desktop").touch()
    desk = Desk(folder)
    window = Window(desk)
    qtbot.addWidget(window)
    window.show()
    assert any("cannot be written" in text for text in window.notices.texts)
    press(window, "Dark")
    assert look().tokens is DARK
    press(window, "Light")
    window.close()
    desk.close()


def test_unsaved_changes_of_a_crashed_window_are_offered_and_restored(tmp_path, qtbot, new_sqlite):
    from desktop.backend.drafts import Drafts, digest

    plan = tmp_path / "qa.toml"
    plan.write_text('version = 1\nname = "qa"\nkey = "default"\n')
    folder = tmp_path / "workspace"
    kept = plan.read_text() + "# not saved\n"
    desk = Desk(folder)
    left = Drafts(folder, "a window that died")
    left.write(plan, digest(plan.read_text()), kept)
    left.write(tmp_path / "other.toml", "", "x")
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    desk.remember(desk.settings.opened(Project(str(plan), new_sqlite("source"), None)))
    window = Window(desk)
    qtbot.addWidget(window)
    window.show()
    until(lambda: len(window.drafts.rows) == 2)
    other = window.drafts.rows[str(tmp_path / "other.toml")]
    QTest.mouseClick(other.discard, Qt.MouseButton.LeftButton)
    until(lambda: len(window.drafts.rows) == 1)
    assert len(list(left.all())) == 1
    row = window.drafts.rows[str(plan)]
    assert "qa has changes of" in row.accessibleName()
    QTest.mouseClick(row.restore, Qt.MouseButton.LeftButton)
    until(lambda: desk.plan.state is not None)
    assert not desk.plan.state.saved
    assert not window.drafts.isVisible()
    window.close()
    desk.close()
