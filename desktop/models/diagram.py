"""A diagram in columns of numbers: boxes with their lines, keys with their ends. Lengths are in heights of a line of text."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from desktop.models.columnar import Ints, Names

Floats = NDArray[np.floating]
WIDTH = 17.0
"""Of a box."""
HEAD = 3.0
"""Height of its head: the name, and what is said of the table."""
LINE = 1.35
ACROSS, DOWN = 6.0, 1.6
"""Between columns of boxes, and between the boxes of one."""
MOST_LINES = 12
"""Columns that a box lists: keys and personal ones first."""
MOST_HOPS = 5
PRIMARY, FOREIGN, PERSONAL, UNDECIDED = 1, 2, 4, 8
"""What a line says, in bits."""
UP, FALLS = 1, 2
"""How a subset follows a key, in bits: children bring parents; parents bring children."""
ROOT, REACHED = 2, 1


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn: some tables of a schema and the keys between them."""

    stamp: int
    connection: str
    centre: int
    """The box that the view is about; -1: the whole schema."""
    hops: int
    left_out: int
    """Tables that would belong to it and are too many."""
    titles: Names = field(repr=False)
    rows: Ints = field(repr=False)
    personal: Ints = field(repr=False)
    """Columns of each table."""
    undecided: Ints = field(repr=False)
    reached: Ints = field(repr=False)
    """By the plan's subset: 0, REACHED, ROOT."""
    subset: bool
    """Is there one?"""
    places: Floats = field(repr=False)
    """The left and upper edge of each box."""
    first: Ints = field(repr=False)
    """The first line of each box, and after the last one how many there are."""
    lines: Names = field(repr=False)
    beside: Names = field(repr=False)
    """The type of each column, or what of a person it holds."""
    signs: Ints = field(repr=False)
    more: Ints = field(repr=False)
    """Columns of each table that its box does not list."""
    children: Ints = field(repr=False)
    parents: Ints = field(repr=False)
    """The boxes at the ends of each key."""
    child_lines: Ints = field(repr=False)
    parent_lines: Ints = field(repr=False)
    """The lines within the boxes; -1: the head."""
    flows: Ints = field(repr=False)
    declared: Ints = field(repr=False)
    """1: by the plan alone."""

    def __len__(self) -> int:
        return len(self.titles)

    @property
    def key(self) -> str:
        """By which the places that a person chose for this view are remembered."""
        return "*" if self.centre < 0 else f"{self.hops} {self.titles[self.centre]}"

    @property
    def heights(self) -> Floats:
        return heights(np.diff(self.first), self.more)

    def neighbours(self, box: int) -> list[int]:
        """The boxes that a key joins with this one."""
        joined = {*self.children[self.parents == box].tolist(), *self.parents[self.children == box].tolist()}
        return sorted(joined - {box})


def heights(lines: Ints, more: Ints) -> Floats:
    """Of boxes with so many lines each, and one more line where columns are left out."""
    return HEAD + LINE * (lines + (more > 0)) + 0.4 * ((lines + more) > 0)


@dataclass(frozen=True)
class Routes:
    """Where keys run: from the child's column to the parent's."""

    start: Floats
    end: Floats
    out: Floats
    """+1: the line leaves the child to the right; -1: to the left."""
    into: Floats
    """+1: it comes to the parent's right side."""


def places_of(kept: object) -> dict[str, tuple[float, float]]:
    """Where a person put boxes, by their names, as the settings remember it; what is no place is left out."""
    if not isinstance(kept, dict):
        return {}
    return {title: (float(place[0]), float(place[1])) for title, place in kept.items() if _is_place(place)}


def _is_place(said: object) -> bool:
    return isinstance(said, list) and len(said) == 2 and all(isinstance(each, int | float) for each in said)


def route(drawing: Drawing, places: Floats, which: Ints) -> Routes:
    """The ends of these keys, with the boxes at these places."""
    child, parent = drawing.children[which], drawing.parents[which]
    from_left, to_left = places[child, 0], places[parent, 0]
    # Boxes that stand above one another are joined by a bow at their right sides.
    beside = np.abs(from_left - to_left) < WIDTH
    out = np.where(beside | (to_left > from_left), 1.0, -1.0)
    into = np.where(beside | (to_left < from_left), 1.0, -1.0)
    start = np.stack([from_left + WIDTH * (out > 0), _height(places[child, 1], drawing.child_lines[which])], axis=1)
    end = np.stack([to_left + WIDTH * (into > 0), _height(places[parent, 1], drawing.parent_lines[which])], axis=1)
    return Routes(start, end, out, into)


def _height(top: Floats, line: Ints) -> Floats:
    return top + np.where(line < 0, HEAD / 3, HEAD + LINE * (line + 0.5))


def nearest(places: Floats, middle_heights: Floats, box: int, across: int, down: int, among: list[int]) -> int | None:
    """The box that an arrow key goes to: in that direction, neighbours by a key before all others, then the nearest."""
    if not len(places):
        return None
    middles = places + np.stack([np.full(len(places), WIDTH / 2), middle_heights], axis=1)
    way = middles - middles[box]
    along = way[:, 0] * across + way[:, 1] * down
    aside = np.abs(way[:, 1] * across + way[:, 0] * down)
    cost = along + 2 * aside + np.where(np.isin(np.arange(len(places)), among), 0.0, 40.0)
    cost[along <= 0.01] = np.inf
    found = int(np.argmin(cost))
    return found if np.isfinite(cost[found]) else None
