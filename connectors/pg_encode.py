"""Which encoder turns an Arrow column into which PostgreSQL type, and which columns must go through a text stage."""

from __future__ import annotations

from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from connectors import pg_copy
from connectors.arrow import DATES, DIALECT, TIMESTAMPS, form_of
from connectors.database import Form
from connectors.pg_copy import Encoder, Parts
from connectors.pg_types import PgType

_FIXED: dict[str, Encoder] = {
    "bool": pg_copy.boolean,
    "int2": partial(pg_copy.integer, code=">i2"),
    "int4": partial(pg_copy.integer, code=">i4"),
    "int8": partial(pg_copy.integer, code=">i8"),
    "oid": partial(pg_copy.integer, code=">u4"),
    "float4": partial(pg_copy.floating, code=">f4"),
    "float8": partial(pg_copy.floating, code=">f8"),
    "date": pg_copy.date,
    "time": pg_copy.time,
    "timestamp": pg_copy.timestamp,
    "timestamptz": pg_copy.timestamp,
    "uuid": pg_copy.uuid,
}
_TEXTS = {"text", "varchar", "bpchar", "name", "json"}


def staged(field: pa.Field, base: PgType) -> bool:
    """Must this column be loaded as text and cast by the server?

    Only what has no binary form that can be made from its carrier: a column that came as text in form `wire`, arrays,
    ranges, intervals, bits, addresses, long numerics... in form `arrow`, and any number, date or boolean that met a text.
    """
    type_ = _plain(field.type)
    if form_of(field) is Form.WIRE:
        return _is_text(type_)
    if base.typtype == "e" or base.name == "citext" or (base.builtin and (base.name in _TEXTS or base.name == "jsonb")):
        return False
    if base.builtin and base.name == "bytea":
        return False
    if base.builtin and base.name == "numeric":
        return not (pa.types.is_decimal128(type_) or pa.types.is_integer(type_))
    return not (base.builtin and base.name in _FIXED) or _is_text(type_)


def encode(array: pa.Array, field: pa.Field, base: PgType, stage: bool) -> Parts:
    """The column's COPY fields. Raises ArrowInvalid or ArrowNotImplementedError where its values are not of the type."""
    if isinstance(array, pa.DictionaryArray):
        array = array.dictionary_decode()
    if form_of(field) is Form.WIRE:
        return pg_copy.wire(array)
    if stage:
        return pg_copy.raw(_text(array))
    if base.builtin and base.name in _FIXED:
        return _FIXED[base.name](_from_the_beginning(array, field) if pa.types.is_temporal(array.type) else array)
    if base.builtin and base.name == "numeric":
        return pg_copy.numeric(_decimal(array))
    if base.builtin and base.name == "bytea":
        return pg_copy.raw(array)
    return pg_copy.jsonb(_text(array)) if base.builtin and base.name == "jsonb" else pg_copy.raw(_text(array))


def _from_the_beginning(array: pa.Array, field: pa.Field) -> pa.Array:
    """Another dialect's dates that are none (MySQL's 0000-00-00) as `-infinity`: before every day, as they were. SQLite keeps
    what PostgreSQL calls dates as well, and reads them again as they were here."""
    dialect = (field.metadata or {}).get(DIALECT)
    if dialect == b"postgresql" or pa.types.is_duration(array.type):
        return array
    days = pa.types.is_date(array.type)
    whole = (
        array.cast(pa.date32()).cast(pa.int32())
        if days
        else array.cast(pa.timestamp("us", array.type.tz)).cast(pa.int64())
    )
    never = pa.scalar(10_957 - 2**31, pa.int32()) if days else pa.scalar(946_684_800_000_000 - 2**63, pa.int64())
    zero = -1_000_000 if days else TIMESTAMPS[0] - 1
    none = pc.equal(whole, zero) if dialect == b"sqlite" else pc.less(whole, (DATES if days else TIMESTAMPS)[0])
    known = pc.if_else(none, never, whole)
    return known.cast(pa.date32() if days else pa.timestamp("us", array.type.tz))


def _plain(type_: pa.DataType) -> pa.DataType:
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_))


def _text(array: pa.Array) -> pa.Array:
    """Values as the server reads them from text."""
    if _is_text(array.type):
        return array
    if pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type):
        return array.cast(pa.large_string())
    return pc.cast(array, pa.string())


def _decimal(array: pa.Array) -> pa.Array:
    return array if pa.types.is_decimal128(array.type) else array.cast(pa.decimal128(20, 0))
