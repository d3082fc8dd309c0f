"""`lookalike plan SOURCE -o PLAN`: propose what happens to every column, and keep what a person decided."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from connectors.names import parse_table_name
from engine.commands.discover import PolicyOption, SqlFile, statements
from engine.commands.plans import agreed_domains, plan_file
from engine.commands.session import Session, Source
from engine.commands.status import UsageError
from engine.lock import lock_path
from engine.plan import Treatment
from engine.plan_toml_write import rule_data
from engine.planning import LEAST, Asked, Planned, decisions, make_plan
from engine.planning_synthesis import SynthesisAsked
from engine.printing import FAINT, GOOD, WARN, plural, table
from engine.privacy.spec import How
from engine.profiling.finding import Options
from engine.profiling.policy import PolicyError
from engine.progress import progress_shown

LISTED = 40
"""Undecided columns that are named on the screen; the plan and --json have all."""


def plan(
    session: Session,
    source: Source,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The plan to write or renew; PLAN.lock goes beside it.")
    ],
    key: Annotated[str, typer.Option(help="Masking key of a new plan: databases under one key agree.")] = "default",
    accept: Annotated[
        bool, typer.Option("--accept", help="Take the safest mask for every column that would block.")
    ] = False,
    accept_new: Annotated[
        bool, typer.Option("--accept-new", help="With --accept: also for columns new since PLAN.lock.")
    ] = False,
    policy: PolicyOption = None,
    sql: SqlFile = None,
    accept_keys: Annotated[
        bool, typer.Option("--accept-keys", help="Take inferred foreign keys for true: they stand in the plan.")
    ] = False,
    least: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="With --accept-keys: keys of this probability.", show_default="0.9"),
    ] = None,
    synthesize: Annotated[
        str | None, typer.Option(metavar="TABLE", help="One row for each person: synthesise it with all that it owns.")
    ] = None,
    epsilon: Annotated[
        float | None, typer.Option(help="With --synthesize: the budget; smaller is stronger.", show_default="1.0")
    ] = None,
    delta: Annotated[
        float | None, typer.Option(help="With --synthesize: at most 1/(10 x entities).", show_default="1e-6")
    ] = None,
    entities: Annotated[
        int | None, typer.Option(min=1, help="With --synthesize: how many people, if that may be public.")
    ] = None,
) -> None:
    """Propose what happens to every column.

    Looks at a sample of each table, as `discover` does. What is not sure is left undecided, with the reason. An earlier plan keeps
    what a person decided in it.
    """
    if accept_new and not accept:
        raise UsageError("--accept-new goes with --accept")
    if least is not None and not accept_keys:
        raise UsageError("--least goes with --accept-keys")
    if synthesize is None and (epsilon, delta, entities) != (None, None, None):
        raise UsageError("--epsilon, --delta and --entities go with --synthesize")
    asked = Asked(
        key, accept, accept_new, policy, accept_keys, LEAST if least is None else least,
        Options(statements=statements(sql)), _synthesis(synthesize, epsilon, delta, entities),
    )  # fmt: skip
    with session.source(source) as database, progress_shown(session.screen) as report:
        try:
            agreed = agreed_domains(session, plan_file(output).plan.key if output.exists() else key)
            planned = make_plan(database, output, asked, agreed=agreed, progress=report)
        except OSError as error:
            raise UsageError(f"the plan {output} cannot be written: {error.strerror}") from None
        except PolicyError as error:
            raise UsageError(str(error)) from None
    session.screen.show(plan_data(planned, output), *_shown(planned, output, session.screen.as_json))


def _shown(planned: Planned, output: Path, quiet: bool) -> Iterator[RenderableType]:
    if quiet:
        return
    counted = decisions(planned.plan)
    rows = [
        (
            name,
            planned.plan.tables[name].treatment.value,
            *counts[:2],
            Text(str(counts[2]), style=WARN) if counts[2] else 0,
        )
        for name, counts in counted.items()
    ]
    changed = "masked" if planned.plan.privacy is None else "masked or made"
    yield table(("table", "treatment", changed, "kept", "undecided"), rows)
    waiting = [(name, rule) for name, rule in planned.plan.rules() if not rule.decided]
    if waiting:
        listed = [(f"{name}.{', '.join(rule.columns)}", rule.reason) for name, rule in waiting[:LISTED]]
        yield table(("undecided column", "why"), listed)
        if len(waiting) > LISTED:
            yield f"... and {len(waiting) - LISTED} more; the plan has them all."
    masked, kept, undecided = (sum(counts[place] for counts in counted.values()) for place in range(3))
    verb = "Renewed" if planned.renewed else "Wrote"
    yield f"{verb} {output} and {lock_path(output)}: {masked} columns {changed}, {kept} kept, {undecided} undecided."
    accepted = sum(rule.accepted for _, rule in planned.plan.rules())
    if accepted:
        yield Text(f"{plural(accepted, 'mask')} taken by --accept and marked `accepted` in the plan.", style=FAINT)
    yield from _synthetic(planned)
    if planned.inferred:
        words = f"{plural(len(planned.inferred), 'foreign key')} inferred that the database does not declare: comments in the plan."
        yield Text(words, style=FAINT)
    if undecided:
        yield Text("`check` and `run` wait until each has a decision:", style=WARN)
        yield '  Col = { mask = "email" }        mask it (`lookalike doctor` lists the masks)'
        yield '  Col = { keep = "why" }          keep it as it is, and say why'
        yield "  lookalike plan SOURCE -o PLAN --accept    take the safest mask for all of them"
    else:
        yield Text("Every column is decided. Read the plan, then `lookalike check` it.", style=GOOD)


def _synthesis(
    unit: str | None, epsilon: float | None, delta: float | None, entities: int | None
) -> SynthesisAsked | None:
    if unit is None:
        return None
    try:
        return SynthesisAsked(parse_table_name(unit), epsilon, delta, entities)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _synthetic(planned: Planned) -> Iterator[RenderableType]:
    """What is learned, and what an officer has to look at."""
    spec, tables = planned.plan.privacy, planned.plan.tables.values()
    if spec is None:
        return
    made, public = (sum(each.treatment is kind for each in tables) for kind in (Treatment.SYNTHESIZE, Treatment.PUBLIC))
    learned = sum(rule.learn is not None and rule.learn.how is not How.KEY for _, rule in planned.plan.rules())
    yield (
        f"{plural(made, 'table')} synthesised from {spec.unit} down ({plural(learned, 'column')} learned), {public} public; "
        f"epsilon {spec.epsilon:g}, delta {spec.delta:g}."
    )
    yield Text(
        "No row of the synthesised tables was looked at. An officer signs public tables, and whatever range or list you declare.",
        style=FAINT,
    )


def plan_data(planned: Planned, output: Path) -> dict[str, Any]:
    """The plan for scripts: per column what happens, and why."""
    counted = decisions(planned.plan)
    return {
        "plan": str(output),
        "lock": str(lock_path(output)),
        "renewed": planned.renewed,
        "masked": sum(counts[0] for counts in counted.values()),
        "kept": sum(counts[1] for counts in counted.values()),
        "undecided": sum(counts[2] for counts in counted.values()),
        "policy": planned.plan.policy,
        "inferred_keys": len(planned.inferred),
        "not_examined": len(planned.findings.not_examined),
        "tables": {
            str(name): {
                "treatment": each.treatment.value,
                "columns": {
                    column: rule_data(rule) | {"reason": rule.reason} for rule in each.rules for column in rule.columns
                },
            }
            for name, each in planned.plan.tables.items()
        },
    }
