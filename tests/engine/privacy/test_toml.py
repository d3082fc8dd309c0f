from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from engine.masking import make_masker
from engine.plan import Plan, Rule, TablePlan, Treatment, fingerprint
from engine.plan_toml import read_plan
from engine.plan_toml_write import write_plan
from engine.privacy.spec import How, Learn, Owner, PrivacySpec
from engine.problems import PlanError
from tests.engine.tables import plan

HEAD = 'version = 1\nname = "a"\nkey = "b"\n'
WRITTEN = """\
version = 1
name = "chinook-synthetic"
key = "chinook"

[privacy]
population = "chinook-customers"
unit = "Customer"          # the works council agreed
epsilon = 3.0
delta = 1e-6
entities = 60000
model = "chain"
generate = "20000 entities"
where = "Country = 'Canada'"
conditions = ["Country"]

[privacy.options]
width = 64

[privacy.bounds]
Invoice = 20               # as in the terms

[[privacy.owners]]
table = "Transfer"
columns = ["from_account"]

[tables.Genre]
treatment = "public"
reason = "a list of genres"

[tables.Customer]
treatment = "synthesize"

[tables.Customer.columns]
CustomerId = { new = "key" }
Country = { learn = "schema" }
Age = { learn = "range", low = 17, high = 90, attested = "J. Officer" }   # mine
Born = { learn = "range", low = 1930-01-01, high = "2010-12-31", attested = "J. Officer", bins = 12 }
Plan = { learn = "values", values = ["S", "M"], attested = "J. Officer" }
Total = { learn = "paid" }
Town = { learn = "paid", bins = 9, mask = "token", length = 20 }
Email = { mask = "email" }
Notes = { mask = "null" }
"""


def test_the_section_of_the_design_is_read() -> None:
    read = read_plan(WRITTEN)
    customer = TableName("Customer")
    assert read.privacy == PrivacySpec(
        "chinook-customers", customer, 3.0, 1e-6, 60000, "chain", {"width": 64}, 20000,
        where="Country = 'Canada'", conditions=("Country",), bounds={TableName("Invoice"): 20},
        owners=(Owner(TableName("Transfer"), ("from_account",)),),
    )  # fmt: skip
    learned = {each.columns[0]: each.learn for each in read.tables[customer].rules}
    assert learned == {
        "CustomerId": Learn(How.KEY),
        "Country": Learn(How.SCHEMA),
        "Age": Learn(How.RANGE, 17, 90, attested="J. Officer"),
        "Born": Learn(How.RANGE, "1930-01-01", "2010-12-31", attested="J. Officer", bins=12),
        "Plan": Learn(How.VALUES, values=("S", "M"), attested="J. Officer"),
        "Total": Learn(How.PAID),
        "Town": Learn(How.PAID, bins=9),
        "Email": None,
        "Notes": None,
    }
    town = read.tables[customer].rule("Town")
    assert town is not None
    assert town.masker == make_masker("token", {"length": 20})
    assert read.tables[TableName("Genre")] == TablePlan(Treatment.PUBLIC, (), "a list of genres")
    assert all(each.decided for each in read.tables[customer].rules)


def test_writing_a_read_section_changes_no_byte() -> None:
    assert write_plan(read_plan(WRITTEN), previous_text=WRITTEN) == WRITTEN


def test_a_change_keeps_the_other_lines_and_their_comments() -> None:
    read = read_plan(WRITTEN)
    assert read.privacy is not None
    spec = replace(read.privacy, epsilon=1.0, where=None, holdout=0.2, owners=(), bounds={TableName("a.b"): 3})
    changed = replace(read, privacy=spec)
    text = write_plan(changed, previous_text=WRITTEN)
    assert read_plan(text) == changed
    assert "the works council agreed" in text
    assert "# mine" in text
    assert write_plan(replace(read, privacy=None), previous_text=WRITTEN).count("privacy") == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ('[privacy]\nunit = "c"\nepsilon = "1"\ndelta = 1e-6\npopulation = "p"', "plan-type"),
        ('[privacy]\nunit = "c"\nepsilon = nan\ndelta = 1e-6\npopulation = "p"', "plan-type"),
        ('[privacy]\nunit = "c"\nepsilon = 1\ndelta = 1e-6\npopulation = ""', "plan-type"),
        ('[privacy]\nunit = "c"\nepsilon = 1\ndelta = 1e-6', "plan-missing-key"),
        ('[privacy]\nepsilon = 1\ndelta = 1e-6\npopulation = "p"', "plan-missing-key"),
        ("[privacy]\ngenerate = 3", "plan-type"),
        ('[privacy]\ngenerate = "0 entities"', "plan-type"),
        ("[privacy]\ngenerate = inf", "plan-type"),
        ("[privacy]\nentities = 0", "plan-type"),
        ("[privacy]\nbudget = 1", "plan-unknown-key"),
        ("[privacy.bounds]\nA = 0", "plan-type"),
        ('[[privacy.owners]]\ntable = "A"', "plan-missing-key"),
        ('[tables.A.columns]\nx = { learn = "ranges" }', "plan-learn"),
        ('[tables.A.columns]\nx = { learn = "key" }', "plan-learn"),
        ('[tables.A.columns]\nx = { new = "value" }', "plan-learn"),
        ('[tables.A.columns]\nx = { learn = "paid", low = 3 }', "plan-unknown-key"),
        ('[tables.A.columns]\nx = { learn = "range", low = true }', "plan-type"),
        ('[tables.A.columns]\nx = { learn = "range", step = 0 }', "plan-type"),
        ('[tables.A.columns]\nx = { learn = "values", values = [[1]] }', "plan-type"),
        ('[tables.A.columns]\nx = { new = "key", mask = "null" }', "plan-rule"),
        ('[tables.A.columns]\nx = { learn = "paid", mask = "emial" }', "plan-unknown-mask"),
        ('[tables.A.columns]\nx = { learn = "paid", mask = "email", low = 3 }', "plan-unknown-option"),
        ('[tables.A.columns]\nx = { learn = "paid", new = "key" }', "plan-rule"),
        ('[[tables.A.rules]]\ncolumns = ["x"]\nlearn = "paid"', "plan-rule"),
    ],
)
def test_each_mistake_is_told_with_its_line(wrong: str, code: str) -> None:
    with pytest.raises(PlanError) as raised:
        read_plan(f"{HEAD}{wrong}\n")
    assert any(problem.code == code and problem.line is not None for problem in raised.value.problems), raised.value


