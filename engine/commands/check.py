"""`lookalike check PLAN --source S`: every problem at once, before anything is read."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from engine.commands.plans import agreed_domains, plan_file
from engine.commands.session import PlanPath, Session, SourceOption
from engine.commands.status import Status
from engine.printing import GOOD, plural, problem_data, problems_table
from engine.problems import errors
from engine.runs import plan_problems


def check(
    session: Session,
    plan: PlanPath,
    source: SourceOption,
    target: Annotated[
        str | None,
        typer.Option(
            "--target", "-t", help="Also hold the plan against this target; rows of the source are counted then."
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
) -> int | None:
    """Say all that stands between a plan and its run.

    Writes nothing. Reads a few rows where a CHECK cannot be proven; with --target it counts, in the source, the values that
    the target cannot hold.
    """
    file = plan_file(plan)
    agreed = agreed_domains(session, file.plan.key)
    with session.source(source) as database:
        if target is None:
            problems = plan_problems(file, database, agreed=agreed, strict=strict)
        else:
            with session.target(target) as goal:
                problems = plan_problems(file, database, goal, agreed=agreed, strict=strict)
    wrong = len(errors(problems))
    warnings = len(problems) - wrong
    data = {
        "ok": not wrong,
        "errors": wrong,
        "warnings": warnings,
        "problems": [problem_data(each) for each in problems],
    }
    if wrong:
        verdict = Text(f"{plural(wrong, 'error')} and {plural(warnings, 'warning')}: this plan does not run yet.")
    else:
        verdict = Text(
            f"Ready to run, with {plural(warnings, 'warning')}." if warnings else "Ready to run.", style=GOOD
        )
    session.screen.show(data, *problems_table(problems), verdict)
    return Status.PLAN if wrong else None
