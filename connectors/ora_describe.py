"""Oracle's catalog of one schema as a Schema: one query per kind of object, whatever their number."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from connectors.names import TableName
from connectors.ora_sql import base_type
from connectors.rowwise import PARAMETER, RESERVED, Session
from connectors.schema import Check, Column, ForeignKey, Index, Kind, Schema, Sequence, Table, Trigger, Unique, View

_P = PARAMETER
QUERIES = {
    "tables": f"""
SELECT t.TABLE_NAME, t.NUM_ROWS, t.PARTITIONED, c.COMMENTS FROM ALL_TABLES t
LEFT JOIN ALL_TAB_COMMENTS c ON c.OWNER = t.OWNER AND c.TABLE_NAME = t.TABLE_NAME
WHERE t.OWNER = {_P} AND t.NESTED = 'NO' AND t.SECONDARY = 'N' AND t.TEMPORARY = 'N' AND t.DROPPED = 'NO'
  AND (t.IOT_TYPE IS NULL OR t.IOT_TYPE = 'IOT')
  AND NOT EXISTS (SELECT 1 FROM ALL_MVIEWS m WHERE m.OWNER = t.OWNER AND m.MVIEW_NAME = t.TABLE_NAME)
ORDER BY t.TABLE_NAME""",
    "columns": f"""
SELECT c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE, c.DATA_LENGTH, c.CHAR_LENGTH, c.CHAR_USED, c.DATA_PRECISION, c.DATA_SCALE,
  c.NULLABLE, c.DATA_DEFAULT, c.VIRTUAL_COLUMN, c.IDENTITY_COLUMN, i.GENERATION_TYPE, c.HIDDEN_COLUMN, c.USER_GENERATED,
  c.COLLATION, m.COMMENTS
FROM ALL_TAB_COLS c
LEFT JOIN ALL_COL_COMMENTS m ON m.OWNER = c.OWNER AND m.TABLE_NAME = c.TABLE_NAME AND m.COLUMN_NAME = c.COLUMN_NAME
LEFT JOIN ALL_TAB_IDENTITY_COLS i ON i.OWNER = c.OWNER AND i.TABLE_NAME = c.TABLE_NAME AND i.COLUMN_NAME = c.COLUMN_NAME
WHERE c.OWNER = {_P} AND (c.HIDDEN_COLUMN = 'NO' OR c.USER_GENERATED = 'YES') ORDER BY c.TABLE_NAME, c.INTERNAL_COLUMN_ID""",
    "constraints": f"""
SELECT c.TABLE_NAME, c.CONSTRAINT_NAME, c.CONSTRAINT_TYPE, c.SEARCH_CONDITION_VC, c.R_OWNER, p.TABLE_NAME AS PARENT,
  c.DELETE_RULE, c.STATUS, c.VALIDATED, c.DEFERRABLE, c.DEFERRED, k.COLUMN_NAME, r.COLUMN_NAME AS PARENT_COLUMN
FROM ALL_CONSTRAINTS c
JOIN ALL_CONS_COLUMNS k ON k.OWNER = c.OWNER AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME AND k.TABLE_NAME = c.TABLE_NAME
LEFT JOIN ALL_CONSTRAINTS p ON p.OWNER = c.R_OWNER AND p.CONSTRAINT_NAME = c.R_CONSTRAINT_NAME
LEFT JOIN ALL_CONS_COLUMNS r ON r.OWNER = p.OWNER AND r.CONSTRAINT_NAME = p.CONSTRAINT_NAME AND r.POSITION = k.POSITION
WHERE c.OWNER = {_P} AND c.CONSTRAINT_TYPE IN ('P', 'U', 'R', 'C') ORDER BY c.TABLE_NAME, c.CONSTRAINT_NAME, k.POSITION""",
    "indexes": f"""
