"""What a form over a part of the plan is: it reads when it is shown, and again once an edit of the plan has settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.one_each import OneEach
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Banner
from desktop.words import tr

SETTLED = 500
"""Milliseconds after the last edit of the plan before it is looked at again."""


class PlanForm(QWidget):
    """A tab of the Plan page. Whoever builds on it fills `column` and says what it reads."""

    title: ClassVar[str]
    read: Callable[[], None]
    """Ask for what the plan says now."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setAccessibleName(tr(self.title))
        self._version = -1
        """Of the plan that was read last; -1: none was."""
        self._calls = OneEach(desk, self, self.refresh)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED)
        self._settled.timeout.connect(self.refresh)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 12, 0, 0)
        self.column.setSpacing(12)
        self.banner = Banner()
        self.column.addWidget(self.banner)
        desk.plan.changed.connect(self._plan_changed)
        desk.calls.restarted.connect(self._restarted)

    def stale(self) -> None:
        """What is shown is of an earlier plan."""

    def refresh(self) -> None:
        """Show what the plan says now, where its text is one."""
        state = self.desk.plan.state
        if state is None:
            return
        if not state.readable:
            self.banner.say(tr("The plan cannot be read at the moment: its text says where."), Tone.BAD)
            return
        self._version = state.version
        self.read()

    def entered(self, **where: Any) -> None:
        """Shown now; `where`: what on it somebody asked for."""
        self._look_if_needed()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_if_needed()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settled.stop()

    def _look_if_needed(self) -> None:
        state = self.desk.plan.state
        if state is not None and self.isVisible() and self._version != state.version:
            self.refresh()

    def _restarted(self) -> None:
        self._version = -1
        self._calls.forget()

    def _plan_changed(self) -> None:
        state = self.desk.plan.state
        if state is not None and state.version != self._version:
            self.stale()
            if self.isVisible():
                self._settled.start()

    def _failed(self, fault: Fault) -> None:
        self.banner.say(fault.sentence, Tone.BAD, tr("Try again"), self.refresh)
