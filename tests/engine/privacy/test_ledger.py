"""What is spent stays spent: over processes, workspaces and keys; whoever changes what is written is found."""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from connectors.names import TableName
from engine import keystore, vault
from engine.catalog.chain import canonical, link
from engine.catalog.store import Catalog, open_catalog
from engine.commands.status import Status, status_of
from engine.keystore import KeyStore, open_keystore
from engine.privacy.accountant import epsilon_of, noise_multiplier
from engine.privacy.anchor import LedgerFault
from engine.privacy.budget import Budget, OverBudget, PrivacyUnit
from engine.privacy.events import GaussianQuery, LaplaceQuery, SampledSteps, Unprotected
from engine.privacy.ledger import MemoryLedger, PopulationLedger, chain_of, open_ledger
from engine.privacy.release import Release

DELTA = 1e-6
CATEGORIES = GaussianQuery("categories of 3 columns", 12.0, delta=1e-7)
COUNT = LaplaceQuery("number of entities", 0.05)
BLOCK = SampledSteps("chain", 0.016, 4.0, 50)
FIRST = Release(
    "run-1", "people", PrivacyUnit(TableName("person"), ("id",)), Budget(1.0, DELTA), "f" * 64, "0123456789abcdef",
    bounds=(("visit", 20),), classes=(("person", "root"), ("visit", "owned")), actor="ann",
)  # fmt: skip
SECOND = replace(FIRST, id="run-2")


@dataclass(frozen=True)
class Office:
    folder: Path
    catalog: Catalog
    keys: KeyStore

    def ledger(self, release: Release = FIRST) -> PopulationLedger:
        return open_ledger(self.catalog, self.keys, release)


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore, "real_keyring", lambda: None)
    monkeypatch.setattr(vault, "real_keyring", lambda: None)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str], Office]]:
    """Call it for the office of a workspace of that name."""
    catalogs = []

    def office(name: str) -> Office:
        folder = tmp_path / name
        keys = open_keystore(folder, lambda: "open sesame")
        if "main" not in keys.names():
            keys.create("main")
        catalogs.append(open_catalog(folder / "catalog.db"))
        return Office(folder, catalogs[-1], keys)

    yield office
    for catalog in catalogs:
        catalog.close()


@pytest.fixture
def office(opened: Callable[[str], Office]) -> Office:
    return opened("here")


def test_a_new_population_has_spent_nothing(office: Office) -> None:
    ledger = office.ledger()
    ledger.check(Budget(1.0, DELTA))
    assert (ledger.events(), ledger.released(), ledger.spent(DELTA)) == ((), (), 0)


def test_events_are_there_for_the_next_process_and_equal_blocks_are_one(office: Office) -> None:
    ledger = office.ledger()
    for event in (CATEGORIES, BLOCK, COUNT, BLOCK):
        ledger.append(event)
    found = office.ledger(SECOND)
    assert set(found.events()) == {CATEGORIES, COUNT, replace(BLOCK, steps=100)}
    assert found.released() == ()
    assert found.spent(DELTA) == epsilon_of([CATEGORIES, COUNT, BLOCK, BLOCK], DELTA)


def test_the_first_entry_of_a_release_says_who_what_and_by_which_plan(office: Office) -> None:
    office.ledger().append(CATEGORIES)
    office.ledger().append(COUNT)
    first, second = (json.loads(entry.payload) for entry in office.catalog.entries(chain_of("people")))
    record = first["record"]
    assert record["unit"] == {"table": "person", "key": ["id"]}
    assert record["neighbours"] == "add or remove one entity"
    assert (record["planned"], record["cap"]) == ({"epsilon": 1.0, "delta": DELTA}, 1.0)
    assert (record["plan"], record["key"], record["actor"]) == ("f" * 64, "0123456789abcdef", "ann")
    assert (record["bounds"], record["classes"]) == ({"visit": 20}, {"person": "root", "visit": "owned"})
    assert {"lookalike", "dp-accounting"} <= set(record["versions"])
    assert "entropy" in record["randomness"]
    assert "record" not in second


def test_what_would_pass_the_cap_is_refused_and_not_written(office: Office) -> None:
    ledger = office.ledger()
    ledger.append(CATEGORIES)
    with pytest.raises(OverBudget, match="over its cap of 1") as refused:
        ledger.append(GaussianQuery("too much", 1.0))
    assert status_of(refused.value) is Status.REFUSED
    assert ledger.events() == (CATEGORIES,)


def test_another_training_of_the_same_people_needs_a_higher_cap(office: Office) -> None:
    office.ledger().append(GaussianQuery("all of it", 5.0))
    with pytest.raises(OverBudget, match=r"sample a stored model, which is free, or have the officer raise cap"):
        office.ledger(SECOND).check(Budget(1.0, DELTA))
    office.ledger(replace(SECOND, cap=2.0)).check(Budget(1.0, DELTA))


