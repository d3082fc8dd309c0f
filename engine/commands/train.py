"""`lookalike train PLAN --source S`: learn a model and keep it; rows are made of it later, for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from engine.commands.plans import office, plan_file
from engine.commands.run import claim_shown
from engine.commands.session import PlanPath, Session, SourceOption
from engine.printing import GOOD, plural
from engine.privacy.guarantee import Guarantee
from engine.progress import progress_shown
from engine.synthesis.packages import require_packages

if TYPE_CHECKING:
    from engine.synthesis.model import Model


def train(
    session: Session,
    plan: PlanPath,
    source: SourceOption,
    name: Annotated[
        str | None, typer.Option(help="Under which the model is stored; by default plan's name and date.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
) -> None:
    """Learn a model of the entities that PLAN synthesises, and keep it.

    The plan is checked first. What it spends of the population's budget is in the ledger before it happens; `run --model` and
    `sample` then spend nothing.
    """
    trained_and_shown(session, plan, source, name=name, strict=strict)


def trained_and_shown(
    session: Session, plan: Path, source: str, *, name: str | None, strict: bool, id: str | None = None
) -> None:
    """Train, and show what was learned."""
    require_packages()
    # Imported here, for it takes seconds, and `--help` must start without it.
    from engine.training import train_model

    file = plan_file(plan)
    with session.source(source) as database, progress_shown(session.screen) as report:
        model = train_model(
            file, database, office(session), name=name, strict=strict, progress=report, address=session.safe(source),
            passwords=session.typed(source=source), id=id,
        )  # fmt: skip
    session.screen.show(model.to_json(), *model_shown(model))


def model_shown(model: Model) -> list[RenderableType]:
    """What was learned, and what may be claimed of it."""
    style = GOOD if isinstance(model.guarantee, Guarantee) else ""
    tables = plural(len(model.structure.tables), "table")
    said = f"Model {model.name}: {model.generator.name}, {tables}, learned from about {model.entities:,} entities."
    return [Text(said, style=style), *claim_shown(model.guarantee)]
