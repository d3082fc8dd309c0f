"""`lookalike worker`: the process behind `run --detach`. Its order and its passphrase come on standard input, never in argv."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.commands.plans import office, plan_file
from engine.commands.session import Session
from engine.commands.status import UsageError
from engine.jobs.ledger import JobError
from engine.runs import PlanFile, run_plan
from engine.safety import Mode
from engine.workspace import new_run_id

PATIENCE = 20.0
"""Seconds that a new worker has to enter its job."""


@dataclass(frozen=True, slots=True)
class Order:
    run: str
    plan: str
    source: str
    """With its password, if it has one: an order is only ever in a pipe."""
    target: str
    mode: str
    strict: bool
    passphrase: str | None

    def __repr__(self) -> str:
        return f"Order({self.run!r})"


def worker(session: Session) -> None:
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
            mode=Mode(order.mode), strict=order.strict, run_id=order.run, addresses=addresses,
        )  # fmt: skip
    session.screen.show(evidence.to_json(), f"Run {evidence.run} is {evidence.state}.")


def start_detached(session: Session, file: PlanFile, source: str, target: str, mode: Mode, strict: bool) -> None:
    """Start a worker of its own for this run and come back as soon as its job stands in the ledger."""
    run = new_run_id()
    # The vault may have to be made or unlocked by a prompt: that happens here, where the terminal is.
    _ = session.keystore
    passphrase = session.passphrase() if session.passphrase is not None else None
    order = Order(run, str(file.path.absolute()), source, target, mode.value, strict, passphrase)
    log = session.workspace.run(run).folder / "worker.log"
    words = [sys.executable, "-m", "engine.cli", "worker", "--workspace", str(session.workspace.folder)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    if process.stdin is not None:
        process.stdin.write(json.dumps(asdict(order)).encode())
        process.stdin.close()
    _await(session, run, process, log)
    said = f"Run {run} goes on in the background: `lookalike jobs show {run}`; its log is {log}."
    session.screen.show({"run": run, "state": "running", "pid": process.pid, "log": str(log)}, said)


def _await(session: Session, run: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            session.ledger.job(run)
            return
        except JobError:
            if process.poll() is not None:
                break
        time.sleep(0.1)
    raise UsageError(f"the worker did not start: {log.read_text('utf-8').strip() or 'it said nothing'}")
