"""Maskers inside of maskers: a value found in a text or a document is masked as a column of its own would be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pyarrow as pa

from connectors.schema import Column, Kind
from engine.masking.base import Context, Masker, Subject


def inner_subject(outer: Subject, part: str, kind: Kind = Kind.TEXT) -> Subject:
    """The subject that a part of a column is for its masker: as wide as it likes, not unique."""
    precision = 64 if kind is Kind.INTEGER else None
    return Subject(outer.table, Column(f"{outer.column.name} {part}", kind.value, kind, precision=precision))


def mask_inside(
    masker: Masker, values: pa.Array, context: Context, part: str, kind: Kind = Kind.TEXT, domain: str | None = None
) -> pa.Array:
    """Values found inside a column, masked in the masker's own domain, so that they agree with columns elsewhere.

    A path that is unknown inside of them is counted with `part` before it."""
    outer = context.subject
    name = domain or masker.domain or f"{outer.table}_{outer.column.name}_{part}"
    unknown = Counter[str]()
    inner = replace(
        context,
        subjects=(inner_subject(outer, part, kind),),
        key=context.domain(name),
        by=None,
        by_key=None,
        given={},
        row={},
        unknown_paths=unknown,
    )
    batch = pa.RecordBatch.from_arrays([values], schema=pa.schema([pa.field("value", values.type)]))
    masked = masker.mask(batch, inner).column(0)
    for path, count in unknown.items():
        context.unknown_paths[part + path.removeprefix("$")] += count
    return masked
