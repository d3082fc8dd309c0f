"""The board of the privacy hub: every column in one group, filters that part it, orders that lose nothing, counts that add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from desktop.backend.hub_build import board_of
from desktop.backend.hub_decide import Decider, kept
from desktop.models.hub import Group, Page, Shown, Sort, State, Wish, count_said
from desktop.models.hub_board import UNKNOWN, Board, coded, coverage, line, matching, ordered, page, tally
from desktop.models.hub_queue import PAGES, WAITING, Queue
from desktop.theme.tokens import Tone
from engine.commands.status import UsageError
from engine.masking import make_masker
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.plan_document import edited
from engine.plan_toml import read_plan
from engine.plan_toml_write import write_plan

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
TABLES = st.builds(TableName, NAMES, st.none() | NAMES)
ENTITIES = ("", "E-mail address", "First name", "Key of a person")


@st.composite
def boards(draw: st.DrawFn) -> Board:
    size = draw(st.integers(0, 40))
    tables = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    table = coded([draw(st.sampled_from(tables)) for _ in range(size)])
    texts = [draw(NAMES) for _ in range(size)]
    sure = [draw(st.floats(0, 1, width=32) | st.just(float("nan"))) for _ in range(size)]
    return Board(
        table, coded(texts), coded([draw(st.sampled_from(ENTITIES)) for _ in range(size)]), np.array(sure, np.float32),
        coded(["" for _ in range(size)]), np.array([draw(st.sampled_from(list(State))) for _ in range(size)], np.uint8),
        coded([draw(st.sampled_from(("email", "keep", ""))) for _ in range(size)]),
        np.array([draw(st.sampled_from((UNKNOWN, 0, 7, 1_000_000))) for _ in range(len(table.pool))], np.int64),
    )  # fmt: skip


@given(boards())
def test_every_column_is_in_exactly_one_group(board):
    parts = [matching(board, Wish(group)) for group in Group]
    assert sum(int(part.sum()) for part in parts) == len(board)
    assert not any((one & other).any() for place, one in enumerate(parts) for other in parts[:place])


@given(boards(), st.sampled_from([None, *Group]), st.sampled_from([None, *ENTITIES]), st.text(max_size=2))
def test_the_count_on_a_chip_is_what_pressing_it_shows(board, group, entity, text):
    wish = Wish(group, entity, text)
    counts = tally(board, wish)
    for each in Group:
        assert counts.groups[each] == int(matching(board, Wish(each, entity, text)).sum())
    for name, count in counts.entities:
        assert count == int(matching(board, Wish(group, name, text)).sum())
    assert counts.total == sum(counts.groups)
    assert sum(count for _, count in counts.entities) == int(matching(board, Wish(group, None, text)).sum())


@settings(max_examples=60)
@given(boards(), st.sampled_from(list(Sort)), st.booleans())
def test_an_order_shows_every_column_once(board, sort, descending):
    order = ordered(board, np.ones(len(board), np.bool_), sort, descending=descending)
    assert sorted(order.tolist()) == list(range(len(board)))


@given(boards())
def test_the_order_of_the_work_begins_with_what_is_undecided(board):
    order = ordered(board, np.ones(len(board), np.bool_), Sort.WORK)
    waits = (board.state[order] == State.UNDECIDED).tolist()
    assert waits == sorted(waits, reverse=True)


@given(boards())
def test_coverage_adds_up_in_columns_tables_and_rows(board):
    found = coverage(board)
    personal = board.personal | (board.state == State.UNDECIDED)
    assert found.columns.total == int(personal.sum())
    assert found.tables.total == len(set(board.table.codes[personal].tolist()))
    known = {int(code) for code in board.table.codes[personal] if board.table_rows[code] != UNKNOWN}
    assert found.rows.total == sum(int(board.table_rows[code]) for code in known)
    assert found.rows.total <= found.rows_in_all
    assert found.uncounted == found.tables.total - len(known)


@given(boards(), st.text(min_size=1, max_size=3))
def test_a_text_filter_finds_what_has_it_in_its_table_or_column(board, text):
    wanted = text.strip().casefold()
    if not wanted or "." in wanted:
        return
    found = matching(board, Wish(text=text)).tolist()
    assert found == [
        wanted in board.table.text(row).casefold() or wanted in board.column.text(row).casefold()
        for row in range(len(board))
    ]


def test_a_table_and_a_column_can_be_sought_together():
    board = _small(("patient", "email"), ("patient", "name"), ("clinic", "email"))
    assert matching(board, Wish(text="patient.email")).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0"), (8_412, "8,412"), (999_999, "999,999"), (1_200_000, "1.2 million"), (8_400_000_000, "8.4 billion")],
)
def test_rows_are_said_as_one_reads_them(count, said):
    assert count_said(count) == said


# The queue in the window.


def _small(*columns: tuple[str, str]) -> Board:
    size = len(columns)
    return Board(
        coded([table for table, _ in columns]), coded([column for _, column in columns]), coded([""] * size),
        np.zeros(size, np.float32), coded([""] * size), np.zeros(size, np.uint8), coded([""] * size),
        np.array([UNKNOWN] * len({table for table, _ in columns}), np.int64),
    )  # fmt: skip


def test_rows_that_are_under_way_say_so_and_are_asked_for_once():
    board = _small(*((f"t{row}", "c") for row in range(30)))
    order = np.arange(30)
    shown = Shown(1, 7, 30, tally(board, Wish()), coverage(board), "", "", page(board, order, 7, 0, 10))
    asked: list[int] = []
    queue = Queue(shown, ("Table",) * 6, lambda line, sort: line.table, asked.append)
    assert queue.text(3, 0) == "t3"
    assert queue.text(12, 0) == queue.text(19, 0) == WAITING
    assert asked == [10]
    assert queue.tone(12, 5) is Tone.PLAIN
    assert queue.take(Page(6, 10, ())) is None
    assert queue.take(page(board, order, 7, 10, 10)) == (10, 19)
    assert queue.text(12, 0) == "t12"
    assert queue.tone(12, 5) is Tone.CAUTION
    assert queue.line(30) is None


def test_the_window_keeps_some_pages_only():
    board = _small(*((f"t{row}", "c") for row in range(200)))
    order = np.arange(200)
    shown = Shown(1, 7, 200, tally(board, Wish()), coverage(board), "", "", page(board, order, 7, 0, 2))
    queue = Queue(shown, ("Table",) * 6, lambda line, sort: line.table, lambda first: None)
    for first in range(0, 200, 2):
        queue.take(page(board, order, 7, first, 2))
    assert sum(queue.known(row) is not None for row in range(200)) == 2 * PAGES


# From a plan.


def _rule(column: str, decided: int) -> Rule:
    masks = (None, make_masker("token", {}), make_masker("keep", {}))
    return Rule((column,), masks[decided], "so" if decided != 1 else None)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    tables = {}
    for name in draw(st.lists(TABLES, max_size=4, unique=True)):
        columns = draw(st.lists(NAMES, max_size=6, unique=True))
        rules = tuple(_rule(column, draw(st.integers(0, 2))) for column in columns)
        tables[name] = TablePlan(Treatment.MASK, rules)
    return Plan("p", "k", tables)


@settings(max_examples=30)
@given(plans())
def test_the_board_of_a_plan_alone_has_all_its_columns(plan):
    board = board_of(plan, None)
    undecided = sum(len(rule.columns) for _, rule in plan.rules() if not rule.decided)
    assert len(board) == sum(len(rule.columns) for _, rule in plan.rules())
    assert coverage(board).columns.at_risk == undecided
    assert all(np.isnan(board.sure))
    for row in range(len(board)):
        said = line(board, row)
        assert board.row(said.table, said.column) == row


@settings(max_examples=30)
@given(plans(), st.data())
def test_a_decision_lands_in_the_plan_and_nothing_else_changes(plan, data):
    text = write_plan(plan)
    columns = [(table, name) for table, rule in plan.rules() for name in rule.columns]
    if not columns:
        return
    chosen = data.draw(st.lists(st.sampled_from(columns), min_size=1, unique=True))
    decided = {(table, name): kept(table, name, "public   data") for table, name in chosen}
    after = read_plan(edited(text, Decider(read_plan(text), text).edits(decided))[0])
    for table, name in columns:
        rule, before = after.tables[table].rule(name), plan.tables[table].rule(name)
        assert rule is not None
        assert before is not None
        if (table, name) in decided:
            assert (rule.masker.name if rule.masker else None, rule.reason) == ("keep", "public data")
        else:
            assert (rule.masker, rule.decided) == (before.masker, before.decided)


def test_nothing_is_kept_without_a_reason():
    with pytest.raises(UsageError, match="say why"):
        kept(TableName("t"), "c", "  ")


def test_what_is_masked_together_is_decided_on_the_plan_page():
    rule = Rule(("city", "zip"), make_masker("address", {}), None, roles=("city", "postcode"))
    plan = Plan("p", "k", {TableName("t"): TablePlan(Treatment.MASK, (rule,))})
    with pytest.raises(UsageError, match="together with zip"):
        Decider(plan, write_plan(plan)).edits({(TableName("t"), "city"): kept(TableName("t"), "city", "why")})


def test_a_table_that_is_copied_is_decided_as_a_whole():
    plan = Plan("p", "k", {TableName("t"): TablePlan(Treatment.COPY, (), "a list of genres")})
    with pytest.raises(UsageError, match="as a whole"):
        Decider(plan, write_plan(plan)).edits({(TableName("t"), "city"): kept(TableName("t"), "city", "why")})


def test_an_undecided_rule_of_several_columns_falls_apart():
    rules = (
        Rule(("a", "b"), None, "which is it?", roles=()), Rule(("c",), None, "?"), Rule(("d", "e"), None, "?"),
    )  # fmt: skip
    table = TableName("t")
    plan = Plan("p", "k", {table: TablePlan(Treatment.MASK, rules)})
    text = write_plan(plan)
    decided = {(table, name): kept(table, name, "why") for name in ("b", "d")}
    after = read_plan(edited(text, Decider(read_plan(text), text).edits(decided))[0]).tables[table]
    assert {rule.columns: rule.decided for rule in after.rules} == {
        ("a",): False, ("b",): True, ("c",): False, ("d",): True, ("e",): False,
    }  # fmt: skip
