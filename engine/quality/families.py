"""Which rows of each side a classifier is shown: one of each family, and who is the same family on another side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connectors.names import TableName
from engine.assessment.alike import keys
from engine.assessment.comparison import Comparison, Side
from engine.assessment.view import NOBODY, Carries, Frame, Places, View
from engine.quality.ancestry import Line, ancestors, owning

Twins = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Rows of one side."""

    rows: Places
    twins: Twins
    """Of each row whose it is: equal on two sides where both are the same person's."""


def sides_of(comparison: Comparison, view: View) -> list[Side]:
    """Those that a view has frames of, whose rows are these sides'."""
    sides = [comparison.known, comparison.target]
    return [*sides, comparison.control] if view.control is not None and comparison.control is not None else sides


def shown(comparison: Comparison, view: View, rng: np.random.Generator) -> list[Shown]:
    """Rows of each side. Of rows that somebody owns one for each owner, by chance: siblings tell of each other."""
    sides = sides_of(comparison, view)
    line = next((line for line in owning(comparison, view.table) if _complete(sides, line)), None)
    if view.entity or line is None:
        return [Shown(np.arange(len(twins)), twins) for twins in twins_of(view)]
    return of_owners(comparison, line, sides, rng)


def of_owners(comparison: Comparison, line: Line, sides: list[Side], rng: np.random.Generator) -> list[Shown]:
    """One row at the bottom for each row at the top that has any."""
    found, twins = [], _owners(comparison, line.top, len(sides))
    for side, whose in zip(sides, twins, strict=True):
        roots = ancestors(side, line)
        mixed = rng.permutation(np.flatnonzero(roots != NOBODY))
        owner, first = np.unique(roots[mixed], return_index=True)
        found.append(Shown(mixed[first], owner if whose is None else whose[owner]))
    return found


def twins_of(view: View) -> tuple[Twins, ...]:
    """Of each record who it is: by the match of masked ones, else by all that is unaltered of them."""
    if view.match is None:
        return tuple(_hashed(view, frame) for frame in view.frames)
    nobody = -1 - np.arange(view.known.rows)
    known = np.where(view.match == NOBODY, nobody, view.match)
    return (known, np.arange(view.target.rows), *(-1 - np.arange(frame.rows) for frame in view.frames[2:]))


def _owners(comparison: Comparison, root: TableName, sides: int) -> list[Twins | None]:
    """Who each root is, with all that it owns where there is such a view."""
    views = [view for view in comparison.views if view.table == root]
    if not views:
        return [None] * sides
    best = max(views, key=lambda view: view.entity)
    twins: list[Twins | None] = [*twins_of(best)]
    return [*twins, *[None] * sides][:sides]


def _complete(sides: list[Side], line: Line) -> bool:
    """Is each row's parent known on every side, all the way up?"""
    return all((child, key.name) in side.parents for side in sides for child, key in line.hops)


def _hashed(view: View, frame: Frame) -> Twins:
    """A number for each record that equal ones share."""
    unaltered = (
        column
        for feature, column in zip(view.features, frame.columns, strict=True)
        if feature.carries not in (Carries.ALTERED, Carries.REPLACED)
    )
    return keys(unaltered, frame.rows).view(np.int64)
