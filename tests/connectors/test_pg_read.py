"""Reading PostgreSQL: one moment, ranges that cover, bounded batches, values in their carriers."""

from __future__ import annotations

import psycopg
import pyarrow as pa
import pytest

from connectors.arrow import carrier, form_of
from connectors.database import Chunk, Derived, Form, Marker, Read, ReadColumn, State
from connectors.errors import ReadError, SnapshotLost
from connectors.names import TableName
from connectors.postgresql import PostgreSQL
from connectors.schema import Unique
from tests.connectors import pg_zoo

ORDER = TableName("order", 'Odd "Schema"')


@pytest.fixture(scope="module")
def url(new_postgresql):
    return pg_zoo.build(new_postgresql(), pg_zoo.CATALOG, pg_zoo.TYPES, pg_zoo.ROWS)


@pytest.fixture
def database(url):
    with PostgreSQL(url) as database:
        yield database


@pytest.fixture(scope="module")
def scratch(new_postgresql):
    """A database with nothing else in it: call it with SQL."""
    url = new_postgresql()

    def make(sql: str) -> PostgreSQL:
        return PostgreSQL(pg_zoo.build(pg_zoo.cleared(url), sql))

    return make


def rows(snapshot, table, *columns, form=Form.ARROW, **more) -> list[dict]:
    request = Read(table, tuple(ReadColumn(column, form) for column in columns), **more)
    return [row for batch in snapshot.read(request) for row in batch.to_pylist()]


def test_every_reader_sees_the_moment_at_which_the_snapshot_began(scratch):
    with scratch("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)") as database:
        words = database.url
        with database.snapshot() as snapshot:
            pg_zoo.ask(words, "INSERT INTO t VALUES (2) RETURNING id")
            assert rows(snapshot, TableName("t"), "id") == [{"id": 1}]
            assert snapshot.count(TableName("t")) == 1
            assert len(snapshot.chunks(TableName("t"), 1)) == 2
        with database.snapshot() as snapshot:
            assert snapshot.count(TableName("t")) == 2


def test_the_source_cannot_be_written_through_what_reads_it(database):
    with database.snapshot() as snapshot, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        snapshot._keeper.execute("CREATE TABLE never (id int)")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        database._connection.execute("CREATE TABLE never (id int)")


@pytest.mark.parametrize("size", [1, 7, 29, 30, 31])
def test_chunks_cover_a_table_once_in_key_order(database, size):
    name = TableName("measure")
    with database.snapshot() as snapshot:
        chunks = snapshot.chunks(name, size)
        read = [row for chunk in chunks for row in rows(snapshot, name, "city", "day", chunk=chunk)]
    keys = [(row["city"], row["day"]) for row in read]
    assert keys == sorted(set(keys))
    assert len(keys) == 40
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("text", "'', 'a''b', E'back\\\\slash', '%s {0}', 'ü', 'Z'"), ("numeric", "'NaN', 1e400, -0.1, 0, 7"),
        ("timestamptz", "'infinity', '-infinity', '4713-11-24 00:00 BC', now()"), ("float8", "'NaN', '-Infinity', 0.1, 5e-324"),
        ("date", "'infinity', '0001-01-01 BC', '2020-02-29'"), ("bytea", "'', '\\x00', '\\xff'"),
        ("uuid", "gen_random_uuid(), gen_random_uuid()"), ("\"char\"", "'a', 'b'"), ("bpchar(4)", "'a', 'ab', 'abcd'"),
        ("interval", "'1 mon', '31 days', '-1 sec'"), ("inet", "'::1', '10.0.0.1/8'"),
    ],
)  # fmt: skip
def test_a_key_of_any_type_cuts_a_table_into_chunks_that_cover_it(scratch, type_, values):
    inserts = "".join(f"INSERT INTO t VALUES ({value});" for value in values.split(", "))
    with (
        scratch(f'CREATE TABLE t ("k%s{{}}""" {type_} PRIMARY KEY); {inserts}') as database,
        database.snapshot() as snapshot,
    ):
        name = TableName("t")
        chunks = snapshot.chunks(name, 1)
        columns = (ReadColumn('k%s{}"', Form.WIRE),)
        read = [sum(b.num_rows for b in snapshot.read(Read(name, columns, chunk=chunk))) for chunk in chunks]
        assert sum(read) == snapshot.count(name) == len(values.split(", "))
        assert all(part <= 1 for part in read)


