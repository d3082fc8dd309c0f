"""information_schema of one database as a Schema: a handful of queries, whatever the number of tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from connectors.my_flavour import Flavour
from connectors.my_types import column_of
from connectors.my_wire import PARAMETER, Wire
from connectors.names import TableName
from connectors.schema import Check, Column, ForeignKey, Index, Schema, Sequence, Table, Trigger, Unique, View

RESERVED = "lookalike__"
"""Our own tables: never described, never copied."""

_STRINGS = re.compile(r"'(?:[^'\\]|''|\\.)*'")
_QUOTED = re.compile(r"`((?:[^`]|``)+)`")
_JSON = re.compile(r"json_valid\(`((?:[^`]|``)+)`\)\Z", re.IGNORECASE)
_NEXT_VALUE = re.compile(r"nextval\((?:`(?:[^`]|``)+`\.)?`((?:[^`]|``)+)`\)", re.IGNORECASE)

Row = Mapping[str, Any]


_TABLES = (
    "SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS, TABLE_COLLATION, CREATE_OPTIONS, TABLE_COMMENT"
    f" FROM information_schema.TABLES WHERE TABLE_SCHEMA = {PARAMETER}"
)
_COLUMNS = (
    "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH,"
    " CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, COLLATION_NAME, COLUMN_TYPE, EXTRA, PRIVILEGES,"
    f" COLUMN_COMMENT, GENERATION_EXPRESSION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {PARAMETER}"
    " ORDER BY TABLE_NAME, ORDINAL_POSITION"
)
_STATISTICS = (
    "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART, INDEX_TYPE, {expression}"
    f" FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = {PARAMETER}"
    " ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"
)
_KEYS = (
    "SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME,"
    " k.REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE k"
    f" WHERE k.TABLE_SCHEMA = {PARAMETER} AND k.REFERENCED_TABLE_NAME IS NOT NULL"
    " ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION"
)
_ACTIONS = (
    "SELECT TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE"
    f" FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = {PARAMETER}"
)
_VIEWS = (
    f"SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = {PARAMETER}"
    " ORDER BY TABLE_NAME"
)
_TRIGGERS = (
    "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT"
    f" FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = {PARAMETER}"
    " ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER"
)
_PARTITIONS = (
    "SELECT DISTINCT TABLE_NAME, PARTITION_METHOD, PARTITION_EXPRESSION, PARTITION_DESCRIPTION, PARTITION_ORDINAL_POSITION"
    f" FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = {PARAMETER} AND PARTITION_NAME IS NOT NULL"
    " ORDER BY TABLE_NAME, PARTITION_ORDINAL_POSITION"
)
_TRANSACTIONAL = "SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS = 'YES'"


def describe(wire: Wire, database: str, flavour: Flavour) -> Schema:
    """The schema of this database. Raises the driver's errors."""
    tables = [row for row in _rows(wire, _TABLES, database) if not row["TABLE_NAME"].startswith(RESERVED)]
    parts = _Parts(wire, database, flavour)
    described = [parts.table(row) for row in tables if row["TABLE_TYPE"] in ("BASE TABLE", "SYSTEM VERSIONED")]
    readable = tuple(sorted((table for table in described if table.columns), key=lambda table: table.name))
    return Schema(
        dialect=flavour.dialect,
        default_schema=database,
        tables=readable,
        views=tuple(
            View(TableName(row["TABLE_NAME"]), row["VIEW_DEFINITION"] or "") for row in _rows(wire, _VIEWS, database)
        ),
        triggers=tuple(_trigger(row) for row in _rows(wire, _TRIGGERS, database)),
        sequences=tuple(_sequences(tables, readable)),
        unreadable=tuple(parts.unreadable(described)),
        notes=tuple(_notes(tables)),
    )


