"""Numbers and dates as positions on a line, so that one code orders, bounds and averages them all.

Whole numbers, dates, moments and decimals of up to 18 digits are exact (int64); wider ones, decimals without a precision and unsigned
64-bit numbers are placed by their nearest float64, which keeps their order save among neighbours.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Column, Kind
from engine.canonical import EXACT
from engine.masking.base import Subject
from engine.masking.dates import DATE_KINDS, Days, from_moments
from engine.masking.literals import Literal, literal
from engine.masking.units import NUMBERS, decimals, from_units, unit_range, units_of

LINE = NUMBERS | DATE_KINDS
Positions = npt.NDArray[Any]
"""int64 or float64, by the column and never by the batch."""
_EXACT_DIGITS = 18


def exact(column: Column) -> bool:
    """Are its positions whole numbers?"""
    if column.kind is Kind.DECIMAL:
        return column.precision is not None and column.precision <= _EXACT_DIGITS
    wide = column.kind is Kind.INTEGER and column.unsigned and column.precision == 64
    return column.kind is not Kind.FLOAT and not wide


def positions(values: pa.Array, subject: Subject, dialect: str) -> tuple[Positions, npt.NDArray[np.bool_]]:
    """Where each value lies, and whether it lies on the line: NULL, NaN, infinities and the zero date do not. Dates before Christ and
    after 9999 lie at the calendar's ends, partial ones at the first day that they may be."""
    known: npt.NDArray[np.bool_] = values.is_valid().to_numpy(zero_copy_only=False)
    column = subject.column
    if column.kind in DATE_KINDS:
        dates = Days(values, dialect)
        return dates.line(), known & ~dates.stays
    if exact(column):
        return units_of(values).astype(np.int64), known
    places = _floats(values, subject)
    return np.where(np.isfinite(places), places, 0.0), known & np.isfinite(places)


def _floats(values: pa.Array, subject: Subject) -> npt.NDArray[np.float64]:
    if pa.types.is_string(values.type):
        return np.array(
            [np.nan if number is None else float(number) for number in decimals(values, subject)], np.float64
        )
    if pa.types.is_decimal(values.type):
        numbers: npt.NDArray[np.float64] = units_of(values).astype(np.float64) / 10.0**values.type.scale
    else:
        numbers = values.cast(pa.float64(), safe=False).fill_null(0.0).to_numpy(zero_copy_only=False)
    return numbers


def position(value: Literal, subject: Subject) -> int | float:
    """Where a value of the plan lies. Raises ValueError as `literal` does."""
    scalar = literal(value, subject.column)
    places, _ = positions(pa.array([scalar.as_py()], scalar.type), subject, "")
    found: int | float = places[0].item()
    return found


def placed(places: Positions, where: npt.NDArray[np.bool_], values: pa.Array, subject: Subject) -> pa.Array:
    """The values with those of `where` put at other places; the others are not touched."""
    column, chosen = subject.column, pa.array(where)
    if column.kind in DATE_KINDS:
        return pc.if_else(chosen, from_moments(places, values), values)
    if exact(column):
        low, high = unit_range(column)
        units = np.clip(places, max(low, -(1 << 63)), min(high, (1 << 63) - 1))
        return pc.if_else(chosen, from_units(units, values), values)
    if column.kind is Kind.FLOAT:
        return pc.if_else(chosen, pa.array(places, values.type), values)
    return _written(places, where, values, column)


def _written(places: Positions, where: npt.NDArray[np.bool_], values: pa.Array, column: Column) -> pa.Array:
    # Few distinct places come out of the maskers that use this, and no kernel makes wide decimals of floats.
    distinct, codes = np.unique(places[where], return_inverse=True)
    if pa.types.is_string(values.type):
        texts = pa.array([f"{Decimal(repr(float(place))):f}" for place in distinct], values.type)
    else:
        scale, (low, high) = column.scale or 0, unit_range(column)
        units = [min(max(round(Decimal(float(place)).scaleb(scale, EXACT)), low), high) for place in distinct]
        kept = pa.nulls(len(units), values.type).fill_null(0)
        texts = from_units(np.array(units, object), kept) if units else kept
    return pc.replace_with_mask(values, pa.array(where), texts.take(pa.array(codes)))