names = st.text("abQ .\"'é-", min_size=1, max_size=6).filter(str.strip)
tables = st.builds(TableName, names, st.none() | names)
numbers = st.floats(1e-9, 1e9) | st.integers(1, 10**9)
ends = numbers | st.dates().map(lambda day: day.isoformat())
officers = names | st.none()
learns = st.one_of(
    st.just(Learn(How.KEY)),
    st.builds(Learn, st.sampled_from([How.SCHEMA, How.PAID]), bins=st.none() | st.integers(2, 99)),
    st.builds(Learn, st.just(How.RANGE), ends, ends, st.none() | numbers, attested=officers, bins=st.none()),
    st.builds(
        Learn, st.just(How.VALUES), attested=officers,
        values=st.lists(names | numbers | st.booleans(), max_size=3).map(tuple),
    ),
)  # fmt: skip
specs = st.builds(
    PrivacySpec,
    population=names,
    unit=tables,
    epsilon=st.floats(1e-3, 100) | st.just(float("inf")),
    delta=st.floats(1e-12, 0.5),
    entities=st.none() | st.integers(1, 10**9),
    model=st.sampled_from(["auto", "chain", "vae"]),
    options=st.dictionaries(names, st.integers() | names | st.booleans(), max_size=2),
    generate=st.integers(1, 10**6) | st.floats(0.1, 100.0),
    holdout=st.floats(0.0, 0.5),
    where=st.none() | names,
    conditions=st.lists(names, max_size=2, unique=True).map(tuple),
    balance=st.none() | names,
    apart=st.none() | names,
    bounds=st.dictionaries(tables, st.integers(1, 1000), max_size=2),
    owners=st.lists(
        st.builds(Owner, tables, st.lists(names, min_size=1, max_size=2).map(tuple)),
        max_size=2,
        unique_by=lambda o: o.table,
    ).map(tuple),
    cap=st.none() | st.floats(1e-3, 100),
    discarded=officers,
)


def _plan(spec: PrivacySpec | None, learned: list[Learn]) -> Plan:
    masks = (None, make_masker("token", {"length": 20}))
    rules = tuple(
        Rule((f"c{n}",), masks[n % 2] if learn.how is How.PAID else None, learn=learn)
        for n, learn in enumerate(learned)
    )
    return plan({"t": TablePlan(Treatment.SYNTHESIZE, rules)}, privacy=spec)


@given(specs, st.lists(learns, max_size=3))
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read_again_and_has_the_same_fingerprint(spec: PrivacySpec, learned: list[Learn]) -> None:
    made = _plan(spec, learned)
    read = read_plan(write_plan(made))
    assert read == made
    assert fingerprint(read) == fingerprint(made)


@given(specs, specs, st.lists(learns, max_size=2))
@settings(max_examples=40, deadline=None)
def test_a_plan_written_over_another_says_what_it_says(
    first: PrivacySpec, second: PrivacySpec, learned: list[Learn]
) -> None:
    before, now = _plan(first, []), _plan(second, learned)
    assert read_plan(write_plan(now, previous_text=write_plan(before))) == now
    assert (fingerprint(before) == fingerprint(now)) == (first == second and not learned)


def test_a_plan_without_synthesis_has_the_fingerprint_that_it_always_had() -> None:
    made = plan({"t": {"a": "email", "b": "keep"}})
    assert fingerprint(made) == "4c14e9276cf700ea8e4233855ec044865f944d7ef084b77c642b651ae261a271"
