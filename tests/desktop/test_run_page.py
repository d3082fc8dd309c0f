"""The Run page as a person uses it: what stands in the way, the order, the run, what came of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from time import monotonic

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.settings import Project
from tests.desktop.conftest import PASSPHRASE, answer, until
from tests.desktop.runs import rows_of, shop_project


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def desk(folder, qapp):
    from desktop.desk import Desk
    from desktop.theme.look import look

    workspace, _ = shop_project(folder, 6000)
    made = Desk(workspace)
    look().put_on(made.settings.scheme, made.settings.points)
    answer(made.calls, "vault.unlock", passphrase=PASSPHRASE)
    yield made
    made.close()


@pytest.fixture(scope="module")
def window(desk):
    from desktop.window import Window

    made = Window(desk)
    made.resize(1366, 820)
    made.show()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def page(desk, window, folder):
    """The order of a run into a target without any rows."""
    until(lambda: not any(job.alive for job in desk.jobs), 60)
    (folder / "test.db").write_bytes(b"")
    desk.open_project(Project(str(folder / "shop-qa.toml"), "shop-prod", "shop-test"))
    page = window.show_page("run", {})
    page.show_prepare()
    checked(page)
    page.prepare.options.assess.setChecked(False)
    page.prepare.options.rows_per_second.setValue(0)
    return page


def checked(page) -> None:
    until(lambda: (page._check is not None or page._fault) and page._asked is None, 60)
    assert page._fault == ""


def click(button) -> None:
    until(button.isVisible, 5)
    assert button.isEnabled(), button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def completed(page) -> None:
    before = page.panel.job
    click(page.prepare.run)
    until(lambda: page.panel.job not in ("", None, before), 60)
    until(lambda: "Pass" in page.verdict.verified.state.text(), 60)
    until(page.evidence.isEnabled)


def test_a_run_is_ordered_paused_cancelled_and_leaves_its_target_empty(page, folder):
    prepare = page.prepare
    assert "The plan fits both databases" in prepare.checklist.text
    assert "The target is empty." in prepare.checklist.text
    assert "worth knowing" not in prepare.checklist.text or prepare.problems.isVisible()
    prepare.options.rows_per_second.setValue(1500)
    click(prepare.run)
    until(lambda: page.panel.view is not None and page.panel.view.state == "running" and page.panel.view.rows > 0, 60)
    until(lambda: page.panel.far.text() and page.panel.tables.source.grid.rows == 3)
    assert "of about 6,000 rows" in page.panel.far.text()
    click(page.panel.buttons.pause)
    asked = monotonic()
    until(lambda: "Paused" in page.panel.state.text(), 5)
    assert monotonic() - asked < 2
    click(page.panel.buttons.go_on)
    until(lambda: "Running" in page.panel.state.text(), 5)
    page.panel.buttons.cancel.click()
    asking = page.panel.buttons.asking
    assert "emptied" in asking.informativeText()
    click(page.panel.buttons.sure)
    until(lambda: "Cancelled" in page.panel.state.text(), 20)
    assert rows_of(folder / "test.db", "customer") == 0
    assert "Not made" in page.verdict.verified.state.text()
    assert not page.evidence.isEnabled()


def test_a_complete_run_is_verified_and_only_replaced_by_who_types_the_targets_name(page, desk, folder):
    order = next(action for action in page.offered if action.text() == "Run the plan")
    assert [keys.toString() for keys in order.shortcuts()] == ["Ctrl+Return", "Ctrl+Enter"]
    completed(page)
    assert "6,000 rows" in page.verdict.run.said.text()
    assert "no orphan" in page.verdict.verified.said.text()
    gone = []
    desk.asked_for.connect(lambda name, where: gone.append((name, where)))
    click(page.evidence)
    assert gone[-1][0] == "evidence"
    assert gone[-1][1]["job"]
    desk.go("run")
    click(page.once_more)
    checked(page)
    prepare = page.prepare
    assert prepare.options.replace.isChecked()
    assert not prepare.run.isEnabled()
    QTest.keyClicks(prepare.confirm, "shop-tes")
    assert not prepare.run.isEnabled()
    QTest.keyClicks(prepare.confirm, "t")
    assert prepare.run.isEnabled()
    prepare.options.new.click()
    assert not prepare.run.isEnabled()
    assert "not empty" in prepare.misfit.text


def test_run_again_waits_for_the_name_of_what_it_overwrites_and_then_goes(page, desk):
    completed(page)
    desk.go("run", again=desk.project)
    until(lambda: page.banner.isVisible(), 60)
    assert "type the target's name" in page.banner.text
    QTest.keyClicks(page.prepare.confirm, "shop-test")
    QTest.keyClick(page.prepare.confirm, Qt.Key.Key_Return)
    until(lambda: page.stack.currentIndex() == 2 and page.panel.view is not None, 60)
    until(lambda: page.panel.view.state == "complete", 60)
    assert page.panel.view.mode == "replace"
    until(lambda: not any(job.alive for job in desk.jobs), 60)


def test_a_target_with_rows_of_others_is_no_target(page, desk, folder):
    with sqlite3.connect(folder / "other.db") as connection:
        connection.executescript("CREATE TABLE theirs (a INTEGER); INSERT INTO theirs VALUES (1);")
    page.prepare.target.activated.emit(page.prepare.target.findText("shop-other"))
    until(lambda: desk.project.target == "shop-other")
    checked(page)
    assert "rows that are not ours" in page.prepare.checklist.text
    assert not page.prepare.run.isEnabled()
    assert rows_of(folder / "other.db", "theirs") == 1


def test_a_source_is_never_a_target_and_the_page_says_whose_role_forbids_it(page, desk, folder):
    answer(desk.calls, "connections.list")
    desk.open_project(Project(str(folder / "shop-qa.toml"), "shop-prod", "shop-prod"))
    page.check()
    until(lambda: "the source itself" in page.prepare.checklist.text, 60)
    assert not page.prepare.run.isEnabled()
    until(page.prepare.checklist.buttons["target"].isVisible)


def test_undecided_columns_block_the_run_and_the_button_goes_to_the_privacy_hub(page, desk, tmp_path):
    from connectors import open_database
    from engine.planning import Asked, make_plan

    plan = tmp_path / "undecided.toml"
    with open_database(answer_url(desk, "shop-prod")) as source:
        make_plan(source, plan, Asked())
    desk.open_project(Project(str(plan), "shop-prod", "shop-test"))
    until(lambda: "undecided" in page.prepare.checklist.text, 60)
    assert not page.prepare.run.isEnabled()
    gone = []
    desk.asked_for.connect(lambda name, where: gone.append(name))
    click(page.prepare.checklist.buttons["decide"])
    assert gone == ["discover"]


def answer_url(desk, name: str) -> str:
    return next(each.url for each in answer(desk.calls, "connections.list") if each.name == name)


def test_a_plan_that_is_not_there_is_said_and_nothing_runs(page, desk, tmp_path):
    desk.open_project(Project(str(tmp_path / "gone.toml"), "shop-prod", "shop-test"))
    until(lambda: not page.prepare.run.isEnabled())
    assert page.prepare.checklist.steps


def test_every_field_of_the_order_has_a_name_and_can_be_reached_by_tab(page):
    from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit

    page.prepare.options.more.setChecked(True)
    kinds = (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox)
    for widget in (each for kind in kinds for each in page.prepare.findChildren(kind)):
        if widget.isVisible() and widget.objectName() != "qt_spinbox_lineedit":
            assert widget.accessibleName() or getattr(widget, "text", str)(), widget
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget
    page.prepare.options.more.setChecked(False)
