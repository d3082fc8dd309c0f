"""`lookalike sample MODEL -o FOLDER`: rows of a stored model as files. Sampling spends nothing."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from engine.commands.run import claim_shown
from engine.commands.session import Session
from engine.commands.status import UsageError
from engine.printing import plural, table
from engine.progress import progress_shown
from engine.sample_files import FileKind
from engine.synthesis.packages import require_packages


def sample(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A name that `lookalike models` lists.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A new folder: one file for each table.")],
    entities: Annotated[
        int | None, typer.Option(min=1, help="How many; by default as many as it was learned from.")
    ] = None,
    where: Annotated[str | None, typer.Option(help="Only entities like these, in the source's SQL.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed gives the same rows.")] = None,
    format: Annotated[FileKind, typer.Option(help="Of the files.")] = FileKind.PARQUET,
    keys: Annotated[
        str | None,
        typer.Option(
            "--keys", metavar="DATABASE", help="Where the keys of public and other tables are read that rows refer to."
        ),
    ] = None,
) -> None:
    """Make entities of a stored model and write them as files.

    To fill a database, use `lookalike run PLAN --model MODEL`.
    """
    require_packages()
    # Imported here, for it takes seconds, and `--help` must start without it.
    from engine.sampling import Asked, sample_model

    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UsageError(f"{output} is there already: name a new folder")
    asked = Asked(entities, where, seed)
    with ExitStack() as stack:
        database = stack.enter_context(session.source(keys)) if keys is not None else None
        report = stack.enter_context(progress_shown(session.screen))
        made = sample_model(
            session.workspace, session.keystore, model, asked, output, format, database, progress=report
        )
    rows = [(name, count) for name, count in made.rows.items()]
    session.screen.show(
        made.said() | {"folder": str(output)},
        table(("table", "rows"), rows),
        f"{plural(made.entities, 'entity', 'entities')} in {output}.",
        *claim_shown(made.model.guarantee),
    )
