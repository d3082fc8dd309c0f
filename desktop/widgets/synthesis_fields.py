"""The fields of [privacy]: whose rows, which budget, how many; what is wrong with one stands below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.models.plan import Trouble
from desktop.models.synthesis import AUTO, Model, Said, mistake
from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.basic import label, set_tone
from desktop.widgets.table_choice import TableChoice
from desktop.words import tr

_LATER = ("population", "cap", "model", "generate")
"""Fields of a plan that synthesises already."""


class SynthesisFields(QWidget):
    changed = Signal(str, str)
    """A field's name and its text, once a person has finished it and it can be written down."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 8, 0)
        self.form.setVerticalSpacing(4)
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.unit, self.model = TableChoice(tr("One row for each person"), 10), QComboBox()
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.model.setMinimumContentsLength(10)
        self.model.addItem(tr("auto: by the noise"), AUTO)
        self.fields: dict[str, QWidget] = {
            "unit": self.unit,
            "epsilon": QLineEdit(placeholderText="1.0"),
            "delta": QLineEdit(placeholderText="1e-6"),
            "entities": QLineEdit(placeholderText=tr("a secret: paid for")),
            "population": QLineEdit(),
            "cap": QLineEdit(placeholderText=tr("one training")),
            "model": self.model,
            "generate": QLineEdit(placeholderText=tr("as many; or 0.5, or 20000 entities")),
        }
        words = {
            "unit": tr("One &row for each person"), "epsilon": tr("&Epsilon"), "delta": tr("&Delta"),
            "entities": tr("&How many people"), "population": tr("&Population"), "cap": tr("C&ap of the population"),
            "model": tr("&Model"), "generate": tr("People to &write"),
        }  # fmt: skip
        self.mistakes = {}
        for name, field in self.fields.items():
            field.setAccessibleName(words[name].replace("&", ""))
            below = label("", "tone", wrap=True)
            below.hide()
            self.mistakes[name] = below
            both = QWidget()
            column = QVBoxLayout(both)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(2)
            column.addWidget(field)
            column.addWidget(below)
            heading = label(words[name])
            heading.setBuddy(field)
            self.form.addRow(heading, both)
        self._said: Said | None = None
        self._listen()

    def _listen(self) -> None:
        for name, field in self.fields.items():
            if isinstance(field, QLineEdit):
                field.editingFinished.connect(lambda name=name: self._finished(name))
        self.unit.activated.connect(lambda _: self._finished("unit"))
        self.model.activated.connect(lambda _: self._finished("model"))

    def offer(self, units: Iterable[str]) -> None:
        self.unit.offer(units)

    def offer_models(self, models: Iterable[Model]) -> None:
        said = self.model.currentData()
        while self.model.count() > 1:
            self.model.removeItem(1)
        for model in models:
            self.model.addItem(f"{model.name}: {model.summary}", model.name)
        self._choose_model(said or AUTO)

    def show_said(self, said: Said, *, on: bool) -> None:
        for name in _LATER:
            self.form.setRowVisible(list(self.fields).index(name), on)
        if said == self._said:
            return
        self._said = said
        for name, field in self.fields.items():
            if isinstance(field, QLineEdit):
                field.setText(getattr(said, name))
        self.unit.say(said.unit)
        self._choose_model(said.model)

    def _choose_model(self, name: str) -> None:
        place = self.model.findData(name)
        if place < 0:
            # A plan may name one that this installation does not know: the check says so.
            self.model.addItem(name, name)
            place = self.model.count() - 1
        self.model.setCurrentIndex(place)
        self.model.setToolTip(self.model.currentText())

    def text(self, name: str) -> str:
        field = self.fields[name]
        if isinstance(field, QLineEdit):
            return field.text().strip()
        return str(self.model.currentData()) if field is self.model else self.unit.currentText().strip()

    def right(self, *names: str) -> bool:
        """Can these be written down? What cannot says why."""
        wrong = {name: mistake(name, self.text(name)) for name in names}
        for name, text in wrong.items():
            self._say(name, text, Tone.BAD)
        return not any(wrong.values())

    def show_troubles(self, troubles: Mapping[str, Trouble]) -> None:
        for name in self.fields:
            trouble = troubles.get(name)
            text = f"{trouble.reason} {trouble.remedy}" if trouble is not None else ""
            self._say(name, text, Tone.BAD if trouble is not None and trouble.error else Tone.CAUTION)

    def _say(self, name: str, text: str, tone: Tone) -> None:
        below = self.mistakes[name]
        below.setText(f"{SIGNS[tone]} {text}" if text else "")
        set_tone(below, tone)
        below.setVisible(bool(text))
        self.fields[name].setAccessibleDescription(text)

    def _finished(self, name: str) -> None:
        before = getattr(self._said, name) if self._said is not None else ""
        if self.text(name) != before and self.right(name):
            self.changed.emit(name, self.text(name))
