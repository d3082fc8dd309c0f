"""What a person can get wrong, verb by verb: one sentence, the right exit status, no password, no cell, nothing written."""

from __future__ import annotations

import os
import sqlite3
import tomllib
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.walk.line import Answer, HereDesk

CELL = "ada@corp.test"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            f"""
            CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT UNIQUE, born DATE);
            INSERT INTO customer VALUES (1, '{CELL}', '1970-01-02'), (2, 'bob@corp.test', '1980-03-04');
            """
        )
    return f"sqlite:///{path}"


@pytest.fixture
def desk(tmp_path):
    return HereDesk(tmp_path / "desk")


@pytest.fixture
def planned(desk, source):
    assert desk.accept(source).status == 0
    return desk


def said(answer: Answer, status: int) -> str:
    """The sentence, where the mistake ended as it should."""
    assert answer.status == status, (answer.status, answer.err)
    for secret in ("Traceback", "mistake of ours", "hunter2", CELL):
        assert secret not in answer.out + answer.err
    return answer.err


def codes(answer: Answer, status: int = 3) -> set[str]:
    said(answer, status)
    return {problem["code"] for problem in answer.json["problems"] if problem["severity"] == "error"}


def check(desk: HereDesk, source: str, *more: str) -> Answer:
    return desk.lookalike("check", str(desk.plan_path), "--source", source, *more)


def rewrite(desk: HereDesk, old: str, new: str) -> None:
    text = desk.plan_path.read_text()
    assert old in text
    desk.plan_path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("[tables.customer]", "[tables.custommer]", "unknown-table"),
        ("email = {", "e_mail = {", "unknown-column"),
        ('mask = "email"', 'mask = "e-mail"', "plan-unknown-mask"),
        ('mask = "email"', 'mask = "email", lenght = 3', "plan-unknown-option"),
        ("version = 1", "version = 2", "plan-version"),
        ('name = "plan"', 'nmae = "plan"', "plan-unknown-key"),
        ("email = {", "email = {{", "plan-toml"),
    ],
)
def test_a_word_that_the_plan_may_not_say_is_named_with_its_place(planned, source, old, new, code):
    for part in ("", ".columns"):
        if code == "unknown-table":
            rewrite(planned, f"[tables.customer{part}]", f"[tables.custommer{part}]")
    if code != "unknown-table":
        rewrite(planned, old, new)
    found = check(planned, source)
    assert code in codes(found)
    problem = next(each for each in found.json["problems"] if each["code"] == code)
    assert problem["line"] or problem["table"]


def test_a_changed_schema_is_told_change_by_change_and_stops_the_run(planned, source, tmp_path):
    with sqlite3.connect(source.removeprefix("sqlite:///")) as connection:
        connection.executescript(
            """
            ALTER TABLE customer DROP COLUMN born; ALTER TABLE customer ADD COLUMN phone TEXT;
            CREATE TABLE fresh (id INTEGER PRIMARY KEY);
            """
        )
    wanted = {"drift-column-dropped", "drift-column-added", "drift-table-added"}
    assert wanted <= codes(check(planned, source))
    assert wanted <= codes(planned.run(source, f"sqlite:///{tmp_path}/t.db"))
    assert not (tmp_path / "t.db").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"lock": 99}', "\udcff"])
def test_a_lock_that_cannot_be_read_is_a_problem_of_the_plan(planned, source, text):
    planned.plan_path.with_name("plan.toml.lock").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert codes(check(planned, source)) == {"lock"}


def test_a_plan_without_its_lock_is_told_so(planned, source):
    planned.plan_path.with_name("plan.toml.lock").unlink()
    found = check(planned, source)
    assert found.status == 0
    assert "lock-missing" in {problem["code"] for problem in found.json["problems"]}


