"""Children per parent along every foreign key, and descendants per root through the levels of an entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from engine.assessment.comparison import Comparison, Side
from engine.assessment.context import Context
from engine.assessment.result import Fact, Quality, unknown
from engine.assessment.view import NOBODY
from engine.quality.ancestry import (
    LEAST_FAMILIES,
    Line,
    all_children_read,
    ancestors,
    halves,
    held_out,
    lines,
    owning,
)
from engine.quality.base import Metric
from engine.quality.columns import HALVES, HELD_OUT
from engine.quality.likeness import (
    TAIL,
    Statistic,
    at_sizes,
    compared,
    each_its_own,
    ks_complement,
    tail_ratio,
    tv_complement,
)

Counts = npt.NDArray[np.int64]
SHAPE, CHILDLESS, TAILS = "CardinalityShapeSimilarity", "ChildlessParents", "CardinalityTail"
STATISTICS: dict[str, Statistic] = {SHAPE: ks_complement, CHILDLESS: tv_complement, TAILS: tail_ratio}


class Cardinality(Metric):
    """Of each way up: the shape of the numbers of children, the share of parents without any, and the 99th percentile."""

    name: ClassVar[str] = "cardinality"
    title: ClassVar[str] = "Joins: children per parent, at every level"
    source: ClassVar[str] = "SDMetrics: CardinalityShapeSimilarity, 1 - the KS distance of children per parent"

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(line) for line in _ways(comparison)))

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        line = next(line for line in _ways(comparison) if str(line) == scope)
        if not all_children_read(comparison, line):
            because = f"{line.bottom} was read as a sample, so that not all its rows of each {line.top} are there"
            return (unknown(SHAPE, scope, "fidelity", because),)
        known, target = (_children(side, line) for side in (comparison.known, comparison.target))
        if min(len(known), len(target)) < LEAST_FAMILIES:
            because = (
                f"{line.top} has {len(known)} rows in the source and {len(target)} in the target, "
                f"and at least {LEAST_FAMILIES} are needed"
            )
            return (unknown(SHAPE, scope, "fidelity", because),)
        rng = context.rng(self.name, scope)
        found = []
        best, ceiling = _best(known, held_out(comparison, line), line, rng)
        for metric, statistic in STATISTICS.items():
            context.control.check()
            found.append(_figure(metric, statistic, scope, (known, target), best, rng, {"ceiling": ceiling}))
        return tuple(found)


def _ways(comparison: Comparison) -> Iterator[Line]:
    """Every foreign key, then every way of more hops from a table to the root that owns its rows."""
    yield from lines(comparison, 1)
    for table in comparison.schema.tables:
        for line in owning(comparison, table.name):
            if len(line.hops) > 1 and all(hop in comparison.keys for hop in line.hops):
                yield line


def _children(side: Side, line: Line) -> Counts:
    """Of each row at the top, how many descendants it has."""
    places = ancestors(side, line)
    return np.bincount(places[places != NOBODY], minlength=side.tables[line.top].num_rows)


def _best(
    known: Counts, control: Side | None, line: Line, rng: np.random.Generator
) -> tuple[tuple[Counts, Counts], str]:
    """Two draws of the source, which nothing can be asked to be more alike than, and what they are."""
    outside = _children(control, line) if control is not None else None
    if outside is not None and len(outside) >= LEAST_FAMILIES:
        return (known, outside), HELD_OUT
    half = halves(len(known), rng)
    return (known[half], known[~half]), HALVES


def _figure(
    metric: str,
    statistic: Statistic,
    scope: str,
    sides: tuple[Counts, Counts],
    best: tuple[Counts, Counts],
    rng: np.random.Generator,
    facts: dict[str, Fact],
) -> Quality:
    said: dict[str, Fact] = {"of the source": _said(metric, sides[0]), "of the target": _said(metric, sides[1])}
    said |= {"parents": len(sides[0]), "parents of the target": len(sides[1])}
    draws = [each_its_own(counts == 0 if metric == CHILDLESS else counts) for counts in (*sides, *best)]
    found, most = (compared(one, other, statistic, rng) for one, other in (draws[:2], draws[2:]))
    ceiling = at_sizes(most.value, tuple(map(len, best)), tuple(map(len, sides)))
    return Quality(
        metric,
        scope,
        "fidelity",
        value=found.value,
        low=found.low,
        high=found.high,
        ceiling=ceiling,
        facts=said | facts,
    )


def _said(metric: str, counts: Counts) -> float:
    """The figure of one side alone: the mean, the share without children, the 99th percentile."""
    if metric == TAILS:
        return float(np.quantile(counts, TAIL, method="inverted_cdf"))
    return float((counts == 0).mean() if metric == CHILDLESS else counts.mean())
