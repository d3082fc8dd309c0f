"""One entity in or out moves the clipped sum by the clipping bound at most, whatever the model and the entity's shape."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.synthesis.batch import TreeBatch, tree_batch
from engine.synthesis.forest import Tree
from tests.engine.synthesis.neighbours import learners, most_moved, moved, random_toy
from tests.engine.synthesis.toy import ToyLearner, random_forest, random_tree

TOLERANCE = 1e-5


@pytest.mark.parametrize("model", sorted(learners()))
def test_one_entity_moves_the_clipped_sum_by_the_bound_at_most(model: str) -> None:
    assert most_moved(learners()[model], 25, np.random.default_rng(7)) <= 1 + TOLERANCE


@pytest.mark.parametrize("model", sorted(learners()))
def test_an_entitys_loss_does_not_depend_on_who_else_is_in_the_batch(model: str) -> None:
    rng = np.random.default_rng(1)
    tree = random_tree(rng)
    forest, learner = random_forest(tree, 20, rng), learners()[model](tree, rng)
    losses = []
    for entities in (20, 7):
        torch.manual_seed(3)
        losses.append(learner.losses(tree_batch(forest.take(np.arange(entities))), 0.5)[:7])
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-4, atol=1e-4)


def test_the_bound_is_reached() -> None:
    """Else the test above would prove little."""
    assert most_moved(random_toy, 25, np.random.default_rng(7)) > 1 - 1e-3


class Mixing(ToyLearner):
    """A mutant: an entity's loss is held against the mean of its sample."""

    def losses(self, batch: TreeBatch, part: float) -> Tensor:
        losses = super().losses(batch, part)
        return (losses - losses.mean()).square()


class Unpaired(nn.Module):
    """A mutant: an entity and the made-up row beside it are clipped apart, as two calls of a critic are."""

    def __init__(self, tree: Tree) -> None:
        super().__init__()
        self.inner = ToyLearner(tree)

    def losses(self, batch: TreeBatch, part: float) -> Tensor:
        losses = self.inner.losses(batch, part)
        return torch.cat((losses, losses.flip(0)))


def test_a_model_that_mixes_entities_is_caught() -> None:
    assert most_moved(lambda tree, rng: Mixing(tree), 25, np.random.default_rng(7)) > 1.1


def test_a_critic_that_is_called_for_real_and_made_up_apart_is_refused() -> None:
    rng = np.random.default_rng(1)
    tree = random_tree(rng)
    with pytest.raises(ValueError, match="one loss for each of 4 entities"):
        moved(Unpaired(tree), random_forest(tree, 4, rng), 1.0, 0)  # type: ignore[arg-type]