def test_a_plan_that_is_not_there_is_no_text_or_is_a_folder_is_a_usage_error(desk, source, tmp_path):
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    for path, words in (
        (tmp_path / "none.toml", "No such file"),
        (tmp_path, "directory"),
        (tmp_path / "bytes.toml", "UTF-8"),
    ):
        assert words in said(desk.lookalike("check", str(path), "--source", source), 2)
    assert "cannot be written" in said(desk.lookalike("plan", source, "-o", f"{tmp_path}/bytes.toml/p.toml"), 2)


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("sqlite:///{folder}", 1, "no SQLite file"),
        ("sqlite:///{folder}/none.db", 1, "no"),
        ("sqlite:///{folder}/text.db", 1, "text.db"),
        ("postgresql://ada:hunter2@127.0.0.1:1/x", 1, "127.0.0.1"),
        ("mysql://ada:hunter2@127.0.0.1:1/x", 1, "127.0.0.1"),
        ("postgresql://ada:hunter2@nowhere.invalid/x", 1, "nowhere.invalid"),
        ("dbase://ada:hunter2@h/x", 2, "dbase"),
        ("postgresql://ada:hunter2@h:port/x", 2, ""),
        ("nobody", 2, "nobody"),
    ],
)
def test_an_address_that_leads_nowhere_ends_with_one_sentence(planned, tmp_path, url, status, words):
    (tmp_path / "text.db").write_text("this is no database, only text that is long enough to be looked at\n" * 9)
    url = url.format(folder=tmp_path)
    for verb in (("inspect", url), ("check", str(planned.plan_path), "--source", url)):
        assert words in said(planned.lookalike(*verb), status)
    before = set(tmp_path.iterdir())
    assert words in said(planned.run(url, f"sqlite:///{tmp_path}/t.db"), status)
    assert set(tmp_path.iterdir()) == before


def test_foreign_rows_are_refused_by_check_and_run_and_stay(planned, source, tmp_path):
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as connection:
        connection.executescript("CREATE TABLE customer (id INTEGER, email TEXT, born DATE);")
        connection.execute("INSERT INTO customer VALUES (1, 'mine', NULL)")
    before = path.read_bytes()
    target = f"sqlite:///{path}"
    assert "customer" in said(check(planned, source, "--target", target), 4)
    assert "customer" in said(planned.run(source, target), 4)
    assert "not replaced" in said(planned.run(source, target, "--mode", "replace"), 4)
    assert path.read_bytes() == before


def test_the_source_under_another_spelling_is_refused_by_check_and_run(planned, source, tmp_path):
    file = Path(source.removeprefix("sqlite:///"))
    (tmp_path / "hard.db").hardlink_to(file)
    before = file.read_bytes()
    for target in (f"sqlite:///{tmp_path}/desk/../source.db", f"sqlite:///{tmp_path}/hard.db"):
        assert "the source itself" in said(check(planned, source, "--target", target), 4)
        assert "the source itself" in said(planned.run(source, target), 4)
    assert file.read_bytes() == before


def test_the_servers_source_by_address_name_or_socket_is_refused(desk, new_postgresql):
    url = make_url(new_postgresql())
    text = url.render_as_string(hide_password=False)
    with psycopg.connect(text) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        folder = connection.execute("SHOW unix_socket_directories").fetchone()[0].split(",")[0].strip()
        port = connection.info.port
    assert desk.accept(text).status == 0
    spellings = {url.set(host=host) for host in ("localhost", "127.0.0.1") if url.host not in (None, "")}
    if folder:
        spellings.add(url.set(host=None, port=None, query={"host": folder, "port": str(port)}))
    assert spellings
    for other in spellings:
        assert "the source itself" in said(desk.run(text, other.render_as_string(hide_password=False)), 4)


def test_a_wrong_password_is_told_without_the_password(desk, new_mariadb):
    url = make_url(new_mariadb()).set(password="hunter2").render_as_string(hide_password=False)
    assert "password" in said(desk.lookalike("inspect", url), 1).lower()
    assert said(desk.lookalike("connect", "test", url), 1)
    assert not desk.lookalike("doctor", url).json["ok"]


