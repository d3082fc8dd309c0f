"""What the privacy hub is told: counts, the rows that the screen shows, one column in full. Plain data, and never a cell value but in
`Samples`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from desktop.theme.tokens import Tone


class State(IntEnum):
    """What happens to a column, as far as it protects anybody; in the order of the work."""

    UNDECIDED = 0
    MASKED = 1
    MADE = 2
    """Of a synthesised table: nobody's value."""
    LEFT_OUT = 3
    """Its table is emptied or dropped."""
    KEPT = 4
    """As it is, with a reason."""


TONES = {
    State.UNDECIDED: Tone.CAUTION, State.MASKED: Tone.GOOD, State.MADE: Tone.GOOD, State.LEFT_OUT: Tone.GOOD,
    State.KEPT: Tone.PLAIN,
}  # fmt: skip


class Group(IntEnum):
    """Where a column belongs: every one to exactly one of these."""

    AT_RISK = 0
    """Nobody has decided what happens to it; it counts as personal until somebody does."""
    PROTECTED = 1
    """Personal, and masked, made anew or left out."""
    KEPT = 2
    """Personal, and kept with a reason."""
    OTHER = 3
    """Nothing personal was found in it."""


class Sort(IntEnum):
    """By which the queue can be ordered."""

    WORK = 0
    """What is undecided first, then what is personal, the surest first."""
    TABLE = 1
    COLUMN = 2
    ENTITY = 3
    SURE = 4
    EVIDENCE = 5
    DECISION = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to see of the board."""

    group: Group | None = None
    """None: all."""
    entity: str | None = None
    """In words, as the queue has it; an empty text: of what is not personal."""
    text: str = ""
    """In the name of the table or of the column."""
    sort: Sort = Sort.WORK
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the queue as the screen says it."""

    number: int
    """Of the column on the board."""
    table: str
    column: str
    entity: str
    sure: float
    evidence: str
    state: State
    how: str
    """The mask's name, the reason for which it is kept, or what becomes of its table."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows that follow each other."""

    view: int
    first: int
    lines: tuple[Line, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many columns each filter would show, beside the others that are on."""

    groups: tuple[int, ...]
    """By `Group`."""
    entities: tuple[tuple[str, int], ...]
    """The most frequent first; the empty one last: not personal."""
    total: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What is protected, at risk, and kept with a reason: disjoint, and together all."""

    protected: int
    at_risk: int
    kept: int

    @property
    def total(self) -> int:
        return self.protected + self.at_risk + self.kept


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of personal columns, of the tables that hold one, and of the rows in these. A table is as its weakest column."""

    columns: Parts
    tables: Parts
    rows: Parts
    rows_in_all: int
    """Of all tables, whether they hold something personal or not."""
    uncounted: int
    """Tables among these whose rows nobody has estimated."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a wish leaves, for the window."""

    stamp: int
    """Of the board: numbers of rows mean nothing on another one."""
    view: int
    """Which order of it; pages are asked for by this number."""
    rows: int
    tally: Tally
    coverage: Coverage
    at: str
    """When somebody looked the last time, ISO 8601, UTC; empty: nobody has."""
    policy: str
    first: Page


def count_said(count: int) -> str:
    """`8,412`, `1.2 million`: as much as one reads at a glance."""
    for size, word in ((10**9, "billion"), (10**6, "million")):
        if count >= size:
            return f"{count / size:.1f} {word}"
    return f"{count:,}"


# One column in full.


class Keeps(StrEnum):
    """What a technique leaves of a value, or of how values stand to each other."""

    EQUAL = "equal"
    """Equal values stay equal, in every table and database."""
    DISTINCT = "distinct"
    LENGTH = "length"
    FORMAT = "format"
    ORDER = "order"
    CHECKSUM = "checksum"
    NOTHING = "nothing"
    """The new value says nothing of the old one."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What is known of one column, without any of its values."""

    line: Line
    laws: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    others: tuple[tuple[str, float], ...] = ()
    """What else it may be, each with its probability."""
    inside: tuple[str, ...] = ()
    """What occurs within its texts."""
    paths: tuple[str, ...] = ()
    """What stands at which path of its documents."""
    missed: tuple[str, ...] = ()
    """What was not looked at, and why."""
    sets: tuple[str, ...] = ()
    """Columns that single people out together with it."""
    keys: tuple[str, ...] = ()
    """Foreign keys that nobody declares."""
    rows: int = 0
    """Looked at."""
    distinct: int = 0
    """Different values among them."""
    reason: str = ""
    """As the plan says: why it is kept, undecided, proposed."""
    columns: tuple[str, ...] = ()
    """Of its rule: more than one where they are masked together."""
    mask: str = ""
    """The technique of its rule; empty where it has none."""
    mask_title: str = ""
    keeps: tuple[Keeps, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What accepting an undecided column would do to it."""

    mask: str = ""
    mask_title: str = ""
    keeps: tuple[Keeps, ...] = ()
    blocked: str = ""
    """Why there is no proposal."""
    family: tuple[str, ...] = ()
    """Columns that are accepted together with it, because keys join them."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Real values, for the screen alone."""

    before: tuple[str, ...] = field(repr=False)
    after: tuple[str, ...] | None = field(repr=False)
    entered: str = ""
    """Who was entered as having seen them."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What is spent of the plan's population."""

    population: str
    spent: float | None
    """None: read without noise, so that nothing is guaranteed."""
    cap: float
    planned: float
    releases: int = 0
    fault: str = ""
    missing: str = ""
    """Why nothing can be said."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What discovery and the plan made of it came to."""

    path: str
    columns: int
    personal: int
    tables: int
    undecided: int
    keys: int
    missed: int
    seconds: float
    renewed: bool


@dataclass(frozen=True, slots=True)
class Acceptable:
    """How much of a view can be accepted."""

    view: int
    columns: int
    """Undecided, with a mask that is proven to fit."""
    left: int
    """Undecided, and a person has to choose."""


@dataclass(frozen=True, slots=True)
class PolicyWords:
    """A policy that comes with the product."""

    name: str
    title: str
    caution: str
