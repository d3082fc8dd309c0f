"""Places on earth moved by some metres."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from connectors.schema import Kind
from engine.masking.base import Context, Subject
from engine.masking.earth import RADIUS, Degrees, EarthMasker
from engine.prf import Words
from engine.problems import Problem

_DEGREE = 111_320
"""Metres of a degree, along a meridian."""


class Coordinates(EarthMasker):
    """Each place moved to a keyed one, anywhere alike in the disc of `metres` around it, along a great circle: so also at the poles
    and across the 180th meridian.

    Equal places move alike, or with `by` all of one person's by the same way. Rounding to the column's scale may add half of its last
    digit to the distance. A house in open country is still the only one in its disc, and the centre of many moved places of one
    person would be the true one, were they not moved alike. NULL, blanks and NaN stay.

    Two columns with the roles latitude and longitude, or one text: `41.9, 12.5`, `(12.5,41.9)`, `POINT(12.5 41.9)`.
    """

    name = "coordinates"
    title = "Latitude and longitude moved within a disc"
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"metres": 50_000})

    metres: float = Field(default=1000, ge=1, le=1_000_000)
    """The radius of the disc."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        column = subject.column
        if column.kind is Kind.DECIMAL and column.scale is not None and 4 * _DEGREE / 10**column.scale > self.metres:
            yield self.problem(
                subject,
                "coordinates-scale",
                f"{column.native} rounds to steps of {_DEGREE / 10**column.scale:,.0f} metres, so many places would stay.",
                "Raise `metres` to four such steps, or keep it with a reason: it is coarse already.",
            )

    def mask(self, batch: pa.RecordBatch, context: Context) -> pa.RecordBatch:
        return self.places(batch, context, self._moved)

    def _moved(self, latitude: Degrees, longitude: Degrees, words: Words) -> tuple[Degrees, Degrees]:
        part, turn = (words[:, place].astype(np.float64) * 2.0**-64 for place in (0, 1))
        # The root makes every spot of the disc as likely as the next.
        return destination(latitude, longitude, 2 * np.pi * turn, self.metres * np.sqrt(part))


def destination(latitude: Degrees, longitude: Degrees, bearing: Degrees, metres: Degrees) -> tuple[Degrees, Degrees]:
    """Where one comes to from a place on a bearing (radians from north) after so many metres, on a sphere.

    sin φ2 = sin φ1 cos δ + cos φ1 sin δ cos θ; λ2 = λ1 + atan2(sin θ sin δ cos φ1, cos δ − sin φ1 sin φ2), with δ the distance over
    the radius (Sinnott, Sky and Telescope 68, 1984, p. 159, and any text on the sphere).
    """
    lat, lon, angle = np.radians(latitude), np.radians(longitude), metres / RADIUS
    sine = np.clip(np.sin(lat) * np.cos(angle) + np.cos(lat) * np.sin(angle) * np.cos(bearing), -1, 1)
    across = np.arctan2(np.sin(bearing) * np.sin(angle) * np.cos(lat), np.cos(angle) - np.sin(lat) * sine)
    east = np.degrees(lon + across)
    return np.degrees(np.arcsin(sine)), (east + 180) % 360 - 180
