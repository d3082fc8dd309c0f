"""What SQL Server and Oracle share, run through a driver that is here: sqlite3 speaks in rows too."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors.database import Chunk, Derived, Form, Phase, Read, ReadColumn, State, Statement
from connectors.errors import DdlError, ReadError, TargetError, WriteError
from connectors.names import TableName
from connectors.rowwise import RowCounts, RowSnapshot, RowText, Session, Switch, from_text
from connectors.rowwise_target import RowTarget
from connectors.sampling import Coverage, coverage_of
from connectors.schema import Column, ForeignKey, Kind, Schema, Table, Unique
from connectors.sql import Sql
from tests.connectors.mariadb_copy import marker

CITY, PERSON = TableName("city"), TableName("per'son [x]")
TABLES = (
    Table(
        CITY,
        (Column("id", "integer", Kind.INTEGER, nullable=False, precision=64), Column("name", "text", Kind.TEXT)),
        uniques=(Unique("pk", ("id",), primary=True),),
    ),
    Table(
        PERSON,
        (
            Column("a", "integer", Kind.INTEGER, nullable=False, precision=64, identity="by default"),
            Column("b", "text", Kind.TEXT, nullable=False),
            Column("city", "integer", Kind.INTEGER, precision=64),
            Column("photo", "blob", Kind.BINARY),
        ),
        uniques=(Unique("pk", ("a", "b"), primary=True),),
        foreign_keys=(ForeignKey("lives", ("city",), CITY, ("id",)),),
    ),
)
SCHEMA = Schema("rows", "", TABLES)


class RowsOfSqlite(RowText):
    """SQLite as a dialect of the row-wise kind."""

    dialect = "rows"
    marker_types = {"text": "TEXT", "long": "TEXT", "number": "INTEGER", "small": "INTEGER"}  # noqa: RUF012
    exists = frozenset({"there"})
    next_bound = Sql.next_bound

    def limited(self, sql: str, limit: int) -> str:
        return f"{sql} LIMIT {limit}"

    def literal(self, value: Any) -> str:
        if isinstance(value, bytes):
            return f"x'{value.hex()}'"
        return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)

    def selected(self, column: Column, quoted: str) -> str:
        return quoted

    def cut(self, column: Column, selected: str, most: int) -> str:
        return f"substr({selected}, 1, {most})"

    def some_blocks(self, relation: str, alias: str, share: float) -> str:
        return f"{relation} {alias}"

    def decoded(self, values: list[Any], column: Column) -> pa.Array:
        return from_text(values, column)

    def insert(self, connection: Any, table: Table, batch: pa.RecordBatch) -> None:
        marks = ", ".join("?" * batch.num_columns)
        sql = f"INSERT INTO {self.relation(table.name)} ({self.columns(batch.schema.names)}) VALUES ({marks})"
        connection.executemany(sql, list(zip(*(column.to_pylist() for column in batch.columns), strict=True)))

    def switches(self, schema: Schema, select: Callable[..., list[tuple[Any, ...]]]) -> list[Switch]:
        drop = "DROP TRIGGER IF EXISTS t"
        made = "CREATE TRIGGER t BEFORE INSERT ON city BEGIN SELECT RAISE(ABORT, 'x'); END"
        return [Switch(drop, "SELECT * FROM fails", made, "trigger t"), Switch("SELECT 1", "SELECT 2", None, "nothing")]

    def advance(self, table: Table, column: Column, highest: int) -> list[str]:
        return [f"UPDATE city SET name = '{highest}' WHERE id = -1"]

    def advance_sequence(self, name: TableName, highest: int) -> str:
        return "SELECT 1"

    def drop(self, schema: Schema) -> list[str]:
        return [f"DROP TABLE {self.relation(table.name)}" for table in schema.tables]

    def table_exists(self, name: str) -> str:
        return f"SELECT count(*) FROM sqlite_schema WHERE name = {self.literal(name)}"


def code(error: Exception) -> str:
    return "there" if "already exists" in str(error) else "other"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    connection = sqlite3.connect(tmp_path / "rows.db")
    connection.executescript(
        """CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE "per'son [x]" (a INTEGER, b TEXT, city INTEGER, photo BLOB, PRIMARY KEY (a, b));
        CREATE TRIGGER t BEFORE INSERT ON city BEGIN SELECT RAISE(ABORT, 'x'); END;"""
    )
    yield Session(connection, RowsOfSqlite(), sqlite3.Error, code)
    connection.close()


def fill(session: Session) -> None:
    connection = session.connection
    connection.execute("DROP TRIGGER t")
    connection.executemany("INSERT INTO city VALUES (?, ?)", [(number, f"city {number}") for number in range(10)])
    rows = [(number // 3, f"o'{number} %s", number % 12 or None, b"\0'") for number in range(1000)]
    connection.executemany("""INSERT INTO "per'son [x]" VALUES (?, ?, ?, ?)""", rows)
    connection.commit()


def test_chunks_of_a_composite_key_cover_the_table_once(session: Session) -> None:
    """Whatever quotes the key holds, and the ancestor's column comes along."""
    fill(session)
    snapshot = RowSnapshot(session, SCHEMA)
    chunks = snapshot.chunks(PERSON, 90)
    columns = tuple(ReadColumn(column.name, Form.ARROW) for column in TABLES[1].columns)
    derived = (Derived("city_name", TABLES[1].foreign_keys, "name"),)
    batches = [batch for chunk in chunks for batch in snapshot.read(Read(PERSON, columns, derived, chunk))]
    rows = [row for batch in batches for row in batch.to_pylist()]
    assert len(chunks) == 12
    assert len({(row["a"], row["b"]) for row in rows}) == len(rows) == 1000
    assert [(row["a"], row["b"]) for row in rows] == sorted((row["a"], row["b"]) for row in rows)
    assert all(row["city_name"] == (f"city {row['city']}" if (row["city"] or 99) < 10 else None) for row in rows)


