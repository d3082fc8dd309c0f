"""The options of the plan's model, each with what it takes and what it is without a word of the plan."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.models.synthesis import Model, OptionsGrid, Said
from desktop.theme.tokens import Tone
from desktop.widgets.basic import button, label, set_tone
from desktop.widgets.grid import GridView
from desktop.words import tr


class OptionsPane(QWidget):
    changed = Signal(str, str)
    """An option's name, and its value as TOML; empty: as usual."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        self.words = label("", "secondary", wrap=True)
        column.addWidget(self.words)
        self.grid = GridView(tr("Options of the model"))
        self.grid.moved.connect(self._chosen)
        column.addWidget(self.grid, 1)
        row = QHBoxLayout()
        self.name = label("", "secondary")
        self.value = QLineEdit(placeholderText=tr("as usual"))
        self.value.setAccessibleName(tr("Value of the option"))
        self.value.returnPressed.connect(self._set)
        self.set = button(tr("Set it"), self._set)
        for widget in (self.name, self.value, self.set):
            row.addWidget(widget)
        row.addStretch(1)
        column.addLayout(row)
        self.mistake = label("", "tone", wrap=True)
        set_tone(self.mistake, Tone.BAD)
        self.mistake.hide()
        column.addWidget(self.mistake)
        self._options: OptionsGrid | None = None

    def show_options(self, model: Model | None, said: Said) -> None:
        self._options = OptionsGrid(model, said) if model is not None else None
        for widget in (self.grid, self.name, self.value, self.set):
            widget.setVisible(model is not None)
        self.mistake.hide()
        if model is None or self._options is None:
            self.words.setText(tr("With auto the noise decides which model learns. Choose one to set its options."))
            return
        self.words.setText(f"{model.name}: {model.summary}.")
        self.grid.show_grid(self._options)
        self._chosen(self.grid.currentIndex().row())

    def say_mistake(self, text: str) -> None:
        self.mistake.setText(f"✕ {text}")
        self.mistake.show()

    def _chosen(self, row: int) -> None:
        there = self._options is not None and 0 <= row < self._options.rows
        self.name.setText(
            self._options.options[row].name if there and self._options is not None else tr("Choose an option.")
        )
        self.value.setText(self._options.value(row) if there and self._options is not None else "")
        for widget in (self.value, self.set):
            widget.setEnabled(there)

    def _set(self) -> None:
        row = self.grid.currentIndex().row()
        if self._options is not None and 0 <= row < self._options.rows:
            self.changed.emit(self._options.options[row].name, self.value.text())
