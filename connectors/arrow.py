"""The Arrow carrier of every kind of column, and the metadata that says how a column travels.

Form `wire` is the dialect's own: whatever its loader takes back unchanged (PostgreSQL: the bytes of `typsend`; MariaDB: the
text protocol's bytes; SQLite: storage classes). Form `arrow` is the carrier below, the same for every dialect.

What Arrow cannot hold has one stated carrier:

- a DECIMAL without precision, or wider than 38 digits, is its text (`NaN`, `Infinity` and trailing zeros included);
- dates and timestamps outside the years 1 to 9999 (PostgreSQL's infinity and BC, MySQL's zero dates) are integers outside
  `DATES` / `TIMESTAMPS` of the same Arrow type: PostgreSQL's and SQLite's are days and microseconds like all others, its infinities
  wrapped around (connectors/sqlite_special.py); MySQL's hold year, month and day (`ODD_DATE`, `ODD_TIMESTAMP`);
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
DAY = 86_400_000_000
"""Microseconds."""
ODD_DATE = -1_000_000
"""Minus year*10000 + month*100 + day: MySQL's dates that are none (1985-00-00, 2020-02-31); itself 0000-00-00."""
ODD_TIMESTAMP = TIMESTAMPS[0] - 1
"""Minus (year*10000 + month*100 + day) * DAY and the time of day."""
INFINITE_DATES = (10_957 - 2**31 - 1, 10_957 - 2**31)
"""PostgreSQL's infinity and -infinity, which it counts from 2000, wrapped around by counting from 1970."""
INFINITE_TIMESTAMPS = (946_684_800_000_000 - 2**63 - 1, 946_684_800_000_000 - 2**63)

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


def value_field(column: Column, dialect: str) -> pa.Field:
    """The field of a batch that carries this column's values in form `arrow`."""
    return field(column, Form.ARROW, dialect)


def form_of(field: pa.Field) -> Form:
    """How this field's values travel; `arrow` where nobody said."""
    return Form((field.metadata or {}).get(FORM, b"arrow").decode())


def dialect_of(field: pa.Field) -> str:
    """The dialect that this field's values were read from; empty where nobody said."""
    return str((field.metadata or {}).get(DIALECT, b"").decode())
