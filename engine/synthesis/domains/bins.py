"""Numbers of a long range: bins with a value drawn inside, and single values of their own where many rows have the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa

from engine.synthesis.domains.base import Domain, Flags, Floats, Part, column_of
from engine.synthesis.domains.scale import numbers_of, values_of
from engine.synthesis.forest import Codes

_REDRAWS = 3


class Bins(Domain):
    """Codes are bins and spikes together, in order. With a step all figures here are whole numbers of steps from `origin`, and a
    bin holds both its ends; without one a bin holds its low end only."""

    kind: Literal["bins"] = "bins"
    type: str
    bins: tuple[tuple[float, float], ...] = ()
    spikes: tuple[float, ...] = ()
    step: float | None = None
    origin: float = 0.0
    tilts: tuple[float, ...] = ()
    """Of each bin: how much denser its high end is than its low end, -1 to 1; without them values lie evenly."""

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Part(max(1, len(self.bins) + len(self.spikes)) + self.nullable, ordered=True),)

    def encode(self, values: pa.Array) -> Codes:
        return column_of(self.places(numbers_of(values)))

    def decode(self, codes: Codes, rng: np.random.Generator) -> pa.Array:
        return values_of(self.numbers(codes[:, 0], rng), self.type)

    def places(self, numbers: Floats) -> Codes:
        """The codes of plain numbers."""
        null = np.isnan(numbers)
        found = self._codes(self._ticks(np.where(null, self.origin, numbers)))
        return np.where(null & self.nullable, self.parts[0].size - 1, found).astype(np.int32)

    def numbers(self, codes: Codes, rng: np.random.Generator) -> Floats:
        """Plain numbers for codes, NaN for NULL."""
        size = len(self._cells)
        null = codes >= size if self.nullable else np.zeros(len(codes), bool)
        cells = self._cells[np.minimum(codes, size - 1)]
        ticks = self._drawn(cells, rng)
        found: Floats = np.where(null, np.nan, self.origin + ticks * (self.step or 1.0))
        return found

    def in_order(self, bins: Sequence[float], spikes: Sequence[float], null: float) -> tuple[float, ...]:
        """Figures of bins and of spikes as figures of codes."""
        of = dict(zip(self.bins, bins, strict=True))
        singles = dict(zip(sorted(self.spikes), spikes, strict=True))
        flags = self._is_spike
        found = (
            [
                singles[low] if spike else of[low, high]
                for (low, high, *_), spike in zip(self._cells.tolist(), flags, strict=True)
            ]
            if self.bins or self.spikes
            else [0.0]
        )
        return (*found, null) if self.nullable else tuple(found)

    # Cells: (low, high, tilt, the value that is surely no spike), bins and spikes in order.

    @cached_property
    def _cells(self) -> Floats:
        tilts = self.tilts or (0.0,) * len(self.bins)
        cells = [(low, high, tilt, self._free(low, high)) for (low, high), tilt in zip(self.bins, tilts, strict=True)]
        cells += [(spike, spike, 0.0, spike) for spike in self.spikes]
        cells = sorted(cells, key=lambda cell: (cell[0] + cell[1], cell[1] - cell[0])) or [(0.0, 0.0, 0.0, 0.0)]
        return np.array(cells, np.float64)

    def _free(self, low: float, high: float) -> float:
        return free_of(low, high, self.spikes, self.step is not None) or low

    @cached_property
    def _is_spike(self) -> Flags:
        found: Flags = np.zeros(len(self._cells), bool)
        if self.spikes:
            single = self._cells[:, 0] == self._cells[:, 1]
            found = single & np.isin(self._cells[:, 0], np.array(self.spikes))
        return found

    def _ticks(self, numbers: Floats) -> Floats:
        if self.step is None:
            return numbers - self.origin
        found: Floats = np.rint((numbers - self.origin) / self.step)
        return found

    def _codes(self, ticks: Floats) -> Codes:
        spikes = np.flatnonzero(self._is_spike)
        bins = np.flatnonzero(~self._is_spike)
        codes = _nearest(ticks, self._cells[bins, 0], self._cells[bins, 1], bins) if len(bins) else None
        if len(spikes):
            at = self._cells[spikes, 0]
            near = _nearest(ticks, at, at, spikes)
            codes = near if codes is None else np.where(self._cells[near, 0] == ticks, near, codes)
        if codes is None:
            return np.zeros(len(ticks), np.int32)
        return codes.astype(np.int32)

    def _drawn(self, cells: Floats, rng: np.random.Generator) -> Floats:
        ticks = _within(cells, rng, self.step is not None)
        if not self.spikes:
            return ticks
        for _ in range(_REDRAWS):
            hit = np.flatnonzero(self._hits(cells, ticks))
            if not len(hit):
                return ticks
            ticks[hit] = _within(cells[hit], rng, self.step is not None)
        hit = np.flatnonzero(self._hits(cells, ticks))
        ticks[hit] = cells[hit, 3]
        return ticks

    def _hits(self, cells: Floats, ticks: Floats) -> Flags:
        """Values of a bin that are a spike: those have a code of their own."""
        spikes = np.array(sorted(self.spikes))
        near = spikes[np.minimum(np.searchsorted(spikes, ticks), len(spikes) - 1)]
        hits: Flags = (near == ticks) & (cells[:, 0] < cells[:, 1])
        return hits


def free_of(low: float, high: float, spikes: Sequence[float], whole: bool) -> float | None:
    """A value of a bin that is no spike; None where there is none."""
    if not whole:
        taken = set(spikes)
        inside = np.linspace(low, high, len(taken) + 2)[:-1]
        return next((float(value) for value in inside if value not in taken), None)
    taken = {spike for spike in spikes if low <= spike <= high}
    if high - low + 1 <= len(taken):
        return None
    value = low
    while value in taken:
        value += 1
    return value


def _nearest(ticks: Floats, low: Floats, high: Floats, codes: np.ndarray) -> np.ndarray:
    """The code of the interval that holds a value, or of the nearest one."""
    left = np.clip(np.searchsorted(low, ticks, "right") - 1, 0, len(low) - 1)
    right = np.minimum(left + 1, len(low) - 1)
    beyond = np.abs(low[right] - ticks) < ticks - high[left]
    found: np.ndarray = codes[np.where(beyond, right, left)]
    return found


def _within(cells: Floats, rng: np.random.Generator, whole: bool) -> Floats:
    """One value inside each cell, by the cell's tilt."""
    share = _tilted(rng.random(len(cells)), cells[:, 2])
    low, high = cells[:, 0], cells[:, 1]
    if whole:
        return np.minimum(np.floor(low + share * (high - low + 1)), high)
    return np.where(low < high, np.minimum(low + share * (high - low), np.nextafter(high, low)), low)


def _tilted(share: Floats, tilt: Floats) -> Floats:
    """The inverse of the distribution whose density runs from 1 - tilt to 1 + tilt."""
    if not tilt.any():
        return share
    tilt = np.clip(tilt, -1.0, 1.0)
    steep = np.where(np.abs(tilt) < 1e-6, 1.0, tilt)
    curved = (steep - 1 + np.sqrt((1 - steep) ** 2 + 4 * steep * share)) / (2 * steep)
    return np.where(np.abs(tilt) < 1e-6, share, curved)
