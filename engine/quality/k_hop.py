"""What columns say of columns one and two foreign keys away (k-hop pair trends; SDMetrics: Intertable Trends)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.assessment.comparison import Comparison, Side
from engine.assessment.context import Context
from engine.assessment.rates import z_of
from engine.assessment.result import Fact, Quality, unknown
from engine.assessment.view import NOBODY
from engine.quality.ancestry import LEAST_FAMILIES, Line, ancestors, halves, held_out, lines, untouched
from engine.quality.associations import Floats, Joined, Pair, alike, coded, pairs_of, sums, unrelated
from engine.quality.base import Metric
from engine.quality.columns import HALVES, HELD_OUT, compared, table_of
from engine.quality.likeness import at_sizes, draws, groups_of

HOPS = (1, 2)
MOST_PAIRS = 150
MOST_ROWS = 50_000
WORST = 5
METRIC = "InterTableTrends"


@dataclass(frozen=True, slots=True)
class Trend:
    """One pair of columns."""

    name: str
    value: float
    ceiling: float
    floor: float
    drawn: Floats
    """Its value in each resample; the same resamples for all pairs of a way."""


class KHop(Metric):
    """The mean similarity of all pairs of columns along one way up, and the pairs that are kept worst.

    Both numbers or times: CorrelationSimilarity; else ContingencySimilarity, with numbers in ten bins over the known range. The floor
    is what the known columns would show if none said anything of the other.
    """

    name: ClassVar[str] = "k_hop"
    title: ClassVar[str] = "Joins: what columns say of other tables' columns"
    source: ClassVar[str] = "SDMetrics: Intertable Trends; Hudovernik et al. 2024 (arXiv 2410.03411): k-hop similarity"

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(line) for line in _ways(comparison)))

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        line = next(line for line in _ways(comparison) if str(line) == scope)
        rng = context.rng(self.name, scope)
        pairs = _pairs(comparison, line, rng)
        if not pairs:
            return (unknown(METRIC, scope, "fidelity", "its two ends have no columns that can be compared"),)
        known, target = (_joined(side, at, line, rng) for at, side in enumerate((comparison.known, comparison.target)))
        if min(known.families, target.families) < LEAST_FAMILIES:
            because = f"fewer than {LEAST_FAMILIES} rows of {line.top} have rows of {line.bottom} on a side"
            return (unknown(METRIC, scope, "fidelity", because),)
        best, ceiling = _best(comparison, line, known, pairs, rng)
        trends = list(_trends(pairs, (known, target), best, rng, context))
        facts: dict[str, Fact] = {
            "pairs": len(pairs),
            "rows": len(known.lower),
            "rows of the target": len(target.lower),
            "ceiling": ceiling,
        }
        worst = sorted(trends, key=lambda trend: (trend.value - trend.ceiling, trend.name))[:WORST]
        return (_mean(scope, trends, facts), *(_one(scope, trend) for trend in worst))


def _ways(comparison: Comparison) -> Iterator[Line]:
    for hops in HOPS:
        yield from (line for line in lines(comparison, hops) if not untouched(comparison, line))


def _pairs(comparison: Comparison, line: Line, rng: np.random.Generator) -> tuple[Pair, ...]:
    """All pairs of columns of both ends, or a random choice where they are many."""
    ends = (coded(compared(comparison, table_of(comparison, str(table)))) for table in (line.top, line.bottom))
    pairs = pairs_of(*ends)
    if len(pairs) <= MOST_PAIRS:
        return pairs
    return tuple(pairs[place] for place in np.sort(rng.choice(len(pairs), MOST_PAIRS, replace=False)))


def _joined(side: Side, at: int, line: Line, rng: np.random.Generator) -> Joined:
    """Rows that have an ancestor, at most so many."""
    upper = ancestors(side, line)
    lower = np.flatnonzero(upper != NOBODY)
    if len(lower) > MOST_ROWS:
        lower = np.sort(rng.choice(lower, MOST_ROWS, replace=False))
    return Joined(at, lower, upper[lower])


def _best(
    comparison: Comparison, line: Line, known: Joined, pairs: Sequence[Pair], rng: np.random.Generator
) -> tuple[tuple[Joined, Joined], str]:
    """Two draws of the source, and what they are."""
    control = held_out(comparison, line)
    read = all(len(column.codes) > 2 for pair in pairs for column in (pair.upper, pair.lower))
    if control is not None and read:
        outside = _joined(control, 2, line, rng)
        if outside.families >= LEAST_FAMILIES:
            return (known, outside), HELD_OUT
    half = halves(int(known.upper.max()) + 1, rng)[known.upper]
    return (known.of(half), known.of(~half)), HALVES


def _trends(
    pairs: Sequence[Pair],
    sides: tuple[Joined, Joined],
    best: tuple[Joined, Joined],
    rng: np.random.Generator,
    context: Context,
) -> Iterator[Trend]:
    grouped = [groups_of(rows.upper, rng) for rows in sides]
    times = [draws(groups, rng) for _, groups in grouped]
    families = [rows.families for rows in (*sides, *best)]
    for pair in pairs:
        context.control.check()
        parts = [sums(pair, rows, *groups) for rows, groups in zip(sides, grouped, strict=True)]
        known, target = (part.sum(axis=0) for part in parts)
        most = [sums(pair, rows, np.zeros_like(rows.upper), 1)[0] for rows in best]
        yield Trend(
            f"{pair.upper.name} ~ {pair.lower.name}",
            float(alike(pair, known, target)),
            at_sizes(float(alike(pair, *most)), families[2:], families[:2]),
            float(alike(pair, known, unrelated(pair, known))),
            alike(pair, *(drawn @ part for drawn, part in zip(times, parts, strict=True))),
        )


def _mean(scope: str, trends: Sequence[Trend], facts: dict[str, Fact]) -> Quality:
    value, ceiling, floor = (
        float(np.mean([getattr(trend, name) for trend in trends])) for name in ("value", "ceiling", "floor")
    )
    drawn = np.mean([trend.drawn for trend in trends], axis=0)
    return _said(scope, Trend("", value, ceiling, floor, drawn), facts)


def _one(scope: str, trend: Trend) -> Quality:
    return _said(scope, trend, {})


def _said(scope: str, trend: Trend, facts: dict[str, Fact]) -> Quality:
    half = z_of() * float(trend.drawn.std())
    return Quality(
        METRIC, scope, "fidelity", trend.name, value=trend.value,
        low=max(trend.value - half, 0.0), high=min(trend.value + half, 1.0),
        ceiling=trend.ceiling, floor=trend.floor, facts=facts,
    )  # fmt: skip
