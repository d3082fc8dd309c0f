"""Values inside JSON documents as columns: all of one path and type are masked together, in the carrier that their mask knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DATES
from connectors.schema import Kind
from engine.masking.base import Context, Masker
from engine.masking.inner import mask_inside
from engine.masking.json_documents import Leaf, Number

WHOLE = re.compile(r"-?\d{1,18}")


class LeafType(StrEnum):
    """What a leaf is, as far as masks care."""

    NULL = "null"
    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    EMPTY = "empty"
    """An empty list or object."""


DATE = re.compile(r"\d{4}-\d\d-\d\d")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


def leaf_type(value: Any) -> LeafType:
    """The type of a leaf; a text that is an ISO date counts as a date."""
    if value is None:
        return LeafType.NULL
    if isinstance(value, bool):
        return LeafType.BOOLEAN
    if isinstance(value, Number):
        return LeafType.FLOAT
    if isinstance(value, int):
        return LeafType.INTEGER
    if isinstance(value, str):
        return (
            LeafType.DATE if DATE.fullmatch(value) else LeafType.TIMESTAMP if TIMESTAMP.match(value) else LeafType.TEXT
        )
    return LeafType.EMPTY


def mask_leaves(
    masker: Masker, type_: LeafType, found: Sequence[Leaf], context: Context, part: str, domain: str | None
) -> None:
    """Put the masked values in place; null where the mask does not know this type of value."""
    if type_ in (LeafType.NULL, LeafType.EMPTY) or masker.name == "keep":
        return
    values = [leaf.value for leaf in found]
    for kind, array in _carriers(type_, values, masker):
        masked = _written(mask_inside(masker, array, context, part, kind, domain), values, type_)
        break
    else:
        masked = [None] * len(values)
    for leaf, value in zip(found, masked, strict=True):
        leaf.put(value)


def _carriers(type_: LeafType, values: Sequence[Any], masker: Masker) -> list[tuple[Kind, pa.Array]]:
    """The kinds of column that this mask takes and these values fit, the nearest first."""
    text = pa.array([str(value) for value in values], pa.string())
    fitting: list[tuple[Kind, pa.Array]] = []
    if type_ is LeafType.DATE and Kind.DATE in masker.kinds:
        fitting.append((Kind.DATE, _dates(text)))
    if type_ is LeafType.TIMESTAMP and Kind.TIMESTAMP in masker.kinds:
        fitting.append((Kind.TIMESTAMP, _timestamps(text)))
    if type_ is LeafType.INTEGER and Kind.INTEGER in masker.kinds and all(abs(value) < 1 << 63 for value in values):
        fitting.append((Kind.INTEGER, pa.array(values, pa.int64())))
    if type_ in (LeafType.FLOAT, LeafType.INTEGER) and Kind.FLOAT in masker.kinds:
        fitting.append((Kind.FLOAT, pa.array([float(value) for value in values], pa.float64())))
    if type_ is LeafType.BOOLEAN and Kind.BOOLEAN in masker.kinds:
        fitting.append((Kind.BOOLEAN, pa.array(values, pa.bool_())))
    if Kind.TEXT in masker.kinds:
        fitting.append((Kind.TEXT, text))
    return fitting


def _dates(text: pa.Array) -> pa.Array:
    parsed = pc.strptime(text, format="%Y-%m-%d", unit="s", error_is_null=True)
    return parsed.cast(pa.date32())


def _timestamps(text: pa.Array) -> pa.Array:
    plain = pc.replace_substring(pc.utf8_slice_codeunits(text, 0, 19), " ", "T")
    return pc.strptime(plain, format="%Y-%m-%dT%H:%M:%S", unit="us", error_is_null=True)


def _written(masked: pa.Array, originals: Sequence[Any], type_: LeafType) -> list[Any]:
    """The masked values as JSON has them, in the type and writing of the originals."""
    if pa.types.is_date(masked.type):
        low, high = DATES
        days = masked.cast(pa.int32())
        fits = pc.and_(pc.greater_equal(days, low), pc.less_equal(days, high))
        return list(pc.if_else(fits, pc.strftime(masked, format="%Y-%m-%d"), None).to_pylist())
    if pa.types.is_timestamp(masked.type):
        texts = pc.strftime(masked.cast(pa.timestamp("s"), safe=False), format="%Y-%m-%dT%H:%M:%S").to_pylist()
        # What stood behind the seconds (fraction, zone) stays, and so does the blank between date and time.
        pairs = zip(texts, originals, strict=True)
        return [None if text is None else text[:10] + was[10] + text[11:] + was[19:] for text, was in pairs]
    out: list[Any] = masked.to_pylist()
    if pa.types.is_floating(masked.type):
        return [None if value is None else Number(repr(value)) for value in out]
    if pa.types.is_string(masked.type) and type_ in (LeafType.INTEGER, LeafType.FLOAT, LeafType.BOOLEAN):
        return [int(value) if value is not None and WHOLE.fullmatch(value) else value for value in out]
    return out
