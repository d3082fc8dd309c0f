"""The total of the column, or of every group, is the source's to the last digit."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from connectors.schema import Column, Kind
from engine.masking.base import MaskError
from tests.engine.masking.whole_column import BIGINT, FLOAT, MONEY, NUMERIC, mask_column

TINY = Column("c", "tinyint", Kind.INTEGER, precision=8)
WIDE = Column("c", "decimal(38,4)", Kind.DECIMAL, precision=38, scale=4)
_VALUES: dict[Column, st.SearchStrategy[Any]] = {
    BIGINT: st.integers(-(10**9), 10**12) | st.integers(0, 9),
    TINY: st.integers(-128, 127),
    MONEY: st.decimals(-1_000_000, 9_000_000, places=2),
    WIDE: st.decimals(-(10**30), 10**30, places=4),
    NUMERIC: st.decimals(0, 10**20, places=3).map(str),
}


@settings(deadline=None, max_examples=60)
@given(
    column=st.sampled_from(list(_VALUES)),
    data=st.data(),
    cut=st.integers(0, 30),
    relative=st.sampled_from([0.01, 0.1, 1]),
)
def test_the_total_of_every_group_of_some_size_stays(
    column: Column, data: st.DataObject, cut: int, relative: float
) -> None:
    """Exactly; signs stay, and so do 0 and NULL. Groups that are too small keep one total together."""
    rows = data.draw(st.lists(st.tuples(st.integers(0, 2), _VALUES[column] | st.none()), min_size=1, max_size=40))
    groups, values = [group for group, _ in rows], [value for _, value in rows]
    options = {"within": ["g"], "relative": relative}
    try:
        masked = mask_column("noise_keep_total", column, values, options, row={"g": groups}, cuts=[min(cut, len(rows))])
    except MaskError:
        assume(False)
    numbers = [(g, Decimal(v), Decimal(m)) for g, v, m in zip(groups, values, masked, strict=True) if v is not None]
    with localcontext(prec=80):
        assert sum(before for _, before, _ in numbers) == sum(after for _, _, after in numbers)
    assert all(before * after >= 0 for _, before, after in numbers)
    assert all(after == 0 for _, before, after in numbers if before == 0)
    moving = Counter(group for group, before, _ in numbers if abs(before) >= 1)
    if all(times >= 3 for times in moving.values()) and column is not NUMERIC:
        for group in moving:
            with localcontext(prec=80):
                assert sum(b - a for g, b, a in numbers if g == group) == 0


def test_salaries_move_by_about_what_was_said_and_hardly_one_stays() -> None:
    """Of 5,000, none by more than 13 %; the mean of the changes is that of even noise, 5 %."""
    salaries = [Decimal(30_000 + n * 37 % 70_000) + Decimal("0.37") for n in range(5000)]
    masked = mask_column("noise_keep_total", MONEY, salaries)
    change = np.array([abs(float(after / before) - 1) for before, after in zip(salaries, masked, strict=True)])
    assert sum(masked) == sum(salaries)
    assert change.max() < 0.13
    assert 0.045 < change.mean() < 0.055
    assert (change == 0).sum() < 5


def test_floats_keep_their_total_but_for_rounding_and_no_larger_ones_are_taken() -> None:
    values = [n * 1.37 + 100 for n in range(1000)] + [float("nan"), float("inf"), None]
    masked = mask_column("noise_keep_total", FLOAT, values)
    assert abs(sum(masked[:1000]) / sum(values[:1000]) - 1) < 1e-12  # type: ignore[arg-type]
    assert np.isnan(masked[1000])
    assert masked[1001:] == [float("inf"), None]
    with pytest.raises(MaskError, match="too large"):
        mask_column("noise_keep_total", FLOAT, [1.0, 1e300, 5.0])


def test_a_total_that_is_one_number_is_refused() -> None:
    """It would come out as it went in."""
    for values in ([5000], [5000, 0, 0, None]):
        with pytest.raises(MaskError, match="give the total away"):
            mask_column("noise_keep_total", BIGINT, values)
    assert mask_column("noise_keep_total", BIGINT, [0, 0, None]) == [0, 0, None]


def test_many_groups_keep_their_totals() -> None:
    """Four rows and the largest of each take the noise back, however many groups there are."""
    groups = [n % 3000 for n in range(30_000)]
    values = [1000 + n * 7919 % 5000 for n in range(30_000)]
    masked = mask_column("noise_keep_total", BIGINT, values, {"within": ["g"]}, row={"g": groups}, cuts=[7000, 20_000])
    before, after = (np.bincount(groups, weights=np.array(column)) for column in (values, masked))
    assert (before == after).all()


def test_too_many_groups_are_refused() -> None:
    with pytest.raises(MaskError, match="20,000 groups"):
        mask_column("noise_keep_total", BIGINT, [5] * 20_001, {"within": ["id"]})
