"""What the tree of a schema shows, row by row, and what a search finds: plain data, without a window."""

from __future__ import annotations

import pickle
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.schema import Table, View
from desktop.backend.schema_search import best, search_all
from desktop.backend.shelf import catalogue_of, shelved
from desktop.models.columnar import names
from desktop.models.schema import ColumnView, KeyView, PartView, Place, Settled, Sort, TableView, rows_said
from desktop.models.schema_tree import Row, Tree, lines_of
from tests.desktop import schemas

NAMES = st.lists(st.text(min_size=1, max_size=12), max_size=30)


@given(NAMES)
def test_names_come_back_as_they_were_sent(texts):
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    back = pickle.loads(pickle.dumps(names(texts)))
    assert list(back) == texts
    assert len(back) == len(texts)


def test_a_name_that_is_no_unicode_does_not_stop_the_others():
    assert list(names(["ok", "\ud800", "too"])) == ["ok", "?", "too"]


def test_tables_and_views_stand_by_schema_and_name():
    shelf = schemas.of(
        schemas.table("Zebra"), schemas.table("ant"), schemas.table("ant", schema="sales"),
        views=(View(TableName("bee"), "select 1", materialized=True),),
    )  # fmt: skip
    catalogue = catalogue_of(shelf)
    assert catalogue.schemas == ("main", "sales")
    assert list(catalogue.titles) == ["ant", "bee", "Zebra", "sales.ant"]
    assert [catalogue.schema_of(table) for table in range(4)] == [0, 0, 0, 1]
    assert catalogue.sorts.tolist() == [Sort.TABLE, Sort.MATERIALIZED, Sort.TABLE, Sort.TABLE]
    assert catalogue.tables == 3


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=6), st.sampled_from([None, "a", "ab"])), unique=True, max_size=20)
)
def test_every_table_is_found_by_its_title(wanted):
    shelf = shelved(schemas.of(*(Table(TableName(*name), ()) for name in dict.fromkeys(wanted))).schema)
    catalogue = catalogue_of(shelf)
    for number, name in enumerate(shelf.order):
        title = str(name).encode("utf-8", "replace").decode()
        found = catalogue.number(title)
        # Names that are no Unicode may look alike.
        assert found == number or catalogue.titles[found] == title
    assert catalogue.number("no such table") is None


def view(number: int, title: str, columns: int, keys: int = 0, indexes: int = 0) -> TableView:
    return TableView(
        1, number, title, Sort.TABLE, 5,
        tuple(ColumnView(f"c{place}", "text", True) for place in range(columns)),
        tuple(KeyView("unique", f"k{place}", ("c0",)) for place in range(keys)),
        indexes=tuple(PartView(f"i{place}", "c0") for place in range(indexes)),
    )  # fmt: skip


@settings(max_examples=60)
@given(st.data())
def test_rows_of_the_tree_are_those_that_one_would_write_down(data):
    """The arithmetic of rows against a tree that is walked."""
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    tables = [schemas.table(f"t{n}", schema=f"s{s}") for s, size in enumerate(sizes) for n in range(size)]
    catalogue = catalogue_of(schemas.of(*tables))
    tree = Tree(catalogue)
    for number in range(len(catalogue)):
        if data.draw(st.booleans()):
            made = view(number, "t", *(data.draw(st.integers(0, 2)) for _ in range(3)))
            tree.lines[number] = lines_of(made)
    everything = range(len(catalogue))
    tree.open_tables = {table for table in everything if data.draw(st.booleans())}
    tree.open_schemas = {schema for schema in range(len(sizes)) if data.draw(st.booleans())}
    tree.open_groups = {
        (table, place) for table, lines in tree.lines.items() for place, line in enumerate(lines)
        if line.inside and data.draw(st.booleans())
    }  # fmt: skip
    tree.count()
    walked = list(_walk(tree))
    assert [tree.row(number) for number in range(tree.rows)] == walked
    for number, row in enumerate(walked):
        if row.depth:
            above = tree.above(row)
            assert walked[above].depth == row.depth - 1
            assert above < number


