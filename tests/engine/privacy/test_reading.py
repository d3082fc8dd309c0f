"""Entities are read off a real database: whole, each row with its owner, the held-out ones apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from connectors import open_database
from connectors.database import Snapshot
from connectors.names import TableName
from connectors.schema import ForeignKey, Schema
from engine.keys import MaskingKey
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.privacy.budget import PrivacyUnit
from engine.privacy.entities import Entities
from engine.privacy.reading import read_entities
from engine.privacy.spec import How, Learn, PrivacySpec
from engine.subset.spec import Roots, Subset
from engine.synthesis.structure import Goes, Link, Owned, Structure
from tests.shop import HERE, Plain

KEY = MaskingKey("test", b"k" * 32)
PERSON, ORDER, LINE, KIND = map(TableName, ("Person", "odd order", "line", "kind"))
LEARNED = {PERSON: ["name", "born"], ORDER: ["total", "day"], LINE: ["amount"]}
"""And `line.kind`, as the key of a public table."""
EVERYWHERE = pytest.mark.parametrize("new_database", HERE, indirect=True)
TABLES = """
create table kind (code varchar(5) not null primary key);
create table "Person" (id integer not null primary key, name varchar(20), born date, secret varchar(20));
create table "odd order" (person integer, number varchar(9) not null, total decimal(8,2), day date,
  primary key (number), unique (person, number), foreign key (person) references "Person" (id));
create table line (id integer not null primary key, person integer, number varchar(9), amount integer, kind varchar(5),
  foreign key (person, number) references "odd order" (person, number), foreign key (kind) references kind (code));
insert into kind values ('a'), ('b');
insert into "Person" values (3, 'c', '1990-01-01', 's'), (1, 'a', null, 's'), (2, null, '1985-05-05', 's'),
  (9, 'no orders', null, 's');
insert into "odd order" values (1, 'x2', 5.50, '2020-01-02'), (1, 'x1', 7, '2020-01-03'), (2, 'x3', 1, '2019-01-01'),
  (null, 'nobody''s', 3, null), (77, 'orphan', 4, null), (1, 'x9', 9, '2020-01-02');
insert into line values (10, 1, 'x1', 1, 'a'), (11, 2, 'x3', 2, null), (12, 1, 'x2', 3, 'b'), (13, 1, null, 4, 'a'),
  (14, 1, 'x3', 5, 'a'),
  (15, 77, 'orphan', 6, 'a'), (16, 1, 'x1', 7, 'b');
