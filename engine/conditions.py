"""Does a CHECK hold for masked rows? Proven, refuted or unknown, from what each masker promises and without looking at a row.

Every source row passes the condition, so a part whose columns come out as they went in still holds. The other parts are worked
out over sets of possible values, in SQL's three truths: a condition is broken only where it is false, NULL passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache, reduce
from itertools import product
from json import loads
from math import prod
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.masking.template import bounded
from engine.text_classes import class_pattern

SQLGLOT = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
    "mssql": "tsql",
    "oracle": "oracle",
}
Truth = bool | None
Condition = exp.Expr


class Verdict(StrEnum):
    PROVEN = "proven"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


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
    JSON = "json"
    """A JSON document stays one."""
    GAP = "gap"
    """Differences to columns of the same `group` stay: dates that are shifted together."""


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
    return [_literal(node) for node in condition.find_all(exp.Literal, exp.Boolean)]


def literals_of(condition: exp.Expr) -> list[Any]:
    """The values that a condition names, and numbers around them: where to look for one that it allows."""
    found: dict[Any, None] = {}
    for value in exact_literals(condition):
        near = (value, value + 1, value - 1) if isinstance(value, Decimal) else (value,)
        found.update(dict.fromkeys(near))
    return list(found)


def listed_in(condition: exp.Expr, column: str) -> list[Any]:
    """All values that the condition leaves to the column, where it lists them; empty where it does not."""
    node = _bare(condition)
    if isinstance(node, exp.And):
        return listed_in(node.this, column) or listed_in(node.expression, column)
    if isinstance(node, exp.Or):
        sides = [listed_in(side, column) for side in (node.this, node.expression) if not _is_null(side, column)]
        return [value for side in sides for value in side] if all(sides) else []
    if isinstance(node, exp.In) and _names(node.this, column):
        return _known([_literal(_bare(value)) for value in node.expressions])
    if isinstance(node, exp.EQ) and _names(node.this, column):
        right = _bare(node.expression)
        many = isinstance(right, exp.Any)
        return _known([_literal(_bare(value)) for value in (_elements(right.this) if many else [right])])
    return []


def limits_of(condition: exp.Expr, column: str) -> tuple[Any, Any] | None:
    """The least and the greatest value that the condition leaves to the column, both as it names them."""
    low, high = None, None
    for part in _parts(_bare(condition)):
        if isinstance(part, exp.Between) and _names(part.this, column):
            low, high = _literal(_bare(part.args["low"])), _literal(_bare(part.args["high"]))
        elif isinstance(part, exp.GTE) and _names(part.this, column):
            low = _literal(_bare(part.expression))
        elif isinstance(part, exp.LTE) and _names(part.this, column):
            high = _literal(_bare(part.expression))
    return (low, high) if isinstance(low, Decimal) and isinstance(high, Decimal) and low <= high else None


def patterns_of(condition: exp.Expr, column: str) -> list[str]:
    """The regular expressions that every value of the column matches."""
    found = []
    for part in _parts(_bare(condition)):
        if isinstance(part, exp.RegexpLike | exp.RegexpILike) and _names(part.this, column):
            found += [pattern for pattern in [_literal(_bare(part.expression))] if isinstance(pattern, str)]
    return found


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The sides of an AND, and of theirs."""
    if isinstance(node, exp.And):
        yield from _parts(_bare(node.this))
        yield from _parts(_bare(node.expression))
    else:
        yield node


def _names(node: exp.Expr, column: str) -> bool:
    bare = _bare(node)
    return isinstance(bare, exp.Column) and bare.name.casefold() == column.casefold()


def _is_null(node: exp.Expr, column: str) -> bool:
    bare = _bare(node)
    return isinstance(bare, exp.Is) and _names(bare.this, column) and isinstance(_bare(bare.expression), exp.Null)


def _known(values: list[Any]) -> list[Any]:
    return [] if None in values else values


