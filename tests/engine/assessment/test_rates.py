"""Rates and their intervals, against values worked out by hand or read in the papers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.assessment.rates import (
    above,
    auc,
    bootstrap,
    difference,
    exact,
    excess,
    interval_of_mean,
    shared,
    tpr_at,
    wilson,
    wilson_ends,
    z_of,
)
from engine.assessment.result import Interval


def ends(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def test_wilson_as_worked_by_hand() -> None:
    """5 of 10: centre 1/2, half width 1.96 sqrt(2.5 + 0.9604) / 13.8416 = 0.2634; 81 of 263 as Newcombe 1998 prints it."""
    assert ends(wilson(5, 10)) == pytest.approx((0.5, 0.2366, 0.7634), abs=1e-4)
    assert ends(wilson(81, 263)) == pytest.approx((0.3080, 0.2553, 0.3662), abs=1e-4)


def test_wilson_at_the_ends_as_newcombe_prints_it() -> None:
    """0 of 20 reaches to 0.1611, 1 of 29 from 0.0061 to 0.1718; all of 20 mirrors none; nothing tried says nothing."""
    assert ends(wilson(0, 20)) == pytest.approx((0, 0, 0.1611), abs=1e-4)
    assert ends(wilson(1, 29)) == pytest.approx((1 / 29, 0.0061, 0.1718), abs=1e-4)
    assert ends(wilson(20, 20)) == pytest.approx((1, 1 - 0.1611, 1), abs=1e-4)
    assert ends(wilson(0, 0)) == (0, 0, 1)


def test_exact_as_newcombe_prints_it() -> None:
    """Clopper and Pearson: 0 of 20 to 0.1684, 1 of 29 from 0.0009 to 0.1776, 15 of 148 from 0.0578 to 0.1617."""
    assert ends(exact(0, 20)) == pytest.approx((0, 0, 0.1684), abs=1e-4)
    assert ends(exact(1, 29)) == pytest.approx((1 / 29, 0.0009, 0.1776), abs=1e-4)
    assert ends(exact(15, 148)) == pytest.approx((15 / 148, 0.0578, 0.1617), abs=1e-4)
    assert ends(exact(0, 0)) == (0, 0, 1)


@given(st.integers(1, 10**7), st.floats(0, 1), st.floats(0.5, 0.9999))
def test_a_rate_lies_in_its_interval_at_every_count(trials: int, share: float, level: float) -> None:
    """No count, 0 and all included, takes a root of a negative number or leaves [0, 1] (Anonymeter's issue 32)."""
    successes = round(trials * share)
    for found in (wilson(successes, trials, level), exact(successes, trials, level)):
        assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(0, 1), st.floats(0, 1))
def test_an_excess_lies_in_its_interval_whatever_the_rates(n: int, m: int, main: float, control: float) -> None:
    """Neither a control that always succeeds nor one that never does is an error."""
    found = excess(wilson(round(n * main), n), wilson(round(m * control), m))
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_excess_as_giomi_works_it_out() -> None:
    """60 of 100 against 20 of 100: middles 0.5963 and 0.2111, half widths 0.0942 and 0.0777, so 0.4883 -+ 0.1296."""
    found = excess(wilson(60, 100), wilson(20, 100))
    assert found.value == pytest.approx(0.5)
    middle = (0.596301 - 0.211098) / (1 - 0.211098)
    error = np.hypot(0.094243 / 0.788902, 0.077752 * (1 - 0.596301) / 0.788902**2)
    assert (found.low, found.high) == pytest.approx((middle - error, middle + error), abs=1e-4)


def test_excess_at_the_ends() -> None:
    """All against none is 1, none against some is 0, and where the control always succeeds nothing is known."""
    assert excess(wilson(1000, 1000), wilson(0, 1000)).low > 0.99
    assert ends(excess(wilson(0, 50), wilson(10, 50)))[:2] == (0, 0)
    assert ends(excess(wilson(50, 50), wilson(50, 50))) == (0, 0, 1)


def test_difference_as_newcombe_prints_it() -> None:
    """56 of 70 against 48 of 80 (his example a): 0.0524 to 0.3339; one rate is above the other when 0 is outside."""
    assert ends(difference(wilson(56, 70), wilson(48, 80))) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert above(wilson(56, 70), wilson(48, 80))
    assert not above(wilson(11, 20), wilson(9, 20))


