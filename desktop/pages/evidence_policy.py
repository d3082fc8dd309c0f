"""The verdict line by line: what was asked, what was found, what it means, and what helps."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QScrollArea, QSplitter, QVBoxLayout, QWidget

from desktop.models.charts import figure
from desktop.models.evidence import Line, Summary
from desktop.models.evidence_found import tone_of
from desktop.models.grid import Cell, ListGrid
from desktop.pages.evidence_words import plain, verdict_word
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, label
from desktop.widgets.grid import GridView
from desktop.words import tr

_ORDER = {"fail": 0, "not measured": 1, "pass": 2, "does not apply": 3}


class PolicyPanel(QWidget):
    """Lines on one side, all about the chosen one on the other; below, what was not examined."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Line, ...] = ()
        self.grid = GridView(tr("Lines of the policy"))
        self.grid.moved.connect(self._show_line)
        self._detail = QVBoxLayout()
        self._detail.setSpacing(8)
        inside = QWidget()
        inside.setLayout(self._detail)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inside)
        self._scroll.setAccessibleName(tr("The chosen line"))
        self._scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(self.grid)
        split.addWidget(self._scroll)
        split.setSizes([640, 440])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        self.caution = label("", "secondary", wrap=True)
        column.addWidget(self.caution)
        column.addWidget(split, 1)
        self.left: tuple[str, ...] = ()
        self._none = ""

    def say(self, summary: Summary, none: str | None = None) -> None:
        """`none`: what stands there where no line does."""
        held = tr("This assessment was held against no policy. Choose one above, and assess again.")
        self._none = held if none is None else none
        self.caution.setText(" ".join(summary.caution.split()))
        self.caution.setVisible(bool(summary.caution))
        self.left = (
            *summary.left,
            *(
                tr("{title} raises an alarm that no line of the policy forbids.", title=title)
                for title in summary.unasked
            ),
        )
        self.lines = tuple(sorted(summary.lines, key=lambda line: _ORDER.get(line.shown, 4)))
        headings = (tr("Verdict"), tr("What is asked"), tr("Figure"), tr("Bound"))
        with QSignalBlocker(self.grid):
            self.grid.show_grid(ListGrid(headings, tuple(map(_cells, self.lines))))
            self.grid.selectRow(0)
        self._show_line(0)

    def _show_line(self, row: int) -> None:
        """Everything that is known of one line, then what nobody looked at."""
        while (item := self._detail.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        if 0 <= row < len(self.lines):
            self._line(self.lines[row])
        elif self._none:
            self._say(self._none)
        if self.left:
            self._say(tr("Not examined"), "section")
            for each in self.left:
                self._say(each, "secondary")
        self._detail.addStretch(1)

    def _line(self, line: Line) -> None:
        self._detail.addWidget(Badge(verdict_word(line.shown), tone_of(line.shown) if line.applies else Tone.PLAIN))
        self._say(line.meaning, "section")
        self._say(tr("Bound: {asked}", asked=_asked(line)), "secondary")
        self._say(line.sentence)
        self._say(tr("Where the number comes from: {source}", source=line.source), "secondary")
        if line.remedies:
            self._say(tr("What helps"), "section")
            for each in line.remedies:
                self._say(plain(each))
        if len(line.failing) > 1:
            self._say(tr("What does not hold"), "section")
            for each in line.failing:
                self._say(each, "secondary")

    def _say(self, text: str, name: str = "") -> None:
        self._detail.addWidget(label(text, name, wrap=True))


def _asked(line: Line) -> str:
    asked = line.asked if line.on == "any" else tr("{asked} ({on} rows)", asked=line.asked, on=line.on)
    return tr("{asked}; required", asked=asked) if line.required else asked


def _cells(line: Line) -> tuple[Cell | str, ...]:
    tone = tone_of(line.shown) if line.applies else Tone.PLAIN
    found = figure(line.figure) if line.figure is not None else ""
    return Cell(verdict_word(line.shown), tone), Cell(line.meaning, tip=line.sentence), found, _asked(line)
