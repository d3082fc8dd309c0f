"""What can be asked of a job as it stands: to wait, to go on, to stop; and the choice where its snapshot is over."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QPushButton, QWidget

from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.jobs import SUBSET_OVER, JobView
from desktop.widgets.question import ask_before
from desktop.words import tr


class JobButtons(QWidget):
    """Pause, Go on, Cancel, Resume, and the two ways after a lost snapshot. Only what fits is shown."""

    failed = Signal(object)
    taken_up = Signal(str)
    """A worker goes on with this job."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self._view: JobView | None = None
        self._busy = ""
        """The job that something was asked of and that has not answered."""
        self.asking: QMessageBox | None = None
        self.sure: QPushButton | None = None
        """Of that question."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.pause = self._button(
            tr("Pause"), tr("Wait, and keep the snapshot of the source"), lambda: self.ask("pause")
        )
        self.go_on = self._button(tr("Go on"), tr("Let the job go on"), lambda: self.ask("resume"))
        self.resume = self._button(tr("Resume"), tr("Go on from what is done already"), lambda: self.take_up("ask"))
        self.restart = self._button(
            tr("Empty the target and begin anew"), tr("Everything is read once more, under one new snapshot"),
            lambda: self.take_up("restart"),
        )  # fmt: skip
        self.second = self._button(
            tr("Read what is missing as the source is now"),
            tr("What is loaded stays. The evidence says that there were two snapshots"),
            lambda: self.take_up("second-snapshot"),
        )  # fmt: skip
        self.cancel = self._button(tr("Cancel…"), tr("Stop, and leave the target empty or marked"), self.ask_to_cancel)
        self.cancel.setObjectName("danger")
        for button in (self.second, self.restart, self.resume, self.go_on, self.pause, self.cancel):
            row.addWidget(button)
        self.show_job(None)

    def _button(self, text: str, tip: str, run: Callable[[], None]) -> QPushButton:
        made = QPushButton(text)
        made.setToolTip(tip)
        made.setAccessibleDescription(tip)
        made.clicked.connect(run)
        return made

    def show_job(self, view: JobView | None) -> None:
        """Offer what fits this job now."""
        self._view = view
        state = view.state if view is not None else ""
        asks = view is not None and view.asks
        self.pause.setVisible(state == "running")
        self.go_on.setVisible(state == "paused")
        self.cancel.setVisible(state in ("running", "paused"))
        self.resume.setVisible(view is not None and view.resumable and not asks)
        self.restart.setVisible(asks)
        self.second.setVisible(view is not None and asks and view.outcome != SUBSET_OVER)
        free = view is None or self._busy != view.id
        for button in (self.resume, self.restart, self.second):
            button.setEnabled(free)

    def ask(self, request: str) -> None:
        """Write a request into the ledger; the job obeys at its next heartbeat."""
        if self._view is not None:
            self._request(self._view.id, request)

    def _request(self, job: str, request: str) -> None:
        self.desk.calls.ask("jobs.ask", owner=self, failed=self.failed.emit, id=job, request=request)

    def take_up(self, after: str) -> None:
        """Start a worker that goes on with the job."""
        view = self._view
        if view is None or self._busy == view.id:
            return
        self._busy = view.id
        self.show_job(view)
        self.desk.calls.ask(
            "jobs.take_up", owner=self, done=self._taken, failed=lambda fault: self._not_taken(fault, after), id=view.id,
            after=after,
        )  # fmt: skip

    def _taken(self, job: str) -> None:
        self._busy = ""
        self.show_job(self._view)
        self.taken_up.emit(job)

    def _not_taken(self, fault: Fault, after: str) -> None:
        self._busy = ""
        self.show_job(self._view)
        if fault.why is Why.LOCKED:
            self.desk.locked.emit(lambda: self.take_up(after))
        else:
            self.failed.emit(fault)

    def ask_to_cancel(self) -> None:
        """Cancelling a run takes what it has loaded: a person says so twice."""
        if self._view is None:
            return
        view = self._view
        self.asking, self.sure = ask_before(
            self.window(), tr("Cancel this job?"), _what_is_lost(view), tr("Cancel the job"),
            lambda: self._request(view.id, "cancel"), tr("Let it run"),
        )  # fmt: skip


def _what_is_lost(view: JobView) -> str:
    if view.kind == "clone":
        return tr("It stops after the batch in hand. The target is emptied, or stays marked as incomplete.")
    if view.kind == "train":
        return tr("It stops after the step in hand. What it has spent of the privacy budget stays spent.")
    return tr("It stops after what is in hand. Nothing is written.")
