"""What a person decides in the Privacy hub: accept, keep with a reason, many at once, take back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.desktop.conftest import until


def test_a_proposal_is_accepted_by_its_button_and_taken_back(board):
    board.choose("person", "remark")
    detail, before = board.page.detail, board.at_risk
    until(lambda: detail.accept.isEnabled())
    assert detail.mask_title.text().startswith("Proposed: ")
    QTest.mouseClick(detail.accept, Qt.MouseButton.LeftButton)
    until(lambda: board.at_risk == before - 1)
    rule = board.rule("person", "remark")
    assert "mask" in rule
    assert "accepted" not in rule
    assert board.desk.undo.undoText() == "Accept person.remark"
    until(lambda: detail.undo.isEnabled())
    QTest.mouseClick(detail.undo, Qt.MouseButton.LeftButton)
    until(lambda: board.at_risk == before)
    assert "undecided" in board.rule("person", "remark")


def test_a_column_chosen_while_a_decision_is_under_way_stays_chosen(board):
    board.page.show_undecided()
    board.settle()
    queue, before = board.page.queue, board.at_risk
    queue.grid.selectRow(0)
    board.settle()
    board.page.keep("a test")
    queue.grid.selectRow(2)
    chosen = queue.line
    until(lambda: board.at_risk == before - 1)
    assert (queue.line.table, queue.line.column) == (chosen.table, chosen.column)
    queue.grid.selectRow(0)
    board.settle()
    next_one = queue.queue.line(1)
    board.page.keep("a test")
    until(lambda: board.at_risk == before - 2)
    assert (queue.line.table, queue.line.column) == (next_one.table, next_one.column)
    for _ in range(2):
        board.desk.undo.undo()
        board.settle()
    assert board.at_risk == before


def test_nothing_is_kept_without_a_reason(board):
    board.choose("visit", "place")
    detail, before = board.page.detail, board.at_risk
    QTest.mouseClick(detail.keep, Qt.MouseButton.LeftButton)
    assert detail.reason.isVisible()
    assert not detail.keep_now.isEnabled()
    QTest.keyClick(detail.reason, Qt.Key.Key_Return)
    assert detail.reason.isVisible()
    QTest.keyClick(detail.reason, Qt.Key.Key_Escape)
    assert not detail.reason.isVisible()
    detail.ask_reason()
    QTest.keyClicks(detail.reason, 'wards, "public"')
    QTest.keyClick(detail.reason, Qt.Key.Key_Return)
    until(lambda: board.at_risk == before - 1)
    assert board.rule("visit", "place") == {"keep": 'wards, "public"'}
    board.desk.undo.undo()
    until(lambda: board.at_risk == before)


def test_all_proposals_that_are_shown_are_one_step(board):
    before = board.at_risk
    board.page.show_undecided()
    board.settle()
    button = board.page.queue.accept
    until(lambda: button.isEnabled())
    assert button.text() == f"Accept {before} proposals"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    until(lambda: board.at_risk == 0)
    board.settle()
    assert not board.page.banner.isVisible()
    assert "Every column is decided" in board.page.queue.why.text()
    assert not board.desk.plan.state.blocked
    board.desk.undo.undo()
    until(lambda: board.at_risk == before)
    board.settle()
    assert "does not run until" in board.page.banner.text


def test_selected_rows_alone_are_accepted(board):
    board.page.show_undecided()
    board.settle()
    before, grid = board.at_risk, board.page.queue.grid
    grid.selectRow(0)
    QTest.keyClick(grid, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    until(lambda: board.page.queue.accept.text() == "Accept 2 proposals")
    assert board.page.queue.words.text() == "2 columns selected"
    board.page.accept_chosen()
    until(lambda: board.at_risk == before - 2)
    assert board.desk.undo.undoText() == "Accept 2 columns"
    # A key without Shift, or Qt takes it for held down in every choice that follows.
    QTest.keyClick(grid, Qt.Key.Key_Down)


def test_odd_names_are_shown_and_decided_like_others(board):
    said = '"a ""b"". <b>جدول</b>"'
    board.choose(said, "Größe %")
    assert board.page.detail.title.text() == f"{said}.Größe %"
    assert board.page.detail.title.textFormat() is Qt.TextFormat.PlainText
    before = board.at_risk
    board.page.keep("no people in it")
    until(lambda: board.at_risk == before - 1)
    assert board.rule(said, "Größe %") == {"keep": "no people in it"}
    board.desk.undo.undo()
    board.settle()


def test_choosing_another_mask_opens_the_plan_at_the_column(board):
    board.choose("person", "email")
    QTest.mouseClick(board.page.detail.change, Qt.MouseButton.LeftButton)
    assert board.asked[-1] == ("plan", {"table": "person", "column": "email"})
