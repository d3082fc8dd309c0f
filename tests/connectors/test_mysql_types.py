"""Every type of MariaDB comes over byte for byte, in both forms, by LOAD DATA and by INSERT."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest

from connectors import open_database
from connectors.arrow import DATES, TIMESTAMPS, carrier, form_of
from connectors.database import Form, Read, ReadColumn
from connectors.names import TableName
from connectors.schema import Kind
from tests.connectors.mariadb_copy import checksums, comparable, copy, run

ZOO = [
    "SET sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00'",
    """CREATE TABLE zoo (
        i int unsigned zerofill PRIMARY KEY AUTO_INCREMENT, i8 tinyint, i8u tinyint unsigned, one tinyint(1),
        i16 smallint, i24 mediumint unsigned, i64 bigint, u64 bigint unsigned, f float, d double, m decimal(65,30),
        m2 decimal(10,2) zerofill, m38 decimal(38,10), e enum('a','it''s',''), s set('x','y','z'), j json, u uuid,
        n6 inet6, n4 inet4, b bit(10), b64 bit(64), y year, p point, g geometry, da date, ti time(6), ti0 time,
        tz timestamp(3) NULL, dt datetime(6), dt0 datetime, c varchar(30) CHARACTER SET latin1 DEFAULT 'it''s',
        ch char(5), t longtext, t16 text CHARACTER SET utf16, bi binary(4), vb varbinary(300), bl longblob,
        virtual int GENERATED ALWAYS AS (i8 + 1) VIRTUAL, stored int GENERATED ALWAYS AS (i8 + 2) STORED,
        unseen int INVISIBLE DEFAULT 5) COMMENT 'x;\\ny AUTO_INCREMENT=5'""",
    """INSERT INTO zoo (i, i8, i8u, one, i16, i24, i64, u64, f, d, m, m2, m38, e, s, j, u, n6, n4, b, b64, y, p, g, da, ti,
        ti0, tz, dt, dt0, c, ch, t, t16, bi, vb, bl, unseen) VALUES
    (0, -128, 255, 7, -32768, 16777215, -9223372036854775808, 18446744073709551615, 3.4028234e38, 1.7976931348623157e308,
        -12345678901234567890123456789012345.123456789012345678901234567890, 1.5, -1.0000000001, 'it''s', 'x,z',
        '{"a": 1}', '6ccd780c-baba-1026-9564-5b8c656024db', '::1', '1.2.3.4', b'1100000001', ~0, 2020, point(1, 2),
        st_geomfromtext('polygon((0 0,1 1,1 0,0 0))', 4326), '0000-00-00', '-838:59:59.999999', '838:59:59',
        '0000-00-00 00:00:00', '0000-00-00 00:00:00', '2020-02-31 10:11:12', 'é€ÿ\\t\\n\\\\', 'ab  ',
        'tab\\tnl\\ncr\\rbs\\\\ q'' dq" nul\\0end \\\\N 😀', 'é😀', x'00ff0a09', x'000102090a0d5c27e25c5ce29cff',
        unhex(repeat('e29c5c090a00', 100)), NULL),
    (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (6, 0, 0, 0, 0, 0, 0, 0, 16777215, 0.1, 0, 0, 0.0000000001, '', '', '[]', '00000000-0000-0000-0000-000000000000',
        '::', '0.0.0.0', 0, 0, 0, point(0, 0), point(0, 0), '2020-00-15', '00:00:00', '-00:00:01',
        '2038-01-19 03:14:07.999', '9999-12-31 23:59:59.999999', '0001-01-01 00:00:00', '', '', '', '', '', '', '', 0),
    (4294967295, -1, 1, -1, 1, 1, 1, 1, 1.17549e-38, 5e-324, 1, 1, 1, 'a', 'y', 'null', uuid(), 'ffff::', '1.1.1.1', 1,
        1, 1901, point(-1.5, 1e300), st_geomfromtext('geometrycollection(point(1 1))'), '0000-01-01', '24:00:00.000001',
        '00:00:00', '1970-01-01 00:00:01', '0000-00-00 11:12:13.5', '2020-00-00 01:02:03', 'NULL', 'N', '\\\\N', '\\\\',
        x'5c', x'5c', x'5c4e', 1)""",
    "CREATE TABLE keyless (a longtext, b longblob)",
    "INSERT INTO keyless SELECT repeat(char(65 + seq % 26), seq % 50), char(seq % 256) FROM seq_1_to_2000",
    "INSERT INTO keyless VALUES (repeat('x', 10000000), repeat(0xe2, 300000))",
    'CREATE TABLE `od``d "na.me %s` (`select` int, `per%cent` varchar(20), `ü` int, PRIMARY KEY (`per%cent`, `select`),'
    " UNIQUE `u q` (`ü`), KEY prefix (`per%cent`(3)))",
    """INSERT INTO `od``d "na.me %s` SELECT seq, concat('K', seq % 7), seq FROM seq_1_to_500""",
    "CREATE TABLE binary_key (k varbinary(20) PRIMARY KEY, v int)",
    "INSERT INTO binary_key SELECT unhex(md5(seq)), seq FROM seq_1_to_300",
    "CREATE TABLE wide_key (e enum('z','m','a'), n decimal(30,5), d datetime(3), u uuid, b bit(5), f double,"
    " PRIMARY KEY (e, n, d, u, b, f))",
    "INSERT INTO wide_key SELECT elt(1 + seq % 3, 'z', 'm', 'a'), seq * 1.00001,"
    " '2020-01-01' + INTERVAL seq second, md5(seq), seq % 32, seq / 7 FROM seq_1_to_400",
    "CREATE TABLE folded_key (k varchar(20) COLLATE utf8mb4_unicode_ci PRIMARY KEY, q int NOT NULL)",
    "INSERT INTO folded_key SELECT concat(elt(1 + seq % 4, 'é', 'E', 'z', 'Å'), seq), seq FROM seq_1_to_500",
]


@pytest.fixture(scope="module")
def zoo(new_mariadb: Callable[..., str]) -> str:
    url: str = new_mariadb()
    run(url, *ZOO)
    return url


def values(zoo: str, column: str, form: Form = Form.ARROW) -> list[object]:
    """The column's four rows, in key order."""
    with open_database(zoo) as database, database.snapshot() as snapshot:
        batches = snapshot.read(Read(TableName("zoo"), (ReadColumn(column, form),)))
        return [value for batch in batches for value in batch.column(0).to_pylist()]


@pytest.fixture
def no_local_infile(zoo: str) -> Iterator[None]:
    run(zoo, "SET GLOBAL local_infile = 0")
    yield
    run(zoo, "SET GLOBAL local_infile = 1")


@pytest.mark.parametrize("form", list(Form))
def test_copy_is_identical(zoo: str, new_mariadb: Callable[..., str], form: Form) -> None:
    """Rows, columns, keys and options are the same in the copy, whatever the types and names, in chunks of 37 rows."""
    target = new_mariadb()
    assert copy(zoo, target, form, rows=37) == []
    with open_database(zoo) as source, open_database(target) as copied:
        schema = source.describe()
        assert comparable(schema) == comparable(copied.describe())
    names = [table.name for table in schema.tables]
    assert checksums(target, names) == checksums(zoo, names)


@pytest.mark.parametrize("form", list(Form))
def test_copy_by_insert_is_identical(
    zoo: str, new_mariadb: Callable[..., str], form: Form, no_local_infile: None
) -> None:
    """Where the server forbids LOAD DATA LOCAL, INSERT brings the same rows."""
    target = new_mariadb()
    copy(zoo, target, form, rows=1000)
    with open_database(zoo) as source:
        names = [table.name for table in source.describe().tables]
    assert checksums(target, names) == checksums(zoo, names)


def test_carriers(zoo: str) -> None:
    """Each column in form `arrow` has the carrier of its kind, in form `wire` it is binary, and says so."""
    with open_database(zoo) as database, database.snapshot() as snapshot:
        table = database.describe().table(TableName("zoo"))
        for form in Form:
            columns = tuple(ReadColumn(column.name, form) for column in table.columns)
            batch = next(iter(snapshot.read(Read(table.name, columns))))
            for field, column in zip(batch.schema, table.columns, strict=True):
                assert form_of(field) is form
                assert field.type == (carrier(column) if form is Form.ARROW else pa.binary())


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("u64", [18446744073709551615, None, 0, 1]),
        ("one", [7, None, 0, -1]),
        ("f", [3.4028234663852886e38, None, 16777215.0, 1.1754900067970481e-38]),
        ("m", ["-12345678901234567890123456789012345.123456789012345678901234567890", None, "0." + "0" * 30,
               "1." + "0" * 30]),
        ("s", ["x,z", None, "", "y"]),
        ("e", ["it's", None, "", "a"]),
        ("b", ["1100000001", None, "0000000000", "0000000001"]),
        ("y", [2020, None, 0, 1901]),
        ("n6", ["::1", None, "::", "ffff::"]),
        ("ti", [-timedelta(hours=838, minutes=59, seconds=59, microseconds=999999), None, timedelta(0),
                timedelta(days=1, microseconds=1)]),
        ("ti0", [timedelta(hours=838, minutes=59, seconds=59), None, -timedelta(seconds=1), timedelta(0)]),
        ("c", ["é€ÿ\t\n\\", None, "", "NULL"]),
        ("bi", [b"\x00\xff\n\t", None, b"\0\0\0\0", b"\\\0\0\0"]),
        ("g", ["SRID=4326;POLYGON((0 0,1 1,1 0,0 0))", None, "POINT(0 0)", "GEOMETRYCOLLECTION(POINT(1 1))"]),
        ("unseen", [None, None, 0, 1]),
    ],
)  # fmt: skip
def test_values(zoo: str, column: str, expected: list[object]) -> None:
    """A cell's value is the one that was put in."""
    assert values(zoo, column) == expected


