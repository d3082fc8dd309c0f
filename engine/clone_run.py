"""What one run of `clone` holds while it goes: its arguments, and what its steps have found so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from connectors.database import Database, Issue
from connectors.merging import How
from engine.copies.copies import Copies
from engine.jobs.control import Control, Progress
from engine.jobs.events import now
from engine.keeper_moment import Keeping, KeptMoment, keep
from engine.keys import MaskingKey
from engine.pace import Pace
from engine.plan import Plan
from engine.record_store import RecordStore
from engine.safety import JOINING, Mode
from engine.snapshots import Moment, held_here
from engine.subset.selecting import SubsetSelection
from engine.workspace import RunFolder, Workspace

if TYPE_CHECKING:
    # Runs that synthesise nothing load none of it.
    from engine.clone_synthesis import Synthesis
    from engine.synthesis.model import Model
    from engine.synthetic_load import Synthesised

ONE_SNAPSHOT = "one consistent snapshot"
TWO_SNAPSHOTS = "two snapshots: the chunks loaded before the interruption were read under an earlier one"


@dataclass
class Run:
    plan: Plan
    source: Database
    target: Database
    key: MaskingKey
    workspace: Workspace
    id: str
    mode: Mode | None
    progress: Callable[[Progress], None]
    control: Control
    known: dict[str, Any]
    """What `check` is told beside plan and schema."""
    keeping: Keeping | None = None
    """How the moment of the source is kept; None: by this process alone."""
    pace: Pace = field(default_factory=Pace)
    started: str = field(default_factory=now)
    clock: float = field(default_factory=time.monotonic)
    timings: dict[str, float] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    strategy: str = ""
    snapshot: str = ONE_SNAPSHOT
    kept: KeptMoment | None = None
    """The moment, as soon as a keeper holds it."""
    selection: SubsetSelection | None = None
    """The rows that a subset takes, once they are known."""
    copies: Copies | None = None
    """What becomes of the entity that it copies, as soon as that is decided."""
    subset: Mapping[str, Any] | None = None
    """What the evidence says of them."""
    synthesis: Synthesis | None = None
    """What a run needs that learns; None where its plan synthesises nothing."""
    model: Model | None = None
    """What was learned, as soon as it is."""
    synthesised: tuple[Synthesised, int] | None = None
    """What was made of it and written, and the seed."""

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self.control.check()
        self.progress(Progress(name))
        started = time.monotonic()
        try:
            yield
        finally:
            self.timings[name] = self.timings.get(name, 0.0) + round(time.monotonic() - started, 3)

    @property
    def joins(self) -> How | None:
        """How its rows join those of the target; None where it fills an empty one."""
        return How(self.mode.value) if self.mode in JOINING else None

    @property
    def folder(self) -> RunFolder:
        return self.workspace.run(self.id)

    @property
    def store(self) -> RecordStore:
        return RecordStore(self.folder, self.id, self.key)

    def learn(self, issues: list[Issue]) -> None:
        """Remember what a step has found, once: a resumed run meets some of it again."""
        self.issues += [issue for issue in issues if issue not in self.issues]

    @contextmanager
    def moment(self) -> Iterator[Moment]:
        """The moment that this run reads: the one that is kept for it already, or the source as it is now."""
        if self.kept is None and self.keeping is not None:
            # Several sessions of one moment may need a lock, so only where a person has asked for them.
            readers = self.pace.connections or 1
            self.kept = keep(self.folder.folder, replace(self.keeping, readers=readers), self.source)
        if self.kept is not None:
            self.control.longest_pause = self.kept.minutes
            yield self.kept
            return
        with held_here(self.source) as moment:
            yield moment

    def let_go(self, *, over: bool = True) -> None:
        """The run needs its moment no more; not `over`, a later attempt does, and the keeper waits for it."""
        if self.kept is not None and over:
            self.kept.dismiss()
        elif self.kept is not None:
            self.kept.close()
        self.kept = None
