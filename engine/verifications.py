"""A verification as a person orders it: a ledgered job, whose report stays in the workspace."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from connectors.database import Database
from connectors.errors import DatabaseError
from engine.jobs.control import Control, Progress
from engine.jobs.ledger import Ledger
from engine.jobs.worker import Ending, run_job
from engine.runs import Office, PlanFile
from engine.verify import verify
from engine.verify_report import VerifyReport
from engine.workspace import Workspace, new_run_id, write_private


def verify_run(
    file: PlanFile,
    target: Database,
    office: Office,
    *,
    source: Database | None = None,
    run: str | None = None,
    id: str | None = None,
    addresses: tuple[str, str],
    progress: Callable[[Progress], None] = lambda _: None,
) -> VerifyReport:
    """Verify as a job of this process. Raises VaultError, and what `verify` raises. `addresses`: of the source and target, as a later
    `jobs resume` finds them again."""
    id, key = id or new_run_id(), office.keystore.get(file.plan.key)

    def work(report: Callable[[Progress], None], control: Control) -> VerifyReport:
        return verify(
            file.plan, target, key, workspace=office.workspace, source=source, run_id=run,
            agreed=office.keystore.domains(key.name), progress=report, control=control,
        )  # fmt: skip

    from_, to = addresses
    about = {"plan": str(file.path.absolute()), "source": from_, "target": to} | ({"run": run} if run else {})
    report = run_job(
        Ledger(office.workspace.jobs), id, "verify", about, work,
        progress=progress, secret_free=(DatabaseError,), ending=_ending,
    )  # fmt: skip
    write_private(_path(office.workspace, id), json.dumps(report.to_json()).encode())
    return report


def _ending(report: VerifyReport) -> Ending:
    return Ending("fault" if not report.ok else "unchecked" if report.unchecked else "pass", report.sentence)


def _path(workspace: Workspace, id: str) -> Path:
    return workspace.run(id).folder / "verification.json"
