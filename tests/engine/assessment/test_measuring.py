"""Every attack and metric is tried once on each scope; what is measured is kept, and a mistake of one loses no other."""

from __future__ import annotations

import pyarrow as pa
import pytest

from connectors.schema import Schema
from engine import quality, risk
from engine.assessment import measuring
from engine.assessment.measuring import LEAST_SECONDS, Measuring, nothing_measured, parts_of
from engine.assessment.result import Interval, Risk, State
from engine.assessment.spec import AssessSpec
from engine.assessment.store import AssessmentFolder
from engine.jobs.control import Cancelled, Control
from engine.keys import MaskingKey
from engine.risk.base import Attack
from engine.sealed import SealError
from tests.assessing import comparison_of, table_of

ROWS = pa.table({"id": [1, 2, 3]})
NOTHING = comparison_of(
    Schema("sqlite", "main", (table_of("person", ROWS, ["id"]),)), {"person": ROWS}, {"person": ROWS}
)
GROUND = {"target": "run 1"}


class Counting(Attack):
    name = "counting"
    title = source = ""

    def scopes(self, comparison):
        return ("a", "b", "c")

    def measure(self, comparison, scope, context):
        calls.append((scope, context.seconds))
        if scope == "b" and broken:
            raise broken[0]
        return (Risk(self.name, scope, risk=Interval(0.5, 0.25, 0.75), main=Interval(1, 1, 1), facts={"n": 3}),)


calls: list[tuple[str, float]] = []
broken: list[BaseException] = []


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Only the attack of this test is registered."""
    calls.clear()
    broken.clear()
    monkeypatch.setattr(risk, "registry", lambda: {"counting": ""})
    monkeypatch.setattr(risk, "attack_class", lambda name: Counting)
    monkeypatch.setattr(quality, "registry", dict)


def measured(tmp_path, control=None, skip=(), seconds=300.0):
    folder = AssessmentFolder(tmp_path)
    folder.begin(GROUND)
    spec = AssessSpec(skip=skip, seconds=seconds)
    return Measuring(NOTHING, spec, folder, control or Control(), lambda _: None).everything()[0]


def test_what_was_measured_before_a_stop_is_not_measured_again(tmp_path):
    broken.append(Cancelled("stopped"))
    with pytest.raises(Cancelled):
        measured(tmp_path)
    broken.clear()
    found = measured(tmp_path)
    assert [scope for scope, _ in calls] == ["a", "b", "b", "c"]
    assert [each.scope for each in found] == ["a", "b", "c"]
    again = measured(tmp_path)
    assert again == found
    assert len(calls) == 4


def test_what_was_measured_of_another_target_is_measured_again(tmp_path):
    measured(tmp_path)
    AssessmentFolder(tmp_path).begin({"target": "run 2"})
    assert AssessmentFolder(tmp_path).found("attack", "counting", "a") is None


def test_one_measurement_that_breaks_loses_no_other_and_says_no_value(tmp_path):
    broken.append(KeyError("Ada Lovelace"))
    found = measured(tmp_path)
    assert [each.state for each in found] == [State.MEASURED, State.NOT_MEASURED, State.MEASURED]
    assert "KeyError" in found[1].because
    assert "Ada" not in repr(found)


def test_a_cancelled_assessment_begins_nothing(tmp_path):
    control = Control()
    control.cancel()
    with pytest.raises(Cancelled):
        measured(tmp_path, control)
    assert not calls


def test_time_is_shared_and_never_less_than_a_measurement_needs(tmp_path):
    measured(tmp_path, seconds=0.001)
    assert {seconds for _, seconds in calls} == {LEAST_SECONDS}
    assert measuring.MOST_SHARES > 1


def test_what_is_to_be_left_out_is(tmp_path):
    assert not list(parts_of(NOTHING, {"counting"}))
    assert measured(tmp_path, skip=("counting",)) == ()


def test_a_target_that_must_not_be_measured_has_a_reason_for_every_attack():
    risks, _ = nothing_measured("it is somebody else's")
    assert [(each.attack, each.state, each.because) for each in risks] == [
        ("counting", State.NOT_MEASURED, "it is somebody else's")
    ]


def test_figures_are_read_under_their_own_key_alone(tmp_path):
    folder, key = AssessmentFolder(tmp_path), MaskingKey("k", bytes(32))
    assert folder.figures(key) is None
    folder.save_figures({"person.name": ["Ada Lovelace"]}, key)
    assert b"Ada" not in (tmp_path / "figures").read_bytes()
    assert folder.figures(key) == {"person.name": ["Ada Lovelace"]}
    with pytest.raises(SealError):
        folder.figures(MaskingKey("k", bytes([1] * 32)))