"""


def plan(holdout: float = 0.0, roots: tuple[Roots, ...] = ()) -> Plan:
    def rules(table: TableName) -> tuple[Rule, ...]:
        learned = (Rule((name,), None, learn=Learn(How.PAID)) for name in LEARNED[table])
        return (*learned, Rule(("id",), None, learn=Learn(How.KEY)))

    tables = {table: TablePlan(Treatment.SYNTHESIZE, rules(table)) for table in LEARNED}
    privacy = PrivacySpec("people", PERSON, 1.0, 1e-6, holdout=holdout)
    return Plan("t", "t", tables, subset=Subset(roots) if roots else None, privacy=privacy)


def structure(schema: Schema, most: int | None = None) -> Structure:
    def key(table: TableName, parent: TableName) -> ForeignKey:
        return next(key for key in schema.table(table).foreign_keys if key.parent == parent)

    order = Owned(ORDER, key(ORDER, PERSON), 0, order="day", most=most)
    line = Owned(LINE, key(LINE, ORDER), 1, (Link(key(LINE, KIND), Goes.PUBLIC),))
    return Structure(PrivacyUnit(PERSON, ("id",)), (Owned(PERSON, None, None), order, line), (KIND,))


@contextmanager
def opened(url: str) -> Iterator[tuple[Schema, Snapshot]]:
    with open_database(url) as database:
        schema = database.describe()
        with database.snapshot() as snapshot:
            yield schema, snapshot


def read(url: str, asked: Plan, *, most: int | None = None, holdout: bool = False) -> Entities:
    with opened(url) as (schema, snapshot):
        return read_entities(snapshot, schema, structure(schema, most), asked, KEY, holdout=holdout)


def told(entities: Entities) -> dict[str | None, list[tuple[float, list[tuple[int, str | None]]]]]:
    """Name -> totals of the orders, each with amounts and kinds of its lines."""
    persons, orders, lines = entities.tables
    found: dict[str | None, list[tuple[float, list[tuple[int, str | None]]]]] = {}
    for person, name in enumerate(persons.columns["name"].to_pylist()):
        found[name] = []
        for order in np.flatnonzero(orders.parent == person):
            below = lines.columns.take(np.flatnonzero(lines.parent == order)).to_pylist()
            total = float(orders.columns["total"][int(order)].as_py())
            found[name].append((total, [(row["amount"], row["kind"]) for row in below]))
    return found


def people(url: str, number: int) -> None:
    """So many persons, the nth with n % 7 orders."""
    shop = Plain(url)
    rows = [f"({n}, 'p{n}', null, null)" for n in range(number)]
    orders = [f"({n}, '{n}-{k}', {k}, null)" for n in range(number) for k in range(n % 7)]
    shop.run(TABLES.split("insert into kind")[0])
    shop.run(f'insert into "Person" values {", ".join(rows)};\n insert into "odd order" values {", ".join(orders)};\n')


@EVERYWHERE
def test_every_row_comes_with_its_owner_in_the_order_of_time_and_rows_of_nobody_do_not(
    new_database: Callable[..., str],
) -> None:
    url = new_database()
    Plain(url).run(TABLES)
    entities = read(url, plan())
    assert told(entities) == {
        "a": [(5.5, [(3, "b")]), (9.0, []), (7.0, [(1, "a"), (7, "b")])],
        None: [(1.0, [(2, None)])],
        "c": [],
        "no orders": [],
    }
    for rows in entities.tables:
        assert (np.diff(rows.parent) >= 0).all()
        assert (np.diff(rows.entity) >= 0).all()
    assert [rows.columns.column_names for rows in entities.tables] == [
        ["name", "born"],
        ["total", "day"],
        ["amount", "kind"],
    ]


@EVERYWHERE
def test_a_subset_is_the_entities_of_its_conditions_and_keys_each_once(new_database: Callable[..., str]) -> None:
    url = new_database()
    Plain(url).run(TABLES)
    where = Roots(PERSON, where="id <= 2")
    keys = Roots(PERSON, keys=(("2",), ("9",), ("12345",)))
    assert set(told(read(url, plan(roots=(where,))))) == {"a", None}
    assert set(told(read(url, plan(roots=(where, keys))))) == {"a", None, "no orders"}
    assert read(url, plan(roots=(where, keys))).size == 3


def test_training_and_held_out_entities_are_all_of_them_and_each_coin_is_its_own(
    new_sqlite: Callable[..., str],
) -> None:
    url = new_sqlite()
    people(url, 1000)
    asked = plan(holdout=0.15)
    training, held = told(read(url, asked)), told(read(url, asked, holdout=True))
    assert training.keys().isdisjoint(held)
    assert len(training) + len(held) == 1000
    assert 100 < len(held) < 200
    assert all(len(orders) == int(name[1:]) % 7 for name, orders in (training | held).items() if name)
    gone = "p500"
    Plain(url).run('delete from "odd order" where person = 500;\n delete from "Person" where id = 500;\n')
    assert set(told(read(url, asked, holdout=True))) == held.keys() - {gone}
    other = MaskingKey("other", b"o" * 32)
    with opened(url) as (schema, snapshot):
        again = read_entities(snapshot, schema, structure(schema), asked, other, holdout=True)
    assert set(told(again)) != held.keys()


def test_entities_that_only_an_index_takes_for_one_are_two_and_rows_without_a_key_are_nobody(
    new_sqlite: Callable[..., str],
) -> None:
    """SQLite lets a primary key be NULL, and compares it by another collation than an index of it."""
    url = new_sqlite()
    Plain(url).run("""
create table "Person" (id text primary key, name text, born text);
create unique index person_by_id on "Person" (id collate nocase, name);
create table kind (code text not null primary key);
create table "odd order" (number text primary key, person text references "Person" (id), total real, day text);
create table line (id integer not null primary key, number text references "odd order" (number), amount integer,
  kind text references kind (code));
insert into "Person" values ('a', 'small', null), ('A', 'large', null), (null, 'nobody', null), (null, 'no one', null);
insert into "odd order" values ('1', 'a', 1, null), ('2', 'A', 2, null), ('3', 'A', 3, null);
""")
    assert told(read(url, plan())) == {"small": [(1.0, [])], "large": [(2.0, []), (3.0, [])]}


def test_no_parent_has_more_rows_than_its_bound_and_every_choice_of_them_occurs(new_sqlite: Callable[..., str]) -> None:
    url = new_sqlite()
    people(url, 350)
    entities = read(url, plan(), most=3)
    assert entities.counts(1).tolist() == [min(n % 7, 3) for n in range(350)]
    totals = np.array([float(total) for total in entities.tables[1].columns["total"].to_pylist()])
    of_six = totals[(entities.tables[1].parent % 7) == 6]
    assert set(np.bincount(of_six.astype(int), minlength=6)) <= set(range(8, 45))
    assert (np.bincount(of_six.astype(int), minlength=6) > 0).all()


def test_an_empty_database_has_no_entities_and_the_columns_all_the_same(new_sqlite: Callable[..., str]) -> None:
    url = new_sqlite()
    Plain(url).run(TABLES.split("insert into kind")[0])
    entities = read(url, plan())
    assert entities.size == 0
    assert [len(rows.parent) for rows in entities.tables] == [0, 0, 0]
    assert entities.tables[1].columns.column_names == ["total", "day"]
