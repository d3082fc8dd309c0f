"""What discovery found: findings with their evidence, and what it did not look at. Never a cell value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.names import TableName
from engine.profiling.keys.inferred import InferredKey


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing that speaks for or against an entity."""

    detector: str
    entity: str
    """A name of the taxonomy."""
    source: str
    """What it comes from; clues of one source are not independent of each other: `name`, `type`, `values`, `keys`, `table`, `text`."""
    weight: float
    """Natural logarithm of how many times likelier this clue is where the column holds the entity than where it does not; below 0 it
    speaks against it."""
    words: str
    """Half a sentence: "98 % of 500 distinct values are e-mail addresses"."""
    share: float | None = None
    """Of the distinct values looked at; None where no value was."""


@dataclass(frozen=True, slots=True)
class PathFinding:
    """What stands at one path of the documents in a column."""

    path: str
    """As a plan writes it (`engine.masking.paths.print_path`)."""
    entity: str | None
    probability: float
    evidence: tuple[str, ...]
    documents: int
    """How many documents of the sample have it."""
    keys: bool = False
    """It is the keys of a map that are this, not the values at them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one column holds."""

    table: TableName
    column: str
    entity: str | None
    """None: nothing personal was found."""
    probability: float
    """That the column is personal, calibrated on labelled databases (`tests/bench/discovery`)."""
    evidence: tuple[str, ...]
    """Half sentences: what speaks for `entity`, or for anything personal where nothing was found, the strongest first."""
    against: tuple[str, ...] = ()
    """What speaks against `entity` all the same."""
    rows: int = 0
    """Looked at."""
    distinct: int = 0
    """Different values among them."""
    share: float | None = None
    """Of those values that are what `entity` says, where that can be told of a value."""
    types: tuple[tuple[str, float], ...] = ()
    """Every entity that is possible, the likeliest first, each with its probability."""
    inside: tuple[tuple[str, float], ...] = ()
    """Entities that occur within longer texts, with the share of texts that hold one."""
    paths: tuple[PathFinding, ...] = ()
    """Of a column of JSON or XML."""
    beyond: tuple[str, ...] = ()
    """Further paths, which were seen and not judged."""
    partly: bool = False
    """A limit was reached at which another look would tell other paths."""
    form: str | None = None
    """How nearly all of its texts are written, where a mask has to know: see `engine.profiling.forms`."""
    labels: tuple[str, ...] = ()
    """All that its texts are, where these are words that everybody uses for a gender or a marital status: they may be shown."""


@dataclass(frozen=True, slots=True)
class NotExamined:
    """What discovery did not look at, and why: no finding there means nothing."""

    table: TableName
    column: str | None
    """None: the whole table."""
    code: str
    """Stable: `empty`, `all-null`, `binary`, `cut`, `encoding`, `no-permission`, `unreadable`, `budget`, `type`, `view`,
    `start`, `document`, `language`."""
    reason: str
    blocking: bool = False
    """Somebody must decide what happens to it."""


@dataclass(frozen=True, slots=True)
class QuasiSet:
    """Columns that single people out together (k-anonymity: Sweeney, Int. J. Uncertainty Fuzziness Knowl.-Based Syst. 10(5), 2002)."""

    table: TableName
    columns: tuple[str, ...]
    rows: int
    """Of the sample."""
    unique: float
    """The share of rows that nobody shares these values with, as estimated for the whole table."""
    low: float
    high: float
    """Its interval at 95 %."""
    below: float
    """The share of rows in classes of fewer than `k`."""
    k: int = 5


@dataclass(frozen=True)
class Findings:
    columns: tuple[Finding, ...]
    not_examined: tuple[NotExamined, ...] = ()
    keys: tuple[InferredKey, ...] = ()
    quasi: tuple[QuasiSet, ...] = ()
    seconds: float = 0.0

    def of(self, table: TableName, column: str) -> Finding | None:
        return self.by_column.get((table, column))

    @property
    def by_column(self) -> dict[tuple[TableName, str], Finding]:
        return {(finding.table, finding.column): finding for finding in self.columns}

    def personal(self) -> Iterator[Finding]:
        return (finding for finding in self.columns if finding.entity is not None)


@dataclass(frozen=True, slots=True)
class Options:
    """How far discovery goes."""

    rows: int = 1000
    """Of each table, spread over it."""
    text_seconds: float = 60.0
    """Processor seconds for reading prose with a language model; what is left then stands in `not_examined`."""
    infer_keys: bool = True
    quasi: bool = True
    statements: tuple[str, ...] = field(default=(), repr=False)
    """SQL of a query log, for joins; never shown."""
