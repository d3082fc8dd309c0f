"""People alone with their shape are counted, or estimated from a sample; a target that repeats shapes is flagged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from engine.assessment.context import Context
from engine.assessment.result import Rests, Risk, State
from engine.assessment.view import Carries, Made, View
from engine.risk.fingerprint import Fingerprint
from tests.assessing import view_of
from tests.engine.risk.people import COLUMNS, KEPT, people, shuffled

N = 2000
LEARNED = dict.fromkeys(COLUMNS, Carries.LEARNED) | {"orders": Carries.SHAPE}
RNG = np.random.default_rng(3)
SOURCE, HELD_OUT, FRESH = (people(N, RNG) for _ in range(3))


def found(view: View) -> dict[str, Risk]:
    return {risk.measure: risk for risk in Fingerprint().attack(view, Context())}


def test_those_alone_with_a_count_are_counted() -> None:
    """Of 100 people 90 own one thing and ten own 11 to 20: a tenth is alone."""
    rows = pa.table({"orders": [1] * 90 + list(range(11, 21))})
    risks = found(view_of(rows, rows, carries=Carries.SHAPE))
    for measure, rests in (("source counts", Rests.SOURCE), ("target counts", Rests.TARGET)):
        risk = risks[measure]
        assert risk.risk
        assert (risk.risk.value, risk.risk.low, risk.risk.high) == (0.1, 0.1, 0.1)
        assert risk.rests is rests
        assert not risk.alarm
    assert risks["replayed counts"].state is State.NOT_MEASURED


def test_the_more_is_known_the_more_are_alone() -> None:
    risks = found(view_of(SOURCE, FRESH, carries=LEARNED))
    shares = [risk.risk.value for name, risk in risks.items() if name.startswith("source") and risk.risk]
    assert shares == sorted(shares)
    assert shares[0] < 0.01
    assert shares[-1] > 0.99


def test_in_a_sample_more_are_alone_than_among_all() -> None:
    whole = RNG.poisson(RNG.gamma(2, 20, 200_000))
    sizes = np.bincount(whole)
    true = np.count_nonzero(sizes == 1) / len(whole)
    rows = pa.table({"orders": whole[:N]})
    risk = found(replace(view_of(rows, rows, carries=Carries.SHAPE), of_known=len(whole)))["source counts"]
    sample = risk.facts["alone among these"]
    assert risk.risk
    assert isinstance(sample, float)
    assert risk.risk.value < sample
    assert risk.risk.low <= true <= max(risk.risk.high, true)
    assert risk.risk.high < 0.05


def test_a_copy_repeats_everybody_and_is_flagged() -> None:
    for made, match in ((Made.SYNTHETIC, None), (Made.COPIED, np.arange(N))):
        risk = found(view_of(SOURCE, SOURCE, HELD_OUT, made=made, match=match, carries=KEPT))["replayed everything"]
        assert risk.main
        assert risk.main.value == 1
        assert risk.alarm
        assert risk.control
        assert risk.control.value < 0.01


def test_a_copy_with_rows_of_others_is_nobodys_own() -> None:
    wrong = np.roll(np.arange(N), 1)
    risk = found(view_of(SOURCE, SOURCE, made=Made.MASKED, match=wrong, carries=KEPT))["replayed everything"]
    assert risk.main
    assert risk.main.value < 0.01
    assert not risk.alarm


@pytest.mark.parametrize("target", [FRESH, shuffled(SOURCE, RNG)], ids=["fresh", "shuffled"])
def test_rows_of_nobody_raise_no_alarm(target: pa.Table) -> None:
    risks = found(view_of(SOURCE, target, HELD_OUT, carries=LEARNED))
    replayed = [risk for name, risk in risks.items() if name.startswith("replayed")]
    assert not any(risk.alarm for risk in replayed)
    assert all(risk.risk.low < 0.01 for risk in replayed if risk.risk)


def test_a_tenth_that_is_copied_is_found_as_a_tenth() -> None:
    mixed = pa.concat_tables([FRESH.slice(0, N - 200), SOURCE.slice(0, 200)])
    risk = found(view_of(SOURCE, mixed, HELD_OUT, carries=LEARNED))["replayed everything"]
    assert risk.risk
    assert risk.risk.low <= 0.1 <= risk.risk.high
    assert risk.alarm


def test_what_is_replaced_is_never_compared() -> None:
    risks = found(view_of(SOURCE, SOURCE, carries=Carries.REPLACED))
    assert all(risk.state is State.NOT_MEASURED for risk in risks.values())


def test_few_records_are_not_measured() -> None:
    few = SOURCE.slice(0, 20)
    (risk,) = found(view_of(few, few, carries=KEPT)).values()
    assert risk.state is State.NOT_MEASURED
    assert "fewer than 50" in risk.because
