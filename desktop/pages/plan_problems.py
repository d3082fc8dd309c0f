"""All that stands between the plan and its run: of its text, and of both databases once they are asked."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.plan import Trouble
from desktop.models.plan_grids import TroublesGrid, where
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, Banner, Card, label
from desktop.widgets.grid import GridView
from desktop.words import tr


class ProblemsPanel(QWidget):
    title = "Problems"

    wanted = Signal(str, str, int)
    """Table, column and line (0: none) that a problem is about."""
    counted = Signal(int, int)
    """Errors and warnings."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.troubles: tuple[Trouble, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(12)
        column.addLayout(self._head())
        self.banner = Banner()
        column.addWidget(self.banner)
        self.grid = GridView(tr("Problems of the plan"))
        self.grid.opened.connect(self._open)
        self.grid.moved.connect(self._moved)
        column.addWidget(self.grid, 1)
        column.addWidget(self._detail())
        desk.plan.changed.connect(self._changed)
        desk.plan.checked.connect(self._changed)
        self._changed()

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.check, self.stop = QPushButton(tr("Check against both databases")), QPushButton(tr("Stop"))
        self.check.setObjectName("primary")
        self.check.clicked.connect(lambda _=False: self.start())
        self.stop.clicked.connect(lambda _=False: self.desk.plan.stop_checking())
        self.state = Badge()
        self.said = label("", "secondary")
        for widget in (self.check, self.stop, self.state, self.said):
            row.addWidget(widget)
        row.addStretch(1)
        return row

    def _detail(self) -> QWidget:
        self.card = Card()
        self.reason, self.remedy = label("", wrap=True), label("", "secondary", wrap=True)
        row = QHBoxLayout()
        self.go, self.accept = QPushButton(tr("Go there")), QPushButton(tr("Accept this warning"))
        self.go.clicked.connect(lambda _=False: self._open(self.grid.currentIndex().row()))
        self.accept.clicked.connect(lambda _=False: self._accept())
        self.code = label("", "secondary")
        for widget in (self.go, self.accept, self.code):
            row.addWidget(widget)
        row.addStretch(1)
        self.card.body.addWidget(self.reason)
        self.card.body.addWidget(self.remedy)
        self.card.body.addLayout(row)
        self.card.hide()
        return self.card

    def showEvent(self, event: Any) -> None:
        """A plan that nobody has checked yet is checked when somebody looks for its problems."""
        super().showEvent(event)
        state = self.desk.plan.state
        if state is not None and state.readable and self.desk.plan.checked_version < 0 and not self.desk.plan.checking:
            self.start()

    def start(self) -> None:
        self.banner.hide()
        self.desk.plan.check(self._failed)

    def _failed(self, fault: Fault) -> None:
        if fault.why is Why.LOCKED:
            self.desk.locked.emit(self.start)
        elif fault.why is not Why.CANCELLED:
            self.banner.say(fault.sentence, Tone.BAD, tr("Try again"), self.start)

    def _changed(self) -> None:
        plan, state = self.desk.plan, self.desk.plan.state
        of_text = state.troubles if state is not None else ()
        self.troubles = of_text or plan.troubles
        self.check.setEnabled(state is not None and state.readable and not plan.checking)
        self.stop.setVisible(plan.checking)
        errors = sum(each.error for each in self.troubles)
        warnings = len(self.troubles) - errors
        self._say(errors, warnings)
        self.grid.show_grid(TroublesGrid(self.troubles))
        if self.troubles and self.grid.currentIndex().row() < 0:
            self.grid.selectRow(0)
        self._moved(self.grid.currentIndex().row())
        self.counted.emit(errors, warnings)

    def _say(self, errors: int, warnings: int) -> None:
        plan, state = self.desk.plan, self.desk.plan.state
        if state is None:
            self.state.say(tr("no plan"), Tone.PLAIN)
            self.said.setText("")
        elif plan.checking:
            self.state.say(tr("checking"), Tone.ACCENT)
            self.said.setText(tr("Both databases are asked; you can go on working."))
        elif not state.readable:
            self.state.say(tr("the text cannot be read"), Tone.BAD)
            self.said.setText(tr("Correct these lines first."))
        elif plan.checked_version < 0:
            self.state.say(tr("not checked yet"), Tone.PLAIN)
            self.said.setText("")
        else:
            self._found(errors, warnings, plan.checked_version == state.version)

    def _found(self, errors: int, warnings: int, current: bool) -> None:
        counts = [counted(errors, "error", "errors")] if errors else [tr("ready to run")]
        counts += [counted(warnings, "warning", "warnings")] if warnings else []
        self.state.say(", ".join(counts), Tone.BAD if errors else Tone.CAUTION if warnings else Tone.GOOD)
        self.said.setText("" if current else tr("The plan has changed since: check again."))

    def _current(self, row: int) -> Trouble | None:
        return self.troubles[row] if 0 <= row < len(self.troubles) else None

    def _moved(self, row: int) -> None:
        trouble = self._current(row)
        self.card.setVisible(trouble is not None)
        if trouble is None:
            return
        self.reason.setText(f"{where(trouble)}: {trouble.reason}")
        self.remedy.setText(trouble.remedy)
        self.code.setText(trouble.code)
        self.go.setVisible(bool(trouble.table) or trouble.line is not None)
        self.accept.setVisible(not trouble.error and trouble.code != "accept-unused" and self._readable)

    @property
    def _readable(self) -> bool:
        state = self.desk.plan.state
        return state is not None and state.readable

    def _open(self, row: int) -> None:
        trouble = self._current(row)
        if trouble is not None:
            self.wanted.emit(trouble.table if self._readable else "", trouble.column, trouble.line or 0)

    def _accept(self) -> None:
        trouble = self._current(self.grid.currentIndex().row())
        if trouble is None:
            return
        place = ".".join(part for part in (trouble.table, trouble.column) if part)
        step = tr("Accept {code} {place}", code=trouble.code, place=place).rstrip()
        self.desk.plan.change(step, "rules.accept", done=lambda _: self.start(), code=trouble.code, place=place)


def counted(number: int, one: str, many: str) -> str:
    return tr("{count} {things}", count=f"{number:,}", things=tr(one if number == 1 else many))
