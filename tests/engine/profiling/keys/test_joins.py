"""Joins are read from SQL texts of all shapes."""

from __future__ import annotations

import logging

import pytest

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table, Trigger, View
from engine.profiling.keys.joins import mined


def table(name: str, *columns: str, schema: str | None = None) -> Table:
    return Table(TableName(name, schema), tuple(Column(column, "integer", Kind.INTEGER) for column in columns))


TABLES = (
    table("customer", "id", "name", "code"),
    table("Orders", "order_no", "buyer", "code"),
    table("item", "order_no", "product", "pos"),
    table("stock", "product", "pos", "hall", schema="depot"),
)


def joins(
    *statements: str, dialect: str = "postgresql", views: tuple[View, ...] = (), triggers: tuple[Trigger, ...] = ()
):  # type: ignore[no-untyped-def]
    return mined(Schema(dialect, "public", TABLES, views=views, triggers=triggers), statements)


def pairs(*statements: str, dialect: str = "postgresql") -> set[str]:
    return {f"{a}.{b}={c}.{d}" for (a, b), (c, d) in joins(*statements, dialect=dialect).pairs()}


BOUGHT = {"Orders.buyer=customer.id"}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM customer c JOIN orders o ON o.buyer = c.id",
        "SELECT c.name FROM customer c, orders o WHERE c.id = o.buyer AND c.name = 'x'",
        "SELECT name FROM customer LEFT JOIN orders ON buyer = id",
        "SELECT * FROM (SELECT id AS k FROM customer) c JOIN orders o ON o.buyer = c.k",
        "WITH c AS (SELECT id k FROM customer WHERE name > 'm') SELECT * FROM orders JOIN c ON c.k = orders.buyer",
        "SELECT * FROM orders WHERE buyer IN (SELECT id FROM customer WHERE name = 'x')",
        "SELECT * FROM customer c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.buyer = c.id)",
        "SELECT * FROM customer c WHERE (SELECT count(*) FROM orders WHERE buyer = c.id) > 3",
        "SELECT * FROM customer c JOIN orders o ON CAST(o.buyer AS bigint) = (c.id)",
        "SELECT * FROM public.customer JOIN public.orders ON orders.buyer = customer.id",
        "SELECT 1 FROM customer c JOIN orders o ON o.buyer = c.id UNION ALL SELECT 2",
        "INSERT INTO item SELECT o.order_no, 1, 2 FROM orders o JOIN customer c ON c.id = o.buyer",
        "DELETE FROM orders USING customer c WHERE c.id = orders.buyer",
        "UPDATE orders SET code = c.code FROM customer c WHERE c.id = orders.buyer",
        "CREATE VIEW v AS SELECT * FROM customer c JOIN orders o ON o.buyer = c.id",
        "SELECT * FROM (SELECT * FROM customer) c JOIN orders o ON o.buyer = c.id",
        "SELECT * FROM customer c CROSS JOIN LATERAL (SELECT * FROM orders o WHERE o.buyer = c.id) x",
    ],
)
def test_a_join_is_found_however_it_is_written(statement: str) -> None:
    assert pairs(statement) >= BOUGHT


def test_using_and_natural_joins_name_both_sides() -> None:
    assert pairs("SELECT * FROM orders JOIN item USING (order_no)") == {"Orders.order_no=item.order_no"}
    assert pairs("SELECT * FROM customer NATURAL JOIN orders") == {"Orders.code=customer.code"}


def test_a_key_of_two_columns_is_joined_where_one_text_joins_both() -> None:
    both = joins("SELECT * FROM item i JOIN depot.stock s ON (s.product, s.pos) = (i.product, i.pos)")
    item, stock = (TableName("item"), ("product", "pos")), (TableName("stock", "depot"), ("product", "pos"))
    assert both.of(item, stock) == ("a logged statement",)
    apart = joins(
        "SELECT 1 FROM item i JOIN depot.stock s ON s.product = i.product",
        "SELECT 1 FROM item i JOIN depot.stock s ON s.pos = i.pos",
    )
    assert apart.of(item, stock) == ()


def test_an_update_of_mysql_over_two_tables_is_a_join() -> None:
    statement = "UPDATE orders o JOIN customer c ON c.id = o.buyer SET o.code = c.code"
    assert pairs(statement, dialect="mysql") >= BOUGHT


def test_views_and_triggers_are_named_in_what_they_join() -> None:
    view = View(TableName("bought"), "SELECT c.name FROM customer c JOIN orders o ON o.buyer = c.id")
    body = "CREATE TRIGGER t AFTER INSERT ON orders BEGIN UPDATE customer SET name = 'x' WHERE id = NEW.buyer; SELECT 1; END"
    found = joins(dialect="sqlite", views=(view,), triggers=(Trigger("t", TableName("Orders"), body),))
    said = found.of((TableName("Orders"), ("buyer",)), (TableName("customer"), ("id",)))
    assert said == ("trigger t", "view bought")


def test_a_text_that_is_no_sql_is_counted_and_never_logged(caplog) -> None:  # type: ignore[no-untyped-def]
    with caplog.at_level(logging.DEBUG):
        found = joins("SELEC name FROM 'secret'", "SELECT 'secret", "CREATE FUNCTION f() secret", "SELECT (((")
    assert found.skipped >= 3
    assert "secret" not in caplog.text


def test_names_that_no_table_has_join_nothing() -> None:
    assert pairs(
        "SELECT * FROM nowhere n JOIN orders o ON o.buyer = n.id", "SELECT * FROM customer WHERE id = code"
    ) <= {"customer.code=customer.id"}


JOIN = "SELECT c.name FROM customer c JOIN orders o ON o.buyer = c.id"


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("postgresql", f"LANGUAGE plpgsql AS $$\nDECLARE n int;\nBEGIN\n  n := 1;\n  RETURN QUERY {JOIN};\nEND $$;"),
        ("postgresql", f"LANGUAGE sql\n    AS $body$ {JOIN} $body$;"),
        ("mysql", f"BEGIN DECLARE n INT; {JOIN.replace(' FROM', ' INTO n FROM')}; END"),
    ],
)
def test_the_body_of_a_routine_joins(dialect: str, body: str) -> None:
    """Whatever language it is in, its statements are found between its other words."""
    head = "FUNCTION public.names() RETURNS SETOF text" if dialect == "postgresql" else "PROCEDURE names()"
    found = mined(Schema(dialect, "public", TABLES), (), {"names": f"CREATE {head} {body}"})
    assert list(found.pairs()) == list(joins(JOIN).pairs()) != []
    assert "routine names" in found.texts
