"""From two databases to sealed evidence and reports: what is said is true of targets whose answer is known, and quotes no value."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors import open_database
from engine.assess import Assessing, assess
from engine.assessment.context import Context
from engine.assessment.policy import read_policy
from engine.assessment.result import Risk
from engine.assessment.spec import AssessSpec
from engine.assessment.store import AssessmentFolder
from engine.clone import clone
from engine.keys import MaskingKey
from engine.plan_toml import read_plan
from engine.report.files import write_reports
from engine.risk import attack_class
from engine.workspace import open_workspace
from tests.bench.assessment.known_answers import made

ATTACKS = ("replay", "membership_distance", "linkability", "inference", "singling_out", "classes")
MARK = "Zqx"
PLAN = """
version = 1
name = "canary"
key = "canary"
accept = ["lock-missing", "source-writable", "copy-personal"]
[tables.person]
treatment = "mask"
[tables.person.columns]
id = { mask = "pseudonym" }
name = { mask = "full_name" }
sex = { keep = "asked" }
income = { keep = "asked" }
born = { keep = "asked" }
odd = { keep = "asked" }
[tables.visit]
treatment = "mask"
[tables.visit.columns]
id = { mask = "pseudonym" }
person = { mask = "pseudonym" }
at = { keep = "asked" }
code = { keep = "asked" }
"""


def attacked(which: str, folder: Path, seed: int = 0) -> dict[tuple[str, str], Risk]:
    """What the attacks find of all that people own."""
    found = made(which, folder, 700, seed)
    [entity] = found.entities
    attacks = (attack_class(name)() for name in ATTACKS)
    risks = (risk for attack in attacks for risk in attack.measure(found, entity.scope, Context(seed, 2.0)))
    return {(risk.attack, risk.measure): risk for risk in risks}


def test_of_a_copy_every_attack_alarms_near_certainty(tmp_path: Path) -> None:
    found = attacked("copied", tmp_path)
    for figure in (
        ("replay", "whole records"), ("linkability", "k=1"), ("inference", "worst"), ("singling_out", "multivariate"),
        ("classes", "matched"),
    ):  # fmt: skip
        risk = found[figure]
        assert risk.alarm
        assert risk.risk is not None
        assert risk.risk.high > 0.9
    assert {name for name, _ in found if any(found[each].alarm for each in found if each[0] == name)} == set(ATTACKS)


@pytest.mark.parametrize("which", ["noise", "fresh"])
def test_of_what_is_nobodys_no_attack_alarms_and_every_interval_holds_0(which: str, tmp_path: Path) -> None:
    """What `classes` says of the source itself is no finding."""
    found = {at: risk for at, risk in attacked(which, tmp_path).items() if not at[1].startswith("source ")}
    assert not [at for at, risk in found.items() if risk.alarm]
    assert not [at for at, risk in found.items() if risk.risk is not None and risk.risk.low > 0]


def canaries(path: Path) -> set[str]:
    """A source of which every value of every column is told from anything else there is; these values."""
    drawn = random.Random(1)
    days = [f"18{year}-0{month}-11" for year in range(61, 90) for month in (2, 7)]
    people = [
        (70_310_007 + n, f"{MARK} name {n}", f"{MARK} sex {n % 2}", 8_100_017 + 1000 * drawn.randrange(90),
         drawn.choice(days), drawn.choice([7_310_001, f"{MARK} odd", 31_410.625, None, f"{MARK} blob".encode()]))
        for n in range(120)
    ]  # fmt: skip
    visits = [
        (n, person[0], f"{drawn.choice(days)} 10:17:00", f"{MARK} code {drawn.randrange(5)}")
        for n, person in enumerate(drawn.choices(people, k=240))
    ]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            "create table person (id integer primary key, name text, sex text, income integer, born date, odd);"
            "create table visit (id integer primary key, person integer references person (id), at timestamp, code text)"
        )
        connection.executemany("insert into person values (?, ?, ?, ?, ?, ?)", people)
        connection.executemany("insert into visit values (?, ?, ?, ?)", visits)
    numbers = {str(value) for person in people for value in (person[0], person[3], 7_310_001, 31_410.625)}
    return {MARK, *days} | numbers


def test_no_value_of_the_source_is_in_evidence_progress_or_the_releasable_report(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    values = canaries(tmp_path / "source.db")
    plan, key, workspace = read_plan(PLAN), MaskingKey("canary", b"c" * 32), open_workspace(tmp_path / "w")
    folder = AssessmentFolder(workspace.run("assessment").folder)
    told: list[str] = []
    with (
        open_database(f"sqlite:///{tmp_path}/source.db") as source,
        open_database(f"sqlite:///{tmp_path}/target.db") as target,
    ):
        clone(plan, source, target, key, workspace=workspace)
        found = assess(
            Assessing(
                plan, source, target, key, workspace, folder,
                AssessSpec(seconds=20, skip=("prediction", "detection", "detection_entities")), read_policy("strict"),
                progress=lambda progress: told.append(repr(progress)),
            )
        )  # fmt: skip
    write_reports(found, folder.figures(key), tmp_path / "reports")
    files = [folder.evidence, *(tmp_path / "reports").glob("releasable.*[ln]"), tmp_path / "reports" / "internal.json"]
    said = [file.read_text() for file in files] + told + [*capfd.readouterr(), caplog.text]
    assert len(files) == 4
    assert not [value for value in values for text in said if value in text]
    assert found.risks
    assert not [each for each in (*found.risks, *found.quality) if "mistake of ours" in each.because]
