from __future__ import annotations

import numpy as np
import pytest

from engine.assessment.result import State
from engine.quality.intervals import Intervals
from tests.engine.quality.families import CHILD, Rows, children, compared, dealt, figures, parents

SCOPE = f"{CHILD} : at"
DAY = np.timedelta64(1, "D")
MONDAY = np.datetime64("2024-01-01T09:30", "us")


def visits(gaps: np.ndarray, rows: int = 3, first: np.ndarray | int = 2) -> Rows:
    """Each parent begins two weeks after the one before it; its first row is `first` days later, the others a gap after each other."""
    size = len(gaps)
    begins = MONDAY + np.arange(size) * 14 * DAY
    at = begins[:, None] + (np.broadcast_to(first, size)[:, None] + gaps[:, None] * np.arange(rows)) * DAY
    return {
        "parent": parents(size, joined=begins.astype("datetime64[D]")),
        "child": children(np.repeat(np.arange(size), rows), at=at.ravel().astype("datetime64[us]")),
    }


def test_gaps_are_what_a_hand_finds() -> None:
    """All gaps are a week; in the target those of a quarter of the parents are five weeks."""
    known, target = visits(np.full(100, 7)), visits(np.where(np.arange(100) < 25, 35, 7))
    found = figures(Intervals(), compared(known, target))
    gaps = found["InterEventTimes", SCOPE, ""]
    assert gaps.value == pytest.approx(0.75)
    assert gaps.facts["mean days"] == 7
    assert gaps.facts["mean days of the target"] == 14
    assert found["FirstEventDelay", SCOPE, "after parent.joined"].value == 1


def test_the_first_events_delay_is_what_a_hand_finds() -> None:
    known, target = visits(np.full(100, 7)), visits(np.full(100, 7), first=np.where(np.arange(100) < 40, 9, 2))
    found = figures(Intervals(), compared(known, target))
    assert found["FirstEventDelay", SCOPE, "after parent.joined"].value == pytest.approx(0.6)
    assert found["InterEventTimes", SCOPE, ""].value == 1


def test_weekdays_and_hours_are_those_of_the_calendar() -> None:
    """Monday plus two days, at half past nine; in the target half of the parents come a day and an hour later."""
    known = visits(np.full(100, 7))
    later = np.repeat(np.arange(100) < 50, 3) * (DAY + np.timedelta64(1, "h"))
    moved = known["child"].column("at").to_numpy() + later
    target = known | {"child": children(known["child"].column("parent_id").to_numpy(), at=moved)}
    found = figures(Intervals(), compared(known, target))
    assert found["Weekdays", SCOPE, ""].value == pytest.approx(0.5)
    assert found["TimeOfDay", SCOPE, ""].value == pytest.approx(0.5)
    assert found["InterEventTimes", SCOPE, ""].value == 1


def test_dates_have_no_time_of_day() -> None:
    known = visits(np.full(100, 7))
    days = known["child"].column("at").to_numpy().astype("datetime64[D]")
    known = known | {"child": children(known["child"].column("parent_id").to_numpy(), at=days)}
    assert ("TimeOfDay", SCOPE, "") not in figures(Intervals(), compared(known, known))


def test_rows_dealt_to_other_parents_fall_to_the_floor_of_gaps_while_weekdays_stay() -> None:
    rng = np.random.default_rng(1)
    known, control = (visits(rng.integers(1, 20, 300)) for _ in range(2))
    found = figures(Intervals(), compared(known, dealt(known, "child", "parent_id"), control))
    gaps = found["InterEventTimes", SCOPE, ""]
    assert gaps.floor is not None
    assert gaps.ceiling is not None
    assert gaps.value == pytest.approx(gaps.floor, abs=0.08)
    assert gaps.high is not None
    assert gaps.high < 0.3 < gaps.ceiling
    assert found["Weekdays", SCOPE, ""].value == 1


def test_a_shift_of_every_familys_dates_leaves_gaps_and_delays() -> None:
    rng = np.random.default_rng(2)
    known = visits(rng.integers(1, 20, 200))
    days = rng.integers(-30, 30, 200) * DAY
    parent = parents(200, joined=known["parent"].column("joined").to_numpy() + days)
    moved = known["child"].column("at").to_numpy() + np.repeat(days, 3)
    target = {"parent": parent, "child": children(np.repeat(np.arange(200), 3), at=moved)}
    found = figures(Intervals(), compared(known, target))
    assert found["InterEventTimes", SCOPE, ""].value == 1
    assert found["FirstEventDelay", SCOPE, "after parent.joined"].value == 1


def test_fewer_than_fifty_parents_with_two_rows_have_no_gaps() -> None:
    known = visits(np.full(60, 7), rows=1)
    found = figures(Intervals(), compared(known, known))
    assert found["InterEventTimes", SCOPE, ""].state is State.NOT_MEASURED
    assert found["FirstEventDelay", SCOPE, "after parent.joined"].value == 1


def test_tables_that_nobody_owns_have_no_families_to_have_times_in() -> None:
    assert Intervals().scopes(compared(visits(np.full(60, 7)), visits(np.full(60, 7)), root=None)) == ()