SELECT i.TABLE_NAME, i.INDEX_NAME, i.UNIQUENESS, i.INDEX_TYPE, c.COLUMN_NAME, e.COLUMN_EXPRESSION FROM ALL_INDEXES i
JOIN ALL_IND_COLUMNS c ON c.INDEX_OWNER = i.OWNER AND c.INDEX_NAME = i.INDEX_NAME
LEFT JOIN ALL_IND_EXPRESSIONS e ON e.INDEX_OWNER = i.OWNER AND e.INDEX_NAME = i.INDEX_NAME
  AND e.COLUMN_POSITION = c.COLUMN_POSITION
WHERE i.TABLE_OWNER = {_P} AND i.INDEX_TYPE <> 'LOB' ORDER BY i.TABLE_NAME, i.INDEX_NAME, c.COLUMN_POSITION""",
    "partitions": f"""
SELECT p.TABLE_NAME, p.PARTITIONING_TYPE, k.COLUMN_NAME FROM ALL_PART_TABLES p JOIN ALL_PART_KEY_COLUMNS k
ON k.OWNER = p.OWNER AND k.NAME = p.TABLE_NAME AND k.OBJECT_TYPE = 'TABLE'
WHERE p.OWNER = {_P} ORDER BY p.TABLE_NAME, k.COLUMN_POSITION""",
    "views": f"SELECT VIEW_NAME, TEXT FROM ALL_VIEWS WHERE OWNER = {_P} ORDER BY VIEW_NAME",
    "materialized": f"SELECT MVIEW_NAME, QUERY FROM ALL_MVIEWS WHERE OWNER = {_P} ORDER BY MVIEW_NAME",
    "triggers": f"""
SELECT TRIGGER_NAME, TABLE_NAME, DESCRIPTION, TRIGGER_BODY, STATUS FROM ALL_TRIGGERS
WHERE OWNER = {_P} AND BASE_OBJECT_TYPE = 'TABLE' ORDER BY TABLE_NAME, TRIGGER_NAME""",
    "sequences": f"""
SELECT s.SEQUENCE_NAME FROM ALL_SEQUENCES s WHERE s.SEQUENCE_OWNER = {_P} AND s.SEQUENCE_NAME NOT LIKE 'ISEQ$$%' ORDER BY 1""",
    "notes": f"""
