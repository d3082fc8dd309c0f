from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from engine.masking import make_masker
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.plan_toml import read_plan
from engine.plan_toml_write import write_plan
from engine.problems import PlanError
from tests.engine.tables import plan, rule

WRITTEN = """\
# Agreed with the works council.
version = 1
name = "chinook-qa"
key = "chinook"

[target.schemas]
public = "qa"

# people
[tables.Customer]
treatment = "mask"

[tables.Customer.columns]
FirstName   = { mask = "first_name" }   # mine
Email       = { mask = "email" }
Country     = { keep = "not identifying at this size" }
CustomerId  = { mask = "pseudonym", domain = "customer_id" }
Bio         = { undecided = "free text?" }

[[tables.Customer.rules]]
columns = ["Street", "City"]
mask = "address"
roles = ["street", "city"]
by = "CustomerId"

[tables."sales.\\"odd.name\\""]
treatment = "copy"
reason = "public price list"
"""


def test_the_plan_of_the_design_is_read() -> None:
    read = read_plan(WRITTEN)
    customer = read.tables[TableName("Customer")]
    assert (read.name, read.key, dict(read.target_schemas)) == ("chinook-qa", "chinook", {"public": "qa"})
    assert customer.rule("CustomerId") == rule("CustomerId", "pseudonym", domain="customer_id")
    assert customer.rule("Country") == rule("Country", "keep", reason="not identifying at this size")
    assert customer.rule("Bio") == rule("Bio", None, reason="free text?")
    address = Rule(("Street", "City"), make_masker("address", {}), roles=("street", "city"), by="CustomerId")
    assert customer.rule("City") == address
    assert read.tables[TableName("odd.name", "sales")] == TablePlan(Treatment.COPY, (), "public price list")


def test_writing_what_was_read_changes_no_byte() -> None:
    assert write_plan(read_plan(WRITTEN), previous_text=WRITTEN) == WRITTEN


def test_a_new_proposal_changes_only_its_own_lines() -> None:
    read = read_plan(WRITTEN)
    name = TableName("Customer")
    rules = [r for r in read.tables[name].rules if r.columns != ("Bio",)]
    rules += [rule("Bio", "redact"), rule("Age", None, reason="a number")]
    changed = replace(read, tables={**read.tables, name: replace(read.tables[name], rules=tuple(rules))})
    before, after = WRITTEN.splitlines(), write_plan(changed, previous_text=WRITTEN).splitlines()
    assert [line for line in before if line not in after] == ['Bio         = { undecided = "free text?" }']
    assert [line for line in after if line not in before] == [
        'Bio         = { mask = "redact" }',
        'Age = { undecided = "a number" }',
    ]
    assert read_plan("\n".join(after)).tables[name].rule("Age") == rule("Age", None, reason="a number")


def test_a_table_and_a_rule_that_are_gone_leave_nothing_behind() -> None:
    read = read_plan(WRITTEN)
    name = TableName("Customer")
    slim = TablePlan(Treatment.MASK, tuple(r for r in read.tables[name].rules if len(r.columns) == 1))
    text = write_plan(replace(read, tables={name: slim}), previous_text=WRITTEN)
    assert "odd.name" not in text
    assert "Street" not in text
    assert "works council" in text
    assert read_plan(text).tables == {name: slim}


def test_every_mistake_is_told_at_once_and_with_its_line() -> None:
    wrong = """\
version = 2
name = 3
colour = "red"
[privacy]
epsilon = 1
[tables.A]
treatment = "masc"
[tables.A.columns]
x = { mask = "emial" }
y = { mask = "email", foo = 1 }
z = { keep = "" }
w = 3
v = { mask = "token", length = "long" }
u = { keep = "a", mask = "token" }
[tables."a.b.c"]
[[tables.A.rules]]
mask = "address"
"""
    with pytest.raises(PlanError) as raised:
        read_plan(wrong)
    found = {(problem.code, problem.line, problem.column) for problem in raised.value.problems}
    assert found >= {
        ("plan-version", 1, None),
        ("plan-type", 2, None),
        ("plan-unknown-key", 3, None),
        ("plan-missing-key", 4, None),
        ("plan-treatment", 7, None),
        ("plan-unknown-mask", 9, "x"),
        ("plan-unknown-option", 10, "y"),
        ("plan-keep-reason", 11, "z"),
        ("plan-type", 12, "w"),
        ("plan-option", 13, "v"),
        ("plan-rule", 14, "u"),
        ("plan-table-name", 15, None),
        ("plan-rule", 16, None),
        ("plan-missing-key", None, None),
    }
    assert "Did you mean 'email'?" in str(raised.value)


@pytest.mark.parametrize(("text", "line"), [("a = 1\nb == 2\n", 2), ("[tables\n", 1), ("a = 1\na = 2\n", 2)])
def test_text_that_is_no_toml_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(PlanError) as raised:
        read_plan(text)
    assert [(problem.code, problem.line) for problem in raised.value.problems] == [("plan-toml", line)]


def test_an_option_of_the_wrong_type_does_not_repeat_its_value() -> None:
    text = WRITTEN.replace('mask = "email"', 'mask = "token", length = "ada@example.com"')
    with pytest.raises(PlanError) as raised:
        read_plan(text)
    assert "ada@example.com" not in str(raised.value)


ODD = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
RULES = st.one_of(
    st.builds(lambda reason: ("keep", {}, reason), ODD.filter(str.strip)),
    st.builds(lambda reason: (None, {}, reason), ODD),
    st.just(("token", {"prefix": "t-"}, None)),
    st.just(("json_path", {"paths": {"$.a b": "email", "$.born": {"mask": "date_shift", "max_days": 7}}}, None)),
    st.just(("free_text", {"columns": {"E mail": "email"}}, None)),
    st.just(("category", {"choices": ["a", 'b"']}, None)),
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(ODD, st.dictionaries(ODD, RULES, max_size=4), max_size=3), st.text(max_size=5), st.text(max_size=5)
)
def test_any_plan_comes_back_from_its_text(tables: dict[str, dict[str, tuple]], name: str, key: str) -> None:  # type: ignore[type-arg]
    made = plan(
        {t: {c: rule(c, *args[:2], reason=args[2]) for c, args in cs.items()} for t, cs in tables.items()},
        name=name,
        key=key,
    )
    text = write_plan(made)
    assert read_plan(text) == made
    assert write_plan(made, previous_text=text) == text


def test_an_empty_plan_grows_table_by_table() -> None:
    first = plan({"a": {"x": "token"}})
    second = plan({"a": {"x": "token"}, "b": {"y": rule("y", "redact", reason="by its name")}})
    assert read_plan(write_plan(second, previous_text=write_plan(first))) == second
    assert isinstance(second, Plan)
