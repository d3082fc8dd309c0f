"""Rows of PostgreSQL by name: places and keys, foreign keys as the server compares them, subsets read as they lie."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.database import Derived, Form, Read, ReadColumn
from connectors.errors import Lost, ReadError
from connectors.names import TableName
from connectors.pg_read import PgSnapshot
from connectors.postgresql import PostgreSQL
from connectors.rows import FROM, TO, Follow, Rows
from connectors.schema import ForeignKey
from tests.connectors import pg_zoo

ORDER = TableName("order", 'Odd "Schema"')
T = TableName("t")


@pytest.fixture(scope="module")
def scratch(new_postgresql):
    """A database with nothing else in it: call it with SQL."""
    url = new_postgresql()

    def make(*sql: str) -> PostgreSQL:
        return PostgreSQL(pg_zoo.build(pg_zoo.cleared(url), "DROP EXTENSION IF EXISTS vector CASCADE", *sql))

    return make


@pytest.fixture(scope="module")
def zoo(new_postgresql):
    with PostgreSQL(pg_zoo.build(new_postgresql(), pg_zoo.CATALOG, pg_zoo.TYPES, pg_zoo.ROWS)) as database:
        yield database


def ids(snapshot: PgSnapshot, table: TableName, where: str | None = None, **more) -> pa.Table:
    width = len(snapshot.row_ids(table).types)
    found = list(snapshot.rows(Rows(table, where=where, **more)))
    schema = snapshot.row_ids(table).schema()
    return pa.Table.from_batches([batch.select(range(width)) for batch in found], schema=schema)


def named(snapshot: PgSnapshot, table: TableName, column: str) -> dict[tuple, object]:
    """Id -> the value of a column."""
    width = len(snapshot.row_ids(table).types)
    batches = snapshot.rows(Rows(table, columns=(column,)))
    return {row[:width]: row[width] for batch in batches for row in tuples(batch)}


def tuples(batch: pa.RecordBatch | pa.Table) -> Iterator[tuple]:
    return zip(*(column.to_pylist() for column in batch.columns), strict=True)


def pairs(snapshot: PgSnapshot, step: Follow, label: str = "id") -> list[tuple]:
    """What a step joins, each row said by a column of its."""
    left, reached = (step.key.parent, step.child) if step.down else (step.child, step.key.parent)
    width = len(snapshot.row_ids(left).types)
    lefts, reacheds = named(snapshot, left, label), named(snapshot, reached, label)
    found = []
    for batch in snapshot.follow(step):
        rest = len(snapshot.row_ids(reached).types)
        assert batch.schema.names == [FROM.format(n) for n in range(width)] + [TO.format(n) for n in range(rest)]
        found += [(lefts[row[:width]], reacheds.get(row[width:])) for row in tuples(batch)]
    return sorted(found, key=repr)


def key_of(database: PostgreSQL, child: TableName, *columns: str) -> ForeignKey:
    return next(key for key in database.describe().table(child).foreign_keys if not columns or key.columns == columns)


def test_a_row_is_named_by_its_place_and_found_again_by_it(zoo):
    with zoo.snapshot() as snapshot:
        every = ids(snapshot, TableName("parent"))
        assert snapshot.row_ids(TableName("parent")).values is False
        assert len(set(every.column(0).to_pylist())) == every.num_rows == 30
        some = every.take([3, 17, 4])
        request = Rows(TableName("parent"), among=some, columns=("id",))
        assert sorted(row[1] for batch in snapshot.rows(request) for row in tuples(batch)) == [4, 5, 18]


def test_rows_of_partitions_have_one_name_each_and_are_found_in_their_partition(zoo):
    name = TableName("measure")
    with zoo.snapshot() as snapshot:
        every = ids(snapshot, name)
        assert len(set(every.column(0).to_pylist())) == every.num_rows == 40
        request = Read(name, (ReadColumn("city", Form.ARROW), ReadColumn("day", Form.ARROW)), identified=True)
        whole = {row[0]: row[1:] for batch in snapshot.read(request) for row in tuples(batch)}
        for place in range(0, 40, 7):
            one = every.slice(place, 1)
            batch = next(snapshot.read(Read(name, request.columns, among=one, identified=True)))
            assert list(tuples(batch)) == [(one.column(0)[0].as_py(), *whole[one.column(0)[0].as_py()])]


def test_a_partition_that_the_login_may_only_read_through_its_table_is_read_through_it(scratch):
    script = """CREATE TABLE t (id int PRIMARY KEY) PARTITION BY LIST (id); CREATE TABLE a PARTITION OF t FOR VALUES IN (1, 2, 3);
      CREATE TABLE b PARTITION OF t DEFAULT; INSERT INTO t SELECT generate_series(1, 9);
      DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA public TO reader; GRANT SELECT ON t TO reader"""
    with scratch(script) as database:
        url = database.url.replace("postgres@", "reader@").replace("postgres:@", "reader@")
        with PostgreSQL(url) as mine, mine.snapshot() as snapshot:
            some = ids(snapshot, T, "id in (2, 3, 7)")
            columns = (ReadColumn("id", Form.ARROW),)
            read = [row[0] for batch in snapshot.read(Read(T, columns, among=some)) for row in tuples(batch)]
            assert sorted(read) == [2, 3, 7]
    with scratch("DROP OWNED BY reader; DROP ROLE reader"):
        pass


def test_an_heirs_rows_are_not_its_parents(zoo):
    with zoo.snapshot() as snapshot:
        assert ids(snapshot, TableName("base")).num_rows == 2
        assert ids(snapshot, TableName("heir")).num_rows == 2


@pytest.mark.parametrize("form", [Form.WIRE, Form.ARROW])
def test_a_subset_of_every_type_is_read_as_the_whole_is(zoo, form):
    table = zoo.describe().table(TableName("zoo"))
    columns = tuple(ReadColumn(column.name, form) for column in table.columns if column.name not in ("n", "x"))
    with zoo.snapshot() as snapshot:
        whole = pa.Table.from_batches(snapshot.read(Read(table.name, columns)))
        among = ids(snapshot, table.name, "id >= 2")
        part = pa.Table.from_batches(snapshot.read(Read(table.name, columns, among=among)))
        assert part.schema.equals(whole.schema, check_metadata=True)
        assert part.equals(whole.slice(1))


def test_ancestors_come_along_with_a_subset(zoo):
    with zoo.snapshot() as snapshot:
        key = key_of(zoo, ORDER, "parent")
        derived = (Derived("above", (key,), "b"),)
        request = Read(ORDER, (ReadColumn("select", Form.ARROW),), derived, identified=True)
        whole = {row[0]: row[1:] for batch in snapshot.read(request) for row in tuples(batch)}
        among = ids(snapshot, ORDER, '"select" % 2 = 0')
        part = Read(ORDER, request.columns, derived, among=among, identified=True)
        found = {row[0]: row[1:] for batch in snapshot.read(part) for row in tuples(batch)}
        assert found == {place: whole[place] for place in among.column(0).to_pylist()}
        assert any(row[1] for row in found.values())


def test_a_subset_is_limited_and_a_table_without_stored_columns_has_rows(scratch):
    script = "CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 50); CREATE TABLE e (); INSERT INTO e DEFAULT VALUES"
    with scratch(script) as database, database.snapshot() as snapshot:
        limited = Read(T, (ReadColumn("id", Form.WIRE),), among=ids(snapshot, T), limit=5)
        assert sum(batch.num_rows for batch in snapshot.read(limited)) == 5
        empty = TableName("e")
        read = list(snapshot.read(Read(empty, (), among=ids(snapshot, empty), identified=True)))
        assert [batch.num_rows for batch in read] == [1]
        assert [batch.num_columns for batch in read] == [1]


def test_nobody_rewrites_a_table_whose_rows_have_been_named(scratch):
    with (
        scratch("CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 9)") as database,
        database.snapshot() as snapshot,
    ):
        snapshot.row_ids(T)
        with psycopg.connect(database.url, autocommit=True) as other:
            other.execute("SET lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("VACUUM FULL t")


ODD = r"""
CREATE SCHEMA ext; CREATE EXTENSION vector SCHEMA ext;
CREATE DOMAIN code AS varchar(9); CREATE TYPE mood AS ENUM ('sad', 'so so');
"""
"""What the odd keys below need."""


EQUALS = [
    ("ext.vector(2)", "ext.vector(2)", "'[1,2]', '[3,4]'", "'[1,2]', '[3,4]', NULL"),
    ("char(5)", "text", "'ab', 'x'", "'ab ', 'ab', 'x', NULL"), ("int", "bigint", "1, 2", "1, 2, 1"),
    ("numeric", "int", "1, 2.0", "1, 2"), ("text COLLATE \"POSIX\"", "text COLLATE \"C\"", "'Ab', 'cd'", "'cd', 'Ab', 'Ab'"),
    ("text", "text COLLATE \"C\"", "'Ab', 'cd'", "'Ab', 'cd'"), ("code", "text", "'a', 'b'", "'b', 'b', NULL"),
    ("mood", "mood", "'sad', 'so so'", "'so so', 'sad'"), ("int[]", "int[]", "'{1,2}', '{}'", "'{}', '{1,2}'"),
    ("float8", "float8", "'NaN', '-0'", "'0', 'NaN'"), ("timestamptz", "timestamptz", "'infinity', now()", "now(), 'infinity'"),
    ("int4range", "int4range", "'[1,3)', 'empty'", "'[1,2]', 'empty'"), ("\"char\"", "\"char\"", "'a', ''", "'', 'a'"),
]  # fmt: skip
"""Types of a parent's key and of a key that refers to it, the parents, and who refers to them."""


