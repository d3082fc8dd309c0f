"""What is wrong with [subset], [[foreign_keys]] and [clone] is said by name, before anything is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors import open_database
from connectors.database import Database
from connectors.names import TableName
from connectors.schema import Kind, Schema, Unique
from engine.check import check
from engine.plan import Plan, TablePlan, Treatment
from engine.problems import Problem, Severity
from engine.subset.declared import declared
from engine.subset.spec import Copies, Coverage, DeclaredKey, Edge, Missing, Roots, Scope, Subset
from engine.subset.trial import condition_issues
from tests.engine.tables import column, integer, plan, refers, schema, table
from tests.matrix.runs import run_sql

CUSTOMER, ORDER, LINE, LOG, OLD = (TableName(name) for name in ("customer", "order", "line", "log", "old"))
SHOP = schema(
    table("customer", integer("id"), column("country")),
    table(
        "order",
        integer("id"),
        integer("customer", nullable=False),
        integer("giver"),
        integer("no"),
        foreign_keys=(refers("customer", "customer"), refers("giver", "customer")),
    ),
    table(
        "line",
        integer("order"),
        integer("number"),
        integer("a", nullable=False),
        integer("b"),
        integer("c"),
        key=("order", "number"),
        foreign_keys=(
            refers("order", "order"),
            replace(refers(("a", "b"), "order", ("id", "no")), match_full=True),
            replace(refers(("b", "a"), "order", ("no", "id")), name="other"),
            replace(refers("c", "order"), name="third"),
        ),
    ),
    table("log", column("text"), integer("order"), key=None),
    table("old", integer("id")),
    dialect="sqlite",
)
PLAN = plan(
    {
        "customer": {"id": "keep", "country": "keep"},
        "order": {"id": "keep", "customer": "keep", "giver": "keep", "no": "keep"},
        "line": {"order": "keep", "number": "keep", "a": "keep", "b": "keep", "c": "keep"},
        "log": {"text": "keep", "order": "keep"},
        "old": TablePlan(Treatment.EMPTY),
    }
)


def found(made: Schema = SHOP, plan: Plan = PLAN, **facts: Any) -> list[Problem]:
    return [problem for problem in check(replace(plan, **facts), made) if problem.code.startswith(OURS)]


OURS = ("subset", "roots", "key-", "condition")
CANADA = Roots(CUSTOMER, "country = 'Canada'")


def of(subset: Subset) -> list[tuple[str, str]]:
    return [(problem.code, problem.place) for problem in found(subset=subset)]


def test_a_key_is_not_set_null_that_is_itself_referred_to() -> None:
    shared = schema(
        table("customer", integer("id")),
        table("account", integer("id"), integer("customer"), foreign_keys=(refers("customer", "customer"),)),
        table(
            "card", integer("id"), integer("owner"),
            foreign_keys=(replace(refers("owner", "account"), parent_columns=("customer",)),),
        ),
    )  # fmt: skip
    made = plan({name: dict.fromkeys(columns, "keep") for name, columns in {
        "customer": ["id"], "account": ["id", "customer"], "card": ["id", "owner"],
    }.items()})  # fmt: skip
    subset = Subset(
        (Roots(TableName("card")),), edges=(Edge(TableName("account"), ("customer",), missing=Missing.NULL),)
    )
    (problem,) = found(shared, made, subset=subset)
    assert (problem.code, problem.place) == ("subset-missing", "account.customer")
    assert "card" in problem.reason


def test_a_subset_that_fits_has_no_problem() -> None:
    subset = Subset(
        (CANADA, Roots(ORDER, keys=(("1",),)), Roots(LINE, keys=(("1", "2"),))),
        whole=(CUSTOMER,),
        edges=(
            Edge(ORDER, ("customer",), None, Scope.ALL, 3, "id > 5"),
            Edge(ORDER, ("giver",), missing=Missing.NULL),
            Edge(LINE, key="third", missing=Missing.NULL),
        ),
        coverage=(Coverage(ORDER, ("no", "giver"), pairs=True),),
    )
    assert of(subset) == []
    assert found(clone=Copies(CUSTOMER, 2, keys=(("1",),))) == []


@pytest.mark.parametrize(
    ("subset", "code", "place"),
    [
        (Subset(), "subset-roots", ""),
        (Subset(size=1000, whole=(CUSTOMER,)), "subset-roots", ""),
        (Subset((Roots(TableName("custmer")),)), "subset-table", "custmer"),
        (Subset((Roots(OLD),)), "subset-no-rows", "old"),
        (Subset((Roots(LOG, keys=(("1",),)),)), "subset-key", "log"),
        (Subset((Roots(LINE, keys=(("1",),)),)), "subset-key", "line"),
        (Subset((CANADA,), whole=(TableName("orders"),)), "subset-table", "orders"),
        (Subset((CANADA,), whole=(OLD,)), "subset-no-rows", "old"),
        (Subset((CANADA,), edges=(Edge(TableName("lines"), ("a",)),)), "subset-table", "lines"),
        (Subset((CANADA,), edges=(Edge(ORDER, ("custmer",)),)), "subset-column", "order.custmer"),
        (Subset((CANADA,), edges=(Edge(ORDER, ("no",)),)), "subset-edge", "order"),
        (Subset((CANADA,), edges=(Edge(ORDER, key="fk_custmer"),)), "subset-edge", "order"),
        (Subset((CANADA,), edges=(Edge(LINE, ("a", "b")),)), "subset-edge", "line.a"),
        (Subset((CANADA,), edges=(Edge(OLD, ("id",)),)), "subset-edge", "old"),
        (Subset((CANADA,), edges=(Edge(ORDER, ("customer",), missing=Missing.NULL),)), "subset-missing", "order.customer"),
        (Subset((CANADA,), edges=(Edge(LINE, key="fk_a_b", missing=Missing.NULL),)), "subset-missing", "line.a"),
        # The MATCH FULL key over (a, b) would be NULL in part.
        (Subset((CANADA,), edges=(Edge(LINE, key="other", missing=Missing.NULL),)), "subset-missing", "line.b"),
        (Subset((Roots(LINE),), edges=(Edge(ORDER, ("giver",), limit=2),)), "subset-edge-unused", "order.giver"),
        (Subset((CANADA,), coverage=(Coverage(ORDER, ("nr",)),)), "subset-column", "order.nr"),
        (Subset((CANADA,), coverage=(Coverage(OLD, ("id",)),)), "subset-no-rows", "old"),
        (Subset((Roots(CUSTOMER, "country = 'a'; drop table customer"),)), "condition", "customer"),
        (Subset((Roots(CUSTOMER, "delete from customer"),)), "condition", "customer"),
        (Subset((CANADA,), edges=(Edge(ORDER, ("customer",), where="no >"),)), "condition", "order"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(subset: Subset, code: str, place: str) -> None:
    assert of(subset) == [(code, place)]


def test_a_name_that_is_nearly_right_is_offered() -> None:
    problems = found(subset=Subset((Roots(TableName("custmer")),), edges=(Edge(ORDER, ("custmer",)),)))
    assert all("Did you mean customer?" in problem.reason for problem in problems)
    (problem,) = found(subset=Subset((CANADA,), edges=(Edge(LINE, ("a", "b")),)))
    assert problem.remedy == 'Write key = "fk_a_b" or "other".'


@pytest.mark.parametrize(
    ("clone", "code"),
    [
        (Copies(LOG, 2, "1 = 1"), "subset-key"),
        (Copies(TableName("x"), 2, "1 = 1"), "subset-table"),
        (Copies(LINE, 2, keys=(("1",),)), "subset-key"),
        (Copies(CUSTOMER, 2, "1 = 1; commit"), "condition"),
    ],
)
def test_an_entity_that_cannot_be_copied_is_named(clone: Copies, code: str) -> None:
    assert [problem.code for problem in found(clone=clone)] == [code]


def test_keys_in_a_file_are_looked_at(tmp_path: Path) -> None:
    roots = Roots(LINE, keys_file="keys.csv")
    assert [p.code for p in found(subset=Subset((roots,)), folder=tmp_path)] == ["roots-keys-file"]
    (tmp_path / "keys.csv").write_text("1,2\n3\n")
    (problem,) = found(subset=Subset((roots,)), folder=tmp_path)
    assert "line 2 has 1 value," in problem.reason
    (tmp_path / "keys.csv").write_text("1,2\n3,4\n")
    assert found(subset=Subset((roots,)), folder=tmp_path) == []


KEYS = schema(
    table("post", integer("id"), column("slug", nullable=False), integer("nr"),
          uniques=(Unique("u", ("slug",)), Unique("p", ("nr",), where="nr > 0"))),
    table("photo", column("id", Kind.UUID)),
    table("comment", integer("id"), column("kind"), integer("subject"), column("slug"), column("data"),
          foreign_keys=(refers("subject", "post"),)),
    dialect="sqlite",
)  # fmt: skip
KEPT = {
    "post": {"id": "keep", "slug": "keep", "nr": "keep"},
    "photo": {"id": "keep"},
    "comment": {"id": "keep", "kind": "keep", "subject": "keep", "slug": "keep", "data": "keep"},
}
COMMENT, POST, PHOTO = (TableName(name) for name in ("comment", "post", "photo"))


def declares(key: DeclaredKey, **rules: dict[str, str]) -> list[tuple[str, str]]:
    said = plan({name: columns | rules.get(name, {}) for name, columns in KEPT.items()}, foreign_keys=(key,))
    return [(problem.code, problem.place) for problem in found(KEYS, said)]


@pytest.mark.parametrize(
    ("key", "problems"),
    [
        (DeclaredKey(COMMENT, POST, ("slug",), ("slug",)), []),
        (DeclaredKey(COMMENT, POST, ("slug",), ("slug",), where="kind = 'post'"), []),
        (DeclaredKey(COMMENT, POST, ("id",), (), ("data + 0",)), []),
        (DeclaredKey(TableName("coment"), POST, ("id",), ("x",)), [("subset-table", "coment")]),
        (DeclaredKey(COMMENT, TableName("posts"), ("id",), ("subject",)), [("subset-table", "posts")]),
        (DeclaredKey(COMMENT, POST, ("uid",), ("subjekt",)), [("key-column", "comment.subjekt"), ("key-column", "post.uid")]),
        (DeclaredKey(COMMENT, PHOTO, ("id",), ("subject",)), [("key-type", "comment.subject")]),
        (DeclaredKey(COMMENT, POST, ("nr",), ("id",)), [("key-not-unique", "post.nr")]),
        (DeclaredKey(COMMENT, POST, ("id",), ("subject",)), [("key-known", "comment.subject")]),
        (DeclaredKey(COMMENT, POST, ("slug",), ("slug",), where="x; y"), [("condition", "comment")]),
        (DeclaredKey(COMMENT, POST, ("id",), (), ("(select 1); commit",)), [("condition", "comment")]),
    ],
)  # fmt: skip
def test_a_declared_key_that_is_none_is_named(key: DeclaredKey, problems: list[tuple[str, str]]) -> None:
    assert sorted(declares(key)) == problems


def test_a_mask_that_parts_what_a_declared_key_joins_is_named() -> None:
    joined = DeclaredKey(COMMENT, POST, ("slug",), ("slug",), where="kind = 'post'")
    by_data = DeclaredKey(COMMENT, POST, ("id",), (), ("data + 0",))
    assert declares(joined, comment={"kind": "redact"}) == [("key-condition-masked", "comment.kind")]
    assert declares(by_data, post={"id": "pseudonym"}, comment={"subject": "pseudonym"}) == [
        ("key-expression-masked", "post.id")
    ]
    said = plan(KEPT | {"post": KEPT["post"] | {"slug": "token"}}, foreign_keys=(joined,))
    assert "foreign-key" in {problem.code for problem in check(said, KEYS)}


def test_a_parent_that_is_not_unique_can_be_accepted() -> None:
    said = plan(KEPT, foreign_keys=(DeclaredKey(COMMENT, POST, ("nr",), ("id",)),), accept=("key-not-unique post.nr",))
    assert found(KEYS, said) == []


def test_rows_that_refer_to_a_dropped_parent_by_a_declared_key_are_named() -> None:
    key = DeclaredKey(COMMENT, PHOTO, ("id",), ("data",))
    photos = replace(
        KEYS, tables=tuple(replace(t, columns=(column("id"),)) if t.name == PHOTO else t for t in KEYS.tables)
    )
    said = plan(KEPT | {"photo": TablePlan(Treatment.DROP)}, foreign_keys=(key,))
    problems = [problem for problem in check(said, photos) if problem.severity is Severity.ERROR]
    assert [(problem.code, problem.place) for problem in problems] == [("needed-table", "comment.data")]
    assert "take the key out" in problems[0].remedy


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        connection.executescript(
            """create table customer (id integer primary key, country text);
            create table "order" (id integer primary key, customer integer references customer (id), note text);
            insert into customer values (1, 'Canada'); insert into "order" values (1, 1, 'x');"""
        )
    with open_database(f"sqlite:///{tmp_path / 's.db'}") as database:
        yield database


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        ({"subset": Subset((CANADA,), edges=(Edge(ORDER, ("customer",), where="note like 'x%'"),))}, []),
        ({"subset": Subset((Roots(CUSTOMER, "contry = 'Canada'"),))}, ["customer"]),
        ({"subset": Subset((Roots(CUSTOMER, "country = 'Canada' and"),))}, []),
        ({"subset": Subset((CANADA,), edges=(Edge(ORDER, ("customer",), where="remark = 1"),))}, ["order"]),
        ({"clone": Copies(CUSTOMER, 2, "nobody(id)")}, ["customer"]),
        ({"foreign_keys": (DeclaredKey(ORDER, CUSTOMER, ("id",), (), ("nothing + 1",)),)}, ["order"]),
        ({"foreign_keys": (DeclaredKey(ORDER, CUSTOMER, ("id",), ("id",), where="nothing > 1"),)}, ["order"]),
        ({"foreign_keys": (DeclaredKey(ORDER, CUSTOMER, ("id",), (), ("note || ''",), "note <> 'x'"),)}, []),
    ],
)  # fmt: skip
def test_a_condition_that_the_source_refuses_is_named_and_nothing_is_read(
    source: Database, facts: dict[str, Any], refused: list[str]
) -> None:
    # What is no condition by its text alone is told by `check`, once.
    issues = condition_issues(replace(plan({}), **facts), source.describe(), source)
    assert [str(issue.table) for issue in issues] == refused
    assert all(issue.blocking and "Canada" not in issue.message for issue in issues)


SERVERS = """
create table customer (id integer primary key, country varchar(20));
create table parcel (id integer primary key, customer integer, note varchar(20), foreign key (customer) references customer (id));
insert into customer values (1, 'Canada');
insert into parcel values (1, 1, 'x')
"""
PARCEL = TableName("parcel")


@pytest.mark.parametrize(
    ("new_database", "engine"),
    [(each, each) for each in ("postgresql", "mariadb", "sqlite")],
    indirect=["new_database"],
)
def test_every_database_names_what_it_refuses_and_takes_what_it_understands(
    new_database: Callable[[], str], engine: str
) -> None:
    url = new_database()
    run_sql(url, engine, [SERVERS])
    by_note = DeclaredKey(PARCEL, CUSTOMER, ("country",), ("note",), (), "note <> 'x'")
    by_text = DeclaredKey(PARCEL, CUSTOMER, ("country",), (), ("coalesce(note, '')",), "note <> 'x'")
    edges = (Edge(PARCEL, ("customer",), where="note like 'x%' and id between 1 and 3"),)
    good = {"subset": Subset((CANADA,), edges=edges), "foreign_keys": (by_note, by_text)}
    bad = {
        "subset": Subset(
            (Roots(CUSTOMER, "contry = 'Canada'"),), edges=(Edge(PARCEL, ("customer",), where="nothing('x')"),)
        ),
        "foreign_keys": (replace(by_text, expressions=("nothing",)),),
    }
    with open_database(url) as database:
        described = database.describe()
        assert condition_issues(replace(plan({}), **good), described, database) == []
        issues = condition_issues(replace(plan({}), **bad), described, database)
        orphaned = plan({}, foreign_keys=(by_note, replace(by_note, where="parcel.note = 'x'")))
        with database.snapshot() as snapshot:
            keys = declared(orphaned, described).table(PARCEL).foreign_keys
            assert [snapshot.orphans(PARCEL, key) for key in keys if key.virtual] == [0, 1]
    assert [str(issue.table) for issue in issues] == ["customer", "parcel", "parcel"]
    assert not any("Canada" in issue.message for issue in issues)