def test_a_table_without_a_key_is_one_chunk(scratch):
    script = "CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 100)"
    with scratch(script) as database, database.snapshot() as snapshot:
        assert snapshot.chunks(TableName("t"), 10) == [Chunk(TableName("t"), 0)]


def test_an_heir_is_read_apart_from_its_parent(database):
    with database.snapshot() as snapshot:
        assert [row["id"] for row in rows(snapshot, TableName("base"), "id")] == [1, 2]
        assert [row["id"] for row in rows(snapshot, TableName("heir"), "id")] == [1, 7]


def test_batches_are_bounded_by_rows_and_by_bytes(scratch):
    script = "CREATE TABLE t (id int PRIMARY KEY, b text); INSERT INTO t SELECT g, repeat('x', 1000) FROM generate_series(1, 3000) g"
    with scratch(script) as database, database.snapshot() as snapshot:
        columns = (ReadColumn("id", Form.ARROW), ReadColumn("b", Form.WIRE))
        batches = list(snapshot.read(Read(TableName("t"), columns, batch_rows=100)))
        assert max(batch.num_rows for batch in batches) <= 100
        assert sum(batch.num_rows for batch in batches) == 3000
        batches = list(snapshot.read(Read(TableName("t"), columns, batch_bytes=20_000)))
        assert max(batch.nbytes for batch in batches) <= 20_000
        assert sum(batch.num_rows for batch in batches) == 3000


def test_a_cell_larger_than_a_batch_travels_alone(scratch):
    script = "CREATE TABLE t (id int PRIMARY KEY, b text); INSERT INTO t SELECT g, repeat('x', 10000000) FROM generate_series(1, 3) g"
    with scratch(script) as database, database.snapshot() as snapshot:
        batches = list(snapshot.read(Read(TableName("t"), (ReadColumn("b", Form.WIRE),))))
        assert [batch.num_rows for batch in batches] == [1, 1, 1]


def test_a_reader_that_stops_early_leaves_the_snapshot_whole(scratch):
    script = "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 200000)"
    with scratch(script) as database, database.snapshot() as snapshot:
        request = Read(TableName("t"), (ReadColumn("id", Form.WIRE),), batch_rows=10)
        stream = snapshot.read(request)
        next(stream)
        stream.close()
        assert len(rows(snapshot, TableName("t"), "id", limit=5)) == 5
        assert snapshot.count(TableName("t")) == 200_000


def test_ancestors_columns_come_along_foreign_keys_and_are_null_where_a_key_is(database):
    with database.snapshot() as snapshot:
        keys = {key.name: key for key in database.describe().table(ORDER).foreign_keys}
        up, parent, dangling = keys["order_self_fkey"], keys["order_parent_fkey"], keys["other_fk"]
        derived = (
            Derived("own", (parent,), "b"), Derived("above", (up, parent), "b"), Derived("price", (up, parent), "price"),
            Derived("lost", (dangling,), "b"),
        )  # fmt: skip
        read = rows(snapshot, ORDER, "select", derived=derived)
    found = {row["select"]: row for row in read}
    assert (found[1]["own"], found[1]["above"], found[1]["price"]) == ("b1", None, None)
    assert (found[4]["own"], found[4]["above"], str(found[4]["price"])) == ("b4", "b1", "1.00")
    assert found[3]["lost"] is None


