"""A schema of one dialect as the DDL of another: what is carried means the same, and what is lost is said."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import open_database
from connectors.database import Form, Phase, Read, ReadColumn, State
from connectors.names import TableName
from connectors.portable import portable_ddl
from connectors.portable_expressions import Route, computed, condition, default
from connectors.portable_names import LIMITS, Names
from connectors.schema import Check, Column, ForeignKey, Index, Kind, Match, Schema, Table, Unique, View
from tests.shop import HERE, MARKER, Plain, shop

ALL = ("postgresql", "mysql", "mariadb", "sqlite", "mssql", "oracle")


def table(name: str, *columns: Column, schema: str | None = None, **rest) -> Table:
    return Table(TableName(name, schema), columns, **rest)


def integer(name: str, bits: int = 32, **rest) -> Column:
    return Column(name, "integer", Kind.INTEGER, precision=bits, **rest)


def text(name: str, length: int | None = None, **rest) -> Column:
    return Column(name, f"varchar({length})" if length else "text", Kind.TEXT, length=length, **rest)


def source(*tables: Table, dialect: str = "postgresql", **rest) -> Schema:
    return Schema(dialect, "public", tables, **rest)


def made(schema: Schema, dialect: str) -> tuple[Schema, str, dict[str, str]]:
    target, script = portable_ddl(schema, dialect)
    return target, "\n".join(s.sql for s in script.statements), {issue.code: issue.message for issue in script.issues}


PRIMARY = Unique("pk", ("id",), primary=True)


@pytest.fixture(params=[(a, b) for a in HERE for b in HERE if a != b], ids=lambda pair: f"{pair[0]}-{pair[1]}")
def pair(request) -> tuple[str, str]:
    """The URLs of a filled source and of a new target, of two dialects."""
    one, other = (request.getfixturevalue(f"new_{dialect}") for dialect in request.param)
    return shop(one()).url, other()


def copy(source_url: str, target_url: str) -> None:
    with open_database(source_url) as one, open_database(target_url) as other:
        schema = one.describe()
        wanted, script = other.portable_ddl(schema)
        with other.target() as target, one.snapshot() as snapshot:
            target.claim(MARKER)
            target.execute(script.phase(Phase.BEFORE))
            target.begin(wanted, fresh=True)
            for described, to in zip(schema.tables, wanted.tables, strict=True):
                for chunk in snapshot.chunks(described.name, 3):
                    columns = tuple(ReadColumn(column.name, Form.ARROW) for column in described.stored)
                    target.write(to, chunk, snapshot.read(Read(described.name, columns, chunk=chunk)))
            target.finish(wanted, fresh=True)
            target.execute(script.phase(Phase.AFTER))
            target.set_state(State.COMPLETE)


def content(url: str) -> dict[str, Counter]:
    """Every table's rows in form `arrow`, moments without their zone."""
    with open_database(url) as database, database.snapshot() as snapshot:
        found = {}
        for described in database.describe().tables:
            columns = tuple(ReadColumn(column.name, Form.ARROW) for column in described.stored)
            rows = [row for batch in snapshot.read(Read(described.name, columns)) for row in batch.to_pylist()]
            plain = [{n: v.replace(tzinfo=None) if hasattr(v, "tzinfo") else v for n, v in row.items()} for row in rows]
            found[described.name.name] = Counter(map(repr, plain))
        return found


def test_rows_and_keys_are_the_same_in_another_dialect(pair):
    """Composite keys, NOT NULL cycles, odd names, non-ASCII, numbers, dates: all six directions."""
    source_url, target_url = pair
    copy(source_url, target_url)
    assert content(target_url) == content(source_url)
    with open_database(source_url) as one, open_database(target_url) as other:
        before, after = one.describe(), other.describe()
    for described in before.tables:
        found = after.table(described.name)
        assert found.primary_key == described.primary_key
        assert {(k.columns, k.parent, k.parent_columns) for k in found.foreign_keys} == {
            (k.columns, k.parent, k.parent_columns) for k in described.foreign_keys
        }
        assert {u.columns for u in found.uniques} == {u.columns for u in described.uniques}
        assert {c.columns for c in found.checks} == {c.columns for c in described.checks}
        assert [c.nullable for c in found.columns] == [c.nullable for c in described.columns]
    Plain(target_url).run("insert into customer (email) values ('next');\n")
    assert Plain(target_url).ask("select id from customer where email = 'next'") == [(4,)]


