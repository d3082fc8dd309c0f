"""Rows by name, asked of each dialect that has a server here: ids, foreign keys followed, conditions, keys, sizes."""

from collections import Counter

import pyarrow as pa
import pytest

from connectors import open_database
from connectors.database import Form, Read, ReadColumn
from connectors.errors import ReadError
from connectors.names import TableName
from connectors.rows import FROM, TO, Follow, Rows
from connectors.schema import ForeignKey
from tests.shop import HERE, Plain

every_dialect = pytest.mark.parametrize("new_database", HERE, indirect=True)

TABLES = {
    "house": 'id integer not null primary key, code varchar(10) not null unique, area integer, "no" integer, boss integer,'
    ' constraint spot unique (area, "no"), constraint boss foreign key (boss) references house (id)',
    "visit": 'id integer not null primary key, code varchar(10), area integer, "no" integer, kind varchar(10), ref varchar(10),'
    " constraint by_code foreign key (code) references house (code),"
    ' constraint by_spot foreign key (area, "no") references house (area, "no")',
    "Odd pair": '"group" integer not null, word varchar(20) not null, house integer, primary key ("group", word),'
    " constraint lives foreign key (house) references house (id)",
    "loose": "word varchar(20), house integer, constraint loosely foreign key (house) references house (id)",
}
ROWS = """
insert into house values (1, 'a', 1, 1, null), (2, 'b', 1, 2, 1), (3, 'c', 2, null, 3), (4, 'd', 2, 1, 77), (5, 'e', null, null, 2);
insert into visit values (1, 'a', 1, 1, 'house', '2'), (2, null, 1, null, 'house', '99'), (3, 'zz', 2, 1, 'other', '1'),
  (4, 'c', 9, 9, null, '1'), (5, 'a', null, 2, 'house', null), (6, 'b', 1, 2, 'other', '3');
insert into "Odd pair" values (1, 'x', 1), (1, 'y', 2), (2, 'x', null), (2, 'é ''q', 5), (3, '', 77);
insert into loose values ('w', 1), ('w', 1), (null, null), ('v', 88), ('w', 2);
"""
SECRET = "ada@secret.example"


def streets(url: str) -> Plain:
    """Houses and what refers to them, orphans among it: built with constraints off."""
    plain = Plain(url)
    tail = " default charset=utf8mb4" if plain.dialect == "mariadb" else ""
    plain.run("".join(f'create table "{name}" ({body}){tail};\n' for name, body in TABLES.items()) + ROWS)
    return plain


def key(schema, table: str, *columns: str) -> ForeignKey:
    return next(key for key in schema.table(TableName(table)).foreign_keys if key.columns == columns)


def ids(snapshot, table: str, **asked) -> pa.Table:
    schema = snapshot.row_ids(TableName(table)).schema()
    batches = [batch.select(schema.names) for batch in snapshot.rows(Rows(TableName(table), **asked))]
    found = pa.Table.from_batches([pa.RecordBatch.from_arrays(b.columns, schema=schema) for b in batches], schema)
    return found.group_by(schema.names).aggregate([]).select(schema.names)


def named(snapshot, table: str, *columns: str) -> dict[tuple, tuple]:
    """Id -> the columns' values, of each row."""
    width = len(snapshot.row_ids(TableName(table)).types)
    batches = snapshot.rows(Rows(TableName(table), columns=columns))
    rows = [row for batch in batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]
    return {row[:width]: row[width:] for row in rows}


def pairs(snapshot, table: str, foreign: ForeignKey, *, down: bool, among=None, where=None) -> Counter:
    """What the key joins, as ids."""
    left, reached = (foreign.parent, TableName(table)) if down else (TableName(table), foreign.parent)
    step = Follow(TableName(table), foreign, down, among, where)
    schema = pa.schema([*snapshot.row_ids(left).schema(FROM), *snapshot.row_ids(reached).schema(TO)])
    width, found = len(snapshot.row_ids(left).types), Counter()
    for batch in snapshot.follow(step):
        assert batch.schema.names == schema.names
        assert batch.schema.types == schema.types
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            found[row[:width], row[width:]] += 1
    return found


