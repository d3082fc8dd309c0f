"""The builder of subsets: forms that write the plan, amounts that are reckoned and counted, and why a row is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.models.how_far import HowFar
from desktop.models.subset import Copies, Key, Root, SubsetForm, Take, keys_edits, subset_edits
from desktop.pages.plan_subset import SubsetPanel
from engine.plan_document import edited
from engine.plan_toml import read_plan
from engine.subset.spec import Roots
from tests.desktop.conftest import until
from tests.desktop.panels import PLAN, opened, restored, shown, sqlite_shop, text_of

DECIDED = PLAN.replace('{ undecided = "what is it?" }', '{ mask = "redact" }')


# Forms and the plan that they write, without a window.


@pytest.mark.parametrize(
    ("root", "words"),
    [
        (Root(""), "Choose a table."),
        (Root("Customer", take=Take.PERCENT, amount="0"), "Write a number above 0 and up to 100."),
        (Root("Customer", take=Take.PERCENT, amount="x"), "Write a number above 0 and up to 100."),
        (Root("Customer", take=Take.ROWS, amount="1.5"), "Write a whole number above 0."),
        (Root("Customer", take=Take.ROWS, amount="-3"), "Write a whole number above 0."),
        (Root("Customer", take=Take.PERCENT, amount="2,5 %"), ""),
        (Root("Customer", "Name = 'x'"), ""),
    ],
)
def test_a_line_of_the_form_says_what_is_wrong_with_it(root, words):
    assert root.mistake() == words


def test_what_the_form_says_is_what_the_plan_says():
    roots = (
        Root("Customer", "Code = 'CA'", Take.PERCENT, "12.5"),
        Root('"odd ""name"".x"', take=Take.KEYS, amount='17,"a,b"; 18,c'),
        Root("Invoice", take=Take.ROWS, amount="10"),
    )
    text, _ = edited(PLAN, subset_edits(SubsetForm(False), roots, "5 GB", 7))
    subset = read_plan(text).subset
    assert subset is not None
    assert (subset.size, subset.seed) == (5_000_000_000, 7)
    assert [(each.where, each.percent, each.rows) for each in subset.roots] == [
        ("Code = 'CA'", 12.5, None), (None, None, None), (None, None, 10),
    ]  # fmt: skip
    assert subset.roots[1].keys == (("17", "a,b"), ("18", "c"))
    assert str(subset.roots[1].table) == '"odd ""name"".x"'


def test_a_key_that_is_followed_otherwise_leaves_what_was_said_of_the_others():
    said = Key("Invoice", "fk", ("CustomerId",), "Customer", "all", None, "", "bring", True, False)
    silent = Key("Line", "fk", ("InvoiceId",), "Invoice", "owned", None, "", "bring", False, False)
    changed = Key("Line", "fk", ("InvoiceId",), "Invoice", "owned", 3, "Number = 1", "bring", True, False)
    text, _ = edited(PLAN + "\n[subset]\nroots = []\n", keys_edits(SubsetForm(True), [said, silent], changed))
    subset = read_plan(text).subset
    assert subset is not None
    assert [(str(edge.table), edge.follow, edge.limit, edge.where) for edge in subset.edges] == [
        ("Invoice", "all", None, None), ("Line", "owned", 3, "Number = 1"),
    ]  # fmt: skip


def test_copies_are_refused_without_rows_and_written_with_them():
    assert Copies("Customer", "5").mistake() == "Say which rows are copied: a condition, or keys."
    assert Copies("Customer", "many", keys="1").mistake().startswith("Write how many")
    text, _ = edited(PLAN, [Copies("Customer", "5", keys="1; 2", original=False).edit()])
    clone = read_plan(text).clone
    assert clone is not None
    assert (clone.copies, clone.keys, clone.original) == (5, (("1",), ("2",)), False)


# On the window.


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("subset")


@pytest.fixture(scope="module")
def desk(qapp, home):
    made = opened(home, sqlite_shop(home / "shop.db"), DECIDED)
    yield made
    made.close()


@pytest.fixture
def panel(desk, qtbot):
    made = SubsetPanel(desk)
    qtbot.addWidget(made)
    shown(made)
    until(lambda: made._form is not None)
    yield made
    restored(desk)


def begin_from(panel: SubsetPanel, qtbot, table: str, where: str = "") -> None:
    line = panel.roots.lines[0]
    line.table.lineEdit().clear()
    qtbot.keyClicks(line.table.lineEdit(), table)
    line.where.clear()
    qtbot.keyClicks(line.where, where)
    qtbot.keyClick(line.where, Qt.Key.Key_Return)


def known(panel: SubsetPanel) -> bool:
    return panel.amounts._known is not None and not panel.amounts.state.text().startswith(("Estimating", "!"))


def rows_of(panel: SubsetPanel) -> dict[str, tuple[str, str]]:
    grid = panel.amounts.grid.source.grid
    return {grid.text(row, 0): (grid.text(row, 1), grid.text(row, 3)) for row in range(grid.rows)}


def subset_of(panel: SubsetPanel):
    return read_plan(text_of(panel.desk)).subset


def test_a_condition_that_is_typed_is_in_the_plan_and_is_reckoned_at_once(panel, qtbot):
    assert "Every row is taken" in panel.said.text()
    begin_from(panel, qtbot, "Customer", "Code = 'CA'")
    until(lambda: known(panel))
    assert subset_of(panel).roots == (Roots(subset_of(panel).roots[0].table, "Code = 'CA'"),)
    assert rows_of(panel)["Customer"] == ("10", "25 %")
    assert rows_of(panel)["Invoice"] == ("10", "25 %")
    panel.desk.undo.undo()
    until(lambda: subset_of(panel) is None)
    until(lambda: not panel._form.present)


def test_it_is_counted_when_somebody_asks(panel, qtbot):
    begin_from(panel, qtbot, "Customer", "CustomerId <= 3")
    until(lambda: known(panel))
    QTest.mouseClick(panel.amounts.exactly, Qt.MouseButton.LeftButton)
    until(lambda: panel.amounts._known is not None and panel.amounts._known.exact)
    assert rows_of(panel)["Customer"] == ("3", "7.5 %")
    assert rows_of(panel)["Line"] == ("3", "7.5 %")
    assert panel.amounts.summary.text().startswith("10 of ")


def test_a_wrong_condition_is_said_beside_its_field_in_the_engines_words(panel, qtbot):
    line = panel.roots.lines[0]
    for where in ("Countri = 1", "1; DROP TABLE Customer", "((", "Name ="):
        begin_from(panel, qtbot, "Customer", where)
        until(lambda: line.mistake.isVisible())
        assert "ondition" in line.mistake.text() or "column" in line.mistake.text()
        begin_from(panel, qtbot, "Customer", "Code = 'DE'")
        until(lambda: not line.mistake.isVisible() and known(panel))


def test_an_unknown_table_is_said_beside_its_field(panel, qtbot):
    begin_from(panel, qtbot, "Custommer")
    until(lambda: panel.roots.lines[0].mistake.isVisible())
    assert "Customer" in panel.roots.lines[0].mistake.text()


def test_a_proposal_takes_lookup_tables_whole_and_says_so(panel, qtbot):
    begin_from(panel, qtbot, "Customer", "Code = 'CA'")
    until(lambda: panel.desk.plan.state.subset)
    panel.desk.undo.undo()
    until(lambda: not panel.desk.plan.state.subset)
    until(lambda: panel._form is not None and not panel._form.present)
    begin_from_quietly(panel, "Customer", "Code = 'CA'")
    QTest.mouseClick(panel.propose, Qt.MouseButton.LeftButton)
    until(lambda: panel._form is not None and bool(panel._form.whole))
    assert "Country" in panel._form.whole
    assert "Whole tables: Country" in panel.said.text()
    assert "# Every foreign key as it is followed now" in text_of(panel.desk)


def begin_from_quietly(panel: SubsetPanel, table: str, where: str) -> None:
    panel.roots.lines[0].table.setEditText(table)
    panel.roots.lines[0].where.setText(where)


def test_children_come_as_a_person_says(panel, qtbot):
    begin_from(panel, qtbot, "Customer", "CustomerId = 1")
    until(lambda: known(panel))
    panel.tabs.setCurrentWidget(panel.keys)
    grid = panel.keys.grid.source.grid
    row = next(row for row in range(grid.rows) if (grid.text(row, 0), grid.text(row, 1)) == ("Customer", "Invoice"))
    panel.keys.grid.selectRow(row)
    assert panel.keys.follow.currentData() == "owned"
    panel.keys.follow.setCurrentIndex(panel.keys.follow.findData("none"))
    QTest.mouseClick(panel.keys.apply, Qt.MouseButton.LeftButton)
    until(lambda: bool(subset_of(panel).edges))
    until(lambda: known(panel) and rows_of(panel)["Invoice"][0] == "0")
    assert panel.desk.undo.undoText().startswith("Follow ")


def test_a_row_says_why_it_is_there(panel, qtbot):
    begin_from(panel, qtbot, "Customer", "CustomerId = 7")
    until(lambda: known(panel))
    panel.tabs.setCurrentWidget(panel.why)
    panel.why.table.setEditText("Line")
    qtbot.keyClicks(panel.why.key, "107,1")
    qtbot.keyClick(panel.why.key, Qt.Key.Key_Return)
    until(lambda: panel.why.chain.isVisible())
    grid = panel.why.chain.source.grid
    panel.why.chain.selectAll()
    assert panel.why.chain.copied() == ""
    assert [grid.text(row, 1) for row in range(grid.rows)] == [
        "Line InvoiceId = 107, Number = 1", "Invoice InvoiceId = 107", "Customer CustomerId = 7",
    ]  # fmt: skip
    assert grid.text(2, 2) == "is a root: the plan asks for it."
    for key, words in (("108,1", "not in the subset"), ("999,1", "no row has this key"), ("1", "give 2 values")):
        panel.why.key.setText(key)
        QTest.mouseClick(panel.why.explain, Qt.MouseButton.LeftButton)
        until(lambda words=words: words in panel.why.said.text())
    panel.hide()
    assert panel.why.key.text() == ""
    assert not panel.why.key.isUndoAvailable()
    panel.show()


def test_copies_of_an_entity_are_written_and_taken_out_again(panel, qtbot):
    panel.tabs.setCurrentWidget(panel.copies)
    QTest.mouseClick(panel.copies.write, Qt.MouseButton.LeftButton)
    assert panel.copies.mistake.text() == "✕ Choose a table."
    panel.copies.table.setEditText("Customer")
    qtbot.keyClicks(panel.copies.keys, "3")
    panel.copies.copies.setText("20")
    QTest.mouseClick(panel.copies.write, Qt.MouseButton.LeftButton)
    until(lambda: panel.copies.remove.isEnabled())
    assert read_plan(text_of(panel.desk)).clone.copies == 20
    QTest.mouseClick(panel.copies.remove, Qt.MouseButton.LeftButton)
    until(lambda: not panel.copies.remove.isEnabled())
    assert read_plan(text_of(panel.desk)).clone is None


def test_a_size_that_is_none_is_refused_and_the_plan_stays(panel, qtbot):
    begin_from(panel, qtbot, "Customer")
    until(lambda: known(panel))
    qtbot.keyClicks(panel.most, "huge")
    qtbot.keyClick(panel.most, Qt.Key.Key_Return)
    until(lambda: panel.banner.isVisible())
    assert "size" in panel.banner.text
    assert subset_of(panel).size is None


def test_a_count_can_be_cancelled(panel, qtbot):
    begin_from(panel, qtbot, "Customer")
    until(lambda: known(panel))
    QTest.mouseClick(panel.amounts.exactly, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.amounts.stop, Qt.MouseButton.LeftButton)
    assert panel.amounts.exactly.isVisible()
    assert not panel._calls.waits("subset.count")


def test_how_far_a_count_is_stands_in_words(panel, qtbot):
    begin_from(panel, qtbot, "Customer")
    until(lambda: known(panel))
    said: list[str] = []
    show = panel.amounts.say_how_far

    def heard(counting: HowFar) -> None:
        show(counting)
        said.append(panel.amounts.state.text())

    panel.amounts.say_how_far = heard
    QTest.mouseClick(panel.amounts.exactly, Qt.MouseButton.LeftButton)
    until(lambda: panel.amounts.state.text() == "counted at this moment")
    assert re.fullmatch(r"Counting… Measuring what masks add to rows: \w+, 1 of \d tables", said[0])
    panel.amounts.say_reading("Estimating…")
    show(HowFar("select", "Customer", 1200))
    assert panel.amounts.state.text() == "Estimating… Selecting rows: Customer, 1,200 rows of all tables so far"


def test_a_subset_of_postgresql_is_counted(qapp, qtbot, tmp_path, new_postgresql):
    import psycopg

    url = new_postgresql()
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute("CREATE TABLE author (id int PRIMARY KEY, name text)")
        connection.execute("CREATE TABLE book (id int PRIMARY KEY, author int REFERENCES author)")
        connection.execute("INSERT INTO author SELECT i, 'a' || i FROM generate_series(1, 50) i")
        connection.execute("INSERT INTO book SELECT i, i % 50 + 1 FROM generate_series(1, 500) i")
        connection.execute("ANALYZE")
    plan = PLAN.partition("[tables")[0] + (
        '[tables.author]\ntreatment = "mask"\n[tables.author.columns]\nid = { mask = "pseudonym" }\nname = { mask = "full_name" }\n'
        '[tables.book]\ntreatment = "mask"\n[tables.book.columns]\nid = { mask = "pseudonym" }\nauthor = { mask = "pseudonym" }\n'
    )
    desk = opened(tmp_path, url, plan)
    try:
        panel = SubsetPanel(desk)
        qtbot.addWidget(panel)
        shown(panel)
        until(lambda: panel._form is not None)
        begin_from(panel, qtbot, "author", "id <= 5")
        until(lambda: known(panel))
        QTest.mouseClick(panel.amounts.exactly, Qt.MouseButton.LeftButton)
        until(lambda: panel.amounts._known is not None and panel.amounts._known.exact)
        assert rows_of(panel)["book"][0] == "50"
    finally:
        desk.close()
