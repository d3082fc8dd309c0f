"""How each foreign key of a subset is followed, and a form for the one that is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.models.subset import FOLLOWS, MISSING, Key, KeysGrid
from desktop.theme.tokens import Tone
from desktop.widgets.basic import button, label, set_tone
from desktop.widgets.grid import GridView
from desktop.words import tr


class KeysForm(QWidget):
    """`changed` with the Key as a person wants it followed."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        self.grid = GridView(tr("Foreign keys, and how they are followed"))
        self.grid.moved.connect(self._chosen)
        column.addWidget(self.grid, 1)
        self.words = label(tr("Choose a foreign key to say how it is followed."), "secondary", wrap=True)
        column.addWidget(self.words)
        column.addLayout(self._fields())
        self.mistake = label("", "tone", wrap=True)
        set_tone(self.mistake, Tone.BAD)
        self.mistake.hide()
        column.addWidget(self.mistake)
        self._keys: KeysGrid | None = None
        self._chosen(-1)

    def _fields(self) -> QGridLayout:
        grid = QGridLayout()
        self.follow, self.missing = QComboBox(), QComboBox()
        for choice, words in ((self.follow, FOLLOWS), (self.missing, MISSING)):
            for value, said in words.items():
                choice.addItem(tr(said), value)
            # Its list is as wide as its longest line; the field need not be.
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.setMinimumContentsLength(12)
        self.limit, self.where = QLineEdit(placeholderText=tr("all")), QLineEdit(placeholderText=tr("all of them"))
        self.apply = button(tr("Follow it so"), self._apply)
        for place, (name, field) in enumerate(
            (
                (tr("Who &brings children"), self.follow),
                (tr("at &most, of each"), self.limit),
                (tr("Its &key"), self.missing),
                (tr("only of this &condition"), self.where),
            )
        ):
            heading = label(name)
            heading.setBuddy(field)
            field.setAccessibleName(name.replace("&", ""))
            grid.addWidget(heading, place // 2, 2 * (place % 2))
            grid.addWidget(field, place // 2, 2 * (place % 2) + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        grid.addWidget(self.apply, 2, 0, 1, 2, Qt.AlignmentFlag.AlignLeading)
        return grid

    def show_keys(self, keys: Sequence[Key]) -> None:
        self._keys = KeysGrid(keys)
        self.grid.show_grid(self._keys)
        self._chosen(self.grid.currentIndex().row())

    def _chosen(self, row: int) -> None:
        key = self._keys.keys[row] if self._keys is not None and 0 <= row < self._keys.rows else None
        for widget in (self.follow, self.limit, self.where, self.missing, self.apply):
            widget.setEnabled(key is not None)
        self.mistake.hide()
        if key is None:
            return
        self.words.setText(key.in_words())
        self.follow.setCurrentIndex(self.follow.findData(key.follow))
        self.missing.setCurrentIndex(self.missing.findData(key.missing))
        self.limit.setText("" if key.limit is None else str(key.limit))
        self.where.setText(key.where)

    def _apply(self) -> None:
        row, limit = self.grid.currentIndex().row(), self.limit.text().strip()
        if self._keys is None or not 0 <= row < self._keys.rows:
            return
        if limit and not (limit.isdecimal() and int(limit) > 0):
            self.say_mistake(tr("Write how many children of each parent come at most: a whole number above 0."))
            return
        self.changed.emit(
            replace(
                self._keys.keys[row], follow=self.follow.currentData(), missing=self.missing.currentData(),
                limit=int(limit) if limit else None, where=self.where.text().strip(), said=True,
            )
        )  # fmt: skip

    def say_mistake(self, text: str) -> None:
        self.mistake.setText(f"✕ {text}")
        self.mistake.show()
