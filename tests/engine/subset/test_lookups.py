"""Which tables are proposed whole, and how large a subset is reckoned to be before anything is followed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.schema import Schema
from engine.subset.edges import effective_edges
from engine.subset.estimate import estimate
from engine.subset.lookups import FAN_IN, SMALL, TINY, lookups
from engine.subset.spec import Edge, Missing, Roots, Scope, Subset
from tests.engine.tables import integer, refers, schema, schemas, table

COUNTRY, CUSTOMER, ORDER, REGION = (TableName(name) for name in ("country", "customer", "order", "region"))
SHOP = schema(
    table("region", integer("id")),
    table("country", integer("id"), integer("region"), foreign_keys=(refers("region", "region"),)),
    table("customer", integer("id"), integer("country"), foreign_keys=(refers("country", "country"),)),
    table("order", integer("id"), integer("customer"), foreign_keys=(refers("customer", "customer"),)),
)
ROWS = {REGION: 7, COUNTRY: 190, CUSTOMER: 20_000, ORDER: 100_000}


def names(made: Schema, rows: dict[TableName, int], apart: tuple[TableName, ...] = ()) -> list[TableName]:
    return [lookup.table for lookup in lookups(made, rows, apart)]


def test_small_tables_that_are_used_again_and_again_are_lookups_and_so_are_theirs() -> None:
    assert names(SHOP, ROWS) == [REGION, COUNTRY]
    assert names(SHOP, ROWS, apart=(REGION,)) == []
    assert names(SHOP, ROWS | {COUNTRY: SMALL + 1}) == [REGION]
    assert names(SHOP, ROWS | {CUSTOMER: 190 * FAN_IN - 1}) == [REGION]
    assert names(SHOP, ROWS | {REGION: 0}) == []
    assert names(SHOP, {REGION: TINY, COUNTRY: 1, CUSTOMER: 0, ORDER: 0}) == [REGION, COUNTRY]


def reckoned(subset: Subset) -> dict[TableName, int]:
    edges = effective_edges(SHOP, subset, ROWS)
    return estimate(edges, ROWS, {CUSTOMER: 200}, subset.whole)


def test_children_come_in_the_share_of_their_parents_and_parents_are_named_again_and_again() -> None:
    plain = Subset((Roots(CUSTOMER),))
    found = reckoned(plain)
    assert (found[CUSTOMER], found[ORDER], found[REGION]) == (200, 1000, 7)
    assert 100 < found[COUNTRY] < 140
    limited = Subset((Roots(CUSTOMER),), edges=(Edge(ORDER, ("customer",), limit=2),))
    assert reckoned(limited)[ORDER] == 400
    unfollowed = Subset((Roots(CUSTOMER),), edges=(Edge(ORDER, ("customer",), follow=Scope.NONE),))
    assert reckoned(unfollowed)[ORDER] == 0
    alone = Subset((Roots(CUSTOMER),), edges=(Edge(CUSTOMER, ("country",), missing=Missing.NULL),))
    assert reckoned(alone)[COUNTRY] == 0
    assert reckoned(Subset((Roots(CUSTOMER),), whole=(COUNTRY,)))[COUNTRY] == 190


@settings(max_examples=40)
@given(schemas(), st.data())
def test_no_estimate_is_larger_than_its_table_or_smaller_than_its_roots(made: Schema, data: st.DataObject) -> None:
    rows = {each.name: data.draw(st.integers(0, 1000)) for each in made.tables}
    roots = {name: data.draw(st.integers(0, count)) for name, count in rows.items() if data.draw(st.booleans())}
    whole = [name for name in rows if data.draw(st.booleans())]
    subset = Subset(tuple(Roots(name) for name in roots), whole=tuple(whole))
    found = estimate(effective_edges(made, subset, rows), rows, roots, whole)
    for name, count in rows.items():
        assert roots.get(name, 0) <= found[name] <= count
        assert found[name] == count or name not in whole
