"""Bars above the plan: somebody changed its file, changes of an earlier window were found, it cannot be changed here."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.basic import Banner, label, set_tone
from desktop.words import tr

LOOK = 3000
"""Milliseconds between two looks at the file while the page is shown; one costs a stat."""


class ConflictBar(QFrame):
    """Takes theirs, keeps mine, shows the difference. Hidden while the file is the one that was read."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setObjectName("banner")
        set_tone(self, Tone.CAUTION)
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(12, 8, 12, 8)
        self.sentence = label(tr("The plan's file was changed outside of this window."), wrap=True)
        sign = label(SIGNS[Tone.CAUTION], "tone")
        set_tone(sign, Tone.CAUTION)
        self.theirs, self.mine = QPushButton(tr("Take theirs")), QPushButton(tr("Keep mine"))
        self.show_difference = QPushButton(tr("Show the difference"))
        self.show_difference.setCheckable(True)
        row.addWidget(sign)
        row.addWidget(self.sentence, 1)
        for button in (self.theirs, self.mine, self.show_difference):
            row.addWidget(button)
        column.addLayout(row)
        self.difference = QPlainTextEdit()
        self.difference.setReadOnly(True)
        self.difference.setTabChangesFocus(True)
        self.difference.setAccessibleName(tr("What the file says otherwise"))
        self.difference.hide()
        column.addWidget(self.difference)
        self.theirs.clicked.connect(lambda _=False: desk.plan.take_theirs())
        self.mine.clicked.connect(lambda _=False: desk.plan.keep_mine())
        self.show_difference.toggled.connect(self._show)
        desk.plan.changed.connect(self._changed)
        self._looking = QTimer(self, interval=LOOK)
        self._looking.timeout.connect(desk.plan.look)
        self._looking.start()
        self._changed()

    def watch(self, window: QWidget) -> None:
        """Look at the file whenever this window is come back to."""
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.WindowActivate:
            self._desk.plan.look()
        return False

    def _changed(self) -> None:
        state = self._desk.plan.state
        there = state is not None and state.outside
        self.setVisible(there)
        if not there:
            self.show_difference.setChecked(False)

    def _show(self, shown: bool) -> None:
        self.difference.setVisible(shown)
        if shown:
            self._desk.calls.ask("plan.outside", owner=self, done=self.difference.setPlainText)


class StateBar(Banner):
    """What is special about the plan that is open."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        desk.plan.changed.connect(self._changed)
        self._changed()

    def _changed(self) -> None:
        state = self._desk.plan.state
        if state is None:
            self.say(tr("No project is open. Open one on the first page, or make a new one."), Tone.PLAIN,
                     tr("Go there"), lambda: self._desk.go("home"))  # fmt: skip
        elif state.newer:
            self.say(
                tr(
                    "This plan was made by a later version of Lookalike: it is shown and not changed. Update Lookalike."
                ),
                Tone.CAUTION,
            )
        elif state.missing:
            self.say(tr("There is no plan yet. The privacy hub looks at the source and proposes one."), Tone.ACCENT,
                     tr("Go to the privacy hub"), lambda: self._desk.go("discover"))  # fmt: skip
        elif not state.readable and state.troubles:
            first = state.troubles[0]
            line = tr("Line {line}: ", line=first.line) if first.line is not None else ""
            self.say(f"{line}{first.reason} {first.remedy}", Tone.BAD, tr("Go there"), self._there)
        elif not state.saved and not state.drafted:
            self.say(tr("The workspace has no room for unsaved changes: save the plan before you close the window."),
                     Tone.BAD)  # fmt: skip
        elif state.restored and not state.saved:
            when = state.restored.replace("T", " ")
            self.say(tr("Changes of {when} that were never saved are shown.", when=when), Tone.CAUTION,
                     tr("Discard them"), self._desk.plan.revert)  # fmt: skip
        else:
            self.hide()

    def _there(self) -> None:
        state = self._desk.plan.state
        if state is not None and state.troubles:
            self._desk.go("plan", line=state.troubles[0].line or 1)
