"""Samples: keyed, counted exactly, one inside the other, and in segments the same as at once."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.rows import RowIds
from engine.keys import MaskingKey
from engine.subset.sampling import KeyedOrder, Part, Scan, in_order

KEY = MaskingKey("test", b"k" * 32)
IDS = RowIds((pa.int64(),), values=False)
TABLE = TableName("customer")
KEYS = st.lists(st.text(max_size=8), unique_by=lambda key: key.rstrip(" "), max_size=60)


def scan(keys: list[str], rows: int = 7) -> Scan:
    """Rows numbered from 0, each with its key, in batches."""
    table = pa.table({"id0": pa.array(range(len(keys)), pa.int64()), "key": pa.array(keys, pa.string())})
    return lambda: iter(table.to_batches(rows))


def sample(keys: list[str], part: Part, seed: int = 1, segment: int = 1 << 20, table: TableName = TABLE) -> list[str]:
    order = KeyedOrder(KEY, seed, table, 1)
    return [keys[n] for ids in in_order(scan(keys), order, 1, part, segment) for n in ids.column(0).to_pylist()]


@given(KEYS, st.integers(0, 3), st.randoms())
@settings(max_examples=60)
def test_the_same_keys_are_taken_in_whatever_order_they_are_stored(keys, seed, random):
    shuffled = random.sample(keys, len(keys))
    assert sample(keys, Part(percent=30), seed) == sample(shuffled, Part(percent=30), seed)


@given(KEYS, st.floats(0.01, 100), st.integers(0, 80))
@settings(max_examples=60)
def test_a_sample_has_exactly_as_many_rows_as_were_asked_for(keys, percent, rows):
    share = min(len(keys), ceil(Fraction(str(percent)) * len(keys) / 100))
    assert len(sample(keys, Part(percent=percent))) == share
    assert len(sample(keys, Part(rows=rows))) == min(rows, len(keys))
    assert len(sample(keys, Part(percent, rows))) == min(share, rows)


@given(KEYS, st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=60)
def test_a_smaller_sample_is_the_beginning_of_a_larger_one(keys, one, other):
    small, large = sorted((one, other))
    assert sample(keys, Part(rows=large))[:small] == sample(keys, Part(rows=small))


@given(KEYS, st.integers(1, 9))
@settings(max_examples=60)
def test_segments_give_what_one_pass_gives(keys, segment):
    assert sample(keys, Part(percent=80), segment=segment) == sample(keys, Part(percent=80))
    assert sorted(sample(keys, Part(), segment=segment)) == sorted(keys)


def test_another_seed_or_table_takes_other_rows():
    keys = [str(number) for number in range(1000)]
    first = sample(keys, Part(percent=10))
    for other in (sample(keys, Part(percent=10), seed=2), sample(keys, Part(percent=10), table=TableName("order"))):
        assert 0 < len(set(first) & set(other)) < 40


def test_a_table_written_in_capitals_is_the_same_table():
    keys = [str(number) for number in range(50)]
    assert sample(keys, Part(rows=5), table=TableName("Customer")) == sample(keys, Part(rows=5))


def test_every_tenth_of_the_keys_is_sampled_alike():
    """Sequential keys, as most tables have: no part of them is preferred."""
    keys = [str(number) for number in range(20_000)]
    taken = [int(key) // 2000 for key in sample(keys, Part(percent=10))]
    assert all(150 < taken.count(tenth) < 250 for tenth in range(10))


@pytest.mark.parametrize(
    "made", [pa.array([1, 20, 300]), pa.array(["1 ", "20", "300"]), pa.array([1, 20, 300], pa.decimal128(9, 2))]
)
def test_a_key_counts_by_its_text_whatever_its_type(made):
    order = KeyedOrder(KEY, 1, TABLE, 0)
    plain = order.hashes(pa.record_batch({"key": pa.array(["1", "20", "300"])}))
    assert order.hashes(pa.record_batch({"key": made})).tolist() == plain.tolist()


def test_a_percentage_is_meant_as_it_is_written():
    assert Part(percent=7.0).of(100) == 7
    assert Part(percent=0.1).of(3000) == 3
    assert Part(percent=1).of(0) == 0


def test_equal_rows_that_share_a_name_come_together_and_count_as_so_many() -> None:
    ids = pa.array([str(number // 4).encode() for number in range(400)], pa.binary())
    batches = [pa.record_batch([ids.slice(start, 30)], ["id0"]) for start in range(0, 400, 30)]
    order = KeyedOrder(KEY, 1, TABLE, 1)

    def taken(part: Part, segment: int) -> list[bytes]:
        found = in_order(lambda: iter(batches), order, 1, part, segment, unique=False)
        return [name for table in found for name in table.column(0).to_pylist()]

    for segment in (3, 1 << 20):
        assert len(taken(Part(percent=10), segment)) == len(set(taken(Part(percent=10), segment))) == 10
        assert len(taken(Part(rows=10), segment)) == 3
        assert len(taken(Part(), segment)) == 100
        assert taken(Part(percent=1), segment) == taken(Part(percent=10), segment)[:1]