@pytest.fixture(scope="module")
def odd(new_postgresql):
    """For each of those a parent p0, p1... and a child t0, t1..."""
    made = ""
    for number, (parent, child, values, references) in enumerate(EQUALS):
        made += f"CREATE TABLE p{number} (id serial, k {parent} UNIQUE);"
        made += f"CREATE TABLE t{number} (id serial, k {child} REFERENCES p{number} (k));"
        made += "".join(f"INSERT INTO p{number} (k) VALUES ({value});" for value in values.split(", "))
        made += "".join(f"INSERT INTO t{number} (k) VALUES ({value});" for value in references.split(", "))
    # One moment, so that now() is the same for a parent and its child.
    with PostgreSQL(pg_zoo.build(new_postgresql(), ODD, f"BEGIN; {made} COMMIT")) as database:
        yield database


@pytest.mark.parametrize("number", range(len(EQUALS)), ids=[f"{parent}-{child}" for parent, child, _, _ in EQUALS])
def test_a_foreign_key_joins_what_its_constraint_takes_for_equal(odd, number):
    child, references = TableName(f"t{number}"), EQUALS[number][3].split(", ")
    with odd.snapshot() as snapshot:
        key = key_of(odd, child)
        up = pairs(snapshot, Follow(child, key, down=False, among=None))
        assert [row for row, _ in up] == [place for place, text in enumerate(references, 1) if text != "NULL"]
        assert all(parent is not None for _, parent in up), "the constraint holds, so nobody is an orphan"
        down = pairs(snapshot, Follow(child, key, down=True, among=None))
        assert sorted((row, parent) for parent, row in down) == up


