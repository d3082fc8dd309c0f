"""What is no matter of one value: keys, names, defaults and files that change their engine, and what a file says of itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from connectors import open_database
from engine.clone import clone
from engine.keys import MaskingKey
from engine.masking.keep import Keep
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.problems import PlanError
from engine.verify import verify
from engine.workspace import open_workspace
from tests.matrix.runs import run_sql
from tests.oracle import reader

KEY = MaskingKey("across", b"a" * 32)
Fresh = Callable[[str], str]


@pytest.fixture
def fresh(request, tmp_path) -> Fresh:  # type: ignore[no-untyped-def]
    """Makes a new empty database of an engine."""

    def create(engine: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{tmp_path}/{len(list(tmp_path.iterdir()))}.db"
        url: str = request.getfixturevalue(f"new_{engine}")()
        return url

    return create


def kept(url: str) -> Plan:
    with open_database(url) as source:
        schema = source.describe()
    tables = {
        table.name: TablePlan(Treatment.MASK, tuple(Rule((c.name,), Keep(), reason="across") for c in table.stored))
        for table in schema.tables
    }
    return Plan("across", "across", tables)


def copied(source_url: str, target_url: str, folder: Path) -> list[str]:
    """Clone everything as it is; the faults that `verify` finds. Raises PlanError."""
    plan, workspace = kept(source_url), open_workspace(folder)
    with open_database(source_url) as source, open_database(target_url) as target:
        clone(plan, source, target, KEY, workspace=workspace)
    with open_database(target_url) as target:
        return verify(plan, target, KEY, workspace=workspace).faults()


def filled(fresh: Fresh, engine: str, *statements: str) -> str:
    url = fresh(engine)
    run_sql(url, engine, list(statements))
    return url


def rows(url: str, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in reader(url).rows(sql)]


CASELESS = (
    "create table t (k varchar(10) collate utf8mb4_general_ci primary key)",
    "insert into t values ('A'), ('É')",
    "create table c (k varchar(10) collate utf8mb4_general_ci, foreign key (k) references t (k))",
)


@pytest.mark.parametrize(
    ("child", "goal", "refused"),
    [("A", "postgresql", False), ("a", "postgresql", True), ("A ", "postgresql", True), ("a", "sqlite", False),
     ("é", "sqlite", True), ("A ", "sqlite", True)],
)  # fmt: skip
def test_a_key_that_needs_a_folding_collation_is_refused_where_there_is_none(
    fresh: Fresh, tmp_path: Path, child: str, goal: str, refused: bool
) -> None:
    source = filled(fresh, "mariadb", *CASELESS, f"insert into c values ('{child}'), (null)")
    if not refused:
        assert copied(source, fresh(goal), tmp_path / "w") == []
        return
    with pytest.raises(PlanError) as problems:
        copied(source, fresh(goal), tmp_path / "w")
    assert [p.code for p in problems.value.problems if p.severity == "error"] == ["key-spelling"]


@pytest.mark.parametrize("goal", ["postgresql", "sqlite"])
def test_unsigned_keys_beyond_64_bits_with_a_sign_hold_their_children(fresh: Fresh, tmp_path: Path, goal: str) -> None:
    source = filled(
        fresh, "mariadb",
        "create table t (id bigint unsigned primary key)", "insert into t values (18446744073709551615), (1)",
        "create table c (id int primary key, t bigint unsigned, foreign key (t) references t (id))",
        "insert into c values (1, 18446744073709551615), (2, null)",
    )  # fmt: skip
    target = fresh(goal)
    assert copied(source, target, tmp_path / "w") == []
    assert rows(target, "select count(*) from c join t on t.id = c.t") == [(1,)]


def test_a_zero_date_comes_home_by_way_of_sqlite(fresh: Fresh, tmp_path: Path) -> None:
    source = filled(
        fresh, "mariadb", "create table t (id int primary key, d date, m datetime)", "insert into t values (1, 0, 0)"
    )
    between, home, away = fresh("sqlite"), fresh("mariadb"), fresh("postgresql")
    assert copied(source, between, tmp_path / "1") == []
    assert copied(between, home, tmp_path / "2") == []
    assert copied(between, away, tmp_path / "3") == []
    assert rows(home, "select cast(d as char), cast(m as char) from t") == [
        ("0000-00-00", "0000-00-00 00:00:00.000000")
    ]
    assert rows(away, "select d::text, m::text from t") == [("-infinity", "-infinity")]


def test_years_of_postgresql_come_home_by_way_of_sqlite(fresh: Fresh, tmp_path: Path) -> None:
    source = filled(
        fresh, "postgresql", "create table t (id int primary key, d date, m timestamp)",
        "insert into t values (1, '0044-03-15 BC', '4713-11-24 01:02:03.5 BC'), (2, '5874897-12-31', '294276-12-31 23:59:59.999999'),"
        " (3, 'infinity', '-infinity'), (4, '0001-01-01', '0001-12-31 23:59:59 BC')",
    )  # fmt: skip
    between, home = fresh("sqlite"), fresh("postgresql")
    assert copied(source, between, tmp_path / "1") == []
    assert copied(between, home, tmp_path / "2") == []
    asked = "select d::text, m::text from t order by id"
    assert rows(home, asked) == rows(source, asked)


def test_names_beyond_mariadbs_alphabet_become_others_and_columns_are_refused(fresh: Fresh, tmp_path: Path) -> None:
    source = filled(fresh, "postgresql", 'create table "😀 t " (id int primary key)', 'insert into "😀 t " values (1)')
    target = fresh("mariadb")
    assert copied(source, target, tmp_path / "1") == []
    assert rows(target, "select concat(id) from `_ t`") == [("1",)]
    run_sql(source, "postgresql", ['create table t ("😀" int)'])
    with pytest.raises(PlanError) as problems:
        copied(source, fresh("mariadb"), tmp_path / "2")
    assert [p.code for p in problems.value.problems if p.severity == "error"] == ["column-name"]


def test_a_file_keeps_its_own_numbers_pages_and_odd_tables(fresh: Fresh, tmp_path: Path) -> None:
    """2,000 columns, a table without a name, negative rowids as keys, and what pragmas say of the file."""
    pragmas = {"page_size": 8192, "auto_vacuum": 2, "user_version": 42, "application_id": 1234}
    source = filled(
        fresh, "sqlite", *(f"pragma {name} = {value}" for name, value in pragmas.items()),
        "create table wide (" + ", ".join(f"c{n}" for n in range(2000)) + ")", "insert into wide (c0, c1999) values (1, x'00')",
        'create table "" ("" int)', 'insert into "" values (1)', "create table lookalike__mine (a)",
        "create table k (id integer primary key, v)",
        "insert into k values (-9223372036854775808, 1), (0, 'a'), (9223372036854775807, 2.5)",
    )  # fmt: skip
    target = fresh("sqlite")
    with open_database(source) as database:
        assert [note.split()[1] for note in database.describe().notes] == ["lookalike__mine:"]
    assert copied(source, target, tmp_path / "w") == []
    with closing(sqlite3.connect(str(make_url(target).database))) as file:
        assert {name: file.execute(f"pragma {name}").fetchone()[0] for name in pragmas} == pragmas
    for asked in ("select c0, c1, c1999 from wide", 'select "" from ""', "select * from k"):
        assert rows(target, asked) == rows(source, asked)
