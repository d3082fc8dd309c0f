"""A clone as a ledgered job: the engine's `clone`, seen in the ledger while it runs and in the catalog for good."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from connectors.database import Database
from connectors.errors import DatabaseError
from engine.catalog import Catalog, CatalogError, SavedRun
from engine.clone import clone
from engine.evidence import Evidence, digest, dumps, loads
from engine.jobs.control import Control, Progress
from engine.jobs.ledger import Ledger
from engine.jobs.worker import run_job
from engine.keys import MaskingKey
from engine.plan import Plan
from engine.problems import PlanError
from engine.safety import Mode
from engine.workspace import Workspace, new_run_id


def clone_job(
    plan: Plan,
    source: Database,
    target: Database,
    key: MaskingKey,
    *,
    workspace: Workspace,
    catalog: Catalog,
    run_id: str | None = None,
    mode: Mode | str | None = Mode.NEW,
    about: dict[str, str] | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    **known: Any,
) -> Evidence:
    """Clone, ledgered under the run's id. `about` (plan file, mode...) is what a later `resume` needs; it holds no secret. `known` and
    the exceptions are those of `clone`."""
    run = run_id or new_run_id()
    told = {"plan": plan.name, "source": source.url, "target": target.url, "mode": Mode(mode or Mode.NEW).value} | (
        about or {}
    )

    def work(report: Callable[[Progress], None], control: Control) -> Evidence:
        return clone(
            plan,
            source,
            target,
            key,
            workspace=workspace,
            run_id=run,
            mode=mode,
            progress=report,
            control=control,
            **known,
        )

    try:
        evidence = run_job(
            Ledger(workspace.jobs), run, "clone", told, work, progress=progress, secret_free=(DatabaseError, PlanError)
        )
    except BaseException:
        # A catalog that cannot be written must not hide why the run ended.
        with suppress(CatalogError, OSError):
            _enter(workspace, catalog, run)
        raise
    _enter(workspace, catalog, run)
    return evidence


def _enter(workspace: Workspace, catalog: Catalog, run: str) -> None:
    """Enter what became of the run into the catalog; a run refused before it wrote anything left no evidence."""
    if not workspace.has_run(run) or not workspace.run(run).evidence.exists():
        return
    evidence = loads(workspace.run(run).evidence.read_text())
    catalog.save_run(
        SavedRun(
            id=evidence.run,
            plan=evidence.plan,
            plan_fingerprint=evidence.plan_fingerprint,
            source=evidence.source,
            target=evidence.target,
            state=evidence.state,
            started=evidence.started,
            finished=evidence.finished or None,
            seconds=evidence.seconds,
            evidence=dumps(evidence),
            digest=digest(evidence),
        )
    )
