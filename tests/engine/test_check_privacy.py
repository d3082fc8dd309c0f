from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

import engine.synthesis.packages
from connectors.names import TableName
from connectors.schema import Check, Kind, Schema
from engine.check import check
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.plan_toml import read_plan
from engine.privacy.spec import How, Learn, Owner, PrivacySpec
from engine.problems import Problem, Severity
from engine.subset.spec import Copies, Coverage, DeclaredKey, Edge, Roots, Subset
from tests.engine.tables import column, integer, plan, refers, rule, schema, table

PEOPLE = schema(
    table("tariff", column("code", nullable=False), column("label"), key="code"),
    table("branch", integer("id"), column("town")),
    table(
        "person", integer("id"), integer("age", nullable=False), column("tariff"), column("plan"), column("email"),
        column("mood", Kind.ENUM, enum=("good", "bad")), integer("branch"), column("photo", Kind.BINARY),
        column("born", Kind.DATE), column("smokes", Kind.BOOLEAN),
        foreign_keys=(refers("tariff", "tariff", "code"), refers("branch", "branch")),
        checks=(Check("adult", "age >= 18 AND age <= 120", ("age",)),),
    ),
    table(
        "visit", integer("id"), integer("person", nullable=False), column("at", Kind.TIMESTAMP, nullable=False),
        column("cost", Kind.DECIMAL, precision=9, scale=2), foreign_keys=(refers("person", "person"),),
    ),
    table(
        "loan", integer("id"), integer("lender"), integer("borrower"),
        foreign_keys=(refers("lender", "person"), refers("borrower", "person")),
    ),
    table("log", integer("id"), column("line")),
)  # fmt: skip
BRANCHES = (TableName("branch"),)
PERSONS, VISITS = TableName("person"), TableName("visit")
KEY, PAID, DDL = Learn(How.KEY), Learn(How.PAID), Learn(How.SCHEMA)
PERSON: dict[str, Learn | str] = {
    "id": KEY, "age": DDL, "tariff": KEY, "plan": Learn(How.VALUES, values=("S", "M"), attested="J. Officer"), "email": "email",
    "mood": DDL, "branch": KEY, "photo": "null", "born": PAID, "smokes": DDL,
}  # fmt: skip
VISIT: dict[str, Learn | str] = {"id": KEY, "person": KEY, "at": PAID, "cost": PAID}
LOAN: dict[str, Learn | str] = {"id": KEY, "lender": KEY, "borrower": KEY}
SPEC = PrivacySpec("people", TableName("person"), 3.0, 1e-6, 60_000, owners=(Owner(TableName("loan"), ("lender",)),))


def synthesised(decided: Mapping[str, Learn | str | None]) -> TablePlan:
    rules = [
        Rule((name,), None, learn=how) if isinstance(how, Learn) else rule(name, how) for name, how in decided.items()
    ]
    return TablePlan(Treatment.SYNTHESIZE, tuple(rules))


def people(spec: PrivacySpec | None = SPEC, **changed: Any) -> Plan:
    """A plan without problems, save for what is changed: tables, and columns of the person as `person_COLUMN`."""
    person = PERSON | {name.removeprefix("person_"): how for name, how in changed.items() if name.startswith("person_")}
    tables: dict[str, Any] = {
        "tariff": TablePlan(Treatment.PUBLIC, (), "a list of tariffs, signed J. Officer"),
        "branch": {"id": "pseudonym", "town": "city"},
        "person": synthesised(person),
        "visit": synthesised(VISIT),
        "loan": synthesised(LOAN),
        "log": TablePlan(Treatment.EMPTY),
    }
    facts = {name: changed[name] for name in ("subset", "clone", "foreign_keys") if name in changed}
    tables |= {name: changed[name] for name in tables if name in changed}
    return plan(tables, privacy=spec, accept=("public-table", "owner-null"), **facts)


def found(made: Plan, described: Schema = PEOPLE) -> tuple[Problem, ...]:
    return check(made, described)


