"""The open plan: edited by paths, taken back to the byte, kept in a draft, and never saved over what somebody else wrote."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.plan import Edit
from tests.desktop.conftest import answer, until

PLAN = """# Mine.
version = 1
name = "shop"
key = "default"

[tables.customer]
treatment = "mask"

[tables.customer.columns]
id = { keep = "a number" }
email = { mask = "email" }   # EMAIL, 0.99
note = { undecided = "TEXT, 0.4" }
"""
EMAIL = ("tables", "customer", "columns", "email")


@pytest.fixture(scope="module")
def shared(qapp, tmp_path_factory) -> Iterator[Desk]:
    """One desk for all tests here: each opens a file of its own."""
    made = Desk(tmp_path_factory.mktemp("open") / "workspace")
    with sqlite3.connect(made.workspace.folder / "shop.db") as database:
        database.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, note TEXT, phone TEXT)")
    database.close()
    yield made
    made.close()


@pytest.fixture
def file(tmp_path) -> Path:
    made = tmp_path / "shop.toml"
    made.write_text(PLAN)
    return made


@pytest.fixture
def opened(shared, file) -> Desk:
    open_file(shared, file)
    return shared


def open_file(desk: Desk, file: Path) -> None:
    version = desk.plan.state.version if desk.plan.state is not None else 0
    desk.plan.open(str(file), f"sqlite:///{desk.workspace.folder / 'shop.db'}", None)
    until(lambda: desk.plan.state is not None and desk.plan.state.version > version)
    until(lambda: desk.plan.state.schema or not desk.plan.state.readable)


def text(desk) -> str:  # type: ignore[no-untyped-def]
    return answer(desk.calls, "plan.text")[1]


def edit(desk, *edits: Edit) -> None:  # type: ignore[no-untyped-def]
    before = desk.plan.state.version
    desk.plan.edit("Change", edits)
    until(lambda: desk.plan.state.version > before)


def test_columns_that_the_plan_does_not_name_are_counted_as_undecided(opened):
    state = opened.plan.state
    assert (state.name, state.key, state.saved, state.readable) == ("shop", "default", True, True)
    assert (state.decided, state.undecided) == (2, 2)
    assert state.blocked


def test_an_edit_changes_its_place_alone_and_is_taken_back_to_the_byte(opened):
    edit(opened, Edit(EMAIL, '{ mask = "null" }'))
    assert text(opened) == PLAN.replace('{ mask = "email" }', '{ mask = "null" }')
    assert not opened.plan.state.saved
    opened.undo.undo()
    until(lambda: opened.plan.state.saved)
    assert text(opened) == PLAN
    opened.undo.redo()
    until(lambda: not opened.plan.state.saved)
    assert text(opened) == PLAN.replace('{ mask = "email" }', '{ mask = "null" }')


def test_steps_that_are_asked_for_faster_than_they_are_answered_are_taken_in_order(opened):
    for mask in ("null", "redact", "token"):
        opened.plan.edit(f"Mask by {mask}", [Edit(EMAIL, f'{{ mask = "{mask}" }}')])
    opened.undo.undo()
    opened.undo.undo()
    opened.undo.redo()
    opened.undo.undo()
    assert text(opened) in (PLAN, PLAN.replace('"email" }', '"null" }'))
    until(lambda: text(opened) == PLAN.replace('{ mask = "email" }', '{ mask = "null" }'))
    assert opened.undo.undoText() == "Mask by null"


def test_an_edit_that_no_plan_would_survive_is_refused_with_its_reason_and_is_no_step(opened):
    said: list[Fault] = []
    opened.plan.edit("Mask it", [Edit(EMAIL, '{ mask = "emial" }')], failed=said.append)
    until(lambda: bool(said))
    assert "There is no mask 'emial'. Did you mean 'email'?" in said[0].sentence
    assert (said[0].table, said[0].column, said[0].line) == ("customer", "email", 11)
    assert text(opened) == PLAN
    assert not opened.undo.canUndo()


def test_a_rule_of_several_columns_lets_a_column_go_that_gets_one_of_its_own(opened, file):
    file.write_text(
        PLAN + '\n[[tables.customer.rules]]\ncolumns = ["phone", "fax"]\nroles = ["a", "b"]\nmask = "null"\n'
    )
    open_file(opened, file)
    edit(opened, Edit(("tables", "customer", "columns", "phone"), '{ mask = "phone" }'))
    assert 'columns = ["fax"]\nroles = ["b"]' in text(opened)
    assert 'note = { undecided = "TEXT, 0.4" }\nphone = { mask = "phone" }' in text(opened)


def test_saving_writes_the_file_alone_and_forgets_the_draft(opened, file):
    lock = file.with_name("shop.toml.lock")
    lock.write_text("{}")
    edit(opened, Edit(EMAIL, '{ mask = "null" }'))
    (draft,) = drafts(opened, file)
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600
    assert file.read_text() == PLAN
    opened.plan.save()
    until(lambda: opened.plan.state.saved)
    assert file.read_text() == PLAN.replace('{ mask = "email" }', '{ mask = "null" }')
    assert lock.read_text() == "{}"
    assert drafts(opened, file) == []
    assert opened.undo.canUndo()


def test_unsaved_changes_outlive_the_backend_and_can_still_be_undone(opened):
    edit(opened, Edit(EMAIL, '{ mask = "null" }'))
    changed, version = text(opened), opened.plan.state.version
    os.kill(opened.calls.pid, signal.SIGKILL)
    until(lambda: opened.plan.state.version > version)
    assert text(opened) == changed
    opened.undo.undo()
    until(lambda: text(opened) == PLAN)


def test_changes_of_an_earlier_window_are_found_and_can_be_discarded(opened, file, tmp_path):
    edit(opened, Edit(EMAIL, '{ mask = "null" }'))
    # To this window it is no news.
    assert answer(opened.calls, "plan.drafts") == ()
    other = tmp_path / "other.toml"
    other.write_text(PLAN)
    open_file(opened, other)
    open_file(opened, file)
    assert opened.plan.state.restored
    assert not opened.plan.state.saved
    opened.plan.revert()
    until(lambda: opened.plan.state.saved)
    assert text(opened) == PLAN
    assert drafts(opened, file) == []


def test_a_file_that_was_changed_outside_is_not_written_over_until_somebody_says_so(opened, file):
    conflicts: list[bool] = []
    opened.plan.conflict.connect(lambda: conflicts.append(True))
    edit(opened, Edit(EMAIL, '{ mask = "null" }'))
    theirs = PLAN.replace('"a number"', '"their number"')
    file.write_text(theirs)
    said: list[Fault] = []
    opened.plan.save(failed=said.append)
    until(lambda: bool(said))
    assert "was changed outside. Take theirs or keep yours first" in said[0].sentence
    assert file.read_text() == theirs
    opened.plan.look()
    until(lambda: bool(conflicts))
    assert '+id = { keep = "their number" }' in answer(opened.calls, "plan.outside")
    opened.plan.keep_mine()
    until(lambda: not opened.plan.state.outside)
    opened.plan.save()
    until(lambda: opened.plan.state.saved)
    assert '{ mask = "null" }' in file.read_text()


def test_a_plan_of_a_later_version_is_shown_and_not_changed(opened, file):
    file.write_text(PLAN.replace("version = 1", "version = 2"))
    open_file(opened, file)
    assert opened.plan.state.newer
    said: list[Fault] = []
    opened.plan.edit("Mask it", [Edit(EMAIL, '{ mask = "null" }')], failed=said.append)
    until(lambda: bool(said))
    assert "made by a later version of Lookalike" in said[0].sentence
    assert not opened.undo.canUndo()


def test_a_file_that_cannot_be_written_says_so_and_is_saved_elsewhere_with_its_lock(opened, file, tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    edit(opened, Edit(EMAIL, '{ mask = "null" }'))
    said: list[Fault] = []
    opened.plan.save(path=str(folder / "none" / "shop.toml"), failed=said.append)
    until(lambda: bool(said))
    assert "cannot be written: No such file or directory. Save the plan under another name." in said[0].sentence
    file.with_name("shop.toml.lock").write_text("{}")
    opened.plan.save(path=str(folder / "mine.toml"))
    until(lambda: opened.plan.state.saved)
    assert opened.plan.state.path == str(folder / "mine.toml")
    assert '{ mask = "null" }' in (folder / "mine.toml").read_text()
    assert (folder / "mine.toml.lock").read_text() == "{}"
    assert file.read_text() == PLAN


def test_text_that_is_no_plan_is_kept_with_its_lines_and_refuses_edits_by_path(opened):
    version = opened.plan.state.version
    opened.plan.set_text("Type", PLAN + "\n[tables.x\n")
    until(lambda: opened.plan.state.version > version)
    state = opened.plan.state
    assert not state.readable
    assert [(trouble.code, trouble.line) for trouble in state.troubles] == [("plan-toml", 14)]
    said: list[Fault] = []
    opened.plan.edit("Mask it", [Edit(EMAIL, '{ mask = "null" }')], failed=said.append)
    until(lambda: bool(said))
    assert said[0].line == 14
    opened.undo.undo()
    until(lambda: opened.plan.state.readable)


def test_a_file_that_is_not_there_is_opened_empty_and_made_by_saving(opened, tmp_path):
    open_file(opened, tmp_path / "new.toml")
    state = opened.plan.state
    assert state.missing
    assert "There is no plan in new.toml yet." in state.troubles[0].reason
    opened.plan.set_text("Propose", PLAN)
    until(lambda: opened.plan.state.readable)
    opened.plan.save()
    until(lambda: opened.plan.state.saved)
    assert (tmp_path / "new.toml").read_text() == PLAN


def drafts(desk: Desk, file: Path) -> list[Path]:
    found = (desk.workspace.folder / "desktop" / "drafts").glob("*.json")
    return [each for each in found if json.loads(each.read_text())["path"] == str(file)]
