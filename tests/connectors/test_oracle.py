"""Oracle: its SQL as text; with a server (LOOKALIKE_ORACLE_URL) also the round trip."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
import sqlglot

from connectors import open_database
from connectors.arrow import field
from connectors.database import Chunk, Derived, Form, Phase, Read, ReadColumn
from connectors.errors import ConnectError, UrlError
from connectors.names import TableName
from connectors.ora_describe import QUERIES, column_of, native
from connectors.ora_sql import OracleText
from connectors.oracle import IDENTITY, RIGHTS, SESSION, _arguments
from connectors.rowwise_sample import statements
from connectors.sampling import Coverage
from connectors.schema import Column, ForeignKey, Kind, Schema, Table, Trigger, Unique
from connectors.sql import parse_url
from tests.connectors.mariadb_copy import marker

TEXT = OracleText("HR")
NAME, PARENT = TableName("Odd Table"), TableName("DEPARTMENTS")
TABLE = Table(
    NAME,
    (
        Column("ID", "NUMBER(9,0)", Kind.INTEGER, nullable=False, precision=64, identity="always"),
        Column("SINCE", "DATE", Kind.TIMESTAMP, nullable=False),
        Column("EXACT", "TIMESTAMP(9)", Kind.TIMESTAMP),
        Column("MOMENT", "TIMESTAMP(6) WITH TIME ZONE", Kind.TIMESTAMPTZ),
        Column("NAME", "VARCHAR2(50 CHAR)", Kind.TEXT, length=50),
        Column("PAY", "NUMBER(8,2)", Kind.DECIMAL, precision=8, scale=2),
        Column("ANY_NUMBER", "NUMBER", Kind.DECIMAL),
        Column("RAW_KEY", "RAW(16)", Kind.BINARY, length=16),
        Column("NOTE", "CLOB", Kind.TEXT),
        Column("DOC", "XMLTYPE", Kind.XML),
        Column("SPAN", "INTERVAL DAY(2) TO SECOND(6)", Kind.INTERVAL),
        Column("PLACE", "SDO_GEOMETRY", Kind.OTHER),
        Column("DEPT", "NUMBER(4,0)", Kind.INTEGER, precision=64),
    ),
    uniques=(Unique("PK", ("ID", "SINCE"), primary=True),),
    foreign_keys=(
        ForeignKey("LOOSE", ("DEPT",), PARENT, ("ID",), validated=False),
        ForeignKey("TIGHT", ("DEPT",), PARENT, ("ID",)),
    ),
)
DEPARTMENTS = Table(
    PARENT, (Column("ID", "NUMBER(4,0)", Kind.INTEGER, precision=64), Column("TITLE", "CLOB", Kind.TEXT))
)
SCHEMA = Schema("oracle", "HR", (TABLE,), triggers=(Trigger("TR", NAME, ""),))


@pytest.mark.parametrize("name", [*QUERIES, "identity", "rights"])
def test_catalog_queries_are_sql(name: str) -> None:
    """Each one parses as Oracle's SQL and is one statement."""
    sql = TEXT.bind(QUERIES.get(name) or {"identity": IDENTITY, "rights": RIGHTS}[name], ["HR"])
    assert len(sqlglot.parse(sql, dialect="oracle")) == 1


def test_session_settings_make_texts_alike() -> None:
    """Numbers travel as text with a point, moments in UTC."""
    assert "NLS_NUMERIC_CHARACTERS = '.,'" in SESSION[0]
    assert "TIME_ZONE = '+00:00'" in SESSION[0]