def test_uuid_is_sixteen_bytes(zoo: str) -> None:
    """A uuid is carried as its 16 bytes in the order of its text."""
    first = values(zoo, "u")[0]
    assert isinstance(first, bytes)
    assert first.hex() == "6ccd780cbaba102695645b8c656024db"


def special(zoo: str, column: str, type_: pa.DataType) -> list[int | None]:
    with open_database(zoo) as database, database.snapshot() as snapshot:
        (batch,) = snapshot.read(Read(TableName("zoo"), (ReadColumn(column, Form.ARROW),)))
        numbers: list[int | None] = batch.column(0).cast(type_).to_pylist()
        return numbers


def test_dates_that_are_none(zoo: str) -> None:
    """0000-00-00, 2020-00-15 and 0000-01-01 are distinct numbers outside the calendar; a real date is itself."""
    numbers = special(zoo, "da", pa.int32())
    odd = [number for number in numbers if number is not None]
    assert len(set(odd)) == 3
    assert all(number < DATES[0] for number in odd)


def test_timestamps_that_are_none(zoo: str) -> None:
    """Zero and impossible timestamps lie outside the calendar, the last microsecond of the year 9999 within."""
    zero, nothing, last, partial = special(zoo, "dt", pa.int64())
    assert nothing is None
    assert last == TIMESTAMPS[1]
    assert zero is not None
    assert partial is not None
    assert partial < zero < TIMESTAMPS[0]
    impossible, _, first, month_zero = special(zoo, "dt0", pa.int64())
    assert first == TIMESTAMPS[0]
    assert len({zero, partial, impossible, month_zero}) == 4


def test_real_dates(new_mariadb: Callable[..., str]) -> None:
    """Ordinary dates and times are the ones of the calendar."""
    url = new_mariadb()
    run(
        url, "CREATE TABLE t (d date, ts datetime(3))", "INSERT INTO t VALUES ('2024-02-29', '1969-12-31 23:59:59.999')"
    )
    with open_database(url) as database, database.snapshot() as snapshot:
        columns = (ReadColumn("d", Form.ARROW), ReadColumn("ts", Form.ARROW))
        (batch,) = snapshot.read(Read(TableName("t"), columns))
    assert batch.to_pylist() == [{"d": date(2024, 2, 29), "ts": datetime(1969, 12, 31, 23, 59, 59, 999000)}]


def test_json_is_known(zoo: str) -> None:
    """MariaDB's JSON is a longtext with a CHECK: it is described as JSON, an ordinary longtext is not."""
    with open_database(zoo) as database:
        table = database.describe().table(TableName("zoo"))
    assert (table.column("j").kind, table.column("t").kind) == (Kind.JSON, Kind.TEXT)
