"""The Arrow carrier of every kind of column, and the metadata that says how a column travels.

Form `wire` is the dialect's own: whatever its loader takes back unchanged (PostgreSQL: the bytes of `typsend`; MariaDB: the
text protocol's bytes; SQLite: storage classes). Form `arrow` is the carrier below, the same for every dialect.

What Arrow cannot hold has one stated carrier:

- a DECIMAL without precision, or wider than 38 digits, is its text (`NaN`, `Infinity` and trailing zeros included);
- dates and timestamps outside the years 1 to 9999 (PostgreSQL's infinity and BC, MySQL's zero dates) are integers outside
  `DATES` / `TIMESTAMPS` of the same Arrow type, chosen and understood by the dialect alone; maskers pass them on unchanged;
- a TIME is a `duration[us]` since midnight, so 24:00 and MySQL's -838:59:59 fit;
- a UUID is 16 bytes; a BIT is text of 0 and 1; an INTERVAL, an ARRAY and OTHER are the database's own text.
"""

from __future__ import annotations

import pyarrow as pa

from connectors.database import Form
from connectors.schema import Column, Kind

FORM = b"lookalike.form"
NATIVE = b"lookalike.native"
DIALECT = b"lookalike.dialect"
FORMAT = b"lookalike.format"
"""How SQLite stored the dates of this batch (`%Y-%m-%d`, `unix`...), so that they are written back alike."""

DATES = (-719_162, 2_932_896)
"""Days since 1970-01-01 of 0001-01-01 and 9999-12-31: a date outside is not a date but a dialect's special value."""
TIMESTAMPS = (DATES[0] * 86_400_000_000, (DATES[1] + 1) * 86_400_000_000 - 1)
"""The same in microseconds."""

_CARRIERS: dict[Kind, pa.DataType] = {
    Kind.BOOLEAN: pa.bool_(),
    Kind.INTEGER: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.DATE: pa.date32(),
    Kind.TIME: pa.duration("us"),
    Kind.TIMESTAMP: pa.timestamp("us"),
    Kind.TIMESTAMPTZ: pa.timestamp("us", tz="UTC"),
    Kind.UUID: pa.binary(16),
    Kind.BINARY: pa.binary(),
}


def carrier(column: Column) -> pa.DataType:
    """The Arrow type of this column's values in form `arrow`."""
    if column.kind is Kind.DECIMAL and column.precision is not None and column.precision <= 38:
        return pa.decimal128(column.precision, column.scale or 0)
    if column.kind is Kind.INTEGER and column.unsigned and column.precision == 64:
        return pa.uint64()
    return _CARRIERS.get(column.kind, pa.string())


def field(column: Column, form: Form, dialect: str, type_: pa.DataType | None = None) -> pa.Field:
    """The field of a batch that carries this column. `type_` is the wire type; form `arrow` needs none."""
    metadata = {FORM: form.value.encode(), NATIVE: column.native.encode(), DIALECT: dialect.encode()}
    return pa.field(column.name, type_ if type_ is not None else carrier(column), metadata=metadata)


def form_of(field: pa.Field) -> Form:
    """How this field's values travel; `arrow` where nobody said."""
    return Form((field.metadata or {}).get(FORM, b"arrow").decode())
