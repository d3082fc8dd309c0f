"""What the privacy hub keeps between two calls: evidence, the board of the open plan, the orders of it that are shown, proposals."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import time

import numpy as np
from numpy.typing import NDArray

from connectors.names import parse_table_name
from desktop.backend.hub_build import board_of
from desktop.backend.hub_evidence import Evidence, evidence_path, load_evidence, personal_of
from desktop.backend.marks import PersonalMarks
from desktop.backend.plan_desk import PlanDesk, open_plan
from desktop.backend.room import Room
from desktop.models.columnar import Ints
from desktop.models.hub import State
from desktop.models.hub_board import Board
from engine.accept import proposals
from engine.column_domains import ColumnName, KeyFamilies, key_families
from engine.commands.status import UsageError
from engine.plan import Plan, Rule

PAGE = 200
"""Rows of the queue in one message."""
VIEWS = 8
"""Orders that are remembered: the one on the screen, and those that answers may still be under way for."""
FEW = 2000
"""Columns that are counted one by one."""
Ranges = Sequence[tuple[int, int]]
"""First and last row of a view, both included."""


@dataclass(frozen=True, eq=False)
class View:
    """One order of a board."""

    number: int
    board: Board
    rows: Ints


class HubDesk:
    """Several calls may ask at once."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._lock, self._proposing = threading.RLock(), threading.Lock()
        self._evidence: dict[str, Evidence | None] = {}
        self._board: tuple[Plan, Evidence | None, Board, int] | None = None
        self._proposals: Proposals | None = None
        self._views: OrderedDict[int, View] = OrderedDict()
        # A row of what was shown before the death of this process is no row of another list after it.
        now = int(time() * 1000)
        self._stamps, self._numbers = count(now), count(now)

    def evidence(self, plan: PlanDesk) -> Evidence | None:
        """What is known of the plan's source: of the last look, today's or an earlier one. None: nobody has looked."""
        return self._known(str(plan.opened), plan.source)

    def remember(self, plan: str, source: str) -> bool:
        """Tell whoever marks personal columns what an earlier look at this source has found; False where nobody looked."""
        found = self._known(str(Path(plan).absolute()), source)
        if found is not None:
            self._room.keep(PersonalMarks, PersonalMarks).put(source, personal_of(found))
        return found is not None

    def _known(self, path: str, source: str) -> Evidence | None:
        with self._lock:
            if path not in self._evidence:
                try:
                    self._evidence[path] = load_evidence(evidence_path(self._room.workspace, path))
                except OSError:
                    self._evidence[path] = None
            found = self._evidence[path]
        return found if found is not None and found.source == source else None

    def put(self, path: str, evidence: Evidence) -> None:
        with self._lock:
            self._evidence[path] = evidence

    def board(self) -> tuple[Board, int]:
        """Of the open plan as it stands now, and its number. Raises PlanError where it cannot be read."""
        desk = open_plan(self._room)
        with self._lock:
            plan, found = desk.plan, self.evidence(desk)
            if self._board is None or self._board[0] is not plan or self._board[1] is not found:
                self._board = plan, found, board_of(plan, found), next(self._stamps)
            return self._board[2:]

    def view(self, board: Board, rows: Ints) -> View:
        """Remember an order."""
        with self._lock:
            made = View(next(self._numbers), board, rows)
            self._views[made.number] = made
            while len(self._views) > VIEWS:
                self._views.popitem(last=False)
            return made

    def known(self, number: int) -> View:
        """Raises UsageError for one that is too old."""
        with self._lock:
            if number not in self._views:
                raise UsageError("the list has changed meanwhile: choose again")
            return self._views[number]

    def proposals(self) -> Proposals:
        """What may be accepted in the open plan as it stands now. Raises PlanError, and what a source raises that is not there."""
        desk = open_plan(self._room)
        plan = desk.plan
        with self._proposing:
            if self._proposals is None or self._proposals.plan is not plan:
                schema = desk.schema
                self._proposals = Proposals(plan, proposals(plan, schema), key_families(schema))
            return self._proposals


@dataclass(eq=False)
class Proposals:
    """For the undecided columns of one state of the plan."""

    plan: Plan
    rules: Mapping[ColumnName, Rule]
    """Without a mask where none is proven to fit."""
    families: KeyFamilies
    _marks: tuple[Board, NDArray[np.uint8]] | None = None

    def count(self, view: View, rows: Ints) -> tuple[int, int]:
        """Of these rows: how many have a mask that can be accepted, and how many wait without one."""
        rows = waiting(view, rows)
        if len(rows) > FEW and len(self.rules) > FEW:
            # What keys join to so many is among them, or makes no difference to a person.
            marked = self._marked(view.board)[rows]
            return int((marked == 1).sum()), int((marked == 2).sum())
        rules = self.together(columns_of(view, rows) if self.rules else ())
        sure = sum(rule.masker is not None for rule in rules.values())
        return sure, len(rules) - sure

    def _marked(self, board: Board) -> NDArray[np.uint8]:
        """Of every row: 1 with a mask to accept, 2 without one, 0 where nothing is proposed."""
        if self._marks is None or self._marks[0] is not board:
            marks = np.zeros(len(board), np.uint8)
            places = board.places
            for (table, column), rule in self.rules.items():
                at = places.get((str(table), column))
                if at is not None:
                    marks[at] = 1 if rule.masker is not None else 2
            self._marks = board, marks
        return self._marks[1]

    def together(self, columns: Iterable[ColumnName]) -> dict[ColumnName, Rule]:
        """The rules of those among these columns that wait, and of all that keys join to them."""
        waiting = [column for column in columns if column in self.rules]
        return {
            member: self.rules[member]
            for column in waiting
            for member in self.families.of(column)
            if member in self.rules
        }


def hub_desk(room: Room) -> HubDesk:
    return room.keep(HubDesk, lambda: HubDesk(room))


def rows_of(view: View, ranges: Ranges | None) -> Ints:
    """The rows of the board that these rows of a view are; None: all of them."""
    if ranges is None:
        return view.rows
    return np.unique(np.concatenate([view.rows[first : last + 1] for first, last in ranges] or [view.rows[:0]]))


def waiting(view: View, rows: Ints) -> Ints:
    """Those of them that nobody has decided."""
    return np.asarray(rows[view.board.state[rows] == State.UNDECIDED])


def columns_of(view: View, rows: Ints) -> list[ColumnName]:
    """These rows of the board by name."""
    board = view.board
    codes = board.table.codes[rows].tolist()
    tables = {code: parse_table_name(board.table.pool[code]) for code in set(codes)}
    return [(tables[code], board.column.text(row)) for code, row in zip(codes, rows.tolist(), strict=True)]
