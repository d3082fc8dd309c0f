"""`chain`: an entity's columns, numbers of children and child rows, one after another, each given what came before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field

from engine.synthesis.forest import Forest, Tree
from engine.synthesis.generator import Allowed, Arrays, Fitted, Generator, Training
from engine.synthesis.handle import Floats, Measured, Place, Private
from engine.synthesis.models.chain_network import ChainNetwork
from engine.synthesis.models.chain_sample import Sampler
from engine.synthesis.models.chain_settle import settle
from engine.synthesis.models.pools import Pool, even, pooled
from engine.synthesis.train import Settings, calibrated, train


@dataclass(frozen=True, slots=True)
class _Shape:
    hidden: int
    rate: float
    dropout: float = 0.0
    least: float = 0.0


_FAINT = 0.003
_NOISY, _CLEAR, _EXACT = _Shape(32, 1e-2), _Shape(48, 1e-2), _Shape(64, 2e-3, dropout=0.5)
_MOST_POOLED = 0.02


class Chain(Generator):
    """Options that are None follow from the noise: less of it, larger networks and finer groups. Without any nothing but dropout and
    small steps keeps networks from learning rows by heart."""

    name: ClassVar[str] = "chain"
    summary: ClassVar[str] = "one small network for each column, reading the columns, parents and siblings before it"

    steps: int = Field(2000, ge=1)
    """Noisy steps of training."""
    batch: int = Field(512, ge=1)
    """Entities in a step's sample, on average."""
    clip: float = Field(1.0, gt=0)
    """The longest gradient of one entity that counts in full."""
    rate: float | None = Field(None, gt=0)
    """How far a step goes."""
    hidden: int | None = Field(None, ge=1)
    """Hidden units of each column's network."""
    dropout: float | None = Field(None, ge=0, lt=1)
    """Share of the hidden units that a step leaves out."""
    least: float | None = Field(None, ge=0, lt=1)
    """Codes with smaller shares are one group to the networks."""

    def fit(self, private: Private, training: Training) -> FittedChain:
        settings = Settings(steps=self.steps, batch=self.batch, clip=self.clip)
        what = f"a chain of {sum(len(node.columns) for node in private.tree.nodes)} columns"
        # Also where training is taken up: what is left of the budget then would ask for other networks.
        sigma = calibrated(private, settings, training, what)
        shape = self._shape(sigma / min(self.batch, private.population))
        pools = _pools(private.tree, private.measured, shape.least)
        counts = _count_pools(private.tree, private.measured, shape.least)
        scales = _scales(private.tree, private.measured)
        network = ChainNetwork(private.tree, pools, counts, scales, shape.hidden, shape.dropout)
        train(network, private, replace(settings, rate=shape.rate), training, what)
        if private.promises:
            known = private.measured
            of_columns = {place: pools[place] for place in known.marginals}
            settle(network, Sampler(network, pools, counts), of_columns, {node: counts[node] for node in known.counts})
        return FittedChain(network, pools, counts, shape.hidden)

    def _shape(self, noise: float) -> _Shape:
        """What was not said. `noise`: of one coordinate of a step's mean, over the clipping bound."""
        usual = _EXACT if noise == 0 else _CLEAR if noise < _FAINT else _NOISY
        return _Shape(
            hidden=self.hidden or usual.hidden,
            rate=self.rate or usual.rate,
            dropout=usual.dropout if self.dropout is None else self.dropout,
            least=min(noise, _MOST_POOLED) if self.least is None else self.least,
        )

    def restore(self, tree: Tree, arrays: Arrays, facts: Mapping[str, Any]) -> FittedChain:
        pools = {
            Place(node, column): _stored(arrays, f"pool.{node}.{column}", each.size)
            for node, at in enumerate(tree.nodes)
            for column, each in enumerate(at.columns)
        }
        counts = {
            node: _stored(arrays, f"count.{node}", at.most + 1)
            for node, at in enumerate(tree.nodes)
            if at.parent is not None
        }
        network = ChainNetwork(tree, pools, counts, [1.0] * len(tree.nodes), int(facts["hidden"]))
        weights = {
            name.removeprefix("net."): torch.tensor(array) for name, array in arrays.items() if name.startswith("net.")
        }
        try:
            network.load_state_dict(weights)
        except RuntimeError as problem:
            raise ValueError("the stored networks do not fit the tree of columns") from problem
        network.eval()
        return FittedChain(network, pools, counts, int(facts["hidden"]))


