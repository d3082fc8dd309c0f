"""Bring the columns of several sides into one spelling: numbers as they are, times as days, all else as codes of one vocabulary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.assessment.view import FeatureKind, Values
from engine.masking.dates import outside_calendar

DAY = 86_400_000_000
"""Microseconds."""


def kind_of(type_: pa.DataType) -> FeatureKind:
    if pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_):
        return FeatureKind.NUMBER
    if pa.types.is_date(type_) or pa.types.is_timestamp(type_):
        return FeatureKind.TIME
    # A time of day is no moment, yet it is ordered and has distances.
    return FeatureKind.NUMBER if pa.types.is_duration(type_) else FeatureKind.CATEGORY


def encoded(sides: Sequence[pa.Array | pa.ChunkedArray]) -> tuple[FeatureKind, tuple[Values, ...], pa.Array | None]:
    """One column of several sides: its kind, each side's values, and what codes stand for. All sides are of one type."""
    kind = kind_of(sides[0].type)
    if kind is FeatureKind.NUMBER:
        return kind, tuple(map(numbers, sides)), None
    if kind is FeatureKind.TIME:
        return kind, tuple(map(days, sides)), None
    texts = [spelt(side) for side in sides]
    labels = pc.unique(pa.chunked_array([text.drop_null() for text in texts], pa.string()))
    codes = (pc.fill_null(pc.index_in(text, labels), -1) for text in texts)
    return kind, tuple(code.to_numpy(zero_copy_only=False).astype(np.int32) for code in codes), labels


def numbers(values: pa.Array | pa.ChunkedArray) -> Values:
    if pa.types.is_duration(values.type):
        values = values.cast(pa.int64())
    return np.asarray(_whole(values).cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)


def days(values: pa.Array | pa.ChunkedArray) -> Values:
    """Days since 1970; NaN for what lies outside the calendar, too: it says "never", not when."""
    whole = _whole(values)
    outside = outside_calendar(whole).to_numpy(zero_copy_only=False)
    date = pa.types.is_date(whole.type)
    since = whole.cast(pa.date32()).cast(pa.int32()) if date else whole.cast(pa.timestamp("us")).cast(pa.int64())
    found = np.asarray(since.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)
    found = found if date else found / DAY
    return np.where(np.asarray(outside, bool), np.nan, found)


def spelt(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Any column's values as text."""
    whole = _whole(values)
    if pa.types.is_binary(whole.type) or pa.types.is_fixed_size_binary(whole.type):
        # Arrow writes no hexadecimal: each distinct value is written once.
        encoded = whole.dictionary_encode()
        return pa.array([f"x{value.as_py().hex()}" for value in encoded.dictionary], pa.string()).take(encoded.indices)
    return whole.cast(pa.string())


def _whole(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
