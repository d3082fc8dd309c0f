"""Where the window begins: projects of late, and the next thing to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.job_said import state_said
from desktop.models.connections import Role
from desktop.models.home import STATE_TONES, last_run, minute_of
from desktop.models.jobs import JobView
from desktop.pages.base import Page
from desktop.pages.home_form import ProjectForm, file_dialog
from desktop.settings import Project
from desktop.shell_nav import open_recent
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, Card, label, primary
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.role_badge import RoleBadge
from desktop.words import tr

NARROW = 100
"""Letters beside each other, below which what stands beside stands below."""


class ProjectCard(Card):
    """One recent project, and what can be done with it."""

    def __init__(self, project: Project, page: HomePage) -> None:
        super().__init__()
        self.project = project
        self.setAccessibleName(tr("Project {name}", name=project.name))
        first, second = QHBoxLayout(), QHBoxLayout()
        name, place = ElidedLabel("section"), ElidedLabel("secondary")
        name.say(project.name)
        place.say(project.plan)
        first.addWidget(name, 1)
        self.open, self.again = QPushButton(tr("Open")), QPushButton(tr("Run again"))
        self.forget = QToolButton()
        self.forget.setText("✕")
        self.forget.setToolTip(tr("Forget this project; its files stay"))
        for button, text, run in (
            (self.again, tr("Run {name} again", name=project.name), lambda: page.run_again(project)),
            (self.open, tr("Open {name}", name=project.name), lambda: page.open_project(project)),
            (self.forget, tr("Forget {name}", name=project.name), lambda: page.forget(project)),
        ):
            button.setAccessibleName(text)
            button.clicked.connect(run)
            first.addWidget(button)
        source, target = RoleBadge(), RoleBadge()
        source.say(Role.SOURCE, project.source)
        target.say(Role.TARGET, project.target or tr("not chosen"))
        self.state, self.when = Badge(), label("", "secondary")
        for widget in (source, label("→", "secondary"), target):
            second.addWidget(widget)
        second.addStretch(1)
        third = QHBoxLayout()
        third.addWidget(self.state)
        third.addWidget(self.when)
        third.addStretch(1)
        for line in (first, second, third):
            self.body.addLayout(line)
        self.body.addWidget(place)

    def say_run(self, job: JobView | None, *, known: bool = True) -> None:
        """`known`: somebody has been able to look into the ledger."""
        self.state.setVisible(job is not None)
        self.again.setEnabled(job is not None and not job.alive)
        if job is None:
            self.when.setText(tr("Never run") if known else "")
            return
        self.state.say(state_said(job.state), STATE_TONES.get(job.state, Tone.PLAIN))
        self.when.setText(tr("Last run {when}", when=minute_of(job.started)))

    def say_gone(self) -> None:
        """Its plan is not there any more."""
        self.open.setEnabled(False)
        self.again.setEnabled(False)
        self.state.setVisible(True)
        self.state.say(tr("plan not found"), Tone.CAUTION)


def beside_or_below(page: QWidget) -> QBoxLayout.Direction:
    """Two columns where there is room for them at this size of text."""
    narrow = page.width() < NARROW * page.fontMetrics().averageCharWidth()
    return QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight


class HomePage(Page):
    name = "home"
    title = "Home"
    help = "start"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.form = ProjectForm(desk)
        self.form.hide()
        self.form.ready.connect(self._made)
        self.form.left.connect(self.form.hide)
        self.body.addWidget(self.form)
        row = self.row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row.setSpacing(16)
        self.projects, self.beginnings = self._projects(), QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._begin()
        row.addWidget(self.projects, 3)
        row.addLayout(self.beginnings, 2)
        self.none = label(tr("No project has been opened in this workspace yet."), "secondary", wrap=True)
        self.body.addWidget(self.none)
        inside = QWidget()
        inside.setObjectName("page")
        inside.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        area.setAccessibleName(tr("Projects, and how to begin"))
        self.body.addWidget(area, 1)
        self.cards: list[ProjectCard] = []
        self._gone: frozenset[str] = frozenset()
        desk.settings_changed.connect(self._list)
        desk.jobs_changed.connect(self._say_runs)
        self._list()

    def _projects(self) -> QWidget:
        inside = QWidget()
        self.column = QVBoxLayout(inside)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(10)
        self.column.addWidget(label(tr("Recent projects"), "section"))
        self.column.addStretch(1)
        return inside

    def _begin(self) -> None:
        """What there is to begin with: beside the projects, or in their place."""
        self.beginnings.setSpacing(12)
        for card in (self._sample(), self._own()):
            self.beginnings.addWidget(card, 1, Qt.AlignmentFlag.AlignTop)
        self.beginnings.addStretch(0)

    def _sample(self) -> Card:
        self.sample = Card(tr("Try it with the sample clinic"))
        self.sample.body.addWidget(
            label(
                tr(
                    "An invented clinic of 14 tables is masked, verified and attacked, in a few minutes and without a network. Every "
                    "step says what it does; what it leaves is an ordinary project."
                ),
                "secondary",
                wrap=True,
            )
        )
        self.try_it = primary(tr("Show me"))
        self.try_it.setAccessibleName(tr("Try it with the sample clinic"))
        self.try_it.clicked.connect(lambda: self.desk.go("wizard"))
        self.not_now = QPushButton(tr("Do not offer it again"))
        self.not_now.clicked.connect(lambda: self.desk.remember(replace(self.desk.settings, first_run=False)))
        buttons = QHBoxLayout()
        buttons.addWidget(self.try_it)
        buttons.addWidget(self.not_now)
        buttons.addStretch(1)
        self.sample.body.addLayout(buttons)
        return self.sample

    def _own(self) -> Card:
        own = Card(tr("Your own database"))
        own.body.addWidget(
            label(
                tr("Save a source and a target, say where the plan goes, and decide column by column."),
                "secondary",
                wrap=True,
            )
        )
        self.new_, self.open_ = QPushButton(tr("New project…")), QPushButton(tr("Open a plan…"))
        self.guide = QPushButton(tr("Step by step"))
        buttons = QHBoxLayout()
        for button, run in (
            (self.new_, self.new),
            (self.open_, self.open),
            (self.guide, lambda: self.desk.go("wizard")),
        ):
            button.clicked.connect(run)
            buttons.addWidget(button)
        buttons.addStretch(1)
        own.body.addLayout(buttons)
        return own

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.row.setDirection(beside_or_below(self))

    def entered(self, new: bool = False, open: bool = False, plan: str = "", **where: Any) -> None:
        """`plan`: a file whose databases nobody remembers."""
        if new:
            self.new()
        elif open:
            self.open()
        elif plan:
            self.open_file(plan)
        plans = tuple(project.plan for project in self.desk.settings.recent)
        if plans:
            self.desk.calls.ask(
                "start.present",
                owner=self,
                done=lambda there: self._found(plans, there),
                failed=lambda _: None,
                plans=plans,
            )

    def new(self) -> None:
        """Ask what a new project needs."""
        self.form.begin()

    def open(self) -> None:
        """Let the person choose a plan; one that was used here opens at once."""
        dialog = file_dialog(self, opens=True)
        dialog.fileSelected.connect(self.open_file)
        dialog.open()

    def open_file(self, plan: str) -> None:
        known = next((each for each in self.desk.settings.recent if each.plan == plan), None)
        if known is not None:
            self.open_project(known)
        else:
            self.form.begin(plan, opens=True)

    def open_project(self, project: Project) -> None:
        open_recent(self.desk, project)

    def run_again(self, project: Project) -> None:
        self.desk.open_project(project)
        self.desk.go("run", again=project)

    def forget(self, project: Project) -> None:
        self.desk.remember(self.desk.settings.forgotten(project))

    def _made(self, project: Project) -> None:
        self.form.hide()
        self.desk.open_project(project)
        self.desk.go("discover")

    def _list(self) -> None:
        """The cards anew, where the projects are others."""
        recent = self.desk.settings.recent
        if [card.project for card in self.cards] != list(recent):
            for card in self.cards:
                self.column.removeWidget(card)
                card.hide()
                card.deleteLater()
            self.cards = [ProjectCard(project, self) for project in recent]
            for place, card in enumerate(self.cards):
                self.column.insertWidget(1 + place, card)
        self.none.setVisible(not recent)
        self.projects.setVisible(bool(recent))
        way = QBoxLayout.Direction.TopToBottom if recent else QBoxLayout.Direction.LeftToRight
        self.beginnings.setDirection(way)
        self.beginnings.setStretch(2, 1 if recent else 0)
        for place in (0, 1):
            self.beginnings.setStretch(place, 0 if recent else 1)
        self.sample.setVisible(self.desk.settings.first_run)
        self._say_runs()

    def _found(self, asked: tuple[str, ...], there: tuple[str, ...]) -> None:
        self._gone = frozenset(asked) - frozenset(there)
        self._say_runs()

    def _say_runs(self) -> None:
        for card in self.cards:
            card.open.setEnabled(True)
            card.say_run(last_run(card.project, self.desk.jobs), known=self.desk.jobs_known)
            if card.project.plan in self._gone:
                card.say_gone()
