"""A subset that is killed while it is selected, loaded or finished ends as if nobody had killed anything, and keeps no key."""

from __future__ import annotations

import random
from typing import ClassVar

import pytest

from connectors.names import TableName
from engine.subset.spec import Coverage, Edge, Roots, Scope, Subset
from tests.faults.estate import Size
from tests.faults.killing import Line
from tests.faults.moments import Ground, Twist, kill_and_go_on
from tests.faults.test_kills import SEED, told

PERSON, PURCHASE, ITEM = (TableName(name) for name in ("person", "purchase", "item"))


SIZE = Size(5_000, 5_000, 8_000, 2_000)


class SubsetLine(Line):
    """A part of the estate in which nearly all that can choose between rows has a say."""

    subset: ClassVar[Subset | None] = Subset(
        (Roots(PERSON, percent=40),),
        size=2_500_000,
        seed=3,
        edges=(Edge(ITEM, columns=("purchase",), follow=Scope.OWNED, limit=1),),
        coverage=(Coverage(PURCHASE, ("day",), times=2), Coverage(ITEM, ("what",))),
    )


@pytest.fixture(scope="module")
def grounds() -> dict[str, Ground]:
    """One source for each database, made when it is first asked for."""
    return {}


@pytest.mark.parametrize("aim", ["select", "chunk"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_killed_subset_ends_as_an_undisturbed_one(request, tmp_path_factory, grounds, kind, aim) -> None:  # type: ignore[no-untyped-def]
    rng = random.Random(f"{SEED} subset {kind} {aim}")
    if kind not in grounds:
        folder = tmp_path_factory.mktemp(kind)
        names = iter(range(100))
        files = lambda: f"sqlite:///{folder}/t{next(names)}.db"  # noqa: E731
        new = files if kind == "sqlite" else request.getfixturevalue(f"new_{kind}")
        grounds[kind] = Ground(SubsetLine(folder / "desk"), new, SIZE)
    # The last of them changes the source, whose pages are others then: a budget is measured by them.
    twist = Twist(change=aim == "chunk")
    with told(f"LOOKALIKE_SEED={SEED}, {kind}, aim {aim}, {twist}"):
        if kill_and_go_on(grounds[kind], aim, twist, rng) is None:
            pytest.skip("this machine was too quick")
    runs = (grounds[kind].line.folder / "workspace" / "runs").glob("*/*")
    assert {path.name for path in runs} <= {"evidence.json", "record"}
