"""Domains that are paid for: what noisy answers become. Post-processing only, no data is looked at here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine.privacy.number_domains import SHORT, NumberDomain
from engine.synthesis.domains.base import Floats
from engine.synthesis.domains.bins import Bins, free_of
from engine.synthesis.domains.categories import Categories
from engine.synthesis.domains.integers import Integers
from engine.synthesis.domains.moments import DAY
from engine.synthesis.domains.scale import Scalar, unit_of, values_of
from engine.synthesis.facts import Limits

BINS, BINS_UNPROTECTED = 32, 128
"""Bins of one column at most, and single values; the second figure is that without a promise."""
_NEGLIGIBLE = 0.001
"""A smaller share of NULL is taken for none."""
_CLEAR = 3.0
"""So many standard deviations of its noise a count is more than noise."""
_BEYOND = 0.25
"""A range under noise loses its tails: it is taken to be so much longer at either end."""
_BARE = 0.01
"""Where published values hold all but so little, what noise leaves to the bins is taken for none."""


def has_null(nullable: bool, null: float, others: float, noise: float) -> bool:
    """Is NULL frequent enough to have a code? `noise`: the standard deviation of a count."""
    return nullable and null > max(_NEGLIGIBLE * others, _CLEAR * noise)


def chosen(
    found: Sequence[tuple[Any, float]],
    carrier: str,
    nullable: bool,
    most: int,
    filler: str,
    rest: Sequence[Scalar] | None,
    noise: float,
    total: float | None,
) -> tuple[Categories, tuple[float, ...], float]:
    """The published values, at most `most` of them; their noisy counts, and NULL's. `rest`: the public values they are some of.
    `noise`: the standard deviation of a count; `total`: how many rows there are, where that is known."""
    public = set(rest) if rest is not None else None
    pairs = [(scalar(value, carrier), count) for value, count in found if value is not None]
    pairs = [pair for pair in pairs if public is None or pair[0] in public]
    cut, pairs = len(pairs) > most, pairs[:most]
    null = next((count for value, count in found if value is None), 0.0)
    values, counts = tuple(value for value, _ in pairs), tuple(count for _, count in pairs)
    left = () if rest is None else tuple(value for value in rest if value not in set(values))
    unlisted = _is_left(total, [*counts, null], noise) if noise else cut
    other = unlisted if rest is None else bool(left)
    domain = Categories(
        type=carrier,
        values=values,
        other=other,
        rest=left,
        weights=counts,
        filler=filler,
        nullable=has_null(nullable, null, sum(counts), noise),
    )
    return domain, counts, null


def _is_left(total: float | None, counts: Sequence[float], noise: float) -> bool:
    """Are there more rows than those that are counted, by more than the noise of all counts?"""
    return total is None or total - sum(counts) > max(_NEGLIGIBLE * total, _CLEAR * noise * (len(counts) + BINS) ** 0.5)


def counted(found: NumberDomain) -> float:
    """The noisy number of rows that a column of numbers has in all."""
    return float(found.counts.sum()) + sum(count for _, count in found.spikes) + found.null


def scalar(value: Any, carrier: str) -> Scalar:
    """A published value as a codebook's file holds it. Dates and times come as whole numbers."""
    if isinstance(value, bool | str | float):
        return value
    if isinstance(value, int) and carrier not in ("int64", "uint64"):
        return _of_number(float(value), carrier)
    return int(value) if isinstance(value, int) else str(value)


def _of_number(number: float, carrier: str) -> Scalar:
    value = values_of(np.array([number]), carrier)[0].as_py()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def single(carrier: str, low: float, high: float, step: float, nullable: bool) -> Integers | None:
    """A code for each value of a range, where they are few enough."""
    count = int(np.floor((high - low) / step + 1e-9)) + 1
    return Integers(type=carrier, low=low, count=count, step=step, nullable=nullable) if count <= SHORT else None


def numeric(
    found: NumberDomain, carrier: str, nullable: bool, limits: Limits, step: float | None, noise: float
) -> tuple[Integers | Bins, tuple[float, ...] | None]:
    """Bins and spikes as they were paid for, with their noisy counts; a code for each value of a short range, without counts."""
    found = _trimmed(found, noise == 0)
    edges, spikes = _limited(found, limits)
    singles = sum(count for _, count in spikes)
    total = float(np.maximum(found.counts, 0).sum()) + singles
    null = has_null(nullable, found.null, total, noise)
    step = step or unit_of(carrier) or _step_seen([spike for spike, _ in spikes])
    few = _few(carrier, edges, spikes, step, null, limits, _BEYOND if noise else 0.0) if step is not None else None
    if few is not None and not (total - singles < _BARE * total and len(spikes) * 4 < few.count):
        return few, None
    return _binned(found, edges, spikes, carrier, null, step, limits)


def days_of(found: NumberDomain, carrier: str) -> NumberDomain:
    """Of timestamps the days: their edges and spikes in days since 1970."""
    if not carrier.startswith("timestamp"):
        return found
    spikes: dict[float, float] = {}
    for moment, count in found.spikes:
        day = float(np.floor(moment / DAY))
        spikes[day] = spikes.get(day, 0.0) + count
    edges, counts = _whole_days(found.edges, found.counts)
    return NumberDomain(
        edges, counts, tuple(sorted(spikes.items())), found.null, *_whole_days(found.grid, found.grid_counts)
    )


