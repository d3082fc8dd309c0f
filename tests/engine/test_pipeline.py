from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from connectors.arrow import field
from connectors.database import Form, ReadColumn
from connectors.names import TableName
from connectors.schema import Kind, Schema
from engine.column_domains import column_domains, domain_of
from engine.keys import MaskingKey
from engine.masking import make_masker
from engine.masking.base import MaskError
from engine.pipeline import compile_plan
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.problems import PlanError
from tests.engine.tables import column, integer, plan, refers, rule, schema, table

KEY = MaskingKey("test", bytes(range(32)))
SHOP = schema(
    table("customer", integer("id"), column("first"), column("email"), column("born", Kind.DATE), column("note")),
    table("order", integer("id"), integer("customer_id", precision=16), column("placed", Kind.DATE),
          foreign_keys=(refers("customer_id", "customer"),)),
    table("line", integer("id"), integer("order_id"), column("shipped", Kind.DATE), foreign_keys=(refers("order_id", "order"),)),
)  # fmt: skip
CUSTOMER, ORDER, LINE = (TableName(name) for name in ("customer", "order", "line"))
PLAN = plan({
    "customer": {"id": "pseudonym", "first": "first_name", "email": "email",
                 "born": rule("born", "date_shift", by="id"), "note": "keep"},
    "order": {"id": "pseudonym", "customer_id": "pseudonym", "placed": rule("placed", "date_shift", by="customer_id")},
    "line": {"id": "pseudonym", "order_id": "pseudonym", "shipped": rule("shipped", "date_shift", by="order_id.customer_id")},
})  # fmt: skip


def batch(described: Schema, name: TableName, **more: pa.Array) -> Any:
    def make(**values: list[Any]) -> pa.RecordBatch:
        fields = [field(c, Form.ARROW, "postgresql") for c in described.table(name).stored if c.name in values]
        arrays = [pa.array(values[f.name], f.type) for f in fields]
        fields += [pa.field(alias, array.type) for alias, array in more.items()]
        return pa.RecordBatch.from_arrays([*arrays, *more.values()], schema=pa.schema(fields))

    return make


def test_columns_that_no_rule_looks_into_are_read_as_the_database_writes_them() -> None:
    columns, derived = compile_plan(PLAN, SHOP, KEY).reading(CUSTOMER, wire=True)
    assert [c.name for c in columns if c.form is Form.WIRE] == ["note"]
    assert derived == ()
    arrow, _ = compile_plan(PLAN, SHOP, KEY).reading(CUSTOMER, wire=False)
    assert {c.form for c in arrow} == {Form.ARROW}


def test_the_person_of_a_grandchild_is_asked_of_its_ancestor() -> None:
    columns, (derived,) = compile_plan(PLAN, SHOP, KEY).reading(LINE, wire=True)
    assert [key.name for key in derived.path] == ["fk_order_id"]
    assert derived.column == "customer_id"
    assert ReadColumn("order_id", Form.ARROW) in columns


def test_a_child_still_finds_its_parent_and_one_person_shifts_alike() -> None:
    import datetime as dt

    pipeline, day = compile_plan(PLAN, SHOP, KEY), dt.date(2020, 5, 1)
    people = pipeline.mask(
        CUSTOMER, batch(SHOP, CUSTOMER)(id=[1, 2, 3], first=["A", "B", None], email=["a@b.c", None, "x@y.z"],
                                        born=[day, day, day], note=["n", None, "m"]),
    )  # fmt: skip
    orders = pipeline.mask(ORDER, batch(SHOP, ORDER)(id=[7, 8, 9], customer_id=[3, 1, None], placed=[day, day, None]))
    derived = pipeline.reading(LINE, wire=True)[1][0]
    lines = pipeline.mask(
        LINE, batch(SHOP, LINE, **{derived.alias: pa.array([3, 1])})(id=[1, 2], order_id=[7, 8], shipped=[day, day])
    )
    ids = people["id"].to_pylist()
    assert orders["customer_id"].to_pylist() == [ids[2], ids[0], None]
    assert lines["order_id"].to_pylist() == orders["id"].to_pylist()[:2]
    born = people["born"].to_pylist()
    assert orders["placed"].to_pylist() == [born[2], born[0], None]
    assert lines["shipped"].to_pylist() == [born[2], born[0]]
    assert lines.schema.names == ["id", "order_id", "shipped"]
    assert people["note"].to_pylist() == ["n", None, "m"]
    assert people.schema.field("email").metadata == batch(SHOP, CUSTOMER)(email=["a"]).schema.field("email").metadata


def test_pseudonyms_fit_the_narrowest_column_of_their_domain() -> None:
    masked = compile_plan(PLAN, SHOP, KEY).mask(ORDER, batch(SHOP, ORDER)(id=[1], customer_id=[30_000], placed=[None]))
    assert masked["customer_id"][0].as_py() < 1 << 15
    people = compile_plan(PLAN, SHOP, KEY).mask(
        CUSTOMER, batch(SHOP, CUSTOMER)(id=[30_000], first=[None], email=[None], born=[None], note=[None])
    )
    assert people["id"].equals(masked["customer_id"])


def test_a_rule_sees_the_masked_values_of_the_columns_it_is_built_from() -> None:
    named = plan({"customer": {
        "email": rule("email", "email", from_=("first",)), "first": "first_name", "id": "pseudonym", "born": "null", "note": "null",
    }, "order": TablePlan(Treatment.EMPTY), "line": TablePlan(Treatment.DROP)})  # fmt: skip
    masked = compile_plan(named, SHOP, KEY).mask(
        CUSTOMER, batch(SHOP, CUSTOMER)(id=[1], first=["Zoe"], email=["a@b.c"], born=[None], note=["n"])
    )
    assert masked["email"][0].as_py().startswith(masked["first"][0].as_py().lower())


