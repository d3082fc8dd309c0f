"""Refresh: the rows of a run join those of an existing target, and nothing that is there is lost.

They are staged beside it like any load, chunk by chunk and resumable; one transaction then merges all tables and marks the target.
Until that commits, the target's own rows and its mark are as they were.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from connectors.database import State, Target
from connectors.errors import DatabaseError, SnapshotLost, TargetError
from connectors.merging import Incoming, Merge, Merged, Staging
from connectors.names import TableName
from connectors.schema import Schema, Table
from connectors.sql import chunk_key
from engine.abandon import Left, passes
from engine.build import Build
from engine.check_view import error
from engine.claim import Claim
from engine.clone_evidence import save
from engine.clone_run import Run
from engine.entities.reserve import held
from engine.evidence import Evidence, TableEvidence
from engine.jobs.control import PauseEnded
from engine.order import parents_first
from engine.pipeline import Pipeline
from engine.plan import Treatment, selects
from engine.problems import PlanError, Problem
from engine.record import TableRecord
from engine.safety import Ground, Refused, run_lock

_READ = (Treatment.MASK, Treatment.COPY, Treatment.PUBLIC)


def joined_ground(run: Run, session: Target, tables: Collection[TableName], planned: Collection[TableName]) -> Ground:
    """How a target stands whose rows stay. Raises Refused where it is neither ours and complete nor on the list of allowed targets."""
    _refuse_living(run, session)
    with run.target.target() as own:
        marker = own.marker()
    if marker is not None and marker.state is not State.COMPLETE:
        raise Refused(
            f"the target holds the unfinished run {marker.run}, which nothing can join: `lookalike jobs resume {marker.run}` finishes "
            "it, and `--mode new` clears its rows and starts again",
            code="target-unfinished",
        )
    if marker is None and not run.workspace.allowed_targets.exists():
        raise Refused(
            "the target does not carry the mark of a complete run of ours: fill it with `--mode new` first, or name it in the list "
            f"of allowed targets ({run.workspace.allowed_targets})",
            code="target-not-ours",
        )
    if missing := sorted(set(planned) - set(tables)):
        raise Refused(
            f"the target lacks {', '.join(map(str, missing[:5]))}, so no rows can join it: create what is missing, or drop it in "
            "the plan",
            code="target-incomplete-schema",
        )
    return Ground(fresh=False, joined=marker)


def refuse_unjoinable(run: Run, build: Build, planned: Schema) -> None:
    """Raise PlanError for tables whose rows cannot be told apart from those that are there."""
    with run.target.target() as own:
        occupied = set(own.occupied())
    problems = [
        problem
        for table in planned.tables
        if run.plan.tables[table.name].treatment in _READ
        for problem in _unjoinable(table, build.target(table.name), occupied)
    ]
    if problems:
        raise PlanError(problems)


def _unjoinable(table: Table, there: Table, occupied: Collection[TableName]) -> Iterator[Problem]:
    if there.name not in occupied:
        return
    key = chunk_key(there)
    if not key:
        reason = "It has no primary key, so its rows cannot be told from those that the target holds already."
        remedy = (
            'Give it a primary key in the target, empty it there, or leave it out: `treatment = "empty"` in the plan.'
        )
        yield error("merge-no-key", reason, remedy, table.name)
    elif unwritten := set(key) - {column.name for column in table.stored}:
        reason = f"The target tells its rows apart by {', '.join(sorted(unwritten))}, which the source does not have."
        yield error(
            "merge-other-key",
            reason,
            'Make the source\'s key its key, or leave the table out: `treatment = "empty"` in the plan.',
            table.name,
        )


def forget_staged(run: Run, session: Target) -> None:
    """Begin anew: what an earlier attempt of this run has staged goes."""
    if (staged := session.marker()) is not None and staged.run == run.id:
        session.release()


def joined(
    run: Run, claim: Claim, build: Build, ground: Ground, pipeline: Pipeline, records: Sequence[TableRecord], evidence: Evidence
) -> Evidence:  # fmt: skip
    """Merge what is staged and mark the target: the evidence with what became of the rows."""
    order = _order(run, claim, build, ground, pipeline, records)
    # Before the merge: a later run may clear what a run of ours has written, and nothing else.
    evidence = replace(evidence, joined=order.before)
    save(run, evidence)
    merged = claim.insist(lambda session: _staging(session).merge(order))
    run.learn(claim.insist(lambda session: session.finish(build.schema, fresh=False)))
    evidence = with_merged(replace(evidence, issues=tuple(run.issues)), merged)
    save(run, evidence)
    return evidence


def told_merged(run: Run, claim: Claim, evidence: Evidence) -> Evidence:
    """The evidence of a run that was stopped between its merge and its last word; what the merge took away is put back."""
    claim.insist(lambda session: session.release())
    run.learn(claim.insist(lambda session: session.finish(run.target.describe(), fresh=False)))
    merged = claim.insist(lambda session: _staging(session).merged())
    return with_merged(replace(evidence, issues=tuple(run.issues)), merged)


def with_merged(evidence: Evidence, merged: Mapping[TableName, Merged]) -> Evidence:
    return replace(evidence, tables=tuple(_with_merged(table, merged) for table in evidence.tables))


def _with_merged(table: TableEvidence, merged: Mapping[TableName, Merged]) -> TableEvidence:
    if table.target is None or table.target not in merged:
        return table
    counts = merged[table.target]
    told = {name: getattr(counts, name) for name in ("inserted", "updated", "kept", "reserved")}
    return replace(table, orphans_left=dict(counts.orphans), merged=told)


def left_unmerged(run: Run, claim: Claim, problem: BaseException, *, cancelled: bool) -> Left:
    """Take away what is staged, or leave it to be resumed. The target's own rows are never touched."""
    try:
        claim.session.reconnect()
        if (marker := claim.session.marker()) is not None and marker.run == run.id and marker.state is State.COMPLETE:
            again = f"`lookalike jobs resume {run.id}` writes down what it did"
            return Left(False, f"the rows have joined the target, which is complete; {again}")
        if not cancelled and passes(problem) and claim.session.done():
            claim.session.set_state(State.INCOMPLETE)
            return Left(False, f"the target's own rows are as they were; {_ways(run, problem)}")
        claim.session.release()
    except DatabaseError:
        return Left(False, f"the target's own rows are as they were; {_ways(run, problem)}")
    return Left(True, "the target is as it was")


