"""Placeholders of files."""

from __future__ import annotations

import zlib

import pyarrow as pa
import pytest

from connectors.schema import Kind
from engine.masking.placeholders import GIF, JPEG, KINDS, OTHER
from tests.engine.masking.one_column import codes, mask, subject

BINARY = subject(Kind.BINARY)


def test_every_kind_of_file_becomes_one_of_its_kind() -> None:
    files = [magic + bytes([number]) * 100 for number, (magic, _) in enumerate(KINDS)]
    masked = mask("blob", [*files, b"anything", b"", None], about=BINARY, type_=pa.binary())
    assert masked == [*(placeholder for _, placeholder in KINDS), OTHER, b"", None]


def test_the_placeholders_are_whole_files() -> None:
    png, pdf = KINDS[0][1], KINDS[3][1]
    assert png[12:16] == b"IHDR"
    assert int.from_bytes(png[29:33], "big") == zlib.crc32(png[12:29])
    assert png.endswith(b"IEND\xaeB`\x82")
    assert JPEG.endswith(b"\xff\xd9")
    assert GIF.endswith(b";")
    start = int(pdf.split(b"startxref\n")[1].split(b"\n")[0])
    assert pdf[start:].startswith(b"xref\n")


def test_a_file_keeps_its_size_on_request_and_fits_its_column() -> None:
    large, small = KINDS[0][0] + b"x" * 1000, b"hello"
    sizes = [len(value) for value in mask("blob", [large, small], {"same_size": True}, about=BINARY, type_=pa.binary())]
    assert sizes == [1008, len(OTHER)]
    cut = mask("blob", [large], about=subject(Kind.BINARY, length=5), type_=pa.binary())
    assert cut == [KINDS[0][1][:5]]


@pytest.mark.parametrize("about", [subject(Kind.BINARY, unique=True), subject(Kind.BINARY, key=True)])
def test_a_unique_column_is_refused(about: object) -> None:
    assert codes("blob", about) == ["mask-not-unique"]  # type: ignore[arg-type]
