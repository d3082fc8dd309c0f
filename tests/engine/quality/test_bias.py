"""Shares and gaps of groups, with their alarms."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from connectors.schema import Schema
from engine.assessment.context import Context
from engine.assessment.result import Quality, State
from engine.assessment.view import Carries, Made
from engine.quality.bias import GAPS, SHARES, Bias
from tests.assessing import comparison_of, table_of, view_of


def measured(known: pa.Table, target: pa.Table, control: pa.Table | None = None, **named: object) -> dict[str, Quality]:
    view = view_of(known, target, control, **named)  # type: ignore[arg-type]
    schema = Schema("sqlite", "main", (table_of("person", known),))
    comparison = comparison_of(schema, {"person": known}, {"person": target}, views=[view])
    (scope,) = Bias().scopes(comparison)
    found = Bias().measure(comparison, scope, Context())
    json.dumps([each.to_json() for each in found], allow_nan=False)
    return {f"{each.metric} {each.measure}".strip(): each for each in found}


def people(rng: np.random.Generator, rows: int = 2_000, gap: float = 0.2, women: float = 0.45) -> pa.Table:
    sex = rng.choice(["qqmale", "qqfemale"], rows, p=[1 - women, women])
    rich = rng.random(rows) < np.where(sex == "qqmale", 0.3 + gap, 0.3)
    return pa.table(
        {"Sex": sex, "Income": np.where(rich, "qqhigh", "qqlow"), "Pay": rng.lognormal(8, 1, rows) * (1 + rich)}
    )


def test_gaps_worked_by_hand() -> None:
    """100 men, 60 of them paid; 100 women, 40 and in the target 10: a gap of 0.2 has grown to 0.5."""
    sex = ["m"] * 100 + ["f"] * 100
    known = pa.table({"Sex": sex, "Paid": ["y"] * 60 + ["n"] * 40 + ["y"] * 40 + ["n"] * 60})
    target = pa.table({"Sex": sex, "Paid": ["y"] * 60 + ["n"] * 40 + ["y"] * 10 + ["n"] * 90})
    gap = measured(known, target)[f"{GAPS} Sex -> Paid"]
    assert gap.value == pytest.approx(0.3)
    assert (gap.facts["source parity difference"], gap.facts["target parity difference"]) == pytest.approx((0.2, 0.5))
    # sqrt(p (1 - p) / n) of both groups and sides, with 0.25 / 101 more in each variance; two tests: 2.2414 standard deviations.
    error = np.sqrt(sum((p * (1 - p) + 0.25 / 101) / 100 for p in (0.6, 0.4, 0.6, 0.1)))
    assert gap.low == pytest.approx(0.3 - 2.241402 * error, abs=1e-6)
    assert gap.alarm


def test_a_gap_that_turns_round_has_grown_by_all_of_it() -> None:
    sex = ["m"] * 100 + ["f"] * 100
    known = pa.table({"Sex": sex, "Paid": ["y"] * 60 + ["n"] * 40 + ["y"] * 40 + ["n"] * 60})
    target = pa.table({"Sex": sex, "Paid": ["y"] * 30 + ["n"] * 70 + ["y"] * 80 + ["n"] * 20})
    assert measured(known, target)[f"{GAPS} Sex -> Paid"].value == pytest.approx(0.5)


def test_a_copy_has_the_sources_gaps() -> None:
    known = people(np.random.default_rng(0))
    for figure in measured(known, known).values():
        assert figure.value == 0
        assert not figure.alarm


def test_rows_of_the_same_population_raise_no_alarm() -> None:
    for seed in range(25):
        rng = np.random.default_rng(seed)
        found = measured(people(rng), people(rng))
        assert [name for name, figure in found.items() if figure.alarm] == [], seed


def test_an_amplified_gap_and_a_thinned_out_group_raise_the_alarm() -> None:
    rng = np.random.default_rng(1)
    found = measured(people(rng), people(rng, gap=0.4, women=0.3), people(rng))
    assert found[f"{GAPS} Sex -> Income"].alarm
    assert found[f"{SHARES} Sex"].alarm
    assert found[f"{SHARES} Sex"].facts["group"] == "group 2 of 2 (smallest)"
    assert found[f"{SHARES} Sex"].value == pytest.approx(0.15, abs=0.04)
    assert found[f"{SHARES} Sex"].ceiling is not None


def test_a_mask_that_deals_labels_anew_raises_no_alarm_by_it() -> None:
    known = people(np.random.default_rng(5))
    swapped = np.where(np.array(known["Sex"]) == "qqmale", "qqfemale", "qqmale")
    masked = known.set_column(0, "Sex", pa.array(swapped))
    view = view_of(known, masked, made=Made.MASKED, carries=Carries.ALTERED)
    comparison = comparison_of(
        Schema("sqlite", "main", (table_of("person", known),)), {"person": known}, {"person": masked}, views=[view]
    )
    assert Bias().scopes(comparison) == ("target",)
    (found,) = Bias().measure(comparison, "target", Context())
    assert found.state is State.NOT_MEASURED


def test_no_label_of_a_group_or_outcome_is_in_a_result() -> None:
    rng = np.random.default_rng(2)
    said = json.dumps([figure.to_json() for figure in measured(people(rng), people(rng)).values()])
    assert "qq" not in said


def test_small_groups_are_counted_and_not_measured() -> None:
    rng = np.random.default_rng(3)
    known = people(rng, 400)
    few = pa.table({"Sex": ["x"] * 10, "Income": ["qqlow"] * 10, "Pay": [1.0] * 10})
    found = measured(pa.concat_tables([known, few]), pa.concat_tables([known, few]))
    assert found[f"{SHARES} Sex"].facts["small groups"] == 1
    assert found[f"{SHARES} Sex"].facts["groups"] == 2
    assert all(figure.state is State.NOT_MEASURED for figure in measured(people(rng, 40), people(rng, 40)).values())


def test_what_the_plan_calls_sensitive_is_watched_whatever_it_is_called() -> None:
    rng = np.random.default_rng(4)
    rows = pa.table({"kindof": rng.choice(["a", "b"], 300), "Paid": rng.choice(["y", "n"], 300)})
    (figure,) = measured(rows, rows).values()
    assert figure.state is State.NOT_MEASURED
    assert "assess.sensitive" in figure.because
    assert f"{GAPS} kindof -> Paid" in measured(rows, rows, sensitive=["kindof"])


def test_ages_are_compared_in_quarters_of_the_source() -> None:
    rng = np.random.default_rng(5)
    age = rng.integers(18, 90, 1_000)
    rows = pa.table({"Age": pa.array(age).cast(pa.float64()), "Paid": np.where(age > 60, "y", "n")})
    assert measured(rows, rows)[f"{SHARES} Age"].facts["groups"] == 4
