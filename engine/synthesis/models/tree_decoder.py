"""How likely each column of an entity is, given a latent and what was decided before it: one small network a column."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.synthesis.batch import TreeBatch
from engine.synthesis.forest import Tree
from engine.synthesis.handle import Measured
from engine.synthesis.layers import EntityEmbedding, EntityLinear
from engine.synthesis.models.tree_rows import (
    WideRows,
    context_codes,
    path_codes,
    share_logits,
    wide_codes,
    wide_marginals,
)


class Head(nn.Module):
    """Logits of one column: codes decided before it and the latent meet in one hidden layer."""

    def __init__(self, before: tuple[int, ...], latent: int, hidden: int, size: int) -> None:
        super().__init__()
        self.codes = EntityEmbedding(before, hidden) if before else None
        self.latent = EntityLinear(latent, hidden)
        self.out = EntityLinear(hidden, size)

    def forward(self, codes: Tensor, latent: Tensor, owner: Tensor | None = None) -> Tensor:
        hidden: Tensor = self.latent(latent, owner)
        if self.codes is not None:
            hidden = hidden + self.codes(codes, owner)
        logits: Tensor = self.out(torch.relu(hidden), owner)
        return logits


class NodeDecoder(nn.Module):
    """The heads of one node's wide rows, in the order in which columns are decided. A column of one code needs none."""

    def __init__(self, rows: WideRows, node: int, latent: int, hidden: int) -> None:
        super().__init__()
        sizes, context = rows.sizes(node), rows.context(node)
        self.order = rows.order(node)
        self.sizes = sizes
        heads: dict[str, Head] = {}
        for step, column in enumerate(self.order):
            if sizes[column] > 1:
                before = tuple(sizes[earlier] for earlier in self.order[:step])
                heads[str(column)] = Head(before + context, latent, hidden, sizes[column])
        self.heads = nn.ModuleDict(heads)

    def head(self, column: int) -> Head | None:
        """None for a column of one code."""
        found = dict(self.heads.items()).get(str(column))
        return found if isinstance(found, Head) else None

    def before(self, wide: Tensor, step: int, context: Tensor) -> Tensor:
        """What the head of the column that is decided at this step reads."""
        return torch.cat([wide[:, list(self.order[:step])], context], 1)

    def surprise(self, wide: Tensor, context: Tensor, latent: Tensor, owner: Tensor | None) -> Tensor:
        """Minus the log-likelihood of each row."""
        lost = latent.new_zeros(len(wide))
        for step, column in enumerate(self.order):
            if (head := self.head(column)) is not None:
                logits = head(self.before(wide, step, context), latent, owner)
                lost = lost + nn.functional.cross_entropy(logits, wide[:, column], reduction="none")
        return lost


class TreeDecoder(nn.Module):
    """All nodes' decoders. One latent stands behind all rows of an entity."""

    def __init__(self, tree: Tree, latent: int, hidden: int) -> None:
        super().__init__()
        self.rows = WideRows(tree)
        self.nodes = nn.ModuleList(NodeDecoder(self.rows, node, latent, hidden) for node in range(len(tree.nodes)))

    def node(self, place: int) -> NodeDecoder:
        found = self.nodes[place]
        assert isinstance(found, NodeDecoder)
        return found

    def start_from(self, measured: Measured, gain: float) -> None:
        """Let every column begin at its noisy marginal, so that training learns only what marginals do not say."""
        for place, marginals in enumerate(wide_marginals(self.rows.tree, measured)):
            for column, shares in enumerate(marginals):
                head = self.node(place).head(column)
                if head is not None and shares is not None:
                    with torch.no_grad():
                        head.out.bias.copy_(share_logits(shares))
                        head.out.weight.mul_(gain)

    def losses(self, batch: TreeBatch, latent: Tensor, weights: list[float]) -> Tensor:
        """Minus the log-likelihood of each entity's rows, times their node's weight: a constant, never a count of the batch."""
        wide = wide_codes(batch)
        contexts = context_codes(batch, path_codes(batch, wide))
        lost = latent.new_zeros(batch.entities)
        for place, rows in enumerate(batch.nodes):
            root = batch.tree.nodes[place].parent is None
            behind, owner = (latent, None) if root else (latent[rows.owner], rows.owner)
            surprise = self.node(place).surprise(wide[place], contexts[place], behind, owner)
            lost = lost + weights[place] * (
                surprise if root else lost.new_zeros(len(lost)).index_add(0, rows.owner, surprise)
            )
        return lost