def codes(made: Plan, described: Schema = PEOPLE) -> set[str]:
    return {f"{problem.code} {problem.place}".strip() for problem in found(made, described)}


def test_a_sound_plan_has_no_problem() -> None:
    assert found(people()) == ()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (people(None), "privacy-unit"),
        (people(replace(SPEC, unit=TableName("persons"))), "privacy-unit"),
        (people(replace(SPEC, unit=TableName("branch"))), "privacy-unit branch"),
        (people(replace(SPEC, entities=999, epsilon=1.0)), "privacy-few"),
        (people(replace(SPEC, epsilon=0.0)), "privacy-epsilon"),
        (people(replace(SPEC, epsilon=-1.0)), "privacy-epsilon"),
        (people(replace(SPEC, epsilon=float("inf"))), "no-privacy"),
        (people(replace(SPEC, epsilon=11.0)), "privacy-weak"),
        (people(replace(SPEC, delta=1 / 599_999)), "privacy-delta"),
        (people(replace(SPEC, delta=0.0)), "privacy-delta"),
        (people(replace(SPEC, delta=1.0, entities=None)), "privacy-delta"),
        (people(replace(SPEC, cap=2.0)), "privacy-cap"),
        (people(replace(SPEC, holdout=1.0)), "privacy-holdout"),
        (people(replace(SPEC, model="chian")), "privacy-model"),
        (people(replace(SPEC, options={"width": 3})), "privacy-option"),
        (people(replace(SPEC, bounds={TableName("branch"): 3})), "privacy-bound branch"),
        (people(replace(SPEC, bounds={PERSONS: 3})), "privacy-bound person"),
        (people(replace(SPEC, conditions=("tarif",))), "privacy-condition person"),
        (people(replace(SPEC, conditions=("email",))), "privacy-condition person.email"),
        (people(replace(SPEC, where="mood = 'good'")), "privacy-where person.mood"),
        (people(replace(SPEC, where="mood = 'good' OR", conditions=("mood",))), "privacy-where person"),
        (people(replace(SPEC, where="id IN (SELECT person FROM visit)")), "privacy-where person"),
        (people(replace(SPEC, owners=())), "several-owners loan.lender"),
        (people(replace(SPEC, owners=(Owner(TableName("loan"), ("lendr",)),))), "privacy-owner loan"),
        (people(replace(SPEC, owners=(*SPEC.owners, Owner(TableName("log"), ("id",))))), "privacy-owner log"),
        (people(replace(SPEC, owners=(*SPEC.owners, Owner(PERSONS, ("id",))))), "privacy-owner person"),
        (people(log=synthesised({"id": KEY, "line": PAID})), "no-owner log"),
        (people(visit={"id": "pseudonym", "person": "pseudonym", "at": "null", "cost": "keep"}), "refers-to-synthetic visit.person"),
        (people(visit=TablePlan(Treatment.COPY, (), "old")), "refers-to-synthetic visit.person"),
        (people(visit=TablePlan(Treatment.PUBLIC, (), "old")), "refers-to-synthetic visit.person"),
        (people(tariff=TablePlan(Treatment.PUBLIC)), "public-reason tariff"),
        (people(branch=TablePlan(Treatment.EMPTY), person_photo=PAID), "learn-type person.photo"),
        (people(person_plan=Learn(How.VALUES, values=("S",))), "learn-attested person.plan"),
        (people(person_age=Learn(How.RANGE, 18, 90)), "learn-attested person.age"),
        (people(person_age=Learn(How.RANGE, 90, 18, attested="J")), "learn-range person.age"),
        (people(person_age=Learn(How.RANGE, 18, attested="J")), "learn-range person.age"),
        (people(person_age=Learn(How.RANGE, "18", "90", attested="J")), "learn-range person.age"),
        (people(person_plan=Learn(How.RANGE, 1, 2, attested="J")), "learn-range person.plan"),
        (people(person_born=Learn(How.RANGE, "2001-13-01", "2002-01-01", attested="J")), "learn-range person.born"),
        (people(person_born=Learn(How.RANGE, "2002-01-01", "2001-01-01", attested="J")), "learn-range person.born"),
        (people(person_mood=Learn(How.VALUES, values=("good", "so so"), attested="J")), "learn-values person.mood"),
        (people(person_age=Learn(How.VALUES, values=(17,), attested="J")), "learn-values person.age"),
        (people(person_age=Learn(How.VALUES, values=("20",), attested="J")), "learn-values person.age"),
        (people(person_plan=Learn(How.VALUES, attested="J")), "learn-values person.plan"),
        (people(person_plan=Learn(How.VALUES, values=("S", "S"), attested="J")), "learn-values person.plan"),
        (people(person_plan=DDL), "learn-schema person.plan"),
        (people(person_born=DDL), "learn-schema person.born"),
        (people(person_id=PAID), "learn-unique person.id"),
        (people(person_branch=PAID), "learn-key person.branch"),
        (people(person_age=KEY), "new-no-key person.age"),
        (people(person_email="keep"), "keep-synthesised person.email"),
        (people(person_email="shuffle"), "mask-synthesised person.email"),
        (people(person_age="email"), "mask-synthesised person.age"),
        (people(person_age=None), "undecided person.age"),
        (people(branch=synthesised({"id": KEY, "town": PAID})), "no-owner branch"),
        (people(branch={"id": "pseudonym", "town": Rule(("town",), None, learn=PAID)}), "learn-not-synthesised branch.town"),
        (people(subset=Subset((Roots(PERSONS, percent=5),), whole=BRANCHES)), "subset-couples person"),
        (people(subset=Subset((Roots(PERSONS, rows=5),), whole=BRANCHES)), "subset-couples person"),
        (people(subset=Subset((Roots(PERSONS, where="age > 20"),), size=9, whole=BRANCHES)), "subset-couples person"),
        (people(subset=Subset((Roots(VISITS, where="cost > 20"),), whole=BRANCHES)), "subset-couples visit"),
        (people(subset=Subset((Roots(PERSONS, where="id IN (SELECT person FROM visit)"),))), "subset-couples person"),
        (people(subset=Subset((Roots(PERSONS, where="famous(id)"),))), "subset-couples person"),
        (people(subset=Subset((Roots(PERSONS, where="age > 20"),))), "subset-outside person.branch"),
        (people(subset=Subset(whole=(VISITS,))), "subset-couples visit"),
        (people(subset=Subset(whole=BRANCHES, coverage=(Coverage(PERSONS, ("mood",)),))), "subset-couples person"),
        (people(subset=Subset(whole=BRANCHES, edges=(Edge(VISITS, ("person",), limit=3),))), "subset-couples visit"),
        (people(clone=Copies(PERSONS, 3, keys=(("1",),))), "clone-synthesised person"),
        (people(foreign_keys=(DeclaredKey(VISITS, BRANCHES[0], ("id",), ("id",), where="cost > 3"),)), "synthesis-key visit.id"),
        (people(foreign_keys=(DeclaredKey(VISITS, BRANCHES[0], ("id",), expressions=("id + 1",)),)), "synthesis-key visit"),
    ],
)  # fmt: skip
def test_each_mistake_is_one_sentence_with_its_place_and_a_remedy(made: Plan, expected: str) -> None:
    assert expected in codes(made)
    problem = next(each for each in found(made) if f"{each.code} {each.place}".strip() == expected)
    assert problem.reason.endswith((".", "?"))
    assert problem.remedy.endswith(".")


