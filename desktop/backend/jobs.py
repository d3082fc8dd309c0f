"""Jobs for the window: seen in the ledger as they go, ordered as workers of their own, asked to wait or to stop."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from desktop.backend.job_check import check_run
from desktop.backend.room import Call, Room
from desktop.models.jobs import JobDetail, JobView, LogEntry, RunCheck, Speed, TableView
from engine.clone_resume import AfterLoss
from engine.detached import KEEP_MINUTES, Does, Order, start
from engine.jobs.events import Event, JobState, Request
from engine.jobs.ledger import Job, JobError, Ledger, lives
from engine.pace import pace

LOOK = 0.3
"""Seconds between two looks into the ledger."""
MOST_JOBS = 200
MOST_LINES = 1000
"""Of events, tables and points each, in one answer."""


def watch(room: Room, call: Call) -> None:
    """Tell the newest jobs, as a tuple of JobView, whenever something of them has changed. Never ends by itself."""
    seen: tuple[JobView, ...] | None = None
    speeds = room.keep(Speeds, Speeds)
    while True:
        call.control.check()
        views = tuple(view_of(job, room.ledger, speeds) for job in room.ledger.jobs(MOST_JOBS))
        if views != seen:
            call.tell(views)
            seen = views
        time.sleep(LOOK)


def order(
    room: Room,
    call: Call,
    plan: str,
    source: str,
    target: str | None = None,
    does: str = Does.RUN.value,
    then: tuple[str, ...] = (Does.VERIFY.value, Does.ASSESS.value),
    mode: str | None = None,
    model: str | None = None,
    seed: int | None = None,
    strict: bool = False,
    connections: int | None = None,
    rows_per_second: int | None = None,
    window: str | None = None,
    keep_snapshot: float = KEEP_MINUTES,
    run: str | None = None,
    policy: str | None = None,
) -> str:
    """Start a job that outlives the window, and give its id. Raises VaultError, NotStarted with what its worker said, PaceError."""
    ordered = Does(does)
    return _started(
        room, call,
        Order(
            ordered, plan=plan, source=source, target=target or "", mode=mode, strict=strict, keep_snapshot=keep_snapshot,
            pace=pace(connections, rows_per_second, window).words(), model=model, seed=seed,
            then=then if ordered is Does.RUN else (), run=run, policy=policy, passphrase=_passphrase(room),
        ),
    )  # fmt: skip


def take_up(room: Room, call: Call, id: str, after: str = AfterLoss.ASK.value) -> str:
    """Go on with an interrupted job, in a worker of its own. `after`: what a person chose where its snapshot is over."""
    found = room.ledger.job(id)
    if found.state is JobState.COMPLETE:
        raise JobError(f"job {id} is complete: there is nothing to resume")
    return _started(room, call, Order(Does.RESUME, job=id, after=AfterLoss(after).value, passphrase=_passphrase(room)))


def ask(room: Room, call: Call, id: str, request: str) -> None:
    """Ask a running job to `pause`, `resume` or `cancel`. Raises JobError where it does not run."""
    room.ledger.request(id, Request(request))


def detail(
    room: Room, call: Call, id: str, after_event: int = 0, after_table: int = 0, after_point: int = 0
) -> JobDetail:
    """What is new of one job since these three numbers of an earlier answer. Raises JobError."""
    ledger = room.ledger
    view = view_of(ledger.job(id), ledger, room.keep(Speeds, Speeds))
    events = ledger.events(id, after_event, MOST_LINES)
    tables = ledger.tables(id, after_table, MOST_LINES)
    points, point = ledger.curve(id, after_point, MOST_LINES)
    return JobDetail(
        view,
        tuple(_entry(number, event) for number, event in enumerate(events, after_event + 1)),
        after_event + len(events),
        tuple(TableView(t.name, t.place, t.phase, t.rows, t.estimated, t.stands.value) for t in tables),
        tables[-1].changed if tables else after_table,
        tuple((each.step, each.loss, each.epsilon) for each in points),
        point,
        more=MOST_LINES in (len(events), len(tables), len(points)),
    )


def check(room: Room, call: Call, plan: str, source: str, target: str | None = None, strict: bool = False) -> RunCheck:
    """Hold a saved plan against both databases, and look into the target; nothing is written."""
    return check_run(room, call, plan, source, target, strict=strict)


@dataclass
class Speeds:
    """Lives as long as the backend: how fast each running job was of late."""

    of: dict[str, tuple[str, Speed]] = field(default_factory=dict)
    """By the job: its last heartbeat, and what was counted until then."""

    def heard(self, job: Job, rows: int) -> Speed:
        if job.state is not JobState.RUNNING:
            self.of.pop(job.id, None)
            return Speed()
        phase = job.progress.phase if job.progress else ""
        beat, speed = self.of.get(job.id, ("", Speed()))
        if beat.partition(" ")[2] != phase:
            speed = Speed()
        if beat != f"{job.heartbeat} {phase}":
            speed = speed.at(time.monotonic(), rows)
            self.of[job.id] = f"{job.heartbeat} {phase}", speed
        return speed


def view_of(job: Job, ledger: Ledger, speeds: Speeds) -> JobView:
    """A job of the ledger as the window shows it."""
    about, progress = job.about or {}, job.progress
    rows, estimated = (progress.total_rows, progress.total_estimated) if progress else (0, None)
    if job.state.alive and not rows and job.kind == "clone":
        # Phases without rows of their own follow the load, and its rows stay what was done.
        rows, estimated = ledger.rows(job.id)
    speed = speeds.heard(job, rows)
    share = min(1.0, rows / estimated) if job.state.alive and estimated else None
    remaining = max(0, estimated - rows) if estimated else None
    return JobView(
        job.id, job.kind, job.state.value, _title(about.get("plan", "")), about.get("plan", ""), about.get("source", ""),
        about.get("target", ""), job.started, job.finished,
        phase=progress.phase if progress else "", table=str(progress.table or "") if progress else "", rows=rows,
        estimated=estimated, unit=progress.unit if progress else "row",
        share=1.0 if job.state is JobState.COMPLETE else share, rate=speed.rate,
        left=speed.left(remaining) if remaining else None, note=progress.note if progress else "", sentence=job.sentence,
        outcome=job.outcome, run=about.get("run", ""), mode=about.get("mode", ""), then=tuple(about.get("then", "").split()),
        goes_on=job.state is JobState.COMPLETE and "then" in about and lives(job),
    )  # fmt: skip


def _started(room: Room, call: Call, order: Order) -> str:
    # A vault that is locked says so here, where somebody can open it.
    _ = room.keystore
    return start(room.workspace, order, call.control.check).job.id


def _passphrase(room: Room) -> str | None:
    ask = room.session.passphrase
    return ask() if ask is not None else None


def _title(plan: str) -> str:
    return Path(plan).stem


def _entry(number: int, event: Event) -> LogEntry:
    return LogEntry(
        number, event.at, event.kind, event.phase or "", event.table or "", event.rows, event.sentence or ""
    )
