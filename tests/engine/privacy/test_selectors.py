"""One entity's own values come through as seldom as delta says, and nothing that is published tells whether it was there.

The counts here are small; `python -m tests.bench.synthesis.selectors` does the full ones.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from engine.privacy.entities import ColumnPlace, Entities
from engine.privacy.mechanisms import noisy_counts, selection_threshold
from tests.engine.privacy.canary import counted, people, told_apart
from tests.engine.privacy.people import persons, private

DELTA = 1e-2


@pytest.mark.parametrize(("cells", "scale"), [(1, 3.0), (5, 12.0), (15, 40.0)])
def test_one_of_the_values_that_one_entity_alone_holds_comes_through_no_more_often_than_delta(
    cells: int, scale: float
) -> None:
    runs = 10_000
    threshold = selection_threshold(scale, DELTA, cells)
    through = (noisy_counts(np.ones((runs, cells), np.int64), scale) >= threshold).any(axis=1).sum()
    assert stats.binom.sf(through - 1, runs, DELTA) > 1e-5
    # And the threshold is no higher than it has to be: two counts above the continuous one at most.
    assert through > runs * DELTA / 4


def test_a_lower_threshold_is_caught() -> None:
    """The same count, on a selector that forgets that an entity holds a value in each of 15 columns."""
    runs, cells, scale = 10_000, 15, 40.0
    threshold = selection_threshold(scale, DELTA, 1)
    through = (noisy_counts(np.ones((runs, cells), np.int64), scale) >= threshold).any(axis=1).sum()
    assert stats.binom.sf(through - 1, runs, DELTA) < 1e-9


def test_values_of_single_entities_in_a_whole_column_come_through_as_seldom_as_delta_says() -> None:
    """A column of 5,000 values that one entity each holds: as many runs of the selector as it has values."""
    held = pa.array([f"v{n}" for n in range(5000)])
    found = 0
    for _ in range(4):
        asked = private(persons({"x": held}), 4.0, delta=0.03)
        found += len(asked.categories([ColumnPlace(0, "x")], asked.rho(0.1), DELTA)[ColumnPlace(0, "x")]) - 1
    assert stats.binom.sf(found - 1, 20_000, DELTA) > 1e-5
    assert found > 20_000 * DELTA / 4


def test_numbers_of_single_entities_come_through_as_seldom() -> None:
    found = 0
    for _ in range(4):
        asked = private(persons({"x": pa.array(np.arange(5000.0) ** 2)}), 4.0, delta=0.03)
        domain = asked.numbers([(ColumnPlace(0, "x"), None)], asked.rho(0.1), 5000, DELTA)[ColumnPlace(0, "x")]
        found += len(domain.spikes)
    assert stats.binom.sf(found - 1, 20_000, DELTA) > 1e-5


def test_nothing_that_is_published_tells_whether_an_odd_entity_was_there() -> None:
    runs = 120
    with_it, without = counted(runs, people(40, True)), counted(runs, people(40, False))
    assert told_apart(with_it, without, runs) == []
    # A comparison of constants would find nothing wrong with anything.
    assert sum(0 < count < runs for count in with_it.values()) >= 3


def test_raw_categories_are_told_apart() -> None:
    """The same comparison, on metadata that are read off the data."""

    def raw(entities: Entities) -> list[Hashable]:
        return list(set(entities.tables[0].columns["job"].to_pylist()))

    runs = 120
    with_it, without = counted(runs, people(40, True), raw), counted(runs, people(40, False), raw)
    assert told_apart(with_it, without, runs) == ["astronaut"]


def test_the_population_and_every_event_are_the_same_with_and_without_one_entity() -> None:
    seen = []
    for canary in (True, False):
        asked = private(people(300, canary), 1.0, population=300)
        rho = asked.rho(0.05)
        asked.children([1], rho)
        asked.categories([ColumnPlace(0, "job"), ColumnPlace(1, "why")], rho, 1e-7)
        asked.numbers([(ColumnPlace(0, "age"), None)], rho, 8)
        seen.append((asked.population, asked.events))
    assert seen[0] == seen[1]
