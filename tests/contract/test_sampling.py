"""A sample of a table, asked of each dialect that has a server here: spread over it, cut by the database, whole where it is small."""

import sqlite3
import time
from contextlib import closing
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import open_database
from connectors.arrow import carrier
from connectors.names import TableName
from connectors.sampling import DOCUMENT, RUN, Coverage, coverage_of, evenly, prefixes, spread, unfit_of
from tests.shop import BLOB, HERE, Plain, shop

every_dialect = pytest.mark.parametrize("new_database", HERE, indirect=True)
ROWS, CUT = 1000, 100
NUMBERS = {
    "sqlite": "with recursive g(n) as (select 1 union all select n + 1 from g where n < {0}) select {1} from g",
    "postgresql": "select {1} from generate_series(1, {0}) g(n)",
    "mariadb": "select {1} from (select seq as n from seq_1_to_{0}) g",
}
LONG = {
    "sqlite": "replace(hex(zeroblob({0} / 2)), '0', '{1}')",
    "postgresql": "repeat('{1}', {0})",
    "mariadb": "repeat('{1}', {0})",
}


def joined(plain: Plain, text: str, number: str = "n") -> str:
    """SQL of a text with a number behind it."""
    return f"concat('{text}', {number})" if plain.dialect == "mariadb" else f"'{text}' || ({number})"


def fill(plain: Plain, table: str, body: str, count: int, values: str) -> None:
    tail = " default charset=utf8mb4" if plain.dialect == "mariadb" else ""
    plain.run(
        f'create table "{table}" ({body}){tail};\ninsert into "{table}" {NUMBERS[plain.dialect].format(count, values)}'
    )


def sample(url: str, table: str, rows: int = ROWS, cut: int = CUT) -> pa.RecordBatch | None:
    """All columns; None of a table without rows."""
    with open_database(url) as database, database.snapshot() as snapshot:
        described = database.describe().table(TableName(table))
        batches = list(snapshot.sample(described.name, [c.name for c in described.stored], rows, cut))
    assert len(batches) <= 1
    return batches[0] if batches else None


def assert_spread(ids: list[int], last: int, farthest: int) -> None:
    """None twice, and from each part of the table."""
    assert len(set(ids)) == len(ids)
    assert ROWS * 0.6 <= len(ids) <= ROWS
    assert all(second - first < farthest for first, second in pairwise([0, *sorted(ids), last + 1]))


@every_dialect
def test_a_large_table_is_sampled_quickly_and_from_all_its_parts(new_database):
    plain = Plain(new_database())
    fill(plain, "large", "id integer not null primary key, word varchar(40)", 200_000, f"n, {joined(plain, 'word ')}")
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        started = time.process_time()
        (found,) = snapshot.sample(TableName("large"), ["word", "id"], ROWS, CUT)
        assert time.process_time() - started < 1
        (again,) = snapshot.sample(TableName("large"), ["word", "id"], ROWS, CUT)
    assert found.schema.names == ["word", "id"]
    assert found.column(0).to_pylist() == [f"word {number}" for number in found.column(1).to_pylist()]
    assert coverage_of(found.schema) is Coverage.SPREAD
    assert_spread(found.column(1).to_pylist(), 200_000, 10_000)
    assert again.equals(found)


@every_dialect
def test_gaps_and_a_lone_huge_key_lead_nothing_astray(new_database):
    plain = Plain(new_database())
    fill(plain, "gappy", "id bigint not null primary key, word varchar(40)", 20_000, "n, 'x'")
    plain.run("insert into gappy values (-4000000000000000000, 'x'), (9000000000000000000, 'x')")
    found = sample(plain.url, "gappy")
    assert coverage_of(found.schema) is Coverage.SPREAD
    assert_spread([number for number in found.column(0).to_pylist() if 0 < number < 30_000], 20_000, 4_000)


@every_dialect
def test_a_table_whose_key_is_several_columns_or_text_is_sampled_from_all_its_parts(new_database):
    plain = Plain(new_database())
    body = "a integer not null, b varchar(20) not null, c integer, primary key (a, b)"
    fill(plain, "pairs", body, 20_000, f"n % 3, {joined(plain, 'key ')}, n")
    fill(
        plain,
        "names",
        "name varchar(20) not null primary key, c integer",
        20_000,
        f"{joined(plain, 'key ', '100000 + n')}, n",
    )
    for table in ("pairs", "names"):
        found = sample(plain.url, table)
        assert coverage_of(found.schema) is Coverage.SPREAD
        assert_spread(found.column(found.num_columns - 1).to_pylist(), 20_000, 4_000)


@every_dialect
def test_small_tables_come_whole_and_empty_ones_not_at_all(new_database):
    plain = shop(new_database())
    for table in ("customer", "odd name", "detail", "loose", "hen"):
        found = sample(plain.url, table)
        assert coverage_of(found.schema) is Coverage.WHOLE
        assert found.num_rows == len(plain.ask(f'select 1 from "{table}"'))
    assert sample(plain.url, "vacant") is None