def test_a_read_is_sql() -> None:
    """Every column comes as text, number or bytes, an ancestor's too; the chunk is spelt out."""
    columns = tuple(ReadColumn(column.name, Form.ARROW) for column in TABLE.columns)
    request = Read(
        NAME,
        columns,
        derived=(Derived("title", (TABLE.foreign_keys[0],), "TITLE"),),
        chunk=Chunk(NAME, 1, ("5", "2020-01-01 00:00:00"), None),
        limit=10,
    )
    sql = TEXT.select(TABLE, request, {NAME: TABLE, PARENT: DEPARTMENTS})
    # The parser does not know this one function.
    sqlglot.parse_one(sql.replace("XMLSERIALIZE(CONTENT ", "(").replace(" AS CLOB)", ")"), dialect="oracle")
    assert 'FROM "HR"."Odd Table" r WHERE' in sql
    assert "\"ID\" = TO_NUMBER('5') AND \"SINCE\" > TO_DATE('2020-01-01 00:00:00', 'YYYY-MM-DD HH24:MI:SS')" in sql
    assert '(SELECT p0."TITLE" FROM "HR"."DEPARTMENTS" p0 WHERE p0."ID" = r."DEPT")' in sql
    assert 'SYS_EXTRACT_UTC(r."MOMENT")' in sql
    assert sql.endswith('ORDER BY "ID", "SINCE" OFFSET 0 ROWS FETCH NEXT 10 ROWS ONLY')


def test_a_sample_is_sql() -> None:
    """Of a large table rows of some blocks, the same ones each time, and its first rows where these are none; long values cut."""
    columns = [column for column in TABLE.columns if column.kind is not Kind.XML]
    (spread, far), (first, start) = statements(TEXT, replace(TABLE, estimated_rows=1_000_000), columns, 1000, 2001)
    assert (far, start) == (Coverage.SPREAD, Coverage.START)
    assert len(sqlglot.parse_one(first, dialect="oracle").expressions) == len(columns)
    assert 'SUBSTR(r."NOTE", 1, 2001)' in first
    assert 'UTL_RAW.SUBSTR(r."RAW_KEY", 1, 2001)' in first
    assert 'FROM "HR"."Odd Table" SAMPLE BLOCK (1.000000) SEED (1) r) s WHERE MOD(n, 10) = 0' in spread
    assert TEXT.cut(Column("FILE", "BLOB", Kind.BINARY), "r.FILE", 2001) == "DBMS_LOB.SUBSTR(r.FILE, 2000, 1)"


def test_bounds_keep_every_digit() -> None:
    """Nine digits of a second, bytes as hexadecimal: a rounded bound would lose rows between chunks."""
    assert "FF9" in TEXT.key(TABLE, "EXACT")
    assert "FF9" in TEXT.bound(TABLE, "EXACT")
    assert TEXT.key(TABLE, "RAW_KEY") == 'RAWTOHEX("RAW_KEY")'
    assert TEXT.bind(TEXT.bound(TABLE, "RAW_KEY"), ["00FF"]) == "HEXTORAW('00FF')"
    assert "SYS_EXTRACT_UTC" in TEXT.key(TABLE, "MOMENT")
    assert TEXT.bound(TABLE, "MOMENT").startswith("FROM_TZ(")


def test_rows_are_bound_by_place() -> None:
    """With the function that makes each column's type of a text, whatever the session's formats."""
    schema = pa.schema(
        [
            ("ID", pa.int64()), ("SINCE", pa.timestamp("us")), ("MOMENT", pa.timestamp("us", "UTC")),
            ("ANY_NUMBER", pa.string()), ("DOC", pa.string()), ("SPAN", pa.string()), ("PLACE", pa.string()),
        ]
    )  # fmt: skip
    sql = TEXT.insertion(TABLE, schema)
    assert sql == (
        'INSERT INTO "HR"."Odd Table" ("ID", "SINCE", "MOMENT", "ANY_NUMBER", "DOC", "SPAN", "PLACE") VALUES (:1, '
        "TO_TIMESTAMP(:2, 'YYYY-MM-DD HH24:MI:SS.FF6'), FROM_TZ(TO_TIMESTAMP(:3, 'YYYY-MM-DD HH24:MI:SS.FF6'), 'UTC'), "
        "TO_NUMBER(:4), XMLTYPE(:5), TO_DSINTERVAL(:6), SDO_UTIL.FROM_WKTGEOMETRY(:7))"
    )


