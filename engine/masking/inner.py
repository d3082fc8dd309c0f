"""Maskers inside of maskers: a value found in a text or a document is masked as a column of its own would be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from connectors.schema import Column, Kind
from engine.masking.base import Context, Masker, Subject
from engine.problems import Problem


def inner_subject(outer: Subject, part: str, kind: Kind = Kind.TEXT, column: Column | None = None) -> Subject:
    """The subject that a part of a column is for its masker: `column`, or one as wide as it likes; not unique."""
    if column is not None:
        return Subject(outer.table, replace(column, name=f"{outer.column.name} {part}"))
    precision = 64 if kind is Kind.INTEGER else None
    return Subject(outer.table, Column(f"{outer.column.name} {part}", kind.value, kind, precision=precision))


def check_inside(masker: Masker, inner: Subject) -> Iterator[Problem]:
    """What would break if this mask worked on a part of a column, where there are no other columns, rows or persons to look at."""
    if masker.roles or masker.several:
        reason = f"{masker.name} masks several columns together."
        yield masker.problem(inner, "mask-inside", reason, "Name a mask of one value: street, city, postcode.")
    elif masker.prepare((inner,)) is not None or masker.reads_columns(inner):
        reason = f"{masker.name} looks at other rows or columns, and inside a value there are none."
        yield masker.problem(inner, "mask-inside", reason, "Name a mask that is a function of the value alone.")
    yield from masker.check(inner)


def mask_inside(
    masker: Masker,
    values: pa.Array,
    context: Context,
    part: str,
    kind: Kind = Kind.TEXT,
    domain: str | None = None,
    column: Column | None = None,
) -> pa.Array:
    """Values found inside a column, masked in the masker's own domain, so that they agree with columns elsewhere.

    A path that is unknown inside of them is counted with `part` before it."""
    outer = context.subject
    name = domain or masker.domain or f"{outer.table}_{outer.column.name}_{part}"
    unknown = Counter[str]()
    inner = replace(
        context,
        subjects=(inner_subject(outer, part, kind, column),),
        key=context.domain(name),
        by=None,
        by_key=None,
        given={},
        row={},
        spec=None,
        unknown_paths=unknown,
    )
    batch = pa.RecordBatch.from_arrays([values], schema=pa.schema([pa.field("value", values.type)]))
    masked = masker.mask(batch, inner).column(0)
    for path, count in unknown.items():
        context.unknown_paths[part + path.removeprefix("$")] += count
    return masked
