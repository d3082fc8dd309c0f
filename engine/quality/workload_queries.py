"""Questions that testers ask, made from the schema: counts and averages by group, joins, percentiles, ranges, top values, dates.

They are asked of tables `t0`, `t1`... whose columns are `c0`, `c1`... (codes, numbers and dates), `r` (the row's place), `k` (its
rank in a random order) and `p0`, `p1`... (the places of its parents), so no name and no value of the source is in their SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np

from connectors.schema import ForeignKey
from engine.assessment.view import FeatureKind, Values, View, present
from engine.quality.workload_error import Role

MOST_GROUPS = 50
PERCENTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
TRIED = 5_000
"""Candidates of one kind and table among which is drawn, however wide the table is."""
SHARES = (0.05, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.95)
"""Where ranges of numbers begin and end."""


@dataclass(frozen=True, slots=True)
class Query:
    at: int
    """The number of the table whose rows it asks for."""
    kind: str
    words: str
    """What it asks, in names of tables and columns alone."""
    sql: str
    roles: tuple[Role, ...]
    related: bool = False
    """It asks how columns go together, so that shuffled columns answer it wrongly."""
    scale: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One table and what can be asked of it."""

    at: int
    view: View
    parents: tuple[tuple[ForeignKey, int], ...]
    """Its foreign keys, whose places are in `p0`, `p1`..., and the parents' numbers."""
    rows: int
    """The least that any side has."""
    groups: tuple[int, ...]
    numbers: tuple[int, ...]
    times: tuple[int, ...]
    labels: tuple[int, ...]
    """Categories, however many values they have."""
    distinct: tuple[int, ...]
    """Different values that the source has of each feature."""
    cuts: Mapping[int, Mapping[float, float]]
    """Of every number the source's value at each of `SHARES`."""

    def name(self, place: int) -> str:
        return f"{self.view.scope}.{self.view.features[place].name}"

    def spread(self, place: int) -> float:
        """From the 10th to the 90th percentile."""
        low, high = self.cuts[place][0.1], self.cuts[place][0.9]
        return high - low or max(1.0, abs(high))


def asked_of(at: int, view: View, parents: Sequence[tuple[ForeignKey, int]]) -> Asked:
    distinct = tuple(_distinct(column) for column in view.known.columns)

    def places(kind: FeatureKind, least: int = 1, most: int = view.known.rows) -> tuple[int, ...]:
        return tuple(p for p, f in enumerate(view.features) if f.kind is kind and least <= distinct[p] <= most)

    rows = min(frame.rows for frame in view.frames)
    numbers = places(FeatureKind.NUMBER, 3)
    cuts = {p: dict(zip(SHARES, np.nanquantile(view.known.columns[p], SHARES).tolist(), strict=True)) for p in numbers}
    return Asked(
        at, view, tuple(parents), rows, places(FeatureKind.CATEGORY, 2, MOST_GROUPS), numbers,
        places(FeatureKind.TIME), places(FeatureKind.CATEGORY), distinct, cuts,
    )  # fmt: skip


def queries(tables: Sequence[Asked], per_kind: int, rng: np.random.Generator) -> tuple[Query, ...]:
    """At most so many of every kind, drawn among all that the schema allows."""
    makers = (
        _counts, _pairs, _averages, _joined_counts, _joined_averages, _percentiles, _ranges, _double_ranges, _tops, _distincts, _dates,
    )  # fmt: skip
    found: list[Query] = []
    for make in makers:
        able = [query for table in tables for query in islice(make(table, tables), TRIED)]
        chosen = sorted(rng.choice(len(able), min(per_kind, len(able)), replace=False)) if able else []
        found += [able[place] for place in chosen]
    return tuple(found)


def _counts(table: Asked, _tables: Sequence[Asked]) -> Iterator[Query]:
    for c in table.groups:
        sql = f"SELECT c{c}, count(*) FROM t{table.at} GROUP BY c{c}"
        yield Query(table.at, "count by group", f"count by {table.name(c)}", sql, (Role.KEY, Role.SHARE))


def _pairs(table: Asked, _tables: Sequence[Asked]) -> Iterator[Query]:
    for a, b in combinations(table.groups, 2):
        sql = f"SELECT c{a}, c{b}, count(*) FROM t{table.at} GROUP BY c{a}, c{b}"
        words = f"count by {table.name(a)} and {table.name(b)}"
        yield Query(table.at, "count by two groups", words, sql, (Role.KEY, Role.KEY, Role.SHARE), related=True)


def _averages(table: Asked, _tables: Sequence[Asked]) -> Iterator[Query]:
    for c in table.groups:
        for x in table.numbers:
            sql = f"SELECT c{c}, avg(c{x}), count(c{x}) FROM t{table.at} GROUP BY c{c}"
            yield _average(
                table, "average by group", f"average of {table.name(x)} by {table.name(c)}", sql, table.spread(x)
            )


