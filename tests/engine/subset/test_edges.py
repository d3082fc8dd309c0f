"""What a plan says of a foreign key, and what holds where it says nothing."""

from __future__ import annotations

from connectors.names import TableName
from connectors.schema import ForeignKey
from engine.subset.edges import EffectiveEdge, effective_edges
from engine.subset.spec import Edge, Missing, Roots, Scope, Subset
from tests.engine.tables import integer, refers, schema, table

SHOP = schema(
    table("customer", integer("id")),
    table("orders", integer("id"), integer("customer"), foreign_keys=(refers("customer", "customer"),)),
    table(
        "line",
        integer("ord"),
        integer("product"),
        key=None,
        foreign_keys=(refers("ord", "orders"), refers("product", "product")),
    ),
    table("product", integer("id"), integer("twin"), foreign_keys=(refers("twin", "product"),)),
)
TABLES = [table.name for table in SHOP.tables]


def edges(*said: Edge, root: str = "customer", **facts: object) -> dict[str, EffectiveEdge]:
    subset = Subset((Roots(TableName(root)),), edges=said)
    return {str(edge): edge for edge in effective_edges(SHOP, subset, TABLES, **facts)}  # type: ignore[arg-type]


def test_owning_keys_are_followed_from_owned_rows_and_all_others_up_alone() -> None:
    assert {name: edge.scope for name, edge in edges().items()} == {
        "orders.fk_customer": Scope.OWNED,
        "line.fk_ord": Scope.OWNED,
        "line.fk_product": Scope.NONE,
        "product.fk_twin": Scope.NONE,
    }


def test_a_plan_speaks_of_a_key_by_its_columns_or_its_name() -> None:
    found = edges(
        Edge(TableName("line"), ("product",), follow=Scope.ALL, limit=3, where="product > 1"),
        Edge(TableName("orders"), key="fk_customer", missing=Missing.NULL),
    )
    line = found["line.fk_product"]
    assert (line.scope, line.limit, line.where, line.missing) == (Scope.ALL, 3, "product > 1", Missing.BRING)
    orders = found["orders.fk_customer"]
    assert (orders.scope, orders.missing, orders.owning) == (Scope.OWNED, Missing.NULL, True)


def test_a_key_into_a_table_that_takes_no_part_is_no_edge() -> None:
    subset = Subset((Roots(TableName("orders")),))
    found = effective_edges(SHOP, subset, [TableName("orders"), TableName("line")])
    assert [str(edge) for edge in found] == ["line.fk_ord"]


def test_keys_of_expressions_are_edges_and_own_as_others_do() -> None:
    note = ForeignKey("noted", (), TableName("orders"), ("id",), virtual=True, expressions=("product / 2",))
    found = edges(expressions=[(TableName("product"), note)])
    assert found["product.noted"].scope is Scope.OWNED


def test_ownership_starts_where_one_says() -> None:
    assert edges(roots=[TableName("product")])["line.fk_product"].scope is Scope.OWNED
