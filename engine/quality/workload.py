"""What testers' SQL gives on the target, against the source: queries made from the schema, and their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from connectors.names import TableName
from engine.assessment.comparison import Comparison, Side
from engine.assessment.context import Context
from engine.assessment.result import Fact, Quality, unknown
from engine.quality.base import Metric
from engine.quality.frames import shuffled, table_view
from engine.quality.workload_error import difference
from engine.quality.workload_queries import Asked, Query, asked_of, queries
from engine.quality.workload_sandbox import Refused, Sandbox
from engine.quality.workload_tables import coded, mixed, parents_of, shown
from engine.quality.workload_user import roles_of, size_of

NAME, SCOPE = "SQLWorkloadError", "target"
Sides = Mapping[str, Sandbox]


@dataclass(frozen=True, slots=True)
class Error:
    """One query's error on the target, on the control and on shuffled columns; None where a side says nothing."""

    query: Query
    target: float
    control: float | None
    shuffled: float | None


class Workload(Metric):
    """How wrong the answers to testers' queries are on the target.

    An answer's error lies between 0 (the same) and 1. Counts and sums by group: the total variation distance of their shares.
    Averages and percentiles: the difference in spreads of the source's numbers (from the 10th to the 90th percentile), groups
    weighted by their rows. Single figures: the difference as a part of the larger one. Lists: the part that is not on both. A
    group that one side lacks counts as 1. The queries are drawn among all that the schema allows; a tester's own are run as they
    are, in a database in memory that reaches no file and no network.
    """

    name: ClassVar[str] = "workload"
    family = "utility"
    title: ClassVar[str] = "SQL workload: how wrong testers' queries are on the target"
    source: ClassVar[str] = (
        "Workload error, McKenna et al. 2018 (PVLDB 11, HDMM); total variation distance of shares by group"
    )

    per_kind: int = Field(8, ge=1)
    """Queries of each kind."""
    least: int = Field(50, ge=1)
    """Rows of a table, on each side, below which it is asked nothing."""
    seconds: float = Field(10, gt=0)
    """Longest time for one of a tester's own queries."""
    rows: int = Field(20_000, ge=1)
    """Most rows that the answer to one may have."""

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return (SCOPE,) if self._tables(comparison) else ()

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        return (*self._generated(comparison, context), *self._own(comparison, context))

    def _tables(self, comparison: Comparison) -> tuple[TableName, ...]:
        known, target = comparison.known.tables, comparison.target.tables
        return tuple(table.name for table in comparison.schema.tables if table.name in known and table.name in target)

    def _generated(self, comparison: Comparison, context: Context) -> Iterator[Quality]:
        tables = self._asked(comparison)
        chosen = queries(tables, self.per_kind, context.rng(self.name, SCOPE, "queries"))
        if not chosen:
            because = f"no table has {self.least} rows on each side and a column that can be asked for"
            yield unknown(NAME, SCOPE, "utility", because, "all")
            return
        with ExitStack() as opened:
            sides = {
                name: opened.enter_context(Sandbox({f"t{t.at}": _coded(comparison, t, name, context) for t in tables}))
                for name in _sides(comparison)
            }
            yield from _told(list(self._errors(tables, chosen, sides, context)))

    def _asked(self, comparison: Comparison) -> list[Asked]:
        """Every table of enough rows; a control of too few of its rows is as none."""
        views = [table_view(comparison, table) for table in self._tables(comparison)]
        views = [view for view in views if min(view.known.rows, view.target.rows) >= self.least]
        names = [view.table for view in views]
        return [
            asked_of(
                at,
                replace(view, control=None) if view.control and view.control.rows < self.least else view,
                list(parents_of(comparison, names, view.table)),
            )
            for at, view in enumerate(views)
        ]

    def _errors(
        self, tables: Sequence[Asked], chosen: Sequence[Query], sides: Sides, context: Context
    ) -> Iterator[Error]:
        for query in chosen:
            answers = {name: self._answer(side, query.sql, context) for name, side in sides.items()}
            found = {
                name: difference(query.roles, answers["known"], answer, scale=query.scale)
                for name, answer in answers.items()
            }
            if found["target"] is not None:
                control = found.get("control") if tables[query.at].view.control is not None else None
                yield Error(query, found["target"], control, found["shuffled"] if query.related else None)

    def _answer(self, side: Sandbox, sql: str, context: Context) -> pa.Table:
        return side.ask(sql, seconds=self.seconds, rows=self.rows, control=context.control)

    def _own(self, comparison: Comparison, context: Context) -> Iterator[Quality]:
        """A figure for each of the tester's queries, by its number: its text may hold what nobody else should read."""
        if not context.queries:
            return
        tables, default = self._tables(comparison), comparison.schema.default_schema
        with ExitStack() as opened:
            sides, sizes = {}, {}
            for name in _sides(comparison):
                rows = {table: _shown(comparison, name, table, context) for table in tables}
                views = {table: f"u{at}" for at, table in enumerate(tables)}
                named = {views[table]: each for table, each in rows.items()}
                sides[name] = opened.enter_context(Sandbox(named, views, default))
                sizes[name] = {table: each.num_rows for table, each in rows.items()}
            for number, sql in enumerate(context.queries, 1):
                yield self._of_own(number, sql, sides, sizes, context)

    def _of_own(
        self, number: int, sql: str, sides: Sides, sizes: Mapping[str, Mapping[TableName, int]], context: Context
    ) -> Quality:
        measure = f"query {number}"
        try:
            answers = {name: self._answer(side, sql, context) for name, side in sides.items()}
            asked = {name: size_of(sql, rows) for name, rows in sizes.items()}
            roles = roles_of(sql, answers["known"].schema)
            found = {
                name: difference(roles, answers["known"], answer, sizes=(asked["known"], asked[name]))
                for name, answer in answers.items()
            }
        except Refused as why:
            return unknown(NAME, SCOPE, "utility", f"query {number} was not asked or not answered: {why}", measure)
        except pa.ArrowException:
            because = f"query {number} gives a column of a type that has no text to compare"
            return unknown(NAME, SCOPE, "utility", because, measure)
        if found["target"] is None:
            return unknown(NAME, SCOPE, "utility", f"query {number} gives no rows on either side", measure)
        facts: dict[str, Fact] = {
            "rows of the answer, source": answers["known"].num_rows,
            "rows of the answer, target": answers["target"].num_rows,
            "compared as": ", ".join(roles),
        }
        return Quality(
            NAME, SCOPE, "utility", measure, value=found["target"], better="lower", facts=facts,
            ceiling=found.get("control") if asked.get("control", 0) >= self.least else None,
            # Where shuffled columns answer as the source does, the query asks of one column alone: they are no floor.
            floor=found["shuffled"] or None,
        )  # fmt: skip


