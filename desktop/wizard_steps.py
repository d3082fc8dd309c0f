"""A list of steps: where each stands, why it is taken, what came of it."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from desktop.models.wizard import At
from desktop.theme.tokens import Tone
from desktop.widgets.basic import label, set_tone
from desktop.words import tr

SIGNS = {At.WAITING: "○", At.RUNNING: "●", At.DONE: "✓", At.FAILED: "✕"}
TONES = {At.WAITING: Tone.PLAIN, At.RUNNING: Tone.ACCENT, At.DONE: Tone.GOOD, At.FAILED: Tone.BAD}


class Steps(QWidget):
    """One line for each step, by its key."""

    def __init__(self, name: str, steps: dict[str, tuple[str, str]], parent: QWidget | None = None) -> None:
        """`steps`: title and reason of each."""
        super().__init__(parent)
        self.setAccessibleName(name)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        self._signs, self._outcomes, self._titles = {}, {}, {}
        for place, (key, (title, why)) in enumerate(steps.items()):
            sign, outcome = label("", "tone"), label("", "tone", wrap=True)
            line = QHBoxLayout()
            line.setSpacing(10)
            line.addWidget(label(title, "section"))
            line.addWidget(outcome, 1)
            grid.addWidget(sign, place * 3, 0)
            grid.addLayout(line, place * 3, 1)
            grid.addWidget(label(why, "secondary", wrap=True), place * 3 + 1, 1)
            grid.setRowMinimumHeight(place * 3 + 2, self.fontMetrics().height() // 3)
            self._signs[key], self._outcomes[key], self._titles[key] = sign, outcome, title
            self.say(key, At.WAITING)

    def say(self, key: str, at: At, outcome: str = "") -> None:
        """Where this step stands."""
        sign, said = self._signs[key], self._outcomes[key]
        words = {At.WAITING: tr("waits"), At.RUNNING: tr("in hand"), At.DONE: tr("done"), At.FAILED: tr("did not work")}
        sign.setText(SIGNS[at])
        sign.setAccessibleName(f"{self._titles[key]}: {words[at]}")
        said.setText(outcome)
        for each in (sign, said):
            set_tone(each, TONES[at])

    def at(self, key: str) -> str:
        return self._signs[key].text()

    def outcome(self, key: str) -> str:
        return self._outcomes[key].text()
