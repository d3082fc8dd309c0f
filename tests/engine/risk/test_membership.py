"""The membership panel on generators whose copying is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from connectors.schema import Schema
from engine.assessment.context import Context
from engine.assessment.result import Risk, State
from engine.assessment.view import Carries, Made, View
from engine.risk import attack_class
from tests.assessing import comparison_of, table_of, view_of
from tests.engine.risk.copying import copying, drawn

PANEL = ("membership_classifier", "membership_density", "membership_distance", "membership_queries")


def found(name: str, view: View, seed: int = 0) -> tuple[Risk, Risk]:
    area, rate = attack_class(name)().attack(view, Context(seed))  # type: ignore[attr-defined]
    assert (area.measure, rate.measure) == ("auc", "tpr at 1% fpr")
    return area, rate


@pytest.mark.parametrize("name", PANEL)
def test_a_copied_table_gives_everybody_away(name: str) -> None:
    """Where the target is the source, the AUC is near 1, most are named at 1 % of false alarms, and both figures alarm."""
    area, rate = found(name, copying(1.0, n=800))
    assert area.alarm
    assert rate.alarm
    assert area.main is not None
    assert rate.risk is not None
    assert area.main.value > 0.95
    assert rate.risk.low > 0.5


@pytest.mark.parametrize("name", PANEL)
def test_a_target_that_learned_from_nobody_alarms_nobody(name: str) -> None:
    """Fresh people of the same population: no alarm, and the risk is not certainly above a hundredth."""
    for seed in (1, 2):
        for risk in found(name, copying(0.0, seed, n=600), seed):
            assert not risk.alarm
            assert risk.risk is not None
            assert risk.risk.low < 0.01


def test_one_copy_in_twenty_is_seen() -> None:
    """From 5 % of copied rows the distance and the density attack alarm at 1 % of false alarms."""
    view = copying(0.05, n=2000)
    for name in ("membership_distance", "membership_density"):
        _, rate = found(name, view)
        assert rate.alarm
        assert rate.risk is not None
        assert rate.risk.low < 0.05 < rate.risk.high + 0.02


@pytest.mark.parametrize("name", [*PANEL, "distances"])
def test_held_out_people_of_another_kind_are_no_measure(name: str) -> None:
    """People held out who are thirty years older can be told without the target: nothing is measured, and that is said."""
    rng = np.random.default_rng(5)
    others = drawn(600, rng)
    older = pa.array(others.column("age").to_numpy() + 30)
    view = view_of(drawn(600, rng), drawn(600, rng), others.set_column(0, "age", older))
    for risk in attack_class(name)().attack(view, Context()):  # type: ignore[attr-defined]
        assert risk.state is State.NOT_MEASURED
        assert "without the target" in risk.because


@pytest.mark.parametrize("name", PANEL)
def test_without_enough_people_there_is_a_reason(name: str) -> None:
    """No held-out people, fewer than a hundred, only made-up or constant columns: not measured, with a sentence that says why."""
    view = copying(0.0, n=150)
    rows = {"same": pa.array(["x"] * 200)}
    cases = {
        "held out": replace(view, control=None),
        "at least": copying(0.0, n=150, held_out=99),
        "differs": view_of(pa.table(rows), pa.table(rows), pa.table(rows)),
        "No column": replace(view, features=tuple(replace(f, carries=Carries.REPLACED) for f in view.features)),
    }
    for said, each in cases.items():
        for risk in found(name, each):
            assert (risk.state, risk.risk, risk.alarm) == (State.NOT_MEASURED, None, False)
            assert said in risk.because


@pytest.mark.parametrize("name", PANEL)
def test_codes_do_not_tell_who_is_known(name: str) -> None:
    """A name that everybody has alone gets a code by who is spelt first; a classifier that sees the order would find all members."""
    rng = np.random.default_rng(9)
    sides = ({"name": [f"u{v}" for v in rng.integers(0, 10**12, 500)], "x": rng.random(500)} for _ in range(3))
    for risk in found(name, view_of(*map(pa.table, sides))):
        assert not risk.alarm


def test_masked_records_are_not_asked_whether_they_are_members() -> None:
    """Every masked row is somebody's own, so the panel is tried on synthetic views alone."""
    rows = pa.table({"id": [1, 2]})
    view = view_of(rows, rows)

    views = [replace(view, scope=made.value, made=made) for made in Made]
    comparison = comparison_of(
        Schema("sqlite", "main", (table_of("person", rows),)), {"person": rows}, {"person": rows}, views=views
    )
    for name in PANEL:
        assert attack_class(name)().scopes(comparison) == ("synthetic",)
