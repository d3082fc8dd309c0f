"""A forest as torch sees it: the rows of all entities of a batch one below the other, each knowing its entity. Nothing is padded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.synthesis.forest import Forest, Tree


@dataclass(frozen=True, slots=True, eq=False)
class NodeBatch:
    codes: Tensor
    """(rows, columns) int64"""
    parent: Tensor
    """(rows,) each row's parent by its place in the parent node's batch."""
    owner: Tensor
    """(rows,) the entity of each row, 0..entities-1, non-decreasing."""
    ordinal: Tensor
    """(rows,) 0 for the first row of a parent, 1 for the next..."""
    counts: Tensor
    """(rows of the parent node,) how many rows each parent has; for the root ones."""


@dataclass(frozen=True, slots=True, eq=False)
class TreeBatch:
    tree: Tree
    entities: int
    nodes: tuple[NodeBatch, ...]


def tree_batch(forest: Forest, device: str | torch.device = "cpu") -> TreeBatch:
    """The forest's rows on a device."""

    def there(values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values, np.int64)).to(device)

    nodes = []
    for place, rows in enumerate(forest.rows):
        counts = forest.counts(place)
        ordinal = np.arange(len(rows.parent)) - (np.cumsum(counts) - counts)[rows.parent]
        nodes.append(
            NodeBatch(there(rows.codes), there(rows.parent), there(forest.owners(place)), there(ordinal), there(counts))
        )
    return TreeBatch(forest.tree, forest.entities, tuple(nodes))
