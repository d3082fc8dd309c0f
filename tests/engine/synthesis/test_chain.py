"""The chain draws every entity as often as its networks say, keeps to conditions and to measured marginals, and learns."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from engine.privacy.budget import Budget
from engine.synthesis.batch import tree_batch
from engine.synthesis.forest import CodeColumn, Forest, Node, NodeRows, Tree
from engine.synthesis.generator import Training
from engine.synthesis.handle import Measured, Place
from engine.synthesis.models.chain import Chain
from engine.synthesis.models.chain_network import ChainNetwork
from engine.synthesis.models.chain_sample import Sampler
from engine.synthesis.models.pools import even, pooled
from tests.engine.synthesis.tables import private_of, random_forest, tree_of

QUICK = {"steps": 40, "batch": 64}
SMALL = tree_of([2, 3], [(0, 2, [2]), (0, 1, [])])


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def untrained(tree: Tree, least: float = 0.0) -> tuple[ChainNetwork, Sampler]:
    """A chain as it starts, its weights enlarged so that what comes later depends on what came before."""
    torch.manual_seed(5)
    pools = {
        Place(node, column): pooled(even(each.size), each.ordered, least)
        for node, at in enumerate(tree.nodes)
        for column, each in enumerate(at.columns)
    }
    counts = {
        node: pooled(even(at.most + 1), True, least) for node, at in enumerate(tree.nodes) if at.parent is not None
    }
    network = ChainNetwork(tree, pools, counts, [1.0] * len(tree.nodes), 8)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(3)
    return network, Sampler(network, pools, counts)


def every_small_entity() -> Forest:
    """All 84 entities that SMALL can hold."""
    entities = [
        (root, children, marks)
        for root in product(range(2), range(3))
        for number in range(3)
        for children in product(range(2), repeat=number)
        for marks in range(2)
    ]
    return forest_of(entities)


def forest_of(entities: list[tuple[tuple[int, ...], tuple[int, ...], int]]) -> Forest:
    roots = np.array([root for root, _, _ in entities], np.int32)
    codes = np.array([code for _, children, _ in entities for code in children], np.int32).reshape(-1, 1)
    places = np.arange(len(entities))
    parent = np.repeat(places, [len(children) for _, children, _ in entities])
    marks = np.repeat(places, [marks for _, _, marks in entities])
    rows = (NodeRows(roots, places), NodeRows(codes, parent), NodeRows(np.zeros((len(marks), 0), np.int32), marks))
    return Forest(SMALL, rows)


def entities_of(forest: Forest) -> list[tuple[tuple[int, ...], tuple[int, ...], int]]:
    ends = np.cumsum(forest.counts(1))[:-1]
    children = np.split(forest.rows[1].codes[:, 0], ends)
    return [
        (tuple(map(int, root)), tuple(map(int, codes)), int(marks))
        for root, codes, marks in zip(forest.rows[0].codes, children, forest.counts(2), strict=True)
    ]


def test_the_chances_of_all_entities_add_up_to_one():
    network, _ = untrained(SMALL)
    with torch.no_grad():
        chances = torch.exp(-network.losses(tree_batch(every_small_entity()), 0.0))
    assert float(chances.sum()) == pytest.approx(1, abs=1e-5)


def test_entities_are_drawn_as_often_as_their_likelihood_says():
    network, sampler = untrained(SMALL)
    every = every_small_entity()
    with torch.no_grad():
        chances = torch.exp(-network.losses(tree_batch(every), 0.0)).double().numpy()
    drawn = entities_of(sampler.sample(60_000, np.random.default_rng(1)))
    found = {entity: place for place, entity in enumerate(entities_of(every))}
    counts = np.bincount([found[entity] for entity in drawn], minlength=len(found))
    expected = 60_000 * chances
    assert ((counts - expected) ** 2 / expected).sum() < 83 + 5 * np.sqrt(2 * 83)


def test_under_a_condition_entities_are_those_that_meet_it_by_chance():
    """Not only the masked column: what was drawn before it is distributed as among all entities that meet the condition."""
    network, sampler = untrained(SMALL)
    every = every_small_entity()
    mask = np.array([True, False, True])
    meets = mask[every.rows[0].codes[:, 1]]
    with torch.no_grad():
        chances = torch.exp(-network.losses(tree_batch(every), 0.0)).double().numpy() * meets
    drawn = sampler.sample(30_000, np.random.default_rng(2), {Place(0, 1): mask})
    assert mask[drawn.rows[0].codes[:, 1]].all()
    found = {entity: place for place, entity in enumerate(entities_of(every))}
    counts = np.bincount([found[entity] for entity in entities_of(drawn)], minlength=len(found))[meets]
    expected = 30_000 * (chances / chances.sum())[meets]
    assert ((counts - expected) ** 2 / expected).sum() < len(counts) + 5 * np.sqrt(2 * len(counts))


def test_a_condition_on_codes_of_one_group_is_kept():
    network, sampler = untrained(tree_of([9]), least=0.9)
    assert network.rows[0].sizes == (1,)
    mask = np.arange(9) == 4
    drawn = sampler.sample(200, np.random.default_rng(3), {Place(0, 0): mask})
    assert (drawn.rows[0].codes == 4).all()
    assert drawn.entities == 200


def test_a_condition_that_nothing_meets_gives_no_entity():
    _, sampler = untrained(SMALL)
    drawn = sampler.sample(20, np.random.default_rng(4), {Place(0, 0): np.zeros(2, bool)})
    assert drawn.entities == 0
    assert all(len(rows.parent) == 0 for rows in drawn.rows)


def test_an_entity_s_loss_depends_on_its_own_rows_alone():
    network, _ = untrained(tree_of([3, 2], [(0, 3, [4, 2]), (1, 2, [3])]))
    forest = random_forest(network.tree, 40, seed=6)
    with torch.no_grad():
        together = network.losses(tree_batch(forest), 0.0)
        alone = [network.losses(tree_batch(forest.take(np.array([each]))), 0.0)[0] for each in range(40)]
    assert torch.allclose(together, torch.stack(alone), atol=1e-5)


def shop(entities: int, seed: int) -> Forest:
    """Customers whose plan says how many orders they have; orders count up from a start that the customer's kind says."""
    rng = np.random.default_rng(seed)
    plan, kind = rng.integers(0, 3, entities), rng.integers(0, 4, entities)
    parent = np.repeat(np.arange(entities), plan)
    ordinal = np.arange(len(parent)) - (np.cumsum(plan) - plan)[parent]
    steps = (kind[parent] + ordinal) % 8
    tree = Tree(
        (
            Node("customer", (CodeColumn("plan", 3), CodeColumn("kind", 4)), None),
            Node("order", (CodeColumn("step", 8, ordered=True),), 0, most=4),
        )
    )
    rows = (NodeRows(np.stack([plan, kind], 1).astype(np.int32), np.arange(entities)), NodeRows(steps[:, None], parent))
    return Forest(tree, (rows[0], NodeRows(rows[1].codes.astype(np.int32), parent)))