def test_a_release_that_the_check_let_in_is_not_refused_at_its_last_step(office: Office) -> None:
    """A short training is not shaped like a Gaussian query, and it takes of delta for a threshold."""
    office.ledger().append(GaussianQuery("all of it", 5.0, delta=1e-7))
    planned, before = Budget(0.2, DELTA), GaussianQuery("categories", 70.0, delta=1e-7)
    sigma = noise_multiplier([before], 0.0157, 2000, planned)
    training = SampledSteps("training", 0.0157, sigma, 2000)
    known = [*office.ledger().events(), before, training]
    least = epsilon_of(known, DELTA)
    for cap in (least * 0.99, least * 1.03):
        ledger = office.ledger(replace(SECOND, planned=planned, cap=cap))
        if cap < least:
            with pytest.raises(OverBudget):
                ledger.check(planned)
        else:
            ledger.check(planned)
            ledger.append(before)
            ledger.append(training)


def test_what_is_taken_up_again_is_not_held_against_itself(office: Office) -> None:
    office.ledger().append(GaussianQuery("half of it", 8.0))
    office.ledger().check(Budget(1.0, DELTA))


def test_a_release_above_its_cap_is_refused_before_anything_is_spent(office: Office) -> None:
    with pytest.raises(OverBudget):
        office.ledger(replace(FIRST, cap=0.5)).check(Budget(1.0, DELTA))


def test_reading_without_noise_leaves_no_guarantee_until_somebody_answers_for_its_end(office: Office) -> None:
    open_end = replace(FIRST, planned=Budget(math.inf, DELTA))
    office.ledger(open_end).append(Unprotected("all of training"))
    with pytest.raises(OverBudget, match="discarded"):
        office.ledger(SECOND).check(Budget(1.0, DELTA))
    with pytest.raises(OverBudget):
        office.ledger(SECOND).append(CATEGORIES)
    answered = office.ledger(replace(SECOND, discarded="J. Officer"))
    answered.check(Budget(1.0, DELTA))
    answered.append(CATEGORIES)
    assert answered.events() == (CATEGORIES,)
    assert office.ledger(open_end).spent(DELTA) == math.inf


def test_populations_do_not_spend_of_each_other(office: Office) -> None:
    office.ledger().append(CATEGORIES)
    assert office.ledger(replace(FIRST, population="others")).spent(DELTA) == 0
    assert office.ledger(replace(FIRST, population="p" * 5000)).spent(DELTA) == 0


def test_a_killed_process_has_written_what_it_was_about_to_do(office: Office) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from engine import keystore, vault
keystore.real_keyring = vault.real_keyring = lambda: None
from tests.engine.privacy.test_ledger import BLOCK, FIRST
from engine.catalog.store import open_catalog
from engine.keystore import open_keystore
from engine.privacy.ledger import open_ledger
folder = Path(sys.argv[1])
open_ledger(open_catalog(folder / "catalog.db"), open_keystore(folder, lambda: "open sesame"), FIRST).append(BLOCK)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", script, str(office.folder)], check=False)
    assert killed.returncode == -9
    assert office.ledger().events() == (BLOCK,)


def test_a_process_killed_between_catalog_and_vault_has_spent(office: Office) -> None:
    office.ledger().append(CATEGORIES)
    _write_in_the_catalog_alone(office)
    assert office.ledger().events() == (CATEGORIES, BLOCK)
    office.ledger().append(COUNT)
    assert set(office.ledger().events()) == {CATEGORIES, BLOCK, COUNT}
    assert next(iter(office.keys.populations()["people"].values())).ordinal == 3


def test_processes_at_once_lose_nothing_of_each_other(office: Office) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda place: office.ledger().append(replace(BLOCK, steps=place)), range(1, 9)))
    assert office.ledger().events() == (replace(BLOCK, steps=36),)


def test_a_new_catalog_beside_the_same_vault_begins_with_what_is_spent(office: Office) -> None:
    office.ledger().append(CATEGORIES)
    office.ledger().append(BLOCK)
    with open_catalog(office.folder / "new.db") as catalog:
        fresh = open_ledger(catalog, office.keys, FIRST)
        assert fresh.events() == (CATEGORIES, BLOCK)
        fresh.append(COUNT)
        assert set(fresh.events()) == {CATEGORIES, BLOCK, COUNT}
    assert set(office.ledger().events()) == {CATEGORIES, BLOCK, COUNT}


def test_a_key_carries_what_is_spent_to_another_workspace_and_back(opened: Callable[[str], Office]) -> None:
    here = opened("here")
    here.ledger().append(CATEGORIES)
    there = opened("there")
    there.keys.destroy("main")
    there.keys.import_(here.keys.export("main", "carried"), "carried")
    assert there.ledger().events() == (CATEGORIES,)
    there.ledger(SECOND).append(COUNT)
    here.keys.import_(there.keys.export("main", "back"), "back")
    assert set(here.ledger().events()) == {CATEGORIES, COUNT}


def test_an_older_export_takes_nothing_back(office: Office) -> None:
    old = office.keys.export("main", "carried")
    office.ledger().append(CATEGORIES)
    middle = office.keys.export("main", "carried")
    office.ledger().append(COUNT)
    for bundle in (old, middle):
        office.keys.import_(bundle, "carried")
    assert set(office.ledger().events()) == {CATEGORIES, COUNT}


