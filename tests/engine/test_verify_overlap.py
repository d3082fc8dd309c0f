"""What is chance and what is a leak."""

from __future__ import annotations

import math

import numpy as np
import pytest

from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.masking.base import Masker, Properties, Subject
from engine.record import Masked
from engine.sketches import SketchBuilder
from engine.verify_overlap import exposure, poisson_upper

SUBJECT = Subject(TableName("t"), Column("c", "integer", Kind.INTEGER))


class Never(Masker):
    name = "never"
    title = ""
    properties = Properties(overlap="none")


class OfThousand(Masker):
    name = "of_thousand"
    title = ""

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float:
        return distinct_source * distinct_target / 1000


@pytest.mark.parametrize("mean", [0.0001, 0.5, 3.0, 40.0, 900.0])
def test_the_allowance_is_the_exact_quantile_or_one_more(mean) -> None:  # type: ignore[no-untyped-def]
    allowed = poisson_upper(mean, 1e-6)
    assert _tail(mean, allowed) <= 1e-6
    assert _tail(mean, allowed - 2) > 1e-6


def test_the_allowance_of_a_large_mean_lies_a_few_deviations_above_it() -> None:
    assert 1e6 + 6 * 1e3 < poisson_upper(1e6) < 1e6 + 7 * 1e3


def test_one_shared_value_is_a_leak_where_none_may_be() -> None:
    assert exposure(Never(), SUBJECT, _masked(range(100)), _sketch(range(100, 200))).excess == 0
    leak = exposure(Never(), SUBJECT, _masked(range(100)), _sketch(range(99, 200)))
    assert (leak.found, leak.expected, leak.excess) == (1, 0.0, 1)


def test_chance_hits_in_a_small_domain_are_no_leak_and_a_column_left_as_it_was_is_one() -> None:
    values = np.random.default_rng(1).permutation(1000)
    source, chance = values[:300], np.random.default_rng(2).permutation(1000)[:300]
    assert exposure(OfThousand(), SUBJECT, _masked(source), _sketch(chance)).excess == 0
    assert exposure(OfThousand(), SUBJECT, _masked(source), _sketch(source)).excess > 50


def test_values_masked_to_themselves_are_a_leak_even_where_every_value_is_on_the_list() -> None:
    everything = range(1000)
    assert exposure(OfThousand(), SUBJECT, _masked(everything), _sketch(everything)).excess == 0
    unchanged = _masked(range(900), unchanged=range(900))
    assert exposure(OfThousand(), SUBJECT, unchanged, _sketch(range(900))).excess > 800


def _tail(mean: float, k: int) -> float:
    return sum(math.exp(i * math.log(mean) - mean - math.lgamma(i + 1)) for i in range(max(k, -1) + 1, int(mean) + 400))


def _masked(values, unchanged=()) -> Masked:  # type: ignore[no-untyped-def]
    return Masked(_sketch(values), _sketch(unchanged), len(values), len(unchanged))


def _sketch(values):  # type: ignore[no-untyped-def]
    builder = SketchBuilder()
    builder.add(np.array([value * 0x9E3779B97F4A7C15 % (1 << 64) for value in map(int, values)], np.uint64))
    return builder.sketch()
