"""Assess: attack and measure a finished target against its source, hold it against a policy, and seal what was found."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.database import Database, Marker, State
from connectors.names import TableName
from engine.assessment.assessed import Assessed, Spent, TableAssessed, check_seal, read, sealed
from engine.assessment.comparison import Comparison
from engine.assessment.measuring import Measuring, nothing_measured
from engine.assessment.policy import Policy
from engine.assessment.spec import AssessSpec
from engine.assessment.store import AssessmentFolder
from engine.assessment.verdict import judge, scopes_of
from engine.domains import DomainSpec
from engine.evidence import Evidence, digest, loads
from engine.jobs.control import Control, Progress
from engine.jobs.events import now
from engine.keys import MaskingKey
from engine.plan import Plan, fingerprint
from engine.versions import VERSION, measuring_versions, schema_fingerprint
from engine.workspace import Workspace, write_private


@dataclass(frozen=True)
class Assessing:
    """What is assessed, by which rules, and where it is written down."""

    plan: Plan
    source: Database
    target: Database
    key: MaskingKey
    workspace: Workspace
    folder: AssessmentFolder
    spec: AssessSpec
    policy: Policy | None = None
    run: str | None = None
    """The run that is meant; None: whichever made the target."""
    agreed: Mapping[str, DomainSpec] | None = None
    budgets: Sequence[Spent] = ()
    """What is spent of the populations that the plan learns from."""
    control: Control = field(default_factory=Control)
    progress: Callable[[Progress], None] = lambda _: None


def assess(asked: Assessing) -> Assessed:
    """Measure everything there is to measure, and write it down sealed. What an earlier attempt in the same folder has measured is
    not measured again. Raises ReadError, Cancelled; a target that is not of this plan is no error: nothing of it is measured, and
    why."""
    clock, began = time.monotonic(), now()
    with asked.target.target() as session:
        marker = session.marker()
    told = _told(asked, marker)
    because = _not_of_this_plan(asked, marker)
    asked.folder.begin(_ground(asked, marker))
    assessed = Assessed(
        id=asked.folder.id,
        run=marker.run if marker is not None else None,
        plan=asked.plan.name,
        plan_fingerprint=fingerprint(asked.plan),
        schema_fingerprint=told.schema_fingerprint if told else schema_fingerprint(asked.source.describe()),
        key=asked.key.identifier,
        source=asked.source.url,
        target=asked.target.url,
        versions=dict(measuring_versions()),
        began=began,
        seconds=0.0,
        seed=asked.spec.seed,
        budgets=tuple(asked.budgets),
        run_evidence=digest(told) if told is not None else None,
    )
    if told is not None:
        assessed = replace(assessed, guarantee=told.guarantee, guarantees=told.guarantees)
    assessed = _measured(asked, assessed, told) if because is None else _unmeasured(asked, assessed, because)
    assessed = replace(assessed, seconds=round(time.monotonic() - clock, 3))
    text = sealed(assessed.to_json())
    write_private(asked.folder.evidence, text.encode())
    asked.folder.forget_parts()
    # What is shown is what was sealed, to the order of its words.
    return read(check_seal(text))


def _measured(asked: Assessing, assessed: Assessed, told: Evidence | None) -> Assessed:
    # Imported here, for what measures loads much that `assess --help` does without.
    from engine.assessment.compare import compare
    from engine.report.figures import figures_of

    comparison = compare(
        asked.plan, asked.source, asked.target, asked.key, spec=asked.spec, agreed=asked.agreed, evidence=told,
        control=asked.control, progress=asked.progress,
    )  # fmt: skip
    with asked.target.audit() as audit:
        measuring = Measuring(comparison, asked.spec, asked.folder, asked.control, asked.progress, audit)
        risks, quality = measuring.everything()
    asked.progress(Progress("report"))
    drawn = {"internal": figures_of(comparison), "releasable": figures_of(comparison, releasable=True)}
    asked.folder.save_figures({name: figures.to_json() for name, figures in drawn.items()}, asked.key)
    skipped = tuple(f"{name}: left out, as [assess] says" for name in asked.spec.skip)
    found = replace(
        assessed,
        tables=_tables(asked.plan, comparison),
        models=comparison.models,
        risks=risks,
        quality=quality,
        left=(*comparison.left, *skipped),
    )
    return _judged(asked, found, comparison)


def _unmeasured(asked: Assessing, assessed: Assessed, because: str) -> Assessed:
    risks, quality = nothing_measured(because)
    return _judged(asked, replace(assessed, risks=risks, quality=quality, left=(f"Nothing: {because}",)), None)


def _judged(asked: Assessing, assessed: Assessed, comparison: Comparison | None) -> Assessed:
    if asked.policy is None:
        return assessed
    scopes = scopes_of(comparison) if comparison is not None else {}
    verdict = judge(
        asked.policy, risks=assessed.risks, quality=assessed.quality, guarantee=assessed.guarantee,
        guarantees=assessed.guarantees, scopes=scopes,
    )  # fmt: skip
    return replace(assessed, policy=verdict)


def _told(asked: Assessing, marker: Marker | None) -> Evidence | None:
    """What the run that made the target wrote down; None where that is not in this workspace."""
    if marker is None or not asked.workspace.has_run(marker.run):
        return None
    file = asked.workspace.run(marker.run).evidence
    return loads(file.read_text()) if file.exists() else None


def _not_of_this_plan(asked: Assessing, marker: Marker | None) -> str | None:
    """Why what is in the target must not be measured by this plan; None where it may."""
    if marker is None:
        return "the target carries no mark of a run of ours, so it is not known what it was made of."
    if asked.run is not None and marker.run != asked.run:
        return f"the target holds run {marker.run}, and run {asked.run} is asked about."
    if marker.state is not State.COMPLETE:
        return f"the target is not complete: run {marker.run} left it {marker.state.value}."
    if marker.fingerprint != fingerprint(asked.plan):
        return f"the target was made by run {marker.run} under another version of the plan."
    return None


def _ground(asked: Assessing, marker: Marker | None) -> dict[str, str]:
    """Measurements on equal grounds may stand side by side."""
    target = f"{marker.run} {marker.fingerprint} {marker.state}" if marker is not None else ""
    return {"target": target, "spec": repr(asked.spec), "key": asked.key.identifier, "version": VERSION}


def _tables(plan: Plan, comparison: Comparison) -> dict[str, TableAssessed]:
    return {str(name): _table(plan, comparison, name) for name in sorted(plan.tables)}


def _table(plan: Plan, comparison: Comparison, name: TableName) -> TableAssessed:
    read = [side for side in (comparison.known, comparison.control) if side is not None and name in side.tables]
    there = comparison.target.tables.get(name)
    return TableAssessed(
        plan.tables[name].treatment.value,
        comparison.known.whole.get(name),
        comparison.target.whole.get(name),
        sum(side.tables[name].num_rows for side in read) if read else None,
        there.num_rows if there is not None else None,
    )
