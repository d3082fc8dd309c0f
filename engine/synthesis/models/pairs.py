"""Pairs of columns of an entity: which there are, which depend on each other, and how often their codes come together.

A variable is a column of a node, or the number of rows of a child node, which is a column of the parent's row (`COUNT`). A pair holds
a variable of a row and, before it, another one of that row or of the row's parent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np
import torch

from engine.synthesis.checkpoint import State, once
from engine.synthesis.forest import Tree
from engine.synthesis.generator import Training
from engine.synthesis.handle import COUNT, Floats, Measured, Place, Private
from engine.synthesis.models.pools import Pool, Whole, even, pooled

Pair = tuple[Place, Place]
Pools = Mapping[Place, Pool]

_ROUNDING = 0.995
"""Of what is left: accountants round up."""


def variables(tree: Tree, node: int) -> tuple[Place, ...]:
    """Of a row of this node."""
    columns = tuple(Place(node, column) for column in range(len(tree.nodes[node].columns)))
    return columns + tuple(Place(child, COUNT) for child in tree.children(node))


def above(tree: Tree, node: int) -> tuple[Place, ...]:
    """The variables of the parent's row."""
    parent = tree.nodes[node].parent
    return () if parent is None else variables(tree, parent)


def home(tree: Tree, place: Place) -> int:
    """The node whose rows have this variable."""
    parent = tree.nodes[place.node].parent
    return place.node if place.column != COUNT or parent is None else parent


def pairs(tree: Tree) -> list[Pair]:
    """All pairs of all nodes."""
    found: list[Pair] = []
    for node in range(len(tree.nodes)):
        own = variables(tree, node)
        found += [(given, of) for given in above(tree, node) for of in own]
        found += combinations(own, 2)
    return found


def pools(tree: Tree, measured: Measured, least: float) -> dict[Place, Pool]:
    """Groups of a share of at least `least`, by the noisy marginals; of what was not measured every code by itself."""
    found: dict[Place, Pool] = {}
    for node, at in enumerate(tree.nodes):
        for column, each in enumerate(at.columns):
            shares = measured.marginals.get(Place(node, column))
            found[Place(node, column)] = _pool(shares, each.size, each.ordered, least)
        if at.parent is not None:
            found[Place(node, COUNT)] = _pool(measured.counts.get(node), at.most + 1, True, least)
    return found


def _pool(shares: Floats | None, size: int, ordered: bool, least: float) -> Pool:
    return pooled(even(size), ordered, 0.0) if shares is None else pooled(np.asarray(shares), ordered, least)


def groups(pools: Pools) -> dict[Place, Whole]:
    """The group of each code."""
    return {place: pool.groups for place, pool in pools.items()}


def rho_left(private: Private) -> float:
    """What one more Gaussian query may cost where nothing comes after it; infinite without a promise."""
    if not private.promises:
        return math.inf
    # A step that every entity takes part in is such a query.
    sigma = private.noise_multiplier(1.0, 1)
    return _ROUNDING / (2 * sigma**2)


def noise_of(tables: int, rho: float) -> float:
    """The standard deviation of the noise in one cell of so many tables together."""
    return math.sqrt(tables / (2 * rho)) if tables else 0.0


def by_noise(tables: int, rho: float) -> float:
    """What noise alone makes of the greatest of so many distances that are 0."""
    return noise_of(tables, rho) * math.sqrt(2 * math.log(max(2, tables)))


def entities_with(private: Private, rho: float) -> list[float]:
    """How many entities have a row of each node, about; 1 at least."""
    nodes = private.tree.nodes
    below = [node for node in range(1, len(nodes)) if variables(private.tree, node)]
    cells = [(variables(private.tree, node)[0],) for node in below]
    one = {place: np.zeros(_size(private.tree, place), np.int64) for (place,) in cells}
    counts = private.histograms(f"entities with rows in {len(below)} tables", cells, rho, one) if below else []
    known = {node: float(count.sum()) for node, count in zip(below, counts, strict=True)}
    return [max(1.0, min(known.get(node, math.inf), private.population)) for node in range(len(nodes))]


def independent(tree: Tree, pair: Pair, pools: Pools, total: float) -> Floats:
    """The contingency table of a pair that is not one: (groups, groups)."""
    given, of = pair
    first = pools[given]
    shares = first.shares
    if given == Place(home(tree, of), COUNT):
        # The number of rows beside a row that exists is not 0.
        shares = np.where(np.arange(len(shares)) > 0, shares, 0.0)
    table: Floats = total * np.outer(np.bincount(first.groups, shares) / shares.sum(), pools[of].mass)
    return table


def chance(estimate: Floats) -> float:
    """The L1 distance that counts have from their own expectation, by chance alone."""
    return float(np.minimum(np.sqrt(2 * estimate / math.pi), 2 * estimate).sum())


def kept(training: Training, name: str, make: Callable[[], Sequence[Floats]]) -> list[Floats]:
    """Noisy facts that are made once, also where a fit is interrupted and goes on."""

    def made() -> State:
        training.control.check()
        return {"parts": [torch.from_numpy(np.array(each, np.float64)) for each in make()]}

    return [part.numpy() for part in once(training.checkpoint, name, made)["parts"]]


def _size(tree: Tree, place: Place) -> int:
    node = tree.nodes[place.node]
    return node.most + 1 if place.column == COUNT else node.columns[place.column].size
