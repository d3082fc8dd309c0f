"""What stands around every page: notices that do not pile up, states beside the pages' names, rows and seconds in few letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from desktop.models.jobs import JobView
from desktop.models.plan import PlanState
from desktop.theme.tokens import Tone

MOST = 4
"""Notices that are shown at once."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice on the screen."""

    id: int
    text: str
    tone: Tone
    times: int = 1

    @property
    def passing(self) -> bool:
        """It may go by itself: it asks for nothing."""
        return self.tone in (Tone.PLAIN, Tone.GOOD, Tone.ACCENT)


@dataclass(frozen=True, slots=True)
class Board:
    """The notices, the oldest first: equal ones once, with how often they were said."""

    shown: tuple[Shown, ...] = ()
    last: int = 0

    def said(self, text: str, tone: Tone) -> Board:
        for each in self.shown:
            if (each.text, each.tone) == (text, tone):
                again = replace(each, times=each.times + 1)
                return replace(self, shown=tuple(again if one is each else one for one in self.shown))
        shown = (*self.shown, Shown(self.last + 1, text, tone))
        return Board(_fewer(shown), self.last + 1)

    def without(self, id: int) -> Board:
        return replace(self, shown=tuple(each for each in self.shown if each.id != id))

    def by(self, id: int) -> Shown | None:
        return next((each for each in self.shown if each.id == id), None)


def _fewer(shown: tuple[Shown, ...]) -> tuple[Shown, ...]:
    """At most MOST: what passes goes first, then what is oldest."""
    while len(shown) > MOST:
        gone = next((each for each in shown[:-1] if each.passing), shown[0])
        shown = tuple(each for each in shown if each is not gone)
    return shown


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands beside a page's name in the navigation: a count and its word's key."""

    word: str
    """`undecided`, `problems`, `blocked`, `running`, `lost`."""
    count: int
    tone: Tone


def marks(plan: PlanState | None, jobs: Sequence[JobView], errors: int = 0) -> dict[str, Mark]:
    """By the page's name. `errors`: of the plan's last check."""
    found = {}
    if plan is not None:
        faults = sum(trouble.error for trouble in plan.troubles) + errors
        if plan.undecided:
            found["discover"] = Mark("undecided", plan.undecided, Tone.CAUTION)
        if faults or not plan.readable:
            found["plan"] = Mark("problems", max(1, faults), Tone.BAD)
        if plan.blocked:
            found["run"] = Mark("blocked", 0, Tone.CAUTION)
    running = sum(job.alive for job in jobs)
    lost = sum(job.state == "lost" for job in jobs)
    if running:
        found["jobs"] = Mark("running", running, Tone.ACCENT)
    elif lost:
        found["jobs"] = Mark("lost", lost, Tone.CAUTION)
    return found


def in_hand(jobs: Sequence[JobView]) -> JobView | None:
    """The job that the lower strip shows: one that works before one that waits, the newest first."""
    alive = [job for job in jobs if job.alive]
    return next((job for job in alive if job.state == "running"), alive[0] if alive else None)


def few_letters(count: float) -> str:
    """`950`, `12,400`, `1.9 M`, `3.1 G`."""
    for size, sign in ((1e9, "G"), (1e6, "M")):
        if count >= size:
            return f"{count / size:.1f} {sign}"
    return f"{count:,.0f}"


def span(seconds: tuple[float, float]) -> tuple[int, int, str]:
    """A range of time in the unit that a person would use: least, most, `s`, `min` or `h`."""
    low, high = seconds
    unit, size = ("s", 1) if high < 90 else ("min", 60) if high < 5400 else ("h", 3600)
    return int(low // size), max(1, -int(-high // size)), unit
