"""What the schema alone says of a column's values: labels, lists, limits, and which moments come after which. All of it is free."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlglot import exp

from connectors.schema import Column, Kind, Table
from engine.condition_text import bare, listed_in, literal_of, parse_condition
from engine.synthesis.domains.scale import Scalar, number_of, unit_of

TIMES = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.TIME, *TIMES)


@dataclass(frozen=True, slots=True)
class Limits:
    """Plain numbers of `domains.scale`, inclusive; None where nothing is said."""

    low: float | None = None
    high: float | None = None

    @property
    def both(self) -> tuple[float, float] | None:
        if self.low is None or self.high is None or self.low > self.high:
            return None
        return self.low, self.high

    def within(self, other: Limits) -> Limits:
        lows = [limit for limit in (self.low, other.low) if limit is not None]
        highs = [limit for limit in (self.high, other.high) if limit is not None]
        return Limits(max(lows, default=None), min(highs, default=None))


def listed(table: Table, column: Column, dialect: str) -> tuple[Scalar, ...]:
    """All values that an enum or a CHECK leaves to the column; empty where neither lists them."""
    if column.kind is Kind.BOOLEAN:
        return (False, True)
    if column.kind is Kind.ENUM and column.enum and not column.native.casefold().startswith("set("):
        return column.enum
    for condition in _conditions(table, dialect):
        if values := listed_in(condition, column.name):
            limits = limits_of(table, column, "string", dialect) if column.kind in NUMBERS else Limits()
            return tuple(dict.fromkeys(_scalar(value, column) for value in values if _inside(value, limits)))
    return ()


def limits_of(table: Table, column: Column, carrier: str, dialect: str) -> Limits:
    """What the type and the conditions of the table leave to a number or a moment."""
    found = Limits(*map(float, column.range)) if column.range else Limits()
    if column.kind is Kind.INTEGER and column.precision == 8 and not column.range:
        found = Limits(0, 255) if column.unsigned else Limits(-128, 127)
    elif column.unsigned and not column.range:
        found = Limits(low=0.0)
    for condition in _conditions(table, dialect):
        for part in _parts(condition):
            for limit in _limits(part, column, carrier):
                found = found.within(limit)
    return found


def after(table: Table, names: list[str], dialect: str) -> dict[str, tuple[str, ...]]:
    """Columns of moments -> those of the same row that come before them, the latest first: by a CHECK, or by an unambiguous pair of
    names."""
    pairs = {pair for pair in _checked(table, dialect) if set(pair) <= set(names)}
    pairs |= {pair for pair in _named(names) if pair[::-1] not in pairs}
    before: dict[str, set[str]] = {}
    for early, late in sorted(pairs):
        if not _reaches(before, early, late):
            before.setdefault(late, set()).add(early)
    return {
        late: tuple(sorted(early, key=lambda name: (-_depth(before, name), name))) for late, early in before.items()
    }


# Conditions.


def _conditions(table: Table, dialect: str) -> Iterator[exp.Expr]:
    for check in table.checks:
        condition = parse_condition(check.expression, dialect)
        if condition is not None:
            yield condition


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The sides of an AND, and of theirs."""
    node = bare(node)
    if isinstance(node, exp.And):
        yield from _parts(node.this)
        yield from _parts(node.expression)
    else:
        yield node


_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}


def _limits(part: exp.Expr, column: Column, carrier: str) -> Iterator[Limits]:
    if isinstance(part, exp.Between) and _is(part.this, column.name):
        low, high = (_number(part.args[end], column, carrier) for end in ("low", "high"))
        yield Limits(low, high)
        return
    operator = type(part)
    if operator not in _MIRRORED:
        return
    left, right = part.this, part.expression
    if _is(right, column.name):
        left, right, operator = right, left, _MIRRORED[operator]
    if not _is(left, column.name) or (number := _number(right, column, carrier)) is None:
        return
    # A strict limit of a column in steps is the next value inside.
    step = unit_of(carrier) or 0.0
    if operator in (exp.GT, exp.GTE):
        yield Limits(low=number + step if operator is exp.GT else number)
    else:
        yield Limits(high=number - step if operator is exp.LT else number)


def _number(node: exp.Expr, column: Column, carrier: str) -> float | None:
    value = literal_of(bare(node))
    if value is None or isinstance(value, bool):
        return None
    try:
        return number_of(value if column.kind in TIMES or column.kind is Kind.TIME else float(value), carrier)
    except (ValueError, TypeError):
        return None


