"""Pictures by placeholders."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from connectors.schema import Kind
from engine.masking.image_headers import read_header
from tests.engine.masking.one_column import OTHER_KEY, codes, mask, subject

BYTES = subject(Kind.BINARY)


def picture(format_: str, size: tuple[int, int], secret: bytes = b"Ada Byron", **options: Any) -> bytes:
    file = BytesIO()
    image = Pillow.effect_noise(size, 90).convert("RGB")
    image.save(file, format_, comment=secret, **options)
    return file.getvalue()


def masked(pictures: list[bytes | None], **options: Any) -> list[Any]:
    return mask("image", pictures, options, about=BYTES, type_=pa.binary())


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP"]), st.integers(1, 70), st.integers(1, 70))
def test_format_and_size_stay_and_one_colour_is_all_there_is(format_: str, width: int, height: int) -> None:
    original = picture(format_, (width, height))
    (result,) = masked([original])
    with Pillow.open(BytesIO(result)) as found:
        assert (found.format, found.size) == (format_, (width, height))
        assert len(found.convert("RGB").getcolors() or ()) == 1
    assert b"Ada" not in result


@pytest.mark.parametrize("options", [{"lossless": True}, {"lossless": False}, {"exif": b"Exif\0\0x"}])
def test_every_kind_of_webp_says_its_size(options: dict[str, Any]) -> None:
    header = read_header(picture("WEBP", (31, 17), **options))
    assert header is not None
    assert (header.width, header.height) == (31, 17)


def test_a_progressive_jpeg_with_a_thumbnail_says_its_own_size() -> None:
    header = read_header(picture("JPEG", (99, 33), progressive=True, exif=b"Exif\0\0" + picture("JPEG", (4, 4))))
    assert header is not None
    assert (header.width, header.height) == (99, 33)


def test_equal_pictures_are_alike_and_the_key_chooses_the_colour() -> None:
    pictures = [picture("PNG", (5, 5)) for _ in range(8)]
    first = masked([*pictures, pictures[0], None])
    assert first[0] == first[8]
    assert first[9] is None
    assert len(set(first)) > 3
    assert mask("image", pictures, about=BYTES, type_=pa.binary(), key=OTHER_KEY) != first[:8]


def test_what_is_no_picture_is_treated_as_said() -> None:
    for data in (b"no picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a\0\0\0\0", b"BM" + bytes(60)):
        assert masked([data]) == [bytes(len(data))]
        assert masked([data], other="empty") == [b""]
        assert masked([data], other="null") == [None]
    assert masked([b""], other="null") == [b""]


def test_a_small_file_that_claims_a_huge_picture_gets_no_placeholder() -> None:
    bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 100_000, 100_000) + bytes(9)
    assert masked([bomb]) == [bytes(len(bomb))]
    assert masked([picture("GIF", (30, 30))], max_pixels=899, other="empty") == [b""]


def test_a_placeholder_that_is_longer_than_the_column_is_none() -> None:
    about = subject(Kind.BINARY, length=40)
    assert mask("image", [picture("BMP", (9, 9))[:40]], {"other": "empty"}, about=about, type_=pa.binary()) == [b""]


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF1234WEBP", b"BM", b"GIF87a"]),
)
def test_no_bytes_make_the_header_reader_fail(data: bytes, magic: bytes) -> None:
    header = read_header(magic + data)
    assert header is None or min(header.width, header.height) > 0


def test_unique_columns_and_missing_values_are_told_before_the_run() -> None:
    assert codes("image", subject(Kind.BINARY, unique=True)) == ["mask-not-unique"]
    assert codes("image", subject(Kind.BINARY, nullable=False), {"other": "null"}) == ["mask-null"]
