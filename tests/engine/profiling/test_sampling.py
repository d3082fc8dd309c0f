"""What is read of a table, and what is said of the rest: refused columns, emptiness, bytes, long texts, wrong encodings."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import make_url

from connectors import open_database
from connectors.errors import SnapshotLost
from connectors.names import TableName
from connectors.schema import Kind
from engine.profiling.facts import LONGEST, ColumnFacts
from engine.profiling.sampling import sample_table, unusable_views
from tests.shop import HERE, Plain, shop

every_dialect = pytest.mark.parametrize("new_database", HERE, indirect=True)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c6300010000050001"
)


def sampled(url: str, table: str, rows: int = 1000):
    with open_database(url) as database, database.snapshot() as snapshot:
        return sample_table(snapshot, database.describe().table(TableName(table)), rows)


def told(found) -> set[tuple[str | None, str, bool]]:
    return {(each.column, each.code, each.blocking) for each in found.not_examined}


def sqlite_table(url: str, body: str, *rows: tuple) -> str:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute(f"create table t ({body})")
        connection.executemany(f"insert into t values ({', '.join('?' * len(rows[0]))})", rows) if rows else None
        connection.commit()
    return url


@every_dialect
def test_a_small_table_is_read_whole_and_an_empty_one_is_said_to_be_empty(new_database):
    plain = shop(new_database())
    found = sampled(plain.url, "customer")
    assert {name: sample.rows for name, sample in found.columns.items()} == dict.fromkeys(
        ("id", "email", "Order", "born", "seen", "rate", "photo", "boss"), 3
    )
    assert all(sample.whole and not sample.cut for sample in found.columns.values())
    assert told(found) == {("photo", "all-null", False)}
    assert told(sampled(plain.url, "vacant")) == {(None, "empty", False)}


def test_of_a_column_without_values_in_a_part_of_the_table_somebody_must_decide(new_sqlite):
    url = sqlite_table(new_sqlite(), "id integer primary key, word text", *((n, None) for n in range(50)))
    assert told(sampled(url, "t", 20)) == {("word", "all-null", True)}
    assert told(sampled(url, "t", 50)) == {("word", "all-null", False)}


def test_long_texts_are_cut_and_counted(new_sqlite):
    url = sqlite_table(
        new_sqlite(), "word text, doc json", ("x" * LONGEST, "[]"), ("ü" * (LONGEST + 1), "[1]"), ("x" * 10**7, "[2]")
    )
    found = sampled(url, "t")
    assert found.columns["word"].cut == 2
    assert sorted(map(len, found.columns["word"].values.to_pylist())) == [LONGEST] * 3
    assert told(found) == {("word", "cut", False)}


def test_bytes_are_told_from_letters_and_from_pictures(new_sqlite):
    """Somebody must decide on bytes that are neither, unless they are a key."""
    rows = [(bytes([n, 255]), PNG, b"Ada Lovelace", bytes([n, 254])) for n in range(5)]
    url = sqlite_table(new_sqlite(), "k blob primary key, photo blob, name blob, raw blob", *rows)
    found = sampled(url, "t")
    assert told(found) == {("photo", "binary", False), ("raw", "binary", True)}
    assert found.columns["name"].spelt
    assert found.columns["name"].values.to_pylist() == ["Ada Lovelace"] * 5
    assert not found.columns["raw"].spelt


def test_values_of_another_type_are_read_as_texts_where_they_are_most(new_sqlite):
    rows = [("555-1234", "2020-01-01"), ("555-99", "soon"), (1, "2020-01-02")]
    url = sqlite_table(new_sqlite(), "phone integer, born date", *rows)
    found = sampled(url, "t")
    assert told(found) == {("phone", "type", False), ("born", "type", False)}
    assert (found.columns["phone"].spelt, found.columns["born"].spelt) == (True, False)
    with open_database(url) as database:
        schema = database.describe()
    table = schema.table(TableName("t"))
    kinds = [ColumnFacts(schema, table, c, found.columns[c.name]).kind for c in table.columns]
    assert kinds == [Kind.TEXT, Kind.DATE]


def test_a_text_in_no_encoding_costs_a_table_nothing(new_sqlite):
    url = new_sqlite()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("create table t (word text, number integer)")
        connection.execute("insert into t values (cast(x'41ff42' as text), 1), ('plain', 2)")
        connection.commit()
    found = sampled(url, "t")
    assert told(found) == {("word", "encoding", False)}
    assert found.columns["number"].values.to_pylist() == [1, 2]


def test_elements_of_arrays_and_days_of_the_calendar_are_read(new_postgresql):
    plain = Plain(new_postgresql())
    plain.run(
        "create table t (mails text[], ids integer[], day date);\n"
        """insert into t values ('{a@b.example,"c d",NULL}', '{1,2}', 'infinity'),"""
        " ('{{x},{y}}', null, '2020-01-01'), (null, null, null)"
    )
    found = sampled(plain.url, "t").columns
    assert found["mails"].values.to_pylist() == ["a@b.example", "c d", "x"]
    assert (found["mails"].spelt, found["ids"].spelt) == (True, False)
    assert [day and day.isoformat() for day in found["day"].values.to_pylist()] == [None, "2020-01-01", None]


def test_a_login_without_the_right_to_some_columns_reads_the_others_of_the_same_rows(new_postgresql):
    plain = Plain(new_postgresql())
    plain.run(
        "create table t (id integer primary key, a text, secret text, b text);\n"
        "insert into t select n, 'a' || n, 's', 'b' || n from generate_series(1, 20000) n;\n"
        "create table closed (id integer);\n"
        "insert into closed values (1);\n"
        "drop role if exists reader_of_some;\n"
        "create role reader_of_some login password 'x';\n"
        "grant select (id, a, b) on t to reader_of_some"
    )
    url = make_url(plain.url).set(username="reader_of_some", password="x").render_as_string(hide_password=False)
    found = sampled(url, "t")
    assert told(found) == {("secret", "no-permission", True)}
    pairs = zip(found.columns["a"].values.to_pylist(), found.columns["b"].values.to_pylist(), strict=True)
    assert all(a[1:] == b[1:] for a, b in pairs)
    assert found.columns["id"].rows == 1000
    assert max(found.columns["id"].values.to_pylist()) > 15_000
    assert told(sampled(url, "closed")) == {(None, "no-permission", True)}
    plain.run("drop owned by reader_of_some;\ndrop role reader_of_some")


def test_mariadb_refuses_a_column_and_gives_the_others(new_mariadb):
    plain = Plain(new_mariadb())
    parsed = make_url(plain.url)
    plain.run(
        "create table t (id integer primary key, a varchar(9), secret varchar(9));\n"
        "insert into t values (1, 'a', 's'), (2, 'b', 's');\n"
        "drop user if exists 'some'@'%';\n"
        "create user 'some'@'%' identified by 'x';\n"
        f"grant select (id, a) on `{parsed.database}`.t to 'some'@'%'"
    )
    url = parsed.set(username="some", password="x").render_as_string(hide_password=False)
    found = sampled(url, "t")
    assert {name: sample.values.to_pylist() for name, sample in found.columns.items()} == {
        "id": [1, 2],
        "a": ["a", "b"],
    }
    assert told(found) <= {("secret", "no-permission", True), ("secret", "unreadable", True)}
    plain.run("drop user 'some'@'%'")


def test_a_lost_source_is_no_unreadable_table(new_postgresql):
    plain = shop(new_postgresql())
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        table = database.describe().table(TableName("customer"))
        plain.hang_up_on_all_others()
        with pytest.raises(SnapshotLost.__mro__[1]):
            sample_table(snapshot, table, 10)


@every_dialect
def test_a_view_that_errors_is_told_and_the_others_are_not(new_database):
    """Over a table that went away; PostgreSQL lets none go, so there a right is missing."""
    plain = Plain(new_database())
    plain.run("create table t (id integer);\ncreate table gone (id integer);\ncreate view fine as select id from t")
    plain.run("create view broken as select id from gone")
    url = plain.url
    if plain.dialect == "postgresql":
        plain.run(
            "drop role if exists looker;\ncreate role looker login password 'x';\ngrant select on fine, t to looker"
        )
        url = make_url(url).set(username="looker", password="x").render_as_string(hide_password=False)
    else:
        plain.run("drop table gone")
    with open_database(url) as database, database.snapshot() as snapshot:
        found = unusable_views(snapshot, database.describe())
    assert [(each.table.name, each.code, each.blocking) for each in found] == [("broken", "view", False)]
    if plain.dialect == "postgresql":
        plain.run("drop owned by looker;\ndrop role looker")
