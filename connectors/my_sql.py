"""How MySQL and MariaDB write the SQL that all dialects share."""

from __future__ import annotations

from connectors.database import Beyond, Derived, Limit
from connectors.my_decode import expression
from connectors.my_wire import PARAMETER
from connectors.names import TableName
from connectors.schema import Column, Kind, Table
from connectors.sql import Sql

_DAYS = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
_INVALID_DAY = "year({0}) = 0 OR month({0}) = 0 OR day({0}) = 0 OR day({0}) > day(last_day({0}))"


class MySqlText(Sql):
    quotes = ("`", "`")
    parameter = PARAMETER
    # Understood, yet `(a, b) > (x, y)` reads the whole table here.
    row_values = False

    def key(self, table: Table, column: str) -> str:
        """As a number or text that compares like the column: an ENUM by its place, a blob by its bytes."""
        described = table.column(column)
        if described.kind in (Kind.ENUM, Kind.BIT):
            return f"CAST({self.quote(column)} AS UNSIGNED)"
        if described.kind is Kind.TEXT:
            return self.quote(column)
        if described.kind is Kind.BINARY:
            return f"HEX({self.quote(column)})"
        return expression(described, self.quote(column), arrow=False)

    def bound(self, table: Table, column: str) -> str:
        described = table.column(column)
        if described.kind is Kind.BINARY:
            return f"UNHEX({self.parameter})"
        if described.kind is Kind.DECIMAL:
            # Against plain text a DECIMAL would be compared as a float.
            return f"CAST({self.parameter} AS DECIMAL({described.precision}, {described.scale or 0}))"
        return f"({self.parameter} + 0e0)" if described.kind is Kind.FLOAT else self.parameter

    def exceeds(self, column: Column, limit: Limit) -> str | None:
        name = self.quote(column.name)
        match limit.beyond:
            case Beyond.CALENDAR if column.kind in _DAYS:
                return f"{name} <> 0 AND ({_INVALID_DAY.format(name)})"
            case Beyond.ZERO_DATE if column.kind in _DAYS:
                return f"{name} = 0"
            case Beyond.CLOCK if column.kind is Kind.TIME:
                return f"{name} < '00:00:00' OR {name} > '24:00:00'"
            case Beyond.RANGE:
                return f"{name} > {limit.greatest}"
            case Beyond.LENGTH:
                return f"{'length' if column.kind is Kind.BINARY else 'char_length'}({name}) > {limit.greatest}"
            case Beyond.NUL if column.kind in (Kind.TEXT, Kind.JSON):
                # As bytes, for most collations take this character for none at all.
                return f"locate(x'00', CAST(CONVERT({name} USING utf8mb4) AS BINARY)) > 0"
            case Beyond.LABEL:
                return f"CAST({name} AS UNSIGNED) = 0"
        return None

    def spelling(self, value: str, caseless: bool) -> str:
        if caseless:
            value = f"IF(length({value}) = char_length({value}), lower({value}), {value})"
        return f"CAST(CONVERT({value} USING utf8mb4) AS BINARY)"

    def derived(self, derived: Derived, tables: dict[TableName, Table], outer: str) -> str:
        column = tables[derived.path[-1].parent].column(derived.column)
        quoted = f"p{len(derived.path) - 1}.{self.quote(column.name)}"
        return self.ancestor(derived, expression(column, quoted, arrow=True), outer)


def from_text(table: Table, column: str, value: str | None) -> int | str | None:
    """A key's value as a chunk bound: a whole number where it is one, else its text."""
    whole = table.column(column).kind in (Kind.INTEGER, Kind.ENUM, Kind.BIT)
    return int(value) if whole and value is not None else value