def told(snapshot, found: Counter, left: dict, reached: dict) -> list[tuple]:
    """The pairs, each id as the columns it stands for; None for no parent."""
    return sorted((left[one], None if set(other) == {None} else reached[other]) for one, other in found.elements())


@every_dialect
def test_ids_name_each_row_once_and_are_of_the_stated_types(new_database):
    plain = streets(new_database())
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        for table, count in (("house", 5), ("visit", 6), ("Odd pair", 5)):
            named_by = snapshot.row_ids(TableName(table))
            found = list(snapshot.rows(Rows(TableName(table))))
            rows = [row for batch in found for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]
            assert all(batch.schema.types == list(named_by.types) for batch in found)
            assert len(set(rows)) == len(rows) == count
            assert named_by.unique
            assert not any(None in row for row in rows)


@every_dialect
@pytest.mark.parametrize(
    ("table", "columns", "up"),
    [
        ("house", ("boss",), [((2,), (1,)), ((3,), (3,)), ((4,), None), ((5,), (2,))]),
        ("visit", ("code",), [((1,), (1,)), ((3,), None), ((4,), (3,)), ((5,), (1,)), ((6,), (2,))]),
        ("visit", ("area", "no"), [((1,), (1,)), ((3,), (4,)), ((4,), None), ((6,), (2,))]),
    ],
)
def test_a_key_is_followed_up_and_down(new_database, table, columns, up):
    """Self references, keys to unique columns, NULL in parts of composite keys, orphans; the same from some rows as from all."""
    plain = streets(new_database())
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        foreign = key(database.describe(), table, *columns)
        child, parent = named(snapshot, table, "id"), named(snapshot, foreign.parent.name, "id")
        whole = pairs(snapshot, table, foreign, down=False)
        assert told(snapshot, whole, child, parent) == up
        below = pairs(snapshot, table, foreign, down=True)
        assert told(snapshot, below, parent, child) == sorted((to, from_) for from_, to in up if to is not None)
        for number in range(1, 7):
            some = ids(snapshot, table, where=f"id <= {number}")
            few = pairs(snapshot, table, foreign, down=False, among=some)
            assert told(snapshot, few, child, parent) == [pair for pair in up if pair[0] <= (number,)]
            some = ids(snapshot, foreign.parent.name, where=f"id <= {number}")
            few = pairs(snapshot, table, foreign, down=True, among=some)
            assert few == Counter({pair: n for pair, n in below.items() if parent[pair[0]] <= (number,)})


@every_dialect
def test_from_no_rows_nothing_is_reached(new_database):
    plain = streets(new_database())
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        foreign = key(database.describe(), "visit", "code")
        for down, table in ((False, "visit"), (True, "house")):
            none = snapshot.row_ids(TableName(table)).schema().empty_table()
            assert not pairs(snapshot, "visit", foreign, down=down, among=none)
            assert [b for b in snapshot.rows(Rows(TableName(table), among=none)) if b.num_rows] == []


@every_dialect
def test_a_condition_on_children_holds_on_the_way_down(new_database):
    plain = streets(new_database())
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        foreign = key(database.describe(), "visit", "code")
        child, parent = named(snapshot, "visit", "id"), named(snapshot, "house", "id")
        for among in (None, ids(snapshot, "house")):
            found = pairs(snapshot, "visit", foreign, down=True, among=among, where="id > 4 or kind = 'house'")
            assert told(snapshot, found, parent, child) == [((1,), (1,)), ((1,), (5,)), ((2,), (6,))]


@every_dialect
def test_a_key_of_the_plan_refers_only_where_its_condition_says_and_by_an_expression(new_database):
    """A polymorphic key: text that holds a number, under a discriminator."""
    plain = streets(new_database())
    number = {"mariadb": "cast(ref as signed)"}.get(plain.dialect, "cast(ref as integer)")
    virtual = ForeignKey(
        "plan", (), TableName("house"), ("id",), virtual=True, where="kind = 'house'", expressions=(number,)
    )
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        child, parent = named(snapshot, "visit", "id"), named(snapshot, "house", "id")
        for some in (None, ids(snapshot, "visit")):
            found = pairs(snapshot, "visit", virtual, down=False, among=some)
            assert told(snapshot, found, child, parent) == [((1,), (2,)), ((2,), None)]
        for some in (None, ids(snapshot, "house")):
            found = pairs(snapshot, "visit", virtual, down=True, among=some)
            assert told(snapshot, found, parent, child) == [((2,), (1,))]


