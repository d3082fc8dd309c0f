"""The Evidence page, driven by clicks and keys on what the engine really made and assessed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.backend.evidence import assessment, figures, run
from desktop.backend.evidence_told import metric_title
from desktop.backend.room import Call, Room
from engine.assessment.assessed import SealBroken, check_seal, seal, sealed
from engine.assessments import CHAIN
from engine.commands.status import UsageError
from tests.desktop.conftest import PASSPHRASE, answer, until
from tests.desktop.evidence_made import Made, masked_club


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return masked_club(tmp_path_factory.mktemp("evidence"), PASSPHRASE)


@pytest.fixture(scope="module")
def open_desk(made, qapp) -> Iterator[object]:  # type: ignore[no-untyped-def]
    """A desk on that workspace, its vault open."""
    from desktop.desk import Desk

    desk = Desk(made.workspace.folder)
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    yield desk
    desk.close()


@pytest.fixture
def page(open_desk, made, qtbot):  # type: ignore[no-untyped-def]
    shown = page_on(open_desk, qtbot)
    shown.entered(job=made.run.run)
    until(lambda: shown.summary is not None and shown.facts is not None)
    return shown


def page_on(desk, qtbot):  # type: ignore[no-untyped-def]
    from desktop.pages.evidence import EvidencePage

    shown = EvidencePage(desk)
    qtbot.addWidget(shown)
    shown.resize(1150, 780)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


def open_tab(page, qtbot, panel) -> None:  # type: ignore[no-untyped-def]
    """By the mouse, as a person would."""
    from PySide6.QtCore import Qt

    bar = page.tabs.tabBar()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(page.tabs.indexOf(panel)).center())
    assert page.tabs.currentWidget() is panel


def texts(grid) -> list[list[str]]:  # type: ignore[no-untyped-def]
    shown = grid.source.grid
    return [[shown.text(row, column) for column in range(len(shown.headings))] for row in range(shown.rows)]


def words(widget) -> str:  # type: ignore[no-untyped-def]
    """Everything that labels below this widget say."""
    from PySide6.QtWidgets import QLabel

    return "\n".join(each.text() for each in widget.findChildren(QLabel) if each.isVisibleTo(widget))


def test_the_cards_say_verdict_run_and_guarantee_in_the_engines_words(page, made):
    assert "Fail" in page.verdict.badge.text()
    assert page.verdict.sentence.text() == made.assessed.policy.sentence
    assert "Complete" in page.made.state.text()
    assert f"{made.run.rows:,} rows" == page.made.figure.text()
    assert "No verification is known" in page.made.verified.text()
    assert page.promised.said.text() == "No guarantee: keyed pseudonymisation is not differential privacy."
    assert "club" in page.runs.currentText()
    assert "assessed: fail" in page.runs.currentText()


def test_lines_that_fail_come_first_and_tell_what_they_mean_and_what_helps(page, made, qtbot):
    from PySide6.QtCore import Qt

    rows = texts(page.policy.grid)
    assert rows[0][0] == "Fail"
    assert len(rows) == len(made.assessed.policy.lines)
    failing = next(line for line in page.policy.lines if line.verdict == "fail")
    said = words(page.policy)
    assert failing.asked in said
    assert failing.meaning in said
    assert "What helps" in said
    assert "Not examined" in said
    assert made.assessed.left[0] in said
    page.policy.grid.setFocus()
    qtbot.keyClick(page.policy.grid, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    until(lambda: page.policy.lines[-1].meaning in words(page.policy))


def test_every_attack_stands_with_its_worst_figure_and_the_chart_says_values_under_the_pointer(page, made, qtbot):
    from engine.report.words import told

    open_tab(page, qtbot, page.risks)
    found = told(made.assessed.risks)
    assert [row[1] for row in texts(page.risks.grid)] == [each.title for each in found]
    until(lambda: found[0].sentence in words(page.risks))
    chart = page.risks.chart.chart
    until(lambda: chart.height() > 0 and bool(chart.marks))
    qtbot.mouseMove(chart, chart.marks[0].area.topLeft().toPoint())
    qtbot.mouseMove(chart, chart.marks[0].area.center().toPoint())
    until(lambda: "of 100; 95 % interval" in chart.said)
    assert "raises an alarm" in chart.said
    assert any(row.limit is not None for row in chart.drawing.rows)


def test_quality_begins_with_rules_and_says_whether_they_hold(page, made, qtbot):
    open_tab(page, qtbot, page.quality)
    rows = texts(page.quality.grid)
    rules = [each for each in made.assessed.quality if metric_title(each.metric) == rows[0][0]]
    assert rows[0][1] == "Validity"
    assert rules
    assert {row[0] for row in rows} == {metric_title(each.metric) for each in made.assessed.quality}


def test_figures_are_fetched_table_by_table_and_read_with_the_keyboard(page, qtbot):
    from PySide6.QtCore import Qt

    open_tab(page, qtbot, page.figures)
    until(lambda: page.figures.said)
    assert page.figures.cards[0].chart.drawing.nodes
    place = page.figures.shown.index("person")
    page.figures.grid.setFocus()
    for _ in range(place):
        qtbot.keyClick(page.figures.grid, Qt.Key.Key_Down)
    until(
        lambda: page.figures.table == "person" and any(c.chart.accessibleName() == "city" for c in page.figures.cards)
    )
    city = next(card.chart for card in page.figures.cards if card.chart.accessibleName() == "city")
    city.setFocus()
    qtbot.keyClick(city, Qt.Key.Key_Home)
    assert "source 2" in city.said or "source 1" in city.said
    assert "target" in city.said
    qtbot.keyClicks(page.figures.filter, "Order")
    assert page.figures.shown == ["Order"]


def test_details_filter_as_somebody_types_and_are_copied(page, made, qtbot):
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    open_tab(page, qtbot, page.details)
    everything = len(made.assessed.risks) + len(made.assessed.quality)
    assert page.details.grid.source.grid.rows == everything
    qtbot.keyClicks(page.details.filter, "keyuniq person")
    rows = texts(page.details.grid)
    assert rows
    assert all(row[0] == "Key uniqueness" for row in rows)
    assert page.details.grid.source.grid.tip(0, 0) == "KeyUniqueness"
    page.details.grid.selectRow(0)
    qtbot.keyClick(page.details.grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text().startswith("Key uniqueness\t")
    page.details.filter.clear()
    page.details.kind.setCurrentIndex(page.details.kind.findData("wrong"))
    assert 0 < page.details.grid.source.grid.rows < everything


def test_the_run_tells_its_tables_and_what_it_carried_over(page, made, qtbot):
    from desktop.widgets.grid import GridView

    open_tab(page, qtbot, page.about)
    rows = {row[0]: row for row in texts(page.about.tables)}
    assert set(rows) == {str(table.name) for table in made.run.tables}
    assert rows["person"][2] == "120"
    assert rows["Order"][5] == "1"  # one order of nobody's
    assert any(made.run.run in row for grid in page.about.findChildren(GridView) for row in texts(grid))


def test_reports_are_exported_in_every_format_to_the_folder_that_is_named(page, made, tmp_path, qtbot):
    from PySide6.QtCore import Qt

    folder = tmp_path / "for the officer"
    qtbot.mouseClick(page.export_button, Qt.MouseButton.LeftButton)
    dialog = page.dialog
    dialog.folder.setText(str(folder))
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    assert not dialog.go.isEnabled()
    until(lambda: dialog.go.isEnabled(), 60)
    names = {f"{report}.{format_}" for report in ("internal", "releasable") for format_ in ("html", "json", "pdf")}
    assert {file.name for file in folder.iterdir()} == names, dialog.banner.text
    assert all(str(folder / name) in dialog.files.text() for name in names)
    assert (folder / "internal.pdf").read_bytes().startswith(b"%PDF-")
    said = json.loads((folder / "internal.json").read_text())["content"]
    assert said["verdict"] == made.assessed.verdict
    assert "<html" in (folder / "releasable.html").read_text()
    dialog.reject()


def test_only_what_is_chosen_is_written(page, tmp_path, qtbot):
    page.export()
    dialog = page.dialog
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.reports["internal"].setChecked(False)
    dialog.formats["pdf"].setChecked(False)
    dialog.formats["json"].setChecked(False)
    qtbot.mouseClick(dialog.go, _left())
    until(lambda: dialog.go.isEnabled(), 60)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["releasable.html"]
    dialog.formats["html"].setChecked(False)
    assert not dialog.go.isEnabled()
    dialog.reject()


def _left():  # type: ignore[no-untyped-def]
    from PySide6.QtCore import Qt

    return Qt.MouseButton.LeftButton


def test_a_folder_that_cannot_be_written_is_said(page, tmp_path, qtbot):
    (tmp_path / "a file").write_text("")
    page.export()
    dialog = page.dialog
    dialog.folder.setText(str(tmp_path / "a file" / "below"))
    qtbot.mouseClick(dialog.go, _left())
    until(lambda: bool(dialog.banner.text), 60)
    assert "cannot be written" in dialog.banner.text
    assert "Choose another folder" in dialog.banner.text
    dialog.reject()


def test_an_assessment_that_was_changed_is_not_shown_as_if_it_were_true(made, tmp_path, qtbot):
    from desktop.desk import Desk

    folder = shutil.copytree(made.workspace.folder, tmp_path / "workspace")
    file = folder / "runs" / made.assessed.id / "assessment.json"
    file.write_text(file.read_text().replace('"verdict":"fail"', '"verdict":"pass"'))
    desk = Desk(folder)
    page = page_on(desk, qtbot)
    page.entered(job=made.assessed.id)
    until(lambda: page.banner.isVisible())
    assert "seal does not fit" in page.banner.text
    assert "Nothing of it is shown" in page.banner.text
    assert "Fail" not in page.verdict.badge.text()
    assert "Pass" not in page.verdict.badge.text()
    assert page.policy.grid.source.grid.rows == 0
    assert page.details.grid.source.grid.rows == 0
    assert not page.export_button.isEnabled()
    desk.close()


def test_figures_of_a_locked_vault_ask_for_its_passphrase_and_everything_else_is_shown(made, tmp_path, qtbot):
    from desktop.desk import Desk

    desk = Desk(shutil.copytree(made.workspace.folder, tmp_path / "workspace"))
    asked = []
    desk.locked.connect(asked.append)
    page = page_on(desk, qtbot)
    page.entered()
    until(lambda: page.summary is not None)
    assert "Fail" in page.verdict.badge.text()
    open_tab(page, qtbot, page.figures)
    until(lambda: bool(asked))
    assert "the vault opens them" in words(page.figures)
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    asked[0]()
    until(lambda: bool(page.figures.cards))
    desk.close()


def room_on(made: Made, folder: Path) -> Room:
    """The backend's side of a copy of the workspace, without a process."""
    return Room(shutil.copytree(made.workspace.folder, folder / "workspace"))


