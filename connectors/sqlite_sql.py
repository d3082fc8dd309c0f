"""How SQLite writes the SQL that all dialects share: what a value is, it says of every value anew."""

from __future__ import annotations

from connectors.database import Beyond, Limit
from connectors.schema import Column, Kind
from connectors.sql import Sql

_DAYS = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)


class SQLiteSql(Sql):
    def exceeds(self, column: Column, limit: Limit) -> str | None:
        name = self.quote(column.name)
        match limit.beyond:
            case Beyond.CALENDAR if column.kind in _DAYS:
                far = f"{name} LIKE '% BC' OR {name} GLOB '[0-9][0-9][0-9][0-9][0-9]*-*-*'"
                return f"typeof({name}) = 'text' AND ({name} IN ('infinity', '-infinity') OR {far})"
            case Beyond.ZERO_DATE if column.kind in _DAYS:
                return f"typeof({name}) = 'text' AND {name} LIKE '0000-00-00%'"
            case Beyond.CLOCK if column.kind is Kind.TIME:
                return f"typeof({name}) = 'text' AND ({name} LIKE '-%' OR time({name}) IS NULL AND {name} NOT LIKE '24:00%')"
            case Beyond.NAN if column.kind in (Kind.FLOAT, Kind.DECIMAL):
                return f"typeof({name}) = 'text' AND {name} = 'NaN'"
            case Beyond.INFINITY if column.kind in (Kind.FLOAT, Kind.DECIMAL):
                return f"typeof({name}) = 'real' AND abs({name}) > 1.7976931348623157e308"
            case Beyond.LENGTH:
                return f"length({name}) > {limit.greatest}"
            case Beyond.NUL:
                return f"typeof({name}) = 'text' AND instr({name}, char(0)) > 0"
            case Beyond.NULL:
                return f"{name} IS NULL"
        return None

    def spelling(self, value: str, caseless: bool) -> str:
        return f"CAST({f'lower({value})' if caseless else value} AS BLOB)"
