"""A training that is killed or cancelled goes on where it was, and what it has spent is charged once."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from typing import Any

from engine.commands.status import Status
from tests.shoppers import shop_plan
from tests.walk.shop_walk import Walk

STEPS = 120


def _plan(walk: Walk) -> str:
    return walk.plan(shop_plan(options=f"steps = {STEPS}\nbatch = 16\nhidden = 4\nencoder = 8", model="vae"))


def _begun(walk: Walk, *words: str) -> subprocess.Popen[bytes]:
    """The verb in a process of its own, as soon as it has trained for some steps."""
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.cli", *words, *walk.words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    while not _blocks(walk):
        assert process.poll() is None, process.stdout and process.stdout.read()
        time.sleep(0.02)
    return process


def _blocks(walk: Walk) -> int:
    """How many blocks of steps are charged."""
    try:
        with sqlite3.connect(f"file:{walk.folder}/w/catalog.db?mode=ro", uri=True) as catalog:
            [(found,)] = catalog.execute("select count(*) from chain where payload like '%SampledSteps%'")
            return int(found)
    except sqlite3.Error:
        return 0


def _charged(walk: Walk) -> tuple[int, list[dict[str, Any]]]:
    """The steps of the one release, and its other events."""
    [population] = walk("budget")[1]["populations"]
    [release] = population["releases"]
    steps = [event for event in release["events"] if "steps" in event]
    return sum(event["steps"] for event in steps), [event for event in release["events"] if "steps" not in event]


def _went_on(walk: Walk, others: list[dict[str, Any]]) -> None:
    """All steps are charged once, and so is every query from before; what the model asks after training comes after."""
    steps, now = _charged(walk)
    assert (steps, now[: len(others)]) == (STEPS, others)
    assert len({event["what"] for event in now}) == len(now)


def test_a_killed_training_goes_on_and_no_step_is_charged_twice(walk: Walk) -> None:
    plan = _plan(walk)
    training = _begun(walk, "train", plan, "--source", walk.source, "--name", "first")
    training.kill()
    training.wait()
    steps, others = _charged(walk)
    assert 0 < steps < STEPS
    [job] = walk("jobs", "list")[1]["jobs"]
    status, model = walk("jobs", "resume", job["id"])
    assert (status, model["model"], model["guarantee"]["kind"]) == (0, "first", "dp")
    assert model["guarantee"]["epsilon"] <= 8
    _went_on(walk, others)
    assert not (walk.folder / "w" / "runs" / job["id"] / "training").exists()
    assert walk("sample", "first", "-o", str(walk.folder / "out"), "--keys", walk.source, "--entities", "9")[0] == 0
    status, refused = walk("jobs", "resume", job["id"])
    assert (status, "complete" in refused["error"]["message"]) == (Status.FAILED, True)


def test_a_killed_run_that_was_learning_goes_on_to_a_complete_target(walk: Walk) -> None:
    plan = _plan(walk)
    running = _begun(walk, "run", plan, "--source", walk.source, "--target", walk.target())
    running.kill()
    running.wait()
    others = _charged(walk)[1]
    [job] = walk("jobs", "list")[1]["jobs"]
    status, evidence = walk("jobs", "resume", job["id"], "--second-snapshot")
    assert (status, evidence.get("state")) == (0, "complete"), evidence
    _went_on(walk, others)
    assert walk.rows("pragma foreign_key_check") == []
    assert walk.rows("select count(*) from customer") != [(0,)]


def test_a_cancelled_run_leaves_its_target_empty_and_what_it_spent_in_the_ledger(walk: Walk) -> None:
    running = _begun(walk, "run", _plan(walk), "--source", walk.source, "--target", walk.target())
    running.send_signal(signal.SIGINT)
    assert running.wait() == Status.CANCELLED
    steps, others = _charged(walk)
    assert 0 < steps <= STEPS
    assert others
    tables = walk.rows(
        "select name from sqlite_schema where type = 'table' and name not like 'lookalike@_@_%' escape '@'"
    )
    assert [walk.rows(f'select count(*) from "{name}"') for (name,) in tables] in ([], [[(0,)]] * len(tables))
