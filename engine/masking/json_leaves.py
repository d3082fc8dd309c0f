"""Values inside JSON documents as columns: all of one path and type are masked together, in the carrier that their mask knows."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from math import isfinite
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DATES
from connectors.schema import Kind
from engine.masking.base import Context, Masker
from engine.masking.inner import mask_inside
from engine.masking.json_documents import Token, quoted, text_of
from engine.masking.path_masker import PathMasker

WHOLE = re.compile(r"-?\d{1,18}")
NULL = "null"


class LeafType(StrEnum):
    """What a leaf is, as far as masks care."""

    NULL = "null"
    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"


DATE = re.compile(r"\d{4}-\d\d-\d\d")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


def leaf_type(token: Token) -> LeafType:
    """The type of a leaf; a text that is an ISO date counts as a date."""
    if token[0] == '"':
        text = token[1:-1]
        return LeafType.DATE if DATE.fullmatch(text) else LeafType.TIMESTAMP if TIMESTAMP.match(text) else LeafType.TEXT
    if token in ("true", "false"):
        return LeafType.BOOLEAN
    if token == "null":
        return LeafType.NULL
    return LeafType.INTEGER if token.removeprefix("-").isdecimal() else LeafType.FLOAT


def masked_tokens(
    masker: Masker, found: Mapping[Token, int], context: Context, part: str, domain: str | None
) -> dict[Token, Token]:
    """What takes the place of each leaf; null where the mask does not know this type of value. `found`: how often each occurs."""
    by_type: dict[LeafType, list[Token]] = defaultdict(list)
    for token in found:
        by_type[leaf_type(token)].append(token)
    out: dict[Token, Token] = {}
    for type_, some in by_type.items():
        out |= zip(some, _masked(masker, type_, some, found, context, part, domain), strict=True)
    return out


def _masked(
    masker: Masker,
    type_: LeafType,
    some: Sequence[Token],
    found: Mapping[Token, int],
    context: Context,
    part: str,
    domain: str | None,
) -> Sequence[Token]:
    if type_ is LeafType.NULL:
        return some
    if isinstance(masker, PathMasker) and some[0][0] != '"':
        return [NULL] * len(some)
    values = [text_of(token) if token[0] == '"' else token for token in some]
    for kind, array in _carriers(type_, values, masker):
        if isinstance(masker, PathMasker):
            return _written(_nested(masker, array, [found[token] for token in some], context, part), values, type_)
        return _written(mask_inside(masker, array, context, part, kind, domain), values, type_)
    return [NULL] * len(some)


def _nested(masker: PathMasker, documents: pa.Array, counts: Sequence[int], context: Context, part: str) -> pa.Array:
    """Documents inside of documents, as often as they occur, so that what is unknown in them is counted as often."""
    rows = np.repeat(np.arange(len(documents)), counts)
    masked = mask_inside(masker, documents.take(pa.array(rows)), context, part)
    return masked.take(pa.array(np.searchsorted(rows, np.arange(len(documents)))))


def _carriers(type_: LeafType, values: Sequence[str], masker: Masker) -> Iterator[tuple[Kind, pa.Array]]:
    """The kinds of column that this mask takes and these values fit, the nearest first."""
    text = pa.array(values, pa.string())
    if type_ is LeafType.DATE and Kind.DATE in masker.kinds:
        yield Kind.DATE, _dates(text)
    if type_ is LeafType.TIMESTAMP and Kind.TIMESTAMP in masker.kinds:
        yield Kind.TIMESTAMP, _timestamps(text)
    if type_ is LeafType.INTEGER and Kind.INTEGER in masker.kinds and all(map(_is_int64, values)):
        yield Kind.INTEGER, pa.array([int(value) for value in values], pa.int64())
    if type_ in (LeafType.FLOAT, LeafType.INTEGER) and Kind.FLOAT in masker.kinds:
        yield Kind.FLOAT, pa.array([float(value) for value in values], pa.float64())
    if type_ is LeafType.BOOLEAN and Kind.BOOLEAN in masker.kinds:
        yield Kind.BOOLEAN, pa.array([value == "true" for value in values], pa.bool_())
    if Kind.TEXT in masker.kinds:
        yield Kind.TEXT, text


def _is_int64(text: str) -> bool:
    return len(text) < 20 or (len(text) == 20 and -(1 << 63) <= int(text) < 1 << 63)


def _dates(text: pa.Array) -> pa.Array:
    parsed = pc.strptime(text, format="%Y-%m-%d", unit="s", error_is_null=True)
    return parsed.cast(pa.date32())


def _timestamps(text: pa.Array) -> pa.Array:
    plain = pc.replace_substring(pc.utf8_slice_codeunits(text, 0, 19), " ", "T")
    return pc.strptime(plain, format="%Y-%m-%dT%H:%M:%S", unit="us", error_is_null=True)


def _written(masked: pa.Array, originals: Sequence[str], type_: LeafType) -> list[Token]:
    """The masked values as JSON has them, in the type and writing of the originals."""
    if pa.types.is_date(masked.type):
        low, high = DATES
        days = masked.cast(pa.int32())
        fits = pc.and_(pc.greater_equal(days, low), pc.less_equal(days, high))
        masked = pc.if_else(fits, pc.strftime(masked, format="%Y-%m-%d"), None)
    if pa.types.is_timestamp(masked.type):
        texts = pc.strftime(masked.cast(pa.timestamp("s"), safe=False), format="%Y-%m-%dT%H:%M:%S").to_pylist()
        # What stood behind the seconds (fraction, zone) stays, and so does the blank between date and time.
        pairs = zip(texts, originals, strict=True)
        masked = [None if text is None else text[:10] + was[10] + text[11:] + was[19:] for text, was in pairs]
    number = type_ in (LeafType.INTEGER, LeafType.FLOAT, LeafType.BOOLEAN)
    out = masked if isinstance(masked, list) else masked.to_pylist()
    return [_token(value, number) for value in out]


def _token(value: Any, number: bool) -> Token:
    """A masked value as JSON. `number`: a text of digits stands for a number, as in the original."""
    if isinstance(value, str) and number and WHOLE.fullmatch(value):
        return str(int(value))
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float):
        return repr(value) if isfinite(value) else NULL
    return NULL if value is None else json.dumps(value)
