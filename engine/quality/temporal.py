"""The order of times, found from the source's rows: what ends has begun before, and a child's time is not before its parent's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np

from connectors.names import TableName
from connectors.schema import Table
from engine.assessment.comparison import Comparison, Side
from engine.assessment.context import Context
from engine.assessment.encode import days, kind_of
from engine.assessment.result import Fact, Quality, unknown
from engine.assessment.view import NOBODY, Carries, FeatureKind
from engine.quality.similarity import Floats

HELD = 0.999
"""An order that so many of the source's rows keep is one."""
LEAST = 30
"""Rows with both times that say whether there is an order, and whether it is kept."""

_LAST_CHANGE = re.compile("updat|modif|chang", re.IGNORECASE)
"""In the name of a time when somebody touched the row: whatever it comes before, it comes before by chance."""

_FAMILY: Final = "validity"
_COMPARED = (Carries.KEPT, Carries.ALTERED, Carries.LEARNED)

Pairs = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Order:
    """A column of times that is not after another one, of the row itself or of the row's child."""

    table: TableName
    """Whose rows are counted: the child's."""
    first: str
    then: str
    key: str | None = None
    """The foreign key to the parent that holds `first`."""
    parent: TableName | None = None

    @property
    def measure(self) -> str:
        return f"{self.parent}.{self.first} <= {self.then} ({self.key})" if self.key else f"{self.first} <= {self.then}"


def orders(comparison: Comparison, table: Table, context: Context) -> Iterator[Quality]:
    """TemporalOrder of every order that the source's rows keep."""
    for order in _candidates(comparison, table):
        context.control.check()
        share, rows = kept(*_pairs(comparison.known, order))
        if rows >= LEAST and share >= HELD and _varies(comparison.known, order):
            yield _quality(comparison, order, share)


def _quality(comparison: Comparison, order: Order, known: float) -> Quality:
    share, rows = kept(*_pairs(comparison.target, order))
    if rows < LEAST:
        because = f"there are fewer than {LEAST} rows of the target with both times"
        return unknown("TemporalOrder", str(order.table), _FAMILY, because, order.measure)
    facts: dict[str, Fact] = {"violations": round((1.0 - share) * rows), "rows": rows, "kept in the source": known}
    passed = share >= min(known, HELD)
    return Quality("TemporalOrder", str(order.table), _FAMILY, order.measure, value=share, passed=passed, facts=facts)


def kept(first: Floats, then: Floats) -> tuple[float, int]:
    """The share of rows in which the first time is not after the other, and the rows that have both."""
    both = np.isfinite(first) & np.isfinite(then)
    rows = int(np.count_nonzero(both))
    return (float(np.mean(first[both] <= then[both])) if rows else 0.0), rows


def _candidates(comparison: Comparison, table: Table) -> Iterator[Order]:
    own = _times(comparison, table.name)
    for first, then in permutations(own, 2):
        if not _LAST_CHANGE.search(first):
            yield Order(table.name, first, then)
    for child, key in comparison.keys:
        if child == table.name and key.parent in comparison.known.tables:
            for first in _times(comparison, key.parent):
                for then in () if _LAST_CHANGE.search(first) else own:
                    yield Order(table.name, first, then, key.name, key.parent)


def _times(comparison: Comparison, table: TableName) -> list[str]:
    """The columns of moments that both sides can be compared in."""
    known, target = comparison.known.tables.get(table), comparison.target.tables.get(table)
    if known is None or target is None:
        return []
    return [
        field.name
        for field in known.schema
        if comparison.carries.get((table, field.name)) in _COMPARED
        and field.name in target.column_names
        and all(kind_of(side.column(field.name).type) is FeatureKind.TIME for side in (known, target))
    ]


def _pairs(side: Side, order: Order) -> Pairs:
    then = _moments(side, order.table, order.then)
    if order.key is None or order.parent is None:
        return _moments(side, order.table, order.first), then
    above, parents = _moments(side, order.parent, order.first), side.parents[order.table, order.key]
    return np.append(above, np.nan)[np.where(parents == NOBODY, len(above), parents)], then


def _moments(side: Side, table: TableName, column: str) -> Floats:
    return np.asarray(days(side.tables[table].column(column)), np.float64)


def _varies(side: Side, order: Order) -> bool:
    """A day on which all rows were written says nothing of what comes after what."""
    return all(len(np.unique(times[np.isfinite(times)])) > 1 for times in _pairs(side, order))
