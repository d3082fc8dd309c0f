"""Singling out: copies are found, other people are not, small frames give the answer worked out by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from engine.assessment.context import Context
from engine.assessment.result import Risk, State
from engine.assessment.view import Carries, Made, View
from engine.jobs.control import Control
from engine.risk.predicates import NO_VALUE, Predicates, counts, ranked
from engine.risk.singling_out import SinglingOut
from tests.assessing import view_of
from tests.engine.risk.made_people import half_copied, people, shuffled

KNOWN, HELD = people(800, 1), people(300, 2)


def attacked(view: View, seed: int = 0) -> dict[str, Risk]:
    return {risk.measure: risk for risk in SinglingOut().attack(view, Context(seed=seed))}


def values(risk: Risk) -> float:
    assert risk.risk is not None
    return risk.risk.value


def test_a_copied_table_singles_everybody_out() -> None:
    """Both risks are near 1 with an alarm, with held-out people as with each record's own person."""
    own = {"made": Made.COPIED, "match": np.arange(800), "carries": Carries.KEPT}
    for view in (view_of(KNOWN, KNOWN, HELD), view_of(KNOWN, KNOWN, **own)):
        for risk in attacked(view).values():
            assert values(risk) > 0.97
            assert risk.alarm
            assert risk.main is not None
            assert risk.main.value == 1


def test_shuffled_columns_lose_combinations_and_keep_rare_values() -> None:
    """Multivariate falls to what outsiders suffer; univariate stays, for every rare value is still there."""
    found = attacked(view_of(KNOWN, shuffled(KNOWN), HELD))
    assert values(found["multivariate"]) < 0.1
    assert not found["multivariate"].alarm
    assert values(found["univariate"]) > 0.9
    assert found["univariate"].alarm


def test_a_masked_table_whose_rows_were_mixed_points_at_nobody() -> None:
    """Columns shuffled under the same match: a predicate is true of one person, but not of the right one."""
    view = view_of(KNOWN, shuffled(KNOWN), made=Made.MASKED, match=np.arange(800), carries=Carries.ALTERED)
    for risk in attacked(view).values():
        assert values(risk) < 0.02
        assert not risk.alarm


def test_half_a_copy_is_half_the_risk() -> None:
    """Every second rare value is somebody's; of combinations fewer, as the other half of the people matches them too."""
    found = attacked(view_of(KNOWN, half_copied(KNOWN, people(800, 3)), HELD))
    assert values(found["univariate"]) == pytest.approx(0.5, abs=0.06)
    assert 0.3 < values(found["multivariate"]) < 0.55
    assert all(risk.alarm for risk in found.values())


def test_other_people_alarm_hardly_ever() -> None:
    """Of twenty targets of other people of the same population at most one alarms, and in 36 of 40 figures the interval reaches 0."""
    alarms, clear = 0, 0
    for seed in range(20):
        view = view_of(people(250, 100 + seed), people(250, 200 + seed), people(250, 300 + seed))
        for risk in attacked(view, seed).values():
            alarms += risk.alarm
            clear += risk.risk is not None and risk.risk.low > 0
    assert alarms <= 1
    assert clear <= 4


def test_the_control_is_scaled_to_as_many_people() -> None:
    """With a tenth as many held-out people the control of other people's target is the same, but for chance."""
    fresh = people(800, 4)
    rates = []
    for held in (people(800, 5), people(80, 6)):
        control = attacked(view_of(KNOWN, fresh, held))["multivariate"].control
        assert control is not None
        rates.append(control)
    assert max(rate.low for rate in rates) < min(rate.high for rate in rates)


def test_without_held_out_people_nothing_is_alarmed() -> None:
    """The rates stand beside the baseline, and the result says what is missing."""
    found = attacked(view_of(KNOWN, KNOWN))["multivariate"]
    assert (found.state, found.alarm, found.control) == (State.MEASURED, False, None)
    assert "no held-out records" in found.because


def test_replaced_features_are_not_looked_at() -> None:
    """Where all is replaced nothing is measured."""
    for risk in attacked(view_of(KNOWN, KNOWN, HELD, carries=Carries.REPLACED)).values():
        assert risk.state is State.NOT_MEASURED


def test_predicates_count_as_worked_by_hand() -> None:
    """Ages 30, 40, 40, none: 30 is one's, 40 two's, none one's, at least 40 two's; with the city, one's."""
    rows = pa.table({"age": [30.0, 40.0, 40.0, None], "city": ["a", "a", "b", "b"]})
    sides = ranked(view_of(rows, rows), (0, 1))
    ranks = np.array([[0, 0], [1, 1], [NO_VALUE, NO_VALUE], [1, 5], [0, 1]], np.int32)
    one = Predicates(np.zeros((5, 1), np.int64), ranks[:, :1], ranks[:, 1:])
    assert counts(one, sides.known, Control()).tolist() == [1, 2, 1, 2, 3]
    both = Predicates(
        np.array([[0, 1], [0, 1]]), np.array([[1, 0], [0, 0]], np.int32), np.array([[1, 0], [1, 0]], np.int32)
    )
    assert counts(both, sides.known, Control()).tolist() == [1, 2]
    assert both.hold(sides.known, np.array([1, 3])).tolist() == [True, False]
