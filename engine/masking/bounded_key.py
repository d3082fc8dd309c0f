"""Keys of types that take a part of their kind only, such as MySQL's YEAR and TIMESTAMP: a keyed bijection of that part."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from connectors.schema import Column, Kind
from engine.keys import DomainKey
from engine.masking.columns import integers
from engine.masking.dates import from_moments

_SECOND = 1_000_000


def bounded_size(column: Column) -> int:
    """How many years, days or whole seconds there are."""
    low, high = _steps(column)
    return high - low + 1


def permute_within(values: pa.Array, column: Column, key: DomainKey) -> pa.Array:
    """Another value of the column's own range for each; what lies outside (the year 0, zero dates) and a second's fraction stay."""
    step = _step(column)
    whole, fraction = np.divmod(integers(values), step)
    low, high = _steps(column)
    moves = np.flatnonzero((whole >= low) & (whole <= high))
    image = key.permutation(high - low + 1, f"range/{low}/{high}").apply((whole[moves] - low).astype(np.uint64))
    out = whole.copy()
    out[moves] = image.astype(np.int64) + low
    moments = out * step + fraction
    return (
        pa.array(moments, pa.int64()).cast(values.type)
        if column.kind is Kind.INTEGER
        else from_moments(moments, values)
    )


def _step(column: Column) -> int:
    return 1 if column.kind in (Kind.INTEGER, Kind.DATE) else _SECOND


def _steps(column: Column) -> tuple[int, int]:
    """The first and the last step of the range that is wholly inside."""
    low, high = column.range or (0, 0)
    step = _step(column)
    return -(-low // step), (high + 1) // step - 1 if step > 1 else high
