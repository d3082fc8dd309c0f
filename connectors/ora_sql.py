"""How Oracle writes its SQL. The session sets a point as the decimal sign, so numbers travel as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import oracledb
import pyarrow as pa

from connectors.names import TableName
from connectors.rowwise import RowText, Switch, from_text
from connectors.schema import Column, Kind, Schema, Table

_DATE = "'YYYY-MM-DD HH24:MI:SS'"
_TIMESTAMP = "'YYYY-MM-DD HH24:MI:SS.FF6'"
_NUMBER = "'TM9', 'NLS_NUMERIC_CHARACTERS=''.,'''"


_RAW = 2000
"""The longest RAW that a query gives."""


class OracleText(RowText):
    dialect = "oracle"
    every = "MOD({}, {}) = 0"
    marker_types = {"text": "VARCHAR2(400)", "long": "CLOB", "number": "NUMBER(19)", "small": "NUMBER(4)"}  # noqa: RUF012
    exists = frozenset({"955", "2260", "2261", "2264", "2275", "1408"})

    def literal(self, value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bytes):
            return f"HEXTORAW('{value.hex()}')"
        return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)

    def selected(self, column: Column, quoted: str) -> str:
        base = base_type(column.native)
        match column.kind:
            case Kind.INTEGER | Kind.DECIMAL:
                return f"TO_CHAR({quoted}, {_NUMBER})"
            case Kind.TIMESTAMP | Kind.DATE:
                return f"TO_CHAR({quoted}, {_DATE if base == 'date' else _TIMESTAMP})"
            case Kind.TIMESTAMPTZ:
                return f"TO_CHAR(SYS_EXTRACT_UTC({quoted}), {_TIMESTAMP})"
            case Kind.INTERVAL:
                return f"TO_CHAR({quoted})"
            case Kind.TIME:
                days = f"EXTRACT(DAY FROM {quoted}) * 86400 + EXTRACT(HOUR FROM {quoted}) * 3600"
                return f"({days} + EXTRACT(MINUTE FROM {quoted}) * 60 + EXTRACT(SECOND FROM {quoted})) * 1000000"
            case Kind.JSON:
                return f"JSON_SERIALIZE({quoted} RETURNING CLOB)"
            case Kind.XML:
                return f"XMLSERIALIZE(CONTENT {quoted} AS CLOB)"
            case Kind.OTHER:
                return f"SDO_UTIL.TO_WKTGEOMETRY({quoted})" if "sdo_geometry" in base else f"TO_CHAR({quoted})"
            case _:
                return quoted

    def cut(self, column: Column, selected: str, most: int) -> str:
        if column.kind is not Kind.BINARY:
            return f"SUBSTR({selected}, 1, {most})"
        if base_type(column.native) == "blob":
            # SQL takes no more of it at once.
            return f"DBMS_LOB.SUBSTR({selected}, {min(most, _RAW)}, 1)"
        return f"CASE WHEN UTL_RAW.LENGTH({selected}) > {most} THEN UTL_RAW.SUBSTR({selected}, 1, {most}) ELSE {selected} END"

    def some_blocks(self, relation: str, alias: str, share: float) -> str:
        return f"{relation} SAMPLE BLOCK ({max(share, 0.000001):.6f}) SEED (1) {alias}"

    def decoded(self, values: list[Any], column: Column) -> pa.Array:
        if column.kind is Kind.INTEGER:
            return pa.array(values, pa.string()).cast(pa.int64())
        return from_text(values, column)

    def key(self, table: Table, column: str) -> str:
        described = table.column(column)
        if described.kind is Kind.BINARY:
            return f"RAWTOHEX({self.quote(column)})"
        if described.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ) and base_type(described.native) != "date":
            # All nine digits of a second: rounded bounds would lose rows between chunks.
            value = self.quote(column)
            value = f"SYS_EXTRACT_UTC({value})" if described.kind is Kind.TIMESTAMPTZ else value
            return f"TO_CHAR({value}, {_TIMESTAMP.replace('FF6', 'FF9')})"
        return self.selected(described, self.quote(column))

    def bound(self, table: Table, column: str) -> str:
        described = table.column(column)
        match described.kind:
            case Kind.INTEGER | Kind.DECIMAL:
                return f"TO_NUMBER({self.parameter})"
            case Kind.BINARY:
                return f"HEXTORAW({self.parameter})"
            case Kind.TIMESTAMPTZ:
                return f"FROM_TZ(TO_TIMESTAMP({self.parameter}, {_TIMESTAMP.replace('FF6', 'FF9')}), 'UTC')"
            case Kind.TIMESTAMP if base_type(described.native) == "date":
                return f"TO_DATE({self.parameter}, {_DATE})"
            case Kind.TIMESTAMP:
                return f"TO_TIMESTAMP({self.parameter}, {_TIMESTAMP.replace('FF6', 'FF9')})"
            case _:
                return self.parameter

    def insert(self, connection: Any, table: Table, batch: pa.RecordBatch) -> None:
        columns = [table.column(name) for name in batch.schema.names]
        with connection.cursor() as cursor:
            cursor.setinputsizes(*(_input_size(column) for column in columns))
            rows = zip(*(_values(values) for values in batch.columns), strict=True)
            cursor.executemany(self.insertion(table, batch.schema), list(rows))

    def insertion(self, table: Table, schema: pa.Schema) -> str:
        """INSERT of one row, its values bound by place."""
        places = [
            _place(f":{place}", field.type, table.column(field.name)) for place, field in enumerate(schema, start=1)
        ]
        return f"INSERT INTO {self.relation(table.name)} ({self.columns(schema.names)}) VALUES ({', '.join(places)})"

    def switches(self, schema: Schema, select: Callable[..., list[tuple[Any, ...]]]) -> list[Switch]:
        found = []
        for table in schema.tables:
            relation = self.relation(table.name)
            for key in table.foreign_keys:
                if key.enforced:
                    name = f"CONSTRAINT {self.quote(key.name)}"
                    plain = f"ALTER TABLE {relation} ENABLE NOVALIDATE {name}"
                    checked = f"ALTER TABLE {relation} ENABLE VALIDATE {name}" if key.validated else plain
                    found.append(
                        Switch(f"ALTER TABLE {relation} DISABLE {name}", checked, plain, f"foreign key {key.name}")
                    )
            for column in table.columns:
                if column.identity == "always":
                    change = f"ALTER TABLE {relation} MODIFY {self.quote(column.name)} GENERATED"
                    found.append(
                        Switch(f"{change} BY DEFAULT AS IDENTITY", f"{change} ALWAYS AS IDENTITY", None, column.name)
                    )
        names = {table.name for table in schema.tables}
        for trigger in schema.triggers:
            if trigger.enabled and trigger.table in names:
                change = f"ALTER TRIGGER {self.relation(TableName(trigger.name, trigger.table.schema))}"
                found.append(Switch(f"{change} DISABLE", f"{change} ENABLE", None, f"trigger {trigger.name}"))
        return found

    def advance(self, table: Table, column: Column, highest: int) -> list[str]:
        kind = "ALWAYS" if column.identity == "always" else "BY DEFAULT"
        return [
            f"ALTER TABLE {self.relation(table.name)} MODIFY {self.quote(column.name)} GENERATED {kind} AS IDENTITY"
            f" (START WITH {highest + 1})"
        ]

    def advance_sequence(self, name: TableName, highest: int) -> str:
        return f"ALTER SEQUENCE {self.relation(name)} RESTART START WITH {highest + 1}"

    def drop(self, schema: Schema) -> list[str]:
        return [
            *(f"DROP VIEW {self.relation(view.name)}" for view in schema.views),
            *(f"DROP TABLE {self.relation(table.name)} CASCADE CONSTRAINTS PURGE" for table in schema.tables),
            *(f"DROP SEQUENCE {self.relation(sequence.name)}" for sequence in schema.sequences),
        ]

    def table_exists(self, name: str) -> str:
        owner = self.literal(self.default_schema or "")
        return f"SELECT COUNT(*) FROM ALL_TABLES WHERE OWNER = {owner} AND TABLE_NAME = {self.literal(name)}"


def base_type(native: str) -> str:
    """`timestamp` of `TIMESTAMP(6) WITH TIME ZONE`."""
    return re.split(r"[\s(]", native.lower(), maxsplit=1)[0]


def _values(values: pa.Array) -> list[Any]:
    """A column as what the driver binds: texts, numbers and bytes only, so that no setting of a session matters."""
    type_ = values.type
    if pa.types.is_timestamp(type_):
        plain = values.cast(pa.timestamp("us", type_.tz)).cast(pa.timestamp("us"))
        texts: list[Any] = plain.cast(pa.string()).to_pylist()
        return texts
    if pa.types.is_duration(type_):
        return list(values.cast(pa.duration("us")).cast(pa.int64()).to_pylist())
    if pa.types.is_date(type_):
        return list(values.cast(pa.string()).to_pylist())
    if pa.types.is_boolean(type_):
        return list(values.cast(pa.int8()).to_pylist())
    return list(values.to_pylist())


def _place(bind: str, type_: pa.DataType, column: Column) -> str:
    """Where a value of this Arrow type goes, with the function that makes the column's type of it."""
    if pa.types.is_timestamp(type_):
        made = f"TO_TIMESTAMP({bind}, {_TIMESTAMP})"
        return f"FROM_TZ({made}, 'UTC')" if column.kind is Kind.TIMESTAMPTZ else made
    if pa.types.is_date(type_):
        return f"TO_DATE({bind}, 'YYYY-MM-DD')"
    if pa.types.is_duration(type_):
        return f"NUMTODSINTERVAL({bind} / 1000000, 'SECOND')"
    if pa.types.is_string(type_) and column.kind is Kind.DECIMAL:
        return f"TO_NUMBER({bind})"
    if column.kind is Kind.XML:
        return f"XMLTYPE({bind})"
    if column.kind is Kind.INTERVAL:
        return f"TO_{'YMINTERVAL' if 'year' in column.native.lower() else 'DSINTERVAL'}({bind})"
    return f"SDO_UTIL.FROM_WKTGEOMETRY({bind})" if "sdo_geometry" in column.native.lower() else bind


def _input_size(column: Column) -> Any:
    """The type that the driver is told for long texts and bytes, which it would otherwise bind as short ones."""
    sizes = {"clob": oracledb.DB_TYPE_CLOB, "nclob": oracledb.DB_TYPE_NCLOB, "blob": oracledb.DB_TYPE_BLOB}
    return sizes.get(base_type(column.native))
