"""Discover: look at a source, write or renew its plan, and keep what was found."""

from __future__ import annotations

import contextlib
from pathlib import Path
from time import monotonic

from desktop.backend.hub_desk import hub_desk
from desktop.backend.hub_evidence import evidence_of, evidence_path, personal_of, save_evidence
from desktop.backend.marks import PersonalMarks
from desktop.backend.plan_desk import NoPlan, open_plan
from desktop.backend.room import Call, Room
from desktop.models.how_far import HowFar
from desktop.models.hub import Discovered
from engine.commands.plans import agreed_domains, plan_file
from engine.commands.status import UsageError
from engine.jobs.control import Progress
from engine.planning import Asked, Planned, decisions, make_plan
from engine.profiling.policy import PolicyError

TELL = 0.05
"""Seconds between two words on how far it is."""


def discover(
    room: Room, call: Call, source: str, plan: str, policy: str | None = None, key: str = "default"
) -> Discovered:
    """Look at a sample of every table, and propose what happens to every column. What a person decided in an earlier plan stays.

    Raises PlanError where that one cannot be read, UsageError where it cannot be written, or the policy cannot be followed."""
    path = Path(plan).absolute()
    _refuse_unsaved(room, path)
    progress = Told(call, len(room.schema(source, again=True).tables))
    try:
        agreed = agreed_domains(room.session, plan_file(path).plan.key if path.exists() else key)
        with room.open(source) as database:
            asked = Asked(key=key, policy=policy)
            planned = make_plan(database, path, asked, agreed=agreed, progress=progress, control=call.control)
    except PolicyError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"the plan {path} cannot be written: {error.strerror}") from None
    keep_findings(room, planned, source, path)
    return _summary(planned, path)


def _refuse_unsaved(room: Room, path: Path) -> None:
    """A plan that is open with changes would lose them."""
    with contextlib.suppress(NoPlan):
        state = open_plan(room).state()
        if Path(state.path) == path and not state.saved:
            raise UsageError(f"{path.name} has changes that are not saved: save it, then discover again")


class Told:
    """Tells the window how far it is, some times a second, and stops when nobody waits any more."""

    def __init__(self, call: Call, tables: int) -> None:
        self._call, self._tables = call, tables
        self._phase, self._table, self._done, self._last = "", "", 0, 0.0

    def __call__(self, progress: Progress) -> None:
        self._call.control.check()
        table = str(progress.table) if progress.table is not None else ""
        if progress.phase != self._phase:
            self._phase, self._done = progress.phase, 0
        if table != self._table:
            self._table, self._done = table, self._done + bool(table)
        if monotonic() - self._last > TELL:
            self._last = monotonic()
            self._call.tell(self._looking(progress, table))

    def _looking(self, progress: Progress, table: str) -> HowFar:
        """So many texts where they are counted, and tables otherwise."""
        if progress.unit == "text":
            return HowFar(self._phase, table, progress.total_rows, progress.total_estimated or 0, progress.unit)
        return HowFar(self._phase, table, self._done, self._tables)


def keep_findings(room: Room, planned: Planned, source: str, path: Path) -> None:
    """So that the hub and the schema show what was found, also when the plan is opened another time."""
    evidence = evidence_of(planned, source)
    # A workspace that cannot be written forgets it with the window.
    with contextlib.suppress(OSError):
        save_evidence(evidence_path(room.workspace, str(path)), evidence)
    hub_desk(room).put(str(path), evidence)
    room.keep(PersonalMarks, PersonalMarks).put(source, personal_of(evidence))


def _summary(planned: Planned, path: Path) -> Discovered:
    found = planned.findings
    personal = list(found.personal())
    return Discovered(
        str(path),
        len(found.columns),
        len(personal),
        len({each.table for each in personal}),
        sum(undecided for _, _, undecided in decisions(planned.plan).values()),
        len(planned.inferred),
        len(found.not_examined),
        found.seconds,
        planned.renewed,
    )
