"""A finished target is attacked and measured by the command line: masked, cut, taken up after a kill, and held against a policy."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engine.assessment.assessed import check_seal, sealed
from engine.catalog.store import open_catalog
from engine.commands.status import Status
from engine.risk import registry as attacks
from tests.walk.shop_walk import Walk

PLAN = """
version = 1
name = "shop"
key = "shop"
accept = ["lock-missing", "source-writable", "copy-personal"]
{more}
[tables.country]
treatment = "copy"
reason = "a list of countries"
[tables.clerk]
treatment = "mask"
[tables.clerk.columns]
id = {{ mask = "pseudonym" }}
name = {{ mask = "full_name" }}
email = {{ mask = "email" }}
[tables.customer]
treatment = "mask"
[tables.customer.columns]
id = {{ mask = "pseudonym" }}
email = {{ mask = "email" }}
name = {{ mask = "full_name" }}
age = {{ keep = "not identifying" }}
country = {{ keep = "not identifying" }}
joined = {{ keep = "not identifying" }}
friend = {{ mask = "pseudonym" }}
[tables.order]
treatment = "mask"
[tables.order.columns]
id = {{ mask = "pseudonym" }}
customer_id = {{ mask = "pseudonym" }}
clerk = {{ mask = "pseudonym" }}
placed = {{ keep = "not identifying" }}
total = {{ keep = "not identifying" }}
status = {{ keep = "not identifying" }}
[tables.item]
treatment = "mask"
[tables.item.columns]
order_id = {{ mask = "pseudonym" }}
line = {{ keep = "a number" }}
qty = {{ keep = "a number" }}
price = {{ keep = "a number" }}
"""
QUICK = '[assess]\nseconds = 30\npeople = ["customer"]\nskip = ["prediction", "workload", "detection", "detection_entities"]\n'
ENTITY = "customer with order, item"


@pytest.fixture
def masked(walk: Walk) -> Walk:
    """A walk whose target is masked by this plan: names replaced, everything else as it was."""
    status, evidence = walk.run(walk.plan(PLAN.format(more=QUICK)))
    assert status == 0, evidence
    return walk


def assess(walk: Walk, *more: str, target: str = "target.db") -> tuple[int, dict[str, Any]]:
    plan = str(walk.folder / "plan.toml")
    return walk("assess", "--source", walk.source, "--target", walk.target(target), "--plan", plan, *more)


def risks(said: dict[str, Any], attack: str, scope: str) -> dict[str, dict[str, Any]]:
    return {each["measure"]: each for each in said["risks"] if (each["attack"], each["scope"]) == (attack, scope)}


def test_names_are_masked_and_people_are_found_again_by_what_they_own(masked: Walk) -> None:
    status, said = assess(masked, "--report", str(masked.folder / "report"))
    assert status == 0, said
    assert said["verdict"] == "no policy"
    found = risks(said, "rematching", ENTITY)["everything"]
    assert found["low"] > 0.9
    assert found["alarm"]
    assert said["guarantee"]["kind"] == "none"
    validity = [each for each in said["quality"] if each["passed"] is not None]
    assert validity
    assert all(each["passed"] for each in validity)
    assert "mistake of ours" not in json.dumps(said)
    names = {each["attack"] for each in said["risks"]}
    assert names <= set(attacks())
    assert {"singling_out", "linkability", "inference", "fingerprint", "rematching", "classes"} <= names
    _reported(masked, said)


def _reported(walk: Walk, said: dict[str, Any]) -> None:
    """The reports lie where they were asked for, sealed, for their owner alone; the releasable one says nothing of the source."""
    folder = walk.folder / "report"
    internal = check_seal((folder / "internal.json").read_text())
    assert internal["risks"] == said["risks"]
    outside = check_seal((folder / "releasable.json").read_text())
    assert {each["rests"] for each in outside["risks"] + outside["quality"]} <= {"target", "declared"}
    assert {each["source"] for each in outside["tables"].values()} == {None}
    for name in ("internal.html", "releasable.html"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
        page = (folder / name).read_text()
        assert "differential privacy" in page
        assert "<script" not in page
    [entry] = open_catalog(walk.folder / "w" / "catalog.db").entries("assessments")
    entered = json.loads(entry.payload)
    assert entered["seal"] == json.loads((folder / "internal.json").read_text())["sha256"]
    assert entered["releasable"] == json.loads((folder / "releasable.json").read_text())["sha256"]
    again, once_more = walk("assess", said["id"], "--report", str(walk.folder / "again"))
    assert (again, once_more) == (0, said)
    assert (walk.folder / "again" / "internal.html").read_text() == (folder / "internal.html").read_text()


def test_a_policy_that_the_target_does_not_pass_is_exit_status_4_and_named_line_by_line(masked: Walk) -> None:
    line = 'policy = 1\nname = "ours"\ntitle = "Ours"\n[[lines]]\nattack = "rematching"\nmeasure = "everything"\nmost = {most}\n'
    line += 'required = true\nsource = "us"\nmeaning = "few are found"\n'
    for most, expected, status in ((0.2, "fail", Status.REFUSED), (1.0, "pass", 0)):
        policy = masked.folder / "ours.toml"
        policy.write_text(line.format(most=most))
        found, said = assess(masked, "--policy", str(policy), "--entities", "200")
        assert (found, said["verdict"]) == (status, expected)
    assert walk_error(masked, "--policy", "lenient") == Status.USAGE


def walk_error(walk: Walk, *more: str) -> int:
    status, said = assess(walk, *more)
    assert "error" in said
    return status


def test_a_target_that_is_not_of_this_plan_is_not_measured_and_says_why(masked: Walk) -> None:
    text = (masked.folder / "plan.toml").read_text()
    (masked.folder / "plan.toml").write_text(
        text.replace('age = { keep = "not identifying" }', 'age = { mask = "null" }')
    )
    status, said = assess(masked, "--policy", "internal-test")
    assert (status, said["verdict"]) == (Status.REFUSED, "not measured")
    assert {each["state"] for each in said["risks"]} == {"not measured"}
    assert {each["value"] for each in said["risks"]} == {None}
    assert all("another version of the plan" in each["because"] for each in said["risks"])


def test_a_plan_that_says_so_is_assessed_when_its_run_is_complete(walk: Walk) -> None:
    plan = walk.plan(PLAN.format(more=QUICK + 'after_run = true\npolicy = "strict"\nentities = 100\n'))
    status, said = walk.run(plan)
    assert (status, said["state"]) == (Status.REFUSED, "complete")
    assert said["assessment"]["verdict"] == "fail"
    assert said["assessment"]["run"] == said["run"]


def test_people_outside_a_subset_are_the_control(walk: Walk) -> None:
    subset = '[subset]\nroots = [{ table = "customer", percent = 20 }]\n'
    status, said = walk.run(walk.plan(PLAN.format(more=subset + QUICK)))
    assert status == 0, said
    status, said = assess(walk)
    assert status == 0
    worst = risks(said, "inference", ENTITY)["worst"]
    assert worst["state"] == "measured"
    assert worst["control"]["value"] < worst["main"]["value"]


def test_a_killed_assessment_goes_on_and_measures_nothing_twice(masked: Walk) -> None:
    words = [
        "assess",
        "--source",
        masked.source,
        "--target",
        masked.target(),
        "--plan",
        str(masked.folder / "plan.toml"),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.cli", *words, *masked.words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    parts: list[Path] = []
    while len(parts) < 4:
        assert process.poll() is None
        time.sleep(0.02)
        parts = sorted(masked.folder.glob("w/runs/*/parts/*"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {part: part.stat().st_mtime_ns for part in masked.folder.glob("w/runs/*/parts/*")}
    [job] = [each for each in masked("jobs", "list")[1]["jobs"] if each["kind"] == "assess"]
    answer = masked.folder / "answer.json"
    with answer.open("wb") as out:
        words = ["jobs", "resume", job["id"]]
        resumed = subprocess.Popen([sys.executable, "-m", "engine.cli", *words, *masked.words], stdout=out)
    while resumed.poll() is None:
        assert not [part for part, written in before.items() if part.exists() and part.stat().st_mtime_ns != written]
        time.sleep(0.05)
    said = json.loads(answer.read_text())
    assert said["id"] == job["id"]
    assert risks(said, "rematching", ENTITY)["everything"]["alarm"]
    assert not list(masked.folder.glob("w/runs/*/parts"))


def test_an_assessment_that_was_exchanged_or_sealed_anew_is_refused(masked: Walk) -> None:
    """A file that fits its own seal is not enough: the catalog's chain says which seal it had."""
    _, said = assess(masked, "--policy", "internal-test")
    file = masked.folder / "w" / "runs" / said["id"] / "assessment.json"
    text = file.read_text()
    passed = json.loads(text)["content"]
    passed["verdict"] = passed["policy"]["verdict"] = "pass"
    for forged in (sealed(passed), sealed(passed | {"id": "another"})):
        file.write_text(forged)
        assert masked("assess", said["id"])[0] == Status.FAULT
    file.write_text(text)
    assert masked("assess", said["id"])[1] == said
    assert masked("assess", said["id"], "--policy", "strict")[0] == Status.USAGE
