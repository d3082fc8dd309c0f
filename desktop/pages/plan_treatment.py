"""What happens to a whole table: its treatment, the reason where one is needed, and what follows from it in words."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.rule import TREATMENTS, TableView
from desktop.models.treatment import REASONED, WORDS, consequences
from desktop.theme.look import look
from desktop.theme.tokens import Tone
from desktop.widgets.basic import label, set_tone
from desktop.widgets.elided_label import ElidedLabel
from desktop.words import tr

LETTERS = 12
"""Of a treatment that are always seen; its list has all of them."""


class TreatmentBar(QWidget):
    """Written to the plan as soon as it is chosen; with its reason where the treatment needs one."""

    text_asked = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.view: TableView | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        self.name = ElidedLabel("section")
        self.choice = QComboBox()
        for treatment in TREATMENTS[1:]:
            self.choice.addItem(tr(WORDS[treatment]), treatment)
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(LETTERS)
        self.choice.setAccessibleName(tr("Treatment of the table"))
        self.choice.setPlaceholderText(tr(WORDS[""]))
        self.choice.activated.connect(lambda _: self._chosen())
        self.text = QPushButton(tr("Text beside"))
        self.text.setCheckable(True)
        self.text.setAccessibleDescription(tr("Show the plan's text beside the form"))
        self.text.clicked.connect(lambda _=False: self.text_asked.emit())
        row.addWidget(self.name, 2)
        row.addWidget(self.choice, 3)
        row.addWidget(self.text)
        column.addLayout(row)
        self.reason = QLineEdit()
        self.reason.setAccessibleName(tr("Reason for the treatment"))
        self.reason.setPlaceholderText(tr("Why may real rows come into the target? Required."))
        self.reason.editingFinished.connect(self._reasoned)
        self.error = label("", "tone", wrap=True)
        set_tone(self.error, Tone.BAD)
        self.follows = label("", "secondary", wrap=True)
        for widget in (self.reason, self.error, self.follows):
            column.addWidget(widget)
        self.setEnabled(False)
        self.reason.hide()
        self.error.hide()
        look().changed.connect(self._measure)
        self._measure()

    def _measure(self) -> None:
        """Bold while it is down, and as wide then."""
        self.text.setMinimumWidth(0)
        self.text.setMinimumWidth(round(self.text.sizeHint().width() * 1.15))

    def show_table(self, view: TableView) -> None:
        self.view = view
        self.setEnabled(True)
        self.name.say(view.name)
        self.choice.setCurrentIndex(TREATMENTS.index(view.treatment) - 1)
        if not self.reason.hasFocus():
            self.reason.setText(view.reason)
        self._say("")
        self._follow(view.treatment)

    def _follow(self, treatment: str) -> None:
        if self.view is not None:
            self.follows.setText(tr(consequences(self.view, treatment)))
        self.reason.setVisible(treatment in REASONED or bool(self.view and self.view.reason))

    def _say(self, error: str) -> None:
        self.error.setText(f"✕ {error}" if error else "")
        self.error.setVisible(bool(error))

    def _chosen(self) -> None:
        treatment = self.choice.currentData()
        self._follow(treatment)
        if treatment in REASONED and not self.reason.text().strip():
            self._say(tr("Say why, and it is written to the plan."))
            self.reason.setFocus()
        else:
            self._write()

    def _reasoned(self) -> None:
        if self.view is None or not self.choice.currentData():
            return
        treatment, reason = self.choice.currentData(), self.reason.text().strip()
        if (treatment, reason) == (self.view.treatment, self.view.reason):
            return
        if treatment in REASONED and not reason:
            self._say(tr("Say why, and it is written to the plan."))
        else:
            self._write()

    def _write(self) -> None:
        assert self.view is not None
        treatment, reason = self.choice.currentData(), self.reason.text().strip()
        if treatment not in REASONED and treatment != self.view.treatment:
            reason = ""
        step = tr("{treatment}: {table}", treatment=tr(WORDS[treatment]), table=self.view.name)
        self.desk.plan.change(
            step, "rules.treat", self._missed, table=self.view.name, treatment=treatment, reason=reason
        )

    def _missed(self, fault: Fault) -> None:
        self._say(fault.sentence)
        if self.view is not None:
            self.choice.setCurrentIndex(TREATMENTS.index(self.view.treatment) - 1)
