"""Rows as the bytes of a database: what goes through an image comes out with the class and the bits that it had."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import open_database
from connectors.database import Form, Marker, Read, ReadColumn, State
from connectors.sqlite_image import attach_image, insert_image, select_image
from connectors.sqlite_image_read import read_image
from connectors.sqlite_image_write import write_image
from connectors.sqlite_values import cells_of, objects

MARKER = Marker("run", "plan", State.LOADING, "source", "2026-01-01T00:00:00Z", True, "0.1")
INTEGERS = [0, 1, -1, 127, 128, -129, 2**15, -(2**15), 2**23, -(2**23) - 1, 2**31, 2**47, -(2**47), 2**63 - 1, -(2**63)]
VALUES = st.one_of(
    st.none(),
    st.sampled_from(INTEGERS),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.sampled_from([-0.0, 3.0, 5e-324, float("inf")]),
    st.binary(max_size=300),
    st.binary(max_size=300).map(bytearray),
    st.just(bytearray(b"a\0b\xff")),
)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.text_factory = bytearray
    assert attach_image(made)
    yield made
    made.close()


def through(connection: sqlite3.Connection, columns: list[list[object]]) -> list[list[object]]:
    """Columns written as an image, inserted into a table without types, and read by an image again."""
    names = [f"x{place}" for place in range(len(columns))]
    connection.execute("DROP TABLE IF EXISTS main.t")
    connection.execute(f"CREATE TABLE main.t ({', '.join(names)})")
    assert insert_image(connection, "INSERT INTO main.t", [cells_of(values) for values in columns])
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as reader:
        reader.deserialize(connection.serialize())
        assert attach_image(reader)
        return [objects(cells) for cells in select_image(reader, names, "FROM main.t ORDER BY rowid", ())]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(st.tuples(VALUES, st.integers(-300, 300), VALUES, st.text(max_size=40)), max_size=30))
def test_every_value_keeps_its_class_and_its_bits(connection, rows) -> None:
    columns = [list(values) for values in zip(*rows, strict=True)] or [[], [], [], []]
    columns[3] = [bytearray(text.encode(errors="replace")) for text in columns[3]]
    assert list(map(repr, through(connection, columns))) == list(map(repr, columns))


@pytest.mark.parametrize("rows", [0, 1, 5_000, 40_000])
def test_rows_keep_their_order_over_many_pages(connection, rows) -> None:
    columns = [list(range(rows)), [bytearray(b"t" * (number % 400)) for number in range(rows)]]
    assert through(connection, columns) == columns


def test_sqlite_finds_no_fault_in_an_image() -> None:
    columns = [cells_of([None, 7, 2.5] * 9_000), cells_of([bytearray(b"x" * 50)] * 27_000), cells_of([None] * 27_000)]
    image = write_image(columns)
    assert image is not None
    connection = sqlite3.connect(":memory:")
    connection.deserialize(bytes(image.content))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_table_of_many_columns_passes(connection) -> None:
    columns = [[place, None, place / 2] for place in range(1_500)]
    assert list(map(repr, through(connection, columns))) == [repr(column) for column in columns]


def test_a_row_longer_than_a_page_is_in_no_image(connection) -> None:
    assert write_image([cells_of([bytearray(b"x" * 65_500)])]) is None
    connection.execute("CREATE TABLE main.t (v)")
    connection.execute("INSERT INTO main.t VALUES (zeroblob(65500))")
    root = connection.execute("SELECT rootpage FROM main.sqlite_schema").fetchone()[0]
    assert read_image(connection.serialize(), root, 1) is None
    (found,) = select_image(connection, ["v"], "FROM main.t", ())
    assert objects(found) == [bytes(65_500)]


def test_a_connection_that_may_attach_nothing_has_no_images() -> None:
    connection = sqlite3.connect(":memory:")
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    assert not attach_image(connection)


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("encodings", [("UTF-16", "UTF-8"), ("UTF-8", "UTF-16"), ("UTF-8", "UTF-8")])
def test_long_rows_and_other_encodings_are_copied_alike(new_sqlite, form, encodings) -> None:
    source_url, target_url = new_sqlite("a"), new_sqlite("b")
    rows = [(1, "é" * 10), (2, "y" * 70_000), (3, None), (4, "\U0001f600")]
    for url, encoding in zip((source_url, target_url), encodings, strict=True):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as made:
            made.execute(f"PRAGMA encoding = '{encoding}'")
            made.execute("CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT)")
    with sqlite3.connect(source_url.removeprefix("sqlite:///")) as made:
        made.executemany("INSERT INTO t VALUES (?, ?)", rows)
    with open_database(source_url) as source, open_database(target_url) as database:
        (table,) = source.describe().tables
        with database.target() as target, source.snapshot() as snapshot:
            target.claim(MARKER)
            columns = tuple(ReadColumn(column.name, form) for column in table.stored)
            for chunk in snapshot.chunks(table.name, 3):
                target.write(table, chunk, snapshot.read(Read(table.name, columns, chunk=chunk)))
    with sqlite3.connect(target_url.removeprefix("sqlite:///")) as made:
        assert made.execute("SELECT * FROM t ORDER BY k").fetchall() == rows