def test_orphans_reach_null_and_children_with_a_null_part_are_left_out(scratch):
    script = """CREATE TABLE p (id int, a int, b text, UNIQUE (a, b)); CREATE TABLE t (id int, x int, y text);
      INSERT INTO p VALUES (1, 1, 'a'), (2, 2, 'b');
      INSERT INTO t VALUES (1, 1, 'a'), (2, 1, NULL), (3, NULL, NULL), (4, 9, 'z'), (5, 2, 'b');
      ALTER TABLE t ADD FOREIGN KEY (x, y) REFERENCES p (a, b) NOT VALID"""
    with scratch(script) as database, database.snapshot() as snapshot:
        key = key_of(database, T)
        assert pairs(snapshot, Follow(T, key, down=False, among=None)) == [(1, 1), (4, None), (5, 2)]
        some = ids(snapshot, T, "id in (2, 4, 5)")
        assert pairs(snapshot, Follow(T, key, down=False, among=some)) == [(4, None), (5, 2)]
        one = ids(snapshot, TableName("p"), "id = 2")
        assert pairs(snapshot, Follow(T, key, down=True, among=one)) == [(2, 5)]
        assert pairs(snapshot, Follow(T, key, down=True, among=None, where="t.y = 'a'")) == [(1, 1)]


