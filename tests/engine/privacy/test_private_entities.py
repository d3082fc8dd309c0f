"""What may be asked of values before there is a codebook: categories, numbers, bounds, the number of entities."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from engine.privacy.budget import OverBudget
from engine.privacy.entities import ColumnPlace
from engine.privacy.events import Event, GaussianQuery, LaplaceQuery
from tests.engine.privacy.people import persons, private

RNG = np.random.default_rng(5)
NAME = ColumnPlace(0, "x")


def test_categories_that_many_hold_are_named_in_the_order_of_their_counts_and_null_apart() -> None:
    held = ["a"] * 900 + ["b"] * 2000 + [None] * 500 + [f"one {n}" for n in range(300)]
    asked = private(persons({"x": pa.array(held)}), 20.0)
    named = asked.categories([NAME], asked.rho(0.1), 1e-7)[NAME]
    assert [value for value, _ in named] == [None, "b", "a"]
    assert [count for _, count in named] == pytest.approx([500, 2000, 900], abs=60)
    (event,) = asked.events
    assert isinstance(event, GaussianQuery)
    assert event.delta == 1e-7
    assert not any(value in event.what for value in ("a ", "b "))


def test_null_is_counted_where_there_is_none() -> None:
    asked = private(persons({"x": pa.array(["a"] * 10)}), 1.0)
    assert [value for value, _ in asked.categories([NAME], asked.rho(0.1), 1e-7)[NAME]] == [None]


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (pa.array(RNG.integers(17, 9100, 5000)), 17, 9100),
        (pa.array(RNG.uniform(-600, -400, 5000)), -600, -400),
        (pa.array([Decimal(int(v)).scaleb(-2) for v in RNG.integers(1000, 99999, 5000)], pa.decimal128(10, 2)), 10, 1000),
        (pa.array([str(v) for v in RNG.integers(1000, 99999, 5000)] + ["NaN", "x", "1e"]), 1000, 99999),
        (pa.array([dt.date(2011, 1, 1) + dt.timedelta(int(d)) for d in RNG.integers(0, 900, 5000)]), 14975, 15875),
        (pa.array(1_300_000_000_000_000 + RNG.integers(0, 10**13, 5000), pa.timestamp("us")), 1.3e15, 1.31e15),
        (pa.array(RNG.integers(8 * 3600, 17 * 3600, 5000) * 10**6, pa.duration("us")), 8 * 3600e6, 17 * 3600e6),
    ],
)  # fmt: skip
def test_a_range_that_is_paid_for_is_close_to_that_of_the_values(values: pa.Array, low: float, high: float) -> None:
    asked = private(persons({"x": values}), 8.0)
    found = asked.numbers([(NAME, None)], asked.rho(0.3), 20)[NAME]
    slack = (high - low) / 8
    assert low - slack <= found.edges[0] <= low + slack
    assert high - slack <= found.edges[-1] <= high + slack
    assert (np.diff(found.edges) > 0).all()
    assert len(found.counts) == len(found.edges) - 1 <= 20
    assert found.counts.sum() + sum(count for _, count in found.spikes) == pytest.approx(5000, rel=0.1)


def test_of_a_short_range_of_whole_numbers_only_the_ends_and_null_are_asked() -> None:
    values = pa.array([*RNG.integers(17, 91, 5000).tolist(), *[None] * 700])
    asked = private(persons({"x": values}), 8.0)
    found = asked.numbers([(NAME, None)], asked.rho(0.3), 20)[NAME]
    assert found.edges.tolist() == [16, 128]
    assert found.counts == pytest.approx([5000], abs=150)
    assert found.null == pytest.approx(700, abs=100)
    assert found.spikes == ()


def test_what_questions_for_numbers_cost_is_no_answers_to_decide() -> None:
    wide, short = RNG.integers(0, 10**6, 3000), np.tile([20, 30, 40], 1000)
    charged = []
    for one, other in itertools.product((wide, short), repeat=2):
        asked = private(persons({"x": pa.array(one), "y": pa.array(other)}), 8.0)
        asked.numbers([(NAME, None), (ColumnPlace(0, "y"), None)], asked.rho(0.3), 20)
        charged.append(asked.events)
    assert len(set(charged)) == 1


def test_single_values_that_many_hold_are_spikes_and_in_no_bin() -> None:
    values = np.concatenate([np.zeros(8000), np.full(600, 15024), RNG.integers(1, 100_000, 1400)])
    asked = private(persons({"x": pa.array(values.astype(np.int64))}), 8.0)
    found = asked.numbers([(NAME, None)], asked.rho(0.2), 16)[NAME]
    assert [value for value, _ in found.spikes] == [0, 15024]
    assert [count for _, count in found.spikes] == pytest.approx([8000, 600], abs=100)
    assert found.counts.sum() == pytest.approx(1400, abs=400)


def test_edges_that_are_given_stay_and_one_value_for_each_cell_is_asked_once() -> None:
    asked = private(persons({"x": pa.array(RNG.integers(0, 10, 3000))}), 4.0)
    found = asked.numbers([(NAME, np.arange(11.0))], asked.rho(0.2), 16)[NAME]
    assert found.edges.tolist() == list(range(11))
    assert found.counts == pytest.approx([300] * 10, abs=120)
    assert found.spikes == ()
    assert len(asked.events) == 1


def test_values_outside_given_edges_count_in_the_outer_bins_and_missing_ones_apart() -> None:
    asked = private(persons({"x": pa.array([-5.0, 0.5, 1.5, 99.0, None, float("nan"), float("inf")])}))
    found = asked.numbers([(NAME, np.array([0.0, 1.0, 2.0]))], asked.rho(0.2), 2)[NAME]
    assert found.counts.tolist() == [2, 3]
    assert found.null == 2


def test_without_a_promise_bins_are_of_equal_mass_and_nothing_is_lost() -> None:
    values = RNG.lognormal(3, 2, 4000)
    found = private(persons({"x": pa.array(values)})).numbers([(NAME, None)], np.inf, 16)[NAME]
    assert found.counts.sum() == 4000
    assert found.edges[0] <= values.min()
    assert found.edges[-1] >= values.max()
    assert found.counts.max() < 4 * 4000 / 16


@pytest.mark.parametrize("values", [pa.array([], pa.int64()), pa.nulls(50, pa.float64()), pa.array([], pa.string())])
def test_a_column_without_values_has_a_domain_all_the_same(values: pa.Array) -> None:
    for epsilon in (1.0, float("inf")):
        asked = private(persons({"x": values}), epsilon)
        found = asked.numbers([(NAME, None)], asked.rho(0.1), 8)[NAME]
        assert len(found.edges) == len(found.counts) + 1 >= 2
        assert asked.categories([NAME], asked.rho(0.1), 1e-7)[NAME][0][0] is None


def test_one_row_of_each_entity_counts_however_many_it_has() -> None:
    parent = np.append(np.zeros(5000, np.int64), np.arange(1, 101))
    visits = {"why": pa.array(["many"] * 5000 + ["one"] * 100)}
    asked = private(persons({"x": pa.array(np.zeros(101))}, visits, parent), 1e6)
    why = ColumnPlace(1, "why")
    found = dict(asked.categories([why], asked.rho(0.5), 1e-7)[why])
    assert set(found) == {None, "one"}
    assert found["one"] == pytest.approx(100, abs=2)


def test_without_a_promise_every_row_counts() -> None:
    visits = {"why": pa.array(["many"] * 5 + ["one"])}
    asked = private(persons({"x": pa.array([1, 2])}, visits, np.array([0] * 5 + [1])))
    why = ColumnPlace(1, "why")
    assert asked.categories([why], np.inf, 0.0)[why] == [(None, 0.0), ("many", 5.0), ("one", 1.0)]


def test_a_bound_is_near_the_99_percent_quantile_and_holds_from_then_on() -> None:
    counts = RNG.poisson(6, 4000)
    counts[:3] = 900
    parent = np.repeat(np.arange(4000), counts)
    visits = {"why": pa.array(np.ones(len(parent)))}
    asked = private(persons({"x": pa.array(np.zeros(4000))}, visits, parent), 4.0)
    bound = asked.children([1], asked.rho(0.05))[1]
    assert np.quantile(counts, 0.95) <= bound <= 20
    assert np.bincount(asked._entities.tables[1].parent).max() <= bound
    again = asked.children([1], asked.rho(0.05))[1]
    assert again <= bound + 3


def test_without_a_promise_no_row_is_cut() -> None:
    parent = np.repeat([0, 1], [7, 40])
    asked = private(persons({"x": pa.array([1, 2])}, {"y": pa.array(np.ones(47))}, parent))
    assert asked.children([1], np.inf)[1] >= 40


def test_the_number_of_entities_is_noisy_and_is_the_population_from_then_on() -> None:
    asked = private(persons({"x": pa.array(np.zeros(5000))}), 2.0)
    with pytest.raises(ValueError, match="neither declared nor paid for"):
        _ = asked.population
    counted = asked.count(0.05)
    assert counted == pytest.approx(5000, abs=300)
    assert asked.population == counted


def test_the_number_of_entities_costs_a_pure_epsilon_because_it_sets_later_rates() -> None:
    asked = private(persons({"x": pa.array(np.zeros(50))}), 2.0)
    asked.count(0.05)
    assert asked.events == (LaplaceQuery("the number of entities", 0.1),)


def test_what_numbers_cost_does_not_say_whether_any_value_could_be_named() -> None:
    """Whether a column has a bin for each value may follow from earlier answers."""
    deltas: list[float] = []
    for edges in (np.arange(4.0), None):
        asked = private(persons({"x": pa.array([0, 1, 2])}), 2.0)
        asked.numbers([(NAME, edges)], asked.rho(0.1), 8, 1e-8)
        deltas.append(sum(_delta(event) for event in asked.events))
    assert deltas == [1e-8, 1e-8]


def _delta(event: Event) -> float:
    return event.delta if isinstance(event, GaussianQuery) else 0.0


def test_a_question_that_is_refused_leaves_no_event() -> None:
    asked = private(persons({"x": pa.array([1, 2])}), 1.0)
    with pytest.raises(OverBudget):
        asked.numbers([(NAME, None)], asked.rho(30.0), 8)
    assert asked.events == ()
