"""The list of jobs: which of them, in which words, in which tone. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop.models.home import minute_of
from desktop.models.job_words import KIND_WORDS, STATE_TONES, STATE_WORDS, lasted, phase_words, verdict_of
from desktop.models.jobs import JobView
from desktop.theme.tokens import Tone

HEADINGS = ("State", "Job", "Plan", "Where", "Started", "Took", "How far")


def listed(jobs: Sequence[JobView], which: str, sought: str) -> tuple[JobView, ...]:
    """`which`: `all`, `alive`, or `trouble`; `sought`: what stands in a plan's name, an address or an id."""
    sought = sought.strip().casefold()
    return tuple(job for job in jobs if _is(job, which) and (not sought or sought in _text(job)))


def _is(job: JobView, which: str) -> bool:
    if which == "alive":
        return job.alive
    if which == "trouble":
        return job.state in ("lost", "failed") or verdict_of(job)[1] is Tone.BAD
    return True


def _text(job: JobView) -> str:
    return " ".join((job.title, job.source, job.target, job.id, job.kind)).casefold()


@dataclass(frozen=True)
class JobList:
    """Jobs by row."""

    jobs: tuple[JobView, ...]
    tr: Callable[..., str]

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(self.tr(name) for name in HEADINGS)

    @property
    def rows(self) -> int:
        return len(self.jobs)

    def text(self, row: int, column: int) -> str:
        job = self.jobs[row]
        if column == 0:
            return self.tr(STATE_WORDS.get(job.state, job.state))
        if column == 1:
            return self.tr(KIND_WORDS.get(job.kind, job.kind))
        if column == 2:
            return job.title
        if column == 3:
            return f"{job.source} → {job.target}" if job.target else job.source
        if column == 4:
            return minute_of(job.started)
        return self._took(job) if column == 5 else self._far(job)

    def _took(self, job: JobView) -> str:
        seconds = lasted(job)
        if seconds is None:
            return ""
        if seconds < 90:
            return self.tr("{seconds} s", seconds=f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}")
        return self.tr("{minutes} min", minutes=f"{seconds / 60:.0f}")

    def _far(self, job: JobView) -> str:
        if job.alive:
            share = self.tr("{percent} %, ", percent=f"{100 * job.share:.0f}") if job.share is not None else ""
            return share + self.tr(phase_words(job.phase) if job.phase else "Starting")
        if job.sentence:
            return job.sentence
        return self.tr("{rows} {unit}s", rows=f"{job.rows:,}", unit=job.unit) if job.rows else ""

    def tone(self, row: int, column: int) -> Tone:
        job = self.jobs[row]
        if column == 0:
            return STATE_TONES.get(job.state, Tone.PLAIN)
        return verdict_of(job)[1] if column == 6 and job.state == "complete" and job.outcome else Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        return self.jobs[row].sentence or "" if column == 6 else ""
