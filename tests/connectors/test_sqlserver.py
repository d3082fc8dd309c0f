"""SQL Server: its SQL as text; with a server (LOOKALIKE_MSSQL_URL) also the round trip."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import sqlglot

from connectors import open_database
from connectors.arrow import field
from connectors.database import Chunk, Form, Phase, Read, ReadColumn
from connectors.errors import ConnectError, UrlError
from connectors.ms_describe import QUERIES, column_of, folds, native
from connectors.ms_sql import SqlServerText
from connectors.names import TableName
from connectors.rowwise_sample import statements
from connectors.sampling import Coverage
from connectors.schema import Column, ForeignKey, Kind, Match, Schema, Table, Trigger, Unique
from connectors.sqlserver import IDENTITY, LOCK_FREE, RIGHTS, SNAPSHOT_ALLOWED, code_of
from tests.connectors.mariadb_copy import marker

TEXT = SqlServerText("dbo")
NAME = TableName("Order]s", "sales")
TABLE = Table(
    NAME,
    (
        Column("Id", "int", Kind.INTEGER, nullable=False, precision=32, identity="by default"),
        Column("when", "datetime2(7)", Kind.TIMESTAMP, nullable=False),
        Column("at", "datetimeoffset(7)", Kind.TIMESTAMPTZ),
        Column("name", "nvarchar(50)", Kind.TEXT),
        Column("price", "money", Kind.DECIMAL, precision=19, scale=4),
        Column("code", "uniqueidentifier", Kind.UUID),
        Column("data", "varbinary(max)", Kind.BINARY),
        Column("ok", "bit", Kind.BOOLEAN),
        Column("open", "time(7)", Kind.TIME),
        Column("place", "geometry", Kind.OTHER),
        Column("day", "date", Kind.DATE),
        Column("size", "float", Kind.FLOAT),
        Column("tree", "hierarchyid", Kind.OTHER),
    ),
    uniques=(Unique("pk", ("Id", "when"), primary=True),),
    foreign_keys=(
        ForeignKey("loose", ("Id",), TableName("parent"), ("Id",), validated=False),
        ForeignKey("tight", ("Id",), TableName("parent"), ("Id",)),
        ForeignKey("off", ("Id",), TableName("parent"), ("Id",), enforced=False),
    ),
)
SCHEMA = Schema("mssql", "dbo", (TABLE,), triggers=(Trigger("tr", NAME, ""), Trigger("sleeping", NAME, "", False)))


@pytest.mark.parametrize("name", [*QUERIES, "identity", "rights", "snapshot", "lock"])
def test_catalog_queries_are_sql(name: str) -> None:
    """Each one parses as Transact-SQL and is one statement."""
    others = {"identity": IDENTITY, "rights": RIGHTS, "snapshot": SNAPSHOT_ALLOWED, "lock": LOCK_FREE.format("N'x'")}
    assert len(sqlglot.parse(QUERIES.get(name) or others[name], dialect="tsql")) == 1


def test_a_read_is_sql() -> None:
    """Every column comes as text, number or bytes; a chunk of a composite key is spelt out; bounds are literals."""
    columns = tuple(ReadColumn(column.name, Form.ARROW) for column in TABLE.columns)
    chunk = Chunk(NAME, 1, (5, "2020-01-01 00:00:00.0000001"), (9, "2020-01-02"))
    sql = TEXT.select(TABLE, Read(NAME, columns, chunk=chunk, limit=10), {NAME: TABLE})
    parsed = sqlglot.parse_one(sql, dialect="tsql")
    assert len(parsed.expressions) == len(TABLE.columns)
    assert "FROM [sales].[Order]]s] r WHERE" in sql
    assert "[Id] = 5 AND [when] > CAST(N'2020-01-01 00:00:00.0000001' AS datetime2(7))" in sql
    assert sql.endswith("ORDER BY [Id], [when] OFFSET 0 ROWS FETCH NEXT 10 ROWS ONLY")
    assert "r.[place].STAsText()" in sql
    assert "SWITCHOFFSET(r.[at], '+00:00')" in sql


def test_the_next_bound_is_sql() -> None:
    """OFFSET and FETCH instead of LIMIT, and the seventh digit of a second kept."""
    sql = TEXT.bind(TEXT.next_bound(TABLE, ("Id", "when"), after=True), (1, 1, "2020", 99))
    sqlglot.parse_one(sql, dialect="tsql")
    assert "CONVERT(varchar(40), [when], 121)" in sql
    assert sql.endswith("OFFSET 99 ROWS FETCH NEXT 1 ROWS ONLY")


def test_a_sample_is_sql() -> None:
    """Of a large table rows of some blocks, the same ones each time, and its first rows where these are none; long values cut."""
    large = replace(TABLE, estimated_rows=1_000_000)
    (spread, far), (first, start) = statements(TEXT, large, TABLE.columns, 1000, 2001)
    assert (far, start) == (Coverage.SPREAD, Coverage.START)
    for sql in (spread, first):
        assert len(sqlglot.parse_one(sql, dialect="tsql").expressions) == len(TABLE.columns)
        assert "LEFT(CAST(r.[name] AS nvarchar(max)), 2001)" in sql
        assert "SUBSTRING(r.[data], 1, 2001)" in sql
    assert (
        "FROM [sales].[Order]]s] r TABLESAMPLE SYSTEM (1.000000 PERCENT) REPEATABLE (1)) s WHERE n % 10 = 0" in spread
    )
    assert first.endswith("r ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 1001 ROWS ONLY")
    small = replace(TABLE, estimated_rows=10_000)
    assert (
        "FROM [sales].[Order]]s] r) s WHERE n % 10 = 0" in next(statements(TEXT, small, TABLE.columns, 1000, 2001))[0]
    )
    assert len(list(statements(TEXT, TABLE, TABLE.columns, 1000, 2001))) == 1


def batch(**columns: pa.Array) -> pa.RecordBatch:
    fields = [field(TABLE.column(name), Form.ARROW, "mssql", values.type) for name, values in columns.items()]
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=pa.schema(fields))


def test_rows_are_inserted_as_literals() -> None:
    """A thousand at a time, quotes doubled, identity values ours."""
    ids = pa.array(range(2500), pa.int64())
    statements = list(TEXT.inserts(TABLE, batch(Id=ids, name=pa.array(["it's"] * 2500))))
    assert len(statements) == 3
    assert statements[0].startswith(
        "SET IDENTITY_INSERT [sales].[Order]]s] ON; INSERT INTO [sales].[Order]]s] ([Id], [name])"
    )
    assert "(7, N'it''s')" in statements[0]
    assert statements[2].endswith("; SET IDENTITY_INSERT [sales].[Order]]s] OFF")
    without = list(TEXT.inserts(TABLE, batch(name=pa.array(["a"]))))
    assert without == ["INSERT INTO [sales].[Order]]s] ([name]) VALUES (N'a')"]


@pytest.mark.parametrize(
    ("column", "values", "literal"),
    [
        ("price", pa.array([Decimal("1.5000")], pa.decimal128(19, 4)), "N'1.5000'"),
        ("code", pa.array([bytes(range(16))], pa.binary(16)), "N'00010203-0405-0607-0809-0a0b0c0d0e0f'"),
        ("data", pa.array([b"\x00'"]), "0x0027"),
        ("data", pa.array([None], pa.binary()), "NULL"),
        ("ok", pa.array([True]), "1"),
        ("when", pa.array([datetime(2020, 1, 2)], pa.timestamp("us")), "CAST(N'2020-01-02 00:00:00.000000' AS datetime2(6))"),
        ("at", pa.array([0], pa.timestamp("us", "UTC")), "CAST(N'1970-01-01 00:00:00.000000' AS datetimeoffset(7))"),
        ("open", pa.array([1_000_001], pa.duration("us")), "N'00:00:01.000001'"),
        ("place", pa.array(["POINT(1 2)"]), "geometry::STGeomFromText(N'POINT(1 2)', 0)"),
        ("tree", pa.array(["/1/"]), "hierarchyid::Parse(N'/1/')"),
        ("day", pa.array([0], pa.date32()), "N'1970-01-01'"),
        ("size", pa.array([1e-300]), "1e-300"),
        ("name", pa.array(["a"]).dictionary_encode(), "N'a'"),
    ],
)  # fmt: skip
def test_literals(column: str, values: pa.Array, literal: str) -> None:
    """Each carrier as the text that its type takes."""
    (statement,) = TEXT.inserts(TABLE, batch(**{column: values}))
    assert statement.endswith(f"VALUES ({literal})")


def test_constraints_and_triggers_are_switched() -> None:
    """Trusted keys are checked again, untrusted and disabled ones stay what they were."""
    switches = {switch.name: switch for switch in TEXT.switches(SCHEMA, lambda sql: [])}
    assert set(switches) == {"foreign key loose", "foreign key tight", "trigger tr"}
    assert switches["foreign key tight"].on == "ALTER TABLE [sales].[Order]]s] WITH CHECK CHECK CONSTRAINT [tight]"
    assert switches["foreign key loose"].on == "ALTER TABLE [sales].[Order]]s] CHECK CONSTRAINT [loose]"
    assert switches["trigger tr"].off == "DISABLE TRIGGER [sales].[tr] ON [sales].[Order]]s]"


def test_counters_and_drops() -> None:
    assert TEXT.advance(TABLE, TABLE.columns[0], 7) == [
        "DBCC CHECKIDENT (N'[sales].[Order]]s]', RESEED, 7) WITH NO_INFOMSGS"
    ]
    assert TEXT.advance_sequence(TableName("s"), 7) == "ALTER SEQUENCE [dbo].[s] RESTART WITH 8"
    assert TEXT.drop(SCHEMA)[-1] == "DROP TABLE IF EXISTS [sales].[Order]]s]"


def test_marker_tables_are_sql() -> None:
    for definition in TEXT.marker_tables().values():
        sqlglot.parse_one(definition, dialect="tsql")


def row(**changes: Any) -> dict[str, Any]:
    return {
        "NAME": "c", "TYPE_NAME": "int", "BASE_NAME": "int", "MAX_LENGTH": 4, "DIGITS": 10, "SCALE": 0,
        "IS_NULLABLE": True, "IS_IDENTITY": False, "IS_HIDDEN": False, "ALWAYS_TYPE": 0, "COLLATION_NAME": None,
        "DEFAULT_TEXT": None, "COMPUTED_TEXT": None, "REMARK": None, **changes,
    }  # fmt: skip


def test_columns() -> None:
    """Types, lengths in characters, user types, row versions."""
    assert native("nvarchar", row(MAX_LENGTH=100)) == "nvarchar(50)"
    assert native("varbinary", row(MAX_LENGTH=-1)) == "varbinary(max)"
    text = column_of(row(TYPE_NAME="Email", BASE_NAME="nvarchar", MAX_LENGTH=100))
    assert (text.domain, text.length, text.kind) == ("Email", 50, Kind.TEXT)
    assert column_of(row(TYPE_NAME="timestamp", BASE_NAME="timestamp")).generated
    money = column_of(row(TYPE_NAME="money", BASE_NAME="money"))
    assert (money.precision, money.scale) == (19, 4)
    assert column_of(row(TYPE_NAME="tinyint", BASE_NAME="tinyint")).unsigned


def test_collations() -> None:
    assert folds("SQL_Latin1_General_CP1_CI_AS") == {Match.PAD, Match.CASE}
    assert folds("Latin1_General_100_CI_AI") == {Match.PAD, Match.CASE, Match.ACCENT}
    assert folds("Latin1_General_100_BIN2_UTF8") == {Match.PAD}


@pytest.mark.parametrize("url", ["mssql://sa@127.0.0.1", "mssql://sa@127.0.0.1/db?nonsense=1"])
def test_bad_addresses(url: str) -> None:
    with pytest.raises(UrlError):
        open_database(url)


def test_unreachable_server() -> None:
    """One sentence with the place and without the password."""
    with pytest.raises(ConnectError, match=r"no server answers at 127\.0\.0\.1:1") as caught:
        open_database("mssql://sa:hidden@127.0.0.1:1/db")
    assert "hidden" not in str(caught.value)


def test_error_numbers() -> None:
    assert code_of(Exception((2627, b"Violation of PRIMARY KEY: (topsecret)"))) == "2627"
    assert code_of(Exception("words")) == "unknown"


@pytest.fixture
def server() -> str:
    url = os.environ.get("LOOKALIKE_MSSQL_URL")
    if not url:
        pytest.skip("notyet: no SQL Server here; set LOOKALIKE_MSSQL_URL to an empty database to run this")
    return url


@pytest.mark.notyet("no SQL Server installs here")
def test_round_trip(server: str) -> None:
    """Rows of every carrier come back as they were written."""
    source = Schema("postgresql", "public", (Table(TableName("zoo"), TABLE.columns[:9], uniques=TABLE.uniques),))
    with open_database(server) as database:
        schema, script = database.portable_ddl(source)
        with database.target() as target:
            target.claim(marker())
            target.execute(script.phase(Phase.BEFORE))
            (table,) = schema.tables
            values = [pa.array([1], pa.int64()), pa.array([0], pa.timestamp("us"))]
            fields = [field(table.column(name), Form.ARROW, "mssql") for name in ("Id", "when")]
            rows = pa.RecordBatch.from_arrays(values, schema=pa.schema(fields))
            assert target.write(table, Chunk(table.name, 0), [rows]).rows == 1
            target.finish(schema, fresh=True)
        with database.snapshot() as snapshot:
            found = list(
                snapshot.read(Read(table.name, (ReadColumn("Id", Form.ARROW), ReadColumn("when", Form.ARROW))))
            )
        assert pa.Table.from_batches(found).to_pydict() == pa.Table.from_batches([rows]).to_pydict()
        with database.nonce_lock("n"):
            assert database.sees_lock("n")
        with database.target() as target:
            target.drop(schema)
            target.release()