def test_a_key_that_a_plan_declares_reads_an_expression_of_rows_of_its_kind(scratch):
    script = """CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int, kind text, "data" jsonb);
      INSERT INTO p VALUES (1), (2); INSERT INTO t VALUES (1, 'p', '{"ref": 1}'), (2, 'other', '{"ref": 1}'), (3, 'p', '{}'),
      (4, 'p', '{"ref": 7}'), (5, NULL, '{"ref": 2}'), (6, 'p', '{"ref": 2}')"""
    with scratch(script) as database, database.snapshot() as snapshot:
        expression = ("(data->>'ref')::int",)
        key = ForeignKey("said", (), TableName("p"), ("id",), virtual=True, where="kind = 'p'", expressions=expression)
        assert pairs(snapshot, Follow(T, key, down=False, among=None)) == [(1, 1), (4, None), (6, 2)]
        among = ids(snapshot, TableName("p"), "id = 2")
        assert pairs(snapshot, Follow(T, key, down=True, among=among)) == [(2, 6)]


def test_a_self_reference_of_a_partitioned_table_is_followed_both_ways(scratch):
    script = """CREATE TABLE t (id int PRIMARY KEY, boss int REFERENCES t) PARTITION BY HASH (id);
      CREATE TABLE a PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE b PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1);
      INSERT INTO t SELECT g, NULLIF(g / 2, 0) FROM generate_series(1, 20) g"""
    with scratch(script) as database, database.snapshot() as snapshot:
        key, some = key_of(database, T), ids(snapshot, T, "id in (4, 5, 9)")
        assert pairs(snapshot, Follow(T, key, down=False, among=some)) == [(4, 2), (5, 2), (9, 4)]
        assert pairs(snapshot, Follow(T, key, down=True, among=some, where="t.id > 8")) == [
            (4, 9),
            (5, 10),
            (5, 11),
            (9, 18),
            (9, 19),
        ]
        # Most of a table is joined as a whole.
        most = ids(snapshot, T, "id <> 4")
        assert len(pairs(snapshot, Follow(T, key, down=False, among=most))) == 18


ALIAS = "CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler;"


def test_rows_of_another_storage_are_named_by_their_key(scratch):
    tables = """CREATE TABLE p (a int, b text, id int, PRIMARY KEY (a, b)) USING other;
      CREATE TABLE t (id int PRIMARY KEY, a int, b text, FOREIGN KEY (a, b) REFERENCES p) USING other;
      INSERT INTO p SELECT g, 'q"\\''{,' || g, g FROM generate_series(1, 9) g;
      INSERT INTO t SELECT g, g % 5 + 1, 'q"\\''{,' || (g % 5 + 1) FROM generate_series(1, 20) g"""
    with scratch(_storage(tables)) as database, database.snapshot() as snapshot:
        parent = TableName("p")
        assert snapshot.row_ids(parent).types == (pa.int64(), pa.binary())
        assert snapshot.row_ids(parent).values
        key, some = key_of(database, T), ids(snapshot, parent, "a in (2, 3, 9)")
        down = pairs(snapshot, Follow(T, key, down=True, among=some))
        assert down == sorted(((g % 5 + 1, g) for g in range(1, 21) if g % 5 in (1, 2)), key=repr)
        read = Read(parent, (ReadColumn("id", Form.ARROW),), among=some)
        assert sorted(row[0] for batch in snapshot.read(read) for row in tuples(batch)) == [2, 3, 9]


