"""CREATE TABLE in every dialect; SQLite, which can add nothing later, gets its keys and checks in it."""

from __future__ import annotations

from connectors.database import Phase, Statement
from connectors.portable_types import MYSQL
from connectors.portable_writer import Writer
from connectors.schema import Table


def create_table(writer: Writer, table: Table) -> Statement:
    """The table with its columns, primary key and, in SQLite, all its constraints."""
    primary = table.primary_key
    alone = primary if writer.dialect == "sqlite" and len(primary) == 1 else ()
    lines = [writer.column(column, (column.name,) == alone) for column in table.columns]
    if primary and not alone:
        lines.append(f"PRIMARY KEY ({writer.columns(primary)})")
    if writer.dialect == "sqlite":
        lines += _inside(writer, table)
    body = ",\n  ".join(lines)
    sql = f"CREATE TABLE {writer.relation(table.name)} (\n  {body}\n){_options(writer)}"
    return Statement(Phase.BEFORE, "table", str(table.name), sql, table.name)


def _inside(writer: Writer, table: Table) -> list[str]:
    lines = []
    for unique in table.uniques:
        if unique.constraint and not unique.primary:
            lines.append(f"CONSTRAINT {writer.quote(unique.name)} UNIQUE ({writer.columns(unique.columns)})")
    for check in table.checks:
        lines.append(f"CONSTRAINT {writer.quote(check.name)} CHECK ({check.expression})")
    lines += [writer.foreign_key(key) for key in table.foreign_keys]
    return lines


def _options(writer: Writer) -> str:
    return " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4" if writer.dialect in MYSQL else ""
