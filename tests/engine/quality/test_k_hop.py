from __future__ import annotations

import numpy as np
import pytest

from engine.assessment.result import State
from engine.assessment.view import Carries
from engine.quality.cardinality import Cardinality
from engine.quality.k_hop import KHop
from tests.engine.quality.families import (
    CHILD,
    GRANDCHILD,
    Rows,
    children,
    compared,
    dealt,
    figures,
    grandchildren,
    parents,
)

SIZE = 400


def database(seed: int = 1, size: int = SIZE) -> Rows:
    """Children and grandchildren have their parent's colour, and its weight but for some noise."""
    rng = np.random.default_rng(seed)
    colour, weight = rng.permutation(np.arange(size) % 2), rng.normal(size=size)
    above = rng.integers(0, size, 3 * size)
    grand = rng.integers(0, 3 * size, 3 * size)

    def below(of: np.ndarray) -> dict[str, object]:
        return {"colour": np.array(["red", "blue"])[colour[of]], "weight": weight[of] + rng.normal(0, 0.1, len(of))}

    return {
        "parent": parents(size, **below(np.arange(size))),
        "child": children(above, **below(above)),
        "grandchild": grandchildren(grand, **below(above[grand])),
    }


def test_a_copy_keeps_every_trend() -> None:
    known = database()
    found = figures(KHop(), compared(known, known))
    assert {scope for _, scope, _ in found} == {CHILD, "grandchild(child_id) -> child", GRANDCHILD}
    assert all(figure.value == pytest.approx(1) for figure in found.values())


def test_another_draw_of_the_source_comes_to_about_the_ceiling() -> None:
    found = figures(KHop(), compared(database(1), database(2), database(3)))
    for scope in (CHILD, GRANDCHILD):
        figure = found["InterTableTrends", scope, ""]
        assert figure.ceiling is not None
        assert figure.floor is not None
        assert figure.low is not None
        assert figure.value == pytest.approx(figure.ceiling, abs=0.04)
        assert figure.floor < figure.low - 0.1


def test_dealt_foreign_keys_fall_to_the_floor_while_numbers_of_children_stay() -> None:
    """Two even colours that always agree: joint shares 1/2, 1/2 against four of 1/4, and r = 1 against 0."""
    known = database()
    told = compared(known, dealt(known, "child", "parent_id"))
    found = figures(KHop(), told)
    for pair in ("colour ~ colour", "weight ~ weight"):
        figure = found["InterTableTrends", CHILD, pair]
        assert figure.value == pytest.approx(0.5, abs=0.06)
        assert figure.floor == pytest.approx(0.5, abs=0.02)
    two_hops = found["InterTableTrends", GRANDCHILD, ""]
    assert two_hops.value == pytest.approx(two_hops.floor, abs=0.06)
    assert found["InterTableTrends", "grandchild(child_id) -> child", ""].value == pytest.approx(1)
    assert figures(Cardinality(), told)["CardinalityShapeSimilarity", CHILD, ""].value == 1


def test_joint_shares_are_what_a_hand_finds() -> None:
    """100 parents, half of them red; each has a child of its colour, but in the target 10 red ones have a blue one."""
    colour = np.repeat(["red", "blue"], 50)
    known = {"parent": parents(100, colour=colour), "child": children(range(100), colour=colour)}
    target = known | {"child": children(range(100), colour=np.where(np.arange(100) < 10, "blue", colour))}
    found = figures(KHop(), compared(known, target))
    assert found["InterTableTrends", CHILD, "colour ~ colour"].value == pytest.approx(0.9)


def test_made_up_columns_and_constant_ones_have_no_trend() -> None:
    known = database()
    assert all(
        figure.state is State.NOT_MEASURED
        for figure in figures(KHop(), compared(known, known, carries=Carries.REPLACED)).values()
    )
    same = {"parent": parents(100, colour=["red"] * 100), "child": children(range(100), colour=["red"] * 100)}
    assert all(figure.state is State.NOT_MEASURED for figure in figures(KHop(), compared(same, same)).values())


def test_few_families_give_no_figure() -> None:
    known = database(size=40)
    assert figures(KHop(), compared(known, known))["InterTableTrends", CHILD, ""].state is State.NOT_MEASURED


def test_bins_lie_where_the_known_values_do() -> None:
    """A target whose numbers all lie beyond the known ones shares no bin with them."""
    rng = np.random.default_rng(1)
    colour, weight = np.where(rng.random(100) < 0.5, "red", "blue"), rng.random(100)
    known = {"parent": parents(100, colour=colour), "child": children(range(100), weight=weight)}
    target = known | {"child": children(range(100), weight=weight / 100)}
    assert figures(KHop(), compared(known, target))["InterTableTrends", CHILD, "colour ~ weight"].value < 0.3
