"""AES-CMAC over columns equals the library's own, value by value; ranges are reached evenly."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.prf import LONG, cmac, encrypt_integers, expand, to_range

KEYS = st.binary(min_size=16, max_size=16) | st.binary(min_size=32, max_size=32)
RFC_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
RFC_MESSAGE = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)


def _expected(key: bytes, value: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(value)
    return mac.finalize()


def _tags(key: bytes, values: pa.Array) -> list[bytes]:
    return [row.astype(">u8").tobytes() for row in cmac(key, values)]


@pytest.mark.parametrize(
    ("length", "tag"),
    [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ],
)
def test_the_vectors_of_rfc_4493(length: int, tag: str) -> None:
    """Section 4 of the RFC."""
    assert _tags(RFC_KEY, pa.array([RFC_MESSAGE[:length]])) == [bytes.fromhex(tag)]


@settings(deadline=None, max_examples=60)
@given(
    key=KEYS,
    values=st.lists(st.none() | st.binary(max_size=80), max_size=20),
    cut=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    type_=st.sampled_from([pa.binary(), pa.large_binary()]),
)
def test_every_row_has_the_librarys_tag(
    key: bytes, values: list[bytes | None], cut: tuple[int, int], type_: pa.DataType
) -> None:
    """Whatever the lengths, the slice and the NULLs, which are hashed as empty."""
    part = slice(cut[0], max(cut[0], len(values) - cut[1]))
    array = pa.array(values, type_)[part]
    assert _tags(key, array) == [_expected(key, value or b"") for value in values[part]]


@settings(deadline=None, max_examples=30)
@given(values=st.lists(st.none() | st.text(max_size=40), max_size=12), offset=st.integers(0, 4))
def test_texts_are_hashed_as_utf_8(values: list[str | None], offset: int) -> None:
    """In string, large_string and chunked arrays alike."""
    expected = [_expected(RFC_KEY, (value or "").encode()) for value in values[offset:]]
    for type_ in (pa.string(), pa.large_string()):
        assert _tags(RFC_KEY, pa.array(values, type_)[offset:]) == expected
    assert _tags(RFC_KEY, pa.chunked_array([pa.array(values, pa.string())]).slice(offset)) == expected


def test_long_values_and_fixed_sizes_have_the_librarys_tag() -> None:
    """A value of megabytes beside short ones, and 16-byte UUIDs with a NULL."""
    values = [b"x" * (LONG + 5), b"", b"y" * LONG, b"z" * 1_000_003]
    assert _tags(RFC_KEY, pa.array(values)) == [_expected(RFC_KEY, value) for value in values]
    uuids = pa.array([b"a" * 16, None, b"b" * 16], pa.binary(16))
    assert _tags(RFC_KEY, uuids[1:]) == [_expected(RFC_KEY, b"\0" * 16), _expected(RFC_KEY, b"b" * 16)]
    assert cmac(RFC_KEY, pa.array([], pa.string())).shape == (0, 2)


@settings(deadline=None, max_examples=40)
@given(length=st.integers(0, 50), rows=st.integers(1, 9), data=st.data())
def test_values_of_one_length_have_the_librarys_tag(length: int, rows: int, data: st.DataObject) -> None:
    """As the numbers, dates and UUIDs of a database's own form are."""
    values = data.draw(st.lists(st.binary(min_size=length, max_size=length), min_size=rows, max_size=rows))
    assert _tags(RFC_KEY, pa.array(values, pa.binary())) == [_expected(RFC_KEY, value) for value in values]


def test_what_lies_under_a_null_is_not_hashed() -> None:
    """Arrow lets any bytes stand there."""
    offsets, bytes_ = pa.py_buffer(np.array([0, 4, 8], np.int32)), pa.py_buffer(b"gonekept")
    column = pa.BinaryArray.from_buffers(pa.binary(), 2, [pa.py_buffer(b"\x02"), offsets, bytes_])
    assert column.to_pylist() == [None, b"kept"]
    assert _tags(RFC_KEY, column) == [_expected(RFC_KEY, b""), _expected(RFC_KEY, b"kept")]


def test_equal_integers_of_both_types_agree_and_negative_ones_differ() -> None:
    """-1 is not 2^64 - 1."""
    signed = encrypt_integers(RFC_KEY, np.array([0, 5, -1], np.int64))
    unsigned = encrypt_integers(RFC_KEY, np.array([0, 5, 2**64 - 1], np.uint64))
    assert (signed[:2] == unsigned[:2]).all()
    assert (signed[2] != unsigned[2]).any()


@given(word=st.integers(0, 2**64 - 1), size=st.integers(1, 2**64 - 1))
def test_a_range_is_the_words_share_of_it(word: int, size: int) -> None:
    """floor(word * size / 2^64), exactly, for one size and for a size per row."""
    words = np.array([word], np.uint64)
    assert int(to_range(words, size)[0]) == word * size >> 64
    assert int(to_range(words, np.array([size], np.uint64))[0]) == word * size >> 64


def test_an_empty_range_is_refused() -> None:
    """There is no number below 0."""
    with pytest.raises(ValueError, match="between 1"):
        to_range(np.array([1], np.uint64), 0)


def test_more_words_of_a_tag_depend_on_nothing_but_key_and_tag() -> None:
    """A shorter request is the start of a longer one, and rows do not see each other."""
    tags = cmac(RFC_KEY, pa.array(["a", "b"]))
    assert (expand(RFC_KEY, tags, 3) == expand(RFC_KEY, tags, 7)[:, :3]).all()
    assert (expand(RFC_KEY, tags[1:], 3) == expand(RFC_KEY, tags, 3)[1:]).all()
    assert len(np.unique(expand(RFC_KEY, tags, 8))) == 16