def test_many_rates_are_one_call() -> None:
    """The ends of arrays are those of their elements."""
    low, high = wilson_ends([0, 3, 10], [10, 10, 10])
    assert list(zip(low, high, strict=True)) == [(w.low, w.high) for w in (wilson(s, 10) for s in (0, 3, 10))]


def test_bonferroni_widens() -> None:
    """Ten figures together at 95 % are each at 99.5 %."""
    assert shared(10) == pytest.approx(0.995)
    assert z_of(shared(10)) == pytest.approx(2.807, abs=1e-3)
    assert shared(1) == shared(0) == 0.95


def test_auc_as_counted_by_hand() -> None:
    """Members 3, 2, 2 and others 2, 1: of six pairs four are in order and two tie: 5/6."""
    assert auc([3, 2, 2], [2, 1]).value == pytest.approx(5 / 6)


def test_auc_has_delongs_interval() -> None:
    """Against the sums of the definition: variances of each one's share of the others beaten, over their numbers."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(0.7, 1, 40), np.round(rng.normal(0, 1, 60), 1)
    beaten = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    half = 1.959964 * np.sqrt(beaten.mean(axis=1).var(ddof=1) / 40 + beaten.mean(axis=0).var(ddof=1) / 60)
    assert ends(auc(x, y)) == pytest.approx((beaten.mean(), beaten.mean() - half, beaten.mean() + half), abs=1e-6)


def test_auc_without_variance_still_has_an_interval() -> None:
    """Full separation of 20 and 30 is as sure as 20 of 20; scores that are all the same tell nothing apart."""
    assert ends(auc(np.arange(20) + 100, np.arange(30))) == ends(wilson(20, 20))
    assert auc(np.zeros(20), np.zeros(30)).value == 0.5
    with pytest.raises(ValueError, match="both groups"):
        auc([], [1])


def test_tpr_is_taken_where_few_others_pass() -> None:
    """Of others 1 to 100 one passes 99; 30 of 40 members are above it; ties with it do not pass."""
    tpr, fpr = tpr_at(np.r_[np.full(30, 100.0), np.full(10, 99.0)], np.arange(1, 101), 0.01)
    assert (tpr.value, fpr.value) == (0.75, 0.01)


def test_the_tpr_of_noise_is_not_above_its_fpr() -> None:
    """Of 200 pairs of groups that do not differ, at most one in 20 looks as if it did."""
    rng = np.random.default_rng(3)
    seen = [above(*tpr_at(rng.normal(size=500), rng.normal(size=500))) for _ in range(200)]
    assert sum(seen) <= 10


def test_wilson_holds_as_often_as_it_says() -> None:
    """Over all rates, of 20,000 draws of 100, 94.5 to 95.5 % have the rate in their interval (at single rates it is 93 to 98)."""
    rng = np.random.default_rng(5)
    rates = rng.random(20_000)
    low, high = wilson_ends(rng.binomial(100, rates), 100)
    assert ((low <= rates) & (high >= rates)).mean() == pytest.approx(0.95, abs=0.005)


def test_the_mean_has_students_interval() -> None:
    """1, 2, 3, 4: mean 2.5, standard error 0.6455, t of 3 degrees 3.1824."""
    assert ends(interval_of_mean([1, 2, 3, 4])) == pytest.approx((2.5, 2.5 - 2.0543, 2.5 + 2.0543), abs=1e-3)
    with pytest.raises(ValueError, match="fewer than two"):
        interval_of_mean([1])


def test_the_bootstrap_of_a_mean_is_near_students() -> None:
    """Of 300 values the percentile interval and Student's differ by a hundredth; it is the same for the same seed."""
    values = np.random.default_rng(7).gamma(3, 1, 300)
    found = [bootstrap(lambda at: values[at].mean(axis=1), 300, np.random.default_rng(8)) for _ in range(2)]
    assert found[0] == found[1]
    assert ends(found[0]) == pytest.approx(ends(interval_of_mean(values)), abs=0.03)
    with pytest.raises(ValueError, match="nothing to draw"):
        bootstrap(lambda at: at.mean(axis=1), 0, np.random.default_rng(0))
