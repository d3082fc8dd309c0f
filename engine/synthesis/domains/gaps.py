"""Time since another moment: none, seconds within the same day, whole days beyond it, on public bins from a second to a century.

Days are those of the calendar, so that dates without a time have gaps of whole days, and a moment keeps an hour of its own.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from engine.synthesis.domains.base import Floats, Part
from engine.synthesis.domains.moments import DAY, SECOND
from engine.synthesis.forest import Codes

LONGEST = 36_525
"""Days; a longer gap counts as this long."""
_SECONDS = (1, 10, 60, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
"""The first second of each bin within a day, and the end of the last one."""


class Gaps(BaseModel):
    """Codes in order: days before (where `signed`), none, seconds after (for moments), days after, then `absent` (there is nothing to
    measure from), then NULL."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["gaps"] = "gaps"
    moments: bool
    """Timestamps, not dates."""
    signed: bool = False
    nullable: bool = False

    @property
    def part(self) -> Part:
        return Part(self.absent + 1 + self.nullable, ordered=True)

    @property
    def absent(self) -> int:
        return len(self._lows)

    @property
    def _lows(self) -> Floats:
        return lows(self.moments, self.signed)

    def encode(self, moments: Floats, reference: Floats) -> Codes:
        """Codes of moments in microseconds since 1970, NaN for NULL. A NULL reference makes the gap absent."""
        lows = self._lows
        gaps = _gaps(moments, reference)
        codes = np.clip(np.searchsorted(lows, np.nan_to_num(gaps), "right") - 1, 0, len(lows) - 1)
        codes = np.where(np.isnan(reference), self.absent, codes)
        return np.where(np.isnan(moments) & self.nullable, self.part.size - 1, codes).astype(np.int32)

    def decode(self, codes: Codes, reference: Floats, times: Floats, rng: np.random.Generator) -> Floats:
        """Moments that lie so far from the reference. `times` is the time of day, for those that lie on another day. NaN where the gap
        is NULL; an absent one counts as none."""
        lows, highs = self._lows, np.append(self._lows[1:], LONGEST + 1.0)
        cells = np.where(codes >= self.absent, np.searchsorted(lows, 0.0), codes)
        low, high = lows[cells], highs[cells]
        share = rng.random(len(codes))
        days = np.floor(low + share * (high - low))
        seconds = np.rint(low * 86_400) + np.floor(share * np.rint((high - low) * 86_400))
        day = np.floor(reference / DAY)
        within = np.minimum(
            reference + np.maximum(seconds, 1.0) * SECOND, np.maximum(reference, (day + 1) * DAY - SECOND)
        )
        found = np.where(np.abs(low) >= 1, (day + days) * DAY + times, np.where(low > 0, within, reference))
        return np.where((codes > self.absent) & self.nullable, np.nan, found)


@cache
def lows(moments: bool, signed: bool) -> Floats:
    """The low end of each bin, in days."""
    after = _days()
    seconds = [second / 86_400 for second in _SECONDS[:-1]] if moments else []
    before = [1 - end for end in reversed([*after[1:], LONGEST + 1.0])] if signed else []
    return np.array([*before, 0.0, *seconds, *after])


def _days() -> list[float]:
    """Each day of the first fortnight, then weeks and months, then a quarter longer each time."""
    found = [float(day) for day in range(1, 15)] + [15.0, 21.0, 22.0, 28.0, 29.0, 30.0, 31.0, 32.0, 36.0]
    while found[-1] * 1.25 < LONGEST:
        found.append(float(np.floor(found[-1] * 1.25)))
    return found


def _gaps(moments: Floats, reference: Floats) -> Floats:
    """Days of the calendar where they differ, else the share of a day, not below none."""
    days = np.floor(moments / DAY) - np.floor(reference / DAY)
    seconds = np.floor((moments - reference) / SECOND) / 86_400
    return np.where(days == 0, np.maximum(seconds, 0.0), days)
