"""Names that say which table they refer to, and names that do not."""

from __future__ import annotations

import pytest

from connectors.names import TableName
from engine.profiling.keys.names import Vocabulary, affinity, is_own, says_key, says_measure, stem

NONE = Vocabulary()


def named(column: str, parent: str, key: str = "id", table: str = "something") -> float:
    return affinity(TableName(table), column, TableName(parent), key, NONE)[0]


@pytest.mark.parametrize(
    ("column", "parent", "key"),
    [
        ("customer_id", "customers", "customer_id"),
        ("CustomerID", "Customer", "ID"),
        ("customerid", "customer", "id"),
        ("KundenNr", "Kunde", "Nr"),
        ("id_cliente", "clientes", "id"),
        ("cod_articulo", "articulo", "codigo"),
        ("category_fk", "categories", "pk"),
        ("PATIENT", "patients", "Id"),
        ("persoon_nummer", "personen", "nummer"),
        ("codice_prodotto", "prodotti", "codice"),
        ("person_id", "people", "id"),
        ("tailnum", "planes", "tailnum"),
    ],
)
def test_a_name_says_its_parent_in_seven_languages_in_singular_and_plural(column, parent, key):  # type: ignore[no-untyped-def]
    assert named(column, parent, key) >= 0.85


@pytest.mark.parametrize(
    ("column", "parent", "least"),
    [
        ("billing_address_id", "addresses", 0.85),
        ("original_language_id", "language", 0.85),
        ("supervisingproviderid", "providers", 0.85),
        ("dept_id", "department", 0.5),
        ("cust_no", "customers", 0.5),
        ("ol_id", "order_line", 0.5),
        ("created_by", "users", 0.5),
        ("order_id", "sales_orders", 0.7),
    ],
)
def test_parts_abbreviations_and_last_words_are_understood(column: str, parent: str, least: float) -> None:
    assert named(column, parent) >= least


@pytest.mark.parametrize(
    ("column", "parent"),
    [
        ("customer_id", "orders"),
        ("id", "customers"),
        ("quantity", "products"),
        ("name", "products"),
        ("city", "countries"),
    ],
)
def test_a_name_that_says_another_thing_says_nothing_of_a_parent(column: str, parent: str) -> None:
    assert named(column, parent) < 0.45


@pytest.mark.parametrize("column", ["manager_id", "parent_id", "ReportsTo", "mgr", "vorgesetzter_id", "padre_id"])
def test_a_row_above_another_is_named_in_its_own_table(column: str) -> None:
    assert named(column, "node", "node_id", "node") >= 0.7
    assert named(column, "colour", "colour_id", "node") < 0.45


def test_a_prefix_that_all_tables_share_says_nothing() -> None:
    common = Vocabulary(frozenset({"wp"}))
    assert affinity(TableName("wp_comments"), "post_id", TableName("wp_posts"), "ID", common)[0] == 1.0


@pytest.mark.parametrize("column", ["customer_id", "deptno", "KundenNr", "id_cliente", "fk_order", "id", "created_by"])
def test_a_key_is_told_by_its_name(column: str) -> None:
    assert says_key(column)


@pytest.mark.parametrize("column", ["paid", "name", "total", "notes", "video"])
def test_other_names_do_not_say_key(column: str) -> None:
    assert not says_key(column)


def test_quantities_are_told_by_their_names() -> None:
    assert says_measure("order_quantity")
    assert says_measure("anzahl")
    assert not says_measure("level_id")


def test_a_table_owns_the_key_that_is_named_after_it() -> None:
    assert is_own(TableName("orders"), "order_id", NONE)
    assert is_own(TableName("orders"), "id", NONE)
    assert not is_own(TableName("order_notes"), "order_id", NONE)


def test_the_words_of_a_key_are_left_out() -> None:
    assert stem("billing_address_id") == ("billing", "address")
    assert stem("deptno") == ("dept",)
    assert stem("id") == ()
