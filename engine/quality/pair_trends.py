"""Pair trends: do two columns go together as in the source? Pearson's correlation for numbers and times, contingency else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import ClassVar

import numpy as np

from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.result import Fact, Quality, unknown
from engine.assessment.view import Values
from engine.jobs.control import Control
from engine.quality.base import Metric
from engine.quality.columns import FIDELITY, HALVES, HELD_OUT, Compared, Flags, compared, has_ceiling, scopes, table_of
from engine.quality.crossing import Codes, chosen, crossed, dense
from engine.quality.similarity import Floats, tv_distance

_BINS = 10
_CORRELATED, _ASSOCIATED = 0.5, 0.3
"""Beyond this SDMetrics takes two columns of the source for ones that go together."""
_CONSTANT = 1e-13
"""A variance, of columns of variance 1, that is only rounding."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side's columns, ready for pairs."""

    places: dict[int, int]
    """Column -> where it stands among the numbers."""
    correlations: Floats
    """Of all numbers and times with each other."""
    codes: tuple[Codes, ...]
    """Every column: categories with 0 for none, numbers and times in ten bins of equal width over this side's own range."""

    def correlation(self, pair: Pair) -> float | None:
        """None where one of them is a category."""
        one, other = (self.places.get(column) for column in pair)
        return None if one is None or other is None else float(self.correlations[one, other])

    def __repr__(self) -> str:
        return f"Side({len(self.codes)} columns)"


class PairTrends(Metric):
    """CorrelationSimilarity or ContingencySimilarity of each pair of columns, and ColumnPairTrends, their mean.

    As in SDMetrics' quality report, the mean is that of pairs that go together in the source (a correlation beyond 0.5, Cramer's V
    beyond 0.3): others would praise a generator that knows of no pairs at all. `all pairs` is the mean of all. In a mixed pair the
    numbers of either side are cut into ten bins over that side's own range: this sees whether columns go together, not where they lie
    (column shapes and `TVD` see that). The floor is the mean of the target with each column shuffled by itself. The ceiling is that of
    held-out rows, or of one half of the source's against the other: these are fewer, so both it and the target's are taken at so many
    rows, and the distances' proportion is carried over.
    """

    name: ClassVar[str] = "pair_trends"
    title: ClassVar[str] = "Pairs of columns: do they go together?"
    source: ClassVar[str] = "SDMetrics 0.32: CorrelationSimilarity, ContingencySimilarity, Column Pair Trends"

    rows: int = 50_000
    """At most so many rows of each side are looked at: a random sample."""
    columns: int = 40
    """At most so many columns are paired: a random choice."""
    shown: int = 10
    """So many pairs are reported one by one, the worst first."""

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return scopes(comparison)

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        table, rng = table_of(comparison, scope), context.rng(self.name, scope)
        usable = [column for column in compared(comparison, table) if column.refusal() is None]
        if len(usable) < 2:
            return (unknown("ColumnPairTrends", scope, FIDELITY, "it has fewer than two columns that can be compared"),)
        columns = chosen(usable, self.columns, rng)
        known, target = (_sampled(values, self.rows, rng) for values in _sides(columns))
        here, there = side_of(columns, known), side_of(columns, target)
        values = similarities(here, there, context.control)
        if not np.isfinite(values).any():
            return (unknown("ColumnPairTrends", scope, FIDELITY, "its columns are constant"),)
        facts: dict[str, Fact] = {"columns": len(columns), "columns left out": len(usable) - len(columns)}
        facts |= {"rows": len(known[0]), "rows of the target": len(target[0])}
        floor = similarities(here, side_of(columns, [rng.permutation(each) for each in target]), context.control)
        best = None
        if has_ceiling(comparison, table):
            best, facts["ceiling"] = _reference(columns, known, target, context.control, rng)
        strong = associated(here, context.control)
        worst = [place for place in np.argsort(values, kind="stable") if np.isfinite(values[place])]
        every = list(pairs_of(here))
        pairs = [every[place] for place in worst]
        facts |= {f"worst {place}": _names(columns, pair) for place, pair in enumerate(pairs[:3], 1)}
        means = [
            _mean(scope, measure, values, wanted & np.isfinite(values), floor, best, facts)
            for measure, wanted in (("", strong), ("all pairs", np.ones(len(values), np.bool_)))
        ]
        each = (_pair(scope, columns, pairs[at], values[place], here, there) for at, place in enumerate(worst))
        return (*means, *islice(each, self.shown))


