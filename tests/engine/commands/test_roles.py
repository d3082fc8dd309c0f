"""The role of a saved connection holds on the command line, however its database is named."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.walk.line import HereDesk


@pytest.fixture
def desk(tmp_path: Path) -> HereDesk:
    """A workspace with a plan for `people.db`."""
    made = HereDesk(tmp_path / "desk")
    with sqlite3.connect(tmp_path / "people.db") as connection:
        connection.execute("create table person (id integer primary key, email text)")
        connection.execute("insert into person values (1, 'ann@example.com')")
    made.lookalike("plan", _url(tmp_path), "-o", str(made.plan_path), "--accept")
    made.lookalike("key", "new", "default")
    return made


def _url(folder: Path, name: str = "people.db") -> str:
    return f"sqlite:///{folder}/{name}"


def test_a_connection_is_saved_listed_and_shown_with_its_role(desk, tmp_path):
    assert desk.lookalike("connect", "add", "prod", _url(tmp_path), "--role", "source").json["role"] == "source"
    desk.lookalike("connect", "add", "qa", _url(tmp_path, "qa.db"))
    listed = desk.lookalike("connect", "list").json["connections"]
    assert [(each["name"], each["role"]) for each in listed] == [("prod", "source"), ("qa", "none")]
    assert desk.lookalike("connect", "role", "qa", "target", text=True).out == "qa, a target.\n"
    assert "target" in desk.lookalike("connect", "list", text=True).out
    # A new address does not make production writable.
    assert desk.lookalike("connect", "add", "prod", _url(tmp_path, "moved.db")).json["role"] == "source"
    assert desk.lookalike("connect", "add", "x", _url(tmp_path), "--role", "boss").status == 2
    assert desk.lookalike("connect", "role", "nobody", "source").status == 2


@pytest.mark.parametrize("role", ["source", "forbidden"])
def test_no_verb_takes_it_as_a_target(desk, tmp_path, role):
    goal = tmp_path / "goal.db"
    desk.lookalike("connect", "add", "prod", f"sqlite:///{goal}", "--role", role)
    link = tmp_path / "link.db"
    link.symlink_to(goal)
    plan, source = str(desk.plan_path), _url(tmp_path)
    for address in ("prod", f"sqlite:///{goal}", f"sqlite:///{tmp_path}/./desk/../goal.db", f"sqlite:///{link}"):
        for words in (
            ("run", plan, "--source", source, "--target", address),
            ("check", plan, "--source", source, "--target", address),
            ("verify", plan, "--target", address),
            ("assess", "--plan", plan, "--source", source, "--target", address),
            ("entity", "list", address),
        ):
            refused = desk.lookalike(*words)
            assert refused.status == 4, (words, refused.json)
            assert "'prod' is" in refused.json["error"]["message"]
            assert "lookalike connect role prod" in refused.json["error"]["message"]
    assert not goal.exists()


def test_a_detached_run_is_refused_as_well(desk, tmp_path):
    desk.lookalike("connect", "add", "prod", _url(tmp_path, "goal.db"), "--role", "source")
    words = ("run", str(desk.plan_path), "--source", _url(tmp_path), "--target", _url(tmp_path, "goal.db"), "--detach")
    assert desk.lookalike(*words).status == 4
    assert not (tmp_path / "goal.db").exists()


def test_a_forbidden_one_is_never_opened(desk, tmp_path):
    plan = str(desk.plan_path)
    desk.lookalike("connect", "add", "prod", _url(tmp_path), "--role", "forbidden")
    for address in ("prod", _url(tmp_path)):
        for words in (
            ("inspect", address),
            ("connect", "test", address),
            ("discover", address),
            ("plan", address, "-o", str(tmp_path / "other.toml")),
            ("preview", plan, "--source", address, "--table", "person"),
            ("check", plan, "--source", address),
            ("run", plan, "--source", address, "--target", _url(tmp_path, "goal.db")),
        ):
            refused = desk.lookalike(*words)
            assert refused.status == 4, (words, refused.json)
            assert "nobody opens its database" in refused.json["error"]["message"]


def test_a_source_is_read_and_a_target_is_written_and_read(desk, tmp_path):
    desk.lookalike("connect", "add", "prod", _url(tmp_path), "--role", "source")
    desk.lookalike("connect", "add", "qa", _url(tmp_path, "qa.db"), "--role", "target")
    done = desk.lookalike("run", str(desk.plan_path), "--source", "prod", "--target", "qa")
    assert done.status == 0, done.json
    assert desk.lookalike("inspect", "qa").status == 0


def test_a_resumed_run_asks_for_the_role_again(desk, tmp_path):
    """Somebody took the target for a source meanwhile."""
    source, target = _url(tmp_path), _url(tmp_path, "qa.db")
    run = desk.lookalike("run", str(desk.plan_path), "--source", source, "--target", target).json["run"]
    with sqlite3.connect(tmp_path / "desk" / "workspace" / "jobs.db") as ledger:
        ledger.execute("update jobs set state = 'failed' where id = ?", (run,))
    desk.lookalike("connect", "add", "prod", target, "--role", "source")
    assert desk.lookalike("jobs", "resume", run).status == 4


def test_a_test_prints_its_steps_and_asks_what_the_role_wants(desk, tmp_path):
    desk.lookalike("connect", "add", "qa", _url(tmp_path), "--role", "target")
    said = desk.lookalike("connect", "test", "qa", text=True).out.splitlines()
    assert [line.split()[0] for line in said] == ["file", "readable", "database", "version", "tables", "rights"]
    (tmp_path / "people.db").chmod(0o444)
    failed = desk.lookalike("connect", "test", "qa")
    assert failed.status == 1
    assert [step["state"] for step in failed.json["steps"]][-1] == "failed"
    assert "may only read" in failed.json["error"]["message"]
    desk.lookalike("connect", "role", "qa", "source")
    assert desk.lookalike("connect", "test", "qa").json["tables"] == 1