def test_a_unit_without_primary_key_is_refused() -> None:
    keyless = replace(
        PEOPLE, tables=tuple(replace(t, uniques=()) if t.name.name == "person" else t for t in PEOPLE.tables)
    )
    assert "privacy-unit-key person" in codes(people(), keyless)


def test_a_masked_table_above_which_the_unit_stands_is_inside_it_however_far() -> None:
    further = table("note", integer("id"), integer("visit"), foreign_keys=(refers("visit", "visit"),))
    deeper = table("mark", integer("id"), integer("note"), foreign_keys=(refers("note", "note"),))
    described = replace(PEOPLE, tables=(*PEOPLE.tables, further, deeper))
    made = people()
    tables = {
        **made.tables,
        TableName("note"): TablePlan(Treatment.EMPTY),
        TableName("mark"): TablePlan(Treatment.MASK, (rule("id", "pseudonym"), rule("note", "null"))),
    }
    assert "inside-unit mark" in codes(replace(made, tables=tables), described)


def test_a_predicate_or_keys_of_the_roots_own_row_choose_entities() -> None:
    for roots in (
        Roots(TableName("person"), where="age > 20 AND mood = 'good'"),
        Roots(TableName("person"), keys=(("7",),)),
    ):
        assert found(people(subset=Subset((roots,), whole=BRANCHES))) == ()


