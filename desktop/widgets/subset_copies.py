"""Copies of an entity: one patient a hundred times, each with keys of its own."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.models.subset import Copies
from desktop.theme.tokens import Tone
from desktop.widgets.basic import button, label, set_tone
from desktop.widgets.table_choice import TableChoice
from desktop.words import tr


class CopiesForm(QWidget):
    changed = Signal(object)
    """Copies, or None: none any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        words = tr(
            "An entity is a row with all that it owns. Its copies get new keys, which every foreign key of theirs follows."
        )
        column.addWidget(label(words, "secondary", wrap=True))
        form = QFormLayout()
        self.table, self.copies = TableChoice(tr("Table of the entity")), QLineEdit(placeholderText="100")
        self.keys, self.where = QLineEdit(placeholderText="17; 18"), QLineEdit(placeholderText=tr("or a condition"))
        self.original = QCheckBox(tr("The target gets the entity itself, too"))
        self.original.setChecked(True)
        for name, field in (
            (tr("&Table"), self.table),
            (tr("Rows with these &keys"), self.keys),
            (tr("or of this &condition"), self.where),
            (tr("&Number of copies"), self.copies),
        ):
            field.setAccessibleName(name.replace("&", ""))
            form.addRow(name, field)
        form.addRow("", self.original)
        column.addLayout(form)
        self.mistake = label("", "tone", wrap=True)
        set_tone(self.mistake, Tone.BAD)
        column.addWidget(self.mistake)
        row = QHBoxLayout()
        self.write = button(tr("Copy it"), self._write)
        self.remove = button(tr("No copies"), lambda: self.changed.emit(None))
        for each in (self.write, self.remove):
            row.addWidget(each)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        self._shown: Copies | None = None
        self.show_copies(None)

    def offer(self, names: Iterable[str]) -> None:
        self.table.offer(names)

    def show_copies(self, copies: Copies | None) -> None:
        self.remove.setEnabled(copies is not None)
        self.say_mistake("")
        if copies == self._shown and copies is not None:
            return
        said = copies or (Copies("") if self._shown is not None else None)
        self._shown = copies
        if said is not None:
            self.table.say(said.table)
            self.copies.setText(said.copies)
            self.keys.setText(said.keys)
            self.where.setText(said.where)
            self.original.setChecked(said.original)

    def say_mistake(self, text: str) -> None:
        self.mistake.setText(f"✕ {text}" if text else "")
        self.mistake.setVisible(bool(text))

    def _write(self) -> None:
        said = Copies(
            self.table.currentText(), self.copies.text(), self.where.text(), self.keys.text(), self.original.isChecked()
        )
        self.say_mistake(said.mistake())
        if not said.mistake():
            self.changed.emit(said)
