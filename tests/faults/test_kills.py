"""A few kills at moments that differ from run to run: the target ends as if nobody had killed anything.

`LOOKALIKE_SEED=NUMBER` repeats the moments of an earlier run; `python -m tests.bench.kills` measures many.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterator

import pytest

from tests.faults.estate import Size
from tests.faults.killing import AIMS, Line
from tests.faults.moments import Ground, kill_and_go_on, twists

SEED = int(os.environ.get("LOOKALIKE_SEED") or random.SystemRandom().randrange(10**6))
KILLS = 2
"""Per database: what one run of all tests can spare."""


@pytest.fixture(scope="module")
def grounds() -> dict[str, Ground]:
    """One source for each database, made when it is first asked for."""
    return {}


@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_a_killed_run_goes_on_to_the_end_of_an_undisturbed_one(
    request, tmp_path_factory, grounds, kind, number
) -> None:  # type: ignore[no-untyped-def]
    rng = random.Random(f"{SEED} {kind} {number}")
    if kind not in grounds:
        folder = tmp_path_factory.mktemp(kind)
        names = iter(range(1000))
        new = (
            (lambda: f"sqlite:///{folder}/t{next(names)}.db")
            if kind == "sqlite"
            else request.getfixturevalue(f"new_{kind}")
        )
        grounds[kind] = Ground(Line(folder / "desk"), new, Size(8_000, 8_000, 12_000, 4_000))
    twist = rng.choice(list(twists(10, rng, changes=2)))
    for aim in rng.sample(AIMS, len(AIMS)):
        with told(f"LOOKALIKE_SEED={SEED}, {kind} {number}, aim {aim}, {twist}"):
            if kill_and_go_on(grounds[kind], aim, twist, rng) is not None:
                return
    pytest.skip("this machine was too quick for every aim")


@contextlib.contextmanager
def told(how: str) -> Iterator[None]:
    """Say with a failure how it is met again."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{error} [{how}]") from None
