"""One table beside the tree: its columns with what is known and decided of each, its keys, and ways to go on."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from desktop.models.grid import Cell, ListGrid
from desktop.models.schema import DECISIONS, UNKNOWN, ColumnView, Decision, Settled, Sort, TableView, key_sign
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, Card, Empty, label
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.flow import Flow
from desktop.widgets.grid import GridView
from desktop.words import tr

PERSONAL, DECISION = 3, 4
"""Places of the grid's columns."""


@dataclass(frozen=True)
class ColumnsGrid:
    """The columns of a table, made into text when they are drawn."""

    view: TableView
    headings: tuple[str, ...]

    @property
    def rows(self) -> int:
        return len(self.view.columns)

    def text(self, row: int, column: int) -> str:
        of = self.view.columns[row]
        return (of.name, of.type, "" if of.nullable else tr("not null"), of.entity, _decision(of), _key(of))[column]

    def tone(self, row: int, column: int) -> Tone:
        of = self.view.columns[row]
        if column == DECISION:
            return of.tone
        return Tone.ACCENT if column == PERSONAL and of.entity else Tone.PLAIN

    def tip(self, row: int, column: int) -> str:
        of = self.view.columns[row]
        said = (of.comment, of.default, "", "", of.how, "")[column]
        return f"{self.text(row, column)}\n{said}".strip()


def _key(column: ColumnView) -> str:
    unique = tr("unique") if column.unique else ""
    to = f"→ {column.parent}.{column.parent_column}" if column.parent else ""
    return " ".join(part for part in (key_sign(column), unique, to) if part)


def _decision(column: ColumnView) -> str:
    if column.generated:
        return tr("computed by the database")
    if column.settled is Settled.NOT_PLANNED:
        return ""
    if column.settled is Settled.MASKED and column.how:
        return column.how
    return f"{tr(column.settled.value)}: {column.how}" if column.how else tr(column.settled.value)