def test_neither_a_rotated_nor_a_destroyed_key_gives_a_budget_back(office: Office) -> None:
    office.ledger().append(CATEGORIES)
    office.keys.rotate("main")
    assert office.ledger().events() == (CATEGORIES,)
    office.keys.destroy("main")
    office.keys.create("main")
    assert office.ledger().events() == (CATEGORIES,)


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["UPDATE chain SET payload = replace(payload, '12.0', '99.0') WHERE ordinal = 1"], "entry 1 was changed"),
        (["DELETE FROM chain WHERE ordinal = 2"], "entry 2 is missing"),
        (["DELETE FROM chain WHERE ordinal = 3"], "its head says otherwise"),
        (["DELETE FROM chain"], "its head says otherwise"),
        (
            [
                "DELETE FROM chain WHERE ordinal = 3",
                "UPDATE chain_head SET ordinal = 2, digest = (SELECT digest FROM chain WHERE ordinal = 2)",
            ],
            "ends at entry 2, and its anchor in the vault knows 3",
        ),
    ],
)
def test_an_entry_that_is_changed_removed_or_cut_off_is_found(
    office: Office, statements: list[str], named: str
) -> None:
    for event in (CATEGORIES, BLOCK, COUNT):
        office.ledger().append(event)
    with sqlite3.connect(office.folder / "catalog.db") as catalog:
        for statement in statements:
            catalog.execute(statement)
    with pytest.raises(LedgerFault, match=named) as found:
        office.ledger()
    assert "'people'" in str(found.value)
    assert status_of(found.value) is Status.REFUSED


def test_a_ledger_rewritten_with_good_hashes_is_not_the_one_that_the_vault_knows(office: Office) -> None:
    for event in (CATEGORIES, BLOCK, COUNT):
        office.ledger().append(event)
    first, *others = office.catalog.entries(chain_of("people"))
    entries = [first]
    for entry in others:
        payload = json.loads(entry.payload)
        payload["event"]["what"] = "nothing much"
        entries.append(link(entry.chain, entry.ordinal, entry.at, canonical(payload), entries[-1].digest))
    with sqlite3.connect(office.folder / "catalog.db") as catalog:
        for entry in entries:
            catalog.execute(
                "UPDATE chain SET payload = ?, previous = ?, digest = ? WHERE ordinal = ?",
                (entry.payload, entry.previous, entry.digest, entry.ordinal),
            )
        catalog.execute("UPDATE chain_head SET digest = ?", (entries[-1].digest,))
    with pytest.raises(LedgerFault, match="the ledger was replaced"):
        office.ledger()


def test_an_older_copy_of_the_catalog_is_found(office: Office) -> None:
    office.ledger().append(CATEGORIES)
    shutil.copy(office.folder / "catalog.db", office.folder / "older.db")
    office.ledger().append(COUNT)
    with open_catalog(office.folder / "older.db") as older, pytest.raises(LedgerFault, match="older copy"):
        open_ledger(older, office.keys, FIRST)


def test_an_older_copy_of_the_vault_is_found(opened: Callable[[str], Office]) -> None:
    office = opened("here")
    office.ledger().append(CATEGORIES)
    shutil.copy(office.folder / "vault", office.folder / "older")
    for _ in range(2):
        office.ledger().append(COUNT)
    shutil.copy(office.folder / "older", office.folder / "vault")
    with pytest.raises(LedgerFault, match="the vault is an older copy"):
        opened("here").ledger()


def test_a_ledger_in_memory_holds_to_its_cap_as_well() -> None:
    ledger = MemoryLedger(cap=1.0, events=[CATEGORIES])
    ledger.append(BLOCK)
    ledger.append(BLOCK)
    assert ledger.released() == (replace(BLOCK, steps=100),)
    assert ledger.events() == (CATEGORIES, replace(BLOCK, steps=100))
    with pytest.raises(OverBudget):
        ledger.append(GaussianQuery("too much", 1.0))
    with pytest.raises(OverBudget):
        ledger.check(Budget(1.0, DELTA))


def _write_in_the_catalog_alone(office: Office) -> None:
    payload = {
        "population": "people",
        "release": "run-1",
        "event": {"kind": "SampledSteps", "what": "chain", "q": 0.016, "sigma": 4.0, "steps": 50},
    }
    office.catalog.append(chain_of("people"), payload)


def test_the_same_people_have_no_second_budget_under_another_name(office: Office) -> None:
    here = replace(FIRST, source="5" * 64)
    office.ledger(here).append(CATEGORIES)
    renamed = replace(here, id="run-2", population="others")
    with pytest.raises(OverBudget, match="before as population 'people'"):
        office.ledger(renamed).check(Budget(1.0, DELTA))
    office.ledger(replace(renamed, apart="ann")).check(Budget(1.0, DELTA))
    office.ledger(replace(renamed, source="6" * 64)).check(Budget(1.0, DELTA))
    office.ledger(replace(renamed, unit=PrivacyUnit(TableName("clerk"), ("id",)))).check(Budget(1.0, DELTA))
    office.ledger(replace(here, id="run-3", cap=9.0)).check(Budget(1.0, DELTA))
