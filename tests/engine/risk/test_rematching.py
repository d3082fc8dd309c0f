"""A masked row is found again as often as what masking left tells people apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from engine.assessment.context import Context
from engine.assessment.result import Risk, State
from engine.assessment.view import NOBODY, Carries, Made
from engine.jobs.control import Cancelled
from engine.risk.rematching import Rematching
from tests.assessing import view_of
from tests.engine.risk.people import COLUMNS, KEPT, MASKED, people, shuffled, with_days

RNG = np.random.default_rng(7)
N = 1200
SOURCE = people(N, RNG)
ORDER = RNG.permutation(N)
OWN = np.argsort(ORDER)
MIXED = SOURCE.take(ORDER)
"""The same people in another order."""


def found(target: pa.Table, carries: Any, match: Any = OWN, **more: Any) -> dict[str, Risk]:
    view = view_of(SOURCE, target, made=Made.MASKED, match=match, carries=carries, **more)
    return {risk.measure: risk for risk in Rematching().attack(view, Context())}


def test_a_copy_in_another_order_is_found_by_its_columns_and_not_by_its_order() -> None:
    risks = found(MIXED, KEPT)
    assert risks["everything"].risk
    assert risks["everything"].risk.value == 1
    assert risks["unmasked columns"].alarm
    assert risks["everything"].alarm
    assert risks["order"].state is State.INVALID
    assert not risks["order"].alarm


def test_a_target_in_the_sources_order_is_found_by_its_order_alone() -> None:
    risks = found(shuffled(SOURCE, RNG), MASKED, np.arange(N))
    order = risks["order"]
    assert order.risk
    assert order.risk.value == 1
    assert order.alarm
    assert order.facts["rank correlation"] == pytest.approx(1)
    assert order.facts["share within"] == 1


def test_columns_that_are_shuffled_are_no_better_than_guessing() -> None:
    risks = found(shuffled(MIXED, RNG), dict.fromkeys(COLUMNS, Carries.ALTERED))
    tried = [risk for risk in risks.values() if risk.state is not State.NOT_MEASURED]
    assert len(tried) == 5
    assert all(risk.risk and risk.risk.value < 0.01 and not risk.alarm for risk in tried)
    assert risks["everything"].state is State.INVALID


def test_a_shift_of_all_of_a_persons_dates_leaves_the_gaps_that_find_them() -> None:
    days = RNG.integers(-365, 366, N)
    risks = found(with_days(MIXED, first=days, last=days), MASKED)
    gaps, times = risks["gaps"].risk, risks["times"].risk
    assert gaps
    assert times
    assert gaps.value > 0.7
    assert risks["gaps"].alarm
    assert times.value < 0.15


def test_bands_and_shifts_of_each_date_by_itself_bring_it_down() -> None:
    moved = {name: RNG.integers(-365, 366, N) for name in ("first", "last")}
    masked = with_days(MIXED, **moved)
    masked = masked.set_column(4, "income", pa.array(np.floor(MIXED["income"].to_numpy() / 5000) * 5000))
    risks = found(masked, MASKED)
    everything, gaps = risks["everything"].risk, risks["gaps"].risk
    assert everything
    assert gaps
    assert 0.02 < everything.value < 0.25
    assert gaps.value < 0.02


def test_noise_that_keeps_the_order_is_undone_by_ranks() -> None:
    scaled = MIXED.set_column(4, "income", pa.array(MIXED["income"].to_numpy() ** 1.1 * 3))
    risks = found(scaled, dict.fromkeys(COLUMNS, Carries.REPLACED) | {"income": Carries.ALTERED})
    assert risks["everything"].risk
    assert risks["everything"].risk.value > 0.99


def test_equal_rows_share_the_guess() -> None:
    """Four people of each kind: one in four is named by chance."""
    kinds = pa.table({"orders": np.repeat(np.arange(100), 4)})
    view = view_of(kinds, kinds, made=Made.COPIED, match=np.arange(400), carries=Carries.SHAPE)
    risks = {risk.measure: risk for risk in Rematching().attack(view, Context())}
    counts = risks["counts"]
    assert counts.main
    assert counts.main.value == pytest.approx(0.25)
    assert counts.facts["top 5"] == 1
    assert counts.baseline
    assert counts.baseline.value == pytest.approx(1 / 400)


def test_of_a_sample_it_is_an_upper_bound_and_the_whole_is_told() -> None:
    view = view_of(SOURCE, MIXED, made=Made.MASKED, match=OWN, carries={"orders": Carries.SHAPE, "city": Carries.KEPT})
    risks = Rematching().attack(replace(view, of_target=100 * N), Context())
    kept = next(risk for risk in risks if risk.measure == "unmasked columns")
    whole = kept.facts["in the whole"]
    assert kept.facts["upper bound"]
    assert isinstance(whole, float)
    assert kept.risk
    assert whole == pytest.approx(kept.risk.value / 100, rel=0.05)


@pytest.mark.parametrize(
    ("match", "because"),
    [(None, "not known"), (np.full(N, NOBODY), "fewer than 10"), ([*range(9), *[NOBODY] * (N - 9)], "fewer than 10")],
)
def test_without_matched_people_nothing_is_measured(match: Any, because: str) -> None:
    (risk,) = found(MIXED, KEPT, match).values()
    assert risk.state is State.NOT_MEASURED
    assert because in risk.because


def test_what_is_alike_for_all_or_missing_is_said_to_be() -> None:
    rows = pa.table({"orders": np.ones(N), "x": pa.nulls(N, pa.float64())})
    view = view_of(rows, rows, made=Made.MASKED, match=np.arange(N), carries={"orders": Carries.SHAPE})
    risks = {risk.measure: risk for risk in Rematching().attack(view, Context())}
    assert risks["counts"].because == "all records are alike in it"
    assert risks["times"].because.startswith("it has no times")


def test_values_that_are_missing_here_and_there_are_compared_by_what_is_there() -> None:
    gone = RNG.random(N) < 0.3
    rows = SOURCE.set_column(
        4, "income", pa.array(np.where(gone, np.nan, SOURCE["income"].to_numpy()), from_pandas=True)
    )
    carries = dict.fromkeys(COLUMNS, Carries.REPLACED) | {"income": Carries.KEPT}
    view = view_of(rows, rows.take(ORDER), made=Made.MASKED, match=OWN, carries=carries)
    kept = next(risk for risk in Rematching().attack(view, Context()) if risk.measure == "unmasked columns")
    assert kept.risk
    assert kept.risk.value == pytest.approx(0.7, abs=0.08)


def test_a_cancelled_attack_stops() -> None:
    context = Context()
    context.control.cancel()
    with pytest.raises(Cancelled):
        Rematching().attack(view_of(SOURCE, MIXED, made=Made.MASKED, match=OWN, carries=KEPT), context)
