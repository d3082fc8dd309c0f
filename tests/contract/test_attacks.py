"""What every attack of the registry keeps to, whoever wrote it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from connectors.names import TableName
from connectors.schema import ForeignKey, Schema
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Risk, State
from engine.assessment.view import Carries, Frame, Made, View
from engine.jobs.control import Cancelled, Control
from engine.option_docs import option_docs
from engine.risk import attack_class, registry
from engine.risk.base import Attack
from tests.assessing import comparison_of, table_of, view_of

PEOPLE, EACH = 60, 2
MARK = "zq"
"""Stands in every text of every side: no result may say it."""
KEY = ForeignKey("of_person", ("person_id",), TableName("person"), ("id",))


@pytest.fixture(params=sorted(registry()))
def attack(request: pytest.FixtureRequest) -> Attack:
    return attack_class(request.param)()


def context(control: Control | None = None, seed: int = 0) -> Context:
    return Context(seed=seed, seconds=2.0, control=control or Control())


def people(n: int, seed: int, *, constant: bool = False, empty: bool = False) -> pa.Table:
    rng = np.random.default_rng(seed)
    spread = 0 if constant else 1
    columns = {
        "id": pa.array(np.arange(n)),
        "age": pa.array(np.round(40 + spread * 12 * rng.normal(size=n))),
        "income": pa.array(1000 + spread * rng.gamma(2, 500, n)),
        "born": pa.array(np.datetime64("1980-01-01") + spread * rng.integers(0, 9000, n).astype("timedelta64[D]")),
        "city": pa.array([f"{MARK} city {v}" for v in spread * rng.integers(0, 5, n)], pa.string()),
        "job": pa.array([f"{MARK} job {v}" for v in spread * rng.poisson(2, n)], pa.string()),
    }
    if empty:
        columns |= {name: pa.nulls(n, column.type) for name, column in columns.items() if name != "id"}
    return pa.table(columns)


def orders(n: int, of: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    whose = rng.integers(0, max(of, 1), n if of else 0)
    return pa.table(
        {
            "order_id": np.arange(len(whose)),
            "person_id": whose,
            "total": np.round(rng.gamma(2, 30, len(whose)), 2),
            "state": pa.array([f"{MARK} state {v}" for v in rng.integers(0, 3, len(whose))], pa.string()),
        }
    )


def compared(
    n: int = PEOPLE, *, made: Made = Made.SYNTHETIC, held_out: bool = True, match: bool = True, **shape: bool
) -> Comparison:
    """Two tables of both sides, the view of the people, and of the orders."""
    known, held = people(n, 1, **shape), people(n, 3, **shape) if held_out else None
    target = people(n, 2, **shape) if made is Made.SYNTHETIC else known.take(np.arange(n)[::-1].copy())
    of_known, of_target = orders(EACH * n, n, 4), orders(EACH * n, n, 5)
    of_held = orders(EACH * n, n, 6) if held_out else None
    own = np.arange(n)[::-1].copy() if made is not Made.SYNTHETIC and match else None
    carries = {Made.SYNTHETIC: Carries.LEARNED, Made.MASKED: Carries.ALTERED, Made.COPIED: Carries.KEPT}[made]
    views = (
        view_of(
            known.drop_columns("id"), target.drop_columns("id"), held.drop_columns("id") if held is not None else None,
            made=made, match=own, carries=carries, quasi=("age", "city"), sensitive=("income", "job"),
        ),
        view_of(
            of_known.select(["total", "state"]), of_target.select(["total", "state"]),
            of_held.select(["total", "state"]) if of_held is not None else None,
            made=made, carries=carries, table=TableName("orders"),
        ),
    )  # fmt: skip
    schema = Schema(
        "sqlite", "main", (table_of("person", known, ["id"]), table_of("orders", of_known, ["order_id"], [KEY]))
    )
    return comparison_of(
        schema,
        {"person": known, "orders": of_known},
        {"person": target, "orders": of_target},
        {"person": held, "orders": of_held} if held is not None and of_held is not None else None,
        made=made, carries=carries, root="person", views=views,
    )  # fmt: skip


def measured(attack: Attack, comparison: Comparison, seed: int = 0) -> list[Risk]:
    return [
        risk for scope in attack.scopes(comparison) for risk in attack.measure(comparison, scope, context(seed=seed))
    ]


def told(risks: list[Risk]) -> str:
    return json.dumps([risk.to_json() for risk in risks], allow_nan=False, sort_keys=True)


COMPARISONS = {
    "synthetic": {},
    "synthetic, nobody held out": {"held_out": False},
    "masked": {"made": Made.MASKED},
    "masked, nobody knows whose": {"made": Made.MASKED, "match": False, "held_out": False},
    "copied": {"made": Made.COPIED, "held_out": False},
    "no rows": {"n": 0},
    "no rows, masked": {"n": 0, "made": Made.MASKED},
    "one row": {"n": 1},
    "one row, masked": {"n": 1, "made": Made.MASKED, "held_out": False},
    "five rows": {"n": 5},
    "five rows, masked": {"n": 5, "made": Made.MASKED},
    "constant columns": {"constant": True},
    "constant columns, masked": {"constant": True, "made": Made.MASKED},
    "no values": {"empty": True},
    "no values, masked": {"empty": True, "made": Made.MASKED},
}


@pytest.fixture(params=sorted(COMPARISONS))
def comparison(request: pytest.FixtureRequest) -> Comparison:
    return compared(**COMPARISONS[request.param])


def test_a_result_is_finite_numbers_or_a_reason(attack: Attack, comparison: Comparison) -> None:
    """Whatever the rows: a figure with its interval in order between 0 and 1, or a state and a sentence; never an exception."""
    risks = measured(attack, comparison)
    names = [(risk.attack, risk.scope, risk.measure) for risk in risks]
    assert len(set(names)) == len(names)
    assert MARK not in told(risks)
    for risk in risks:
        assert risk.attack == attack.name
        for interval in filter(None, (risk.risk, risk.main, risk.control, risk.baseline)):
            assert all(map(math.isfinite, (interval.value, interval.low, interval.high)))
            assert interval.low <= interval.value <= interval.high
        if risk.state is State.NOT_MEASURED:
            assert risk.because
            assert (risk.risk, risk.alarm) == (None, False)
        else:
            assert risk.risk is not None
            assert min(risk.risk.low, 1 - risk.risk.high) >= 0
            assert risk.because or risk.state is State.MEASURED


@pytest.mark.parametrize("made", Made)
def test_a_handful_of_people_alarms_nobody(attack: Attack, made: Made) -> None:
    """Of at most five people there is no alarm, and where a rate is given its interval says how little is known."""
    for people_there in (0, 1, 5):
        for risk in measured(attack, compared(people_there, made=made, held_out=False)):
            assert not risk.alarm
            if risk.state is State.MEASURED and risk.main is not None:
                assert risk.main.high - risk.main.low > 0.3


def test_the_same_seed_gives_the_same_result(attack: Attack) -> None:
    """Two runs with one seed agree to the last digit."""
    for made in (Made.SYNTHETIC, Made.MASKED):
        assert told(measured(attack, compared(made=made))) == told(measured(attack, compared(made=made)))


def test_what_is_attacked_stays_as_it_was(attack: Attack) -> None:
    """No array of a view and no table of a side is written to."""
    given, untouched = compared(), compared()
    for column in _arrays(given):
        column.flags.writeable = False
    measured(attack, given)
    for ours, theirs in zip(_arrays(given), _arrays(untouched), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_cancelled_attack_stops(attack: Attack) -> None:
    """Asked to stop, an attack that has something to do raises Cancelled and gives no result."""
    control = Control()
    control.cancel()
    given = compared(made=Made.MASKED)
    for scope in attack.scopes(given):
        alone = attack.measure(given, scope, context())
        if all(risk.state is State.NOT_MEASURED for risk in alone):
            continue
        with pytest.raises(Cancelled):
            attack.measure(given, scope, context(control))


def test_an_attack_says_what_it_is(attack: Attack) -> None:
    """Its name is that of the registry; title and source are there; options have a description and cannot be changed."""
    assert registry()[attack.name].endswith(type(attack).__name__)
    assert all((attack.title, attack.source))
    assert all(option_docs(type(attack)).values())
    assert type(attack).model_config["frozen"]


def _arrays(comparison: Comparison) -> Iterator[np.ndarray]:
    for view in comparison.views:
        for frame in _frames(view):
            yield from frame.columns
        if view.match is not None:
            yield view.match


def _frames(view: View) -> list[Frame]:
    return [frame for frame in (view.known, view.target, view.control) if frame is not None]
