"""Why is this row in the subset? The chain from it to a root, row by row in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop.faults import Fault
from desktop.models.subset import Because, chain_grid
from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.basic import button, label, set_tone
from desktop.widgets.flow import Shares, together
from desktop.widgets.table_choice import TableChoice
from desktop.widgets.values_view import ValuesView
from desktop.words import tr


class WhyForm(QWidget):
    asked = Signal(str, str)
    """A table, and the values of a key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        self.table = TableChoice(tr("Table of the row"), 14)
        self.key = QLineEdit(placeholderText=tr("17, or of several columns 17,2024-05-01"))
        self.key.setAccessibleName(tr("Values of its key"))
        self.explain = button(tr("Explain (logged)"), self._ask)
        self.explain.setToolTip(tr("Shows real keys of the rows on the way; who looked is entered in the audit chain."))
        self.key.returnPressed.connect(self._ask)
        column.addLayout(self._question())
        self.said = label(
            tr("Name a row by its key: the chain of rows that brings it is told here."), "secondary", wrap=True
        )
        column.addWidget(self.said)
        self.chain = ValuesView(tr("Why the row is in the subset"))
        column.addWidget(self.chain, 1)
        column.addStretch()
        self.forget()

    def _question(self) -> Shares:
        """A table, and beside or below it the key with its button."""
        row = Shares()
        row.add(together(_name(tr("Row of t&able"), self.table), self.table), 0)
        row.add(together(_name(tr("with the &key"), self.key), self.key, self.explain), 1)
        return row

    def offer(self, names: Iterable[str]) -> None:
        self.table.offer(names)

    def say(self, table: str, key: str) -> None:
        self.table.say(table)
        self.key.setText(key)

    def forget(self) -> None:
        """Keys are values of the source: they go with whoever looked."""
        # Unlike `clear`, this takes what can be undone as well.
        self.key.setText("")
        self.show_chain(())
        self._say(tr("Name a row by its key: the chain of rows that brings it is told here."), Tone.PLAIN)

    def say_reading(self) -> None:
        self._say(tr("Following the keys…"), Tone.PLAIN)

    def show_chain(self, chain: Sequence[Because]) -> None:
        self.chain.setVisible(bool(chain))
        self.chain.show_grid(chain_grid(chain))
        if not chain:
            self._say(tr("The row is there, and not in the subset."), Tone.PLAIN)
        elif len(chain) == 1:
            self._say(tr("The row was asked for by itself."), Tone.PLAIN)
        else:
            self._say(tr("{count} rows lead to it.", count=len(chain) - 1), Tone.PLAIN)

    def say_fault(self, fault: Fault) -> None:
        self.show_chain(())
        self._say(fault.sentence, Tone.BAD)

    def _say(self, words: str, tone: Tone) -> None:
        self.said.setText(f"{SIGNS[tone]} {words}".strip())
        self.said.setObjectName("secondary" if tone is Tone.PLAIN else "tone")
        set_tone(self.said, tone)

    def _ask(self) -> None:
        if not self.table.currentText().strip() or not self.key.text().strip():
            self._say(tr("Choose a table, and write the values of its key."), Tone.BAD)
            return
        self.asked.emit(self.table.currentText().strip(), self.key.text().strip())


def _name(words: str, field: QWidget) -> QLabel:
    """The words before a field; their letter goes to it."""
    made = label(words)
    made.setBuddy(field)
    return made
