"""SQL Server's catalog as a Schema: one query per kind of object, whatever their number."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from connectors.names import TableName
from connectors.rowwise import RESERVED, Session
from connectors.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    Kind,
    Match,
    Schema,
    Sequence,
    Table,
    Trigger,
    Unique,
    View,
)

QUERIES = {
    "tables": """
SELECT s.name AS SCHEMA_NAME, t.name AS TABLE_NAME, t.object_id AS ID, CAST(e.value AS nvarchar(4000)) AS REMARK,
  (SELECT SUM(p.rows) FROM sys.partitions p WHERE p.object_id = t.object_id AND p.index_id IN (0, 1)) AS ROW_ESTIMATE,
  t.temporal_type_desc AS TEMPORAL, HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(t.name), 'OBJECT', 'SELECT') AS READABLE
FROM sys.tables t JOIN sys.schemas s ON s.schema_id = t.schema_id
LEFT JOIN sys.extended_properties e ON e.class = 1 AND e.major_id = t.object_id AND e.minor_id = 0 AND e.name = 'MS_Description'
WHERE t.is_ms_shipped = 0 ORDER BY s.name, t.name""",
    "columns": """
SELECT c.object_id AS ID, c.name AS NAME, TYPE_NAME(c.user_type_id) AS TYPE_NAME, TYPE_NAME(c.system_type_id) AS BASE_NAME,
  c.max_length AS MAX_LENGTH, c.precision AS DIGITS, c.scale AS SCALE, c.is_nullable AS IS_NULLABLE,
  c.is_identity AS IS_IDENTITY, c.is_hidden AS IS_HIDDEN, c.generated_always_type AS ALWAYS_TYPE, c.collation_name AS COLLATION_NAME,
  d.definition AS DEFAULT_TEXT, g.definition AS COMPUTED_TEXT, CAST(e.value AS nvarchar(4000)) AS REMARK
FROM sys.columns c JOIN sys.tables t ON t.object_id = c.object_id
LEFT JOIN sys.default_constraints d ON d.object_id = c.default_object_id
LEFT JOIN sys.computed_columns g ON g.object_id = c.object_id AND g.column_id = c.column_id
LEFT JOIN sys.extended_properties e ON e.class = 1 AND e.major_id = c.object_id AND e.minor_id = c.column_id
  AND e.name = 'MS_Description'
WHERE t.is_ms_shipped = 0 ORDER BY c.object_id, c.column_id""",
    "indexes": """
SELECT i.object_id AS ID, i.name AS NAME, i.is_primary_key AS IS_PRIMARY, i.is_unique AS IS_UNIQUE,
  i.is_unique_constraint AS IS_CONSTRAINT, i.filter_definition AS FILTER_TEXT, i.type_desc AS TYPE_DESC,
  COL_NAME(k.object_id, k.column_id) AS COLUMN_NAME
FROM sys.indexes i JOIN sys.tables t ON t.object_id = i.object_id
JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id
WHERE t.is_ms_shipped = 0 AND i.type > 0 AND k.is_included_column = 0 AND i.is_hypothetical = 0
ORDER BY i.object_id, i.index_id, k.key_ordinal""",
    "keys": """
SELECT f.parent_object_id AS ID, f.name AS NAME, OBJECT_SCHEMA_NAME(f.referenced_object_id) AS PARENT_SCHEMA,
  OBJECT_NAME(f.referenced_object_id) AS PARENT_NAME, COL_NAME(k.parent_object_id, k.parent_column_id) AS COLUMN_NAME,
  COL_NAME(k.referenced_object_id, k.referenced_column_id) AS PARENT_COLUMN, f.delete_referential_action_desc AS ON_DELETE,
  f.update_referential_action_desc AS ON_UPDATE, f.is_disabled AS IS_DISABLED, f.is_not_trusted AS NOT_TRUSTED
FROM sys.foreign_keys f JOIN sys.foreign_key_columns k ON k.constraint_object_id = f.object_id
ORDER BY f.parent_object_id, f.name, k.constraint_column_id""",
    "checks": """
SELECT parent_object_id AS ID, name AS NAME, definition AS DEFINITION, is_not_trusted AS NOT_TRUSTED
FROM sys.check_constraints WHERE is_disabled = 0 ORDER BY parent_object_id, name""",
    "views": """
SELECT s.name AS SCHEMA_NAME, v.name AS NAME, m.definition AS DEFINITION FROM sys.views v
JOIN sys.schemas s ON s.schema_id = v.schema_id LEFT JOIN sys.sql_modules m ON m.object_id = v.object_id
WHERE v.is_ms_shipped = 0 ORDER BY s.name, v.name""",
    "triggers": """
SELECT r.name AS NAME, r.parent_id AS ID, m.definition AS DEFINITION, r.is_disabled AS IS_DISABLED
FROM sys.triggers r JOIN sys.tables t ON t.object_id = r.parent_id LEFT JOIN sys.sql_modules m ON m.object_id = r.object_id
WHERE r.is_ms_shipped = 0 ORDER BY r.parent_id, r.name""",
    "sequences": """
