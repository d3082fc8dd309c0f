"""Pictures by placeholders of the same format and size."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import ClassVar, Literal

import pyarrow as pa
from PIL import Image as Pillow
from pydantic import Field

from connectors.schema import Kind
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.columns import over_distinct
from engine.masking.image_headers import Header, read_header
from engine.prf import to_range
from engine.problems import Problem

COLOURS = 64
"""Different ones, spread over the cube of red, green and blue."""


class Image(Masker):
    """Every picture (PNG, JPEG, GIF, WebP, BMP) becomes one of the same format, width and height, all of one colour.

    The header alone is read; pixels, texts and places inside the file are never decoded and nothing of them stays. One colour of 64
    tells equal pictures alike. What is no such picture, says that it has more than `max_pixels`, or whose placeholder is longer than
    the column, is treated as `other` says.
    """

    name = "image"
    title = "Placeholder picture of the same format and size"
    kinds = frozenset({Kind.BINARY})
    properties = Properties(overlap="kept", keeps_null=False)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"other": "null"})

    other: Literal["zeros", "empty", "null"] = "zeros"
    """What becomes of bytes that are no picture: as many zero bytes, no bytes, or NULL."""
    max_pixels: int = Field(default=50_000_000, ge=1, le=400_000_000)
    """Larger pictures get no placeholder: a few bytes can claim any size."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if subject.unique or subject.key:
            reason = "the column is unique or a key, and many pictures get the same placeholder."
            yield self.problem(subject, "mask-not-unique", reason, "Mask it with `pseudonym` or `token`.")
        if self.other == "null" and not subject.column.nullable:
            reason = "bytes that are no picture would become NULL."
            yield self.problem(subject, "mask-null", reason, 'Use `other = "empty"`.')

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return over_distinct(values, lambda pictures: self._placeholders(pictures, context))

    def _placeholders(self, pictures: pa.Array, context: Context) -> pa.Array:
        # A loop over the distinct ones: each header is read by itself, and no kernel draws pictures.
        colours = to_range(context.key.cmac(pictures, "colour")[:, 0], COLOURS)
        limit = context.subject.column.length
        pairs = zip(pictures, colours.tolist(), strict=True)
        return pa.array([self._placeholder(data.as_py(), colour, limit) for data, colour in pairs], pictures.type)

    def _placeholder(self, data: bytes, colour: int, limit: int | None) -> bytes | None:
        header = read_header(data)
        if header is not None and header.width * header.height <= self.max_pixels:
            drawn = _drawn(header, colour)
            if drawn is not None and (limit is None or len(drawn) <= limit):
                return drawn
        return {"zeros": bytes(len(data)), "empty": b"", "null": None if data else b""}[self.other]


@lru_cache(maxsize=512)
def _drawn(header: Header, colour: int) -> bytes | None:
    """The placeholder; None where the format does not reach so far (WebP: 16,383 pixels a side)."""
    rgb = (colour >> 4) * 64 + 32, (colour >> 2 & 3) * 64 + 32, (colour & 3) * 64 + 32
    size, file = (header.width, header.height), BytesIO()
    if header.format in ("JPEG", "WEBP"):
        picture = Pillow.new("RGB", size, rgb)
    else:
        picture = Pillow.new("P", size, 0)
        picture.putpalette(rgb)
    try:
        picture.save(file, header.format, **({"lossless": True} if header.format == "WEBP" else {}))
    except (OSError, ValueError):
        return None
    return file.getvalue()
