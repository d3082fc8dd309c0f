"""Runs and their assessments for the Evidence page: what was done, what was found, what it is drawn of; and reports as files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from desktop.backend.evidence_told import drawn_of, facts_of, figure_index, results_of, rows_of, summary_of
from desktop.backend.report_process import Order, report
from desktop.backend.room import Call, Room
from desktop.models.evidence import (
    MOST_RUNS,
    AssessmentEntry,
    Drawn,
    Exported,
    FigureIndex,
    RunEntry,
    RunFacts,
    Shelf,
    Summary,
)
from engine.assessment.assessed import Assessed, SealBroken
from engine.assessment.policy import POLICIES, read_policy
from engine.assessments import CHAIN, stored_assessment, stored_figures
from engine.catalog.store import Catalog
from engine.commands.status import UsageError
from engine.evidence import digest
from engine.evidence import loads as read_evidence
from engine.jobs.events import JobState
from engine.jobs.ledger import Job
from engine.keys import MaskingKey
from engine.keystore import KeyStore
from engine.report.figures import Figures, figures_read
from engine.sealed import SealError
from engine.vault import VaultError

PAGE = 250
"""Figures or tables in one message."""


def runs(room: Room, call: Call) -> Shelf:
    """Every run with its assessments, the newest first."""
    jobs = room.ledger.jobs()
    found = list(_runs(room.catalog, jobs))
    policies = tuple((name, read_policy(name).title) for name in POLICIES)
    return Shelf(tuple(found[:MOST_RUNS]), policies, max(0, len(found) - MOST_RUNS))


def _runs(catalog: Catalog, jobs: list[Job]) -> Iterator[RunEntry]:
    by_run: dict[str, list[AssessmentEntry]] = {}
    for entry in _assessments(catalog, jobs):
        by_run.setdefault(entry.run or "", []).append(entry)
    found = {run.id: RunEntry(run.id, run.plan, run.state, run.started) for run in catalog.runs()}
    by_id = {job.id: job for job in jobs if job.kind in ("clone", "assess")}
    for job in by_id.values():
        if job.kind == "clone":
            plan = found[job.id].plan if job.id in found else _plan_name(job)
            found[job.id] = RunEntry(job.id, plan, job.state.value, job.started)
    for id, entries in by_run.items():
        found.setdefault(id, RunEntry(id, entries[0].plan, "", entries[0].began))
    for run in sorted(found.values(), key=lambda each: each.started, reverse=True):
        entries = by_run.get(run.id, [])
        ordered = next((by_id[id] for id in (run.id, *(each.id for each in entries)) if id in by_id), None)
        about = (ordered.about or {}) if ordered is not None else {}
        places = (about.get(word, "") for word in ("plan", "source", "target"))
        yield replace(run, assessments=tuple(entries), places=tuple(places))


def _assessments(catalog: Catalog, jobs: Iterable[Job]) -> Iterator[AssessmentEntry]:
    """Those of the chain and those that are under way or did not end well; the newest first."""
    ended: dict[str, dict[str, str | None]] = {}
    for entry in catalog.entries(CHAIN):
        said = json.loads(entry.payload)
        ended[said["id"]] = said | {"at": entry.at}
    by_id = {job.id: job for job in jobs if job.kind == "assess"}
    for id in sorted(ended.keys() | by_id.keys(), reverse=True):
        job, about = by_id.get(id), (by_id[id].about or {}) if id in by_id else {}
        said = ended.get(id, {})
        plan = str(said.get("plan") or (_plan_name(job) if job else ""))
        state = JobState.COMPLETE.value if id in ended else job.state.value if job else ""
        began = job.started if job else str(said.get("at") or "")
        yield AssessmentEntry(
            id,
            said.get("run") or about.get("run"),
            plan,
            state,
            began,
            str(said.get("verdict") or ""),
            about.get("policy", ""),
        )


def _plan_name(job: Job) -> str:
    return (job.about or {}).get("plan", "").rpartition("/")[2].removesuffix(".toml")


def run(room: Room, call: Call, id: str) -> RunFacts:
    """What a run did. Its tables are told on the way, some at a time. Raises UsageError where it left no evidence."""
    file = room.workspace.run(id).evidence if room.workspace.has_run(id) else None
    if file is None or not file.exists():
        raise UsageError(f"run {id} left no evidence: it did not come so far, or its folder was removed")
    evidence = read_evidence(file.read_text())
    rows = list(rows_of(evidence))
    for start in range(0, len(rows), PAGE):
        call.control.check()
        call.tell(tuple(rows[start : start + PAGE]))
    saved = next((each for each in room.catalog.runs() if each.id == id), None)
    fits = saved is not None and saved.digest == digest(evidence)
    return facts_of(evidence, room.ledger.jobs(), sealed=fits)


def assessment(room: Room, call: Call, id: str) -> Summary:
    """An assessment; its figures are told on the way, some at a time. Raises SealBroken where it is not what was sealed."""
    assessed = _stored(room, id)
    results = list(results_of(assessed))
    for start in range(0, len(results), PAGE):
        call.control.check()
        call.tell(tuple(results[start : start + PAGE]))
    return summary_of(assessed)


def figures(room: Room, call: Call, id: str) -> FigureIndex:
    """Which tables have drawings, and how the tables hang together. Raises VaultError while the vault is locked."""
    found = _figures(room, id)
    return FigureIndex(there=False) if found is None else figure_index(found)


def drawings(room: Room, call: Call, id: str, table: str) -> tuple[Drawn, ...]:
    """The drawings of one table. They name values of real data: for the screen alone."""
    found = _figures(room, id)
    return () if found is None else tuple(drawn_of(found, table))


def export(
    room: Room, call: Call, id: str, folder: str, reports: tuple[str, ...], formats: tuple[str, ...]
) -> Exported:
    """Write reports into a folder. Raises UsageError where it cannot be written, SealBroken for what was changed."""
    if not folder.strip():
        raise UsageError("name a folder for the reports")
    _stored(room, id)
    passphrase = room.session.passphrase
    order = Order(str(room.workspace.folder), id, folder, reports, formats, passphrase() if passphrase else None)
    return report(order, call.control)


def _stored(room: Room, id: str) -> Assessed:
    try:
        found = stored_assessment(room.workspace, room.catalog, id)
    except SealBroken:
        raise
    except (ValueError, KeyError, TypeError) as error:
        said = str(error) if type(error) is ValueError else "its shape is unknown"
        raise UsageError(
            f"Assessment {id} cannot be read: {said}. It was made by another version of Lookalike."
        ) from None
    if found is None:
        raise UsageError(f"there is no finished assessment {id} in this workspace: its folder may have been removed")
    return found


def _figures(room: Room, id: str) -> Figures | None:
    assessed = _stored(room, id)
    try:
        drawn = stored_figures(room.workspace, assessed, key_of(room.keystore, assessed))
    except SealError:
        raise SealBroken(
            f"The figures of assessment {id} are not what was sealed: they are damaged or were changed."
        ) from None
    return figures_read(drawn["internal"]) if drawn is not None else None  # type: ignore[arg-type]


def key_of(keystore: KeyStore, assessed: Assessed) -> MaskingKey:
    """The masking key under which it was made, whatever name it has by now. Raises VaultError."""
    for name in keystore.names():
        key = keystore.get(name)
        if key.identifier == assessed.key:
            return key
    raise VaultError(f"This workspace no longer has the masking key {assessed.key} under which the figures are sealed.")
