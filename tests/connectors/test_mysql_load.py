"""Loading MariaDB: each chunk once, whole or not at all, and nothing that the server bends goes unnoticed."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest

from connectors import open_database
from connectors.arrow import field
from connectors.database import Chunk, Form, Phase, Read, ReadColumn, State, Statement
from connectors.errors import DdlError, TargetError, WriteError
from connectors.my_bulk import Bulk
from connectors.my_target import MySqlTarget
from connectors.names import TableName
from connectors.schema import Schema, Table, Unique
from tests.connectors.mariadb_copy import checksums, copy, everything, marker, run, session

NAME = TableName("t")


@pytest.fixture
def url(new_mariadb: Callable[..., str]) -> str:
    made: str = new_mariadb()
    return made


def described(url: str) -> Schema:
    with open_database(url) as database:
        return database.describe()


def batch(table: Table, dialect: str = "mariadb", **columns: pa.Array) -> pa.RecordBatch:
    fields = [field(table.column(name), Form.ARROW, dialect) for name in columns]
    fields = [named.with_type(values.type) for named, values in zip(fields, columns.values(), strict=True)]
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=pa.schema(fields))


def load(url: str, *batches: pa.RecordBatch) -> int:
    """The rows that one chunk brought."""
    table = described(url).table(NAME)
    with open_database(url) as database, database.target() as target:
        target.claim(marker())
        return target.write(table, Chunk(NAME, 0), batches).rows


def refused(url: str, **columns: pa.Array) -> WriteError:
    """The error of a load that must change nothing, with the secret in it nowhere."""
    table = described(url).table(NAME)
    with pytest.raises(WriteError) as caught:
        load(url, batch(table, **columns))
    assert run(url, "SELECT count(*) FROM t") == [("0",)]
    assert run(url, "SELECT count(*) FROM lookalike__chunk") == [("0",)]
    assert "topsecret" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.table == NAME
    return caught.value


@pytest.fixture(params=[True, False], ids=["load data", "insert"])
def bulk(request: pytest.FixtureRequest, url: str) -> Iterator[None]:
    run(url, f"SET GLOBAL local_infile = {int(request.param)}")
    yield
    run(url, "SET GLOBAL local_infile = 1")


@pytest.mark.parametrize(
    ("definition", "value", "column"),
    [
        ("x uuid", "topsecret", "x"),
        ("x int", "topsecret", "x"),
        ("x date", "topsecret", "x"),
        ("x varchar(3)", "topsecret", "x"),
        ("x enum('a')", "topsecret", "x"),
        ("x json", "topsecret", None),
        ("x varchar(30) CHECK (x <> 'topsecret')", "topsecret", None),
    ],
)
def test_bent_value_is_refused(url: str, bulk: None, definition: str, value: str, column: str | None) -> None:
    """A value that the server would turn into NULL, cut or drop fails the chunk, names its table and is not quoted."""
    run(url, f"CREATE TABLE t (id int PRIMARY KEY, {definition})")
    error = refused(url, id=pa.array([1, 2], pa.int64()), x=pa.array([None, value]))
    assert error.column == column


def test_null_in_a_not_null_column_is_refused(url: str, bulk: None) -> None:
    run(url, "CREATE TABLE t (id int PRIMARY KEY, x int NOT NULL)")
    error = refused(url, id=pa.array([1, 2], pa.int64()), x=pa.array([1, None], pa.int64()))
    assert error.column == "x"


def test_duplicate_is_refused(url: str, bulk: None) -> None:
    """LOAD DATA LOCAL would skip the second row without an error."""
    run(url, "CREATE TABLE t (id int PRIMARY KEY, x varchar(20), UNIQUE once (x))")
    error = refused(url, id=pa.array([1, 2], pa.int64()), x=pa.array(["topsecret", "topsecret"]))
    assert "once" in (error.constraint or "") or "rows" in str(error) or "1062" in str(error)


def test_vanished_values_show_in_the_count_of_nulls(url: str) -> None:
    """Were the server's warnings lost, a value that became NULL would still be found, by column."""

    class Deaf(Bulk):
        def _compare_warnings(self, warnings: int, expected: int) -> None:
            assert (warnings, expected) == (1, 0)

    run(url, "CREATE TABLE t (id int PRIMARY KEY, x uuid, y int)")
    table = described(url).table(NAME)
    text = batch(table, id=pa.array([1, 2], pa.int64()), x=pa.array(["none", None]), y=pa.array([None, 1], pa.int64()))
    with open_database(url) as database, database.target() as target:
        assert isinstance(target, MySqlTarget)
        bulk = Deaf(target._wire, target._sql, table, counts_nulls=True, max_packet=1 << 20)
        with pytest.raises(WriteError, match="column x has 2 NULLs in the target and 1 were sent"):
            bulk.load([text])


