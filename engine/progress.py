"""How far a job is, for people: bars with rows/s and time left on a terminal, plain lines elsewhere. Always on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text

from engine.jobs.control import Progress, Report
from engine.printing import FAINT, Screen, plural

QUIET_SECONDS = 10.0
"""How often a table that takes long says that it still moves, where there is no terminal."""


@contextmanager
def progress_shown(screen: Screen) -> Iterator[Report]:
    """Give the function that a job reports its progress to."""
    if screen.err.is_terminal:
        with _bars(screen.err) as bars:
            yield _Bar(bars)
    elif screen.as_json:
        yield lambda _: None
    else:
        yield _Lines(screen)


class _Bar:
    """One bar over the rows of all tables; the table in hand stands before it."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task("starting", total=None)

    def __call__(self, progress: Progress) -> None:
        total = progress.total_estimated
        self._bars.update(
            self._task,
            description=_what(progress),
            completed=progress.total_rows,
            # An estimate may fall short; a full bar that goes on would say the wrong thing.
            total=max(total, progress.total_rows) if total else None,
            unit=progress.unit,
        )


class _Lines:
    """A line when a phase begins, and now and then while one lasts: logs stay short, whatever the number of tables."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._started = self._said = time.monotonic()
        self._phase = ""

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.phase == self._phase and now - self._said < QUIET_SECONDS:
            return
        what = progress.phase if progress.phase != self._phase else _what(progress)
        self._phase, self._said = progress.phase, now
        rows = f", {plural(progress.total_rows, progress.unit)}" if progress.total_rows else ""
        self._screen.say(f"[{now - self._started:5.1f} s] {what}{rows}")


def _what(progress: Progress) -> str:
    said = (progress.phase, progress.table, progress.note)
    return " ".join(str(part) for part in said if part)


class _Rate(ProgressColumn):
    """Rows, rows per second and, where the total is known, the time that is left."""

    def render(self, task: Task) -> Text:
        unit = task.fields.get("unit", "row")
        text = f"{int(task.completed):,} {unit}s"
        if task.speed:
            text += f"  {int(task.speed):,} {unit}s/s"
        if task.time_remaining:
            text += f"  {int(task.time_remaining)} s left"
        return Text(text, style=FAINT)


def _bars(console: Console) -> Bars:
    columns = TextColumn("{task.description}", markup=False), BarColumn(bar_width=30), _Rate(), TimeElapsedColumn()
    return Bars(*columns, console=console, transient=True)
