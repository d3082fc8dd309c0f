from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Check, Kind, Schema, Unique
from engine.lock import make_lock
from engine.plan import Plan, Rule
from engine.propose import propose
from tests.engine.tables import column, findings, integer, plan, primary, refers, rule, schema, table

CUSTOMER = TableName("customer")


def decided(made: Plan, described: Schema) -> dict[str, str]:
    """`table.column` -> mask, `keep` or `undecided`."""
    return {
        f"{t.name}.{c.name}": r.masker.name if (r := made.tables[t.name].rule(c.name)) and r.masker else "undecided"
        for t in described.tables
        for c in t.stored
    }


def rule_of(made: Plan, table_: str, column_: str) -> Rule:
    found = made.tables[TableName(table_)].rule(column_)
    assert found is not None
    return found


SHOP = schema(
    table("customer", integer("id"), column("first_name"), column("title"), column("email"), column("tax_id"),
          column("shoe", Kind.INTEGER), column("street"), column("city"), column("zip"),
          column("ship_street"), column("ship_city"), column("born", Kind.DATE),
          column("joined", Kind.DATE), column("last_update", Kind.TIMESTAMP), column("notes"), column("photo", Kind.BINARY),
          column("prefs", Kind.JSON), column("gender", length=1), column("religion"), column("active", Kind.BOOLEAN),
          column("vegan", Kind.BOOLEAN), column("salary", Kind.DECIMAL, precision=10, scale=2), column("tags", Kind.ARRAY)),
    table("product", integer("id"), column("name"), column("title"), column("unit_price", Kind.DECIMAL, precision=8, scale=2),
          column("code", length=5), column("description"), column("released", Kind.DATE), column("x"), key="id"),
    table("order", integer("id"), integer("customer_id"), integer("quantity"), column("placed", Kind.DATE),
          column("currency", length=30), foreign_keys=(refers("customer_id", "customer"),)),
    table("line", integer("order_id"), integer("line_no"), integer("product_id"), column("shipped", Kind.DATE),
          key=("order_id", "line_no"), foreign_keys=(refers("order_id", "order"), refers("product_id", "product"))),
)  # fmt: skip
SAMPLE = pa.RecordBatch.from_pydict(
    {
        "prefs": ['{"mail": "ada@b.org", "theme": "dark", "people": [{"name": "Ada Byron"}]}', None],
        "notes": ["hi", None],
    }
)


def test_the_proposal_for_a_shop() -> None:
    made = propose(SHOP, findings(SHOP, {CUSTOMER: SAMPLE}))
    assert decided(made, SHOP) == {
        "customer.id": "pseudonym", "customer.first_name": "first_name", "customer.title": "undecided", "customer.email": "email",
        "customer.tax_id": "pseudonym", "customer.shoe": "undecided", "customer.street": "address", "customer.city": "address",
        "customer.zip": "address", "customer.ship_street": "address", "customer.ship_city": "address", "customer.born": "date_shift",
        "customer.joined": "date_shift", "customer.last_update": "keep", "customer.notes": "free_text", "customer.photo": "image",
        "customer.prefs": "json_path", "customer.gender": "undecided", "customer.religion": "undecided", "customer.active": "keep",
        "customer.vegan": "undecided", "customer.salary": "number_noise", "customer.tags": "undecided",
        "product.id": "pseudonym", "product.name": "undecided", "product.title": "undecided", "product.unit_price": "keep",
        "product.code": "undecided", "product.description": "undecided", "product.released": "undecided", "product.x": "undecided",
        "order.id": "pseudonym", "order.customer_id": "pseudonym", "order.quantity": "keep", "order.placed": "date_shift",
        "order.currency": "keep",
        "line.order_id": "pseudonym", "line.line_no": "keep", "line.product_id": "pseudonym", "line.shipped": "date_shift",
    }  # fmt: skip


def test_nothing_is_kept_or_left_open_without_a_reason() -> None:
    for _, found in propose(SHOP, findings(SHOP, {CUSTOMER: SAMPLE})).rules():
        assert found.reason


def test_dates_follow_their_person() -> None:
    made = propose(SHOP)
    assert rule_of(made, "customer", "born").by == "id"
    assert rule_of(made, "order", "placed").by == "customer_id"
    assert rule_of(made, "line", "shipped").by == "order_id.customer_id"


def test_an_address_is_one_rule_and_the_shipping_address_another() -> None:
    made = propose(SHOP)
    assert rule_of(made, "customer", "city").columns == ("street", "city", "zip")
    assert rule_of(made, "customer", "ship_city").roles == ("street", "city")


def test_documents_are_masked_path_by_path_and_free_text_knows_its_row() -> None:
    made = propose(SHOP, findings(SHOP, {CUSTOMER: SAMPLE}))
    document, text = rule_of(made, "customer", "prefs").masker, rule_of(made, "customer", "notes").masker
    assert document is not None
    assert text is not None
    assert document.model_dump()["paths"] == {"$.mail": "email", "$.theme": "null", "$.people[*].name": "full_name"}
    assert text.model_dump()["columns"] == {"first_name": "first_name", "email": "email"}