SELECT SCHEMA_NAME(schema_id) AS SCHEMA_NAME, name AS NAME, TYPE_NAME(system_type_id) AS TYPE_NAME
FROM sys.sequences ORDER BY 1, 2""",
    "notes": """
SELECT LOWER(REPLACE(type_desc, '_', ' ')) AS KIND, SCHEMA_NAME(schema_id) + '.' + name AS NAME FROM sys.objects
WHERE is_ms_shipped = 0 AND type IN ('P', 'FN', 'IF', 'TF', 'SN', 'PC', 'FS', 'FT') ORDER BY 1, 2""",
}

_INTEGERS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_KINDS = {
    "bit": Kind.BOOLEAN, "decimal": Kind.DECIMAL, "numeric": Kind.DECIMAL, "money": Kind.DECIMAL,
    "smallmoney": Kind.DECIMAL, "float": Kind.FLOAT, "real": Kind.FLOAT, "date": Kind.DATE, "time": Kind.TIME,
    "datetime": Kind.TIMESTAMP, "datetime2": Kind.TIMESTAMP, "smalldatetime": Kind.TIMESTAMP,
    "datetimeoffset": Kind.TIMESTAMPTZ, "uniqueidentifier": Kind.UUID, "xml": Kind.XML, "json": Kind.JSON,
    **dict.fromkeys(_INTEGERS, Kind.INTEGER),
    **dict.fromkeys(("char", "varchar", "text", "nchar", "nvarchar", "ntext"), Kind.TEXT),
    **dict.fromkeys(("binary", "varbinary", "image", "timestamp", "rowversion"), Kind.BINARY),
}  # fmt: skip
_BRACKETED = re.compile(r"\[((?:[^\]]|\]\])+)\]")
_SEQUENCE = re.compile(r"NEXT VALUE FOR (?:\[([^\]]+)\]\.)?\[([^\]]+)\]", re.IGNORECASE)

Row = dict[str, Any]


def describe(session: Session, default_schema: str = "dbo") -> Schema:
    """The schema of this database."""
    rows = {name: session.dictionaries(query) for name, query in QUERIES.items()}
    grouped = {name: _grouped(rows[name]) for name in ("columns", "indexes", "keys", "checks")}
    names = {row["ID"]: _name(row["SCHEMA_NAME"], row["TABLE_NAME"], default_schema) for row in rows["tables"]}
    listed = [row for row in rows["tables"] if not row["TABLE_NAME"].startswith(RESERVED)]
    tables = tuple(_table(row, names[row["ID"]], grouped, default_schema) for row in listed)
    return Schema(
        dialect="mssql",
        default_schema=default_schema,
        tables=tables,
        views=tuple(
            View(_name(row["SCHEMA_NAME"], row["NAME"], default_schema), row["DEFINITION"] or "")
            for row in rows["views"]
        ),
        triggers=tuple(
            Trigger(row["NAME"], names[row["ID"]], row["DEFINITION"] or "", not row["IS_DISABLED"])
            for row in rows["triggers"]
        ),
        sequences=tuple(_sequences(rows["sequences"], tables, default_schema)),
        unreadable=tuple((names[row["ID"]], "this login has no SELECT") for row in listed if not row["READABLE"]),
        notes=tuple(f"{row['KIND']} {row['NAME']}" for row in rows["notes"]),
    )


def _table(row: Row, name: TableName, grouped: dict[str, defaultdict[int, list[Row]]], default_schema: str) -> Table:
    columns = tuple(column_of(column) for column in grouped["columns"][row["ID"]])
    indexes = [list(parts) for _, parts in groupby(grouped["indexes"][row["ID"]], key=lambda part: part["NAME"])]
    keys = [list(parts) for _, parts in groupby(grouped["keys"][row["ID"]], key=lambda part: part["NAME"])]
    return Table(
        name=name,
        columns=columns,
        uniques=tuple(_unique(parts) for parts in indexes if parts[0]["IS_UNIQUE"]),
        foreign_keys=tuple(_foreign_key(parts, default_schema) for parts in keys),
        checks=tuple(_check(check, columns) for check in grouped["checks"][row["ID"]]),
        indexes=tuple(
            Index(
                parts[0]["NAME"],
                tuple(part["COLUMN_NAME"] for part in parts),
                bool(parts[0]["IS_UNIQUE"]),
                parts[0]["TYPE_DESC"],
            )
            for parts in indexes
        ),
        comment=row["REMARK"],
        estimated_rows=None if row["ROW_ESTIMATE"] is None else int(row["ROW_ESTIMATE"]),
        options=(("TEMPORAL", row["TEMPORAL"]),) if row["TEMPORAL"] not in (None, "NON_TEMPORAL_TABLE") else (),
    )


def column_of(row: Row) -> Column:
    """The column that a row of the query `columns` tells of."""
    base = row["BASE_NAME"] or row["TYPE_NAME"]
    kind = _KINDS.get(base, Kind.OTHER)
    precision, scale = _digits(base, row)
    return Column(
        name=row["NAME"],
        native=native(base, row),
        kind=kind,
        nullable=bool(row["IS_NULLABLE"]),
        length=_length(base, row) if kind in (Kind.TEXT, Kind.BINARY) else None,
        precision=precision,
        scale=scale,
        unsigned=base == "tinyint",
        default=row["DEFAULT_TEXT"],
        identity="by default" if row["IS_IDENTITY"] else None,
        generated=row["COMPUTED_TEXT"] or _implicit(base, row),
        comment=row["REMARK"],
        domain=row["TYPE_NAME"] if row["TYPE_NAME"] != base else None,
        collation=row["COLLATION_NAME"],
        folds=folds(row["COLLATION_NAME"]),
        hidden=bool(row["IS_HIDDEN"]),
    )


def native(base: str, row: Row) -> str:
    """The type with its length, as one would write it."""
    length = row["MAX_LENGTH"]
    if base in ("char", "varchar", "binary", "varbinary", "nchar", "nvarchar"):
        size = "max" if length == -1 else str(length // 2 if base.startswith("n") else length)
        return f"{base}({size})"
    if base in ("decimal", "numeric"):
        return f"{base}({row['DIGITS']},{row['SCALE']})"
    return f"{base}({row['SCALE']})" if base in ("datetime2", "datetimeoffset", "time") else str(base)


def folds(collation: str | None) -> frozenset[Match]:
    """What a collation ignores: trailing blanks always, case and accents as its name says."""
    if collation is None:
        return frozenset()
    parts = collation.upper().split("_")
    found = {Match.PAD}
    if "BIN" not in parts and "BIN2" not in parts:
        found |= {Match.CASE} if "CI" in parts else set()
        found |= {Match.ACCENT} if "AI" in parts else set()
    return frozenset(found)


def _implicit(base: str, row: Row) -> str | None:
    if base in ("timestamp", "rowversion"):
        return "row version"
    return "system time" if row["ALWAYS_TYPE"] else None


def _length(base: str, row: Row) -> int | None:
    length = int(row["MAX_LENGTH"])
    if length == -1 or base in ("text", "ntext", "image"):
        return None
    return length // 2 if base.startswith("n") else length


def _digits(base: str, row: Row) -> tuple[int | None, int | None]:
    if base in _INTEGERS:
        return _INTEGERS[base], None
    if base in ("money", "smallmoney"):
        return (19 if base == "money" else 10), 4
    return (int(row["DIGITS"]), int(row["SCALE"])) if base in ("decimal", "numeric") else (None, None)


def _unique(parts: list[Row]) -> Unique:
    return Unique(
        name=parts[0]["NAME"],
        columns=tuple(part["COLUMN_NAME"] for part in parts),
        primary=bool(parts[0]["IS_PRIMARY"]),
        constraint=bool(parts[0]["IS_CONSTRAINT"] or parts[0]["IS_PRIMARY"]),
        where=parts[0]["FILTER_TEXT"],
        # Here two NULLs are equal.
        nulls_distinct=False,
    )


def _foreign_key(parts: list[Row], default_schema: str) -> ForeignKey:
    return ForeignKey(
        name=parts[0]["NAME"],
        columns=tuple(part["COLUMN_NAME"] for part in parts),
        parent=_name(parts[0]["PARENT_SCHEMA"], parts[0]["PARENT_NAME"], default_schema),
        parent_columns=tuple(part["PARENT_COLUMN"] for part in parts),
        on_delete=parts[0]["ON_DELETE"].replace("_", " "),
        on_update=parts[0]["ON_UPDATE"].replace("_", " "),
        validated=not parts[0]["NOT_TRUSTED"],
        enforced=not parts[0]["IS_DISABLED"],
    )


def _check(row: Row, columns: Iterable[Column]) -> Check:
    named = {name.replace("]]", "]") for name in _BRACKETED.findall(re.sub(r"'(?:[^']|'')*'", "''", row["DEFINITION"]))}
    reads = tuple(column.name for column in columns if column.name in named)
    return Check(row["NAME"], row["DEFINITION"], reads, validated=not row["NOT_TRUSTED"])


def _sequences(rows: Iterable[Row], tables: Iterable[Table], default_schema: str) -> Iterable[Sequence]:
    owners = {
        _name(match.group(1) or default_schema, match.group(2), default_schema): (table.name, column.name)
        for table in tables
        for column in table.columns
        if (match := _SEQUENCE.search(column.default or ""))
    }
    for row in rows:
        name = _name(row["SCHEMA_NAME"], row["NAME"], default_schema)
        yield Sequence(name, row["TYPE_NAME"], owners.get(name))


def _name(schema: str, name: str, default_schema: str) -> TableName:
    return TableName(name, None if schema == default_schema else schema)


def _grouped(rows: Iterable[Row]) -> defaultdict[int, list[Row]]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["ID"]].append(row)
    return found
