"""A workspace with evidence in it: a small club of people with orders, masked and assessed by the engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from connectors import open_database
from engine.assessment.assessed import Assessed
from engine.assessment.spec import AssessSpec
from engine.assessments import assess_plan
from engine.catalog import open_catalog
from engine.evidence import Evidence
from engine.keystore import open_keystore
from engine.plan_toml_write import write_plan
from engine.runs import Office, masking_key, read_plan_file, run_plan
from engine.workspace import Workspace, open_workspace
from tests.engine.assessment.finished import build, plan

PEOPLE = 120
ENOUGH = AssessSpec(
    entities=PEOPLE, seconds=4,
    skip=("fingerprint", "workload", "prediction", "detection", "detection_entities", "k_hop", "combinations", "intervals"),
)  # fmt: skip
"""Attacks and metrics of every kind, and few of them."""


@dataclass(frozen=True)
class Made:
    folder: Path
    workspace: Workspace
    run: Evidence
    assessed: Assessed
    plan: Path


def masked_club(folder: Path, passphrase: str, policy: str = "strict") -> Made:
    """Make it, in this process: clone, then assess."""
    workspace, path = open_workspace(folder / "workspace"), folder / "club.toml"
    source_url = build(folder / "club.db", PEOPLE)
    path.write_text(write_plan(plan()))
    office = Office(workspace, open_catalog(workspace.catalog), open_keystore(workspace.folder, lambda: passphrase))
    file = read_plan_file(path)
    masking_key(office.keystore, file.plan.key)
    with open_database(source_url) as source, open_database(f"sqlite:///{folder}/masked.db") as target:
        run = run_plan(file, source, target, office)
        assessed = assess_plan(file, source, target, office, spec=ENOUGH, policy=policy, run=run.run)
    return Made(folder, workspace, run, assessed, path)
