"""What a plan selects, put together: roots and what they own, whole tables, coverage, and the report of it all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.jobs.control import Cancelled, Control
from engine.plan import Treatment
from engine.subset.report import said
from engine.subset.selecting import select
from engine.subset.selection import Brought
from engine.subset.spec import Coverage, Roots, Subset
from tests.engine.subset.closing import KEY
from tests.engine.subset.shop import CUSTOMER, GROUP, LINE, NOTE, ORDER, PRODUCT, build, opened, plan, selected, values


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("select") / "shop.db")


def test_a_root_brings_what_it_owns_and_all_that_this_refers_to(shop, tmp_path):
    with selected(shop, tmp_path, Subset((Roots(CUSTOMER, keys=(("5",),)),))) as (selection, snapshot):
        assert values(selection, snapshot, CUSTOMER, "id") == [(5,)]
        assert values(selection, snapshot, ORDER, "customer", "number") == [(5, n) for n in (1, 2, 3, 4)]
        assert {number for number, _ in values(selection, snapshot, LINE, "customer", "id")} == {5}
        assert values(selection, snapshot, PRODUCT, "code") == [(f"p{n:03d}",) for n in (37, 38, 39, 40, 41)]
        assert selection.tables[GROUP].rows == 5
        assert selection.tables[NOTE].rows == 0


def test_the_report_says_of_each_table_where_its_rows_come_from(shop, tmp_path):
    with selected(shop, tmp_path, Subset((Roots(CUSTOMER, rows=6),), whole=(GROUP,))) as (selection, _):
        report = selection.report
    tables = {table.table: table for table in report.tables}
    order = [table.table for table in report.tables]
    assert order.index(GROUP) < order.index(PRODUCT) < order.index(LINE)
    assert (tables[CUSTOMER].selected.direct, tables[CUSTOMER].source_rows) == (6, 60)
    assert (tables[LINE].selected.downstream, tables[LINE].selected.upstream) == (48, 0)
    assert tables[PRODUCT].selected.upstream == tables[PRODUCT].selected.rows > 0
    assert (tables[GROUP].selected.whole, tables[GROUP].selected.rows) == (True, 5)
    assert report.brought[0] == tables[LINE].brought_by == Brought(LINE, report.brought[0].key, True, 48)
    assert report.empty == (NOTE,)
    assert json.loads(json.dumps(said(report)))["rows"] == report.rows == sum(t.selected.rows for t in report.tables)


def test_a_table_that_the_plan_empties_is_not_followed(shop, tmp_path):
    subset = Subset((Roots(CUSTOMER, rows=6),))
    with selected(shop, tmp_path, subset, line=Treatment.EMPTY) as (selection, _):
        assert selection.tables[ORDER].rows == 24
        assert selection.tables[LINE].rows == selection.tables[PRODUCT].rows == 0


def test_coverage_adds_rows_that_own_nothing_and_what_they_refer_to(shop, tmp_path):
    subset = Subset((Roots(CUSTOMER, keys=(("3",),)),), coverage=(Coverage(CUSTOMER, ("country",), times=2),))
    with selected(shop, tmp_path, subset) as (selection, snapshot):
        countries = [country for _, country in values(selection, snapshot, CUSTOMER, "id", "country")]
        assert sorted(countries) == ["DE", "DE", "FR", "FR", "IT", "IT"]
        assert {number for number, _ in values(selection, snapshot, ORDER, "customer", "number")} == {3}
        (covered,) = selection.report.coverage
        assert (covered.values, covered.before, covered.added, covered.reached) == (3, 0, 5, 3)
        assert selection.tables[CUSTOMER].direct == 6


def test_a_goal_over_a_whole_table_adds_nothing(shop, tmp_path):
    subset = Subset(whole=(PRODUCT,), coverage=(Coverage(PRODUCT, ("colour", "size"), times=3, pairs=True),))
    with selected(shop, tmp_path, subset) as (selection, _):
        assert selection.report.coverage[0].added == 0
        assert selection.report.coverage[0].before == selection.report.coverage[0].values == 19


def test_a_row_says_why_it_is_here(shop, tmp_path):
    with selected(shop, tmp_path, Subset((Roots(CUSTOMER, keys=(("5",),)),))) as (selection, _):
        links = selection.chain(GROUP, selection.ids(GROUP, 0, 1))
    assert [link.table for link in links] == [GROUP, PRODUCT, LINE, ORDER, CUSTOMER]
    assert links[-1].reason == "root"


def test_the_same_seed_selects_the_same_rows_and_another_one_others(shop, tmp_path):
    taken = []
    for seed in (1, 1, 2):
        with selected(shop, tmp_path, Subset((Roots(CUSTOMER, percent=10),), seed=seed)) as (selection, snapshot):
            taken.append(values(selection, snapshot, CUSTOMER, "id"))
    assert taken[0] == taken[1] != taken[2]
    assert [len(ids) for ids in taken] == [6, 6, 6]


def test_nothing_is_left_of_a_selection_that_was_cancelled_or_closed(shop, tmp_path):
    control = Control()
    with opened(shop) as (schema, snapshot):
        subset = Subset((Roots(CUSTOMER),))
        select(plan(schema, subset), schema, snapshot, KEY, tmp_path).close()
        control.cancel()
        with pytest.raises(Cancelled):
            select(plan(schema, subset), schema, snapshot, KEY, tmp_path, control=control)
    assert [path.name for path in tmp_path.iterdir()] == ["sizes.json"]
