"""Both sides of a column come into one type, whatever the target made of it."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.assessment.columns import fitted, with_moments

TYPES = [
    pa.int64(), pa.uint64(), pa.float64(), pa.string(), pa.bool_(), pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC"),
    pa.duration("us"), pa.decimal128(10, 2), pa.binary(16), pa.binary(),
]  # fmt: skip
ARRAYS = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))).map(lambda v: pa.array(v, pa.int64())),
    st.lists(st.one_of(st.none(), st.floats())).map(lambda v: pa.array(v, pa.float64())),
    st.lists(st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["1", "-2.50", "2024-01-05", "t", "12:00"]))).map(
        lambda v: pa.array(v, pa.string())
    ),
    st.lists(st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1))).map(lambda v: pa.array(v, pa.int32()).cast(pa.date32())),
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))).map(
        lambda v: pa.array(v, pa.int64()).cast(pa.timestamp("us"))
    ),
    st.lists(st.one_of(st.none(), st.binary(max_size=20))).map(lambda v: pa.array(v, pa.binary())),
)  # fmt: skip


@given(ARRAYS, st.sampled_from(TYPES))
@example(pa.array([-719163], pa.int32()).cast(pa.date32()), pa.binary(16))
def test_what_does_not_fit_is_empty_and_counted_and_nothing_raises(values: pa.Array, type_: pa.DataType) -> None:
    made, lost = fitted(values, type_)
    assert (made.type, len(made)) == (type_, len(values))
    assert lost == made.null_count - values.null_count >= 0


@pytest.mark.parametrize(
    ("values", "type_", "expected"),
    [
        (["7", "x", None], pa.int64(), [7, None, None]),
        ([1, 0, None], pa.bool_(), [True, False, None]),
        (["2024-01-05", "never"], pa.date32(), [date(2024, 1, 5), None]),
        (["b0b0b0b0-0000-0000-0000-00000000000a", "no"], pa.binary(16), [bytes.fromhex("b0b0b0b000000000000000000000000a"), None]),
        ([1.5, 2.0], pa.int64(), [None, 2]),
    ],
)  # fmt: skip
def test_values_that_fit_keep_their_meaning(values: list, type_: pa.DataType, expected: list) -> None:
    assert fitted(pa.array(values), type_)[0].to_pylist() == expected


def _sides(known: list, target: list) -> list[pa.DataType]:
    tables = [pa.table({"x": pa.array(side, pa.string())}) for side in (known, target)]
    return [table.column("x").type for table in with_moments(tables, ["x"], 1)]


def test_only_texts_that_are_moments_on_both_sides_become_times() -> None:
    moments = ["2024-01-05", "2024-02-06 10:11:12", "2024-02-06T10:11:12.5Z", None]
    times = [pa.timestamp("us")] * 2
    assert _sides(moments, moments) == times
    assert _sides(moments, [None]) == times
    assert _sides(moments, [*moments * 30, "unknown"]) == times
    texts = [pa.string()] * 2
    assert _sides([*moments * 30, "unknown"], moments) == texts
    assert _sides(moments, ["a", "b"]) == texts
    assert _sides(["2024-02-31"], moments) == texts
    assert _sides([None], [None]) == texts
    [made, _] = with_moments([pa.table({"x": pa.array(moments)}), pa.table({"x": pa.array(moments)})], ["x"], 1)
    assert made.column("x").to_pylist()[2] == datetime(2024, 2, 6, 10, 11, 12, 500_000)
