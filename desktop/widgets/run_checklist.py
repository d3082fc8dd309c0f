"""What stands in the way of a run, each line with the button that mends it; and every problem of the check below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHeaderView, QPushButton, QWidget

from desktop.models.grid import Cell, ListGrid
from desktop.models.jobs import Hindrance
from desktop.models.run import Step
from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.basic import label, set_tone
from desktop.widgets.grid import GridView
from desktop.words import tr


class Checklist(QWidget):
    """Lines of sign, sentence and button."""

    wanted = Signal(object)
    """The Step whose button was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("What stands in the way"))
        self.steps: list[Step] = []
        self.buttons: dict[str, QPushButton] = {}
        """By what they do."""
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._lines: list[QWidget] = []

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Show these lines."""
        if list(steps) == self.steps:
            return
        focused = next((mends for mends, button in self.buttons.items() if button.hasFocus()), None)
        self.steps = list(steps)
        for widget in self._lines:
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self._lines, self.buttons = [], {}
        for row, step in enumerate(self.steps):
            self._line(row, step)
        if focused in self.buttons:
            self.buttons[focused].setFocus()

    def _line(self, row: int, step: Step) -> None:
        sign = label(SIGNS[step.tone] or "–", "tone")
        set_tone(sign, step.tone)
        said = label(tr(step.text, **dict(step.values)), wrap=True)
        self._put(sign, row, 0)
        self._put(said, row, 1)
        if not step.action:
            return
        button = QPushButton(tr(step.action))
        button.setAccessibleDescription(said.text())
        button.clicked.connect(lambda: self.wanted.emit(step))
        self.buttons[step.mends.value] = button
        self._put(button, row, 2)

    def _put(self, widget: QWidget, row: int, column: int) -> None:
        self._grid.addWidget(widget, row, column)
        self._lines.append(widget)

    @property
    def text(self) -> str:
        """All lines, as they read."""
        return "\n".join(tr(step.text, **dict(step.values)) for step in self.steps)


class Problems(GridView):
    """What the check has found. Enter goes to its place in the plan."""

    wanted = Signal(str, str)
    """Table and column."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("What the check found"), parent)
        self.found: list[Hindrance] = []
        self.opened.connect(self._go)

    def show_found(self, found: Sequence[Hindrance]) -> None:
        self.found = list(found)
        headings = tr("Kind"), tr("Where"), tr("What is wrong"), tr("What to do")
        self.show_grid(ListGrid(headings, tuple(_cells(each) for each in found)))
        self.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        # The longest remedy leaves at least half of the room to what is wrong.
        self.horizontalHeader().setMaximumSectionSize(60 * self.fontMetrics().averageCharWidth())

    def _go(self, row: int) -> None:
        if 0 <= row < len(self.found):
            self.wanted.emit(self.found[row].table, self.found[row].column)


def _cells(found: Hindrance) -> tuple[Cell | str, ...]:
    weight = Cell(tr("Error"), Tone.BAD) if found.error else Cell(tr("To know"), Tone.CAUTION)
    place = ".".join(part for part in (found.table, found.column) if part)
    return weight, place, Cell(found.sentence, tip=found.sentence), Cell(found.remedy, tip=found.remedy)
