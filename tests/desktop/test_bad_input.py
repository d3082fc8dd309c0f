"""What goes wrong around the window: it stays alive, says what to do, goes on once that is done, and loses nothing."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from connectors import open_database
from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.plan import Edit
from desktop.settings import LARGEST, Project, Scheme, Settings, merged, read_settings
from desktop.window import Window
from engine.catalog import open_catalog
from engine.planning import Asked, make_plan
from tests import servers
from tests.desktop.conftest import PASSPHRASE, answer, until
from tests.desktop.person import Person
from tests.desktop.runs import shop_project
from tests.desktop.stalls import monitored
from tests.required import server_here

EMAIL = ("tables", "customer", "columns", "email")
MASKED = [Edit(EMAIL, '{ mask = "null" }')]
LONG = "م" * 100


@pytest.fixture(scope="module")
def shared(qapp, tmp_path_factory) -> Iterator[tuple[Window, Project, str]]:
    """A window on a small shop, its plan, and the text of it."""
    folder, project = shop_project(tmp_path_factory.mktemp("shop"), 90)
    desk = Desk(folder)
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    window = Window(desk)
    window.resize(1366, 820)
    yield window, project, Path(project.plan).read_text()
    window.close()
    desk.close()


@pytest.fixture
def shop(shared) -> Iterator[tuple[Person, Project]]:
    """The plan open as it was at first."""
    window, project, text = shared
    until(lambda: not window.desk.plan.busy)
    Path(project.plan).write_text(text)
    for draft in (window.desk.workspace.folder / "desktop" / "drafts").glob("*.json"):
        draft.unlink()
    window.show()
    opens(window.desk, project)
    window.show_page("plan", {"tab": "tables"})
    window.activateWindow()
    yield Person(window), project
    window.hide()


def opens(desk: Desk, project: Project) -> None:
    version = desk.plan.state.version if desk.plan.state is not None else 0
    desk.open_project(project)
    until(lambda: desk.plan.state is not None and desk.plan.state.version > version and not desk.plan.busy)


def text_of(desk: Desk) -> str:
    return str(answer(desk.calls, "plan.text")[1])


def test_a_server_that_is_lost_between_two_clicks_is_said_and_asked_again(window, tmp_path):

    with contextlib.ExitStack() as stack:
        server = server_here(servers.restartable_postgresql(), stack)
        url, plan = server.url.render_as_string(hide_password=False), tmp_path / "lost.toml"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create table customer (id int primary key, email text)")
            connection.execute("insert into customer select n, n || '@corp.test' from generate_series(1, 50) n")
        with open_catalog(window.desk.workspace.catalog) as catalog:
            catalog.save_connection("server", url)
        with open_database(url) as source:
            make_plan(source, plan, Asked(accept=True))
        window.desk.open_project(Project(str(plan), "server"))
        person = Person(window)
        person.says("Schema")
        person.sees("1 table")
        window.desk.go("plan", tab="preview")
        person.sees("cells changed")
        server.kill()
        with monitored() as stalls:
            person.press("Read again")
            person.sees("no PostgreSQL answers")
            person.says("Schema")
            person.press("Read again")
            person.sees("check host, port and that the server runs")
        server.start()
        person.press("Try again")
        person.waits(lambda: not person.can_see("no PostgreSQL answers"))
        window.desk.go("plan", tab="preview")
        person.press("Try again")
        person.waits(lambda: not person.can_see("no PostgreSQL answers"))
        person.sees("cells changed")
    assert stalls.found == [], str(stalls)


def test_a_plan_that_an_editor_replaces_deletes_or_breaks_is_never_written_over(shop):
    person, project = shop
    desk, plan = person.window.desk, Path(project.plan)
    for theirs in (b"[[[ no plan", b"\xff\xfe no text", None):
        desk.plan.edit("Mask it", MASKED)
        until(lambda: not desk.plan.busy)
        plan.unlink()
        if theirs is not None:
            plan.write_bytes(theirs)
        said: list[Fault] = []
        desk.plan.save(failed=said.append)
        until(lambda said=said: bool(said))
        assert "was changed outside. Take theirs or keep yours first" in said[0].sentence
        desk.plan.look()
        person.waits(lambda: person.finds("Take theirs"))
        assert plan.read_bytes() == theirs if theirs is not None else not plan.exists()
        person.press("Keep mine")
        person.waits(lambda: not person.finds("Take theirs"))
        desk.plan.save()
        until(lambda: desk.plan.state is not None and desk.plan.state.saved)
        assert 'mask = "null"' in plan.read_text()
        desk.plan.edit("Mask it otherwise", [Edit(EMAIL, '{ mask = "email" }')])
        person.window.notices.dismiss()


def test_a_disk_without_room_leaves_the_old_file_and_says_so_until_there_is_some(shop):
    person, project = shop
    desk, plan = person.window.desk, Path(project.plan)
    before, beside = plan.read_bytes(), set(plan.parent.iterdir())
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(desk.calls.pid, resource.RLIMIT_FSIZE, (100, most[1]))
    try:
        desk.plan.edit("Mask it", MASKED)
        person.sees("has no room for unsaved changes")
        person.keys("Ctrl+S")
        person.sees("cannot be written: File too large. Save the plan under another name.")
        assert (plan.read_bytes(), set(plan.parent.iterdir())) == (before, beside)
    finally:
        resource.prlimit(desk.calls.pid, resource.RLIMIT_FSIZE, most)
    person.keys("Ctrl+S")
    until(lambda: desk.plan.state.saved)
    assert 'mask = "null"' in plan.read_text()


def test_a_plan_from_a_newer_version_is_shown_and_not_changed(shop):
    person, project = shop
    plan = Path(project.plan)
    newer = plan.read_text().replace("version = 1", "version = 99")
    plan.write_text(newer)
    opens(person.window.desk, project)
    person.sees("made by a later version of Lookalike")
    person.sees("of a later version")
    person.window.desk.plan.edit("Mask it", MASKED)
    person.sees("is shown and not changed. Update Lookalike")
    assert plan.read_text() == newer


def test_a_plan_that_cannot_be_opened_leaves_none_open_beside_another_project(shop, tmp_path):
    person, project = shop
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"\xff\xfe")
    person.window.desk.open_project(Project(str(broken), project.source, project.target))
    person.sees("is not UTF-8 text")
    assert person.window.desk.plan.state is None


def test_two_windows_on_one_plan_lose_nothing_of_each_other(shop):
    person, project = shop
    one, two = person.window.desk, Desk(person.window.desk.workspace.folder)
    opens(two, project)
    two.plan.edit("Theirs", [Edit(("name",), '"two"')])
    until(lambda: not two.plan.busy)
    # What an open window has not saved is neither offered to another, nor taken up or discarded by it.
    assert answer(one.calls, "plan.drafts") == ()
    answer(one.calls, "plan.discard", path=project.plan)
    opens(one, project)
    assert not one.plan.state.restored
    one.plan.edit("Mine", MASKED)
    until(lambda: not one.plan.busy)
    one.plan.save()
    until(lambda: one.plan.state.saved)
    before = two.plan.state.version
    os.kill(two.calls.pid, signal.SIGKILL)
    until(lambda: two.plan.state.version > before)
    assert 'name = "two"' in text_of(two)
    assert two.plan.state.outside
    two.close()
    assert [left.path for left in answer(one.calls, "plan.drafts")] == [project.plan]
    opens(one, project)
    assert 'name = "two"' in text_of(one)


def test_the_backend_killed_in_the_middle_of_any_call_costs_no_edit(shop):
    person, _ = shop
    desk = person.window.desk
    for call in (desk.plan.check, desk.plan.save, lambda: desk.plan.edit("Rename", [Edit(("name",), '"other"')])):
        desk.plan.edit("Mask it", MASKED)
        until(lambda: not desk.plan.busy)
        version = desk.plan.state.version
        call()
        os.kill(desk.calls.pid, signal.SIGKILL)
        until(lambda version=version: desk.plan.state.version > version and not desk.plan.busy)
        assert 'mask = "null"' in text_of(desk)
        person.sees("was started again. Running jobs are not touched")
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)


def test_what_is_typed_last_is_in_the_draft_when_the_window_closes(shop):
    person, _ = shop
    person.window.show_page("plan", {"tab": "text"})
    person.waits(lambda: person.can_see("[tables.customer]"))
    editor = person.window.pages["plan"].text.editor
    QTest.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton)
    QTest.keyClicks(editor, "# typed last ")
    person.window.close()
    until(lambda: not person.window.isVisible(), 5)
    (draft,) = (person.window.desk.workspace.folder / "desktop" / "drafts").glob("*.json")
    assert "# typed last" in json.loads(draft.read_text())["text"]


def test_changes_that_no_draft_can_keep_are_asked_about_before_the_window_closes(shop):
    person, _ = shop
    desk, window = person.window.desk, person.window
    drafts = desk.workspace.folder / "desktop" / "drafts"
    for each in drafts.glob("*"):
        each.unlink()
    drafts.rmdir()
    # As a full disk or a folder of others: nothing can be written there.
    drafts.write_text("in the way")
    try:
        desk.plan.edit("Mask it", MASKED)
        person.sees("has no room for unsaved changes: save the plan before you close the window")
        window.close()
        until(lambda: bool(window.findChildren(QMessageBox)))
        person.press("Stay")
        assert window.isVisible()
        until(lambda: not window.findChildren(QMessageBox))
        desk.plan.save()
        until(lambda: desk.plan.state is not None and desk.plan.state.saved)
    finally:
        drafts.unlink()
    window.close()
    assert not window.isVisible()


def test_a_vault_that_stays_locked_is_said_and_the_page_goes_on_once_it_is_opened(qapp, tmp_path):
    folder, project = shop_project(tmp_path / "locked", 30)
    desk = Desk(folder)
    window = Window(desk)
    window.show()
    try:
        person = Person(window)
        desk.open_project(project)
        desk.go("schema")
        person.sees("The passphrase opens it for this window")
        person.press("Cancel")
        person.sees("The vault is locked: what needs its keys or passwords is not shown and not done.")
        person.press("Unlock…")
        person.writes("Passphrase", "another one")
        person.press("Unlock")
        person.sees("the passphrase is wrong")
        person.writes("Passphrase", PASSPHRASE)
        person.press("Unlock")
        person.sees("3 tables")
        assert not person.can_see("The vault is locked")
    finally:
        window.close()
        desk.close()


@pytest.mark.parametrize("broken", ["catalog.db", "jobs.db"])
def test_a_broken_file_of_the_workspace_is_named_and_lies_about_nothing(qapp, tmp_path, broken):
    folder, project = shop_project(tmp_path / "broken", 30)
    (folder / broken).write_bytes(b"no database of any kind" * 100)
    desk = Desk(folder)
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    window = Window(desk)
    window.show()
    try:
        person = Person(window)
        desk.open_project(project)
        desk.go("evidence")
        person.sees("cannot be opened" if broken == "catalog.db" else "cannot be used")
        assert not person.can_see("No run has been made")
        if broken == "jobs.db":
            desk.go("jobs")
            assert not person.can_see("No job has run")
            (folder / broken).unlink()
            # It is looked at again without anybody's doing.
            person.sees("No job has run in this workspace yet", 20)
            person.waits(lambda: not person.can_see("Jobs cannot be shown"))
    finally:
        window.close()
        desk.close()


@pytest.mark.parametrize(
    "said",
    [
        b'{"points": 100000, "first_run": "no", "geometry": 7, "scheme": "pink", "kept": {"diagram": 5}}',
        b'{"recent": [{"plan": 5, "source": 3}, 4, {"plan": "/x.toml", "source": "s", "new": 1}], "later": true}',
        b"[]",
        b"\xff",
    ],
)
def test_settings_of_any_kind_cost_no_more_than_themselves(tmp_path, said):
    (tmp_path / "desktop").mkdir()
    (tmp_path / "desktop" / "settings.json").write_bytes(said)
    settings = read_settings(tmp_path)
    assert settings.points <= LARGEST
    assert settings.kept == {}
    assert settings.recent == ((Project("/x.toml", "s"),) if b"/x.toml" in said else ())
    assert settings.scheme is Settings().scheme


def test_two_windows_remember_beside_each_other():
    one, two, three = (Project(f"/{name}.toml", "s") for name in ("one", "two", "three"))
    before = Settings(recent=(one, two), kept={"run": {"a": 1}})
    ours = replace(before.opened(three).forgotten(two), points=2)
    theirs = replace(before.opened(Project("/four.toml", "s")), scheme=Scheme.DARK, kept={"diagram": {"b": 2}})
    both = merged(before, ours, theirs)
    assert [each.name for each in both.recent] == ["three", "one", "four"]
    assert (both.scheme, both.points, both.kept) == (Scheme.DARK, 2, {"diagram": {"b": 2}})


def test_a_draft_of_any_kind_is_no_draft_or_is_shown(shop):
    person, project = shop
    desk = person.window.desk
    drafts = desk.workspace.folder / "desktop" / "drafts"
    desk.plan.edit("Mask it", MASKED)
    until(lambda: not desk.plan.busy)
    (mine,) = drafts.glob("*.json")
    for said in ("[]", "{", '{"path": 5}', json.dumps({"path": project.plan, "base": "", "text": None, "when": None})):
        mine.write_text(said)
        opens(desk, project)
        assert desk.plan.state.readable
        assert not desk.plan.state.restored


def test_names_of_any_kind_go_through_discovery_into_a_plan_that_can_be_read(desk, window, tmp_path):
    names = (LONG, "line\nbreak", "<b>bold</b>", "quo\"te's", "emoji 🙂", "&amp; %s {name}")
    with sqlite3.connect(tmp_path / "odd.db") as database:
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            database.execute(
                f"CREATE TABLE {quoted} (id INTEGER PRIMARY KEY, {quoted} TEXT, other INTEGER REFERENCES {quoted} (id))"
            )
            database.execute(f"INSERT INTO {quoted} VALUES (1, 'ada@corp.test', 1)")
        database.execute("CREATE TABLE empty_one (id INTEGER PRIMARY KEY, email TEXT)")
        database.execute("CREATE TABLE key_alone (id INTEGER PRIMARY KEY)")
    database.close()
    person = Person(window)
    desk.open_project(
        Project(str(tmp_path / "odd.toml"), f"sqlite:///{tmp_path / 'odd.db'}", f"sqlite:///{tmp_path / 't.db'}")
    )
    person.says("Privacy hub")
    person.press("Discover")
    person.sees("columns looked at", 60)
    for page, where in (
        ("plan", {"tab": "tables", "table": LONG, "column": LONG}), ("schema", {"table": LONG, "diagram": True}),
        ("plan", {"tab": "preview", "table": LONG}),
    ):  # fmt: skip
        desk.go(page, **where)
        person.sees(LONG[:20])
    for table in ("empty_one", "key_alone"):
        desk.go("schema")
        desk.go("plan", tab="preview", table=table)
    # What was asked for last is what is shown, whatever is answered in between.
    person.sees("key_alone has no rows in the source")
    assert desk.plan.state.readable
