"""The GAN: real entities are seen by the critic alone, and what it says of pairs of columns reaches the maker."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.synthesis.batch import tree_batch
from engine.synthesis.forest import Forest, NodeRows
from engine.synthesis.generator import Training
from engine.synthesis.handle import Measured, Place
from engine.synthesis.layers import EntityLayer
from engine.synthesis.models.gan import EntityGan, learner_for
from engine.synthesis.models.gan_conditions import Conditions
from engine.synthesis.models.gan_features import ratings
from engine.synthesis.models.gan_maker import TreeMaker
from engine.synthesis.models.row_noise import RowNoise
from engine.synthesis.models.soft_rows import one_hot, paired, soft_nodes
from tests.engine.synthesis.tables import private_of, random_forest, tree_of

DEEP = tree_of([3, 2], [(0, 3, [4, 5]), (1, 2, [6])])


def test_the_critic_alone_is_trained_on_entities() -> None:
    learner = learner_for(DEEP, np.random.default_rng(1))
    assert all(
        isinstance(module, EntityLayer) for module in learner.modules() if list(module.parameters(recurse=False))
    )
    assert not any(isinstance(module, TreeMaker) for module in learner.modules())


def test_the_critic_never_grows_steeper_than_its_bound() -> None:
    learner = learner_for(DEEP, np.random.default_rng(1))
    learner.bound(0.5)
    for layer in (learner.line, learner.inner, learner.out):
        assert float(torch.linalg.matrix_norm(layer.weight.detach(), 2)) <= 0.5 + 1e-5


def test_a_pair_stands_under_one_owner_with_its_own_parents() -> None:
    real, other = (soft_nodes(tree_batch(random_forest(DEEP, 4, seed))) for seed in (1, 2))
    both = paired(real, other)
    assert both[0].owner.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    for place in (1, 2):
        above = both[place - 1]
        assert torch.equal(above.owner[both[place].parent], both[place].owner)
        assert torch.equal(torch.bincount(both[place].parent, minlength=len(above.rows)), both[place].counts)


def test_conditions_follow_the_noisy_marginals_on_both_sides() -> None:
    tree = tree_of([3, 2])
    measured = Measured({Place(0, 0): np.array([0.5, 0.5, 0.0]), Place(0, 1): np.array([0.1, 0.9])})
    conditions = Conditions.of(tree, measured)
    drawn = conditions.drawn(40_000, RowNoise(1)).mean(0).numpy()
    assert drawn == pytest.approx([0.25, 0.25, 0, 0.05, 0.45], abs=0.01)


def test_heeding_a_condition_costs_less_than_missing_it() -> None:
    conditions = Conditions.of(tree_of([3, 2]), Measured())
    wanted = one_hot(torch.tensor([[1, 0]]), [3, 2]) * torch.tensor([1.0, 1, 1, 0, 0])
    heeded, missed = (torch.tensor([[a, b, 0.0, 0.0, 0.0]]) for a, b in ((0.0, 5.0), (5.0, 0.0)))
    assert float(conditions.missed(wanted, heeded)) < 0.1 < float(conditions.missed(wanted, missed))


def test_ratings_of_codes_are_centred_on_the_noisy_shares() -> None:
    shares = np.array([0.7, 0.1, 0.1, 0.1])
    drawn = ratings(4, shares, np.random.default_rng(1))
    assert shares @ drawn == pytest.approx(0, abs=1e-3)
    assert shares @ drawn**2 == pytest.approx(1, abs=0.02)


def test_made_rows_are_whole_codes_and_carry_gradients() -> None:
    maker = TreeMaker(DEEP, 3, 8)
    rows = maker(Conditions.of(DEEP, Measured()).drawn(9, RowNoise(1)), RowNoise(2))[0][0].rows
    assert torch.equal(rows.detach().round(), rows.detach().abs().round())
    assert rows.detach().round().sum(1).tolist() == [3.0] * 9
    rows.square().sum().backward()
    assert maker.out(0).weight.grad is not None


def test_what_two_columns_have_in_common_is_learned() -> None:
    """Columns that are always equal; started from the marginals alone they would agree in one row of four."""
    codes = np.random.default_rng(0).integers(0, 4, 2000)
    forest = Forest(tree_of([4, 4]), (NodeRows(np.stack([codes, codes], 1).astype(np.int32), np.arange(2000)),))
    even = Measured({Place(0, column): np.full(4, 0.25) for column in range(2)})
    options = EntityGan(steps=300, batch=128, made=128, hidden=32, features=32, critic=8, rate=2e-2, maker_rate=5e-3)
    drawn = (
        options.fit(private_of(forest, measured=even), Training()).sample(1000, np.random.default_rng(1)).rows[0].codes
    )
    assert (drawn[:, 0] == drawn[:, 1]).mean() > 0.5
