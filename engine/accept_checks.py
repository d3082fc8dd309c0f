"""Masks made for the CHECKs of a column: what they name is what the column may hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from sqlglot import exp

from connectors.schema import Check, Kind, Schema, Table
from engine.condition_text import columns_of, limits_of, listed_in, literals_of, parse_condition, patterns_of
from engine.condition_values import Values
from engine.conditions import Verdict, judge
from engine.masking import make_masker
from engine.masking.base import Masker, Subject
from engine.masking.template import bounded


def allowed(schema: Schema, subject: Subject) -> Iterator[Masker]:
    """Masks whose values the column's own CHECKs allow: their lists, their ranges, their patterns, and last single values."""
    table = schema.table(subject.table)
    conditions = [condition for _, condition in _checks(schema, table, subject.column.name)]
    if subject.unique:
        yield from _exchanges(subject, conditions)
    yield from _templates(subject, conditions)
    named = list(dict.fromkeys(value for condition in conditions for value in literals_of(condition)))
    texts = tuple(text_of(value) for value in named if _passes(subject.column.name, value, conditions))
    chooses = subject.column.kind in (Kind.TEXT, Kind.ENUM, Kind.INTEGER)
    if len(texts) > 1 and chooses:
        yield make_masker("category", {"choices": texts})
    for value in texts:
        yield make_masker("constant", {"value": value})


def _exchanges(subject: Subject, conditions: list[exp.Expr]) -> Iterator[Masker]:
    """Distinct values stay distinct and where the CHECK wants them."""
    name, kind = subject.column.name, subject.column.kind
    for condition in conditions:
        listed = listed_in(condition, name)
        if listed and kind in (Kind.TEXT, Kind.ENUM, Kind.INTEGER):
            yield make_masker("category", {"choices": tuple(map(text_of, listed)), "distinct": True})
        limits = limits_of(condition, name)
        if limits is not None and kind is Kind.INTEGER and all(limit == int(limit) for limit in limits):
            yield make_masker("within", {"bounds": (int(limits[0]), int(limits[1]) + 1)})


def _templates(subject: Subject, conditions: list[exp.Expr]) -> Iterator[Masker]:
    for condition in conditions:
        for pattern in patterns_of(condition, subject.column.name):
            try:
                yield make_masker("regex_template", {"template": bounded(pattern)})
            except ValidationError:
                continue  # a pattern that no text can be drawn from


def _checks(schema: Schema, table: Table, name: str) -> Iterator[tuple[Check, exp.Expr]]:
    for check in table.checks:
        condition = parse_condition(check.expression, schema.dialect)
        if condition is not None and name.casefold() in {read.casefold() for read in columns_of(condition)}:
            yield check, condition


def _passes(name: str, value: Any, conditions: list[exp.Expr]) -> bool:
    values = {name: Values(only=(value,), null=False)}
    return all(judge(condition, values) is Verdict.PROVEN for condition in conditions)


def text_of(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