def test_infinite_date_of_another_dialect_is_refused(url: str) -> None:
    run(url, "CREATE TABLE t (id int PRIMARY KEY, x date)")
    table = described(url).table(NAME)
    infinity = pa.array([2**31 - 1], pa.int32()).cast(pa.date32())
    with pytest.raises(WriteError, match="column x: date holds the years 1 to 9999"):
        load(url, batch(table, "postgresql", id=pa.array([1], pa.int64()), x=infinity))


def test_values_of_other_dialects(url: str, bulk: None) -> None:
    """Carriers that MariaDB itself never gives are written too: booleans, UUIDs into text, times of day, UTC moments."""
    run(
        url,
        "CREATE TABLE t (id int PRIMARY KEY, yes tinyint(1), bit_ bit(1), text_uuid char(36), raw binary(16),"
        " at time(3), moment datetime(6), tiny decimal(30,12), `real` double, big varchar(40))",
    )
    identifier = bytes(range(16))
    rows = batch(
        described(url).table(NAME),
        "postgresql",
        id=pa.array([1, 2], pa.int64()),
        yes=pa.array([True, None]),
        bit_=pa.array([True, False]),
        text_uuid=pa.array([None, identifier], pa.binary(16)),
        raw=pa.array([identifier, None], pa.binary(16)),
        at=pa.array([86_399_999_999, None], pa.duration("us")),
        moment=pa.array([-1, None], pa.timestamp("us", "UTC")),
        tiny=pa.array([None, "0.000000000001"]).cast(pa.decimal128(30, 12)),
        real=pa.array([1e-300, 0.1]),
        big=pa.array(["a", "b"]).dictionary_encode(),
    )
    assert load(url, rows) == 2
    assert run(url, "SELECT yes, bit_ + 0, text_uuid, hex(raw), at, moment, tiny, `real`, big FROM t ORDER BY id") == [
        ("1", "1", None, identifier.hex().upper(), "23:59:59.999", "1969-12-31 23:59:59.999999", None, "1e-300", "a"),
        (None, "0", "00010203-0405-0607-0809-0a0b0c0d0e0f", None, None, None, "0.000000000001", "0.1", "b"),
    ]


def test_chunk_is_loaded_once(url: str) -> None:
    """The same chunk again, from another process even, does nothing and reads nothing."""
    run(url, "CREATE TABLE t (id int PRIMARY KEY)")
    table = described(url).table(NAME)
    rows = batch(table, id=pa.array([1, 2, 3], pa.int64()))

    def never() -> Iterator[pa.RecordBatch]:
        raise AssertionError("a repeated chunk was read")
        yield

    assert load(url, rows) == 3
    with open_database(url) as database, database.target() as target:
        target.claim(marker())
        assert target.done() == {(NAME, 0): 3}
        written = target.write(table, Chunk(NAME, 0), never())
    assert (written.rows, written.repeated) == (3, True)


