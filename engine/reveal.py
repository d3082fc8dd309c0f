"""Reveal: a few real values of one column for a person's eyes. It is entered in a hash chain before anything is read, and never with a
value; where it cannot be entered, nothing is read."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.database import Database, Form, Read, ReadColumn, Snapshot
from connectors.errors import ReadError
from connectors.names import TableName
from connectors.schema import Schema
from engine.domains import DomainSpec
from engine.keys import MaskingKey
from engine.masking.keep import Keep
from engine.pipeline import Pipeline, ancestors, compile_plan
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.prepare import first_passes
from engine.preview import PREPARED_ROWS, cell
from engine.runs import Office
from engine.subset.declared import declared

CHAIN = "reveals"
MOST = 20
"""Values that one look may show: enough to know a column by, too few to copy a table out."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """Some rows of one column. Holds cell values: for the screen of a person who may see the source, and for nothing else."""

    before: tuple[Any, ...] = field(repr=False)
    after: tuple[Any, ...] | None = field(default=None, repr=False)
    """The same rows as the rule masks them; None without a rule."""


def login() -> str:
    """Who is at this machine, as its accounts say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"


def logged(office: Office, what: Mapping[str, Any]) -> None:
    """Enter who is about to look at what (`who`, `source`, `table`, `columns`, `rows`...): counts and names, never a value. The chain
    itself says when. Raises CatalogError where it cannot be entered: then nothing may be read."""
    office.catalog.append(CHAIN, what)


def reveal(
    office: Office,
    source: Database,
    connection: str,
    table: TableName,
    column: str,
    who: str,
    rows: int,
    masking: Masking | None = None,
) -> Revealed:
    """Enter it, then read that many values of a column, and show beside them what they become. Raises CatalogError, ReadError."""
    rows = max(1, min(rows, MOST))
    schema = source.describe()
    if table not in schema.by_name or column not in {each.name for each in schema.table(table).columns}:
        raise ReadError(f"the source has no column {table}.{column}", table=table)
    pipeline = masking.pipeline(schema, table, column) if masking is not None else None
    logged(office, {"who": who, "source": connection, "table": str(table), "columns": [column], "rows": rows})
    with source.snapshot() as snapshot:
        return _read(snapshot, pipeline, table, column, rows)


@dataclass(frozen=True)
class Masking:
    """The rule whose work a reveal shows, with the plan that it stands in or is proposed for."""

    plan: Plan
    rule: Rule
    key: MaskingKey
    agreed: Mapping[str, DomainSpec] = field(default_factory=dict)

    def pipeline(self, schema: Schema, table: TableName, column: str) -> Pipeline:
        """For this rule and those that it is built from; every other column stays unread. Raises PlanError."""
        schema = declared(self.plan, schema)
        there = self.plan.tables.get(table, TablePlan(Treatment.MASK))
        rules = _needed(self.rule, there)
        known = {name for rule in rules for name in rule.columns}
        kept = [
            Rule((each.name,), Keep(), "not looked at", domain=_domain(there, each.name))
            for each in schema.table(table).stored
            if each.name not in known
        ]
        # Other tables keep their rules, for domains follow keys; their rows are not asked for.
        tables = {name: replace(each, treatment=Treatment.EMPTY) for name, each in self.plan.tables.items()}
        tables |= {each: TablePlan(Treatment.EMPTY) for each in schema.by_name if each not in tables}
        tables[table] = TablePlan(Treatment.MASK, (*rules, *kept))
        return compile_plan(replace(self.plan, tables=tables), schema, self.key, self.agreed)


def _needed(rule: Rule, table: TablePlan) -> list[Rule]:
    """The rule, and whatever it is built from."""
    rules = [rule]
    for each in rules:
        for name in each.from_:
            other = table.rule(name)
            if other is not None and other.decided and not any(name in known.columns for known in rules):
                rules.append(other)
    return rules


def _domain(table: TablePlan, column: str) -> str | None:
    rule = table.rule(column)
    return rule.domain if rule is not None else None


def _read(snapshot: Snapshot, pipeline: Pipeline | None, table: TableName, column: str, rows: int) -> Revealed:
    steps = pipeline.steps(table) if pipeline is not None else ()
    names = dict.fromkeys([column, *sorted({name for step in steps for name in step.looked_at})])
    columns = tuple(ReadColumn(name, Form.ARROW) for name in names)
    batches = list(snapshot.read(Read(table, columns, ancestors(steps), limit=rows)))
    before = tuple(cell(value) for batch in batches for value in batch.column(batch.schema.get_field_index(column)))
    if pipeline is None or not steps:
        return Revealed(before)
    own = [pipeline.schema.table(table)]
    pipeline = pipeline.prepared(first_passes(pipeline, snapshot, own, limit=PREPARED_ROWS))
    masked = [pipeline.mask(table, batch) for batch in batches]
    after = tuple(cell(value) for batch in masked for value in batch.column(batch.schema.get_field_index(column)))
    return Revealed(before, after)
