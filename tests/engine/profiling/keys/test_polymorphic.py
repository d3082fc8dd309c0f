"""Polymorphic keys: a label says the table, and the condition of each key is SQL that the source takes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from connectors import open_database
from connectors.database import Database
from connectors.names import TableName
from connectors.rows import Rows
from engine.plan import Plan
from engine.profiling.keys.accept import to_declared
from engine.profiling.keys.polymorphic import condition
from engine.subset.declared import declared
from tests.engine.profiling.keys.databases import inferred, said, write

ENGINES = ["sqlite", "postgresql", "mariadb"]
COMMENTS = TableName("comments")
LABELS = {"App\\Models\\Post": "posts", "o'clock/video": "Video"}


def filled(url: str) -> str:
    """Comments on posts and on videos, told apart by labels with signs in them that need care."""
    pool = sa.create_engine(
        url.replace("postgresql://", "postgresql+psycopg://").replace("mariadb://", "mariadb+pymysql://")
    )
    meta = sa.MetaData()
    tables = [
        sa.Table(name, meta, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), *columns)
        for name, columns in {
            "posts": [sa.Column("title", sa.String(20))],
            "Video": [sa.Column("length", sa.Integer)],
            "comments": [sa.Column("commentable Type", sa.String(40)), sa.Column("commentable_id", sa.Integer)],
        }.items()
    ]
    meta.create_all(pool)
    post, video = LABELS
    rows = [
        [{"id": number, "title": "x"} for number in range(1, 60)],
        [{"id": number, "length": number % 7} for number in range(500, 540)],
        [
            {"id": number, "commentable Type": post if number % 2 else video,
             "commentable_id": number % 59 + 1 if number % 2 else 500 + number % 40}
            for number in range(1, 300)
        ],
    ]  # fmt: skip
    with pool.begin() as connection:
        for table, values in zip(tables, rows, strict=True):
            connection.execute(table.insert(), values)
    pool.dispose()
    return url


def counted(source: Database, where: str | None) -> int:
    with source.snapshot() as snapshot:
        return sum(batch.num_rows for batch in snapshot.rows(Rows(COMMENTS, where=where)))


@pytest.mark.parametrize("new_database", ENGINES, indirect=True)
def test_each_label_has_its_own_key_under_a_condition_that_the_source_takes(new_database: Callable[..., str]) -> None:
    url = filled(new_database())
    keys, _ = inferred(url)
    assert {(str(key), key.orphans) for key in keys} == {
        ("comments (commentable_id) -> posts (id)", 0),
        ("comments (commentable_id) -> Video (id)", 0),
    }
    with open_database(url) as source:
        assert {key.parent.name: counted(source, key.where) for key in keys} == {"posts": 150, "Video": 149}
        for label, table in LABELS.items():
            wanted = condition("commentable Type", label, source.dialect)
            assert [key.where for key in keys if key.parent.name == table] == [wanted]


def test_accepted_keys_are_laid_over_the_schema_with_their_conditions(tmp_path) -> None:  # type: ignore[no-untyped-def]
    url = filled(f"sqlite:///{tmp_path}/p.db")
    keys, _ = inferred(url)
    plan = Plan("p", "k", {}, foreign_keys=tuple(to_declared(key) for key in keys))
    with open_database(url) as source:
        laid = declared(plan, source.describe())
    assert {(key.parent, key.where) for key in laid.table(COMMENTS).foreign_keys} == {(k.parent, k.where) for k in keys}


def test_a_column_of_kinds_that_are_no_tables_tells_nothing_apart(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = """
        CREATE TABLE item (item_id INTEGER PRIMARY KEY, n TEXT);
        CREATE TABLE event (id INTEGER PRIMARY KEY, item_type TEXT, item_id INTEGER);
    """
    events = [(number, "AB"[number % 2], number % 40 + 1) for number in range(1, 200)]
    url = write(tmp_path / "kinds.db", script, {"item": [(n, "x") for n in range(1, 41)], "event": events})
    found = inferred(url)
    assert said(found) == {"event (item_id) -> item (item_id)"}
    assert found[0][0].where is None


def test_the_keys_of_a_label_are_looked_up_in_a_large_table(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = """
        CREATE TABLE song (id INTEGER PRIMARY KEY, n TEXT);
        CREATE TABLE album (id INTEGER PRIMARY KEY, n TEXT);
        CREATE TABLE vote (nr INTEGER PRIMARY KEY, about_type TEXT, about_id INTEGER);
    """
    votes = [(n, "song" if n % 2 else "album", n * 61 % 60_000 + 1 if n % 2 else n % 80 + 1) for n in range(1, 900)]
    rows = {"song": [(n, "x") for n in range(1, 60_001)], "album": [(n, "x") for n in range(1, 90)], "vote": votes}
    found = inferred(write(tmp_path / "large.db", script, rows))
    assert said(found) == {"vote (about_id) -> song (id)", "vote (about_id) -> album (id)"}
    assert [key.orphans for key in found[0]] == [0, 0]
