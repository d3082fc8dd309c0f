"""The rows that a subset begins from, as a form of one line for each table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QPushButton, QWidget

from desktop.models.subset import TAKES, Root, Take
from desktop.theme.tokens import Tone
from desktop.widgets.basic import label, set_tone
from desktop.widgets.table_choice import TableChoice
from desktop.words import tr


class _Line:
    """The widgets of one table."""

    def __init__(self, number: int, changed: Callable[[], None], removed: Callable[[], None]) -> None:
        self.table = TableChoice(tr("Table {number} to begin from", number=number), 14)
        self.where = QLineEdit(placeholderText=tr("every row, or a condition: Country = 'Canada'"))
        self.where.setAccessibleName(tr("Condition on table {number}, in the source's SQL", number=number))
        self.take = QComboBox()
        self.take.setAccessibleName(tr("How many rows of table {number}", number=number))
        for take, words in TAKES.items():
            self.take.addItem(tr(words), take)
        # Its list is as wide as its longest line; the field need not be.
        self.take.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.take.setMinimumContentsLength(12)
        self.amount = QLineEdit()
        self.amount.setAccessibleName(tr("How much of table {number}", number=number))
        self.remove = QPushButton("✕")
        self.remove.setAccessibleName(tr("Take table {number} out", number=number))
        self.remove.setToolTip(tr("Take this table out"))
        self.mistake = label("", "tone", wrap=True)
        set_tone(self.mistake, Tone.BAD)
        self.mistake.hide()
        self.table.activated.connect(lambda _: changed())
        self.take.activated.connect(lambda _: self._taken())
        self.take.activated.connect(lambda _: changed())
        field = self.table.lineEdit()
        assert field is not None
        for each in (field, self.where, self.amount):
            each.editingFinished.connect(changed)
        self.remove.clicked.connect(lambda _=False: removed())
        self.keys_file = ""

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        return (self.table, self.where, self.take, self.amount, self.remove)

    def show(self, root: Root) -> None:
        self.table.say(root.table)
        self.where.setText(root.where)
        self.take.setCurrentIndex(self.take.findData(root.take))
        self.amount.setText(root.amount)
        self.keys_file = root.keys_file
        self._taken()

    def said(self) -> Root:
        take = Take(self.take.currentData())
        amount = "" if take is Take.EVERY else self.amount.text()
        return Root(self.table.currentText().strip(), self.where.text().strip(), take, amount.strip(), self.keys_file)

    def say_mistake(self, text: str) -> None:
        self.mistake.setText(f"✕ {text}" if text else "")
        self.mistake.setVisible(bool(text))
        self.where.setAccessibleDescription(text)

    def _taken(self) -> None:
        take = Take(self.take.currentData())
        self.amount.setVisible(take is not Take.EVERY)
        hints = {Take.PERCENT: "5", Take.ROWS: "1000", Take.KEYS: "17; 18"}
        self.amount.setPlaceholderText(hints.get(take, ""))


class RootsForm(QWidget):
    """`changed` once a person has finished a field, and what is said can be written down."""

    changed = Signal()
    grown = Signal()
    """It wants another height."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 5)
        self._grid.setColumnStretch(3, 2)
        self.lines: list[_Line] = []
        self._names: list[str] = []
        self._shown: tuple[Root, ...] = ()

    def offer(self, names: Iterable[str]) -> None:
        self._names = list(names)
        for line in self.lines:
            line.table.offer(self._names)

    def show_roots(self, roots: Sequence[Root]) -> None:
        """What the plan says; a line that is being written stays."""
        if tuple(roots) == self._shown and self.lines:
            return
        self._shown = tuple(roots)
        while len(self.lines) > max(1, len(roots)):
            self._take_out(self.lines[-1])
        while len(self.lines) < max(1, len(roots)):
            self._put_in()
        for line, root in zip(self.lines, roots or (Root(""),), strict=True):
            line.show(root)
            line.say_mistake("")
        self.grown.emit()

    def add(self) -> None:
        """An empty line, for one more table."""
        self._put_in()
        self.lines[-1].table.setFocus()
        self.grown.emit()

    def said(self) -> tuple[Root, ...] | None:
        """All lines in which something stands; None while one of them cannot be written down."""
        roots = [line.said() for line in self.lines]
        mistakes = [root.mistake() if root != Root("") else "" for root in roots]
        for line, mistake in zip(self.lines, mistakes, strict=True):
            line.say_mistake(mistake)
        self.grown.emit()
        if any(mistakes):
            return None
        return tuple(root for root in roots if root != Root(""))

    def say_mistake(self, table: str | None, text: str) -> bool:
        """Say it beside the line of this table; False where there is none."""
        found = [line for line in self.lines if line.said().table == table]
        # Of two lines on one table the condition is what a database refuses.
        found = [line for line in found if line.said().where] or found
        for line in found[:1]:
            line.say_mistake(text)
        self.grown.emit()
        return bool(found)

    def _put_in(self) -> None:
        line = _Line(len(self.lines) + 1, self._changed, lambda: self._removed(line))
        line.table.offer(self._names)
        self.lines.append(line)
        row = 2 * len(self.lines)
        for column, widget in enumerate(line.widgets):
            self._grid.addWidget(widget, row, column, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(line.mistake, row + 1, 0, 1, 5)
        line.show(Root(""))

    def _take_out(self, line: _Line) -> None:
        self.lines.remove(line)
        for widget in (*line.widgets, line.mistake):
            self._grid.removeWidget(widget)
            widget.deleteLater()

    def _removed(self, line: _Line) -> None:
        if len(self.lines) == 1:
            line.show(Root(""))
        else:
            self._take_out(line)
        self.grown.emit()
        self._changed()

    def _changed(self) -> None:
        said = self.said()
        if said is not None and said != self._shown:
            self._shown = said
            self.changed.emit()