def _whole_days(edges: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Cells of less than a day joined."""
    if not len(edges):
        return edges, counts
    days = np.floor(edges / DAY)
    days[-1] = max(days[-1] + 1, days[0] + 1)
    kept, first = np.unique(days, return_index=True)
    sums = np.add.reduceat(counts, np.minimum(first[:-1], len(counts) - 1)) if len(kept) > 1 else counts[:0]
    return kept, sums


def _trimmed(found: NumberDomain, exact: bool) -> NumberDomain:
    """Without empty bins at either end, and without any where the single values are nearly all there is."""
    single, binned = sum(count for _, count in found.spikes), float(np.maximum(found.counts, 0.0).sum())
    full = np.flatnonzero(found.counts > 0)
    if found.spikes and (not len(full) or (not exact and binned < _BARE * single)):
        return replace(found, edges=np.zeros(0), counts=np.zeros(0))
    if not len(full):
        return found
    first, last = int(full[0]), int(full[-1])
    return replace(found, edges=found.edges[first : last + 2], counts=found.counts[first : last + 1])


def _limited(found: NumberDomain, limits: Limits) -> tuple[Floats, list[tuple[float, float]]]:
    low = -np.inf if limits.low is None else limits.low
    high = np.inf if limits.high is None else limits.high
    return np.clip(found.edges, low, high), [(value, count) for value, count in found.spikes if low <= value <= high]


def _few(
    carrier: str,
    edges: Floats,
    spikes: list[tuple[float, float]],
    step: float,
    nullable: bool,
    limits: Limits,
    beyond: float,
) -> Integers | None:
    """A code for each value of the range, and beyond it for as many as noise may have hidden."""
    ends = [value for value, _ in spikes]
    if len(edges) > 1:
        ends += [edges[0], edges[-1] if edges[-1] == limits.high else edges[-1] - step]
    if not ends:
        return None
    low, high = min(ends), max(ends)
    more = np.floor(beyond * (high - low))
    wider = (
        max(low - more, 0.0 if low >= 0 else -np.inf, _limit(limits.low, -np.inf)),
        min(high + more, _limit(limits.high, np.inf)),
    )
    for first, last in (wider, (low, high)):
        first, last = (float(np.rint(end / step) * step) for end in (first, last))
        if found := single(carrier, first, last, step, nullable):
            return found
    return None


def _limit(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


def _binned(
    found: NumberDomain,
    edges: Floats,
    spikes: list[tuple[float, float]],
    carrier: str,
    nullable: bool,
    step: float | None,
    limits: Limits,
) -> tuple[Bins, tuple[float, ...]]:
    singles = [_tick(value, step) for value, _ in spikes]
    cells: list[tuple[float, float]] = []
    counts: list[float] = []
    tilts: list[float] = []
    for at, count in enumerate(found.counts.tolist()):
        low, high = _cell(edges[at], edges[at + 1], step, at == len(found.counts) - 1, limits)
        if (step is None and low >= high) or low > high or free_of(low, high, singles, step is not None) is None:
            continue
        cells.append((low, high))
        counts.append(count)
        tilts.append(_tilt(found, at))
    domain = Bins(
        type=carrier,
        bins=tuple(cells),
        spikes=tuple(sorted(set(singles))),
        step=step,
        tilts=tuple(tilts),
        nullable=nullable,
    )
    return domain, domain.in_order(counts, _summed(singles, spikes), found.null)


def _summed(singles: list[float], spikes: list[tuple[float, float]]) -> list[float]:
    """Counts of the distinct spikes, in order."""
    found: dict[float, float] = {}
    for at, (_, count) in zip(singles, spikes, strict=True):
        found[at] = found.get(at, 0.0) + count
    return [found[at] for at in sorted(found)]


def _tick(value: float, step: float | None) -> float:
    return value if step is None else float(np.rint(value / step))


def _cell(low: float, high: float, step: float | None, last: bool, limits: Limits) -> tuple[float, float]:
    """The first and the last value of a bin; the last bin holds its upper edge where that is a limit."""
    if step is None:
        return float(low), float(high)
    first, end = np.ceil(low / step - 1e-6), np.ceil(high / step - 1e-6) - 1
    return float(first), float(end + 1 if last and (limits.high == high or end < first) else end)


def _tilt(found: NumberDomain, at: int) -> float:
    """How much denser the upper half of a bin is, by the finer grid that it was joined of."""
    if len(found.grid) < 3:
        return 0.0
    low, high = found.edges[at], found.edges[at + 1]
    cells = (found.grid[:-1] >= low) & (found.grid[1:] <= high)
    if cells.sum() < 4 or high <= low:
        return 0.0
    middles = (found.grid[:-1][cells] + found.grid[1:][cells]) / 2
    mass = np.maximum(found.grid_counts[cells], 0.0)
    if mass.sum() <= 0:
        return 0.0
    # The mean of a density that runs from 1 - t to 1 + t over 0..1 is 1/2 + t/6.
    mean = float((mass * (middles - low) / (high - low)).sum() / mass.sum())
    return float(np.clip(6 * (mean - 0.5), -1.0, 1.0))


def _step_seen(spikes: list[float]) -> float | None:
    """The step that published values of a column without one have in common."""
    if len(spikes) < 3:
        return None
    for step in (1.0, 0.1, 0.01, 0.001):
        if all(abs(spike / step - round(spike / step)) < 1e-6 for spike in spikes if abs(spike) < 1e12):
            return step
    return None
