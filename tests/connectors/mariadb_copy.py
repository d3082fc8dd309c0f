"""The whole line of the connector by itself, for the tests of MariaDB: DDL, rows, keys; and a private session beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import make_url

from connectors import open_database
from connectors.database import Form, Issue, Marker, Phase, Read, ReadColumn, State
from connectors.my_wire import Wire
from connectors.names import TableName
from connectors.schema import Schema, Table


def session(url: str) -> Wire:
    """A login of its own that may do everything."""
    parts = make_url(url)
    return Wire(
        host=parts.host, port=parts.port, user=parts.username, password=str(parts.password), database=parts.database,
        autocommit=None, conv={}, charset="utf8mb4", ssl_disabled=True,
    )  # fmt: skip


def run(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Execute these statements; the rows of the last one."""
    rows: list[tuple[Any, ...]] = []
    with session(url) as wire:
        for statement in statements:
            rows = wire.select(statement)
    return rows


def marker(run_id: str = "run-1", *, fresh: bool = True) -> Marker:
    return Marker(run_id, "fingerprint", State.LOADING, "source", "2026-11-21T00:00:00Z", fresh, "0.1.0")


def everything(table: Table, form: Form) -> tuple[ReadColumn, ...]:
    return tuple(ReadColumn(column.name, form) for column in table.stored)


def copy(source_url: str, target_url: str, form: Form, rows: int = 100) -> list[Issue]:
    """Clone every table in chunks of `rows` rows; what could not be carried."""
    with open_database(source_url) as source, open_database(target_url) as database:
        schema = source.describe()
        script = source.ddl(schema)
        assert script is not None
        with database.target() as target, source.snapshot() as snapshot:
            target.claim(marker())
            issues = [*script.issues, *target.execute(script.phase(Phase.BEFORE))]
            target.begin(schema, fresh=True)
            for table in schema.tables:
                for chunk in snapshot.chunks(table.name, rows):
                    target.write(table, chunk, snapshot.read(Read(table.name, everything(table, form), chunk=chunk)))
            issues += target.finish(schema, fresh=True)
            issues += target.execute(script.phase(Phase.AFTER))
            target.set_state(State.COMPLETE)
    return issues


def checksums(url: str, tables: Iterable[TableName]) -> dict[str, str]:
    """The server's own checksum of each table's rows."""
    with session(url) as wire:
        return {table.name: wire.select(f"CHECKSUM TABLE `{table.name.replace('`', '``')}`")[0][1] for table in tables}


def comparable(schema: Schema) -> tuple[Any, ...]:
    """A schema without what two equal databases may say differently."""
    tables = tuple(replace(table, estimated_rows=None) for table in schema.tables)
    views = tuple(view.name for view in schema.views)
    return tables, views, schema.triggers, schema.sequences, schema.notes
