"""Testers' queries on source and target: how far the answers are apart, and what a query cannot do."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from connectors.names import TableName
from connectors.schema import ForeignKey, Schema
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Quality, State
from engine.assessment.view import Carries
from engine.jobs.control import Cancelled, Control
from engine.quality.workload import Workload
from engine.quality.workload_error import Role, difference
from engine.quality.workload_sandbox import Refused, Sandbox
from engine.quality.workload_user import roles_of
from tests.assessing import comparison_of, table_of

KEY = ForeignKey("placed_by", ("customer",), TableName("Customer"), ("id",))
Rows = dict[str, pa.Table]


def shop(seed: int, customers: int = 600) -> Rows:
    """German customers pay 50 more."""
    rng = np.random.default_rng(seed)
    country = rng.choice(["qqDE", "qqUS", "qqFR"], customers, p=[0.5, 0.3, 0.2])
    owner = rng.integers(0, customers, 3 * customers)
    total = rng.gamma(2, 20, 3 * customers) + 50 * (country[owner] == "qqDE")
    days = pa.array(rng.integers(15_000, 16_000, 3 * customers), pa.int32()).cast(pa.date32())
    return {
        "Customer": pa.table({"id": np.arange(customers), "Country": country, "age": rng.integers(18, 90, customers)}),
        "Order": pa.table({"id": np.arange(3 * customers), "customer": owner, "total": total, "day": days}),
    }


def compared(known: Rows, target: Rows, control: Rows | None = None) -> Comparison:
    tables = (table_of("Customer", known["Customer"], ["id"]), table_of("Order", known["Order"], ["id"], [KEY]))
    return comparison_of(Schema("postgresql", "public", tables), known, target, control, root="Customer")


def measured(comparison: Comparison, *queries: str, seconds: float = 0.5) -> dict[str, Quality]:
    found = Workload(seconds=seconds).measure(comparison, "target", Context(queries=queries))
    assert "qq" not in json.dumps([each.to_json() for each in found], allow_nan=False), "a cell value is in a result"
    return {each.measure: each for each in found}


def test_a_copy_answers_every_query_as_the_source_does() -> None:
    known = shop(0)
    query = 'select Country, avg(total) from "Order" o join Customer c on c.id = o.customer group by 1'
    found = measured(compared(known, known), query)
    assert {figure.value for figure in found.values()} == {0.0}
    assert found["all"].facts["worst"] == 0


def test_shuffled_joins_are_as_wrong_as_the_floor_and_the_source_itself_is_the_ceiling() -> None:
    known, rng = shop(0), np.random.default_rng(9)
    target = known | {
        "Order": known["Order"].set_column(1, "customer", pa.array(rng.permutation(known["Order"]["customer"])))
    }
    joined = measured(compared(known, target, shop(1)))["join, average by group"]
    assert joined.value == pytest.approx(joined.floor, abs=0.05)
    assert joined.value is not None
    assert joined.ceiling is not None
    assert joined.ceiling < 0.1 < joined.value
    assert joined.facts["worst query"] == "average of Order.total by Customer.Country"


def test_every_kind_of_query_is_made() -> None:
    known = shop(0)
    names = pa.array([f"qq{n}" for n in np.random.default_rng(1).integers(0, 40, 600)])
    known = known | {
        "Customer": known["Customer"].append_column("town", names).append_column("pay", known["Customer"]["age"])
    }
    assert set(measured(compared(known, known))) == {
        "all", "count by group", "count by two groups", "average by group", "join, count by group", "join, average by group",
        "percentiles", "range", "range of two numbers", "top ten", "count distinct", "count by date",
    }  # fmt: skip


def test_errors_worked_by_hand() -> None:
    key, share, mean, value, weight = Role.KEY, Role.SHARE, Role.MEAN, Role.VALUE, Role.WEIGHT
    known = pa.table({"g": ["a", "b"], "n": [30, 10]})
    # Shares .75 and .25 against .5, 0 and .5: half of .25 + .25 + .5.
    assert difference((key, share), known, pa.table({"g": ["a", "c"], "n": [2, 2]})) == pytest.approx(0.5)
    # Twice as many rows of the same shares are the same.
    assert difference((key, share), known, pa.table({"g": ["b", "a"], "n": [20, 60]})) == 0
    # 30 against 15 is half wrong, 10 against nothing is wrong.
    assert difference((key, value), known, pa.table({"g": ["a"], "n": [15]})) == pytest.approx(0.75)
    # Means off by 1 of a spread of 4, in groups of .8 and .2 of the rows; the second has none.
    one = pa.table({"g": ["a", "b"], "x": [5.0, 2.0], "w": [80, 20]})
    two = pa.table({"g": ["a", "b"], "x": [6.0, None], "w": [80, 20]})
    assert difference((key, mean, weight), one, two, scale=4) == pytest.approx(0.8 * 0.25 + 0.2)
    # Lists: one of two rows is on both.
    assert difference((key,), known.select(["g"]), pa.table({"g": ["b", "c"]})) == pytest.approx(0.5)
    # 6 of 60 rows against 2 of 10: .1 against .2.
    assert difference((share,), pa.table({"n": [6]}), pa.table({"n": [2]}), sizes=(60, 10)) == pytest.approx(0.5)
    assert difference((key, share), known.slice(0, 0), known.slice(0, 0)) is None
    assert difference((key, share), known, known.slice(0, 0)) == 1


@pytest.mark.parametrize(
    ("sql", "roles"),
    [
        ("select a, count(*) from t group by a", "key share"),
        ("select a b, sum(x), avg(x), count(distinct x) from t group by b", "key share value value"),
        ("select year(d), sum(x) / count(*) from t group by 1", "key value"),
        ("select count(*), max(x) from t", "share value"),
        ("select a, x from t where x > 3", "key key"),
        ("with g as (select a, count(*) n from t group by a) select a, n from g", "key share"),
    ],
)
def test_what_a_column_of_an_answer_is_is_read_from_the_query(sql: str, roles: str) -> None:
    types = {"key": pa.string(), "share": pa.int64(), "value": pa.float64()}
    answer = pa.schema([(f"c{at}", types[role]) for at, role in enumerate(roles.split())])
    assert roles_of(sql, answer) == tuple(map(Role, roles.split()))


@pytest.mark.parametrize(
    ("sql", "because"),
    [
        ("drop table Customer", "not one SELECT"),
        ("create table x as select * from Customer", "not one SELECT"),
        ("copy Customer to '/tmp/qqsecret.csv'", "not one SELECT"),
        ("attach '/tmp/qqsecret.db'", "not one SELECT"),
        ("set enable_external_access = true", "not one SELECT"),
        ("select 1; drop table Customer", "not one SELECT"),
        ("select * from read_csv('/etc/passwd')", "outside the compared tables"),
        ("select * from '/etc/passwd'", "not there"),
        ("select * from glob('/etc/qq*')", "outside the compared tables"),
        ("select qqsecret from Customer", "not there"),
        ("select Country::int from Customer", "failed"),
        ("selec qqsecret", "no SQL"),
        ("with recursive t as (select 1 a union all select a + 1 from t) select count(*) from t", "longer than"),
        ("select * from Customer a, Customer b", "more than"),
    ],
)
def test_a_query_that_would_do_harm_or_never_end_is_refused_in_one_sentence(sql: str, because: str) -> None:
    rows = shop(0, 160)
    figure = measured(compared(rows, rows), sql)["query 1"]
    assert figure.state is State.NOT_MEASURED
    assert because in figure.because
    assert figure.because.startswith("query 1 ")
    assert not Path("/tmp/qqsecret.csv").exists()


def test_a_variable_of_the_program_is_no_table() -> None:
    secret = pa.table({"a": [1]})
    with Sandbox({"t": secret}) as sandbox, pytest.raises(Refused, match="not there"):
        sandbox.ask("select * from secret", seconds=1, rows=10, control=Control())


@pytest.mark.parametrize("schema", ["temp", "system", "pg_catalog", "Main"])
def test_names_that_the_sandbox_keeps_for_itself_and_names_that_differ_in_case_alone_stop_nothing(schema: str) -> None:
    rows = pa.table({"a": [1], "A": [2], 'q"x': [3]})
    views = {
        TableName("select"): "t",
        TableName("SELECT"): "t",
        TableName("x", "Odd.Schema"): "t",
        TableName("y", "temp"): "t",
    }
    with Sandbox({"t": rows}, views, schema) as sandbox:
        sql = 'select s."q""x" from "select" s, "Odd.Schema".x'
        assert sandbox.ask(sql, seconds=5, rows=10, control=Control()).to_pylist() == [{'q"x': 3}]


def test_cancelling_stops_an_endless_query() -> None:
    control = Control()
    endless = "with recursive t as (select 1 a union all select a + 1 from t) select count(*) from t"
    with Sandbox({"t": pa.table({"a": [1]})}) as sandbox:
        threading.Timer(0.2, control.cancel).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            sandbox.ask(endless, seconds=60, rows=10, control=control)
    assert time.monotonic() - began < 10


def test_tables_are_found_with_and_without_their_schema_and_keys_that_were_not_read_join() -> None:
    known = shop(0)
    comparison = compared(known, known)
    unread = {TableName("Customer"): ["id"], TableName("Order"): ["id", "customer"]}
    sides = [
        replace(side, tables={name: rows.drop_columns(unread[name]) for name, rows in side.tables.items()})
        for side in (comparison.known, comparison.target)
    ]
    comparison = replace(comparison, known=sides[0], target=sides[1])
    query = 'select Country, count(*) from public.Customer c join public."Order" o on o.customer = c.id group by 1'
    figure = measured(comparison, query)["query 1"]
    assert (figure.value, figure.facts["rows of the answer, source"]) == (0, 3)


def test_made_up_columns_are_not_there() -> None:
    known = shop(0)
    comparison = compared(known, known)
    carries = dict(comparison.carries) | {(TableName("Customer"), "Country"): Carries.REPLACED}
    found = measured(replace(comparison, carries=carries), "select Country, count(*) from Customer group by 1")
    assert "made-up" in found["query 1"].because
    assert "join, count by group" not in found
