"""What can stand in a masked row, and SQL's three truths over it: sets of values compared, truths combined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from sqlglot import exp

Truth = bool | None


class Keeps(StrEnum):
    """What a masked value has in common with the source value of its row."""

    ALL = "all"
    NULL = "null"
    SIGN = "sign"
    ONE = "one"
    """Whole numbers from 1 on stay so, all others stay below."""
    LENGTH = "length"
    CLASSES = "classes"
    """Every upper-case letter stays one, every lower-case letter and digit likewise, all else stays as it is."""
    TRIMMED = "trimmed"
    """The same, save blanks at the end, which may go."""
    JSON = "json"
    """A JSON document stays one."""
    GAP = "gap"
    """How it compares with columns of the same `group` stays: dates that are shifted together, or kept in order."""


@dataclass(frozen=True, slots=True)
class Values:
    """What an expression can be in a masked row."""

    keeps: frozenset[Keeps] = frozenset()
    only: tuple[Any, ...] | None = None
    """All that it can be, where that is known."""
    null: bool = True
    low: Any = None
    high: Any = None
    group: str | None = None
    injected: str | None = None
    """Masked by the one-to-one map of this name: two that share it are equal where their source values were."""
    template: str | None = None
    """A regular expression that all its texts match."""

    @property
    def same(self) -> bool:
        return Keeps.ALL in self.keeps


@dataclass(frozen=True, slots=True)
class Outcome:
    """The truths that a condition can take in a masked row, and how they compare with the one of its source row, where false < NULL
    < true: `up`, never less; `down`, never more."""

    truths: frozenset[Truth]
    up: bool = False
    down: bool = False

    @property
    def passes(self) -> bool:
        return self.up or False not in self.truths

    @property
    def same(self) -> bool:
        return self.up and self.down


ANY = Outcome(frozenset((True, False, None)))
SAME = Outcome(ANY.truths, up=True, down=True)
KEPT = Values(frozenset(Keeps))


def constant(value: Any) -> Values:
    return Values(frozenset((Keeps.ALL, Keeps.NULL)), only=(value,), null=value is None)


def as_number(value: Any) -> Any:
    """Decimal where it reads as a number, else the value: databases compare `'5'` with 5 as numbers."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if value is None or isinstance(value, Decimal):
        return value
    try:
        found = Decimal(str(value).lstrip("$€£"))
    except InvalidOperation:
        return value
    # "NaN" and "Infinity" are words here: no comparison of numbers takes them.
    return found if found.is_finite() else value


def compare(operator: type[exp.Expr], left: Any, right: Any) -> Truth:
    a, b = as_number(left), as_number(right)
    if isinstance(a, Decimal) is not isinstance(b, Decimal):
        a, b = str(left), str(right)
    results: dict[type[exp.Expr], Callable[[], bool]] = {
        exp.EQ: lambda: a == b, exp.NEQ: lambda: a != b, exp.LT: lambda: a < b,
        exp.LTE: lambda: a <= b, exp.GT: lambda: a > b, exp.GTE: lambda: a >= b,
    }  # fmt: skip
    return results[operator]()


def between_bounds(operator: type[exp.Expr], left: Values, right: Values) -> set[Truth]:
    """Comparison of two ranges; both truths where they overlap or a bound is missing."""
    (low, high), (other_low, other_high) = _bounds(left), _bounds(right)
    if operator in (exp.LT, exp.LTE) and high is not None and other_low is not None:
        if compare(operator, high, other_low):
            return {True}
    elif operator in (exp.GT, exp.GTE) and low is not None and other_high is not None:
        if compare(operator, low, other_high):
            return {True}
    elif operator is exp.NEQ and (_beyond(low, other_high) or _beyond(other_low, high)):
        return {True}
    return {True, False}


def _bounds(values: Values) -> tuple[Any, Any]:
    if not values.only or None in values.only:
        return values.low, values.high
    known = [as_number(value) for value in values.only]
    comparable = all(isinstance(value, Decimal) for value in known)
    return (min(known), max(known)) if comparable else (min(map(str, known)), max(map(str, known)))


def _beyond(low: Any, high: Any) -> bool:
    return low is not None and high is not None and bool(compare(exp.GT, low, high))


def is_all(values: Values, number: int) -> bool:
    return values.only is not None and all(as_number(value) == number for value in values.only)


def and3(a: Truth, b: Truth) -> Truth:
    return False if False in (a, b) else None if None in (a, b) else True


def or3(a: Truth, b: Truth) -> Truth:
    return True if True in (a, b) else None if None in (a, b) else False


def negate(outcome: Outcome) -> Outcome:
    truths = frozenset(None if truth is None else not truth for truth in outcome.truths)
    return Outcome(truths, up=outcome.down, down=outcome.up)


def combine(work: Callable[[Truth, Truth], Truth], left: Outcome, right: Outcome) -> Outcome:
    truths = frozenset(work(a, b) for a in left.truths for b in right.truths)
    return Outcome(truths, _rises(left) and _rises(right), _falls(left) and _falls(right))


def _rises(outcome: Outcome) -> bool:
    return outcome.up or outcome.truths == {True}


def _falls(outcome: Outcome) -> bool:
    return outcome.down or outcome.truths == {False}
