"""Bins of a numeric column out of noisy counts: where its range ends, a fine grid over it, and the grid's cells joined to bins.

Everything here works on noisy counts and is free. The way is PrivTree's (Zhang et al. 2016: split where the mass is) in two levels:
a public coarse grid finds the range and where its mass lies, and a fine grid, denser there, is joined to bins of equal noisy mass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FINE_CELLS = 1024
SHORT = 256
"""A range of no more values has a code for each."""
_BY_CHANCE = 0.01
"""The chance that noise alone widens a range."""
_CLEAR = 4.0
"""A bin holds at least so many standard deviations of its noise."""


@dataclass(frozen=True, slots=True, eq=False)
class NumberDomain:
    """What was paid for of a numeric column. Dates count days, timestamps and times microseconds, as their carriers do."""

    edges: Floats
    """Of the bins, increasing: bin i holds `edges[i] <= value < edges[i + 1]`, the last its upper edge too; spikes are in none."""
    counts: Floats
    """Noisy, of each bin."""
    spikes: tuple[tuple[float, float], ...]
    """Single values that many hold, with their noisy counts; increasing."""
    null: float
    """The noisy count of NULL."""
    grid: Floats = field(default_factory=lambda: np.zeros(0))
    """The finer edges that the bins were joined of, and their noisy counts: how values lie inside a bin."""
    grid_counts: Floats = field(default_factory=lambda: np.zeros(0))


def fine_edges(coarse: Floats, counts: Floats, scale: float, step: float | None, finer: float) -> Floats | None:
    """A grid over the coarse cells that hold more than noise, finer where there is more; None where nothing is to be seen.

    `finer` is the noise of the counts that are asked next. Values of a step get no cell less wide.
    """
    clear = significant(counts, scale)
    if clear is None:
        return None
    first, end = clear
    mass = np.maximum(counts[first:end], 0)
    parts = np.ceil(mass / mass.sum() * worthwhile(float(mass.sum()), finer)).astype(np.int64).clip(1)
    if step is not None:
        widths = np.diff(coarse[first : end + 1])
        parts = np.minimum(parts, np.maximum(np.rint(widths / step), 1)).astype(np.int64)
    edges = [
        np.linspace(coarse[first + n], coarse[first + n + 1], part, endpoint=False) for n, part in enumerate(parts)
    ]
    found = np.append(np.concatenate(edges), coarse[end])
    apart = np.unique(np.rint(found / step) * step if step is not None else found)
    # A coarse cell may be less wide than a step.
    return apart if len(apart) > 1 else np.append(apart, apart[0] + (step or 1.0))


def short_range(coarse: Floats, counts: Floats, scale: float, step: float | None) -> tuple[int, int] | None:
    """The coarse cells (first, end) that hold more than noise, where they are few values together."""
    clear = significant(counts, scale)
    if clear is None or step is None:
        return None
    first, end = clear
    return clear if coarse[end] - coarse[first] <= SHORT * step else None


def worthwhile(mass: float, scale: float) -> int:
    """How many cells a mass is worth: so many that four of them, evenly filled, are clear of their noise together."""
    return int(np.clip(2 * mass / (_CLEAR * scale), 1, FINE_CELLS)) if scale else FINE_CELLS


def coarser(edges: Floats, cells: int) -> Floats:
    """The same range with no more than so many cells, each made of as many of the given ones."""
    every = -(-(len(edges) - 1) // cells)
    return np.append(edges[:-1:every], edges[-1])


def significant(counts: Floats, scale: float) -> tuple[int, int] | None:
    """The range of cells (first, end) outside which nothing but noise of deviation `scale` is to be seen; None where nothing is.

    Runs of 1, 2, 4... cells are looked at together, since a tail may be clear of the noise in sum alone.
    """
    first, last = _first_clear(counts, scale), len(counts) - 1 - _first_clear(counts[::-1], scale)
    return (first, last + 1) if first <= last else None


def _first_clear(counts: Floats, scale: float) -> int:
    """Where the first run of cells ends that is clear of the noise; the number of cells if none is."""
    cells = len(counts)
    sums = np.concatenate([[0.0], np.cumsum(counts)])
    runs = [1 << power for power in range(cells.bit_length())]
    clear = scale * NormalDist().inv_cdf(1 - _BY_CHANCE / (cells * len(runs)))
    ends = [np.flatnonzero(sums[run:] - sums[:-run] > clear * run**0.5)[:1] + run - 1 for run in runs]
    return int(min((end[0] for end in ends if len(end)), default=cells))


def joined(edges: Floats, counts: Floats, scale: float, bins: int) -> tuple[Floats, Floats]:
    """At most `bins` bins of about equal mass, each clear of the noise; without noise the cells as they are where they are no more."""
    if len(counts) <= bins and not scale:
        return edges, counts
    share = float(counts.sum()) / bins
    ends, mass, begin = [0], 0.0, 0
    for cell, count in enumerate(counts.tolist()):
        mass += count
        if mass >= max(share, _CLEAR * scale * math.sqrt(cell + 1 - begin)):
            begin, mass = cell + 1, 0.0
            ends.append(begin)
    # What is left over is a bin of its own if it is half of one, else a part of the last.
    ends = (ends if mass >= share / 2 or len(ends) == 1 else ends[:-1])[:bins]
    cuts = np.array([*ends, len(counts)])
    sums: Floats = np.add.reduceat(counts, cuts[:-1])
    return edges[cuts], sums


def in_cells(values: Floats, edges: Floats) -> npt.NDArray[np.int64]:
    """How many values each cell holds; those outside count in the first or the last. NaN counts nowhere."""
    there = values[~np.isnan(values)]
    places = np.searchsorted(edges, there, "right") - 1
    return np.bincount(places.clip(0, len(edges) - 2), minlength=len(edges) - 1)
