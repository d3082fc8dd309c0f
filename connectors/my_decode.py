"""The server's text as Arrow values: each column of a batch by array operations, never cell by cell.

MySQL keeps dates that are none: 0000-00-00, 2020-00-15, and 2020-02-31 under ALLOW_INVALID_DATES. Their carrier is an integer
below `DATES` or `TIMESTAMPS` that `connectors/my_encode.py` turns back into the same text.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DAY, ODD_DATE, ODD_TIMESTAMP, carrier
from connectors.my_types import base_type, converts_unsafely, is_spatial
from connectors.schema import Column, Kind
from connectors.uuids import uuid_bytes

_TIME = r"^(?P<sign>-?)(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d)(?:\.(?P<fraction>\d+))?$"


def expression(column: Column, quoted: str, arrow: bool) -> str:
    """What a SELECT names to get this column loss-free."""
    if arrow and is_spatial(column):
        return f"IF(ST_SRID({quoted}) = 0, ST_AsText({quoted}), CONCAT('SRID=', ST_SRID({quoted}), ';', ST_AsText({quoted})))"
    if not arrow and column.kind is Kind.ENUM:
        # By its place: the text of place 0, an invalid value, is that of an empty label too.
        return f"CAST({quoted} AS UNSIGNED)"
    if not arrow and converts_unsafely(column):
        return f"HEX({quoted})"
    # The text of a FLOAT has six digits; that of a DOUBLE has as many as it takes.
    return f"{quoted} * 1e0" if base_type(column.native) == "float" else quoted


def decode(text: pa.BinaryArray, column: Column) -> pa.Array:
    """The column's carrier from the bytes that the server sent. Raises pa.ArrowInvalid."""
    special = _DECODERS.get(column.kind)
    if special is not None:
        return special(text, column)
    return text.cast(pa.string()).cast(carrier(column))


def _date(text: pa.BinaryArray, column: Column) -> pa.Array:
    cells = _matrix(text, 10)
    year, month, day = _civil(cells)
    days, valid = _days(year, month, day)
    odd = ODD_DATE - (year * 10_000 + month * 100 + day)
    return _scatter(text, np.where(valid, days, odd).astype(np.int32)).cast(pa.date32())


def _timestamp(text: pa.BinaryArray, column: Column) -> pa.Array:
    cells = _matrix(text)
    year, month, day = _civil(cells)
    days, valid = _days(year, month, day)
    hours, minutes, seconds = (_number(cells, place, 2) for place in (11, 14, 17))
    width = cells.shape[1] - 20
    fraction = _number(cells, 20, width) * 10 ** (6 - width) if width > 0 else 0
    time = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction
    odd = ODD_TIMESTAMP - ((year * 10_000 + month * 100 + day) * DAY + time)
    return _scatter(text, np.where(valid, days * DAY + time, odd)).cast(carrier(column))


def _time(text: pa.BinaryArray, column: Column) -> pa.Array:
    parts = pc.extract_regex(text.cast(pa.string()), pattern=_TIME)
    hours, minutes, seconds = (
        pc.struct_field(parts, name).cast(pa.int64()) for name in ("hours", "minutes", "seconds")
    )
    fraction = pc.utf8_rpad(pc.struct_field(parts, "fraction"), 6, "0").cast(pa.int64())
    whole = pc.add(pc.multiply(pc.add(pc.multiply(hours, 60), minutes), 60), seconds)
    size = pc.add(pc.multiply(whole, 1_000_000), fraction)
    negative = pc.equal(pc.struct_field(parts, "sign"), "-")
    return pc.if_else(negative, pc.negate(size), size).cast(pa.duration("us"))


def _uuid(text: pa.BinaryArray, column: Column) -> pa.Array:
    return uuid_bytes(_matrix(text, 36)).take(_places(text))


def _bit(text: pa.BinaryArray, column: Column) -> pa.Array:
    cells = _matrix(text, ((column.length or 1) + 7) // 8)
    bits = np.unpackbits(cells, axis=1)[:, -(column.length or 1) :] + ord("0")
    values = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(bits.shape[1]), len(bits), [None, pa.py_buffer(np.ascontiguousarray(bits))]
    )
    return values.cast(pa.binary()).cast(pa.string()).take(_places(text))


def _raw(text: pa.BinaryArray, column: Column) -> pa.Array:
    return text


_DECODERS: dict[Kind, Callable[[pa.BinaryArray, Column], pa.Array]] = {
    Kind.DATE: _date,
    Kind.TIMESTAMP: _timestamp,
    Kind.TIMESTAMPTZ: _timestamp,
    Kind.TIME: _time,
    Kind.UUID: _uuid,
    Kind.BIT: _bit,
    Kind.BINARY: _raw,
}


def _matrix(text: pa.BinaryArray, width: int | None = None) -> np.ndarray:
    """The values that are not NULL, one row of bytes each: all are of one width."""
    present = text.drop_null()
    if not len(present):
        return np.zeros((0, width or 19), dtype=np.uint8)
    offsets = np.frombuffer(present.buffers()[1], dtype=np.int32)[present.offset : present.offset + len(present) + 1]
    found = int(offsets[1] - offsets[0])
    if (width is not None and found != width) or np.any(np.diff(offsets) != found):
        raise pa.ArrowInvalid("values of different widths")
    return np.frombuffer(present.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]].reshape(-1, found)


def _number(cells: np.ndarray, start: int, width: int) -> np.ndarray:
    weights = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (cells[:, start : start + width].astype(np.int64) - ord("0")) @ weights


def _civil(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return _number(cells, 0, 4), _number(cells, 5, 2), _number(cells, 8, 2)


def _days(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970, and which ones are dates of the calendar."""
    possible = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(possible, (year - 1970) * 12 + month - 1, 0)
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first + day - 1, possible & (day <= following - first)


def _scatter(text: pa.BinaryArray, values: np.ndarray) -> pa.Array:
    """The values at the places that are not NULL."""
    return pa.array(values) if not text.null_count else pa.array(values).take(_places(text))


def _places(text: pa.BinaryArray) -> pa.Array:
    """For each row its place among the values that are not NULL, or NULL."""
    valid = text.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(np.cumsum(valid) - 1, mask=~valid)