def _mean(
    scope: str,
    measure: str,
    values: Floats,
    wanted: Flags,
    floor: Floats,
    best: tuple[Floats, Floats] | None,
    facts: dict[str, Fact],
) -> Quality:
    if not wanted.any():
        because = "no two of its columns go together in the source (a correlation beyond 0.5, Cramer's V beyond 0.3)"
        return unknown("ColumnPairTrends", scope, FIDELITY, because, measure)
    value = float(np.mean(values[wanted]))
    reached, possible = (_average(each[wanted]) for each in best) if best is not None else (None, None)
    return Quality(
        "ColumnPairTrends",
        scope,
        FIDELITY,
        measure,
        value=value,
        ceiling=_ceiling(value, reached, possible),
        floor=_average(floor[wanted]),
        facts={"pairs": int(np.count_nonzero(wanted)), **facts},
    )


def _ceiling(value: float, reached: float | None, possible: float | None) -> float | None:
    """The value as it would be if its distance to 1 were what other rows of the source show beside the target's."""
    if reached is None or possible is None:
        return None
    share = (1.0 - possible) / (1.0 - reached) if reached < 1.0 else 0.0
    return float(np.clip(1.0 - (1.0 - value) * share, 0.0, 1.0))


def _average(values: Floats) -> float | None:
    there = values[np.isfinite(values)]
    return float(np.mean(there)) if len(there) else None


def _pair(scope: str, columns: Sequence[Compared], pair: Pair, value: float, here: Side, there: Side) -> Quality:
    one, other = (columns[place].name for place in pair)
    known, target = here.correlation(pair), there.correlation(pair)
    facts: dict[str, Fact] = {"column": one, "other": other}
    if known is not None:
        facts |= {"correlation": known, "correlation in the target": target}
    metric = "ContingencySimilarity" if known is None else "CorrelationSimilarity"
    return Quality(metric, scope, FIDELITY, _names(columns, pair), value=float(value), facts=facts)


def _names(columns: Sequence[Compared], pair: Pair) -> str:
    return " x ".join(columns[place].name for place in pair)


def _sides(columns: Sequence[Compared]) -> tuple[list[Values], list[Values]]:
    return [column.known for column in columns], [column.target for column in columns]


def _sampled(values: list[Values], rows: int, rng: np.random.Generator) -> list[Values]:
    if len(values[0]) <= rows:
        return values
    places = np.sort(rng.choice(len(values[0]), rows, replace=False))
    return [column[places] for column in values]


def _reference(
    columns: Sequence[Compared], known: list[Values], target: list[Values], control: Control, rng: np.random.Generator
) -> tuple[tuple[Floats, Floats], str]:
    """What the target and what other rows of the source reach at one and the same number of rows, and which these are."""
    held_out, said = [column.control for column in columns if column.control is not None], HELD_OUT
    if len(held_out) < len(columns):
        order, said = rng.permutation(len(known[0])), HALVES
        middle = len(order) // 2
        known, held_out = ([column[half] for column in known] for half in (order[:middle], order[middle:]))
    rows = min(len(side[0]) for side in (known, target, held_out))
    here, there, other = (side_of(columns, _sampled(side, rows, rng)) for side in (known, target, held_out))
    return (similarities(here, there, control), similarities(here, other, control)), said


