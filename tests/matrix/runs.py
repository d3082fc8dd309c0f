"""The main line over a sheet of cases: one source with a table for each, one clone for each target, and what came of every column."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
import pymysql
from pymysql.constants import CLIENT
from sqlalchemy.engine import make_url

from connectors import open_database
from connectors.database import Database
from connectors.errors import DatabaseError
from connectors.names import TableName
from connectors.schema import Column, Schema
from engine.clone import clone
from engine.keys import MaskingKey
from engine.masking.keep import Keep
from engine.masking.keyed_token import Token
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.problems import Problem, Severity
from engine.runs import PlanFile, plan_problems
from engine.workspace import open_workspace
from tests.matrix.cases import Case, Sheet, sheets
from tests.matrix.probes import Probe, Values

KEY = MaskingKey("matrix", b"m" * 32)
NOTE = {"postgresql": "varchar(200)", "mariadb": "varchar(200)", "sqlite": "varchar(200)"}
OTHER_NOTE = {"postgresql": "text", "mariadb": "varchar(201)", "sqlite": "text"}
"""Another type of the neighbour: then the tables differ, and nothing may travel as the source's bytes."""
_QUOTE = {"mariadb": "`"}


@dataclass
class Arrived:
    """What came of one table."""

    source: Values = field(default_factory=dict)
    target: Values = field(default_factory=dict)
    column: Column | None = None
    """As the target describes it."""
    source_notes: list[str | None] = field(default_factory=list)
    target_notes: list[str | None] = field(default_factory=list)
    failure: str = ""
    """Why the run could not carry it."""


@dataclass
class Source:
    """A database of one engine with a table for every sheet that its server can make."""

    url: str
    engine: str
    sheets: tuple[Sheet, ...]
    missing: dict[str, str]
    """Case -> what its server lacks."""


@dataclass
class Outcome:
    """One run: per table what arrived, and what `check` had said before."""

    problems: dict[str, list[Problem]]
    arrived: dict[str, Arrived]


def build(url: str, engine: str, cases: Iterable[Case]) -> Source:
    """Fill a new database; a case whose extension is not installed is left out and named."""
    made, missing = [], dict[str, str]()
    for sheet in sheets(tuple(cases)):
        if sheet.case.name not in missing:
            try:
                run_sql(url, engine, list(_statements(sheet)))
                made.append(sheet)
            except psycopg.Error:
                if not sheet.case.needs:
                    raise
                missing[sheet.case.name] = sheet.case.needs
    return Source(url, engine, tuple(made), missing)


def run_sql(url: str, engine: str, statements: list[str]) -> None:
    """Run statements of several, each list in one session."""
    at = make_url(url)
    if engine == "postgresql":
        with psycopg.connect(url) as connection:
            for statement in statements:
                connection.execute(statement.encode())
    elif engine == "mariadb":
        with (
            closing(
                pymysql.connect(
                    host=at.host, port=at.port or 3306, user=at.username, password=str(at.password), database=at.database,
                    charset="utf8mb4", autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS,
                )
            ) as mariadb,
            mariadb.cursor() as cursor,
        ):  # fmt: skip
            for statement in statements:
                cursor.execute(statement)
                while cursor.nextset():
                    pass
    else:
        with closing(sqlite3.connect(str(at.database))) as file:
            for statement in statements:
                file.executescript(statement)


def _statements(sheet: Sheet) -> Iterable[str]:
    case = sheet.case
    # Of MariaDB a setup is of the session alone.
    if case.setup and (sheet.number == 0 or case.engine == "mariadb"):
        yield case.setup
    yield create(sheet.table, case, NOTE[case.engine])
    quoted = _name(sheet.table, case.engine)
    for number, value in enumerate(sheet.values, 1):
        yield f"insert into {quoted} (id, c, note) values ({number}, {value.sql}, 'Ada {number}')"
    if "not null" not in case.suffix.lower():
        yield f"insert into {quoted} (id, c, note) values ({len(sheet.values) + 1}, null, 'Ada')"


def create(table: str, case: Case, note: str) -> str:
    return f"create table {_name(table, case.engine)} (id int not null primary key, c {case.native} {case.suffix}, note {note})"


def _name(table: str, engine: str) -> str:
    mark = _QUOTE.get(engine, '"')
    return mark + table + mark


def clone_all(source: Source, target_url: str, engine: str, folder: Path) -> Outcome:
    """Clone into a new database every table that `check` lets through, each kept column beside a masked one."""
    with open_database(source.url) as origin, open_database(target_url) as goal:
        schema = origin.describe()
        plan = _plan(source, schema)
        problems = _problems(plan, origin, goal)
        stopped = {table for table, found in problems.items() if any(p.severity is Severity.ERROR for p in found)}
        arrived = _cloned(source, origin, goal, plan, stopped, folder)
    with open_database(target_url) as goal:
        described = goal.describe()
    judge, judged = Probe(source.url, source.engine), Probe(target_url, engine)
    for sheet in source.sheets:
        if sheet.table not in stopped and not arrived[sheet.table].failure:
            found = arrived[sheet.table]
            found.column = described.table(TableName(sheet.table)).column("c")
            found.source, found.target = (
                _values(probe, sheet, same=engine == source.engine) for probe in (judge, judged)
            )
            found.source_notes, found.target_notes = judge.notes(sheet.table), judged.notes(sheet.table)
    return Outcome(problems, arrived)


def _plan(source: Source, schema: Schema) -> Plan:
    alone = {sheet.table for sheet in source.sheets if sheet.case.alone}
    tables = {}
    for table in schema.tables:
        rules = [
            Rule(
                (column.name,), Token() if column.name == "note" and table.name.name not in alone else Keep(), "matrix"
            )
            for column in table.stored
        ]
        tables[table.name] = TablePlan(Treatment.MASK, tuple(rules))
    return Plan("matrix", "matrix", tables)


def _problems(plan: Plan, origin: Database, goal: Database) -> dict[str, list[Problem]]:
    """What `check` says of each table, before anything is written."""
    found: dict[str, list[Problem]] = {}
    for problem in plan_problems(PlanFile(Path("plan.toml"), plan, None), origin, goal):
        if problem.table is not None:
            found.setdefault(problem.table.name, []).append(problem)
    return found


def _cloned(
    source: Source, origin: Database, goal: Database, plan: Plan, stopped: set[str], folder: Path
) -> dict[str, Arrived]:
    """Run until nothing fails any more: a table that breaks the run is left out of the next, and its failure is its result."""
    arrived = {sheet.table: Arrived() for sheet in source.sheets}
    out = set(stopped)
    while True:
        dropped = {TableName(name): TablePlan(Treatment.DROP) for name in out}
        try:
            clone(replace(plan, tables={**plan.tables, **dropped}), origin, goal, KEY, workspace=open_workspace(folder))
            return arrived
        except DatabaseError as error:
            name = error.table.name if error.table is not None else ""
            if name not in arrived or name in out:
                raise
            arrived[name].failure = str(error)
            out.add(name)


def _values(probe: Probe, sheet: Sheet, *, same: bool) -> Values:
    return probe.native(sheet.table) if same else probe.canonical(sheet.table, sheet.case.shape)
