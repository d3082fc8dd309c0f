"""The columns of a table that both sides can be compared in, in one spelling: no keys, no documents, nothing made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Kind, Table
from engine.assessment.comparison import Comparison, Side
from engine.assessment.encode import encoded, kind_of, spelt
from engine.assessment.view import Carries, FeatureKind, Made, Values, present

Flags = npt.NDArray[np.bool_]

FIDELITY: Final = "fidelity"
LEAST = 20
"""Rows with a value that each side must have for a figure that means something."""
HELD_OUT, HALVES = "held-out rows", "random halves of the source's rows"
"""What a ceiling was measured between: the source's rows and these, or these."""

_COMPARED = (Carries.KEPT, Carries.ALTERED, Carries.LEARNED)
_DOCUMENTS = (Kind.BINARY, Kind.JSON, Kind.XML)
_FEW = 50
_GREATEST = 1e150
_TOO_FEW = f"there are fewer than {LEAST} rows with a value on a side"
_NO_CATEGORY = "most of its values stand in one row each: it is text, not a category"


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One column of every side."""

    name: str
    kind: FeatureKind
    known: Values
    target: Values
    control: Values | None = None

    @property
    def category(self) -> bool:
        return self.kind is FeatureKind.CATEGORY

    @property
    def sides(self) -> tuple[Values, ...]:
        """Known, target and, where there is one, control."""
        return (self.known, self.target) if self.control is None else (self.known, self.target, self.control)

    @property
    def text(self) -> bool:
        """Is it prose, or a name, rather than a category?"""
        if not self.category:
            return False
        values = self.known[present(self.known)]
        return len(np.unique(values)) > max(_FEW, len(values) // 2)

    def refusal(self, least: int = LEAST) -> str | None:
        """Why no figure of it would mean anything; None where one does."""
        if min(np.count_nonzero(present(side)) for side in (self.known, self.target)) < least:
            return _TOO_FEW
        return _NO_CATEGORY if self.text else None

    def __repr__(self) -> str:
        return f"Compared({self.name})"


def scopes(comparison: Comparison) -> tuple[str, ...]:
    """The tables that have such columns."""
    return tuple(str(table.name) for table in comparison.schema.tables if names(comparison, table))


def table_of(comparison: Comparison, scope: str) -> Table:
    """The table of that scope. Raises KeyError."""
    for table in comparison.schema.tables:
        if str(table.name) == scope:
            return table
    raise KeyError(scope)


def names(comparison: Comparison, table: Table) -> tuple[str, ...]:
    """Columns with values that are compared. A key's values say who is who, and are no statistics."""
    keys = {column for key in table.foreign_keys for column in key.columns}
    keys |= {unique.columns[0] for unique in table.uniques if len(unique.columns) == 1 and not unique.where}
    sides = [comparison.known, comparison.target]
    return tuple(
        column.name
        for column in table.columns
        if column.name not in keys
        and column.kind not in _DOCUMENTS
        and comparison.carries.get((table.name, column.name)) in _COMPARED
        and all(_has(side, table.name, column.name) for side in sides)
    )


def compared(comparison: Comparison, table: Table) -> tuple[Compared, ...]:
    """These columns, encoded."""
    return tuple(_column(comparison, table.name, name) for name in names(comparison, table))


def has_ceiling(comparison: Comparison, table: Table) -> bool:
    """Is there something that a generator, or a choice of rows, could not do better than? A masked row is its own model."""
    return _held_out(comparison, table.name) is not None or comparison.made.get(table.name) is Made.SYNTHETIC


def _column(comparison: Comparison, table: TableName, name: str) -> Compared:
    held_out = _held_out(comparison, table)
    tables = [comparison.known.tables[table], comparison.target.tables[table]]
    if held_out is not None and name in held_out.column_names:
        tables.append(held_out)
    columns = [side.column(name) for side in tables]
    if len({kind_of(column.type) for column in columns}) > 1:
        columns = [spelt(column) for column in columns]
    kind, values, _ = encoded(columns)
    # An infinity has no distance to anything, and what is nearly one has no square.
    whole = [
        side if kind is FeatureKind.CATEGORY else np.where(np.abs(side) < _GREATEST, side, np.nan) for side in values
    ]
    return Compared(name, kind, whole[0], whole[1], whole[2] if len(whole) > 2 else None)


def _held_out(comparison: Comparison, table: TableName) -> pa.Table | None:
    rows = comparison.control.tables.get(table) if comparison.control is not None else None
    return rows if rows is not None and rows.num_rows >= LEAST else None


def _has(side: Side, table: TableName, column: str) -> bool:
    return table in side.tables and column in side.tables[table].column_names
