"""`lookalike assess RUN`: attack and measure a finished target, and hold it against a policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from connectors.errors import ConnectError
from engine.assessment.assessed import NO_POLICY, Assessed
from engine.assessment.result import Quality, Risk, State
from engine.assessment.spec import AssessSpec
from engine.assessment.verdict import Verdict
from engine.commands.plans import known_key, office, plan_file
from engine.commands.session import Session
from engine.commands.status import Status, UsageError
from engine.printing import BAD, FAINT, GOOD, WARN, plural, story, table
from engine.progress import progress_shown
from engine.report.words import measure_of, remedy_of, shortened, worst_of_each

if TYPE_CHECKING:
    from engine.jobs.ledger import Job
    from engine.runs import PlanFile

_STYLE = {Verdict.PASS.value: GOOD, Verdict.FAIL.value: BAD, Verdict.NOT_MEASURED.value: WARN, NO_POLICY: FAINT}
PolicyOption = Annotated[
    str | None, typer.Option(help="ema, hipaa-expert, internal-test, strict, or a file; else as the plan says.")
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="Write the internal and the releasable report here: HTML, JSON, PDF where Qt is."
    ),
]


def assess(
    session: Session,
    run: Annotated[
        str | None, typer.Argument(help="A run of this workspace; or an assessment, to write its reports again.")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", "-s", help="In place of the run's own.")] = None,
    target: Annotated[str | None, typer.Option("--target", "-t", help="In place of the run's own.")] = None,
    plan: Annotated[Path | None, typer.Option("--plan", help="In place of the run's own.")] = None,
    policy: PolicyOption = None,
    report: ReportOption = None,
    entities: Annotated[int | None, typer.Option(min=1, help="People that are looked at, at most.")] = None,
    seconds: Annotated[float | None, typer.Option(min=1, help="About how long it may take.")] = None,
) -> int | None:
    """Attack and measure a finished target, and hold it against a policy.

    Whole entities are attacked along the foreign keys, masked, cloned and synthetic ones alike; every risk has an interval, a baseline
    and, where people were held out, a control. With a policy the exit status is 4 where the target does not pass.
    """
    anew = any(said is not None for said in (plan, policy, entities, seconds))
    if run is not None and source is None and target is None:
        shown = _again(session, run, report, anew=anew)
        if shown is not None:
            return shown
    job = _job(session, run) if run is not None else None
    about = (job.about or {}) if job is not None else {}
    path, from_, to = plan or about.get("plan"), source or about.get("source"), target or about.get("target")
    if path is None or from_ is None or to is None:
        raise UsageError("name a run of this workspace, or give --source, --target and --plan")
    file = plan_file(Path(path))
    known_key(session, file)
    spec = file.plan.assess or AssessSpec()
    spec = replace(spec, entities=entities or spec.entities, seconds=seconds or spec.seconds)
    try:
        return assessed_and_shown(session, file, from_, to, spec=spec, policy=policy, run=run, report=report)
    except ConnectError as error:
        if source is not None and target is not None:
            raise
        remedy = (
            "of a run's addresses no password is kept: give --source and --target, or name saved connections in them"
        )
        raise ConnectError(f"{error}; {remedy}") from None


def assessed_and_shown(
    session: Session,
    file: PlanFile,
    source: str,
    target: str,
    *,
    spec: AssessSpec | None = None,
    policy: str | None = None,
    run: str | None = None,
    id: str | None = None,
    report: Path | None = None,
) -> int | None:
    """Assess, show what was found, and give the exit status."""
    from engine.assessments import assess_plan

    with session.source(source) as origin, session.target(target) as goal, progress_shown(session.screen) as told:
        assessed = assess_plan(
            file, origin, goal, office(session), spec=spec, policy=policy, run=run, id=id,
            addresses=(session.safe(source), session.safe(target)), passwords=session.typed(source=source, target=target),
            progress=told,
        )  # fmt: skip
    return _shown(session, assessed, file, report)


def _again(session: Session, id: str, report: Path | None, *, anew: bool) -> int | None:
    """Show an assessment that is stored here once more; None where the id is no assessment's."""
    from engine.assessments import stored_assessment

    assessed = stored_assessment(session.workspace, session.catalog, id)
    if assessed is None:
        return None
    if anew:
        raise UsageError(
            f"{id} is an assessment, finished and sealed as it was: give its run {assessed.run} to assess anew"
        )
    about = session.ledger.job(id).about or {}
    return _shown(session, assessed, plan_file(Path(about["plan"])), report) or Status.DONE