@pytest.mark.parametrize("dialect", ALL)
@pytest.mark.parametrize("origin", ["postgresql", "mariadb", "sqlite"])
def test_every_kind_has_a_type_everywhere(dialect, origin):
    columns = [Column(kind.value, kind.value, kind) for kind in Kind] + [
        Column("big", "bigint unsigned", Kind.INTEGER, precision=64, unsigned=True),
        Column("money", "numeric(12,2)", Kind.DECIMAL, precision=12, scale=2),
        Column("wide", "numeric(60,20)", Kind.DECIMAL, precision=60, scale=20),
        Column("mood", "mood", Kind.ENUM, enum=("sad", "it's"), length=4),
    ]
    target, sql, _ = made(source(table("t", *columns), dialect=origin), dialect)
    assert [column.name for column in target.tables[0].columns] == [column.name for column in columns]
    assert all(column.native for column in target.tables[0].columns) or dialect == origin
    assert "CREATE TABLE" in sql


def test_schemas_are_folded_into_names_where_there_are_none():
    a = table("t", integer("id"), schema="sales", uniques=(PRIMARY,))
    link = ForeignKey("fk", ("id",), a.name, ("id",))
    b = table("t", integer("id"), foreign_keys=(link,))
    c = table("sales_t", integer("id"))
    target, _, issues = made(source(a, b, c), "sqlite")
    names = [t.name for t in target.tables]
    assert names == [TableName("sales_t_2"), TableName("t"), TableName("sales_t")]
    assert target.tables[1].foreign_keys[0].parent == names[0]
    assert "sales_t_2" in issues["table-renamed"]
    target, sql, _ = made(source(a, b, c, dialect="mariadb"), "postgresql")
    assert target.tables[0].name == a.name
    assert 'CREATE SCHEMA IF NOT EXISTS "sales"' in sql


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=90), max_size=30))
def test_names_are_short_enough_and_never_twice(wanted):
    for dialect, limit in LIMITS.items():
        names = Names(dialect)
        given = [names.take(name) for name in wanted]
        assert len({name.lower() for name in given}) == len(wanted)
        assert all(len(name.encode()) <= limit for name in given)


def test_index_names_of_two_tables_do_not_clash():
    tables = [table(n, text("a", 5), indexes=(Index("same", ("a",)),)) for n in ("one", "two", "same")]
    for dialect in ALL:
        target, _, _ = made(source(*tables, dialect="mysql" if dialect != "mysql" else "sqlite"), dialect)
        names = [index.name for t in target.tables for index in t.indexes] + [t.name.name for t in target.tables]
        assert len(set(names)) == len(names) == 6


def test_a_column_that_cannot_keep_its_name_blocks():
    """The engine maps columns by name, so a truncated or doubled one would lose rows."""
    long, twice = table("t", integer("x" * 64)), table("u", integer("a"), integer("A"))
    for schema, dialect in ((source(long, dialect="sqlite"), "postgresql"), (source(twice), "sqlite")):
        _, script = portable_ddl(schema, dialect)
        assert [issue.code for issue in script.issues if issue.blocking] == ["column-name"]
    assert not [i for i in portable_ddl(source(twice, dialect="mariadb"), "postgresql")[1].issues if i.blocking]


def test_mysql_keys_get_a_length_and_compare_bytes():
    keyed = table("t", text("a"), text("b", 700), text("c", 30), uniques=(Unique("u", ("a", "b")), Unique("v", ("c",))))
    target, _, issues = made(source(keyed), "mariadb")
    a, b, c = target.tables[0].columns
    assert (a.length, b.length, c.length) == (255, 255, 30)
    assert a.collation == "utf8mb4_nopad_bin"
    assert "key-length" in issues
    folding = table("t", replace(text("a", 9), folds=frozenset({Match.CASE})), uniques=(Unique("u", ("a",)),))
    assert made(source(folding), "mysql")[0].tables[0].columns[0].collation == "utf8mb4_0900_ai_ci"


