"""Marginals find the pairs that depend on each other, keep to them within noise, spend what is left and no more, and fall back."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.privacy.accountant import epsilon_of
from engine.privacy.budget import Budget
from engine.privacy.events import GaussianQuery
from engine.privacy.ledger import MemoryLedger
from engine.synthesis.forest import CodeColumn, Forest, Node, NodeRows, Tree
from engine.synthesis.generator import Training
from engine.synthesis.handle import COUNT, Measured, Place
from engine.synthesis.models.column_tree import Link, conditional, conditioned, on_simplex, spanned
from engine.synthesis.models.marginals import FittedMarginals, Marginals
from engine.synthesis.models.pairs import above, home, pairs, variables
from tests.engine.synthesis.tables import private_of, random_forest, tree_of

BUDGET = Budget(1.0, 1e-5)
FAMILY = Tree(
    (
        Node("person", (CodeColumn("region", 4), CodeColumn("plan", 3), CodeColumn("coin", 2)), None),
        Node("order", (CodeColumn("shop", 4), CodeColumn("goods", 4)), 0, most=4),
        Node("part", (CodeColumn("kind", 4),), 1, most=2),
    )
)


def family(entities: int, seed: int) -> Forest:
    """Plans mostly follow regions, and numbers of orders plans; shops follow regions, goods shops, and kinds of parts goods."""
    rng = np.random.default_rng(seed)

    def follows(codes: np.ndarray, size: int) -> np.ndarray:
        return np.where(rng.random(len(codes)) < 0.8, codes % size, rng.integers(0, size, len(codes)))

    region = rng.integers(0, 4, entities)
    plan, coin = follows(region, 3), rng.integers(0, 2, entities)
    order = np.repeat(np.arange(entities), plan + rng.integers(0, 2, entities))
    shop = follows(region[order], 4)
    goods = follows(shop, 4)
    part = np.repeat(np.arange(len(order)), rng.integers(0, 3, len(order)))
    columns = ((np.arange(entities), [region, plan, coin]), (order, [shop, goods]), (part, [follows(goods[part], 4)]))
    return Forest(FAMILY, tuple(NodeRows(np.stack(codes, 1).astype(np.int32), parent) for parent, codes in columns))


def learned(forest: Forest, budget: Budget, **options: float) -> FittedMarginals:
    """As a release does it: one-way marginals first, then the model."""
    private = private_of(forest, budget)
    private.measured = shares(private)
    return Marginals(**options).fit(private, Training())


def shares(private) -> Measured:
    """One-way marginals, for 12 % of the budget."""
    tree = private.tree
    places = [place for node in range(len(tree.nodes)) for place in variables(tree, node)]
    counts = private.histograms("one-way marginals", [(place,) for place in places], private.rho(0.12))
    found = {
        place: np.maximum(each, 0.5) / np.maximum(each, 0.5).sum() for place, each in zip(places, counts, strict=True)
    }
    return Measured(
        {place: each for place, each in found.items() if place.column != COUNT},
        {place.node: each for place, each in found.items() if place.column == COUNT},
    )


def table(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.bincount(one * 8 + other, minlength=64) / max(1, len(one))


def apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).sum() / 2)


def test_columns_that_depend_on_each_other_still_do_under_noise():
    real, drawn = family(4000, 1), learned(family(4000, 1), BUDGET).sample(4000, np.random.default_rng(2))
    for one, other in combinations(range(3), 2):
        tables = [table(each.rows[0].codes[:, one], each.rows[0].codes[:, other]) for each in (real, drawn)]
        assert apart(*tables) < 0.06, (one, other)


def test_pairs_of_columns_are_nearer_than_independent_columns_are():
    real = family(4000, 3)
    drawn = learned(real, BUDGET).sample(4000, np.random.default_rng(4))
    without = learned(real, BUDGET, cost=1e6).sample(4000, np.random.default_rng(4))
    region, plan = 0, 1
    wanted, found, base = (
        table(each.rows[0].codes[:, region], each.rows[0].codes[:, plan]) for each in (real, drawn, without)
    )
    assert apart(wanted, base) > 0.3
    assert apart(wanted, found) < apart(wanted, base) / 5


@pytest.mark.parametrize("budget", [Budget(math.inf, 1e-5), Budget(2.0, 1e-5)], ids=["exact", "noisy"])
def test_numbers_of_children_and_their_columns_follow_the_parent_through_all_levels(budget: Budget):
    drawn = learned(family(4000, 5), budget).sample(4000, np.random.default_rng(6))
    person, order, part = drawn.rows
    assert np.corrcoef(person.codes[:, 1], drawn.counts(1))[0, 1] > 0.7
    assert (order.codes[:, 0] == person.codes[order.parent, 0]).mean() > 0.7
    assert (order.codes[:, 1] == order.codes[:, 0]).mean() > 0.7
    assert (part.codes[:, 0] == order.codes[part.parent, 1]).mean() > 0.7


def test_a_column_of_chance_stays_independent_of_all_others():
    """Noise takes one pair in twenty by chance, so the tables are compared and not the pairs that were taken."""
    person, order, _ = learned(family(4000, 7), BUDGET).sample(4000, np.random.default_rng(8)).rows
    coin = person.codes[:, 2]
    for coins, other in (
        (coin, person.codes[:, 0]),
        (coin, person.codes[:, 1]),
        (coin[order.parent], order.codes[:, 0]),
        (coin[order.parent], order.codes[:, 1]),
    ):
        together = table(coins, other).reshape(8, 8)
        assert apart(together, np.outer(together.sum(1), together.sum(0))) < 0.05


def test_few_entities_leave_one_way_marginals():
    """What 10 people say about pairs drowns in the noise of epsilon 1; what is drawn is still whole."""
    forest = family(10, 8)
    model = learned(forest, BUDGET)
    # One pair in twenty is taken by chance, so more than half of the eight never is.
    assert sum(len(link) > 2 for link in model.facts()["links"]) <= 4
    assert model.sample(100, np.random.default_rng(9)).entities == 100


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 8.0])
def test_all_that_is_left_is_spent_and_nothing_beyond(epsilon: float):
    forest, ledger = family(2000, 10), MemoryLedger()
    private = private_of(forest, Budget(epsilon, 1e-5), ledger=ledger)
    private.measured = shares(private)
    Marginals().fit(private, Training())
    assert all(isinstance(event, GaussianQuery) for event in ledger.events())
    assert 0.97 * epsilon < epsilon_of(ledger.events(), 1e-5) <= epsilon


def test_conditions_give_what_a_filter_of_many_draws_gives():
    model = learned(family(4000, 11), BUDGET)
    free = model.sample(40_000, np.random.default_rng(12)).rows[0].codes
    mask = np.array([False, True, True])
    bound = model.sample(20_000, np.random.default_rng(13), {Place(0, 1): mask}).rows[0].codes
    assert len(bound) == 20_000
    assert mask[bound[:, 1]].all()
    kept = free[mask[free[:, 1]]]
    assert apart(table(kept[:, 0], kept[:, 1]), table(bound[:, 0], bound[:, 1])) < 0.02


def test_distances_are_those_of_the_tables_and_an_entity_more_moves_none_by_more_than_one():
    rng = np.random.default_rng(14)
    for seed in range(20):
        tree = tree_of([3, 2], [(0, 3, [4]), (1, 2, [2])])
        forest = random_forest(tree, 30, seed)
        cells = [pair for pair in pairs(tree) if home(tree, pair[1]) == 0]
        sizes = [[size_of(tree, place) for place in pair] for pair in cells]
        estimates = [rng.random(size) * 5 for size in sizes]
        more, less = (
            private_of(each).distances("", cells, estimates, math.inf) for each in (forest, forest.take(np.arange(29)))
        )
        exact = [
            np.abs(each - guess).sum()
            for each, guess in zip(private_of(forest).histograms("", cells, math.inf), estimates, strict=True)
        ]
        assert more == pytest.approx(exact)
        assert np.abs(more - less).max() <= 1 + 1e-9


def size_of(tree: Tree, place: Place) -> int:
    node = tree.nodes[place.node]
    return node.most + 1 if place.column == COUNT else node.columns[place.column].size


def test_noise_of_distances_is_as_great_as_was_charged():
    tree, ledger = tree_of([2] * 6), MemoryLedger()
    private = private_of(random_forest(tree, 10), Budget(1e3, 1e-5), ledger=ledger)
    cells = pairs(tree)
    found = [private.distances("", cells, [np.zeros((2, 2))] * len(cells), 0.01) - 10 for _ in range(25)]
    (charged,) = {event.sigma for event in ledger.events() if isinstance(event, GaussianQuery)}
    assert np.std(found) == pytest.approx(charged * math.sqrt(len(cells)), rel=0.2)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_variable_is_drawn_once_after_what_it_is_drawn_by(data):
    scores = {pair: data.draw(st.floats(-1, 1)) for pair in pairs(FAMILY)}
    for node in range(len(FAMILY.nodes)):
        known = set(above(FAMILY, node))
        edges = spanned(FAMILY, node, scores)
        for given_, of in edges:
            assert given_ is None or given_ in known
            assert of not in known
            known.add(of)
        assert {of for _, of in edges} == set(variables(FAMILY, node))


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=12), st.floats(0.1, 100))
def test_the_nearest_counts_are_not_negative_and_keep_their_sum(values: list[float], total: float):
    found = on_simplex(np.array(values), total)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(total)


def test_a_table_without_noise_gives_its_own_conditionals():
    counts = np.array([[30.0, 10.0], [5.0, 55.0]])
    found = conditional(counts, counts.sum(1) / 100, counts.sum(0) / 100, 0.0)
    assert found == pytest.approx(counts / counts.sum(1, keepdims=True), abs=1e-6)


def test_what_can_never_be_is_said_so():
    link = Link(Place(0, 0), None, np.array([[1.0, 0.0]]))
    assert conditioned([link], {Place(0, 0): np.array([0.0, 1.0])}) is None
