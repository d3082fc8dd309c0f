"""`lookalike run PLAN --source S --target T`: make the target what the plan says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from connectors.database import Database
from engine.commands.plans import office, plan_file
from engine.commands.session import PlanPath, Session, SourceOption, TargetOption
from engine.commands.status import Status, UsageError
from engine.detached import KEEP_MINUTES, Does, Order
from engine.evidence import Evidence
from engine.jobs.control import Report
from engine.pace import Pace, PaceError, pace
from engine.printing import FAINT, GOOD, WARN, plural, table
from engine.privacy.guarantee import Guarantee, NoGuarantee
from engine.privacy.said import sentences
from engine.progress import progress_shown
from engine.runs import PlanFile, run_plan
from engine.safety import Mode
from engine.unknown_paths import CODE as UNKNOWN_PATH

if TYPE_CHECKING:
    from engine.assessment.assessed import Assessed
    from engine.verify_report import VerifyReport

KeepSnapshot = Annotated[
    float,
    typer.Option(
        metavar="MINUTES", min=0, help="How long the source's snapshot is kept while the run is paused or interrupted."
    ),
]
Connections = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Connections that read the source, and as many that load the target; by default half of this machine's cores, "
        "at most 4. MySQL and MariaDB are read over one, unless N is given: that takes a brief lock of the server.",
    ),
]
RowsPerSecond = Annotated[
    int | None, typer.Option(metavar="N", help="Read no more rows in a second, all connections together.")
]
Hours = Annotated[
    str | None,
    typer.Option(
        metavar="22:00-06:00",
        help="Load in these hours only (local time); outside them the run waits, and keeps its snapshot.",
    ),
]


_JOINED = ("inserted", "updated", "kept", "reserved")


def run(
    session: Session,
    plan: PlanPath,
    source: SourceOption,
    target: TargetOption,
    mode: Annotated[
        Mode | None,
        typer.Option(
            help="`new` clears an unfinished run of ours, `replace` writes over a complete one; without either, both stay. `append` "
            "adds rows to a complete one, and leaves those whose key is there already; `upsert` updates them, too."
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
    keep_snapshot: KeepSnapshot = KEEP_MINUTES,
    connections: Connections = None,
    rows_per_second: RowsPerSecond = None,
    window: Hours = None,
    detach: Annotated[bool, typer.Option("--detach", help="Run in the background; `lookalike jobs` shows it.")] = False,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Make synthetic rows of this stored model, and learn nothing.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of synthetic rows: the same seed gives the same rows.")
    ] = None,
) -> int | None:
    """Make the target what the plan says.

    The plan is checked first. The target ends complete, or empty, and marked so.
    """
    file, paced = plan_file(plan), ordered_pace(connections, rows_per_second, window)
    if detach:
        return _detached(session, file, source, target, mode, strict, keep_snapshot, paced, model, seed)
    addresses = session.safe(source), session.safe(target)
    with session.source(source) as database, session.target(target) as goal, progress_shown(session.screen) as report:
        evidence = run_plan(
            file, database, goal, office(session), mode=mode, strict=strict, progress=report, addresses=addresses,
            keeping=session.keeping(source, target, keep_snapshot), pace=paced, model=model, seed=seed,
        )  # fmt: skip
        after = followed(session, file, database, goal, evidence, addresses, (), report)
    return run_shown(session, evidence, after)


def _detached(
    session: Session,
    file: PlanFile,
    source: str,
    target: str,
    mode: Mode | None,
    strict: bool,
    keep_snapshot: float,
    pace: Pace,
    model: str | None,
    seed: int | None,
) -> int | None:
    from engine.commands.worker import run_detached

    # The vault may have to be made or unlocked by a prompt: that happens here, where the terminal is.
    _ = session.keystore
    passphrase = session.passphrase() if session.passphrase is not None else None
    order = Order(
        Does.RUN, plan=str(file.path.absolute()), source=source, target=target, mode=mode.value if mode is not None else None,
        strict=strict, keep_snapshot=keep_snapshot, pace=pace.words(), passphrase=passphrase, model=model, seed=seed,
    )  # fmt: skip
    return run_detached(session, order)


@dataclass(frozen=True, slots=True)
class Followed:
    """What came after a run."""

    verified: VerifyReport | None = None
    assessed: Assessed | None = None


def followed(
    session: Session,
    file: PlanFile,
    source: Database,
    target: Database,
    evidence: Evidence,
    addresses: tuple[str, str],
    then: Collection[str],
    progress: Report,
) -> Followed:
    """Verify and assess a run that is complete, each as a job: what was ordered with the run, and the assessment that its plan asks
    for."""
    run, verified, assessed = evidence.run, None, None
    # Imported here, for runs without them do without what they load.
    if Does.VERIFY in then:
        from engine.verifications import verify_run

        verified = verify_run(
            file, target, office(session), source=source, run=run, addresses=addresses, progress=progress
        )
    if Does.ASSESS in then or (file.plan.assess is not None and file.plan.assess.after_run):
        from engine.assessments import assess_plan

        assessed = assess_plan(file, source, target, office(session), run=run, addresses=addresses, progress=progress)
    return Followed(verified, assessed)


def run_shown(session: Session, evidence: Evidence, after: Followed) -> int | None:
    """Show what a run did and what was found after it, and give the exit status."""
    said, parts, status = evidence.to_json(), evidence_shown(evidence), ended(evidence)
    if after.verified is not None:
        from engine.commands.verify import report_shown

        said |= {"verification": after.verified.to_json()}
        parts += report_shown(after.verified)
        status = status or (None if after.verified.ok else Status.FAULT)
    if after.assessed is not None:
        from engine.commands.assess import assessed_shown
        from engine.commands.assess import ended as refused

        said |= {"assessment": after.assessed.to_json()}
        parts += assessed_shown(after.assessed)
        status = status or refused(after.assessed)
    session.screen.show(said, *parts)
    return status


def ordered_pace(connections: int | None, rows_per_second: int | None, window: str | None) -> Pace:
    """Raises UsageError for an order that makes no sense."""
    try:
        return pace(connections, rows_per_second, window)
    except PaceError as error:
        raise UsageError(str(error)) from None


def ended(evidence: Evidence) -> int | None:
    """The exit status of a complete run: a fault where documents held what the plan does not name."""
    return Status.FAULT if any(issue.code == UNKNOWN_PATH for issue in evidence.issues) else None


def subset_shown(subset: Mapping[str, Any]) -> str:
    """One sentence on the rows of a subset: how many, from what, and what brought most of them."""
    there = sum(each["source_rows"] for each in subset["tables"])
    text = f"A subset: {plural(subset['rows'], 'row')} of about {there:,}."
    if copied := subset.get("copies"):
        own = sum(copied["rows"].values())
        text += (
            f" {copied['copies']:,} copies of an entity of {copied['table']}: {plural(own * copied['copies'], 'row')}."
        )
    if subset["brought"]:
        most = max(subset["brought"], key=lambda one: int(one["rows"]))
        way = "children that follow their parents" if most["direction"] == "down" else "parents of selected rows"
        text += f" The foreign key {most['key']} of {most['table']} brought most: {most['rows']:,} ({way})."
    return text


def evidence_shown(evidence: Evidence) -> list[RenderableType]:
    """The end of a run for people: tables, what was masked in them, what to know."""
    rows = [
        (
            each.name,
            each.treatment,
            each.rows,
            len(each.masked),
            len(each.kept),
            sum(each.orphans.values()) or None,
            f"{each.seconds:.1f} s",
        )
        for each in evidence.tables
    ]
    parts: list[RenderableType] = [table(("table", "treatment", "rows", "masked", "kept", "orphans", "time"), rows)]
    if evidence.subset is not None:
        parts.append(Text(subset_shown(evidence.subset)))
    if joined := [(each.name, *(each.merged[word] for word in _JOINED)) for each in evidence.tables if each.merged]:
        parts.append(table(("table", *_JOINED), joined))
    for issue in evidence.issues:
        place = ".".join(str(part) for part in (issue.table, issue.column) if part is not None)
        where = f" {place}:" if place else ""
        parts.append(Text.assemble((issue.code, WARN), f"{where} {issue.message} ", (issue.remedy, FAINT)))
    seconds = max(evidence.seconds, 0.001)
    parts.append(Text(f"Complete: run {evidence.run}.", style=GOOD))
    parts.append(
        f"{plural(evidence.rows, 'row')} in {seconds:,.1f} s ({evidence.rows / seconds:,.0f} rows/s) from {evidence.snapshot}; "
        f"tables by {evidence.ddl_tool}, loaded with {evidence.strategy}."
    )
    return parts + guarantee_shown(evidence)


def guarantee_shown(evidence: Evidence) -> list[RenderableType]:
    """What was made of a model and what may be claimed: of each population, and of the target as a whole."""
    parts: list[RenderableType] = []
    if (made := evidence.synthesis) is not None:
        repairs = sum(made["repairs"]["repaired"].values())
        parts.append(
            f"{plural(made['entities'], 'entity', 'entities')} made by the {made['technique']} model {made['model']}"
            + (f"; {plural(repairs, 'value')} repaired." if repairs else ".")
        )
        for place, count in made["repairs"]["dropped"].items():
            parts.append(
                Text(f"{plural(count, 'row')} left out that could not be brought to keep {place}.", style=WARN)
            )
    for each in evidence.guarantees:
        if each != evidence.guarantee or isinstance(each, Guarantee):
            parts += claim_shown(each)
    return parts if isinstance(evidence.guarantee, Guarantee) else parts + claim_shown(evidence.guarantee)


def claim_shown(claim: Guarantee | NoGuarantee) -> list[RenderableType]:
    """What may be claimed of what was learned, word for word."""
    if isinstance(claim, NoGuarantee):
        return [Text(f"No guarantee: {claim.reason}.", style=FAINT)]
    return [
        Text(f"Of {claim.population}: epsilon {claim.epsilon:g}, delta {claim.delta:g}.", style=GOOD),
        *(Text(f"  {sentence}", style=FAINT) for sentence in sentences(claim)),
    ]
