"""Loading a SQLite file: claims, chunks, triggers, counters, and what is said when it goes wrong."""

import sqlite3
from dataclasses import replace

import pyarrow as pa
import pytest

from connectors import open_database
from connectors.arrow import FORMAT, field
from connectors.database import Chunk, Form, Marker, Phase, Read, ReadColumn, State, Statement
from connectors.errors import ConnectError, DdlError, TargetError, WriteError
from connectors.names import TableName

MARKER = Marker("run 1", "plan", State.LOADING, "source", "2026-01-01T00:00:00Z", True, "0.1")
T = TableName("t")


def run(url: str, script: str) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.executescript(script)


def ask(url: str, sql: str) -> list:
    return sqlite3.connect(url.removeprefix("sqlite:///")).execute(sql).fetchall()


def batch(table, **columns) -> pa.RecordBatch:
    fields = [field(table.column(name), Form.ARROW, "sqlite") for name in columns]
    arrays = [pa.array(values, f.type) for values, f in zip(columns.values(), fields, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


@pytest.fixture
def url(new_sqlite) -> str:
    made = new_sqlite()
    run(made, "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT NOT NULL UNIQUE CHECK (v <> 'bad'))")
    return made


def test_a_chunk_is_written_once(url):
    with open_database(url) as database, database.target() as target:
        (table,) = database.describe().tables
        target.claim(MARKER)
        chunk, rows = Chunk(T, 0), batch(table, id=[1, 2], v=["a", "b"])
        assert (target.write(table, chunk, [rows]).rows, target.write(table, chunk, [rows]).repeated) == (2, True)
        assert target.done() == {(T, 0): 2}
    assert ask(url, "SELECT count(*) FROM t") == [(2,)]


def test_a_failed_chunk_leaves_no_row_and_no_chunk_row(url):
    with open_database(url) as database, database.target() as target:
        (table,) = database.describe().tables
        target.claim(MARKER)
        with pytest.raises(WriteError) as caught:
            target.write(table, Chunk(T, 0), [batch(table, id=[1], v=["a"]), batch(table, id=[2], v=["a"])])
        assert target.done() == {}
    assert (caught.value.constraint, caught.value.table) == ("t.v", T)
    assert ask(url, "SELECT count(*) FROM t") == [(0,)]


@pytest.mark.parametrize("value", ["Ada Byron secret", None])
def test_no_error_repeats_a_cell(url, value):
    """UNIQUE, NOT NULL and CHECK failures name columns only, and no driver error travels along."""
    run(url, "INSERT INTO t (v) VALUES ('Ada Byron secret')")
    with open_database(url) as database, database.target() as target:
        (table,) = database.describe().tables
        target.claim(MARKER)
        with pytest.raises(WriteError) as caught:
            target.write(table, Chunk(T, 0), [batch(table, id=[7], v=[value])])
    assert "secret" not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_another_run_cannot_claim_a_held_target(url):
    with open_database(url) as database, database.target() as target:
        target.claim(MARKER)
        target.claim(MARKER)
        with pytest.raises(TargetError, match="run 1"):
            target.claim(replace(MARKER, run="run 2"))
        target.set_state(State.INCOMPLETE)
        target.claim(replace(MARKER, run="run 2"))
        assert target.marker().run == "run 2"


def test_the_marker_is_hidden_and_goes_without_trace(url):
    before = ask(url, "SELECT name, sql FROM sqlite_schema ORDER BY name")
    with open_database(url) as database, database.target() as target:
        target.claim(MARKER)
        assert [table.name for table in database.describe().tables] == [T]
        assert target.occupied() == ()
        target.release()
        assert target.marker() is None
    assert ask(url, "SELECT name, sql FROM sqlite_schema ORDER BY name") == before


def test_complete_keeps_the_marker_and_nothing_else_of_ours(url):
    with open_database(url) as database, database.target() as target:
        target.claim(MARKER)
        target.set_state(State.COMPLETE)
        assert target.marker() == replace(MARKER, state=State.COMPLETE)
    assert ask(url, "SELECT name FROM sqlite_schema WHERE name LIKE 'lookalike%'") == [("lookalike__marker",)]


def test_statements_run_once_and_a_lost_view_is_an_issue(url):
    table = Statement(Phase.BEFORE, "table", "u", "CREATE TABLE u (a)", TableName("u"))
    view = Statement(Phase.AFTER, "view", "w", "CREATE VIEW w AS SELEKT")
    with open_database(url) as database, database.target() as target:
        target.claim(MARKER)
        assert target.execute([table]) == [] == target.execute([table])
        assert [issue.code for issue in target.execute([view])] == ["ddl-failed"]
        with pytest.raises(DdlError):
            target.execute([replace(table, sql="CREATE TABLE u (b)")])


def test_triggers_do_not_fire_while_loading_and_survive_a_crash(url):
    """What `begin` dropped is in the target; another process can finish."""
    trigger = "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO t (v) VALUES (new.v || '!'); END"
    run(url, trigger)
    with open_database(url) as database, database.target() as target:
        schema = database.describe()
        target.claim(MARKER)
        target.begin(schema, fresh=False)
        target.write(schema.table(T), Chunk(T, 0), [batch(schema.table(T), id=[1], v=["a"])])
    assert ask(url, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'") == [(0,)]
    with open_database(url) as database, database.target() as target:
        target.claim(MARKER)
        target.finish(schema, fresh=False)
    assert ask(url, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'") == [(trigger,)]
    assert ask(url, "SELECT v FROM t") == [("a",)]


@pytest.mark.parametrize("ending", ["released", "taken over"])
def test_triggers_come_back_when_a_run_is_given_up(url, ending):
    run(url, "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END")
    with open_database(url) as database, database.target() as target:
        schema = database.describe()
        target.claim(MARKER)
        target.begin(schema, fresh=False)
        target.set_state(State.INCOMPLETE)
        if ending == "taken over":
            target.claim(replace(MARKER, run="run 2"))
            target.begin(schema, fresh=False)
            target.finish(schema, fresh=False)
        target.release()
        assert [trigger.name for trigger in database.describe().triggers] == ["tr"]


def test_a_complete_run_on_an_existing_target_can_be_cleared_for_the_next(url):
    run(url, "CREATE TRIGGER kept BEFORE DELETE ON t BEGIN SELECT raise(ABORT, 'no'); END")
    with open_database(url) as database, database.target() as target:
        schema = database.describe()
        target.claim(replace(MARKER, fresh=False))
        target.begin(schema, fresh=False)
        target.write(schema.tables[0], Chunk(T, 0), [batch(schema.tables[0], id=[1], v=["a"])])
        target.finish(schema, fresh=False)
        target.set_state(State.COMPLETE)
        target.set_state(State.INCOMPLETE)
        target.finish(schema, fresh=False)
        target.empty(schema.tables)
        target.release()
    assert ask(url, "SELECT name FROM sqlite_schema WHERE type = 'trigger'") == [("kept",)]
    assert ask(url, "SELECT count(*) FROM t") == [(0,)]


def test_the_counter_stands_past_the_data(url):
    with open_database(url) as database, database.target() as target:
        schema = database.describe()
        target.claim(MARKER)
        target.write(schema.table(T), Chunk(T, 0), [batch(schema.table(T), id=[500], v=["a"])])
        target.finish(schema, fresh=True)
    run(url, "DELETE FROM t; INSERT INTO t (v) VALUES ('next')")
    assert ask(url, "SELECT id FROM t") == [(501,)]


def test_empty_and_drop_fire_no_trigger_and_ask_no_foreign_key(url):
    run(
        url,
        """CREATE TABLE child (t INTEGER NOT NULL REFERENCES t (id) ON DELETE RESTRICT);
           INSERT INTO t (id, v) VALUES (1, 'a'); INSERT INTO child VALUES (1);
           CREATE TRIGGER tr BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'no'); END;
           CREATE VIEW w AS SELECT * FROM t; CREATE TABLE other (a);""",
    )
    with open_database(url) as database, database.target() as target:
        schema = database.describe()
        target.empty([schema.table(T)])
        assert target.occupied() == (TableName("child"),)
        kept = replace(schema, tables=tuple(table for table in schema.tables if table.name.name != "other"))
        target.drop(kept)
        assert [table.name.name for table in database.describe().tables] == ["other"]


def test_a_new_file_is_made_for_a_target_and_removed_when_nothing_was_claimed(new_sqlite, tmp_path):
    with open_database(new_sqlite("new")) as database, database.target():
        pass
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConnectError, match="does not exist"), open_database(f"sqlite:///{tmp_path}/a/b.db").target():
        pass


def test_a_locked_database_is_one_clear_sentence(url, monkeypatch):
    monkeypatch.setattr("connectors.sqlite._WAIT_S", 0.1)
    holder = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with (
        open_database(url) as database,
        database.target() as target,
        pytest.raises(TargetError, match="another program holds the database locked"),
    ):
        target.claim(MARKER)


def test_a_full_disk_is_one_clear_sentence(url):
    with open_database(url) as database, database.target() as target:
        (table,) = database.describe().tables
        target.claim(MARKER)
        target._connection.execute("PRAGMA max_page_count = 20")
        with pytest.raises(WriteError, match="the disk is full"):
            target.write(table, Chunk(T, 0), [batch(table, id=[1], v=["x" * 1_000_000])])
        assert target.done() == {}


def test_an_unsigned_number_that_does_not_fit_is_refused_by_name(url):
    run(url, "CREATE TABLE n (a INTEGER)")
    with open_database(url) as database, database.target() as target:
        table = database.describe().table(TableName("n"))
        target.claim(MARKER)
        huge = pa.RecordBatch.from_arrays([pa.array([2**63], pa.uint64())], ["a"])
        with pytest.raises(WriteError, match=r"n\.a: a number is greater than 9223372036854775807"):
            target.write(table, Chunk(table.name, 0), [huge])


def test_what_other_dialects_call_a_date_or_a_number_is_kept_as_text(new_sqlite):
    """Infinity and a zero date are read back as themselves; a NaN is not silently NULL."""
    url = new_sqlite()
    run(url, "CREATE TABLE s (d DATE, m TIMESTAMP, t TIME, f REAL)")
    infinity, zero = 10_957 - 2**31 - 1, -1_000_000
    with open_database(url) as database, database.target() as target:
        (table,) = database.describe().tables
        target.claim(MARKER)
        for ordinal, (dialect, day) in enumerate([("postgresql", infinity), ("mysql", zero), ("sqlite", 0)]):
            fields = [field(column, Form.ARROW, dialect) for column in table.columns]
            cells = [pa.array([day], pa.int32()).cast(pa.date32()), None, -36_000_000_000 * 30, float("nan")]
            arrays = [
                c if isinstance(c, pa.Array) else pa.array([c], f.type) for c, f in zip(cells, fields, strict=True)
            ]
            target.write(
                table, Chunk(table.name, ordinal), [pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))]
            )
    rest = (None, "-300:00:00", "NaN")
    assert ask(url, "SELECT * FROM s") == [("infinity", *rest), ("0000-00-00", *rest), ("1970-01-01", *rest)]
    with open_database(url) as database, database.snapshot() as snapshot:
        batches = list(snapshot.read(Read(table.name, tuple(ReadColumn(c.name, Form.ARROW) for c in table.columns))))
        days = [day for batch in batches for day in batch.column(0).cast(pa.int32()).to_pylist()]
        assert sorted(days, key=str) == sorted([infinity, zero, 0], key=str)
        assert all(
            batch.column(2).cast(pa.int64()).to_pylist() == [-1_080_000_000_000] * len(batch) for batch in batches
        )
        assert snapshot.unreadable == {}


def test_a_drop_takes_the_virtual_tables_that_the_run_made_and_no_other(new_sqlite):
    source, url = new_sqlite(), new_sqlite()
    run(
        source,
        "CREATE TABLE doc (id INTEGER PRIMARY KEY, body); CREATE VIRTUAL TABLE found USING fts5(body, content='doc')",
    )
    run(url, "CREATE VIRTUAL TABLE testers USING fts5(body)")
    with open_database(source) as one, open_database(url) as database:
        schema = one.describe()
        statements = one.ddl(schema).statements
        with database.target() as target:
            for number in (1, 2):
                target.claim(replace(MARKER, run=f"run {number}"))
                assert target.execute(statements) == []
                target.set_state(State.COMPLETE)
                target.drop(schema)
                target.release()
                kept = ask(url, "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'testers%'")
                assert kept == []
    assert ask(url, "SELECT count(*) FROM testers") == [(0,)]


def test_text_that_is_none_is_refused_without_its_bytes(url):
    with open_database(url) as database, database.target() as target:
        (table,) = database.describe().tables
        target.claim(MARKER)
        metadata = {FORMAT: b"text"}
        rows = pa.record_batch([pa.array([b"secret\xff"])], pa.schema([pa.field("v", pa.binary(), metadata=metadata)]))
        with pytest.raises(WriteError, match=r"^t\.v: a value has no form in SQLite$") as caught:
            target.write(table, Chunk(T, 0), [rows])
    assert caught.value.__suppress_context__
