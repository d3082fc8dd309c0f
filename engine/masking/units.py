"""Numbers of every type as whole units: 12.50 in a DECIMAL(8,2) is 1250 units of scale 2."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.schema import Column, Kind
from engine.canonical import EXACT
from engine.masking.base import MaskError, Subject
from engine.masking.literals import integer_range

NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT})

Units = npt.NDArray[Any]
"""int64 where all fit, else Python integers. A result may not depend on which: other rows of the batch decide it."""
Rows = npt.NDArray[np.int64]
_INT64 = np.iinfo(np.int64)
_SAFE = 1 << 62
"""Units below this may be doubled, or moved by a step, without leaving int64."""


Change = Callable[[Units, int, Rows], Units]
"""New units from units of one scale, given with the rows that they come from."""


def over_units(values: pa.Array, subject: Subject, change: Change, finest: int = 0) -> pa.Array:
    """`change` of integers and decimals, kept inside the column's range. NULL, NaN and infinities stay.

    `finest`: digits after the point that results need, for decimals without a scale of their own.
    """
    if pa.types.is_string(values.type):
        return _over_texts(values, subject, change, finest)
    units = units_of(values)
    scale = values.type.scale if pa.types.is_decimal(values.type) else 0
    changed = change(with_room(units), scale, np.arange(len(units)))
    return from_units(np.clip(changed, *unit_range(subject.column)), values)


def with_room(units: Units) -> Units:
    """The units in a type that they can be doubled in."""
    if units.dtype == object or not len(units) or (int(units.max()) < _SAFE and int(units.min()) > -_SAFE):
        return units
    return units.astype(object)


def _over_texts(values: pa.Array, subject: Subject, change: Change, finest: int) -> pa.Array:
    # Decimals without a precision travel as text, each value with a scale of its own, and no kernel computes with them.
    numbers = decimals(values, subject)
    scales = np.array([_scale(number, finest) for number in numbers])
    changed = values.to_pylist()
    for scale in sorted(set(scales[scales >= 0].tolist())):
        rows = np.flatnonzero(scales == scale)
        units: Units = np.array([int((numbers[row] or Decimal(0)).scaleb(scale, EXACT)) for row in rows], dtype="O")
        for row, unit in zip(rows, change(units, scale, rows), strict=True):
            changed[row] = f"{Decimal(int(unit)).scaleb(-scale, EXACT):f}"
    return pa.array(changed, values.type)


def decimals(values: pa.Array, subject: Subject) -> list[Decimal | None]:
    """Numbers that travel as text. Raises MaskError where one is none, as SQLite lets it be."""
    try:
        return [None if text is None else Decimal(text) for text in values.to_pylist()]
    except InvalidOperation:
        raise MaskError(
            subject, "mask-not-a-number", "A value of this numeric column is no number.", "Choose a mask for texts."
        ) from None


def _scale(number: Decimal | None, finest: int) -> int:
    """Digits after the point; -1 for what is not a number."""
    if number is None or not number.is_finite():
        return -1
    return max(finest, -int(number.as_tuple().exponent))


def unit_range(column: Column) -> tuple[int, int]:
    """The smallest and the largest number of units that the column takes."""
    if column.kind is Kind.INTEGER:
        return integer_range(column)
    high = 10 ** (column.precision or 38) - 1
    return (0 if column.unsigned else -high), high


def units_of(values: pa.Array) -> Units:
    """The units of an integer or decimal array; 0 for NULL."""
    if pa.types.is_decimal(values.type):
        return _decimal_units(values)
    if pa.types.is_uint64(values.type):
        wide: npt.NDArray[np.uint64] = values.fill_null(0).to_numpy(zero_copy_only=False)
        return wide.astype(np.int64) if wide.max(initial=0) <= _INT64.max else wide.astype(object)
    whole: npt.NDArray[np.int64] = values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return whole


def _decimal_units(values: pa.Array) -> Units:
    words = np.frombuffer(values.buffers()[1], "<i8").reshape(-1, 2)[values.offset : values.offset + len(values)]
    valid: npt.NDArray[np.bool_] = values.is_valid().to_numpy(zero_copy_only=False)
    low, high = np.where(valid, words[:, 0], 0), np.where(valid, words[:, 1], 0)
    if np.array_equal(high, low >> 63):
        return low.astype(np.int64)
    units: Units = (high.astype(object) << 64) + low.view(np.uint64).astype(object)
    return units


def from_units(units: Units, values: pa.Array) -> pa.Array:
    """Units back in the type of `values`, NULL where `values` has it."""
    missing: npt.NDArray[np.bool_] = values.is_null().to_numpy(zero_copy_only=False)
    if not pa.types.is_decimal(values.type):
        return pa.array(units, values.type, mask=missing)
    whole = units.astype(object) if units.dtype == object else units.astype(np.int64)
    words = np.empty((len(whole), 2), "<i8")
    if whole.dtype == object:
        words[:, 0] = (whole & 0xFFFFFFFFFFFFFFFF).astype(np.uint64).view(np.int64)
        words[:, 1] = (whole >> 64).astype(np.int64)
    else:
        words[:, 0], words[:, 1] = whole, whole >> 63
    buffers = [pa.array(~missing).buffers()[1], pa.py_buffer(words)]
    return pa.Array.from_buffers(values.type, len(whole), buffers)


def over_floats(values: pa.Array, change: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]) -> pa.Array:
    """`change` of the finite numbers. NULL, NaN and infinities stay, and so does what would overflow."""
    numbers: npt.NDArray[np.float64] = values.fill_null(0.0).to_numpy(zero_copy_only=False)
    finite = np.isfinite(numbers)
    with np.errstate(over="ignore", invalid="ignore"):
        changed = change(np.where(finite, numbers, 0.0))
    kept = np.where(finite & np.isfinite(changed), changed, numbers)
    return pa.array(kept, values.type, mask=values.is_null().to_numpy(zero_copy_only=False))


def decimals_of(number: Decimal) -> int:
    """Digits after the point that a number of a plan needs."""
    return max(0, -int(number.normalize(EXACT).as_tuple().exponent))


def to_units(number: Decimal, scale: int) -> int:
    """A number of a plan in units of a scale that is fine enough for it."""
    return int(number.scaleb(scale, EXACT))
