"""`lookalike models`: the stored models, and what may be claimed of each."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from engine.commands.session import Session
from engine.printing import BAD, table
from engine.privacy.guarantee import Guarantee
from engine.synthesis.packages import require_packages


def models(session: Session) -> None:
    """List the stored models: sampling them spends nothing."""
    require_packages()
    # Imported here, for it takes seconds, and `--help` must start without it.
    from engine.sampling import stored_models

    found, unreadable = stored_models(session.workspace, session.keystore)
    rows = [
        (
            model.name,
            model.generator.name,
            model.structure.unit.table,
            model.entities,
            f"epsilon {model.guarantee.epsilon:g}, delta {model.guarantee.delta:g}"
            if isinstance(model.guarantee, Guarantee)
            else f"none: {model.guarantee.reason}",
            model.made,
        )
        for model in found
    ]
    headings = ("model", "technique", "unit", "learned from", "guarantee", "made")
    nothing = "No model is stored here: `lookalike train` and `lookalike run` make them."
    parts: list[RenderableType] = [table(headings, rows)] if rows else [] if unreadable else [nothing]
    parts += [Text(f"{why[:1].upper()}{why[1:]}.", style=BAD) for why in unreadable.values()]
    session.screen.show({"models": [model.to_json() for model in found], "unreadable": unreadable}, *parts)