def side_of(columns: Sequence[Compared], values: Sequence[Values]) -> Side:
    numbers = [place for place, column in enumerate(columns) if not column.category]
    codes = tuple(
        dense(each) if column.category else _binned(each) for each, column in zip(values, columns, strict=True)
    )
    stacked = np.stack([values[place] for place in numbers], 1) if numbers else np.empty((len(values[0]), 0))
    return Side({place: at for at, place in enumerate(numbers)}, correlation(stacked.astype(np.float64)), codes)


def _binned(values: Values) -> Codes:
    # `digitize` puts what is missing, and the greatest value, beyond the last edge, each side by its own edges: so does SDMetrics.
    finite = values[np.isfinite(values)]
    try:
        edges = np.histogram_bin_edges(finite, bins=_BINS)
    except ValueError:
        # They lie too close together for ten bins: there are only a few floats between them.
        edges = np.unique(finite)
    return Codes(np.digitize(values, edges).astype(np.int64), len(edges) + 1)


def pairs_of(side: Side) -> Iterator[Pair]:
    yield from combinations(range(len(side.codes)), 2)


def similarities(one: Side, other: Side, control: Control) -> Floats:
    """Of every pair; NaN where a correlation is not defined."""
    found = []
    for pair in pairs_of(one):
        control.check()
        here, there = one.correlation(pair), other.correlation(pair)
        if here is not None and there is not None:
            found.append(1.0 - abs(here - there) / 2)
        else:
            found.append(contingency_similarity(*([side.codes[place] for place in pair] for side in (one, other))))
    return np.array(found, np.float64)


def associated(side: Side, control: Control) -> Flags:
    """Which pairs go together."""
    found = []
    for pair in pairs_of(side):
        control.check()
        known = side.correlation(pair)
        if known is None:
            found.append(cramers_v(*(side.codes[place] for place in pair)) > _ASSOCIATED)
        else:
            found.append(abs(known) > _CORRELATED)
    return np.array(found, np.bool_)


def contingency_similarity(one: Sequence[Codes], other: Sequence[Codes]) -> float:
    """1 minus the total variation distance between the shares of pairs of codes."""
    sizes = [max(a.size, b.size) for a, b in zip(one, other, strict=True)]
    return 1.0 - tv_distance(crossed(one, sizes), crossed(other, sizes))


def cramers_v(one: Codes, other: Codes) -> float:
    """Cramer's V of two columns of codes, from 0 to 1; 0 where one of them is constant."""
    pairs, counts = np.unique(crossed([one, other], [one.size, other.size]), return_counts=True)
    rows, columns = (np.bincount(each.values, minlength=each.size) for each in (one, other))
    least = min(np.count_nonzero(rows), np.count_nonzero(columns)) - 1
    if least < 1:
        return 0.0
    # Chi-squared by n is the sum over pairs that occur, less 1: no table of all pairs is needed.
    expected = rows[pairs // other.size].astype(np.float64) * columns[pairs % other.size]
    return float(np.sqrt(max(0.0, float(np.sum(counts.astype(np.float64) ** 2 / expected)) - 1.0) / least))


def correlation(columns: Floats) -> Floats:
    """Pearson's correlation of every pair of columns over the rows where both have a value; NaN where one is constant there."""
    there = np.isfinite(columns)
    counts = np.maximum(there.sum(0), 1)
    whole = np.where(there, columns, 0.0)
    centred = np.where(there, columns - whole.sum(0) / counts, 0.0)
    spread = np.sqrt((centred**2).sum(0) / counts)
    scaled = centred / np.where(spread > 0, spread, 1.0)
    with_value = there.astype(np.float64)
    pairs = np.maximum(with_value.T @ with_value, 1.0)
    sums, squares, products = scaled.T @ with_value, (scaled**2).T @ with_value, scaled.T @ scaled
    variances = squares / pairs - (sums / pairs) ** 2
    covariances = products / pairs - sums * sums.T / pairs**2
    certain = (variances > _CONSTANT) & (variances.T > _CONSTANT)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(certain, np.clip(covariances / np.sqrt(variances * variances.T), -1.0, 1.0), np.nan)
