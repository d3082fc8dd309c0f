"""Every model of the registry keeps one contract: entities in the codebook's codes, whole and within bounds, inside the budget."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from engine.jobs.control import Cancelled, Control
from engine.privacy.accountant import epsilon_of
from engine.privacy.budget import Budget
from engine.privacy.events import Unprotected
from engine.privacy.ledger import MemoryLedger
from engine.synthesis import GENERATORS, generator_class, make_generator
from engine.synthesis.forest import CodeColumn, Forest, Node, NodeRows, Tree
from engine.synthesis.generator import Fitted, Generator, Training, TrainingProgress
from engine.synthesis.handle import Floats, Measured, Place
from tests.engine.synthesis.tables import NO_BUDGET, private_of

BUDGET = Budget(6.0, 1e-4)
QUICK = {"steps": 12, "batch": 64}
"""Options that make training short, where a model has them."""

TREE = Tree(
    (
        Node("person", (CodeColumn("age", 6, ordered=True), CodeColumn("one", 1), CodeColumn("plan", 3)), None),
        Node("visit", (CodeColumn("gap", 5, ordered=True), CodeColumn("kind", 4)), 0, most=5),
        Node("mark", (), 0, most=2),
        Node("item", (CodeColumn("what", 7),), 1, most=3),
        Node("note", (CodeColumn("same", 1),), 3, most=1),
    )
)
FLAT = Tree((Node("only", (CodeColumn("a", 4), CodeColumn("b", 9, ordered=True)), None),))
BARE = Tree((Node("root", (), None), Node("leaf", (), 0, most=4)))
TREES = {"deep": TREE, "flat": FLAT, "bare": BARE}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(params=sorted(GENERATORS))
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    if find_spec(GENERATORS[found].partition(":")[0]) is None:
        pytest.skip("this model is not written yet")
    return found


def skewed(tree: Tree, entities: int) -> Forest:
    """Small codes and few children are likelier, and the first column of a row follows its parent's."""
    rng = np.random.default_rng(1)
    rows: list[NodeRows] = []
    for node in tree.nodes:
        above = entities if node.parent is None else len(rows[node.parent].parent)
        counts = np.ones(above, np.int64) if node.parent is None else rng.binomial(node.most, 0.3, above)
        parent = np.repeat(np.arange(above), counts)
        codes = [rng.binomial(column.size - 1, 0.25, len(parent)) for column in node.columns]
        if codes and node.parent is not None and rows[node.parent].codes.shape[1]:
            codes[0] = np.minimum(rows[node.parent].codes[parent, 0], node.columns[0].size - 1)
        shaped = np.stack(codes, 1) if codes else np.zeros((len(parent), 0))
        rows.append(NodeRows(shaped.astype(np.int32), parent))
    return Forest(tree, tuple(rows))


def shares(forest: Forest) -> Measured:
    """What preprocessing would have measured, here without noise."""
    marginals: dict[Place, Floats] = {}
    counts: dict[int, Floats] = {}
    for place, node in enumerate(forest.tree.nodes):
        for column, each in enumerate(node.columns):
            found = np.bincount(forest.rows[place].codes[:, column], minlength=each.size)
            marginals[Place(place, column)] = found / found.sum()
        if node.parent is not None:
            held = np.bincount(forest.counts(place), minlength=node.most + 1)
            counts[place] = held / held.sum()
    return Measured(marginals, counts)


def quick(name: str) -> Generator:
    fields = generator_class(name).model_fields
    return make_generator(name, {option: value for option, value in QUICK.items() if option in fields})


@cache
def fitted(name: str, tree: str) -> Fitted:
    """Trained once for all tests that only sample."""
    forest = skewed(TREES[tree], 400)
    return quick(name).fit(private_of(forest, NO_BUDGET, measured=shares(forest)), Training())


def assert_valid(forest: Forest, tree: Tree) -> None:
    assert forest.tree == tree
    assert len(forest.rows) == len(tree.nodes)
    for place, (node, rows) in enumerate(zip(tree.nodes, forest.rows, strict=True)):
        assert rows.codes.shape == (len(rows.parent), len(node.columns))
        assert np.issubdtype(rows.codes.dtype, np.integer)
        assert (np.diff(rows.parent) >= 0).all()
        sizes = np.array([column.size for column in node.columns])
        assert ((rows.codes >= 0) & (rows.codes < sizes)).all()
        above = forest.entities if node.parent is None else len(forest.rows[node.parent].parent)
        assert ((rows.parent >= 0) & (rows.parent < above)).all()
        assert (forest.counts(place) <= node.most).all()
    assert (forest.rows[0].parent == np.arange(forest.entities)).all()


def assert_equal(one: Forest, other: Forest) -> None:
    for mine, theirs in zip(one.rows, other.rows, strict=True):
        np.testing.assert_array_equal(mine.codes, theirs.codes)
        np.testing.assert_array_equal(mine.parent, theirs.parent)