def test_condition_columns_may_be_named_by_where() -> None:
    assert found(people(replace(SPEC, conditions=("mood",), where="mood = 'good'"))) == ()


def test_a_synthetic_row_that_must_refer_to_an_emptied_table_is_told() -> None:
    strict = replace(PEOPLE.table(TableName("person")), columns=tuple(
        replace(c, nullable=False) if c.name == "branch" else c for c in PEOPLE.table(TableName("person")).columns
    ))  # fmt: skip
    described = replace(PEOPLE, tables=tuple(strict if t.name == strict.name else t for t in PEOPLE.tables))
    made = people(branch=TablePlan(Treatment.EMPTY))
    assert "needed-table person.branch" in codes(made, described)
    assert found(made) == ()


def test_packages_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.synthesis.packages, "find_spec", lambda name: None if name == "opacus" else name)
    problem = next(each for each in found(people()) if each.code == "synthesis-packages")
    assert "opacus" in problem.reason
    assert "torch" not in problem.reason
    monkeypatch.setattr(engine.synthesis.packages, "find_spec", lambda name: None)
    masked = plan({"log": {"id": "pseudonym", "line": "redact"}})
    assert "synthesis-packages" not in codes(masked, schema(PEOPLE.table(TableName("log"))))


def test_public_and_infinite_are_accepted_by_name_only() -> None:
    made = people(replace(SPEC, epsilon=float("inf")))
    assert [each.code for each in found(made)] == ["no-privacy"]
    assert found(replace(made, accept=("public-table tariff", "owner-null", "no-privacy"))) == ()
    left = found(replace(made, accept=("no-privacy",)))
    assert {(each.code, each.place, each.severity) for each in left} == {
        ("public-table", "tariff", Severity.WARNING),
        ("owner-null", "loan.lender", Severity.WARNING),
    }


def test_no_message_holds_a_value_of_the_plan() -> None:
    secret = "Frau Mustermann"
    made = people(
        replace(SPEC, where=f"tariff = '{secret}' OR", conditions=("tariff",)),
        person_plan=Learn(How.VALUES, values=(secret, secret), attested="J"),
        person_mood=Learn(How.VALUES, values=(secret,), attested="J"),
        subset=Subset((Roots(TableName("person"), where=f"f('{secret}')"),)),
    )
    told = "\n".join(map(str, found(made)))
    assert secret not in told
    assert {"privacy-where", "learn-values", "subset-couples"} <= {each.code for each in found(made)}


def test_options_that_a_model_does_not_have_are_named() -> None:
    made = read_plan('version = 1\nname = "a"\nkey = "b"\n[privacy]\npopulation = "p"\nunit = "person"\nepsilon = 3\n'
                     'delta = 1e-6\nmodel = "chain"\n[privacy.options]\nno_such_option = 3\n')  # fmt: skip
    told = [str(each) for each in found(replace(people(), privacy=made.privacy))]
    assert any("has no option 'no_such_option'" in each for each in told)
