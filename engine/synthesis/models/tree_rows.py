"""Rows of a tree as models read them: with the numbers of their children as further columns, and with what was decided before them.

A node's *wide* row is its columns followed by one count for each child node: a count is a category 0..most like any other. What
stands before a row (its context) are the wide rows of all its ancestors, the columns of the sibling before it, and its ordinal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from engine.synthesis.batch import TreeBatch
from engine.synthesis.forest import Tree
from engine.synthesis.handle import Floats, Measured, Place

ORDINALS = 16
"""Siblings further down the row than this are alike to a model."""


@dataclass(frozen=True)
class WideRows:
    """How many codes each column of each node's wide rows and of their contexts has."""

    tree: Tree

    def sizes(self, node: int) -> tuple[int, ...]:
        columns = tuple(column.size for column in self.tree.nodes[node].columns)
        return columns + tuple(self.tree.nodes[child].most + 1 for child in self.tree.children(node))

    def context(self, node: int) -> tuple[int, ...]:
        """The ancestors' wide rows, the nearest first; then, where siblings can be, the last one's columns and the ordinal."""
        here = self.tree.nodes[node]
        if here.parent is None:
            return ()
        return self.path(here.parent) + self.siblings(node)

    def path(self, node: int) -> tuple[int, ...]:
        """This node's wide row and those of its ancestors, upwards."""
        parent = self.tree.nodes[node].parent
        return self.sizes(node) + (() if parent is None else self.path(parent))

    def siblings(self, node: int) -> tuple[int, ...]:
        here = self.tree.nodes[node]
        if here.parent is None or here.most == 1:
            return ()
        return (*(column.size + 1 for column in here.columns), min(here.most, ORDINALS))

    def order(self, node: int) -> tuple[int, ...]:
        """Columns of few codes are decided first, counts last: an order that costs nothing, as domains are known."""
        columns = self.tree.nodes[node].columns
        counts = range(len(columns), len(self.sizes(node)))
        return (*sorted(range(len(columns)), key=lambda place: columns[place].size), *counts)

    @cached_property
    def all_sizes(self) -> tuple[tuple[int, ...], ...]:
        return tuple(self.sizes(node) for node in range(len(self.tree.nodes)))


def wide_codes(batch: TreeBatch) -> list[Tensor]:
    """The wide rows of every node: (rows, columns and counts)."""
    return [
        torch.cat([rows.codes, *(batch.nodes[child].counts[:, None] for child in batch.tree.children(node))], 1)
        for node, rows in enumerate(batch.nodes)
    ]


def path_codes(batch: TreeBatch, wide: list[Tensor]) -> list[Tensor]:
    """The wide rows of every node beside those of its ancestors."""
    paths: list[Tensor] = []
    for node, (rows, own) in enumerate(zip(batch.nodes, wide, strict=True)):
        parent = batch.tree.nodes[node].parent
        paths.append(own if parent is None else torch.cat([own, paths[parent][rows.parent]], 1))
    return paths


def context_codes(batch: TreeBatch, paths: list[Tensor]) -> list[Tensor]:
    """What stands before the rows of every node: (rows, columns of `WideRows.context`)."""
    contexts: list[Tensor] = []
    for rows, here in zip(batch.nodes, batch.tree.nodes, strict=True):
        if here.parent is None:
            contexts.append(rows.codes[:, :0])
            continue
        above = paths[here.parent][rows.parent]
        if here.most == 1:
            contexts.append(above)
            continue
        sizes = torch.tensor([column.size for column in here.columns], dtype=torch.long, device=above.device)
        before = torch.where(rows.ordinal[:, None] > 0, rows.codes.roll(1, 0), sizes)
        contexts.append(torch.cat([above, before, rows.ordinal[:, None].clamp(max=ORDINALS - 1)], 1))
    return contexts


def wide_marginals(tree: Tree, measured: Measured) -> list[list[Floats | None]]:
    """The noisy shares of the codes of every column of every wide row, where they were measured."""
    return [
        [measured.marginals.get(Place(place, column)) for column in range(len(node.columns))]
        + [measured.counts.get(child) for child in tree.children(place)]
        for place, node in enumerate(tree.nodes)
    ]


def rows_per_entity(tree: Tree, measured: Measured) -> list[float]:
    """About how many rows of each node an entity has, from what was measured; 1 where nothing was."""
    means: list[float] = []
    for place, node in enumerate(tree.nodes):
        shares = measured.counts.get(place)
        mean = 1.0 if shares is None else float(sum(count * share for count, share in enumerate(shares)))
        means.append(mean if node.parent is None else mean * means[node.parent])
    return means


def share_logits(shares: Floats, floor: float = 1e-5) -> Tensor:
    """Logits of noisy shares; codes that none seemed to have stay possible."""
    return torch.tensor([math.log(max(float(share), 0.0) + floor) for share in shares])
