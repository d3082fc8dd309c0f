"""`lookalike verify PLAN --source S --target T`: count a finished target again."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from engine.commands.plans import agreed_domains, known_key, office, plan_file
from engine.commands.session import PlanPath, Session, TargetOption
from engine.commands.status import Status
from engine.printing import BAD, GOOD, WARN, plural, table
from engine.progress import progress_shown
from engine.verify import verify as verify_target
from engine.verify_report import TableReport, VerifyReport


def verify(
    session: Session,
    plan: PlanPath,
    target: TargetOption,
    source: Annotated[
        str | None, typer.Option("--source", "-s", help="Asked only with --live, or without the record.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Compare with the source as it is now, not with the run's record.")
    ] = False,
    run: Annotated[
        str | None, typer.Option("--run", help="The run whose record is meant; usually the target's own.")
    ] = None,
) -> int | None:
    """Count a finished target again and look for leaks.

    Rows, foreign keys, unique keys, CHECKs, kept columns and overlap are held against what the run measured, and columns that no mask
    has changed are looked through for values of masked ones.
    """
    file = plan_file(plan)
    key = known_key(session, file)
    agreed = agreed_domains(session, key.name)
    with ExitStack() as stack:
        goal = stack.enter_context(session.target(target))
        origin = stack.enter_context(session.source(source)) if source is not None else None
        report = stack.enter_context(progress_shown(session.screen))
        verified = verify_target(
            file.plan,
            goal,
            key,
            workspace=session.workspace,
            source=origin,
            run_id=run,
            live=live,
            agreed=agreed,
            progress=report,
        )
    session.screen.show(verified.to_json(), *report_shown(verified))
    return None if verified.ok else Status.FAULT


def verified_and_shown(
    session: Session, plan: Path, source: str, target: str, *, run: str | None, id: str
) -> int | None:
    """Verify as a ledgered job, show what was found, and give the exit status."""
    from engine.verifications import verify_run

    file = plan_file(plan)
    with session.source(source) as origin, session.target(target) as goal, progress_shown(session.screen) as report:
        verified = verify_run(
            file, goal, office(session), source=origin, run=run, id=id,
            addresses=(session.safe(source), session.safe(target)), progress=report,
        )  # fmt: skip
    session.screen.show(verified.to_json(), *report_shown(verified))
    return None if verified.ok else Status.FAULT


def report_shown(report: VerifyReport) -> list[RenderableType]:
    """The tables of a verification, then what is wrong."""
    headings = (
        "table",
        "rows read",
        "rows there",
        "orphans",
        "duplicates",
        "checks failed",
        "kept equal",
        "leaks",
        "equal by chance",
    )
    parts: list[RenderableType] = [table(headings, map(_row, report.tables))]
    parts += [f"Not checked: {each.name}: {note}" for each in report.tables for note in each.notes]
    parts += [f"Not looked through for values of masked columns: {each}" for each in report.residuals.left]
    parts += [Text.assemble(("warning", WARN), f" {warning}") for warning in report.warnings()]
    faults = report.faults()
    parts += [Text.assemble(("fault", BAD), f" {fault}") for fault in faults]
    verdict = f"{plural(len(faults), 'fault')}." if faults else "Verified: no fault."
    if report.unchecked:
        verdict += f" {plural(report.unchecked, 'question')} without an answer: see `Not checked`."
    other = report.compared_with.removeprefix("the ")
    parts.append(
        Text(f"{verdict} Compared with the {other}.", style=BAD if faults else WARN if report.unchecked else GOOD)
    )
    return parts


def _row(each: TableReport) -> tuple[object, ...]:
    equal = sum(each.kept.values())
    chance = sum(exposure.found - exposure.excess for exposure in each.exposures.values())
    return (
        each.name,
        each.rows_source,
        each.rows_target,
        _orphans(each),
        each.duplicates,
        each.checks_failed,
        f"{equal} of {len(each.kept)}" if each.kept else "",
        sum(each.leaks.values()) if each.exposures else None,
        chance if each.exposures else None,
    )


def _orphans(each: TableReport) -> str:
    there, before = sum(each.orphans_target.values()), sum(each.orphans_source.values())
    if not each.orphans_target:
        return ""
    return f"{there:,} (source {before:,})" if there or before else "0"
