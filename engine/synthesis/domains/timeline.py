"""Moments measured from other moments: siblings each from the one before it, a column of a row from an earlier column of that row."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from engine.synthesis.domains.base import Flags, Floats, Part
from engine.synthesis.domains.bins import Bins
from engine.synthesis.domains.gaps import Gaps
from engine.synthesis.domains.integers import Integers
from engine.synthesis.domains.moments import DAY, HOURS, TIME, hours_of, time_drawn
from engine.synthesis.domains.scale import numbers_of, values_of
from engine.synthesis.forest import Codes, Places

START, GAP = ".start", ".gap"
Start = Bins | Integers | Gaps
"""Of the first sibling: its day, or the gap to its parent's moment."""


class Timed(BaseModel):
    """A column of dates or timestamps: `type` is its carrier."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: str
    nullable: bool = False
    gap: Gaps
    clip: tuple[float, float] | None = None
    """Microseconds: what the type or a declaration leaves."""

    @property
    def time(self) -> tuple[Part, ...]:
        """Dates have no time of day."""
        return (Part(HOURS + self.nullable, ordered=True, suffix=TIME),) if self.gap.moments else ()

    def time_codes(self, moments: Floats) -> list[Codes]:
        return [hours_of(moments, self.nullable)] if self.gap.moments else []

    def times(self, codes: Codes, rng: np.random.Generator) -> Floats:
        """Microseconds since midnight, by the last part."""
        return time_drawn(codes[:, -1], rng) if self.gap.moments else np.zeros(len(codes))

    def values(self, moments: Floats) -> pa.Array:
        found = moments if self.clip is None else np.clip(moments, *self.clip)
        return values_of(found / DAY if self.type == "date32[day]" else found, self.type)

    def bounded(self, moments: Floats) -> Floats:
        return moments if self.clip is None else np.clip(moments, *self.clip)


class After(Timed):
    """Measured from the first of `references`, columns of the same row or of its parent, that is not NULL."""

    kind: Literal["after"] = "after"
    references: tuple[tuple[bool, str], ...]
    """(is it the parent's?, column)"""

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Part(self.gap.part.size, ordered=True, suffix=GAP), *self.time)

    def encode(self, moments: Floats, reference: Floats) -> Codes:
        return np.stack([self.gap.encode(moments, reference), *self.time_codes(moments)], axis=1)

    def decode(self, codes: Codes, reference: Floats, rng: np.random.Generator) -> Floats:
        found = self.gap.decode(codes[:, 0], reference, self.times(codes, rng), rng)
        if not self.nullable:
            found = _filled(found, rng)
        return self.bounded(found)


class Siblings(Timed):
    """The first of siblings that has a moment by its day or from its parent, each later one from the last one before it."""

    kind: Literal["siblings"] = "siblings"
    start: Start = Field(discriminator="kind")
    origin: str | None = None
    """The parent's column that `start` is measured from."""

    @property
    def cells(self) -> int:
        """How many codes `start` has for a moment."""
        return self.start.absent if isinstance(self.start, Gaps) else self.start.parts[0].size

    @property
    def parts(self) -> tuple[Part, ...]:
        # One code more than cells says that there is an earlier sibling to measure from.
        starts = Part(self.cells + 1 + self.nullable, ordered=True, suffix=START)
        return (starts, Part(self.gap.part.size, ordered=True, suffix=GAP), *self.time)

    def encode(self, moments: Floats, parent: Places, origin: Floats | None) -> Codes:
        before = _before(~np.isnan(moments), parent)
        first = before < 0
        starts = np.where(first, self._starts(moments, origin), self.cells)
        gaps = self.gap.encode(moments, np.where(first, np.nan, moments[before]))
        gaps = np.where(first, self.gap.absent, gaps)
        return np.stack([starts, gaps, *self.time_codes(moments)], axis=1).astype(np.int32)

    def decode(
        self, codes: Codes, parent: Places, parents: int, origin: Floats | None, rng: np.random.Generator
    ) -> Floats:
        """Moments in the order of the siblings. One step for each place among siblings, all parents at once."""
        times = self.times(codes, rng)
        counts = np.bincount(parent, minlength=parents)
        begins = np.cumsum(counts) - counts
        found = np.full(len(codes), np.nan)
        last = np.full(parents, np.nan)
        for ordinal in range(int(counts.max(initial=0))):
            rows = (begins + ordinal)[counts > ordinal]
            owner = parent[rows]
            first = np.isnan(last[owner])
            moments = self.gap.decode(codes[rows, 1], last[owner], times[rows], rng)
            begun = rows[first]
            moments[first] = self._begun(
                codes[begun, 0], None if origin is None else origin[parent[begun]], times[begun], rng
            )
            moments = self.bounded(moments)
            found[rows] = moments
            last[owner] = np.where(np.isnan(moments), last[owner], moments)
        return found if self.nullable else _filled(found, rng)

    def _starts(self, moments: Floats, origin: Floats | None) -> Codes:
        if isinstance(self.start, Gaps):
            codes = np.minimum(self.start.encode(moments, _known(origin, moments)), self.cells)
        else:
            codes = self.start.encode(values_of(np.floor(moments / DAY), "date32[day]"))[:, 0]
        return np.where(np.isnan(moments) & self.nullable, self.cells + 1, codes).astype(np.int32)

    def _begun(self, codes: Codes, origin: Floats | None, times: Floats, rng: np.random.Generator) -> Floats:
        """Moments of first siblings. One that was drawn as a later one takes the start of another."""
        stray = codes == self.cells
        pool = codes[codes < self.cells]
        drawn = rng.choice(pool, len(codes)) if len(pool) else rng.integers(0, max(1, self.cells), len(codes))
        codes = np.where(stray, drawn, codes).astype(np.int32)
        null = codes > self.cells
        known = np.where(null, 0, codes).astype(np.int32)
        if isinstance(self.start, Gaps):
            found = self.start.decode(known, _known(origin, times), times, rng)
        else:
            found = numbers_of(self.start.decode(known.reshape(-1, 1), rng)) * DAY + times
        return np.where(null, np.nan, found)


def _known(origin: Floats | None, like: Floats) -> Floats:
    return np.full(len(like), np.nan) if origin is None else origin


def _before(known: Flags, parent: Places) -> Places:
    """For each row the last earlier row of the same parent that is known, or -1."""
    rows = np.arange(len(parent))
    last = np.maximum.accumulate(np.where(known, rows, -1)) if len(rows) else rows
    earlier = np.concatenate([[-1], last[:-1]]) if len(rows) else last
    return np.where(earlier >= np.searchsorted(parent, parent, "left"), earlier, -1)


def _filled(moments: Floats, rng: np.random.Generator) -> Floats:
    """A moment for rows that may not be NULL and have nothing to be measured from: that of another row."""
    missing = np.isnan(moments)
    known = moments[~missing]
    if missing.any():
        moments[missing] = rng.choice(known, int(missing.sum())) if len(known) else 0.0
    return moments
