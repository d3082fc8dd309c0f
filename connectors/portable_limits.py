"""What a column of one dialect admits and the column that it goes into does not hold: asked before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.database import Beyond, Limit
from connectors.portable_types import MYSQL, numeric_width, same_family
from connectors.schema import Column, Kind

_DAYS = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
_TEXTS = (Kind.TEXT, Kind.JSON, Kind.XML, Kind.OTHER)
_NUMBERS = (Kind.FLOAT, Kind.DECIMAL)


def limits(source: str, column: Column, target: str, into: Column) -> tuple[Limit, ...]:
    """In the order in which they are best told. Dialects of one family hold each other's values, as far as Arrow carries them."""
    if same_family(source, target):
        carried = source != "postgresql" or column.kind is not Kind.DECIMAL or (column.precision or 39) > 38
        return () if carried else (Limit(Beyond.NAN),)
    return tuple(_limits(source, column, target, into))


def _limits(source: str, column: Column, target: str, into: Column) -> Iterator[Limit]:
    if column.nullable and not into.nullable:
        yield Limit(Beyond.NULL)
    if column.kind in _DAYS and into.kind in _DAYS:
        yield from _days(source, target)
    if column.kind in _NUMBERS and into.kind in _NUMBERS and target in MYSQL:
        yield Limit(Beyond.NAN)
        yield Limit(Beyond.INFINITY)
    if (
        column.kind is Kind.DECIMAL
        and into.kind is Kind.DECIMAL
        and target == "sqlite"
        and (column.precision or 39) <= 38
    ):
        # The others travel as text, and `NaN` is one.
        yield Limit(Beyond.NAN)
    if column.kind is Kind.INTEGER and into.kind is Kind.INTEGER and numeric_width(column) > 64:
        yield Limit(Beyond.RANGE, greatest=2**63 - 1)
    if into.kind is Kind.TIME and column.kind is Kind.TIME and source in MYSQL and target == "postgresql":
        yield Limit(Beyond.CLOCK)
    if into.kind is Kind.TIME and column.kind is Kind.TIME and source == "sqlite" and target == "postgresql":
        yield Limit(Beyond.CLOCK)
    if into.kind in (Kind.TEXT, Kind.BINARY) and into.length is not None and not _shorter(source, column, into):
        yield Limit(Beyond.LENGTH, greatest=into.length)
    if column.kind in _TEXTS and target == "postgresql":
        yield Limit(Beyond.NUL)
    if column.kind is into.kind is Kind.ENUM and source in MYSQL and "" not in into.enum:
        yield Limit(Beyond.LABEL)


def _days(source: str, target: str) -> Iterator[Limit]:
    """SQLite keeps `infinity` and the zero date as texts, and reads them again."""
    if source in MYSQL or target in MYSQL:
        yield Limit(Beyond.CALENDAR)
    if target == "postgresql":
        yield Limit(Beyond.ZERO_DATE)


def _shorter(source: str, column: Column, into: Column) -> bool:
    """Does the source itself see to it that no text is longer than the target takes? SQLite never does."""
    known = column.length if source != "sqlite" else None
    return known is not None and into.length is not None and known <= into.length
