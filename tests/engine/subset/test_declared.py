"""Keys that only a plan declares: what they join, and that no target ever gets one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import open_database
from connectors.database import Database, Phase, Read
from connectors.names import TableName
from connectors.schema import ForeignKey
from engine.build import fresh_build, planned_schema, target_names
from engine.check import check
from engine.keys import MaskingKey
from engine.lock import make_lock
from engine.person_key import person_keys
from engine.pipeline import compile_plan
from engine.plan import Plan
from engine.problems import errors
from engine.subset.declared import declared, expression_keys
from engine.subset.spec import DeclaredKey
from tests.engine.tables import column, integer, plan, schema, table

KEY = MaskingKey("test", bytes(range(32)))
COMMENT, POST, PHOTO = (TableName(name) for name in ("comment", "post", "photo"))
TABLES = """
create table post (id integer primary key, title text);
create table photo (id integer primary key, title text);
create table comment (id integer primary key, subject_type text not null, subject_id integer, data text);
insert into post values (1, 'a'), (2, 'b');
insert into photo values (7, 'x');
insert into comment values (1, 'post', 1, '{}'), (2, 'photo', 7, '{}'), (3, 'post', 7, '{}'), (4, 'photo', null, '{}'),
    (5, 'post', 2, '{"post": 1}');
"""
OF_POST = DeclaredKey(COMMENT, POST, ("id",), ("subject_id",), (), "comment.subject_type = 'post'")
OF_PHOTO = DeclaredKey(COMMENT, PHOTO, ("id",), ("subject_id",), (), "subject_type = 'photo'")
BY_DATA = DeclaredKey(COMMENT, POST, ("id",), (), ("json_extract(data, '$.post')",))


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    with closing(sqlite3.connect(tmp_path / "source.db")) as connection:
        connection.executescript(TABLES)
    with open_database(f"sqlite:///{tmp_path / 'source.db'}") as database:
        yield database


def masked(*keys: DeclaredKey) -> Plan:
    return plan(
        {
            "post": {"id": "pseudonym", "title": "redact"},
            "photo": {"id": "pseudonym", "title": "redact"},
            "comment": {"id": "keep", "subject_type": "keep", "subject_id": "pseudonym", "data": "keep"},
        },
        foreign_keys=keys,
    )


def names(keys: tuple[ForeignKey, ...]) -> list[str]:
    return [key.name for key in keys]


def test_every_key_over_one_column_has_a_name_of_its_own_and_its_condition(source: Database) -> None:
    second = replace(OF_POST, where="subject_type = 'draft'")
    described = declared(masked(OF_POST, OF_PHOTO, second, BY_DATA), source.describe())
    keys = described.table(COMMENT).foreign_keys
    assert names(keys) == ["subject_id -> post", "subject_id -> photo", "subject_id -> post (2)"]
    assert [key.where for key in keys] == [OF_POST.where, OF_PHOTO.where, second.where]
    assert all(key.virtual for key in keys)
    assert [(child, key.name) for child, key in expression_keys(masked(BY_DATA), described)] == [
        (COMMENT, "expression -> post")
    ]


def test_declaring_twice_is_declaring_once(source: Database) -> None:
    once = declared(masked(OF_POST, OF_PHOTO), source.describe())
    assert declared(masked(OF_POST, OF_PHOTO), once) == once
    assert declared(masked(), once) == once


def test_a_key_that_names_what_is_not_there_is_left_out(source: Database) -> None:
    described = source.describe()
    for wrong in (
        replace(OF_POST, table=TableName("comments")),
        replace(OF_POST, parent=TableName("posts")),
        replace(OF_POST, columns=("subject",)),
        replace(OF_POST, parent_columns=("uid",)),
        replace(OF_POST, where="1 = 1); drop table post; --"),
        replace(BY_DATA, expressions=("1; delete from post",)),
    ):
        assert declared(masked(wrong), described) == described
        assert expression_keys(masked(wrong), described) == ()


def test_both_parents_of_a_polymorphic_column_are_masked_as_it_is(source: Database) -> None:
    said = masked(OF_POST, OF_PHOTO)
    pipeline = compile_plan(said, declared(said, source.describe()), KEY)
    ids = {}
    with source.snapshot() as snapshot:
        for name, wanted in ((POST, "id"), (PHOTO, "id"), (COMMENT, "subject_id")):
            columns, derived = pipeline.reading(name, wire=False)
            for batch in snapshot.read(Read(name, columns, derived)):
                after = pipeline.mask(name, batch)
                ids[name] = dict(zip(batch.column(wanted).to_pylist(), after.column(wanted).to_pylist(), strict=True))
    assert ids[COMMENT][1] == ids[POST][1] != 1
    assert ids[COMMENT][7] == ids[PHOTO][7] != 7
    assert errors(check(said, source.describe())) == ()


def test_orphans_are_rows_of_the_condition_alone(source: Database) -> None:
    keys = declared(masked(OF_POST, OF_PHOTO), source.describe()).table(COMMENT).foreign_keys
    with source.snapshot() as snapshot:
        assert [snapshot.orphans(COMMENT, key) for key in keys] == [1, 0]


def test_a_target_never_gets_a_key_that_only_a_plan_declares(source: Database, tmp_path: Path) -> None:
    said = masked(OF_POST, OF_PHOTO)
    described = declared(said, source.describe())
    planned = planned_schema(said, described)
    assert [key for each in planned.tables for key in each.foreign_keys] == []
    with open_database(f"sqlite:///{tmp_path / 'target.db'}") as target:
        build = fresh_build(said, planned, source, target, target_names(said, planned, "main"))
        made = " ".join(statement.sql for phase in Phase for statement in build.script.phase(phase))
        assert "REFERENCES" not in made.upper()
        made = " ".join(each.sql for each in target.portable_ddl(planned)[1].statements)
        assert "REFERENCES" not in made.upper()


def test_a_lock_does_not_hold_the_keys_of_the_plan(source: Database) -> None:
    described = source.describe()
    assert make_lock(declared(masked(OF_POST), described), masked(OF_POST)) == make_lock(described, masked(OF_POST))


def test_a_person_key_never_leads_along_a_key_that_may_refer_to_several_rows() -> None:
    made = schema(
        table("person", integer("id"), integer("no"), column("name")),
        table("visit", integer("id"), integer("person"), integer("other"), column("note")),
    )
    for columns, parent_columns, where, found in (
        (("person",), ("id",), None, 1),
        (("person",), ("id",), "id > 3", 0),
        (("person",), ("no",), None, 0),
    ):
        key = DeclaredKey(TableName("visit"), TableName("person"), parent_columns, columns, (), where)
        there = declared(plan({}, foreign_keys=(key,)), made)
        assert len(person_keys(there, there.table(TableName("visit")), "person.name")) == found
