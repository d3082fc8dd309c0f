"""One code for each value of a short range: ages, counts, hours, small money in steps."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa

from engine.synthesis.domains.base import Domain, Part, column_of
from engine.synthesis.domains.scale import numbers_of, values_of
from engine.synthesis.forest import Codes


class Integers(Domain):
    """`low`, `low + step` ... of `count` values."""

    kind: Literal["integers"] = "integers"
    type: str
    low: float
    count: int
    step: float = 1.0

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Part(self.count + self.nullable, ordered=True),)

    def encode(self, values: pa.Array) -> Codes:
        numbers = numbers_of(values)
        null = np.isnan(numbers)
        places = np.clip(np.rint((np.where(null, self.low, numbers) - self.low) / self.step), 0, self.count - 1)
        return column_of(np.where(null & self.nullable, self.count, places.astype(np.int64)))

    def decode(self, codes: Codes, rng: np.random.Generator) -> pa.Array:
        places = codes[:, 0].astype(np.float64)
        null = places >= self.count if self.nullable else np.zeros(len(places), bool)
        return values_of(np.where(null, np.nan, self.low + places * self.step), self.type)