class FittedChain(Fitted):
    """Trained networks, with the pools that they work on."""

    def __init__(
        self, network: ChainNetwork, pools: Mapping[Place, Pool], counts: Mapping[int, Pool], hidden: int
    ) -> None:
        self.tree = network.tree
        self.sampler = Sampler(network, pools, counts)
        self._network, self._pools, self._counts, self._hidden = network, pools, counts, hidden

    def sample(self, entities: int, rng: np.random.Generator, allowed: Allowed | None = None) -> Forest:
        return self.sampler.sample(entities, rng, allowed)

    def arrays(self) -> Arrays:
        arrays = {
            f"net.{name}": np.ascontiguousarray(each.numpy()) for name, each in self._network.state_dict().items()
        }
        for place, pool in self._pools.items():
            arrays |= _to_store(f"pool.{place.node}.{place.column}", pool)
        for node, pool in self._counts.items():
            arrays |= _to_store(f"count.{node}", pool)
        return arrays

    def facts(self) -> Mapping[str, Any]:
        return {"hidden": self._hidden}


def _pools(tree: Tree, measured: Measured, least: float) -> dict[Place, Pool]:
    found = {}
    for node, at in enumerate(tree.nodes):
        for column, each in enumerate(at.columns):
            place = Place(node, column)
            found[place] = _pool(measured.marginals.get(place), each.size, each.ordered, least)
    return found


def _count_pools(tree: Tree, measured: Measured, least: float) -> dict[int, Pool]:
    return {
        node: _pool(measured.counts.get(node), at.most + 1, True, least)
        for node, at in enumerate(tree.nodes)
        if at.parent is not None
    }


def _pool(shares: Floats | None, size: int, ordered: bool, least: float) -> Pool:
    """Codes that were not measured are not pooled: nothing says which are rare."""
    return pooled(even(size), ordered, 0) if shares is None else pooled(shares, ordered, least)


def _scales(tree: Tree, measured: Measured) -> list[float]:
    """How many rows of each node an entity is expected to have, at least 1: what its losses are divided by."""
    rows: list[float] = []
    for node, at in enumerate(tree.nodes):
        shares = measured.counts.get(node)
        mean = (
            float(np.arange(len(shares)) @ shares)
            if shares is not None
            else (at.most / 2 if at.parent is not None else 1.0)
        )
        rows.append(mean * rows[at.parent] if at.parent is not None else 1.0)
    return [max(each, 1.0) for each in rows]


def _to_store(name: str, pool: Pool) -> dict[str, np.ndarray]:
    return {f"{name}.groups": pool.groups, f"{name}.shares": pool.shares}


def _stored(arrays: Arrays, name: str, size: int) -> Pool:
    groups, shares = arrays.get(f"{name}.groups"), arrays.get(f"{name}.shares")
    if groups is None or shares is None or len(groups) != size or len(shares) != size:
        raise ValueError(f"what is stored of {name} does not fit the tree")
    return Pool(groups, shares)


def learner_for(tree: Tree, rng: np.random.Generator) -> ChainNetwork:
    """A small network with random weights, for tests of what one entity can move."""
    nothing = Measured()
    network = ChainNetwork(tree, _pools(tree, nothing, 0), _count_pools(tree, nothing, 0), _scales(tree, nothing), 6)
    draw = torch.Generator().manual_seed(int(rng.integers(2**62)))
    with torch.no_grad():
        for weights in network.parameters():
            weights.copy_(torch.randn(weights.shape, generator=draw))
    return network
