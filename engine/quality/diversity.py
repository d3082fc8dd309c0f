"""Variety for testers: what of the source's is reached by the target, how many of its rows differ, which edge cases it keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from connectors.names import TableName
from engine.assessment.codes import Floats
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.embedding import SAME, Points, embedding_of, near
from engine.assessment.rates import wilson
from engine.assessment.result import Fact, Quality, unknown
from engine.assessment.view import View
from engine.quality.base import Metric
from engine.quality.edges import edges_of
from engine.quality.frames import compared_columns, sampled, shuffled, sides_of, table_view
from engine.quality.levels import distinct_rows, level_columns, reached

COVERAGE, COMBINATIONS, DISTINCT, NEAR, EDGES = (
    "NeighbourhoodCoverage", "CombinationCoverage", "DistinctRows", "NearDuplicates", "EdgeCases",
)  # fmt: skip


class Diversity(Metric):
    """How much of the source's variety a tester meets in the target.

    `NeighbourhoodCoverage`: the part of source rows that have a target row no farther than their `neighbours`-th nearest source row.
    `CombinationCoverage`: of the combinations of 2 (3) columns' values that occur in the source, the part that occurs in the target;
    numbers and times are cut into fifths, rare values are one. `DistinctRows`: the part of rows that differ from all others, against
    the source's. `NearDuplicates`: rows nearer to another one than one source row of twenty is. `EdgeCases`: NULLs, empty and longest
    texts, zeros, negative and extreme numbers, leap days... that the source has: the part that the target has too.

    What depends on how many rows there are is measured on as many of every side.
    """

    name: ClassVar[str] = "diversity"
    family = "diversity"
    title: ClassVar[str] = "Variety: what testers meet of the source's values, combinations and edge cases"
    source: ClassVar[str] = (
        "Coverage: Naeem et al. 2020 (ICML); combinations: NIST SP 800-142, total variable-value configuration coverage,"
        " of the configurations that the source has"
    )

    rows: int = Field(20_000, ge=100)
    """At most so many rows of each side are combined."""
    points: int = Field(3_000, ge=100)
    """At most so many rows of each side are looked at for their neighbours."""
    neighbours: int = Field(5, ge=1)
    columns: int = Field(12, ge=2)
    """At most so many columns are combined: those of the fewest values."""
    least: int = Field(100, ge=20)
    """Rows of each side below which nothing is said."""

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return tuple(str(table.name) for table in comparison.schema.tables if compared_columns(comparison, table.name))

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        table = next(table.name for table in comparison.schema.tables if str(table.name) == scope)
        sides = self._evened(comparison, table, context.rng(self.name, scope, "rows"))
        least = min(sides[0].num_rows, sides[1].num_rows)
        view = table_view(comparison, table, sides)
        if least < self.least or not view.features:
            because = f"{scope} has {least} rows to compare; {self.least} are the least"
            return tuple(unknown(each, scope, "diversity", because) for each in (COVERAGE, COMBINATIONS, EDGES))
        found = [*self._neighbours(view, context), *self._combinations(view, context), _distinct(view)]
        context.control.check()
        return (*found, _edge_cases(view, sides))

    def _evened(self, comparison: Comparison, table: TableName, rng: np.random.Generator) -> list[pa.Table]:
        """As many rows of every side; a control that is much smaller is left out rather than all cut down to it."""
        sides = [side.tables[table] for side in sides_of(comparison, table)]
        rows = min(sides[0].num_rows, sides[1].num_rows, self.rows)
        if len(sides) > 2 and sides[2].num_rows < max(self.least, rows // 10):
            sides.pop()
        rows = min(rows, *(side.num_rows for side in sides))
        return [side.take(np.sort(rng.choice(side.num_rows, rows, replace=False))) for side in sides]

    def _neighbours(self, view: View, context: Context) -> Iterator[Quality]:
        context.control.check()
        if sum(len(np.unique(column)) > 1 for column in view.known.columns) < 2:
            because = f"fewer than two compared columns of {view.scope} differ from row to row"
            yield unknown(COVERAGE, view.scope, "diversity", because)
            return
        points = self._points(view, context)
        facts: dict[str, Fact] = {
            "rows": len(points["known"]), "neighbours": self.neighbours, "control": "control" in points,
        }  # fmt: skip
        # The nearest of all is the row itself.
        own = near(points["known"], points["known"], self.neighbours + 1, context).distances
        yield _covered(view.scope, points, own[:, -1] + SAME, facts, context)
        yield _near_duplicates(view.scope, points, float(np.quantile(own[:, 1], 0.05)), facts, context)

    def _points(self, view: View, context: Context) -> dict[str, Points]:
        """As many records of every side, and of the known with each column shuffled."""
        rng = context.rng(self.name, view.scope, "points")
        # Distances are the source's: in a target of one value all would be nothing.
        embedding = embedding_of(replace(view, target=view.known), rng)
        rows = min(view.known.rows, self.points)
        frames = {"known": view.known, "target": view.target, "shuffled": shuffled(view.known, rng)}
        if view.control is not None:
            frames["control"] = view.control
        return {name: embedding.points(sampled(frame, rows, rng)) for name, frame in frames.items()}

    def _combinations(self, view: View, context: Context) -> Iterator[Quality]:
        levels = level_columns(view, self.columns)
        rng = context.rng(self.name, view.scope, "combinations")
        others = {"target": view.target, "shuffled": shuffled(view.known, rng)}
        if view.control is not None:
            others["control"] = view.control
        for ways in (2, 3):
            if len(levels) < ways:
                because = f"{view.scope} has {len(levels)} columns whose values can be combined; {ways} are needed"
                yield unknown(COMBINATIONS, view.scope, "diversity", because, f"{ways}-way")
                continue
            context.control.check()
            found = reached(levels, view.known, others, ways)
            target = found["target"]
            facts: dict[str, Fact] = {
                "rows": view.known.rows,
                "columns": len(levels),
                "combinations in the source": target.of,
                "of those with 5 rows or more": target.common,
                "column sets reached in full": target.full,
                "not in the source": target.new,
                "control": view.control is not None,
            }
            yield Quality(
                COMBINATIONS, view.scope, "diversity", f"{ways}-way", value=target.share, facts=facts,
                ceiling=found["control"].share if "control" in found else None, floor=found["shuffled"].share,
            )  # fmt: skip


def _covered(
    scope: str, points: Mapping[str, Points], within: Floats, facts: dict[str, Fact], context: Context
) -> Quality:
    """How many known rows have one of each other side so near."""
    known, others = points["known"], [name for name in points if name != "known"]
    met = {name: int((near(points[name], known, 1, context).distances[:, 0] <= within).sum()) for name in others}
    found, rows = wilson(met["target"], len(known)), len(known)
    return Quality(
        COVERAGE, scope, "diversity", value=found.value, low=found.low, high=found.high, facts=facts,
        ceiling=met["control"] / rows if "control" in met else None, floor=met["shuffled"] / rows,
    )  # fmt: skip


def _near_duplicates(
    scope: str, points: Mapping[str, Points], within: float, facts: dict[str, Fact], context: Context
) -> Quality:
    """How many rows of each side have another of the same side so near."""
    if within <= SAME:
        because = f"more than one row in twenty of {scope} has its equal in the source"
        return unknown(NEAR, scope, "diversity", because)
    sides = {name: near(own, own, 2, context).distances[:, 1] for name, own in points.items() if name != "shuffled"}
    close = {name: int((apart <= within).sum()) for name, apart in sides.items()}
    found, rows = wilson(close["target"], len(points["known"])), len(points["known"])
    return Quality(
        NEAR, scope, "diversity", value=found.value, low=found.low, high=found.high, better="lower",
        ceiling=close["control"] / rows if "control" in close else None,
        facts=facts | {"source": close["known"] / rows},
    )  # fmt: skip


def _distinct(view: View) -> Quality:
    known, target, control = (
        None if frame is None else distinct_rows(frame) / frame.rows
        for frame in (view.known, view.target, view.control)
    )
    assert known is not None
    assert target is not None
    facts: dict[str, Fact] = {"rows": view.target.rows, "source": known, "target": target}
    ceiling = None if control is None else min(1.0, control / known)
    return Quality(
        DISTINCT, view.scope, "diversity", value=min(1.0, target / known), ceiling=ceiling, facts=facts
    )  # fmt: skip


def _edge_cases(view: View, sides: Sequence[pa.Table]) -> Quality:
    found = edges_of(view, sides)
    if not found:
        return unknown(EDGES, view.scope, "diversity", "the source has no edge case in a compared column")
    kinds = dict.fromkeys(edge.kind for edge in found)
    facts: dict[str, Fact] = {"rows": view.known.rows, "edge cases in the source": len(found)}
    for kind in kinds:
        of = [edge for edge in found if edge.kind == kind]
        facts[kind] = f"{sum(edge.target > 0 for edge in of)} of {len(of)} columns"
    return Quality(
        EDGES, view.scope, "diversity", value=sum(edge.target > 0 for edge in found) / len(found), facts=facts,
        ceiling=None if view.control is None else sum(edge.control > 0 for edge in found) / len(found),
    )  # fmt: skip
