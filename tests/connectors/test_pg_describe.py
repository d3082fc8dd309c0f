"""What describe() says of a schema that has one of everything."""

from __future__ import annotations

import psycopg
import pytest

from connectors.names import TableName
from connectors.pg_describe import folded
from connectors.pg_types import PgType
from connectors.postgresql import PostgreSQL
from connectors.schema import ForeignKey, Kind, Match, Schema, Sequence
from tests.connectors import pg_zoo

PARENT = TableName("parent")
ORDER = TableName("order", 'Odd "Schema"')


@pytest.fixture(scope="module")
def url(new_postgresql):
    return pg_zoo.build(new_postgresql(), pg_zoo.CATALOG, pg_zoo.TYPES, pg_zoo.ROWS)


@pytest.fixture(scope="module")
def schema(url) -> Schema:
    with PostgreSQL(url) as database:
        return database.describe()


def column(schema: Schema, name: str, table: str = "zoo"):
    return schema.table(TableName(table)).column(name)


def test_partitions_extension_tables_and_our_own_are_no_tables(schema):
    """Leaf partitions belong to their root; heirs are tables of their own."""
    assert {str(table.name) for table in schema.tables} == {
        "zoo", "parent", "measure", "base", "heir", '"Odd ""Schema""".order',
    }  # fmt: skip


def test_a_partitioned_table_lists_its_leaves_and_its_key(schema):
    measure = schema.table(TableName("measure"))
    assert [leaf.name for leaf in measure.partitions] == ["measure_new", "measure_old_1", "measure_old_rest"]
    assert measure.partition_key == "RANGE (day)"


def test_a_key_inherited_by_partitions_is_one_key_and_a_partition_s_own_key_is_lifted(schema):
    keys = {key.name: key.columns for key in schema.table(TableName("measure")).foreign_keys}
    assert keys == {"measure_parent_fkey": ("parent",), "own_key": ("city",)}


def test_a_partition_s_own_unique_key_holds_under_the_partition_s_condition(schema):
    unique = next(unique for unique in schema.table(TableName("measure")).uniques if unique.name == "own_unique")
    assert unique.columns == ("value",)
    assert "2020-01-01" in unique.where
    assert not unique.primary


def test_inheritance_names_the_parent(schema):
    assert schema.table(TableName("heir")).inherits == (TableName("base"),)


def test_foreign_keys_keep_columns_in_order_actions_and_states(schema):
    keys = {key.name: key for key in schema.table(ORDER).foreign_keys}
    assert keys["pair_fk"] == ForeignKey(
        "pair_fk", ("pa", "pb"), PARENT, ("a", "b"), on_update="SET NULL", match_full=True
    )
    assert not keys["other_fk"].validated
    assert keys["order_parent_fkey"].on_delete == "CASCADE"
    assert keys["order_parent_fkey"].initially_deferred
    assert keys["order_self_fkey"].parent == ORDER


def test_unique_indexes_tell_condition_expression_and_what_is_included(schema):
    uniques = {unique.name: unique for unique in schema.table(PARENT).uniques}
    assert uniques["parent_pkey"].primary
    assert uniques["parent_a_b_key"].columns == ("a", "b")
    mail = uniques["parent_mail"]
    assert (mail.columns, mail.expression, mail.where, mail.constraint) == (("mail",), True, "((a > 5))", False)
    covering = uniques["parent_covering"]
    assert (covering.columns, covering.nulls_distinct) == (("a", "price"), False)


def test_columns_tell_identity_default_generation_and_comment(schema):
    assert column(schema, "id", "parent").identity == "always"
    assert column(schema, "twice", "parent").generated == "(a * 2)"
    assert column(schema, "price", "parent").default == "1.5"
    assert column(schema, "a", "parent").comment == "an a"
    assert schema.table(PARENT).comment == "a parent"
    assert "nextval(" in schema.table(ORDER).column("select").default


@pytest.mark.parametrize(
    ("locale", "folds"),
    [
        ("und-u-ks-level1", {Match.CASE, Match.ACCENT}), ("und-u-ks-level2", {Match.CASE}),
        ("und-u-kc-ks-level1", {Match.ACCENT}), ("de-u-ks-level3", set()), ("de", set()),
    ],
)  # fmt: skip
def test_a_nondeterministic_collation_folds_what_its_strength_ignores(locale, folds):
    text = PgType(25, "pg_catalog", "text", "b", "S", 0, -1, 0, False, "text", "text", "", (), None)
    assert folded(text, locale) == folds


