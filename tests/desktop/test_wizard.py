"""The first steps: from an empty workspace to a verified and assessed target; left at any time, taken up by a new window."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.desk import Desk
from desktop.models.jobs import JobView
from desktop.models.wizard import At, Stand, Step, Told, Walk, jobs_of, next_of, sample_plan
from desktop.window import Window
from engine.processes import own_module
from tests.desktop.conftest import PASSPHRASE, answer, until

PATIENTS = 150
"""Fewer than the clinic has: it is the walk that is tested."""


@pytest.fixture
def wizard(window) -> Iterator[object]:  # type: ignore[no-untyped-def]
    page = window.show_page("wizard", {})
    page.patients = PATIENTS
    return page


def test_the_sample_is_masked_verified_and_assessed_and_the_command_line_reads_its_project(window, wizard, qtbot):
    QTest.mouseClick(wizard.go, Qt.MouseButton.LeftButton)
    until(lambda: bool(wizard.run) or bool(wizard.banner.text), 120)
    assert not wizard.banner.isVisible(), wizard.banner.text
    assert wizard.steps.outcome("build").startswith("14 tables")
    assert "0 undecided" in wizard.steps.outcome("decide")
    # Whatever else is looked at meanwhile.
    window.show_page("home", {})
    until(lambda: wizard.walk.done or wizard.walk.stuck, 240)
    assert wizard.walk.done, [wizard.steps.outcome(step.value) for step in Step]
    desk = window.desk
    assert [(desk.project.source, desk.project.target)] == [("sample-clinic", "sample-masked")]
    assert "SOURCE sample-clinic (read-only) → TARGET sample-masked" in window.windowTitle()
    assert not desk.settings.first_run
    assert any("The sample clinic is masked" in text for text in window.notices.texts)
    # What discovery found for it is in the hub.
    assert answer(desk.calls, "hub.detail", table="patient", column="email").rows
    said = _command_line(
        desk.workspace.folder, "verify", desk.project.plan, "-s", "sample-clinic", "-t", "sample-masked"
    )
    assert said["ok"]


def test_it_can_be_stopped_and_begun_again(window, wizard):
    QTest.mouseClick(wizard.go, Qt.MouseButton.LeftButton)
    assert not wizard.go.isVisible()
    QTest.mouseClick(wizard.stop, Qt.MouseButton.LeftButton)
    assert "Stopped" in wizard.banner.text
    assert wizard.go.isVisible()
    assert all(wizard.walk.of(step).at is At.WAITING for step in Step)
    until(lambda: wizard.desk.calls.waiting <= 1)


def test_a_run_that_an_earlier_window_began_is_shown(window, wizard):
    plan = str(sample_plan(window.desk.workspace.folder))
    run = JobView("7", "clone", "running", "sample-clinic", plan, "sample-clinic", "sample-masked", rows=500)
    window.desk.show_jobs([run])
    assert wizard.run == "7"
    assert wizard.steps.outcome("run") == "500 rows so far"
    assert wizard.stop.isVisible()
    window.desk.show_jobs([replace(run, state="failed", sentence="The source is gone.")])
    assert wizard.steps.outcome("run") == "did not work"
    assert wizard.banner.text == "The source is gone."
    assert wizard.go.isVisible()


def test_without_a_vault_the_passphrase_is_asked_for_first(qapp, tmp_path):
    window = Window(Desk(tmp_path / "workspace"))
    window.show()
    page = window.show_page("wizard", {})
    QTest.mouseClick(page.go, Qt.MouseButton.LeftButton)
    until(lambda: window.vault.dialog is not None)
    assert "A vault comes first" in page.banner.text
    QTest.keyClick(window.vault.dialog, Qt.Key.Key_Escape)
    assert page.go.isVisible()
    window.close()
    window.desk.close()


def test_one_s_own_database_goes_by_the_same_steps():
    assert next_of(Stand()) == "connections"
    assert next_of(Stand(connections=2)) == "project"
    assert next_of(Stand(2, plan=True, undecided=3)) == "discover"
    assert next_of(Stand(2, plan=True)) == "run"
    assert next_of(Stand(2, plan=True, ran=True)) == "evidence"


def test_the_steps_follow_the_ledger():
    jobs = [
        JobView("9", "assess", "running", "s", run="7", rows=12),
        JobView("8", "verify", "complete", "s", run="7", outcome="fault", sentence="Two orphans."),
        JobView("7", "clone", "complete", "s", rows=40),
        JobView("6", "verify", "complete", "s", run="5"),
    ]
    assert {step: job.id for step, job in jobs_of("7", jobs).items()} == {
        Step.RUN: "7",
        Step.VERIFY: "8",
        Step.ASSESS: "9",
    }
    walk = Walk().heard(Told(Step.SECRETS, At.DONE)).seen("7", jobs)
    assert [walk.of(step).at for step in (Step.RUN, Step.VERIFY, Step.ASSESS)] == [At.DONE, At.FAILED, At.RUNNING]
    assert walk.stuck
    assert Walk().failed("no disk").of(Step.SECRETS).sentence == "no disk"


def _command_line(workspace: Path, *words: str) -> dict[str, object]:
    word = workspace.parent / "passphrase"
    word.write_text(PASSPHRASE)
    word.chmod(0o600)
    options = ["--workspace", str(workspace), "--passphrase-file", str(word), "--json"]
    done = subprocess.run(own_module("engine.cli", *words, *options), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found
