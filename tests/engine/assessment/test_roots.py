"""Who the people are, and what is theirs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Schema, Table, Unique
from engine.assessment.roots import entities_of
from engine.assessment.spec import AssessSpec
from engine.masking import make_masker
from engine.masking.keep import Keep
from engine.plan import Plan, Rule, TablePlan, Treatment


def table(name: str, columns: str, keys: Sequence[str] = (), primary: str = "id") -> Table:
    """Columns with `?` may be NULL; keys read `column -> table`."""
    made = tuple(Column(c.strip("?"), "text", Kind.TEXT, nullable=c.endswith("?")) for c in columns.split())
    foreign = tuple(
        ForeignKey(f"{name}_{place}", (column,), TableName(parent), ("id",))
        for place, (column, _, parent) in enumerate(key.split() for key in keys)
    )
    uniques = (Unique(f"{name}_pkey", (primary,), primary=True),) if primary else ()
    return Table(TableName(name), made, uniques=uniques, foreign_keys=foreign)


def planned(schema: Schema, masks: dict[str, str], **treatments: Treatment) -> Plan:
    """Everything is kept but what `table.column` says."""
    tables = {}
    for each in schema.tables:
        rules = tuple(
            Rule((column.name,), make_masker(mask, {}) if (mask := masks.get(f"{each.name}.{column.name}")) else Keep())
            for column in each.columns
        )
        treatment = treatments.get(each.name.name, Treatment.MASK)
        tables[each.name] = TablePlan(treatment, rules if treatment is Treatment.MASK else ())
    return Plan("p", "k", tables)


SHOP = Schema("sqlite", "main", (
    table("city", "id name"),
    table("address", "id street phone city", ["city -> city"]),
    table("client", "id full_name email address keeper?", ["address -> address", "keeper -> staff"]),
    table("client_profile", "id born", ["id -> client"]),
    table("staff", "id last_name email boss?", ["boss -> staff"]),
    table("purchase", "id seller client", ["seller -> staff", "client -> client"]),
    table("line", "id purchase article", ["purchase -> purchase", "article -> article"]),
    table("article", "id title maker?", ["maker -> staff"]),
    table("note", "id line?", ["line -> line"]),
    table("far", "id note", ["note -> note"]),
    table("farther", "id far", ["far -> far"]),
))  # fmt: skip
MASKS = {
    "client.full_name": "full_name", "client.email": "email", "staff.last_name": "last_name", "staff.email": "email",
    "address.street": "street", "address.phone": "phone",
}  # fmt: skip


def scopes(plan: Plan, spec: AssessSpec | None = None, schema: Schema = SHOP) -> list[str]:
    return [entity.scope for entity in entities_of(plan, spec or AssessSpec(), schema, schema)]


def test_people_own_what_leads_to_them_four_steps_far_and_addresses_are_nobody() -> None:
    plan = planned(SHOP, MASKS, article=Treatment.COPY, city=Treatment.PUBLIC)
    assert scopes(plan) == ["client with client_profile, purchase, line, note, far", "staff"]


def test_a_purchase_is_its_clients_and_an_article_is_the_staffs_only_where_it_is_no_copied_list() -> None:
    plan = planned(SHOP, MASKS, city=Treatment.PUBLIC)
    assert scopes(plan) == ["client with client_profile, purchase, line, note, far", "staff with article"]
    assert scopes(planned(SHOP, MASKS, article=Treatment.PUBLIC))[1] == "staff"


def test_the_plan_says_who_the_people_are() -> None:
    spec = AssessSpec(people=(TableName("purchase"), TableName("nowhere")))
    assert scopes(planned(SHOP, MASKS), spec) == ["purchase with line, note, far, farther"]


@pytest.mark.parametrize(
    ("columns", "masks", "expected"),
    [
        ("id a b", {}, []),
        ("id a b", {"t.a": "full_name"}, ["t"]),
        ("id a b", {"t.a": "phone"}, []),
        ("a b", {"t.a": "full_name"}, []),
    ],
)
def test_a_table_of_people_has_a_key_and_a_name_or_masks_that_say_so(columns: str, masks: dict, expected: list) -> None:
    schema = Schema("sqlite", "main", (table("t", columns, primary="id" if columns.startswith("id") else ""),))
    assert scopes(planned(schema, masks), schema=schema) == expected


def test_what_people_refer_to_they_share_unless_it_is_theirs_for_certain() -> None:
    schema = Schema("sqlite", "main", (
        table("person", "id name team? main_address?", ["team -> team", "main_address -> place"]),
        table("team", "id lead?", ["lead -> person"]),
        table("place", "id person", ["person -> person"]),
        table("trophy", "id team", ["team -> team"]),
    ))  # fmt: skip
    assert scopes(planned(schema, {}), schema=schema) == ["person with place"]


def test_rows_that_refer_to_their_own_table_and_circles_end() -> None:
    schema = Schema("sqlite", "main", (
        table("person", "id name boss?", ["boss -> person"]),
        table("hen", "id egg person", ["egg -> egg", "person -> person"]),
        table("egg", "id hen", ["hen -> hen"]),
    ))  # fmt: skip
    assert scopes(planned(schema, {}), schema=schema) == ["person with hen, egg"]