class Details(QWidget):
    """The table that is chosen in the tree."""

    asked = Signal(str)
    """Another table is wanted, by its title."""
    planned = Signal(str, str)
    """The plan of this table (and column) is wanted."""
    hub = Signal(str, str)
    drawn = Signal(str)
    """Its place in the diagram."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: TableView | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._empty = Empty(tr("Choose a table in the tree: its columns and keys are shown here."))
        self._card = Card()
        outer.addWidget(self._empty)
        outer.addWidget(self._card)
        self._card.body.addLayout(self._head())
        self.comment = label("", "secondary", wrap=True)
        self._card.body.addWidget(self.comment)
        self.columns = GridView(tr("Columns of the table"))
        self.columns.opened.connect(self._open_column)
        self.parts = GridView(tr("Keys, indexes, checks and triggers"))
        self.parts.opened.connect(self._open_part)
        self.definition = QPlainTextEdit()
        self.definition.setReadOnly(True)
        self.definition.setAccessibleName(tr("Definition of the view"))
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        for widget, share in ((self.columns, 3), (self.parts, 2), (self.definition, 3)):
            split.addWidget(widget)
            split.setStretchFactor(split.indexOf(widget), share)
        self._card.body.addWidget(split, 1)
        self.forget()

    def _head(self) -> QVBoxLayout:
        self.title = ElidedLabel("section")
        self.rows, self.marks = Badge(), Badge()
        self.buttons = [
            _button(tr("Show in diagram"), lambda: self.drawn.emit(self._title)),
            _button(tr("Personal data"), lambda: self.hub.emit(self._title, self.column)),
            _button(tr("Decide in plan"), lambda: self.planned.emit(self._title, self.column)),
        ]
        below = Flow()
        for each in (self.rows, self.marks, *self.buttons):
            below.addWidget(each)
        head = QVBoxLayout()
        head.addWidget(self.title)
        head.addLayout(below)
        return head

    @property
    def _title(self) -> str:
        return self.view.title if self.view is not None else ""

    @property
    def column(self) -> str:
        """The column that is current; empty: none."""
        row = self.columns.currentIndex().row()
        return self.view.columns[row].name if self.view is not None and 0 <= row < len(self.view.columns) else ""

    def forget(self) -> None:
        """No table."""
        self.view = None
        self._card.hide()
        self._empty.show()

    def show_table(self, view: TableView, column: str = "", *, planned: bool = False) -> None:
        """This table; `column`: which of its columns is current. `planned`: a plan is open for its source."""
        same = self.view is not None and self.view.title == view.title
        self.view = view
        self._empty.hide()
        self._card.show()
        self.title.say(view.title)
        self.rows.say(_size(view), Tone.PLAIN)
        self._mark(view)
        self.comment.setText(view.comment)
        self.comment.setVisible(bool(view.comment))
        self.buttons[2].setEnabled(planned)
        self._fill(view)
        places = [each.name for each in view.columns]
        if column in places:
            self.columns.selectRow(places.index(column))
        elif not same:
            self.columns.clearSelection()
            self.columns.scrollToTop()

    def _fill(self, view: TableView) -> None:
        headings = (tr("Column"), tr("Type"), tr("Null"), tr("Personal data"), tr("Decision"), tr("Key"))
        self.columns.show_grid(ColumnsGrid(view, headings))
        # What nobody has looked for or decided takes no room.
        self.columns.setColumnHidden(PERSONAL, not any(column.entity for column in view.columns))
        self.columns.setColumnHidden(DECISION, not any(_decision(column) for column in view.columns))
        self.parts.show_grid(_parts(view))
        self.columns.setVisible(view.sort is Sort.TABLE)
        self.parts.setVisible(self.parts.source.grid.rows > 0)
        self.definition.setVisible(bool(view.note))
        self.definition.setPlainText(view.note)

    def _mark(self, view: TableView) -> None:
        """The most urgent of what is known."""
        undecided = sum(column.settled is Settled.UNDECIDED for column in view.columns)
        personal = sum(bool(column.entity) for column in view.columns)
        self.marks.setVisible(bool(undecided or personal or view.decision is not Decision.NONE))
        if undecided:
            self.marks.say(tr("{count} undecided", count=undecided), Tone.CAUTION)
        elif view.decision is Decision.COPY:
            self.marks.say(tr(DECISIONS[view.decision]), Tone.CAUTION)
        elif view.decision is not Decision.NONE:
            self.marks.say(tr(DECISIONS[view.decision]), Tone.GOOD if personal else Tone.PLAIN)
        else:
            self.marks.say(tr("{count} personal", count=personal), Tone.ACCENT)

    def _open_column(self, row: int) -> None:
        """A foreign key leads to its parent; any other column to its decision."""
        assert self.view is not None
        column = self.view.columns[row]
        if column.parent:
            self.asked.emit(column.parent)
        elif self.buttons[2].isEnabled():
            self.planned.emit(self.view.title, column.name)

    def _open_part(self, row: int) -> None:
        assert self.view is not None
        other = [key.table for key in (*self.view.keys, *self.view.referrers)]
        if row < len(other) and other[row]:
            self.asked.emit(other[row])


def _parts(view: TableView) -> ListGrid:
    """Keys, who refers here, and what else a table has."""
    cells: list[tuple[Cell | str, ...]] = []
    for key in view.keys:
        to = f"→ {key.table} ({', '.join(key.table_columns)})" if key.table else ""
        cells.append((tr(key.sort), ", ".join(key.columns), to or key.note, _noted(key.name, key.note if to else "")))
    for key in view.referrers:
        other = f"← {key.table} ({', '.join(key.table_columns)})"
        cells.append((tr("referenced by"), ", ".join(key.columns), other, _noted(key.name, key.note)))
    for words, parts in (("index", view.indexes), ("check", view.checks), ("trigger", view.triggers)):
        cells += [(tr(words), part.name, Cell(part.text, tip=part.text), "") for part in parts]
    return ListGrid((tr("Kind"), tr("Columns or name"), tr("Refers to, or says"), tr("Name and notes")), tuple(cells))


def _noted(name: str, note: str) -> str:
    return f"{name} · {note}" if name and note else name or note


def _size(view: TableView) -> str:
    sorts = {Sort.VIEW: tr("view"), Sort.MATERIALIZED: tr("view, stored"), Sort.UNREADABLE: tr("no access")}
    if view.sort is not Sort.TABLE:
        return sorts[view.sort]
    count = len(view.columns)
    columns = tr("1 column") if count == 1 else tr("{count} columns", count=count)
    return (
        columns if view.rows == UNKNOWN else tr("about {rows} rows · {columns}", rows=f"{view.rows:,}", columns=columns)
    )


def _button(text: str, run: object) -> QPushButton:
    made = QPushButton(text)
    made.clicked.connect(run)
    return made
