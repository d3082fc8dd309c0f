"""Evidence: what a run did and measured. Counts, hashes and sentences; never a value, never a secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from connectors.database import Issue
from connectors.names import TableName, parse_table_name
from engine.privacy.guarantee import Guarantee, NoGuarantee
from engine.privacy.said import guarantee_read, guarantee_said


@dataclass(frozen=True, slots=True)
class TableEvidence:
    name: TableName
    target: TableName | None
    """None: the table was not created."""
    treatment: str
    rows: int = 0
    chunks: int = 0
    seconds: float = 0.0
    masked: Mapping[str, str] = field(default_factory=dict)
    """Column -> technique."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """Column -> keyed digest of its content: equal content, equal digest."""
    orphans: Mapping[str, int] = field(default_factory=dict)
    """Foreign key -> rows of the source without a parent, carried over as they were."""
    unchanged: Mapping[str, int] = field(default_factory=dict)
    """Masked column -> rows whose value was masked to itself, where there are any."""
    merged: Mapping[str, int] = field(default_factory=dict)
    """Where the rows joined others: how many were `inserted`, `updated`, `kept` as they were there, `reserved`."""
    orphans_left: Mapping[str, int] = field(default_factory=dict)
    """Where the rows joined others: foreign key -> rows of the whole table without a parent when they had."""


@dataclass(frozen=True, slots=True)
class Evidence:
    run: str
    state: str
    """`complete`, `failed` or `cancelled`."""
    plan: str
    plan_fingerprint: str
    schema_fingerprint: str
    key: str
    """The masking key's public identifier."""
    source: str
    """Its URL without a password."""
    target: str
    mode: str
    snapshot: str
    """Which moments of the source were read."""
    ddl_tool: str
    """Who wrote the target's DDL; `existing` where the tables were there."""
    strategy: str
    """How the tables were made loadable in any order."""
    versions: Mapping[str, str]
    started: str
    finished: str
    seconds: float
    tables: tuple[TableEvidence, ...] = ()
    issues: tuple[Issue, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    """Phase -> seconds."""
    guarantee: Guarantee | NoGuarantee = field(default_factory=NoGuarantee)
    """Of the target as a whole: none as soon as one table is masked or kept."""
    guarantees: tuple[Guarantee | NoGuarantee, ...] = ()
    """One for each population that was learned from."""
    synthesis: Mapping[str, Any] | None = None
    """What was made of a model, as `engine.synthetic_load` says it: entities, rows, repairs. None: no table is synthesised."""
    subset: Mapping[str, Any] | None = None
    """Which rows were taken and why, as `engine.subset.report.said` says it; None: all of them."""
    joined: str | None = None
    """Of a refresh: the complete run whose rows these have joined; None where nobody knows whose the rows are that were there."""

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    def to_json(self) -> dict[str, Any]:
        """The shape of `run --json`: `run`, `state`, `tables` by name, `seconds`, and everything else there is to know."""
        fields = asdict(self)
        fields["tables"] = {str(table.name): _table_json(table) for table in self.tables}
        fields["issues"] = [
            asdict(issue) | {"table": str(issue.table) if issue.table else None} for issue in self.issues
        ]
        fields["guarantee"] = guarantee_said(self.guarantee)
        fields["guarantees"] = [guarantee_said(each) for each in self.guarantees]
        return fields


def digest(evidence: Evidence) -> str:
    """SHA-256 of the whole, for the catalog's chain."""
    return hashlib.sha256(dumps(evidence).encode()).hexdigest()


def dumps(evidence: Evidence) -> str:
    """One line of JSON, the same for equal evidence: tables and columns keep the order in which they stand."""
    return json.dumps(evidence.to_json(), ensure_ascii=True, separators=(",", ":"))


def loads(text: str) -> Evidence:
    """Evidence as it was saved. Raises ValueError for anything else."""
    try:
        fields: dict[str, Any] = json.loads(text)
        tables = tuple(_table(name, entry) for name, entry in fields.pop("tables").items())
        issues = tuple(_issue(entry) for entry in fields.pop("issues"))
        whole = guarantee_read(fields.pop("guarantee"))
        guarantees = tuple(map(guarantee_read, fields.pop("guarantees", ())))
        return Evidence(**fields, tables=tables, issues=issues, guarantee=whole, guarantees=guarantees)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is not the evidence of a run") from error


def _table_json(table: TableEvidence) -> dict[str, Any]:
    fields = asdict(table)
    del fields["name"]
    return fields | {"target": str(table.target) if table.target else None}


def _table(name: str, entry: dict[str, Any]) -> TableEvidence:
    target = parse_table_name(entry["target"]) if entry["target"] else None
    return TableEvidence(parse_table_name(name), **(entry | {"target": target}))


def _issue(entry: dict[str, Any]) -> Issue:
    return Issue(**(entry | {"table": parse_table_name(entry["table"]) if entry["table"] else None}))