def test_a_table_without_a_grant_blocks_and_is_named(desk, new_postgresql):
    text = new_postgresql()
    role = f"reader{os.getpid()}"
    with psycopg.connect(text, autocommit=True) as connection:
        connection.execute("CREATE TABLE open_ (id int PRIMARY KEY); CREATE TABLE closed (id int PRIMARY KEY)")
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'hunter2'")
        connection.execute(f"GRANT SELECT ON open_ TO {role}")
    reader = make_url(text).set(username=role, password="hunter2").render_as_string(hide_password=False)
    try:
        assert desk.accept(reader).status == 0
        found = check(desk, reader)
        assert codes(found) == {"unreadable-table"}
        assert [each["table"] for each in found.json["problems"] if each["severity"] == "error"] == ["closed"]
    finally:
        with psycopg.connect(text, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_wrong_passphrase_opens_nothing_whoever_asks(planned, source, tmp_path):
    target = f"sqlite:///{tmp_path}/t.db"
    assert planned.run(source, target).status == 0
    vault = planned.folder / "workspace" / "vault"
    before = vault.read_bytes()
    (planned.folder / "passphrase").write_text("wrong horse\n")
    asked = [check(planned, source), planned.run(source, target), planned.verify(source, target)]
    asked += [planned.lookalike("key", "list"), planned.accept(source)]
    for answer in asked:
        assert "passphrase is wrong" in said(answer, 1)
    assert vault.read_bytes() == before


def test_a_passphrase_file_that_cannot_serve_is_a_usage_error(planned, source):
    file = planned.folder / "passphrase"
    file.chmod(0o644)
    assert "chmod 600" in said(planned.lookalike("key", "list"), 2)
    file.chmod(0o600)
    file.write_bytes(b"\xff\xfe\n")
    assert "UTF-8" in said(planned.lookalike("key", "new", "k"), 2)
    file.unlink()
    assert "passphrase" in said(planned.lookalike("key", "list"), 2)


def test_verify_makes_no_key_where_the_plans_own_is_missing(planned, source, tmp_path):
    target = f"sqlite:///{tmp_path}/t.db"
    assert "no masking key" in said(planned.verify(source, target), 1)
    assert planned.run(source, target).status == 0
    rewrite(planned, 'key = "default"', 'key = "defualt"')
    assert "defualt" in said(planned.verify(source, target), 1)
    assert [key["name"] for key in planned.lookalike("key", "list").json["keys"]] == ["default"]


def test_keys_that_are_not_there_or_there_already_are_told(planned, tmp_path):
    assert planned.lookalike("key", "new", "k").status == 0
    bundle = tmp_path / "k.key"
    bundle.write_bytes(b"no bundle")
    for words in (("key", "new", "k"), ("key", "rotate", "x"), ("key", "destroy", "x", "--yes")):
        assert said(planned.lookalike(*words), 1)
    for words in (("key", "destroy", "k"), ("key", "import", f"{tmp_path}/none", "--bundle-fd", "99")):
        assert said(planned.lookalike(*words), 2)
    assert said(planned.lookalike("key", "export", "k", "-o", str(bundle)), 2)


def test_a_job_that_is_over_or_unknown_takes_no_request_and_stays_as_it_was(planned, source, tmp_path):
    run = planned.run(source, f"sqlite:///{tmp_path}/t.db").json["run"]
    for verb in ("pause", "cancel", "resume"):
        assert "complete" in said(planned.lookalike("jobs", verb, run), 1)
        assert said(planned.lookalike("jobs", verb, "none"), 1)
    assert planned.lookalike("jobs", "show", run).json["state"] == "complete"
    assert said(planned.lookalike("verify", str(planned.plan_path), "--target", source, "--run", "../x"), 1)


def test_a_damaged_ledger_is_told_in_one_sentence(desk):
    assert desk.lookalike("jobs", "list").status == 0
    (desk.folder / "workspace" / "jobs.db").write_bytes(b"no database " * 99)
    assert "job ledger" in said(desk.lookalike("jobs", "list"), 1)


def test_a_folder_that_others_share_is_no_workspace_and_stays_open_to_them(desk):
    shared = desk.folder / "workspace"
    shared.mkdir()
    shared.chmod(0o755)
    (shared / "theirs").touch()
    assert "new folder" in said(desk.lookalike("jobs", "list"), 2)
    assert shared.stat().st_mode & 0o777 == 0o755


def test_a_connection_whose_password_cannot_be_kept_is_not_saved(planned, source):
    assert planned.lookalike("key", "new", "k").status == 0
    (planned.folder / "passphrase").write_text("wrong horse\n")
    said(planned.lookalike("connect", "add", "shop", "postgresql://ada:hunter2@h/x"), 1)
    assert planned.lookalike("connect", "list").json["connections"] == []


def test_a_failed_renewal_leaves_plan_and_lock_as_they_were(planned, source):
    before = planned.plan_path.read_bytes()
    planned.plan_path.with_name("plan.toml.lock").write_text("{")
    assert codes(planned.accept(source)) == {"lock"}
    assert planned.plan_path.read_bytes() == before
    assert tomllib.loads(before.decode())
