"""What a plan says of its assessment. `engine/plan_toml.py` reads it, `engine/plan_toml_write.py` writes it.

[assess]
after_run = true                   # every run is assessed when it is complete
policy = "internal-test"           # the name of a policy of ours, or a TOML file beside the plan
people = ["Customer"]              # tables whose rows are people: attacked with all that they own; without it they are proposed
entities = 20000                   # at most so many are looked at: a random sample
seconds = 300                      # about how long it may take
seed = 0
queries = ["select Country, count(*) from Customer group by Country"]   # a tester's own, in DuckDB's SQL
skip = ["membership_classifier"]   # attacks and metrics that are left out, and said to be

[assess.quasi_identifiers]         # by what people are recognised; without it proposed
Customer = ["Country", "BirthDate"]

[assess.sensitive]                 # what nobody should learn of a person, and whose gaps between groups are watched
Customer = ["Income"]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.names import TableName

ENTITIES = 20_000
SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class AssessSpec:
    after_run: bool = False
    policy: str | None = None
    people: tuple[TableName, ...] = ()
    entities: int = ENTITIES
    seconds: float = SECONDS
    seed: int = 0
    queries: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    quasi_identifiers: Mapping[TableName, tuple[str, ...]] = field(default_factory=dict)
    sensitive: Mapping[TableName, tuple[str, ...]] = field(default_factory=dict)
