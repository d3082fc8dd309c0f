"""The Privacy hub, driven as a person drives it: discover, look, reveal, decide, take back; what it says where something is amiss."""

from __future__ import annotations

import json
import sqlite3

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from connectors.names import TableName
from desktop.backend import hub_discover
from desktop.backend.room import Call
from desktop.desk import Desk
from desktop.models.how_far import HowFar
from desktop.models.hub import Group, Sort, State
from desktop.pages.discover import DiscoverPage
from engine.catalog import open_catalog
from engine.jobs.control import Progress
from engine.reveal import CHAIN
from tests.desktop.conftest import answer, until


def test_without_a_project_the_hub_says_what_to_do(qapp, tmp_path):
    desk = Desk(tmp_path / "workspace")
    page = DiscoverPage(desk)
    try:
        assert page.stack.currentWidget() is page.none
    finally:
        page.close()
        desk.close()


def test_a_new_plan_is_discovered_by_one_button(hub):
    hub.open("new.toml")
    assert hub.page.stack.currentWidget() is hub.page.start
    assert "shop is read, and nothing is written to it" in hub.page.start.what.text()
    QTest.mouseClick(hub.page.start.button, Qt.MouseButton.LeftButton)
    until(lambda: hub.page.stack.currentWidget() is hub.page.looking)
    hub.settle()
    assert hub.page.stack.currentWidget() is hub.page.board
    assert (hub.folder / "new.toml").exists()
    columns = hub.page.shown.coverage.columns
    assert hub.at_risk == hub.desk.plan.state.undecided > 0
    assert hub.page.head.coverage.at_risk.text() == f"! {columns.at_risk} undecided"
    assert hub.page.head.coverage.protected.text() == f"✓ {columns.protected} protected"
    assert "does not run until" in hub.page.banner.text
    assert hub.page.queue.chips.groups[Group.AT_RISK].text() == f"Undecided {columns.at_risk}"
    assert all(hub.page.queue.queue.line(row).state is State.UNDECIDED for row in range(hub.at_risk))


def test_how_far_discovery_is_stands_in_texts_while_texts_are_read_and_in_tables_otherwise(hub, monkeypatch):
    monkeypatch.setattr(hub_discover, "TELL", -1.0)
    film, panel, words = TableName("film"), hub.page.looking, []

    def show(looking: HowFar) -> None:
        panel.show_looking(looking)
        words.append(panel.where.text())

    told = hub_discover.Told(Call(show), tables=7)
    told(Progress("sample", film))
    told(Progress("texts", film, total_rows=64, total_estimated=1000, unit="text"))
    assert words == ["film: 1 of 7 tables", "film: 64 of 1,000 texts"]
    assert (panel.bar.value(), panel.bar.maximum()) == (64, 1000)


def test_a_column_says_what_speaks_for_it_and_what_happens_to_it(board):
    board.choose("person", "email")
    detail = board.page.detail
    assert detail.title.text() == "person.email"
    assert detail.state.text() == "✓ Masked: email"
    assert "E-mail address · > 99 % likely to be personal" in detail.what.text()
    assert "GDPR article 4(1)" in detail.what.text()
    assert "+ it is named like an e-mail address" in detail.found.text()
    assert "Equal values stay equal" in detail.mask_words.text()
    assert not detail.accept.isEnabled()


