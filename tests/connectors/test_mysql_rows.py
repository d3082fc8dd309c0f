"""Rows by name on a real MariaDB: ids that find the very same rows again, and the pairs that its own comparison joins."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa
import pymysql
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from connectors import open_database
from connectors.database import Derived, Form, Read, ReadColumn, Snapshot
from connectors.errors import ReadError
from connectors.my_rows import MySqlSnapshot
from connectors.names import TableName
from connectors.rows import Follow, Rows
from connectors.schema import ForeignKey

KEYS = {
    "whole": "id int",
    "unsigned": "id bigint unsigned",
    "zerofill": "id int(6) unsigned zerofill",
    "filled": "id bigint unsigned zerofill",
    "year": "id year",
    "filled_amount": "id decimal(9,2) zerofill",
    "amount": "id decimal(12,3)",
    "single": "id float",
    "twofold": "id double",
    "word": "id varchar(30) collate utf8mb4_general_ci",
    "exact": "id varchar(30) collate utf8mb4_bin",
    "latin": "id varchar(30) character set latin1",
    "kanji": "id varchar(30) character set sjis",
    "wide": "id varchar(30) character set utf16",
    "raw": "id varbinary(30)",
    "padded": "id binary(4)",
    "flags": "id bit(9)",
    "all_flags": "id bit(64)",
    "label": "id enum('b','a','1')",
    "labels": "id set('x','y','z')",
    "day": "id date",
    "moment": "id datetime(3)",
    "stamp": "id timestamp(6)",
    "clock": "id time(2)",
    "name": "id uuid",
    "address": "id inet6",
}
VALUES = {
    "whole": "(-2147483648), (0), (17)",
    "unsigned": "(0), (18446744073709551615), (9223372036854775808)",
    "zerofill": "(7), (42), (4294967295)",
    "filled": "(7), (42), (18446744073709551615)",
    "year": "(1999), (2000), (0)",
    "filled_amount": "(0), (1.5), (10)",
    "amount": "(-1.5), (0.001), (123456789.123)",
    "single": "(0.1), (-2.5e30), (0)",
    "twofold": "(0.1), (1e-300), (3)",
    "word": "('Ärger'), ('quo''te\\\\'), ('')",
    "exact": "('a'), ('A'), ('b ')",
    "latin": "('é'), ('a'), ('€')",
    "kanji": "('ア'), ('x'), ('表')",
    "wide": "('é'), ('😀'), ('a')",
    "raw": "(x'00'), (x''), (x'FF27')",
    "padded": "(x'00'), (x'61'), (x'6100FF00')",
    "flags": "(0), (1), (511)",
    "all_flags": "(0), (1), (18446744073709551615)",
    "label": "(1), (2), (3)",
    "labels": "('x'), ('x,z'), ('')",
    "day": "('2020-02-29'), ('0000-00-00'), ('9999-12-31')",
    "moment": "('2020-02-29 01:02:03.456'), ('0000-00-00'), ('1000-01-01')",
    "stamp": "('2020-02-29 01:02:03.456789'), ('1999-01-01'), ('2037-01-01')",
    "clock": "('-838:59:59'), ('00:00:00.5'), ('12:00:00')",
    "name": "('123e4567-e89b-12d3-a456-426655440000'), ('00000000-0000-0000-0000-000000000000'), (uuid())",
    "address": "('::1'), ('::ffff:1.2.3.4'), ('fe80::1')",
}

SHOP = """
create table parent (id int primary key, code varchar(10) collate utf8mb4_general_ci not null unique, what varchar(20));
create table child (
    a int, b varchar(5), parent int, code varchar(10) collate utf8mb4_general_ci, primary key (a, b),
    foreign key (parent) references parent (id), foreign key (code) references parent (code));