def test_values_overrule_a_harmless_name() -> None:
    sample = pa.RecordBatch.from_pydict(
        {
            "x": ["a@b.org", "d@e.org", "g@h.org"],
            "code": ["a", "b", "c"],
            "description": ["A hat for summer days", "To be had in blue, ask ada@b.org for other colours", "Wool"],
        }
    )
    made = propose(SHOP, findings(SHOP, {TableName("product"): sample}))
    assert decided(made, SHOP)["product.x"] == "email"
    assert decided(made, SHOP)["product.description"] == "free_text"


def test_initials_become_initials() -> None:
    sample = pa.RecordBatch.from_pydict({"middle": ["A.", "B.", "Mary", None]})
    described = schema(table("customer", integer("id"), column("middle", length=20)))
    masker = rule_of(propose(described, findings(described, {CUSTOMER: sample})), "customer", "middle").masker
    assert masker is not None
    assert masker.model_dump() == {"template": r"[A-Z]\."}


def test_a_technical_name_over_personal_values_is_not_kept() -> None:
    described = schema(table("t", integer("id"), column("currency")))
    sample = pa.RecordBatch.from_pydict({"currency": ["a@b.org", "d@e.org", "g@h.org"]})
    assert (
        decided(propose(described, findings(described, {TableName("t"): sample})), described)["t.currency"] == "email"
    )


def test_columns_joined_by_keys_are_decided_together() -> None:
    described = schema(
        table("account", column("email", length=80), key="email"),
        table("login", integer("id"), column("who", length=80), foreign_keys=(refers("who", "account", "email"),)),
        table("iso", column("code", length=2), key="code"),
        table("place", integer("id"), column("iso", length=2), foreign_keys=(refers("iso", "iso", "code"),)),
        table("money", column("currency", length=3), key="currency"),
        table("price", integer("id"), column("currency_code", length=3), foreign_keys=(refers("currency_code", "money", "currency"),)),
    )  # fmt: skip
    found = decided(propose(described), described)
    assert (found["account.email"], found["login.who"]) == ("email", "email")
    assert (found["iso.code"], found["place.iso"]) == ("undecided", "undecided")
    assert (found["money.currency"], found["price.currency_code"]) == ("keep", "keep")


def test_a_unique_column_gets_only_a_mask_that_keeps_it_unique() -> None:
    described = schema(
        table("t", integer("id"), column("last_name", length=40), uniques=(Unique("u", ("last_name",)),))
    )
    assert decided(propose(described), described)["t.last_name"] == "pseudonym"
    assert primary("id").primary


def test_a_persons_decisions_stay_and_our_own_are_renewed() -> None:
    ours = propose(SHOP)
    lock = make_lock(SHOP, ours)
    rules = tuple(
        rule("shoe", "keep", reason="sizes are public") if r.columns == ("shoe",) else r
        for r in ours.tables[CUSTOMER].rules
        if r.columns != ("vegan",)
    )
    edited = replace(ours, tables={**ours.tables, CUSTOMER: replace(ours.tables[CUSTOMER], rules=rules)})
    again = propose(SHOP, findings(SHOP, {CUSTOMER: SAMPLE}), edited, lock)
    assert rule_of(again, "customer", "shoe").reason == "sizes are public"
    assert rule_of(again, "customer", "vegan").masker is None
    assert decided(again, SHOP)["customer.prefs"] == "json_path"
    sample = pa.RecordBatch.from_pydict({"currency": ["a@b.org", "d@e.org", "g@h.org"]})
    assert (
        decided(propose(SHOP, findings(SHOP, {TableName("order"): sample}), edited, lock), SHOP)["order.currency"]
        == "email"
    )
    assert (
        decided(propose(SHOP, findings(SHOP, {TableName("order"): sample}), edited), SHOP)["order.currency"] == "keep"
    ), "who wrote it is not known"


def test_columns_that_are_gone_leave_the_plan_and_its_head_stays() -> None:
    before = plan(
        {"customer": {"gone": "redact", "shoe": "keep"}, "vanished": {"x": "keep"}}, locale="de_DE", name="mine"
    )
    again = propose(SHOP, None, before)
    assert again.tables[CUSTOMER].rule("gone") is None
    assert (again.locale, again.name) == ("de_DE", "mine")
    assert TableName("vanished") not in again.tables


def test_a_proposal_that_a_condition_refuses_is_withdrawn_and_a_persons_rule_is_not() -> None:
    aged = schema(
        table("person", integer("id"), column("age", Kind.INTEGER), checks=(Check("k", "(age % 7 = 3)", ("age",)),))
    )
    made = propose(aged)
    assert rule_of(made, "person", "age").masker is None
    assert "does not fit" in (rule_of(made, "person", "age").reason or "")
    mine = plan({"person": {"id": "pseudonym", "age": "number_noise"}})
    assert decided(propose(aged, None, mine), aged)["person.age"] == "number_noise"


def test_a_key_that_a_person_masked_otherwise_is_left_to_the_person_who_did() -> None:
    mine = plan({"customer": {"id": "keep"}})
    made = propose(SHOP, None, mine)
    assert decided(made, SHOP)["customer.id"] == "keep"
    assert rule_of(made, "order", "customer_id").masker is None