def test_rules_built_from_each_other_are_refused() -> None:
    circle = plan({"customer": {"email": rule("email", "email", from_=("first",)),
                                "first": rule("first", "first_name", from_=("email",)),
                                "id": "pseudonym", "born": "null", "note": "null"},
                   "order": TablePlan(Treatment.EMPTY), "line": TablePlan(Treatment.EMPTY)})  # fmt: skip
    with pytest.raises(PlanError, match="from-cycle"):
        compile_plan(circle, SHOP, KEY)


def test_a_column_without_a_decision_stops_the_pipeline() -> None:
    with pytest.raises(PlanError) as raised:
        compile_plan(
            plan({"customer": {"id": "pseudonym", "first": None}, "order": TablePlan(Treatment.EMPTY)}), SHOP, KEY
        )
    assert {(p.code, p.place) for p in raised.value.problems} == {
        ("undecided", "customer.first"), ("undecided", "customer.email"), ("undecided", "customer.born"),
        ("undecided", "customer.note"), ("undecided-table", "line"),
    }  # fmt: skip


def test_unknown_json_paths_are_counted_by_column() -> None:
    documents = schema(table("t", integer("id"), column("doc", Kind.JSON)))
    masked = plan({"t": {"id": "pseudonym", "doc": rule("doc", "json_path", {"paths": {"$.a": "null"}})}})
    pipeline, name = compile_plan(masked, documents, KEY), TableName("t")
    for _ in range(2):
        pipeline.mask(name, batch(documents, name)(id=[1, 2], doc=['{"a": 1, "b": 2}', '{"b": 3}']))
    assert pipeline.unknown_paths() == {(name, "doc"): {"$.b": 4}}


def test_generated_columns_are_neither_read_nor_written() -> None:
    made = schema(table("t", integer("id"), column("a"), column("twice", generated="a || a")))
    pipeline = compile_plan(plan({"t": {"id": "pseudonym", "a": "token"}}), made, KEY)
    assert [c.name for c in pipeline.reading(TableName("t"), wire=True)[0]] == ["id", "a"]


def domains(made: Plan, described: Schema) -> dict[str, str]:
    return {f"{t}.{c}": domain for (t, c), domain in column_domains(made, described).items()}


def test_keys_are_named_by_what_they_refer_to_and_the_rest_by_what_it_is() -> None:
    found = domains(PLAN, SHOP)
    assert found["customer.id"] == found["order.customer_id"] == "customer_id"
    assert found["customer.email"] == "email"
    assert found["customer.note"] == "customer_note"


def test_a_domain_said_once_holds_for_every_column_that_is_joined() -> None:
    said = plan(
        {"order": {"customer_id": rule("customer_id", "pseudonym", domain="person")}, "customer": {"id": "pseudonym"}}
    )
    assert domain_of(said, SHOP, CUSTOMER, "id") == "person"


def test_composite_and_overlapping_keys_join_position_by_position() -> None:
    tables = schema(
        table("a", integer("x"), integer("y"), key=("x", "y")),
        table("b", integer("x"), key="x"),
        table(
            "c",
            integer("p"),
            integer("q"),
            key=None,
            foreign_keys=(refers(("p", "q"), "a", ("x", "y")), refers("p", "b", "x")),
        ),
    )
    found = domains(plan({}), tables)
    assert found["a.x"] == found["b.x"] == found["c.p"] != found["a.y"] == found["c.q"]


def test_rules_of_several_columns_keep_their_columns_apart() -> None:
    places = schema(table("t", integer("id"), column("Street"), column("Ort")))
    address = Rule(("Ort", "Street"), make_masker("address", {}), roles=("city", "street"))
    pipeline = compile_plan(plan({"t": TablePlan(Treatment.MASK, (rule("id", "keep"), address))}), places, KEY)
    masked = pipeline.mask(
        TableName("t"), batch(places, TableName("t"))(id=[1], Street=["1 Main St"], Ort=["Springfield"])
    )
    assert masked.schema.names == ["id", "Street", "Ort"]
    assert any(sign.isdigit() for sign in masked["Street"][0].as_py())
    assert not any(sign.isdigit() for sign in masked["Ort"][0].as_py())
    assert pipeline.masked_columns(TableName("t")) == ("Street", "Ort")


def test_a_pipeline_gives_each_rule_what_its_first_pass_has_found() -> None:
    """And asks the source for the columns that tell a row and its group."""
    staff = schema(table("t", integer("id"), column("dept"), integer("pay")))
    named = plan({"t": {"id": "keep", "dept": "keep", "pay": rule("pay", "noise_keep_total", {"within": ["dept"]})}})
    pipeline, name = compile_plan(named, staff, KEY), TableName("t")
    forms = {asked.name: asked.form for asked in pipeline.reading(name, wire=True)[0]}
    assert forms == {"id": Form.ARROW, "dept": Form.ARROW, "pay": Form.ARROW}
    [step] = pipeline.steps(name)
    people = batch(staff, name)(id=[1, 2, 3, 4], dept=["a"] * 4, pay=[100, 200, 300, 400])
    with pytest.raises(MaskError, match="must see the whole column"):
        pipeline.mask(name, people)
    first = step.first_pass()
    assert first is not None
    columns = dict(zip(people.schema.names, people.columns, strict=True))
    first.observe(people.select(["pay"]), step.context(columns, people.schema))
    masked = pipeline.prepared({(name, "pay"): first.found()}).mask(name, people)
    assert sum(masked["pay"].to_pylist()) == 1000
    assert masked["pay"].to_pylist() != [100, 200, 300, 400]
