"""What a policy file may say, and what the policies that come with the product do with what was found."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from connectors.names import TableName
from connectors.schema import Kind
from engine.keys import MaskingKey
from engine.masking import make_masker
from engine.masking.base import Context, Subject
from engine.plan import Plan, Rule
from engine.profiling.policy import POLICIES, USUAL, Policy, PolicyError, parse_policy, read_policy
from engine.profiling.taxonomy import TAXONOMY, Group
from engine.propose import propose
from tests.engine.tables import column, findings, integer, refers, schema, table

TODAY = date(2026, 6, 1)
PATIENT = schema(
    table("patient", integer("patient_id"), column("first_name"), column("last_name"), column("birth_date", Kind.DATE),
          column("age", Kind.INTEGER), column("ssn", length=11), column("street_address"), column("city"), column("zip_code"),
          column("state"), column("religion"), column("email"), column("credit_card_number"), column("cvv", length=4),
          column("admitted", Kind.DATE), column("last_update", Kind.TIMESTAMP), column("photo", Kind.BINARY),
          column("death_date", Kind.DATE), key="patient_id"),
    table("visit", integer("visit_id"), integer("patient_id"), column("seen_on", Kind.DATE), column("discharged"),
          key="visit_id", foreign_keys=(refers("patient_id", "patient", "patient_id"),)),
)  # fmt: skip
VISITS = {
    TableName("visit"): pa.RecordBatch.from_pydict({"discharged": ["2020-01-02", "2021-03-04", "2022-05-06", None]})
}


def proposed(name: str) -> Plan:
    return propose(PATIENT, findings(PATIENT, VISITS), policy=read_policy(name), by=name, today=TODAY)


def rule_of(plan: Plan, place: str) -> Rule:
    name, _, column_ = place.partition(".")
    found = plan.tables[TableName(name)].rule(column_)
    assert found is not None
    return found


def mask(plan: Plan, place: str) -> str:
    masker = rule_of(plan, place).masker
    return masker.name if masker is not None else "undecided"


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_of_the_product_names_its_sources_and_the_meaning_of_each_rule(name: str) -> None:
    policy = read_policy(name)
    assert policy.name == name
    assert policy.sources
    assert policy.caution, "it says what it does not promise"
    assert all(rule.meaning for rule in policy.rules)
    assert "compliant" not in policy.title.casefold()


def test_safe_harbor_has_a_decision_for_each_of_its_letters_and_keeps_none_of_them() -> None:
    policy = read_policy("hipaa-safe-harbor")
    for entity in TAXONOMY.values():
        if entity.hipaa is not None:
            for kind in entity.kinds:
                rule = policy.rule(entity.name, kind)
                assert rule is not None, (entity.name, kind)
                assert all(decision.keep is None for decision in rule.decide), entity.name


def test_no_policy_keeps_a_direct_identifier_a_secret_or_a_special_category() -> None:
    for policy in map(read_policy, POLICIES):
        for entity in TAXONOMY.values():
            rule = policy.rule(entity.name, Kind.TEXT)
            if rule is not None and entity.group is not Group.QUASI:
                assert all(decision.keep is None for decision in rule.decide), (policy.name, entity.name)


def test_safe_harbor_leaves_years_of_dates_and_states_and_nothing_else_of_the_eighteen() -> None:
    made = proposed("hipaa-safe-harbor")
    born = rule_of(made, "patient.birth_date").masker
    assert born is not None
    assert born.model_dump(exclude_none=True) == {"to": "year", "bottom": date(1936, 1, 1)}
    for place in ("patient.admitted", "patient.last_update", "patient.death_date", "visit.seen_on"):
        assert mask(made, place) == "date_band", place
    assert mask(made, "visit.discharged") == "date_text"
    assert rule_of(made, "visit.discharged").masker.model_dump()["of"] == {"mask": "date_band", "to": "year"}
    assert rule_of(made, "patient.age").masker.model_dump(exclude_none=True)["top"] == 90
    assert mask(made, "patient.state") in ("keep", "address")
    assert mask(made, "patient.city") == "address"
    kept = {
        n for n in ("first_name", "ssn", "email", "zip_code", "photo", "cvv") if mask(made, f"patient.{n}") == "keep"
    }
    assert not kept


def test_pci_takes_the_issuer_from_card_numbers_and_stores_no_security_code() -> None:
    made = proposed("pci")
    assert rule_of(made, "patient.credit_card_number").masker == make_masker("credit_card", {"keep_issuer": 0})
    assert mask(made, "patient.cvv") == "null"
    assert mask(made, "patient.email") == "email", "of which the policy says nothing"


def test_gdpr_removes_special_categories_and_strict_generalises_dates() -> None:
    assert mask(proposed("gdpr"), "patient.religion") == "null"
    assert mask(proposed("gdpr"), "patient.birth_date") == "date_shift"
    assert mask(proposed("strict"), "patient.birth_date") == "date_band"
    assert mask(proposed("strict"), "patient.age") == "number_bucket"
    assert rule_of(proposed("strict"), "patient.birth_date").by is None


def test_years_before_the_bottom_become_one() -> None:
    band = make_masker("date_band", {"bottom": "1936-01-01"})
    values = pa.array([date(1901, 5, 6), date(1935, 12, 31), date(1936, 7, 7), date(1980, 2, 2), None], pa.date32())
    subject = Subject(TableName("t"), column("born", Kind.DATE))
    context = Context((subject,), MaskingKey("k", bytes(32)).domain("d"))
    assert band.mask_column(values, context).to_pylist() == [
        date(1936, 1, 1), date(1936, 1, 1), date(1936, 1, 1), date(1980, 1, 1), None,
    ]  # fmt: skip
    moments = pa.array([datetime(1901, 5, 6, 7), datetime(1999, 5, 6, 7)], pa.timestamp("us"))
    subject = Subject(TableName("t"), column("born", Kind.TIMESTAMP))
    context = Context((subject,), MaskingKey("k", bytes(32)).domain("d"))
    assert band.mask_column(moments, context).to_pylist() == [datetime(1936, 1, 1), datetime(1999, 1, 1)]


GOOD = """
policy = 1
name = "mine"
title = "Ours"
sources = ["our own"]
[[rules]]
meaning = "e-mail addresses go"
entities = ["email"]
decide = [{ mask = "null" }, { keep = "because" }, { ask = "what?" }]
"""


def test_a_persons_own_policy_is_followed(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD, "utf-8")
    policy = read_policy("mine.toml", tmp_path)
    made = propose(PATIENT, policy=policy, by="mine.toml")
    assert mask(made, "patient.email") == "null"
    assert made.policy == "mine.toml"
    assert policy.rule("email", Kind.TEXT) is policy.rules[0]
    assert policy.rule("phone", Kind.TEXT) is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("policy = 1", "policy = 2", "reads policies of version 1"),
        ('title = "Ours"', 'titel = "Ours"', "no word of a policy"),
        ("entities", "entitys", "no word of a policy"),
        ('"email"', '"e-mail"', "no entity"),
        ('entities = ["email"]', "", "selects nothing"),
        ('mask = "null"', 'mask = "nul"', "no mask 'nul'"),
        ('mask = "null"', 'mask = "keep"', "write keep with the reason"),
        ('mask = "null"', 'mask = "redact", words = "x"', "options of redact"),
        ('mask = "null"', f'mask = "{USUAL}", text = "x"', "takes no further word"),
        ('{ keep = "because" }', '{ keep = "" }', "each decision says one"),
        ('{ ask = "what?" }', "{}", "each decision says one"),
        ("[[rules]]", "[[rules", "is not TOML"),
    ],
)
def test_a_mistake_in_a_policy_is_one_sentence_that_names_it(old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(PolicyError, match="mine") as told:
        parse_policy(GOOD.replace(old, new, 1), "mine")
    assert words in str(told.value)
    assert "\n" not in str(told.value).replace(" \n", "")


def test_a_policy_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(PolicyError, match="gdpr, hipaa-safe-harbor, pci, strict"):
        read_policy("nothing")
    assert isinstance(read_policy("gdpr"), Policy)
