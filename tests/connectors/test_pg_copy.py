"""The COPY BINARY encoder: what PostgreSQL reads back is what the Arrow column held."""

from __future__ import annotations

from datetime import timedelta
from decimal import Context, Decimal

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import pg_copy
from connectors.arrow import DATES, TIMESTAMPS, field
from connectors.database import Form
from connectors.pg_encode import encode
from connectors.pg_types import PgType
from connectors.schema import Column, Kind

EXACT = Context(prec=80)
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def connection(new_postgresql):
    with psycopg.connect(new_postgresql(), autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'; SET bytea_output = 'hex'")
        yield connection


def stored(connection, type_: str, parts, rows: int) -> list[str | None]:
    """What the server says that it holds after COPY."""
    with connection.transaction(force_rollback=True):
        connection.execute(f"CREATE TEMP TABLE held (n int GENERATED ALWAYS AS IDENTITY, v {type_})")
        with connection.cursor().copy("COPY held (v) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(pg_copy.HEADER)
            copy.write(pg_copy.payload([parts], rows))
            copy.write(pg_copy.TRAILER)
        return [row[0] for row in connection.execute("SELECT v::text FROM held ORDER BY n")]


@st.composite
def decimals(draw) -> tuple[pa.Array, list[Decimal | None]]:
    precision = draw(st.integers(1, 38))
    scale = draw(st.integers(0, precision))
    limit = 10**precision - 1
    numbers = draw(st.lists(st.none() | st.integers(-limit, limit) | st.sampled_from([0, limit, -limit]), max_size=30))
    values = [None if n is None else Decimal(n).scaleb(-scale, EXACT) for n in numbers]
    texts = [None if value is None else format(value, "f") for value in values]
    return pa.array(texts, pa.string()).cast(pa.decimal128(precision, scale)), values


@SETTINGS
@given(decimals(), st.integers(0, 5))
def test_decimals_of_every_precision_and_scale_are_stored_digit_by_digit(connection, drawn, offset):
    array, values = drawn
    array, values = array.slice(offset), values[offset:]
    found = stored(connection, "numeric", pg_copy.numeric(array), len(array))
    scale = array.type.scale
    assert found == [None if v is None else format(v if v else Decimal(0).scaleb(-scale), "f") for v in values]


@SETTINGS
@given(st.lists(st.none() | st.integers(*DATES), min_size=1), st.integers(0, 3))
def test_dates_of_the_common_era_are_stored_as_they_are(connection, days, offset):
    array = pa.array(days, pa.int32()).cast(pa.date32()).slice(offset)
    found = stored(connection, "date", pg_copy.date(array), len(array))
    assert found == [None if day is None else str(day) for day in array.to_pylist()]


@SETTINGS
@given(st.lists(st.none() | st.integers(*TIMESTAMPS), min_size=1))
def test_timestamps_of_the_common_era_are_stored_to_the_microsecond(connection, moments):
    array = pa.array(moments, pa.int64()).cast(pa.timestamp("us", "UTC"))
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL datestyle = ISO")
        found = stored(connection, "timestamp", pg_copy.timestamp(array), len(array))
    wanted = [None if v is None else v.replace(tzinfo=None).isoformat(" ").rstrip("0") for v in array.to_pylist()]
    assert [None if v is None else v.rstrip("0") for v in found] == wanted


@SETTINGS
@given(st.lists(st.none() | st.booleans()), st.integers(0, 3))
def test_booleans_keep_their_nulls(connection, flags, offset):
    array = pa.array(flags, pa.bool_()).slice(offset)
    found = stored(connection, "boolean", pg_copy.boolean(array), len(array))
    assert found == [None if flag is None else str(flag).lower() for flag in array.to_pylist()]


@pytest.mark.parametrize(("code", "type_", "bits"), [(">i2", "int2", 16), (">i4", "int4", 32), (">i8", "int8", 64)])
def test_integers_reach_both_ends_of_their_type_and_no_further(connection, code, type_, bits):
    ends = [-(2 ** (bits - 1)), None, 2 ** (bits - 1) - 1]
    array = pa.array(ends, pa.int64())
    assert stored(connection, type_, pg_copy.integer(array, code), 3) == [None if n is None else str(n) for n in ends]
    if bits < 64:
        with pytest.raises(pa.ArrowInvalid):
            pg_copy.integer(pa.array([2 ** (bits - 1)], pa.int64()), code)


def test_unsigned_integers_above_two_to_the_31_are_oids(connection):
    array = pa.array([2**32 - 1, 0], pa.int64())
    assert stored(connection, "oid", pg_copy.integer(array, ">u4"), 2) == ["4294967295", "0"]


def test_floats_keep_nan_infinity_the_sign_of_zero_and_denormals(connection):
    array = pa.array([float("nan"), float("-inf"), -0.0, 5e-324, None, 0.1])
    assert stored(connection, "float8", pg_copy.floating(array, ">f8"), 6) == [
        "NaN",
        "-Infinity",
        "-0",
        "5e-324",
        None,
        "0.1",
    ]


def test_a_time_of_24_hours_is_a_time(connection):
    array = pa.array([timedelta(hours=24), None, timedelta(microseconds=1)], pa.duration("us"))
    assert stored(connection, "time", pg_copy.time(array), 3) == ["24:00:00", None, "00:00:00.000001"]


@SETTINGS
@given(st.lists(st.none() | st.binary(max_size=40)), st.integers(0, 3))
def test_bytes_are_stored_as_they_are(connection, values, offset):
    array = pa.array(values, pa.binary()).slice(offset)
    found = stored(connection, "bytea", pg_copy.raw(array), len(array))
    assert found == [None if value is None else "\\x" + value.hex() for value in array.to_pylist()]


def test_json_and_uuid_take_their_own_binary_form(connection):
    documents = pa.array(['{"a": "ü"}', None, "[]"])
    assert stored(connection, "jsonb", pg_copy.jsonb(documents), 3) == ['{"a": "ü"}', None, "[]"]
    ids = pa.array([bytes(range(16)), None], pa.binary(16))
    assert stored(connection, "uuid", pg_copy.uuid(ids), 2) == ["00010203-0405-0607-0809-0a0b0c0d0e0f", None]


def test_a_batch_of_no_rows_is_no_bytes():
    assert bytes(pg_copy.payload([pg_copy.raw(pa.array([], pa.string()))], 0)) == b""


def test_dates_of_other_databases_that_are_none_are_before_every_day() -> None:
    """MySQL's 0000-00-00 as `-infinity`; PostgreSQL's own years before 1 stay."""
    for name, kind, odd, never in (
        ("date", Kind.DATE, -1_000_000, 10_957 - 2**31),
        ("timestamp", Kind.TIMESTAMP, TIMESTAMPS[0] - 1, 946_684_800_000_000 - 2**63),
    ):
        base = PgType(0, "pg_catalog", name, "b", "D", 0, -1, 0, False, name, name, "", (), None)
        fields = {dialect: field(Column("c", name, kind), Form.ARROW, dialect) for dialect in ("mariadb", "postgresql")}
        whole = pa.int32() if kind is Kind.DATE else pa.int64()
        mine, theirs = (pa.array([7, value, None], whole).cast(fields["mariadb"].type) for value in (odd, never))
        assert encode(mine, fields["mariadb"], base, False) == encode(theirs, fields["postgresql"], base, False)
        assert encode(mine, fields["postgresql"], base, False) != encode(theirs, fields["postgresql"], base, False)
