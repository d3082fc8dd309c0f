"""One chunk into one table: LOAD DATA LOCAL from memory, or INSERT where the server forbids it. Counted, never trusted.

LOAD DATA LOCAL turns every error into a warning and a NULL or a lost row, so what arrived is compared with what was sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import pyarrow as pa

from connectors.errors import WriteError
from connectors.my_connect import column_in
from connectors.my_encode import Unwritable, assignment, encode, invalid_labels, tab_lines, value_rows
from connectors.my_sql import MySqlText
from connectors.my_wire import Wire
from connectors.schema import Column, Kind, Table

_COUNTER = "@lookalike_null_"
_MOST_WARNINGS = 65_535
_ROWS = 10_000


class Bulk:
    """Loads the batches of one chunk. `counts_nulls`: the server may count while it loads (MySQL 8 warns of that)."""

    def __init__(self, wire: Wire, sql: MySqlText, table: Table, *, counts_nulls: bool, max_packet: int) -> None:
        self._wire, self._sql, self._table = wire, sql, table
        self._counts_nulls, self._max_packet = counts_nulls, max_packet
        self._digest = hashlib.blake2b(digest_size=16)
        self._sent = self._invalid = 0
        self._nulls: np.ndarray | None = None

    @property
    def digest(self) -> str:
        """Of the text that was sent."""
        return self._digest.hexdigest()

    def load(self, batches: Iterable[pa.RecordBatch]) -> int:
        """By LOAD DATA LOCAL, as the batches come; the rows. Raises WriteError, the driver's errors and the batches' own."""
        first, rest = _peek(batches)
        if first is None:
            return 0
        columns = self._columns(first.schema)
        if not columns:
            return self._insert_nothing(rest)
        counted = self._counted(columns)
        for place in counted:
            self._wire.run(f"SET {_COUNTER}{place} = 0")
        statement = self._load_statement(first.schema, columns, counted)
        rows, warnings = self._wire.load(statement, (self._lines(batch, columns) for batch in rest))
        # The packet counts no further than 65,535.
        self._compare(rows, warnings if warnings < _MOST_WARNINGS else int(self._wire.value("SELECT @@warning_count")))
        self._compare_nulls(columns, counted)
        return rows

    def insert(self, batches: Iterable[pa.RecordBatch]) -> int:
        """By INSERT of many rows at a time, each within the server's packet; the rows."""
        first, rest = _peek(batches)
        if first is None:
            return 0
        columns = self._columns(first.schema)
        if not columns:
            return self._insert_nothing(rest)
        templates = [assignment(field, column) for field, column in zip(first.schema, columns, strict=True)]
        into = f"INTO {self._sql.relation(self._table.name)} ({self._names(columns)}) VALUES "
        rows = 0
        for batch in rest:
            before = self._invalid
            lists = value_rows(self._encoded(batch, columns), columns, templates)
            self._sent += batch.num_rows
            # Only with IGNORE a strict server takes an invalid label; whatever else that forgives is a warning, and counted.
            head = f"INSERT {'IGNORE ' if self._invalid > before else ''}{into}".encode()
            warnings = 0
            for packet in _packets(lists, self._max_packet // 2):
                if len(head) + len(packet) >= self._max_packet:
                    raise self._refusal(
                        "a row is larger than the server's max_allowed_packet; raise it, or set local_infile=1"
                    )
                self._digest.update(packet)
                rows += self._wire.run(head + packet)
                warnings += self._wire.warnings()
            self._compare_warnings(warnings, self._invalid - before)
        self._compare(rows, self._invalid)
        return rows

    def _insert_nothing(self, batches: Iterable[pa.RecordBatch]) -> int:
        """Rows of a table that has generated columns only."""
        head, rows = f"INSERT INTO {self._sql.relation(self._table.name)} () VALUES ", 0
        for batch in batches:
            self._sent += batch.num_rows
            for start in range(0, batch.num_rows, _ROWS):
                packet = (head + ",".join(["()"] * min(_ROWS, batch.num_rows - start))).encode()
                self._digest.update(packet)
                rows += self._wire.run(packet)
        self._compare(rows, self._wire.warnings() if rows else 0)
        return rows

    def _columns(self, schema: pa.Schema) -> list[Column]:
        known = {column.name: column for column in self._table.columns}
        unknown = [name for name in schema.names if name not in known]
        if unknown:
            raise WriteError(
                f"{self._table.name} has no column {unknown[0]}", table=self._table.name, column=unknown[0]
            )
        return [known[name] for name in schema.names]

    def _names(self, columns: list[Column]) -> str:
        return self._sql.columns([column.name for column in columns])

    def _load_statement(self, schema: pa.Schema, columns: list[Column], counted: list[int]) -> str:
        listed, assigned = [], []
        for place, (field, column) in enumerate(zip(schema, columns, strict=True)):
            template = assignment(field, column)
            quoted = self._sql.quote(column.name)
            listed.append(quoted if template == "{}" else f"@lookalike_{place}")
            if template != "{}":
                assigned.append(f"{quoted} = {template.replace('{}', listed[-1])}")
        if counted:
            assigned.append(self._counting(columns, counted))
        return (
            f"LOAD DATA LOCAL INFILE 'lookalike' INTO TABLE {self._sql.relation(self._table.name)} CHARACTER SET utf8mb4"
            " FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n'"
            f" ({', '.join(listed)})" + (f" SET {', '.join(assigned)}" if assigned else "")
        )

    def _counted(self, columns: list[Column]) -> list[int]:
        """Places of the columns whose NULLs the server counts: those that may turn NULL, if one column can carry the count."""
        if not self._counts_nulls or self._carrier(columns) is None:
            return []
        return [place for place, column in enumerate(columns) if column.nullable]

    def _counting(self, columns: list[Column], counted: list[int]) -> str:
        """An assignment of a column to itself that counts the NULLs of all others as each row arrives."""
        carrier = self._carrier(columns)
        assert carrier is not None
        quoted = self._sql.quote(carrier.name)
        counters = [
            f"({_COUNTER}{place} := {_COUNTER}{place} + ({self._sql.quote(columns[place].name)} IS NULL))"
            for place in counted
        ]
        return f"{quoted} = IF({_sum(counters)} >= 0, {quoted}, {quoted})"

    def _carrier(self, columns: list[Column]) -> Column | None:
        """A column that survives being assigned to itself: a whole number, else a text."""
        for kind in (Kind.INTEGER, Kind.TEXT):
            for column in columns:
                if column.kind is kind:
                    return column
        return None

    def _lines(self, batch: pa.RecordBatch, columns: list[Column]) -> memoryview:
        lines = tab_lines(self._encoded(batch, columns))
        self._sent += batch.num_rows
        self._digest.update(lines)
        return lines

    def _encoded(self, batch: pa.RecordBatch, columns: list[Column]) -> list[pa.Array]:
        made = []
        for values, field, column in zip(batch.columns, batch.schema, columns, strict=True):
            try:
                made.append(encode(values, field, column))
            except (Unwritable, pa.ArrowInvalid) as error:
                # Arrow quotes values; our own words hold none.
                why = str(error) if isinstance(error, Unwritable) else f"a value does not fit {column.native}"
                raise self._refusal(f"column {column.name}: {why}", column.name) from None
        self._invalid += sum(map(invalid_labels, made, batch.schema, columns))
        nulls = np.array([values.null_count for values in made], dtype=np.int64)
        self._nulls = nulls if self._nulls is None else self._nulls + nulls
        return made

    def _compare(self, rows: int, warnings: int) -> None:
        self._compare_warnings(warnings, self._invalid)
        if rows != self._sent:
            raise self._refusal(f"{self._sent} rows were sent and {rows} arrived")

    def _compare_warnings(self, warnings: int, expected: int) -> None:
        if warnings == expected:
            return
        told = self._wire.select("SHOW WARNINGS LIMIT 50")
        column = next((name for row in told if (name := column_in(row[2], self._table))), None)
        codes = ", ".join(sorted({str(row[1]) for row in told})) or "unknown"
        place = f" of column {column}" if column else ""
        raise self._refusal(
            f"the server changed or dropped {abs(warnings - expected)} values{place} (warning {codes})", column
        )

    def _compare_nulls(self, columns: list[Column], counted: list[int]) -> None:
        if not counted or self._nulls is None:
            return
        found = self._wire.select("SELECT " + ", ".join(f"{_COUNTER}{place}" for place in counted))[0]
        for place, nulls in zip(counted, found, strict=True):
            if int(nulls) != int(self._nulls[place]):
                name = columns[place].name
                raise self._refusal(
                    f"column {name} has {nulls} NULLs in the target and {self._nulls[place]} were sent", name
                )

    def _refusal(self, why: str, column: str | None = None) -> WriteError:
        return WriteError(f"{self._table.name} was not loaded: {why}", table=self._table.name, column=column)


def _sum(terms: list[str]) -> str:
    """The sum as a balanced tree: the server's stack does not hold a chain of a thousand."""
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2
    return f"({_sum(terms[:middle])} + {_sum(terms[middle:])})"


def _peek(batches: Iterable[pa.RecordBatch]) -> tuple[pa.RecordBatch | None, Iterator[pa.RecordBatch]]:
    iterator = iter(batches)
    first = next(iterator, None)
    return first, iter(()) if first is None else chain([first], iterator)


def _packets(lists: pa.Array, size: int) -> Iterator[bytes]:
    """The VALUES lists in pieces of about `size` bytes, cut between rows."""
    offsets = np.frombuffer(lists.buffers()[1], dtype=np.int32)[lists.offset : lists.offset + len(lists) + 1]
    content = memoryview(lists.buffers()[2])
    row = 0
    while row < len(lists):
        last = max(int(np.searchsorted(offsets, offsets[row] + size, side="right")) - 1, row + 1)
        # Without the comma after the last row.
        yield bytes(content[offsets[row] : offsets[last] - 1])
        row = last