def test_batches_are_bounded(session: Session) -> None:
    """By rows and by bytes; a limit is kept; an unknown type names its column and no value."""
    fill(session)
    snapshot = RowSnapshot(session, SCHEMA)
    columns = (ReadColumn("a", Form.ARROW),)
    assert max(batch.num_rows for batch in snapshot.read(Read(PERSON, columns, batch_rows=64))) <= 64
    assert sum(batch.num_rows for batch in snapshot.read(Read(PERSON, columns, limit=7))) == 7
    session.connection.execute("UPDATE city SET name = x'00ff' WHERE id = 1")
    with pytest.raises(ReadError, match=r"city.name holds a value that is not of its type text"):
        list(snapshot.read(Read(CITY, (ReadColumn("name", Form.ARROW),))))


def test_a_sample_is_whole_spread_or_the_start(session: Session) -> None:
    """By what the catalog says of the table's size; whatever it says, no more rows come than are wanted."""
    fill(session)
    names = [column.name for column in TABLES[1].columns]
    for known, wanted, rows, coverage in (
        (None, 2000, 1000, Coverage.WHOLE), (None, 100, 100, Coverage.START), (1000, 100, 100, Coverage.SPREAD),
        (10, 100, 100, Coverage.START),
    ):  # fmt: skip
        schema = replace(SCHEMA, tables=(TABLES[0], replace(TABLES[1], estimated_rows=known)))
        (found,) = RowSnapshot(session, schema).sample(PERSON, names, wanted, 3)
        assert (found.num_rows, coverage_of(found.schema)) == (rows, coverage)
        assert {len(value) for value in found.column("b").to_pylist()} == {3}
        assert {len(value) for value in found.column("photo").to_pylist()} == {2}
        assert coverage is not Coverage.SPREAD or max(found.column("a").to_pylist()) > 320
    session.connection.execute("DELETE FROM city")
    assert list(RowSnapshot(session, SCHEMA).sample(CITY, ["id"], 10, 3)) == []