create table note (kind varchar(10), subject varchar(12) collate utf8mb4_bin, what text);
insert into parent values (1, 'one', 'x'), (2, 'Two', null), (3, 'three', 'z');
insert into child values (1, 'a', 1, 'ONE'), (1, 'b', 2, 'two'), (2, 'a', null, 'three'), (2, 'b', 1, null);
insert into note values ('parent', '1', 'a'), ('parent', '9', 'b'), ('child', '2', 'c'), ('parent', '1', 'a'), (null, null, null);
set foreign_key_checks = 0;
insert into child values (3, 'c', 77, null);
"""


@pytest.fixture(scope="module")
def shop(new_mariadb: Callable[..., str]) -> Iterator[MySqlSnapshot]:
    url = new_mariadb()
    _run(url, SHOP)
    with open_database(url) as database, database.snapshot() as snapshot:
        yield snapshot


def test_a_key_of_every_type_finds_exactly_its_rows_again(new_mariadb):
    url = new_mariadb()
    tables = (f"create table `{name}` ({key}, n int, primary key (id))" for name, key in KEYS.items())
    rows = (f"insert into `{name}` (id) values {values}" for name, values in VALUES.items())
    _run(url, ";".join(["set sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO'", *tables, *rows]))
    with open_database(url) as database, database.snapshot() as snapshot:
        for name in KEYS:
            table = TableName(name)
            every = _identified(snapshot, table)
            assert every.num_rows == 3, name
            assert every.schema.field(0).type == snapshot.row_ids(table).types[0]
            for row in range(3):
                asked = every.slice(row, 1)
                assert _identified(snapshot, table, asked.select(["id0"])).equals(asked), name
            assert _sorted(_identified(snapshot, table, every.select(["id0"]))) == _sorted(every), name
            itself = ForeignKey("v", ("id",), table, ("id",), virtual=True)
            for down in (True, False):
                for among in (None, every.select(["id0"])):
                    found = _all_pairs(snapshot, Follow(table, itself, down, among))
                    assert sorted(found) == [(id_, id_) for id_ in sorted(every["id0"].to_pylist())], name


def test_rows_of_a_table_without_a_key_share_an_id_where_they_are_equal(shop):
    table, ids = TableName("note"), shop.row_ids(TableName("note"))
    assert (ids.unique, ids.seekable, ids.values, len(ids.types)) == (False, False, True, 1)
    found = _table(shop.rows(Rows(table, columns=("what",))))
    names = dict(zip(found["what"].to_pylist(), found["id0"].to_pylist(), strict=True))
    assert len(set(names.values())) == 4
    read = _table(shop.read(Read(table, (ReadColumn("what", Form.ARROW),), among=_ids(names["a"], names[None]))))
    assert sorted(read["what"].to_pylist(), key=str) == [None, "a", "a"]
    assert not list(shop.read(Read(table, (ReadColumn("what", Form.ARROW),), among=_ids())))


def test_more_rows_without_a_key_than_a_statement_names_are_told_apart_here(new_mariadb):
    url = new_mariadb()
    _run(url, "create table t (a int, b text); insert into t select seq, repeat('x', 20) from seq_1_to_70000")
    with open_database(url) as database, database.snapshot() as snapshot:
        every = _table(snapshot.rows(Rows(TableName("t"), columns=("a",))))
        wanted = every.slice(0, 65_000)
        asked = Read(TableName("t"), (ReadColumn("a", Form.ARROW),), among=wanted.select(["id0"]), batch_rows=5_000)
        found = _table(snapshot.read(asked))
        assert found.column_names == ["a"]
        assert set(found["a"].to_pylist()) == set(wanted["a"].to_pylist())


def test_a_hash_tells_rows_apart_whose_texts_would_run_together(new_mariadb):
    url = new_mariadb()
    _run(
        url,
        "create table t (a text, b varchar(700), c varbinary(9), d decimal(9,2), f double, g point, j json);"
        "insert into t (a, b) values ('x', 'y'), ('xy', ''), ('x,y', null), ('', 'xy'), (null, 'xy'), ('-', 'xy');"
        "insert into t (c) values (x'2D'), (x''), (x'00'); insert into t (d) values (1.5), (1.25);"
        "insert into t (f) values (0.1), (0.10000000000000002);"
        "insert into t (g) values (point(1, 2)), (point(1, 3)); insert into t (j) values ('{}'), ('[]')",
    )
    with open_database(url) as database, database.snapshot() as snapshot:
        found = _table(snapshot.rows(Rows(TableName("t"))))
        assert found.num_rows == 17
        assert len(set(found["id0"].to_pylist())) == 17


def test_a_key_that_no_index_finds_is_hashed(new_mariadb):
    url = new_mariadb()
    _run(url, "create table t (a text not null unique); insert into t values ('x'), ('y')")
    with open_database(url) as database, database.snapshot() as snapshot:
        ids = snapshot.row_ids(TableName("t"))
        assert (ids.unique, ids.seekable) == (True, False)


@pytest.mark.parametrize(
    ("key", "pairs"),
    [
        ("parent", {((1, b"a"), 1), ((1, b"b"), 2), ((2, b"b"), 1), ((3, b"c"), None)}),
        ("code", {((1, b"a"), 1), ((1, b"b"), 2), ((2, b"a"), 3)}),
    ],
)
def test_keys_are_followed_up_and_down_as_the_collation_compares(shop, key, pairs):
    child = TableName("child")
    step = Follow(child, _key(shop, key), down=False, among=None)
    assert _pairs(shop, step) == pairs
    among = pa.table({"id0": [1, 3], "id1": pa.array([b"a", b"c"], pa.binary())})
    assert _pairs(shop, Follow(child, step.key, False, among)) == {p for p in pairs if p[0] in ((1, b"a"), (3, b"c"))}
    found = {p for p in pairs if p[1] is not None}
    assert _pairs(shop, Follow(child, step.key, True, None)) == {(b, a) for a, b in found}
    some = _pairs(shop, Follow(child, step.key, True, pa.table({"id0": [1]}), where="a = 1"))
    assert some == {(b, a) for a, b in found if b == 1 and a[0] == 1}


def test_virtual_keys_follow_an_expression_under_a_discriminator(shop):
    note, key = TableName("note"), _virtual(where="kind = 'parent'", expressions=("subject + 0",))
    up = [(a, b) for a, b in _all_pairs(shop, Follow(note, key, False, None))]
    assert sorted(b or 0 for _, b in up) == [0, 1, 1]
    down = _all_pairs(shop, Follow(note, key, True, pa.table({"id0": [1, 2]})))
    assert sorted(down) == sorted((b, a) for a, b in up if b == 1)
    chosen = [a for a, b in up if b == 1][:1]
    assert _all_pairs(shop, Follow(note, key, False, _ids(*chosen))) == [(chosen[0], 1)] * 2


def test_a_virtual_key_of_another_collation_is_compared_in_the_parents(shop):
    key = ForeignKey("v", ("kind",), TableName("parent"), ("code",), virtual=True)
    assert {b for _, b in _all_pairs(shop, Follow(TableName("note"), key, False, None))} == {None}


def test_a_character_that_the_parents_set_lacks_finds_no_question_mark(new_mariadb):
    url = new_mariadb()
    _run(
        url,
        "create table p (k varchar(9) character set latin1 primary key); insert into p values ('?'), ('é');"
        "create table c (id int primary key, k varchar(9) character set utf8mb4);"
        "insert into c values (1, 'ア'), (2, 'É'), (3, '?')",
    )
    key = ForeignKey("v", ("k",), TableName("p"), ("k",), virtual=True)
    with open_database(url) as database, database.snapshot() as snapshot:
        up = _pairs(snapshot, Follow(TableName("c"), key, False, None))
        assert up == {(1, None), (2, "é".encode()), (3, b"?")}
        assert _pairs(snapshot, Follow(TableName("c"), key, True, _ids(b"?"))) == {(b"?", 3)}
        with pytest.raises(ReadError, match="a column cannot hold") as raised:
            list(snapshot.rows(Rows(TableName("p"), key_columns=("k",), keys=(("ア",),))))
        assert "ア" not in str(raised.value)


def test_an_orphan_in_a_table_without_key_reaches_no_row_that_its_hash_would_name(new_mariadb):
    url = new_mariadb()
    _run(
        url,
        "create table p (k int unique); create table c (id int primary key, k int);"
        "insert into p values (1), (null); insert into c values (1, 1), (2, 5), (3, null)",
    )
    key = ForeignKey("v", ("k",), TableName("p"), ("k",), virtual=True)
    with open_database(url) as database, database.snapshot() as snapshot:
        found = dict(_all_pairs(snapshot, Follow(TableName("c"), key, False, None)))
        assert set(found) == {1, 2}
        assert found[2] is None
        assert _pairs(snapshot, Follow(TableName("c"), key, True, _ids(found[1]))) == {(found[1], 1)}


def test_a_subset_is_read_in_every_form_with_ancestors(shop):
    key = _key(shop, "parent")
    among = pa.table({"id0": [1, 2, 3], "id1": pa.array([b"b", b"b", b"c"], pa.binary())})
    columns = (ReadColumn("code", Form.WIRE), ReadColumn("a", Form.ARROW))
    asked = Read(TableName("child"), columns, (Derived("what", (key,), "what"),), among=among, identified=True)
    found = _table(shop.read(asked))
    assert found.column_names == ["id0", "id1", "code", "a", "what"]
    assert sorted(map(tuple, (row.values() for row in found.to_pylist()))) == [
        (1, b"b", b"two", 1, None), (2, b"b", None, 2, "x"), (3, b"c", None, 3, None)]  # fmt: skip
    assert _table(shop.read(Read(TableName("child"), (), among=among))).num_rows == 3
    assert _table(shop.read(Read(TableName("child"), columns, among=among, limit=2))).num_rows == 2
    assert not list(shop.read(Read(TableName("child"), columns, among=among.slice(0, 0))))


@pytest.mark.parametrize(
    ("columns", "keys", "found"),
    [
        (("id",), (("2",), (" 3 ",), ("99",)), [2, 3]),
        (("code",), (("ONE",), ("two",)), [1, 2]),
        (("id", "code"), (("1", "one"), ("2", "one")), [1]),
        (("id",), (), []),
    ],
)
def test_keys_are_taken_as_a_person_writes_them(shop, columns, keys, found):
    asked = Rows(TableName("parent"), key_columns=columns, keys=keys)
    assert sorted(id_ for batch in shop.rows(asked) for id_ in batch["id0"].to_pylist()) == found


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("colour = 'secret'", "it names a column that is not there"),
        ("no_such(id) = 'secret'", "it calls a function"),
        ("id = 1; drop table parent", "not one SQL condition"),
        ("id = 1) or (1 = 1", "not one SQL condition"),
        ("id = (select 1 from nowhere)", "it names a table"),
    ],
)
def test_a_condition_that_is_refused_is_told_by_its_table_and_never_quoted(shop, where, words):
    with pytest.raises(ReadError, match=words) as raised:
        list(shop.rows(Rows(TableName("parent"), where=where)))
    assert str(raised.value).startswith("parent: ")
    assert "secret" not in str(raised.value)
    assert _table(shop.rows(Rows(TableName("parent"), where="what is not null"))).num_rows == 2


def test_a_key_that_is_no_number_is_refused_and_not_taken_for_nought(shop):
    with pytest.raises(ReadError, match="no value of id") as raised:
        list(shop.rows(Rows(TableName("parent"), key_columns=("id",), keys=(("12secret",),))))
    assert "secret" not in str(raised.value)


def test_sizes_are_estimates_of_the_server(shop):
    sizes = shop.sizes([TableName("parent"), TableName("note")])
    assert sizes[TableName("parent")].bytes >= 16384
    assert list(sizes) == [TableName("parent"), TableName("note")]


@pytest.fixture(scope="module")
def texts(new_mariadb: Callable[..., str]) -> str:
    url = new_mariadb()
    _run(
        url,
        "create table t (a varchar(20) collate utf8mb4_bin, b varbinary(9), c decimal(20,5), n int, primary key (a, b, c));"
        "create table bare (a varchar(20) collate utf8mb4_bin, b varbinary(9), c decimal(20,5))",
    )
    return url


@given(
    st.sets(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(lambda text: text == text.rstrip()),
            st.binary(max_size=9),
            st.decimals(-(10**14), 10**14, places=5),
        ),
        min_size=1,
        max_size=30,
    ),
    st.integers(2, 5),
)
@settings(max_examples=12)
def test_any_text_bytes_and_number_are_found_again_and_nothing_else(texts, rows, step):
    values = sorted(rows)
    for table in ("t", "bare"):
        _run(texts, f"delete from {table}")
        _insert(texts, f"insert into {table} (a, b, c) values (%s, %s, %s)", values)
    wanted = sorted((a.encode(), b, c) for a, b, c in values[::step])
    columns = tuple(ReadColumn(name, Form.ARROW) for name in "abc")
    with open_database(texts) as database, database.snapshot() as snapshot:
        for table in (TableName("t"), TableName("bare")):
            every = _table(snapshot.rows(Rows(table, columns=tuple("abc"))))
            chosen = {(row["a"].encode(), row["b"], row["c"]): i for i, row in enumerate(every.to_pylist())}
            among = every.take(pa.array([chosen[row] for row in wanted]))
            found = _table(snapshot.read(Read(table, columns, among=among.select(snapshot.row_ids(table).names()))))
            assert sorted((row["a"].encode(), row["b"], row["c"]) for row in found.to_pylist()) == wanted


def test_many_ids_of_several_columns_are_found_through_the_index(new_mariadb):
    url = new_mariadb()
    _run(
        url,
        "create table t (a int, b varchar(9), c smallint, d date, primary key (a, b, c, d));"
        "insert into t select seq div 7, concat('k', seq mod 11), seq mod 5, '2020-01-01' + interval seq day from seq_1_to_60000;"
        "analyze table t",
    )
    with open_database(url) as database, database.snapshot() as snapshot:
        ids = _table(snapshot.rows(Rows(TableName("t")))).select(["id0", "id1", "id2", "id3"])
        some = ids.take(pa.array(range(0, 60_000, 5)))
        before = _examined(snapshot)
        assert _sorted(_table(snapshot.rows(Rows(TableName("t"), among=some)))) == _sorted(some)
        assert _examined(snapshot) - before < 20_000


def _examined(snapshot: MySqlSnapshot) -> int:
    status = snapshot._wire.select("show session status where variable_name like 'Handler_read%'")
    return sum(int(value) for _, value in status)


def _run(url: str, script: str) -> None:
    with _connected(url) as connection, connection.cursor() as cursor:
        for statement in filter(str.strip, script.split(";")):
            cursor.execute(statement)


def _insert(url: str, statement: str, rows: list[tuple[object, ...]]) -> None:
    with _connected(url) as connection, connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def _connected(url: str) -> pymysql.Connection:  # type: ignore[type-arg]
    at = make_url(url)
    return pymysql.connect(
        host=at.host, port=at.port or 3306, user=at.username, password=str(at.password), database=at.database,
        autocommit=True,
    )  # fmt: skip


def _key(snapshot: MySqlSnapshot, column: str) -> ForeignKey:
    keys = snapshot._tables[TableName("child")].foreign_keys
    return next(key for key in keys if key.columns == (column,))


def _virtual(where: str, expressions: tuple[str, ...]) -> ForeignKey:
    return ForeignKey("v", (), TableName("parent"), ("id",), virtual=True, where=where, expressions=expressions)


def _identified(snapshot: Snapshot, table: TableName, among: pa.Table | None = None) -> pa.Table:
    return _table(snapshot.read(Read(table, (ReadColumn("id", Form.WIRE),), among=among, identified=True)))


def _ids(*values: bytes) -> pa.Table:
    return pa.table({"id0": pa.array(values, pa.binary())})


def _table(batches: Iterator[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(list(batches))


def _sorted(table: pa.Table) -> list[tuple[object, ...]]:
    return sorted(tuple(row.values()) for row in table.to_pylist())


def _all_pairs(snapshot: Snapshot, step: Follow) -> list[tuple[object, object]]:
    rows = [row for batch in snapshot.follow(step) for row in batch.to_pylist()]
    return [(_side(row, "from"), _side(row, "to")) for row in rows]


def _pairs(snapshot: Snapshot, step: Follow) -> set[tuple[object, object]]:
    return set(_all_pairs(snapshot, step))


def _side(row: dict[str, object], name: str) -> object:
    parts = tuple(value for key, value in row.items() if key.startswith(name))
    return parts[0] if len(parts) == 1 else parts
