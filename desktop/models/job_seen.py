"""What the window has heard of one job so far: its tables, its log and its curve, each of bounded size."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from desktop.models.job_words import STANDS_TONES, clock, entry_words, stands_words
from desktop.models.jobs import JobDetail, JobView, LogEntry, Point, TableView
from desktop.theme.tokens import Tone

MOST_LOG = 5_000
"""Lines of a log that are kept; the oldest go."""
MOST_POINTS = 1_000
Words = Callable[..., str]
"""`tr`, or what stands for it."""


@dataclass
class Seen:
    """One job, as its details came in."""

    job: str
    view: JobView | None = None
    tables: dict[str, TableView] = field(default_factory=dict)
    log: deque[LogEntry] = field(default_factory=lambda: deque(maxlen=MOST_LOG))
    points: list[Point] = field(default_factory=list)
    event: int = 0
    changed: int = 0
    point: int = 0

    def heard(self, detail: JobDetail) -> None:
        """Add what is new."""
        self.view = detail.view
        self.tables.update((each.name, each) for each in detail.tables)
        self.log.extend(each for each in detail.events if each.number > self.event)
        self.points.extend(detail.points)
        self.points = thinned(self.points)
        self.event, self.changed, self.point = detail.event, detail.changed, detail.point

    @property
    def ordered(self) -> list[TableView]:
        """Tables in hand first, then those that wait, then those that are done; each in the order of the job."""
        order = {"active": 0, "waiting": 1, "done": 2}
        return sorted(self.tables.values(), key=lambda table: (order.get(table.stands, 1), table.place))

    @property
    def done(self) -> int:
        return sum(table.stands == "done" for table in self.tables.values())


def thinned(points: list[Point]) -> list[Point]:
    """At most MOST_POINTS: of more, every other one goes."""
    while len(points) > MOST_POINTS:
        points = [each for place, each in enumerate(points) if place % 2 == 0 or place == len(points) - 1]
    return points


@dataclass(frozen=True)
class TablesGrid:
    """Tables of a job by row, read when they are drawn."""

    numbers = frozenset({2, 3, 4})
    tables: tuple[TableView, ...]
    tr: Words

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(self.tr(name) for name in ("Table", "State", "Rows", "Of about", "Share"))

    @property
    def rows(self) -> int:
        return len(self.tables)

    def text(self, row: int, column: int) -> str:
        table = self.tables[row]
        if column == 0:
            return table.name
        if column == 1:
            return self.tr(stands_words(table))
        if column == 2:
            return f"{table.rows:,}" if table.rows or (table.estimated is not None and table.stands == "done") else ""
        if column == 3:
            return f"{table.estimated:,}" if table.estimated is not None else ""
        return _share(table)

    def tone(self, row: int, column: int) -> Tone:
        return STANDS_TONES.get(self.tables[row].stands, Tone.PLAIN) if column == 1 else Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        return ""


def _share(table: TableView) -> str:
    if table.stands == "done":
        return "100 %" if table.rows or table.estimated is not None else ""
    if table.stands != "active" or not table.estimated:
        return ""
    return f"{min(99, 100 * table.rows // table.estimated)} %"


@dataclass(frozen=True)
class LogGrid:
    """Lines of a log by row, put into words when they are drawn."""

    entries: tuple[LogEntry, ...]
    tr: Words

    @property
    def headings(self) -> tuple[str, ...]:
        return self.tr("Time"), self.tr("Table"), self.tr("What")

    @property
    def rows(self) -> int:
        return len(self.entries)

    def text(self, row: int, column: int) -> str:
        entry = self.entries[row]
        if column == 0:
            return clock(entry.at)
        return entry.table if column == 1 else line_of(entry, self.tr)

    def tone(self, row: int, column: int) -> Tone:
        return entry_words(self.entries[row]).tone if column == 2 else Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        return self.entries[row].sentence if column == 2 else ""


def line_of(entry: LogEntry, tr: Words) -> str:
    """What happened, in the language of the window."""
    said = entry_words(entry)
    values = {name: tr(value) if name == "word" else value for name, value in said.values.items()}
    return tr(said.text, **values)


def matching(entries: Sequence[LogEntry], sought: str, most: int, tr: Words) -> tuple[LogEntry, ...]:
    """The newest, `most` of them, in whose words or table this text stands; an empty one stands in all."""
    sought, found = sought.strip().casefold(), []
    for entry in reversed(entries):
        if not sought or sought in f"{entry.table} {line_of(entry, tr)}".casefold():
            found.append(entry)
            if len(found) == most:
                break
    return tuple(reversed(found))
