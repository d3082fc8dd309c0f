"""`lookalike worker`: the process behind `run --detach`. Its order and its passphrase come on standard input, never in argv."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.commands.plans import office, plan_file
from engine.commands.run import ended
from engine.commands.session import Session
from engine.commands.status import Status, UsageError
from engine.jobs.ledger import Job, JobError
from engine.pace import Pace, pace_of
from engine.processes import own_module
from engine.runs import PlanFile, run_plan
from engine.safety import Mode
from engine.workspace import PRIVATE_FILE, new_run_id

PATIENCE = 20.0
"""Seconds that a new worker has to enter its job."""


@dataclass(frozen=True, slots=True)
class Order:
    run: str
    plan: str
    source: str
    """With its password, if it has one: an order is only ever in a pipe."""
    target: str
    mode: str | None
    strict: bool
    keep_snapshot: float
    pace: dict[str, str]
    passphrase: str | None
    model: str | None = None
    seed: int | None = None

    def __repr__(self) -> str:
        return f"Order({self.run!r})"


def worker(session: Session) -> int | None:
    """Run one order from standard input (for `run --detach`)."""
    try:
        order = Order(**json.loads(sys.stdin.read()))
    except (ValueError, TypeError):
        raise UsageError("standard input holds no order; `lookalike run --detach` gives one") from None
    opened = Session(session.screen, session.folder, (lambda: order.passphrase or "") if order.passphrase else None)
    file = plan_file(Path(order.plan))
    with opened.open(order.source) as source, opened.open(order.target) as target:
        addresses = opened.safe(order.source), opened.safe(order.target)
        evidence = run_plan(
            file, source, target, office(opened),
            mode=Mode(order.mode) if order.mode else None, strict=order.strict, run_id=order.run, addresses=addresses,
            keeping=opened.keeping(order.source, order.target, order.keep_snapshot), pace=pace_of(order.pace),
            model=order.model, seed=order.seed,
        )  # fmt: skip
    session.screen.show(evidence.to_json(), f"Run {evidence.run} is {evidence.state}.")
    return ended(evidence)


def start_detached(
    session: Session,
    file: PlanFile,
    source: str,
    target: str,
    mode: Mode | None,
    strict: bool,
    keep_snapshot: float,
    pace: Pace,
    model: str | None = None,
    seed: int | None = None,
) -> int | None:
    """Start a worker of its own for this run and come back as soon as its job stands in the ledger, or with the status of a
    worker that ended before."""
    run = new_run_id()
    # The vault may have to be made or unlocked by a prompt: that happens here, where the terminal is.
    _ = session.keystore
    passphrase = session.passphrase() if session.passphrase is not None else None
    named = mode.value if mode is not None else None
    order = Order(
        run,
        str(file.path.absolute()),
        source,
        target,
        named,
        strict,
        keep_snapshot,
        pace.words(),
        passphrase,
        model,
        seed,
    )
    log = session.workspace.run(run).folder / "worker.log"
    words = own_module("engine.cli", "worker", "--workspace", str(session.workspace.folder))
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as output:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    if process.stdin is not None:
        process.stdin.write(json.dumps(asdict(order)).encode())
        process.stdin.close()
    job = _entered(session, run, process)
    if job is None:
        return _not_started(session, process.poll(), log.read_text("utf-8").strip())
    said = f"Run {run} goes on in the background: `lookalike jobs show {run}`; its log is {log}."
    session.screen.show({"run": run, "state": job.state.value, "pid": process.pid, "log": str(log)}, said)
    return None


def _not_started(session: Session, status: int | None, said: str) -> int:
    """Say what the worker said before it ended, and give its status."""
    status = status if status is not None and status > 0 else Status.FAILED
    said = said or "The worker did not start, and said nothing."
    session.screen.say(said)
    if session.screen.as_json:
        session.screen.show({"error": {"status": int(status), "message": said}})
    return status


def _entered(session: Session, run: str, process: subprocess.Popen[bytes]) -> Job | None:
    """The worker's job, as soon as it is in the ledger; None where the worker ended before, or had to be stopped."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        gone = process.poll() is not None
        try:
            return session.ledger.job(run)
        except JobError:
            if gone:
                return None
        time.sleep(0.1)
    process.terminate()
    return None
