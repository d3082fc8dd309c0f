"""The way from nothing to a verified target, as steps: the sample walks them by itself, a person's own database by the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from desktop.models.jobs import JobView

SOURCE, TARGET = "sample-clinic", "sample-masked"
"""The sample's two connections."""


class Step(StrEnum):
    """In the order of the work."""

    SECRETS = "secrets"
    BUILD = "build"
    CONNECT = "connect"
    DECIDE = "decide"
    RUN = "run"
    VERIFY = "verify"
    ASSESS = "assess"


class At(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Told:
    """Where one step stands."""

    step: Step
    at: At
    counts: Mapping[str, int] = field(default_factory=dict)
    sentence: str = ""
    """Why it failed."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample clinic, ready for a run."""

    plan: str
    source: str
    target: str
    again: bool
    """Its target holds an earlier run, which the next one replaces."""


@dataclass(frozen=True, slots=True)
class Walk:
    """The sample's steps so far."""

    told: Mapping[Step, Told] = field(default_factory=dict)

    def of(self, step: Step) -> Told:
        return self.told.get(step, Told(step, At.WAITING))

    def heard(self, told: Told) -> Walk:
        return replace(self, told={**self.told, told.step: told})

    def failed(self, sentence: str) -> Walk:
        """The step in hand, else the next one, did not work."""
        step = next((each for each in Step if self.of(each).at is not At.DONE), Step.ASSESS)
        return self.heard(Told(step, At.FAILED, sentence=sentence))

    def seen(self, run: str, jobs: Sequence[JobView]) -> Walk:
        """With the last three steps as the ledger has them."""
        walk = self
        for step, job in jobs_of(run, jobs).items():
            walk = walk.heard(_told(step, job))
        return walk

    @property
    def done(self) -> bool:
        return all(self.of(step).at is At.DONE for step in Step)

    @property
    def stuck(self) -> bool:
        return any(self.of(step).at is At.FAILED for step in Step)


def jobs_of(run: str, jobs: Sequence[JobView]) -> dict[Step, JobView]:
    """A run and what followed it; the newest of each."""
    kinds = {"verify": Step.VERIFY, "assess": Step.ASSESS}
    found = {}
    for job in reversed(jobs):
        if job.id == run:
            found[Step.RUN] = job
        elif job.run == run and job.kind in kinds:
            found[kinds[job.kind]] = job
    return found


def _told(step: Step, job: JobView) -> Told:
    counts = {"rows": job.rows} if job.rows else {}
    if job.alive:
        return Told(step, At.RUNNING, counts)
    if job.state == "complete" and job.outcome != "fault":
        return Told(step, At.DONE, counts)
    return Told(step, At.FAILED, counts, job.sentence or job.state)


def sample_plan(workspace: Path) -> Path:
    """Where the sample's plan lies, beside its databases."""
    return workspace / "sample" / "sample-clinic.toml"


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a person is with a database of their own."""

    connections: int = 0
    plan: bool = False
    """A project is open and its plan is there."""
    undecided: int = 0
    ran: bool = False


OWN = ("connections", "project", "discover", "run", "evidence")
"""Where each step of one's own database is done: pages, and the form for a new project."""


def next_of(stand: Stand) -> str:
    """Which of OWN comes next."""
    if stand.connections < 2:
        return "connections"
    if not stand.plan:
        return "project"
    if stand.undecided:
        return "discover"
    return "evidence" if stand.ran else "run"
