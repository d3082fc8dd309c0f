"""Qt's view of the tree of a schema: rows of a list that opens and closes, so that Qt asks for what the screen shows and no more.

(QTreeView asks for every row under what is open whenever one changes: a tenth of a second for ten thousand tables.)
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from desktop.models.schema import DECISIONS, UNKNOWN, Catalogue, Decision, Found, Marks, Sort, TableView, rows_said
from desktop.models.schema_tree import Row, Tree, lines_of
from desktop.theme.look import look
from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.tips import plain_tip
from desktop.words import tr

Index = QModelIndex | QPersistentModelIndex
NAME, BESIDE, MARK = range(3)


class SchemaModel(QAbstractTableModel):
    """Three columns: names, rows or types, and what is known of people."""

    wanted = Signal(int)
    """Somebody opened this table: its rows are to be fetched and given to `open_table`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tree: Tree | None = None
        self._asked: set[int] = set()

    def show(self, catalogue: Catalogue, found: Found | None = None, marks: Marks | None = None) -> None:
        """Another reading, or what a filter leaves of the same: what was open stays so."""
        before = self.tree
        self.beginResetModel()
        if before is not None and before.catalogue.stamp == catalogue.stamp:
            opened = before.open_schemas if before.found is None and found is None else set()
            self.tree = Tree(catalogue, found, marks, before.lines, set(opened), before.open_tables, before.open_groups)
        else:
            self.tree = Tree(catalogue, found, marks)
            self._asked.clear()
        self.endResetModel()

    def mark(self, marks: Marks) -> None:
        """What is known of people and of the plan has changed; tables whose rows are here are asked for again."""
        if self.tree is None:
            return
        self.tree.marks = marks
        for table in [*self.tree.lines]:
            if table in self.tree.open_tables:
                self.wanted.emit(table)
            else:
                del self.tree.lines[table]
                self._asked.discard(table)
        self.dataChanged.emit(self.index(0, NAME), self.index(self.tree.rows - 1, MARK))

    def turn(self, number: int) -> None:
        """Open a row, or close it; a table whose rows are not here yet asks for them."""
        row = self.row(number)
        if self.tree is None or row is None or not self.tree.opens(row):
            return
        if row.line is None and row.table >= 0 and row.table not in self.tree.lines:
            self.tree.turn(row)
            self._want(row.table)
            self.dataChanged.emit(self.index(number, NAME), self.index(number, NAME))
            return
        count, opening = self.tree.under(row), not self.tree.is_open(row)
        if opening:
            self.beginInsertRows(QModelIndex(), number + 1, number + count)
        else:
            self.beginRemoveRows(QModelIndex(), number + 1, number + count)
        self.tree.turn(row)
        self.tree.count()
        if opening:
            self.endInsertRows()
        else:
            self.endRemoveRows()
        self.dataChanged.emit(self.index(number, NAME), self.index(number, NAME))

    def _want(self, table: int) -> None:
        if table not in self._asked:
            self._asked.add(table)
            self.wanted.emit(table)

    def open_table(self, view: TableView) -> None:
        """The rows of a table have come."""
        if self.tree is None or view.stamp != self.tree.catalogue.stamp:
            return
        at, lines = self.tree.row_of(view.number), lines_of(view)
        here = at >= 0 and view.number in self.tree.open_tables
        if here and (before := self.tree.under(Row(0, view.number))):
            self.beginRemoveRows(QModelIndex(), at + 1, at + before)
            self.tree.lines[view.number] = ()
            self.tree.count()
            self.endRemoveRows()
        self.tree.open_groups = {
            (table, group) for table, group in self.tree.open_groups if table != view.number or group < len(lines)
        }
        fresh = len(lines) + sum(
            len(lines[group].inside) for table, group in self.tree.open_groups if table == view.number
        )
        if here and fresh:
            self.beginInsertRows(QModelIndex(), at + 1, at + fresh)
        self.tree.lines[view.number] = lines
        self.tree.count()
        if here and fresh:
            self.endInsertRows()

    def give_up(self, table: int) -> None:
        """Its rows did not come: it is closed, and whoever opens it asks again."""
        self._asked.discard(table)
        if self.tree is not None and table not in self.tree.lines:
            self.tree.open_tables.discard(table)

    def row(self, number: int) -> Row | None:
        return self.tree.row(number) if self.tree is not None and 0 <= number < self.tree.rows else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self.tree is None else self.tree.rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation is not Qt.Orientation.Horizontal:
            return None
        return (tr("Name"), tr("Rows, type"), tr("Personal data"))[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index.row()) if index.isValid() else None
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.column():
            return QColor(look().tokens.ink(self.tone(row, index.column())))
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._in_full(row, index.column())) or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.read_out(row) if index.column() == NAME else self.text(row, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == BESIDE and row.line is None:
            return Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        return None

    # What stands there

    def text(self, row: Row, column: int) -> str:
        assert self.tree is not None
        if row.line is not None:
            mark = f"{SIGNS[row.line.tone]} {row.line.mark}".strip() if row.line.mark else ""
            return (tr(row.line.words) if row.line.words else row.line.name, row.line.beside, mark)[column]
        if row.table < 0:
            count = tr("{count} tables", count=f"{self.tree.tables_of(row.schema):,}")
            return (self.tree.catalogue.schemas[row.schema], count, "")[column]
        if column == NAME:
            hit = self.tree.hit(row.table)
            return f"{self.tree.catalogue.names[row.table]}{' › ' + hit if hit else ''}"
        if column == BESIDE:
            return self._beside(row.table)
        text, tone = self.marks_of(row.table)
        return f"{SIGNS[tone]} {text}".strip()

    def tone(self, row: Row, column: int) -> Tone:
        if column != MARK:
            return Tone.PLAIN
        if row.line is not None:
            return row.line.tone
        return self.marks_of(row.table)[1] if row.table >= 0 else Tone.PLAIN

    def sign(self, row: Row) -> str:
        """Before its name."""
        assert self.tree is not None
        if row.line is not None:
            return row.line.sign or ("column" if row.line.column else "group" if row.line.inside else "part")
        if row.table < 0:
            return "schema"
        return _SIGNS[Sort(int(self.tree.catalogue.sorts[row.table]))]

    def marks_of(self, table: int) -> tuple[str, Tone]:
        """What a table's row says of people and of the plan."""
        assert self.tree is not None
        personal, undecided, decision = self.tree.people(table)
        people = tr("{count} personal", count=personal) if personal and not undecided else ""
        said = tr("{count} undecided", count=undecided) if undecided else tr(DECISIONS[decision]) if decision else ""
        safe = personal and decision in (Decision.MASK, Decision.SYNTHESIZE)
        tone = Tone.ACCENT if personal and not said else Tone.GOOD if safe else Tone.PLAIN
        tone = Tone.CAUTION if undecided or decision is Decision.COPY else tone
        return " · ".join(part for part in (said, people) if part), tone

    def _beside(self, table: int) -> str:
        assert self.tree is not None
        sort = Sort(int(self.tree.catalogue.sorts[table]))
        if sort is Sort.TABLE:
            return rows_said(int(self.tree.catalogue.rows[table]))
        return {Sort.VIEW: tr("view"), Sort.MATERIALIZED: tr("view, stored"), Sort.UNREADABLE: tr("no access")}[sort]

    def _in_full(self, row: Row, column: int) -> str:
        """What may be cut off on the screen."""
        assert self.tree is not None
        if row.line is None and row.table >= 0 and column == NAME:
            return self.tree.catalogue.titles[row.table]
        return self.text(row, column)

    def read_out(self, row: Row) -> str:
        """A whole row, for who does not see its other columns."""
        assert self.tree is not None
        said = [self.text(row, NAME), self.text(row, BESIDE), self.text(row, MARK)]
        if row.line is not None:
            said[1:] = [row.line.sign, row.line.beside, row.line.mark]
        elif row.table >= 0:
            rows = int(self.tree.catalogue.rows[row.table])
            said[BESIDE] = tr("about {rows} rows", rows=f"{rows:,}") if rows != UNKNOWN else said[BESIDE]
            said[MARK] = self.marks_of(row.table)[0]
        if self.tree.opens(row):
            said.append(tr("open") if self.tree.is_open(row) else tr("closed"))
        return ", ".join(part for part in said if part)


_SIGNS = {Sort.TABLE: "table", Sort.VIEW: "view", Sort.MATERIALIZED: "view", Sort.UNREADABLE: "refused"}
