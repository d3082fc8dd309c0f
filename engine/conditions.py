"""Does a CHECK hold for masked rows? Proven, refuted or unknown, from what each masker promises and without looking at a row.

Every source row passes the condition, so a part whose columns come out as they went in still holds. The other parts are worked
out over sets of possible values, in SQL's three truths: a condition is broken only where it is false, NULL passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from itertools import product
from json import loads
from math import prod
from typing import Any

from sqlglot import exp

from engine.condition_text import bare, columns_of, elements, least_moment, literal_of, regex_of
from engine.condition_values import (
    ANY,
    KEPT,
    SAME,
    Keeps,
    Outcome,
    Truth,
    Values,
    and3,
    as_number,
    between_bounds,
    combine,
    compare,
    constant,
    is_all,
    negate,
    or3,
)
from engine.masking.template import bounded
from engine.text_classes import class_pattern


class Verdict(StrEnum):
    PROVEN = "proven"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


def judge(condition: exp.Expr, columns: Mapping[str, Values]) -> Verdict:
    """Does it hold for every masked row, when each column can be what `columns` says? A column that is missing there is kept."""
    read = {name.casefold() for name in columns_of(condition)}
    relevant = {name.casefold(): values for name, values in columns.items() if name.casefold() in read}
    provers = [_Prover(case) for case in _cases(relevant)]
    if all(prover.holds(condition) for prover in provers):
        return Verdict.PROVEN
    refuted = any(prover.truth(condition).truths == {False} for prover in provers)
    return Verdict.REFUTED if refuted else Verdict.UNKNOWN


def narrows(condition: exp.Expr, columns: Mapping[str, Values]) -> bool:
    """Is it true of a masked row only where it was true of the source row? Then a partial key covers no other rows than before."""
    read = {name.casefold() for name in columns_of(condition)}
    relevant = {name.casefold(): values for name, values in columns.items() if name.casefold() in read}
    outcomes = [_Prover(case).truth(condition) for case in _cases(relevant)]
    return all(outcome.down or True not in outcome.truths for outcome in outcomes)


def always_null(expression: exp.Expr, columns: Mapping[str, Values]) -> bool:
    """Is it NULL for every masked row?"""
    only = _Prover({name.casefold(): values for name, values in columns.items()}).values(expression).only
    return only is not None and set(only) <= {None}


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


_VOLATILE = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.Rand)
_LENIENT = (
    exp.Coalesce, exp.Case, exp.If, exp.Nullif, exp.Concat, exp.ConcatWs, exp.Greatest, exp.Least, exp.Array, exp.Connector,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.DPipe,
)  # fmt: skip
"""What can say something of NULL."""


class _Prover:
    def __init__(self, columns: Mapping[str, Values]) -> None:
        self.columns = columns

    def holds(self, node: exp.Expr) -> bool:
        """Each part of an AND holds in the source, so each may hold for its own reason."""
        node = bare(node)
        if isinstance(node, exp.And):
            return self.holds(node.this) and self.holds(node.expression)
        return self.truth(node).passes

    def truth(self, node: exp.Expr) -> Outcome:
        node = bare(node)
        for kinds, work in _TRUTHS.items():
            if isinstance(node, kinds):
                outcome = work(self, node)
                return negate(outcome) if node.args.get("negate") else outcome
        return self._otherwise(node)

    def values(self, node: exp.Expr) -> Values:
        node = bare(node)
        if isinstance(node, exp.Column):
            return self.columns.get(node.name.casefold(), KEPT)
        if isinstance(node, exp.Literal | exp.Boolean | exp.Neg | exp.Null):
            return constant(literal_of(node))
        if isinstance(node, exp.Length | exp.Anonymous | exp.ByteLength) and _is_length(node):
            return self._length(node)
        if isinstance(node, exp.Lower | exp.Upper | exp.Trim):
            return self._mapped(node)
        if isinstance(node, exp.Anonymous) and node.name.casefold() in ("num_nulls", "num_nonnulls"):
            kept = all(Keeps.NULL in self.values(part).keeps for part in node.expressions)
            return KEPT if kept else Values(null=False)
        if (
            isinstance(node, exp.Func | exp.Binary | exp.JSONValue)
            and not isinstance(node, _LENIENT)
            and self._fed_null(node)
        ):
            return Values(only=(None,))
        if (moment := least_moment(node)) is not None:
            return Values(null=False, low=moment.date().isoformat())
        unchanged = not isinstance(node, _VOLATILE) and self._same(node)
        return KEPT if unchanged else Values()

    # Conditions.

    def _and(self, node: exp.Expr) -> Outcome:
        return combine(and3, self.truth(node.this), self.truth(node.expression))

    def _or(self, node: exp.Expr) -> Outcome:
        return combine(or3, self.truth(node.this), self.truth(node.expression))

    def _not(self, node: exp.Expr) -> Outcome:
        return negate(self.truth(node.this))

    def _is(self, node: exp.Expr) -> Outcome:
        if not isinstance(bare(node.expression), exp.Null):
            return self._otherwise(node)
        values = self.values(node.this)
        if values.only is not None and set(values.only) <= {None}:
            return Outcome(frozenset((True,)))
        if not values.null:
            return Outcome(frozenset((False,)), up=Keeps.NULL in values.keeps, down=True)
        return SAME if Keeps.NULL in values.keeps else Outcome(frozenset((True, False)))

    def _compare(self, node: exp.Expr) -> Outcome:
        right = bare(node.expression)
        if isinstance(right, exp.Any):
            return self._any(
                node.this, elements(right.this), lambda value: type(node)(this=node.this, expression=value)
            )
        if isinstance(right, exp.Anonymous) and right.name.upper() == "ALL":
            outcomes = [
                self.truth(type(node)(this=node.this, expression=value)) for value in elements(right.expressions[0])
            ]
            return reduce(lambda a, b: combine(and3, a, b), outcomes) if outcomes else ANY
        return self._compared(type(node), self.values(node.this), self.values(right))

    def _any(self, _: exp.Expr, values: Iterable[exp.Expr], one: Callable[[Any], exp.Expr]) -> Outcome:
        outcomes = [self.truth(one(value)) for value in values]
        return reduce(lambda a, b: combine(or3, a, b), outcomes) if outcomes else ANY

    def _in(self, node: exp.Expr) -> Outcome:
        if not node.expressions:
            return self._otherwise(node)
        return self._any(node.this, node.expressions, lambda value: exp.EQ(this=node.this, expression=value))

    def _between(self, node: exp.Expr) -> Outcome:
        low = exp.GTE(this=node.this, expression=node.args["low"])
        high = exp.LTE(this=node.this, expression=node.args["high"])
        return combine(and3, self.truth(low), self.truth(high))

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
            if Keeps.SIGN in one.keeps and is_all(other, 0):
                return SAME
            if Keeps.ONE in one.keeps and operator in at_one and is_all(other, 1):
                return SAME
        if any(values.only is not None and set(values.only) <= {None} for values in (left, right)):
            return Outcome(frozenset((None,)))
        truths: set[Truth] = {None} if left.null or right.null else set()
        if left.only is not None and right.only is not None:
            truths |= {compare(operator, a, b) for a, b in product(left.only, right.only) if None not in (a, b)}
        else:
            truths |= between_bounds(operator, left, right)
        return Outcome(frozenset(truths) or frozenset((None,)))

    def _matches(self, node: exp.Expr) -> Outcome:
        values, pattern = self.values(node.this), literal_of(bare(node.expression))
        if values.same or not isinstance(pattern, str):
            return SAME if values.same else self._otherwise(node)
        expression = regex_of(node, pattern)
        outcome = ANY
        if values.only is not None and expression is not None:
            texts = [str(value) for value in values.only if value is not None]
            found: set[Truth] = {expression.search(text) is not None for text in texts}
            outcome = Outcome(frozenset(found | ({None} if values.null else set())))
        elif values.template is not None and not isinstance(node, exp.Like | exp.ILike | exp.Glob):
            truths: set[Truth] = {True, None} if values.null else {True}
            outcome = Outcome(frozenset(truths)) if bounded(pattern) == values.template else ANY
        elif expression is not None and class_pattern(expression.pattern):
            blanks = " " in expression.pattern
            enough = {Keeps.CLASSES} if blanks else {Keeps.CLASSES, Keeps.TRIMMED}
            outcome = SAME if enough & values.keeps else ANY
        return outcome

    def _column(self, node: exp.Expr) -> Outcome:
        values = self.values(node)
        if values.only is None:
            return SAME if values.same else ANY
        truths: set[Truth] = {None if value is None else as_number(value) != 0 for value in values.only}
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


def _is_length(node: exp.Expr) -> bool:
    names = ("char_length", "character_length", "octet_length", "len")
    return isinstance(node, exp.Length | exp.ByteLength) or (
        node.name.casefold() in names and len(node.expressions) == 1
    )


def _is_json(value: Any) -> bool:
    try:
        loads(str(value))
    except ValueError:
        return False
    return True