def test_equal_rows_of_another_storage_without_a_key_share_a_name(scratch):
    tables = "CREATE TABLE t (a int, j json, z text) USING other; INSERT INTO t VALUES (1, '{}'), (1, '{}'), (2, '{}'), (1, NULL)"
    with scratch(_storage(tables)) as database, database.snapshot() as snapshot:
        assert not snapshot.row_ids(T).unique
        assert not snapshot.row_ids(T).seekable
        every = ids(snapshot, T)
        assert len(set(tuples(every))) == 3
        among = ids(snapshot, T, "a = 1 AND j IS NOT NULL").slice(0, 1)
        assert sum(batch.num_rows for batch in snapshot.read(Read(T, (ReadColumn("a", Form.WIRE),), among=among))) == 2


def _storage(tables: str) -> str:
    return f"DROP ACCESS METHOD IF EXISTS other; {ALIAS} {tables}"


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("nothing = 1", "a column that is not there"), ("id = 'seven'", "a value does not fit"), ("id", "true nor false"),
        ("1 / (id - 1) > 0", "divides by zero"), ("id = 1; DROP TABLE t", "second statement"), ("id = 1 -- so", "comments"),
        ("id = 1) OR (true", "second statement"), ("id @@ 1", "compares types"),
        ("exists (select from nowhere)", "table that is not there"),
        ("setval('t_id_seq', 99) > 0", "it writes"),
    ],
)  # fmt: skip
def test_a_condition_that_is_none_is_refused_in_a_sentence_and_the_snapshot_lives_on(scratch, where, says):
    script = "CREATE TABLE t (id serial, name text); INSERT INTO t (name) VALUES ('Ada')"
    with scratch(script) as database, database.snapshot() as snapshot:
        with pytest.raises(ReadError, match=says) as refused:
            list(snapshot.rows(Rows(T, where=where)))
        assert refused.value.table == T
        assert "seven" not in str(refused.value)
        assert refused.value.__suppress_context__ or refused.value.__context__ is None
        assert ids(snapshot, T).num_rows == 1


@pytest.mark.parametrize("key", ["x", "", "99999999999999", "1; DROP TABLE t", "'"])
def test_a_key_that_is_no_value_of_its_column_names_the_column_and_not_the_key(scratch, key):
    with scratch("CREATE TABLE t (id int, n int)") as database, database.snapshot() as snapshot:
        with pytest.raises(ReadError, match=r"no value of n \(integer\)$") as refused:
            list(snapshot.rows(Rows(T, key_columns=("id", "n"), keys=(("1", "1"), ("2", key)))))
        assert refused.value.column == "n"
        assert ids(snapshot, T).num_rows == 0


def test_keys_are_found_as_their_columns_compare(scratch):
    script = """CREATE TABLE t ("select" date, b text COLLATE "C", c ext.vector(1), id int);
      INSERT INTO t VALUES ('2020-02-29', 'Ab"''', '[1]', 1), ('2020-02-29', 'x', '[2]', 2), (NULL, 'Ab"''', '[1]', 3)"""
    with scratch(ODD, script) as database, database.snapshot() as snapshot:
        keys = (("29 Feb 2020", "Ab\"'", "[1.0]"), ("infinity", "x", "[2]"))
        request = Rows(T, key_columns=("select", "b", "c"), keys=keys, columns=("id",))
        assert [row[-1] for batch in snapshot.rows(request) for row in tuples(batch)] == [1]


def test_sizes_tell_rows_and_bytes_with_partitions_and_count_what_was_never_analysed(scratch):
    script = """CREATE TABLE t (id int PRIMARY KEY, d text) PARTITION BY HASH (id);
      CREATE TABLE a PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE b PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1); CREATE TABLE e (id int);
      INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1, 5000) g"""
    with scratch(script) as database:
        for analysed in (False, True):
            if analysed:
                pg_zoo.build(database.url, "ANALYZE")
            with database.snapshot() as snapshot:
                sizes = snapshot.sizes([TableName("e"), T])
                assert sizes[T].rows == 5000
                assert sizes[TableName("e")].rows == 0
                assert sizes[T].bytes > 5000 * 100 > sizes[TableName("e")].bytes


@pytest.fixture(scope="module")
def crowd(new_postgresql):
    """More rows than one statement asks for by name, and more than a socket holds."""
    script = """CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int, p int REFERENCES p, b text); INSERT INTO p VALUES (1);
      INSERT INTO t SELECT g, 1, repeat('x', 100) FROM generate_series(1, 300000) g"""
    with PostgreSQL(pg_zoo.build(new_postgresql(), script)) as database:
        yield database


