"""Take up an interrupted run: what its target and this workspace still know of it, and which moment of the source it goes on with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from connectors.database import Marker, State, Target
from connectors.errors import SnapshotLost
from connectors.names import TableName
from engine.build import Build
from engine.clone_evidence import told
from engine.clone_run import TWO_SNAPSHOTS, Run
from engine.evidence import Evidence
from engine.keeper_moment import find
from engine.plan import fingerprint, selects
from engine.record import TableRecord, without_sketches
from engine.safety import Refused


class AfterLoss(StrEnum):
    """What to do where the snapshot is over under which a run began. Only a person chooses."""

    ASK = "ask"
    RESTART = "restart"
    """Empty the target and begin anew."""
    SECOND = "second-snapshot"
    """Read what is missing as the source is now, which the evidence then says."""


class ChoiceNeeded(SnapshotLost):
    """An interrupted run could go on in two ways, and nobody has said which. Nothing was changed."""

    def __init__(self, run: str) -> None:
        super().__init__(
            f"the snapshot of the source that run {run} was reading is over: `lookalike jobs resume {run} --restart` empties the "
            f"target and begins anew, `lookalike jobs resume {run} --second-snapshot` reads what is missing as the source is now",
            code="snapshot-over",
        )


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A run that goes on."""

    marker: Marker
    evidence: Evidence
    done: Collection[tuple[TableName, int]]

    @property
    def complete(self) -> bool:
        """Only its evidence was not written any more."""
        return self.marker.state is State.COMPLETE


def taken_up(run: Run, session: Target, after: AfterLoss) -> Interrupted | None:
    """The interrupted run in this target; None where it begins anew. Raises Refused."""
    marker, evidence = session.marker(), told(run)
    if marker is None or marker.run != run.id:
        # It was stopped before it took the target: what is there, and whose it is, is looked at as for any new run.
        if evidence is None or (marker is None and not session.occupied()):
            return None
        raise _not_there(run)
    if evidence is None:
        raise _unknown(run)
    _refuse_changes(run, marker, evidence)
    if after is AfterLoss.RESTART and marker.state is not State.COMPLETE:
        return None
    run.started, run.snapshot, run.strategy = evidence.started, evidence.snapshot, evidence.strategy
    run.subset = evidence.subset
    run.learn(list(evidence.issues))
    return Interrupted(marker, evidence, session.done())


def _not_there(run: Run) -> Refused:
    return Refused(
        f"the target does not hold the unfinished run {run.id}: start a new run", code="target-not-resumable"
    )


def _unknown(run: Run) -> Refused:
    return Refused(
        f"this workspace does not know what run {run.id} has loaded: start again with `--mode new`",
        code="record-missing",
    )


def _refuse_changes(run: Run, marker: Marker, evidence: Evidence) -> None:
    if marker.fingerprint != fingerprint(run.plan):
        raise Refused(
            f"the plan has changed since run {run.id} began: start again with `--mode new`", code="plan-changed"
        )
    if evidence.key != run.key.identifier:
        raise Refused(
            f"run {run.id} began under another secret of the masking key {run.key.name!r}: start again with `--mode new`",
            code="key-changed",
        )


def refuse_unmeasured(run: Run, interrupted: Interrupted, build: Build) -> None:
    """An interrupted run goes on only where its measurements are: `verify` needs those of every chunk."""
    sources = {target: source for source, target in build.names.items()}
    if not all(run.store.measured(sources[table], ordinal) for table, ordinal in interrupted.done):
        raise _unknown(run)


def loaded(run: Run, interrupted: Interrupted, tables: Sequence[TableName]) -> list[TableRecord] | None:
    """The records of all tables, where every chunk of every table is in the target already: no snapshot is needed any more."""
    records = []
    for name in tables:
        record = run.store.table(name)
        if record is None or sum(table == record.target for table, _ in interrupted.done) != record.chunks:
            return None
        records.append(replace(record, measures=without_sketches(record.measures)))
    return records


def choose_moment(run: Run, interrupted: Interrupted, after: AfterLoss) -> None:
    """Find the moment that an earlier attempt was reading. Raises ChoiceNeeded where it is over, and needed."""
    run.kept = find(run.folder.folder, run.source)
    if run.kept is not None:
        return
    if not interrupted.done:
        run.folder.forget_chunks()
    elif selects(run.plan):
        # Another moment selects other rows; what is loaded of the first selection would be left without its parents.
        raise Refused(
            f"run {run.id} loads a subset, whose rows belong to one snapshot alone: `lookalike jobs resume {run.id} --restart` "
            "empties the target and begins anew",
            code="subset-snapshot-over",
        )
    elif after is AfterLoss.SECOND:
        run.snapshot = TWO_SNAPSHOTS
    else:
        raise ChoiceNeeded(run.id)


def forget_half(run: Run, session: Target, build: Build, done: Collection[tuple[TableName, int]]) -> None:
    """Under a second snapshot: empty the tables that were cut by row addresses of the first one and not finished, and cut those anew
    of which nothing is there."""
    present = {table for table, _ in done}
    for source, target in build.names.items():
        chunks = run.store.chunks(source) or []
        left = any((target, chunk.ordinal) not in done for chunk in chunks)
        if target in present and left and any(chunk.physical for chunk in chunks):
            session.forget(build.target(source))
            present.discard(target)
        if chunks and target not in present:
            run.store.forget(source)
