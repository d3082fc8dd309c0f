"""The critic: the only part of the GAN that sees real entities, each together with a made-up one of its own.

Wasserstein distance by Arjovsky et al. 2017, arXiv 1701.07875. A penalty on gradients between real and made-up entities would read
real ones where nothing clips; here the weights are kept small instead, which reads nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.synthesis.batch import TreeBatch
from engine.synthesis.forest import Tree
from engine.synthesis.layers import EntityLinear
from engine.synthesis.models.row_noise import RowNoise
from engine.synthesis.models.soft_rows import SoftNode, paired, soft_nodes
from engine.synthesis.models.tree_rows import WideRows
from engine.synthesis.train import Learner

Fakes = Callable[[int, RowNoise], tuple[list[SoftNode], Tensor]]
"""So many made-up entities, and the condition that each was made under."""
Read = Callable[[Tensor, RowNoise], Tensor]
"""A condition that is true of each of these root rows, as ones and zeros."""
SLOPE = 0.2


class Critic(Learner):
    """Scores entities from the leaves to the root: high where they look real."""

    def __init__(self, tree: Tree, hidden: int, fakes: Fakes, read: Read) -> None:
        super().__init__()
        rows = WideRows(tree)
        widths = [sum(sizes) for sizes in rows.all_sizes]
        self.tree = tree
        self.fakes = fakes
        self.read = read
        self.rows = nn.ModuleList(EntityLinear(max(1, width), hidden) for width in widths)
        self.below = nn.ModuleList(EntityLinear(hidden, hidden) for _ in widths[1:])
        self.condition = EntityLinear(max(1, widths[0]), hidden, bias=False)
        self.inner = EntityLinear(hidden, hidden)
        self.out = EntityLinear(hidden, 1, bias=False)

    def scores(self, nodes: Sequence[SoftNode], conditions: Tensor) -> Tensor:
        """One number for each root row."""
        found = [self.rows[place](_some(node.rows), node.owner) for place, node in enumerate(nodes)]
        for place in reversed(range(1, len(nodes))):
            node, parent = nodes[place], self.tree.nodes[place].parent
            assert parent is not None
            share = F.leaky_relu(found[place], SLOPE) / node.counts[node.parent][:, None]
            below = self.below[place - 1](share, node.owner)
            found[parent] = found[parent].index_add(0, node.parent, below)
        root = nodes[0]
        hidden = F.leaky_relu(found[0] + self.condition(_some(conditions), root.owner), SLOPE)
        score: Tensor = self.out(F.leaky_relu(self.inner(hidden, root.owner), SLOPE), root.owner)
        return score.squeeze(1)

    def losses(self, batch: TreeBatch, part: float) -> Tensor:
        """How much more real the made-up one of each pair looks. Both are one entity's, so both are clipped together."""
        real = soft_nodes(batch)
        with torch.no_grad():
            noise = RowNoise()
            fakes, wanted = self.fakes(batch.entities, noise)
            conditions = torch.cat([self.read(real[0].rows, noise), wanted])
        scores = self.scores(paired(real, fakes), conditions)
        return scores[batch.entities :] - scores[: batch.entities]

    def bound(self, most: float) -> None:
        """Shrink each layer whose spectral norm is larger: how steep the critic can be depends on no data."""
        with torch.no_grad():
            for layer in self.modules():
                if isinstance(layer, EntityLinear):
                    layer.weight /= max(1.0, float(torch.linalg.matrix_norm(layer.weight, 2)) / most)


def _some(rows: Tensor) -> Tensor:
    """Rows without any column, of a node whose number of rows is all that is known, as one 0."""
    return rows if rows.shape[1] else rows.new_zeros(len(rows), 1)
