"""What a condition says, read from its text: the columns, values, limits and patterns that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

SQLGLOT = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
    "mssql": "tsql",
    "oracle": "oracle",
}
Condition = exp.Expr


@lru_cache(maxsize=8192)
def parse_condition(text: str, dialect: str) -> exp.Expr | None:
    """The condition as a tree, or None where it is not understood."""
    try:
        return sqlglot.parse_one(text, read=SQLGLOT.get(dialect, dialect))
    except (SqlglotError, ValueError):
        return None


def columns_of(condition: exp.Expr) -> set[str]:
    return {column.name for column in condition.find_all(exp.Column)}


def exact_literals(condition: exp.Expr) -> list[Any]:
    """The values that a condition names."""
    return [literal_of(node) for node in condition.find_all(exp.Literal, exp.Boolean)]


def literals_of(condition: exp.Expr) -> list[Any]:
    """The values that a condition names, and numbers around them: where to look for one that it allows."""
    found: dict[Any, None] = {}
    for value in exact_literals(condition):
        near = (value, value + 1, value - 1) if isinstance(value, Decimal) else (value,)
        found.update(dict.fromkeys(near))
    return list(found)


def listed_in(condition: exp.Expr, column: str) -> list[Any]:
    """All values that the condition leaves to the column, where it lists them; empty where it does not."""
    node = bare(condition)
    if isinstance(node, exp.And):
        return listed_in(node.this, column) or listed_in(node.expression, column)
    if isinstance(node, exp.Or):
        sides = [listed_in(side, column) for side in (node.this, node.expression) if not _is_null(side, column)]
        return [value for side in sides for value in side] if all(sides) else []
    if isinstance(node, exp.In) and _names(node.this, column):
        return _known([literal_of(bare(value)) for value in node.expressions])
    if isinstance(node, exp.EQ) and _names(node.this, column):
        right = bare(node.expression)
        many = isinstance(right, exp.Any)
        return _known([literal_of(bare(value)) for value in (elements(right.this) if many else [right])])
    return []


def listed_alone(condition: exp.Expr) -> str | None:
    """The column, in lower case, whose values the condition lists, where it says nothing else."""
    if condition.find(exp.And) is not None:
        return None
    return next((name for name in sorted(columns_of(condition)) if listed_in(condition, name)), None)


def limits_of(condition: exp.Expr, column: str) -> tuple[Any, Any] | None:
    """The least and the greatest value that the condition leaves to the column, both as it names them."""
    low, high = None, None
    for part in _parts(bare(condition)):
        if isinstance(part, exp.Between) and _names(part.this, column):
            low, high = literal_of(bare(part.args["low"])), literal_of(bare(part.args["high"]))
        elif isinstance(part, exp.GTE) and _names(part.this, column):
            low = literal_of(bare(part.expression))
        elif isinstance(part, exp.LTE) and _names(part.this, column):
            high = literal_of(bare(part.expression))
    return (low, high) if isinstance(low, Decimal) and isinstance(high, Decimal) and low <= high else None


def patterns_of(condition: exp.Expr, column: str) -> list[str]:
    """The regular expressions that every value of the column matches."""
    found = []
    for part in _parts(bare(condition)):
        if isinstance(part, exp.RegexpLike | exp.RegexpILike) and _names(part.this, column):
            found += [pattern for pattern in [literal_of(bare(part.expression))] if isinstance(pattern, str)]
    return found


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The sides of an AND, and of theirs."""
    if isinstance(node, exp.And):
        yield from _parts(bare(node.this))
        yield from _parts(bare(node.expression))
    else:
        yield node


def _names(node: exp.Expr, column: str) -> bool:
    inner = bare(node)
    return isinstance(inner, exp.Column) and inner.name.casefold() == column.casefold()


def _is_null(node: exp.Expr, column: str) -> bool:
    inner = bare(node)
    return isinstance(inner, exp.Is) and _names(inner.this, column) and isinstance(bare(inner.expression), exp.Null)


def _known(values: list[Any]) -> list[Any]:
    return [] if None in values else values


_WRAPPERS = (exp.Paren, exp.Cast, exp.TryCast, exp.Introducer, exp.Collate)


def bare(node: exp.Expr) -> exp.Expr:
    """Without brackets and casts: the catalog prints `((status)::text = 'a'::text)`."""
    while isinstance(node, _WRAPPERS):
        node = node.expression if isinstance(node, exp.Introducer) else node.this
    return node


def least_moment(node: exp.Expr) -> datetime | None:
    """When `now()`, or some years after or before it, is at the earliest: now. Time only goes on."""
    node = bare(node)
    if isinstance(node, exp.CurrentDate | exp.CurrentTimestamp):
        # A day less: the server's clock may be in another zone.
        return datetime.now(UTC) - timedelta(days=1)
    if not isinstance(node, exp.Sub | exp.Add):
        return None
    base, span = least_moment(node.this), _span(bare(node.expression))
    if base is None or span is None:
        return None
    try:
        return base - span if isinstance(node, exp.Sub) else base + span
    except OverflowError:
        return None


def _span(node: exp.Expr) -> timedelta | None:
    """An interval of whole units, rounded up; None for one that is written in another way."""
    if isinstance(node, exp.Interval):
        words = f"{node.this.name if node.this else ''} {node.unit.name if node.unit else ''}"
    else:
        words = str(literal_of(node) or "")
    found = re.fullmatch(r"\s*(\d{1,5}) (year|mon|month|week|day)s?\s*", words, re.IGNORECASE)
    return timedelta(days=int(found[1]) * _DAYS[found[2].lower()]) if found else None


_DAYS = {"year": 366, "mon": 31, "month": 31, "week": 7, "day": 1}


def elements(node: exp.Expr) -> list[exp.Expr]:
    array = bare(node)
    return list(array.expressions) if isinstance(array, exp.Array | exp.Tuple) else []


def literal_of(node: exp.Expr) -> Any:
    if isinstance(node, exp.Neg):
        inner = literal_of(bare(node.this))
        return -inner if isinstance(inner, Decimal) else None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Literal):
        return str(node.this) if node.is_string else Decimal(str(node.this))
    return None


def regex_of(node: exp.Expr, pattern: str) -> re.Pattern[str] | None:
    folded = isinstance(node, exp.ILike | exp.RegexpILike)
    if isinstance(node, exp.Like | exp.ILike):
        pattern = "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in pattern)
        pattern = rf"\A(?:{pattern})\Z"
    elif isinstance(node, exp.Glob):
        pattern = rf"\A(?:{_glob(pattern)})\Z"
    try:
        return re.compile(pattern, re.DOTALL | (re.IGNORECASE if folded else 0))
    except re.error:
        return None


def _glob(pattern: str) -> str:
    parts = re.findall(r"\[\^?\]?[^\]]*\]|.", pattern, re.DOTALL)
    signs = {"*": ".*", "?": "."}
    return "".join(part if len(part) > 1 else signs.get(part, re.escape(part)) for part in parts)