def test_an_assessment_of_a_newer_version_is_said_to_be_one(made, tmp_path):
    room = room_on(made, tmp_path)
    file = room.workspace.folder / "runs" / made.assessed.id / "assessment.json"
    newer = check_seal(file.read_text()) | {"format": 2}
    file.write_text(sealed(newer))
    entry = {"id": made.assessed.id, "run": made.run.run, "plan": "club", "verdict": "pass"}
    room.catalog.append(CHAIN, entry | {"seal": seal(newer), "releasable": ""})
    with pytest.raises(UsageError, match="made by another version of Lookalike"):
        assessment(room, Call(print), made.assessed.id)


def test_evidence_that_was_removed_is_said_to_be_missing(made, tmp_path):
    room = room_on(made, tmp_path)
    shutil.rmtree(room.workspace.folder / "runs" / made.assessed.id)
    (room.workspace.folder / "runs" / made.run.run / "evidence.json").unlink()
    with pytest.raises(UsageError, match="its folder may have been removed"):
        assessment(room, Call(print), made.assessed.id)
    with pytest.raises(UsageError, match="left no evidence"):
        run(room, Call(print), made.run.run)


def test_figures_that_were_changed_are_not_shown(made, tmp_path):
    room = room_on(made, tmp_path)
    room.unlock(PASSPHRASE)
    file = room.workspace.folder / "runs" / made.assessed.id / "figures"
    assert figures(room, Call(print), made.assessed.id).tables
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(SealBroken, match="damaged or were changed"):
        figures(room, Call(print), made.assessed.id)


