"""What a plan says of synthesis. `engine/plan_toml.py` reads it, `engine/plan_toml_write.py` writes it.

[privacy]
population = "chinook-customers"   # whose budget is spent
unit = "Customer"                  # one root row with every row that it owns
epsilon = 3.0                      # inf: no differential privacy, and every report says so
delta = 1e-6
cap = 6.0                          # what all learning of this population may come to; without it one training's epsilon
entities = 60000                   # how many there are, as a person declares it; without it a noisy count is paid for
model = "auto"                     # or chain, vae, gan, marginals, hybrid
generate = 1.0                     # how many entities to write: a share of the declared number, or "20000 entities"
holdout = 0.15                     # share of entities that nothing is learned from: risks are measured on them later
where = "Country = 'Canada'"       # only entities like these are generated
conditions = ["Country"]           # columns that `where` and `balance` may name
balance = "Country"                # each of its values is generated as often as the next: rare ones are oversampled

cap = 6.0                          # what everything learned of the population may come to; without it one training is all
apart = "J. Officer"               # who answers for it that these are others than another population of the same database
discarded = "J. Officer"           # ... that what was learned without noise before is destroyed

[privacy.bounds]                   # rows of one parent at most; what is not named here is paid for (a DP quantile)
Invoice = 20

[[privacy.owners]]                 # a table with several ways to the root: the one that owns
table = "Transfer"
columns = ["from_account"]

[tables.Genre]
treatment = "public"               # copied as it is and not covered
reason = "a list of genres; signed by the officer"

[tables.Customer]
treatment = "synthesize"
[tables.Customer.columns]
CustomerId = { new = "key" }                                  # a fresh key, or the reference to one
Country    = { learn = "schema" }                             # the domain is in the DDL: enum, CHECK, boolean, a public table
Age        = { learn = "range", low = 17, high = 90, attested = "J. Officer" }
Plan       = { learn = "values", values = ["S", "M"], attested = "J. Officer" }
Total      = { learn = "paid" }                               # the domain is a DP query of its own
Email      = { mask = "email" }                               # made by this masker out of a random value: nothing is learned
Notes      = { mask = "null" }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from connectors.names import TableName


class How(StrEnum):
    """Where a synthesised column's domain comes from."""

    KEY = "key"
    """It has none: keys and references are made, never learned."""
    SCHEMA = "schema"
    RANGE = "range"
    VALUES = "values"
    PAID = "paid"


class Provenance(StrEnum):
    """Where a fact about a synthesised table comes from."""

    DDL = "ddl"
    OFFICER = "officer"
    DP_EVENT = "dp-event"


@dataclass(frozen=True, slots=True)
class Learn:
    """How one column of a synthesised table is learned."""

    how: How
    low: float | str | None = None
    """RANGE, inclusive; dates and timestamps as ISO 8601."""
    high: float | str | None = None
    step: float | None = None
    """RANGE: the distance of two neighbouring values; None: the column's own precision."""
    values: tuple[str | int | float | bool, ...] = ()
    attested: str | None = None
    """Who answers for it that the data was not looked at, or that its looking is not covered. RANGE and VALUES need it."""
    bins: int | None = None
    """At most so many; None: as the preset says."""

    @property
    def provenance(self) -> Provenance | None:
        """None for keys."""
        if self.how is How.KEY:
            return None
        if self.how is How.PAID:
            return Provenance.DP_EVENT
        return Provenance.DDL if self.how is How.SCHEMA else Provenance.OFFICER


@dataclass(frozen=True, slots=True)
class Owner:
    """Which foreign key owns the rows of a table that has several ways to the root: a role, told by the row alone."""

    table: TableName
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrivacySpec:
    population: str
    unit: TableName
    epsilon: float
    delta: float
    entities: int | None = None
    model: str = "auto"
    options: Mapping[str, object] = field(default_factory=dict)
    """Of the model: `[privacy.options]`."""
    generate: float | int = 1.0
    """A float is a share of the (declared or noisy) number of entities, an int is a number."""
    holdout: float = 0.15
    where: str | None = field(default=None, repr=False)
    conditions: tuple[str, ...] = ()
    balance: str | None = None
    apart: str | None = None
    """Who answers for it that nobody here is of another population of the same database, where one was learned from."""
    bounds: Mapping[TableName, int] = field(default_factory=dict)
    owners: tuple[Owner, ...] = ()
    cap: float | None = None
    """The epsilon that everything learned of the population may come to, refreshes and failed attempts too; None: `epsilon`."""
    discarded: str | None = None
    """Who answers for it that what was learned of this population without noise is destroyed and has reached nobody."""