class _Parts:
    """Everything about all tables, by table name."""

    def __init__(self, wire: Wire, database: str, flavour: Flavour) -> None:
        self._database = database
        self._flavour = flavour
        expression = "EXPRESSION" if flavour.expression_indexes else "NULL AS EXPRESSION"
        self._columns = _by_table(_rows(wire, _COLUMNS, database))
        self._statistics = _by_table(_rows(wire, _STATISTICS.format(expression=expression), database))
        self._keys = _by_table(_rows(wire, _KEYS, database))
        self._checks = _by_table(_rows(wire, flavour.checks, database))
        self._partitions = _by_table(_rows(wire, _PARTITIONS, database))
        self._actions = {
            (row["TABLE_NAME"], row["CONSTRAINT_NAME"]): (row["DELETE_RULE"], row["UPDATE_RULE"])
            for row in _rows(wire, _ACTIONS, database)
        }
        self._transactional = {row["ENGINE"] for row in _rows(wire, _TRANSACTIONAL)}

    def table(self, row: Row) -> Table:
        name = row["TABLE_NAME"]
        columns = self._table_columns(name)
        indexes = [list(parts) for _, parts in groupby(self._statistics[name], key=lambda part: part["INDEX_NAME"])]
        partition = next(iter(self._partitions[name]), None)
        return Table(
            name=TableName(name),
            columns=columns,
            uniques=tuple(_unique(parts) for parts in indexes if not int(parts[0]["NON_UNIQUE"])),
            foreign_keys=tuple(self._foreign_keys(name)),
            checks=tuple(self._table_checks(name, columns)),
            indexes=tuple(_index(parts) for parts in indexes),
            comment=row["TABLE_COMMENT"] or None,
            estimated_rows=None if row["TABLE_ROWS"] is None else int(row["TABLE_ROWS"]),
            partition_key=_partition_key(partition) if partition else None,
            partition_bounds=tuple(map(_partition_bound, self._partitions[name])),
            options=tuple(self._options(row)),
        )

    def unreadable(self, tables: Iterable[Table]) -> Iterable[tuple[TableName, str]]:
        for table in tables:
            lacking = [c["COLUMN_NAME"] for c in self._columns[table.name.name] if "select" not in c["PRIVILEGES"]]
            if lacking or not table.columns:
                what = "" if len(lacking) == len(table.columns) else f" on {', '.join(lacking)}"
                yield table.name, f"this login has no SELECT{what}"

    def _table_columns(self, name: str) -> tuple[Column, ...]:
        matches = [_JSON.match(check["CHECK_CLAUSE"].strip()) for check in self._checks[name]]
        json = {_plain(match.group(1)) for match in matches if match}
        return tuple(
            replace(
                column_of(row, row["DATA_TYPE"] == "longtext" and row["COLUMN_NAME"] in json),
                default=self._default(row),
            )
            for row in self._columns[name]
        )

    def _default(self, row: Row) -> str | None:
        value, extra = row["COLUMN_DEFAULT"], str(row["EXTRA"] or "").upper()
        if value is None or (self._flavour.quoted_defaults and value == "NULL"):
            return None
        if self._flavour.quoted_defaults or "DEFAULT_GENERATED" in extra or value.startswith(("b'", "0x")):
            return str(value)
        return str(value) if value.upper().startswith("CURRENT_TIMESTAMP") else "'" + value.replace("'", "''") + "'"

    def _table_checks(self, name: str, columns: tuple[Column, ...]) -> Iterable[Check]:
        for row in self._checks[name]:
            text: str = row["CHECK_CLAUSE"]
            plain = text.replace("\\'", "'") if self._flavour.escapes_quotes else text
            yield _check(row["CONSTRAINT_NAME"], plain, columns)

    def _foreign_keys(self, name: str) -> Iterable[ForeignKey]:
        for constraint, group in groupby(self._keys[name], key=lambda row: row["CONSTRAINT_NAME"]):
            rows = list(group)
            schema = rows[0]["REFERENCED_TABLE_SCHEMA"]
            delete, update = self._actions.get((name, constraint), ("RESTRICT", "RESTRICT"))
            yield ForeignKey(
                name=constraint,
                columns=tuple(row["COLUMN_NAME"] for row in rows),
                parent=TableName(rows[0]["REFERENCED_TABLE_NAME"], None if schema == self._database else schema),
                parent_columns=tuple(row["REFERENCED_COLUMN_NAME"] for row in rows),
                on_delete=delete,
                on_update=update,
            )

    def _options(self, row: Row) -> Iterable[tuple[str, str]]:
        collation = row["TABLE_COLLATION"] or ""
        yield "ENGINE", row["ENGINE"] or ""
        yield "CHARSET", collation.partition("_")[0]
        yield "COLLATE", collation
        if row["TABLE_TYPE"] == "SYSTEM VERSIONED":
            yield "SYSTEM VERSIONING", "YES"
        if row["ENGINE"] not in self._transactional:
            yield "TRANSACTIONS", "NO"


