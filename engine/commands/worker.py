"""`lookalike worker`: the process behind a detached job. Its order and its passphrase come on standard input, never in argv."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from engine.clone_resume import AfterLoss
from engine.commands.jobs import take_up
from engine.commands.plans import office, plan_file
from engine.commands.run import followed, run_shown
from engine.commands.session import Session
from engine.commands.status import UsageError
from engine.crash import keep_values_out_of_log
from engine.detached import Does, NotStarted, Order, Started, give_way, read_order, start
from engine.pace import pace_of
from engine.runs import run_plan
from engine.safety import Mode


def worker(session: Session) -> int | None:
    """Carry out one order from standard input (for `run --detach`)."""
    try:
        order = read_order(sys.stdin.read())
    except (ValueError, TypeError, KeyError, AttributeError):
        raise UsageError("standard input holds no order; `lookalike run --detach` gives one") from None
    give_way()
    keep_values_out_of_log()
    opened = Session(session.screen, session.folder, (lambda: order.passphrase or "") if order.passphrase else None)
    return _DOES[order.does](opened, order)


def _run(session: Session, order: Order) -> int | None:
    file = plan_file(Path(order.plan))
    with session.source(order.source) as source, session.target(order.target) as target:
        addresses = session.safe(order.source), session.safe(order.target)
        evidence = run_plan(
            file, source, target, office(session),
            mode=Mode(order.mode) if order.mode else None, strict=order.strict, run_id=order.job, addresses=addresses,
            keeping=session.keeping(order.source, order.target, order.keep_snapshot), pace=pace_of(order.pace),
            model=order.model, seed=order.seed, then=order.then,
        )  # fmt: skip
        after = followed(session, file, source, target, evidence, addresses, order.then, lambda _: None)
    return run_shown(session, evidence, after)


def _verify(session: Session, order: Order) -> int | None:
    # Imported here, for runs without it do without what it loads.
    from engine.commands.verify import verified_and_shown

    return verified_and_shown(session, Path(order.plan), order.source, order.target, run=order.run, id=order.job)


def _assess(session: Session, order: Order) -> int | None:
    from engine.commands.assess import assessed_and_shown

    return assessed_and_shown(
        session,
        plan_file(Path(order.plan)),
        order.source,
        order.target,
        policy=order.policy,
        run=order.run,
        id=order.job,
    )


def _train(session: Session, order: Order) -> int | None:
    from engine.commands.train import trained_and_shown

    trained_and_shown(session, Path(order.plan), order.source, name=order.model, strict=order.strict, id=order.job)
    return None


def _resume(session: Session, order: Order) -> int | None:
    return take_up(session, session.ledger.job(order.job), AfterLoss(order.after))


_DOES: dict[Does, Callable[[Session, Order], int | None]] = {
    Does.RUN: _run,
    Does.VERIFY: _verify,
    Does.ASSESS: _assess,
    Does.TRAIN: _train,
    Does.RESUME: _resume,
}


def run_detached(session: Session, order: Order) -> int | None:
    """Start a worker for this run, say where it is to be found, or what it said and with which status it ended before that."""
    try:
        started = start(session.workspace, order)
    except NotStarted as failed:
        session.screen.say(str(failed))
        if session.screen.as_json:
            session.screen.show({"error": {"status": failed.status, "message": str(failed)}})
        return failed.status
    _say_started(session, started)
    return None


def _say_started(session: Session, started: Started) -> None:
    run, log = started.job.id, started.log
    said = f"Run {run} goes on in the background: `lookalike jobs show {run}`; its log is {log}."
    session.screen.show({"run": run, "state": started.job.state.value, "pid": started.pid, "log": str(log)}, said)