def test_every_column_in_form_arrow_has_the_carrier_of_its_kind(database):
    name = TableName("zoo")
    table = database.describe().table(name)
    with database.snapshot() as snapshot:
        columns = tuple(ReadColumn(column.name, Form.ARROW) for column in table.columns if column.name != "n38")
        batch = next(iter(snapshot.read(Read(name, columns))))
    for field in batch.schema:
        assert field.type == carrier(table.column(field.name)), field.name
        assert form_of(field) is Form.ARROW


def test_wire_is_bits_or_bytes_except_where_they_mean_nothing_elsewhere(database):
    wanted = {"i8": pa.int64(), "ta": pa.binary(), "e": pa.binary(), "rc": pa.string(), "tq": pa.string()}
    with database.snapshot() as snapshot:
        columns = tuple(ReadColumn(name, Form.WIRE) for name in wanted)
        batch = next(iter(snapshot.read(Read(TableName("zoo"), columns))))
    assert {field.name: field.type for field in batch.schema} == wanted


EDGES = {
    "int2": "-32768, 32767, 0", "int4": "-2147483648, 2147483647", "int8": "-9223372036854775808, 9223372036854775807",
    "money": "'-92233720368547758.08', '92233720368547758.07'", "bool": "true, false",
    "float4": "'NaN', '-0', '1.4e-45', 'infinity', '-infinity', 3.4e38", "float8": "'NaN', '-0', '5e-324', '-infinity', 1.7e308",
    "date": "'infinity', '-infinity', '4714-11-24 BC', '5874897-12-31', '1969-12-31'",
    "timestamp": "'infinity', '-infinity', '4714-11-24 00:00:00 BC', '294276-12-31 23:59:59.999999'",
    "timestamptz": "'infinity', '-infinity', '4714-11-24 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00'",
    "time": "'24:00', '00:00', '23:59:59.999999'", "bytea": "'', '\\x00ff80'", "bpchar(5)": "'', 'a', '  b'",
    "text": "'', U&'\\D7FF\\FFFD\\+10FFFF', E'\\x01\\t'", "varchar(3)": "'', 'abc'", "json": "'{\"b\":1,\"a\":[ ]}'",
    "uuid": "'00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'",
}  # fmt: skip


SENDS = """
SELECT t.typsend::text FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = 't'::regclass AND a.attnum > 1 ORDER BY a.attnum
"""


def test_what_is_read_as_wire_is_written_bit_by_bit_at_both_ends_of_every_type(scratch, new_postgresql):
    columns = ", ".join(f"c{place} {type_}" for place, type_ in enumerate(EDGES))
    inserts = "".join(
        f"INSERT INTO t (c{place}) VALUES {', '.join(f'({v})' for v in values.split(', '))};"
        for place, values in enumerate(EDGES.values())
    )
    target = pg_zoo.build(new_postgresql(), f"CREATE TABLE t (n int, {columns})")
    script = f"CREATE TABLE t (n int GENERATED ALWAYS AS IDENTITY, {columns}); {inserts}"
    names = [f"c{place}" for place in range(len(EDGES))]
    with scratch(script) as source, source.snapshot() as snapshot, PostgreSQL(target) as goal:
        table = source.describe().table(TableName("t"))
        request = Read(table.name, tuple(ReadColumn(column.name, Form.WIRE) for column in table.columns), batch_rows=7)
        with goal.target() as session:
            session.claim(Marker("r", "f", State.LOADING, "s", "now", True, "v"))
            session.write(table, Chunk(table.name, 0), snapshot.read(request))
        sends = [row[0] for row in source._connection.execute(SENDS).fetchall()]
        answers = ", ".join(
            f"md5(string_agg({send}({name}), '' ORDER BY n))" for name, send in zip(names, sends, strict=True)
        )
        found = [
            database._connection.execute(f"SELECT {answers} FROM t".encode()).fetchone() for database in (source, goal)
        ]
    assert found[0] == found[1]
    assert None not in found[0]