def _partition_bound(row: Row) -> str:
    """The condition of one partition; a RANGE has no lower bound of its own, as what is below lies in earlier partitions."""
    limit = row["PARTITION_DESCRIPTION"]
    if not limit or "MAXVALUE" in limit or limit == "DEFAULT":
        return "DEFAULT"
    operator = "<" if row["PARTITION_METHOD"].startswith("RANGE") else "IN"
    return f"({row['PARTITION_EXPRESSION']}) {operator} ({limit})"


def _partition_key(row: Row) -> str:
    return f"{row['PARTITION_METHOD']} ({row['PARTITION_EXPRESSION'] or ''})"


def _unique(parts: list[Row]) -> Unique:
    expressions = [part["EXPRESSION"] for part in parts if part["EXPRESSION"]]
    columns = [part["COLUMN_NAME"] for part in parts if part["COLUMN_NAME"] is not None]
    columns += [_plain(name) for expression in expressions for name in _QUOTED.findall(expression)]
    return Unique(
        name=parts[0]["INDEX_NAME"],
        columns=tuple(dict.fromkeys(columns)),
        primary=parts[0]["INDEX_NAME"] == "PRIMARY",
        # A prefix index is unique on the first characters only: like an expression, never on the column itself.
        expression=bool(expressions) or any(part["SUB_PART"] is not None for part in parts),
    )


def _index(parts: list[Row]) -> Index:
    texts = [
        f"({part['EXPRESSION']})"
        if part["EXPRESSION"]
        else f"`{part['COLUMN_NAME'].replace('`', '``')}`" + (f"({part['SUB_PART']})" if part["SUB_PART"] else "")
        for part in parts
    ]
    return Index(
        name=parts[0]["INDEX_NAME"],
        columns=tuple(part["COLUMN_NAME"] for part in parts if part["COLUMN_NAME"] is not None),
        unique=not int(parts[0]["NON_UNIQUE"]),
        definition=f"{parts[0]['INDEX_TYPE']} ({', '.join(texts)})",
    )


def _check(name: str, expression: str, columns: Iterable[Column]) -> Check:
    named = {_plain(quoted) for quoted in _QUOTED.findall(_STRINGS.sub("''", expression))}
    return Check(name, expression, tuple(column.name for column in columns if column.name in named))


def _trigger(row: Row) -> Trigger:
    name, table = row["TRIGGER_NAME"], row["EVENT_OBJECT_TABLE"]
    head = f"CREATE TRIGGER `{name}` {row['ACTION_TIMING']} {row['EVENT_MANIPULATION']} ON `{table}` FOR EACH ROW"
    return Trigger(name=name, table=TableName(table), definition=f"{head} {row['ACTION_STATEMENT']}")


def _sequences(rows: Iterable[Row], tables: Iterable[Table]) -> Iterable[Sequence]:
    owners = {
        _plain(match.group(1)): (table.name, column.name)
        for table in tables
        for column in table.columns
        if (match := _NEXT_VALUE.search(column.default or ""))
    }
    for row in rows:
        if row["TABLE_TYPE"] == "SEQUENCE":
            name = row["TABLE_NAME"]
            yield Sequence(TableName(name), owner=owners.get(name))


def _notes(tables: Iterable[Row]) -> Iterable[str]:
    """What SHOW CREATE and the reading of tables leave behind."""
    for row in tables:
        if row["TABLE_TYPE"] == "SYSTEM VERSIONED":
            yield f"history of the system-versioned table {row['TABLE_NAME']} (only its current rows are read)"


def _rows(wire: Wire, sql: str, *values: Any) -> list[Row]:
    rows = wire.select(sql, *values)
    names = [column[0] for column in wire._result.description]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _by_table(rows: Iterable[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["TABLE_NAME"]].append(row)
    return found


def _plain(name: str) -> str:
    return name.replace("``", "`")
