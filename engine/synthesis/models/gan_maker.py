"""The network that makes entities out of noise: a parent's state and fresh noise make a row, and all columns of a row at once.

Rows are drawn by the Gumbel-max trick, and the gradient passes through the softmax beside the draw: Jang et al. 2017, arXiv
1611.01144. It never sees an entity, only what a private critic says of its own.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.synthesis.forest import Tree
from engine.synthesis.handle import Measured
from engine.synthesis.models.row_noise import RowNoise
from engine.synthesis.models.soft_rows import SoftNode
from engine.synthesis.models.tree_rows import ORDINALS, WideRows, share_logits, wide_marginals


class RowMaker(nn.Module):
    """Logits of all columns of a node's wide rows, and a state that the rows below go on from."""

    def __init__(self, above: int, hidden: int, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(above, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, max(1, width))
        self.width = width

    def forward(self, above: Tensor) -> tuple[Tensor, Tensor]:
        hidden = F.relu(self.first(above))
        state = F.relu(self.second(hidden)) + hidden
        return state, self.out(state)[:, : self.width]


class TreeMaker(nn.Module):
    """Entities out of noise and a condition on one column of the root."""

    def __init__(self, tree: Tree, noise: int, hidden: int) -> None:
        super().__init__()
        self.rows = WideRows(tree)
        self.noise = noise
        widths = [sum(sizes) for sizes in self.rows.all_sizes]
        above = [
            noise + widths[0] if node.parent is None else hidden + widths[node.parent] + noise + ORDINALS
            for node in tree.nodes
        ]
        self.nodes = nn.ModuleList(RowMaker(each, hidden, width) for each, width in zip(above, widths, strict=True))

    def start_from(self, measured: Measured, gain: float) -> None:
        """Let every column begin at its noisy marginal."""
        for place, marginals in enumerate(wide_marginals(self.rows.tree, measured)):
            for column, shares in enumerate(marginals):
                if shares is not None:
                    with torch.no_grad():
                        self.out(place).bias[self.span(place, column)] = share_logits(shares)
            with torch.no_grad():
                self.out(place).weight *= gain

    def out(self, place: int) -> nn.Linear:
        maker = self.nodes[place]
        assert isinstance(maker, RowMaker)
        return maker.out

    def span(self, place: int, column: int) -> slice:
        """Where the codes of a column stand in a node's soft rows."""
        sizes = self.rows.sizes(place)
        begin = sum(sizes[:column])
        return slice(begin, begin + sizes[column])

    def forward(self, wanted: Tensor, noise: RowNoise, heat: float = 1.0) -> tuple[list[SoftNode], list[Tensor]]:
        """An entity for each condition, and the logits that its rows were drawn by."""
        made: list[SoftNode] = []
        states: list[Tensor] = []
        logits: list[Tensor] = []
        for place in range(len(self.nodes)):
            node, above = self._above(place, wanted, made, states, noise)
            state, chances = self.nodes[place](above)
            states.append(state)
            logits.append(chances)
            rows = self._drawn(place, chances, noise, heat)
            made.append(SoftNode(rows, node.parent, node.owner, node.counts))
        return made, logits

    def _above(
        self, place: int, wanted: Tensor, made: list[SoftNode], states: list[Tensor], noise: RowNoise
    ) -> tuple[SoftNode, Tensor]:
        """Which rows of a node there are, still empty, and what each is made from."""
        parent = self.rows.tree.nodes[place].parent
        if parent is None:
            own = torch.arange(len(wanted), device=wanted.device)
            fresh = noise.normal(wanted.new_empty(len(wanted), self.noise))
            return SoftNode(wanted, own, own, torch.ones_like(own)), torch.cat([fresh, wanted], 1)
        above = made[parent]
        counts = self.counts(parent, place, above.rows)
        rows = torch.arange(len(counts), device=wanted.device).repeat_interleave(counts)
        ordinal = torch.arange(len(rows), device=wanted.device) - (counts.cumsum(0) - counts)[rows]
        fresh = noise.normal(wanted.new_empty(len(rows), self.noise))
        which = F.one_hot(ordinal.clamp(max=ORDINALS - 1), ORDINALS).float()
        inputs = torch.cat([states[parent][rows], above.rows[rows], fresh, which], 1)
        return SoftNode(inputs[:, :0], rows, above.owner[rows], counts), inputs

    def counts(self, parent: int, place: int, rows: Tensor) -> Tensor:
        """How many rows of a node these rows of its parent node have."""
        tree = self.rows.tree
        column = len(tree.nodes[parent].columns) + tree.children(parent).index(place)
        return rows[:, self.span(parent, column)].argmax(1)

    def _drawn(self, place: int, logits: Tensor, noise: RowNoise, heat: float) -> Tensor:
        """One code of every column as ones and zeros, with the gradient of the softmax."""
        noisy = (logits + noise.gumbel(logits)) / heat
        parts = [logits[:, :0]]
        for column, size in enumerate(self.rows.sizes(place)):
            soft = torch.softmax(noisy[:, self.span(place, column)], 1)
            hard = F.one_hot(soft.argmax(1), size).to(soft.dtype)
            parts.append(hard + soft - soft.detach())
        return torch.cat(parts, 1)
