"""The Run page's rules: what stands in the way of a run, what it would do to its target, and what was ordered the last time. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from desktop.models.jobs import Hindrance, JobView, RunCheck
from desktop.models.plan import PlanState
from desktop.settings import Project
from desktop.theme.tokens import Tone


class Mends(StrEnum):
    """What a step's button does."""

    NOTHING = ""
    SAVE = "save"
    DECIDE = "decide"
    PLAN = "plan"
    TARGET = "target"
    UNLOCK = "unlock"
    AGAIN = "again"
    """Look once more."""
    SHOW = "show"
    """The job that holds the target."""
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist: English, with the values that fill its {braces}."""

    text: str
    tone: Tone
    values: tuple[tuple[str, str], ...] = ()
    action: str = ""
    mends: Mends = Mends.NOTHING
    blocks: bool = False
    run: str = ""
    """The run that it is about."""


class Mode(StrEnum):
    NEW = "new"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is ordered, beside its plan and databases."""

    mode: str = Mode.NEW.value
    verify: bool = True
    assess: bool = True
    strict: bool = False
    connections: int = 0
    """0: as the machine can."""
    rows_per_second: int = 0
    """0: no limit."""
    window: str = ""
    keep_snapshot: float = 60.0
    model: str = ""
    seed: int = -1
    """-1: another one each time."""

    def ordered(self, project: Project) -> dict[str, Any]:
        """The arguments of `jobs.order`."""
        then = tuple(word for word, asked in (("verify", self.verify), ("assess", self.assess)) if asked)
        return {
            "plan": project.plan, "source": project.source, "target": project.target, "then": then, "mode": self.mode,
            "strict": self.strict, "connections": self.connections or None,
            "rows_per_second": self.rows_per_second or None, "window": self.window.strip() or None,
            "keep_snapshot": self.keep_snapshot, "model": self.model or None, "seed": self.seed if self.seed >= 0 else None,
        }  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def options_from(kept: object) -> Options:
    """What was kept of the last order; the defaults where that is nothing readable."""
    try:
        return Options(**kept) if isinstance(kept, dict) else Options()
    except TypeError:
        return Options()


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the page knows before a run."""

    project: Project | None
    plan: PlanState | None
    check: RunCheck | None = None
    """None: not looked yet, or not any more."""
    checking: bool = False
    fault: str = ""
    """Why the check could not be made."""
    locked: bool = False
    mode: str = Mode.NEW.value


def steps(now: Situation) -> list[Step]:
    """The checklist from above: first what blocks, in the order in which it is mended."""
    if now.project is None:
        return [Step("No project is open.", Tone.CAUTION, blocks=True)]
    found = [*_of_plan(now.plan), *_of_target(now)]
    if now.locked:
        found.append(_blocking("The vault with keys and passwords is locked.", "Unlock…", Mends.UNLOCK))
    if now.fault:
        found.append(Step("{fault}", Tone.BAD, (("fault", now.fault),), "Try again", Mends.AGAIN, blocks=True))
    if any(step.blocks for step in found):
        return found
    if now.checking or now.check is None:
        return [*found, Step("Checking the plan against both databases…", Tone.ACCENT, blocks=True)]
    return [*found, *_of_check(now.check)]


def _blocking(text: str, action: str, mends: Mends, *, run: str = "", **values: str) -> Step:
    return Step(text, Tone.CAUTION, tuple(values.items()), action, mends, blocks=True, run=run)


def _of_plan(plan: PlanState | None) -> list[Step]:
    if plan is None:
        return [Step("The plan is being read…", Tone.ACCENT, blocks=True)]
    if not plan.readable:
        return [_blocking("The plan cannot be read as it stands.", "Open the plan", Mends.PLAN)]
    found = []
    if plan.undecided:
        text = "{count} columns are undecided." if plan.undecided > 1 else "{count} column is undecided."
        found.append(_blocking(text, "Decide", Mends.DECIDE, count=f"{plan.undecided:,}"))
    if not plan.saved:
        found.append(_blocking("The plan has changes that are not saved.", "Save", Mends.SAVE))
    return found


def _of_target(now: Situation) -> list[Step]:
    if now.project is not None and not now.project.target:
        return [_blocking("No target is chosen.", "Choose a target", Mends.TARGET)]
    return []


def _of_check(check: RunCheck) -> list[Step]:
    errors = [each for each in check.found if each.error]
    warnings = len(check.found) - len(errors)
    refused = [each for each in errors if each.refusal]
    found = [
        Step("{sentence}", Tone.BAD, (("sentence", each.sentence),), "Choose another target", Mends.TARGET, blocks=True)
        for each in refused
    ]
    if count := len(errors) - len(refused):
        text = "The check found {count} errors." if count > 1 else "The check found an error."
        found.append(_blocking(text, "Open the plan", Mends.PLAN, count=f"{count:,}"))
    if not errors:
        text = (
            "The plan fits both databases."
            if not warnings
            else "The plan fits both databases. What is worth knowing stands below."
        )
        found.append(Step(text, Tone.GOOD, (("count", f"{warnings:,}"),)))
    return [*found, *_of_look(check)]


def _of_look(check: RunCheck) -> list[Step]:
    look = check.target
    if look is None:
        return []
    if look.busy:
        return [
            _blocking(
                "Run {name} is writing this target right now.", "Show it", Mends.SHOW, run=look.run, name=look.run
            )
        ]
    if not look.run and look.occupied:
        text = "The target holds rows that are not ours, in {count} tables: give an empty database."
        return [_blocking(text, "Choose another target", Mends.TARGET, count=f"{look.occupied:,}")]
    if look.run and look.state != "complete":
        text = "The target holds the unfinished run {name}. A new run clears its rows."
        return [Step(text, Tone.CAUTION, (("name", look.run),), "Finish that run", Mends.RESUME, run=look.run)]
    if look.run:
        return [Step("The target holds the complete run {name}.", Tone.PLAIN, (("name", look.run),), run=look.run)]
    return [Step("The target is empty.", Tone.GOOD)]


def proposed_mode(check: RunCheck | None) -> str:
    """What fits the target as it is."""
    complete = check is not None and check.target is not None and check.target.state == "complete"
    return Mode.REPLACE.value if complete else Mode.NEW.value


def misfit(check: RunCheck | None, mode: str) -> str:
    """Why this mode does not fit the target; empty where it does."""
    if check is None or check.target is None:
        return ""
    complete = check.target.state == "complete"
    if complete and mode == Mode.NEW:
        return "The target holds a complete run, so it is not empty: choose to replace it."
    if not complete and mode == Mode.REPLACE:
        return "There is no complete run of ours in the target to replace: choose a new target's content."
    return ""


def to_type(project: Project | None, mode: str) -> str:
    """The name that a person has to type before this run; empty where it overwrites nothing that was complete."""
    return project.target or "" if project is not None and mode == Mode.REPLACE else ""


def may_run(now: Situation, typed: str) -> bool:
    """Nothing stands in the way, as far as the window knows. The engine asks all of it once more."""
    if any(step.blocks for step in steps(now)) or misfit(now.check, now.mode):
        return False
    return typed.strip() == to_type(now.project, now.mode)


def shown(check: RunCheck | None) -> list[Hindrance]:
    """What the list below the checklist holds: errors first."""
    if check is None:
        return []
    return sorted((each for each in check.found if not each.refusal), key=lambda each: not each.error)


def runs_of(project: Project | None, jobs: Sequence[JobView]) -> list[JobView]:
    """Runs of this project, the newest first."""
    if project is None:
        return []
    return [
        job
        for job in jobs
        if job.kind == "clone" and (job.plan, job.source, job.target) == (project.plan, project.source, project.target)
    ]


@dataclass(frozen=True, slots=True)
class Chain:
    """A run and what came after it."""

    run: JobView
    verified: JobView | None
    assessed: JobView | None

    @property
    def alive(self) -> bool:
        each = (self.run, self.verified, self.assessed)
        return (self.run.goes_on and self._lacks) or any(job is not None and job.alive for job in each)

    @property
    def _lacks(self) -> bool:
        """Something that was ordered to follow has not begun."""
        begun = {"verify": self.verified, "assess": self.assessed}
        return any(begun.get(word) is None for word in self.run.then)

    @property
    def shown(self) -> JobView:
        """The one in full: that runs or that needs a person, else the run itself."""
        each = (job for job in (self.run, self.verified, self.assessed) if job is not None)
        return next((job for job in each if job.alive or job.asks or job.state in ("lost", "failed")), self.run)

    @property
    def evidence(self) -> str:
        """The job whose evidence says most."""
        done = self.assessed is not None and self.assessed.state == "complete"
        return self.assessed.id if self.assessed is not None and done else self.run.id


def chain_of(run: JobView, jobs: Sequence[JobView]) -> Chain:
    """`jobs`: the newest first."""
    own = [job for job in jobs if job.run == run.id]
    return Chain(
        run,
        next((job for job in own if job.kind == "verify"), None),
        next((job for job in own if job.kind == "assess"), None),
    )
