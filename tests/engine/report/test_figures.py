"""Figures: what they are worked out of, what they hold, and what those for release do not hold."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.schema import ForeignKey, Schema
from engine.assessment.view import Carries, Feature, FeatureKind, Made
from engine.plan import Plan, TablePlan, Treatment
from engine.report.figures import Figures, figures_of, figures_read
from engine.report.heat import cramers_v, heat_map
from engine.report.lineage import lineage_of
from engine.report.shares import distribution
from tests.assessing import comparison_of, table_of, view_of
from tests.engine.report.made import CANARY, TOLD, comparison

AGE = Feature("age", FeatureKind.NUMBER, Carries.LEARNED, TableName("person"), "age")


@pytest.fixture(scope="module")
def whole():
    return comparison()


def test_figures_are_the_same_by_way_of_json(whole):
    for figures in (figures_of(whole), figures_of(whole, releasable=True), Figures()):
        assert figures_read(json.loads(json.dumps(figures.to_json(), allow_nan=False))) == figures


def test_figures_for_release_hold_nothing_of_the_source(whole):
    figures = figures_of(whole, releasable=True)
    assert CANARY not in json.dumps(figures.to_json())
    assert TOLD in json.dumps(figures.to_json())
    drawn = (*figures.distributions, *figures.heat_maps, *figures.cardinalities)
    assert drawn
    assert all(each.source is None for each in drawn)


def test_figures_for_release_are_the_same_whatever_the_source_is(whole):
    other = replace(whole, known=whole.target, views=tuple(replace(view, known=view.target) for view in whole.views))
    assert figures_of(other, releasable=True) == figures_of(whole, releasable=True)


def test_rows_of_people_are_in_no_figure_for_release():
    figures = figures_of(comparison(Made.MASKED), releasable=True)
    assert (figures.distributions, figures.heat_maps, figures.cardinalities) == ((), (), ())
    assert figures.lineage.nodes


def test_a_replaced_column_is_not_drawn(whole):
    assert "name" not in {drawn.column for drawn in figures_of(whole).distributions}
    assert "name" not in figures_of(whole).heat_maps[0].names


def test_what_is_least_alike_comes_first(whole):
    distances = [drawn.distance for drawn in figures_of(whole).distributions]
    assert distances == sorted(distances, reverse=True)
    assert figures_of(whole).distributions[0].column == "city"


def test_bars_worked_by_hand():
    source, target = np.array([1.0, 1, 2, 3]), np.array([1.0, 3, 3, np.nan])
    drawn = distribution("person", AGE, source, target)
    assert drawn.labels == ("1", "2", "3", "no value")
    assert (drawn.source, drawn.target) == ((0.5, 0.25, 0.25, 0.0), (0.25, 0.0, 0.5, 0.25))
    assert drawn.distance == 0.5


def test_children_worked_by_hand():
    key = ForeignKey("of", ("person_id",), TableName("person"), ("id",))
    person, visit = pa.table({"id": [1, 2, 3, 4]}), pa.table({"person_id": [1, 1, 2, None]})
    schema = Schema("sqlite", "main", (table_of("person", person, ("id",)), table_of("visit", visit, (), (key,))))
    drawn = figures_of(comparison_of(schema, {"person": person, "visit": visit}, {"person": person, "visit": visit}))
    assert drawn.cardinalities[0].labels == ("0", "1", "2")
    assert drawn.cardinalities[0].source == (0.5, 0.25, 0.25)


def test_cramers_v_worked_by_hand():
    # [[10, 0], [0, 10]]: phi^2 = 1; corrected 1 - 1/19 = 18/19; each side 2 - 1/19, less 1: 18/19. So 1.
    same = np.repeat([0, 1], 10)
    assert cramers_v(same, same) == pytest.approx(1.0)
    # [[8, 2], [2, 8]]: chi^2 = 20 * 0.6^2 = 7.2, phi^2 = 0.36; corrected 0.36 - 1/19; by 18/19.
    other = np.array([0] * 8 + [1] * 2 + [0] * 2 + [1] * 8)
    assert cramers_v(same, other) == pytest.approx(np.sqrt((0.36 - 1 / 19) / (18 / 19)))
    assert cramers_v(same, np.zeros(20, np.int64)) == 0.0


number = st.one_of(
    st.floats(allow_infinity=False, width=64), st.just(float("nan")), st.sampled_from([0.0, 1e300, -1e300, 1e-300])
)


@given(
    st.lists(number, max_size=30),
    st.lists(number, max_size=30),
    st.sampled_from([FeatureKind.NUMBER, FeatureKind.TIME]),
)
@settings(max_examples=60)
def test_any_numbers_make_shares_that_are_whole(source, target, kind):
    drawn = distribution("t", replace(AGE, kind=kind), np.array(source, float), np.array(target, float))
    for shares, values in ((drawn.source, source), (drawn.target, target)):
        assert len(shares) == len(drawn.labels) <= 12
        assert sum(shares) == pytest.approx(1.0 if values else 0.0)
    json.dumps(drawn.labels, allow_nan=False)


@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=30), st.lists(st.text(max_size=3), max_size=30))
@settings(max_examples=40)
def test_any_texts_make_shares_that_are_whole(source, target):
    view = view_of(pa.table({"x": pa.array(source, pa.string())}), pa.table({"x": pa.array(target, pa.string())}))
    drawn = distribution("t", view.features[0], view.known.columns[0], view.target.columns[0])
    assert len(drawn.labels) <= 12
    assert max(map(len, drawn.labels), default=0) <= 40
    assert sum(drawn.source) == pytest.approx(1.0 if source else 0.0)


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_few_rows_make_no_heat_map_and_no_mistake(rows):
    few = comparison(rows=rows)
    assert figures_of(few).heat_maps == ()
    figures_of(few, releasable=True)
    assert heat_map(few.views[0]) is None


def test_a_cycle_and_a_table_that_refers_to_itself_have_their_places():
    def key(name: str, parent: str) -> ForeignKey:
        return ForeignKey(name, ("id",), TableName(parent), ("id",))

    rows = pa.table({"id": [1]})
    tables = (
        table_of("a", rows, ("id",), (key("ab", "b"),)), table_of("b", rows, ("id",), (key("ba", "a"), key("bb", "b"))),
        table_of("c", rows, ("id",), (key("ca", "a"),)),
    )  # fmt: skip
    made = comparison_of(Schema("sqlite", "main", tables), *(dict.fromkeys("abc", rows),) * 2)
    graph = lineage_of(replace(made, plan=Plan("p", "k", {TableName("gone"): TablePlan(Treatment.DROP)})))
    nodes = {node.table: node for node in graph.nodes}
    assert nodes["c"].layer > nodes["a"].layer
    assert nodes["b"].itself
    assert nodes["gone"].treatment == "drop"
    assert set(graph.edges) == {("a", "b"), ("b", "a"), ("c", "a")}
    assert len({(node.layer, node.row) for node in graph.nodes}) == 4
