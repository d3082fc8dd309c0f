"""Columns as a query sees them: each distinct value with its number of holders, or plain numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"


def holders(column: pa.ChunkedArray) -> tuple[pa.Array, Counts, int]:
    """The distinct values, how many rows hold each, and how many hold NULL."""
    counted = pc.value_counts(_plain(column).drop_null())
    return counted.field("values"), counted.field("counts").to_numpy(), column.null_count


def numbers(column: pa.ChunkedArray) -> Floats:
    """The values as numbers: dates as days, timestamps and times as microseconds, as their carriers count them. NaN where there is
    none: NULL, a NaN, a text that is no number."""
    plain = _plain(column)
    if pa.types.is_string(plain.type) or pa.types.is_large_string(plain.type):
        # The cast of a text that is no number would quote it.
        plain = pc.if_else(pc.match_substring_regex(plain, _NUMBER), plain, pa.scalar(None, plain.type))
    return np.asarray(plain.cast(pa.float64(), safe=False).to_numpy(), np.float64)


def step(type_: pa.DataType) -> float | None:
    """The distance of two neighbouring values of this type; None for floating point."""
    if pa.types.is_decimal(type_):
        return float(10.0**-type_.scale)
    return None if pa.types.is_floating(type_) or pa.types.is_string(type_) else 1.0


def coarse_edges(type_: pa.DataType) -> Floats:
    """A public grid over all that the type holds, by which a range is found: powers of two of both signs; years; hours."""
    if pa.types.is_date(type_):
        return _years(1.0)
    if pa.types.is_timestamp(type_):
        return _years(86_400e6)
    if pa.types.is_duration(type_):
        return np.arange(-839.0, 840.0) * 3600e6
    powers = 2.0 ** np.arange(0 if step(type_) == 1 else -20, 65)
    return np.concatenate([-powers[::-1], [0.0], powers])


def _years(unit: float) -> Floats:
    """The first days of the years from 1800 to 2200, and of centuries before and after them."""
    years = np.array([1, *range(100, 1800, 100), *range(1800, 2200), *range(2200, 10_001, 100)])
    days = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return np.asarray(days * unit, np.float64)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dates and times as whole numbers: those outside the calendar have no Python value."""
    if pa.types.is_date32(column.type):
        return column.cast(pa.int32()).cast(pa.int64())
    if pa.types.is_timestamp(column.type) or pa.types.is_duration(column.type):
        return column.cast(pa.int64())
    return column
