"""Trees of columns: which one each is drawn by, what a noisy table says of it, and drawing under conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.synthesis.forest import Tree
from engine.synthesis.handle import Floats, Place
from engine.synthesis.models.pairs import Pair, above, variables
from engine.synthesis.models.pools import Whole

Edge = tuple[Place | None, Place]
"""What a variable is drawn by, or None, and the variable."""
_MATCHES = 20
"""Rounds of matching a table to one-way marginals."""
_LEAST = -1e300
"""The score of a pair that has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """How one variable is drawn."""

    of: Place
    given: Place | None
    table: Floats
    """(groups of `given`, or 1, groups): each row adds up to 1."""


def spanned(tree: Tree, node: int, scores: Mapping[Pair, float]) -> list[Edge]:
    """The spanning tree of greatest scores of a node's variables (Prim 1957), from the parent's row where there is one.

    A variable that no score above 0 leads to starts by itself."""
    own, before = variables(tree, node), above(tree, node)
    table = _table(scores, before, own)
    known = np.arange(len(table)) < len(before)
    left = np.ones(len(own), np.bool_)
    edges: list[Edge] = []
    while left.any():
        reach = np.where(known[:, None] & left, table, -np.inf)
        given, of = divmod(int(reach.argmax()), len(own))
        if reach[given, of] > 0:
            edges.append(((*before, *own)[given], own[of]))
        else:
            of = int(np.where(left, np.maximum(table.max(axis=0), _LEAST), -np.inf).argmax())
            edges.append((None, own[of]))
        known[len(before) + of], left[of] = True, False
    return edges


def _table(scores: Mapping[Pair, float], before: Sequence[Place], own: Sequence[Place]) -> Floats:
    """(variables of the parent's row and of the row, variables of the row)"""
    table = np.full((len(before) + len(own), len(own)), -np.inf)
    rows = {place: at for at, place in enumerate((*before, *own))}
    columns = {place: at for at, place in enumerate(own)}
    for (given, of), score in scores.items():
        if of in columns and given in rows:
            table[rows[given], columns[of]] = score
            if given in columns:
                table[rows[of], columns[given]] = score
    return table


def conditional(table: Floats, rows: Floats | None, columns: Floats, noise: float) -> Floats:
    """What a noisy table says of its columns for each of its rows: not negative, fitted to the shares that are known (those of rows
    where they are of the same rows of data), and where the noise is as great as what is there, the shares of columns."""
    total = max(float(table.sum()), 1.0)
    counts = on_simplex(table.ravel(), total).reshape(table.shape)
    counts = counts + (noise + 1e-9) * columns
    for _ in range(_MATCHES):
        counts = counts * (columns * total / np.maximum(counts.sum(0), 1e-12))
        if rows is not None:
            counts = counts * (rows * total / np.maximum(counts.sum(1), 1e-12))[:, None]
    sums = counts.sum(1, keepdims=True)
    # A row that is known to hold nothing says nothing of its columns.
    return np.where(sums > 0, counts / np.maximum(sums, np.finfo(np.float64).tiny), columns)


def proper(counts: Floats) -> Floats:
    """Noisy counts as shares."""
    total = max(float(counts.sum()), 1.0)
    return np.asarray(on_simplex(counts, total) / total)


def on_simplex(values: Floats, total: float) -> Floats:
    """The nearest values that are not negative and add up to `total` (Duchi et al. 2008)."""
    ordered = np.sort(values)[::-1]
    excess = (np.cumsum(ordered) - total) / np.arange(1, len(values) + 1)
    threshold = excess[np.flatnonzero(ordered > excess)[-1]]
    return np.asarray(np.maximum(values - threshold, 0.0))


def conditioned(links: list[Link], chances: Mapping[Place, Floats]) -> list[Link] | None:
    """The same variables given that each group is kept with its chance: belief propagation from the leaves of the tree to its roots.
    None where nothing is ever kept."""
    messages: dict[Place, Floats] = {place: np.asarray(each, np.float64) for place, each in chances.items()}
    made: list[Link] = []
    for link in reversed(links):
        table = link.table * messages.get(link.of, 1.0)
        upward = table.sum(1)
        if link.given is None and not upward[0] > 0:
            return None
        if link.given is not None:
            messages[link.given] = messages.get(link.given, 1.0) * upward
        made.append(Link(link.of, link.given, table / np.where(upward > 0, upward, 1.0)[:, None]))
    return made[::-1]


def drawn_by(table: Floats, given: Whole, rng: np.random.Generator) -> Whole:
    """(rows,) a column of the table for each row, by the chances of the row of the table that is given."""
    upto = table.cumsum(1)
    upto = upto / np.where(upto[:, -1:] > 0, upto[:, -1:], 1.0)
    places = np.searchsorted((upto + np.arange(len(table))[:, None]).ravel(), given + rng.random(len(given)), "right")
    # Never past the last column that can occur, which rounding might do.
    last = table.shape[1] - 1 - (table[:, ::-1] > 0).argmax(1)
    return np.asarray(np.clip(places - given * table.shape[1], 0, last[given]))
