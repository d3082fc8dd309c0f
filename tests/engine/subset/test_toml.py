from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from engine.plan import Plan, TablePlan, Treatment, fingerprint
from engine.plan_toml import read_plan
from engine.plan_toml_write import write_plan
from engine.problems import PlanError
from engine.subset.spec import Copies, Coverage, DeclaredKey, Edge, Missing, Roots, Scope, Subset

HEAD = 'version = 1\nname = "a"\nkey = "k"\n'
WRITTEN = (
    HEAD
    + """
# Agreed with QA.
[subset]
seed = 7                     # theirs
roots = [
    { table = "Customer", where = "Country = 'Canada'", percent = 2.5 },   # the north
    { table = "Customer", keys = [[17], ["18"], 19] },
    { table = "sales.Order", rows = 10, keys_file = "vip.csv" },
]
size = "1.5 GiB"
whole = ["Genre"]            # 25 rows

[[subset.edges]]   # lines
table = "Invoice"
columns = ["CustomerId"]
follow = "all"
limit = 10
where = "Total > 5"

[[subset.edges]]
table = "Invoice"
key = "fk_seller"
missing = "null"

[[subset.coverage]]
table = "Invoice"
columns = ["BillingCountry", "Status"]
times = 2
pairs = true

[[foreign_keys]]
table = "comment"
columns = ["subject_id"]
parent = "post"
parent_columns = ["id"]
where = "subject_type = 'post'"

[[foreign_keys]]
table = "comment"
expressions = ["(data->>'post')::int"]
parent = "post"
parent_columns = ["id"]

[clone]
table = "Customer"
keys = [[2024-05-01, 1.5, true, 07:30:00, 2024-05-01T07:30:00]]
copies = 100
original = false

# people
[tables.Customer]
treatment = "drop"
"""
)
INVOICE, COMMENT, POST = TableName("Invoice"), TableName("comment"), TableName("post")


def test_what_a_plan_can_say_of_a_subset_is_read() -> None:
    plan = read_plan(WRITTEN)
    assert plan.subset == Subset(
        roots=(
            Roots(TableName("Customer"), "Country = 'Canada'", 2.5),
            Roots(TableName("Customer"), keys=(("17",), ("18",), ("19",))),
            Roots(TableName("Order", "sales"), rows=10, keys_file="vip.csv"),
        ),
        size=3 << 29,
        seed=7,
        whole=(TableName("Genre"),),
        edges=(
            Edge(INVOICE, ("CustomerId",), None, Scope.ALL, 10, "Total > 5"),
            Edge(INVOICE, key="fk_seller", missing=Missing.NULL),
        ),
        coverage=(Coverage(INVOICE, ("BillingCountry", "Status"), 2, pairs=True),),
    )
    assert plan.foreign_keys == (
        DeclaredKey(COMMENT, POST, ("id",), ("subject_id",), (), "subject_type = 'post'"),
        DeclaredKey(COMMENT, POST, ("id",), (), ("(data->>'post')::int",)),
    )
    key = ("2024-05-01", "1.5", "1", "07:30:00", "2024-05-01 07:30:00")
    assert plan.clone == Copies(TableName("Customer"), 100, keys=(key,), original=False)


def test_a_plan_without_these_sections_takes_every_row() -> None:
    plan = read_plan(HEAD)
    assert (plan.subset, plan.foreign_keys, plan.clone) == (None, (), None)


def test_writing_a_subset_that_was_read_changes_no_byte() -> None:
    assert write_plan(read_plan(WRITTEN), previous_text=WRITTEN) == WRITTEN


def test_a_change_of_one_edge_leaves_every_other_line_and_comment() -> None:
    plan = read_plan(WRITTEN)
    assert plan.subset is not None
    edges = (plan.subset.edges[0], replace(plan.subset.edges[1], limit=3))
    changed = replace(plan, subset=replace(plan.subset, seed=8, edges=edges))
    text = write_plan(changed, previous_text=WRITTEN)
    assert read_plan(text).subset == changed.subset
    assert set(WRITTEN.splitlines()) - set(text.splitlines()) == {"seed = 7                     # theirs"}
    assert "seed = 8                     # theirs" in text


def test_new_sections_stand_before_the_tables_and_the_comment_above_them() -> None:
    short = HEAD + "\n# people" + WRITTEN.partition("# people")[2]
    text = write_plan(read_plan(WRITTEN), previous_text=short)
    places = [text.index(part) for part in ("[subset]", "[[foreign_keys]]", "[clone]", "# people\n[tables.Customer]")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("size", "read"),
    [('"5 GB"', 5 * 10**9), ('"500MB"', 5 * 10**8), ('"1.5 GiB"', 3 << 29), ("1234", 1234), ('" 7 b "', 7)],
)
def test_a_size_is_read_as_a_person_writes_it(size: str, read: int) -> None:
    subset = read_plan(f"{HEAD}[subset]\nroots = []\nsize = {size}\n").subset
    assert subset is not None
    assert subset.size == read


