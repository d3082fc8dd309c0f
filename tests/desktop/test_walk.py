"""The whole job at the window, as a person does it, from a connection to the exported report; then the command line verifies."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from desktop.models.jobs import JobView
from desktop.pages import PAGES
from desktop.pages.plan import PANELS
from engine.demo import build
from tests.desktop.conftest import PASSPHRASE
from tests.desktop.person import Person
from tests.desktop.stalls import monitored

PATIENTS = 250
RUN_SECONDS = 240.0


@pytest.fixture(autouse=True, scope="module")
def _read_once() -> None:
    """Code that was never read before is compiled first, which an installation does beforehand."""
    for place in (*PAGES.values(), *PANELS.values()):
        import_module(place.partition(":")[0])


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    build(tmp_path / "clinic.db", patients=PATIENTS)
    return tmp_path


def command(folder: Path, *words: str) -> tuple[int, dict]:  # type: ignore[type-arg]
    """`lookalike WORDS --json` on the window's workspace: its exit status and what it prints."""
    secret = folder / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    given = [*words, "--json", "--workspace", str(folder / "workspace"), "--passphrase-file", str(secret)]
    done = subprocess.run([sys.executable, "-m", "engine.cli", *given], capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}")


def connects(person: Person, name: str, file: Path, role: str, *, tested: bool = False) -> None:
    """A SQLite file under a name."""
    person.says("Connections")
    person.press("Add a connection")
    person.writes("Name", name)
    person.chooses("Kind of database", "SQLite")
    person.writes("Database or file", str(file))
    person.press(role)
    if tested:
        person.press("Test")
        person.sees("tables")
    person.press("Save")
    person.sees(f"Saved {name}")


def begins(person: Person, plan: Path, source: str, target: str) -> None:
    """A new project."""
    person.keys("Ctrl+N")
    person.chooses("Source", source)
    person.chooses("Target", target)
    person.writes("Plan file", str(plan))
    person.press("Make the project")


def runs(person: Person) -> None:
    """Through the check to a verified and assessed target."""

    def jobs() -> tuple[JobView, ...]:
        return person.window.desk.jobs

    plan = person.window.desk.plan
    person.waits(lambda: not plan.busy)
    person.keys("Ctrl+S")
    person.waits(lambda: plan.state is not None and plan.state.saved)
    person.says("Run")
    # Its entry in the navigation says the same, and is all there is until the page is made.
    person.sees("Before the run")
    person.press("Run", 60)
    person.waits(
        lambda: any(job.kind == "assess" and job.finished for job in jobs()), RUN_SECONDS, "it was not assessed"
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("keyboard", [False, True], ids=["mouse", "keyboard alone"])
def test_from_a_database_to_a_verified_copy_and_its_report(window, clinic: Path, keyboard: bool):
    person = Person(window, keyboard=keyboard)
    with monitored() as stalls:
        connects(person, "clinic", clinic / "clinic.db", "Source", tested=True)
        connects(person, "copy", clinic / "copy.db", "Target")
        begins(person, clinic / "clinic.toml", "clinic", "copy")
        person.says("Privacy hub")
        person.press("Discover")
        person.sees("undecided", 90)
        person.press(re.compile(r"Accept \d+ proposals"))
        person.sees("0 undecided", 60)
        person.says("Plan")
        person.tab("Preview")
        person.chooses("Table", "patient")
        person.sees("≠", 60)
        runs(person)
        person.press("Show evidence")
        person.sees("No guarantee: keyed pseudonymisation is not differential privacy", 60)
        person.press("Export…")
        person.writes("Folder for the reports", str(clinic / "reports"))
        person.press("Export")
        person.sees("Written:", 90)
        person.press("Close")
    assert stalls.found == [], str(stalls)
    assert {each.suffix for each in (clinic / "reports").iterdir()} >= {".html", ".pdf", ".json"}
    status, said = command(clinic, "verify", str(clinic / "clinic.toml"), "-s", "clinic", "-t", "copy")
    assert (status, said["ok"]) == (0, True)