def _walk(tree: Tree):
    for schema in range(len(tree.catalogue.schemas)):
        yield Row(schema)
        if schema not in tree.open_schemas:
            continue
        for table in range(len(tree.catalogue)):
            if tree.catalogue.schema_of(table) != schema:
                continue
            yield Row(schema, table)
            for place, line in enumerate(tree.lines.get(table, ()) if table in tree.open_tables else ()):
                yield Row(schema, table, line, place if line.inside else -1)
                if (table, place) in tree.open_groups:
                    yield from (Row(schema, table, inside, place) for inside in line.inside)


def test_a_filter_leaves_tables_with_all_words_in_name_or_columns():
    shelf = schemas.shop()
    found = search_all(shelf, "EMAIL")
    assert [shelf.order[table].name for table in found.tables] == ["customer"]
    assert list(found.columns) == ["email"]
    assert [shelf.order[table].name for table in search_all(shelf, "customer.name").tables] == ["customer"]
    assert [shelf.order[table].name for table in search_all(shelf, "order").tables] == ["order_line", "orders"]
    # The name says it already: no column is named beside it.
    assert list(search_all(shelf, "order").columns) == ["", ""]
    assert search_all(shelf, "nobody").tables.tolist() == []


def test_the_palette_is_given_tables_before_columns_and_beginnings_before_middles():
    shelf = schemas.shop()
    assert best(shelf, "order", 3) == (Place("orders"), Place("order_line"))
    assert best(shelf, "prod", 9) == (Place("product"), Place("order_line", "product"))
    assert best(shelf, "", 9) == ()


def test_ten_thousand_tables_are_searched_within_a_tenth_of_a_second():
    shelf = shelved(schemas.many(10_000, 20))
    search_all(shelf, "once")
    for text, tables in (("column_7", 10_000), ("table_01234", 1), ("sales table_0 column_3", 3_333)):
        least = min(_seconds(lambda text=text: search_all(shelf, text)) for _ in range(3))
        assert len(search_all(shelf, text).tables) == tables
        # Loosely: the machine may be busy with others.
        assert least < 0.4
    assert len(pickle.dumps(catalogue_of(shelf))) < 1 << 20


def _seconds(what) -> float:
    started = perf_counter()
    what()
    return perf_counter() - started


def test_an_opened_table_shows_columns_then_groups():
    made = TableView(
        1, 0, "orders", Sort.TABLE, 5,
        (ColumnView("id", "integer", False, primary=True), ColumnView("by", "text", True, parent="customer", entity="Name")),
        (KeyView("primary key", "pk", ("id",)), KeyView("foreign key", "fk", ("by",), "customer", ("id",))),
        (KeyView("foreign key", "fk2", ("id",), "line", ("order_id",)),),
    )  # fmt: skip
    lines = lines_of(made)
    assert [(line.name or line.words, line.sign) for line in lines] == [
        ("id", "PK"), ("by", "FK"), ("Keys", ""), ("Referenced by", ""),
    ]  # fmt: skip
    assert [line.name for line in lines[2].inside] == ["id", "by → customer"]
    assert lines[3].inside[0].table == "line"
    assert lines[1].mark == "Name"


@pytest.mark.parametrize(
    ("rows", "said"),
    [(-1, ""), (0, "0"), (9_999, "9,999"), (10_400, "10 k"), (999_900, "1.0 M"), (1_250_000, "1.2 M"), (250_000_000, "250 M"),
     (7_200_000_000, "7.2 G")],
)  # fmt: skip
def test_estimates_are_said_shortly(rows, said):
    assert rows_said(rows) == said


def test_a_decision_is_read_by_its_word():
    column = ColumnView("c", "text", True, entity="E-mail address", settled=Settled.UNDECIDED)
    assert lines_of(TableView(1, 0, "t", Sort.TABLE, 0, (column,)))[0].mark == "undecided · E-mail address"