def _is(node: exp.Expr, name: str) -> bool:
    inner = bare(node)
    return isinstance(inner, exp.Column) and inner.name.casefold() == name.casefold()


def _scalar(value: Any, column: Column) -> Scalar:
    if not isinstance(value, Decimal):
        return str(value)
    return int(value) if value == value.to_integral_value() else float(value)


def _inside(value: Any, limits: Limits) -> bool:
    if not isinstance(value, Decimal):
        return True
    return (limits.low is None or value >= limits.low) and (limits.high is None or value <= limits.high)


# Order.


def _checked(table: Table, dialect: str) -> Iterator[tuple[str, str]]:
    """Pairs (earlier, later) that a condition compares."""
    names = {column.name.casefold(): column.name for column in table.columns}
    for condition in _conditions(table, dialect):
        for part in (each for whole in _parts(condition) for each in _alternatives(whole)):
            left, right = bare(part.this), bare(part.expression)
            if not isinstance(left, exp.Column) or not isinstance(right, exp.Column):
                continue
            pair = names.get(left.name.casefold(), ""), names.get(right.name.casefold(), "")
            yield pair if isinstance(part, exp.LT | exp.LTE) else pair[::-1]


def _alternatives(part: exp.Expr) -> Iterator[exp.Expr]:
    """The comparison itself, also where NULL is let through beside it."""
    if isinstance(part, exp.Or):
        sides = [bare(part.this), bare(part.expression)]
        null = [side for side in sides if isinstance(side, exp.Is)]
        yield from (other for side in sides if null and side not in null for other in _alternatives(side))
    elif type(part) in _MIRRORED:
        yield part


_PAIRS = (
    ("start", "end"), ("start", "stop"), ("start", "finish"), ("begin", "end"), ("from", "to"), ("open", "close"),
    ("opened", "closed"),
    ("created", "updated"), ("create", "update"), ("created", "modified"), ("admission", "discharge"), ("admitted", "discharged"),
    ("order", "ship"), ("ordered", "shipped"), ("order", "shipped"), ("order", "required"), ("shipped", "delivered"),
    ("rental", "return"),
    ("check in", "check out"), ("checkin", "checkout"), ("hire", "termination"), ("hired", "terminated"), ("hired", "left"),
    ("issued", "due"), ("invoice", "due"), ("issue", "expiry"), ("issued", "expires"), ("birth", "death"), ("birthdate", "deathdate"),
    ("born", "died"), ("submitted", "approved"), ("loan", "return"), ("pickup", "dropoff"), ("departure", "arrival"),
)  # fmt: skip


def _named(names: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs whose names say it, where only one column has each word."""
    words = {name: _words(name) for name in names}
    for early, late in _PAIRS:
        first = [name for name in names if f" {early} " in words[name]]
        second = [name for name in names if f" {late} " in words[name]]
        alike = [(a, b) for a in first for b in second if words[a].replace(f" {early} ", f" {late} ") == words[b]]
        if len(first) == len(second) == 1 and first != second:
            yield first[0], second[0]
        else:
            yield from (pair for pair in alike if pair[0] != pair[1])


def _words(name: str) -> str:
    """`shipDate`, `ship_date` and `SHIP DATE` are ` ship date `."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return f" {' '.join(re.split(r'[^a-z0-9]+', split.casefold())).strip()} "


def _reaches(before: dict[str, set[str]], start: str, goal: str) -> bool:
    return start == goal or any(_reaches(before, name, goal) for name in before.get(start, ()))


def _depth(before: dict[str, set[str]], name: str) -> int:
    return 1 + max((_depth(before, early) for early in before.get(name, ())), default=0)


_TIME = re.compile(
    r"date|time|birth|start|stop|begin|since|until|created|updated|modified|expir| (at|on|day|dob|end|ends|from|to|due) "
)


def says_time(name: str) -> bool:
    """Is a column of this name likely to hold moments?"""
    return _TIME.search(_words(name)) is not None


_BEGINS = re.compile(r"creat|regist|joined|sign ?up|since|open|enrol|start|begin|added|hire|admi")


def beginning(columns: list[Column]) -> str | None:
    """The column of a root that says when it began, where one only is named so and is never NULL."""
    found = [column.name for column in columns if column.kind in TIMES and _BEGINS.search(_words(column.name))]
    return found[0] if len(found) == 1 and not next(c for c in columns if c.name == found[0]).nullable else None