def test_a_runs_evidence_that_was_changed_is_not_shown(made, tmp_path, qtbot):
    from desktop.desk import Desk

    folder = shutil.copytree(made.workspace.folder, tmp_path / "workspace")
    file = folder / "runs" / made.run.run / "evidence.json"
    file.write_text(file.read_text().replace('"rows":120', '"rows":121'))
    desk = Desk(folder)
    page = page_on(desk, qtbot)
    page.entered()
    until(lambda: "not the one that the catalog names" in page.banner.text)
    assert page.made.figure.text() == ""
    assert page.about.tables.source.grid.rows == 0
    desk.close()


def test_a_workspace_without_a_run_says_where_to_begin(desk, qtbot):
    page = page_on(desk, qtbot)
    went = []
    desk.asked_for.connect(lambda name, where: went.append(name))
    page.entered()
    until(lambda: page.nothing.isVisible())
    from PySide6.QtWidgets import QPushButton

    qtbot.mouseClick(page.nothing.findChild(QPushButton), _left())
    assert went == ["run"]


def test_no_message_to_the_window_is_large(open_desk, made):
    import pickle

    sizes = []
    for verb, arguments in (
        ("evidence.runs", {}), ("evidence.run", {"id": made.run.run}), ("evidence.assessment", {"id": made.assessed.id}),
        ("evidence.figures", {"id": made.assessed.id}), ("evidence.drawings", {"id": made.assessed.id, "table": "person"}),
    ):  # fmt: skip
        done = []
        open_desk.calls.ask(
            verb, done=done.append, told=lambda what: sizes.append(len(pickle.dumps(what))), **arguments
        )
        until(lambda done=done: bool(done))
        sizes.append(len(pickle.dumps(done[0])))
    assert max(sizes) < 200_000


