"""See, pause, resume or cancel runs of this workspace."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from connectors.sql import join_password
from engine.clone_resume import AfterLoss, ChoiceNeeded
from engine.commands import Verb
from engine.commands.plans import office, plan_file
from engine.commands.run import followed, run_shown
from engine.commands.session import Session
from engine.commands.status import UsageError
from engine.detached import KEEP_MINUTES
from engine.jobs.events import JobState, Request
from engine.jobs.ledger import Job, JobError
from engine.pace import pace_of
from engine.printing import plural, table
from engine.progress import progress_shown
from engine.record_store import RecordStore
from engine.runs import PlanFile, masking_key, run_plan
from engine.safety import Mode
from engine.sealed import SealError

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id, as `lookalike jobs list` shows it.")]


def list_(session: Session) -> None:
    """List the jobs of this workspace, the newest first."""
    jobs = session.ledger.jobs()
    rows = [(job.id, job.kind, job.state.value, _seconds(job.started), _progress(job), job.sentence) for job in jobs]
    headings = ("job", "kind", "state", "started (UTC)", "progress", "ended with")
    session.screen.show(
        {"jobs": [job.to_json() for job in jobs]},
        table(headings, rows) if rows else "No job has run in this workspace yet.",
    )


def show(session: Session, job: JobId) -> None:
    """Show one job: what it works on and what happened."""
    found = session.ledger.job(job)
    events = session.ledger.events(job)
    about = "\n".join(f"{key}: {value}" for key, value in (found.about or {}).items())
    rows = [(_seconds(event.at), event.kind, event.phase, event.table, event.rows, event.sentence) for event in events]
    tables = sorted(session.ledger.tables(job), key=lambda row: row.place)
    each = [(row.name, row.phase, row.stands.value, row.rows, row.estimated) for row in tables]
    session.screen.show(
        found.to_json() | {"events": [asdict(event) for event in events], "tables": [row.to_json() for row in tables]},
        f"{found.kind} {found.id}: {found.state.value}. {_progress(found)}",
        about,
        *([table(("table", "phase", "state", "rows", "of about"), each)] if each else []),
        table(("at (UTC)", "event", "phase", "table", "rows", ""), rows),
    )


def pause(session: Session, job: JobId) -> None:
    """Ask a running job to wait; it keeps its snapshot of the source."""
    _ask(session, job, Request.PAUSE, "pauses after the batch in hand")


def resume(
    session: Session,
    job: JobId,
    restart: Annotated[bool, typer.Option("--restart", help="Empty the target and begin anew.")] = False,
    second_snapshot: Annotated[
        bool,
        typer.Option(
            "--second-snapshot", help="Where the snapshot is over: read what is missing as the source is now."
        ),
    ] = False,
) -> int | None:
    """Let a paused job go on; take up one that was interrupted, from the chunks that its target already has.

    It goes on with the snapshot of the source that it began with, as long as that is kept; where it is over, you choose. A training
    goes on after the steps that are charged already, with the rows that the source has now; an assessment after what it has measured.
    """
    if restart and second_snapshot:
        raise UsageError("give one of --restart and --second-snapshot")
    found = session.ledger.job(job)
    if found.state.alive:
        _ask(session, job, Request.RESUME, "goes on")
        return None
    if found.state is JobState.COMPLETE:
        raise JobError(f"job {job} is complete: there is nothing to resume")
    after = AfterLoss.RESTART if restart else AfterLoss.SECOND if second_snapshot else AfterLoss.ASK
    try:
        return take_up(session, found, after)
    except ChoiceNeeded as needed:
        if session.screen.as_json or not (sys.stdin and sys.stdin.isatty()):
            raise
        return take_up(session, found, _choice(needed))


_TARGETLESS = {
    "train": "a training has no target: resume it without options, or train anew",
    "assess": "an assessment writes no target: resume it without options, or assess anew",
    "verify": "a verification writes no target: resume it without options",
}


def take_up(session: Session, job: Job, after: AfterLoss) -> int | None:
    """Go on with an interrupted job of any kind, in this process. Raises ChoiceNeeded, UsageError."""
    if after is not AfterLoss.ASK and job.kind in _TARGETLESS:
        raise UsageError(_TARGETLESS[job.kind])
    if job.kind == "train":
        _trained_on(session, job)
        return None
    if job.kind == "assess":
        return _assessed_on(session, job)
    return _verified_on(session, job) if job.kind == "verify" else _run_on(session, job, after)


def _run_on(session: Session, job: Job, after: AfterLoss) -> int | None:
    about = job.about or {}
    file = plan_file(Path(about["plan"]))
    from_, to = (_address(session, job, file, side) for side in ("source", "target"))
    minutes = float(about.get("keep_snapshot", KEEP_MINUTES))
    with session.source(from_) as source, session.target(to) as target, progress_shown(session.screen) as report:
        evidence = run_plan(
            file, source, target, office(session), mode=Mode(about["mode"]), strict="strict" in about, run_id=job.id, resume=True,
            after_loss=after, keeping=session.keeping(from_, to, minutes), progress=report,
            addresses=(about["source"], about["target"]), model=about.get("model"), pace=pace_of(about),
            seed=int(about["seed"]) if "seed" in about else None,
        )  # fmt: skip
        then, addresses = about.get("then", "").split(), (about["source"], about["target"])
        after_it = followed(session, file, source, target, evidence, addresses, then, report)
    return run_shown(session, evidence, after_it)


def _trained_on(session: Session, job: Job) -> None:
    """Go on with an interrupted training."""
    from engine.commands.train import model_shown
    from engine.training import train_model

    about = job.about or {}
    file = plan_file(Path(about["plan"]))
    address = _address(session, job, file, "source")
    with session.source(address) as source, progress_shown(session.screen) as report:
        model = train_model(
            file, source, office(session), name=about["model"], strict="strict" in about, progress=report,
            address=about["source"], resumed=job,
        )  # fmt: skip
    session.screen.show(model.to_json(), *model_shown(model))


def _assessed_on(session: Session, job: Job) -> int | None:
    """Go on with an interrupted assessment: what it has measured already is not measured again."""
    from engine.assessment.spec import AssessSpec
    from engine.commands.assess import assessed_and_shown

    about = job.about or {}
    file = plan_file(Path(about["plan"]))
    from_, to = (_address(session, job, file, side) for side in ("source", "target"))
    spec = replace(
        file.plan.assess or AssessSpec(),
        entities=int(about["entities"]),
        seconds=float(about["seconds"]),
        seed=int(about["seed"]),
    )
    return assessed_and_shown(
        session, file, from_, to, spec=spec, policy=about.get("policy"), run=about.get("run"), id=job.id
    )


def _verified_on(session: Session, job: Job) -> int | None:
    """Verify once more, under the same id."""
    from engine.commands.verify import verified_and_shown

    about = job.about or {}
    path = Path(about["plan"])
    from_, to = (_address(session, job, plan_file(path), side) for side in ("source", "target"))
    return verified_and_shown(session, path, from_, to, run=about.get("run"), id=job.id)


def _address(session: Session, job: Job, file: PlanFile, side: str) -> str:
    """Where the job's source or target is, with the password that was typed into it when the job began."""
    address = (job.about or {})[side]
    if "://" not in address or not session.workspace.has_run(job.id):
        return address
    folder = session.workspace.run(job.id)
    if not folder.passwords.exists():
        return address
    try:
        password = RecordStore(folder, job.id, masking_key(session.keystore, file.plan.key)).passwords().get(side)
    except SealError:
        # The key has another secret now: the run says so itself.
        return address
    return join_password(address, password) if password else address


