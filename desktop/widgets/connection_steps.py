"""The steps of a connection's test, as they happen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from desktop.models.connections import STEP_TONES, STEP_WORDS, StepView
from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.basic import label, set_tone
from desktop.words import tr


class StepsView(QWidget):
    """One line for each step: its sign, its name, what it found."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(label(tr("Test"), "section"))
        self._grid = QGridLayout()
        column.addLayout(self._grid)
        self._grid.setColumnStretch(2, 1)
        self._lines: dict[str, tuple[QLabel, QLabel, QLabel]] = {}
        self.done: list[StepView] = []
        self.hide()

    def start(self, names: Sequence[str]) -> None:
        """Show the steps that are to come."""
        self.clear()
        for row, name in enumerate(names):
            self._lines[name] = self._line(row, name)
        self._runs(0)
        self.show()

    def clear(self) -> None:
        for line in self._lines.values():
            for widget in line:
                widget.hide()
                widget.deleteLater()
        self._lines, self.done = {}, []
        self.hide()

    def say(self, step: StepView) -> None:
        """One step is done; the next one runs."""
        if step.name not in self._lines:
            self._lines[step.name] = self._line(len(self._lines), step.name)
        self._show(step.name, tr(step.sentence), STEP_TONES[step.state], "–")
        self.done.append(step)
        self._runs(len(self.done))

    def stop(self, sentence: str) -> None:
        """The rest is not tried."""
        for place, name in enumerate(list(self._lines)[len(self.done) :]):
            self._show(name, sentence if place == 0 else "", Tone.PLAIN, "–")

    @property
    def texts(self) -> list[str]:
        """What stands there, line by line."""
        return [" ".join(widget.text() for widget in line).strip() for line in self._lines.values()]

    def _runs(self, place: int) -> None:
        if place < len(self._lines):
            self._show(list(self._lines)[place], tr("is asked…"), Tone.PLAIN, "…")

    def _show(self, name: str, sentence: str, tone: Tone, sign: str) -> None:
        mark, title, said = self._lines[name]
        mark.setText(SIGNS[tone] or sign)
        set_tone(mark, tone)
        said.setText(sentence)
        said.setAccessibleName(f"{title.text()}: {sentence}")

    def _line(self, row: int, name: str) -> tuple[QLabel, QLabel, QLabel]:
        made = label("·", "tone"), label(tr(STEP_WORDS.get(name, name)), "secondary"), label("", wrap=True)
        for column, widget in enumerate(made):
            self._grid.addWidget(widget, row, column, Qt.AlignmentFlag.AlignTop)
        return made