def _ways(run: Run, problem: BaseException) -> str:
    again = f"what is staged stays beside them: `lookalike jobs resume {run.id}`"
    if run.kept is None or isinstance(problem, SnapshotLost | PauseEnded):
        second = "" if selects(run.plan) else " or with `--second-snapshot`"
        return f"{again} goes on with `--restart`{second}, and another run clears it"
    return f"{again} goes on from there within {run.kept.minutes:g} minutes, and another run clears it"


def _order(
    run: Run, claim: Claim, build: Build, ground: Ground, pipeline: Pipeline, records: Sequence[TableRecord]
) -> Merge:
    if run.joins is None:
        raise AssertionError("only a run that joins a target merges")
    proves = run.target.capabilities.proves_keys
    by_name = {record.name: record for record in records}
    incoming = tuple(
        _incoming(table, build.target(table.name), by_name.get(table.name), proves=proves)
        for table in parents_first(pipeline.tables)
    )
    earlier, staged = ground.joined, claim.insist(lambda session: session.marker())
    if staged is None:
        raise TargetError("the target lost the mark of this run: somebody else is changing it", code="target-lost")
    # Whoever replaces it some day may drop the tables where the first run has made them.
    marker = replace(staged, state=State.COMPLETE, fresh=earlier is not None and earlier.fresh)
    described = run.target.describe()
    reserved, owning = held(run.target, described)
    before = earlier.run if earlier is not None else None
    return Merge(run.joins, described, incoming, marker, before, reserved, owning)


def _incoming(table: Table, there: Table, record: TableRecord | None, *, proves: bool) -> Incoming:
    """Rows without a parent in the source may come along, save where the target's own key promises that there are none."""
    counts = {
        key.columns: count
        for key, count in (zip(record.foreign_keys, record.orphans, strict=True) if record else ())
    }  # fmt: skip
    orphans = {
        key.name: 0 if proves and key.validated and key.enforced else counts.get(key.columns, 0)
        for key in there.foreign_keys
    }
    columns = tuple(column.name for column in table.stored)
    key = chunk_key(there)
    return Incoming(there, columns, key if set(key) <= set(columns) else (), orphans)


def _staging(session: Target) -> Staging:
    if not isinstance(session, Staging):
        raise AssertionError("a run that joins a target stages its rows")
    return session


def _refuse_living(run: Run, session: Target) -> None:
    """Raise Refused where another run is staging rows right now; what a dead one has staged is cleared by the claim."""
    staged = session.marker()
    if staged is None or staged.state is State.COMPLETE or staged.run == run.id:
        return
    if run.target.sees_lock(run_lock(staged.run)):
        raise Refused(
            f"run {staged.run} is writing this target right now: wait for its end (`lookalike jobs show {staged.run}`), or stop it "
            f"(`lookalike jobs cancel {staged.run}`)",
            code="target-busy",
        )
