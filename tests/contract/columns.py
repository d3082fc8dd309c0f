"""Columns of every kind, values that they can hold, and how a masker is put on them: what the contract of maskers is tried on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from connectors.arrow import carrier
from connectors.names import TableName
from connectors.schema import Column, Kind, Match
from engine.canonical import EXACT
from engine.keys import MaskingKey
from engine.masking import make_masker
from engine.masking.base import Context, Masker, Subject

KEY = MaskingKey("test", bytes(range(32)))
OTHER_KEY = MaskingKey("other", bytes(range(1, 33)))

CASELESS = frozenset({Match.CASE, Match.ACCENT, Match.PAD})
COLUMNS: dict[str, Column] = {
    "boolean": Column("c", "boolean", Kind.BOOLEAN),
    "bigint": Column("c", "bigint", Kind.INTEGER, precision=64),
    "smallint": Column("c", "smallint", Kind.INTEGER, precision=16),
    "bigint unsigned": Column("c", "bigint unsigned", Kind.INTEGER, precision=64, unsigned=True),
    "decimal(9,2)": Column("c", "decimal(9,2)", Kind.DECIMAL, precision=9, scale=2),
    "decimal(30,0)": Column("c", "decimal(30,0)", Kind.DECIMAL, precision=30, scale=0),
    "numeric": Column("c", "numeric", Kind.DECIMAL),
    "float": Column("c", "double precision", Kind.FLOAT),
    "text": Column("c", "text", Kind.TEXT),
    "varchar(40) caseless": Column("c", "varchar(40)", Kind.TEXT, length=40, folds=CASELESS),
    "varchar(12)": Column("c", "varchar(12)", Kind.TEXT, length=12),
    "enum": Column("c", "enum('0','1','x y')", Kind.ENUM, enum=("0", "1", "x y"), length=3),
    "date": Column("c", "date", Kind.DATE),
    "time": Column("c", "time", Kind.TIME),
    "timestamp": Column("c", "timestamp", Kind.TIMESTAMP),
    "timestamptz": Column("c", "timestamptz", Kind.TIMESTAMPTZ),
    "interval": Column("c", "interval", Kind.INTERVAL),
    "uuid": Column("c", "uuid", Kind.UUID),
    "json": Column("c", "json", Kind.JSON),
    "xml": Column("c", "xml", Kind.XML),
    "binary": Column("c", "bytea", Kind.BINARY),
    "bit": Column("c", "bit(8)", Kind.BIT, length=8),
    "array": Column("c", "text[]", Kind.ARRAY, element="text"),
    "other": Column("c", "inet", Kind.OTHER),
}

_ASCII = st.text(st.sampled_from("abcxyzABCXYZ0123456789 -_./:@,'"), max_size=30)
_TEXTS = st.one_of(
    _ASCII,
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    st.sampled_from(
        ["Ann Lee", "4111 1111 1111 1111", "DE89370400440532013000", "ann@example.com", "+1 202-555-0143", ""]
    ),
)
_MOMENTS = st.datetimes(min_value=dt.datetime(1, 1, 1), max_value=dt.datetime(9999, 12, 31, 23, 59, 59, 999999))
_BY_KIND: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.BOOLEAN: st.booleans(),
    Kind.FLOAT: st.floats(),
    Kind.DATE: st.dates(),
    Kind.TIME: st.timedeltas(min_value=dt.timedelta(0), max_value=dt.timedelta(hours=24)),
    Kind.TIMESTAMP: _MOMENTS,
    Kind.TIMESTAMPTZ: _MOMENTS.map(lambda moment: moment.replace(tzinfo=dt.UTC)),
    Kind.INTERVAL: st.sampled_from(["1 day", "02:00:00"]),
    Kind.UUID: st.uuids().map(lambda value: value.bytes),
    Kind.JSON: st.sampled_from(['{"name": "Ann Lee", "emails": ["a@b.example"]}', "[]", "null", '{"other": 1}', "3"]),
    Kind.XML: st.sampled_from(["<a>x</a>", "<b/>"]),
    Kind.BINARY: st.binary(max_size=40),
    Kind.BIT: st.text("01", min_size=8, max_size=8),
    Kind.ARRAY: st.sampled_from(["{a,b}", "{}"]),
    Kind.OTHER: st.sampled_from(["10.0.0.1", "::1"]),
}


def values(column: Column) -> st.SearchStrategy[Any]:
    """Anything that the column can hold."""
    if column.kind is Kind.INTEGER:
        bits = column.precision or 64
        low, high = (0, 2**bits - 1) if column.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        return st.one_of(st.integers(low, high), st.integers(max(low, -300), 300))
    if column.kind is Kind.DECIMAL:
        digits, scale = column.precision or 25, column.scale or 0
        numbers = st.integers(-(10**digits) + 1, 10**digits - 1).map(lambda units: Decimal(units).scaleb(-scale, EXACT))
        return numbers if column.precision else st.one_of(numbers.map(str), st.sampled_from(["NaN", "0", "7"]))
    if column.kind is Kind.ENUM:
        return st.sampled_from(column.enum)
    if column.kind is Kind.TEXT:
        return _TEXTS.map(lambda text: text[: column.length])
    return _BY_KIND[column.kind]


def arrays(column: Column) -> st.SearchStrategy[pa.Array]:
    """Columns of a few such values, some of them NULL and some repeated."""
    rows = st.lists(st.one_of(st.none(), values(column)), max_size=12)
    return rows.map(lambda chosen: pa.array(chosen + chosen[:2], carrier(column)))


_SAMPLES: dict[Kind, Sequence[Any]] = {
    Kind.BOOLEAN: [True, False],
    Kind.FLOAT: [0.0, 1.5, -273.15, 1e300],
    Kind.DATE: [dt.date(1969, 12, 31), dt.date(1985, 12, 10), dt.date(2024, 2, 29), dt.date(9999, 12, 31)],
    Kind.TIME: [dt.timedelta(hours=3)],
    Kind.TIMESTAMP: [
        dt.datetime(1985, 12, 10),
        dt.datetime(2024, 2, 29, 13, 14, 15),
        dt.datetime(2024, 2, 29, 13, 14, 15, 123456),
    ],
    Kind.UUID: [uuid.UUID(f"{number:08x}-0000-4000-8000-00000000000{number}").bytes for number in range(3)],
    Kind.BINARY: [b"", b"\x00", b"key", bytes(range(16)), bytes(range(40))],
}
_TEXT_SAMPLES = (
    [
        "Mary",
        "Smith",
        "Mary Ann Smith",
        "mary.smith@example.com",
        "+49 30 901820",
        "1 Main Street",
        "Berlin",
        "10115",
        "Germany",
    ],
    [
        "4111 1111 1111 1111",
        "DE89 3704 0044 0532 0130 00",
        "AB-1234",
        "507f1f77bcf86cd799439011",
        "Zoë",
        "ACME Ltd",
        "0",
        "1",
        "",
    ],
)


_OF_DOMAIN: dict[str, dict[Kind, Sequence[Any]]] = {
    "coordinates": {
        Kind.FLOAT: [0.0, 1.5, -33.25, 52.520008],
        Kind.DECIMAL: [Decimal(0), Decimal(12), Decimal(-33)],
        Kind.TEXT: ["0", "52.520008", "-33.25"],
        Kind.OTHER: ["(13.404954,52.520008)", "(0,0)"],
    },
    "noise_keep_total": {Kind.FLOAT: [0.0, 1.5, -273.15, 1e9]},
    "date_text": {Kind.TEXT: ["1980-02-03", "24.12.1999", "20010203", "n/a"], Kind.INTEGER: [0, 20_000, 318_402_305]},
    "image": {Kind.BINARY: [b"BM" + bytes(12) + b"\x28\0\0\0\x03\0\0\0" + bytes([n]) + bytes(3) for n in range(5)]},
}
"""Where a technique takes but few values, those of its domain or its name."""


def sample(column: Column, masker: Masker | None = None) -> pa.Array:
    """A few usual values and NULL, always the same."""
    own = _OF_DOMAIN.get(masker.name, _OF_DOMAIN.get(masker.domain or "", {})) if masker is not None else {}
    if column.kind in own:
        texts = pa.types.is_string(carrier(column))
        return pa.array([*(str(value) if texts else value for value in own[column.kind]), None], carrier(column))
    plain = {
        Kind.INTEGER: [0, 1, 2, 4711, 32000],
        Kind.DECIMAL: ["0", "1", "4711"] if column.precision is None else [Decimal(0), Decimal(1), Decimal(4711)],
        Kind.ENUM: list(column.enum),
        Kind.TEXT: [text for texts in _TEXT_SAMPLES for text in texts if len(text) <= (column.length or 99)],
        Kind.TIMESTAMPTZ: [moment.replace(tzinfo=dt.UTC) for moment in _SAMPLES[Kind.TIMESTAMP]],
        Kind.JSON: ['{"name": "Ann Lee", "emails": ["a@b.example"]}'],
        Kind.XML: ['<person mail="a@b.example"><name>Ann Lee</name><id>7</id></person>'],
    } | _SAMPLES
    return pa.array([*plain.get(column.kind, ["10101010"]), None], carrier(column))


def subjects(masker: Masker, column: Column, *, unique: bool = False) -> tuple[Subject, ...]:
    """The rule's columns: one, or for a masker of several one for each of its parts."""
    if masker.roles and column.kind is not Kind.OTHER:
        return tuple(Subject(TableName("t"), column, role=role, row_key=("k",)) for role in masker.roles)
    return (Subject(TableName("t"), column, unique=unique, row_key=("k",)),) * (1 + masker.several)


