"""The Jobs page: every job of the workspace, its tables and log, and what can be asked of it."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.jobs.events import JobState
from engine.jobs.ledger import Ledger
from tests.desktop.conftest import PASSPHRASE, answer, until
from tests.desktop.runs import rows_of, shop_project


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def desk(folder, qapp):
    from desktop.desk import Desk

    workspace, project = shop_project(folder, 4500)
    made = Desk(workspace)
    answer(made.calls, "vault.unlock", passphrase=PASSPHRASE)
    made.project = project
    yield made
    made.close()


@pytest.fixture(scope="module")
def page(desk):
    from desktop.window import Window

    window = Window(desk)
    window.resize(1366, 820)
    window.show()
    yield window.show_page("jobs", {})
    window.close()
    window.deleteLater()


def order(desk, **more) -> str:
    project = desk.project
    arguments = {"plan": project.plan, "source": project.source, "target": project.target, "then": ()} | more
    return answer(desk.calls, "jobs.order", **arguments)


def test_a_job_is_listed_with_its_tables_and_its_log_can_be_filtered_copied_and_followed_to_a_table(page, desk):
    job = order(desk)
    desk.go("jobs", job=job)
    until(lambda: page.panel.job == job and page.panel.view is not None and page.panel.view.state == "complete", 60)
    until(lambda: "Complete" in page.panel.log.lines.source.grid.text(page.panel.log.lines.source.grid.rows - 1, 2))
    listed = page.jobs.source.grid
    expected = ["Complete", "Run", "shop-qa", "4,500 rows"]
    until(lambda: expected in [[listed.text(row, place) for place in (0, 1, 2, 6)] for row in range(listed.rows)])
    tables = page.panel.tables.source.grid
    assert sorted((tables.text(row, 0), tables.text(row, 1), tables.text(row, 2)) for row in range(3)) == [
        ('"odd <b>name</b>"', "Done", "0"),
        ("customer", "Done", "1,500"),
        ("purchase", "Done", "3,000"),
    ]
    page.panel.tabs.setCurrentIndex(1)
    log = page.panel.log
    QTest.keyClicks(log.filter, "done with the table purchase".split()[-1])
    until(lambda: 0 < log.lines.source.grid.rows < 5)
    assert {log.lines.source.grid.text(row, 1) for row in range(log.lines.source.grid.rows)} == {"purchase"}
    QTest.mouseClick(log.copy, Qt.MouseButton.LeftButton)
    assert "purchase" in QApplication.clipboard().text()
    log.lines.selectRow(0)
    QTest.keyClick(log.lines, Qt.Key.Key_Return)
    assert page.panel.tabs.currentWidget() is page.panel.tables
    assert tables.text(page.panel.tables.currentIndex().row(), 0) == "purchase"
    log.filter.clear()


def test_a_lost_snapshot_is_a_choice_in_words_and_reading_what_is_missing_completes(page, desk, folder):
    job = order(desk, target="shop-other", rows_per_second=1000)
    desk.go("jobs", job=job)
    # The first table is there for good; the second one was read under a moment that will be gone.
    until(lambda: page.panel.job == job and page.panel.view.rows > 1600, 60)
    workspace = folder / "workspace"
    os.kill(Ledger(workspace / "jobs.db").job(job).pid, signal.SIGKILL)
    os.kill(json.loads((workspace / "runs" / job / "keeper.json").read_text())["pid"], signal.SIGKILL)
    until(lambda: page.panel.view.state == "lost", 10)
    page.panel.buttons.resume.click()
    until(lambda: page.panel.view.asks, 60)
    buttons = page.panel.buttons
    until(buttons.restart.isVisible)
    assert buttons.second.isVisible()
    assert not buttons.resume.isVisible()
    assert "choose how it goes on" in page.panel.phase.text()
    buttons.second.click()
    until(lambda: page.panel.view.state == "complete", 60)
    assert rows_of(folder / "other.db", "purchase") == 3000


def test_what_a_worker_says_before_its_job_began_comes_back_as_its_sentence(page, desk, folder):
    said = []
    desk.calls.ask(
        "jobs.order", failed=said.append, plan=str(folder / "none.toml"), source="shop-prod", target="shop-test"
    )
    until(lambda: bool(said), 60)
    assert "none.toml cannot be read" in said[0].sentence


def test_a_job_that_has_ended_cannot_be_paused_and_the_page_says_so(page, desk, folder):
    ledger = Ledger(folder / "workspace" / "jobs.db")
    ledger.start("ended", "train", {"plan": "/plans/other.toml", "source": "nowhere"})
    ledger.finish("ended", JobState.COMPLETE, "")
    said = []
    desk.calls.ask("jobs.ask", failed=said.append, id="ended", request="pause")
    until(lambda: bool(said))
    assert "does not run" in said[0].sentence


def test_jobs_are_filtered_by_words_and_by_what_needs_attention(page, desk, folder):
    ledger = Ledger(folder / "workspace" / "jobs.db")
    ledger.start("trouble", "train", {"plan": "/plans/other.toml", "source": "nowhere"})
    ledger.finish("trouble", JobState.FAILED, "the budget is spent")
    ledger.start("there", "run", {"plan": "/plans/other.toml", "source": "shop-prod", "target": "elsewhere"})
    ledger.finish("there", JobState.COMPLETE, "")
    until(lambda: any(job.id == "trouble" for job in desk.jobs))
    page.which.setCurrentIndex(page.which.findData("trouble"))
    until(lambda: page.jobs.source.grid.rows == 1)
    assert page.jobs.source.grid.text(0, 6) == "the budget is spent"
    page.which.setCurrentIndex(0)
    QTest.keyClicks(page.filter, "elsewhere")
    until(lambda: page.jobs.source.grid.rows == 1)
    assert page.jobs.source.grid.text(0, 3) == "shop-prod → elsewhere"
    page.filter.clear()
