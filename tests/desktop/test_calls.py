"""Calls to the backend are answered without waiting, dropped when nobody listens, and survive the death of the process behind them."""

from __future__ import annotations

import os
import signal
import sqlite3

from PySide6.QtCore import QObject

from desktop.backend.vault import Keeps
from desktop.faults import Fault, Why
from tests.desktop.conftest import answer, until


def test_a_call_is_answered_by_another_process(desk):
    state = answer(desk.calls, "vault.state")
    assert state.open
    assert state.exists
    assert state.keeps is Keeps.PASSPHRASE
    assert desk.calls.pid != os.getpid()


def test_nobody_is_told_who_is_gone(desk):
    owner, heard = QObject(), []
    desk.calls.ask("vault.state", owner=owner, done=heard.append)
    import shiboken6

    shiboken6.delete(owner)
    answer(desk.calls, "vault.state")
    assert heard == []


def test_a_wrong_passphrase_is_a_fault_of_the_person(desk):
    said: list[Fault] = []
    desk.calls.ask("vault.unlock", passphrase="another", failed=said.append)
    until(lambda: bool(said))
    assert said[0].why is Why.PERSON
    assert "passphrase is wrong" in said[0].sentence


def test_a_backend_that_is_killed_is_started_again_and_its_calls_are_said_to_be_lost(desk):
    lost, restarted = [], []
    desk.calls.restarted.connect(lambda: restarted.append(True))
    desk.calls.ask("vault.unlock", passphrase="slow, by Argon2", failed=lost.append)
    os.kill(desk.calls.pid, signal.SIGKILL)
    until(lambda: bool(restarted))
    assert [fault.why for fault in lost] == [Why.LOST]
    # The new one has no passphrase.
    assert not answer(desk.calls, "vault.state").open


def test_a_mistake_of_ours_says_where_and_not_what_about_on_the_screen_and_in_the_log(desk, tmp_path):
    said: list[Fault] = []
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table person (id integer primary key)")
    desk.calls.ask(
        "schema.table", connection=f"sqlite:///{tmp_path}/shop.db", title="ada@corp.example", failed=said.append
    )
    until(lambda: bool(said))
    assert said[0].why is Why.OURS
    assert "schema.py" in said[0].sentence
    assert "ada@corp.example" not in said[0].sentence
    log = desk.workspace.folder / "desktop" / "backend.log"
    assert "ada@corp.example" not in log.read_text("utf-8")
