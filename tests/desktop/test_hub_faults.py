"""The Privacy hub without its backend, and without its vault: it says so, comes back by itself, and does what waited."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from desktop.desk import Desk
from desktop.window import Window
from tests.desktop.conftest import PASSPHRASE, answer, until
from tests.desktop.person import Person
from tests.desktop.runs import shop_project

STARTED_AGAIN = "was started again. Running jobs are not touched"
LOCKED = "The vault with keys and passwords is locked"


@pytest.fixture(scope="module")
def window(qapp, tmp_path_factory) -> Iterator[Window]:
    """On a small shop, two columns of which nobody has decided."""
    folder, project = shop_project(tmp_path_factory.mktemp("shop"), 30, decided=False)
    desk = Desk(folder)
    window = Window(desk)
    window.show()
    desk.open_project(project)
    yield window
    window.close()
    desk.close()


@pytest.fixture
def person(window) -> Person:
    """At the hub as it was at first."""
    desk = window.desk
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    while desk.undo.canUndo():
        desk.undo.undo()
        until(lambda: not desk.plan.busy)
    window.show_page("discover", {}).show_undecided()
    window.activateWindow()
    made = Person(window)
    made.sees("Accept 2 proposals")
    return made


def kill(person: Person) -> None:
    os.kill(person.window.desk.calls.pid, signal.SIGKILL)
    person.sees(STARTED_AGAIN)
    person.window.notices.dismiss()


def unlock(person: Person) -> None:
    person.writes("Passphrase", PASSPHRASE)
    person.press("Unlock")


def test_a_hub_whose_backend_is_killed_shows_itself_again_and_takes_the_decision_that_waits_for_the_vault(person):
    page = person.window.pages["discover"]
    line = page.queue.line
    page.show_wish(page.queue.chips.wish)
    kill(person)
    # Until it is open nobody knows what can be accepted.
    person.sees("Accept proposals")
    person.sees(LOCKED)
    assert person.finds("Unlock…")
    person.keys("Ctrl+Return")
    unlock(person)
    person.sees("Accept 1 proposal")
    assert not person.can_see(LOCKED)
    (_, text) = answer(person.window.desk.calls, "plan.text")
    assert f"{line.column} = {{ mask" in text


def test_discovery_that_ends_with_its_backend_is_said_and_done_once_the_vault_is_open(person):
    page = person.window.pages["discover"]
    person.press("Discover again")
    until(lambda: page._looking is not None)
    kill(person)
    person.sees("Please repeat what you did")
    until(lambda: page.stack.currentWidget() is page.board and page.shown is not None)
    person.press("Try again")
    unlock(person)
    person.sees("columns looked at")
    person.sees("Accept 2 proposals")
    assert not person.can_see("Please repeat what you did")
