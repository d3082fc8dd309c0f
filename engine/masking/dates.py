"""What date maskers share: days inside the calendar, and the values that stand for something else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.arrow import DATES, TIMESTAMPS
from connectors.schema import Column, Kind

DATE_KINDS = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
DAY = 86_400_000_000
"""Microseconds."""

Int64s = npt.NDArray[np.int64]


def calendar(values: pa.Array, column: Column | None = None) -> tuple[int, int, int]:
    """The first and last value of the years 1 to 9999, or of what the column takes, and a day, in the units of this array."""
    first, last, day = (*DATES, 1) if pa.types.is_date32(values.type) else (*TIMESTAMPS, DAY)
    return (*column.range, day) if column is not None and column.range is not None else (first, last, day)


def fixed(moments: Int64s, values: pa.Array) -> npt.NDArray[np.bool_]:
    """Values that are no day in anybody's life: outside the calendar, its first day and its last, which mean "never"."""
    first, last, day = calendar(values)
    return (moments < first + day) | (moments > last - day)


def from_moments(moments: Int64s, values: pa.Array) -> pa.Array:
    """Days or microseconds back in the type of `values`, NULL where `values` has it."""
    missing: npt.NDArray[np.bool_] = values.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_date32(values.type):
        return pa.array(moments.astype(np.int32), pa.int32(), mask=missing).cast(values.type)
    return pa.array(moments, pa.int64(), mask=missing).cast(values.type)