def test_every_widget_that_can_be_used_has_a_name(page, qtbot):
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QTableView

    from desktop.widgets.charts import Chart

    open_tab(page, qtbot, page.risks)
    for kind in (QComboBox, QLineEdit, QTableView, Chart):
        nameless = [each for each in page.findChildren(kind) if each.isVisible() and not each.accessibleName()]
        assert not nameless, kind
    buttons = [each for each in page.findChildren(QAbstractButton) if each.isVisible() and each.focusPolicy()]
    assert all(each.text() or each.accessibleName() for each in buttons)


def test_an_assessment_under_another_policy_is_ordered_as_a_job_of_its_own(made, tmp_path, qtbot):
    from desktop.desk import Desk
    from engine.jobs.events import JobState
    from engine.jobs.ledger import Ledger

    folder = shutil.copytree(made.workspace.folder, tmp_path / "workspace")
    desk = Desk(folder)
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    said = []
    desk.noticed.connect(said.append)
    page = page_on(desk, qtbot)
    page.entered()
    until(lambda: page.facts is not None and page.summary is not None)
    page.verdict.policies.setCurrentIndex(page.verdict.policies.findData("ema"))
    qtbot.mouseClick(page.verdict.button, _left())
    until(lambda: bool(said), 90)
    assert "assessment runs" in said[0].text, said[0].text
    ledger = Ledger(folder / "jobs.db")
    job = next(each for each in ledger.jobs() if each.kind == "assess" and each.id != made.assessed.id)
    assert job.about is not None
    assert (job.about["policy"], job.about["run"]) == ("ema", made.run.run)
    if job.state.alive:
        answer(desk.calls, "jobs.ask", id=job.id, request="cancel")
    until(lambda: not ledger.job(job.id).state.alive, 90)
    page.entered()
    until(lambda: page.assessments.isVisible() and page.assessments.count() == 2)
    # The finished one stays what is shown, unless the new one was quicker than its cancellation.
    shown = made.assessed.id if ledger.job(job.id).state is not JobState.COMPLETE else None
    assert shown is None or page.entry.id == shown
    desk.close()
