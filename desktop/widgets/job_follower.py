"""Hears of one job for as long as a page shows it: one question at a time, and only when the ledger has news."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.calls import Asked
from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.job_seen import Seen
from desktop.models.jobs import JobDetail, JobView

SOON = 250
"""Milliseconds between two questions."""


class JobFollower(QObject):
    """`seen` is what is known of the job; `changed` says that there is more."""

    changed = Signal()
    failed = Signal(object)
    """A Fault."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.seen: Seen | None = None
        self._asked: Asked | None = None
        self._told: JobView | None = None
        """The view of the list when we last asked."""
        self._awake = False
        self._again = QTimer(self, singleShot=True, interval=SOON)
        self._again.timeout.connect(self._look)
        desk.jobs_changed.connect(self._look)
        desk.calls.restarted.connect(self._anew)

    def follow(self, job: str) -> None:
        """Hear of this job from now on; an empty id: of none."""
        if self.seen is not None and self.seen.job == job:
            return
        self._drop()
        self.seen = Seen(job) if job else None
        self.changed.emit()
        self._look()

    def wake(self, awake: bool) -> None:
        """Nobody needs to hear of what is not shown."""
        self._awake = awake
        if awake:
            self._look()
        else:
            self._drop()

    def _drop(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
        self._asked = self._told = None
        self._again.stop()

    def _anew(self) -> None:
        self._drop()
        self._look()

    def _view(self) -> JobView | None:
        seen = self.seen
        return next((job for job in self._desk.jobs if seen is not None and job.id == seen.job), None)

    def _look(self) -> None:
        seen, view = self.seen, self._view()
        if seen is None or not self._awake or self._asked is not None or self._again.isActive():
            return
        if self._told is not None and view == self._told:
            return
        self._told = view
        self._asked = self._desk.calls.ask(
            "jobs.detail", owner=self, done=self._heard, failed=self._not_heard, id=seen.job,
            after_event=seen.event, after_table=seen.changed, after_point=seen.point,
        )  # fmt: skip

    def _heard(self, detail: JobDetail) -> None:
        self._asked = None
        if self.seen is None or detail.view.id != self.seen.job:
            return
        self.seen.heard(detail)
        if detail.more:
            self._told = None
            self._look()
        else:
            self._again.start()
        self.changed.emit()

    def _not_heard(self, fault: Fault) -> None:
        self._asked = None
        self.failed.emit(fault)
