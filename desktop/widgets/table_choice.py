"""Choosing one of many tables: a list that narrows while one types, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget


class TableChoice(QComboBox):
    """Editable; what is typed need not be a table, and whoever takes it says so."""

    def __init__(self, name: str, letters: int = 24, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names = QStringListModel(self)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setModel(self.names)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)
        completer = QCompleter(self.names, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self.setAccessibleName(name)
        field = self.lineEdit()
        assert field is not None
        field.setAccessibleName(name)

    def offer(self, names: Iterable[str]) -> None:
        """Other tables to choose from; what was chosen stays."""
        said = self.currentText()
        listed = list(names)
        if listed != self.names.stringList():
            self.names.setStringList(listed)
            self.setEditText(said)

    def say(self, table: str) -> None:
        place = self.findText(table, Qt.MatchFlag.MatchExactly)
        self.setCurrentIndex(place)
        if place < 0:
            self.setEditText(table)