MISTAKES = {
    'roots = [{ table = "A", percent = 101 }]': "percent must be a number above 0 and up to 100.",
    'roots = [{ table = "A", percent = nan }]': "percent must be a number above 0 and up to 100.",
    'roots = [{ table = "A", rows = 0 }]': "rows must be a whole number from 1 on.",
    'roots = [{ table = "A", rows = true }]': "rows must be a whole number from 1 on.",
    'roots = [{ table = "A", wher = "x" }]': "Unknown key 'wher'. Did you mean 'where'?",
    'roots = [{ table = "A", where = " " }]': "where is empty.",
    'roots = [{ table = "A", keys = [[1, 2], [3]] }]': "keys must be a list of keys with equally many values.",
    'roots = [{ table = "A", keys = [[]] }]': "keys must be a list of keys, each a list of numbers, texts or dates.",
    'roots = [{ table = "a.b.c" }]': "'a.b.c' is not a table name.",
    "roots = [{ rows = 1 }]": "table is missing.",
    'roots = "A"': "roots must be a list of tables: [{ ... }] or [[subset.roots]] sections.",
    'size = "5 bananas"': 'size must be a size such as "5 GB", "500 MB", "1.5 GiB", or a number of bytes.',
    "size = 0": 'size must be a size such as "5 GB", "500 MB", "1.5 GiB", or a number of bytes.',
    "seed = -1": "seed must be a whole number from 0 on.",
    'whole = ["A", "A"]': "This table is named twice.",
    'sede = 1': "Unknown key 'sede'. Did you mean 'seed'?",
    'edges = [{ table = "A" }]': "This edge names no foreign key.",
    'edges = [{ table = "A", columns = ["x"], follow = "owend" }]': "follow cannot be 'owend'. Did you mean 'owned'?",
    'edges = [{ table = "A", key = "x" }, { table = "A", key = "x", limit = 1 }]': "This foreign key is named twice.",
    'coverage = [{ table = "A" }]': "columns is missing.",
    'coverage = [{ table = "A", columns = ["x"], pairs = true }]': "Pairs need two columns.",
}  # fmt: skip


@pytest.mark.parametrize(("line", "reason"), MISTAKES.items())
def test_a_mistake_in_a_subset_is_told_with_its_line(line: str, reason: str) -> None:
    with pytest.raises(PlanError) as raised:
        read_plan(f"{HEAD}[subset]\n{line}\n")
    assert [(problem.reason, problem.line) for problem in raised.value.problems] == [(reason, 5)]


KEY = '[[foreign_keys]]\ntable = "c"\nparent = "p"\nparent_columns = ["id"]\n'


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        (KEY, "This key names neither columns nor expressions.", 4),
        (KEY + 'columns = ["a"]\nexpressions = ["b"]', "A key has columns or expressions, not both.", 4),
        (KEY + 'columns = ["a", "b"]', "It has 2 parts here and 1 in the parent.", 4),
        (KEY + 'columns = ["a"]\nwere = "x"', "Unknown key 'were'. Did you mean 'where'?", 9),
        ('[clone]\ntable = "c"\ncopies = 2\n', "It is not said which rows are copied.", 4),
        ('[clone]\ntable = "c"\nkeys = [1]\n', "copies is missing.", 4),
        ('[clone]\ntable = "c"\nkeys = [1]\ncopies = 2\noriginal = 1\n', "original must be true or false.", 8),
        ("subset = 3", "subset must be a section.", 4),
    ],
)
def test_a_mistake_in_a_key_or_a_copy_is_told_with_its_line(text: str, reason: str, line: int) -> None:
    with pytest.raises(PlanError) as raised:
        read_plan(HEAD + text)
    assert [(problem.reason, problem.line) for problem in raised.value.problems] == [(reason, line)]


def test_a_mistake_in_one_of_many_roots_is_told_with_the_line_of_that_root() -> None:
    text = (
        HEAD
        + '[subset]\nroots = [\n  # first\n  { table = "A" },\n\n  { table = "B", rows = -1 }, # this\n]\nseed = "x"\n'
    )
    with pytest.raises(PlanError) as raised:
        read_plan(text)
    assert [problem.line for problem in raised.value.problems] == [9, 11]


def test_no_mistake_repeats_the_value_of_a_key() -> None:
    with pytest.raises(PlanError) as raised:
        read_plan(f'{HEAD}[clone]\ntable = "c"\nkeys = [["ada@example.com", 1], ["bob@example.com"]]\ncopies = 0\n')
    assert "@" not in str(raised.value)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
