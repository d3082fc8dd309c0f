"""Random subsets hold the rows that a plain closure over the database holds. Seeds rotate; `python -m tests.subsets` cuts more."""

from __future__ import annotations

import os
from pathlib import Path
from random import SystemRandom

import pytest

from tests.subsets.drawing import requested
from tests.subsets.judging import subset
from tests.walk.line import HereDesk

FIRST = int(os.environ.get("LOOKALIKE_SEED", SystemRandom().randrange(10**6)))
"""Of this run; every failure names the number that makes it again: `python -m tests.subsets --dialect D --only N`."""
COUNTS = {"sqlite": 20, "postgresql": 10, "mariadb": 6}


@pytest.mark.parametrize(
    ("dialect", "place"), [(dialect, n) for dialect, count in COUNTS.items() for n in range(count)]
)
def test_a_random_subset_is_its_closure_row_by_row(dialect, place, request, new_sqlite, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    create, number = request.getfixturevalue(f"new_{dialect}"), FIRST + place
    outcome = subset(requested(dialect, number), create(), create(), HereDesk(tmp_path / "desk"))
    assert outcome.faults == (), f"python -m tests.subsets --dialect {dialect} --only {number}"


def test_a_goal_may_be_of_a_table_that_nothing_else_names(new_sqlite, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    # The source cannot be asked for the names of its rows while they stream in.
    outcome = subset(requested("sqlite", 40051), new_sqlite(), new_sqlite(), HereDesk(tmp_path / "desk"))
    assert outcome.faults == ()


def test_rows_that_several_keys_run_ahead_to_are_reached_once(new_sqlite, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    # Two keys lead to one table, and what one of them had found was new to the other, and to itself in the next round.
    outcome = subset(requested("sqlite", 8180), new_sqlite(), new_sqlite(), HereDesk(tmp_path / "desk"))
    assert outcome.faults == ()