def test_values_are_hidden_until_somebody_is_entered_as_having_seen_them(board):
    board.choose("person", "email")
    samples = board.page.detail.samples
    assert not samples.revealed
    QTest.mouseClick(samples.button, Qt.MouseButton.LeftButton)
    until(lambda: samples.revealed)
    grid = samples.grid.source.grid
    assert list(grid.headings) == ["Before", "After"]
    assert grid.text(0, 0) == "ada1@corp.example"
    assert grid.text(0, 1) not in ("", "ada1@corp.example")
    with open_catalog(board.desk.workspace.catalog) as catalog:
        entry = catalog.entries(CHAIN)[-1]
        assert catalog.verify_chain(CHAIN) is None
    said = json.loads(entry.payload)
    assert (said["table"], said["columns"], said["source"]) == ("person", ["email"], "shop")
    assert said["who"] in samples.words.text()
    assert "corp.example" not in entry.payload
    QApplication.clipboard().setText("mine")
    samples.grid.selectAll()
    QTest.keyClick(samples.grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    # A key without Ctrl, or Qt takes it for held down in every choice that follows.
    QTest.keyClick(samples.grid, Qt.Key.Key_Down)
    assert QApplication.clipboard().text() == "mine"
    board.page.queue.grid.selectRow(0)
    until(lambda: not samples.revealed)
    assert samples.grid.source.grid.rows == 0


def test_two_clicks_are_one_look_and_no_value_comes_under_another_column(board):
    board.choose("person", "email")
    samples = board.page.detail.samples
    with open_catalog(board.desk.workspace.catalog) as catalog:
        before = len(catalog.entries(CHAIN))
        samples.reveal()
        samples.reveal()
        until(lambda: samples.revealed)
        board.settle()
        assert len(catalog.entries(CHAIN)) == before + 1
    samples.reveal()
    samples.reveal()
    samples.reveal()
    board.choose("person", "name")
    assert samples.grid.source.grid.rows == 0


def test_whoever_leaves_the_page_leaves_no_values_on_it(board):
    board.choose("person", "name")
    board.page.detail.samples.reveal()
    until(lambda: board.page.detail.samples.revealed)
    board.page.hide()
    assert board.page.detail.samples.grid.source.grid.rows == 0
    board.page.show()


def test_no_entry_no_values(board):
    catalog = board.desk.workspace.catalog
    board.choose("person", "name")
    with sqlite3.connect(catalog) as broken:
        broken.execute("alter table chain rename to elsewhere")
    try:
        board.page.detail.samples.reveal()
        until(lambda: "catalog cannot be used" in board.page.detail.samples.words.text())
        assert not board.page.detail.samples.revealed
    finally:
        with sqlite3.connect(catalog) as broken:
            broken.execute("alter table elsewhere rename to chain")


def test_filters_show_what_their_chips_count(board):
    chips = board.page.queue.chips
    chips.groups[None].click()
    board.settle()
    for group in Group:
        count = board.page.shown.tally.groups[group]
        assert chips.groups[group].text().endswith(f" {count}")
        chips.groups[group].click()
        board.settle()
        assert board.page.queue.queue.rows == count
        chips.groups[None].click()
        board.settle()
    QTest.keyClicks(chips.text, "person.na")
    board.settle()
    assert [board.page.queue.queue.text(0, 1), board.page.queue.queue.rows] == ["name", 1]
    chips.text.clear()
    board.settle()


def test_a_heading_orders_forth_back_and_as_the_work_goes(board):
    board.page.queue.chips.groups[None].click()
    board.settle()
    queue = board.page.queue

    def column(place: int) -> list[str]:
        board.settle()
        return [queue.queue.text(row, place) for row in range(queue.queue.rows)]

    queue.grid.horizontalHeader().sectionClicked.emit(1)
    assert column(1) == sorted(column(1), key=str.casefold)
    queue.grid.horizontalHeader().sectionClicked.emit(1)
    assert column(1) == sorted(column(1), key=str.casefold, reverse=True)
    queue.grid.horizontalHeader().sectionClicked.emit(1)
    board.settle()
    assert queue.chips.wish.sort is Sort.WORK


def test_discovery_again_keeps_what_a_person_decided_and_saves_it_first(hub):
    hub.look_again("again.toml")
    hub.choose("person", "code")
    hub.desk.plan.save()
    until(lambda: hub.desk.plan.state.saved)
    hub.page.keep("codes of wards")
    until(lambda: not hub.desk.plan.state.saved)
    hub.page.policy.choose("gdpr")
    QTest.mouseClick(hub.page.again, Qt.MouseButton.LeftButton)
    until(lambda: hub.page._looking is not None)
    hub.settle()
    assert hub.rule("person", "code") == {"keep": "codes of wards"}
    assert hub.page.shown.policy == "gdpr"
    assert hub.page.policy.policy == "gdpr"


def test_discovery_can_be_cancelled_and_leaves_the_plan_as_it_was(board):
    text = (board.folder / "first.toml").read_bytes()
    board.page.discover()
    until(lambda: board.page._looking is not None)
    QTest.mouseClick(board.page.looking.cancel, Qt.MouseButton.LeftButton)
    board.settle()
    assert board.page.stack.currentWidget() is board.page.board
    assert board.said[-1] == "Cancelled: the plan is as it was."
    QTest.qWait(300)
    assert (board.folder / "first.toml").read_bytes() == text


def test_an_unknown_policy_is_a_sentence_on_the_page(board):
    board.page.policy.choose("no such policy.toml")
    board.page.discover()
    until(lambda: "there is no policy no such policy.toml" in board.page.banner.text)
    board.page.policy.choose("gdpr")
    board.settle()


def test_a_project_that_is_opened_again_shows_its_evidence_without_another_look(board):
    board.desk.plan.save()
    board.settle()
    when = board.page.when.text()
    board.open("second.toml")
    board.page.shown = None
    board.open("first.toml")
    board.settle()
    assert board.page.when.text() == when
    board.choose("person", "email")
    assert "+ it is named like an e-mail address" in board.page.detail.found.text()
    assert answer(board.desk.calls, "hub.remember", plan=str(board.folder / "first.toml"), source="shop")
    assert not answer(board.desk.calls, "hub.remember", plan=str(board.folder / "first.toml"), source="bare")
    assert answer(board.desk.calls, "hub.detail", table="person", column="email").rows == 59


def test_a_plan_made_by_the_command_line_is_shown_without_evidence(board):
    text = (board.folder / "first.toml").read_text("utf-8")
    (board.folder / "other.toml").write_text(text, "utf-8")
    board.open("other.toml")
    board.settle()
    assert board.page.when.text() == "Nobody has looked at the source here yet"
    board.choose("person", "email")
    assert board.page.queue.queue.text(board.page.queue.grid.currentIndex().row(), 2) == "Not looked at"


def test_a_plan_that_cannot_be_read_names_its_line_and_leads_to_its_text(hub):
    (hub.folder / "broken.toml").write_text('version = 1\nname = "x"\nkey = \n', "utf-8")
    hub.open("broken.toml")
    until(lambda: hub.page.stack.currentWidget() is hub.page.unread)
    assert "ine 3" in hub.page.banner.text
    until(hub.page.banner.button.isVisible)
    hub.page.banner.button.click()
    assert hub.asked[-1][0] == "plan"
    assert hub.asked[-1][1]["line"] == 3


def test_a_plan_of_a_later_version_says_so(hub):
    (hub.folder / "later.toml").write_text('version = 99\nname = "x"\nkey = "k"\n', "utf-8")
    hub.open("later.toml")
    until(lambda: hub.page.stack.currentWidget() is hub.page.unread)
    assert "update Lookalike" in hub.page.banner.text


def test_a_source_without_tables_is_no_mistake(hub):
    hub.page.shown = None
    hub.discovered("bare.toml", "bare")
    assert any("bare has no tables" in said for said in hub.said)
    assert hub.at_risk == 0


def test_a_source_that_is_not_there_is_a_sentence_and_can_be_tried_again(hub):
    hub.page.shown = None
    hub.open("gone.toml", "gone")
    QTest.mouseClick(hub.page.start.button, Qt.MouseButton.LeftButton)
    until(lambda: hub.page.banner.isVisible() and hub.page._looking is None)
    assert hub.page.banner.button.text() == "Try again"
    assert hub.page.stack.currentWidget() is hub.page.start
    assert not (hub.folder / "gone.toml").exists()