@pytest.mark.parametrize("tree_name", sorted(TREES))
def test_samples_are_whole_entities_within_codes_and_bounds(name: str, tree_name: str) -> None:
    drawn = fitted(name, tree_name).sample(257, np.random.default_rng(3))
    assert drawn.entities == 257
    assert_valid(drawn, TREES[tree_name])


def test_no_entities_and_one_entity_can_be_drawn(name: str) -> None:
    for entities in (0, 1):
        drawn = fitted(name, "deep").sample(entities, np.random.default_rng(3))
        assert drawn.entities == entities
        assert_valid(drawn, TREE)


def test_one_seed_gives_one_sample_and_another_another(name: str) -> None:
    model = fitted(name, "deep")
    assert_equal(model.sample(100, np.random.default_rng(5)), model.sample(100, np.random.default_rng(5)))
    other = model.sample(100, np.random.default_rng(6))
    assert other.rows[0].codes.tolist() != model.sample(100, np.random.default_rng(5)).rows[0].codes.tolist()


def test_what_is_stored_samples_as_what_was_fitted(name: str) -> None:
    model = fitted(name, "deep")
    arrays = {each: np.array(array) for each, array in model.arrays().items()}
    again = quick(name).restore(TREE, arrays, dict(model.facts()))
    assert_equal(model.sample(100, np.random.default_rng(5)), again.sample(100, np.random.default_rng(5)))


def test_what_is_stored_of_one_tree_is_refused_for_another(name: str) -> None:
    model = fitted(name, "deep")
    with pytest.raises(ValueError, match="stored"):
        quick(name).restore(FLAT, model.arrays(), model.facts())


def test_marginals_and_numbers_of_children_are_near_the_noisy_ones(name: str) -> None:
    forest = skewed(TREE, 400)
    drawn = fitted(name, "deep").sample(3000, np.random.default_rng(7))
    for place, wanted in shares(forest).marginals.items():
        if (codes := drawn.rows[place.node].codes[:, place.column]).size:
            found = np.bincount(codes, minlength=len(wanted)) / len(codes)
            assert np.abs(found - wanted).sum() / 2 < 0.15, place
    for node in range(1, len(TREE.nodes)):
        assert drawn.counts(node).mean() == pytest.approx(forest.counts(node).mean(), rel=0.35, abs=0.1)


def test_only_what_is_allowed_is_drawn(name: str) -> None:
    allowed = {Place(0, 2): np.array([False, True, False]), Place(0, 0): np.arange(6) < 3}
    drawn = fitted(name, "deep").sample(60, np.random.default_rng(8), allowed)
    assert 0 < drawn.entities <= 60
    assert_valid(drawn, TREE)
    assert set(drawn.rows[0].codes[:, 2]) == {1}
    assert drawn.rows[0].codes[:, 0].max() < 3


def test_what_is_never_allowed_gives_nothing_and_ends(name: str) -> None:
    drawn = fitted(name, "deep").sample(5, np.random.default_rng(8), {Place(0, 2): np.zeros(3, np.bool_)})
    assert drawn.entities == 0
    assert_valid(drawn, TREE)


def test_a_fit_stays_within_its_budget_and_tells_how_far_it_is(name: str) -> None:
    forest = skewed(TREE, 1000)
    ledger = MemoryLedger()
    told: list[TrainingProgress] = []
    handle = private_of(forest, BUDGET, measured=shares(forest), ledger=ledger)
    model = quick(name).fit(handle, Training(progress=told.append))
    assert ledger.events()
    assert not any(isinstance(event, Unprotected) for event in ledger.events())
    assert epsilon_of(ledger.events(), BUDGET.delta) <= BUDGET.epsilon
    assert all(0 < each.step <= each.steps for each in told)
    assert_valid(model.sample(50, np.random.default_rng(1)), TREE)


def test_without_a_budget_the_ledger_says_that_nothing_is_promised(name: str) -> None:
    forest = skewed(FLAT, 200)
    ledger = MemoryLedger()
    quick(name).fit(private_of(forest, NO_BUDGET, measured=shares(forest), ledger=ledger), Training())
    assert any(isinstance(event, Unprotected) for event in ledger.events())


def test_a_table_that_holds_no_entity_can_be_learned(name: str) -> None:
    forest = skewed(TREE, 0)
    even = Measured(
        {Place(p, c): np.full(e.size, 1 / e.size) for p, n in enumerate(TREE.nodes) for c, e in enumerate(n.columns)},
        {place: np.full(node.most + 1, 1 / (node.most + 1)) for place, node in enumerate(TREE.nodes) if place},
    )
    model = quick(name).fit(private_of(forest, NO_BUDGET, population=1000, measured=even), Training())
    assert_valid(model.sample(20, np.random.default_rng(1)), TREE)


def test_a_cancelled_fit_ends(name: str) -> None:
    forest = skewed(FLAT, 200)
    control = Control()
    control.cancel()
    with pytest.raises(Cancelled):
        quick(name).fit(private_of(forest, measured=shares(forest)), Training(control=control))
