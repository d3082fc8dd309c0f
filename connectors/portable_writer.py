"""How each dialect spells the statements of a portable script."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.database import Phase, Statement
from connectors.names import TableName
from connectors.portable_names import Names
from connectors.portable_types import MYSQL
from connectors.schema import Column, ForeignKey, Table
from connectors.sql import Sql

_DEFERRABLE = frozenset({"postgresql", "sqlite", "oracle"})
_QUOTES = {"mysql": ("`", "`"), "mariadb": ("`", "`"), "mssql": ("[", "]")}
_DEFAULT_SCHEMA = {"postgresql": "public"}


class Writer(Sql):
    """Names and clauses of one target."""

    def __init__(self, dialect: str) -> None:
        super().__init__(_DEFAULT_SCHEMA.get(dialect))
        self.dialect = dialect
        self.quotes = _QUOTES.get(dialect, ('"', '"'))
        self.names: dict[str | None, Names] = {}
        """What is taken per schema: tables, indexes and constraints share one namespace in some dialects."""
        self._enums: dict[tuple[str | None, str], tuple[tuple[str, ...], str]] = {}

    def create_schema(self, schema: str) -> Statement:
        if self.dialect == "mssql":
            sql = "EXEC('CREATE SCHEMA " + self.quote(schema).replace("'", "''") + "')"
        else:
            sql = f"CREATE SCHEMA IF NOT EXISTS {self.quote(schema)}"
        return Statement(Phase.BEFORE, "schema", schema, sql)

    def enum_type(self, wanted: str, labels: tuple[str, ...], schema: str | None) -> tuple[str, Statement | None]:
        """The type's name, and the statement that makes it where no equal one is there yet."""
        known = self._enums.get((schema, wanted))
        if known is not None and known[0] == labels:
            return known[1], None
        name = self.relation(TableName(self.names.setdefault(schema, Names(self.dialect)).take(wanted), schema))
        self._enums[schema, wanted] = (labels, name)
        values = ", ".join("'" + label.replace("'", "''") + "'" for label in labels)
        return name, Statement(Phase.BEFORE, "type", name, f"CREATE TYPE {name} AS ENUM ({values})")

    def named(self, table: Table, wanted: str, columns: Sequence[str], suffix: str) -> str:
        """A free name for an index or a constraint of this table."""
        usual = "_".join((table.name.name, *columns, suffix))
        generic = not wanted or wanted.upper().startswith(("SQLITE_", "PRIMARY", "CHECK "))
        return self.names.setdefault(table.name.schema, Names(self.dialect)).take(usual if generic else wanted, usual)

    def column(self, column: Column, alone: bool) -> str:
        """A line of CREATE TABLE. `alone`: it is the whole primary key."""
        parts = [self.quote(column.name), column.native]
        if column.collation == "NOCASE" and self.dialect == "sqlite":
            parts.append("COLLATE NOCASE")
        if column.identity:
            parts.append(self._identity(column))
        elif column.default:
            parts.append(f"DEFAULT {column.default}")
        if column.generated:
            parts.append(
                f"GENERATED ALWAYS AS ({column.generated}) {'VIRTUAL' if self.dialect == 'oracle' else 'STORED'}"
            )
        if not column.nullable:
            parts.append("NOT NULL")
        if alone and self.dialect == "sqlite":
            parts.append("PRIMARY KEY")
        return " ".join(part for part in parts if part)

    def _identity(self, column: Column) -> str:
        if self.dialect in MYSQL:
            return "AUTO_INCREMENT"
        if self.dialect == "sqlite":
            return ""
        if self.dialect == "mssql":
            return "IDENTITY(1,1)"
        return f"GENERATED {'ALWAYS' if column.identity == 'always' else 'BY DEFAULT'} AS IDENTITY"

    def foreign_key(self, key: ForeignKey) -> str:
        parts = [
            f"CONSTRAINT {self.quote(key.name)} FOREIGN KEY ({self.columns(key.columns)})",
            f"REFERENCES {self.relation(key.parent)} ({self.columns(key.parent_columns)})",
        ]
        if key.match_full and self.dialect == "postgresql":
            parts.append("MATCH FULL")
        for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
            if action != "NO ACTION" and not (self.dialect == "oracle" and (event == "UPDATE" or action == "RESTRICT")):
                parts.append(f"ON {event} {'NO ACTION' if (self.dialect, action) == ('mssql', 'RESTRICT') else action}")
        if key.deferrable and self.dialect in _DEFERRABLE:
            parts.append("DEFERRABLE" + (" INITIALLY DEFERRED" if key.initially_deferred else ""))
        return " ".join(parts)

    def add(self, table: Table, kind: str, name: str, clause: str) -> Statement:
        sql = f"ALTER TABLE {self.relation(table.name)} ADD {clause}"
        return Statement(Phase.AFTER, kind, name, sql, table.name)

    def text(self, value: str) -> str:
        escaped = value.replace("'", "''")
        return "'" + (escaped.replace("\\", "\\\\") if self.dialect in MYSQL else escaped) + "'"