def _average(table: Asked, kind: str, words: str, sql: str, spread: float) -> Query:
    return Query(table.at, kind, words, sql, (Role.KEY, Role.MEAN, Role.WEIGHT), related=True, scale=spread)


def _above(table: Asked, tables: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    """Parents and grandparents, and how they are joined to `t`."""
    for number, (_, parent) in enumerate(table.parents):
        yield tables[parent], f"t{table.at} t JOIN t{parent} a ON t.p{number} = a.r"
        for above, (_, grand) in enumerate(tables[parent].parents):
            joined = f"t{table.at} t JOIN t{parent} b ON t.p{number} = b.r JOIN t{grand} a ON b.p{above} = a.r"
            yield tables[grand], joined


def _joined_counts(table: Asked, tables: Sequence[Asked]) -> Iterator[Query]:
    for parent, joined in _above(table, tables):
        for c in parent.groups:
            sql = f"SELECT a.c{c}, count(*) FROM {joined} GROUP BY a.c{c}"
            words = f"count of {table.view.scope} by {parent.name(c)}"
            yield Query(table.at, "join, count by group", words, sql, (Role.KEY, Role.SHARE), related=True)


def _joined_averages(table: Asked, tables: Sequence[Asked]) -> Iterator[Query]:
    for parent, joined in _above(table, tables):
        for c in parent.groups:
            for x in table.numbers:
                sql = f"SELECT a.c{c}, avg(t.c{x}), count(t.c{x}) FROM {joined} GROUP BY a.c{c}"
                words = f"average of {table.name(x)} by {parent.name(c)}"
                yield _average(table, "join, average by group", words, sql, table.spread(x))


def _percentiles(table: Asked, _tables: Sequence[Asked]) -> Iterator[Query]:
    for x in table.numbers:
        asked = ", ".join(f"quantile_cont(c{x}, {share})" for share in PERCENTILES)
        sql = f"SELECT {asked} FROM t{table.at}"
        roles = (Role.MEAN,) * len(PERCENTILES)
        yield Query(table.at, "percentiles", f"percentiles of {table.name(x)}", sql, roles, scale=table.spread(x))


def _bounds(table: Asked, place: int, low: float, high: float) -> str:
    return f"c{place} BETWEEN {table.cuts[place][low]!r} AND {table.cuts[place][high]!r}"


def _ranges(table: Asked, _tables: Sequence[Asked]) -> Iterator[Query]:
    for x in table.numbers:
        for low, high in ((0.05, 0.25), (0.4, 0.6), (0.75, 0.95)):
            sql = f"SELECT count(*) FILTER (WHERE {_bounds(table, x, low, high)}) / count(*) FROM t{table.at}"
            yield Query(table.at, "range", f"rows within a range of {table.name(x)}", sql, (Role.VALUE,))


def _double_ranges(table: Asked, _tables: Sequence[Asked]) -> Iterator[Query]:
    for x, y in combinations(table.numbers, 2):
        both = f"{_bounds(table, x, 0.1, 0.5)} AND {_bounds(table, y, 0.5, 0.9)}"
        sql = f"SELECT count(*) FILTER (WHERE {both}) / count(*) FROM t{table.at}"
        words = f"rows within ranges of {table.name(x)} and {table.name(y)}"
        yield Query(table.at, "range of two numbers", words, sql, (Role.VALUE,), related=True)


def _tops(table: Asked, _tables: Sequence[Asked]) -> Iterator[Query]:
    for c in table.labels:
        if 10 < table.distinct[c] < table.view.known.rows / 5:
            sql = f"SELECT c{c} FROM t{table.at} GROUP BY c{c} ORDER BY count(*) DESC, c{c} LIMIT 10"
            yield Query(table.at, "top ten", f"ten most frequent of {table.name(c)}", sql, (Role.KEY,))


def _distincts(table: Asked, _tables: Sequence[Asked]) -> Iterator[Query]:
    for c in (*table.labels, *table.numbers):
        # Of as many rows on every side: more rows have more values.
        sql = f"SELECT count(DISTINCT c{c}) FROM t{table.at} WHERE k < {table.rows}"
        yield Query(table.at, "count distinct", f"different values of {table.name(c)}", sql, (Role.VALUE,))


def _dates(table: Asked, _tables: Sequence[Asked]) -> Iterator[Query]:
    for d in table.times:
        low, high = np.nanquantile(table.view.known.columns[d], [0.01, 0.99])
        days = high - low
        bucket = (
            "year"
            if days > 3_000
            else "quarter"
            if days > 1_000
            else "month"
            if days > 100
            else "week"
            if days > 30
            else "day"
        )
        sql = f"SELECT date_trunc('{bucket}', c{d}), count(*) FROM t{table.at} GROUP BY 1"
        yield Query(table.at, "count by date", f"count by {bucket} of {table.name(d)}", sql, (Role.KEY, Role.SHARE))


def _distinct(column: Values) -> int:
    return len(np.unique(column[present(column)]))
