"""Clone: read a source under one snapshot, mask, load a target, and say what was done.

The target ends empty or complete, and marked so. Nothing is written before the plan passes its check.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors.database import Database, Marker, Phase, State, Target
from connectors.errors import AskedError, DatabaseError, SnapshotLost
from connectors.names import TableName
from connectors.schema import Schema
from engine.abandon import left_behind, left_to_resume, passes, sentence_of
from engine.build import Build, existing_build, fresh_build, planned_schema, target_names
from engine.check import check
from engine.check_conditions import Trial
from engine.claim import Claim
from engine.clone_evidence import finished, save, started
from engine.clone_load import load_tables
from engine.clone_resume import (
    AfterLoss,
    Interrupted,
    choose_moment,
    forget_half,
    loaded,
    refuse_unmeasured,
    taken_up,
)
from engine.clone_run import ONE_SNAPSHOT, TWO_SNAPSHOTS, Run
from engine.copies.held import copies_of
from engine.ddl_review import derived_copies
from engine.domains import DomainSpec
from engine.drift_look import look_again
from engine.evidence import Evidence, loads
from engine.jobs.control import Cancelled, Control, PauseEnded, Progress
from engine.jobs.events import now
from engine.jobs.ledger import JobError
from engine.keeper_moment import Keeping, dismiss
from engine.keys import MaskingKey
from engine.load import RunFailed
from engine.lock import Lock
from engine.merge_run import forget_staged, joined, joined_ground, left_unmerged, refuse_unjoinable, told_merged
from engine.orphans import proven_keys, recounted
from engine.pace import Pace
from engine.pipeline import Pipeline, compile_plan
from engine.plan import Plan, fingerprint, selects
from engine.privacy.anchor import LedgerFault
from engine.privacy.budget import OverBudget
from engine.problems import PlanError, errors
from engine.record import TableRecord
from engine.safety import JOINING, Ground, Mode, Refused, examine, refuse_the_source, refuse_unlisted
from engine.subset.declared import declared
from engine.subset.held import selection_of
from engine.subset.trial import condition_issues
from engine.trial import sample_trial
from engine.versions import VERSION
from engine.workspace import Workspace, new_run_id

if TYPE_CHECKING:
    from engine.clone_synthesis import Synthesis

__all__ = ["ONE_SNAPSHOT", "TWO_SNAPSHOTS", "AfterLoss", "clone"]


def clone(
    plan: Plan,
    source: Database,
    target: Database,
    key: MaskingKey,
    *,
    workspace: Workspace,
    run_id: str | None = None,
    mode: Mode | str | None = Mode.NEW,
    resume: bool = False,
    after_loss: AfterLoss | str = AfterLoss.ASK,
    keeping: Keeping | None = None,
    pace: Pace | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    control: Control | None = None,
    lock: Lock | None = None,
    agreed: Mapping[str, DomainSpec] | None = None,
    trial: Trial | None = None,
    strict: bool = False,
    synthesis: Synthesis | None = None,
) -> Evidence:
    """Make the target what the plan says, from one moment of the source. `lock`, `agreed`, `trial`, `strict`: as in `check`;
    without a `trial` unknown conditions are tried on a masked sample. `mode` None: as `new`, but an unfinished run's rows stay.
    `synthesis`: whose budget is spent, or which stored model is used, where the plan synthesises a table.

    `resume` goes on with the run of this id; `after_loss` says how, where the moment is over that it was reading. With `keeping` a
    process of its own holds that moment, so that it outlives this one. `pace`: how hard the run may press on its databases.

    Raises PlanError, Refused and ChoiceNeeded with nothing written, Cancelled and RunFailed with the target emptied again or marked
    `incomplete`.
    """
    known = {
        "lock": lock,
        "agreed": agreed,
        "trial": trial or sample_trial(plan, source, key),
        "strict": strict,
        "same_dialect": source.dialect == target.dialect,
    }
    run = Run(
        plan, source, target, key, workspace, run_id or new_run_id(), Mode(mode) if mode is not None else None,
        progress, control or Control(), known, keeping, pace or Pace(), synthesis=synthesis,
    )  # fmt: skip
    try:
        if keeping is not None and keeping.passwords:
            run.store.save_passwords(keeping.passwords)
        return _clone(run, agreed, AfterLoss(after_loss) if resume else None)
    except OSError as error:
        raise RunFailed(sentence_of(error)) from None
    finally:
        run.let_go(over=False)
        if not run.folder.evidence.exists():
            # It took no target, so there is nothing to resume.
            run.folder.close()


def _clone(run: Run, agreed: Mapping[str, DomainSpec] | None, after: AfterLoss | None) -> Evidence:
    """`after` None: a run that does not go on from an earlier attempt."""
    with run.phase("check"):
        schema = declared(run.plan, run.source.describe())
        refuse_the_source(run.source, run.target)
        refuse_unlisted(run.target, run.workspace.allowed_targets)
        run.known["present"] = look_again(run.plan, schema, run.known["lock"], run.source)
        _refuse_problems(run, schema, issues=condition_issues(run.plan, schema, run.source))
        if run.synthesis is not None:
            run.synthesis.refuse_unaffordable(run.plan)
        pipeline = compile_plan(run.plan, schema, run.key, agreed)
        run.learn(list(derived_copies(run.plan, schema)))
    with Claim(run.target, run.id, run.control, joins=run.joins is not None) as claim:
        interrupted = taken_up(run, claim.session, after) if after is not None else None
        if interrupted is not None and interrupted.complete:
            return _ended(run, told_merged(run, claim, interrupted.evidence) if run.joins else interrupted.evidence)
        build, ground = _prepare(run, claim.session, schema, interrupted, begun=after is not None)
        records = _go_on(run, build, pipeline, interrupted, after or AfterLoss.ASK) if interrupted is not None else None
        _claim(run, claim, build, ground, interrupted)
        try:
            evidence = _fill(run, claim, build, ground, pipeline, schema, records)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the target must not stay half-full
            raise _given_up(run, claim, build, ground, schema, error) from None
    return _ended(run, evidence)


def _ended(run: Run, evidence: Evidence) -> Evidence:
    """The target is complete: write that down, and leave nothing behind."""
    run.let_go()
    dismiss(run.folder.folder)
    run.folder.forget_chunks()
    evidence = replace(evidence, state=State.COMPLETE.value, finished=now())
    save(run, evidence)
    run.progress(Progress("done", total_rows=evidence.rows))
    return evidence


def _prepare(
    run: Run, session: Target, schema: Schema, interrupted: Interrupted | None, *, begun: bool
) -> tuple[Build, Ground]:
    """Look at the target and decide how its tables come to be. Raises Refused, or PlanError where plan and target do not fit."""
    with run.phase("prepare"):
        described = run.target.describe()
        planned = planned_schema(run.plan, schema)
        names = target_names(run.plan, planned, described.default_schema)
        if run.joins and run.synthesis is not None:
            raise Refused(
                "synthetic rows join no others: run with `--mode new` or `--mode replace`", code="synthesis-joins"
            )
        if run.joins:
            ground = joined_ground(run, session, list(described.by_name), list(names.values()))
        elif interrupted is not None:
            ground = Ground(fresh=interrupted.marker.fresh)
        else:
            ground = examine(
                run.target,
                session,
                list(described.by_name),
                list(names.values()),
                run.mode,
                lambda earlier: _tables_of(run, earlier),
                own=run.id if begun else None,
            )
        if ground.fresh:
            build = fresh_build(run.plan, planned, run.source, run.target, names)
            _refuse_problems(run, schema, issues=build.issues)
        else:
            _refuse_problems(run, schema, target_schema=described)
            build = existing_build(run.plan, planned, described, run.source, run.target, names)
            if run.joins:
                refuse_unjoinable(run, build, planned)
        return build, ground


def _refuse_problems(run: Run, schema: Schema, **more: Any) -> None:
    # Whether an accepted code is used says only a check that sees every issue, of an existing and of a fresh target alike.
    problems = [p for p in check(run.plan, schema, **run.known, **more) if p.code != "accept-unused"]
    if errors(problems):
        raise PlanError(problems)


def _tables_of(run: Run, earlier: str) -> Collection[TableName] | None:
    """The tables that an earlier run of this workspace wrote; None where it is not known here."""
    if not run.workspace.has_run(earlier) or not run.workspace.run(earlier).evidence.exists():
        return None
    evidence = loads(run.workspace.run(earlier).evidence.read_text())
    own = {table.target for table in evidence.tables if table.target is not None}
    if Mode(evidence.mode) not in JOINING:
        return own
    joined = _tables_of(run, evidence.joined) if evidence.joined is not None else ()
    # Beside rows that were never ours nothing is ours to clear.
    return joined if joined is None or not joined else own | set(joined)


def _go_on(
    run: Run, build: Build, pipeline: Pipeline, interrupted: Interrupted, after: AfterLoss
) -> list[TableRecord] | None:
    """Find what the run needs to go on: all its records, where everything is loaded, else the moment that it reads."""
    refuse_unmeasured(run, interrupted, build)
    records = loaded(run, interrupted, [table.name for table in pipeline.tables])
    if run.synthesis is not None and not run.synthesis.learned(run):
        records = None
    if records is None:
        choose_moment(run, interrupted, after)
    return records


def _claim(run: Run, claim: Claim, build: Build, ground: Ground, interrupted: Interrupted | None) -> None:
    """Take the target; from here on it is ours, and marked so."""
    session = claim.session
    if ground.leftover is not None:
        _clear_leftover(run, session, ground.leftover)
    if interrupted is None:
        dismiss(run.folder.folder)
        run.folder.forget()
        if run.joins:
            forget_staged(run, session)
    save(run, started(run, build))
    source = hashlib.sha256(repr(run.source.identity()).encode()).hexdigest()
    session.claim(Marker(run.id, fingerprint(run.plan), State.LOADING, source, run.started, ground.fresh, VERSION))
    if interrupted is not None and run.snapshot == TWO_SNAPSHOTS and run.kept is None:
        forget_half(run, session, build, interrupted.done)


def _clear_leftover(run: Run, session: Target, leftover: Marker) -> None:
    """Remove the rows of an own earlier run; the target is never left complete and empty."""
    session.set_state(State.INCOMPLETE)
    described = run.target.describe()
    known = _tables_of(run, leftover.run)
    ours = described if known is None else _only(described, known)
    if leftover.fresh:
        session.drop(ours)
    else:
        session.finish(ours, fresh=False)
        session.empty(ours.tables)
    session.release()
    if run.workspace.has_run(leftover.run):
        # A run that was killed could not delete what it kept for going on.
        earlier = run.workspace.run(leftover.run)
        dismiss(earlier.folder)
        earlier.close()


def _only(schema: Schema, names: Collection[TableName]) -> Schema:
    wanted = set(names)
    return replace(
        schema,
        tables=tuple(table for table in schema.tables if table.name in wanted),
        triggers=tuple(trigger for trigger in schema.triggers if trigger.table in wanted),
    )


def _fill(
    run: Run,
    claim: Claim,
    build: Build,
    ground: Ground,
    pipeline: Pipeline,
    schema: Schema,
    records: list[TableRecord] | None,
) -> Evidence:
    """Make the tables, load them (unless `records` says that this is done) and finish them; the evidence, as it is to be written."""
    with ExitStack() as held:
        with run.phase("prepare"):
            # Before the tables: whatever happens from here on, the run goes on with this very moment.
            moment = held.enter_context(run.moment()) if records is None else None
        if moment is not None:
            # Before the tables, too: what cannot be selected is said while nothing is written.
            run.selection = held.enter_context(selection_of(run, schema, moment))
            run.copies = copies_of(run, build, pipeline, moment)
            if run.synthesis is not None:
                run.model = run.synthesis.model(run, schema, moment)
        with run.phase("prepare"):
            run.learn(list(build.issues))
            run.learn(claim.insist(lambda session: session.execute(build.script.phase(Phase.BEFORE))))
            run.strategy = claim.insist(lambda session: session.begin(build.schema, fresh=ground.fresh)) or run.strategy
            save(run, started(run, build))
        if moment is not None:
            with run.phase("load"):
                records = load_tables(run, claim, build, pipeline, moment)
        # Everything is measured and in the target: nobody needs the moment any more.
        run.let_go()
    if run.synthesis is not None:
        with run.phase("synthesise"):
            run.synthesised = run.synthesis.load(run, claim, build, schema)
    with run.phase("finish"):
        run.learn(claim.insist(lambda session: session.finish(build.schema, fresh=ground.fresh)))
        run.learn(claim.insist(lambda session: session.execute(build.script.phase(Phase.AFTER))))
        proven = {table.name: proven_keys(build, table, run.target) for table in pipeline.tables}
        records = records or []
        if not selects(run.plan):
            # The orphans of a selection are counted while it is made.
            records = recounted(records, run.issues, proven, run.source, run.store)
        run.control.check()
        evidence = finished(run, build, schema, pipeline, records)
        # Before the mark: a run that is killed between the two is complete, and still knows what it did.
        save(run, evidence)
        if run.joins:
            evidence = joined(run, claim, build, ground, pipeline, records, evidence)
        else:
            claim.insist(lambda session: session.set_state(State.COMPLETE))
    return replace(evidence, timings=dict(run.timings))


def _holds_chunks(claim: Claim) -> bool:
    """Is anything loaded that a later attempt need not load again? Also where the target cannot say."""
    try:
        claim.session.reconnect()
        return bool(claim.session.done())
    except DatabaseError:
        return True


def _given_up(
    run: Run, claim: Claim, build: Build, ground: Ground, schema: Schema, error: BaseException
) -> BaseException:
    """Leave the target empty or marked, write that down, and give the error to raise: a sentence that says how it was left."""
    with suppress(JobError):
        run.progress(Progress("clean up"))
    cancelled = isinstance(error, (Cancelled, KeyboardInterrupt))
    if run.joins:
        left = left_unmerged(run, claim, error, cancelled=cancelled)
    elif not cancelled and passes(error) and _holds_chunks(claim):
        minutes = run.kept.minutes if run.kept is not None else None
        left = left_to_resume(claim.session, run.id, error, minutes, selects=selects(run.plan))
    else:
        left = left_behind(run.target, claim.session, run.id, build.schema, fresh=ground.fresh)
    run.let_go(over=left.over or isinstance(error, SnapshotLost | PauseEnded))
    if left.over:
        run.folder.close()
    with suppress(OSError):
        save(run, replace(started(run, build), state="cancelled" if cancelled else "failed", finished=now()))
    if cancelled:
        return Cancelled(f"cancelled; {left.sentence}")
    if isinstance(error, (PlanError, Refused, OverBudget, LedgerFault)):
        return error
    if not isinstance(error, Exception):
        return error
    places = error if isinstance(error, DatabaseError) else DatabaseError("")
    failed = AskedError if isinstance(error, AskedError) else RunFailed
    return failed(
        f"{sentence_of(error)}; {left.sentence}",
        table=places.table,
        column=places.column,
        constraint=places.constraint,
        code=places.code,
    )
