"""What the critic looks at: products of two columns of a row or of its ancestors, as random numbers rate their codes.

Such a product is 0 on average where the two columns are independent, so its mean is a random projection of what they have in common.
The numbers are drawn before any entity is seen and never trained: only what is learned of few products has to bear the noise of
differential privacy, not a table of every code (the idea of Harder et al. 2021, DP-MERF, arXiv 2002.11603).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.synthesis.forest import Tree
from engine.synthesis.handle import Floats, Measured
from engine.synthesis.models.soft_rows import SoftNode
from engine.synthesis.models.tree_rows import ORDINALS, WideRows, rows_per_entity, wide_marginals


class PairFeatures(nn.Module):
    """Products of pairs of columns of one node's path, and of its ordinal; at least one of a pair is the node's own."""

    left: Tensor
    right: Tensor

    def __init__(self, sizes: Sequence[int], own: int, shares: Sequence[Floats | None], count: int) -> None:
        super().__init__()
        rng = np.random.default_rng()
        ends = np.cumsum(sizes)
        sides = np.zeros((2, int(sum(sizes)), count), np.float32)
        pairs = [(one, other) for one in range(own) for other in range(one + 1, len(sizes))] or [(0, 0)] * own
        for feature in range(count if pairs else 0):
            for side, column in zip(sides, pairs[feature % len(pairs)], strict=True):
                end = ends[column]
                side[end - sizes[column] : end, feature] = ratings(sizes[column], shares[column], rng)
        self.register_buffer("left", torch.from_numpy(sides[0]))
        self.register_buffer("right", torch.from_numpy(sides[1]))

    def forward(self, rows: Tensor) -> Tensor:
        found: Tensor = (rows @ self.left) * (rows @ self.right)
        return found


def ratings(size: int, shares: Floats | None, rng: np.random.Generator) -> Floats:
    """A random number for each code, 0 on average and 1 in spread under the noisy shares."""
    chances = np.full(size, 1 / size) if shares is None else np.maximum(shares, 0) + 1e-6
    chances = chances / chances.sum()
    drawn = rng.standard_normal(size)
    drawn -= chances @ drawn
    found: Floats = drawn / max(float(np.sqrt(chances @ drawn**2)), 1e-3)
    return np.clip(found, -4, 4)


class TreeFeatures(nn.Module):
    """The features of whole entities: of each node the sum over its rows, divided by how many an entity has on average."""

    def __init__(self, tree: Tree, measured: Measured, count: int) -> None:
        super().__init__()
        rows, shares = WideRows(tree), wide_marginals(tree, measured)
        self.tree = tree
        self.scale = [1 / max(1.0, mean) for mean in rows_per_entity(tree, measured)]
        paths = [list(_path(tree, place)) for place in range(len(tree.nodes))]
        self.nodes = nn.ModuleList(
            PairFeatures(
                (*rows.path(place), *([ORDINALS] if place else [])),
                len(rows.sizes(place)),
                [*(each for node in path for each in shares[node]), None],
                count if place == 0 else max(1, count // 4),
            )
            for place, path in enumerate(paths)
        )

    def forward(self, nodes: Sequence[SoftNode]) -> list[Tensor]:
        """Of each node (root rows, features)."""
        roots = len(nodes[0].rows)
        paths: list[Tensor] = []
        tops: list[Tensor] = []
        found: list[Tensor] = []
        for place, node in enumerate(nodes):
            parent = self.tree.nodes[place].parent
            paths.append(node.rows if parent is None else torch.cat([node.rows, paths[parent][node.parent]], 1))
            tops.append(node.parent if parent is None else tops[parent][node.parent])
            each = self.nodes[place](paths[-1] if parent is None else torch.cat([paths[-1], _ordinals(node)], 1))
            found.append(each.new_zeros(roots, each.shape[1]).index_add(0, tops[-1], each) * self.scale[place])
        return found


def _ordinals(node: SoftNode) -> Tensor:
    """Each row's place among its siblings, as ones and zeros."""
    first = node.counts.cumsum(0) - node.counts
    ordinal = torch.arange(len(node.parent), device=node.parent.device) - first[node.parent]
    return F.one_hot(ordinal.clamp(max=ORDINALS - 1), ORDINALS).float()


def _path(tree: Tree, place: int) -> Sequence[int]:
    parent = tree.nodes[place].parent
    return (place,) if parent is None else (place, *_path(tree, parent))