def test_blank_padding_and_citext_fold_by_type(schema):
    citext = PgType(1, "public", "citext", "b", "S", 0, -1, 0, False, "citext", "citext", "", (), None)
    assert folded(citext, None) == {Match.CASE}
    assert column(schema, "c").folds == {Match.PAD}
    assert column(schema, "t").folds == frozenset()


def test_domains_are_their_base_type_with_every_check_of_the_chain(schema):
    smaller, code = column(schema, "sr"), column(schema, "co")
    assert (smaller.kind, smaller.native, smaller.domain) == (Kind.INTEGER, "integer", "smaller")
    assert (code.length, code.nullable, code.native) == (5, False, "character varying(5)")
    assert column(schema, "di").kind is Kind.ARRAY
    assert column(schema, "dm").enum == ("sad", "so so", "glücklich, ja")
    checks = [check for check in schema.table(TableName("zoo")).checks if check.columns == ("sr",)]
    assert sorted(check.expression for check in checks) == ['("sr" > 0)', '(("sr")::integer < 100)']


def test_a_domain_s_check_keeps_the_word_value_inside_a_text(schema):
    check = next(check for check in schema.table(TableName("zoo")).checks if check.columns == ("co",))
    assert check.expression.startswith("((\"co\")::text <> 'VALUE'")


@pytest.mark.parametrize(
    ("name", "kind", "precision", "scale"),
    [
        ("i2", Kind.INTEGER, 16, None), ("o", Kind.INTEGER, 32, None), ("n", Kind.DECIMAL, None, None),
        ("n102", Kind.DECIMAL, 10, 2), ("nneg", Kind.DECIMAL, None, None), ("e", Kind.ENUM, None, None),
        ("iv", Kind.INTERVAL, None, None), ("r", Kind.OTHER, None, None), ("vb", Kind.BIT, None, None),
        ("tmz", Kind.OTHER, None, None), ("x", Kind.XML, None, None), ("ea", Kind.ARRAY, None, None),
    ],
)  # fmt: skip
def test_types_have_their_kind_and_digits(schema, name, kind, precision, scale):
    found = column(schema, name)
    assert (found.kind, found.precision, found.scale) == (kind, precision, scale)


def test_views_triggers_sequences_and_notes_are_there(schema):
    assert {(str(view.name), view.materialized) for view in schema.views} == {("adults", False), ("totals", True)}
    assert {(trigger.name, trigger.enabled) for trigger in schema.triggers} == {("touched", True), ("resting", False)}
    assert Sequence(TableName("order_select_seq", 'Odd "Schema"'), "integer", (ORDER, "select")) in schema.sequences
    assert Sequence(TableName("free_sequence"), "bigint", None) in schema.sequences
    assert any("publication feed" in note for note in schema.notes)


def test_a_table_without_a_grant_is_listed_as_unreadable_with_the_reason(url):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE poor LOGIN")
        connection.execute("GRANT SELECT ON parent TO poor")
        connection.execute("GRANT SELECT (id) ON base TO poor")
    with PostgreSQL(url.replace("postgres:@", "poor@").replace("postgres@", "poor@")) as database:
        unreadable = dict(database.describe().unreadable)
    assert PARENT not in unreadable
    assert unreadable[TableName("base")] == "this login has no SELECT on note"
    assert "USAGE" in unreadable[ORDER]


def test_the_number_of_queries_does_not_grow_with_the_number_of_tables(new_postgresql, monkeypatch):
    """370 tables and 760 keys take as many catalog queries as one table."""
    many = "".join(
        f"CREATE TABLE t{n} (id int PRIMARY KEY, "
        + ", ".join(f"r{k} int REFERENCES t{max(0, n - k)}" for k in range(1, 4 if n % 18 == 1 else 3) if n)
        + ("x int" if n == 0 else "")
        + ");"
        for n in range(370)
    )
    counts = []
    for script in ("CREATE TABLE t (id int)", many):
        url = pg_zoo.build(new_postgresql(), script)
        with PostgreSQL(url) as database:
            seen = _count_statements(monkeypatch)
            schema = database.describe()
            counts.append(len(seen))
            monkeypatch.undo()
    assert len(schema.tables) == 370
    assert sum(len(table.foreign_keys) for table in schema.tables) >= 758
    assert counts[0] == counts[1] < 20


def _count_statements(monkeypatch) -> list[object]:
    seen: list[object] = []
    original = psycopg.Cursor.execute

    def execute(self, *args, **kwargs):
        seen.append(args[0])
        return original(self, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", execute)
    return seen
