"""Contingency tables over a forest in which every entity counts at most once: one of its rows, drawn afresh."""

from __future__ import annotations

import math

import numpy as np

from engine.privacy.entities import Places, one_row_each
from engine.synthesis.forest import Forest
from engine.synthesis.handle import COUNT, Cells, Groups, Place


class Counter:
    """Counts the tables of one query: the same rows stand for their entities in all of them."""

    def __init__(self, forest: Forest, rng: np.random.Generator, groups: Groups | None = None) -> None:
        self._forest = forest
        self._groups = groups or {}
        self._nodes = forest.tree.nodes
        self._rng = rng
        self._drawn: dict[int, Places] = {}

    def shape(self, cells: Cells) -> tuple[int, ...]:
        """How many codes or groups each of these columns has. Raises ValueError where they lie on no one path from the root."""
        path = self._path(self._deepest(cells))
        if not all(self._home(place) in path for place in cells):
            raise ValueError("the columns of a contingency table lie on one path from the root")
        return tuple(self._size(place) for place in cells)

    def counted(self, cells: Cells) -> Places:
        """The table of these columns, flat in C order."""
        deepest = self._deepest(cells)
        if deepest not in self._drawn:
            owners = self._forest.owners(deepest)
            self._drawn[deepest], _ = one_row_each(owners, self._forest.entities, self._rng)
        shape = self.shape(cells)
        codes = [self._codes(place, deepest, self._drawn[deepest]) for place in cells]
        counts: Places = np.bincount(np.ravel_multi_index(codes, shape), minlength=math.prod(shape))
        return counts

    def _codes(self, place: Place, node: int, rows: Places) -> Places:
        """The column's codes of these rows of a node, or of the rows above them."""
        while node != self._home(place):
            rows = self._forest.rows[node].parent[rows]
            above = self._nodes[node].parent
            assert above is not None
            node = above
        if place.column == COUNT:
            codes: Places = self._forest.counts(place.node)[rows].clip(0, self._nodes[place.node].most)
        else:
            codes = self._forest.rows[node].codes[rows, place.column].astype(np.int64)
        return self._groups[place][codes] if place in self._groups else codes

    def _size(self, place: Place) -> int:
        if place in self._groups:
            return int(self._groups[place].max()) + 1
        node = self._nodes[place.node]
        return node.most + 1 if place.column == COUNT else node.columns[place.column].size

    def _home(self, place: Place) -> int:
        """The node whose rows have this column."""
        above = self._nodes[place.node].parent
        if place.column != COUNT:
            return place.node
        if above is None:
            raise ValueError("the root has one row: there is nothing to count")
        return above

    def _deepest(self, cells: Cells) -> int:
        return max((self._home(place) for place in cells), key=lambda node: len(self._path(node)))

    def _path(self, node: int) -> tuple[int, ...]:
        above = self._nodes[node].parent
        return (node,) if above is None else (*self._path(above), node)
