"""Some rows of a SQLite table from all along its rowid, or its key where it has no rowid: ids first, then these rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.sampling import (
    ENOUGH,
    RUN,
    STEPPED,
    Coverage,
    Id,
    allowed,
    batch,
    chosen,
    evenly,
    prefixes,
    spread,
    texts,
)
from connectors.schema import Column, Table
from connectors.sql import Sql
from connectors.sqlite_ids import RowName, among, id_array, row_name
from connectors.sqlite_values import Cells, arrow_of, cells_of, merge

_ENTRIES = 250


def sample(
    connection: sqlite3.Connection, sql: Sql, table: Table, columns: Sequence[str], rows: int, cut: int
) -> Iterator[pa.RecordBatch]:
    """As `Snapshot.sample`. Raises sqlite3.Error."""
    asked = [table.column(column) for column in columns]
    selected = ", ".join(_expression(f"t.{sql.quote(column.name)}", allowed(column, cut)) for column in asked)
    found, coverage = _Ask(connection, sql, table, row_name(table)).found(selected, rows)
    if found:
        cells = [cells_of(values) for values in zip(*found, strict=True)]
        yield batch([(c, *_value(each, c)) for c, each in zip(asked, cells, strict=True)], "sqlite", coverage)


@dataclass(frozen=True, slots=True)
class _Ask:
    """Questions to one table."""

    connection: sqlite3.Connection
    sql: Sql
    table: Table
    name: RowName

    def found(self, selected: str, rows: int) -> tuple[list[tuple[Any, ...]], Coverage]:
        """Rows, and how far they reach."""
        select = f"SELECT {selected} FROM {self.sql.relation(self.table.name)} t"
        if not self.name.ids.seekable:
            found = self._rows(f"{select} LIMIT {rows + 1}")
            return found[:rows], Coverage.START if len(found) > rows else Coverage.WHOLE
        places, coverage = self._places(rows)
        if coverage is Coverage.WHOLE:
            return self._rows(select), coverage
        wanted = [places[place] for place in evenly(len(places), rows)]
        own = [f"t.{self.sql.quote(column)}" for column in self.name.columns]
        conditions = among(self.name, own, self._ids(wanted))
        return [row for text, values in conditions for row in self._rows(f"{select} WHERE {text}", *values)], coverage

    def _places(self, rows: int) -> tuple[list[Sequence[Any]], Coverage]:
        """Names of rows, at least so many where there are as many, and how far they reach."""
        first = self._rows(self._from("", rows + 1))
        if len(first) <= rows:
            return [*first], Coverage.WHOLE
        if self.name.numbers:
            least, greatest = self._ends()
            return [*spread(least, greatest, self._runs, rows)], Coverage.SPREAD
        stepped = self._rows(self._from("", STEPPED))
        if len(stepped) < STEPPED:
            return [*stepped], Coverage.SPREAD
        runs = self._entered(max(RUN, 2 * rows // _ENTRIES))
        return ([*runs], Coverage.SPREAD) if len(runs) >= rows // ENOUGH else ([*first], Coverage.START)

    def _entered(self, rows: int) -> list[tuple[Any, ...]]:
        """Names from here and there along the first column of a key."""
        least, greatest = (
            value.decode("utf-8", "replace") if isinstance(value, bytearray) else value for value in self._ends()
        )
        entries: Sequence[Any] = ()
        if isinstance(least, str) and isinstance(greatest, str):
            entries = prefixes(least, greatest)
        elif isinstance(least, int) and isinstance(greatest, int):
            entries = [least + (greatest - least) * place // _ENTRIES for place in range(_ENTRIES)]
        lead, found = self.sql.quote(self.name.columns[0]), {}
        for entry in entries:
            for row in self._rows(self._from(f"{lead} >= ?", rows), entry):
                found[tuple(bytes(value) if isinstance(value, bytearray) else value for value in row)] = row
        return list(found.values())

    def _runs(self, starts: Sequence[int]) -> list[list[Id]]:
        sql = self._from(f"{self.sql.quote(self.name.columns[0])} >= ?", RUN)
        return [[*self._rows(sql, start)] for start in starts]

    def _ends(self) -> tuple[Any, Any]:
        # Of one question with both, SQLite would read the whole table.
        lead, relation = self.sql.quote(self.name.columns[0]), self.sql.relation(self.table.name)
        least, greatest = (self._rows(f"SELECT {end}({lead}) FROM {relation}")[0][0] for end in ("min", "max"))
        return least, greatest

    def _from(self, condition: str, rows: int) -> str:
        where, names = f" WHERE {condition}" if condition else "", self.sql.columns(self.name.columns)
        return f"SELECT {names} FROM {self.sql.relation(self.table.name)}{where} ORDER BY {names} LIMIT {rows}"

    def _ids(self, wanted: Sequence[Sequence[Any]]) -> pa.Table:
        types, names = self.name.ids.types, self.name.ids.names()
        columns = zip(*wanted, strict=True)
        return pa.table(dict(zip(names, (id_array(v, t) for v, t in zip(columns, types, strict=True)), strict=True)))

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, values).fetchall()


def _expression(quoted: str, cut: int) -> str:
    # What a value is, it says itself, whatever its column was declared.
    return f"CASE WHEN typeof({quoted}) IN ('text', 'blob') THEN substr({quoted}, 1, {cut}) ELSE {quoted} END"


def _value(cells: Cells, column: Column) -> tuple[pa.Array, int]:
    """In its carrier, and how many values do not fit into it."""
    if bytearray in cells.parts:
        spelt = texts(cells.parts[bytearray]).cast(pa.binary())
        cells = replace(cells, parts={**cells.parts, bytearray: spelt})
    # Where NULL is allowed, nothing stands in for what could not be read.
    values, _, _ = merge(arrow_of(cells, replace(column, nullable=True))[0])
    return chosen(values, _spelt(cells))


def _spelt(cells: Cells) -> pa.Array:
    """All values as texts."""
    parts = [texts(part) if of in (bytes, bytearray) else part.cast(pa.string()) for of, part in cells.parts.items()]
    return pa.nulls(cells.rows, pa.string()) if not parts else parts[0] if len(parts) == 1 else pc.coalesce(*parts)
