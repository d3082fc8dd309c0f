"""The strip below every page while a job runs: how far, how fast, how long; and the way to it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from desktop.desk import Desk
from desktop.job_said import left_said
from desktop.models.job_words import KIND_WORDS, phase_words
from desktop.models.jobs import JobView
from desktop.models.shell import few_letters, in_hand
from desktop.widgets.elided_label import ElidedLabel
from desktop.words import tr

PARTS = 1000
"""Of the bar."""


def where(job: JobView) -> str:
    """`Run · clinic-qa · visit · 61 %`."""
    share = tr("{percent} %", percent=f"{job.share * 100:.0f}") if job.share is not None else ""
    state = tr("paused") if job.state == "paused" else ""
    doing = job.table or (tr(phase_words(job.phase)) if job.phase else "")
    return " · ".join(part for part in (tr(KIND_WORDS.get(job.kind, job.kind)), job.title, doing, share, state) if part)


def how_far(job: JobView) -> str:
    """`1.9 M of 3.1 M rows · 142,000 rows/s · 8 to 10 s left`."""
    counted = _counted(job) if job.rows else ""
    rate = tr("{rate} {unit}s/s", rate=few_letters(job.rate), unit=job.unit) if job.rate else ""
    return " · ".join(part for part in (counted, rate, left_said(job)) if part)


def _counted(job: JobView) -> str:
    rows = few_letters(job.rows)
    if job.estimated:
        return tr("{rows} of {all} {unit}s", rows=rows, all=few_letters(job.estimated), unit=job.unit)
    return tr("{rows} {unit}s", rows=rows, unit=job.unit)


class JobStrip(QPushButton):
    """The job in hand; hidden when nothing runs."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setObjectName("strip")
        self._job = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(16)
        self.what, self.far, self.bar = ElidedLabel(), QLabel(), QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        self.far.setObjectName("secondary")
        for widget, share in ((self.what, 3), (self.bar, 3), (self.far, 0)):
            widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            row.addWidget(widget, share)
        self.far.setTextFormat(Qt.TextFormat.PlainText)
        self.clicked.connect(lambda: desk.go("jobs", job=self._job))
        desk.jobs_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        job = in_hand(self.desk.jobs)
        self.setVisible(job is not None)
        if job is None:
            return
        self._job = job.id
        others = sum(each.alive for each in self.desk.jobs) - 1
        more = tr("   and {count} more", count=others) if others else ""
        self.what.say(where(job) + more)
        self.far.setText(how_far(job))
        self.bar.setRange(0, PARTS if job.share is not None else 0)
        self.bar.setValue(round((job.share or 0) * PARTS))
        self.setAccessibleName(tr("Go to {job}", job=f"{where(job)}. {how_far(job)}"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        assert layout is not None
        return layout.sizeHint()

    minimumSizeHint = sizeHint
