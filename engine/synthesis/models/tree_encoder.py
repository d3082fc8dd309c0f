"""A network that sums an entity up, from the leaves to the root: each row by its codes and by the mean of its children's summaries."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.synthesis.batch import TreeBatch
from engine.synthesis.forest import Tree
from engine.synthesis.layers import EntityEmbedding, EntityLinear
from engine.synthesis.models.tree_rows import WideRows, wide_codes


class TreeEncoder(nn.Module):
    """One vector for each entity. How many children a row has is one of its codes, so a mean loses nothing of their sum."""

    def __init__(self, tree: Tree, hidden: int) -> None:
        super().__init__()
        rows = WideRows(tree)
        self.hidden = hidden
        self.codes = nn.ModuleDict(
            {str(node): EntityEmbedding(sizes, hidden) for node, sizes in enumerate(rows.all_sizes) if sizes}
        )
        self.below = nn.ModuleDict(
            {str(node): EntityLinear(hidden, hidden) for node in range(1, len(tree.nodes)) if rows.sizes(node)}
        )
        self.inner = EntityLinear(hidden, hidden)

    def forward(self, batch: TreeBatch) -> Tensor:
        wide = wide_codes(batch)
        found = [torch.zeros(len(codes), self.hidden, device=codes.device) for codes in wide]
        for node in reversed(range(len(wide))):
            rows, parent = batch.nodes[node], batch.tree.nodes[node].parent
            owner = None if parent is None else rows.owner
            if str(node) not in self.codes:
                continue
            row = torch.relu(found[node] + self.codes[str(node)](wide[node], owner))
            if parent is None:
                found[node] = row
                continue
            share = row / rows.counts[rows.parent][:, None]
            pooled = torch.zeros_like(found[parent]).index_add(0, rows.parent, self.below[str(node)](share, owner))
            found[parent] = found[parent] + pooled
        summary: Tensor = torch.relu(self.inner(found[0]))
        return summary