@every_dialect
def test_equal_rows_of_a_table_without_key_are_reached_each(new_database):
    plain = streets(new_database())
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        foreign, parent = key(database.describe(), "loose", "house"), named(snapshot, "house", "id")
        for some in (None, ids(snapshot, "house")):
            found = pairs(snapshot, "loose", foreign, down=True, among=some)
            assert sorted(parent[one] for one, _ in found.elements()) == [(1,), (1,), (2,)]
        for some in (None, ids(snapshot, "loose")):
            found = pairs(snapshot, "loose", foreign, down=False, among=some)
            reached = sorted(str(None if set(to) == {None} else parent[to]) for _, to in set(found))
            assert reached in (["(1,)", "(1,)", "(2,)", "None"], ["(1,)", "(2,)", "None"])


@every_dialect
@pytest.mark.parametrize("form", Form)
def test_an_identified_read_gives_the_rows_of_a_plain_one(new_database, form):
    plain = streets(new_database())
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        for table in database.describe().tables:
            columns = tuple(ReadColumn(column.name, form) for column in table.columns)
            names = snapshot.row_ids(table.name).names()
            rows = contents(snapshot.read(Read(table.name, columns)))
            found = list(snapshot.read(Read(table.name, columns, identified=True)))
            assert all(tuple(batch.schema.names[: len(names)]) == names for batch in found)
            assert contents(found, len(names)) == rows
            everything = ids(snapshot, table.name.name)
            assert contents(snapshot.read(Read(table.name, columns, among=everything))) == rows
            one = everything.slice(1, 1)
            asked = Read(table.name, columns, among=one, identified=True)
            chosen = [row for batch in snapshot.read(asked) for row in batch.select(names).to_pylist()]
            assert chosen
            assert {tuple(row.values()) for row in chosen} == {tuple(row.values()) for row in one.to_pylist()}


def contents(batches, skipped: int = 0) -> Counter:
    return Counter(
        row[skipped:]
        for batch in batches
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    )


@every_dialect
def test_keys_are_given_as_text(new_database):
    plain = streets(new_database())
    with open_database(plain.url) as database, database.snapshot() as snapshot:

        def found(table, columns, *keys, **more):
            width = len(snapshot.row_ids(TableName(table)).types)
            batches = snapshot.rows(Rows(TableName(table), key_columns=columns, keys=keys, columns=columns, **more))
            return sorted(contents(batches, width))

        assert found("house", ("id",), ("2",), ("5",), ("66",)) == [(2,), (5,)]
        assert found("house", ("code",), ("b",), ("' or 1=1 --",)) == [("b",)]
        assert found("Odd pair", ("group", "word"), ("2", "é 'q"), ("1", "y"), ("3", "x"), ("3", "")) == [
            (1, "y"), (2, "é 'q"), (3, ""),
        ]  # fmt: skip
        assert found("house", ("id",), ("2",), ("5",), where="code = 'e'") == [(5,)]


@every_dialect
def test_a_condition_may_name_its_table_and_ask_others(new_database):
    plain = streets(new_database())
    asked = "exists (select 1 from visit v where v.code = house.code and v.id > 3) and house.id < 3"
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        rows = snapshot.rows(Rows(TableName("house"), where=asked, columns=("id",)))
        assert sorted(row["id"] for batch in rows for row in batch.to_pylist()) == [1, 2]


