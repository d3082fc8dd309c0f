"""Values of the chosen column: hidden, until somebody asks to be entered as having seen them; and hidden again when they leave."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop.calls import Asked
from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models import hub
from desktop.models.grid import Cell, ListGrid
from desktop.theme.tokens import Tone
from desktop.widgets.basic import label
from desktop.widgets.flow import Shares
from desktop.widgets.values_view import ValuesView
from desktop.words import tr

COUNT = 5
"""Values of one look."""


class Samples(QWidget):
    shown = Signal()
    """Values have come."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.words, self.button = label("", "secondary", wrap=True), QPushButton(tr("Reveal (logged)"))
        self.grid = ValuesView(tr("Values before and after"))
        self._place = ("", "")
        self._asked: Asked | None = None
        self.button.clicked.connect(self.reveal)
        head = Shares()
        head.add(self.words, 1)
        head.add(self.button, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.grid)
        self.hide_values()

    def show_column(self, table: str, column: str, there: bool) -> None:
        """Another column: what was revealed of the last one is gone."""
        self._place = table, column
        self.button.setEnabled(there)
        self.hide_values()

    def hide_values(self) -> None:
        """Forget them."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None
        self.grid.show_grid(ListGrid((), ()))
        self.grid.hide()
        self.button.setText(tr("Reveal (logged)"))
        self.button.setToolTip(
            tr("Enters you, the time, the table and the column in the workspace's chain; then reads a few values.")
        )
        self.words.setText(tr("Values hidden."))

    @property
    def revealed(self) -> bool:
        return not self.grid.isHidden()

    def reveal(self) -> None:
        """Ask for values, or hide them again."""
        if self.revealed:
            self.hide_values()
            return
        if self._asked is not None:
            return
        table, column = self._place
        self.words.setText(tr("Entering you in the log…"))
        self._asked = self.desk.calls.ask(
            "hub.reveal", owner=self, table=table, column=column, count=COUNT, done=self._came, failed=self._missed
        )

    def _came(self, samples: hub.Samples) -> None:
        self._asked = None
        if not self.isVisible():
            return
        self.grid.show_grid(_grid(samples))
        height = self.grid.verticalHeader().defaultSectionSize() * (len(samples.before) + 1)
        self.grid.setFixedHeight(height + self.grid.horizontalHeader().sizeHint().height())
        self.grid.setVisible(bool(samples.before))
        self.button.setText(tr("Hide"))
        said = tr("{who} is entered as having seen these.", who=samples.entered)
        self.words.setText(said if samples.before else tr("The table has no rows."))
        self.shown.emit()

    def _missed(self, fault: Fault) -> None:
        self._asked = None
        self.words.setText(tr("Values hidden. {why}", why=fault.sentence))
        if fault.why is Why.LOCKED:
            self.desk.locked.emit(self.reveal)

    def hideEvent(self, event: QHideEvent) -> None:
        """Whoever leaves the page leaves no values on it."""
        self.hide_values()
        super().hideEvent(event)


def _grid(samples: hub.Samples) -> ListGrid:
    if samples.after is None:
        return ListGrid((tr("Before"),), tuple((value,) for value in samples.before))
    return ListGrid(
        (tr("Before"), tr("After")),
        tuple(
            (
                before,
                Cell(after, Tone.ACCENT if before != after else Tone.PLAIN, "" if before != after else tr("the same")),
            )
            for before, after in zip(samples.before, samples.after, strict=True)
        ),
    )
