"""Arrow values as texts for the screen, with what they are: a NULL, an empty text, bytes, a document, a date that is none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from connectors.schema import Kind as Of
from connectors.schema import Table
from connectors.sqlite_special import special_text
from desktop.models.columnar import names
from desktop.models.preview import Cells, Kind
from engine.preview import cell

MOST, LEAST, ALL = 4_000, 100, 4_000_000
"""Characters of one cell at most, of one cell that many share the message with, and of all cells together."""
BYTES = 32
"""Of a binary value that are shown."""
_NUMBERS = (Of.INTEGER, Of.FLOAT, Of.DECIMAL, Of.BOOLEAN)


def cells(batch: pa.RecordBatch, table: Table, marks: NDArray[np.uint8]) -> Cells:
    """Every cell, column after column. `marks`: columns by rows; where it says HIDDEN or UNDECIDED, no value is taken."""
    most = max(LEAST, min(MOST, ALL // max(1, marks.size)))
    texts: list[str] = []
    kinds: list[int] = []
    for place, column in enumerate(batch.schema.names):
        for text, kind in _column(
            batch.column(place), table.column(column).kind, batch.schema.field(place), marks[place]
        ):
            texts.append(text)
            kinds.append(kind)
    cut = np.array([len(text) > most for text in texts], np.bool_)
    return Cells(names(text[:most] for text in texts), np.array(kinds, np.uint8), cut)


def _column(values: pa.Array, of: Of, field: pa.Field, marks: NDArray[np.uint8]) -> list[tuple[str, int]]:
    odd = _special(values, field)
    found: list[tuple[str, int]] = []
    for row, mark in enumerate(marks.tolist()):
        if mark in (Kind.HIDDEN, Kind.UNDECIDED):
            found.append(("", mark))
        elif odd is not None and odd[row] is not None:
            found.append((odd[row], Kind.SPECIAL))
        else:
            found.append(_text(cell(values[row]), of))
    return found


def _special(values: pa.Array, field: pa.Field) -> list[str] | None:
    if not (pa.types.is_date(values.type) or pa.types.is_timestamp(values.type)):
        return None
    found = special_text(values, (field.metadata or {}).get(b"lookalike.dialect"))
    return found.to_pylist() if found is not None else None


def _text(value: Any, of: Of) -> tuple[str, int]:
    if value is None:
        return "", Kind.NULL
    if isinstance(value, bytes):
        return (
            (str(UUID(bytes=value)), Kind.TEXT) if of is Of.UUID and len(value) == 16 else (_bytes(value), Kind.BINARY)
        )
    if isinstance(value, bool):
        return str(value).lower(), Kind.NUMBER
    if isinstance(value, timedelta):
        return _clock(value), Kind.TEXT
    if value == "":
        return "", Kind.EMPTY
    kind = Kind.DOCUMENT if of in (Of.JSON, Of.XML) else Kind.NUMBER if of in _NUMBERS else Kind.TEXT
    return str(value), kind


def _bytes(value: bytes) -> str:
    more = "…" if len(value) > BYTES else ""
    return f"{len(value):,} bytes {value[:BYTES].hex(' ')}{more}".rstrip()


def _clock(value: timedelta) -> str:
    """A time of day, or MySQL's span of up to 838 hours."""
    sign, whole = ("-", -value) if value < timedelta(0) else ("", value)
    minutes, seconds = divmod(whole.days * 86_400 + whole.seconds, 60)
    fraction = f".{whole.microseconds:06}".rstrip("0") if whole.microseconds else ""
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{fraction}"
