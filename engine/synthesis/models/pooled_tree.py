"""A tree whose rare codes are pooled, for networks that learn under noise: they learn groups, and codes are drawn within them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from engine.synthesis.batch import TreeBatch
from engine.synthesis.forest import CodeColumn, Forest, NodeRows, Tree
from engine.synthesis.generator import Allowed, Arrays
from engine.synthesis.handle import Floats, Measured, Place
from engine.synthesis.models.pools import Pool, Within, even, pooled

MOST = 0.02
"""Codes with this share are never pooled."""


@dataclass(frozen=True, eq=False)
class PooledTree:
    whole: Tree
    pools: Mapping[Place, Pool]

    @classmethod
    def of(cls, tree: Tree, measured: Measured, noise: float) -> PooledTree:
        """Codes that are rarer than a step's noise over its entities are pooled, but never frequent ones, nor those of a column that
        was not measured."""
        least = min(noise, MOST)
        pools: dict[Place, Pool] = {}
        for place, column in _columns(tree).items():
            shares = measured.marginals.get(place)
            alone = Pool(np.arange(column.size), even(column.size))
            pools[place] = alone if shares is None else pooled(np.asarray(shares), column.ordered, least)
        return cls(tree, pools)

    @property
    def tree(self) -> Tree:
        """The same nodes, with as many codes as there are groups."""
        return Tree(
            tuple(
                replace(
                    node,
                    columns=tuple(
                        replace(column, size=self.pools[Place(place, at)].size)
                        for at, column in enumerate(node.columns)
                    ),
                )
                for place, node in enumerate(self.whole.nodes)
            )
        )

    def measured(self, measured: Measured) -> Measured:
        """The shares of groups."""
        return Measured({place: self.pools[place].mass for place in measured.marginals}, measured.counts)

    def batch(self, batch: TreeBatch) -> TreeBatch:
        """The same rows in groups."""
        nodes = []
        for place, node in enumerate(batch.nodes):
            codes = node.codes.clone()
            for column in range(codes.shape[1]):
                groups = torch.as_tensor(self.pools[Place(place, column)].groups, device=codes.device)
                codes[:, column] = groups[codes[:, column]]
            nodes.append(replace(node, codes=codes))
        return TreeBatch(self.tree, batch.entities, tuple(nodes))

    def chances(self, allowed: Allowed) -> dict[int, Floats]:
        """Of the root's columns how likely each group's code is an allowed one."""
        found: dict[int, Floats] = {}
        for place, codes in allowed.items():
            pool = self.pools[place]
            kept = np.zeros(pool.size)
            np.add.at(kept, pool.groups, pool.shares * np.asarray(codes, np.bool_))
            found[place.column] = kept / pool.mass
        return found

    def expanded(self, forest: Forest, rng: np.random.Generator, allowed: Allowed) -> Forest:
        """Codes for the groups of a forest: allowed ones, by their noisy shares."""
        nodes: list[NodeRows] = []
        for place, rows in enumerate(forest.rows):
            codes = np.empty_like(rows.codes)
            for column in range(codes.shape[1] if len(codes) else 0):
                at = Place(place, column)
                pool = self.pools[at]
                shares = pool.shares * np.asarray(allowed[at], np.bool_) if at in allowed else pool.shares
                drawn = Within(Pool(pool.groups, shares)).draw(rows.codes[:, column].astype(np.int64), rng)
                codes[:, column] = drawn
            nodes.append(NodeRows(codes, rows.parent))
        return Forest(self.whole, tuple(nodes))

    def arrays(self) -> dict[str, np.ndarray]:
        """To be stored beside a network's weights."""
        return {
            f"pool.{place.node}.{place.column}.{part}": array
            for place, pool in self.pools.items()
            for part, array in (("groups", pool.groups), ("shares", pool.shares))
        }

    @classmethod
    def restored(cls, tree: Tree, arrays: Arrays) -> PooledTree:
        """What was stored. Raises KeyError or ValueError where it is not of this tree."""
        pools: dict[Place, Pool] = {}
        for place, column in _columns(tree).items():
            groups, shares = (arrays[f"pool.{place.node}.{place.column}.{part}"] for part in ("groups", "shares"))
            if groups.shape != (column.size,) or shares.shape != (column.size,):
                raise ValueError("there is one group and one share for each code")
            pools[place] = Pool(groups, shares)
        return cls(tree, pools)


def _columns(tree: Tree) -> dict[Place, CodeColumn]:
    return {Place(place, at): column for place, node in enumerate(tree.nodes) for at, column in enumerate(node.columns)}
