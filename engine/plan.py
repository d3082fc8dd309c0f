"""The plan: what happens to every table and every column. Frozen, reviewable, diffable; `engine/plan_toml.py` reads and writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any

from connectors.names import TableName
from engine.assessment.spec import AssessSpec
from engine.masking.base import Masker
from engine.privacy.spec import Learn, PrivacySpec
from engine.privacy.words import learn_data, privacy_said
from engine.subset.spec import Copies, DeclaredKey, Subset
from engine.subset.words import selection_said

PLAN_VERSION = 1


class Treatment(StrEnum):
    """What happens to a table's rows."""

    MASK = "mask"
    COPY = "copy"
    """All columns as they are: needs a reason."""
    EMPTY = "empty"
    """The table without rows."""
    DROP = "drop"
    """No table."""
    PUBLIC = "public"
    """As it is, because it says nothing of the people: not covered by a guarantee. Needs a reason."""
    SYNTHESIZE = "synthesize"
    """None of its rows: new ones, learned from all of them together."""


READ = (Treatment.MASK, Treatment.COPY, Treatment.PUBLIC)
"""Whose rows are read one by one and come into the target."""
AS_IS = (Treatment.COPY, Treatment.PUBLIC)
"""Whose rows come into the target unchanged."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to one column, or to several together."""

    columns: tuple[str, ...]
    masker: Masker | None
    """None: nobody has decided yet, and the plan does not run."""
    reason: str | None = None
    """Why it is kept; why it is undecided; who proposed it."""
    domain: str | None = None
    """Columns of one domain agree in every table and database; None: the masker's own, or the referenced key's."""
    from_: tuple[str, ...] = ()
    """Columns of the same row whose masked values this one is built from."""
    by: str | None = None
    """The person key: a column of the row, or `column.column` along foreign keys (`OrderId.CustomerId`)."""
    roles: tuple[str, ...] = ()
    """What each column is for a masker of several columns."""
    accepted: bool = False
    """Chosen by `plan --accept`, by no person."""
    learn: Learn | None = None
    """In a synthesised table: how the column is learned. Its `masker`, there, makes values out of nothing."""

    @property
    def decided(self) -> bool:
        return self.masker is not None or self.learn is not None


@dataclass(frozen=True, slots=True)
class TablePlan:
    treatment: Treatment
    rules: tuple[Rule, ...] = ()
    reason: str | None = None

    def rule(self, column: str) -> Rule | None:
        """The rule that names this column."""
        return next((rule for rule in self.rules if column in rule.columns), None)


@dataclass(frozen=True)
class Plan:
    name: str
    key: str
    """The name of a masking key in the keyring or vault, never the key."""
    tables: Mapping[TableName, TablePlan]
    target_schemas: Mapping[str, str] = field(default_factory=dict)
    """Source schema -> target schema, where they differ."""
    accept: tuple[str, ...] = ()
    """Codes of warnings that a person accepted, each `code` or `code table.column`."""
    locale: str = "en_US"
    """Whose names and addresses the lists give."""
    version: int = PLAN_VERSION
    subset: Subset | None = None
    """Which rows; None: all of them."""
    foreign_keys: tuple[DeclaredKey, ...] = ()
    """Keys that no database declares: followed by a subset, and their columns share a domain."""
    clone: Copies | None = None
    privacy: PrivacySpec | None = None
    """Needed where a table is synthesised."""
    assess: AssessSpec | None = None
    """How a finished target is assessed. It decides nothing in a run."""
    policy: str | None = None
    """By which policy decisions were last proposed: its name or its file. It decides nothing in a run."""
    folder: Path | None = field(default=None, compare=False)
    """Where its file lies: relative paths in it start there."""

    def rules(self) -> Iterator[tuple[TableName, Rule]]:
        for name, table in self.tables.items():
            for rule in table.rules:
                yield name, rule


def fingerprint(plan: Plan) -> str:
    """SHA-256 of what the plan does: other for any other decision, the same whatever its comments, reasons and order."""
    said = {
        "version": plan.version,
        "name": plan.name,
        "key": plan.key,
        "locale": plan.locale,
        "target": sorted(plan.target_schemas.items()),
        "accept": sorted(plan.accept),
        **selection_said(plan.subset, plan.foreign_keys, plan.clone, plan.folder),
        **({"privacy": privacy_said(plan.privacy)} if plan.privacy is not None else {}),
        "tables": sorted([str(name), _said(table)] for name, table in plan.tables.items()),
    }
    return sha256(dumps(said, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def selects(plan: Plan) -> bool:
    """Does this plan take some rows, and not all? Where entities are synthesised, a subset says which of them are learned from."""
    return plan.clone is not None or (plan.subset is not None and not synthesises(plan))


def synthesises(plan: Plan) -> bool:
    """Does it learn from a source, and write rows that are nobody's?"""
    return any(table.treatment is Treatment.SYNTHESIZE for table in plan.tables.values())


def _said(table: TablePlan) -> list[Any]:
    return [table.treatment.value, sorted(dumps(_rule_said(rule), sort_keys=True) for rule in table.rules)]


def _rule_said(rule: Rule) -> list[Any]:
    masker = rule.masker
    mask = masker and [masker.name, masker.version, masker.model_dump(mode="json")]
    said = [rule.columns, mask, rule.domain, rule.from_, rule.by, rule.roles]
    return [*said, learn_data(rule.learn)] if rule.learn is not None else said