def _told(errors: Sequence[Error]) -> Iterator[Quality]:
    """The median of all and of each kind, with the 90th percentile and the worst query."""
    if not errors:
        yield unknown(NAME, SCOPE, "utility", "no query gives rows on either side", "all")
        return
    yield _median("all", errors)
    for kind in dict.fromkeys(error.query.kind for error in errors):
        yield _median(kind, [error for error in errors if error.query.kind == kind])


def _median(measure: str, errors: Sequence[Error]) -> Quality:
    values = [error.target for error in errors]
    worst = errors[int(np.argmax(values))]
    facts: dict[str, Fact] = {
        "queries": len(errors),
        "90th percentile": float(np.quantile(values, 0.9)),
        "worst": max(values),
        "worst query": worst.query.words,
    }
    held_out = [error.control for error in errors if error.control is not None]
    mixed_up = [error.shuffled for error in errors if error.shuffled is not None]
    return Quality(
        NAME, SCOPE, "utility", measure, value=float(np.median(values)), better="lower", facts=facts,
        ceiling=float(np.median(held_out)) if held_out else None,
        # Shuffled columns answer what asks of one column alone as the source does: they are no floor there.
        floor=float(np.median(mixed_up)) if len(mixed_up) == len(errors) else None,
    )  # fmt: skip


def _sides(comparison: Comparison) -> tuple[str, ...]:
    return ("known", "target", *(("control",) if comparison.control is not None else ()), "shuffled")


def _side(comparison: Comparison, name: str) -> Side:
    control = comparison.control
    if name == "control" and control is not None:
        return control
    return comparison.target if name == "target" else comparison.known


def _coded(comparison: Comparison, table: Asked, name: str, context: Context) -> pa.Table:
    view, side = table.view, _side(comparison, name)
    rng = context.rng("workload", view.scope, name)
    frame = view.target if name == "target" else view.control if name == "control" else view.known
    if frame is None:
        return coded(view, view.known.take(np.zeros(0, np.int64)), [None] * len(table.parents), rng)
    places = [side.parents.get((view.table, key.name)) for key, _ in table.parents]
    if name == "shuffled":
        frame, places = shuffled(frame, rng), [None if each is None else rng.permutation(each) for each in places]
    return coded(view, frame, places, rng)


def _shown(comparison: Comparison, name: str, table: TableName, context: Context) -> pa.Table:
    side = _side(comparison, name)
    rows = shown(comparison, side if table in side.tables else comparison.known, table)
    if table not in side.tables:
        rows = rows.slice(0, 0)
    return mixed(rows, context.rng("workload", "own", str(table))) if name == "shuffled" else rows
