"""What SQLite stores, read and written back: every storage class, every layout of a date, nothing unreadable passed on."""

import datetime as dt
import itertools
import sqlite3
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import open_database
from connectors.arrow import FORMAT
from connectors.database import Form, Marker, Phase, Read, ReadColumn, State
from connectors.names import TableName

MARKER = Marker("run", "plan", State.LOADING, "source", "2026-01-01T00:00:00Z", True, "0.1")
NUMBERS = itertools.count()
DATES = [
    "2024-02-29", "1999-12-31 23:59", "2024-01-01 10:11:12", "2024-01-01T10:11:12.345", "2024-01-01T10:11:12Z",
    "2024-01-01 10:11:12.123456+02:00", "0001-01-01 00:00:00", "9999-12-31", None,
]  # fmt: skip


def path(url: str) -> str:
    return url.removeprefix("sqlite:///")


def make(url: str, create: str, rows: list) -> str:
    with sqlite3.connect(path(url)) as connection:
        connection.execute(create)
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO t VALUES ({marks})", rows)
    return url


def stored(url: str, columns: str = "*") -> Counter:
    connection = sqlite3.connect(path(url))
    connection.text_factory = lambda raw: ("text", bytes(raw))
    return Counter(map(repr, connection.execute(f"SELECT {columns} FROM t")))


def copied(source_url: str, target_url: str, form: Form) -> dict:
    """Every table through batches into a fresh target; the counts of unreadable values."""
    with open_database(source_url) as source, open_database(target_url) as database:
        schema = source.describe()
        with database.target() as target, source.snapshot() as snapshot:
            target.claim(MARKER)
            target.execute(source.ddl(schema).phase(Phase.BEFORE))
            for table in schema.tables:
                columns = tuple(ReadColumn(column.name, form) for column in table.stored)
                for chunk in snapshot.chunks(table.name, 3):
                    target.write(table, chunk, snapshot.read(Read(table.name, columns, chunk=chunk)))
            target.finish(schema, fresh=True)
            target.set_state(State.COMPLETE)
            return snapshot.unreadable


def batches(url: str, form: Form, **options) -> list[pa.RecordBatch]:
    with open_database(url) as source, source.snapshot() as snapshot:
        columns = tuple(ReadColumn(column.name, form) for column in snapshot.schema.tables[0].columns)
        return list(snapshot.read(Read(TableName("t"), columns, **options)))


def values(url: str, form: Form = Form.ARROW) -> list:
    return [value for batch in batches(url, form) for value in batch.column(0).to_pylist()]


cells = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=20),
    st.text(max_size=20),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(cells, cells, cells, cells), max_size=12))
def test_wire_gives_back_every_storage_class_of_every_value(new_sqlite, rows):
    """Mixed within a column, within a batch, under every affinity."""
    number = next(NUMBERS)
    source = make(new_sqlite(f"s{number}"), "CREATE TABLE t (a, b TEXT, c INTEGER, d NUMERIC)", rows)
    target = new_sqlite(f"d{number}")
    copied(source, target, Form.WIRE)
    assert stored(target) == stored(source)


def test_wire_keeps_text_that_is_not_utf8_and_nul(new_sqlite):
    source = make(new_sqlite("s"), "CREATE TABLE t (a TEXT, b)", [("x\0y", "x\0y"), (None, 7)])
    with sqlite3.connect(path(source)) as connection:
        connection.execute("INSERT INTO t VALUES (CAST(x'ff41' AS TEXT), CAST(x'fe00' AS TEXT))")
        connection.execute("INSERT INTO t VALUES ('ok', x'ff41')")
    copied(source, new_sqlite("d"), Form.WIRE)
    kinds = "typeof(a), hex(a), typeof(b), hex(b)"
    assert stored(new_sqlite("d"), kinds) == stored(source, kinds)


def test_the_wire_type_of_a_column_does_not_depend_on_the_batch(new_sqlite):
    """One odd value among 200 makes the whole column mixed, so that checksums do not depend on how rows were cut."""
    rows = [(n, float(n) + 0.5, str(n), n) for n in range(200)]
    rows[150] = (150, 1.5, "x", "odd")
    found = batches(
        make(new_sqlite("s"), "CREATE TABLE t (a INTEGER, b REAL, c TEXT, d)", rows), Form.WIRE, batch_rows=50
    )
    assert len(found) >= 4
    assert {tuple(map(str, batch.schema.types)) for batch in found} == {("int64", "double", "binary", "binary")}
    assert {(f.metadata or {}).get(FORMAT) for batch in found for f in batch.schema if f.name == "d"} == {b"mixed"}