def masked(
    masker: Masker,
    values: pa.Array,
    column: Column,
    key: MaskingKey = KEY,
    *,
    unique: bool = False,
    cuts: Sequence[int] = (),
) -> list[pa.Array]:
    """The rule's columns after masking, each of them having held these values: as one batch, or cut at these rows. A first pass
    sees all of them, cut likewise."""
    rule = subjects(masker, column, unique=unique)
    names = [f"c{place}" for place in range(len(rule))]
    whole = pa.RecordBatch.from_arrays([values] * len(rule), names=names)
    context = Context(subjects=rule, key=key.domain(masker.domain or "t_c"), keys=key)
    keys = pa.array(range(len(values)), pa.int64())
    parts = [
        (whole.slice(start, end - start), replace(context, row={"k": keys.slice(start, end - start)}))
        for start, end in pairwise([0, *sorted(cuts), len(values)])
    ]
    first = masker.prepare(rule)
    for batch, of_part in parts if first is not None else ():
        first.observe(batch, of_part)
    prepared = first.found() if first is not None else None
    results = [masker.mask(batch, replace(of_part, prepared=prepared)) for batch, of_part in parts]
    assert all(result.schema == whole.schema for result in results)
    joined = [pa.concat_arrays([result.column(place) for result in results]) for place in range(len(rule))]
    return joined if cuts else list(results[0].columns)


def example(name: str, options: Mapping[str, object]) -> Masker:
    return make_masker(name, dict(options))
