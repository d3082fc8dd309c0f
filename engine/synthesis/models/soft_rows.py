"""Rows of entities as vectors that a gradient can run through: every column's codes side by side, one of them 1 and the others 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.synthesis.batch import TreeBatch
from engine.synthesis.models.tree_rows import WideRows, wide_codes


@dataclass(frozen=True, slots=True, eq=False)
class SoftNode:
    """The wide rows of one node."""

    rows: Tensor
    """(rows, codes of all columns)"""
    parent: Tensor
    """(rows,) each row's parent by its place in the parent node's rows."""
    owner: Tensor
    """(rows,) the entity of each row."""
    counts: Tensor
    """(rows of the parent node,) how many rows each parent has; for the root ones."""


def one_hot(codes: Tensor, sizes: Sequence[int]) -> Tensor:
    """(rows, columns) codes -> (rows, sum of sizes) ones and zeros."""
    parts = [F.one_hot(codes[:, column], size) for column, size in enumerate(sizes)]
    return torch.cat([codes.new_zeros(len(codes), 0), *parts], 1).float()


def soft_nodes(batch: TreeBatch) -> list[SoftNode]:
    """The rows of real entities."""
    rows = WideRows(batch.tree)
    return [
        SoftNode(one_hot(codes, rows.sizes(place)), node.parent, node.owner, node.counts)
        for place, (codes, node) in enumerate(zip(wide_codes(batch), batch.nodes, strict=True))
    ]


def paired(first: Sequence[SoftNode], second: Sequence[SoftNode]) -> list[SoftNode]:
    """Each entity of `first` and the same of `second` as two trees of one owner: rows of the first ones, then of the second ones."""
    joined: list[SoftNode] = []
    for one, other in zip(first, second, strict=True):
        joined.append(
            SoftNode(
                torch.cat([one.rows, other.rows]),
                torch.cat([one.parent, other.parent + len(one.counts)]),
                torch.cat([one.owner, other.owner]),
                torch.cat([one.counts, other.counts]),
            )
        )
    return joined