@every_dialect
def test_as_many_rows_as_are_wanted_are_the_whole_table_and_one_more_is_not(new_database):
    plain = Plain(new_database())
    fill(plain, "t", "id integer not null primary key", 21, "n")
    assert [sample(plain.url, "t", rows).num_rows for rows in (20, 21, 22)] == [20, 21, 21]
    covered = [coverage_of(sample(plain.url, "t", rows).schema) for rows in (20, 21, 22)]
    assert covered == [Coverage.SPREAD, Coverage.WHOLE, Coverage.WHOLE]


@every_dialect
def test_a_table_without_key_is_sampled_and_says_where_its_rows_are_from(new_database):
    plain = Plain(new_database())
    fill(plain, "loose", "word varchar(300), number integer", 20_000, "'" + "x" * 200 + "', n")
    found = sample(plain.url, "loose")
    if plain.dialect == "mariadb":
        assert coverage_of(found.schema) is Coverage.START
        assert found.num_rows == ROWS
    else:
        assert_spread(found.column(1).to_pylist(), 20_000, 4_000)


@every_dialect
def test_the_database_cuts_long_values_by_characters_and_bytes(new_database):
    """Values of megabytes do not travel: the columns together are smaller than one of them."""
    plain = Plain(new_database())
    text = {"mariadb": "longtext"}.get(plain.dialect, "text")
    umlauts, letters = (
        LONG[plain.dialect].format(count, letter) for count, letter in ((CUT + 1, "ü"), (2_000_000, "a"))
    )
    photo = {"sqlite": "zeroblob(2000000)", "postgresql": f"{letters}::bytea", "mariadb": letters}[plain.dialect]
    fill(
        plain,
        "long",
        f"id integer not null primary key, a {text}, b {text}, c {BLOB[plain.dialect]}",
        20,
        f"n, {umlauts}, {letters}, {photo}",
    )
    started = time.process_time()
    found = sample(plain.url, "long")
    assert time.process_time() - started < 2
    assert {len(value) for name in ("b", "c") for value in found.column(name).to_pylist()} == {CUT}
    assert {value.strip("ü") for value in found.column("a").to_pylist()} == {""}
    assert found.nbytes < 100_000


@every_dialect
def test_values_are_in_their_carriers(new_database):
    plain = shop(new_database())
    found = sample(plain.url, "customer")
    with open_database(plain.url) as database:
        columns = database.describe().table(TableName("customer")).stored
    assert [field.type for field in found.schema] == [carrier(column) for column in columns]
    assert sorted(map(str, found.column("rate").to_pylist())) == ["0.00", "12.50", "None"]
    assert unfit_of(found.schema) == 0


DOCUMENTS = {"postgresql": "jsonb", "mariadb": "json", "sqlite": "json"}


@every_dialect
def test_documents_are_cut_later_than_texts_for_cut_they_are_none(new_database):
    plain = Plain(new_database())
    plain.run(f"create table d (id integer not null primary key, doc {DOCUMENTS[plain.dialect]})")
    for place, length in enumerate((CUT * 2, CUT * DOCUMENT * 2)):
        plain.run(f"insert into d values ({place}, '[\"{'x' * length}\"]')")
    lengths = sorted(map(len, sample(plain.url, "d").column("doc").to_pylist()))
    assert lengths == [CUT * 2 + 4, CUT * DOCUMENT]


def test_postgresql_reads_partitions_heirs_and_all_but_empty_tables(new_postgresql):
    plain = Plain(new_postgresql())
    plain.run(
        "create table whole (id integer primary key, word text) partition by range (id);\n"
        "create table low partition of whole for values from (0) to (30000);\n"
        "create table high partition of whole for values from (30000) to (100000);\n"
        "insert into whole select n, 'w' || n from generate_series(1, 60000) n;\n"
        'create table "Up.per" ("I""d" integer, word text);\n'
        'create table heir () inherits ("Up.per");\n'
        "insert into \"Up.per\" select n, repeat('x', 100) from generate_series(1, 20000) n;\n"
        "insert into heir select -n, 'h' from generate_series(1, 5000) n;\n"
        'delete from "Up.per" where "I""d" % 200 > 0;\n'
        "create table many (id integer) partition by hash (id);\n"
        + "".join(
            f"create table many{n} partition of many for values with (modulus 120, remainder {n});\n"
            for n in range(120)
        )
        + "insert into many select n from generate_series(1, 200000) n;\n"
    )
    assert_spread(sample(plain.url, "whole").column(0).to_pylist(), 60_000, 5_000)
    sparse = sample(plain.url, "Up.per")
    assert sorted(sparse.column(0).to_pylist()) == list(range(200, 20_001, 200))
    assert coverage_of(sparse.schema) is Coverage.WHOLE
    assert max(sample(plain.url, "heir").column(0).to_pylist()) < 0
    assert_spread(sample(plain.url, "many").column(0).to_pylist(), 200_000, 40_000)


