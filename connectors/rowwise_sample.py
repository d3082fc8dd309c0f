"""Some rows of a table whose server chooses blocks by itself (SQL Server, Oracle): of those blocks every so-manieth row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from connectors.sampling import Coverage, allowed, batch, evenly, fitted
from connectors.schema import Column, Kind, Table

if TYPE_CHECKING:
    from connectors.rowwise import RowText

_LONG = (Kind.TEXT, Kind.JSON, Kind.XML, Kind.BINARY, Kind.OTHER)
_COUNTED = 50
"""Up to so many times the wanted rows, all rows of a table are counted through."""
_SURPLUS = 10
"""How many times the wanted rows the chosen blocks hold."""


def sample(
    text: RowText,
    select: Callable[[str], list[tuple[Any, ...]]],
    table: Table,
    columns: Sequence[str],
    rows: int,
    cut: int,
) -> Iterator[pa.RecordBatch]:
    """As `Snapshot.sample`."""
    asked = [table.column(column) for column in columns]
    for statement, coverage in statements(text, table, asked, rows, cut):
        found = select(statement)
        if coverage is Coverage.START and len(found) <= rows:
            coverage = Coverage.WHOLE
        if found:
            kept = [found[place] for place in evenly(len(found), rows)] if coverage is Coverage.SPREAD else found[:rows]
            cells = [list(values) for values in zip(*kept, strict=True)]
            values = [(column, *_value(text, each, column)) for column, each in zip(asked, cells, strict=True)]
            yield batch(values, text.dialect, coverage)
            return


def statements(
    text: RowText, table: Table, columns: Sequence[Column], rows: int, cut: int
) -> Iterator[tuple[str, Coverage]]:
    """What is asked, until there is an answer: rows of some blocks where the table is said to be large, then the first ones."""
    relation, known = text.relation(table.name), table.estimated_rows or 0
    selected = [_expression(text, column, cut) for column in columns]
    if known > rows:
        share = 100.0 if known <= _COUNTED * rows else 100.0 * _SURPLUS * rows / known
        each = max(1, int(known * share / 100) // rows)
        named = ", ".join(f"{value} AS c{place}" for place, value in enumerate(selected))
        blocks = text.some_blocks(relation, "r", share) if share < 100.0 else f"{relation} r"
        numbered = f"SELECT {named}, ROW_NUMBER() OVER (ORDER BY {text.any_order}) AS n FROM {blocks}"
        names = ", ".join(f"c{place}" for place in range(len(selected)))
        sql = f"SELECT {names} FROM ({numbered}) s WHERE {text.every.format('n', each)} ORDER BY n"
        # Counts of a catalog are of yesterday: whatever they say, no more than so many rows travel.
        yield text.limited(sql, 2 * rows), Coverage.SPREAD
    order = f" ORDER BY {text.any_order}"
    yield text.limited(f"SELECT {', '.join(selected)} FROM {relation} r{order}", rows + 1), Coverage.START


def _expression(text: RowText, column: Column, cut: int) -> str:
    value = text.selected(column, f"r.{text.quote(column.name)}")
    return text.cut(column, value, allowed(column, cut)) if column.kind in _LONG else value


def _value(text: RowText, values: list[Any], column: Column) -> tuple[pa.Array, int]:
    """In its carrier, and how many values do not fit into it."""
    spelt = [None if value is None else str(value) for value in values]
    return fitted(lambda: text.decoded(values, column), lambda: pa.array(spelt, pa.string()), column)
