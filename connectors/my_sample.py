"""Some rows of a MySQL or MariaDB table from all along its key, in whose order InnoDB keeps its rows: ids first, then these rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from connectors.my_decode import decode, expression
from connectors.my_ids import KeyIds, byte_literals, decode_ids, ids_of, text_literals
from connectors.my_sql import MySqlText
from connectors.my_types import base_type
from connectors.my_wire import PARAMETER, bind
from connectors.rows import ID
from connectors.sampling import (
    ENOUGH,
    HEX,
    RUN,
    STEPPED,
    Coverage,
    Id,
    allowed,
    batch,
    evenly,
    fitted,
    prefixes,
    spread,
    texts,
)
from connectors.schema import Column, Kind, Table

_HUGE = ("mediumtext", "longtext", "mediumblob", "longblob")
_MOST_BYTES, _FEWEST = 256 << 20, 50
_WIDTH = f"SELECT AVG_ROW_LENGTH FROM information_schema.TABLES WHERE TABLE_SCHEMA = {PARAMETER} AND TABLE_NAME = {PARAMETER}"
_LONG = (Kind.TEXT, Kind.JSON, Kind.BINARY, Kind.OTHER)
Ask = Callable[[Sequence[str]], list[pa.Array]]
"""The columns that some statements answer together, as the server sends them; none where there is no row."""


def sample(
    table: Table, sql: MySqlText, dialect: str, ask: Ask, columns: Sequence[str], rows: int, cut: int
) -> Iterator[pa.RecordBatch]:
    """As `Snapshot.sample`."""
    asked = [table.column(column) for column in columns]
    rows = _affordable(table, sql, ask, rows)
    selected = ", ".join(_expression(column, sql.quote(column.name), cut) for column in asked)
    found, coverage = _found(table, sql, ask, selected, rows)
    if found:
        values = [(column, *_value(text, column)) for column, text in zip(asked, found, strict=True)]
        yield batch(values, dialect, coverage)


def _found(table: Table, sql: MySqlText, ask: Ask, selected: str, rows: int) -> tuple[list[pa.Array], Coverage]:
    """Rows as the server sends them, and how far they reach."""
    ids, relation = ids_of(table, sql), sql.relation(table.name)
    if not isinstance(ids, KeyIds):
        found = ask([f"SELECT {selected} FROM {relation} LIMIT {rows + 1}"])
        more = bool(found) and len(found[0]) > rows
        return [column.slice(0, rows) for column in found], Coverage.START if more else Coverage.WHOLE
    places, coverage = _Key(table, ids, sql, ask).places(rows)
    if coverage is Coverage.WHOLE:
        return ask([f"SELECT {selected} FROM {relation}"]), coverage
    among = places.take(pa.array(evenly(places.num_rows, rows)))
    return ask([f"SELECT {selected} FROM {relation} WHERE {text}" for text in ids.conditions(among)]), coverage


@dataclass(frozen=True, slots=True)
class _Key:
    """The key of a table, entered here and there."""

    table: Table
    ids: KeyIds
    sql: MySqlText
    ask: Ask

    def places(self, rows: int) -> tuple[pa.Table, Coverage]:
        """Ids of rows, at least so many where there are as many, and how far they reach."""
        first = self._ids([self._from("", rows + 1)])
        if first.num_rows <= rows:
            return first, Coverage.WHOLE
        lead = self.ids.key[0]
        if lead.kind is Kind.INTEGER:
            found = spread(*self._ends(lead), lambda starts: self._runs([str(s) for s in starts], RUN), rows)
            if len(found) >= rows // ENOUGH:
                return self._table(found), Coverage.SPREAD
        stepped = self._ids([self._from("", STEPPED)])
        if stepped.num_rows < STEPPED:
            return stepped, Coverage.SPREAD
        entries = self._entries(lead)
        runs = self._runs(entries, max(RUN, 2 * rows // max(1, len(entries))))
        found = sorted({id_ for run in runs for id_ in run})
        return (self._table(found), Coverage.SPREAD) if len(found) >= rows // ENOUGH else (first, Coverage.START)

    def _from(self, condition: str, rows: int, place: str = "") -> str:
        where = f" WHERE {condition}" if condition else ""
        key = self.sql.columns([column.name for column in self.ids.key])
        selected = ", ".join([*([place] if place else []), *self.ids.select()])
        return f"SELECT {selected} FROM {self.sql.relation(self.table.name)}{where} ORDER BY {key} LIMIT {rows}"

    def _runs(self, entries: Sequence[str], rows: int) -> list[list[Id]]:
        """The first ids from each of these values of the key's first column on."""
        lead = self.sql.quote(self.ids.key[0].name)
        parts = [f"({self._from(f'{lead} >= {entry}', rows, str(place))})" for place, entry in enumerate(entries)]
        runs: list[list[Id]] = [[] for _ in entries]
        found = self.ask([" UNION ALL ".join(parts)] if parts else [])
        ids = [array.to_pylist() for array in decode_ids(found[1:], self.ids.named.types if found else ())]
        for place, *id_ in zip(*(array.to_pylist() for array in found[:1]), *ids, strict=True):
            runs[int(place)].append(tuple(id_))
        return runs

    def _ends(self, column: Column) -> tuple[int, int]:
        quoted = self.sql.quote(column.name)
        least, greatest = self.ask(
            [f"SELECT MIN({quoted}) + 0, MAX({quoted}) + 0 FROM {self.sql.relation(self.table.name)}"]
        )
        return int(least[0].as_py()), int(greatest[0].as_py())

    def _entries(self, lead: Column) -> list[str]:
        """Values along a key that is no whole number, as SQL."""
        quoted = self.sql.quote(lead.name)
        if lead.kind is Kind.UUID:
            return [f"'{first}{second}000000-0000-0000-0000-000000000000'" for first in HEX for second in HEX]
        if lead.kind is Kind.BINARY:
            literals: pa.Array = byte_literals(pa.array([bytes([value]) for value in range(256)]))
        elif lead.kind is Kind.TEXT:
            ends = self.ask([f"SELECT MIN({quoted}), MAX({quoted}) FROM {self.sql.relation(self.table.name)}"])
            least, greatest = (texts(end)[0].as_py() for end in ends)
            literals = text_literals(pa.array(prefixes(least, greatest)))
        else:
            return []
        found: list[str] = literals.to_pylist()
        return found

    def _ids(self, statements: Sequence[str]) -> pa.Table:
        found, schema = self.ask(statements), self.ids.named.schema()
        return pa.table(decode_ids(found, schema.types), schema=schema) if found else schema.empty_table()

    def _table(self, found: Sequence[Id]) -> pa.Table:
        types = self.ids.named.types
        arrays = [pa.array([id_[place] for id_ in found], type_) for place, type_ in enumerate(types)]
        return pa.table(dict(zip(map(ID.format, range(len(types))), arrays, strict=True)))


def _affordable(table: Table, sql: MySqlText, ask: Ask, rows: int) -> int:
    """Fewer rows where they are huge: to cut a long value, the server reads all of it."""
    if not any(base_type(column.native) in _HUGE for column in table.columns):
        return rows
    name = table.name
    where = bind(_WIDTH, (name.schema or sql.default_schema, name.name))
    # Who may read little of a table may not see it there at all.
    widths = [int(width or 0) for column in ask([where]) for width in column.to_pylist()]
    return max(min(rows, _FEWEST), min(rows, _MOST_BYTES // max(1, *widths, 1)))


def _expression(column: Column, quoted: str, cut: int) -> str:
    value = expression(column, quoted, arrow=True)
    return f"LEFT({value}, {allowed(column, cut)})" if column.kind in _LONG else value


def _value(text: pa.BinaryArray, column: Column) -> tuple[pa.Array, int]:
    """In its carrier, and how many values do not fit into it."""
    return fitted(lambda: decode(text, column), lambda: texts(text), column)
