"""Random databases go through the whole main line without a fault. The seeds rotate; `python -m tests.fuzz` clones many more."""

from __future__ import annotations

import os
from pathlib import Path
from random import SystemRandom

import pytest

from tests.fuzz.drawing import drawn
from tests.fuzz.judging import clone
from tests.walk.line import HereDesk

FIRST = int(os.environ.get("LOOKALIKE_SEED", SystemRandom().randrange(10**6)))
"""Of this run; every failure names the number that makes it again: `python -m tests.fuzz --dialect D --only N`."""
COUNTS = {"sqlite": 14, "postgresql": 8, "mariadb": 5}


@pytest.mark.parametrize(
    ("dialect", "place"), [(dialect, n) for dialect, count in COUNTS.items() for n in range(count)]
)
def test_a_random_database_is_cloned_masked_and_whole(dialect, place, request, new_sqlite, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    create, number = request.getfixturevalue(f"new_{dialect}"), FIRST + place
    outcome = clone(drawn(dialect, number), create(), create(), HereDesk(tmp_path / "desk"))
    assert outcome.faults == (), f"python -m tests.fuzz --dialect {dialect} --only {number}"
