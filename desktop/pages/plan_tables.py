"""Tables of the plan with their treatments, the columns of one, and the form of what happens to a column."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QScrollArea, QSplitter, QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.plan_grids import ColumnsGrid, TablesGrid
from desktop.models.rule import NO_TABLES, RuleView, TablesView, TableView, matching
from desktop.pages.plan_rule import RuleForm
from desktop.pages.plan_text import TextPanel
from desktop.pages.plan_treatment import TreatmentBar
from desktop.widgets.basic import label
from desktop.widgets.grid import GridView
from desktop.words import tr

TYPED = 150
"""Milliseconds after the last letter before the list is filtered."""


class TablesPanel(QWidget):
    title = "Tables"

    located = Signal(int)
    """The line of the plan's text that the chosen column stands on."""
    faulted = Signal(object)
    """A Fault, or one without a sentence once all is well again."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.view: TablesView = NO_TABLES
        self.table: TableView | None = None
        self.names: tuple[str, ...] = ()
        """The chosen columns."""
        self._version = -1
        self._asking = self._alone = False
        self._wanted: tuple[str, str] | None = None
        """Table and column that somebody asked for, until they are here."""
        self._quiet = False
        self._text: TextPanel | None = None
        self._typed = QTimer(self, singleShot=True, interval=TYPED)
        self._typed.timeout.connect(self._filter)
        self._build()
        desk.plan.changed.connect(self._changed)
        desk.project_changed.connect(self._other_project)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 12, 0, 0)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        row.addWidget(self.split)
        self.split.addWidget(self._left())
        self.split.addWidget(self._right())
        self.beside = QWidget()
        QVBoxLayout(self.beside).setContentsMargins(0, 0, 0, 0)
        self.beside.hide()
        self.split.addWidget(self.beside)
        letters = self.fontMetrics().averageCharWidth()
        self.split.setSizes([56 * letters, 94 * letters, 0])
        self.split.setStretchFactor(0, 2)
        self.split.setStretchFactor(1, 4)
        self.split.setStretchFactor(2, 3)

    def _left(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter tables"))
        self.filter.setAccessibleName(tr("Filter tables"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(lambda _: self._typed.start())
        self.only = QCheckBox(tr("Only with undecided columns"))
        self.only.toggled.connect(lambda _: self._filter())
        self.tables = GridView(tr("Tables of the plan"))
        self.tables.moved.connect(self._table_moved)
        self.said = label("", "secondary")
        for widget in (self.filter, self.only, self.tables, self.said):
            column.addWidget(widget)
        return made

    def _right(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        self.treatment = TreatmentBar(self.desk)
        self.treatment.text_asked.connect(self.toggle_text)
        column.addWidget(self.treatment)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        self.columns = GridView(tr("Columns of the table"))
        self.columns.selectionModel().selectionChanged.connect(lambda *_: self._columns_chosen())
        parts.addWidget(self.columns)
        self.rule = RuleForm(self.desk)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.rule)
        parts.addWidget(scroll)
        parts.setStretchFactor(0, 2)
        parts.setStretchFactor(1, 3)
        parts.setSizes([200, 300])
        column.addWidget(parts, 1)
        return made

    # the list of tables

    def refresh(self, again: bool = False) -> None:
        """Ask for what has changed. `again`: the source too, which could not be asked before."""
        state = self.desk.plan.state
        if state is None or not state.readable:
            self._show_tables(NO_TABLES)
            return
        if again:
            self._alone = False
        if self._asking or (state.version == self._version and not again):
            return
        self._asking, version = True, state.version
        self.desk.calls.ask(
            "rules.tables",
            owner=self,
            alone=self._alone,
            done=lambda view: self._listed(view, version),
            failed=self._failed,
        )

    def _changed(self) -> None:
        state = self.desk.plan.state
        if self.isVisible() or state is None or not state.readable:
            self.refresh()

    def _other_project(self) -> None:
        self._version, self._alone, self.table, self.names = -1, False, None, ()
        self.rule.clear()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.refresh()

    def _listed(self, view: TablesView, version: int) -> None:
        self._asking, self._version = False, version
        if not self._alone:
            self.faulted.emit(Fault(""))
        self._show_tables(view)
        state = self.desk.plan.state
        if state is not None and state.version != version:
            self.refresh()

    def _failed(self, fault: Fault) -> None:
        """The source cannot be asked: the plan alone is shown, and why."""
        self._asking = False
        self.faulted.emit(fault)
        if not self._alone:
            self._alone = True
            self.refresh()

    def _show_tables(self, view: TablesView) -> None:
        self.view = view
        self._filter()
        if self._wanted is not None:
            self.choose(*self._wanted)
        elif self.table is not None:
            self._ask_table(self.table.name)

    def _filter(self) -> None:
        chosen = self.chosen_table
        places = matching(self.view, self.filter.text(), self.only.isChecked())
        self._quiet = True
        grid = TablesGrid(self.view, places)
        self.tables.show_grid(grid)
        self.tables.hide_columns(grid.silent, grid.spare)
        row = next((row for row, place in enumerate(places) if self.view.names[place] == chosen), -1) if chosen else -1
        if row >= 0:
            self.tables.selectRow(row)
        elif chosen and places:
            self.tables.clearSelection()
        self._quiet = False
        self.said.setText(tr("{shown} of {all} tables", shown=f"{len(places):,}", all=f"{len(self.view):,}"))
        if not chosen and places and self._wanted is None:
            self.tables.selectRow(0)

    @property
    def chosen_table(self) -> str:
        return self.table.name if self.table is not None else ""

    def choose(self, table: str, column: str = "") -> None:
        """Show this table, and this column of it."""
        self._wanted = (table, column)
        grid = self.tables.source.grid
        assert isinstance(grid, TablesGrid) or not grid.rows
        row = self._row_of(table)
        if row < 0 and (self.filter.text() or self.only.isChecked()):
            self.filter.blockSignals(True)
            self.filter.clear()
            self.filter.blockSignals(False)
            self.only.setChecked(False)
            self._filter()
            row = self._row_of(table)
        if row < 0:
            return
        self._quiet = True
        flag = QItemSelectionModel.SelectionFlag
        index = self.tables.source.index(row, 0)
        self.tables.selectionModel().setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)
        self._quiet = False
        self._ask_table(table)

    def choose_quietly(self, table: str, column: str) -> None:
        """As the text's cursor goes; where they are shown already, nothing happens."""
        if (self.chosen_table, self.names[:1]) != (table, (column,) if column else self.names[:1]):
            self.choose(table, column)

    def _row_of(self, table: str) -> int:
        grid = self.tables.source.grid
        if not isinstance(grid, TablesGrid):
            return -1
        return next((row for row in range(grid.rows) if grid.name(row) == table), -1)

    def _table_moved(self, row: int) -> None:
        grid = self.tables.source.grid
        if not self._quiet and row >= 0 and isinstance(grid, TablesGrid):
            self._wanted = None
            self._ask_table(grid.name(row))

    def next_undecided(self) -> None:
        """The next column that blocks the run, in this table or a later one."""
        if self.table is not None:
            after = self.columns.currentIndex().row()
            for row, each in enumerate(self.table.columns):
                if row > after and each.decision == "undecided":
                    self.columns.selectRow(row)
                    return
        start = self._place_of(self.chosen_table)
        order = [*range(start + 1, len(self.view)), *range(start + 1)]
        place = next((place for place in order if self.view.undecided[place]), None)
        if place is not None:
            self.choose(self.view.names[place], "?")

    def _place_of(self, table: str) -> int:
        return next((place for place in range(len(self.view)) if self.view.names[place] == table), -1)

    # one table

    def _ask_table(self, table: str) -> None:
        self.desk.calls.ask(
            "rules.table", owner=self, table=table, alone=self._alone, done=self._table_here, failed=self.faulted.emit
        )

    def _table_here(self, view: TableView) -> None:
        wanted = self._wanted
        if wanted is not None and wanted[0] != view.name:
            return
        if wanted is None and self.table is not None and view.name != self._current_name():
            return
        same = self.table is not None and self.table.name == view.name
        names = self.names if same else ()
        self.table, self._wanted = view, None
        self.treatment.show_table(view)
        self._quiet = True
        self.columns.show_grid(ColumnsGrid(view.columns))
        column = wanted[1] if wanted is not None else ""
        rows = self._rows(view, column, names)
        self._select(rows)
        self._quiet = False
        self._columns_chosen()

    def _current_name(self) -> str:
        grid, row = self.tables.source.grid, self.tables.currentIndex().row()
        return grid.name(row) if isinstance(grid, TablesGrid) and 0 <= row < grid.rows else ""

    def _rows(self, view: TableView, column: str, names: tuple[str, ...]) -> list[int]:
        if column == "?":
            return [row for row, each in enumerate(view.columns) if each.decision == "undecided"][:1]
        wanted = {column} if column else set(names)
        return [row for row, each in enumerate(view.columns) if each.name in wanted]

    def _select(self, rows: list[int]) -> None:
        """Exactly these rows, whatever keys are held down."""
        flag = QItemSelectionModel.SelectionFlag
        rows = rows or [0]
        select, source = self.columns.selectionModel(), self.columns.source
        select.setCurrentIndex(source.index(rows[0], 0), flag.ClearAndSelect | flag.Rows)
        for row in rows[1:]:
            select.select(source.index(row, 0), flag.Select | flag.Rows)
        self.columns.scrollTo(source.index(rows[0], 0))

    # its columns

    def _columns_chosen(self) -> None:
        if self._quiet or self.table is None:
            return
        known = self.table.columns
        self.names = tuple(known[row].name for row in self.columns.chosen if row < len(known))
        if not self.names:
            self.rule.clear()
            return
        table, names = self.table.name, self.names
        self.desk.calls.ask(
            "rules.column", owner=self, table=table, column=names[0], alone=self._alone,
            done=lambda view: self._rule_here(view, table, names), failed=self.faulted.emit,
        )  # fmt: skip

    def _rule_here(self, view: RuleView, table: str, names: tuple[str, ...]) -> None:
        if self.table is None or (self.table.name, self.names) != (table, names):
            return
        self.rule.show_rule(view, names)
        if view.line is not None:
            self.located.emit(view.line)

    # the text beside

    def lend(self, text: TextPanel) -> None:
        """Take the editor, where it is to be seen beside the form."""
        self._text = text
        if self.beside.isVisibleTo(self):
            layout = self.beside.layout()
            assert layout is not None
            layout.addWidget(text.whole)

    def toggle_text(self) -> None:
        """Show the plan's text beside the form, or hide it."""
        shown = not self.beside.isVisibleTo(self)
        self.beside.setVisible(shown)
        self.treatment.text.setChecked(shown)
        if shown:
            width = self.split.width()
            self.split.setSizes([width * 24 // 100, width * 40 // 100, width * 36 // 100])
        if shown and self._text is not None:
            self.lend(self._text)
            self._text.load()
