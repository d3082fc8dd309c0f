"""How hard a run may press on its databases: connections, rows per second, hours of the day. What a person orders, and its parsing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

MOST_CONNECTIONS = 64
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class PaceError(ValueError):
    """An order that makes no sense; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day, local time; over midnight where it ends before it starts."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def holds(self, moment: datetime) -> bool:
        now = moment.time()
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end

    def seconds_until(self, moment: datetime) -> float:
        """How long it takes until the window opens; 0 while it is open."""
        if self.holds(moment):
            return 0.0
        opening = moment.replace(hour=self.start.hour, minute=self.start.minute, second=0, microsecond=0)
        return ((opening if opening > moment else opening + timedelta(days=1)) - moment).total_seconds()


@dataclass(frozen=True, slots=True)
class Pace:
    """What a run may ask of its databases. The default is what the machine can use."""

    connections: int | None = None
    """Connections that read the source, and as many that load the target; None: by the processor's cores."""
    rows_per_second: int | None = None
    """Of all connections together."""
    window: Window | None = None
    """Outside it the run waits between two chunks, and keeps its snapshot."""

    @property
    def lanes(self) -> int:
        return self.connections or default_connections()

    def words(self) -> dict[str, str]:
        """As a job remembers it; `pace_of` reads it back."""
        given = {"connections": self.connections, "rows_per_second": self.rows_per_second, "window": self.window}
        return {name: str(value) for name, value in given.items() if value is not None}


def default_connections() -> int:
    """A lane keeps about two cores busy with reading, masking and writing; more than four crowd a database that others use."""
    return max(1, min(4, (os.cpu_count() or 1) // 2))


def pace(connections: int | None = None, rows_per_second: int | None = None, window: str | None = None) -> Pace:
    """The pace that these options order. Raises PaceError."""
    if connections is not None and not 1 <= connections <= MOST_CONNECTIONS:
        raise PaceError(f"--connections is a number from 1 to {MOST_CONNECTIONS}")
    if rows_per_second is not None and rows_per_second < 1:
        raise PaceError("--rows-per-second is at least 1")
    return Pace(connections, rows_per_second, None if window is None else parse_window(window))


def pace_of(words: Mapping[str, str]) -> Pace:
    """The pace that a job remembers. Raises PaceError."""

    def number(name: str) -> int | None:
        return int(words[name]) if name in words else None

    return pace(number("connections"), number("rows_per_second"), words.get("window"))


def parse_window(text: str) -> Window:
    """`22:00-06:00`. Raises PaceError."""
    parts = [_HOURS.fullmatch(part.strip()) for part in text.split("-")]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        raise PaceError("--window is two times of the day, as in 22:00-06:00")
    start, end = (time(int(part[1]), int(part[2])) for part in parts if part is not None)
    if start == end:
        raise PaceError("--window starts and ends at the same time: leave it out to run all day")
    return Window(start, end)
