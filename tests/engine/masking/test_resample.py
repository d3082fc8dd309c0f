"""Categories are drawn as often as they occur, whatever a row had before."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.masking import make_masker
from engine.masking.base import MaskError
from tests.engine.masking.one_column import codes
from tests.engine.masking.whole_column import BIGINT, TEXT, mask_column


def test_the_distribution_stays_and_says_nothing_of_the_row() -> None:
    """Of 20,000 rows 90 % are A: so are 90 % of those that were B (six standard deviations are 0.04)."""
    values = ["A" if n % 10 else "B" for n in range(20_000)]
    masked = mask_column("resample", TEXT, values)
    assert abs(Counter(masked)["A"] / 20_000 - 0.9) < 0.013
    assert (
        abs(Counter(after for before, after in zip(values, masked, strict=True) if before == "B")["A"] / 2000 - 0.9)
        < 0.041
    )


@settings(deadline=None, max_examples=50)
@given(
    rows=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["a", "b", "c", "d", None])), min_size=6, max_size=60),
    least=st.integers(1, 4),
)
def test_a_rare_category_never_comes_out(rows: list[tuple[int, str | None]], least: int) -> None:
    """Rare in its group, that is; a group that has no other draws from the categories of the whole column."""
    groups, values = [group for group, _ in rows], [value for _, value in rows]
    frequent = {pair for pair, times in Counter(rows).items() if times >= least and pair[1] is not None}
    everywhere = {value for value, times in Counter(values).items() if times >= least and value is not None}
    options = {"within": ["g"], "min_count": least}
    if not everywhere and any(values):
        with pytest.raises(MaskError, match="No category"):
            mask_column("resample", TEXT, values, options, row={"g": groups})
        return
    masked = mask_column("resample", TEXT, values, options, row={"g": groups}, cuts=[3])
    assert [value is None for value in masked] == [value is None for value in values]
    for group, value in zip(groups, masked, strict=True):
        own = {category for place, category in frequent if place == group}
        assert value is None or value in (own or everywhere)


def test_the_rare_become_another_where_the_plan_names_one() -> None:
    values = ["a"] * 90 + ["b", "c", "d", "e", "f"] * 2
    masked = Counter(mask_column("resample", TEXT, values, {"other": "rest"}))
    assert set(masked) == {"a", "rest"}
    assert 2 <= masked["rest"] <= 25


def test_weights_of_the_plan_stand_for_the_columns_own() -> None:
    """And nothing is read for them; a weight of 0 is never drawn."""
    assert make_masker("resample", {"weights": {"1": 1}}).prepare(()) is None
    masked = Counter(mask_column("resample", BIGINT, [7] * 4000, {"weights": {"1": 1, "2": 3, "3": 0}}))
    assert set(masked) == {1, 2}
    assert abs(masked[2] / 4000 - 0.75) < 0.042


def test_one_person_draws_alike() -> None:
    people = pa.array([n % 5 for n in range(100)])
    masked = mask_column("resample", BIGINT, list(range(100)), {"min_count": 1}, by=people)
    assert len(set(zip(people.to_pylist(), masked, strict=True))) == 5


def test_what_is_no_category_is_refused() -> None:
    """Labels that the column cannot hold, weights beside groups, negative weights, a hundred thousand values."""
    from connectors.names import TableName
    from engine.masking.base import Subject

    assert codes("resample", Subject(TableName("t"), BIGINT, row_key=("id",)), {"weights": {"x": 1}}) == [
        "category-label"
    ]
    for options in ({"weights": {"a": 1}, "within": ["g"]}, {"weights": {"a": -1}}, {"weights": {"a": 0}}):
        with pytest.raises(ValidationError):
            make_masker("resample", options)
    with pytest.raises(MaskError, match="no categories"):
        mask_column("resample", BIGINT, list(range(100_001)))
