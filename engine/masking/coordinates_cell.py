"""Places on earth by the geohash cell that they lie in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from connectors.schema import Kind
from engine.masking.base import Context, Properties, Subject
from engine.masking.earth import Degrees, EarthMasker
from engine.prf import Words
from engine.problems import Problem


class CoordinatesCell(EarthMasker):
    """Each place by the centre of its geohash cell: with `precision` 5 a cell of 4.9 by 4.9 km at the equator, 6 of 1.2 by 0.6 km.

    All places of a cell become one, which is the point; a place alone in its cell is still alone. It uses no key. NULL, blanks and NaN
    stay. Columns as for `coordinates`.

    A geohash of p letters takes 5p bits, by turns of longitude and latitude, longitude first (Niemeyer 2008).
    """

    name = "coordinates_cell"
    title = "Latitude and longitude by their geohash cell"
    properties = Properties(keyed=False)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"precision": 2})

    precision: int = Field(default=5, ge=1, le=9)
    """Letters of the geohash: 4 is 39 by 20 km, 5 is 4.9 by 4.9 km, 6 is 1.2 by 0.6 km."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        column, side = subject.column, 180 / (1 << 5 * self.precision // 2)
        if column.kind is Kind.DECIMAL and column.scale is not None and 2 * 10.0**-column.scale > side:
            yield self.problem(
                subject,
                "coordinates-scale",
                f"{column.native} cannot tell the middle of a cell of {side:.2g} degrees from its other places.",
                "Lower `precision`, or keep it with a reason: it is coarse already.",
            )

    def mask(self, batch: pa.RecordBatch, context: Context) -> pa.RecordBatch:
        return self.places(batch, context, self._centres)

    def _centres(self, latitude: Degrees, longitude: Degrees, words: Words) -> tuple[Degrees, Degrees]:
        bits = 5 * self.precision
        return centre(latitude, -90, 90, bits // 2), centre((longitude + 180) % 360 - 180, -180, 180, bits - bits // 2)


def centre(degrees: Degrees, low: float, high: float, bits: int) -> Degrees:
    """The middle of the part that each lies in, where the range is halved `bits` times; the top end lies in the last part."""
    parts = 1 << bits
    part = np.minimum(np.floor((degrees - low) / (high - low) * parts), parts - 1)
    return low + (part + 0.5) * (high - low) / parts