@pytest.mark.parametrize(
    ("column", "given", "expected"),
    [
        ("ID", ["5", None], [5, None]),
        ("PAY", [".5", "-10.25", None], ["0.50", "-10.25", None]),
        ("ANY_NUMBER", ["1.5E+100", None], ["1.5E+100", None]),
        ("EXACT", ["2020-01-02 03:04:05.000006", None], [datetime(2020, 1, 2, 3, 4, 5, 6), None]),
        ("RAW_KEY", [b"\0", None], [b"\0", None]),
    ],
)
def test_values_are_decoded(column: str, given: list[Any], expected: list[Any]) -> None:
    """The server's texts as carriers; `.5` is a number too."""
    found = TEXT.decoded(given, TABLE.column(column)).to_pylist()
    assert [str(value) if column == "PAY" and value is not None else value for value in found] == expected


def test_constraints_triggers_and_identities_are_switched() -> None:
    """Validated keys are validated again; an ALWAYS identity takes our values meanwhile."""
    switches = {switch.name: switch for switch in TEXT.switches(SCHEMA, lambda sql: [])}
    assert switches["foreign key TIGHT"].on == 'ALTER TABLE "HR"."Odd Table" ENABLE VALIDATE CONSTRAINT "TIGHT"'
    assert switches["foreign key LOOSE"].on == 'ALTER TABLE "HR"."Odd Table" ENABLE NOVALIDATE CONSTRAINT "LOOSE"'
    assert switches["trigger TR"].off == 'ALTER TRIGGER "HR"."TR" DISABLE'
    assert "BY DEFAULT AS IDENTITY" in switches["ID"].off


def test_counters_and_drops() -> None:
    assert TEXT.advance(TABLE, TABLE.columns[0], 41) == [
        'ALTER TABLE "HR"."Odd Table" MODIFY "ID" GENERATED ALWAYS AS IDENTITY (START WITH 42)'
    ]
    assert TEXT.advance_sequence(TableName("S"), 7) == 'ALTER SEQUENCE "HR"."S" RESTART START WITH 8'
    assert TEXT.drop(SCHEMA) == ['DROP TABLE "HR"."Odd Table" CASCADE CONSTRAINTS PURGE']


def test_marker_tables_are_sql() -> None:
    for definition in TEXT.marker_tables().values():
        sqlglot.parse_one(definition, dialect="oracle")


def row(**changes: Any) -> dict[str, Any]:
    return {
        "COLUMN_NAME": "C", "DATA_TYPE": "NUMBER", "DATA_LENGTH": 22, "CHAR_LENGTH": 0, "CHAR_USED": None,
        "DATA_PRECISION": None, "DATA_SCALE": None, "NULLABLE": "Y", "DATA_DEFAULT": None, "VIRTUAL_COLUMN": "NO",
        "IDENTITY_COLUMN": "NO", "GENERATION_TYPE": None, "HIDDEN_COLUMN": "NO", "COLLATION": None, "COMMENTS": None,
        **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("NUMBER", Kind.DECIMAL, None)),
        ({"DATA_PRECISION": 9, "DATA_SCALE": 0}, ("NUMBER(9,0)", Kind.INTEGER, 64)),
        ({"DATA_PRECISION": 30, "DATA_SCALE": 0}, ("NUMBER(30,0)", Kind.DECIMAL, 30)),
        ({"DATA_PRECISION": 8, "DATA_SCALE": 2}, ("NUMBER(8,2)", Kind.DECIMAL, 8)),
        ({"DATA_TYPE": "TIMESTAMP(6) WITH LOCAL TIME ZONE"},
         ("TIMESTAMP(6) WITH LOCAL TIME ZONE", Kind.TIMESTAMPTZ, None)),
        ({"DATA_TYPE": "VARCHAR2", "CHAR_LENGTH": 20, "CHAR_USED": "C"}, ("VARCHAR2(20 CHAR)", Kind.TEXT, None)),
        ({"DATA_TYPE": "RAW", "DATA_LENGTH": 16}, ("RAW(16)", Kind.BINARY, None)),
    ],
)  # fmt: skip
def test_columns(changes: dict[str, Any], expected: tuple[str, Kind, int | None]) -> None:
    column = column_of(row(**changes))
    assert (column.native, column.kind, column.precision) == expected


