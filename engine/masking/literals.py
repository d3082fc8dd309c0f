"""Values written in a plan, as values of a column."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import pyarrow as pa

from connectors.arrow import carrier
from connectors.schema import Column, Kind

Literal = bool | int | float | str | datetime | date | time
"""What TOML can say."""


def literal(value: Literal, column: Column) -> pa.Scalar:
    """The value in the column's carrier. Raises ValueError with a sentence that ends a "The value ...": it is no number, too long."""
    try:
        parsed = _PARSERS.get(column.kind, _text)(value)
    except (ValueError, TypeError, KeyError, InvalidOperation):
        raise ValueError(f"is no {column.kind}") from None
    if column.enum and parsed not in column.enum:
        raise ValueError(f"is none of the labels of {column.native}")
    if column.length is not None and isinstance(parsed, str | bytes) and len(parsed) > column.length:
        raise ValueError(f"is longer than {column.length}")
    return _scalar(parsed, column)


def _scalar(parsed: Any, column: Column) -> pa.Scalar:
    type_ = carrier(column)
    if column.kind is Kind.DECIMAL and pa.types.is_string(type_):
        return pa.scalar(f"{parsed:f}", type_)
    if column.kind is Kind.INTEGER and not fits_integer(parsed, column):
        raise ValueError(f"does not fit {column.native}")
    try:
        return pa.scalar(parsed, type_)
    except (pa.ArrowInvalid, OverflowError):
        raise ValueError(f"does not fit {column.native}") from None


def fits_integer(number: int, column: Column) -> bool:
    low, high = integer_range(column)
    return low <= number <= high


def integer_range(column: Column) -> tuple[int, int]:
    """The smallest and the largest value of an INTEGER column."""
    if column.range is not None:
        return column.range
    bits = column.precision or 64
    return (0, (1 << bits) - 1) if column.unsigned else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def _boolean(value: Literal) -> bool:
    return (
        value if isinstance(value, bool) else {"true": True, "false": False, "1": True, "0": False}[str(value).lower()]
    )


def _integer(value: Literal) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    return int(value)  # type: ignore[arg-type]


def _date(value: Literal) -> date:
    return (
        value.date()
        if isinstance(value, datetime)
        else value
        if isinstance(value, date)
        else date.fromisoformat(str(value))
    )


def _timestamp(value: Literal) -> datetime:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo is not None else moment


def _time(value: Literal) -> timedelta:
    clock = value if isinstance(value, time) else time.fromisoformat(str(value))
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)


def _json(value: Literal) -> str:
    json.loads(str(value))
    return str(value)


def _text(value: Literal) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_PARSERS: dict[Kind, Callable[[Literal], Any]] = {
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: lambda value: Decimal(str(value)),
    Kind.FLOAT: lambda value: float(value),  # type: ignore[arg-type]
    Kind.DATE: _date,
    Kind.TIMESTAMP: _timestamp,
    Kind.TIMESTAMPTZ: lambda value: _timestamp(value).replace(tzinfo=UTC),
    Kind.TIME: _time,
    Kind.UUID: lambda value: UUID(str(value)).bytes,
    Kind.BINARY: lambda value: bytes.fromhex(str(value)),
    Kind.JSON: _json,
}
