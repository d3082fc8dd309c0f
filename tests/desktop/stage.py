"""A workspace in which everything has happened already: connections, a plan with something left to decide, a run, its assessment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from connectors import open_database
from desktop.settings import Project, Settings, write_settings
from engine.assessments import assess_plan
from engine.catalog import open_catalog
from engine.demo import build
from engine.keystore import open_keystore
from engine.planning import Asked, make_plan
from engine.roles import Role
from engine.runs import Office, read_plan_file, run_plan
from engine.verifications import verify_run
from engine.workspace import open_workspace

PASSPHRASE = "a passphrase of the tests"
LARGE = "clinic-large"
"""A second source, its plan and its target, for a run that takes a while."""


@dataclass(frozen=True)
class Stage:
    workspace: Path
    project: Project
    run: str
    assessment: str


def stage(folder: Path, patients: int = 400, *, accept: bool = True, policy: str = "internal-test") -> Stage:
    """Build it under this folder. `accept`: every column of the plan is decided."""
    folder.mkdir(parents=True, exist_ok=True)
    source, target, plan = folder / "clinic.db", folder / "masked.db", folder / "clinic-qa.toml"
    build(source, patients=patients)
    urls = [f"sqlite:///{each}" for each in (source, target)]
    workspace = open_workspace(folder / "workspace")
    office = Office(workspace, open_catalog(workspace.catalog), open_keystore(workspace.folder, lambda: PASSPHRASE))
    addresses = ("clinic-prod", "clinic-test")
    for name, url, role in zip(addresses, urls, (Role.SOURCE, Role.TARGET), strict=True):
        office.catalog.save_connection(name, url, role)
    with open_database(urls[0]) as origin, open_database(urls[1]) as goal:
        make_plan(origin, plan, Asked(accept=True))
        file = read_plan_file(plan)
        evidence = run_plan(file, origin, goal, office, addresses=addresses)
        assert verify_run(file, goal, office, source=origin, run=evidence.run, addresses=addresses).ok
        assessed = assess_plan(file, origin, goal, office, policy=policy, run=evidence.run, addresses=addresses)
        if not accept:
            plan.unlink()
            make_plan(origin, plan, Asked())
    office.catalog.close()
    project = Project(str(plan), "clinic-prod", "clinic-test")
    write_settings(workspace.folder, Settings(first_run=False).opened(project))
    return Stage(workspace.folder, project, evidence.run, assessed.id)


def large(folder: Path, patients: int = 21_500) -> None:
    """Beside a stage: some 200,000 rows, and a plan in which every column is decided."""
    source, target = folder / f"{LARGE}.db", folder / f"{LARGE}-test.db"
    build(source, patients=patients)
    with open_catalog(open_workspace(folder / "workspace").catalog) as catalog:
        catalog.save_connection(LARGE, f"sqlite:///{source}", Role.SOURCE)
        catalog.save_connection(f"{LARGE}-test", f"sqlite:///{target}", Role.TARGET)
    with open_database(f"sqlite:///{source}") as origin:
        make_plan(origin, folder / f"{LARGE}.toml", Asked(accept=True))
