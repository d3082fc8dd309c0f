"""PostgreSQL's dialect of the shared SQL: ONLY, row comparisons that an index can serve, bounds as text cast back."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.database import Beyond, Chunk, Limit
from connectors.names import TableName
from connectors.pg_describe import DEFAULT_SCHEMA, Catalog
from connectors.pg_types import PgType
from connectors.schema import Column, Kind, Table
from connectors.sql import Sql


class PgSql(Sql):
    """SQL over the tables of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(DEFAULT_SCHEMA)
        self.catalog = catalog

    def relation(self, name: TableName) -> str:
        """The rows of this table alone: heirs are tables of their own, partitions are not."""
        qualified = super().relation(name)
        return qualified if name in self.catalog.partitioned else f"ONLY {qualified}"

    def type_of(self, table: TableName, column: str) -> PgType:
        return self.catalog.types[table, column][1]

    def range(self, table: Table, key: Sequence[str], chunk: Chunk) -> str:
        """The rows of a chunk (of `t`); `<=` and not `NOT >`, which no index serves for several columns."""
        sides = [(chunk.lower, ">"), (chunk.upper, "<=")]
        return " AND ".join(
            self._compared(table, key, operator, bound) for bound, operator in sides if bound is not None
        )

    def bound_after(self, table: Table, key: Sequence[str], previous: tuple[str, ...] | None, rows: int) -> str:
        """The key `rows` places after a bound, as texts: what the driver cannot read (infinity, BC) is a bound as well."""
        selected = ", ".join(f"t.{self.quote(column)}::pg_catalog.text" for column in key)
        where = f" WHERE {self._compared(table, key, '>', previous)}" if previous else ""
        order = self.columns(key, "t")
        return f"SELECT {selected} FROM {self.relation(table.name)} t{where} ORDER BY {order} LIMIT 1 OFFSET {rows - 1}"

    def spelling(self, value: str, caseless: bool) -> str:
        text = f'{value}::pg_catalog.text COLLATE "C"'
        return f"lower({text})" if caseless else text

    def exceeds(self, column: Column, limit: Limit) -> str | None:
        name = self.quote(column.name)
        match limit.beyond:
            case Beyond.CALENDAR if column.kind in (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
                return f"NOT ({name} >= '0001-01-01' AND {name} < '10000-01-01')"
            case Beyond.NAN if column.kind in (Kind.FLOAT, Kind.DECIMAL):
                return f"{name} = 'NaN'"
            case Beyond.INFINITY if column.kind is Kind.FLOAT or (column.kind is Kind.DECIMAL and not column.precision):
                # As text, for servers before 14 know no infinite numeric.
                return f"{name}::pg_catalog.text IN ('Infinity', '-Infinity')"
            case Beyond.LENGTH:
                return f"char_length({name}::pg_catalog.text) > {limit.greatest}"
        return None

    def _compared(self, table: Table, key: Sequence[str], operator: str, bound: tuple[str, ...]) -> str:
        # Literals, not parameters: COPY takes none, and a name may hold a percent sign.
        right = ", ".join(
            f"{literal(text)}::{self.type_of(table.name, column).declared}"
            for column, text in zip(key, bound, strict=True)
        )
        return f"({self.columns(key, 't')}) {operator} ({right})"


def literal(text: str) -> str:
    """A string literal under standard_conforming_strings, which every session of ours sets."""
    return "'" + text.replace("'", "''") + "'"


def qualified(name: TableName) -> str:
    """The table as INSERT, COPY and DDL name it."""
    return Sql(DEFAULT_SCHEMA).relation(name)
