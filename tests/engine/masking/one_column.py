"""Mask a list of values as one column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.keys import MaskingKey
from engine.masking import make_masker, masker_class
from engine.masking.base import Context, Subject

KEY = MaskingKey("test", bytes(range(32)))
OTHER_KEY = MaskingKey("other", bytes(range(1, 33)))


def subject(
    kind: Kind = Kind.TEXT, *, unique: bool = False, key: bool = False, role: str | None = None, **more: Any
) -> Subject:
    return Subject(TableName("person"), Column("c", kind.value, kind, **more), unique=unique, key=key, role=role)


def context(domain: str, *subjects: Subject, key: MaskingKey = KEY, **more: Any) -> Context:
    return Context(subjects or (subject(),), key.domain(domain), keys=key, **more)


def mask(
    name: str,
    values: Sequence[Any],
    options: Mapping[str, Any] | None = None,
    *,
    about: Subject | None = None,
    key: MaskingKey = KEY,
    type_: pa.DataType | None = None,
    **more: Any,
) -> list[Any]:
    """The masked values; `more` goes into the context."""
    batch = pa.RecordBatch.from_arrays([pa.array(values, type_ or pa.string())], names=["c"])
    domain = masker_class(name).domain or "person_c"
    made = context(domain, about or subject(), key=key, **more)
    result: list[Any] = make_masker(name, options or {}).mask(batch, made).column(0).to_pylist()
    return result


def codes(name: str, about: Subject, options: Mapping[str, Any] | None = None) -> list[str]:
    """The codes of the problems that the masker has with a column."""
    return [problem.code for problem in make_masker(name, options or {}).check(about)]