def judge(condition: exp.Expr, columns: Mapping[str, Values]) -> Verdict:
    """Does it hold for every masked row, when each column can be what `columns` says? A column that is missing there is kept."""
    read = {name.casefold() for name in columns_of(condition)}
    relevant = {name.casefold(): values for name, values in columns.items() if name.casefold() in read}
    provers = [_Prover(case) for case in _cases(relevant)]
    if all(prover.holds(condition) for prover in provers):
        return Verdict.PROVEN
    refuted = any(prover.truth(condition).truths == {False} for prover in provers)
    return Verdict.REFUTED if refuted else Verdict.UNKNOWN


def _cases(columns: Mapping[str, Values], most: int = 4096) -> Iterator[Mapping[str, Values]]:
    """One case per combination of the columns whose values are all known, so that a column is not taken for two values at once."""
    known = {
        name: [replace(values, only=(value,), null=value is None) for value in _all(values)]
        for name, values in columns.items()
        if values.only is not None
    }
    if prod(map(len, known.values())) > most:
        yield columns
        return
    for combination in product(*known.values()):
        yield {**columns, **dict(zip(known, combination, strict=True))}


def _all(values: Values) -> list[Any]:
    only = dict.fromkeys(values.only or ())
    return list(only | {None: None} if values.null else only)


KEPT = Values(frozenset(Keeps))
_VOLATILE = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.Rand)
_LENIENT = (
    exp.Coalesce, exp.Case, exp.If, exp.Nullif, exp.Concat, exp.ConcatWs, exp.Greatest, exp.Least, exp.Array, exp.Connector,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.DPipe,
)  # fmt: skip
"""What can say something of NULL."""
_WRAPPERS = (exp.Paren, exp.Cast, exp.TryCast, exp.Introducer, exp.Collate)


