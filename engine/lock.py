"""PLAN.lock: what the plan was made for. Beside the plan, diffable, written by the tool alone, without any cell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from connectors.names import TableName, parse_table_name
from connectors.schema import Check, Column, Schema, Table
from engine.condition_text import listed_alone, listed_in, parse_condition
from engine.plan import Plan
from engine.plan_toml_write import rule_data
from engine.problems import PlanError, Problem, Severity

LOCK_VERSION = 1


@dataclass(frozen=True, slots=True)
class ColumnLock:
    type: str
    """As the database prints it, with its length."""
    nullable: bool
    generated: bool = False
    labels: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    """The values that a CHECK lists for it, hashed."""


@dataclass(frozen=True, slots=True)
class TableLock:
    columns: Mapping[str, ColumnLock]
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lock:
    dialect: str
    tables: Mapping[TableName, TableLock]
    proposal: Mapping[TableName, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    """The last proposal for every column, as its rule's TOML keys: what differs from it in the plan is a person's."""
    json_paths: Mapping[TableName, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """The paths of each column of documents that were seen when the plan was made."""
    maskers: Mapping[str, int] = field(default_factory=dict)
    """Versions of the algorithms of all maskers in the plan."""
    policy: str | None = None
    """By which policy was last proposed."""
    partly: Mapping[TableName, tuple[str, ...]] = field(default_factory=dict)
    """Columns of documents whose paths are not all there, because a limit was reached."""


def lock_path(plan: Path) -> Path:
    """`clinic.toml` -> `clinic.toml.lock`, beside it."""
    return plan.with_name(plan.name + ".lock")


def make_lock(
    schema: Schema, proposal: Plan, json_paths: Mapping[TableName, Mapping[str, tuple[str, ...]]] | None = None
) -> Lock:
    """The lock of a schema and of what was just proposed for it."""
    proposed = {
        name: {column: proposal_data(rule.columns, rule_data(rule)) for rule in table.rules for column in rule.columns}
        for name, table in proposal.tables.items()
    }
    versions = {rule.masker.name: rule.masker.version for _, rule in proposal.rules() if rule.masker is not None}
    tables = {table.name: table_lock(table, schema.dialect) for table in schema.tables}
    return Lock(schema.dialect, tables, proposed, json_paths or {}, versions, proposal.policy)


def proposal_data(columns: tuple[str, ...], data: dict[str, Any]) -> dict[str, Any]:
    return data | ({"columns": list(columns)} if len(columns) > 1 else {})


def table_lock(table: Table, dialect: str) -> TableLock:
    columns = {column.name: column_lock(column, listed(table, column.name, dialect)) for column in table.columns}
    return TableLock(columns, tuple(constraint_lines(table, dialect)))


def column_lock(column: Column, values: Iterable[str] = ()) -> ColumnLock:
    hashed = tuple(sorted(map(digest, values)))
    return ColumnLock(column.native, column.nullable, column.generated is not None, column.enum, hashed)


def listed(table: Table, column: str, dialect: str) -> tuple[str, ...]:
    """The values that the table's CHECKs leave to the column, where one lists them."""
    conditions = (parse_condition(check.expression, dialect) for check in table.checks)
    found = (listed_in(condition, column) for condition in conditions if condition is not None)
    return tuple(dict.fromkeys(str(value) for values in found for value in values))


def digest(text: str) -> str:
    """Short, and enough to see a change by."""
    return sha256(text.encode()).hexdigest()[:12]


def constraint_lines(table: Table, dialect: str) -> list[str]:
    """Keys and conditions, one readable line each."""
    lines = [f"{'primary key' if u.primary else 'unique'} ({', '.join(u.columns)})" for u in table.uniques]
    for key in (key for key in table.foreign_keys if not key.virtual):
        lines.append(f"foreign key ({', '.join(key.columns)}) -> {key.parent} ({', '.join(key.parent_columns)})")
    lines += [f"check {check.name} {_condition(check, dialect)}" for check in table.checks]
    return sorted(lines)


def _condition(check: Check, dialect: str) -> str:
    """Hashed, for its literals may name people; of a mere list of labels the column, for the labels are locked with that."""
    condition = parse_condition(check.expression, dialect)
    listing = listed_alone(condition) if condition is not None else None
    return f"lists {listing}" if listing is not None else digest(check.expression)


def lock_text(lock: Lock) -> str:
    """JSON, one fact a line, in a fixed order."""
    data = {
        "lock": LOCK_VERSION,
        "dialect": lock.dialect,
        "maskers": dict(sorted(lock.maskers.items())),
        **({"policy": lock.policy} if lock.policy is not None else {}),
        "json_paths": {str(table): {c: list(p) for c, p in paths.items()} for table, paths in lock.json_paths.items()},
        **({"json_partly": {str(table): list(names) for table, names in lock.partly.items()}} if lock.partly else {}),
        "tables": {str(name): _table_data(lock, name) for name in lock.tables},
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _table_data(lock: Lock, name: TableName) -> dict[str, Any]:
    table, proposed = lock.tables[name], lock.proposal.get(name, {})
    columns = {}
    for column, known in table.columns.items():
        data: dict[str, Any] = {"type": known.type, "nullable": known.nullable}
        data |= {"generated": True} if known.generated else {}
        data |= {"labels": list(known.labels)} if known.labels else {}
        data |= {"listed": list(known.listed)} if known.listed else {}
        data |= {"proposed": proposed[column]} if column in proposed else {}
        columns[column] = data
    return {"columns": columns, "constraints": list(table.constraints)}


def read_lock(text: str | bytes) -> Lock:
    """The inverse of `lock_text`. Raises PlanError for anything else."""
    try:
        data = json.loads(text)
        if data["lock"] != LOCK_VERSION:
            raise PlanError([_problem(f"It is of version {data['lock']}, and this version reads {LOCK_VERSION}.")])
        tables = {parse_table_name(name): table for name, table in data["tables"].items()}
        return Lock(
            dialect=data["dialect"],
            tables={name: TableLock(_columns(table), tuple(table["constraints"])) for name, table in tables.items()},
            proposal={name: _proposed(table) for name, table in tables.items()},
            json_paths={
                parse_table_name(t): {c: tuple(p) for c, p in m.items()} for t, m in data["json_paths"].items()
            },
            partly={parse_table_name(t): tuple(names) for t, names in data.get("json_partly", {}).items()},
            maskers=data["maskers"],
            policy=data.get("policy"),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PlanError([_problem("It cannot be read.")]) from None


def _columns(table: Mapping[str, Any]) -> dict[str, ColumnLock]:
    return {name: _column(data) for name, data in table["columns"].items()}


def _column(data: Mapping[str, Any]) -> ColumnLock:
    lists = (tuple(data.get(word, ())) for word in ("labels", "listed"))
    return ColumnLock(data["type"], data["nullable"], data.get("generated", False), *lists)


def _proposed(table: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: data["proposed"] for name, data in table["columns"].items() if "proposed" in data}


def _problem(reason: str) -> Problem:
    remedy = "Take the lock out of version control again, or run `lookalike plan` to make it anew."
    return Problem("lock", Severity.ERROR, f"PLAN.lock: {reason}", remedy)
