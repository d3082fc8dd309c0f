"""Every figure as a line: filtered as somebody types, copied as a spreadsheet takes it."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.models.evidence import Result
from desktop.models.evidence_found import ResultsGrid, Sieve
from desktop.widgets.basic import label
from desktop.widgets.grid import GridView
from desktop.words import tr


class DetailsPanel(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._sieve = Sieve(())
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter: attack, metric, table, reason"))
        self.filter.setAccessibleName(tr("Filter figures"))
        self.filter.setClearButtonEnabled(True)
        self.kind = QComboBox()
        self.kind.setAccessibleName(tr("Which figures"))
        for text, kind in (
            (tr("All figures"), ""), (tr("Risks"), "risk"), (tr("Quality"), "quality"), (tr("What is wrong"), "wrong"),
        ):  # fmt: skip
            self.kind.addItem(text, kind)
        self.count = label("", "secondary")
        self.grid = GridView(tr("All figures"))
        row = QHBoxLayout()
        row.addWidget(self.filter, 1)
        row.addWidget(self.kind)
        row.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addLayout(row)
        column.addWidget(self.grid, 1)
        self.filter.textChanged.connect(lambda _: self._show())
        self.kind.currentIndexChanged.connect(lambda _: self._show())

    def say(self, results: tuple[Result, ...]) -> None:
        self._sieve = Sieve(results)
        self._show()

    def _show(self) -> None:
        found = self._sieve.found(self.filter.text(), str(self.kind.currentData()))
        headings = (
            tr("Figure"), tr("On"), tr("Verdict"), tr("Which"), tr("Value"), tr("95 % interval"), tr("Control or ceiling"),
            tr("Guessing or floor"), tr("Notes"),
        )  # fmt: skip
        self.grid.show_grid(ResultsGrid(found, headings))
        self.count.setText(tr("{shown} of {all}", shown=f"{len(found):,}", all=f"{len(self._sieve.results):,}"))
