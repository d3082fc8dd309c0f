"""What a clone promises when it is stopped, on servers: cancelled, broken or killed, the target is empty or goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connectors import open_database
from connectors.names import TableName
from engine.clone import clone
from engine.evidence import Evidence
from engine.jobs.control import Cancelled, Control, Progress
from engine.keys import MaskingKey
from engine.masking.keep import Keep
from engine.masking.null import Null
from engine.masking.keyed_token import Token
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.verify import verify
from engine.workspace import open_workspace
from tests.oracle import reader
from tests.walk.sources import PEOPLE, build, build_empty

KEY = MaskingKey("k", b"k" * 32)
PERSON = TableName("person of note")
SERVERS = pytest.mark.parametrize("new_database", ["postgresql", "mariadb"], indirect=True)


def plan(url: str) -> Plan:
    """Tokens for addresses, no names, the rest kept: enough to see masking, little to compute."""
    with open_database(url) as source:
        schema = source.describe()
    masks = {"E-Mail": Token(), "First Name": Null(), "Last Name": Null()}
    tables = {}
    for table in schema.tables:
        rules = (Rule((c.name,), masks.get(c.name, Keep()), reason="for the test") for c in table.stored)
        tables[table.name] = TablePlan(Treatment.MASK, tuple(rules))
    return Plan("awkward", "k", tables)


def run(source_url: str, target_url: str, folder: Path, **options: object) -> Evidence:
    with open_database(source_url) as source, open_database(target_url) as target:
        return clone(plan(source_url), source, target, KEY, workspace=open_workspace(folder), **options)  # type: ignore[arg-type]


def faults(source_url: str, target_url: str, folder: Path) -> list[str]:
    with open_database(target_url) as target:
        return verify(plan(source_url), target, KEY, workspace=open_workspace(folder)).faults()


@SERVERS
def test_a_cancelled_run_leaves_a_fresh_target_without_tables_and_an_existing_one_without_rows(
    new_database, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    source, fresh, existing = build(new_database()), new_database(), build_empty(new_database())
    for target in (fresh, existing):
        control = Control()

        def stop(progress: Progress, control: Control = control) -> None:
            if progress.total_rows > 100:
                control.cancel()

        with pytest.raises(Cancelled, match="empty again"):
            run(source, target, tmp_path, progress=stop, control=control)
    assert list(reader(fresh).tables()) == []
    assert {reader(existing).count(name) for name in reader(existing).tables()} == {0}
    assert run(source, existing, tmp_path).state == "complete"
    assert faults(source, existing, tmp_path) == []


KILLED = """
import os, sys
from pathlib import Path
from engine import load
from tests.engine.test_clone_servers import run
load.CHUNK_ROWS = 50
def die(progress):
    if progress.total_rows >= 200:
        os.kill(os.getpid(), 9)
run(sys.argv[1], sys.argv[2], Path(sys.argv[3]), run_id="killed", progress=die)
"""


@SERVERS
@pytest.mark.parametrize("made", ["fresh", "existing"])
def test_a_killed_run_goes_on_where_it_stopped(new_database, tmp_path, made, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("engine.load.CHUNK_ROWS", 50)
    source = build(new_database())
    target = new_database() if made == "fresh" else build_empty(new_database())
    words = [source, target, str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *words], check=False, cwd=Path(__file__).parents[2], capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    evidence = run(source, target, tmp_path, run_id="killed", resume=True)
    assert evidence.snapshot.startswith("two snapshots")
    assert next(table for table in evidence.tables if table.name == PERSON).rows == PEOPLE
    assert faults(source, target, tmp_path) == []
