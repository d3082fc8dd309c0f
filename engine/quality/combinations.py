"""Combinations: total variation distance of every one, two and three columns, on bins that the source's values give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import ClassVar

import numpy as np

from engine.assessment.codes import binned, quantile_edges
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.rates import z_of
from engine.assessment.result import Fact, Quality, unknown
from engine.jobs.control import Control
from engine.quality.base import Metric
from engine.quality.columns import FIDELITY, HALVES, HELD_OUT, LEAST, Compared, compared, has_ceiling, scopes, table_of
from engine.quality.crossing import Codes, Ints, chosen, crossed, dense
from engine.quality.similarity import Floats, tv_distance

_ENOUGH = 1_000
"""Held-out rows with which distances over three columns are compared; with fewer, halves of the known rows are."""

Side = tuple[Codes, ...]
Group = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The same number of rows of each, so that what chance alone makes of a distance is the same."""

    known: Side
    target: Side
    reference: Side | None
    """Rows that no generator can be asked to come nearer to the known ones than."""
    shuffled: Side
    """The target's, each column by itself: what is left when only single columns are learned."""
    said: str | None
    rows: int

    def __repr__(self) -> str:
        return f"Sides({self.rows} rows)"


class Combinations(Metric):
    """`TVD` over one column, two and three: the mean distance between the shares of combinations, 0 where they are the same.

    Numbers and times stand in bins that each hold about as many of the source's values, and "no value" is a value. A distance between
    samples is never 0, and the more combinations there are the greater it is: so value, ceiling and floor are measured on equal
    numbers of rows, and `all rows` says what the value is on all of them.
    """

    name: ClassVar[str] = "combinations"
    title: ClassVar[str] = "Combinations of one, two and three columns"
    source: ClassVar[str] = "NIST SP 800-188 k-marginals; total variation distance on common bins"

    bins: int = 20
    rows: int = 50_000
    """At most so many rows of each side are looked at: a random sample."""
    columns: int = 40
    """At most so many columns are combined: a random choice."""
    groups: int = 120
    """At most so many pairs and so many triples are looked at: a random choice, and all pairs of 16 columns."""

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        return scopes(comparison)

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        table, rng = table_of(comparison, scope), context.rng(self.name, scope)
        usable = [column for column in compared(comparison, table) if not column.text]
        least = min(len(usable[0].known), len(usable[0].target)) if usable else 0
        if least < LEAST:
            because = (
                f"there are fewer than {LEAST} rows on a side" if usable else "none of its columns can be compared"
            )
            return (unknown("TVD", scope, FIDELITY, because),)
        columns = chosen(usable, self.columns, rng)
        everything = self._codes(columns)
        sides = _sides(everything, self.rows, rng, ceiling=has_ceiling(comparison, table))
        names = [column.name for column in columns]
        return tuple(
            _quality(
                scope, way, names, _groups(len(columns), way, self.groups, rng), sides, everything, context.control
            )
            for way in (1, 2, 3)
            if way <= len(columns)
        )

    def _codes(self, columns: Sequence[Compared]) -> tuple[Side, Side, Side | None]:
        """The rows of source, target and those held out."""
        known: list[Codes] = []
        target: list[Codes] = []
        held_out: list[Codes] = []
        for column in columns:
            edges = None if column.category else quantile_edges(column.known, self.bins)
            for into, values in ((known, column.known), (target, column.target), (held_out, column.control)):
                if values is not None:
                    into.append(dense(values if edges is None else binned(values, edges)))
        return tuple(known), tuple(target), tuple(held_out) if len(held_out) == len(columns) else None


def _sides(everything: tuple[Side, Side, Side | None], most: int, rng: np.random.Generator, *, ceiling: bool) -> Sides:
    known, target, held_out = everything
    said, reference = None, None
    rows = min(len(known[0].values), len(target[0].values), most)
    if ceiling and held_out is not None and len(held_out[0].values) >= min(_ENOUGH, len(known[0].values) // 2):
        said, reference = HELD_OUT, held_out
        rows = min(rows, len(held_out[0].values))
    elif ceiling:
        said = HALVES
        halves = np.array_split(rng.permutation(len(known[0].values)), 2)
        reference, known = (_take(known, half) for half in reversed(halves))
        rows = min(rows, len(halves[0]), len(halves[1]))
    known, target = _some(known, rows, rng), _some(target, rows, rng)
    shuffled = tuple(column.take(rng.permutation(rows)) for column in target)
    return Sides(known, target, _some(reference, rows, rng) if reference is not None else None, shuffled, said, rows)


def _some(side: Side, rows: int, rng: np.random.Generator) -> Side:
    have = len(side[0].values)
    return side if have == rows else _take(side, rng.choice(have, rows, replace=False))


def _take(side: Side, places: Ints) -> Side:
    return tuple(column.take(places) for column in side)


def _groups(columns: int, way: int, most: int, rng: np.random.Generator) -> list[Group]:
    """Every column by itself; of larger groups at most so many, chosen by chance."""
    return chosen(list(combinations(range(columns), way)), most if way > 1 else columns, rng)


def _quality(
    scope: str,
    way: int,
    names: Sequence[str],
    groups: Sequence[Group],
    sides: Sides,
    everything: tuple[Side, Side, Side | None],
    control: Control,
) -> Quality:
    found = distances(sides.known, sides.target, groups, control)
    value, error = float(np.mean(found)), _error(found, comb(len(names), way))
    facts: dict[str, Fact] = {"groups": len(groups), "groups in all": comb(len(names), way), "rows": sides.rows}
    facts["all rows"] = float(np.mean(distances(everything[0], everything[1], groups, control)))
    facts["ceiling"] = sides.said
    for place, worst in enumerate(np.argsort(-found, kind="stable")[:3], 1):
        facts[f"worst {place}"] = " x ".join(names[column] for column in groups[worst])
    return Quality(
        "TVD",
        scope,
        FIDELITY,
        f"{way}-way",
        value=value,
        low=max(0.0, value - error) if error else None,
        high=min(1.0, value + error) if error else None,
        ceiling=float(np.mean(distances(sides.known, sides.reference, groups, control))) if sides.reference else None,
        floor=float(np.mean(distances(sides.known, sides.shuffled, groups, control))) if way > 1 else None,
        better="lower",
        facts=facts,
    )


def distances(one: Side, other: Side, groups: Sequence[Group], control: Control) -> Floats:
    """The total variation distance of every group of columns."""
    found = np.empty(len(groups))
    for place, group in enumerate(groups):
        control.check()
        sizes = [max(one[column].size, other[column].size) for column in group]
        here, there = (crossed([side[column] for column in group], sizes) for side in (one, other))
        found[place] = tv_distance(here, there)
    return found


def _error(found: Floats, in_all: int) -> float | None:
    """Half the width of the 95 % interval of the mean over all groups, where only some were looked at."""
    if len(found) == in_all or len(found) < 2:
        return None
    unseen = 1.0 - len(found) / in_all
    return float(z_of() * np.std(found, ddof=1) * np.sqrt(unseen / len(found)))
