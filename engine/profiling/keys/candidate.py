"""One possible key, with what was counted for and against it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from connectors.names import TableName
from engine.profiling.keys.material import ParentKey


@dataclass(frozen=True, slots=True)
class Features:
    """What is counted of one possible key; `vector` makes numbers from 0 to 1 of it."""

    name: float = 0.0
    """How well its name says the parent (`names.affinity`)."""
    says_key: bool = False
    measure: bool = False
    """It is named like a quantity."""
    own_key: bool = False
    """It is the primary key of its own table and named so."""
    unique: bool = False
    """No value of it comes twice in its own table."""
    alike: bool = False
    """Of the very type of the parent."""
    indexed: bool = False
    joined: int = 0
    """SQL texts that join the two."""
    primary: bool = False
    """The parent's key is its primary key."""
    declared: bool = False
    """The database keeps the parent's key unique."""
    itself: bool = False
    """A table refers to its own rows."""
    looked: int = 0
    """Distinct values that were looked for among the parent's."""
    found: int = 0
    chance: float = 1.0
    """How likely one value is found there by chance alone."""
    low: float = 0.0
    """The share of the parent's keys that are not greater than the greatest value; 0 where that says nothing."""
    coverage: float = 0.0
    """The share of the parent's keys that are referred to, of those that so many rows can refer to."""
    parents: int = 0
    """Rows of the parent."""
    parts: int = 1
    """Columns of the key."""


NAMED = 0.85
"""A name that says its parent outright."""
DECADES, PROVEN = 5.0, 40.0
"""Where an accident is so many powers of ten unlikely, it takes more to say more; from the second number on nothing does."""


def vector(features: Features) -> tuple[float, ...]:
    """What the logistic regression sees, in the order of TERMS."""
    seen, named = features.looked > 0, features.name >= NAMED
    share = features.found / features.looked if seen else 0.0
    misses = features.looked - features.found
    unlikely = features.found * -math.log10(max(features.chance, 1e-9)) - 2.0 * misses
    few = min(features.looked, 20)
    crowded = -math.log10(max(features.low, 1e-9)) * few if features.low else 0.0
    return (
        1.0,
        features.name,
        float(named),
        float(features.says_key),
        float(features.measure),
        float(features.own_key),
        float(features.unique and not features.own_key),
        float(features.alike),
        float(features.indexed),
        float(features.joined > 0),
        float(features.primary),
        float(features.itself),
        float(not seen),
        min(1.0, 5.0 * (1.0 - share)) if seen else 0.0,
        max(-1.0, min(1.0, unlikely / DECADES)) if seen else 0.0,
        max(0.0, min(1.0, unlikely / PROVEN)) if seen else 0.0,
        min(1.0, crowded / DECADES) * (0.0 if named else 1.0),
        min(1.0, crowded / DECADES) * (1.0 if named else 0.0),
        features.coverage,
        float(0 < features.parents <= 3),
        float(features.parts > 1),
    )


TERMS = (
    "intercept", "name", "named", "says_key", "measure", "own_key", "unique", "alike", "indexed", "joined", "primary", "itself",
    "unseen", "missing", "unlikely", "proven", "crowded", "named_crowded", "coverage", "tiny", "composite",
)  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    table: TableName
    columns: tuple[str, ...]
    parent: ParentKey = field(repr=False)
    features: Features
    said: str = ""
    """Half a sentence of what its name says."""
    joined_in: tuple[str, ...] = ()
    """Where it is joined: "a view", "a trigger", "a statement"."""
    where: str | None = None
    """Of a polymorphic key: the rows of one label."""
    zero: bool = False
    """0 stands for no reference."""
    orphans: int | None = None
    rows: int = 0
    """Rows of the child that were looked at, or all of them where `orphans` is known."""

    @property
    def key(self) -> tuple[Any, ...]:
        return self.table, self.columns, self.where
