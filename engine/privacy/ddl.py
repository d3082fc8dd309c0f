"""What the DDL alone tells of a column's domain: free facts, which no row was looked at for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from connectors.schema import Column, Kind, Table
from engine.condition_text import limits_of, listed_in, parse_condition

DAY = 86_400_000_000
"""Microseconds: the unit of a time's carrier."""
NARROW = 8
"""Integers of so many bits are few enough to be a domain by their type."""
FEW_DIGITS = 2
"""So are decimals of so many digits without a fraction."""
NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)


@dataclass(frozen=True, slots=True)
class Told:
    """All values, or the least and the greatest one in the carrier's unit."""

    values: tuple[str | int | float | bool, ...] = ()
    low: int | float | None = None
    high: int | float | None = None


def told_by_ddl(table: Table, column: Column, dialect: str) -> Told | None:
    """The column's domain as its type and its CHECKs say it; None where they leave it open."""
    if column.kind is Kind.BOOLEAN:
        return Told((False, True))
    if column.kind is Kind.ENUM and not is_set(column):
        return Told(column.enum) if column.enum else None
    conditions = [parse_condition(check.expression, dialect) for check in table.checks]
    return _checked(column, [condition for condition in conditions if condition is not None]) or _typed(column)


def is_set(column: Column) -> bool:
    """Any of its labels together, so that the labels are not its values."""
    return column.kind is Kind.ENUM and re.match(r"(?i)set\b", column.native) is not None


def _checked(column: Column, conditions: list[exp.Expr]) -> Told | None:
    for condition in conditions:
        if listed := listed_in(condition, column.name):
            return Told(tuple(dict.fromkeys(_value(column, value) for value in listed)))
    if not conditions or column.kind not in NUMBERS:
        return None
    limits = limits_of(exp.and_(*conditions), column.name)
    return Told(low=_number(limits[0]), high=_number(limits[1])) if limits else None


def _value(column: Column, value: object) -> str | int | float | bool:
    if isinstance(value, Decimal) and column.kind in NUMBERS:
        return _number(value)
    return value if isinstance(value, bool) else str(value)


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _typed(column: Column) -> Told | None:
    if column.range is not None:
        return Told(low=column.range[0], high=column.range[1])
    if column.kind is Kind.INTEGER and column.precision is not None and column.precision <= NARROW:
        half = 1 << (column.precision - 1)
        return Told(low=0, high=2 * half - 1) if column.unsigned else Told(low=-half, high=half - 1)
    if (
        column.kind is Kind.DECIMAL
        and column.precision is not None
        and column.precision <= FEW_DIGITS
        and not column.scale
    ):
        most = 10**column.precision - 1
        return Told(low=0 if column.unsigned else -most, high=most)
    return Told(low=0, high=DAY) if column.kind is Kind.TIME else None
