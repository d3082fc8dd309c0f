"""The queue: every job of the workspace, the newest first, and the one that is chosen in full."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QSplitter, QStackedWidget, QWidget

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.job_list import JobList, listed
from desktop.models.job_words import KIND_WORDS
from desktop.models.jobs import JobView
from desktop.pages.base import Page
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Card, Empty, label
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.grid import GridView
from desktop.widgets.job_panel import JobPanel
from desktop.words import tr

WHICH = (("all", "All jobs"), ("alive", "In hand"), ("trouble", "Need attention"))


class JobsPage(Page):
    name = "jobs"
    title = "Jobs"
    help = "jobs"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._listed: tuple[JobView, ...] = ()
        self._wanted = ""
        self._heading()
        self.stack = QStackedWidget()
        self.stack.addWidget(
            Empty(tr("No job has run in this workspace yet."), tr("Go to Run"), lambda: desk.go("run"))
        )
        self.stack.addWidget(self._both())
        self.stack.addWidget(Empty(tr("Looking for the workspace's jobs…")))
        self.body.addWidget(self.stack)
        desk.jobs_changed.connect(self.refresh)
        self._offer()
        self.refresh()

    def _heading(self) -> None:
        self.count = label("", "secondary")
        self.heading.addWidget(self.count, 1)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter by plan, database or id"))
        self.filter.setAccessibleName(tr("Filter jobs"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self.refresh)
        self.which = QComboBox()
        self.which.setAccessibleName(tr("Which jobs are listed"))
        for key, words in WHICH:
            self.which.addItem(tr(words), key)
        self.which.currentIndexChanged.connect(self.refresh)
        self.heading.addWidget(self.filter, 1)
        self.heading.addWidget(self.which)

    def _both(self) -> QWidget:
        both = QSplitter(Qt.Orientation.Vertical)
        both.setChildrenCollapsible(False)
        self.panel = JobPanel(self.desk)
        self.panel.failed.connect(self._say)
        self.jobs = GridView(tr("Jobs"))
        self.jobs.moved.connect(self._moved)
        self.jobs.opened.connect(lambda _: self.panel.tables.setFocus())
        card = Card()
        head = QHBoxLayout()
        self.what = label("", "section")
        self.where = ElidedLabel("secondary")
        self.evidence = QPushButton(tr("Show evidence"))
        self.evidence.clicked.connect(lambda: desk_evidence(self.desk, self.panel.view))
        head.addWidget(self.what)
        head.addWidget(self.where, 1)
        head.addWidget(self.evidence)
        card.body.addLayout(head)
        card.body.addWidget(self.panel, 1)
        both.addWidget(self.jobs)
        both.addWidget(card)
        both.setSizes([240, 420])
        return both

    def _offer(self) -> None:
        buttons = self.panel.buttons
        self.offer(tr("Pause the job"), lambda: buttons.pause.click())
        self.offer(tr("Let the paused job go on"), lambda: buttons.go_on.click())
        self.offer(tr("Resume the interrupted job"), lambda: buttons.resume.click())
        self.offer(tr("Cancel the job"), buttons.ask_to_cancel)
        self.offer(tr("Filter jobs"), self.filter.setFocus, "Ctrl+F")
        self.offer(tr("Copy the log"), self.panel.log.copy_lines)

    def entered(self, **where: Any) -> None:
        """`job`: the one to show."""
        self._wanted = str(where.get("job", "") or "")
        if self._wanted:
            self.filter.clear()
            self.which.setCurrentIndex(0)
        self.refresh()
        if not self.filter.hasFocus():
            self.jobs.setFocus()

    def refresh(self) -> None:
        """The list anew; the chosen job stays chosen wherever it is now."""
        if not self.isVisible() and not self._wanted:
            return
        self.stack.setCurrentIndex(1 if self.desk.jobs else 0 if self.desk.jobs_known else 2)
        found = listed(self.desk.jobs, self.which.currentData(), self.filter.text())
        self.count.setText(_counted(self.desk.jobs))
        if found != self._listed:
            self._listed = found
            self.jobs.moved.disconnect(self._moved)
            self.jobs.renew(JobList(found, tr))
            self.jobs.moved.connect(self._moved)
        self._choose()
        self._head()

    def _choose(self) -> None:
        chosen = self._wanted or self.panel.job
        row = next((row for row, job in enumerate(self._listed) if job.id == chosen), -1)
        if row < 0 and self._listed and not self._wanted:
            row = 0
        if row < 0:
            return
        self._wanted = ""
        if self.jobs.currentIndex().row() != row:
            self.jobs.selectRow(row)
        self._moved(row)

    def _moved(self, row: int) -> None:
        if 0 <= row < len(self._listed) and self._listed[row].id != self.panel.job:
            self.banner.hide()
            self.panel.show_job(self._listed[row].id)
            self._head()

    def _head(self) -> None:
        view = self.panel.view
        self.evidence.setVisible(view is not None and view.kind in ("clone", "assess") and view.state == "complete")
        if view is None:
            return
        kind = tr(KIND_WORDS.get(view.kind, view.kind))
        self.what.setText(tr("{kind} of {plan}", kind=kind, plan=view.title))
        target = tr(" → {target}", target=view.target) if view.target else ""
        self.where.say(f"{view.source}{target}   {view.id}")

    def _say(self, fault: Fault) -> None:
        self.banner.say(fault.sentence, Tone.BAD)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()


def desk_evidence(desk: Desk, view: JobView | None) -> None:
    if view is not None:
        desk.go("evidence", job=view.id)


def _counted(jobs: tuple[JobView, ...]) -> str:
    alive, lost = sum(job.alive for job in jobs), sum(job.state == "lost" for job in jobs)
    said = [tr("{count} jobs", count=f"{len(jobs):,}") if len(jobs) > 1 else tr("1 job")] if jobs else []
    said += [tr("{count} in hand", count=f"{alive:,}")] if alive else []
    said += [tr("{count} interrupted", count=f"{lost:,}")] if lost else []
    return " · ".join(said)
