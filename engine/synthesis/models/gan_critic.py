"""The critic: the only part of the GAN that sees real entities, each together with a made-up one of its own.

Wasserstein distance by Arjovsky et al. 2017, arXiv 1701.07875. A penalty on gradients between real and made-up entities would read
real ones where nothing clips; here the weights are kept small instead, which reads nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.synthesis.batch import TreeBatch
from engine.synthesis.layers import EntityLinear
from engine.synthesis.models.gan_features import PairFeatures, TreeFeatures
from engine.synthesis.models.pooled_tree import PooledTree
from engine.synthesis.models.soft_rows import SoftNode, paired, soft_nodes
from engine.synthesis.train import Learner

Fakes = Callable[[int], list[SoftNode]]
"""So many made-up entities."""
SLOPE = 0.2


class Critic(Learner):
    """Scores entities: high where they look real. A line through their features, and a small network for what no line says."""

    def __init__(self, pools: PooledTree, features: TreeFeatures, hidden: int, fakes: Fakes) -> None:
        super().__init__()
        self.pools = pools
        self.features = features
        self.fakes = fakes
        widths = [each.left.shape[1] for each in features.nodes if isinstance(each, PairFeatures)]
        self.line = EntityLinear(sum(widths), 1, bias=False)
        self.inner = EntityLinear(sum(widths), hidden)
        self.out = EntityLinear(hidden, 1, bias=False)
        with torch.no_grad():
            self.line.weight.zero_()

    def scores(self, nodes: Sequence[SoftNode]) -> Tensor:
        """One number for each root row."""
        found = torch.cat(self.features(nodes), 1)
        found = found / found.shape[1] ** 0.5
        owner = nodes[0].owner
        hidden = F.leaky_relu(self.inner(found, owner), SLOPE)
        score: Tensor = self.line(found, owner) + self.out(hidden, owner)
        return score.squeeze(1)

    def losses(self, batch: TreeBatch, part: float) -> Tensor:
        """How much more real the made-up one of each pair looks. Both are one entity's, so both are clipped together."""
        real = soft_nodes(self.pools.batch(batch))
        with torch.no_grad():
            fakes = self.fakes(batch.entities)
        scores = self.scores(paired(real, fakes))
        return scores[batch.entities :] - scores[: batch.entities]

    def bound(self, most: float) -> None:
        """Shrink each layer whose spectral norm is larger: how steep the critic can be depends on no data."""
        with torch.no_grad():
            for layer in self.modules():
                if isinstance(layer, EntityLinear):
                    layer.weight /= max(1.0, float(torch.linalg.matrix_norm(layer.weight, 2)) / most)
