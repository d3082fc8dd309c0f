"""Propose a subset of a source, look at it before a run, and ask why a row is in it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.text import Text

from connectors.names import TableName, parse_table_name
from engine.commands import Verb
from engine.commands.plans import key_of, plan_file
from engine.commands.session import PlanPath, Session, SourceOption
from engine.commands.status import UsageError
from engine.commands.subset_shown import plan_data, plan_shown, proposal_data, proposal_shown, why_data, why_shown
from engine.printing import FAINT
from engine.progress import progress_shown
from engine.runs import PlanFile
from engine.subset.looking import estimated, exact
from engine.subset.looking import why as chain_of
from engine.subset.propose import propose_subset
from engine.subset.sizes import parse_size
from engine.subset.spec import Key, Roots, Subset
from engine.workspace import replace_file

KEY_HELP = "Values of the table's key; of several columns as in CSV: 17,2024-05-01."


def propose(
    session: Session,
    plan: PlanPath,
    source: SourceOption,
    root: Annotated[list[str], typer.Option("--root", help="A table to begin from; may be said several times.")],
    where: Annotated[str | None, typer.Option(help="Only its rows of this condition, in the source's SQL.")] = None,
    percent: Annotated[float | None, typer.Option(help="A sample of so many rows in a hundred.")] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="A sample of so many rows.")] = None,
    size: Annotated[
        str | None,
        typer.Option(
            help='As many roots as fit, with all that comes with them: "5 GB", "500 MB"; of a target in the source\'s own dialect.'
        ),
    ] = None,
    key: Annotated[list[str] | None, typer.Option("--key", help=f"{KEY_HELP} May be said several times.")] = None,
    keys_file: Annotated[
        Path | None, typer.Option(help="A CSV file of such keys, one a line, without a header.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws another sample.")] = 0,
) -> None:
    """Write [subset] into PLAN: the roots asked for, lookup tables whole, and each foreign key as it is followed.

    In a plan that has a [subset], its roots, size and seed are renewed and all else stays.
    """
    if percent is not None and not 0 < percent <= 100:
        raise UsageError("--percent is a number above 0 and up to 100")
    file = plan_file(plan)
    keys = tuple(_key(text) for text in key or ())
    roots = tuple(
        Roots(_table(name), where, percent, rows, keys, str(keys_file) if keys_file is not None else None)
        for name in root
    )
    with session.source(source) as database:
        asked = Subset(roots, _size(size), seed)
        proposal = propose_subset(file.plan, plan.read_text("utf-8"), database, asked)
    try:
        replace_file(plan, proposal.text.encode())
    except OSError as error:
        raise UsageError(f"the plan {plan} cannot be written: {error.strerror}") from None
    session.screen.show(proposal_data(proposal, plan), *proposal_shown(proposal, plan))


def plan(
    session: Session,
    plan: PlanPath,
    source: SourceOption,
    estimate: Annotated[bool, typer.Option("--estimate", help="Count the roots alone and reckon the rest.")] = False,
) -> None:
    """Say how much of each table a run would take, and what brings it; nothing is written.

    Estimates take the children of all parents for equally many; without --estimate every key is followed as in a run.
    """
    file = _with_subset(plan)
    key = key_of(session, file)
    with session.source(source) as database, _scratch(session) as folder, progress_shown(session.screen) as report:
        if estimate:
            guess, found = estimated(file.plan, database, key, folder, report), None
        else:
            guess, found = exact(file.plan, database, key, folder, report)
    session.screen.show(plan_data(guess, found), *plan_shown(guess, found))


def why(
    session: Session,
    plan: PlanPath,
    source: SourceOption,
    table: Annotated[str, typer.Option("--table", help="The row's table.")],
    key: Annotated[str, typer.Option("--key", help=KEY_HELP)],
) -> None:
    """Say why a row is in the subset: the chain of foreign keys from it to a root.

    Prints the real keys of the rows on the way: for those who may see the source.
    """
    file = _with_subset(plan)
    asked, name = _key(key), _table(table)
    secret = key_of(session, file)
    with session.source(source) as database, _scratch(session) as folder, progress_shown(session.screen) as report:
        steps = chain_of(file.plan, database, secret, folder, name, asked, report)
    shown = why_shown(steps) if steps else [Text(f"The row of {name} is not in the subset.", style=FAINT)]
    session.screen.show(why_data(name, steps), *shown)


def _with_subset(path: Path) -> PlanFile:
    file = plan_file(path)
    if file.plan.subset is None and file.plan.clone is None:
        raise UsageError(f"the plan {path} has no [subset]; `lookalike subset propose` writes one")
    return file


@contextmanager
def _scratch(session: Session) -> Iterator[Path]:
    """A private folder for the selection's keys, gone at the end."""
    with TemporaryDirectory(prefix="subset-", dir=session.workspace.folder) as folder:
        yield Path(folder)


def _table(text: str) -> TableName:
    try:
        return parse_table_name(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _key(text: str) -> Key:
    values = next(csv.reader([text]), [])
    if not values:
        raise UsageError("a key is empty")
    return tuple(values)


def _size(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        size = parse_size(text)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not size:
        raise UsageError("--size is more than nothing: 5 GB, 500 MB")
    return size


VERBS: dict[str, Verb] = {"propose": propose, "plan": plan, "why": why}