def test_failing_batches_leave_nothing(url: str, bulk: None) -> None:
    """When the reader or a masker fails half-way its own error comes out, the chunk is empty and the target goes on."""
    run(url, "CREATE TABLE t (id int PRIMARY KEY)")
    table = described(url).table(NAME)

    def failing() -> Iterator[pa.RecordBatch]:
        yield batch(table, id=pa.array([1], pa.int64()))
        raise KeyError("masker")

    with open_database(url) as database, database.target() as target:
        target.claim(marker())
        with pytest.raises(KeyError, match="masker"):
            target.write(table, Chunk(NAME, 0), failing())
        assert target.done() == {}
        assert target.write(table, Chunk(NAME, 0), [batch(table, id=pa.array([7], pa.int64()))]).rows == 1
    assert run(url, "SELECT id FROM t") == [("7",)]


def test_empty_chunk(url: str, bulk: None) -> None:
    """A chunk without rows is committed like any other."""
    run(url, "CREATE TABLE t (id int PRIMARY KEY)")
    assert load(url) == 0
    assert load(url, batch(described(url).table(NAME), id=pa.array([], pa.int64()))) == 0


def test_rows_of_nothing_but_generated_columns_arrive(url: str, bulk: None, new_mariadb: Callable[..., str]) -> None:
    """Read without a column, written without a value."""
    run(url, "CREATE TABLE t (g int AS (1 + 1) STORED, v int AS (7))", "INSERT INTO t () VALUES (), (), ()")
    other = new_mariadb()
    copy(url, other, Form.ARROW)
    assert run(other, "SELECT g, v FROM t") == [("2", "7")] * 3