class _Prover:
    def __init__(self, columns: Mapping[str, Values]) -> None:
        self.columns = columns

    def holds(self, node: exp.Expr) -> bool:
        """Each part of an AND holds in the source, so each may hold for its own reason."""
        node = _bare(node)
        if isinstance(node, exp.And):
            return self.holds(node.this) and self.holds(node.expression)
        return self.truth(node).passes

    def truth(self, node: exp.Expr) -> Outcome:
        node = _bare(node)
        for kinds, work in _TRUTHS.items():
            if isinstance(node, kinds):
                outcome = work(self, node)
                return _negate(outcome) if node.args.get("negate") else outcome
        return self._otherwise(node)

    def values(self, node: exp.Expr) -> Values:
        node = _bare(node)
        if isinstance(node, exp.Column):
            return self.columns.get(node.name.casefold(), KEPT)
        if isinstance(node, exp.Literal | exp.Boolean | exp.Neg | exp.Null):
            return _constant(_literal(node))
        if isinstance(node, exp.Length | exp.Anonymous | exp.ByteLength) and _is_length(node):
            return self._length(node)
        if isinstance(node, exp.Lower | exp.Upper | exp.Trim):
            return self._mapped(node)
        if isinstance(node, exp.Anonymous) and node.name.casefold() in ("num_nulls", "num_nonnulls"):
            kept = all(Keeps.NULL in self.values(part).keeps for part in node.expressions)
            return KEPT if kept else Values(null=False)
        if isinstance(node, exp.Func | exp.Binary) and not isinstance(node, _LENIENT) and self._fed_null(node):
            return Values(only=(None,))
        if (moment := _least_moment(node)) is not None:
            return Values(null=False, low=moment.date().isoformat())
        unchanged = not isinstance(node, _VOLATILE) and self._same(node)
        return KEPT if unchanged else Values()

    # Conditions.

    def _and(self, node: exp.Expr) -> Outcome:
        return _combine(_and3, self.truth(node.this), self.truth(node.expression))

    def _or(self, node: exp.Expr) -> Outcome:
        return _combine(_or3, self.truth(node.this), self.truth(node.expression))

    def _not(self, node: exp.Expr) -> Outcome:
        return _negate(self.truth(node.this))

    def _is(self, node: exp.Expr) -> Outcome:
        if not isinstance(_bare(node.expression), exp.Null):
            return self._otherwise(node)
        values = self.values(node.this)
        if values.only is not None and set(values.only) <= {None}:
            return Outcome(frozenset((True,)))
        if not values.null:
            return Outcome(frozenset((False,)), up=Keeps.NULL in values.keeps, down=True)
        return SAME if Keeps.NULL in values.keeps else Outcome(frozenset((True, False)))

    def _compare(self, node: exp.Expr) -> Outcome:
        right = _bare(node.expression)
        if isinstance(right, exp.Any):
            return self._any(
                node.this, _elements(right.this), lambda value: type(node)(this=node.this, expression=value)
            )
        if isinstance(right, exp.Anonymous) and right.name.upper() == "ALL":
            outcomes = [
                self.truth(type(node)(this=node.this, expression=value)) for value in _elements(right.expressions[0])
            ]
            return reduce(lambda a, b: _combine(_and3, a, b), outcomes) if outcomes else ANY
        return self._compared(type(node), self.values(node.this), self.values(right))

    def _any(self, _: exp.Expr, values: Iterable[exp.Expr], one: Callable[[Any], exp.Expr]) -> Outcome:
        outcomes = [self.truth(one(value)) for value in values]
        return reduce(lambda a, b: _combine(_or3, a, b), outcomes) if outcomes else ANY

    def _in(self, node: exp.Expr) -> Outcome:
        if not node.expressions:
            return self._otherwise(node)
        return self._any(node.this, node.expressions, lambda value: exp.EQ(this=node.this, expression=value))

    def _between(self, node: exp.Expr) -> Outcome:
        low = exp.GTE(this=node.this, expression=node.args["low"])
        high = exp.LTE(this=node.this, expression=node.args["high"])
        return _combine(_and3, self.truth(low), self.truth(high))

    def _compared(self, operator: type[exp.Expr], left: Values, right: Values) -> Outcome:
        if left.same and right.same:
            return SAME
        if operator in (exp.EQ, exp.NEQ) and left.injected is not None and left.injected == right.injected:
            return SAME
        if (
            Keeps.GAP in left.keeps
            and Keeps.GAP in right.keeps
            and left.group is not None
            and left.group == right.group
        ):
            return SAME
        for one, other, at_one in ((left, right, (exp.GTE, exp.LT)), (right, left, (exp.LTE, exp.GT))):
            if Keeps.SIGN in one.keeps and _is_all(other, 0):
                return SAME
            if Keeps.ONE in one.keeps and operator in at_one and _is_all(other, 1):
                return SAME
        if any(values.only is not None and set(values.only) <= {None} for values in (left, right)):
            return Outcome(frozenset((None,)))
        truths: set[Truth] = {None} if left.null or right.null else set()
        if left.only is not None and right.only is not None:
            truths |= {_compare(operator, a, b) for a, b in product(left.only, right.only) if None not in (a, b)}
        else:
            truths |= _between_bounds(operator, left, right)
        return Outcome(frozenset(truths) or frozenset((None,)))

    def _matches(self, node: exp.Expr) -> Outcome:
        values, pattern = self.values(node.this), _literal(_bare(node.expression))
        if values.same or not isinstance(pattern, str):
            return SAME if values.same else self._otherwise(node)
        expression = _regex(node, pattern)
        outcome = ANY
        if values.only is not None and expression is not None:
            texts = [str(value) for value in values.only if value is not None]
            found: set[Truth] = {expression.search(text) is not None for text in texts}
            outcome = Outcome(frozenset(found | ({None} if values.null else set())))
        elif values.template is not None and not isinstance(node, exp.Like | exp.ILike | exp.Glob):
            truths: set[Truth] = {True, None} if values.null else {True}
            outcome = Outcome(frozenset(truths)) if bounded(pattern) == values.template else ANY
        elif Keeps.CLASSES in values.keeps and expression is not None and class_pattern(expression.pattern):
            outcome = SAME
        return outcome

    def _column(self, node: exp.Expr) -> Outcome:
        values = self.values(node)
        if values.only is None:
            return SAME if values.same else ANY
        truths: set[Truth] = {None if value is None else _number(value) != 0 for value in values.only}
        return Outcome(frozenset(truths | ({None} if values.null else set())))

    def _otherwise(self, node: exp.Expr) -> Outcome:
        if isinstance(node, exp.Anonymous) and node.name.casefold() == "json_valid" and node.expressions:
            return self._json_valid(self.values(node.expressions[0]))
        if isinstance(node, exp.Func) and not isinstance(node, _LENIENT) and self._fed_null(node):
            return Outcome(frozenset((None,)))
        return SAME if self._same(node) else ANY

    def _fed_null(self, node: exp.Expr) -> bool:
        """Is one of its arguments always NULL? Functions give NULL for it, save those that are made to look at it."""
        parts = node.expressions or [part for part in node.args.values() if isinstance(part, exp.Expr)]
        return any(
            (values := self.values(part)).only is not None and set(values.only or ()) <= {None} for part in parts
        )

    def _json_valid(self, values: Values) -> Outcome:
        truths: set[Truth] = {None} if values.null else set()
        if values.only is not None:
            truths |= {_is_json(value) for value in values.only if value is not None}
            return Outcome(frozenset(truths))
        return SAME if values.same else Outcome(ANY.truths, up=Keeps.JSON in values.keeps)

    # Values.

    def _same(self, node: exp.Expr) -> bool:
        """Does every column in it come out as it went in?"""
        return all(self.columns.get(name.casefold(), KEPT).same for name in columns_of(node))

    def _length(self, node: exp.Expr) -> Values:
        values = self.values(node.this if isinstance(node, exp.Length | exp.ByteLength) else node.expressions[0])
        if values.only is not None:
            return Values(only=tuple(Decimal(len(str(v))) for v in values.only if v is not None), null=values.null)
        keeps = frozenset((Keeps.ALL, Keeps.NULL)) if Keeps.LENGTH in values.keeps or values.same else frozenset()
        return Values(keeps, null=values.null)

    def _mapped(self, node: exp.Expr) -> Values:
        values = self.values(node.this)
        work = str.lower if isinstance(node, exp.Lower) else str.upper if isinstance(node, exp.Upper) else str.strip
        if values.only is not None and not node.expression:
            return Values(only=tuple(None if v is None else work(str(v)) for v in values.only), null=values.null)
        return KEPT if values.same else Values(null=values.null)


