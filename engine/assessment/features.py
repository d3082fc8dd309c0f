"""What attackers see of a person: own columns, and of every table that the person owns how many rows, sums, times, rare values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Table
from engine.assessment import aggregates
from engine.assessment.comparison import Entity, Side
from engine.assessment.encode import encoded, spelt
from engine.assessment.view import NOBODY, Carries, Feature, FeatureKind, Places, Values, present
from engine.plan import AS_IS, Plan

MOST = 60
"""Features of one view."""
LABELS = 200
"""Different values of a category whose frequencies are looked at."""
_TIMES = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
_SEEN = (Carries.KEPT, Carries.ALTERED, Carries.LEARNED)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A feature with its values on every side."""

    feature: Feature
    values: tuple[Values, ...]
    rank: int
    """Which are left out first where there are too many: the greatest."""


@dataclass(frozen=True, slots=True)
class Drawer:
    """Draws features of several sides in one spelling."""

    plan: Plan
    tables: Mapping[TableName, Table]
    carries: Mapping[tuple[TableName, str], Carries]
    sides: Sequence[Side]
    """Known, target and, if there is one, control."""

    def own(self, table: Table) -> Iterator[Drawn]:
        """A table's own columns, and whom of a public table it refers to. Made-up values come where several rows share one."""
        for column in self._columns(table):
            carried = self._carried(table, column)
            arrays = [side.tables[table.name].column(column.name) for side in self.sides]
            kind, values, labels = encoded(_as_said(table, column, arrays))
            if carried is Carries.REPLACED and _nearly_unique(values[0]):
                continue
            feature = Feature(column.name, kind, carried, table.name, column.name, labels=labels)
            yield Drawn(feature, values, 9 if carried is Carries.REPLACED else 0)

    def owned(self, entity: Entity) -> Iterator[Drawn]:
        """What each owned table comes to for each root."""
        whose = [self._whose(entity, side) for side in self.sides]
        sizes = [side.tables[entity.root].num_rows for side in self.sides]
        for owns in entity.tables[1:]:
            kept = [np.flatnonzero(each[owns.table] != NOBODY) for each in whose]
            owners = [each[owns.table][rows] for each, rows in zip(whose, kept, strict=True)]
            number = tuple(aggregates.counts(owner, size) for owner, size in zip(owners, sizes, strict=True))
            named = Feature(f"{owns.table} count", FeatureKind.NUMBER, Carries.SHAPE, owns.table, made="count")
            yield Drawn(named, number, 1)
            for column in self._columns(self.tables[owns.table]):
                yield from self._aggregated(self.tables[owns.table], column, kept, owners, sizes)

    def _columns(self, table: Table) -> Iterator[Column]:
        """Those that are no keys, moments in a primary key, and keys to tables that come into the target as they are."""
        keys, foreign = _key_columns(table), {name for key in table.foreign_keys for name in key.columns}
        named = {key.columns[0] for key in table.foreign_keys if len(key.columns) == 1 and self._as_it_is(table, key)}
        for column in table.columns:
            if column.name not in self.sides[0].tables[table.name].column_names:
                continue
            moment = column.kind in _TIMES and column.name not in foreign
            if column.name not in keys or moment or column.name in named:
                yield column

    def _as_it_is(self, table: Table, key: ForeignKey) -> bool:
        """Does the key say the same on both sides, of what is nobody's?"""
        treated = self.plan.tables[key.parent].treatment in AS_IS
        return treated and self.carries[table.name, key.columns[0]] is not Carries.REPLACED

    def _carried(self, table: Table, column: Column) -> Carries:
        return self.carries[table.name, column.name]

    def _whose(self, entity: Entity, side: Side) -> dict[TableName, Places]:
        """For every row of an entity's tables the place of its root."""
        found: dict[TableName, Places] = {entity.root: np.arange(side.tables[entity.root].num_rows)}
        for owns in entity.tables[1:]:
            assert owns.key is not None
            assert owns.parent is not None
            above = np.append(found[owns.parent], NOBODY)
            found[owns.table] = above[side.parents[owns.table, owns.key.name]]
        return found

    def _aggregated(
        self,
        table: Table,
        column: Column,
        kept: Sequence[Places],
        owners: Sequence[Places],
        sizes: Sequence[int],
    ) -> Iterator[Drawn]:
        carried = self._carried(table, column)
        if carried not in _SEEN:
            return
        arrays = [
            side.tables[table.name].column(column.name).take(pa.array(rows))
            for side, rows in zip(self.sides, kept, strict=True)
        ]
        kind, values, labels = encoded(_as_said(table, column, arrays))
        figures = _FIGURES[kind](owners, values, sizes, 0 if labels is None else len(labels))
        for made, rank, of, figured in figures:
            name = f"{table.name}.{column.name} {made}"
            shown = labels if of is FeatureKind.CATEGORY else None
            yield Drawn(Feature(name, of, carried, table.name, column.name, made, shown), tuple(figured), rank)


