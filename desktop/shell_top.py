"""The strip above every page: which database is only read, which one is written, the plan, and the way to everything else."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from desktop.desk import Desk
from desktop.models.connections import Role
from desktop.theme.look import look
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, label
from desktop.widgets.elided_button import ElidedButton
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.role_badge import RoleBadge
from desktop.words import tr


class TopStrip(QFrame):
    """Always shown. Without a project it says so."""

    search = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setObjectName("top")
        self.setAccessibleName(tr("Project"))
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 8, 24, 8)
        row.setSpacing(10)
        self.source, self.target = RoleBadge(), RoleBadge()
        self.arrow = label("→", "secondary")
        self.none = label(tr("No project is open."), "secondary")
        # A long name gives way, the badges do not.
        self.plan, self.saved = ElidedLabel("section"), Badge()
        for widget in (self.source, self.arrow, self.target, self.none):
            row.addWidget(widget)
        row.addSpacing(6)
        row.addWidget(self.plan, 1)
        row.addWidget(self.saved)
        self.field = ElidedButton(tr("Search or run a command   Ctrl+K"))
        self.field.setObjectName("search")
        self.field.setAccessibleName(tr("Search or run a command"))
        self.field.setCursor(Qt.CursorShape.IBeamCursor)
        self.field.clicked.connect(self.search)
        # It is the first to give way where the text is large.
        self.field.setToolTip(self.field.text())
        self.field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row.addWidget(self.field, 2)
        look().changed.connect(self._measure)
        for signal in (desk.project_changed, desk.plan.changed):
            signal.connect(self.refresh)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        # Only now does the field wear the style sheet, whose padding it has to have room for.
        self._measure()
        super().showEvent(event)

    def _measure(self) -> None:
        self.plan.setMinimumWidth(6 * self.fontMetrics().averageCharWidth())
        self.field.setMinimumWidth(self.field.minimumSizeHint().width())
        self.field.setMaximumWidth(self.field.sizeHint().width())

    def refresh(self) -> None:
        project, state = self.desk.project, self.desk.plan.state
        for widget in (self.source, self.arrow, self.target):
            widget.setVisible(project is not None)
        self.none.setVisible(project is None)
        self.saved.setVisible(state is not None)
        self.plan.say("")
        if project is not None:
            self.source.say(Role.SOURCE, project.source)
            self.target.say(Role.TARGET, project.target or tr("not chosen"))
            name = state.name if state is not None and state.name else project.name
            self.plan.say(tr("Plan {name}", name=name))
        if state is not None:
            self.saved.say(*((tr("Saved"), Tone.PLAIN) if state.saved else (tr("Not saved"), Tone.CAUTION)))


def window_title(desk: Desk) -> str:
    """The title bar: the same in words; `[*]` is where Qt marks what is not saved."""
    project = desk.project
    if project is None:
        return "Lookalike"
    target = project.target or tr("not chosen")
    said = tr(
        "{plan}[*] · SOURCE {source} (read-only) → TARGET {target}",
        plan=project.name,
        source=project.source,
        target=target,
    )
    return f"{said} · Lookalike"