def test_both_ends_of_a_key_have_one_type_in_mysql():
    parent = table("p", integer("id", 64, nullable=False), uniques=(PRIMARY,))
    child = table("c", integer("p", 32), foreign_keys=(ForeignKey("fk", ("p",), parent.name, ("id",)),))
    target, sql, issues = made(source(parent, child), "mariadb")
    assert [t.columns[0].native for t in target.tables] == ["bigint", "bigint"]
    assert "FOREIGN KEY" in sql
    assert not issues


def test_a_foreign_key_that_the_target_would_refuse_is_left_out_and_said():
    parent = table("p", integer("id"), text("code"))
    keys = (ForeignKey("no_unique", ("a",), parent.name, ("id",)), ForeignKey("types", ("a",), parent.name, ("code",)))
    parent = replace(parent, uniques=(Unique("u", ("code",)),))
    child = table("c", integer("a"), foreign_keys=keys)
    target, script = portable_ddl(source(parent, child, dialect="sqlite"), "postgresql")
    assert target.tables[1].foreign_keys == ()
    assert [i.message.split(":")[1].strip() for i in script.issues if i.code == "foreign-key"] == [
        "p has no such unique key.", "a is integer, code is text.",
    ]  # fmt: skip
    assert len(portable_ddl(source(parent, child), "sqlite")[0].tables[1].foreign_keys) == 2


def test_computed_columns_that_cannot_be_translated_stay_empty():
    """Copying their values would copy what was computed from unmasked ones."""
    full = text("full", generated="((first || ' '::text) || last)", nullable=False)
    odd = text("odd", generated="md5(first)", nullable=False)
    target, _, issues = made(source(table("t", text("first"), text("last"), full, odd)), "mariadb")
    columns = {column.name: column for column in target.tables[0].columns}
    assert "CONCAT" in (columns["full"].generated or "")
    assert (columns["odd"].generated, columns["odd"].nullable) == (None, True)
    assert "stays empty" in issues["generated"]


def test_enum_types_are_made_once_and_labels_are_kept():
    mood = Column("m", "mood", Kind.ENUM, enum=("a", "it's"), length=4)
    tables = (table("t", mood), table("u", mood))
    assert made(source(*tables), "postgresql")[1].count("CREATE TYPE") == 1
    assert "enum('a','it''s')" in made(source(*tables), "mariadb")[1]
    target = made(source(*tables, dialect="mariadb"), "postgresql")[0]
    assert [t.columns[0].enum for t in target.tables] == [("a", "it's")] * 2


def test_views_are_translated_or_named():
    t = table("Order", integer("id"), text("note"))
    good = View(
        TableName("good"), 'SELECT "Order".id, upper("Order".note) AS n FROM public."Order" WHERE "Order".id > 5'
    )
    bad = View(TableName("bad"), "SELECT my_function(id) FROM other")
    on_view = View(TableName("a_first"), "SELECT good.n FROM good")
    _, script = portable_ddl(source(t, views=(bad, on_view, good)), "mariadb")
    views = [s.sql for s in script.statements if s.kind == "view"]
    assert [sql.split(" AS ")[0] for sql in views] == ["CREATE VIEW `good`", "CREATE VIEW `a_first`"]
    assert [i.message for i in script.issues] == ["The view bad has no certain equal in the target."]


COLUMNS = {
    c.name: c
    for c in (
        integer("n"), text("word", 9), Column("rate", "numeric(5,2)", Kind.DECIMAL, precision=5, scale=2),
        Column("day", "date", Kind.DATE), Column("ok", "boolean", Kind.BOOLEAN),
        replace(text("ci", 9), folds=frozenset({Match.CASE})), Column("at", "datetime(6)", Kind.TIMESTAMP),
    )
}  # fmt: skip


def route(origin: str, target: str) -> Route:
    return Route(origin, target, COLUMNS, COLUMNS)