@pytest.mark.parametrize("type_", ["DATETIME", "TIMESTAMP WITH TIME ZONE"])
def test_moments_are_written_back_in_the_layout_of_each_row(new_sqlite, type_):
    rows = [(text,) for text in DATES * 3] + [(1700000000,), (None,)]
    source = make(new_sqlite("s"), f"CREATE TABLE t (a {type_})", rows)
    assert copied(source, new_sqlite("d"), Form.ARROW) == {}
    assert stored(new_sqlite("d")) == stored(source)


def test_rows_of_one_batch_share_their_layout(new_sqlite):
    rows = [("2024-01-01", "10:00"), ("2024-01-01 10:00:00", "10:00:05"), (None, None)] * 2
    found = batches(make(new_sqlite("s"), "CREATE TABLE t (a DATETIME, b TIME)", rows), Form.ARROW)
    assert sum(batch.num_rows for batch in found) == 6
    assert {tuple(f.metadata[FORMAT] for f in batch.schema) for batch in found} == {
        (b"%Y-%m-%d", b"%H:%M"),
        (b"%Y-%m-%d %H:%M:%S", b"%H:%M:%S"),
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moment=st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)),
    unit=st.sampled_from(["unix", "julian", "text"]),
)
def test_a_moment_is_the_same_whatever_stored_it(new_sqlite, moment, unit):
    moment = moment.replace(microsecond=0)
    seconds = (moment - dt.datetime(1970, 1, 1)) // dt.timedelta(seconds=1)
    given = {"unix": seconds, "julian": seconds / 86400 + 2440587.5, "text": moment.isoformat()}[unit]
    if unit == "julian" and given == int(given):
        given += 0.5
        moment += dt.timedelta(hours=12)
    if unit == "unix" and abs(seconds) >= 10**11:
        return
    url = new_sqlite("x")
    with sqlite3.connect(path(url)) as connection:
        connection.executescript("DROP TABLE IF EXISTS t; CREATE TABLE t (a DATETIME)")
        connection.execute("INSERT INTO t VALUES (?)", (given,))
    if moment.year <= 9999:
        (found,) = values(url)
        assert abs(found - moment) <= dt.timedelta(milliseconds=1)


@pytest.mark.parametrize("type_", ["DATE", "DATETIME", "TIME", "INTEGER", "REAL", "NUMERIC(6,2)", "BOOLEAN", "UUID"])
def test_what_the_type_cannot_read_is_null_and_counted_never_passed_on(new_sqlite, type_):
    """Impossible days, words and blobs in columns of other types."""
    rows = [("2023-02-30x",), ("Ada Byron",), (b"\x00\x01",), (None,)]
    source = make(new_sqlite("s"), f"CREATE TABLE t (a {type_})", rows)
    with open_database(source) as database, database.snapshot() as snapshot:
        request = Read(TableName("t"), (ReadColumn("a", Form.ARROW),))
        found = [value for batch in snapshot.read(request) for value in batch.column(0).to_pylist()]
        assert found == [None] * 4
        assert snapshot.unreadable == {(TableName("t"), "a"): 3}


@pytest.mark.parametrize("type_", ["DATE", "DATETIME", "TIME", "INTEGER", "REAL", "NUMERIC(6,2)", "BOOLEAN", "UUID"])
def test_what_the_type_cannot_read_is_the_empty_text_where_null_is_not_allowed(new_sqlite, type_):
    """Between ordinary values as well; other databases get a nought."""
    good = {"INTEGER": 7, "REAL": 1.5, "NUMERIC(6,2)": 1.5, "BOOLEAN": 1, "TIME": "10:11", "UUID": "a" * 32}.get(
        type_, "2024-01-01"
    )
    create = f"CREATE TABLE t (a {type_} NOT NULL)"
    source = make(new_sqlite("s"), create, [("",), (good,), ("Ada Byron",), (b"\x00\x01",)])
    expected = stored(make(new_sqlite("e"), create, [("",), (good,), ("",), ("",)]))
    target = new_sqlite("t")
    assert copied(source, target, Form.ARROW) == {(TableName("t"), "a"): 3}
    assert stored(target) == expected
    assert None not in values(source)


@pytest.mark.parametrize(
    "text", ["2023-02-29", "2024-13-01", "2024-01-01 24:00:00", "2024-00-00", "01/02/2024", "2024-1-1"]
)
def test_a_day_that_does_not_exist_is_not_a_date(new_sqlite, text):
    assert values(make(new_sqlite("s"), "CREATE TABLE t (a DATETIME)", [(text,)])) == [None]


