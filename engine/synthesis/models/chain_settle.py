"""Bring a trained chain's one-way marginals back to those that were paid for: training under noise bends them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from engine.synthesis.batch import tree_batch
from engine.synthesis.forest import Tree
from engine.synthesis.handle import Place
from engine.synthesis.models.chain_network import ChainNetwork, Guess
from engine.synthesis.models.chain_sample import Sampler
from engine.synthesis.models.pools import Pool

ROUNDS = 3
"""A shifted column changes what those after it are told, so they are shifted once more."""
STEPS = 5
"""Of each round, towards the shift that fits."""
ENTITIES = 4096
FEWEST = 64
ROWS = 30_000
"""Drawn for one round, about: entities that own many rows are fewer."""


@torch.no_grad()
def settle(network: ChainNetwork, sampler: Sampler, pools: Mapping[Place, Pool], counts: Mapping[int, Pool]) -> None:
    """Shift what each head starts from until drawn entities have the pools' shares on average. Reads no data."""
    rng, entities = np.random.default_rng(), _entities(network.tree, counts)
    for _ in range(ROUNDS):
        for guess in network.guesses(tree_batch(sampler.sample(entities, rng))):
            pool = counts.get(guess.node) if guess.column is None else pools.get(Place(guess.node, guess.column))
            if pool is not None and len(guess.owner):
                network.head(guess.node, guess.column).start += _shift(guess, pool)


def _entities(tree: Tree, counts: Mapping[int, Pool]) -> int:
    """How many entities to draw."""
    rows = [1.0]
    for place, node in enumerate(tree.nodes[1:], 1):
        each = float(counts[place].shares @ np.arange(len(counts[place].shares))) if place in counts else node.most
        rows.append(rows[node.parent or 0] * each)
    return int(np.clip(ROWS / sum(rows), FEWEST, ENTITIES))


def _shift(guess: Guess, pool: Pool) -> Tensor:
    """(groups,) what the logits lack. Marginals count one random row of each entity, so its rows share a weight of 1."""
    rows = guess.owner.bincount()[guess.owner].float()
    weights = (1 / rows) / (1 / rows).sum()
    aim = torch.tensor(pool.mass, dtype=torch.float32).log()
    shift = torch.zeros_like(aim)
    for _ in range(STEPS):
        mean = weights @ torch.softmax(guess.logits + shift, 1)
        shift = shift + aim - mean.clamp(min=1e-9).log()
    return shift
