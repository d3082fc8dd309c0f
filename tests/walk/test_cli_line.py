"""The main line by its screens: what a person reads, what a script gets, and how each mistake ends."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.walk.line import HereDesk

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A small source with decisions of every sort."""
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """
            CREATE TABLE customer (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, email TEXT UNIQUE, mood TEXT);
            CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer (id),
                                   amount DECIMAL(8, 2) CHECK (amount >= 0));
            """
        )
        people = [(n, f"Ada{n % 7}", f"ada{n}@corp.test", ["glad", "sad"][n % 2]) for n in range(1, 51)]
        connection.executemany("INSERT INTO customer VALUES (?, ?, ?, ?)", people)
        connection.executemany("INSERT INTO purchase VALUES (?, ?, ?)", [(n, n % 50 + 1, n / 4) for n in range(1, 121)])
    return f"sqlite:///{path}"


@pytest.fixture
def desk(tmp_path):
    return HereDesk(tmp_path / "desk")


def test_an_undecided_column_blocks_the_run_until_a_person_decides(desk, shop, tmp_path):
    planned = desk.lookalike("plan", shop, "-o", str(desk.plan_path))
    assert planned.status == 0
    assert planned.json["undecided"] > 0
    checked = desk.lookalike("check", str(desk.plan_path), "--source", shop)
    assert checked.status == 3
    assert {problem["code"] for problem in checked.json["problems"] if problem["severity"] == "error"} == {"undecided"}
    target = tmp_path / "target.db"
    run = desk.run(shop, f"sqlite:///{target}")
    assert run.status == 3
    assert not target.exists() or target.stat().st_size == 0 or _tables(target) == []


def _tables(path: Path) -> list[tuple[str]]:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()


def test_every_screen_of_the_main_line_reads_well_and_holds_no_secret(desk, shop, tmp_path):
    target = f"sqlite:///{tmp_path}/target.db"
    plan = str(desk.plan_path)
    screens = {
        "inspect": desk.lookalike("inspect", shop, "--count", text=True),
        "plan": desk.lookalike("plan", shop, "-o", plan, "--accept", text=True),
        "check": desk.lookalike("check", plan, "--source", shop, "--target", target, text=True),
        "run": desk.lookalike("run", plan, "--source", shop, "--target", target, text=True),
        "verify": desk.lookalike("verify", plan, "--source", shop, "--target", target, text=True),
        "jobs": desk.lookalike("jobs", "list", text=True),
        "keys": desk.lookalike("key", "list", text=True),
    }
    for verb, screen in screens.items():
        assert screen.status == 0, (verb, screen.err)
        assert "Traceback" not in screen.err, verb
        assert "correct horse" not in screen.out + screen.err, verb
        assert "@corp.test" not in screen.out + screen.err, verb
    assert "0 undecided" in screens["plan"].out
    assert "Ready to run" in screens["check"].out
    assert "Complete" in screens["run"].out
    assert "no fault" in screens["verify"].out
    assert "complete" in screens["jobs"].out


def test_the_json_of_a_run_and_of_its_verification_has_the_promised_keys(desk, shop, tmp_path):
    target = f"sqlite:///{tmp_path}/target.db"
    assert desk.accept(shop).status == 0
    run = desk.run(shop, target).json
    assert run["state"] == "complete"
    assert {"run", "tables", "seconds"} <= run.keys()
    assert run["tables"]["customer"]["rows"] == 50
    assert run["tables"]["customer"]["treatment"] == "mask"
    table = desk.verify(shop, target).json["tables"]["purchase"]
    assert (table["rows_source"], table["rows_target"]) == (120, 120)
    assert {"orphans_source", "orphans_target", "duplicates", "checks_failed", "leaks", "overlap"} <= table.keys()


def test_preview_shows_both_sides_and_marks_what_changes(desk, shop):
    desk.accept(shop)
    words = ("preview", str(desk.plan_path), "--source", shop, "--table", "customer", "--rows", "3")
    seen = desk.lookalike(*words).json
    place = seen["columns"].index("email")
    assert [row[place] for row in seen["before"]] == ["ada1@corp.test", "ada2@corp.test", "ada3@corp.test"]
    assert all(row[place] for row in seen["changed"])
    screen = desk.lookalike(*words, text=True).out
    assert "ada1@corp.test" in screen
    assert seen["after"][0][place] in screen


def test_a_fault_put_into_the_target_is_found_and_ends_with_six(desk, shop, tmp_path):
    target = tmp_path / "target.db"
    desk.accept(shop)
    assert desk.run(shop, f"sqlite:///{target}").status == 0
    with sqlite3.connect(target) as connection:
        connection.execute("DELETE FROM purchase WHERE id = (SELECT min(id) FROM purchase)")
    verified = desk.verify(shop, f"sqlite:///{target}")
    assert verified.status == 6
    assert verified.json["ok"] is False


def test_a_persons_decision_survives_a_second_plan(desk, shop):
    desk.accept(shop)
    text = desk.plan_path.read_text()
    mood = next(line for line in text.splitlines() if line.startswith("mood ="))
    desk.plan_path.write_text(text.replace(mood, 'mood = { keep = "moods name nobody" } # said Ada'))
    assert desk.accept(shop).json["renewed"] is True
    assert 'mood = { keep = "moods name nobody" } # said Ada' in desk.plan_path.read_text()