def test_postgresql_gives_what_no_carrier_holds_as_null_or_as_texts_and_counts_it(new_postgresql):
    plain = Plain(new_postgresql())
    plain.run(
        'create table odd (n numeric(5,1), net inet, r int4range, list text[], at timestamp, s "char");\n'
        "insert into odd values ('NaN', '10.0.0.1', '[1,3)', '{a,b}', 'infinity', 'x'), (1, null, null, null, null, null),"
        " (2, null, null, null, null, null)"
    )
    found = sample(plain.url, "odd")
    assert [None if value is None else str(value) for value in found.column("n").to_pylist()] == [None, "1.0", "2.0"]
    assert unfit_of([found.schema.field("n")]) == 1
    assert [found.column(name)[0].as_py() for name in ("net", "r", "list", "s")] == ["10.0.0.1", "[1,3)", "{a,b}", "x"]


def test_sqlite_gives_texts_where_most_values_are_not_of_their_type_and_replaces_what_is_no_utf_8(new_sqlite):
    url = new_sqlite()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("create table t (phone integer, born date, word text, any_thing)")
        connection.executemany(
            "insert into t values (?, ?, ?, ?)", [("555-1234", "in 1985", "a", 1), ("555-99", "2020-01-01", "b", "x")]
        )
        connection.execute("insert into t values (5, '2021-01-01', cast(x'41ff42' as text), x'00')")
        connection.commit()
    found = sample(url, "t")
    assert found.column("phone").to_pylist() == ["555-1234", "555-99", "5"]
    assert [str(value) for value in found.column("born").to_pylist()] == ["None", "2020-01-01", "2021-01-01"]
    assert [unfit_of([found.schema.field(name)]) for name in ("phone", "born", "word")] == [2, 1, 0]
    assert found.column("word").to_pylist() == ["a", "b", "A\N{REPLACEMENT CHARACTER}B"]


def test_sqlite_tables_without_rowid_and_with_hidden_names_are_sampled(new_sqlite):
    url = new_sqlite()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute('create table k ("a b" text, n int, primary key ("a b", n)) without rowid')
        connection.execute("create table h (rowid text, oid text, _rowid_ text, n int)")
        numbers = "with recursive g(n) as (select 1 union all select n + 1 from g where n < 5000) "
        connection.execute(f"insert into k {numbers} select 'key ' || n, n from g")
        connection.execute(f"insert into h {numbers} select 'a', 'b', 'c', n from g")
        connection.commit()
    assert_spread(sample(url, "k").column("n").to_pylist(), 5_000, 1_000)
    assert coverage_of(sample(url, "h").schema) is Coverage.START


def test_mariadb_shows_texts_that_were_stored_in_the_wrong_character_set(new_mariadb):
    plain = Plain(new_mariadb())
    plain.run(
        "create table t (id integer primary key, word varchar(20) character set latin1, day date);\n"
        "insert into t values (1, convert(x'C3A9' using latin1), '2020-01-01'), (2, 'plain', '2020-01-01');\n"
        "set sql_mode = '';\n"
        "insert into t values (3, null, '0000-00-00')"
    )
    found = sample(plain.url, "t")
    assert found.num_rows == 3
    assert found.column("word").to_pylist()[1:] == ["plain", None]


@given(st.sets(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3000), min_size=1, max_size=400), st.integers(1, 100))
def test_every_key_is_found_where_fewer_are_there_than_are_wanted(keys, wanted):
    """As long as they do not lie so far apart that the rounds run out: then those found are keys all the same."""
    ordered = sorted(keys)

    def seek(starts):
        return [[(key,) for key in ordered if key >= start][:RUN] for start in starts]

    found = spread(ordered[0], ordered[-1], seek, wanted)
    assert found == sorted(set(found))
    assert {key for (key,) in found} <= keys
    assert len(found) >= min(wanted, len(keys)) or max(keys) - min(keys) > 10**12


@given(st.integers(0, 5000), st.integers(1, 2000))
def test_places_are_evenly_apart(count, wanted):
    places = evenly(count, wanted).tolist()
    assert places == sorted(set(places))
    assert len(places) == min(count, wanted)
    assert all(0 <= place < count for place in places)


@pytest.mark.parametrize(
    ("least", "greatest", "some"),
    [("user-0001", "user-4000", "user-205"), ("00af-1", "ff00-2", "7e"), ("anna", "zoe", "mh"), ("x", "x", "x005")],
)
def test_texts_are_entered_after_what_all_keys_begin_with(least, greatest, some):
    places = prefixes(least, greatest)
    assert places[0] == least
    assert some in places
    assert len(places) == len(set(places)) <= 300