def test_generated_and_identity_columns() -> None:
    """A virtual column's default is its expression; an identity's is its own business."""
    virtual = column_of(row(VIRTUAL_COLUMN="YES", DATA_DEFAULT='"A"+1 '))
    assert (virtual.generated, virtual.default) == ('"A"+1', None)
    identity = column_of(row(IDENTITY_COLUMN="YES", GENERATION_TYPE="ALWAYS", DATA_DEFAULT='"HR"."ISEQ$$_1".nextval'))
    assert (identity.identity, identity.default) == ("always", None)
    assert native("nvarchar2", row(DATA_TYPE="NVARCHAR2", CHAR_LENGTH=9, CHAR_USED="C")) == "NVARCHAR2(9)"


def test_tls_is_the_default_away_from_here() -> None:
    """A host elsewhere is asked for a verified certificate; this machine or an explicit word for plain TCP."""
    remote = _arguments(parse_url("oracle://hr:pw@db.example/?service_name=X"), {"service_name": "X"})
    assert (remote["protocol"], remote["ssl_server_dn_match"], remote["port"]) == ("tcps", True, 2484)
    assert _arguments(parse_url("oracle://hr@127.0.0.1/X"), {})["protocol"] == "tcp"
    assert _arguments(parse_url("oracle://hr@db.example/X"), {"protocol": "tcp"})["port"] == 1521


@pytest.mark.parametrize("url", ["oracle://127.0.0.1/X", "oracle://hr@127.0.0.1/X?nonsense=1"])
def test_bad_addresses(url: str) -> None:
    with pytest.raises(UrlError):
        open_database(url)


def test_unreachable_server() -> None:
    """One sentence with the place and without the password."""
    with pytest.raises(ConnectError, match=r"no server answers at 127\.0\.0\.1:1,") as caught:
        open_database("oracle://hr:hidden@127.0.0.1:1/X")
    assert "hidden" not in str(caught.value)


@pytest.fixture
def server() -> str:
    url = os.environ.get("LOOKALIKE_ORACLE_URL")
    if not url:
        pytest.skip("notyet: no Oracle here; set LOOKALIKE_ORACLE_URL to an empty schema to run this")
    return url


@pytest.mark.notyet("no Oracle installs here")
def test_round_trip(server: str) -> None:
    """Rows come back as they were written."""
    columns = (Column("id", "int8", Kind.INTEGER, nullable=False, precision=64), Column("t", "text", Kind.TEXT))
    table = Table(TableName("zoo"), columns, uniques=(Unique("zoo_pk", ("id",), primary=True),))
    with open_database(server) as database:
        schema, script = database.portable_ddl(Schema("postgresql", "public", (table,)))
        (made,) = schema.tables
        fields = [field(column, Form.ARROW, "oracle") for column in made.columns]
        rows = pa.RecordBatch.from_arrays([pa.array([1, 2]), pa.array(["a", None])], schema=pa.schema(fields))
        with database.target() as target:
            target.claim(marker())
            target.execute(script.phase(Phase.BEFORE))
            assert target.write(made, Chunk(made.name, 0), [rows]).rows == 2
        with database.snapshot() as snapshot:
            wanted = tuple(ReadColumn(column.name, Form.ARROW) for column in made.columns)
            found = list(snapshot.read(Read(made.name, wanted)))
        assert pa.Table.from_batches(found).to_pydict() == pa.Table.from_batches([rows]).to_pydict()
        with database.target() as target:
            target.drop(schema)
            target.release()
