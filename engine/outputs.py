"""What a masked column can hold, in the terms in which conditions are judged."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.schema import Column, Kind, Match
from engine.condition_values import Keeps, Values
from engine.masking.base import Masker, Subject
from engine.masking.category import Category
from engine.masking.constant import Constant
from engine.masking.date_shift import DateShift
from engine.masking.json_path import JsonPath
from engine.masking.keyed_token import Token
from engine.masking.noise_keep_total import NoiseKeepTotal
from engine.masking.null import Null
from engine.masking.number_noise import NumberNoise
from engine.masking.ordered_dates import OrderedDates
from engine.masking.pseudonym import Pseudonym
from engine.masking.regex_template import RegexTemplate
from engine.masking.text_key import MIXED
from engine.masking.within import Within


def outputs(
    masker: Masker,
    subject: Subject,
    shifted_with: str | None = None,
    domain: str | None = None,
    together: tuple[str, ...] = (),
) -> Values:
    """What `masker` promises of this column; nothing where it promises nothing. `shifted_with`: the person key that no row of
    the table lacks, by which dates are shifted together. `domain`: where equal values of several columns are masked alike.
    `together`: the columns of its rule."""
    column = subject.column
    if isinstance(masker, Null):
        return Values(only=(None,))
    if isinstance(masker, Constant):
        return Values(_NULL, only=(_plain(masker.value, column),), null=column.nullable)
    if isinstance(masker, Category):
        return Values(_NULL, only=tuple(_plain(label, column) for label in masker.labels(column)), null=column.nullable)
    if isinstance(masker, NumberNoise):
        return Values(_NULL | {Keeps.SIGN}, null=column.nullable, low=masker.min, high=masker.max)
    if isinstance(masker, NoiseKeepTotal):
        return Values(_NULL | {Keeps.SIGN}, null=column.nullable)
    if isinstance(masker, OrderedDates) and column.kind is not Kind.INTEGER:
        return Values(_NULL | {Keeps.GAP}, null=column.nullable, group=f"order of {', '.join(together)}")
    if isinstance(masker, RegexTemplate):
        return Values(_NULL, null=column.nullable, template=masker.template)
    if isinstance(masker, Within) and column.kind is Kind.INTEGER:
        bounds = [Decimal(str(bound)) for bound in masker.bounds]
        return Values(_NULL, null=column.nullable, low=min(bounds), high=max(bounds) - 1)
    keeps = _keeps(masker, column)
    group = f"{shifted_with}/{masker!r}" if Keeps.GAP in keeps and shifted_with else None
    alike = f"{domain}/{column.kind}/{column.length}/{sorted(column.folds)}/{masker!r}"
    injected = alike if domain and masker.bijective_on(subject) else None
    return Values(keeps, null=column.nullable, group=group, injected=injected)


def _keeps(masker: Masker, column: Column) -> frozenset[Keeps]:
    properties = masker.properties
    # Longer texts may change the places of letters and digits, or become tokens.
    short = isinstance(masker, Pseudonym) and column.kind is Kind.TEXT and (column.length or MIXED) < MIXED
    kept = {
        Keeps.NULL: properties.keeps_null,
        Keeps.LENGTH: properties.keeps_length or (short and not column.folds),
        Keeps.CLASSES: properties.keeps_format or (short and Match.PAD not in column.folds),
        Keeps.TRIMMED: short,
        Keeps.SIGN: isinstance(masker, Pseudonym) and column.kind is Kind.INTEGER,
        Keeps.ONE: isinstance(masker, Pseudonym) and column.kind is Kind.INTEGER,
        Keeps.JSON: isinstance(masker, JsonPath) or (isinstance(masker, Token) and column.kind is Kind.JSON),
        Keeps.GAP: isinstance(masker, DateShift),
    }
    return frozenset(what for what, holds in kept.items() if holds)


_NULL = frozenset({Keeps.NULL})


def _plain(value: Any, column: Column) -> Any:
    """The value as a condition compares it."""
    if column.kind is Kind.BOOLEAN:
        return str(value).casefold() in ("true", "1")
    if column.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT):
        return Decimal(str(value))
    return str(value)
