"""Checksums of columns: equal for equal content in any order, unequal for anything else."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.schema import Column, Kind
from engine.checksums import Canon, Checksum, canon_of, checksum, repeats
from engine.keys import MaskingKey

KEY = MaskingKey("k", b"s" * 32).domain("test")
values = st.lists(st.one_of(st.none(), st.text(max_size=40)), max_size=30)


@given(values, st.randoms())
def test_the_order_of_rows_does_not_matter(rows, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert _of(rows) == _of(shuffled)


@given(values, st.integers(0, 30))
def test_parts_add_up_to_the_whole(rows, cut) -> None:  # type: ignore[no-untyped-def]
    assert _of(rows[:cut]) + _of(rows[cut:]) == _of(rows)


@given(values, values)
def test_other_content_gives_another_checksum(left, right) -> None:  # type: ignore[no-untyped-def]
    assume(sorted(map(repr, left)) != sorted(map(repr, right)))
    assert _of(left) != _of(right)


def test_two_values_that_trade_their_ends_are_seen() -> None:
    assert _of(["anna-1", "bert-2"]) != _of(["anna-2", "bert-1"])


def test_another_key_gives_another_checksum_and_another_digest() -> None:
    other = MaskingKey("k", b"t" * 32).domain("test")
    assert checksum(other, pa.array(["a"]), Canon.TEXT) != _of(["a"])
    assert _of(["a"]).digest(b"x" * 32) != _of(["a"]).digest(b"y" * 32)


@pytest.mark.parametrize(
    ("canon", "one", "other"),
    [
        (Canon.BOOLEAN, pa.array([True, False, None]), pa.array([1, 0, None], pa.int64())),
        (Canon.INTEGER, pa.array([7, -1]), pa.array([Decimal(7), Decimal(-1)], pa.decimal128(20, 0))),
        (Canon.INTEGER, pa.array([7], pa.uint64()), pa.array(["7"])),
        (Canon.DECIMAL, pa.array([Decimal("1.50"), Decimal("-0.00")]), pa.array(["1.5", "0"])),
        (Canon.DECIMAL, pa.array([Decimal("100.00")]), pa.array(["100"])),
        (Canon.FLOAT, pa.array([0.5, -0.0, float("nan")]), pa.array([0.5, 0.0, -float("nan")])),
        (Canon.PADDED, pa.array(["DE  "]), pa.array(["DE"])),
        (Canon.UUID, pa.array([bytes(range(16))], pa.binary(16)), pa.array(["00010203-0405-0607-0809-0A0B0C0D0E0F"])),
        (Canon.JSON, pa.array(['{"b": 1, "a": [1, 2]}']), pa.array(['{"a":[1,2],"b":1}'])),
        (Canon.DATE, pa.array([3], pa.date32()), pa.array([3 * 86_400_000_000], pa.timestamp("us"))),
        (Canon.DATE, pa.array([-1_000_000], pa.date32()), pa.array([10_957 - 2**31], pa.date32())),
        (Canon.TIMESTAMP, pa.array([5], pa.timestamp("us")), pa.array([5], pa.timestamp("us", tz="UTC"))),
    ],
)
def test_two_databases_spellings_of_one_value_agree(canon, one, other) -> None:  # type: ignore[no-untyped-def]
    assert checksum(KEY, one, canon) == checksum(KEY, other, canon)


@pytest.mark.parametrize(
    "type_", [pa.int64(), pa.float64(), pa.string(), pa.binary(), pa.bool_(), pa.date32(), pa.duration("us")]
)
def test_a_slice_counts_only_its_own_rows(type_) -> None:  # type: ignore[no-untyped-def]
    raw = pa.array([0, 1, None, 1, 0], pa.int64())
    whole = (
        raw.cast(type_)
        if type_ not in (pa.date32(), pa.binary())
        else raw.cast(pa.int32() if type_ == pa.date32() else pa.string()).cast(type_)
    )
    assert checksum(KEY, whole.slice(1, 3), Canon.WIRE) == checksum(
        KEY, pa.array(whole.to_pylist()[1:4], type_), Canon.WIRE
    )


def test_values_of_several_storage_classes_are_told_apart() -> None:
    def mixed(*rows: object) -> pa.Array:
        types = [0 if isinstance(row, int) else 1 for row in rows]
        children = [
            pa.array([r for r in rows if isinstance(r, int)]),
            pa.array([r for r in rows if isinstance(r, str)]),
        ]
        offsets = [sum(t == types[i] for t in types[:i]) for i in range(len(rows))]
        return pa.UnionArray.from_dense(pa.array(types, pa.int8()), pa.array(offsets, pa.int32()), children)

    assert checksum(KEY, mixed(1, "2", "1"), Canon.WIRE) == checksum(KEY, mixed("1", "2", 1), Canon.WIRE)
    assert checksum(KEY, mixed(1, "2", "1"), Canon.WIRE) != checksum(KEY, mixed(1, 2, "1"), Canon.WIRE)


def test_the_spelling_follows_the_kind_of_the_source_column() -> None:
    assert canon_of(Column("c", "character(2)", Kind.TEXT)) is Canon.PADDED
    assert canon_of(Column("c", "character varying(2)", Kind.TEXT)) is Canon.TEXT
    assert canon_of(Column("c", "jsonb", Kind.JSON)) is Canon.JSON


def test_the_two_lanes_wrap_around_and_stay_words() -> None:
    total = Checksum(1, 0, (1 << 64) - 1, 5) + Checksum(1, 0, 2, 5)
    assert total == Checksum(2, 0, 1, 10)
    assert np.uint64(total.high) == 1


def _of(rows: list[str | None]) -> Checksum:
    return checksum(KEY, pa.array(rows, pa.string()), Canon.TEXT)


@pytest.mark.parametrize(
    ("canon", "some"),
    [
        (Canon.TEXT, pa.array(["a", "b", None, ""])),
        (Canon.TEXT, pa.array(["a text of more than one block", "b", None, "another text of more than one block"])),
        (Canon.INTEGER, pa.array([1, None, -5, 1], pa.int64())),
        (Canon.FLOAT, pa.array([0.0, -0.0, float("nan"), 2.5])),
        (Canon.DECIMAL, pa.array([Decimal("1.50"), None, Decimal("-3.25"), Decimal("0.00")])),
        (Canon.BOOLEAN, pa.array([True, None, False, True])),
        (Canon.DATE, pa.array([1, 2, None, 1], pa.date32())),
        (Canon.TIME, pa.array([1, 2, None, 1], pa.duration("us"))),
        (Canon.TIMESTAMP, pa.array([1, 2, None, 1], pa.timestamp("us", tz="UTC"))),
        (Canon.WIRE, pa.array([b"a", b"", None, b"a"])),
        (Canon.UUID, pa.array([b"a" * 16, None, b"b" * 16, b"a" * 16], pa.binary(16))),
    ],
)
def test_a_column_that_repeats_itself_has_the_checksum_of_its_parts(canon, some) -> None:  # type: ignore[no-untyped-def]
    whole = pa.concat_arrays([some] * 700)
    assert repeats(whole)
    assert not repeats(some)
    parts = Checksum()
    for _ in range(700):
        parts += checksum(KEY, some, canon)
    assert checksum(KEY, whole, canon) == parts
