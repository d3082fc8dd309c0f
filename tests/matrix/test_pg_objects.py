"""PostgreSQL to PostgreSQL: the target's own dump says what the source's says, and every table holds the same rows."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from connectors import open_database
from connectors.pg_catalog import MARKER_SCHEMA
from connectors.pg_dump import find
from engine.clone import clone
from engine.evidence import Evidence
from engine.masking.keep import Keep
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.workspace import open_workspace
from tests.matrix.pg_objects import GROUPS, MANY
from tests.matrix.runs import KEY

_HEADER = re.compile(r"^-- Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: .*$", re.MULTILINE)


@dataclass(frozen=True)
class Cloned:
    source: str
    target: str
    evidence: Evidence


@pytest.fixture(scope="module")
def cloned(new_postgresql, tmp_path_factory) -> Cloned:  # type: ignore[no-untyped-def]
    """A database of all groups, and its clone with everything kept."""
    source, target = new_postgresql(), new_postgresql()
    with psycopg.connect(source, autocommit=True) as connection:
        for schema, script in (GROUPS | MANY).items():
            name = sql.Identifier(schema)
            connection.execute(sql.SQL("create schema {}").format(name))
            connection.execute(sql.SQL("set search_path = {}").format(name))
            connection.execute(script.encode())
    with open_database(source) as origin, open_database(target) as goal:
        tables = {
            table.name: TablePlan(Treatment.MASK, tuple(Rule((c.name,), Keep(), "matrix") for c in table.stored))
            for table in origin.describe().tables
        }
        plan = Plan("objects", "matrix", tables)
        workspace = open_workspace(tmp_path_factory.mktemp("workspace"))
        evidence = clone(plan, origin, goal, KEY, workspace=workspace)
    return Cloned(source, target, evidence)


@pytest.fixture(scope="module")
def dumps(cloned) -> tuple[dict[str, list[str]], dict[str, list[str]]]:  # type: ignore[no-untyped-def]
    return _sections(cloned.source), _sections(cloned.target)


def _sections(url: str) -> dict[str, list[str]]:
    """Schema -> the definitions that pg_dump gives of what lies in it."""
    tool = find(0)
    assert tool is not None
    command = [tool.path, "--schema-only", "--no-owner", f"--exclude-schema={MARKER_SCHEMA}", f"--dbname={url}"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    found: dict[str, list[str]] = {}
    for header, end in zip(headers, ends, strict=True):
        name, kind, schema = header.groups()
        body = text[header.end() : end].split("\n--\n")[0].strip().removesuffix("--").strip()
        found.setdefault(name if kind == "SCHEMA" else schema, []).append(f"{kind} {name}: {body}")
    return {schema: sorted(sections) for schema, sections in found.items()}


@pytest.mark.parametrize("group", GROUPS)
def test_the_definitions_of_a_group_are_the_sources(group, dumps) -> None:  # type: ignore[no-untyped-def]
    source, target = dumps
    assert target.get(group) == source[group]


def test_thirty_more_schemas_arrive(dumps) -> None:  # type: ignore[no-untyped-def]
    source, target = dumps
    assert {schema: target.get(schema) for schema in MANY} == {schema: source[schema] for schema in MANY}


def test_every_table_holds_the_rows_of_the_source_whatever_its_triggers_rules_and_policies_do(cloned) -> None:  # type: ignore[no-untyped-def]
    before, after = _rows(cloned.source), _rows(cloned.target)
    assert after == before
    assert len(before) > 60


def _rows(url: str) -> dict[str, list[str]]:
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'm') and c.relispopulated and n.nspname !~ '^pg_|^information_schema$' and n.nspname <> %s",
            [MARKER_SCHEMA],
        ).fetchall()
        return {
            name: sorted(row[0] for row in connection.execute(f"select t::text from only {name} t"))
            for (name,) in names
        }


def test_nothing_is_left_out_in_silence(cloned) -> None:  # type: ignore[no-untyped-def]
    """Materialised views are filled anew by pg_dump's own statement; what was told is only what is not described."""
    assert {issue.code for issue in cloned.evidence.issues} <= {"not-described"}


def test_a_sequence_goes_on_past_the_data_and_none_goes_back(cloned) -> None:  # type: ignore[no-untyped-def]
    with psycopg.connect(cloned.target, autocommit=True) as connection:
        assert connection.execute("insert into numbered.a (n) values (1) returning id").fetchone() == (40,)
        assert connection.execute("insert into numbered.s (other) values (1) returning id").fetchone() == (5,)
