"""What a person can get wrong with a subset, in every database: one sentence, status 3, no value, the target as it was."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pymysql
import pytest
from sqlalchemy.engine import make_url

from tests.oracle import reader
from tests.walk.line import Answer, HereDesk

CELL = "secret4711"
TABLES = (
    "create table customer (id integer primary key, note varchar(40))",
    "create table orders (id integer primary key, customer integer not null references customer (id), total integer)",
    f"insert into customer values (1, '{CELL}'), (2, '{CELL}'), (3, '{CELL}')",
    "insert into orders values (1, 1, 5), (2, 2, 6), (3, 2, 7)",
)
COUNTING = "create sequence counting"


def execute(url: str, *statements: str) -> None:
    parts = make_url(url)
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(str(parts.database))) as connection, connection:
            for statement in statements:
                connection.execute(statement)
    elif url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as session:
            for statement in statements:
                session.execute(statement)  # type: ignore[call-overload]
    else:
        with closing(
            pymysql.connect(host=parts.host, port=parts.port or 3306, user=parts.username, password=str(parts.password),
                            database=parts.database, autocommit=True)
        ) as session, session.cursor() as cursor:  # fmt: skip
            for statement in statements:
                cursor.execute(statement)


def ask(desk: HereDesk, roots: str, more: str = "") -> None:
    """Let the plan have such a subset."""
    text = "\n".join(line for line in desk.plan_path.read_text().splitlines() if not line.startswith("roots = "))
    text = text.replace("[subset]\n", "")
    desk.plan_path.write_text(text.replace("\n[tables", f"\n[subset]\nroots = [{{ {roots} }}]\n{more}\n[tables", 1))


def refused(answer: Answer, *words: str) -> None:
    """Status 3, and a sentence of these words that quotes no value and no error of ours."""
    assert answer.status == 3, answer.out + answer.err
    for word in words:
        assert word in answer.out + answer.err
    for never in ("Traceback", "error of Lookalike", CELL):
        assert never not in answer.out + answer.err


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def made(request, tmp_path_factory):  # type: ignore[no-untyped-def]
    """Source, a creator of empty targets, and a desk with a plan for the source."""
    folder, dialect, numbers = tmp_path_factory.mktemp("mistakes"), request.param, iter(range(100))

    def file() -> str:
        return f"sqlite:///{folder}/t{next(numbers)}.db"

    create = file if dialect == "sqlite" else request.getfixturevalue(f"new_{dialect}")
    source, desk = create(), HereDesk(folder / "desk")
    execute(source, *TABLES, *(() if dialect == "sqlite" else (COUNTING,)))
    assert desk.accept(source).status == 0
    return source, create, desk


def test_keys_that_are_no_values_of_the_key_are_a_problem_of_the_plan(made) -> None:  # type: ignore[no-untyped-def]
    source, _, desk = made
    ask(desk, f'table = "customer", keys = ["{CELL}"]')
    refused(desk.lookalike("subset", "plan", str(desk.plan_path), "--source", source), "customer", "key")


@pytest.mark.parametrize(
    ("condition", "said"),
    [("nextval('counting') > 0", "writes"), ("1 / (id - id) = 1", "divides by zero"), ("count(*) > 1", "aggregate")],
)
def test_a_condition_that_fails_on_rows_leaves_an_empty_target(new_postgresql, tmp_path, condition, said) -> None:  # type: ignore[no-untyped-def]
    source, target, desk = new_postgresql(), new_postgresql(), HereDesk(tmp_path / "desk")
    execute(source, *TABLES, COUNTING)
    assert desk.accept(source).status == 0
    ask(desk, f'table = "customer", where = "{condition}"')
    refused(desk.run(source, target), "customer", said)
    assert reader(target).tables() == []


@pytest.mark.parametrize(("condition", "said"), [("nextval(counting) > 0", "writes"), ("count(*) > 1", "aggregate")])
def test_mariadb_says_in_words_what_is_wrong_with_a_condition(new_mariadb, tmp_path, condition, said) -> None:  # type: ignore[no-untyped-def]
    source, desk = new_mariadb(), HereDesk(tmp_path / "desk")
    execute(source, *TABLES, COUNTING)
    assert desk.accept(source).status == 0
    ask(desk, f'table = "customer", where = "{condition}"')
    refused(desk.lookalike("check", str(desk.plan_path), "--source", source), "customer", said)


def test_a_budget_that_is_too_small_leaves_the_target_as_it_was(made) -> None:  # type: ignore[no-untyped-def]
    source, create, desk = made
    ask(desk, 'table = "customer"', 'size = "1 KB"\n')
    target = create()
    refused(desk.run(source, target), "1.0 kB", "is not enough", "or more")
    assert reader(target).tables() == []


def test_no_size_at_all_is_a_mistake_of_the_command(made) -> None:  # type: ignore[no-untyped-def]
    source, _, desk = made
    words = ["subset", "propose", str(desk.plan_path), "--source", source, "--root", "customer", "--size", "0 GB"]
    assert desk.lookalike(*words).status == 2


def test_after_a_killed_selection_the_next_run_leaves_none_of_its_keys(tmp_path: Path) -> None:
    source, target, desk = f"sqlite:///{tmp_path}/s.db", f"sqlite:///{tmp_path}/t.db", HereDesk(tmp_path / "desk")
    many = "with recursive n (i) as (select 10 union all select i + 1 from n where i < 100000) "
    execute(source, *TABLES, f"insert into customer {many} select i, 'x' || i from n")
    assert desk.accept(source).status == 0
    ask(desk, 'table = "customer", percent = 50')
    words = desk._words(("run", str(desk.plan_path), "--source", source, "--target", target), True)
    running = subprocess.Popen([sys.executable, "-m", "engine.cli", *words], stderr=subprocess.DEVNULL)
    _until(lambda: bool(_spilt(desk)) or running.poll() is not None)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert _spilt(desk)
    assert desk.run(source, target).status == 4
    assert desk.run(source, target, "--mode", "new").status == 0
    assert not _spilt(desk)
    assert desk.verify(source, target).status == 0


def _spilt(desk: HereDesk) -> list[Path]:
    return list((desk.folder / "workspace" / "runs").glob("*/spill/keys-*"))


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true() and time.monotonic() < end:
        time.sleep(0.005)


def test_roots_that_mean_no_row_are_told(tmp_path: Path) -> None:
    source, target, desk = f"sqlite:///{tmp_path}/s.db", f"sqlite:///{tmp_path}/t.db", HereDesk(tmp_path / "desk")
    execute(source, *TABLES)
    assert desk.accept(source).status == 0
    ask(desk, 'table = "customer", where = "1 = 2"')
    ran = desk.run(source, target)
    assert ran.status == 0, ran.err
    assert [issue["code"] for issue in ran.json["issues"]] == ["subset-empty"]
