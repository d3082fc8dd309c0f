"""The tree of a schema as rows of a list: which row is what, and which rows come when somebody opens one.

The numbers of rows are columns too, so that ten thousand tables cost one addition of arrays and no object each. No Qt.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from desktop.models.columnar import Ints
from desktop.models.schema import (
    Catalogue,
    ColumnView,
    Decision,
    Found,
    KeyView,
    Marks,
    PartView,
    Sort,
    TableView,
    key_sign,
)
from desktop.theme.tokens import Tone

FEW = 3
"""Schemas that stand open from the beginning, where there are no more."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row below a table."""

    name: str
    beside: str = ""
    mark: str = ""
    tone: Tone = Tone.PLAIN
    sign: str = ""
    """PK, FK: before the name."""
    column: bool = False
    table: str = ""
    """Where Enter on it leads: the other end of a key."""
    inside: tuple[Line, ...] = ()
    words: str = ""
    """English, for groups: translated when they are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """What stands in a row: a schema; or a table; or a line of a table, in a group or not."""

    schema: int
    table: int = -1
    line: Line | None = None
    group: int = -1
    """Which of the table's lines is the group that it is, or stands in."""

    @property
    def depth(self) -> int:
        if self.line is None:
            return int(self.table >= 0)
        return 3 if self.group >= 0 and not self.line.inside else 2


@dataclass
class Tree:
    """Rows from above, as they are open at the moment."""

    catalogue: Catalogue
    found: Found | None = None
    """What the filter leaves; None: everything."""
    marks: Marks | None = None
    lines: dict[int, tuple[Line, ...]] = field(default_factory=dict)
    """Of the tables whose rows have come."""
    open_schemas: set[int] = field(default_factory=set)
    open_tables: set[int] = field(default_factory=set)
    open_groups: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._shown: Ints = np.arange(len(self.catalogue)) if self.found is None else self.found.tables
        cuts = np.searchsorted(self._shown, self.catalogue.first)
        self.schemas: Ints = np.flatnonzero(np.diff(cuts))
        """Those that the filter leaves something of."""
        self._cuts, self._ends = cuts[:-1][self.schemas], cuts[1:][self.schemas]
        if self.found is not None or len(self.catalogue.schemas) <= FEW:
            self.open_schemas = set(self.schemas.tolist())
        self.count()

    def count(self) -> None:
        """Work out anew where each row stands."""
        tall = np.ones(len(self._shown), np.int64)
        for table in self.open_tables:
            if (at := self._at(table)) >= 0:
                tall[at] += self._height(table)
        for place, schema in enumerate(self.schemas.tolist()):
            if schema not in self.open_schemas:
                tall[self._cuts[place] : self._ends[place]] = 0
        below = np.concatenate([[0], np.cumsum(tall)])
        heads = below[self._cuts] + np.arange(len(self.schemas))
        self._heads: Ints = heads
        """The row of each schema."""
        owner = np.searchsorted(self._cuts, np.arange(len(self._shown)), side="right")
        self._starts: Ints = below[:-1] + owner
        """The row of each table; of one in a closed schema, where it would stand."""
        self.rows = int(below[-1]) + len(self.schemas)

    def row(self, number: int) -> Row:
        """What stands in this row."""
        place = int(np.searchsorted(self._heads, number, side="right")) - 1
        schema = int(self.schemas[place])
        if self._heads[place] == number:
            return Row(schema)
        at = int(np.searchsorted(self._starts, number, side="right")) - 1
        table, down = int(self._shown[at]), number - int(self._starts[at])
        return Row(schema, table) if down == 0 else self._line(schema, table, down - 1)

    def _line(self, schema: int, table: int, down: int) -> Row:
        for place, line in enumerate(self.lines[table]):
            if down == 0:
                return Row(schema, table, line, place if line.inside else -1)
            down -= 1
            if (table, place) in self.open_groups:
                if down < len(line.inside):
                    return Row(schema, table, line.inside[down], place)
                down -= len(line.inside)
        raise IndexError(down)

    def _height(self, table: int) -> int:
        """Rows under an open table."""
        lines = self.lines.get(table, ())
        return len(lines) + sum(
            len(lines[place].inside) for of, place in self.open_groups if of == table and place < len(lines)
        )

    def _at(self, table: int) -> int:
        at = int(np.searchsorted(self._shown, table))
        return at if at < len(self._shown) and self._shown[at] == table else -1

    @property
    def shown(self) -> int:
        """Tables and views that the filter leaves."""
        return len(self._shown)

    def row_of(self, table: int) -> int:
        """The row of a table; -1 where the filter or a closed schema hides it."""
        at = self._at(table)
        return -1 if at < 0 or self.catalogue.schema_of(table) not in self.open_schemas else int(self._starts[at])

    def row_of_schema(self, schema: int) -> int:
        return int(self._heads[int(np.searchsorted(self.schemas, schema))])

    def row_of_group(self, table: int, group: int) -> int:
        before = sum(
            1 + len(line.inside) * ((table, at) in self.open_groups)
            for at, line in enumerate(self.lines[table][:group])
        )
        return self.row_of(table) + 1 + before

    def tables_of(self, schema: int) -> int:
        """How many tables of a schema are shown; views are not counted."""
        place = int(np.searchsorted(self.schemas, schema))
        shown = self._shown[self._cuts[place] : self._ends[place]]
        return int(np.count_nonzero(self.catalogue.sorts[shown] == Sort.TABLE))

    def hit(self, table: int) -> str:
        """The columns by which the filter found it."""
        return "" if self.found is None else self.found.columns[self._at(table)]

    def first(self) -> int | None:
        """The first table that is shown."""
        return int(self._shown[0]) if len(self._shown) else None

    # Opening and closing

    def opens(self, row: Row) -> bool:
        """Is there something under it, or may there be?"""
        if row.line is not None:
            return bool(row.line.inside)
        if row.table < 0:
            return True
        known = self.lines.get(row.table)
        return self.catalogue.sorts[row.table] == Sort.TABLE if known is None else bool(known)

    def is_open(self, row: Row) -> bool:
        if row.line is not None:
            return bool(row.line.inside) and (row.table, row.group) in self.open_groups
        return row.table in self.open_tables if row.table >= 0 else row.schema in self.open_schemas

    def under(self, row: Row) -> int:
        """How many rows opening it shows, or closing it hides."""
        if row.line is not None:
            return len(row.line.inside)
        if row.table >= 0:
            return self._height(row.table)
        place = int(np.searchsorted(self.schemas, row.schema))
        tables = self._shown[self._cuts[place] : self._ends[place]]
        inside = sum(
            self._height(table)
            for table in self.open_tables
            if tables[0] <= table <= tables[-1] and self._at(table) >= 0
        )
        return len(tables) + inside

    def turn(self, row: Row) -> None:
        """Open it, or close it. Rows are counted anew by `count`."""
        if row.line is not None:
            self.open_groups ^= {(row.table, row.group)}
        elif row.table >= 0:
            self.open_tables ^= {row.table}
        else:
            self.open_schemas ^= {row.schema}

    def above(self, row: Row) -> int:
        """The row that it stands under; -1: none."""
        if row.depth == 3:
            return self.row_of_group(row.table, row.group)
        if row.depth == 2:
            return self.row_of(row.table)
        return self.row_of_schema(row.schema) if row.depth == 1 else -1

    # What is known of people

    def people(self, table: int) -> tuple[int, int, Decision]:
        """How many of its columns are personal, how many undecided, and what the plan does with it."""
        # Marks of an earlier reading number other tables.
        if self.marks is None or self.marks.stamp != self.catalogue.stamp:
            return 0, 0, Decision.NONE
        marks = self.marks
        return int(marks.personal[table]), int(marks.undecided[table]), Decision(int(marks.decisions[table]))


