"""One job as it goes: state, phase, how far, what can be asked of it, its tables, its curve and its log."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QSizePolicy,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.job_said import left_said, state_said
from desktop.models.job_seen import Seen, TablesGrid
from desktop.models.job_words import STATE_TONES, phase_words
from desktop.models.jobs import SUBSET_OVER, JobView
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, label
from desktop.widgets.curve import Curve
from desktop.widgets.grid import GridView
from desktop.widgets.job_buttons import JobButtons
from desktop.widgets.job_follower import JobFollower
from desktop.widgets.log_pane import LogPane
from desktop.words import tr

PARTS = 1000
"""Of the bar."""


class JobPanel(QWidget):
    """Follows a job for as long as it is shown. `wide`: tables and log stand side by side."""

    failed = Signal(object)
    """A Fault of what was asked."""

    def __init__(self, desk: Desk, *, wide: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self._wide = desk, wide
        self._drawn = (-1, -1)
        self.follower = JobFollower(desk, self)
        self.follower.changed.connect(self.refresh)
        self.follower.failed.connect(self._gone)
        desk.jobs_changed.connect(self.refresh)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(self._head())
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the job"))
        column.addWidget(self.bar)
        column.addLayout(self._figures())
        self.note = label("", "secondary", wrap=True)
        column.addWidget(self.note)
        column.addWidget(self._curves())
        column.addWidget(self._lists(), 1)
        self.refresh()

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        self.state, self.phase = Badge(), label("", "section", wrap=True)
        self.phase.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.buttons = JobButtons(self.desk)
        self.buttons.failed.connect(self.failed)
        row.addWidget(self.state)
        row.addWidget(self.phase, 1)
        row.addWidget(self.buttons)
        return row

    def _figures(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.far, self.left = label("", "secondary", wrap=True), label("", "secondary")
        row.addWidget(self.far, 1)
        row.addWidget(self.left)
        return row

    def _curves(self) -> QWidget:
        self.curves = QWidget()
        row = QHBoxLayout(self.curves)
        row.setContentsMargins(0, 0, 0, 0)
        self.loss = Curve(tr("Loss, with noise"), tr("Step"))
        self.epsilon = Curve(tr("Epsilon spent"), tr("Step"), from_zero=True)
        row.addWidget(self.loss)
        row.addWidget(self.epsilon)
        return self.curves

    def _lists(self) -> QWidget:
        self.tables, self.log = GridView(tr("Tables of the job")), LogPane()
        self.log.table_wanted.connect(self.show_table)
        # The name takes the room; figures stand where they end.
        self.tables.horizontalHeader().setStretchLastSection(False)
        self.tabs = None if self._wide else QTabWidget()
        if self.tabs is not None:
            self.tabs.setDocumentMode(True)
            self.tabs.addTab(self.tables, tr("Tables"))
            self.tabs.addTab(self.log, tr("Log"))
            return self.tabs
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setChildrenCollapsible(False)
        for widget in (self.tables, self.log):
            both.addWidget(widget)
        both.setSizes([600, 500])
        return both

    @property
    def job(self) -> str:
        return self.follower.seen.job if self.follower.seen is not None else ""

    @property
    def view(self) -> JobView | None:
        """As the list of jobs has it, which is newer than the details."""
        listed = next((each for each in self.desk.jobs if each.id == self.job), None)
        return listed or (self.follower.seen.view if self.follower.seen is not None else None)

    def show_job(self, job: str) -> None:
        """Show this one from now on."""
        self._drawn = (-1, -1)
        self.follower.follow(job)
        self.refresh()

    def show_table(self, table: str) -> None:
        """Go to a table's row."""
        grid = self.tables.source.grid
        row = next((row for row in range(grid.rows) if grid.text(row, 0) == table), -1)
        if row < 0:
            return
        if self.tabs is not None:
            self.tabs.setCurrentWidget(self.tables)
        self.tables.selectRow(row)
        self.tables.setFocus()

    def refresh(self) -> None:
        if not self.isVisible():
            return
        view, seen = self.view, self.follower.seen
        self.buttons.show_job(view)
        if view is not None:
            self._say(view)
        if seen is not None:
            self._list(seen)

    def _say(self, view: JobView) -> None:
        self.state.say(state_said(view.state), STATE_TONES.get(view.state, Tone.PLAIN))
        self.phase.setText(phase_said(view) if view.alive else ended_said(view))
        for widget in (self.bar, self.far, self.left):
            widget.setVisible(view.alive)
        self.bar.setRange(0, PARTS if view.share is not None else 0)
        self.bar.setValue(round((view.share or 0.0) * PARTS))
        self.far.setText(far_said(view))
        self.left.setText(left_said(view))
        drawn = self.follower.seen is not None and bool(self.follower.seen.points)
        self.note.setText(view.note if view.alive and not drawn else "")
        self.note.setVisible(bool(self.note.text()))

    def _list(self, seen: Seen) -> None:
        self.curves.setVisible(bool(seen.points) or (seen.view is not None and seen.view.kind == "train"))
        if self._drawn == (seen.changed, seen.point):
            self.log.show_seen(seen)
            return
        self._drawn = (seen.changed, seen.point)
        self.tables.renew(TablesGrid(tuple(seen.ordered), tr))
        self.tables.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        if self.tabs is not None:
            said = tr("Tables ({done} of {all})", done=f"{seen.done:,}", all=f"{len(seen.tables):,}")
            self.tabs.setTabText(0, said if seen.tables else tr("Tables"))
        steps = seen.view.estimated if seen.view is not None and seen.view.unit == "step" else None
        self.loss.show_points([(step, loss) for step, loss, _ in seen.points if loss is not None], steps)
        self.epsilon.show_points([(step, spent) for step, _, spent in seen.points if spent is not None], steps)
        self.log.show_seen(seen)
        if self.tabs is not None and seen.event and not seen.tables:
            # A training has no tables to show.
            self.tabs.setCurrentWidget(self.log)

    def _gone(self, fault: Fault) -> None:
        self.failed.emit(fault)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.follower.wake(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.follower.wake(False)


def phase_said(view: JobView) -> str:
    """What it does now, and with which table."""
    words = tr(phase_words(view.phase)) if view.phase else tr("Starting")
    return tr("{phase}: {table}", phase=words, table=view.table) if view.table else words


def ended_said(view: JobView) -> str:
    """How it ended; of a run that cannot go on by itself, what there is to choose."""
    if view.asks and view.outcome == SUBSET_OVER:
        return tr(
            "The snapshot of the source is over, and a subset belongs to one snapshot alone: it can only begin anew."
        )
    if view.asks:
        return tr("The snapshot of the source that it was reading is over. Nothing was changed: choose how it goes on.")
    if view.state == "lost":
        return tr("Its process is gone: killed, or the machine went down. What it had loaded is still there.")
    return view.sentence or far_said(view)


def far_said(view: JobView) -> str:
    """`120,000 of about 200,000 rows, 31,000 rows/s`."""
    if not view.rows:
        return ""
    unit = _units(view.unit)
    rows = f"{view.rows:,}"
    if view.alive and view.estimated:
        said = tr("{rows} of about {all} {unit}", rows=rows, all=f"{view.estimated:,}", unit=unit)
    else:
        said = tr("{rows} {unit}", rows=rows, unit=unit)
    if view.rate:
        said += tr(", {rate} {unit}/s", rate=f"{view.rate:,.0f}" if view.rate >= 10 else f"{view.rate:.1f}", unit=unit)
    return said


def _units(unit: str) -> str:
    return {"row": tr("rows"), "step": tr("steps"), "measurement": tr("measurements"), "table": tr("tables")}.get(
        unit, unit
    )
