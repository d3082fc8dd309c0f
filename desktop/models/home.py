"""What the landing page says of a project: its last run, when that was, and where a new plan goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from desktop.models.jobs import JobView
from desktop.settings import Project
from desktop.theme.tokens import Tone

STATE_TONES = {
    "running": Tone.ACCENT, "paused": Tone.CAUTION, "complete": Tone.GOOD, "failed": Tone.BAD, "cancelled": Tone.PLAIN,
    "lost": Tone.CAUTION,
}  # fmt: skip


def last_run(project: Project, jobs: Sequence[JobView]) -> JobView | None:
    """The newest run of its plan on these databases."""
    mine = [job for job in jobs if job.kind == "clone" and job.plan == project.plan and job.source == project.source]
    return max(mine, key=lambda job: job.started, default=None)


def minute_of(moment: str) -> str:
    """A moment of the ledger as this place's clock has it: `2026-11-22 19:05`; empty where it cannot be read."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A project as somebody has typed it so far."""

    plan: str
    source: str
    target: str

    def missing(self) -> str:
        """What stands in the way: `plan`, `absolute`, `source`, `same` or nothing."""
        if not self.plan.strip():
            return "plan"
        if not Path(self.plan.strip()).expanduser().is_absolute():
            return "absolute"
        if not self.source:
            return "source"
        return "same" if self.source == self.target else ""

    @property
    def project(self) -> Project:
        path = Path(self.plan.strip()).expanduser()
        return Project(str(path if path.suffix else path.with_suffix(".toml")), self.source, self.target or None)


def proposed_place(folder: Path, source: str) -> str:
    """Where the plan of a new project goes unless somebody says else."""
    return str(folder / "Lookalike" / f"{source}.toml") if source else ""
