"""`lookalike run PLAN --source S --target T`: make the target what the plan says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from engine.commands.plans import office, plan_file
from engine.commands.session import PlanPath, Session, SourceOption, TargetOption
from engine.commands.status import Status, UsageError
from engine.evidence import Evidence
from engine.pace import Pace, PaceError, pace
from engine.printing import FAINT, GOOD, WARN, plural, table
from engine.privacy.guarantee import Guarantee, NoGuarantee
from engine.privacy.said import sentences
from engine.progress import progress_shown
from engine.runs import run_plan
from engine.safety import Mode
from engine.unknown_paths import CODE as UNKNOWN_PATH

KEEP_MINUTES = 60.0
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
        from engine.commands.worker import start_detached

        return start_detached(session, file, source, target, mode, strict, keep_snapshot, paced, model, seed)
    addresses = session.safe(source), session.safe(target)
    with session.open(source) as database, session.open(target) as goal, progress_shown(session.screen) as report:
        evidence = run_plan(
            file, database, goal, office(session), mode=mode, strict=strict, progress=report, addresses=addresses,
            keeping=session.keeping(source, target, keep_snapshot), pace=paced, model=model, seed=seed,
        )  # fmt: skip
    session.screen.show(evidence.to_json(), *evidence_shown(evidence))
    return ended(evidence)


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