_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_TRUTHS: dict[Any, Callable[[_Prover, Any], Outcome]] = {
    exp.And: _Prover._and,
    exp.Or: _Prover._or,
    exp.Not: _Prover._not,
    exp.Is: _Prover._is,
    exp.In: _Prover._in,
    exp.Between: _Prover._between,
    _COMPARISONS: _Prover._compare,
    (exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike, exp.Glob): _Prover._matches,
    (exp.Column, exp.Boolean): _Prover._column,
}


def _bare(node: exp.Expr) -> exp.Expr:
    """Without brackets and casts: the catalog prints `((status)::text = 'a'::text)`."""
    while isinstance(node, _WRAPPERS):
        node = node.expression if isinstance(node, exp.Introducer) else node.this
    return node


def _least_moment(node: exp.Expr) -> datetime | None:
    """When `now()`, or some years after or before it, is at the earliest: now. Time only goes on."""
    node = _bare(node)
    if isinstance(node, exp.CurrentDate | exp.CurrentTimestamp):
        # A day less: the server's clock may be in another zone.
        return datetime.now(UTC) - timedelta(days=1)
    if not isinstance(node, exp.Sub | exp.Add):
        return None
    base, span = _least_moment(node.this), _span(_bare(node.expression))
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
        words = str(_literal(node) or "")
    found = re.fullmatch(r"\s*(\d{1,5}) (year|mon|month|week|day)s?\s*", words, re.IGNORECASE)
    return timedelta(days=int(found[1]) * _DAYS[found[2].lower()]) if found else None


_DAYS = {"year": 366, "mon": 31, "month": 31, "week": 7, "day": 1}


