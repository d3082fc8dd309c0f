"""Times between events: gaps between a parent's consecutive rows, its first row's delay, hours of the day and weekdays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from connectors.names import TableName
from engine.assessment.comparison import Comparison, Side
from engine.assessment.context import Context
from engine.assessment.encode import days, kind_of
from engine.assessment.result import Fact, Quality, unknown
from engine.assessment.view import NOBODY, FeatureKind, Places
from engine.quality.ancestry import LEAST_FAMILIES, Line, all_children_read, halves, held_out, owning, untouched
from engine.quality.base import Metric
from engine.quality.columns import HALVES, HELD_OUT, names, table_of
from engine.quality.likeness import Sample, Statistic, at_sizes, compared, ks_complement, tv_complement

GAPS, DELAY, HOURS, WEEKDAYS = "InterEventTimes", "FirstEventDelay", "TimeOfDay", "Weekdays"
DAY, HOUR = 86_400, 3_600
THURSDAY = 3
"""1970-01-01, where Monday is 0."""
MOST_ROWS = 300_000
Seconds = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """One side's rows that have a time and a parent."""

    parents: Places
    times: Seconds
    begins: Mapping[str, Seconds]
    """The parents' own times, by column."""
    of_parents: int

    def of(self, mask: npt.NDArray[np.bool_]) -> Events:
        """Those of some parents."""
        held = mask[self.parents]
        return replace(self, parents=self.parents[held], times=self.times[held])

    def shuffled(self, rng: np.random.Generator) -> Events:
        return replace(self, times=rng.permutation(self.times))

    def gaps(self) -> Sample:
        """Between one event of a parent and its next."""
        order = np.lexsort((self.times, self.parents))
        parents, times = self.parents[order], self.times[order]
        same = parents[1:] == parents[:-1]
        return Sample(np.diff(times)[same], parents[1:][same])

    def hours(self) -> Sample:
        return Sample(self.times // HOUR % 24, self.parents)

    def weekdays(self) -> Sample:
        return Sample((self.times // DAY + THURSDAY) % 7, self.parents)

    def delays(self, column: str) -> Sample:
        """From a parent's own time to its first event."""
        order = np.lexsort((self.times, self.parents))
        parents, first = np.unique(self.parents[order], return_index=True)
        since = self.times[order][first] - self.begins[column][parents]
        there = np.isfinite(since)
        return Sample(since[there], parents[there])


@dataclass(frozen=True, slots=True)
class Question:
    metric: str
    measure: str
    statistic: Statistic
    of: Callable[[Events], Sample]
    floor: bool = True
    """Would other families' times show it? Hours and weekdays are those of all rows, in whatever order."""


class Intervals(Metric):
    """Of each column of times in rows that somebody owns. The floor of gaps and delays: the known times, shuffled among the rows."""

    name: ClassVar[str] = "intervals"
    title: ClassVar[str] = "Times: gaps between events, first events, hours and weekdays"
    source: ClassVar[str] = "SDMetrics: KSComplement, TVComplement; here of times between events"

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return tuple(f"{line} : {column}" for line in _owned(comparison) for column in _times(comparison, line.bottom))

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        way, _, column = scope.partition(" : ")
        line = next(line for line in _owned(comparison) if str(line) == way)
        if not all_children_read(comparison, line):
            because = f"{line.bottom} was read as a sample, so that not all its rows of each {line.top} are there"
            return (unknown(GAPS, scope, "fidelity", because),)
        rng = context.rng(self.name, scope)
        begins = _times(comparison, line.top)
        known, target = (_events(side, line, column, begins, rng) for side in (comparison.known, comparison.target))
        best, ceiling = _best(comparison, line, column, begins, known, rng)
        found = []
        for question in _questions(comparison, line, column, begins):
            context.control.check()
            found.append(_figure(scope, line, question, (known, target), best, ceiling, rng))
        return tuple(found)


def _owned(comparison: Comparison) -> tuple[Line, ...]:
    """From each table that an entity owns one key up, unless both are copied as they are."""
    ways = (Line(line.hops[:1]) for table in comparison.schema.tables for line in owning(comparison, table.name))
    return tuple(
        line for line in dict.fromkeys(ways) if line.hops[0] in comparison.keys and not untouched(comparison, line)
    )


def _times(comparison: Comparison, table: TableName) -> tuple[str, ...]:
    sides = [side.tables[table] for side in (comparison.known, comparison.target)]
    return tuple(
        name
        for name in names(comparison, table_of(comparison, str(table)))
        if all(kind_of(side.column(name).type) is FeatureKind.TIME for side in sides)
    )


def _questions(comparison: Comparison, line: Line, column: str, begins: tuple[str, ...]) -> Iterator[Question]:
    yield Question(GAPS, "", ks_complement, Events.gaps)
    for begin in begins:
        yield Question(DELAY, f"after {line.top}.{begin}", ks_complement, partial(Events.delays, column=begin))
    yield Question(WEEKDAYS, "", tv_complement, Events.weekdays, floor=False)
    seconds = _seconds(comparison.known, line.bottom, column)
    if np.any(seconds[np.isfinite(seconds)] % DAY):
        yield Question(HOURS, "", tv_complement, Events.hours, floor=False)


def _seconds(side: Side, table: TableName, column: str) -> Seconds:
    """Whole ones: what is left of a fraction of a day must not tell equal gaps apart."""
    return np.asarray(np.round(days(side.tables[table].column(column)) * DAY), np.float64)


def _events(side: Side, line: Line, column: str, begins: tuple[str, ...], rng: np.random.Generator) -> Events:
    parents, times = side.parents[line.hops[0][0], line.hops[0][1].name], _seconds(side, line.bottom, column)
    held = (parents != NOBODY) & np.isfinite(times)
    size = side.tables[line.top].num_rows
    if (rows := np.count_nonzero(held)) > MOST_ROWS:
        # Of a parent all rows or none: a gap is between rows that follow each other.
        held[held] = (rng.random(size) < MOST_ROWS / rows)[parents[held]]
    own = {begin: _seconds(side, line.top, begin) for begin in begins}
    return Events(parents[held], times[held], own, size)


def _best(
    comparison: Comparison,
    line: Line,
    column: str,
    begins: tuple[str, ...],
    known: Events,
    rng: np.random.Generator,
) -> tuple[tuple[Events, Events], str]:
    """Two draws of the source, and what they are."""
    control = held_out(comparison, line)
    if control is not None and column in control.tables[line.bottom].column_names:
        outside = _events(control, line, column, begins, rng)
        if len(np.unique(outside.parents)) >= LEAST_FAMILIES:
            return (known, outside), HELD_OUT
    half = halves(known.of_parents, rng)
    return (known.of(half), known.of(~half)), HALVES


def _figure(
    scope: str,
    line: Line,
    question: Question,
    sides: tuple[Events, Events],
    best: tuple[Events, Events],
    ceiling: str,
    rng: np.random.Generator,
) -> Quality:
    known, target = map(question.of, sides)
    families = known.of_families, target.of_families
    if min(families) < LEAST_FAMILIES:
        because = f"fewer than {LEAST_FAMILIES} rows of {line.top} have such times on a side"
        return unknown(question.metric, scope, "fidelity", because, question.measure)
    found = compared(known, target, question.statistic, rng)
    facts: dict[str, Fact] = {"families": families[0], "families of the target": families[1], "ceiling": ceiling}
    if question.statistic is ks_complement:
        facts |= {"mean days": _mean_days(known), "mean days of the target": _mean_days(target)}
    floor = None
    if question.floor:
        floor = compared(known, question.of(sides[0].shuffled(rng)), question.statistic, rng).value
    return Quality(
        question.metric, scope, "fidelity", question.measure, value=found.value, low=found.low, high=found.high,
        ceiling=_ceiling(question, best, families, rng), floor=floor, facts=facts,
    )  # fmt: skip


def _ceiling(
    question: Question, best: tuple[Events, Events], wanted: tuple[int, int], rng: np.random.Generator
) -> float | None:
    one, other = map(question.of, best)
    had = one.of_families, other.of_families
    if not all(had):
        return None
    return at_sizes(compared(one, other, question.statistic, rng).value, had, wanted)


def _mean_days(sample: Sample) -> float:
    return float(np.mean(sample.values)) / DAY
