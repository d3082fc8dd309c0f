"""Jobs as the window shows them: what runs, how far it is, how long it may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class JobView:
    """One job of the ledger, ready to be shown."""

    id: str
    kind: str
    """`clone`, `assess`, `train`, `verify`."""
    state: str
    """`running`, `paused`, `complete`, `failed`, `cancelled`, `lost`."""
    title: str
    """The plan's name."""
    plan: str = ""
    source: str = ""
    target: str = ""
    started: str = ""
    finished: str | None = None
    phase: str = ""
    table: str = ""
    rows: int = 0
    """Of all tables so far."""
    estimated: int | None = None
    unit: str = "row"
    share: float | None = None
    """0 to 1; None where nobody knows how much there is."""
    rate: float | None = None
    """Rows a second, lately."""
    left: tuple[float, float] | None = None
    """Seconds that it may still take: least and most."""
    note: str = ""
    sentence: str | None = None
    """How it ended."""
    outcome: str | None = None
    """The same in one word: of a verification `pass`, `unchecked` or `fault`; of an assessment its verdict; of a failure its code."""
    run: str = ""
    """The run that it verifies or assesses."""
    mode: str = ""
    then: tuple[str, ...] = ()
    """What was ordered to follow."""
    goes_on: bool = False
    """It is complete and its worker still lives: what was ordered to follow is on its way."""

    @property
    def alive(self) -> bool:
        return self.state in ("running", "paused")

    @property
    def resumable(self) -> bool:
        return self.state in ("lost", "failed", "cancelled")

    @property
    def asks(self) -> bool:
        """It cannot go on before a person has chosen: its snapshot of the source is over."""
        return self.state == "failed" and self.outcome in (SNAPSHOT_OVER, SUBSET_OVER)


SNAPSHOT_OVER, SUBSET_OVER = "snapshot-over", "subset-snapshot-over"
RECENT = 5.0
"""Seconds over which the present rate is taken."""
REMEMBERED = 30.0
"""Seconds over which slow and fast stretches are compared."""
STRETCH = 2.0
SLOWEST = 0.25
"""A stretch of nothing does not mean for ever: the slowest rate is at least so much of the mean."""


@dataclass(frozen=True, slots=True)
class Speed:
    """When there were how many rows, of late: the moments at which there were more, and the last one at which somebody looked."""

    heard: tuple[tuple[float, int], ...] = ()
    now: float = 0.0

    def at(self, second: float, rows: int) -> Speed:
        """With one more look; fewer rows than before are another phase, which begins anew."""
        if not self.heard or rows < self.heard[-1][1]:
            return Speed(((second, rows),), second)
        if rows == self.heard[-1][1]:
            return Speed(self.heard, second)
        late = tuple(each for each in self.heard if second - each[0] <= REMEMBERED)
        # Steps of a training may be so slow that hardly two of them fall into that time.
        return Speed(((*late, (second, rows)) if len(late) > 2 else (*self.heard[-3:], (second, rows))), second)

    @property
    def rate(self) -> float | None:
        """Rows a second, lately; it falls while nothing comes."""
        if len(self.heard) < 2:
            return None
        earlier = [each for each in self.heard[:-1] if self.now - each[0] >= RECENT]
        return self._since(earlier[-1] if earlier else self.heard[0])

    def left(self, rows: int) -> tuple[float, float] | None:
        """Seconds that so many rows more may take: at the fastest and at the slowest stretch of late."""
        mean = self._since(self.heard[0]) if len(self.heard) > 1 else None
        if not mean or rows < 0:
            return None
        rates = [*_stretches(self.heard), mean]
        return rows / max(rates), rows / max(min(rates), mean * SLOWEST)

    def _since(self, begin: tuple[float, int]) -> float | None:
        seconds = self.now - begin[0]
        return (self.heard[-1][1] - begin[1]) / seconds if seconds >= 0.2 else None


def _stretches(heard: Sequence[tuple[float, int]]) -> list[float]:
    """The rate of each stretch, one after the other."""
    rates, begin = [], heard[0]
    for each in heard[1:]:
        if each[0] - begin[0] >= STRETCH:
            rates.append((each[1] - begin[1]) / (each[0] - begin[0]))
            begin = each
    return rates


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a job's log: counts, names and our own sentences."""

    number: int
    at: str
    kind: str
    phase: str = ""
    table: str = ""
    rows: int | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """How far a job is with one table."""

    name: str
    place: int
    phase: str
    rows: int
    estimated: int | None
    stands: str
    """`waiting`, `active`, `done`."""


Point = tuple[int, float | None, float | None]
"""Step, loss, epsilon."""


@dataclass(frozen=True, slots=True)
class JobDetail:
    """What is new of one job; the three numbers are what to ask with the next time."""

    view: JobView
    events: tuple[LogEntry, ...] = ()
    event: int = 0
    tables: tuple[TableView, ...] = ()
    changed: int = 0
    points: tuple[Point, ...] = ()
    point: int = 0
    more: bool = False
    """Not all of it came at once: ask again now."""


@dataclass(frozen=True, slots=True)
class TargetLook:
    """What is in a target, before anything is written."""

    run: str = ""
    """The run of ours that it carries the mark of."""
    state: str = ""
    """Of that run: `complete`, `loading`, `incomplete`; empty: it carries none."""
    occupied: int = 0
    """Tables with rows."""
    busy: bool = False
    """That run is writing it right now."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Something that stands in the way of a run, or is worth knowing before it."""

    code: str
    error: bool
    sentence: str
    remedy: str = ""
    table: str = ""
    column: str = ""
    refusal: bool = False
    """This target is never written: another one helps, no other plan."""


@dataclass(frozen=True, slots=True)
class RunCheck:
    """What stands between a saved plan and its run."""

    found: tuple[Hindrance, ...] = field(default=(), repr=False)
    target: TargetLook | None = None
    """None where it could not be opened."""
    tables: int = 0
