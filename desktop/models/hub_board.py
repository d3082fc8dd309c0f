"""The board of the privacy hub: every column of a plan with what it looks like and what happens to it, in columns of numbers.

The backend holds it, filters and orders it; the window is given counts and the rows that it shows: a million columns cost the window
what its screen shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.models.columnar import Ints, Names, names
from desktop.models.hub import Coverage, Group, Line, Page, Parts, Sort, State, Tally, Wish

Flags = NDArray[np.bool_]
UNKNOWN = -1
"""Instead of a number of rows that nobody knows."""


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of texts: every different one once, and its number in each row."""

    codes: Ints
    pool: Names

    def text(self, row: int) -> str:
        return self.pool[int(self.codes[row])]

    @cached_property
    def folded(self) -> tuple[str, ...]:
        return tuple(text.casefold() for text in self.pool)

    @cached_property
    def ranks(self) -> Ints:
        """Of every row: where its text stands in the order of the alphabet."""
        texts = self.folded
        order = np.array(sorted(range(len(texts)), key=texts.__getitem__), np.int64)
        places = np.empty(len(texts), np.int32)
        places[order] = np.arange(len(texts), dtype=np.int32)
        return places[self.codes] if len(texts) else np.zeros(0, np.int32)

    def holding(self, folded: str) -> Flags:
        """Which rows have this in their text, whatever the case."""
        hits = np.fromiter((folded in text for text in self.folded), np.bool_, len(self.pool))
        return hits[self.codes] if len(hits) else np.zeros(0, np.bool_)

    def code(self, text: str) -> int:
        """The number of a text; -1 where no row has it."""
        return next((place for place, known in enumerate(self.pool) if known == text), -1)


def coded(texts: list[str]) -> Coded:
    numbers: dict[str, int] = {}
    codes = np.fromiter((numbers.setdefault(text, len(numbers)) for text in texts), np.int32, len(texts))
    return Coded(codes, names(numbers))


@dataclass(frozen=True, eq=False)
class Board:
    """All columns, in the schema's order."""

    table: Coded
    column: Coded
    entity: Coded
    """Empty where nothing personal was found, or nobody has looked."""
    sure: NDArray[np.float32]
    """NaN: nobody has looked."""
    evidence: Coded
    state: NDArray[np.uint8]
    how: Coded
    """The mask's name, the reason for which it is kept, or what becomes of its table."""
    table_rows: NDArray[np.int64]
    """Of each table of the pool, estimated; UNKNOWN where nobody knows."""
    orders: dict[tuple[Sort, bool], Ints] = field(default_factory=dict, repr=False)
    """Of all rows, as they were asked for: a filter leaves an order as it is."""

    def __len__(self) -> int:
        return len(self.state)

    @cached_property
    def personal(self) -> Flags:
        return np.asarray(self.entity.codes != self.entity.code(""))

    @cached_property
    def group(self) -> NDArray[np.uint8]:
        """The Group of every column."""
        groups = np.full(len(self), Group.OTHER, np.uint8)
        groups[self.personal] = Group.PROTECTED
        groups[self.personal & (self.state == State.KEPT)] = Group.KEPT
        groups[self.state == State.UNDECIDED] = Group.AT_RISK
        return groups

    @cached_property
    def places(self) -> dict[tuple[str, str], int]:
        """Table and column -> row."""
        tables, columns = tuple(self.table.pool), tuple(self.column.pool)
        pairs = zip(self.table.codes.tolist(), self.column.codes.tolist(), strict=True)
        return {(tables[table], columns[column]): row for row, (table, column) in enumerate(pairs)}

    def row(self, table: str, column: str) -> int | None:
        """Where a column stands; None for one that is not there."""
        there = (self.table.codes == self.table.code(table)) & (self.column.codes == self.column.code(column))
        at = np.flatnonzero(there)
        return int(at[0]) if len(at) else None


# What a person sees of it.


def matching(board: Board, wish: Wish) -> Flags:
    """The rows that a wish leaves."""
    left = np.ones(len(board), np.bool_)
    if wish.group is not None:
        left &= board.group == wish.group
    if wish.entity is not None:
        left &= board.entity.codes == board.entity.code(wish.entity)
    if wish.text.strip():
        left &= _named(board, wish.text.strip().casefold())
    return left


