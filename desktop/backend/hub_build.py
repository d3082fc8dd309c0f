"""The board of a plan: what was found in each column beside what the plan does with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from connectors.names import TableName
from desktop.backend.hub_evidence import Evidence
from desktop.models.hub import State
from desktop.models.hub_board import UNKNOWN, Board, Coded, coded
from engine.plan import AS_IS, Plan, Rule, TablePlan, Treatment

LEAVES_OUT = (Treatment.EMPTY, Treatment.DROP)
Place = tuple[str, str]
"""A table as plans print it, and a column."""


@dataclass(frozen=True, slots=True)
class _Decided:
    """What one table's plan says of its columns."""

    table: TablePlan | None
    rules: Mapping[str, Rule]

    def of(self, column: str) -> tuple[State, str]:
        """How the column stands, and the mask, the reason, or what becomes of the table."""
        if self.table is None:
            return State.UNDECIDED, ""
        if self.table.treatment in LEAVES_OUT:
            return State.LEFT_OUT, self.table.treatment.value
        if self.table.treatment in AS_IS:
            return State.KEPT, self.table.reason or self.table.treatment.value
        rule = self.rules.get(column)
        if rule is None or not rule.decided:
            return State.UNDECIDED, ""
        name = rule.masker.name if rule.masker is not None else ""
        if name == "keep":
            return State.KEPT, rule.reason or ""
        return (State.MADE if self.table.treatment is Treatment.SYNTHESIZE else State.MASKED), name


def board_of(plan: Plan, evidence: Evidence | None) -> Board:
    """Every column that was looked at, and those that only the plan names, after them."""
    decided = {name: _decided(plan.tables.get(name)) for name in _tables(plan, evidence)}
    found = list(_found(decided, evidence)) if evidence is not None else []
    planned = list(_planned(plan, decided))
    known = {each[:2] for each in found} if planned else set()
    more = [each for each in planned if each[:2] not in known]
    states = np.array([int(state) for _, _, (state, _) in (*found, *more)], np.uint8)
    hows = [how for _, _, (_, how) in (*found, *more)]
    if evidence is not None and not more:
        tables, columns = evidence.table, evidence.column
    else:
        tables = coded([table for table, _, _ in (*found, *more)])
        columns = coded([column for _, column, _ in (*found, *more)])
    return Board(
        tables, columns, _longer(evidence.entity if evidence else None, len(more)),
        np.concatenate([evidence.sure if evidence else np.zeros(0, np.float32), np.full(len(more), np.nan, np.float32)]),
        _longer(evidence.short if evidence else None, len(more)), states, coded(hows), _rows(tables, evidence),
    )  # fmt: skip


def _tables(plan: Plan, evidence: Evidence | None) -> Iterator[TableName]:
    yield from plan.tables
    yield from evidence.tables if evidence is not None else ()


def _decided(table: TablePlan | None) -> _Decided:
    rules = {name: rule for rule in table.rules for name in rule.columns} if table is not None else {}
    return _Decided(table, rules)


def _found(decided: Mapping[TableName, _Decided], evidence: Evidence) -> Iterator[tuple[str, str, tuple[State, str]]]:
    names, tables = tuple(evidence.table.pool), evidence.tables
    columns = tuple(evidence.column.pool)
    # By number: to look a table up by its name for each of a million columns takes seconds.
    by_number = [decided[name] for name in tables]
    alike = [each.of("") if not each.rules else None for each in by_number]
    for table, column in zip(evidence.table.codes.tolist(), evidence.column.codes.tolist(), strict=True):
        name = columns[column]
        yield names[table], name, alike[table] or by_number[table].of(name)


def _planned(plan: Plan, decided: Mapping[TableName, _Decided]) -> Iterator[tuple[str, str, tuple[State, str]]]:
    for name in plan.tables:
        for column in decided[name].rules:
            yield str(name), column, decided[name].of(column)


def _longer(column: Coded | None, more: int) -> Coded:
    """The texts of a column, and so many empty ones."""
    if column is None:
        return coded([""] * more)
    if not more:
        return column
    empty = column.code("")
    if empty < 0:
        return coded([*(column.text(row) for row in range(len(column.codes))), *[""] * more])
    return Coded(np.concatenate([column.codes, np.full(more, empty, column.codes.dtype)]), column.pool)


def _rows(tables: Coded, evidence: Evidence | None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if evidence is None:
        return np.full(len(tables.pool), UNKNOWN, np.int64)
    known = dict(zip(evidence.table.pool, evidence.table_rows.tolist(), strict=True))
    return np.array([known.get(name, UNKNOWN) for name in tables.pool], np.int64)