WORDS = TEXT.filter(str.strip)
TABLES = st.builds(TableName, WORDS.filter(lambda text: "." not in text), st.none() | st.just("sales"))
COLUMNS = st.lists(WORDS, min_size=1, max_size=3, unique=True).map(tuple)
KEYS = st.integers(1, 2).flatmap(lambda width: st.lists(st.tuples(*[TEXT] * width), max_size=3, unique=True).map(tuple))
NUMBER = st.integers(1, 10**6)
ROOTS = st.builds(
    Roots, TABLES, st.none() | WORDS, st.none() | st.floats(0.001, 100), st.none() | NUMBER, KEYS, st.none() | WORDS
)
EDGES = st.builds(
    Edge, TABLES, COLUMNS, st.none() | WORDS, st.none() | st.sampled_from(Scope), st.none() | NUMBER, st.none() | WORDS,
    st.sampled_from(Missing),
)  # fmt: skip
GOALS = st.builds(Coverage, TABLES, COLUMNS, NUMBER).map(lambda goal: replace(goal, pairs=len(goal.columns) > 1))
SUBSETS = st.builds(
    Subset,
    st.lists(ROOTS, max_size=3).map(tuple),
    st.none() | st.integers(1, 10**12),
    st.integers(0, 2**63 - 1),
    st.lists(TABLES, max_size=2, unique=True).map(tuple),
    st.lists(EDGES, max_size=3, unique_by=lambda edge: (edge.table, edge.columns, edge.key)).map(tuple),
    st.lists(GOALS, max_size=2, unique_by=lambda goal: (goal.table, goal.columns)).map(tuple),
)
DECLARED = st.builds(
    lambda table, parent, columns, where, expressions: DeclaredKey(
        table, parent, columns, () if expressions else columns, columns if expressions else (), where
    ),
    TABLES, TABLES, COLUMNS, st.none() | WORDS, st.booleans(),
)  # fmt: skip
COPIES = st.builds(Copies, TABLES, NUMBER, WORDS, KEYS, st.booleans())
PLANS = st.builds(
    lambda subset, keys, clone: Plan(
        "a", "k", {TableName("t"): TablePlan(Treatment.DROP)}, subset=subset, foreign_keys=tuple(keys), clone=clone
    ),
    st.none() | SUBSETS, st.lists(DECLARED, max_size=3, unique=True), st.none() | COPIES,
)  # fmt: skip


@settings(max_examples=60)
@given(PLANS)
def test_a_plan_that_is_written_and_read_is_the_same_plan(plan: Plan) -> None:
    text = write_plan(plan)
    assert read_plan(text) == plan
    assert write_plan(plan, previous_text=text) == text


@settings(max_examples=60)
@given(PLANS, PLANS)
def test_a_plan_written_over_another_is_read_as_itself(before: Plan, after: Plan) -> None:
    text = write_plan(after, previous_text=write_plan(before))
    tomllib.loads(text)
    assert read_plan(text) == after


@settings(max_examples=40)
@given(PLANS)
def test_a_plan_written_over_a_commented_one_is_read_as_itself(after: Plan) -> None:
    assert read_plan(write_plan(replace(after, tables=read_plan(WRITTEN).tables), previous_text=WRITTEN)) == replace(
        after, tables=read_plan(WRITTEN).tables
    )


def test_whatever_a_plan_says_of_its_rows_is_in_its_fingerprint() -> None:
    plan = read_plan(WRITTEN)
    assert plan.subset is not None
    assert plan.clone is not None
    assert len({fingerprint(changed) for changed in _changed(plan, plan.subset, plan.clone)}) == 9


def _changed(plan: Plan, subset: Subset, clone: Copies) -> list[Plan]:
    roots = (replace(subset.roots[0], percent=3.0), *subset.roots[1:])
    edges = (replace(subset.edges[0], where=None), *subset.edges[1:])
    return [
        plan,
        *(
            replace(plan, subset=changed)
            for changed in (
                None,
                replace(subset, seed=1),
                replace(subset, size=None),
                replace(subset, roots=roots),
                replace(subset, edges=edges),
            )
        ),
        replace(plan, foreign_keys=plan.foreign_keys[:1]),
        replace(plan, clone=replace(clone, copies=2)),
        replace(plan, clone=replace(clone, keys=(("1",),))),
    ]


def test_the_order_of_edges_and_the_spelling_of_a_size_change_no_fingerprint() -> None:
    plan = read_plan(WRITTEN)
    assert plan.subset is not None
    turned = replace(plan, subset=replace(plan.subset, edges=plan.subset.edges[::-1]))
    respelt = read_plan(WRITTEN.replace('"1.5 GiB"', str(3 << 29)).replace("[17]", "17"))
    assert fingerprint(turned) == fingerprint(respelt) == fingerprint(plan)


def test_other_keys_in_a_file_are_another_plan(tmp_path: Path) -> None:
    path, keys = tmp_path / "plan.toml", tmp_path / "vip.csv"
    path.write_text(WRITTEN)
    prints = []
    for text in ("1\n", "1\n", "2\n"):
        keys.write_text(text)
        prints.append(fingerprint(read_plan(path)))
    assert prints[0] == prints[1] != prints[2]
