"""`lookalike inspect SOURCE`: what the database says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from connectors.database import Database
from connectors.names import TableName, parse_table_name
from connectors.schema import Column, ForeignKey, Schema, Table
from engine.commands.session import Session, Source
from engine.commands.status import UsageError
from engine.printing import plural, table

Counts = Mapping[TableName, int]


def inspect(
    session: Session,
    source: Source,
    only: Annotated[str | None, typer.Option("--table", help="Show the columns of this table.")] = None,
    count: Annotated[
        bool, typer.Option("--count", help="Count rows instead of taking the database's estimates.")
    ] = False,
) -> None:
    """Show a database's tables, keys and columns."""
    with session.source(source) as database:
        schema = database.describe()
        tables = [_one(schema, only)] if only else list(schema.tables)
        counts = _count(database, tables) if count else {}
    data = schema_data(schema, tables, counts)
    session.screen.show(data, *(_columns(tables[0], counts) if only else _overview(schema, counts)))


def _one(schema: Schema, text: str) -> Table:
    try:
        return schema.table(parse_table_name(text))
    except ValueError as error:
        raise UsageError(str(error)) from None
    except KeyError:
        raise UsageError(f"there is no table {text}; `lookalike inspect` without --table lists them") from None


def _count(database: Database, tables: list[Table]) -> Counts:
    with database.snapshot() as snapshot:
        return {each.name: snapshot.count(each.name) for each in tables}


def _overview(schema: Schema, counts: Counts) -> list[RenderableType]:
    rows = [
        (
            each.name,
            counts.get(each.name, each.estimated_rows),
            len(each.columns),
            ", ".join(each.primary_key) or "none",
            ", ".join(dict.fromkeys(str(key.parent) for key in each.foreign_keys)),
        )
        for each in schema.tables
    ]
    headings = ("table", "rows" if counts else "rows (estimated)", "columns", "primary key", "refers to")
    parts: list[RenderableType] = [table(headings, rows)]
    keys = sum(len(each.foreign_keys) for each in schema.tables)
    also = (
        f"{schema.dialect}: {plural(len(schema.tables), 'table')}, {plural(keys, 'foreign key')}, "
        f"{plural(len(schema.views), 'view')}, {plural(len(schema.triggers), 'trigger')}, "
        f"{plural(len(schema.sequences), 'sequence')}."
    )
    parts.append(also)
    parts += [f"Not readable: {name} ({reason})." for name, reason in schema.unreadable]
    parts += [f"Not described: {note}" for note in schema.notes]
    return parts


def _columns(each: Table, counts: Counts) -> list[RenderableType]:
    rows = [
        (column.name, column.native, "" if column.nullable else "not null", _marks(each, column), column.default)
        for column in each.columns
    ]
    parts: list[RenderableType] = [table(("column", "type", "null", "key", "default"), rows, title=str(each.name))]
    if each.name in counts:
        parts.append(f"{plural(counts[each.name], 'row')}.")
    parts += [f"{_key_text(key)}" for key in each.foreign_keys]
    parts += [f"Check {check.name}: {check.expression}" for check in each.checks]
    return parts


def _marks(each: Table, column: Column) -> str:
    marks = ["primary"] if column.name in each.primary_key else []
    marks += ["unique" for unique in each.uniques if unique.columns == (column.name,) and not unique.primary][:1]
    marks += [f"-> {key.parent}" for key in each.foreign_keys if column.name in key.columns]
    marks += [
        word for word, there in (("generated", column.generated), (column.identity or "", column.identity)) if there
    ]
    return ", ".join(marks)


def _key_text(key: ForeignKey) -> str:
    columns, parents = ", ".join(key.columns), ", ".join(key.parent_columns)
    return (
        f"Foreign key {key.name}: ({columns}) -> {key.parent} ({parents}){'' if key.validated else ', not validated'}"
    )


def schema_data(schema: Schema, tables: list[Table], counts: Counts) -> dict[str, Any]:
    """The schema as JSON: names as they are printed everywhere, sets sorted."""
    data: dict[str, Any] = _plain(asdict(schema) | {"tables": None})
    return data | {
        "tables": {
            str(each.name): _plain(asdict(each) | {"name": None})
            | {"name": str(each.name), "rows": counts.get(each.name), "primary_key": list(each.primary_key)}
            for each in tables
        }
    }


def _plain(value: Any) -> Any:
    """Dataclasses' dicts as JSON: table names are one text, not two parts."""
    if isinstance(value, dict):
        if value.keys() == {"name", "schema"}:
            return str(TableName(value["name"], value["schema"]))
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(_plain, value))
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