@pytest.mark.parametrize(
    ("type_", "given", "carried"),
    [
        ("DECIMAL(5,2)", [1.5, 2, 999.99, 1e9, 0.125], ["1.50", "2.00", "999.99", None, None]),
        ("NUMERIC", [1.5, 2, 10**17], ["1.5", "2", "100000000000000000"]),
        ("BOOLEAN", [0, 1, "true", "F", 2], [False, True, True, False, None]),
        ("VARCHAR(5)", [1, 2.5, "x"], ["1", "2.5", "x"]),
        ("", [1, 2.5, "x"], ["1", "2.5", "x"]),
        ("INTEGER", [1, "2", "x", 2.5], [1, 2, None, None]),
        ("BLOB", [b"a", "text"], [b"a", b"text"]),
        ("UUID", ["00112233-4455-6677-8899-AABBCCDDEEFF", bytes(16)], [bytes.fromhex("00112233445566778899aabbccddeeff"), bytes(16)]),
    ],
)  # fmt: skip
def test_stored_values_reach_their_carrier(new_sqlite, type_, given, carried):
    found = values(make(new_sqlite("s"), f"CREATE TABLE t (a {type_})", [(value,) for value in given]))
    plain = [str(v) if type(v).__name__ == "Decimal" else v for v in found]
    # 0.125 has no two decimals; the carrier rounds it to one of its neighbours.
    expected = Counter(map(repr, carried))
    if type_ == "DECIMAL(5,2)":
        assert plain[:4] == carried[:4]
        assert plain[4] in ("0.12", "0.13")
    else:
        assert Counter(map(repr, plain)) == expected


@pytest.mark.parametrize("type_", ["BOOLEAN", "UUID", "BLOB"])
def test_arrow_is_written_back_as_it_was_stored(new_sqlite, type_):
    rows = {
        "BOOLEAN": [0, 1, "true", "false", "Y", "n"],
        "UUID": ["00112233-4455-6677-8899-AABBCCDDEEFF", "a0112233445566778899aabbccddeeff", bytes(range(16))],
        "BLOB": [b"\xff\x00", "text", None],
    }[type_]
    source = make(new_sqlite("s"), f"CREATE TABLE t (a {type_})", [(value,) for value in rows])
    copied(source, new_sqlite("d"), Form.ARROW)
    assert stored(new_sqlite("d")) == stored(source)


def test_a_chunk_is_cut_by_rowid_even_where_the_key_is_null_or_of_two_types(new_sqlite):
    rows = [(None, 1), ("a", 2), (None, 3), (5, 4), ("b", 5), (b"x", 6), (7.5, 7)]
    source = make(new_sqlite("s"), "CREATE TABLE t (k PRIMARY KEY, v)", rows)
    copied(source, new_sqlite("d"), Form.WIRE)
    assert stored(new_sqlite("d")) == stored(source)


@pytest.mark.parametrize("create", ["CREATE TABLE t (rowid TEXT, oid TEXT, v)", "CREATE TABLE t (rowid, oid, _rowid_)"])
def test_columns_may_be_called_rowid(new_sqlite, create):
    rows = [("x", "y", n) for n in range(10)]
    source = make(new_sqlite("s"), create, rows)
    copied(source, new_sqlite("d"), Form.WIRE)
    assert stored(new_sqlite("d")) == stored(source)


def test_cells_of_10_megabytes_come_one_batch_each(new_sqlite):
    rows = [(n, b"x" * (10_000_000 if n % 4 == 0 else 10)) for n in range(12)]
    found = batches(make(new_sqlite("s"), "CREATE TABLE t (a INTEGER, b BLOB)", rows), Form.WIRE)
    assert sum(batch.num_rows for batch in found) == 12
    assert max(batch.nbytes for batch in found) < 10_100_000


def test_a_snapshot_does_not_see_later_rows(new_sqlite):
    source = make(new_sqlite("s"), "CREATE TABLE t (a)", [(1,)])
    with sqlite3.connect(path(source)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    with open_database(source) as database, database.snapshot() as snapshot:
        with sqlite3.connect(path(source)) as connection:
            connection.execute("INSERT INTO t VALUES (2)")
        assert snapshot.count(TableName("t")) == 1


@pytest.mark.parametrize("type_", ["DATE", "DATETIME"])
def test_zero_dates_of_mysql_stay_what_they_are(new_sqlite, type_):
    """Between ordinary days: before the calendar on the way, the same text again in the copy."""
    rows = [("0000-00-00" + (" 00:00:00" if type_ == "DATETIME" else ""),), ("2024-01-01",), (None,)]
    source, target = make(new_sqlite("s"), f"CREATE TABLE t (a {type_} NULL)", rows), new_sqlite("t")
    assert copied(source, target, Form.ARROW) == {}
    assert stored(target) == stored(source)