def _elements(node: exp.Expr) -> list[exp.Expr]:
    array = _bare(node)
    return list(array.expressions) if isinstance(array, exp.Array | exp.Tuple) else []


def _literal(node: exp.Expr) -> Any:
    if isinstance(node, exp.Neg):
        inner = _literal(_bare(node.this))
        return -inner if isinstance(inner, Decimal) else None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Literal):
        return str(node.this) if node.is_string else Decimal(str(node.this))
    return None


def _constant(value: Any) -> Values:
    return Values(frozenset((Keeps.ALL, Keeps.NULL)), only=(value,), null=value is None)


def _number(value: Any) -> Any:
    """Decimal where it reads as a number, else the value: databases compare `'5'` with 5 as numbers."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if value is None or isinstance(value, Decimal):
        return value
    try:
        return Decimal(str(value).lstrip("$€£"))
    except InvalidOperation:
        return value


def _compare(operator: type[exp.Expr], left: Any, right: Any) -> Truth:
    a, b = _number(left), _number(right)
    if isinstance(a, Decimal) is not isinstance(b, Decimal):
        a, b = str(left), str(right)
    results: dict[type[exp.Expr], Callable[[], bool]] = {
        exp.EQ: lambda: a == b, exp.NEQ: lambda: a != b, exp.LT: lambda: a < b,
        exp.LTE: lambda: a <= b, exp.GT: lambda: a > b, exp.GTE: lambda: a >= b,
    }  # fmt: skip
    return results[operator]()


def _between_bounds(operator: type[exp.Expr], left: Values, right: Values) -> set[Truth]:
    """Comparison of two ranges; both truths where they overlap or a bound is missing."""
    (low, high), (other_low, other_high) = _bounds(left), _bounds(right)
    if operator in (exp.LT, exp.LTE) and high is not None and other_low is not None:
        if _compare(operator, high, other_low):
            return {True}
    elif operator in (exp.GT, exp.GTE) and low is not None and other_high is not None:
        if _compare(operator, low, other_high):
            return {True}
    elif operator is exp.NEQ and (_beyond(low, other_high) or _beyond(other_low, high)):
        return {True}
    return {True, False}


def _bounds(values: Values) -> tuple[Any, Any]:
    if not values.only or None in values.only:
        return values.low, values.high
    known = [_number(value) for value in values.only]
    comparable = all(isinstance(value, Decimal) for value in known)
    return (min(known), max(known)) if comparable else (min(map(str, known)), max(map(str, known)))


def _beyond(low: Any, high: Any) -> bool:
    return low is not None and high is not None and bool(_compare(exp.GT, low, high))


def _regex(node: exp.Expr, pattern: str) -> re.Pattern[str] | None:
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


def _is_length(node: exp.Expr) -> bool:
    names = ("char_length", "character_length", "octet_length", "len")
    return isinstance(node, exp.Length | exp.ByteLength) or (
        node.name.casefold() in names and len(node.expressions) == 1
    )


def _is_all(values: Values, number: int) -> bool:
    return values.only is not None and all(_number(value) == number for value in values.only)


def _is_json(value: Any) -> bool:
    try:
        loads(str(value))
    except ValueError:
        return False
    return True


def _and3(a: Truth, b: Truth) -> Truth:
    return False if False in (a, b) else None if None in (a, b) else True


def _or3(a: Truth, b: Truth) -> Truth:
    return True if True in (a, b) else None if None in (a, b) else False


def _negate(outcome: Outcome) -> Outcome:
    truths = frozenset(None if truth is None else not truth for truth in outcome.truths)
    return Outcome(truths, up=outcome.down, down=outcome.up)


def _combine(work: Callable[[Truth, Truth], Truth], left: Outcome, right: Outcome) -> Outcome:
    truths = frozenset(work(a, b) for a in left.truths for b in right.truths)
    return Outcome(truths, _rises(left) and _rises(right), _falls(left) and _falls(right))


def _rises(outcome: Outcome) -> bool:
    return outcome.up or outcome.truths == {True}


def _falls(outcome: Outcome) -> bool:
    return outcome.down or outcome.truths == {False}
