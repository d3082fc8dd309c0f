"""Masks and their options as plain data: what the window makes a form of. A new mask needs nothing here."""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from inspect import getdoc
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from desktop.models.rule import Field, FieldKind, Mask
from engine.masking import masker_class, masker_names
from engine.masking.base import Masker, Properties
from engine.option_docs import option_docs
from engine.plan_toml_write import plain
from engine.toml_text import inline_text


@cache
def fields_of(mask: str) -> tuple[Field, ...]:
    """The options of a mask in the order in which it declares them. Raises KeyError."""
    kind = masker_class(mask)
    return tuple(_field(name, info, option_docs(kind)[name]) for name, info in kind.model_fields.items())


@cache
def masks() -> tuple[tuple[type[Masker], Mask], ...]:
    """All that are installed, by title. `keep` is a decision of its own."""
    kinds = [masker_class(name) for name in masker_names() if name != "keep"]
    made = [(kind, Mask(kind.name, kind.title, keeps(kind.properties), _about(kind), True)) for kind in kinds]
    return tuple(sorted(made, key=lambda pair: pair[1].title.casefold()))


def keeps(properties: Properties) -> str:
    """What of the values stays, in a few words."""
    return "; ".join(_keeps(properties)) or "nothing of the value stays"


def _keeps(properties: Properties) -> Iterator[str]:
    if not properties.reads_value:
        return
    if properties.bijective:
        yield "distinct values stay distinct"
    elif properties.deterministic:
        yield "equal values stay equal"
    words = {
        "length": properties.keeps_length, "format": properties.keeps_format, "order": properties.keeps_order,
        "check digits": properties.keeps_checksum,
    }  # fmt: skip
    said = [word for word, kept in words.items() if kept]
    if said:
        yield f"{', '.join(said)} kept"
    if properties.overlap == "kept":
        yield "real values may come out"


def _about(kind: type[Masker]) -> str:
    """The first paragraph of its docstring."""
    return " ".join((getdoc(kind) or "").split("\n\n")[0].split())


def _field(name: str, info: FieldInfo, about: str) -> Field:
    kind, choices = _kind(info.annotation)
    required = info.is_required()
    default = None if required else info.get_default(call_default_factory=True)
    least, most = _bounds(info)
    said = "" if default is None or default in ((), {}) else inline_text(plain(default))
    return Field(name, kind, about, required, said, choices, least, most)


def _kind(annotation: Any) -> tuple[FieldKind, tuple[str, ...]]:
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        several = [each for each in inside if each is not type(None)]
        return _kind(several[0]) if len(several) == 1 else (FieldKind.TOML, ())
    if origin is Literal and all(isinstance(each, str) for each in inside):
        return FieldKind.CHOICE, inside
    if origin is tuple and inside[1:] == (Ellipsis,) and inside[0] in _LISTS:
        return _LISTS[inside[0]], ()
    return _PLAIN.get(annotation, FieldKind.TOML), ()


_PLAIN = {
    bool: FieldKind.SWITCH, int: FieldKind.WHOLE, float: FieldKind.NUMBER, Decimal: FieldKind.NUMBER, str: FieldKind.TEXT,
    date: FieldKind.TEXT, datetime: FieldKind.TEXT, time: FieldKind.TEXT,
}  # fmt: skip
_LISTS = {str: FieldKind.TEXTS, int: FieldKind.NUMBERS, float: FieldKind.NUMBERS, Decimal: FieldKind.NUMBERS}


def _bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    """What its numbers lie between; that an end itself is left out is said when the rule is made."""
    least = most = None
    for each in info.metadata:
        low, high = (getattr(each, word, None) for word in ("ge", "le"))
        low = getattr(each, "gt", None) if low is None else low
        high = getattr(each, "lt", None) if high is None else high
        least = float(low) if low is not None else least
        most = float(high) if high is not None else most
    return least, most
