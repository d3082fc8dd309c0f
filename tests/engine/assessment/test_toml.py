"""[assess] of a plan is read with every mistake by its line, and written back as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.names import TableName
from engine.assessment.spec import AssessSpec
from engine.plan import Plan, fingerprint
from engine.plan_toml import read_plan
from engine.plan_toml_write import write_plan
from engine.problems import PlanError

HEAD = 'version = 1\nname = "p"\nkey = "k"\n'
TABLES = '[tables.person]\ntreatment = "mask"\n'
WHOLE = """
[assess]
after_run = true # every night
policy = "internal-test"
people = ["person", "hr.staff"]
entities = 500
seconds = 30.5
seed = 7
queries = ["select count(*) from person"]
skip = ["workload"]

[assess.quasi_identifiers]
person = ["country", "birth date"]

[assess.sensitive]
person = ["income"]
"""


def test_everything_that_a_plan_can_say_of_its_assessment_is_read():
    spec = read_plan(HEAD + WHOLE + TABLES).assess
    assert spec == AssessSpec(
        True, "internal-test", (TableName("person"), TableName("staff", "hr")), 500, 30.5, 7,
        ("select count(*) from person",), ("workload",),
        {TableName("person"): ("country", "birth date")}, {TableName("person"): ("income",)},
    )  # fmt: skip


def test_a_plan_without_the_section_has_none_and_an_empty_one_says_the_defaults():
    assert read_plan(HEAD + TABLES).assess is None
    assert read_plan(HEAD + "[assess]\n" + TABLES).assess == AssessSpec()


@pytest.mark.parametrize(
    ("said", "line", "word"),
    [
        ("after_run = 1", 5, "true or false"),
        ("entities = 0", 5, "whole number from 1"),
        ("seconds = -1", 5, "number above 0"),
        ("polcy = 'strict'", 5, "Did you mean 'policy'"),
        ("people = ['a.b.c']", 5, "is not a table name"),
        ("quasi_identifiers = 3", 5, "must be a section"),
    ],
)
def test_a_mistake_is_named_with_its_line(said, line, word):
    with pytest.raises(PlanError) as raised:
        read_plan(f"{HEAD}[assess]\n{said}\n{TABLES}")
    [problem] = raised.value.problems
    assert problem.line == line
    assert word in f"{problem.reason} {problem.remedy}"


def test_what_a_person_wrote_stays_and_a_change_is_written():
    text = HEAD + WHOLE + TABLES
    plan = read_plan(text)
    assert write_plan(plan, None, text) == text
    changed = replace(plan, assess=replace(plan.assess, entities=9))
    written = write_plan(changed, None, text)
    assert read_plan(written).assess == changed.assess
    assert read_plan(write_plan(replace(plan, assess=None), None, text)).assess is None


NAMES = st.text("abc é.\"'", min_size=1, max_size=5).map(TableName)
COLUMNS = st.dictionaries(
    NAMES, st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3).map(tuple), max_size=2
)
SPECS = st.builds(
    AssessSpec,
    st.booleans(), st.none() | st.text(max_size=5), st.lists(NAMES, max_size=2).map(tuple), st.integers(1, 10**9),
    st.floats(0.001, 1e6), st.integers(0, 2**60), st.lists(st.text(max_size=9), max_size=2).map(tuple), st.just(()), COLUMNS, COLUMNS,
)  # fmt: skip


@given(SPECS)
def test_whatever_is_written_is_read_again(spec):
    plan = Plan("p", "k", {}, assess=spec)
    assert read_plan(write_plan(plan)).assess == spec
    assert fingerprint(plan) == fingerprint(replace(plan, assess=None))