def measured_of(forest: Forest) -> Measured:
    places = [Place(node, column) for node, at in enumerate(forest.tree.nodes) for column in range(len(at.columns))]
    shares = {
        place: np.bincount(
            forest.rows[place.node].codes[:, place.column],
            minlength=forest.tree.nodes[place.node].columns[place.column].size,
        )
        for place in places
    }
    counts = np.bincount(forest.counts(1), minlength=forest.tree.nodes[1].most + 1)
    return Measured({place: found / found.sum() for place, found in shares.items()}, {1: counts / counts.sum()})


def test_numbers_of_children_and_their_order_are_learned():
    forest = shop(2000, seed=7)
    fitted = Chain(steps=150, batch=256, rate=0.02, dropout=0.0).fit(
        private_of(forest, measured=measured_of(forest)), Training()
    )
    drawn = fitted.sample(2000, np.random.default_rng(8))
    assert (drawn.counts(1) == drawn.rows[0].codes[:, 0]).mean() > 0.97
    orders, parent = drawn.rows[1].codes[:, 0], drawn.rows[1].parent
    first = np.r_[True, parent[1:] != parent[:-1]]
    assert (orders[first] == drawn.rows[0].codes[parent[first], 1]).mean() > 0.97
    later = np.flatnonzero(~first)
    assert (orders[later] == (orders[later - 1] + 1) % 8).mean() > 0.95


def test_under_noise_drawn_shares_are_the_measured_ones():
    """Even where training says otherwise: what was paid for is kept."""
    forest = random_forest(tree_of([3, 5], [(0, 3, [4])]), 1000, seed=9)
    aims = Measured(
        {
            Place(0, 0): np.array([0.7, 0.2, 0.1]),
            Place(0, 1): np.array([0.5, 0.3, 0.1, 0.05, 0.05]),
            Place(1, 0): np.array([0.1, 0.2, 0.3, 0.4]),
        },
        {1: np.array([0.1, 0.6, 0.2, 0.1])},
    )
    fitted = Chain(**QUICK).fit(private_of(forest, Budget(1.0, 1e-5), measured=aims), Training())
    drawn = fitted.sample(20_000, np.random.default_rng(10))
    assert np.abs(np.bincount(drawn.rows[0].codes[:, 0]) / 20_000 - aims.marginals[Place(0, 0)]).max() < 0.03
    assert np.abs(np.bincount(drawn.rows[0].codes[:, 1]) / 20_000 - aims.marginals[Place(0, 1)]).max() < 0.03
    assert np.abs(np.bincount(drawn.counts(1)) / 20_000 - aims.counts[1]).max() < 0.03
    weights = 1 / drawn.counts(1)[drawn.rows[1].parent]
    shares = np.bincount(drawn.rows[1].codes[:, 0], weights=weights) / weights.sum()
    assert np.abs(shares - aims.marginals[Place(1, 0)]).max() < 0.04


def test_a_restored_chain_draws_the_same_entities():
    forest = shop(500, seed=11)
    chain = Chain(**QUICK)
    fitted = chain.fit(private_of(forest, Budget(2.0, 1e-5), measured=measured_of(forest)), Training())
    restored = chain.restore(fitted.tree, fitted.arrays(), fitted.facts())
    one, other = (each.sample(300, np.random.default_rng(12)) for each in (fitted, restored))
    for mine, its in zip(one.rows, other.rows, strict=True):
        assert (mine.codes == its.codes).all()
        assert (mine.parent == its.parent).all()


def test_what_was_stored_for_another_tree_is_refused():
    forest = shop(300, seed=13)
    chain = Chain(steps=5, batch=64)
    fitted = chain.fit(private_of(forest), Training())
    with pytest.raises(ValueError, match="does not fit"):
        chain.restore(tree_of([3, 5], [(0, 4, [8])]), fitted.arrays(), fitted.facts())
