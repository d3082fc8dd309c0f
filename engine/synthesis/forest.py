"""Entities as whole numbers: what every model learns from and gives.

A `Tree` says which tables an entity has rows in and how many codes each column has; a `Forest` holds entities. All columns are
categories 0..size-1 here: what a code stands for (a value, a bin, a gap in time, NULL) is known to `engine.synthesis.codebook` alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CodeColumn:
    name: str
    """Unique in its node: the column's name, with a suffix where one column is coded in several parts."""
    size: int
    """Codes are 0..size-1."""
    ordered: bool = False
    """Neighbouring codes are alike: integers, bins, gaps. A code for NULL, if there is one, is the last."""


@dataclass(frozen=True, slots=True)
class Node:
    """One table of an entity."""

    name: str
    columns: tuple[CodeColumn, ...]
    """May be empty: then only the number of rows is learned."""
    parent: int | None
    """Its place in `Tree.nodes`; None for the root."""
    most: int = 1
    """Rows of one parent at most."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Parents stand before their children; the root is node 0, and an entity has exactly one row of it."""

    nodes: tuple[Node, ...]

    def children(self, node: int) -> tuple[int, ...]:
        """The nodes whose parent this is."""
        return tuple(place for place, each in enumerate(self.nodes) if each.parent == node)


@dataclass(frozen=True, slots=True, eq=False)
class NodeRows:
    """The rows of one node, those of one parent together and in time order, parents in order."""

    codes: Codes
    """(rows, columns)"""
    parent: Places
    """(rows,), non-decreasing: each row's parent by its place in the parent node's rows; the root's own place for the root."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    tree: Tree
    rows: tuple[NodeRows, ...]
    """One for each node."""

    @property
    def entities(self) -> int:
        return len(self.rows[0].parent)

    def counts(self, node: int) -> Places:
        """How many rows of this node each row of its parent node has."""
        parent = self.tree.nodes[node].parent
        size = len(self.rows[parent].parent) if parent is not None else self.entities
        return np.bincount(self.rows[node].parent, minlength=size)

    def owners(self, node: int) -> Places:
        """The entity of each row: its place among the roots, non-decreasing."""
        place = self.tree.nodes[node].parent
        own = self.rows[node].parent
        return own if place is None else self.owners(place)[own]

    def take(self, entities: Places) -> Forest:
        """These entities with all their rows, in this order."""
        taken: list[NodeRows] = []
        kept: list[Places] = []
        for node, rows in zip(self.tree.nodes, self.rows, strict=True):
            if node.parent is None:
                kept.append(entities)
                taken.append(NodeRows(rows.codes[entities], np.arange(len(entities))))
                continue
            places, parents = _below(rows.parent, kept[node.parent])
            kept.append(places)
            taken.append(NodeRows(rows.codes[places], parents))
        return Forest(self.tree, tuple(taken))


def _below(parent: Places, kept: Places) -> tuple[Places, Places]:
    """The rows whose parent is kept, in the order of the kept ones, with their parents' new places."""
    first = np.searchsorted(parent, kept, "left")
    counts = np.searchsorted(parent, kept, "right") - first
    parents = np.repeat(np.arange(len(kept)), counts)
    begins = np.cumsum(counts) - counts
    return np.arange(counts.sum()) - begins[parents] + first[parents], parents
