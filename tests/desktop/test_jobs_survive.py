"""Jobs outlive what ordered them: the window and its backend killed, the worker killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.jobs.events import JobState
from engine.jobs.ledger import Ledger
from tests.desktop.conftest import PASSPHRASE, answer, until
from tests.desktop.runs import rows_of, shop_project, verified

ROOT = Path(__file__).parents[2]
ROWS = 9000
WINDOW = """
import sys
from PySide6.QtTest import QTest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
application = QApplication([])
from desktop.desk import Desk
from desktop.window import Window
from tests.desktop.conftest import answer, until
desk = Desk(sys.argv[1])
answer(desk.calls, "vault.unlock", passphrase=sys.argv[2])
window = Window(desk)
window.show()
desk.open_project(desk.settings.recent[0])
page = window.show_page("run", {})
page.prepare.options.rows_per_second.setValue(1500)
page.prepare.options.assess.setChecked(False)
until(page.prepare.run.isEnabled, 60)
QTest.mouseClick(page.prepare.run, Qt.MouseButton.LeftButton)
until(lambda: page.panel.view is not None and page.panel.view.rows > 0, 60)
print(page.panel.job, desk.calls.pid, flush=True)
application.exec()
"""


@pytest.fixture
def shop(tmp_path):
    return tmp_path, *shop_project(tmp_path, ROWS)


def _window(workspace: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    return subprocess.Popen(
        [sys.executable, "-c", WINDOW, str(workspace), PASSPHRASE], cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def desk_on(qapp):
    from desktop.desk import Desk

    made = []

    def on(workspace: Path) -> Desk:
        desk = Desk(workspace)
        made.append(desk)
        answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
        return desk

    yield on
    for desk in made:
        desk.close()


def _shown(desk, qtbot, page: str):
    from desktop.window import Window

    window = Window(desk)
    qtbot.addWidget(window)
    window.resize(1366, 820)
    window.show()
    desk.open_project(desk.settings.recent[0])
    return window.show_page(page, {})


def test_a_run_goes_on_without_the_window_that_ordered_it_and_a_new_window_shows_it(shop, desk_on, qtbot):
    folder, workspace, project = shop
    window, desk = _window(workspace), desk_on(workspace)
    assert window.stdout is not None
    job, backend = window.stdout.readline().split()
    for process in (window.pid, int(backend)):
        os.kill(process, signal.SIGKILL)
    window.wait()
    assert Ledger(workspace / "jobs.db").job(job).state is JobState.RUNNING
    page = _shown(desk, qtbot, "run")
    until(lambda: page.panel.job == job and "Running" in page.panel.state.text())
    until(lambda: "Pass" in page.verdict.verified.state.text(), 60)
    assert "9,000 rows" in page.verdict.run.said.text()
    assert "no fault" in page.verdict.text
    assert page.evidence.isEnabled()
    assert rows_of(folder / "test.db", "purchase") == 6000
    assert verified(folder, project).ok


def test_a_job_whose_worker_was_killed_is_offered_to_be_resumed_and_ends_without_a_fault(shop, desk_on, qtbot):
    folder, workspace, project = shop
    desk = desk_on(workspace)
    page = _shown(desk, qtbot, "jobs")
    job = answer(
        desk.calls, "jobs.order", plan=project.plan, source=project.source, target=project.target, then=("verify",),
        rows_per_second=3000,
    )  # fmt: skip
    desk.go("jobs", job=job)
    until(lambda: page.panel.job == job and page.panel.view.rows > 0)
    worker = Ledger(workspace / "jobs.db").job(job)
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) == os.getpriority(os.PRIO_PROCESS, 0) + 5
    os.kill(worker.pid, signal.SIGKILL)
    until(lambda: "Interrupted" in page.panel.state.text(), 5)
    assert "Interrupted" in page.jobs.source.grid.text(0, 0)
    buttons = page.panel.buttons
    assert buttons.resume.isVisible()
    assert not buttons.pause.isVisible()
    buttons.resume.click()
    until(lambda: page.panel.view.state == "complete", 60)
    # What was ordered with the run follows also after it was taken up.
    until(lambda: any(each.kind == "verify" and each.outcome == "pass" for each in desk.jobs), 30)
    assert rows_of(folder / "test.db", "purchase") == 6000
    assert verified(folder, project).ok
