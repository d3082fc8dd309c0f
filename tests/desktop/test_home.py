"""The landing page: projects of late with their last run, a new project, a plan that is there already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.desk import Desk
from desktop.models.home import Wanted, last_run, minute_of, proposed_place
from desktop.models.jobs import JobView
from desktop.pages.home import HomePage
from desktop.settings import Project, Settings
from engine.catalog import open_catalog
from tests.desktop.conftest import until


@pytest.fixture(scope="module")
def _desk(qapp, tmp_path_factory) -> Iterator[Desk]:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("home")
    made = Desk(folder / "workspace")
    with open_catalog(made.workspace.catalog) as catalog:
        for name in ("clinic-prod", "clinic-qa"):
            catalog.save_connection(name, f"sqlite:///{folder}/{name}.db")
    yield made
    made.close()


@pytest.fixture
def gone() -> list[tuple[str, dict[str, object]]]:
    return []


@pytest.fixture
def page(_desk, qtbot, gone, monkeypatch) -> HomePage:  # type: ignore[no-untyped-def]
    _desk.remember(Settings())
    _desk.show_jobs(())
    made = HomePage(_desk)
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.show()
    monkeypatch.setattr(_desk, "go", lambda page, **where: gone.append((page, where)))
    return made


def project_at(folder, name: str = "clinic-qa") -> Project:  # type: ignore[no-untyped-def]
    plan = folder / f"{name}.toml"
    plan.write_text("version = 1\n")
    return Project(str(plan), "clinic-prod", "clinic-qa")


def test_a_first_visit_offers_the_sample_and_can_be_told_not_to(page, gone):
    assert page.none.isVisible()
    QTest.mouseClick(page.try_it, Qt.MouseButton.LeftButton)
    assert gone == [("wizard", {})]
    QTest.mouseClick(page.not_now, Qt.MouseButton.LeftButton)
    assert not page.sample.isVisible()


def test_a_recent_project_says_its_last_run_and_runs_again(page, gone, tmp_path):
    project = project_at(tmp_path)
    page.desk.remember(replace(page.desk.settings, recent=(project,)))
    card = page.cards[0]
    assert card.when.text() == "Never run"
    assert not card.again.isEnabled()
    job = JobView(
        "7", "clone", "complete", "clinic-qa", project.plan, "clinic-prod", "clinic-qa", "2026-11-22T18:00:00.000+00:00"
    )
    page.desk.show_jobs([job])
    assert "Complete" in card.state.text()
    assert card.when.text().startswith("Last run 2026-11-22")
    QTest.mouseClick(card.again, Qt.MouseButton.LeftButton)
    assert gone[-1] == ("run", {"again": project})
    assert page.desk.project == project
    page.desk.plan.close()


def test_a_project_whose_plan_is_gone_says_so_and_can_be_forgotten(page, tmp_path):
    project = Project(str(tmp_path / "gone.toml"), "clinic-prod", "clinic-qa")
    page.desk.remember(replace(page.desk.settings, recent=(project,)))
    page.entered()
    until(lambda: "not found" in page.cards[0].state.text())
    assert not page.cards[0].open.isEnabled()
    QTest.mouseClick(page.cards[0].forget, Qt.MouseButton.LeftButton)
    assert page.cards == []
    assert page.none.isVisible()


def test_a_new_project_is_made_of_a_source_a_target_and_a_place(page, gone, tmp_path):
    QTest.mouseClick(page.new_, Qt.MouseButton.LeftButton)
    form = page.form
    until(lambda: form.source.count() == 2)
    assert form.isVisible()
    QTest.mouseClick(form.go, Qt.MouseButton.LeftButton)
    assert "plan's file" in form.banner.text
    form.source.choose("clinic-prod")
    assert form.plan.text().endswith("Lookalike/clinic-prod.toml")
    form.target.choose("clinic-prod")
    QTest.mouseClick(form.go, Qt.MouseButton.LeftButton)
    assert "same connection" in form.banner.text
    form.target.choose("clinic-qa")
    form.plan.selectAll()
    QTest.keyClicks(form.plan, str(tmp_path / "mine"))
    QTest.keyClick(form.plan, Qt.Key.Key_Return)
    assert page.desk.project == Project(str(tmp_path / "mine.toml"), "clinic-prod", "clinic-qa")
    assert gone[-1] == ("discover", {})
    assert not form.isVisible()
    page.desk.plan.close()


def test_a_plan_that_nobody_remembers_is_asked_for_its_databases(page, gone, tmp_path):
    project = project_at(tmp_path, "older")
    page.open_file(project.plan)
    form = page.form
    until(lambda: form.source.count() == 2)
    assert form.plan.text() == project.plan
    form.source.choose("clinic-prod")
    form.target.choose("clinic-qa")
    QTest.mouseClick(form.go, Qt.MouseButton.LeftButton)
    until(lambda: page.desk.project == project)
    page.desk.plan.close()
    # The next time it opens at once.
    page.desk.project = None
    page.open_file(project.plan)
    assert page.desk.project == project
    page.desk.plan.close()


def test_a_plan_that_is_not_there_is_not_opened(page, tmp_path):
    page.open_file(str(tmp_path / "nowhere.toml"))
    until(lambda: page.form.source.count() == 2)
    page.form.source.choose("clinic-prod")
    QTest.mouseClick(page.form.go, Qt.MouseButton.LeftButton)
    until(lambda: "There is no file" in page.form.banner.text)


def test_what_is_typed_is_held_against_what_a_project_needs():
    assert Wanted("", "a", "").missing() == "plan"
    assert Wanted("here.toml", "a", "").missing() == "absolute"
    assert Wanted("/x/here", "", "").missing() == "source"
    assert Wanted("/x/here", "a", "a").missing() == "same"
    assert Wanted("/x/here", "a", "").project == Project("/x/here.toml", "a", None)
    assert Wanted("~/x.toml", "a", "b").missing() == ""


def test_the_last_run_is_the_newest_of_the_plan_on_its_source(tmp_path):
    project = Project("/p.toml", "a", "b")
    jobs = [
        JobView("1", "clone", "failed", "p", "/p.toml", "a", "b", "2026-01-02"),
        JobView("2", "clone", "complete", "p", "/p.toml", "a", "b", "2026-01-01"),
        JobView("3", "assess", "complete", "p", "/p.toml", "a", "b", "2026-01-03"),
        JobView("4", "clone", "complete", "p", "/p.toml", "other", "b", "2026-01-04"),
    ]
    found = last_run(project, jobs)
    assert found is not None
    assert found.id == "1"
    assert minute_of("nonsense") == ""
    assert proposed_place(tmp_path, "") == ""
