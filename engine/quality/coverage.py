"""Coverage: does the target stay within the source's ranges and categories, and does it reach all of them, the rare ones too?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np

from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Fact, Quality, unknown
from engine.assessment.view import Values, present
from engine.quality.base import Metric
from engine.quality.columns import FIDELITY, LEAST, Compared, compared, scopes, table_of
from engine.quality.similarity import (
    boundary_adherence,
    category_adherence,
    category_coverage,
    range_coverage,
)

_RARE = "RareCategoryCoverage"

Alike = Callable[[Values, Values], float]


class Coverage(Metric):
    """RangeCoverage and BoundaryAdherence of numbers and times; of others CategoryCoverage, also of rare ones, and CategoryAdherence.

    Rare is a category that fewer than one in a hundred of the source's rows have. The ceiling is what held-out rows reach, where there
    are at least half as many as the target has: with fewer rows, fewer categories are met.
    """

    name: ClassVar[str] = "coverage"
    title: ClassVar[str] = "Columns: ranges and categories reached, and not left"
    source: ClassVar[str] = "SDMetrics 0.32: RangeCoverage, BoundaryAdherence, CategoryCoverage, CategoryAdherence"

    rare: float = 0.01
    """A category with a smaller share of the source's rows is rare."""

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return scopes(comparison)

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        found: list[Quality] = []
        for column in compared(comparison, table_of(comparison, scope)):
            context.control.check()
            found += self._categories(column, scope) if column.category else _ranges(column, scope)
        return tuple(found)

    def _categories(self, column: Compared, scope: str) -> Iterator[Quality]:
        rare = rare_categories(column.known, self.rare)
        facts: dict[str, Fact] = {"categories": len(np.unique(column.known[present(column.known)]))}
        yield _quality("CategoryCoverage", column, scope, category_coverage, facts)
        yield _quality("CategoryAdherence", column, scope, category_adherence, {})
        if column.refusal() is None and not len(rare):
            yield unknown(_RARE, scope, FIDELITY, "none of its categories is rare", column.name)
            return
        yield _quality(_RARE, column, scope, lambda _, side: float(np.mean(np.isin(rare, side))), {"rare": len(rare)})


def _ranges(column: Compared, scope: str) -> Iterator[Quality]:
    yield _quality("RangeCoverage", column, scope, range_coverage, {})
    yield _quality("BoundaryAdherence", column, scope, boundary_adherence, {})


def rare_categories(known: Values, share: float) -> Values:
    """The codes that less than this share of the rows with a value have."""
    codes, counts = np.unique(known[present(known)], return_counts=True)
    found: Values = codes[counts < share * counts.sum()]
    return found


def _quality(metric: str, column: Compared, scope: str, alike: Alike, facts: dict[str, Fact]) -> Quality:
    if refusal := column.refusal():
        return unknown(metric, scope, FIDELITY, refusal, column.name)
    value = alike(column.known, column.target)
    if not np.isfinite(value):
        return unknown(metric, scope, FIDELITY, "the source's column is constant", column.name)
    ceiling = None
    if column.control is not None and len(column.control) >= max(LEAST, len(column.target) // 2):
        reached = alike(column.known, column.control)
        ceiling = reached if np.isfinite(reached) else None
    return Quality(metric, scope, FIDELITY, column.name, value=value, ceiling=ceiling, facts=facts)
