"""Timestamps: the day out of a domain of days, the time of day as midnight or one of 24 hours. So dates without a time stay dates."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from engine.synthesis.domains.base import Domain, Floats, Part, column_of
from engine.synthesis.domains.bins import Bins
from engine.synthesis.domains.integers import Integers
from engine.synthesis.domains.scale import numbers_of, values_of
from engine.synthesis.forest import Codes

DAY = 86_400_000_000.0
"""Microseconds."""
SECOND = 1_000_000.0
HOURS = 25
"""Codes of a time of day: midnight itself, and the hour for all else."""
TIME = ".time"

Days = Bins | Integers
"""A domain of whole days since 1970 whose type is `date32[day]`."""


class Moments(Domain):
    kind: Literal["moments"] = "moments"
    type: str
    days: Days = Field(discriminator="kind")
    clip: tuple[float, float] | None = None
    """Microseconds: what the type or a declaration leaves."""

    @property
    def parts(self) -> tuple[Part, ...]:
        return (*self.days.parts, Part(HOURS + self.nullable, ordered=True, suffix=TIME))

    def encode(self, values: pa.Array) -> Codes:
        numbers = numbers_of(values)
        days = self.days.encode(values_of(np.floor(numbers / DAY), "date32[day]"))
        return np.concatenate([days, column_of(hours_of(numbers, self.nullable))], axis=1)

    def decode(self, codes: Codes, rng: np.random.Generator) -> pa.Array:
        days = numbers_of(self.days.decode(codes[:, :1], rng))
        found = days * DAY + time_drawn(codes[:, 1], rng)
        return values_of(found if self.clip is None else np.clip(found, *self.clip), self.type)


def hours_of(moments: Floats, nullable: bool) -> Codes:
    """The code of each moment's time of day."""
    null = np.isnan(moments)
    seconds = np.floor((np.where(null, 0.0, moments) % DAY) / SECOND)
    codes = np.where(seconds == 0, 0, 1 + seconds // 3600)
    return np.where(null & nullable, HOURS, codes).astype(np.int32)


def time_drawn(codes: Codes, rng: np.random.Generator) -> Floats:
    """Microseconds since midnight, a whole second of the hour that the code names."""
    hours = np.clip(codes, 0, HOURS - 1)
    seconds = (hours - 1) * 3600 + np.floor(rng.random(len(codes)) * 3600)
    # The first second of the first hour is midnight, which has a code of its own.
    found: Floats = np.where(hours == 0, 0.0, np.maximum(seconds, 1.0)) * SECOND
    return found
