"""What of MySQL and MariaDB needs no server: addresses, errors, SQL text, the carriers' text; and MySQL 8, apart from MariaDB."""

from __future__ import annotations

import os
import ssl
import traceback
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from pymysql import err
from sqlalchemy.engine import make_url

from connectors import open_database
from connectors.arrow import DATES, TIMESTAMPS, carrier, field
from connectors.database import Chunk, Form
from connectors.errors import ConnectError, Lost, UrlError, WriteError
from connectors.my_connect import address, mapped
from connectors.my_decode import decode
from connectors.my_encode import Unwritable, encode, tab_lines
from connectors.my_flavour import MARIADB, MYSQL, flavour_of
from connectors.my_sql import MySqlText
from connectors.my_types import column_of, folds
from connectors.my_wire import _columns, bind, literal
from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Match, Table, Unique
from connectors.sql import is_loopback
from tests.connectors.mariadb_copy import comparable, copy, run

QUICK = settings(deadline=None, max_examples=50)


def test_tls_is_verified_away_from_this_machine() -> None:
    """By the system's authorities and with the host's name; here, or by a socket, nobody listens."""
    remote = address(make_url("mariadb://u:secret@db.example/shop")).arguments["ssl"]
    assert (remote.verify_mode, remote.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert address(make_url("mysql://u@127.0.0.1/shop")).arguments["ssl_disabled"]
    assert address(make_url("mysql://u@db.example/shop?unix_socket=/run/my.sock")).arguments["ssl_disabled"]
    assert address(make_url("mysql://u@db.example/shop?ssl_mode=disabled")).arguments["ssl_disabled"]
    loose = address(make_url("mysql://u@db.example/shop?ssl_mode=verify_ca")).arguments["ssl"]
    assert (loose.verify_mode, loose.check_hostname) == (ssl.CERT_REQUIRED, False)


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("mysql://u:secret@h/db?nonsense=1", UrlError, "not an option of a MySQL address: nonsense"),
        ("mysql://u:secret@h", UrlError, "names its database"),
        ("mysql://u:secret@h/db?ssl_mode=maybe", UrlError, "ssl_mode is one of"),
        ("mysql://u:secret@h/db?ssl_ca=/nowhere.pem", ConnectError, "certificate files"),
    ],
)
def test_bad_addresses(url: str, error: type[Exception], words: str) -> None:
    """One sentence, and the password in none."""
    with pytest.raises(error, match=words) as caught:
        address(make_url(url))
    assert "secret" not in str(caught.value)


def test_printed_address_has_no_password() -> None:
    found = address(make_url("mariadb+pymysql://u:secret@h:3307/db?ssl_mode=disabled&ssl_key_password=hidden"))
    assert found.printable == "mariadb+pymysql://u@h:3307/db?ssl_mode=disabled"
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("host", "expected"), [("localhost", True), ("::1", True), ("127.9.9.9", True), ("10.0.0.1", False)]
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


TABLE = Table(
    TableName("t"),
    (Column("name", "varchar(9)", Kind.TEXT), Column("cannot be null", "int", Kind.INTEGER)),
    uniques=(Unique("by name", ("name",)),),
    foreign_keys=(ForeignKey("lives", ("name",), TableName("p"), ("x",)),),
)


@pytest.mark.parametrize(
    ("number", "text", "column", "constraint"),
    [
        (1062, "Duplicate entry 'topsecret for key 'x'' for key 'by name'", None, "by name"),
        (1366, "Incorrect integer value: 'topsecret' for column `db`.`t`.`name` at row 1", "name", None),
        (1406, "Data too long for column 'name' at row 1", "name", None),
        (1048, "Column 'name' cannot be null", "name", None),
        (1366, "Incorrect value: 'for column 'topsecret' at row 1' for column 'gone' at row 1", None, None),
        (1452, "Cannot add: a foreign key constraint fails (`d`.`t`, CONSTRAINT `lives` FOREIGN KEY (`topsecret`))", None,
         "lives"),
        (3819, "Check constraint 'topsecret' is violated.", None, None),
    ],
)  # fmt: skip
def test_errors_lose_their_values(number: int, text: str, column: str | None, constraint: str | None) -> None:
    """The column and the constraint are taken out of the server's message only where we know them by name."""
    found = mapped(err.IntegrityError(number, text), WriteError, "t was not loaded", TABLE)
    assert (found.column, found.constraint, found.code) == (column, constraint, str(number))
    assert "topsecret" not in "".join(traceback.format_exception(found))


