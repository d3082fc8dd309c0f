"""The chooser of masks: those that fit the column's type first, each with what stays of the values."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QVBoxLayout, QWidget

from desktop.models.rule import Mask, RuleView
from desktop.widgets.basic import label
from desktop.widgets.tips import plain_tip
from desktop.words import tr


class MaskChoice(QWidget):
    """Typing finds a mask by any part of its words."""

    chosen = Signal(str)

    def __init__(self, view: RuleView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._masks: list[Mask] = [mask for mask in view.masks if mask.fits or mask.name == view.mask]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.choice = QComboBox()
        self.choice.setAccessibleName(tr("Mask"))
        self.choice.setEditable(True)
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(24)
        self.choice.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for mask in self._masks:
            self.choice.addItem(said(mask), mask.name)
        completer = self.choice.completer()
        assert isinstance(completer, QCompleter)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        edit = self.choice.lineEdit()
        assert edit is not None
        edit.setPlaceholderText(tr("Choose a mask, or type what it is about"))
        edit.editingFinished.connect(self._settle)
        self.choice.setCurrentIndex(self.choice.findData(view.mask) if view.mask else -1)
        self.choice.activated.connect(lambda _: self._chosen())
        name = label(tr("Mask"))
        name.setBuddy(self.choice)
        self.keeps, self.about = label("", wrap=True), label("", "secondary", wrap=True)
        for widget in (name, self.choice, self.keeps, self.about):
            column.addWidget(widget)
        self._tell()

    @property
    def name(self) -> str:
        return str(self.choice.currentData() or "")

    def _settle(self) -> None:
        """What was typed and is no mask gives way to the one that was chosen."""
        if self.choice.currentText() != self.choice.itemText(self.choice.currentIndex()):
            found = self.choice.findText(self.choice.currentText(), Qt.MatchFlag.MatchFixedString)
            self.choice.setCurrentIndex(found if found >= 0 else self.choice.currentIndex())
            if self.choice.currentIndex() >= 0:
                self.choice.setEditText(self.choice.itemText(self.choice.currentIndex()))

    def _chosen(self) -> None:
        self._tell()
        if self.name:
            self.chosen.emit(self.name)

    def _tell(self) -> None:
        mask = next((each for each in self._masks if each.name == self.name), None)
        self.keeps.setText(tr("What stays: {keeps}.", keeps=mask.keeps) if mask is not None else "")
        self.about.setText(first_sentence(mask.about) if mask is not None else "")
        self.about.setToolTip(plain_tip(mask.about if mask is not None else ""))
        self.keeps.setVisible(mask is not None)
        self.about.setVisible(mask is not None)


def first_sentence(text: str) -> str:
    """The rest is read by resting on it."""
    head, stop, rest = text.partition(". ")
    return (f"{head}. …" if stop and rest else text).replace("`", "")


def said(mask: Mask) -> str:
    return f"{mask.title} · {mask.name}"
