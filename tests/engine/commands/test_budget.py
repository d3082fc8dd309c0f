"""`lookalike budget`: what was spent and by whom, and what a plan would spend."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from connectors.names import TableName
from engine import keystore, vault
from engine.catalog.store import open_catalog
from engine.cli import main
from engine.commands.status import Status
from engine.keystore import open_keystore
from engine.privacy.budget import Budget, PrivacyUnit
from engine.privacy.events import GaussianQuery, SampledSteps, Unprotected
from engine.privacy.ledger import open_ledger
from engine.privacy.release import Release

PLAN = """
version = 1
name = "clinic"
key = "clinic"
[privacy]
population = "people"
unit = "person"
epsilon = 1.0
delta = 1e-6
entities = 4500
[tables.person]
treatment = "synthesize"
[tables.person.columns]
id = { new = "key" }
age = { learn = "paid" }
"""


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore, "real_keyring", lambda: None)
    monkeypatch.setattr(vault, "real_keyring", lambda: None)


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """Those of every call."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("open sesame")
    passphrase.chmod(0o600)
    return ["--workspace", str(tmp_path / "w"), "--passphrase-file", str(passphrase)]


def _spend(tmp_path: Path, population: str, *events: GaussianQuery | SampledSteps | Unprotected) -> None:
    release = Release(
        "run-1", population, PrivacyUnit(TableName("person"), ("id",)), Budget(1.0, 1e-6), "f" * 64, "0" * 16,
        cap=2.0, actor="ann",
    )  # fmt: skip
    keys = open_keystore(tmp_path / "w", lambda: "open sesame")
    with open_catalog(tmp_path / "w" / "catalog.db") as catalog:
        for event in events:
            open_ledger(catalog, keys, release).append(event)


def test_nothing_spent_is_said_so_and_makes_no_vault(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["budget", *words]) == 0
    assert "Nothing was spent" in capsys.readouterr().out
    assert not (tmp_path / "w" / "vault").exists()


def test_every_population_is_listed_with_what_is_spent_and_its_cap(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    steps = SampledSteps("chain", 0.016, 4.0, 50)
    _spend(tmp_path, "people", GaussianQuery("categories", 12.0, 1e-7), steps, steps)
    assert main(["budget", "--json", *words]) == 0
    (found,) = json.loads(capsys.readouterr().out)["populations"]
    assert (found["population"], found["cap"], found["delta"], found["fault"]) == ("people", 2.0, 1e-6, None)
    assert 0 < found["spent"] < 1
    (release,) = found["releases"]
    assert (release["release"], release["actor"], release["spent"]) == ("run-1", "ann", found["spent"])
    assert [event["kind"] for event in release["events"]] == ["GaussianQuery", "SampledSteps"]
    assert release["events"][1]["steps"] == 100


def test_one_population_is_shown_with_everything_that_was_done_to_it(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _spend(tmp_path, "people", GaussianQuery("categories of 3 columns", 12.0))
    _spend(tmp_path, "others", GaussianQuery("categories of 9 columns", 12.0))
    assert main(["budget", "people", *words]) == 0
    said = capsys.readouterr().out
    assert "categories of 3 columns: Gaussian noise, sigma 12" in said
    assert "others" not in said
    assert main(["budget", "nobody", *words]) == Status.USAGE


def test_a_ledger_that_somebody_changed_is_named_and_what_the_vault_knows_still_counts(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _spend(tmp_path, "people", GaussianQuery("categories", 12.0))
    with sqlite3.connect(tmp_path / "w" / "catalog.db") as catalog:
        catalog.execute("UPDATE chain SET payload = '{}'")
    assert main(["budget", "--json", *words]) == Status.FAULT
    (found,) = json.loads(capsys.readouterr().out)["populations"]
    assert "entry 1 was changed" in found["fault"]
    assert found["spent"] > 0


def test_data_read_without_noise_leaves_no_figure(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    release = Release(
        "run-1", "people", PrivacyUnit(TableName("person"), ("id",)), Budget(float("inf"), 1e-6), "f" * 64, "0" * 16
    )
    keys = open_keystore(tmp_path / "w", lambda: "open sesame")
    with open_catalog(tmp_path / "w" / "catalog.db") as catalog:
        open_ledger(catalog, keys, release).append(Unprotected("all of training"))
    assert main(["budget", *words]) == 0
    assert "no guarantee" in capsys.readouterr().out
    assert main(["budget", "--json", *words]) == 0
    assert json.loads(capsys.readouterr().out)["populations"][0]["spent"] is None


def test_an_estimate_spends_nothing_and_needs_no_row(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(tmp_path / "source.db") as source:
        source.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, age INTEGER)")
    (tmp_path / "plan.toml").write_text(PLAN)
    asked = ["budget", "estimate", str(tmp_path / "plan.toml"), "--source", f"sqlite:///{tmp_path}/source.db", *words]
    assert main([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["recommended"] == {"model": "marginals", "epsilon": 8.0}
    assert (found["noise"][0]["entities"], found["noise"][0]["band"], found["spent"]) == (4500, "drowned", 0.0)
    assert not (tmp_path / "w" / "vault").exists()
