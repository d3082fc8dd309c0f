"""Entities weighed so that pairs of columns come together as noisy two-way marginals say: the least change of what a model draws.

Of all ways to weigh a pool, the one nearest to it (in relative entropy) whose tables are near the measured ones is log-linear: an
entity weighs the product of what its cells weigh. So the weights hold for any number of entities drawn later, and whole entities are
kept or left. All of it works on noisy tables and drawn entities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from engine.synthesis.forest import Forest, NodeRows
from engine.synthesis.handle import COUNT, Floats, Place
from engine.synthesis.models.pairs import Pair, Pools, home
from engine.synthesis.models.pools import Whole

MOST_WEIGHT = 5.0
"""No entity is so much likelier than on average: more draws than this for each that is kept are too many."""
_STEPS = 60
_WITHIN = 0.98
"""Of all weight: what stays when none is above `MOST_WEIGHT`."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Which cell of a pair's table each row is in."""

    shape: tuple[int, int]
    cell: Whole
    """(rows,)"""
    owner: Whole
    """(rows,) their entities."""
    weight: Floats
    """(rows,) one entity's rows add up to 1."""

    @classmethod
    def of(cls, forest: Forest, pair: Pair, pools: Pools) -> Cells:
        node = home(forest.tree, pair[1])
        given, of = (_groups(forest, place, node, pools) for place in pair)
        owner = forest.owners(node)
        shape = (pools[pair[0]].size, pools[pair[1]].size)
        return cls(shape, given * shape[1] + of, owner, 1 / np.bincount(owner, minlength=1)[owner])

    def table(self, entities: int) -> Floats:
        """Shares of entities, as tables are measured: by one random row of each."""
        counts = np.bincount(self.cell, self.weight, self.shape[0] * self.shape[1])
        return np.asarray(counts.reshape(self.shape) / max(1, entities))


@dataclass(frozen=True, slots=True, eq=False)
class Tilt:
    """Logarithms of what the cells of some pairs weigh, so that entities weigh 1 on average."""

    pools: Pools
    pairs: tuple[Pair, ...]
    weights: tuple[Floats, ...]
    shift: float

    def of(self, forest: Forest) -> Floats:
        """(entities,) how much likelier each is to be than the model says."""
        total = np.full(forest.entities, self.shift)
        for pair, weights in zip(self.pairs, self.weights, strict=True):
            cells = Cells.of(forest, pair, self.pools)
            total += np.bincount(cells.owner, cells.weight * weights.ravel()[cells.cell], forest.entities)
        return np.asarray(np.exp(total))

    def kept(self, forest: Forest, rng: np.random.Generator) -> Forest:
        """Each entity with a chance as its weight; none of more than `MOST_WEIGHT` is told from one of that."""
        if not self.pairs:
            return forest
        return forest.take(np.flatnonzero(rng.random(forest.entities) * MOST_WEIGHT < self.of(forest)))


def tilted(forest: Forest, pools: Pools, pairs: Sequence[Pair], shares: Sequence[Floats], ridge: float) -> Tilt:
    """The weights by which the forest's tables become `shares`, as far as the ridge lets them: the variance of noise in a cell, times
    how many entities the model's own word counts for. It is raised until next to nothing weighs more than `MOST_WEIGHT`."""
    if not pairs or not forest.entities:
        return Tilt(pools, (), (), 0.0)
    cells = [Cells.of(forest, pair, pools) for pair in pairs]
    while True:
        weights, shift = _weights(forest.entities, cells, shares, ridge)
        tilt = Tilt(pools, tuple(pairs), weights, shift)
        if np.minimum(tilt.of(forest), MOST_WEIGHT).mean() >= _WITHIN:
            return tilt
        ridge *= 4


def _weights(
    entities: int, cells: Sequence[Cells], shares: Sequence[Floats], ridge: float
) -> tuple[tuple[Floats, ...], float]:
    """Logarithms of weights, and what to add so that entities weigh 1 on average."""
    weights = [torch.zeros(each.shape[0] * each.shape[1], dtype=torch.float64, requires_grad=True) for each in cells]
    wanted = [torch.from_numpy(np.asarray(each, np.float64).ravel()) for each in shares]
    parts = [tuple(torch.from_numpy(part) for part in (each.cell, each.owner, each.weight)) for each in cells]

    def totals() -> torch.Tensor:
        total = torch.zeros(entities, dtype=torch.float64)
        for weight, (cell, owner, share) in zip(weights, parts, strict=True):
            total = total.index_add(0, owner, weight[cell] * share)
        return total

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.logsumexp(totals(), 0)
        for weight, want in zip(weights, wanted, strict=True):
            value = value - weight @ want + ridge / 2 * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser = torch.optim.LBFGS(weights, max_iter=_STEPS, line_search_fn="strong_wolfe")
    optimiser.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        shift = float(np.log(entities) - torch.logsumexp(totals(), 0))
    made = (weight.detach().numpy().reshape(each.shape) for weight, each in zip(weights, cells, strict=True))
    return tuple(made), shift


def joined(forests: Sequence[Forest]) -> Forest:
    """One forest, the entities of the first before those of the second. There is one at least."""
    rows = []
    for node, at in enumerate(forests[0].tree.nodes):
        above = node if at.parent is None else at.parent
        sizes = [len(forest.rows[above].parent) for forest in forests]
        begins = np.cumsum(sizes) - sizes
        parents = [forest.rows[node].parent + begin for forest, begin in zip(forests, begins.tolist(), strict=True)]
        rows.append(NodeRows(np.concatenate([forest.rows[node].codes for forest in forests]), np.concatenate(parents)))
    return Forest(forests[0].tree, tuple(rows))


def _groups(forest: Forest, place: Place, node: int, pools: Pools) -> npt.NDArray[np.int64]:
    """(rows of the node,) the group of a variable of the row or of its parent's row."""
    at = home(forest.tree, place)
    codes = forest.counts(place.node) if place.column == COUNT else forest.rows[at].codes[:, place.column]
    groups = pools[place].groups[np.minimum(codes, len(pools[place].groups) - 1)]
    return groups if at == node else groups[forest.rows[node].parent]
