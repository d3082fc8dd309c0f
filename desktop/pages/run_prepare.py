"""What a person sees before a run: the checklist, the order and the one button."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.models.connections import Role
from desktop.models.run import Situation, may_run, misfit, shown, steps, to_type
from desktop.settings import Project
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Banner, Card, label, primary
from desktop.widgets.role_badge import RoleBadge
from desktop.widgets.run_checklist import Checklist, Problems
from desktop.widgets.run_options import RunOptions
from desktop.words import tr


class PrepareRun(QWidget):
    """Checklist above, problems in the middle, the order below."""

    changed = Signal()
    """Something of the order."""
    target_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        before = Card(tr("Before the run"))
        self.checklist = Checklist()
        before.body.addLayout(self._targets())
        before.body.addWidget(self.checklist)
        column.addWidget(before)
        self.found = Card(tr("What the check found"))
        self.problems = Problems()
        self.said = label("", wrap=True)
        self.said.setAccessibleName(tr("The finding in full"))
        self.problems.moved.connect(self._say)
        self.found.body.addWidget(self.problems, 1)
        self.found.body.addWidget(self.said)
        column.addWidget(self.found, 1)
        column.addWidget(self._order())
        self._end = QWidget()
        column.addWidget(self._end, 1)

    def _targets(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        self.source, self.goal = RoleBadge(), RoleBadge()
        self.target = QComboBox()
        self.target.setAccessibleName(tr("Another target"))
        self.target.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.target.setMinimumContentsLength(16)
        self.target.activated.connect(self._chosen)
        for widget in (self.source, label("→", "secondary"), self.goal, self.target):
            row.addWidget(widget)
        row.addStretch(1)
        return row

    def show_project(self, project: Project) -> None:
        """Say which database is read and which one is written."""
        self.source.say(Role.SOURCE, project.source)
        self.goal.say(Role.TARGET if project.target else Role.NONE, project.target or tr("no target is chosen"))

    def _chosen(self, place: int) -> None:
        if place > 0:
            self.target_chosen.emit(self.target.itemText(place))
            self.target.setCurrentIndex(0)

    def _order(self) -> Card:
        card = Card(tr("The run"))
        self.options = RunOptions()
        self.options.changed.connect(self.changed)
        self.misfit = Banner()
        self.confirm = QLineEdit()
        self.confirm.textChanged.connect(self.changed)
        self.asks = label("", wrap=True)
        self.asks.setBuddy(self.confirm)
        self.run = primary(tr("Run"))
        self.confirm.returnPressed.connect(self.run.click)
        card.body.addWidget(self.options)
        card.body.addWidget(self.misfit)
        row = QHBoxLayout()
        row.addWidget(self.asks, 2)
        row.addWidget(self.confirm, 1)
        row.addStretch(1)
        row.addWidget(self.run)
        card.body.addLayout(row)
        return card

    def show_situation(self, now: Situation, *, ordering: bool) -> None:
        """Say what stands in the way, and let run what may."""
        self.checklist.show_steps(steps(now))
        found = shown(now.check)
        self.found.setVisible(bool(found))
        self._end.setVisible(not found)
        if found != self.problems.found:
            self.problems.show_found(found)
            self.problems.selectRow(0)
            self._say(0)
        wrong = misfit(now.check, now.mode)
        if wrong:
            self.misfit.say(tr(wrong), Tone.CAUTION)
        else:
            self.misfit.hide()
        name = to_type(now.project, now.mode)
        asked = bool(name) and not wrong
        self.confirm.setVisible(asked)
        self.asks.setVisible(asked)
        self.asks.setText(tr("Every row of the target is replaced. Type its name, {name}, to say so:", name=name))
        self.confirm.setAccessibleName(tr("Type {name} to replace the target", name=name))
        self.run.setText(tr("Starting…") if ordering else tr("Run"))
        self.run.setEnabled(not ordering and may_run(now, self.confirm.text()))

    def show_targets(self, names: Sequence[str], chosen: str) -> None:
        """Offer these databases as the target."""
        self.target.clear()
        self.target.addItem(tr("Another target…") if chosen else tr("Choose a target…"))
        self.target.addItems([name for name in names if name != chosen])

    def _say(self, row: int) -> None:
        """A finding in full: the list cuts what is long."""
        found = self.problems.found
        self.said.setText(f"{found[row].sentence} {found[row].remedy}".strip() if 0 <= row < len(found) else "")

    def choose_target(self) -> None:
        self.target.setFocus()
        self.target.showPopup()