def test_a_column_that_is_new_since_the_lock_blocks_again_even_under_accept(desk, tmp_path):
    path = tmp_path / "grows.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)")
    source = f"sqlite:///{path}"
    assert desk.accept(source).json["undecided"] == 0
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE t ADD COLUMN b TEXT")
    codes = {p["code"] for p in desk.lookalike("check", str(desk.plan_path), "--source", source).json["problems"]}
    assert "drift-column-added" in codes
    assert desk.accept(source).json["undecided"] == 1
    assert desk.accept(source).json["undecided"] == 1
    taken = desk.lookalike("plan", source, "-o", str(desk.plan_path), "--accept", "--accept-new")
    assert taken.json["undecided"] == 0
    assert desk.lookalike("check", str(desk.plan_path), "--source", source).status == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version = 1\nname = \n", "line 2"),
        ('version = 9\nname = "x"\nkey = "k"\n', "plan-version"),
        ('version = 1\nname = "x"\nkey = "k"\n[tables.customer]\ntreatment = "mask"\n[tables.customer.columns]\n'
         'first_name = { mask = "frist_name" }\n', "first_name"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_plan_is_told_with_its_place_and_ends_with_three(desk, shop, text, words):
    desk.plan_path.write_text(text)
    checked = desk.lookalike("check", str(desk.plan_path), "--source", shop, text=True)
    assert checked.status == 3
    assert words in checked.err
    assert "Traceback" not in checked.err


def test_the_source_as_its_own_target_is_refused_under_any_spelling(desk, shop, tmp_path):
    desk.accept(shop)
    link = tmp_path / "alias.db"
    link.symlink_to(shop.removeprefix("sqlite:///"))
    before = Path(shop.removeprefix("sqlite:///")).read_bytes()
    for target in (shop, f"sqlite:///{link}"):
        refused = desk.run(shop, target)
        assert refused.status == 4, refused.err
    assert Path(shop.removeprefix("sqlite:///")).read_bytes() == before


def test_a_saved_connection_stands_for_its_url(desk, shop, tmp_path):
    assert desk.lookalike("connect", "add", "shop", shop).status == 0
    assert desk.lookalike("connect", "test", "shop").json["tables"] == 2
    assert desk.lookalike("plan", "shop", "-o", str(desk.plan_path), "--accept").status == 0


def test_a_detached_run_is_found_in_the_ledger_and_ends_complete(desk, shop, tmp_path):
    desk.accept(shop)
    target = f"sqlite:///{tmp_path}/target.db"
    started = desk.run(shop, target, "--detach")
    assert started.status == 0, started.err
    job = started.json["run"]
    for _ in range(600):
        shown = desk.lookalike("jobs", "show", job).json
        if shown["state"] not in ("running", "paused"):
            break
        time.sleep(0.1)
    assert shown["state"] == "complete", shown
    assert desk.verify(shop, target).status == 0


def test_without_keyring_and_passphrase_the_sentence_says_what_to_give(desk, shop, tmp_path):
    desk.accept(shop)
    words = [
        "run",
        str(desk.plan_path),
        "--source",
        shop,
        "--target",
        f"sqlite:///{tmp_path}/t.db",
        "--workspace",
        str(tmp_path / "w"),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *words], cwd=ROOT, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode == 0:
        pytest.skip("this machine has an OS keyring")
    assert done.returncode == 1
    assert "--passphrase-file" in done.stderr


def test_inspect_gives_scripts_the_whole_schema(desk, shop):
    schema = desk.lookalike("inspect", shop).json
    assert schema["dialect"] == "sqlite"
    purchase = schema["tables"]["purchase"]
    assert purchase["primary_key"] == ["id"]
    assert purchase["foreign_keys"][0]["parent"] == "customer"
    assert [column["name"] for column in purchase["columns"]] == ["id", "customer_id", "amount"]
    assert json.dumps(schema)


def test_a_json_path_that_the_plan_does_not_name_becomes_null_and_ends_with_six(desk, tmp_path):
    path, target = tmp_path / "documents.db", tmp_path / "target.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, facts JSON)")
        known = [(n, json.dumps({"email": f"ada{n}@corp.test"})) for n in range(1, 601)]
        connection.executemany("INSERT INTO person VALUES (?, ?)", known)
        # Behind the rows that a sample sees.
        hidden = {"nick": "Ada", "friends of": {"bob@corp.test": 1}}
        connection.execute("INSERT INTO person VALUES (9000, ?)", (json.dumps(hidden),))
    source = f"sqlite:///{path}"
    assert desk.accept(source).status == 0
    run = desk.run(source, f"sqlite:///{target}")
    assert run.status == 6, run.err
    assert run.json["state"] == "complete"
    issue = next(issue for issue in run.json["issues"] if issue["code"] == "json-path-unknown")
    assert "$.nick (1)" in issue["message"]
    assert "bob@corp.test" not in run.out + run.err
    with sqlite3.connect(target) as connection:
        values = " ".join(row[0] for row in connection.execute("SELECT facts FROM person"))
    assert "corp.test" not in values
    assert "Ada" not in values
