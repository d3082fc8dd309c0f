"""Column shapes: is each column distributed as the source's is? Kolmogorov-Smirnov for numbers and times, total variation else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Fact, Quality, unknown
from engine.assessment.view import Values, present
from engine.quality.base import Metric
from engine.quality.columns import (
    FIDELITY,
    HALVES,
    HELD_OUT,
    LEAST,
    Compared,
    compared,
    has_ceiling,
    scopes,
    table_of,
)
from engine.quality.likeness import at_sizes
from engine.quality.similarity import ks_complement, missing_value_similarity, tv_complement


class ColumnShapes(Metric):
    """KSComplement or TVComplement and MissingValueSimilarity of each column, and ColumnShapes, the mean of the former.

    The ceiling is the same figure between the source's rows and held-out ones, or between two random halves of them. Either has other
    numbers of rows than source and target have, and what is left of a distance between samples of one distribution shrinks as
    sqrt(1/n + 1/m): the ceiling is brought to the sizes of source and target by that factor.
    """

    name: ClassVar[str] = "column_shapes"
    title: ClassVar[str] = "Columns: each one's distribution"
    source: ClassVar[str] = "SDMetrics 0.32: KSComplement, TVComplement, MissingValueSimilarity, Column Shapes"

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return scopes(comparison)

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        table = table_of(comparison, scope)
        rng = context.rng(self.name, scope) if has_ceiling(comparison, table) else None
        shapes, missing = [], []
        for column in compared(comparison, table):
            context.control.check()
            shapes.append(_shape(column, scope, rng))
            missing.append(_missing(column, scope))
        return (_mean(shapes, scope), *shapes, *missing)


def _shape(column: Compared, scope: str, rng: np.random.Generator | None) -> Quality:
    metric, alike = ("TVComplement", tv_complement) if column.category else ("KSComplement", ks_complement)
    if refusal := column.refusal():
        return unknown(metric, scope, FIDELITY, refusal, column.name)
    known, target = column.known[present(column.known)], column.target[present(column.target)]
    facts: dict[str, Fact] = {"rows": len(known), "rows of the target": len(target)}
    ceiling = None
    if rng is not None:
        one, other, facts["ceiling"] = _reference(column, known, rng)
        ceiling = at_sizes(alike(one, other), (len(one), len(other)), (len(known), len(target)))
    value = alike(known, target)
    return Quality(metric, scope, FIDELITY, column.name, value=value, ceiling=ceiling, facts=facts)


def _reference(column: Compared, known: Values, rng: np.random.Generator) -> tuple[Values, Values, str]:
    """Two samples of what the source is drawn from."""
    if column.control is not None and np.count_nonzero(here := present(column.control)) >= LEAST:
        return known, column.control[here], HELD_OUT
    mixed = rng.permutation(known)
    return mixed[: len(known) // 2], mixed[len(known) // 2 :], HALVES


def _missing(column: Compared, scope: str) -> Quality:
    if min(len(column.known), len(column.target)) < LEAST:
        return unknown(
            "MissingValueSimilarity", scope, FIDELITY, f"there are fewer than {LEAST} rows on a side", column.name
        )
    value = missing_value_similarity(column.known, column.target)
    return Quality("MissingValueSimilarity", scope, FIDELITY, column.name, value=value)


def _mean(shapes: list[Quality], scope: str) -> Quality:
    measured = [shape for shape in shapes if shape.value is not None]
    if not measured:
        return unknown("ColumnShapes", scope, FIDELITY, "none of its columns could be compared")
    ceilings = [shape.ceiling for shape in measured if shape.ceiling is not None]
    return Quality(
        "ColumnShapes",
        scope,
        FIDELITY,
        value=float(np.mean([shape.value for shape in measured if shape.value is not None])),
        ceiling=float(np.mean(ceilings)) if ceilings else None,
        facts={"columns": len(measured), **dict(_worst(measured))},
    )


def _worst(measured: list[Quality], most: int = 3) -> Iterator[tuple[str, Fact]]:
    ordered = sorted((shape.value, shape.measure) for shape in measured if shape.value is not None and shape.value < 1)
    yield from ((f"worst {place}", name) for place, (_, name) in enumerate(ordered[:most], 1))
