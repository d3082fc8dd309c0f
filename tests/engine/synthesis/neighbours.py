"""What one entity can move: the clipped sums of a sample with it and without it, for a learner and for those that cheat."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import torch
from torch import Tensor

from engine.synthesis import GENERATORS
from engine.synthesis.batch import tree_batch
from engine.synthesis.clipping import clipped_gradient
from engine.synthesis.forest import Forest, Tree
from engine.synthesis.train import Learner
from tests.engine.synthesis.toy import ToyLearner, random_forest, random_tree

Making = Callable[[Tree, np.random.Generator], Learner]


def learners() -> dict[str, Making]:
    """Every model that is trained on entities: its module says how a small random one is made."""
    found: dict[str, Making] = {"toy": random_toy}
    for name, place in GENERATORS.items():
        module = place.partition(":")[0]
        if find_spec(module) is not None and (making := getattr(import_module(module), "learner_for", None)):
            found[name] = making
    return found


def random_toy(tree: Tree, rng: np.random.Generator) -> ToyLearner:
    torch.manual_seed(int(rng.integers(2**62)))
    learner = ToyLearner(tree)
    with torch.no_grad():
        for parameter in learner.parameters():
            parameter.mul_(5)
    return learner


def moved(learner: Learner, forest: Forest, clip: float, seed: int) -> float:
    """How far the clipped sum moves, in units of `clip`, when the last entity leaves. What is random in the model is drawn row by
    row, so it stays the same for all others."""
    sums = []
    for entities in (forest.entities, forest.entities - 1):
        torch.manual_seed(seed)
        sums.append(summed(learner, forest.take(np.arange(entities)), clip))
    return float((sums[0] - sums[1]).norm()) / clip


def summed(learner: Learner, forest: Forest, clip: float) -> Tensor:
    batch = tree_batch(forest)
    found = clipped_gradient(lambda: learner.losses(batch, 0.5), list(learner.parameters()), forest.entities, clip)
    return found.double()


def most_moved(making: Making, nets: int, rng: np.random.Generator) -> float:
    """The most over so many random learners, trees and forests, with clips from far below gradients to far above."""
    most = 0.0
    for _ in range(nets):
        tree = random_tree(rng)
        forest = random_forest(tree, int(rng.integers(1, 9)), rng)
        clip = float(10 ** rng.uniform(-3, 2))
        most = max(most, moved(making(tree, rng), forest, clip, int(rng.integers(2**31))))
    return most