def test_lost_connection_is_its_own_error() -> None:
    assert isinstance(mapped(err.OperationalError(2013, "gone"), WriteError, "t was not loaded"), Lost)
    assert isinstance(mapped(err.InterfaceError(0, ""), WriteError, "t was not loaded"), Lost)


@QUICK
@given(st.lists(st.one_of(st.integers(), st.text(), st.binary(), st.none()), max_size=4))
def test_values_are_literals(values: list[Any]) -> None:
    """No value ends its own literal, and none is read as a place for another."""
    sql = bind("SELECT " + ", ".join("\0" for _ in values), values)
    assert sql == "SELECT " + ", ".join(literal(value) for value in values)
    for value in values:
        if isinstance(value, str):
            assert "'" not in literal(value)[1:-1].replace("\\\\", "").replace("\\'", "")


KEYS = Table(
    TableName("k"),
    (
        Column("a", "enum('z','a')", Kind.ENUM), Column("b", "binary(4)", Kind.BINARY),
        Column("c", "decimal(30,5)", Kind.DECIMAL, precision=30, scale=5), Column("d", "float", Kind.FLOAT),
    ),
    uniques=(Unique("PRIMARY", ("a", "b", "c", "d"), primary=True),),
)  # fmt: skip


def test_bounds_compare_like_their_columns() -> None:
    """An ENUM by its place, a blob by its bytes, a DECIMAL exactly, a FLOAT as a number; and all of it is SQL."""
    text = MySqlText("shop")
    where, values = text.within(KEYS, KEYS.primary_key, Chunk(KEYS.name, 1, (2, "00FF", "1.5", "0.1"), None))
    sql = bind(
        f"SELECT {text.key(KEYS, 'a')}, {text.key(KEYS, 'b')} FROM {text.relation(KEYS.name)} WHERE {where}", values
    )
    sqlglot.parse_one(sql, dialect="mysql")
    assert "CAST(`a` AS UNSIGNED), HEX(`b`) FROM `shop`.`k`" in sql
    assert "(`a` = 2 AND `b` > UNHEX('00FF'))" in sql
    assert "`c` = CAST('1.5' AS DECIMAL(30, 5)) AND `d` > ('0.1' + 0e0)" in sql


def round_trip(column: Column, values: pa.Array) -> pa.Array:
    return decode(encode(values, field(column, Form.ARROW, "mariadb"), column), column)


dates = st.integers(*DATES)
odd_dates = st.builds(
    lambda y, m, d: -1_000_000 - (y * 10_000 + m * 100 + d), st.just(0), st.integers(0, 12), st.integers(0, 31)
)


@QUICK
@given(st.lists(st.one_of(st.none(), dates, odd_dates)))
def test_dates_return(days: list[int | None]) -> None:
    """Real dates and those that are none, NULLs between."""
    values = pa.array(days, pa.int32()).cast(pa.date32())
    assert round_trip(Column("c", "date", Kind.DATE), values).equals(values)


odd_timestamps = st.builds(
    lambda m, d, t: TIMESTAMPS[0] - 1 - ((m * 100 + d) * 86_400_000_000 + t),
    st.integers(0, 12), st.integers(0, 31), st.integers(0, 86_399_999_999),
)  # fmt: skip


@QUICK
@given(st.lists(st.one_of(st.none(), st.integers(*TIMESTAMPS), odd_timestamps)))
def test_timestamps_return(micros: list[int | None]) -> None:
    column = Column("c", "datetime(6)", Kind.TIMESTAMP)
    values = pa.array(micros, pa.int64()).cast(pa.timestamp("us"))
    assert round_trip(column, values).equals(values)


