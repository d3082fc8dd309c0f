"""Ways up the foreign keys, of each row the place of its ancestor, and which families were read in whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connectors.names import TableName
from connectors.schema import ForeignKey
from engine.assessment.comparison import Comparison, Side
from engine.assessment.view import NOBODY, Made, Places

LEAST_FAMILIES = 50
"""Of fewer, no figure about families means anything."""
MOST_LINES = 200
"""Ways of two hops and more that are followed in one database."""


@dataclass(frozen=True, slots=True)
class Line:
    """A way from the rows of one table up to an ancestor of each."""

    hops: tuple[tuple[TableName, ForeignKey], ...]
    """Child table and foreign key, from the bottom up."""

    @property
    def bottom(self) -> TableName:
        return self.hops[0][0]

    @property
    def top(self) -> TableName:
        return self.hops[-1][1].parent

    def __str__(self) -> str:
        return f"{' -> '.join(f'{child}({_columns(key)})' for child, key in self.hops)} -> {self.top}"


def lines(comparison: Comparison, hops: int) -> tuple[Line, ...]:
    """Every way of so many foreign keys that both sides have; none follows one twice."""
    found = tuple(_lines(comparison.keys, hops))
    return found if hops == 1 else found[:MOST_LINES]


def _lines(keys: tuple[tuple[TableName, ForeignKey], ...], hops: int) -> Iterator[Line]:
    if hops == 1:
        yield from (Line((hop,)) for hop in keys)
        return
    for line in _lines(keys, hops - 1):
        yield from (Line((*line.hops, hop)) for hop in keys if hop[0] == line.top and hop not in line.hops)


def ancestors(side: Side, line: Line) -> Places:
    """For each row at the bottom the place of its ancestor at the top, NOBODY without one."""
    places = np.arange(side.tables[line.bottom].num_rows, dtype=np.int64)
    for child, key in line.hops:
        parents = side.parents[child, key.name]
        # An empty table has no last row for NOBODY to point at.
        above = parents[places] if len(parents) else np.full(len(places), NOBODY)
        places = np.where(places == NOBODY, NOBODY, above)
    return places


def owning(comparison: Comparison, table: TableName) -> tuple[Line, ...]:
    """The way from a table to each root that owns its rows."""
    found = []
    for entity in comparison.entities:
        by_table = {owns.table: owns for owns in entity.tables}
        hops, owns = [], by_table.get(table)
        while owns is not None and owns.key is not None and owns.parent is not None:
            hops.append((owns.table, owns.key))
            owns = by_table.get(owns.parent)
        if hops:
            found.append(Line(tuple(hops)))
    return tuple(found)


def all_children_read(comparison: Comparison, line: Line) -> bool:
    """Whether each ancestor that was read has all its descendants: the rows are its own, or all of the table's were read."""
    owned = {
        (owns.table, owns.key.name) for entity in comparison.entities for owns in entity.tables if owns.key is not None
    }
    return all((child, key.name) in owned or _all_read(comparison, child) for child, key in line.hops)


def _all_read(comparison: Comparison, table: TableName) -> bool:
    sides = (comparison.known, comparison.target)
    return all(side.tables[table].num_rows >= side.whole.get(table, 0) for side in sides)


def held_out(comparison: Comparison, line: Line) -> Side | None:
    """The control, where it can say how alike two draws of source are along this line: whole families held out."""
    control = comparison.control
    if control is None or any((child, key.name) not in control.parents for child, key in line.hops):
        return None
    owned = {line.hops for line in owning(comparison, line.bottom)}
    return control if any(hops[: len(line.hops)] == line.hops for hops in owned) else None


def untouched(comparison: Comparison, line: Line) -> bool:
    """Whether all tables on the way are copied as they are: nothing can have changed between them."""
    tables = {line.top, *(child for child, _ in line.hops)}
    return all(comparison.made.get(table) is Made.COPIED for table in tables)


def halves(size: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """A random half of so many places."""
    mask = np.zeros(size, np.bool_)
    mask[rng.permutation(size)[: size // 2]] = True
    return mask


def _columns(key: ForeignKey) -> str:
    return ", ".join(key.columns) or key.name
