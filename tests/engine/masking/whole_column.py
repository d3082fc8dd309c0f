"""Mask a whole table as a run would: a first pass over it in some cuts, then its rows in others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pyarrow as pa

from connectors.arrow import carrier
from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.keys import MaskingKey
from engine.masking import make_masker, masker_class
from engine.masking.base import Context, Subject
from tests.engine.masking.one_column import KEY

BIGINT = Column("c", "bigint", Kind.INTEGER, precision=64)
MONEY = Column("c", "decimal(12,2)", Kind.DECIMAL, precision=12, scale=2)
FLOAT = Column("c", "double precision", Kind.FLOAT)
NUMERIC = Column("c", "numeric", Kind.DECIMAL)
DATE = Column("c", "date", Kind.DATE)
TEXT = Column("c", "text", Kind.TEXT)


def mask_table(
    name: str,
    columns: Sequence[tuple[Column, Sequence[Any]]],
    options: Mapping[str, Any] | None = None,
    *,
    row: Mapping[str, Sequence[Any]] | None = None,
    cuts: Sequence[int] = (),
    key: MaskingKey = KEY,
    roles: Sequence[str | None] = (),
    **more: Any,
) -> list[list[Any]]:
    """The rule's columns after masking. The rows' key is their place; `row` holds the columns beside, `more` goes into the context."""
    masker = make_masker(name, options or {})
    roles = roles or [None] * len(columns)
    subjects = tuple(
        Subject(
            TableName("t"),
            replace(column, name=column.name if column.name != "c" else f"c{place}"),
            role=role,
            row_key=("id",),
        )
        for place, ((column, _), role) in enumerate(zip(columns, roles, strict=True))
    )
    arrays = [pa.array(values, carrier(column)) for column, values in columns]
    batch = pa.RecordBatch.from_arrays(arrays, names=[subject.column.name for subject in subjects])
    beside = {"id": pa.array(range(batch.num_rows), pa.int64())} | {k: pa.array(v) for k, v in (row or {}).items()}
    context = Context(subjects, key.domain(masker_class(name).domain or "t_c"), row=beside, keys=key, **more)

    def parts(at: Sequence[int]) -> list[tuple[pa.RecordBatch, Context]]:
        return [
            (batch.slice(start, end - start), _part(context, start, end))
            for start, end in pairwise([0, *sorted(at), batch.num_rows])
        ]

    first = masker.prepare(subjects)
    for part, of_part in parts(cuts) if first is not None else []:
        first.observe(part, of_part)
    found = first.found() if first is not None else None
    masked = [masker.mask(part, replace(of_part, prepared=found)) for part, of_part in parts([*cuts, *cuts])]
    table = pa.Table.from_batches(masked)
    assert table.schema == batch.schema
    return [table.column(place).to_pylist() for place in range(table.num_columns)]


def _part(context: Context, start: int, end: int) -> Context:
    by = context.by.slice(start, end - start) if context.by is not None else None
    return replace(context, row={name: values.slice(start, end - start) for name, values in context.row.items()}, by=by)


def mask_column(
    name: str, column: Column, values: Sequence[Any], options: Mapping[str, Any] | None = None, **more: Any
) -> list[Any]:
    """One column."""
    return mask_table(name, [(column, values)], options, **more)[0]
