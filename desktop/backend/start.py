"""How a person begins: the sample clinic made ready to run, what can be chosen for a project, and whose work this is made of."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.metadata import Distribution, distributions
from pathlib import Path

from connectors.database import Database, State
from desktop.backend.hub_discover import keep_findings
from desktop.backend.room import Call, Room
from desktop.models.about import Package
from desktop.models.wizard import SOURCE, TARGET, At, Sample, Step, Told, sample_plan
from engine.demo import PATIENTS, build
from engine.planning import Asked, decisions, make_plan
from engine.roles import Role
from engine.runs import masking_key
from engine.target_look import look_at_target
from engine.workspace import private_folder


def present(room: Room, call: Call, plans: tuple[str, ...]) -> tuple[str, ...]:
    """Those of these plans whose file is there."""
    return tuple(each for each in plans if Path(each).is_file())


def sample(room: Room, call: Call, patients: int = PATIENTS) -> Sample:
    """Make the sample clinic, its two connections and its plan; what is there of an earlier time stays. Tells each step as it begins
    and ends. Raises VaultError where the vault has no passphrase yet."""
    plan = sample_plan(room.workspace.folder)
    folder = private_folder(plan.parent)
    source, target = folder / "clinic.db", folder / "masked.db"
    call.tell(Told(Step.SECRETS, At.RUNNING))
    masking_key(room.keystore, "default")
    call.tell(Told(Step.SECRETS, At.DONE))
    _build(call, source, patients)
    call.tell(Told(Step.CONNECT, At.RUNNING))
    room.catalog.save_connection(SOURCE, f"sqlite:///{source}", Role.SOURCE)
    room.catalog.save_connection(TARGET, f"sqlite:///{target}", Role.TARGET)
    room.connections_changed()
    call.tell(Told(Step.CONNECT, At.DONE))
    call.control.check()
    call.tell(Told(Step.DECIDE, At.RUNNING))
    with room.open(SOURCE) as database:
        _plan(room, call, database, plan)
    return Sample(str(plan), SOURCE, TARGET, again=target.exists() and _complete(room))


def _complete(room: Room) -> bool:
    with room.open_target(TARGET) as goal:
        marker = look_at_target(goal).marker
    return marker is not None and marker.state is State.COMPLETE


def _build(call: Call, source: Path, patients: int) -> None:
    """The clinic's file, whole or not at all."""
    call.tell(Told(Step.BUILD, At.RUNNING))
    if not source.exists():
        draft = source.with_suffix(".new")
        draft.unlink(missing_ok=True)
        build(draft, patients=patients)
        draft.replace(source)
        # As a reader's login would be: the source is not for writing.
        source.chmod(0o444)
    call.control.check()
    call.tell(Told(Step.BUILD, At.DONE, counts=_counted(source)))


def _counted(source: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for name in names
            if not name.startswith("sqlite_")
        }
    return {"tables": len(rows), "rows": sum(rows.values()), "patients": rows["patient"]}


def _plan(room: Room, call: Call, source: Database, plan: Path) -> None:
    planned = make_plan(source, plan, Asked(accept=True), progress=lambda _: call.control.check())
    keep_findings(room, planned, SOURCE, plan.absolute())
    counted = decisions(planned.plan)
    masked, kept, undecided = (sum(counts[place] for counts in counted.values()) for place in range(3))
    call.tell(Told(Step.DECIDE, At.DONE, counts={"masked": masked, "kept": kept, "undecided": undecided}))


def licences(room: Room, call: Call) -> tuple[Package, ...]:
    """The packages that are installed here, with the licence that each says it has."""
    found = {each.name: Package(each.name, each.version, _licence(each)) for each in distributions() if each.name}
    return tuple(sorted(found.values(), key=lambda package: package.name.casefold()))


def _licence(package: Distribution) -> str:
    """The expression, else the classifiers, else the first words of the text."""
    metadata = package.metadata
    if said := metadata.get_all("License-Expression"):
        return str(said[0])
    classified = [line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or [] if "License ::" in line]
    text = " ".join(metadata.get_all("License") or [])
    return ", ".join(classified) or " ".join(text.split()).partition(",")[0][:80]