SELECT LOWER(OBJECT_TYPE) AS KIND, OBJECT_NAME AS NAME FROM ALL_OBJECTS WHERE OWNER = {_P} AND OBJECT_TYPE IN
  ('PROCEDURE', 'FUNCTION', 'PACKAGE', 'TYPE', 'SYNONYM', 'DATABASE LINK', 'JOB', 'SCHEDULE') ORDER BY 1, 2""",
}

_KINDS = {
    "number": Kind.DECIMAL, "float": Kind.DECIMAL, "binary_float": Kind.FLOAT, "binary_double": Kind.FLOAT,
    "date": Kind.TIMESTAMP, "timestamp": Kind.TIMESTAMP, "interval": Kind.INTERVAL, "json": Kind.JSON,
    "xmltype": Kind.XML, "boolean": Kind.BOOLEAN,
    **dict.fromkeys(("char", "nchar", "varchar2", "nvarchar2", "clob", "nclob", "long"), Kind.TEXT),
    **dict.fromkeys(("raw", "blob"), Kind.BINARY),
}  # fmt: skip
_LONGEST_INTEGER = 18
_NOT_NULL = re.compile(r'"(?:[^"]|"")+" IS NOT NULL\Z')
_NAMES = re.compile(r'"((?:[^"]|"")+)"|\b([A-Za-z][\w$#]*)\b')
_NEXT_VALUE = re.compile(r'(?:"[^"]+"\.)?"([^"]+)"\."?NEXTVAL"?', re.IGNORECASE)

Row = dict[str, Any]


def describe(session: Session, owner: str) -> Schema:
    """The schema of this owner, whose tables are named without it."""
    rows = {name: session.dictionaries(query, owner) for name, query in QUERIES.items()}
    grouped = {name: _grouped(rows[name]) for name in ("columns", "constraints", "indexes", "partitions")}
    listed = [row for row in rows["tables"] if not row["TABLE_NAME"].startswith(RESERVED)]
    tables = tuple(_table(row, grouped, owner) for row in listed)
    names = {table.name.name for table in tables}
    return Schema(
        dialect="oracle",
        default_schema=owner,
        tables=tables,
        views=(
            *(View(TableName(row["VIEW_NAME"]), row["TEXT"] or "") for row in rows["views"]),
            *(View(TableName(row["MVIEW_NAME"]), row["QUERY"] or "", True) for row in rows["materialized"]),
        ),
        triggers=tuple(_trigger(row) for row in rows["triggers"] if row["TABLE_NAME"] in names),
        sequences=tuple(_sequences(rows["sequences"], tables)),
        notes=tuple(f"{row['KIND']} {row['NAME']}" for row in rows["notes"]),
    )


def _table(row: Row, grouped: dict[str, defaultdict[str, list[Row]]], owner: str) -> Table:
    name = row["TABLE_NAME"]
    columns = tuple(column_of(column) for column in grouped["columns"][name])
    constraints = [
        list(parts) for _, parts in groupby(grouped["constraints"][name], key=lambda part: part["CONSTRAINT_NAME"])
    ]
    indexes = [list(parts) for _, parts in groupby(grouped["indexes"][name], key=lambda part: part["INDEX_NAME"])]
    keys = [parts for parts in constraints if parts[0]["CONSTRAINT_TYPE"] in "PU"]
    known = {parts[0]["CONSTRAINT_NAME"] for parts in keys}
    return Table(
        name=TableName(name),
        columns=columns,
        uniques=(
            *(_key(parts) for parts in keys),
            *(_unique_index(parts) for parts in indexes if _is_unique(parts) and parts[0]["INDEX_NAME"] not in known),
        ),
        foreign_keys=tuple(_foreign_key(parts, owner) for parts in constraints if parts[0]["CONSTRAINT_TYPE"] == "R"),
        checks=tuple(_checks(constraints, columns)),
        indexes=tuple(_index(parts) for parts in indexes),
        comment=row["COMMENTS"],
        estimated_rows=None if row["NUM_ROWS"] is None else int(row["NUM_ROWS"]),
        partition_key=_partition_key(grouped["partitions"][name]),
    )


def column_of(row: Row) -> Column:
    """The column that a row of the query `columns` tells of."""
    base = base_type(row["DATA_TYPE"])
    kind = Kind.TIMESTAMPTZ if "TIME ZONE" in row["DATA_TYPE"] else _KINDS.get(base, Kind.OTHER)
    precision, scale = row["DATA_PRECISION"], row["DATA_SCALE"]
    if base == "number" and scale == 0 and precision is not None and precision <= _LONGEST_INTEGER:
        kind = Kind.INTEGER
    virtual = row["VIRTUAL_COLUMN"] == "YES"
    default = str(row["DATA_DEFAULT"]).strip() if row["DATA_DEFAULT"] is not None else None
    identity = (row["GENERATION_TYPE"] or "").lower() if row["IDENTITY_COLUMN"] == "YES" else None
    return Column(
        name=row["COLUMN_NAME"],
        native=native(base, row),
        kind=kind,
        nullable=row["NULLABLE"] == "Y",
        length=_length(base, row),
        precision=64 if kind is Kind.INTEGER else precision if base == "number" else None,
        scale=scale if kind is Kind.DECIMAL and precision is not None else None,
        default=None if virtual or identity else default,
        identity=identity,
        generated=default if virtual else None,
        comment=row["COMMENTS"],
        collation=row["COLLATION"],
        hidden=row["HIDDEN_COLUMN"] == "YES",
    )


def native(base: str, row: Row) -> str:
    """The type with its length, as one would write it."""
    type_ = str(row["DATA_TYPE"])
    if base in ("char", "nchar", "varchar2", "nvarchar2"):
        unit = " CHAR" if row["CHAR_USED"] == "C" and not base.startswith("n") else ""
        return f"{type_}({row['CHAR_LENGTH'] if row['CHAR_USED'] == 'C' else row['DATA_LENGTH']}{unit})"
    if base == "raw":
        return f"RAW({row['DATA_LENGTH']})"
    if base == "number" and row["DATA_PRECISION"] is not None:
        return f"NUMBER({row['DATA_PRECISION']},{row['DATA_SCALE'] or 0})"
    return type_


def _length(base: str, row: Row) -> int | None:
    if base in ("char", "nchar", "varchar2", "nvarchar2"):
        return int(row["CHAR_LENGTH"])
    return int(row["DATA_LENGTH"]) if base == "raw" else None


def _key(parts: list[Row]) -> Unique:
    return Unique(
        name=parts[0]["CONSTRAINT_NAME"],
        columns=tuple(part["COLUMN_NAME"] for part in parts),
        primary=parts[0]["CONSTRAINT_TYPE"] == "P",
        deferrable=parts[0]["DEFERRABLE"] == "DEFERRABLE",
    )


def _is_unique(parts: list[Row]) -> bool:
    return bool(parts[0]["UNIQUENESS"] == "UNIQUE")


def _unique_index(parts: list[Row]) -> Unique:
    expressions = [part["COLUMN_EXPRESSION"] for part in parts if part["COLUMN_EXPRESSION"]]
    columns = [part["COLUMN_NAME"] for part in parts if not part["COLUMN_EXPRESSION"]]
    columns += [quoted for expression in expressions for quoted, _ in _NAMES.findall(expression) if quoted]
    return Unique(parts[0]["INDEX_NAME"], tuple(dict.fromkeys(columns)), constraint=False, expression=bool(expressions))


def _foreign_key(parts: list[Row], owner: str) -> ForeignKey:
    first = parts[0]
    return ForeignKey(
        name=first["CONSTRAINT_NAME"],
        columns=tuple(part["COLUMN_NAME"] for part in parts),
        parent=TableName(first["PARENT"], None if first["R_OWNER"] == owner else first["R_OWNER"]),
        parent_columns=tuple(part["PARENT_COLUMN"] for part in parts),
        on_delete=first["DELETE_RULE"] or "NO ACTION",
        deferrable=first["DEFERRABLE"] == "DEFERRABLE",
        initially_deferred=first["DEFERRED"] == "DEFERRED",
        validated=first["VALIDATED"] == "VALIDATED",
        enforced=first["STATUS"] == "ENABLED",
    )


def _checks(constraints: Iterable[list[Row]], columns: Iterable[Column]) -> Iterable[Check]:
    for parts in constraints:
        first, condition = parts[0], parts[0]["SEARCH_CONDITION_VC"]
        if (
            first["CONSTRAINT_TYPE"] == "C"
            and condition
            and first["STATUS"] == "ENABLED"
            and not _NOT_NULL.match(condition)
        ):
            named = {part["COLUMN_NAME"] for part in parts}
            reads = tuple(column.name for column in columns if column.name in named)
            yield Check(first["CONSTRAINT_NAME"], condition, reads, first["VALIDATED"] == "VALIDATED")


def _index(parts: list[Row]) -> Index:
    columns = tuple(part["COLUMN_NAME"] for part in parts if not part["COLUMN_EXPRESSION"])
    return Index(parts[0]["INDEX_NAME"], columns, _is_unique(parts), parts[0]["INDEX_TYPE"])


def _partition_key(rows: list[Row]) -> str | None:
    return f"{rows[0]['PARTITIONING_TYPE']} ({', '.join(row['COLUMN_NAME'] for row in rows)})" if rows else None


def _trigger(row: Row) -> Trigger:
    text = f"CREATE TRIGGER {row['DESCRIPTION'] or row['TRIGGER_NAME']} {row['TRIGGER_BODY'] or ''}"
    return Trigger(row["TRIGGER_NAME"], TableName(row["TABLE_NAME"]), text, row["STATUS"] == "ENABLED")


def _sequences(rows: Iterable[Row], tables: Iterable[Table]) -> Iterable[Sequence]:
    owners = {
        match.group(1): (table.name, column.name)
        for table in tables
        for column in table.columns
        if (match := _NEXT_VALUE.search(column.default or ""))
    }
    for row in rows:
        name = row["SEQUENCE_NAME"]
        yield Sequence(TableName(name), owner=owners.get(name))


def _grouped(rows: Iterable[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["TABLE_NAME"]].append(row)
    return found
