"""The first run: the sample clinic from nothing to its evidence, and the same steps for a person's own database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.calls import Asked
from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.connections import ConnectionView
from desktop.models.home import last_run
from desktop.models.wizard import (
    OWN,
    SOURCE,
    TARGET,
    At,
    Sample,
    Stand,
    Step,
    Told,
    Walk,
    jobs_of,
    next_of,
    sample_plan,
)
from desktop.pages.base import Page
from desktop.pages.home import beside_or_below
from desktop.settings import Project
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Card, label, primary
from desktop.wizard_steps import Steps
from desktop.wizard_words import outcome_of, own_title, own_why, title_of, why_of
from desktop.words import tr


class WizardPage(Page):
    name = "wizard"
    title = "First steps"
    help = "start"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.patients: int | None = None
        """Of the clinic; None: as many as the demo has."""
        self.walk, self.stand = Walk(), Stand()
        self.run = ""
        """The run's job, once it is ordered."""
        self._asked: Asked | None = None
        row = self.row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row.setSpacing(16)
        row.addWidget(self._sample_card(), 3)
        row.addWidget(self._own_card(), 2)
        inside = QWidget()
        inside.setObjectName("page")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        area.setAccessibleName(tr("First steps"))
        self.body.addWidget(area, 1)
        self.offer(tr("Build and mask the sample clinic"), self.begin)
        desk.jobs_changed.connect(self._jobs)
        for signal in (desk.project_changed, desk.plan.changed):
            signal.connect(self._own)
        self._show()

    def _sample_card(self) -> Card:
        card = Card(tr("Try it with the sample clinic"))
        said = tr(
            "It takes a few minutes and no network. Leave the page or close the window whenever you like: the run goes on by itself."
        )
        card.body.addWidget(label(said, "secondary", wrap=True))
        self.steps = Steps(tr("Steps of the sample"), {step.value: (title_of(step), why_of(step)) for step in Step})
        self.go, self.stop, self.see = primary(tr("Begin")), QPushButton(tr("Stop")), primary(tr("See the evidence"))
        self.go.clicked.connect(self.begin)
        self.stop.clicked.connect(self.halt)
        self.see.clicked.connect(self.show_evidence)
        buttons = QHBoxLayout()
        for button in (self.see, self.go, self.stop):
            buttons.addWidget(button)
        buttons.addStretch(1)
        card.body.addLayout(buttons)
        card.body.addWidget(self.steps)
        card.body.addStretch(1)
        return card

    def _own_card(self) -> Card:
        card = Card(tr("Your own database, step by step"))
        self.own = Steps(
            tr("Steps with your own database"), {place: (own_title(place), own_why(place)) for place in OWN}
        )
        card.body.addWidget(self.own)
        self.next = QPushButton()
        self.next.clicked.connect(self._go_on)
        buttons = QHBoxLayout()
        buttons.addWidget(self.next)
        buttons.addStretch(1)
        card.body.addLayout(buttons)
        card.body.addStretch(1)
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.row.setDirection(beside_or_below(self))

    def entered(self, **where: Any) -> None:
        self.desk.calls.ask("connections.list", owner=self, done=self._counted, failed=lambda _: None)
        self._jobs()
        self._own()

    # The sample.

    def begin(self) -> None:
        """Walk the sample's steps, from the first; what is there already is not made again."""
        if self._asked is not None or (self.run and not self.walk.done and not self.walk.stuck):
            return
        self.walk, self.run = Walk(), ""
        self.banner.hide()
        patients = {} if self.patients is None else {"patients": self.patients}
        self._asked = self.desk.calls.ask(
            "start.sample", owner=self, done=self._made, failed=self._failed, told=self._heard, **patients
        )
        self._show()

    def halt(self) -> None:
        """Stop before the run, or ask the run to stop and to leave its target empty."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None
            self.walk = Walk()
            self.banner.say(tr("Stopped. What is made already stays and is used the next time."), Tone.PLAIN)
        elif self.run:
            alive = next((job for job in jobs_of(self.run, self.desk.jobs).values() if job.alive), None)
            if alive is not None:
                self.desk.calls.ask("jobs.ask", owner=self, failed=self._failed, id=alive.id, request="cancel")
        self._show()

    def _heard(self, told: Told) -> None:
        self.walk = self.walk.heard(told)
        self._show()

    def _made(self, sample: Sample) -> None:
        self.desk.open_project(Project(sample.plan, sample.source, sample.target))
        self._asked = self.desk.calls.ask(
            "jobs.order", owner=self, done=self._ordered, failed=self._failed,
            plan=sample.plan, source=sample.source, target=sample.target, mode="replace" if sample.again else "new",
        )  # fmt: skip

    def _ordered(self, run: str) -> None:
        self._asked, self.run = None, run
        self._jobs()

    def _failed(self, fault: Fault) -> None:
        self._asked = None
        if fault.why is Why.LOCKED:
            self.walk = Walk()
            self.banner.say(
                tr("A vault comes first: it keeps the masking key."),
                Tone.CAUTION,
                tr("Choose a passphrase"),
                self._unlock,
            )
            self._unlock()
        elif fault.why is not Why.CANCELLED:
            self.walk = self.walk.failed(fault.sentence)
            self.banner.say(fault.sentence, Tone.BAD, tr("Try again"), self.begin)
        self._show()

    def _unlock(self) -> None:
        self.desk.locked.emit(self.begin)

    def _jobs(self) -> None:
        """What the ledger says of the run; also of one that an earlier window began."""
        plan = str(sample_plan(self.desk.workspace.folder))
        if not self.run and self._asked is None:
            alive = next((job for job in self.desk.jobs if job.alive and job.plan == plan), None)
            if alive is None:
                self._own()
                return
            self.run = alive.run or alive.id
            for step in (Step.SECRETS, Step.BUILD, Step.CONNECT, Step.DECIDE):
                self.walk = self.walk.heard(Told(step, At.DONE, self.walk.of(step).counts))
        before = self.walk
        if self.run:
            self.walk = self.walk.seen(self.run, self.desk.jobs)
        if self.walk.done and not before.done:
            self._arrived()
        if self.walk.stuck and not before.stuck:
            self._missed()
        self._show()
        self._own()

    def _missed(self) -> None:
        said = next(told.sentence for told in self.walk.told.values() if told.at is At.FAILED)
        self.banner.say(said, Tone.BAD, tr("Try again"), self.begin)

    def _arrived(self) -> None:
        self.desk.remember(replace(self.desk.settings, first_run=False))
        if self.isVisible():
            self.show_evidence()
        else:
            self.desk.say(
                tr("The sample clinic is masked, verified and assessed."),
                Tone.GOOD,
                tr("See the evidence"),
                self.show_evidence,
            )

    def show_evidence(self) -> None:
        """Of the assessment; of the run where that did not end."""
        found = jobs_of(self.run, self.desk.jobs)
        job = found.get(Step.ASSESS) or found.get(Step.RUN)
        self.desk.go("evidence", job=job.id if job is not None else self.run)

    def _show(self) -> None:
        for step in Step:
            told = self.walk.of(step)
            self.steps.say(step.value, told.at, outcome_of(told))
        busy = self._asked is not None or (bool(self.run) and not self.walk.done and not self.walk.stuck)
        self.go.setVisible(not busy)
        self.go.setText(tr("Begin") if not self.run else tr("Once more"))
        self.stop.setVisible(busy)
        self.see.setVisible(self.walk.done)

    # One's own database.

    def _counted(self, found: tuple[ConnectionView, ...]) -> None:
        own = sum(each.name not in (SOURCE, TARGET) for each in found)
        self.stand = replace(self.stand, connections=own)
        self._own()

    def _own(self) -> None:
        desk, state = self.desk, self.desk.plan.state
        mine = desk.project is not None and desk.project.plan != str(sample_plan(desk.workspace.folder))
        run = last_run(desk.project, desk.jobs) if mine and desk.project is not None else None
        self.stand = replace(
            self.stand,
            plan=mine and state is not None,
            undecided=state.undecided if mine and state is not None else 0,
            ran=run is not None and run.state == "complete",
        )
        now = next_of(self.stand)
        for place in OWN:
            at = At.DONE if OWN.index(place) < OWN.index(now) else At.RUNNING if place == now else At.WAITING
            self.own.say(place, at, tr("next") if place == now else "")
        self.next.setText(tr("Go on: {step}", step=own_title(now)))

    def _go_on(self) -> None:
        place = next_of(self.stand)
        if place == "project":
            self.desk.go("home", new=True)
        elif place == "connections":
            self.desk.go("connections", add=True)
        else:
            self.desk.go(place)
