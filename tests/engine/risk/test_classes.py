"""Classes of people who look alike: textbook tables, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.assessment.context import Context
from engine.assessment.result import Rests, Risk, State
from engine.assessment.view import Carries, Made, View
from engine.risk.class_risks import class_risks, expected
from engine.risk.classes import Classes
from engine.risk.diversity import diversity
from tests.assessing import view_of
from tests.engine.risk.people import COLUMNS, people, shuffled

INPATIENTS = pa.table(
    {
        "zip": ["130**"] * 4 + ["1485*"] * 4 + ["130**"] * 4,
        "age": ["<30"] * 4 + [">=40"] * 4 + ["3*"] * 4,
        "condition": ["heart", "heart", "viral", "viral", "cancer", "heart", "viral", "viral"] + ["cancer"] * 4,
    }
)
"""The 4-anonymous table of Machanavajjhala et al. 2007, figure 2."""


def found(view: View) -> dict[str, Risk]:
    return {risk.measure: risk for risk in Classes().attack(view, Context())}


def inpatients(**more: object) -> View:
    told = {"quasi": ["zip", "age"], "sensitive": ["condition"]}
    view = view_of(INPATIENTS, INPATIENTS, made=Made.MASKED, carries=Carries.KEPT, **told)  # type: ignore[arg-type]
    return replace(view, **more)  # type: ignore[arg-type]


def test_a_textbook_table_is_4_anonymous_and_1_diverse() -> None:
    risks = found(inpatients())
    for measure in ("prosecutor maximum", "prosecutor average", "journalist", "marketer"):
        risk = risks[measure].risk
        assert risk
        assert (risk.value, risk.low, risk.high) == (0.25, 0.25, 0.25)
    assert risks["prosecutor maximum"].facts["k"] == 4
    assert risks["prosecutor maximum"].rests is Rests.TARGET
    at_risk, homogeneous = risks["at risk"].risk, risks["homogeneous condition"]
    assert at_risk
    assert at_risk.value == 1
    # Everybody of the third class has cancer.
    assert homogeneous.risk
    assert homogeneous.risk.value == pytest.approx(1 / 3)
    assert homogeneous.facts["l distinct"] == 1
    # 5 of 12 have cancer, 3 heart, 4 viral: (7/12 + 3/12 + 4/12) / 2 apart from all cancer.
    assert homogeneous.facts["t"] == pytest.approx(7 / 12)


def test_one_of_two_and_one_of_three_are_two_of_five() -> None:
    """Classes of 2 and 3: average (2 * 1/2 + 3 * 1/3) / 5."""
    risks = class_risks(np.array([0, 0, 1, 1, 1]), 5, 5)
    assert (risks.k, risks.prosecutor_most.value) == (2, 0.5)
    assert risks.prosecutor.value == pytest.approx(0.4)
    assert (risks.small, risks.below_5, risks.unique) == (1, 1, 0)


def test_salaries_of_the_paper_are_apart_as_the_paper_says() -> None:
    """Li et al. 2007, section 4.3: {3, 4, 5} of 3..11 is 0.375 away, {6, 8, 11} 0.167."""
    salaries = np.array([3.0, 4, 5, 6, 8, 11, 7, 9, 10])
    assert diversity(np.repeat([0, 1, 2], 3), salaries).closeness == pytest.approx(0.375)
    assert diversity(np.repeat([0, 1, 2], 3), salaries).entropy == pytest.approx(3)
    apart = diversity(np.where(np.isin(salaries, [6, 8, 11]), 0, 1), salaries).closeness
    assert apart == pytest.approx(0.167, abs=5e-4)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=2, max_size=40), st.booleans())
def test_all_classes_at_once_are_as_one_after_the_other(rows: list[tuple[int, int]], ordered: bool) -> None:
    of = np.unique([c for c, _ in rows], return_inverse=True)[1]
    codes = np.array([v for _, v in rows], np.int32)
    values = codes.astype(np.float64) if ordered else codes
    told = diversity(of, values)
    labels = np.unique(values)
    apart, entropies = [], []
    for c in np.unique(of):
        p, q = (np.array([np.mean(side == v) for v in labels]) for side in (values[of == c], values))
        apart.append(np.abs(np.cumsum(p - q)).sum() / max(1, len(labels) - 1) if ordered else np.abs(p - q).sum() / 2)
        entropies.append(-sum(x * np.log(x) for x in p if x))
    assert told.closeness == pytest.approx(max(apart), abs=1e-9)
    assert told.entropy == pytest.approx(np.exp(min(entropies)))
    assert told.distinct == min(len(np.unique(values[of == c])) for c in np.unique(of))


def test_the_chance_from_a_sample_is_that_of_the_books() -> None:
    """One found with a part p: -p ln p / (1 - p). Many found: as many as p says. All found: 1 / f."""
    for part in (0.001, 0.1, 0.9):
        assert expected(np.array([1]), part)[0] == pytest.approx(-part * np.log(part) / (1 - part))
    assert expected(np.array([10_000]), 0.01)[0] == pytest.approx(1e-6, rel=0.01)
    assert expected(np.array([1, 3]), 1.0).tolist() == [1, 1 / 3]
    falling = expected(np.arange(1, 300), 0.01)
    assert np.isfinite(falling).all()
    assert (np.diff(falling) < 0).all()


def test_from_a_sample_the_average_of_all_is_near() -> None:
    rng = np.random.default_rng(5)
    whole = np.minimum(rng.geometric(0.002, 50_000), 5000)
    true = len(np.unique(whole)) / len(whole)
    sample = np.unique(rng.choice(whole, 5000, replace=False), return_inverse=True)[1]
    assert class_risks(sample, len(whole), len(whole)).prosecutor.value == pytest.approx(true, rel=0.25)


def test_with_more_people_than_records_a_journalist_knows_less_than_a_prosecutor() -> None:
    risks = found(replace(inpatients(), of_known=120))
    journalist, prosecutor = risks["journalist"].risk, risks["prosecutor maximum"].risk
    assert journalist
    assert prosecutor
    assert journalist.value < prosecutor.value == 0.25
    assert journalist.low <= journalist.value <= journalist.high


def test_where_all_that_people_are_recognised_by_is_replaced_they_are_one_class() -> None:
    view = view_of(INPATIENTS, INPATIENTS, made=Made.MASKED, carries=Carries.REPLACED, quasi=["zip", "age"])
    risks = found(view)
    masked, source = risks["prosecutor maximum"], risks["source prosecutor maximum"]
    assert masked.facts["k"] == 12
    assert masked.because
    assert not masked.alarm
    assert source.risk
    assert source.risk.value == 0.25


def test_synthetic_rows_that_repeat_people_are_found_and_fresh_ones_are_not() -> None:
    rng = np.random.default_rng(11)
    source, held_out, fresh = (people(1000, rng) for _ in range(3))
    quasi = ["first", "city"]
    copied = found(view_of(source, source, held_out, quasi=quasi))["matched"]
    assert copied.main
    assert copied.main.value == 1
    assert copied.alarm
    for target in (fresh, shuffled(source, rng)):
        risks = found(view_of(source, target, held_out, quasi=quasi))
        assert not risks["matched"].alarm
        assert "prosecutor maximum" not in risks


def test_without_quasi_identifiers_or_people_nothing_is_measured() -> None:
    rows = people(100, np.random.default_rng(0))
    for view in (view_of(rows, rows), view_of(rows.slice(0, 5), rows.slice(0, 5), quasi=COLUMNS)):
        (risk,) = found(view).values()
        assert risk.state is State.NOT_MEASURED
        assert risk.because
