"""One small plan per mistake: what `check` says of it, by code and place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.database import Issue
from connectors.names import TableName
from connectors.schema import Check, Column, Index, Kind, Match, Schema, Trigger, Unique, View
from engine.check import check
from engine.domains import DomainSpec
from engine.lock import make_lock
from engine.masking import make_masker
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.problems import Severity, errors
from engine.propose import propose
from tests.engine.tables import column, integer, plan, refers, rule, schema, table

SHOP = schema(
    table("customer", integer("id"), column("email", length=60), column("name", nullable=False), uniques=(Unique("u", ("email",)),)),
    table("order", integer("id"), integer("customer_id"), column("note"), foreign_keys=(refers("customer_id", "customer"),)),
)  # fmt: skip
GOOD: dict[str, dict[str, str | Rule | None]] = {
    "customer": {"id": "pseudonym", "email": "email", "name": "full_name"},
    "order": {"id": "pseudonym", "customer_id": "pseudonym", "note": "redact"},
}


def codes(made: Plan, described: Schema, **more: object) -> set[str]:
    return {f"{p.code} {p.place}".strip() for p in check(made, described, **more)}  # type: ignore[arg-type]


def changed(table_: str, **columns: str | Rule | None) -> Plan:
    return plan({**GOOD, table_: {**GOOD[table_], **columns}})


def test_a_plan_that_fits_has_no_problem() -> None:
    assert check(plan(GOOD), SHOP) == ()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (plan({"customer": GOOD["customer"]}), {"undecided-table order"}),
        (plan({**GOOD, "ordr": {}}), {"unknown-table ordr"}),
        (changed("customer", nmae="token"), {"unknown-column customer.nmae"}),
        (changed("customer", name=None), {"undecided customer.name"}),
        (changed("customer", id=rule("email", "email")), {"duplicate-decision customer.email", "undecided customer.id"}),
        (changed("customer", id="token"), {"mask-kind customer.id", "foreign-key order.customer_id"}),
        (changed("customer", name="null"), {"null-required customer.name"}),
        (changed("customer", email="first_name"), {"unique customer.email"}),
        (changed("customer", email="null"), set()),
        (changed("customer", id="keep"), {"foreign-key order.customer_id"}),
        (changed("order", customer_id="keep"), {"foreign-key order.customer_id"}),
        (changed("order", customer_id="null"), set()),
        (changed("order", customer_id=rule("customer_id", "pseudonym", domain="d")), set()),
        (plan({"customer": {**GOOD["customer"], "id": rule("id", "pseudonym", domain="a")},
               "order": {**GOOD["order"], "customer_id": rule("customer_id", "pseudonym", domain="b")}}),
         {"key-domains customer.id", "foreign-key-domain order.customer_id"}),
        (changed("customer", name=rule("name", "full_name", from_=("email",))), {"from-loses-equality customer.name"}),
        (changed("customer", name=rule("name", "full_name", from_=("nothing",), by="id")), {"unknown-column customer.name"}),
        (changed("customer", name=rule("name", "full_name", by="boss.id")), {"by-unknown customer.name"}),
        (changed("customer", name="keep"), {"keep-personal customer.name"}),
        (plan({**GOOD, "customer": TablePlan(Treatment.COPY)}),
         {"copy-reason customer", "copy-personal customer.email", "copy-personal customer.name", "foreign-key order.customer_id"}),
        (plan({**GOOD, "customer": TablePlan(Treatment.DROP)}), {"needed-table order.customer_id"}),
        (plan({**GOOD, "customer": TablePlan(Treatment.EMPTY)}), {"needed-table order.customer_id"}),
        (plan({"customer": TablePlan(Treatment.EMPTY), "order": {**GOOD["order"], "customer_id": "null"}}), set()),
        (plan({"customer": TablePlan(Treatment.EMPTY), "order": TablePlan(Treatment.EMPTY)}), set()),
        (plan(GOOD, target_schemas={"prod": "qa"}), {"target-schema"}),
        (plan(GOOD, accept=("keep-personal",)), {"accept-unused"}),
    ],
)  # fmt: skip
def test_every_mistake_has_its_code_and_its_place(made: Plan, expected: set[str]) -> None:
    assert codes(made, SHOP) == expected


def test_all_problems_come_at_once_and_each_with_a_remedy() -> None:
    made = plan({"customer": {"id": "token", "email": "first_name", "name": "null", "x": "keep"}})
    found = check(made, SHOP)
    assert {p.code for p in found} == {"mask-kind", "unique", "null-required", "unknown-column", "undecided-table"}
    assert all(p.remedy and p.reason.endswith(".") for p in found)


def test_an_accepted_warning_is_silent_and_strict_makes_the_others_errors() -> None:
    kept = changed("customer", name="keep")
    assert check(replace(kept, accept=("keep-personal customer.name",)), SHOP) == ()
    assert check(replace(kept, accept=("keep-personal",)), SHOP) == ()
    assert errors(check(kept, SHOP)) == ()
    assert [p.severity for p in check(kept, SHOP, strict=True)] == [Severity.ERROR]


def test_an_error_cannot_be_accepted() -> None:
    assert codes(replace(changed("customer", name="null"), accept=("null-required",)), SHOP) == {
        "null-required customer.name", "accept-unused",
    }  # fmt: skip


def one(*columns: Column, **facts: object) -> Schema:
    return schema(table("t", integer("id"), *columns, **facts))


def masked(**columns: str | Rule | None) -> Plan:
    return plan({"t": {"id": "pseudonym", **columns}})


def test_unique_keys_of_several_columns_need_every_part_distinct_or_kept() -> None:
    pair = one(column("a", length=40), column("b"), uniques=(Unique("u", ("a", "b")),))
    assert codes(masked(a="token", b="keep"), pair) == set()
    assert codes(masked(a="token", b="redact"), pair) == {"unique t.b"}
    assert codes(masked(a="null", b="redact"), pair) == set()
    with_key = one(column("a"), uniques=(Unique("u", ("id", "a")),))
    assert codes(masked(a="redact"), with_key) == set(), "the primary key alone holds it up"


def test_partial_and_expression_keys() -> None:
    partial = one(column("a"), column("state"), uniques=(Unique("u", ("a",), where="(state = 'open'::text)"),))
    assert codes(masked(a="token", state="keep"), partial) == set()
    assert codes(masked(a="token", state="redact"), partial) == {"unique-partial t.state"}
    alive = one(column("a"), column("gone"), uniques=(Unique("u", ("a",), where="(gone IS NULL)"),))
    assert codes(masked(a="token", gone="redact"), alive) == set()
    lower = Unique("u", ("a",), expression=True)
    folded = one(
        column("a"), uniques=(lower,), indexes=(Index("u", ("a",), True, "CREATE UNIQUE INDEX u ON t (lower(a))"),)
    )
    assert codes(masked(a="token"), folded) == set()
    assert codes(masked(a="redact"), folded) == {"unique t.a"}
    index = Index("u", ("a", "b c"), True, 'CREATE UNIQUE INDEX "u" ON t (lower(a) DESC, "b c") WHERE a <> \'md5()\'')
    both = one(column("a"), column("b c"), uniques=(Unique("u", ("a", "b c"), expression=True),), indexes=(index,))
    assert codes(plan({"t": {"id": "keep", "a": "token", "b c": "token"}}), both) == set()
    hashed = replace(index, definition=index.definition.replace("lower(a)", "mystery(a)"))
    both = one(*both.tables[0].columns[1:], uniques=both.tables[0].uniques[1:], indexes=(hashed,))
    assert "unique-expression t.a" in codes(plan({"t": {"id": "keep", "a": "token", "b c": "token"}}), both)
    odd = one(
        column("a"), uniques=(lower,), indexes=(Index("u", ("a",), True, "CREATE UNIQUE INDEX u ON t (mystery(a))"),)
    )
    assert codes(masked(a="token"), odd) == {"unique-expression t.a"}
    assert codes(replace(masked(a="token"), accept=("unique-expression t.a",)), odd) == set()


def test_a_condition_is_proven_refuted_tried_or_unknown() -> None:
    rated = one(
        column("stars", Kind.INTEGER, precision=16), checks=(Check("c", "((stars >= 1) AND (stars <= 5))", ("stars",)),)
    )
    assert codes(masked(stars="keep"), rated) == set()
    assert codes(masked(stars=rule("stars", "category", {"choices": ("1", "2")})), rated) == set()
    assert codes(masked(stars=rule("stars", "constant", {"value": 9})), rated) == {"check-refuted t.stars"}
    assert codes(masked(stars="pseudonym"), rated) == {"check-unknown t.stars"}
    assert codes(masked(stars="pseudonym"), rated, trial=lambda *_: True) == {"check-tried t.stars"}
    assert codes(masked(stars="pseudonym"), rated, trial=lambda *_: False) == {"check-refuted t.stars"}
    assert codes(replace(masked(stars="pseudonym"), accept=("check-unknown",)), rated) == set()


def test_dates_shifted_with_one_person_keep_their_order() -> None:
    stay = one(
        column("begins", Kind.DATE),
        column("ends", Kind.DATE),
        checks=(Check("c", "(ends >= begins)", ("begins", "ends")),),
    )
    both = masked(begins=rule("begins", "date_shift", by="id"), ends=rule("ends", "date_shift", by="id"))
    assert codes(both, stay) == set()
    assert codes(masked(begins="date_shift", ends="date_shift"), stay) == {"check-unknown t.begins"}


def test_generated_columns_need_no_decision_and_take_none() -> None:
    made = one(column("a"), column("g", generated="a"))
    assert codes(masked(a="redact"), made) == set()
    assert codes(masked(a="redact", g="redact"), made) == {"mask-generated t.g"}


def test_rows_of_a_partitioned_table_stay_in_their_partitions() -> None:
    bounds = (
        "((d >= '2020-01-01'::date) AND (d < '2021-01-01'::date))",
        "((d >= '2021-01-01'::date) AND (d < '2022-01-01'::date))",
    )
    parts = one(column("d", Kind.DATE), partition_key="RANGE (d)", partition_bounds=bounds)
    assert codes(masked(d="keep"), parts) == set()
    assert codes(masked(d="date_shift"), parts) == {"partition-key t.d"}
    within = rule("d", "within", {"bounds": ("2020-01-01", "2021-01-01", "2022-01-01")})
    assert codes(masked(d=within), parts) == set()
    short = rule("d", "within", {"bounds": ("2020-01-01", "2022-01-01")})
    assert codes(masked(d=short), parts) == {"partition-key t.d"}
    assert codes(masked(d=rule("d", "constant", {"value": "2020-05-05"})), parts) == set()
    assert codes(masked(d=rule("d", "constant", {"value": "2024-05-05"})), parts) == {"partition-key t.d"}
    assert codes(masked(d="date_shift"), one(column("d", Kind.DATE), partition_key="HASH (d)")) == set()
    listed = one(integer("d"), partition_key="LIST (d)", partition_bounds=("(d) IN (1,2)", "(d) IN (5,6)"))
    between = rule("d", "within", {"bounds": (1, 2, 5, 6, 7)})
    assert codes(masked(d=between), listed) == {"partition-key t.d"}, "3 has no partition"
    assert (
        codes(
            masked(d="date_shift"),
            one(column("d", Kind.DATE), partition_key="RANGE (d)", partition_bounds=("DEFAULT",)),
        )
        == set()
    )


def test_what_hangs_on_a_dropped_table_is_named() -> None:
    described = replace(
        schema(table("t", integer("id")), table("u", integer("id"))),
        views=(View(TableName("v"), "SELECT id FROM t"), View(TableName("w"), "SELECT id FROM tt")),
        triggers=(Trigger("x", TableName("u"), "INSERT INTO t VALUES (1)"),),
    )
    made = plan({"t": TablePlan(Treatment.DROP), "u": {"id": "pseudonym"}})
    assert codes(made, described) == {"view-needs-table t", "trigger-needs-table t"}


def test_words_of_masked_columns_do_not_slip_through_their_search_vector() -> None:
    search = one(column("a"), Column("v", "tsvector", Kind.OTHER))
    assert codes(masked(a="redact", v="keep"), search) == {"derived-kept t.v"}
    assert codes(masked(a="redact", v="null"), search) == set()


def test_an_existing_target_must_take_the_rows() -> None:
    source = one(column("a", length=20), column("b"), column("c", Kind.DATE), column("e"))
    there = one(column("a", length=10), column("c"), column("e", nullable=False), integer("f", nullable=False))
    made = masked(a="redact", b="redact", c="keep", e="redact")
    assert codes(made, source, target_schema=there) == {
        "target-length t.a", "target-column t.b", "target-not-null t.e", "target-extra t.f",
    }  # fmt: skip
    assert codes(made, source, target_schema=schema(table("other", integer("id")))) == {"target-table t"}
    assert codes(made, source, target_schema=schema()) == set()
    mapped = replace(there, tables=(replace(there.tables[0], name=TableName("t", "qa")),))
    assert "target-table t" not in codes(replace(made, target_schemas={"public": "qa"}), source, target_schema=mapped)


def test_domains_stay_what_they_were_agreed_to_be() -> None:
    agreed = {"customer_id": DomainSpec("customer_id", "pseudonym", 1, "text")}
    assert {p.code for p in check(plan(GOOD), SHOP, agreed=agreed)} == {"domain-shape"}


def test_a_person_names_the_domain_of_overlapping_keys() -> None:
    overlapping = schema(
        table("a", integer("id")), table("b", integer("id")),
        table("c", integer("id"), integer("x"), foreign_keys=(refers("x", "a"), refers("x", "b"))),
    )  # fmt: skip
    same = plan({"a": {"id": "pseudonym"}, "b": {"id": "pseudonym"}, "c": {"id": "pseudonym", "x": "pseudonym"}})
    assert codes(same, overlapping) == set()
    two = plan({"a": {"id": rule("id", "pseudonym", domain="a")}, "b": {"id": rule("id", "pseudonym", domain="b")},
                "c": {"id": "pseudonym", "x": "pseudonym"}})  # fmt: skip
    assert "key-domains a.id" in codes(two, overlapping)


def test_ambiguous_person_keys_are_refused() -> None:
    two_ways = schema(
        table("person", integer("id"), column("x")),
        table("visit", integer("id"), integer("who"), column("d", Kind.DATE),
              foreign_keys=(refers("who", "person"), refers("who", "visit"))),
    )  # fmt: skip
    made = plan({"person": {"id": "keep", "x": "redact"},
                 "visit": {"id": "keep", "who": "keep", "d": rule("d", "date_shift", by="who.id")}})  # fmt: skip
    assert codes(made, two_ways) == {"by-ambiguous visit.d"}


def test_masks_of_several_columns_are_told_the_parts() -> None:
    address = make_masker("address", {})
    place = one(column("s"), column("c"))

    def parts(*roles: str) -> Plan:
        return plan({"t": TablePlan(Treatment.MASK, (rule("id", "keep"), Rule(("s", "c"), address, roles=roles)))})

    assert codes(parts("street", "city"), place) == set()
    assert codes(parts("street"), place) == {"mask-roles t.s"}
    assert {code.split()[0] for code in codes(parts("street", "cty"), place)} == {"mask-roles", "mask-role"}
    both = Rule(("s", "c"), make_masker("redact", {}))
    assert codes(plan({"t": TablePlan(Treatment.MASK, (rule("id", "keep"), both))}), place) == {"mask-columns t.s"}


def test_what_databases_say_of_their_ddl_is_part_of_the_answer() -> None:
    issues = (
        Issue("ddl-x", "An event is enabled.", "Disable it."),
        Issue("ddl-y", "No type.", "Change it.", blocking=True),
    )
    found = check(plan(GOOD), SHOP, issues=issues)
    assert [(p.code, p.severity) for p in found] == [("ddl-y", Severity.ERROR), ("ddl-x", Severity.WARNING)]
    assert check(plan(GOOD, accept=("ddl-x",)), SHOP, issues=issues[:1]) == ()


def test_drift_is_part_of_the_answer() -> None:
    lock = make_lock(SHOP, propose(SHOP))
    grown = replace(SHOP, tables=(*SHOP.tables, table("new", integer("id"))))
    assert codes(plan(GOOD), grown, lock=lock) == {"undecided-table new", "drift-table-added new"}


def test_collations_that_fold_case_are_part_of_uniqueness() -> None:
    folds = frozenset({Match.CASE})
    caseless = one(column("a", length=40, folds=folds), uniques=(Unique("u", ("a",)),))
    assert codes(masked(a="token"), caseless) == set()


def test_a_table_that_the_login_may_not_read_is_named() -> None:
    hidden = replace(SHOP, unreadable=((TableName("secret"), "permission denied"),))
    assert codes(plan(GOOD), hidden) == {"unreadable-table secret"}
    assert codes(plan({**GOOD, "secret": TablePlan(Treatment.DROP)}), hidden) == set()