@pytest.mark.parametrize(
    ("origin", "given", "target", "expected"),
    [
        ("postgresql", "((n > 0) AND (rate <= (100)::numeric))", "mariadb", "((`n` > 0) AND (`rate` <= 100))"),
        ("postgresql", "((word)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))", "sqlite",
         "(\"word\" IN ('a', 'b'))"),
        ("mariadb", "`n` between 1 and 5 or `word` is null", "postgresql", '"n" BETWEEN 1 AND 5 OR "word" IS NULL'),
        ("sqlite", "length([word]) > 2", "mysql", "CHAR_LENGTH(`word`) > 2"),
        ("postgresql", "(day >= '2000-01-01'::date)", "mariadb", "(`day` >= '2000-01-01')"),
        ("sqlite", "word > 5", "postgresql", None),
        ("sqlite", "n IN ('a')", "postgresql", None),
        ("sqlite", "ok IN (0, 1)", "postgresql", None),
        ("sqlite", "word LIKE 'a%'", "postgresql", None),
        ("mariadb", "ci in ('A')", "postgresql", None),
        ("sqlite", "day > '2000'", "postgresql", None),
        ("postgresql", "word ~ '^a'", "mariadb", None),
        ("postgresql", "my_function(n)", "mariadb", None),
        ("mariadb", "n / 2 > 1", "postgresql", None),
        ("postgresql", "this is no sql (", "mariadb", None),
    ],
)  # fmt: skip
def test_a_check_is_carried_only_where_it_surely_means_the_same(origin, given, target, expected):
    assert condition(given, route(origin, target)) == expected


@pytest.mark.parametrize(
    ("origin", "given", "column", "target", "expected"),
    [
        ("postgresql", "'it''s'::character varying", "word", "mariadb", "'it''s'"),
        ("postgresql", "'a\\b'::text", "word", "mariadb", "'a\\\\b'"),
        ("postgresql", "(-1)", "n", "sqlite", "-1"),
        ("postgresql", "now()", "at", "mariadb", "CURRENT_TIMESTAMP(6)"),
        ("mariadb", "current_timestamp()", "at", "postgresql", "CURRENT_TIMESTAMP"),
        ("postgresql", "true", "ok", "sqlite", "1"),
        ("sqlite", "0", "ok", "postgresql", "false"),
        ("sqlite", "\"word\"", "word", "postgresql", "'word'"),
        ("mariadb", "'0000-00-00'", "day", "postgresql", None),
        ("sqlite", "'abc'", "n", "postgresql", None),
        ("sqlite", "'far too long'", "word", "postgresql", None),
        ("postgresql", "nextval('s'::regclass)", "n", "sqlite", None),
        ("postgresql", "my_function()", "word", "sqlite", None),
        ("sqlite", "NULL", "word", "postgresql", ""),
    ],
)  # fmt: skip
def test_a_default_is_a_literal_that_fits_or_the_current_moment(origin, given, column, target, expected):
    assert default(given, COLUMNS[column], COLUMNS[column], route(origin, target)) == expected


def test_an_arithmetic_expression_of_another_family_is_no_computed_column():
    assert computed("n * 2", COLUMNS["n"], route("postgresql", "mariadb")) == "`n` * 2"
    assert computed("n * 2", COLUMNS["word"], route("postgresql", "mariadb")) is None


def test_one_dialect_keeps_its_own_words_but_not_the_users():
    """Used where schemas are mapped: PostgreSQL's functions are there, the user's own may not be."""
    assert condition("word ~ '^a'", route("postgresql", "postgresql")) == "word ~ '^a'"
    assert condition("my_function(n) > 0", route("postgresql", "postgresql")) is None
    assert default("'x'::mood", COLUMNS["word"], COLUMNS["word"], route("postgresql", "postgresql")) == "'x'"


def test_a_lost_check_is_named():
    checked = table("t", text("w"), checks=(Check("odd", "w ~ 'x'", ("w",)), Check("fine", "w <> ''", ("w",))))
    target, sql, issues = made(source(checked), "sqlite")
    assert [check.name for check in target.tables[0].checks] == ["fine"]
    assert issues["check"] == "The check odd of t has no certain equal in the target."
    assert """CONSTRAINT "fine" CHECK ("w" <> '')""" in sql