def _shown(session: Session, assessed: Assessed, file: PlanFile, report: Path | None) -> int | None:
    parts = list(assessed_shown(assessed))
    if report is not None:
        from engine.assessments import stored_figures
        from engine.report.files import write_reports

        figures = stored_figures(session.workspace, assessed, known_key(session, file))
        written, missing = write_reports(assessed, figures, report)
        parts += [f"Written: {each}" for each in written]
        parts += [Text(missing, style=FAINT)] if missing else []
    session.screen.show(assessed.to_json(), *parts)
    return ended(assessed)


def ended(assessed: Assessed) -> int | None:
    """The exit status: refused by a policy that it does not pass."""
    return None if assessed.verdict in (NO_POLICY, Verdict.PASS.value) else Status.REFUSED


def assessed_shown(assessed: Assessed) -> Iterator[RenderableType]:
    """Each attack by its worst figure, what helps, what does not hold, the verdict."""
    worst = worst_of_each(risk for risk in assessed.risks if risk.risk is not None)
    if worst:
        headings = ("attack", "worst on", "risk", "interval", "found", "else", "alarms")
        yield table(headings, (_risk_row(risk, assessed.risks) for risk in worst))
        yield Text(
            "interval: of 95 %; found: how often the attack succeeds; else: how often without the target, or on people it cannot know",
            style=FAINT,
        )
    if any(risk.alarm for risk in worst):
        yield Text("What helps against what raises an alarm:")
        yield story((risk.attack, remedy_of(risk.attack)) for risk in worst if risk.alarm)
    faults = [each for each in assessed.quality if each.passed is False]
    yield from (Text(f"{each.scope}: {each.metric} {each.measure} does not hold", style=BAD) for each in faults)
    yield _counts(assessed)
    if assessed.policy is not None:
        for line in assessed.policy.lines:
            if line.applies and line.verdict is not Verdict.PASS:
                yield Text.assemble(
                    (line.verdict.value, _STYLE[line.verdict.value]), f" {line.line.asked}. {line.sentence}"
                )
        yield Text(
            f"Policy {assessed.policy.policy}: {assessed.verdict}. {assessed.policy.sentence}",
            style=_STYLE[assessed.verdict],
        )
    yield from (Text(f"Not examined: {each}", style=FAINT) for each in assessed.left)
    yield Text(
        f"Assessment {assessed.id}: {assessed.seconds:,.1f} s. All figures: `lookalike assess {assessed.id} --report FOLDER`.",
        style=FAINT,
    )


def _risk_row(risk: Risk, risks: Sequence[Risk]) -> tuple[object, ...]:
    assert risk.risk is not None
    alarms = sum(each.alarm for each in risks if each.attack == risk.attack)
    marked = (str(alarms), BAD) if alarms else ("no better than guessing" if risk.state is State.INVALID else "", FAINT)
    otherwise = [each.value for each in (risk.control, risk.baseline) if each is not None]
    return (
        Text(risk.attack, no_wrap=True),
        ": ".join(filter(None, (shortened(risk.scope), measure_of(risk)))),
        Text(f"{risk.risk.value:.2f}", no_wrap=True),
        Text(f"{risk.risk.low:.2f}-{risk.risk.high:.2f}", no_wrap=True),
        f"{risk.main.value:.2f}" if risk.main is not None else "",
        f"{max(otherwise):.2f}" if otherwise else "",
        Text(*marked),
    )


def _counts(assessed: Assessed) -> str:
    measured = sum(risk.state is not State.NOT_MEASURED for risk in assessed.risks)
    alarms = sum(risk.alarm for risk in assessed.risks)
    valid = [each for each in assessed.quality if each.passed is not None]
    figures = [each for each in assessed.quality if each.state is State.MEASURED]
    return (
        f"{plural(measured, 'risk')} of {len(assessed.risks)} measured, {plural(alarms, 'alarm')}; {sum(map(_holds, valid))} of "
        f"{plural(len(valid), 'rule')} of validity hold; {plural(len(figures), 'figure')} of quality."
    )


def _holds(quality: Quality) -> bool:
    return quality.passed is True


def _job(session: Session, run: str) -> Job:
    job = session.ledger.job(run)
    if job.kind != "clone":
        raise UsageError(f"{run} is no run, but a job of kind {job.kind}")
    return job
