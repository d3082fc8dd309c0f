"""What may be asked of entities' values before there is a codebook: each question takes noise of a given deviation and no budget.

Every entity counts at most once in each column: of a child table one of its rows, drawn at random. Without a promise every row counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.privacy import values
from engine.privacy.entities import ColumnPlace, Entities, Places, one_row_each
from engine.privacy.entropy import entropy
from engine.privacy.mechanisms import Floats, noisy_counts, selection_threshold
from engine.privacy.number_domains import (
    NumberDomain,
    coarser,
    fine_edges,
    in_cells,
    joined,
    short_range,
    significant,
    worthwhile,
)

WITHIN = 0.99
"""The share of parents whose rows a bound cuts none of; without noise all of them."""
_CLEAR = 3.5
"""So many deviations of its noise from nothing a sum of counts is hardly ever by chance, wherever it is looked for."""
_RARE = 5
"""Without noise: a number that fewer entities hold is no spike."""
_SPIKES, _RANGE, _BINS = 0.45, 0.25, 0.3
"""Shares of a question for numbers; the bins have what is not asked beside them."""


def children(entities: Entities, places: Sequence[int], most: int, scale: float) -> dict[int, int]:
    """For each table the least bound of a public scale that few enough parents seem to exceed; one parent of each entity is asked."""
    edges = _scale(most)
    exact = [in_cells(_numbers_of_children(entities, place, entropy()), edges) for place in places]
    noisy = noisy_counts(np.stack(exact), scale)
    return {place: _bound(edges, counts, scale) for place, counts in zip(places, noisy, strict=True)}


def categories(
    entities: Entities, columns: Sequence[ColumnPlace], scale: float, delta: float
) -> dict[ColumnPlace, list[tuple[Any, float]]]:
    """The values whose noisy count clears the threshold, the most frequent first, and NULL under None."""
    threshold = selection_threshold(scale, delta, len(columns))
    drawn = _Drawn(entities, entropy(), every=scale == 0)
    found = {}
    for column in columns:
        named, counts, null = values.holders(drawn.column(column))
        noisy = noisy_counts(np.append(counts, null), scale)
        kept = np.flatnonzero(noisy[:-1] >= threshold)
        pairs = zip(named.take(pa.array(kept)).to_pylist(), noisy[kept].tolist(), strict=True)
        # The order of the data would say who came first.
        found[column] = [(None, float(noisy[-1])), *sorted(pairs, key=lambda pair: (-pair[1], str(pair[0])))]
    return found


@dataclass(frozen=True, slots=True)
class Query:
    """One vector of counts: its part of the rho, and what to do once it is charged."""

    what: str
    columns: int
    share: float
    answer: Callable[[float, float], None]
    """Takes the noise of each count, and delta."""


class Numbers:
    """Numeric columns, asked in up to three queries: ranges; single values that many hold; bins. Of a short range the ends are all
    that is asked: its values get a code each."""

    def __init__(
        self,
        entities: Entities,
        columns: Sequence[tuple[ColumnPlace, Floats | None]],
        bins: int,
        population: int | None,
        rng: np.random.Generator,
        every: bool = False,
    ) -> None:
        drawn = _Drawn(entities, rng, every)
        self._types = {column: drawn.type(column) for column, _ in columns}
        self._drawn = drawn
        self._edges = {column: edges for column, edges in columns if edges is not None}
        self._all = [column for column, _ in columns]
        self._bins = bins
        self._population = population
        self._coarse: dict[ColumnPlace, tuple[Floats, float]] = {}
        """Of columns without edges the noisy counts of the public grid, and their noise."""
        self._spikes: dict[ColumnPlace, tuple[tuple[float, float], ...]] = {}
        self._found: dict[ColumnPlace, NumberDomain] = {}

    def queries(self) -> Iterator[Query]:
        """In this order, each answered before the next is asked for. Which there are, and what they cost, no answer decides."""
        spiky = [column for column in self._all if not self._told_apart(column)]
        open_ = [column for column in self._all if column not in self._edges]
        left = _BINS + (0 if spiky else _SPIKES) + (0 if open_ else _RANGE)
        if open_:
            yield Query("ranges", len(open_), _RANGE, lambda s, _: self._find_ranges(open_, s))
        if spiky:
            yield Query("frequent numbers", len(spiky), _SPIKES, lambda s, d: self._find_spikes(spiky, s, d))
        yield Query("bins", len(self._all), left, lambda s, _: self._find_bins(set(open_), s))

    def domains(self) -> dict[ColumnPlace, NumberDomain]:
        return self._found

    def _told_apart(self, column: ColumnPlace) -> bool:
        """Does each cell of the given edges hold one value, and become a bin?"""
        edges, step = self._edges.get(column), values.step(self._types[column])
        return (
            edges is not None
            and step is not None
            and len(edges) - 1 <= self._bins
            and bool((np.diff(edges) <= step).all())
        )

    def _find_ranges(self, columns: Sequence[ColumnPlace], scale: float) -> None:
        for column in columns:
            coarse, there = values.coarse_edges(self._types[column]), self._numbers(column)
            exact = np.append(in_cells(there, coarse), np.isnan(there).sum())
            *counts, null = noisy_counts(exact, scale).tolist()
            self._coarse[column] = np.array(counts), scale
            if scale and (ends := short_range(coarse, np.array(counts), scale, values.step(self._types[column]))):
                first, end = ends
                edges, mass = coarse[[first, end]], np.array([sum(counts[first:end])])
                self._found[column] = NumberDomain(edges, mass, (), null)

    def _find_spikes(self, columns: Sequence[ColumnPlace], scale: float, delta: float) -> None:
        asked = [column for column in columns if column not in self._found]
        scale *= math.sqrt(len(asked) / len(columns))
        threshold = max(selection_threshold(scale, delta, len(asked)), _RARE) if asked else math.inf
        for column in asked:
            there = self._numbers(column)
            distinct, counts = np.unique(there[~np.isnan(there)], return_counts=True)
            noisy = noisy_counts(counts, scale)
            most = np.argsort(-noisy, kind="stable")[: self._bins]
            kept = np.sort(most[noisy[most] >= threshold])
            self._spikes[column] = tuple(zip(distinct[kept].tolist(), noisy[kept].tolist(), strict=True))

    def _open_edges(self, column: ColumnPlace, finer: float) -> Floats:
        """A grid over the range of a column without edges. `finer`: the noise of its cells, which are asked next."""
        coarse, step = values.coarse_edges(self._types[column]), values.step(self._types[column])
        counts, scale = self._coarse[column]
        for value, count in self._spikes.get(column, ()):
            counts = counts - count * (np.arange(len(counts)) == np.searchsorted(coarse, value, "right") - 1)
        found = fine_edges(coarse, counts, scale, step, finer)
        return found if found is not None else self._around_spikes(column, step or 1.0)

    def _around_spikes(self, column: ColumnPlace, step: float) -> Floats:
        """One bin where nothing is seen beside the spikes."""
        spikes = [value for value, _ in self._spikes.get(column, ())] or [0.0]
        return np.array([min(spikes), max(spikes) + step])

    def _find_bins(self, open_: set[ColumnPlace], scale: float) -> None:
        asked = [column for column in self._all if column not in self._found]
        scale *= math.sqrt(len(asked) / len(self._all))
        for column in asked:
            edges = self._edges[column] if column in self._edges else self._open_edges(column, scale)
            rest = self._rest(column)
            if column not in open_ and self._population is not None and not self._told_apart(column):
                edges = coarser(edges, max(self._bins, worthwhile(self._population, scale)))
            missing = int(np.isnan(self._numbers(column)).sum())
            noisy = noisy_counts(np.append(in_cells(rest, edges), missing), scale)
            counts, null = np.where(self._spiked(column, edges), 0.0, noisy[:-1]), float(noisy[-1])
            first, end = (significant(counts, scale) if column in open_ else None) or (0, len(counts))
            grid, grid_counts = edges[first : end + 1], counts[first:end]
            few = column not in open_ and len(counts) <= self._bins
            bins, mass = (grid, grid_counts) if few else joined(grid, grid_counts, scale, self._bins)
            self._found[column] = NumberDomain(bins, mass, self._spikes.get(column, ()), null, grid, grid_counts)

    def _spiked(self, column: ColumnPlace, edges: Floats) -> npt.NDArray[np.bool_]:
        """Cells of one value, which is a spike: they hold noise alone."""
        step, spikes = values.step(self._types[column]), [value for value, _ in self._spikes.get(column, ())]
        return np.isin(edges[:-1], spikes) & (np.diff(edges) <= (step or 0.0))

    def _numbers(self, column: ColumnPlace) -> Floats:
        return values.numbers(self._drawn.column(column))

    def _rest(self, column: ColumnPlace) -> Floats:
        """The numbers that are no spikes."""
        there = self._numbers(column)
        spikes = [value for value, _ in self._spikes.get(column, ())]
        return there[~np.isin(there, spikes)]


class _Drawn:
    """The rows that stand for their entities in one question: one of each, or where nothing is promised `every` one."""

    def __init__(self, entities: Entities, rng: np.random.Generator, every: bool) -> None:
        self._entities = entities
        self._rng = rng
        self._every = every
        self._rows: dict[int, Places] = {}

    def type(self, column: ColumnPlace) -> pa.DataType:
        return self._entities.tables[column.place].columns.schema.field(column.column).type

    def column(self, column: ColumnPlace) -> pa.ChunkedArray:
        rows = self._entities.tables[column.place]
        if self._every:
            return rows.columns.column(column.column)
        if column.place not in self._rows:
            self._rows[column.place], _ = one_row_each(rows.entity, self._entities.size, self._rng)
        return rows.columns.column(column.column).take(pa.array(self._rows[column.place]))


def _numbers_of_children(entities: Entities, place: int, rng: np.random.Generator) -> Floats:
    parent = entities.structure.tables[place].parent
    if parent is None:
        raise ValueError("the root has one row: there is nothing to count")
    rows, _ = one_row_each(entities.tables[parent].entity, entities.size, rng)
    return entities.counts(place)[rows].astype(np.float64)


def _scale(most: int) -> npt.NDArray[np.float64]:
    """The numbers of children that may become a bound: every one up to 16, then steps of a seventh, up to `most`."""
    steps = list(range(1, 17))
    while steps[-1] < most:
        steps.append(steps[-1] + max(1, steps[-1] // 7))
    below = [step for step in steps if step < most]
    return np.array([0.0, *(step + 1 for step in below), most + 1])


def _bound(edges: Floats, counts: Floats, scale: float) -> int:
    """The bound beyond which no run of noisy counts shows more parents than may be cut.

    Not the first bound beyond which they add up to few enough: far from the rows there are, a sum of many cells is all noise."""
    tail = np.append(np.cumsum(counts[::-1])[::-1], 0.0)
    allowed = (1 - WITHIN) * max(float(tail[0]), 0.0) if scale else 0.0
    begins = np.arange(1, len(counts))
    seen = np.zeros(len(begins), bool)
    for cells in 2 ** np.arange(math.ceil(math.log2(len(counts))) + 1):
        sums = tail[begins] - tail[np.minimum(begins + cells, len(counts))]
        seen |= sums > allowed + _CLEAR * scale * math.sqrt(cells)
    place = int(np.flatnonzero(seen)[-1]) + 1 if seen.any() else 0
    return max(1, int(edges[1 + place]) - 1)