def test_a_table_is_cut_by_its_blocks_whatever_its_key_and_read_once(scratch):
    script = """
        CREATE TABLE plain (a int, t text);
        INSERT INTO plain SELECT n, repeat('x', 300) FROM generate_series(1, 5000) n;
        DELETE FROM plain WHERE a % 7 = 0;
        CREATE TABLE parts (k int, t text) PARTITION BY LIST ((k % 3));
        CREATE TABLE p0 PARTITION OF parts FOR VALUES IN (0); CREATE TABLE p1 PARTITION OF parts FOR VALUES IN (1);
        CREATE TABLE p2 PARTITION OF parts FOR VALUES IN (2);
        INSERT INTO parts SELECT n, repeat('y', 300) FROM generate_series(1, 9000) n WHERE n % 3 < 2"""
    with scratch(script) as database, database.snapshot() as snapshot:
        for name, column in ((TableName("plain"), "a"), (TableName("parts"), "k")):
            chunks = snapshot.chunks(name, 1000)
            assert len(chunks) > 2
            assert all(chunk.physical for chunk in chunks)
            read = [row[column] for chunk in chunks for row in rows(snapshot, name, column, chunk=chunk)]
            assert len(read) == len(set(read)) == snapshot.count(name)


def test_a_table_that_was_rewritten_since_it_was_cut_is_not_read(scratch):
    script = "CREATE TABLE t (a int, t text); INSERT INTO t SELECT n, repeat('x', 300) FROM generate_series(1, 5000) n"
    with scratch(script) as database:
        with database.snapshot() as snapshot:
            chunks = snapshot.chunks(TableName("t"), 1000)
        with psycopg.connect(database.url, autocommit=True) as other:
            other.execute("VACUUM FULL t")
        with database.snapshot() as snapshot, pytest.raises(SnapshotLost, match="rewritten"):
            rows(snapshot, TableName("t"), "a", chunk=chunks[0])


def test_a_number_that_is_none_cannot_be_masked_and_the_error_names_the_column(scratch):
    with (
        scratch("CREATE TABLE t (n numeric(5,2)); INSERT INTO t VALUES ('NaN')") as database,
        database.snapshot() as snapshot,
    ):
        with pytest.raises(ReadError, match=r"t\.n holds") as caught:
            rows(snapshot, TableName("t"), "n")
        assert (caught.value.table, caught.value.column) == (TableName("t"), "n")
        assert len(rows(snapshot, TableName("t"), "n", form=Form.WIRE)) == 1


def test_orphans_behind_a_key_that_was_never_validated_are_counted(database):
    key = next(key for key in database.describe().table(ORDER).foreign_keys if key.name == "other_fk")
    with database.snapshot() as snapshot, database.audit() as audit:
        assert snapshot.orphans(ORDER, key) == audit.orphans(ORDER, key) == 1


def test_duplicates_under_an_expression_are_counted_by_the_index_itself(scratch):
    script = "CREATE TABLE t (a text); CREATE UNIQUE INDEX i ON t (lower(a)) WHERE a <> 'x'; INSERT INTO t VALUES ('a'), ('B'), (NULL)"
    with scratch(script) as database, database.audit() as audit:
        unique = database.describe().table(TableName("t")).uniques[0]
        assert audit.duplicates(TableName("t"), unique) == 0


def test_failures_and_duplicates_are_counted(scratch):
    script = (
        "CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1), (1, 1), (NULL, 1), (NULL, 1), (-5, 2);"
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID"
    )
    with scratch(script) as database, database.audit() as audit:
        table = database.describe().table(TableName("t"))
        assert audit.failures(table.name, table.checks[0]) == 1
        assert audit.duplicates(table.name, Unique("u", ("a", "b"))) == 1
        assert audit.duplicates(table.name, Unique("u", ("a", "b"), nulls_distinct=False)) == 2
        assert audit.count(table.name) == 5


def test_an_unknown_table_or_column_is_one_sentence(database):
    with database.snapshot() as snapshot:
        with pytest.raises(ReadError, match="ghost is not in the source"):
            rows(snapshot, TableName("ghost"), "a")
        with pytest.raises(ReadError, match="parent has no column ghost"):
            rows(snapshot, TableName("parent"), "ghost")