def test_a_step_that_is_left_early_leaves_the_snapshot_whole(crowd):
    with crowd.snapshot() as snapshot:
        stream = snapshot.follow(Follow(T, key_of(crowd, T), down=True, among=None, batch_rows=10))
        assert next(stream).num_rows == 10
        stream.close()
        assert ids(snapshot, TableName("p")).num_rows == 1


def test_any_number_of_rows_is_asked_for_by_name(crowd):
    with crowd.snapshot() as snapshot:
        every = ids(snapshot, T)
        read = snapshot.read(Read(T, (ReadColumn("id", Form.ARROW),), among=every, identified=True))
        found = [(batch.column(0), batch.column(1)) for batch in read]
        assert sum(pc.sum(number).as_py() for _, number in found) == sum(range(300_001))
        assert pc.count_distinct(pa.chunked_array([place for place, _ in found])).as_py() == 300_000


def test_a_session_that_is_ended_within_a_stream_is_lost_and_not_a_fault_of_the_condition(crowd):
    with crowd.snapshot() as snapshot:
        stream = snapshot.rows(Rows(T, where="id > 0", columns=("b",)))
        next(stream)
        pg_zoo.ask(
            crowd.url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active'",
        )
        with pytest.raises(Lost):
            list(stream)


def test_a_table_that_is_not_there_is_an_error_of_ours(zoo):
    nowhere = TableName("nowhere")
    with zoo.snapshot() as snapshot:
        for ask in (
            lambda: snapshot.row_ids(nowhere),
            lambda: list(snapshot.rows(Rows(nowhere))),
            lambda: snapshot.sizes([nowhere]),
        ):
            with pytest.raises(ReadError, match="nowhere is not in the source"):
                ask()


@pytest.fixture(scope="module")
def graph(new_postgresql):
    """One small table that refers to itself by a pair of columns, filled anew by each example."""
    url = pg_zoo.build(new_postgresql(), "CREATE TABLE t (id int, a int, b text, x int, y text)")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection, url


_PART = st.tuples(st.integers(0, 2) | st.none(), st.sampled_from(["", "a", "A"]) | st.none())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_PART, _PART), max_size=12), st.sets(st.integers(0, 11)))
def test_a_step_joins_exactly_the_equal_pairs(graph, made, chosen):
    connection, url = graph
    connection.execute("TRUNCATE t")
    parents: dict[tuple, int] = {}
    for number, (own, _) in enumerate(made):
        unique = own if own not in parents and None not in own else (None, None)
        parents.setdefault(unique, number)
        connection.execute("INSERT INTO t VALUES (%s, %s, %s, %s, %s)", (number, *unique, *made[number][1]))
    parents.pop((None, None), None)
    expected = {n: parents.get(refers) for n, (_, refers) in enumerate(made) if None not in refers and n in chosen}
    key = ForeignKey("k", ("x", "y"), T, ("a", "b"), virtual=True)
    with PostgreSQL(url) as database, database.snapshot() as snapshot:
        among = ids(snapshot, T, f"id = ANY('{{{','.join(map(str, chosen))}}}')")
        assert pairs(snapshot, Follow(T, key, down=False, among=among)) == sorted(expected.items(), key=repr)
        below = {
            (p, n) for n, (_, refers) in enumerate(made) if (p := parents.get(refers)) in chosen and None not in refers
        }
        assert set(pairs(snapshot, Follow(T, key, down=True, among=among))) == below


def test_the_files_of_a_tables_rows_are_others_once_it_was_rewritten(new_postgresql):  # type: ignore[no-untyped-def]
    url = new_postgresql()
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("create table t (a int); insert into t select generate_series(1, 9); delete from t where a < 5")
        files = []
        for _ in range(2):
            with PostgreSQL(url) as database, database.snapshot() as snapshot:
                files.append(snapshot.row_ids(TableName("t")).files)
            session.execute("vacuum full t")
    assert files[0]
    assert files[0] != files[1]
