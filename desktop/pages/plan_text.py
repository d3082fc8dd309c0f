"""The plan as the file has it: the same TOML that the command line reads, with what is wrong named by its line."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.plan import digest
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Banner
from desktop.widgets.toml_editor import TomlEditor
from desktop.words import tr

MOVED = 200
"""Milliseconds that the cursor rests before the form follows it."""


class TextPanel(QWidget):
    """Holds `whole`, the editor and its bar, unless the tab of tables has borrowed it."""

    title = "Text"

    located = Signal(str, str)
    """The table and the column that the cursor's line speaks of."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self._digest = ""
        """Of the text that the backend and the editor agreed on last."""
        self._line: int | None = None
        """To be gone to once the text is here."""
        self._asking = False
        QVBoxLayout(self).setContentsMargins(0, 12, 0, 0)
        self.whole = QWidget()
        column = QVBoxLayout(self.whole)
        column.setContentsMargins(0, 0, 0, 0)
        self.bar = Banner()
        column.addWidget(self.bar)
        self.editor = TomlEditor()
        self.editor.setAccessibleName(tr("The plan's text"))
        column.addWidget(self.editor, 1)
        self.take_back()
        self._moved = QTimer(self, singleShot=True, interval=MOVED)
        self._moved.timeout.connect(self._rested)
        self.editor.typed.connect(self._typed)
        self.editor.filled.connect(self._filled)
        self.editor.cursorPositionChanged.connect(self._cursor)
        self.editor.undo_asked.connect(lambda: self._step(desk.undo.undo))
        self.editor.redo_asked.connect(lambda: self._step(desk.undo.redo))
        desk.plan.changed.connect(self._changed)

    def take_back(self) -> None:
        """The editor comes back into this tab."""
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.whole)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.load()

    def show_line(self, line: int) -> None:
        """Put the cursor on this line, now or once the text is here. A person who writes is not moved."""
        if self.editor.hasFocus():
            return
        if self._current and not self.editor.is_filling:
            self.editor.go_to(line)
            self._line = None
        else:
            self._line = line
            self.load()

    # text from the plan

    @property
    def _current(self) -> bool:
        state = self.desk.plan.state
        return state is not None and self._digest == state.digest

    def _changed(self) -> None:
        state = self.desk.plan.state
        self.editor.setReadOnly(state is None or state.newer)
        self._say()
        if self.editor.isVisible():
            self.load()

    def load(self) -> None:
        """Bring the editor up to the plan, unless somebody is typing."""
        if self.desk.plan.state is None or self._current or self._asking or self.editor.is_typing:
            return
        self._asking = True
        self.desk.calls.ask("plan.text", owner=self, done=self._here, failed=self._missing)

    def _missing(self, fault: Fault) -> None:
        self._asking = False

    def _here(self, said: tuple[int, str]) -> None:
        self._asking = False
        if self.editor.is_typing:
            return
        self._digest = digest(said[1])
        self.editor.show_text(said[1])
        if not self.editor.is_filling:
            self._filled()

    def _filled(self) -> None:
        if self._line is not None:
            self.show_line(self._line)
        self._say()

    # text from a person

    def flush(self) -> None:
        """What was typed is in the plan now."""
        self.editor.settle()

    def _typed(self) -> None:
        text = self.editor.whole
        state = self.desk.plan.state
        if state is None or state.newer or digest(text) == state.digest:
            return
        self._digest = digest(text)
        self.desk.plan.set_text(tr("Edit the plan's text"), text)

    def _step(self, step: Any) -> None:
        self.flush()
        step()

    # where one is

    def _cursor(self) -> None:
        if not self.editor.is_filling and self.editor.hasFocus():
            self._moved.start()

    def _rested(self) -> None:
        if self.desk.plan.state is not None and self.desk.plan.state.readable and not self.editor.is_typing:
            self.desk.calls.ask(
                "rules.place", owner=self, line=self.editor.line, done=self._placed, failed=lambda _: None
            )

    def _placed(self, place: tuple[str, str]) -> None:
        if place[0]:
            self.located.emit(*place)

    def _say(self) -> None:
        """The first thing that is wrong, and a mark at each line."""
        state = self.desk.plan.state
        troubles = [each for each in state.troubles if each.line is not None] if state is not None else []
        self.editor.mark_wrong({each.line for each in troubles if each.line is not None})
        if not troubles:
            self.bar.hide()
            return
        first, more = troubles[0], len(troubles) - 1
        said = tr("Line {line}: {reason} {remedy}", line=first.line, reason=first.reason, remedy=first.remedy)
        said += " " + tr("{count} more lines are marked.", count=more) if more else ""
        self.bar.say(said, Tone.BAD, tr("Go there"), lambda: self._go(first.line or 1))

    def _go(self, line: int) -> None:
        self.editor.go_to(line)
        self.editor.setFocus()
