"""What pages are given: calls to the backend, the open project and its plan, the jobs, and a way to say and to go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from desktop.calls import Calls
from desktop.faults import Fault
from desktop.models.jobs import JobView
from desktop.open_plan import OpenPlan
from desktop.open_windows import OpenWindow
from desktop.settings import Project, Settings, merged, read_settings, window_folder, write_settings
from desktop.theme.look import look
from desktop.theme.tokens import Tone
from engine.workspace import Workspace, open_workspace


@dataclass(frozen=True, slots=True)
class Notice:
    """Something said at the edge of the window, with at most one thing to do about it."""

    text: str
    tone: Tone = Tone.PLAIN
    action: str = ""
    run: Callable[[], None] | None = None


class Desk(QObject):
    """One window's work on one workspace."""

    project_changed = Signal()
    settings_changed = Signal()
    jobs_changed = Signal()
    job_ended = Signal()
    """One more than before: what is spent and what there is to show are others."""
    noticed = Signal(object)
    """A Notice."""
    unsaid = Signal(str)
    """What was said does not hold any more."""
    asked_for = Signal(str, dict)
    """A page by its name, and where on it: `("plan", {"table": "Customer", "column": "Email"})`."""
    locked = Signal(object)
    """The vault needs its passphrase; what to do once it is open, a function without arguments, or None."""

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        """Raises OSError for a workspace that cannot be opened."""
        super().__init__(parent)
        self.workspace: Workspace = open_workspace(folder)
        self.settings = read_settings(self.workspace.folder)
        self.writable = _writable(self.workspace.folder)
        """False: settings and drafts live as long as the window."""
        log = window_folder(self.workspace.folder) / "backend.log" if self.writable else None
        self._here = _sit_down(self.workspace.folder) if self.writable else None
        self.calls = Calls(self.workspace.folder, log, self._here.name if self._here is not None else "", self)
        self.calls.unheard.connect(self.say_fault)
        self.undo = QUndoStack(self)
        self.plan = OpenPlan(self.calls, self.undo, self)
        self.project: Project | None = None
        self.jobs: tuple[JobView, ...] = ()
        """The newest first."""
        self.jobs_known = False
        """False: nobody could look into the ledger yet."""

    def open_project(self, project: Project) -> None:
        """Make it the one that all pages are about, and read its plan."""
        self.project = project
        self.remember(self.settings.opened(project))
        self.calls.ask("hub.remember", plan=project.plan, source=project.source, failed=lambda _: None)
        self.plan.open(project.plan, project.source, project.target)
        self.project_changed.emit()

    def remember(self, settings: Settings) -> None:
        """Take these settings from now on, on the screen and in the workspace."""
        before, self.settings = self.settings, settings
        if (before.scheme, before.points) != (settings.scheme, settings.points):
            look().put_on(settings.scheme, settings.points)
        if self.writable:
            # Where the disk is full just now, the next change is written with room for it.
            with suppress(OSError):
                folder = self.workspace.folder
                write_settings(folder, merged(before, settings, read_settings(folder)))
        self.settings_changed.emit()

    def keep(self, page: str, value: Any) -> None:
        """Remember something of a page, as JSON."""
        self.remember(replace(self.settings, kept={**self.settings.kept, page: value}))

    def say(self, text: str, tone: Tone = Tone.PLAIN, action: str = "", run: Callable[[], None] | None = None) -> None:
        self.noticed.emit(Notice(text, tone, action, run))

    def say_fault(self, fault: Fault) -> None:
        """A fault that no page has a place for."""
        from desktop.faults import Why

        if fault.why is Why.LOCKED:
            self.locked.emit(None)
        else:
            self.say(fault.sentence, Tone.BAD)

    def go(self, page: str, **where: Any) -> None:
        self.asked_for.emit(page, where)

    def show_jobs(self, jobs: Sequence[JobView]) -> None:
        before, self.jobs, self.jobs_known = _ended(self.jobs), tuple(jobs), True
        self.jobs_changed.emit()
        if _ended(self.jobs) != before:
            self.job_ended.emit()

    def close(self) -> None:
        self.calls.close()
        if self._here is not None:
            self._here.close()


def _ended(jobs: Sequence[JobView]) -> int:
    return sum(not job.alive for job in jobs)


def _writable(folder: Path) -> bool:
    try:
        probe = window_folder(folder) / ".probe"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def _sit_down(folder: Path) -> OpenWindow | None:
    """What is not saved here is this window's until it ends."""
    try:
        return OpenWindow(window_folder(folder))
    except OSError:
        return None
