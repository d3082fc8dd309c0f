"""What a masked column can hold, in the terms in which conditions are judged."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.schema import Column, Kind
from engine.conditions import Keeps, Values
from engine.masking.base import Masker, Subject
from engine.plan import Rule


def outputs(masker: Masker, subject: Subject, rule: Rule) -> Values:
    """What `masker` promises of this column; nothing where it promises nothing."""
    column = subject.column
    if masker.name == "null":
        return Values(only=(None,))
    values = getattr(masker, "values", None) or ((masker.value,) if masker.name == "constant" else None)  # type: ignore[attr-defined]
    keeps = _keeps(masker, column)
    if values is not None:
        return Values(keeps, only=tuple(map(_plain, values)), null=column.nullable)
    group = f"{rule.by}/{masker!r}" if Keeps.GAP in keeps and rule.by else None
    return Values(keeps, null=column.nullable, group=group)


def _keeps(masker: Masker, column: Column) -> frozenset[Keeps]:
    properties = masker.properties
    kept = {
        Keeps.NULL: properties.keeps_null,
        Keeps.LENGTH: properties.keeps_length,
        Keeps.CLASSES: properties.keeps_length and properties.keeps_format,
        Keeps.SIGN: masker.name == "pseudonym" and column.kind is Kind.INTEGER,
        Keeps.GAP: masker.name == "date_shift",
    }
    return frozenset(what for what, holds in kept.items() if holds)


def _plain(value: Any) -> Any:
    if isinstance(value, bool | str):
        return value
    return Decimal(str(value)) if isinstance(value, int | float) else str(value)