def test_counts(session: Session) -> None:
    fill(session)
    counts = RowCounts(session)
    assert counts.count(PERSON) == 1000
    assert counts.orphans(PERSON, TABLES[1].foreign_keys[0]) == 166
    assert counts.duplicates(PERSON, Unique("u", ("a",))) == 666
    with pytest.raises(ReadError):
        counts.count(TableName("nowhere"))


def people(*rows: tuple[int, str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"a": [row[0] for row in rows], "b": [row[1] for row in rows]})


def test_target_is_claimed_loaded_once_and_released(session: Session) -> None:
    """The whole life of a target."""
    target = RowTarget(session, SCHEMA)
    assert target.marker() is None
    target.claim(marker())
    target.claim(marker())
    with pytest.raises(TargetError, match="run run-1 is loading"):
        target.claim(marker("other"))
    chunk = Chunk(PERSON, 0)
    assert target.write(TABLES[1], chunk, [people((1, "x"), (2, "y"))]).rows == 2
    assert target.write(TABLES[1], chunk, [people((9, "z"))]).repeated
    with pytest.raises(WriteError) as caught:
        target.write(TABLES[1], Chunk(PERSON, 1), [people((5, "secret")), people((1, "x"))])
    assert "secret" not in str(caught.value)
    assert target.done() == {(PERSON, 0): 2}
    assert target.occupied() == (PERSON,)
    target.set_state(State.COMPLETE)
    found = target.marker()
    assert found is not None
    assert found.state is State.COMPLETE
    target.release()
    assert session.select("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'lookalike%'") == [(0,)]


def test_switches_are_ledgered_and_restored_by_another_process(session: Session) -> None:
    """What cannot be checked on is switched on without a check, and said."""
    target = RowTarget(session, SCHEMA)
    target.claim(marker(fresh=False))
    assert "disabled" in target.begin(SCHEMA, fresh=False)
    assert session.select("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'") == [(0,)]
    (issue,) = RowTarget(session, SCHEMA).finish(SCHEMA, fresh=False)
    assert "trigger t is on again" in issue.message
    assert session.select("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'") == [(1,)]
    assert RowTarget(session, SCHEMA).finish(SCHEMA, fresh=False) == []


def test_steps_are_resumed(session: Session) -> None:
    """A finished step is skipped; a failing view is an issue, a failing table an error."""
    target = RowTarget(session, SCHEMA)
    target.claim(marker())
    made = Statement(Phase.BEFORE, "table", "n", "CREATE TABLE n (a)")
    assert target.execute([made]) == []
    assert target.execute([made]) == []
    (issue,) = target.execute([Statement(Phase.AFTER, "view", "v", "CREATE VIEW broken")])
    assert "view v cannot be made" in issue.message
    with pytest.raises(DdlError):
        target.execute([Statement(Phase.BEFORE, "table", "other", "CREATE TABLE n (b)")])


def test_drop_and_empty(session: Session) -> None:
    fill(session)
    target = RowTarget(session, SCHEMA)
    target.drop(SCHEMA)
    assert session.select("SELECT count(*) FROM sqlite_schema WHERE type = 'table'") == [(0,)]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (Kind.TIME, [86_399_999_999, None], pa.duration("us")),
        (Kind.UUID, ["00010203-0405-0607-0809-0a0b0c0d0e0f", None], pa.binary(16)),
        (Kind.TIMESTAMPTZ, ["2020-01-02 03:04:05.123456", None], pa.timestamp("us", "UTC")),
        (Kind.BOOLEAN, [True, None], pa.bool_()),
        (Kind.INTEGER, [None, None], pa.int64()),
        (Kind.DATE, ["2020-02-29", None], pa.date32()),
    ],
)
def test_carriers(kind: Kind, values: list[Any], expected: pa.DataType) -> None:
    """Whatever a driver gives becomes the carrier of its kind, NULLs kept."""
    array = from_text(values, Column("c", "x", kind))
    assert array.type == expected
    assert array.is_valid().to_pylist() == [value is not None for value in values]
