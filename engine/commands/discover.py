"""`lookalike discover SOURCE`: which columns hold what of people, what speaks for that, and what was not looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from connectors.names import TableName, parse_table_name
from connectors.schema import Schema
from engine.commands.discover_shown import findings_data, of_tables, shown
from engine.commands.session import Session, Source
from engine.commands.status import UsageError
from engine.profiling.discover import discover as look
from engine.profiling.finding import Options
from engine.profiling.keys.statements import read_statements
from engine.profiling.policy import POLICIES, Policy, PolicyError, read_policy
from engine.progress import progress_shown
from engine.propose import propose

SqlFile = Annotated[
    Path | None, typer.Option("--sql", metavar="FILE", help="A query log or script: its joins tell keys. Never shown.")
]
PolicyOption = Annotated[
    str | None,
    typer.Option("--policy", metavar="POLICY", help=f"{', '.join(POLICIES)}, or a file: what findings lead to."),
]


def discover(
    session: Session,
    source: Source,
    only: Annotated[
        list[str] | None, typer.Option("--table", help="Show what was found in this table. Can be repeated.")
    ] = None,
    policy: PolicyOption = None,
    sql: SqlFile = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows looked at in each table, spread over it.")] = Options().rows,
    text_seconds: Annotated[
        float, typer.Option(min=0, help="Processor seconds for reading free text; what is left is listed.")
    ] = Options().text_seconds,
    no_keys: Annotated[bool, typer.Option("--no-keys", help="Infer no foreign keys.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show columns without personal data as well.")] = False,
) -> None:
    """Find personal data, undeclared foreign keys, and columns that single people out together.

    Reads a sample of each table and writes nothing.
    """
    rules = _policy(policy)
    options = Options(rows, text_seconds, infer_keys=not no_keys, statements=statements(sql))
    with session.source(source) as database, progress_shown(session.screen) as report:
        schema = database.describe()
        tables = [_table(schema, text) for text in only or ()]
        findings = look(database, schema, options, report)
    decided = propose(schema, findings, policy=rules, by=policy) if rules is not None else None
    if tables:
        findings = of_tables(findings, tables)
    told = () if session.screen.as_json else shown(findings, every, decided)
    session.screen.show(findings_data(findings, decided), *told)


def _policy(said: str | None) -> Policy | None:
    try:
        return read_policy(said) if said is not None else None
    except PolicyError as error:
        raise UsageError(str(error)) from None


def _table(schema: Schema, text: str) -> TableName:
    try:
        name = parse_table_name(text)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if name not in schema.by_name:
        raise UsageError(f"there is no table {text}; `lookalike inspect` lists them")
    return name


def statements(path: Path | None) -> tuple[str, ...]:
    """The text of an SQL file."""
    if path is None:
        return ()
    try:
        return read_statements(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