def lines_of(view: TableView) -> tuple[Line, ...]:
    """The rows under a table: its columns, then what else it has, in groups."""
    groups = (
        ("Keys", [_key(key) for key in view.keys]),
        ("Referenced by", [_referrer(key) for key in view.referrers]),
        ("Indexes", [_part(part) for part in view.indexes]),
        ("Checks", [_part(part) for part in view.checks]),
        ("Triggers", [_part(part) for part in view.triggers]),
    )
    columns = [_column(column) for column in view.columns]
    made = [Line("", str(len(inside)), inside=tuple(inside), words=words) for words, inside in groups if inside]
    return (*columns, *made)


def _column(column: ColumnView) -> Line:
    mark = " · ".join(said for said in (column.settled.value, column.entity) if said)
    tone = column.tone if column.settled.value else Tone.ACCENT if column.entity else Tone.PLAIN
    return Line(column.name, column.type, mark, tone, key_sign(column), True, column.parent)


def _key(key: KeyView) -> Line:
    to = f" → {key.table}" if key.table else ""
    return Line(", ".join(key.columns) + to, key.sort, table=key.table)


def _referrer(key: KeyView) -> Line:
    return Line(f"{key.table} ({', '.join(key.table_columns)})", ", ".join(key.columns), table=key.table)


def _part(part: PartView) -> Line:
    return Line(part.name or part.text, part.text if part.name else "")
