"""Clone: read a source under one snapshot, mask, load a target, and say what was done.

The target ends empty or complete, and marked so. Nothing is written before the plan passes its check.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.database import Database, Issue, Marker, Phase, State, Target
from connectors.errors import DatabaseError
from connectors.names import TableName
from connectors.schema import Schema
from engine.abandon import left_behind, sentence_of
from engine.build import Build, existing_build, fresh_build, planned_schema, target_names
from engine.check import check
from engine.check_conditions import Trial
from engine.ddl_review import derived_copies
from engine.domains import DomainSpec
from engine.evidence import Evidence, TableEvidence, dumps, loads
from engine.jobs.control import Cancelled, Control, Progress
from engine.jobs.events import now
from engine.keys import MaskingKey
from engine.load import RunFailed, Sides, TableLoad, load
from engine.lock import Lock
from engine.order import parents_first
from engine.pipeline import Pipeline, compile_plan
from engine.plan import Plan, Treatment, fingerprint
from engine.problems import PlanError, errors
from engine.record import TableRecord, record_key, watched
from engine.record_store import RecordStore
from engine.safety import Ground, Mode, Refused, examine, refuse_the_source, refuse_unlisted, running
from engine.snapshots import held_here
from engine.trial import sample_trial
from engine.unknown_paths import unknown_path_issues
from engine.versions import VERSION, schema_fingerprint, versions
from engine.workspace import Workspace, new_run_id, write_private

ONE_SNAPSHOT = "one consistent snapshot"
TWO_SNAPSHOTS = "two snapshots: the chunks loaded before the interruption were read under an earlier one"


@dataclass
class _Run:
    """What one run holds while it goes: the arguments of `clone`, and what the steps have found so far."""

    plan: Plan
    source: Database
    target: Database
    key: MaskingKey
    workspace: Workspace
    id: str
    mode: Mode
    progress: Callable[[Progress], None]
    control: Control
    known: Mapping[str, Any]
    """What `check` is told beside plan and schema."""
    started: str = field(default_factory=now)
    clock: float = field(default_factory=time.monotonic)
    timings: dict[str, float] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    strategy: str = ""
    snapshot: str = ONE_SNAPSHOT

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self.control.check()
        self.progress(Progress(name))
        started = time.monotonic()
        try:
            yield
        finally:
            self.timings[name] = self.timings.get(name, 0.0) + round(time.monotonic() - started, 3)

    @property
    def store(self) -> RecordStore:
        return RecordStore(self.workspace.run(self.id), self.id, self.key)


def clone(
    plan: Plan,
    source: Database,
    target: Database,
    key: MaskingKey,
    *,
    workspace: Workspace,
    run_id: str | None = None,
    mode: Mode | str = Mode.NEW,
    resume: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    control: Control | None = None,
    lock: Lock | None = None,
    agreed: Mapping[str, DomainSpec] | None = None,
    trial: Trial | None = None,
    strict: bool = False,
) -> Evidence:
    """Make the target what the plan says, from one moment of the source. `lock`, `agreed`, `trial`, `strict`: as in `check`;
    without a `trial` unknown conditions are tried on a masked sample.

    Raises PlanError and Refused with nothing written, Cancelled and RunFailed with the target emptied again or marked `incomplete`.
    """
    known = {
        "lock": lock,
        "agreed": agreed,
        "trial": trial or sample_trial(plan, source, key),
        "strict": strict,
        "same_dialect": source.dialect == target.dialect,
    }
    run = _Run(
        plan, source, target, key, workspace, run_id or new_run_id(), Mode(mode), progress, control or Control(), known
    )
    with run.phase("check"):
        schema = source.describe()
        refuse_the_source(source, target)
        refuse_unlisted(target, workspace.allowed_targets)
        _refuse_problems(run, schema)
        pipeline = compile_plan(plan, schema, key, agreed)
        run.issues += derived_copies(plan, schema)
    with running(target, run.id), target.target() as session:
        build, ground = _prepare(run, session, schema, resume)
        _claim(run, session, build, ground, resume)
        try:
            records = _fill(run, session, build, ground, pipeline, resume)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the target must not stay half-full
            raise _given_up(run, session, build, ground, schema, error) from None
    run.workspace.run(run.id).forget_chunks()
    evidence = _evidence(run, build, schema, pipeline, records, State.COMPLETE.value)
    _save(run, evidence)
    run.progress(Progress("done", total_rows=evidence.rows))
    return evidence


def _prepare(run: _Run, session: Target, schema: Schema, resume: bool) -> tuple[Build, Ground]:
    """Look at the target and decide how its tables come to be. Raises Refused, or PlanError where plan and target do not fit."""
    with run.phase("prepare"):
        described = run.target.describe()
        planned = planned_schema(run.plan, schema)
        names = target_names(run.plan, planned, described.default_schema)
        if resume:
            ground = _resumed(run, session)
        else:
            ground = examine(
                run.target,
                session,
                list(described.by_name),
                list(names.values()),
                run.mode,
                lambda earlier: _tables_of(run, earlier),
            )
        if ground.fresh:
            build = fresh_build(run.plan, planned, run.source, run.target, names)
            _refuse_problems(run, schema, issues=build.issues)
        else:
            _refuse_problems(run, schema, target_schema=described)
            build = existing_build(run.plan, planned, described, run.source, run.target, names)
            _refuse_problems(run, schema, target_schema=described, issues=build.issues)
        return build, ground


def _refuse_problems(run: _Run, schema: Schema, **more: Any) -> None:
    # Whether an accepted code is used says only a check that sees every issue, of an existing and of a fresh target alike.
    problems = [p for p in check(run.plan, schema, **run.known, **more) if p.code != "accept-unused"]
    if errors(problems):
        raise PlanError(problems)


def _resumed(run: _Run, session: Target) -> Ground:
    """The ground of an interrupted run, whose target still says what it was. Raises Refused."""
    marker = session.marker()
    if marker is None or marker.run != run.id or marker.state is State.COMPLETE:
        raise Refused(
            f"the target does not hold the unfinished run {run.id}: start a new run", code="target-not-resumable"
        )
    if marker.fingerprint != fingerprint(run.plan):
        raise Refused(
            f"the plan has changed since run {run.id} began: start again with `--mode new`", code="plan-changed"
        )
    folder = run.workspace.run(run.id)
    if folder.evidence.exists() and loads(folder.evidence.read_text()).key != run.key.identifier:
        raise Refused(
            f"run {run.id} began under another secret of the masking key {run.key.name!r}: start again with `--mode new`",
            code="key-changed",
        )
    run.snapshot = TWO_SNAPSHOTS if session.done() else ONE_SNAPSHOT
    return Ground(fresh=marker.fresh)


def _tables_of(run: _Run, earlier: str) -> Collection[TableName] | None:
    """The tables that an earlier run of this workspace wrote; None where it is not known here."""
    if not run.workspace.has_run(earlier) or not run.workspace.run(earlier).evidence.exists():
        return None
    evidence = loads(run.workspace.run(earlier).evidence.read_text())
    return [table.target for table in evidence.tables if table.target is not None]


def _claim(run: _Run, session: Target, build: Build, ground: Ground, resume: bool) -> None:
    """Take the target; from here on it is ours, and marked so."""
    if ground.leftover is not None:
        _clear_leftover(run, session, ground.leftover)
    _save(run, _started(run, build))
    if not resume:
        source = hashlib.sha256(repr(run.source.identity()).encode()).hexdigest()
        session.claim(Marker(run.id, fingerprint(run.plan), State.LOADING, source, run.started, ground.fresh, VERSION))
    else:
        _refuse_unmeasured(run, session, build)
        session.set_state(State.LOADING)


def _refuse_unmeasured(run: _Run, session: Target, build: Build) -> None:
    """An interrupted run goes on only where its measurements are: `verify` needs those of every chunk."""
    sources = {target: source for source, target in build.names.items()}
    if not all(run.store.measured(sources[table], ordinal) for table, ordinal in session.done()):
        raise Refused(
            f"this workspace does not know what run {run.id} has loaded: start again with `--mode new`",
            code="record-missing",
        )


def _clear_leftover(run: _Run, session: Target, leftover: Marker) -> None:
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


def _only(schema: Schema, names: Collection[TableName]) -> Schema:
    wanted = set(names)
    return replace(
        schema,
        tables=tuple(table for table in schema.tables if table.name in wanted),
        triggers=tuple(trigger for trigger in schema.triggers if trigger.table in wanted),
    )


def _fill(
    run: _Run, session: Target, build: Build, ground: Ground, pipeline: Pipeline, resume: bool
) -> list[TableRecord]:
    with run.phase("prepare"):
        run.issues += build.issues
        run.issues += session.execute(build.script.phase(Phase.BEFORE))
        run.strategy = session.begin(build.schema, fresh=ground.fresh)
    with run.phase("load"):
        done = session.done() if resume else {}
        with held_here(run.source) as moment:
            sides = Sides(moment, session, pipeline, record_key(run.key), run.store, run.id, done)
            records = load(sides, _loads(build, pipeline), run.progress, run.control)
        run.issues += unknown_path_issues(pipeline.unknown_paths())
        run.issues += [issue for record in records for issue in _unreadable_issues(record)]
    with run.phase("finish"):
        run.issues += session.finish(build.schema, fresh=ground.fresh)
        run.issues += session.execute(build.script.phase(Phase.AFTER))
        run.control.check()
        session.set_state(State.COMPLETE)
    return records


def _unreadable_issues(record: TableRecord) -> Iterator[Issue]:
    for column, count in record.unreadable.items():
        message = f"{count:,} values are not of this column's type ({record.name}.{column}) and were written empty."
        yield Issue("values-unreadable", message, "Mend them in the source, or keep the column.", record.name, column)


def _loads(build: Build, pipeline: Pipeline) -> list[TableLoad]:
    loads_ = []
    for table in parents_first(pipeline.tables):
        wire = table.name in build.wire
        columns, derived = pipeline.reading(table.name, wire=wire)
        seen = watched(pipeline, table, wire=wire)
        loads_.append(TableLoad(table, build.target(table.name), columns, derived, seen, wire))
    return loads_


def _given_up(
    run: _Run, session: Target, build: Build, ground: Ground, schema: Schema, error: BaseException
) -> BaseException:
    """Leave the target empty or marked, write that down, and give the error to raise: a sentence that says how it was left."""
    run.progress(Progress("clean up"))
    left = left_behind(run.target, session, run.id, build.schema, fresh=ground.fresh)
    cancelled = isinstance(error, (Cancelled, KeyboardInterrupt))
    if left.over:
        run.workspace.run(run.id).forget_chunks()
    _save(run, replace(_started(run, build), state="cancelled" if cancelled else "failed", finished=now()))
    if cancelled:
        return Cancelled(f"cancelled; {left.sentence}")
    if isinstance(error, (PlanError, Refused)):
        return error
    if not isinstance(error, Exception):
        return error
    places = error if isinstance(error, DatabaseError) else DatabaseError("")
    return RunFailed(
        f"{sentence_of(error)}; {left.sentence}",
        table=places.table,
        column=places.column,
        constraint=places.constraint,
        code=places.code,
    )


def _started(run: _Run, build: Build) -> Evidence:
    """Evidence of a run without an end: which tables it writes."""
    tables = tuple(
        TableEvidence(name, build.names.get(name), plan.treatment.value) for name, plan in run.plan.tables.items()
    )
    return Evidence(
        run=run.id,
        state=State.LOADING.value,
        plan=run.plan.name,
        plan_fingerprint=fingerprint(run.plan),
        schema_fingerprint="",
        key=run.key.identifier,
        source=run.source.url,
        target=run.target.url,
        mode=run.mode.value,
        snapshot=run.snapshot,
        ddl_tool=build.script.tool,
        strategy=run.strategy,
        versions=versions(),
        started=run.started,
        finished="",
        seconds=round(time.monotonic() - run.clock, 3),
        tables=tables,
        issues=tuple(run.issues),
        timings=dict(run.timings),
    )


def _evidence(
    run: _Run, build: Build, schema: Schema, pipeline: Pipeline, records: list[TableRecord], state: str
) -> Evidence:
    by_name = {record.name: record for record in records}
    tables = tuple(_table_evidence(run, build, pipeline, name, by_name.get(name)) for name in sorted(run.plan.tables))
    return replace(
        _started(run, build),
        state=state,
        tables=tables,
        schema_fingerprint=schema_fingerprint(schema),
        finished=now(),
    )


def _table_evidence(
    run: _Run, build: Build, pipeline: Pipeline, name: TableName, record: TableRecord | None
) -> TableEvidence:
    plan = run.plan.tables[name]
    if record is None:
        return TableEvidence(name, build.names.get(name), plan.treatment.value)
    masked = {
        column: rule.masker.name
        for column in (pipeline.masked_columns(name) if plan.treatment is Treatment.MASK else ())
        if (rule := plan.rule(column)) is not None and rule.masker is not None
    }
    secret = run.key.derive("content digest")
    return TableEvidence(
        name,
        record.target,
        plan.treatment.value,
        rows=record.measures.rows,
        chunks=record.chunks,
        seconds=round(record.seconds, 3),
        masked=masked,
        kept={column: checksum.digest(secret) for column, checksum in record.measures.kept.items()},
        orphans={key.name: count for key, count in zip(record.foreign_keys, record.orphans, strict=True) if count},
        unchanged={column: m.unchanged_rows for column, m in record.measures.masked.items() if m.unchanged_rows},
    )


def _save(run: _Run, evidence: Evidence) -> None:
    write_private(run.workspace.run(run.id).evidence, dumps(evidence).encode())
