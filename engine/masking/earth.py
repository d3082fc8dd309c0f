"""Latitude and longitude: how a column writes them, and what maskers of places on earth share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Kind
from engine.masking.base import Context, Masker, MaskError, Subject
from engine.masking.columns import person_words
from engine.masking.rows import tuple_words
from engine.masking.units import units_of
from engine.prf import Words
from engine.problems import Problem

RADIUS = 6_371_008.8
"""Of the earth in metres, the mean radius of the WGS 84 ellipsoid (IUGG)."""
Degrees = npt.NDArray[np.float64]
Move = Callable[[Degrees, Degrees, Words], tuple[Degrees, Degrees]]
"""New latitudes and longitudes of some, with the words of each row."""

_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_POINT = re.compile(
    rf"(?P<before>[^\d+-]*)(?P<first>{_NUMBER})(?P<between>\s*[,;\s]\s*)(?P<second>{_NUMBER})(?P<after>[^\d]*)"
)


class EarthMasker(Masker):
    """Base of the maskers of places: two columns with the roles `latitude` and `longitude`, or one text that holds both."""

    kinds = frozenset({Kind.FLOAT, Kind.DECIMAL, Kind.TEXT, Kind.OTHER})
    roles = ("latitude", "longitude")
    several = True
    domain: ClassVar[str | None] = "coordinates"

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        column, role = subject.column, subject.role
        if role is None and column.kind in (Kind.FLOAT, Kind.DECIMAL):
            yield self.problem(
                subject,
                "mask-roles",
                "one number is no place.",
                'Name both columns in one rule: columns = ["lat", "lon"], roles = ["latitude", "longitude"].',
            )
        if column.kind is Kind.OTHER and (role is not None or column.native.casefold() != "point"):
            yield self.problem(
                subject, "mask-kind", f"nothing is known of points in {column.native}.", "Choose null, or a text mask."
            )

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """Half of a place may well be half of another's."""
        return float(distinct_target)

    def places(self, batch: pa.RecordBatch, context: Context, move: Move) -> pa.RecordBatch:
        """The batch with every place moved. A row that lacks one of the two numbers keeps the other's column empty or as zero."""
        if context.subject.role is None:
            points = [_moved_points(values, context, move) for values in batch.columns]
            return pa.RecordBatch.from_arrays(points, schema=batch.schema)
        at = {subject.role: place for place, subject in enumerate(context.subjects)}
        found = {role: degrees(batch.column(place), context.subjects[place]) for role, place in at.items() if role}
        zero = np.zeros(batch.num_rows)
        latitude, longitude = (np.nan_to_num(found.get(role, zero)) for role in self.roles)
        refuse_beyond(latitude, longitude, context.subject)
        moved = dict(
            zip(self.roles, move(latitude, longitude, words_of_places(latitude, longitude, context)), strict=True)
        )
        columns = [
            written(moved[subject.role or ""], values, ~np.isnan(found[subject.role or ""]))
            for subject, values in zip(context.subjects, batch.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def words_of_places(latitude: Degrees, longitude: Degrees, context: Context) -> Words:
    """A pseudo-random (n, 2) of each row's person where the rule names one, else of its place."""
    own = tuple_words([pa.array(latitude), pa.array(longitude)], context.key, "coordinates", len(latitude))
    person = person_words(context, "coordinates")
    return own if person is None else np.where(np.any(person, axis=1, keepdims=True), person, own)


def degrees(values: pa.Array, subject: Subject) -> Degrees:
    """The numbers of a column; NaN for NULL, blanks and what is no number of a place. Raises MaskError for a text that is none."""
    if pa.types.is_string(values.type):
        texts = values.to_pylist()
        try:
            return np.array([float(text) if text and text.strip() else np.nan for text in texts], np.float64)
        except ValueError:
            raise _no_place(subject) from None
    if pa.types.is_decimal(values.type):
        numbers = units_of(values).astype(np.float64) / 10.0**values.type.scale
    else:
        numbers = values.fill_null(np.nan).to_numpy(zero_copy_only=False)
    known = values.is_valid().to_numpy(zero_copy_only=False)
    return np.where(known & np.isfinite(numbers), numbers, np.nan)


def refuse_beyond(latitude: Degrees, longitude: Degrees, subject: Subject) -> None:
    """Raise MaskError where one of these is no place on earth."""
    if (np.abs(latitude) > 90).any() or (np.abs(longitude) > 360).any():
        raise _no_place(subject)


def _no_place(subject: Subject) -> MaskError:
    return MaskError(
        subject,
        "coordinates-none",
        "A value is no latitude from -90 to 90, or no longitude.",
        "Exchange the roles if they are the wrong way round, or choose null for the column.",
    )


def written(numbers: Degrees, values: pa.Array, where: npt.NDArray[np.bool_]) -> pa.Array:
    """New numbers in the column's own type and scale, or to 6 digits after the point (0.1 m); the other rows as they are."""
    type_ = values.type
    if pa.types.is_floating(type_):
        kept = values.fill_null(0.0).to_numpy(zero_copy_only=False)
        missing = values.is_null().to_numpy(zero_copy_only=False)
        return pa.array(np.where(where, np.round(numbers, 6), kept), type_, mask=missing)
    digits = 6
    if pa.types.is_decimal(type_):
        digits, most = type_.scale, 10.0 ** (type_.precision - type_.scale) - 10.0**-type_.scale
        numbers = np.clip(numbers, -most, most)
    texts = [f"{number:.{digits}f}" if own else None for number, own in zip(numbers, where, strict=True)]
    return pc.if_else(pa.array(where), pa.array(texts, pa.string()).cast(type_), values)


def _moved_points(values: pa.Array, context: Context, move: Move) -> pa.Array:
    """Texts such as `41.9, 12.5`, `(12.5,41.9)`, `POINT(12.5 41.9)`: with brackets longitude comes first, without them latitude."""
    texts = values.to_pylist()
    found = [_POINT.fullmatch(text) if text is not None and text.strip() else None for text in texts]
    if any(match is None and text is not None and text.strip() for match, text in zip(found, texts, strict=True)):
        raise _no_place(context.subject)
    pairs = np.array([[float(match["first"]), float(match["second"])] if match else [0.0, 0.0] for match in found])
    pairs = pairs.reshape(-1, 2)
    turned = np.array([match is not None and "(" in match["before"] for match in found], bool)
    latitude, longitude = np.where(turned, pairs[:, 1], pairs[:, 0]), np.where(turned, pairs[:, 0], pairs[:, 1])
    refuse_beyond(latitude, longitude, context.subject)
    latitude, longitude = move(latitude, longitude, words_of_places(latitude, longitude, context))
    first, second = np.where(turned, longitude, latitude), np.where(turned, latitude, longitude)
    moved = [
        f"{match['before']}{one:.6f}{match['between']}{other:.6f}{match['after']}" if match else text
        for match, text, one, other in zip(found, texts, first, second, strict=True)
    ]
    return pa.array(moved, values.type)
