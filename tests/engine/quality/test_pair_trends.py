"""Correlation and contingency of pairs, by hand and beside SciPy; their mean over pairs that go together."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import pearsonr
from scipy.stats.contingency import association

from connectors.schema import Schema
from engine.assessment.context import Context
from engine.assessment.result import Quality, State
from engine.quality.crossing import Codes
from engine.quality.pair_trends import PairTrends, contingency_similarity, correlation, cramers_v
from tests.assessing import comparison_of, table_of

NAN = np.nan


def codes(*values: int) -> Codes:
    return Codes(np.array(values, np.int64), max(values) + 1)


def measured(known: pa.Table, target: pa.Table, control: pa.Table | None = None) -> dict[tuple[str, str], Quality]:
    sides = ({"person": side} if side is not None else None for side in (known, target, control))
    told = comparison_of(Schema("sqlite", "main", (table_of("person", known),)), *sides)
    return {(each.metric, each.measure): each for each in PairTrends().measure(told, "person", Context())}


def people(seed: int, rows: int = 600, *, tied: bool = True) -> pa.Table:
    rng = np.random.default_rng(seed)
    age, land = rng.normal(40, 12, rows), rng.integers(0, 3, rows)
    pay = age * 50 + rng.normal(0, 100, rows)
    code = land if tied else rng.permutation(land)
    return pa.table(
        {
            "age": age if tied else rng.permutation(age),
            "pay": pay,
            "land": pa.array([f"land {each}" for each in land]),
            "code": pa.array([f"code {each}" for each in code]),
        }
    )


def test_correlation_uses_the_rows_where_both_columns_have_a_value() -> None:
    columns = np.array([[1, 2, 5], [2, 4, 5], [3, 7, 5], [NAN, 0, 5], [4, NAN, 5]], np.float64)
    found = correlation(columns)
    assert found[0, 1] == pytest.approx(pearsonr([1, 2, 3], [2, 4, 7])[0])
    assert np.isnan(found[0, 2]), "a constant column has no correlation"


@settings(max_examples=25)
@given(hnp.arrays(np.float64, (25, 2), elements=st.integers(-1000, 1000).map(float)), st.floats(-1e6, 1e6))
def test_correlation_is_pearsons_wherever_the_values_lie(columns: np.ndarray, moved: float) -> None:
    if len(np.unique(columns[:, 0])) > 1 and len(np.unique(columns[:, 1])) > 1:
        expected = pearsonr(columns[:, 0], columns[:, 1])[0]
        assert correlation(columns + moved)[0, 1] == pytest.approx(expected, abs=1e-7)


def test_contingency_similarity_compares_the_shares_of_pairs() -> None:
    one = codes(0, 0, 1, 1), codes(0, 1, 0, 1)
    other = codes(0, 0, 1, 1), codes(0, 0, 1, 1)
    assert contingency_similarity(one, other) == pytest.approx(0.5)
    assert contingency_similarity(one, one) == 1.0


@settings(max_examples=25)
@given(hnp.arrays(np.int64, (40, 2), elements=st.integers(0, 4)))
def test_cramers_v_is_that_of_the_whole_table_of_pairs(pairs: np.ndarray) -> None:
    table = np.zeros((5, 5), np.int64)
    np.add.at(table, (pairs[:, 0], pairs[:, 1]), 1)
    table = table[table.any(1)][:, table.any(0)]
    found = cramers_v(Codes(pairs[:, 0], 5), Codes(pairs[:, 1], 5))
    assert found == pytest.approx(association(table, method="cramer") if min(table.shape) > 1 else 0.0, abs=1e-9)


def test_a_target_with_the_sources_pairs_scores_at_its_ceiling_and_a_shuffled_one_at_its_floor() -> None:
    like = measured(people(1), people(2), people(3))["ColumnPairTrends", ""]
    unlike = measured(people(1), people(2, tied=False), people(3))["ColumnPairTrends", ""]
    assert like.facts["pairs"] == unlike.facts["pairs"] == 2, "age with pay, land with code"
    assert like.value is not None
    assert like.value == pytest.approx(like.ceiling, abs=0.03)
    assert like.value > 0.95
    assert unlike.value == pytest.approx(unlike.floor, abs=0.1)
    assert unlike.value < 0.65


def test_every_pair_says_its_columns_and_two_numbers_their_correlations() -> None:
    found = measured(people(1), people(2))
    pay = found["CorrelationSimilarity", "age x pay"]
    assert (pay.facts["column"], pay.facts["other"]) == ("age", "pay")
    assert pay.facts["correlation"] == pytest.approx(0.98, abs=0.02)
    assert ("ContingencySimilarity", "land x code") in found


def test_a_source_in_which_nothing_goes_together_has_no_trend_to_keep() -> None:
    loose = people(1, tied=False)
    found = measured(loose, loose)
    assert found["ColumnPairTrends", ""].state is State.NOT_MEASURED
    assert found["ColumnPairTrends", "all pairs"].value == 1.0