Figures = Iterator[tuple[str, int, FeatureKind, Sequence[Values]]]


def _numbers(owners: Sequence[Places], values: Sequence[Values], sizes: Sequence[int], _: int) -> Figures:
    each = list(zip(owners, map(_floats, values), sizes, strict=True))
    totals, extremes = [aggregates.sums(*one) for one in each], [aggregates.ends(*one) for one in each]
    yield "sum", 2, FeatureKind.NUMBER, [total for total, _ in totals]
    yield "mean", 3, FeatureKind.NUMBER, [aggregates.mean(*one) for one in totals]
    yield "min", 5, FeatureKind.NUMBER, [least for least, _ in extremes]
    yield "max", 5, FeatureKind.NUMBER, [greatest for _, greatest in extremes]


def _times(owners: Sequence[Places], values: Sequence[Values], sizes: Sequence[int], _: int) -> Figures:
    each = list(zip(owners, map(_floats, values), sizes, strict=True))
    extremes = [aggregates.ends(*one) for one in each]
    number = [aggregates.sums(*one)[1] for one in each]
    yield "first", 2, FeatureKind.TIME, [first for first, _ in extremes]
    yield "last", 2, FeatureKind.TIME, [last for _, last in extremes]
    gaps = [aggregates.gap(first, last, some) for (first, last), some in zip(extremes, number, strict=True)]
    yield "gap", 4, FeatureKind.NUMBER, gaps


def _categories(owners: Sequence[Places], values: Sequence[Values], sizes: Sequence[int], labels: int) -> Figures:
    if labels > LABELS:
        return
    codes = [side.astype(np.int32) for side in values]
    each = list(zip(owners, codes, sizes, strict=True))
    # A control's rows are as rare as they would be among the known; only the target speaks for itself.
    rare = [aggregates.rarity(codes[1 if place == 1 else 0], labels) for place in range(len(codes))]
    yield "most frequent", 3, FeatureKind.CATEGORY, [aggregates.most_frequent(*one) for one in each]
    yield "distinct", 4, FeatureKind.NUMBER, [aggregates.distinct(*one) for one in each]
    rarest = [aggregates.rarest(owner, code, r, size) for (owner, code, size), r in zip(each, rare, strict=True)]
    yield "rarest", 4, FeatureKind.NUMBER, rarest


_FIGURES = {FeatureKind.NUMBER: _numbers, FeatureKind.TIME: _times, FeatureKind.CATEGORY: _categories}


def chosen(drawn: Sequence[Drawn]) -> tuple[list[Drawn], int]:
    """At most so many, the most telling of every table first, in the order in which they were drawn; and how many are left out."""
    seen: Counter[tuple[int, TableName]] = Counter()
    order = []
    for place, each in enumerate(drawn):
        said = each.rank, each.feature.table
        order.append((each.rank, seen[said], place))
        seen[said] += 1
    best = sorted(place for _, _, place in sorted(order)[:MOST])
    return [drawn[place] for place in best], len(drawn) - len(best)


def _as_said(table: Table, column: Column, arrays: Sequence[pa.ChunkedArray]) -> Sequence[pa.Array | pa.ChunkedArray]:
    """A reference is no number, whatever its type."""
    reference = column.name in _key_columns(table) and column.kind not in _TIMES
    return [spelt(array) for array in arrays] if reference else arrays


def _key_columns(table: Table) -> set[str]:
    return {*table.primary_key, *(name for key in table.foreign_keys for name in key.columns)}


def _nearly_unique(values: Values) -> bool:
    """Are more than half of the values different ones?"""
    there = values[present(values)]
    return len(np.unique(there)) * 2 > len(there)


def _floats(values: Values) -> aggregates.Floats:
    return np.asarray(values, np.float64)
