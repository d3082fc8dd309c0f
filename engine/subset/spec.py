"""What a plan says of a subset, of foreign keys that no database declares, and of entities to copy. `engine/subset/toml.py` reads it.

[subset]
seed = 7
roots = [{ table = "Customer", where = "Country = 'Canada'" }]   # or percent = 5, rows = 1000, keys = [[17]], keys_file = "vip.csv"
size = "5 GB"                                                    # as many roots as fit
whole = ["Genre"]

[[subset.edges]]
table = "Invoice"                # the child, with its columns or the name of its key
columns = ["CustomerId"]
follow = "owned"                 # or "all", "none"
limit = 10
where = "Total > 5"
missing = "bring"                # or "null"

[[subset.coverage]]
table = "Invoice"
columns = ["BillingCountry", "Status"]
times = 2
pairs = true

[[foreign_keys]]
table = "comment"
columns = ["subject_id"]         # or expressions = ["(data->>'post')::int"]
parent = "post"
parent_columns = ["id"]
where = "subject_type = 'post'"

[clone]
table = "Customer"
keys = [[17]]                    # or where = "..."
copies = 100
original = true
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from connectors.names import TableName

Key = tuple[str, ...]
"""The values of a key as a person writes them, in the key's order."""


@dataclass(frozen=True, slots=True)
class Roots:
    """Rows that a person asks for. Without a restriction: every row of the table."""

    table: TableName
    where: str | None = field(default=None, repr=False)
    """A condition in the source's SQL."""
    percent: float | None = None
    """Of the rows that `where` and the keys leave: a sample, the same for the same seed."""
    rows: int | None = None
    """At most so many: a sample."""
    keys: tuple[Key, ...] = field(default=(), repr=False)
    """Of the primary key, else of the table's first unique key without NULLs."""
    keys_file: str | None = None
    """CSV of such keys, one a line, without a header; a relative path is the plan's neighbour."""


class Scope(StrEnum):
    """Which parents bring their children along an edge."""

    OWNED = "owned"
    """Roots, and rows that were reached from a root downwards only."""
    ALL = "all"
    """Every selected row."""
    NONE = "none"


class Missing(StrEnum):
    """What becomes of a foreign key whose parent nothing else selects."""

    BRING = "bring"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Edge:
    """What the plan says of one foreign key; what it leaves open is decided by `engine/subset/edges.py`."""

    table: TableName
    """The child."""
    columns: tuple[str, ...] = ()
    key: str | None = None
    """The name of the key, where its columns do not say which."""
    follow: Scope | None = None
    limit: int | None = None
    """At most so many children of each parent along this edge: a sample, the same for the same seed."""
    where: str | None = None
    """Only children of this condition, in the source's SQL."""
    missing: Missing = Missing.BRING


@dataclass(frozen=True, slots=True)
class Coverage:
    """Each value of these columns that the source has survives so many times, as far as it occurs so often."""

    table: TableName
    columns: tuple[str, ...]
    times: int = 1
    pairs: bool = False
    """Each pair of values of two of the columns, too (t = 2)."""


@dataclass(frozen=True, slots=True)
class Subset:
    roots: tuple[Roots, ...] = ()
    size: int | None = None
    """Bytes of the target's rows and indexes: as many roots, in the order of the sample, as fit."""
    seed: int = 0
    whole: tuple[TableName, ...] = ()
    """Lookup tables: every row."""
    edges: tuple[Edge, ...] = ()
    coverage: tuple[Coverage, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclaredKey:
    """A foreign key that the plan declares and no database enforces."""

    table: TableName
    parent: TableName
    parent_columns: tuple[str, ...]
    columns: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    where: str | None = None
    """The rows that refer at all: a type discriminator."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Entities (root rows with what they own) of which the target gets copies with keys of their own."""

    table: TableName
    copies: int
    where: str | None = field(default=None, repr=False)
    keys: tuple[Key, ...] = field(default=(), repr=False)
    original: bool = True
    """The target also gets the entity itself, masked."""