def _named(board: Board, text: str) -> Flags:
    """`patient.mail`: a table with this in its name and a column with that."""
    either = board.table.holding(text) | board.column.holding(text)
    table, dot, column = text.rpartition(".")
    return either | (board.table.holding(table) & board.column.holding(column)) if dot else either


def ordered(board: Board, kept: Flags, sort: Sort, *, descending: bool = False) -> Ints:
    """The rows that are kept, in that order; equal ones as they stand in the schema."""
    whole = board.orders.get((sort, descending))
    if whole is None:
        whole = board.orders[sort, descending] = _order(board, sort, descending=descending)
    return np.asarray(whole[kept[whole]])


def _order(board: Board, sort: Sort, *, descending: bool) -> Ints:
    """All rows in that order."""
    keys = [-key for key in _keys(board, sort)] if descending else _keys(board, sort)
    # The last key is the one that counts most.
    return np.asarray(np.lexsort(keys[::-1]))


def _keys(board: Board, sort: Sort) -> list[NDArray[Any]]:
    """Numbers by which to order, the weightiest first."""
    unsure = np.nan_to_num(-board.sure, nan=2.0)
    match sort:
        case Sort.WORK:
            waits, personal = board.state != State.UNDECIDED, ~board.personal
            return [waits.astype(np.int8), personal.astype(np.int8), unsure]
        case Sort.SURE:
            return [unsure]
        case Sort.DECISION:
            return [board.state.astype(np.int32), board.how.ranks]
        case _:
            texts = {
                Sort.TABLE: board.table, Sort.COLUMN: board.column, Sort.ENTITY: board.entity,
                Sort.EVIDENCE: board.evidence,
            }[sort]  # fmt: skip
            return [texts.ranks]


def tally(board: Board, wish: Wish) -> Tally:
    """Counts for the chips: of the groups under the text and the entity, of the entities under the text and the group."""
    for_groups = matching(board, replace(wish, group=None))
    for_entities = matching(board, replace(wish, entity=None))
    groups = np.bincount(board.group[for_groups], minlength=len(Group))
    entities = np.bincount(board.entity.codes[for_entities], minlength=len(board.entity.pool))
    counted = [(board.entity.pool[int(code)], int(entities[code])) for code in np.flatnonzero(entities)]
    counted.sort(key=lambda each: (not each[0], -each[1], each[0]))
    return Tally(tuple(map(int, groups)), tuple(counted), int(for_groups.sum()))


def page(board: Board, order: Ints, view: int, first: int, count: int) -> Page:
    """These rows of an order, in words."""
    return Page(view, first, tuple(line(board, int(row)) for row in order[first : first + count]))


def line(board: Board, row: int) -> Line:
    return Line(
        row, board.table.text(row), board.column.text(row), board.entity.text(row), float(board.sure[row]),
        board.evidence.text(row), State(int(board.state[row])), board.how.text(row),
    )  # fmt: skip


# Coverage.


def coverage(board: Board) -> Coverage:
    """What is protected, at risk, kept: in columns, in tables, in rows."""
    size = len(board.table_rows)
    holds = [np.bincount(board.table.codes[board.group == group], minlength=size) > 0 for group in Group]
    at_risk = holds[Group.AT_RISK]
    kept = holds[Group.KEPT] & ~at_risk
    protected = holds[Group.PROTECTED] & ~at_risk & ~kept
    unknown = board.table_rows == UNKNOWN
    rows = np.where(unknown, 0, board.table_rows)
    columns = np.bincount(board.group, minlength=len(Group))
    return Coverage(
        Parts(int(columns[Group.PROTECTED]), int(columns[Group.AT_RISK]), int(columns[Group.KEPT])),
        Parts(int(protected.sum()), int(at_risk.sum()), int(kept.sum())),
        Parts(int(rows[protected].sum()), int(rows[at_risk].sum()), int(rows[kept].sum())),
        int(rows.sum()),
        int(((protected | at_risk | kept) & unknown).sum()),
    )
