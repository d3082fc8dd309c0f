"""Jobs that outlive whoever ordered them: each is a worker process of its own, told what to do through a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.clone_resume import AfterLoss
from engine.jobs.ledger import Job, JobError, Ledger
from engine.processes import own_module
from engine.workspace import PRIVATE_FILE, Workspace, new_run_id

PATIENCE = 60.0
"""Seconds that a new worker has to enter its job: it may have to reach two servers first."""
KEEP_MINUTES = 60.0
"""How long a paused or interrupted run keeps the source's snapshot, where nobody says otherwise."""
_NICE = 5
"""A job leaves the machine to the person who works on it."""


class Does(StrEnum):
    """What a worker is ordered to do."""

    RUN = "run"
    VERIFY = "verify"
    ASSESS = "assess"
    TRAIN = "train"
    RESUME = "resume"
    """An interrupted job of whatever kind."""


@dataclass(frozen=True, slots=True)
class Order:
    """One job. It holds secrets, so it is only ever in a pipe."""

    does: Does
    job: str = field(default_factory=new_run_id)
    plan: str = ""
    """Its file. Of a job that is taken up the ledger knows this and all that follows."""
    source: str = ""
    """A saved connection, or a URL with its password."""
    target: str = ""
    mode: str | None = None
    strict: bool = False
    keep_snapshot: float = KEEP_MINUTES
    pace: dict[str, str] = field(default_factory=dict)
    model: str | None = None
    """The stored model that rows are made of; of a training: the name that it gets."""
    seed: int | None = None
    then: tuple[str, ...] = ()
    """What follows the run: `verify`, `assess` or both."""
    run: str | None = None
    """Which run is verified or assessed."""
    policy: str | None = None
    after: str = AfterLoss.ASK.value
    """How a run is taken up whose snapshot is over."""
    passphrase: str | None = None

    def __repr__(self) -> str:
        return f"Order({self.does.value!r}, {self.job!r})"


class NotStarted(JobError):
    """The worker ended before its job was in the ledger; `str()` is what it said."""

    def __init__(self, said: str, status: int) -> None:
        super().__init__(said)
        self.status = status
        """As the command line would end."""


@dataclass(frozen=True, slots=True)
class Started:
    job: Job
    pid: int
    log: Path


def start(workspace: Workspace, order: Order, waiting: Callable[[], None] = lambda: None) -> Started:
    """Start a worker for this order and come back as soon as it has its job. Raises NotStarted, and what `waiting` raises: that is
    called while nothing is known yet, and takes the order back."""
    ledger, log = Ledger(workspace.jobs), workspace.run(order.job).folder / "worker.log"
    before = _known(ledger, order.job)
    if before is not None and before.state.alive:
        raise JobError(f"job {order.job} is running already (process {before.pid})")
    process = _process(workspace, order, log)
    try:
        job = _entered(ledger, order.job, before, process, waiting)
    except BaseException:
        # Whoever ordered it has thought better of it, and was told of no job.
        process.terminate()
        raise
    return Started(job, process.pid, log) if job is not None else _not_started(process, log)


def read_order(text: str) -> Order:
    """The order in a worker's pipe. Raises ValueError or TypeError for anything else."""
    fields: dict[str, Any] = json.loads(text)
    return Order(**fields | {"does": Does(fields["does"]), "then": tuple(fields.get("then", ()))})


def give_way() -> None:
    """Let this process come after those that a person waits for, where the system knows such a thing."""
    if hasattr(os, "nice"):
        os.nice(_NICE)


def _process(workspace: Workspace, order: Order, log: Path) -> subprocess.Popen[bytes]:
    words = own_module("engine.cli", "worker", "--workspace", str(workspace.folder))
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as output:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    assert process.stdin is not None
    # One that ends before it has read its order has said why in its log.
    with suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(json.dumps(asdict(order)).encode())
    # A child that nobody waits for would stay in the list of processes when it ends, and look alive there.
    threading.Thread(target=process.wait, name="worker", daemon=True).start()
    return process


def _known(ledger: Ledger, job: str) -> Job | None:
    try:
        return ledger.job(job)
    except JobError:
        return None


def _entered(
    ledger: Ledger, job: str, before: Job | None, process: subprocess.Popen[bytes], waiting: Callable[[], None]
) -> Job | None:
    """The worker's job, as soon as it has taken it; None where the worker ended before, or had to be stopped."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        gone = process.poll() is not None
        found = _known(ledger, job)
        if found is not None and (before is None or found.heartbeat != before.heartbeat):
            return found
        if gone:
            return None
        waiting()
        time.sleep(0.1)
    process.terminate()
    return None


def _not_started(process: subprocess.Popen[bytes], log: Path) -> Started:
    status, said = process.poll(), log.read_text("utf-8", errors="replace").strip()
    raise NotStarted(said or "The worker did not start, and said nothing.", status if status and status > 0 else 1)
