"""What a subset is: how many rows of each table and why, for `subset plan`, for evidence, and for the person who signs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.names import TableName
from connectors.schema import Schema
from engine.order import parents_first
from engine.subset.budget import Spent
from engine.subset.coverage import Covered
from engine.subset.footprint import Footprints
from engine.subset.selection import Brought, Selected


@dataclass(frozen=True, slots=True)
class TableReport:
    """One table of a subset."""

    selected: Selected
    source_rows: int
    """Of the whole table, as the source estimates them."""
    bytes: int
    """What the selected rows and their indexes take, estimated."""
    brought_by: Brought | None
    """The foreign key that brings most of its rows."""

    @property
    def table(self) -> TableName:
        return self.selected.table


@dataclass(frozen=True, slots=True)
class Copied:
    """An entity of which the target gets copies."""

    table: TableName
    copies: int
    original: bool
    rows: Mapping[TableName, int]
    """What it owns: so many rows of each table go into every copy."""


@dataclass(frozen=True, slots=True)
class SubsetReport:
    tables: tuple[TableReport, ...]
    """In the order of the load: parents before children."""
    brought: tuple[Brought, ...]
    """What each foreign key brings in, the most first."""
    coverage: tuple[Covered, ...] = ()
    spent: Spent | None = None
    """How the budget was used, where there is one."""
    copied: Copied | None = None
    """Its copies come beside the rows above."""

    @property
    def rows(self) -> int:
        return sum(table.selected.rows for table in self.tables)

    @property
    def bytes(self) -> int:
        return sum(table.bytes for table in self.tables)

    @property
    def empty(self) -> tuple[TableName, ...]:
        """Tables that hold rows in the source and of which none is selected."""
        return tuple(t.table for t in self.tables if t.source_rows and not t.selected.rows)


def subset_report(
    schema: Schema,
    selected: Mapping[TableName, Selected],
    brought: Sequence[Brought],
    parents: Mapping[tuple[TableName, str], TableName],
    footprints: Footprints,
    coverage: Sequence[Covered] = (),
    spent: Spent | None = None,
) -> SubsetReport:
    """The report of a finished selection; `parents`: of each child and key. Rows of a whole table are counted exactly."""
    ranked = tuple(sorted(brought, key=lambda one: (-one.rows, str(one.child), one.key, one.down)))
    most: dict[TableName, Brought] = {}
    for one in ranked:
        if one.rows:
            most.setdefault(one.child if one.down else parents[one.child, one.key], one)
    tables = tuple(
        _table(selected[table.name], footprints, most.get(table.name))
        for table in parents_first(schema.tables)
        if table.name in selected and table.name in footprints.tables
    )
    return SubsetReport(tables, ranked, tuple(coverage), spent)


def _table(selected: Selected, footprints: Footprints, most: Brought | None) -> TableReport:
    name = selected.table
    rows = selected.rows if selected.whole else footprints.sizes[name].rows
    return TableReport(selected, rows, footprints.tables[name].of(selected.rows), most)


def said(report: SubsetReport) -> dict[str, Any]:
    """The report as JSON. Names and counts only."""
    return {
        "rows": report.rows,
        "bytes": report.bytes,
        "tables": [_table_said(table) for table in report.tables],
        "brought": [_brought_said(one) for one in report.brought if one.rows],
        "empty": [str(name) for name in report.empty],
        "coverage": [_covered_said(covered) for covered in report.coverage],
        "budget": None if report.spent is None else _spent_said(report.spent),
        "copies": None if report.copied is None else _copied_said(report.copied),
    }


def _table_said(table: TableReport) -> dict[str, Any]:
    selected = table.selected
    return {
        "table": str(table.table),
        "source_rows": table.source_rows,
        "rows": selected.rows,
        "whole": selected.whole,
        "direct": selected.direct,
        "upstream": selected.upstream,
        "downstream": selected.downstream,
        "bytes": table.bytes,
        "brought_by": table.brought_by and _brought_said(table.brought_by),
        "orphans": dict(selected.orphans),
        "nulled": dict(selected.nulled),
    }


def _brought_said(brought: Brought) -> dict[str, Any]:
    direction = "down" if brought.down else "up"
    return {"table": str(brought.child), "key": brought.key, "direction": direction, "rows": brought.rows}


def _covered_said(covered: Covered) -> dict[str, Any]:
    goal = covered.goal
    return {
        "table": str(goal.table),
        "columns": list(goal.columns),
        "times": goal.times,
        "pairs": goal.pairs,
        "values": covered.values,
        "scarce": covered.scarce,
        "before": covered.before,
        "added_rows": covered.added,
        "reached": covered.reached,
    }


def _copied_said(copied: Copied) -> dict[str, Any]:
    rows = {str(name): count for name, count in copied.rows.items()}
    return {"table": str(copied.table), "copies": copied.copies, "original": copied.original, "rows": rows}


def _spent_said(spent: Spent) -> dict[str, Any]:
    return {"size": spent.budget, "bytes": spent.bytes, "roots": spent.roots, "every_root": spent.exhausted}
