"""The tables of a plan that synthesises: what each is to the person, and what a person may decide about it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.models.synthesis import Class, TableClass, TablesGrid
from desktop.theme.tokens import Tone
from desktop.widgets.basic import button, label, set_tone
from desktop.widgets.grid import GridView
from desktop.words import tr


class TablesPane(QWidget):
    public = Signal(str, str)
    """A table, and why it may be copied as it is."""
    emptied = Signal(str)
    owned = Signal(str, object)
    """A table, and the columns of the key that owns its rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        self.grid = GridView(tr("Tables, and what they are to the person"))
        self.grid.moved.connect(self._chosen)
        column.addWidget(self.grid, 1)
        row = QHBoxLayout()
        self.chosen = label(tr("Choose a table."), "secondary")
        self.reason = QLineEdit(placeholderText=tr("why it says nothing of people, and who signs it"))
        self.reason.setAccessibleName(tr("Why the table is public"))
        self.make_public = button(tr("Make it public"), self._public)
        self.empty = button(tr("Empty it"), self._empty)
        self.owner = QComboBox()
        self.owner.setAccessibleName(tr("The key that owns its rows"))
        self.own = button(tr("Owns its rows"), self._own)
        for widget in (self.chosen, self.owner, self.own, self.reason, self.make_public, self.empty):
            row.addWidget(widget, 1 if widget is self.reason else 0)
        column.addLayout(row)
        self.mistake = label("", "tone", wrap=True)
        set_tone(self.mistake, Tone.BAD)
        self.mistake.hide()
        column.addWidget(self.mistake)
        self._tables: tuple[TableClass, ...] = ()
        self._chosen(-1)

    def show_tables(self, tables: Sequence[TableClass]) -> None:
        self._tables = tuple(tables)
        self.grid.show_grid(TablesGrid(self._tables))
        self._chosen(self.grid.currentIndex().row())

    @property
    def table(self) -> TableClass | None:
        row = self.grid.currentIndex().row()
        return self._tables[row] if 0 <= row < len(self._tables) else None

    def _chosen(self, row: int) -> None:
        self.say_mistake("")
        table = self._tables[row] if 0 <= row < len(self._tables) else None
        of = table.of if table is not None else None
        self.chosen.setText(table.table if table is not None else tr("Choose a table."))
        owners = table.owners if table is not None else ()
        self.owner.clear()
        for columns in owners:
            self.owner.addItem(", ".join(columns), columns)
        for widget in (self.owner, self.own):
            widget.setVisible(len(owners) > 1)
        self.reason.setText(table.reason if table is not None and of is Class.PUBLIC else "")
        open_ = of is not None and of is not Class.UNIT
        self.reason.setEnabled(open_)
        self.make_public.setEnabled(open_)
        self.make_public.setText(tr("Change the reason") if of is Class.PUBLIC else tr("Make it public"))
        self.empty.setEnabled(open_ and of is not Class.EMPTY)

    def say_mistake(self, text: str) -> None:
        self.mistake.setText(f"✕ {text}" if text else "")
        self.mistake.setVisible(bool(text))

    def _public(self) -> None:
        if self.table is None:
            return
        if not self.reason.text().strip():
            self.say_mistake(
                tr("A public table is copied as it is and no guarantee covers it: write why, and who signs it.")
            )
            self.reason.setFocus()
            return
        self.public.emit(self.table.table, self.reason.text().strip())

    def _empty(self) -> None:
        if self.table is not None:
            self.emptied.emit(self.table.table)

    def _own(self) -> None:
        if self.table is not None and self.owner.currentData():
            self.owned.emit(self.table.table, tuple(self.owner.currentData()))