def test_claim(url: str) -> None:
    """One run at a time; the same run again; our tables are in no description; release leaves nothing behind."""
    run(url, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    with open_database(url) as database, database.target() as target:
        assert target.marker() is None
        assert target.occupied() == (NAME,)
        target.claim(marker("a"))
        target.claim(marker("a"))
        with pytest.raises(TargetError, match="run a is loading this target"):
            target.claim(marker("b"))
        target.set_state(State.COMPLETE)
        found = target.marker()
        assert found is not None
        assert (found.run, found.state) == ("a", State.COMPLETE)
        target.claim(marker("b"))
        assert [table.name for table in database.describe().tables] == [NAME]
        target.empty(database.describe().tables)
        assert target.occupied() == ()
        target.release()
    assert run(url, "SHOW TABLES") == [("t",)]


def statement(sql: str, kind: str = "table") -> Statement:
    return Statement(Phase.BEFORE, kind, "thing", sql)


def test_steps_are_resumed(url: str) -> None:
    """A finished step is skipped, one that was begun and is there counts as done, one that fails for another reason fails."""
    with open_database(url) as database, database.target() as target:
        assert isinstance(target, MySqlTarget)
        target.claim(marker())
        first, second = statement("CREATE TABLE one (a int)"), statement("CREATE TABLE two (a int)")
        assert target.execute([first]) == []
        assert target.execute([first]) == []
        target._ledger.set_step(second, "started")
        run(url, "CREATE TABLE two (a int)", "CREATE TABLE three (a int)")
        assert target.execute([second]) == []
        with pytest.raises(DdlError) as caught:
            target.execute([statement("CREATE TABLE three (a int)")])
        assert caught.value.code == "1050"


def test_failing_view_is_an_issue(url: str) -> None:
    """What loses no row is reported and the run goes on."""
    with open_database(url) as database, database.target() as target:
        target.claim(marker())
        (issue,) = target.execute([statement("CREATE VIEW v AS SELECT * FROM nowhere", "view")])
    assert "view thing cannot be made" in issue.message


def test_triggers_survive_a_crash(url: str) -> None:
    """They are off while loading, and a later process makes them again with their modes, definer and order."""
    run(
        url,
        "CREATE TABLE t (id int PRIMARY KEY, x varchar(90))",
        "SET sql_mode = 'PIPES_AS_CONCAT'",
        "CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW SET new.x = new.x || '1'",
        "CREATE TRIGGER two BEFORE INSERT ON t FOR EACH ROW SET new.x = new.x || '2'",
    )
    before = run(url, "SHOW CREATE TRIGGER one")[0][1:3], run(url, "SHOW CREATE TRIGGER two")[0][1:3]
    schema = described(url)
    rows = batch(schema.table(NAME), id=pa.array([1], pa.int64()), x=pa.array(["a"]))
    with open_database(url) as database, database.target() as target:
        target.claim(marker(fresh=False))
        assert "triggers" in target.begin(schema, fresh=False)
        target.write(schema.table(NAME), Chunk(NAME, 0), [rows])
    assert run(url, "SHOW TRIGGERS") == []
    with open_database(url) as database, database.target() as target:
        target.claim(marker(fresh=False))
        target.begin(described(url), fresh=False)
        assert target.finish(schema, fresh=False) == []
    assert (run(url, "SHOW CREATE TRIGGER one")[0][1:3], run(url, "SHOW CREATE TRIGGER two")[0][1:3]) == before
    run(url, "INSERT INTO t VALUES (2, 'b')")
    assert run(url, "SELECT x FROM t ORDER BY id") == [("a",), ("b12",)]


def test_a_trigger_that_cannot_be_made_again_leaves_its_text(url: str) -> None:
    run(url, "CREATE TABLE t (id int)", "CREATE TABLE log (id int)")
    run(url, "CREATE TRIGGER told AFTER INSERT ON t FOR EACH ROW INSERT INTO log VALUES (new.id)")
    schema = described(url)
    with open_database(url) as database, database.target() as target:
        target.claim(marker())
        target.begin(schema, fresh=False)
        run(url, "DROP TABLE t")
        gone = Schema("mariadb", schema.default_schema, ())
        assert [issue.code for issue in target.finish(gone, fresh=False)] == ["trigger-lost"]
        target.set_state(State.COMPLETE)
    (left,) = run(url, "SELECT name, statement FROM lookalike__undo")
    assert left[0] == "told"
    assert "INSERT INTO log" in left[1]


def test_two_processes_cannot_claim_a_target_at_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.my_marker.LOCK_TIMEOUT", 0)
    with open_database(url) as database, database.target() as first, database.target() as second:
        first.claim(marker())
        with pytest.raises(TargetError, match="another process"):
            second.claim(marker())


def test_counters_are_past_the_data(url: str, new_mariadb: Callable[..., str]) -> None:
    """The next row of an auto-increment or a sequence collides with nothing."""
    run(
        url,
        "CREATE SEQUENCE numbers",
        "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, n bigint DEFAULT nextval(numbers))",
        "INSERT INTO t (n) SELECT nextval(numbers) FROM seq_1_to_5",
        "INSERT INTO t VALUES (500, 90)",
        "CREATE SEQUENCE loose START WITH 7 INCREMENT BY 2",
        "SELECT nextval(loose)",
    )
    target = new_mariadb()
    assert copy(url, target, Form.WIRE) == []
    run(target, "INSERT INTO t () VALUES ()")
    ((identifier, number),) = run(target, "SELECT id, n FROM t ORDER BY id DESC LIMIT 1")
    assert int(identifier) == 501
    assert int(number) > 90
    assert int(run(target, "SELECT nextval(loose)")[0][0]) >= 9


CYCLES = [
    "SET foreign_key_checks = 0",
    "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL, me int, FOREIGN KEY (b) REFERENCES b (id),"
    " FOREIGN KEY (me) REFERENCES a (id))",
    "CREATE TABLE b (id int PRIMARY KEY, c int NOT NULL, d int, FOREIGN KEY (c) REFERENCES c (id),"
    " FOREIGN KEY (d) REFERENCES d (x))",
    "CREATE TABLE c (id int PRIMARY KEY, a int NOT NULL, FOREIGN KEY (a) REFERENCES a (id))",
    "CREATE TABLE d (x int, y int, PRIMARY KEY (x, y), UNIQUE (y, x), FOREIGN KEY (y, x) REFERENCES d (x, y))",
    "INSERT INTO a SELECT seq, 301 - seq, 1 + seq % 300 FROM seq_1_to_300",
    "INSERT INTO b SELECT seq, seq, seq FROM seq_1_to_300",
    "INSERT INTO c SELECT seq, 301 - seq FROM seq_1_to_300",
    "INSERT INTO d SELECT seq, seq FROM seq_1_to_300",
    "INSERT INTO a VALUES (1000, 5555, NULL)",
]


@pytest.mark.parametrize("fresh", [True, False])
def test_cycles_and_orphans(url: str, new_mariadb: Callable[..., str], fresh: bool) -> None:
    """NOT NULL cycles, self references and the source's own orphans arrive as they are, with every key in force."""
    run(url, *CYCLES)
    target_url = new_mariadb()
    if fresh:
        assert copy(url, target_url, Form.ARROW, rows=77) == []
    else:
        run(target_url, *CYCLES, *(f"TRUNCATE TABLE {name}" for name in "abcd"))
        fill(url, target_url)
    schema = described(target_url)
    assert schema.tables == described(url).tables or fresh
    names = [table.name for table in schema.tables]
    assert checksums(target_url, names) == checksums(url, names)
    with open_database(target_url) as database, database.audit() as audit:
        orphans = {key.columns: audit.orphans(table.name, key) for table in schema.tables for key in table.foreign_keys}
        assert all(audit.duplicates(table.name, unique) == 0 for table in schema.tables for unique in table.uniques)
    assert orphans.pop(("b",)) == 1
    assert set(orphans.values()) == {0}
    assert len(orphans) == 5
    with session(target_url) as wire, pytest.raises(Exception, match="1452"):
        wire.run("INSERT INTO c VALUES (9999, 9999)")


def fill(source_url: str, target_url: str) -> None:
    """Load an existing target."""
    with open_database(source_url) as source, open_database(target_url) as database:
        schema = database.describe()
        with database.target() as target, source.snapshot() as snapshot:
            target.claim(marker(fresh=False))
            assert target.begin(schema, fresh=False).startswith("foreign_key_checks=0")
            for table in schema.tables:
                for chunk in snapshot.chunks(table.name, 50):
                    request = Read(table.name, everything(table, Form.WIRE), chunk=chunk)
                    target.write(table, chunk, snapshot.read(request))
            assert target.finish(schema, fresh=False) == []


def test_audit_counts(url: str) -> None:
    """Duplicates under a collation, failures of a CHECK and rows are counted."""
    run(
        url,
        "SET check_constraint_checks = 0",
        "CREATE TABLE t (id int PRIMARY KEY, x varchar(9) COLLATE utf8mb4_general_ci, y int, CHECK (y > 0))",
        "INSERT INTO t VALUES (1, 'a', 1), (2, 'A', NULL), (3, 'á', -1), (4, NULL, 1), (5, NULL, 1)",
    )
    table = described(url).table(NAME)
    with open_database(url) as database, database.audit() as audit:
        assert audit.count(NAME) == 5
        assert audit.duplicates(NAME, Unique("u", ("x",))) == 2
        assert audit.failures(NAME, table.checks[0]) == 1


def test_columns_of_a_batch_may_come_in_any_order(url: str) -> None:
    """And a table's own counter of NULLs needs no whole number: dates, blobs and texts alone load as well."""
    run(url, "CREATE TABLE t (d date, b blob, f float)")
    table = described(url).table(NAME)
    rows = batch(table, f=pa.array([0.5, None]), d=pa.array([None, 0], pa.date32()), b=pa.array([b"\0\t", None]))
    assert load(url, rows) == 2
    assert run(url, "SELECT d, hex(b), f FROM t ORDER BY d") == [(None, "0009", "0.5"), ("1970-01-01", None, None)]


def test_reader_columns_can_be_few(url: str) -> None:
    """Only the columns asked for are read."""
    run(url, "CREATE TABLE t (id int PRIMARY KEY, x int)", "INSERT INTO t VALUES (1, 2)")
    with open_database(url) as database, database.snapshot() as snapshot:
        (found,) = snapshot.read(Read(NAME, (ReadColumn("x", Form.ARROW),)))
    assert found.to_pydict() == {"x": [2]}