def _choice(needed: ChoiceNeeded) -> AfterLoss:
    """Ask the person at the terminal. Raises the question again where the answer is neither way."""
    typer.echo(f"{needed}.", err=True)
    answer = typer.prompt("restart, second-snapshot or neither", default="neither", err=True).strip().lower()
    if answer not in (AfterLoss.RESTART.value, AfterLoss.SECOND.value):
        raise needed
    return AfterLoss(answer)


def cancel(session: Session, job: JobId) -> None:
    """Ask a running job to stop; its target is emptied or stays marked as incomplete."""
    _ask(session, job, Request.CANCEL, "stops after the batch in hand and clears its target")


def _ask(session: Session, job: str, request: Request, effect: str) -> None:
    session.ledger.request(job, request)
    session.screen.show({"job": job, "request": request.value}, f"Job {job} {effect}.")


def _seconds(moment: str) -> str:
    return moment[:19].replace("T", " ")


def _progress(job: Job) -> str:
    if job.progress is None or not job.state.alive:
        return ""
    table_name = f" {job.progress.table}" if job.progress.table else ""
    return f"{job.progress.phase}{table_name}, {plural(job.progress.total_rows, 'row')}"


VERBS: dict[str, Verb] = {"list": list_, "show": show, "pause": pause, "cancel": cancel, "resume": resume}