@QUICK
@given(st.lists(st.one_of(st.none(), st.integers(-3_020_399_999_999, 3_020_399_999_999))))
def test_times_return(micros: list[int | None]) -> None:
    values = pa.array(micros, pa.int64()).cast(pa.duration("us"))
    assert round_trip(Column("c", "time(6)", Kind.TIME), values).equals(values)


@QUICK
@given(st.lists(st.one_of(st.none(), st.binary(min_size=16, max_size=16))))
def test_uuids_return(raw: list[bytes | None]) -> None:
    values = pa.array(raw, pa.binary(16))
    assert round_trip(Column("c", "uuid", Kind.UUID), values).equals(values)


@QUICK
@given(st.integers(1, 64), st.data())
def test_bits_return(length: int, data: st.DataObject) -> None:
    digits = st.text("01", min_size=length, max_size=length)
    values = pa.array(data.draw(st.lists(st.one_of(st.none(), digits))), pa.string())
    assert round_trip(Column("c", f"bit({length})", Kind.BIT, length=length), values).equals(values)


def test_bits_that_are_none_are_refused() -> None:
    with pytest.raises(Unwritable, match=r"bit\(3\) holds at most 3 digits"):
        round_trip(Column("c", "bit(3)", Kind.BIT, length=3), pa.array(["012"]))


@QUICK
@given(st.lists(st.lists(st.one_of(st.none(), st.binary(max_size=300), st.just(b"\\N")), min_size=3, max_size=3)))
def test_tab_lines_are_unambiguous(rows: list[list[bytes | None]]) -> None:
    """Read back by the rules of LOAD DATA the rows are the ones that were written."""
    columns = [pa.array([row[place] for row in rows], pa.binary()) for place in range(3)]
    text = bytes(tab_lines(columns)) if rows else b""
    assert [[unescaped(cell) for cell in line] for line in fields_of(text)] == rows


def fields_of(text: bytes) -> list[list[bytes]]:
    """Lines and fields, cut at newlines and tabs that no backslash stands before."""
    lines: list[list[bytes]] = []
    cell, line, place = b"", [], 0
    while place < len(text):
        byte = text[place : place + 1]
        if byte == b"\\":
            cell += text[place : place + 2]
            place += 2
            continue
        if byte in (b"\t", b"\n"):
            line.append(cell)
            cell = b""
            if byte == b"\n":
                lines.append(line)
                line = []
        else:
            cell += byte
        place += 1
    return lines


def unescaped(cell: bytes) -> bytes | None:
    if cell == b"\\N":
        return None
    plain = {b"t": b"\t", b"n": b"\n", b"\\": b"\\"}
    parts, place = b"", 0
    while place < len(cell):
        escaped = cell[place : place + 1] == b"\\"
        parts += plain[cell[place + 1 : place + 2]] if escaped else cell[place : place + 1]
        place += 2 if escaped else 1
    return parts


cells = st.one_of(
    st.none(), st.binary(max_size=20), st.integers(11, 14).map(lambda size: b"x" * size),
    st.sampled_from([250, 251, 252, 65_535, 65_536]).map(lambda size: b"y" * size),
)  # fmt: skip


@QUICK
@given(st.integers(1, 4), st.data())
def test_packets_are_cut_into_columns(width: int, data: st.DataObject) -> None:
    """Whatever the lengths, at every edge of their encoding."""
    rows = data.draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=6))
    packets = [b"HEAD" + b"".join(encoded(cell) for cell in row) for row in rows]
    starts = np.cumsum([0, *(len(packet) for packet in packets[:-1])]) + 4
    columns = _columns(b"".join(packets), starts.astype(np.int64), width)
    assert [column.to_pylist() for column in columns] == [list(column) for column in zip(*rows, strict=True)]


def encoded(cell: bytes | None) -> bytes:
    if cell is None:
        return b"\xfb"
    size = len(cell)
    if size < 251:
        return bytes([size]) + cell
    head = (b"\xfc", 2) if size < 65_536 else (b"\xfd", 3)
    return head[0] + size.to_bytes(head[1], "little") + cell