BAD = {
    "syntax": f"id = = '{SECRET}'",
    "column": f"nowhere = '{SECRET}'",
    "function": f"nosuchfunction('{SECRET}') = 1",
    "table": f"id in (select 1 from nowhere where '{SECRET}' = 'x')",
    "second statement": f"id = 1; delete from house where code <> '{SECRET}'",
    "write": f"delete from house where code <> '{SECRET}'",
    "write within": f"id in (insert into house (code) values ('{SECRET}') returning id)",
    "parentheses": f"id = 1) or (code <> '{SECRET}'",
    "comment": f"id = 1 -- {SECRET}",
    "open comment": f"id = 1 /* {SECRET}",
    "placeholder": f"id = :x or code = '{SECRET}'",
    "nothing": " ",
    "type": f"cast('{SECRET}' as integer) / 0 > id and nowhere",
}


@every_dialect
def test_a_bad_condition_is_refused_in_one_sentence_that_quotes_no_value(new_database):
    plain = streets(new_database())
    with open_database(plain.url) as database:
        foreign = key(database.describe(), "house", "boss")
        with database.snapshot() as snapshot:
            for bad in BAD.values():
                for ask in (
                    lambda bad: snapshot.rows(Rows(TableName("house"), where=bad)),
                    lambda bad: snapshot.follow(Follow(TableName("house"), foreign, True, None, bad)),
                ):
                    with pytest.raises(ReadError) as caught:
                        list(ask(bad))
                    assert str(caught.value).startswith("house"), bad
                    assert SECRET not in repr(caught.value) + str(caught.value)
                    assert caught.value.__suppress_context__ or caught.value.__context__ is None
                    assert "\n" not in str(caught.value)
        with database.snapshot() as snapshot:
            assert snapshot.count(TableName("house")) == 5


@every_dialect
def test_the_snapshot_reads_on_after_a_bad_condition(new_database):
    plain = streets(new_database())
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        with pytest.raises(ReadError):
            list(snapshot.rows(Rows(TableName("house"), where="nowhere = 1")))
        assert ids(snapshot, "house").num_rows == 5


@every_dialect
def test_sizes_are_near_the_truth(new_database):
    plain = streets(new_database())
    rows = ", ".join(f"({number}, 'c{number}', null, null, '{'x' * 10}', '{number}')" for number in range(100, 3100))
    plain.run(f"insert into visit values {rows};\n")
    if plain.dialect != "sqlite":
        plain.run("analyze visit;\n" if plain.dialect == "postgresql" else "analyze table visit;\n")
    asked = [TableName(name) for name in ("visit", "house", "loose")]
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        sizes = snapshot.sizes(asked)
    assert set(sizes) == set(asked)
    visit = sizes[TableName("visit")]
    assert 2000 <= visit.rows <= 4500
    assert 3000 * 20 <= visit.bytes <= 3000 * 400
    assert sizes[TableName("house")].bytes <= visit.bytes


def test_mariadb_follows_a_text_key_as_its_collation_compares(new_mariadb):
    """Case, accents and trailing blanks: a child that is spelt otherwise has a parent."""
    plain = Plain(new_mariadb())
    plain.run(
        "create table word (w varchar(20) collate utf8mb4_general_ci not null primary key) default charset=utf8mb4;\n"
        "create table said (id integer not null primary key, w varchar(20) collate utf8mb4_general_ci, key (w),"
        " constraint said_w foreign key (w) references word (w)) default charset=utf8mb4;\n"
        "insert into word values ('Ada'), ('élan');\n"
        "insert into said values (1, 'ADA'), (2, 'ada '), (3, 'Elan'), (4, 'nobody'), (5, null);\n"
    )
    with open_database(plain.url) as database, database.snapshot() as snapshot:
        foreign = key(database.describe(), "said", "w")
        child, parent = named(snapshot, "said", "id"), named(snapshot, "word", "w")
        up = [((1,), ("Ada",)), ((2,), ("Ada",)), ((3,), ("élan",)), ((4,), None)]
        for some in (None, ids(snapshot, "said")):
            assert told(snapshot, pairs(snapshot, "said", foreign, down=False, among=some), child, parent) == up
        for some in (None, ids(snapshot, "word")):
            found = pairs(snapshot, "said", foreign, down=True, among=some)
            assert sorted(told(snapshot, found, parent, child)) == sorted((to, one) for one, to in up if to)
