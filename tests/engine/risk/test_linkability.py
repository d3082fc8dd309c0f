"""Linkability: copies link, other people do not, the nearest are those that a slow search finds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from engine.assessment.context import Context
from engine.assessment.result import Risk, State
from engine.assessment.view import Carries, Made, View
from engine.jobs.control import Control
from engine.risk.linkability import Linkability
from engine.risk.neighbours import nearest, space
from tests.assessing import view_of
from tests.engine.risk.made_people import half_copied, people, shuffled

KNOWN, HELD = people(600, 1), people(300, 2)
MEASURES = ["k=1", "k=5", "k=10"]


def attacked(view: View, seed: int = 0) -> dict[str, Risk]:
    return {risk.measure: risk for risk in Linkability(splits=2).attack(view, Context(seed=seed))}


def values(risk: Risk) -> float:
    assert risk.risk is not None
    return risk.risk.value


def test_a_copied_table_links_everybody() -> None:
    """With an alarm for each k, with held-out people as with each record's own person; all but those with twins in one half."""
    own = {"made": Made.COPIED, "match": np.arange(600), "carries": Carries.KEPT}
    for view in (view_of(KNOWN, KNOWN, HELD), view_of(KNOWN, KNOWN, **own)):
        found = attacked(view)
        assert list(found) == MEASURES
        for risk in found.values():
            assert values(risk) > 0.8
            assert risk.alarm


def test_shuffled_columns_link_nobody() -> None:
    """Of people whose columns went different ways both halves point at different records."""
    masked = {"made": Made.MASKED, "match": np.arange(600), "carries": Carries.ALTERED}
    for view in (view_of(KNOWN, shuffled(KNOWN), HELD), view_of(KNOWN, shuffled(KNOWN), **masked)):
        for risk in attacked(view).values():
            assert values(risk) < 0.08
            assert not risk.alarm


def test_half_a_copy_is_half_the_risk() -> None:
    """With every second person copied half are linked."""
    assert values(attacked(view_of(KNOWN, half_copied(KNOWN, people(600, 3)), HELD))["k=1"]) == pytest.approx(
        0.5, abs=0.07
    )


def test_other_people_alarm_hardly_ever() -> None:
    """Of twenty targets of other people at most one alarms, and in 57 of 60 figures the interval reaches 0."""
    alarms, clear = 0, 0
    for seed in range(20):
        view = view_of(people(250, 100 + seed), people(250, 200 + seed), people(250, 300 + seed))
        for risk in attacked(view, seed).values():
            alarms += risk.alarm
            clear += risk.risk is not None and risk.risk.low > 0
    assert alarms <= 1
    assert clear <= 3


def test_people_who_are_all_alike_are_not_linked() -> None:
    """Two categories of two values: everybody has a hundred twins, and links are no more than chance and the control."""
    rng = np.random.default_rng(0)
    rows = pa.table({"a": [f"{v}" for v in rng.integers(0, 2, 400)], "b": [f"{v}" for v in rng.integers(0, 2, 400)]})
    view = view_of(rows, rows, made=Made.COPIED, match=np.arange(400), carries=Carries.KEPT)
    assert values(attacked(view)["k=1"]) < 0.03


def test_the_baseline_is_worked_out() -> None:
    """Of 600 records lists of 5 by chance: 1 - (595! / 590!) (595! / 600!) share one; the own record is in both in (5/600)^2."""
    free = np.prod([(595 - i) / (600 - i) for i in range(5)])
    given = view_of(KNOWN, KNOWN, HELD), view_of(KNOWN, KNOWN, match=np.arange(600), made=Made.MASKED)
    for view, expected in zip(given, (1 - free, (5 / 600) ** 2), strict=True):
        baseline = attacked(view)["k=5"].baseline
        assert baseline is not None
        assert baseline.value == pytest.approx(expected)


def test_an_entity_is_split_into_its_own_and_its_owned_columns_too() -> None:
    """Two random halves, and own against owned."""
    view = view_of(KNOWN, KNOWN, HELD, entity=True)
    owned = [
        type(f)(f.name, f.kind, f.carries, f.table, f.column, "sum" if at > 3 else "")
        for at, f in enumerate(view.features)
    ]
    entity = type(view)(
        view.scope, view.table, view.made, tuple(owned), view.known, view.target, view.control, entity=True
    )
    assert [attacked(each)["k=1"].facts["splits"] for each in (view, entity)] == [2, 3]


def test_one_feature_cannot_be_split() -> None:
    """One is left that differs: not measured, with its reason."""
    rows = pa.table({"a": np.arange(50.0), "b": np.zeros(50)})
    for risk in attacked(view_of(rows, rows)).values():
        assert risk.state is State.NOT_MEASURED
        assert "nothing to split" in risk.because


def test_the_nearest_are_those_of_a_slow_search() -> None:
    """Against Gower's distance summed record by record, for two sets of features, with missing values on both sides."""
    rng = np.random.default_rng(4)
    gaps = [None if rng.random() < 0.1 else float(v) for v in rng.normal(size=700)]
    target = people(700, 5).append_column("gaps", pa.array(gaps))
    known = people(40, 6).append_column("gaps", pa.array(gaps[:40]))
    view = view_of(known, target)
    within = space(view, range(7))
    sets = np.array([[1, 1, 1, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1, 0]], bool)
    asked = within.spelt(view.known)
    found = nearest(within, asked, sets, 10, np.random.default_rng(0), Control())
    apart = np.minimum(np.abs(asked[:, :, None] - within.records[:, None, :]), 1)
    for at, chosen in enumerate(sets):
        slow = apart[chosen].sum(axis=0)
        ours = np.take_along_axis(slow, found[at], axis=1)
        np.testing.assert_allclose(ours, np.sort(slow, axis=1)[:, :10], atol=2e-4)


def test_among_records_that_are_all_alike_everybody_meets_another() -> None:
    """One order of ties for all would make all guesses right or all wrong: many people would be evidence of one."""
    view = view_of(*[pa.table({"a": ["x"] * 200, "b": ["y"] * 200})] * 2)
    within = space(view, [0, 1])
    sets = np.array([[True, False], [False, True]])
    found = nearest(within, within.spelt(view.known), sets, 1, np.random.default_rng(0), Control())
    assert all(len(np.unique(found[at])) > 80 for at in range(2))
    assert (found[0] == found[1]).mean() < 0.1