def row(**changes: Any) -> dict[str, Any]:
    return {
        "COLUMN_NAME": "c", "COLUMN_TYPE": "int", "DATA_TYPE": "int", "EXTRA": "", "COLLATION_NAME": None,
        "IS_NULLABLE": "YES", "NUMERIC_PRECISION": None, "NUMERIC_SCALE": None, "CHARACTER_MAXIMUM_LENGTH": None,
        "CHARACTER_OCTET_LENGTH": None, "COLUMN_COMMENT": "", "GENERATION_EXPRESSION": "", **changes,
    }  # fmt: skip


def test_columns_of_mysql_8() -> None:
    """Whole numbers without a display width, JSON of its own, generated defaults that are no generated columns."""
    assert column_of(row(COLUMN_TYPE="int unsigned"), False).unsigned
    assert column_of(row(COLUMN_TYPE="json", DATA_TYPE="json"), False).kind is Kind.JSON
    assert column_of(row(EXTRA="DEFAULT_GENERATED on update CURRENT_TIMESTAMP"), False).generated is None
    assert column_of(row(EXTRA="STORED GENERATED", GENERATION_EXPRESSION="(`a` + 1)"), False).generated == "(`a` + 1)"
    assert column_of(row(EXTRA="INVISIBLE"), False).hidden
    assert carrier(column_of(row(COLUMN_TYPE="bigint unsigned", DATA_TYPE="bigint"), False)) == pa.uint64()


@pytest.mark.parametrize(
    ("collation", "expected"),
    [
        ("utf8mb4_0900_ai_ci", {Match.CASE, Match.ACCENT}),
        ("utf8mb4_0900_as_cs", set()),
        ("utf8mb4_0900_bin", set()),
        ("utf8mb4_uca1400_as_ci", {Match.CASE, Match.PAD}),
        ("utf8mb4_uca1400_nopad_ai_ci", {Match.CASE, Match.ACCENT}),
        ("utf8mb4_bin", {Match.PAD}),
        ("binary", set()),
        (None, set()),
    ],
)
def test_collations(collation: str | None, expected: set[Match]) -> None:
    assert folds(collation) == expected


def test_the_server_says_what_it_is() -> None:
    assert flavour_of("10.11.19-MariaDB-0+deb12u1") is MARIADB
    assert flavour_of("8.4.2") is MYSQL


@pytest.mark.parametrize("flavour", [MARIADB, MYSQL])
def test_the_queries_that_differ_are_sql(flavour: Any) -> None:
    for sql in (flavour.checks, flavour.identity):
        assert len(sqlglot.parse(bind(sql, ["shop"]), dialect="mysql")) == 1


@pytest.fixture
def mysql() -> str:
    url = os.environ.get("LOOKALIKE_MYSQL_URL")
    if not url:
        pytest.skip("notyet: no MySQL 8 here; set LOOKALIKE_MYSQL_URL (a login that may create databases) to run this")
    return url


@pytest.mark.notyet("no MySQL 8 installs here")
def test_copy_within_mysql_8(mysql: str) -> None:
    """Functional indexes, CHECKs, SRIDs and an invisible column come over."""
    urls = [make_url(mysql).set(database=name).render_as_string(hide_password=False) for name in ("look_a", "look_b")]
    for name in ("look_a", "look_b"):
        run(mysql, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    run(
        urls[0],
        "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, j json, g point SRID 4326, h int INVISIBLE DEFAULT 5,"
        " name varchar(20) DEFAULT 'it''s', up varchar(20) GENERATED ALWAYS AS (upper(name)) STORED, d date DEFAULT (curdate()),"
        " CHECK (name <> 'it''s x'), UNIQUE lowered ((lower(name))))",
        "INSERT INTO t (j, g, name) VALUES ('[1]', ST_SRID(point(1, 2), 4326), 'a'), (NULL, NULL, 'b')",
    )
    for form in Form:
        assert copy(urls[0], urls[1], form) == []
        with open_database(urls[0]) as source, open_database(urls[1]) as target:
            assert source.dialect == "mysql"
            assert comparable(source.describe()) == comparable(target.describe())
        assert run(urls[0], "SELECT * FROM t") == run(urls[1], "SELECT * FROM t")
        run(mysql, "DROP DATABASE look_b", "CREATE DATABASE look_b")
