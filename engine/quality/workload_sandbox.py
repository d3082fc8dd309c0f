"""One side's tables in a DuckDB of their own that reaches nothing else: no file, no network, no other statement than a question."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import duckdb
import pyarrow as pa

from connectors.names import TableName
from engine.jobs.control import Control

MEMORY = "512MB"
POLL = 0.05
"""Seconds between two looks at whether a query has to stop."""


class Refused(Exception):
    """A query that has no answer; `str()` says why, without a word of it."""


class Sandbox:
    """Holds a connection open. `tables`: under names of our own; `views`: source's table names -> which of them they show."""

    def __init__(
        self, tables: Mapping[str, pa.Table], views: Mapping[TableName, str] | None = None, default_schema: str = ""
    ) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            # Several would add numbers up in an order of their own each time.
            "threads": 1,
            # Nothing of the source is spilled to a disk.
            "temp_directory": "",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            # Otherwise a table's name could mean a variable of this program.
            "python_enable_replacements": "false",
        }
        self._database = duckdb.connect(":memory:", config=settings)
        for name, rows in tables.items():
            self._database.register(name, rows)
        self._show(views or {}, default_schema)
        self._database.execute("SET enable_external_access=false")
        self._database.execute("SET lock_configuration=true")

    def _show(self, views: Mapping[TableName, str], default_schema: str) -> None:
        """Each table under its name, and in its schema. Of names that differ in case alone DuckDB knows one: the first."""
        shown: set[tuple[str, str]] = set()
        for table, name in views.items():
            for schema in dict.fromkeys((table.schema or "main", table.schema or default_schema or "main")):
                spelt = (schema.casefold(), table.name.casefold())
                if spelt not in shown:
                    shown.add(spelt)
                    # A name that DuckDB keeps for itself (`temp`, `pg_catalog`) shows nothing: who asks for it is told so.
                    with suppress(duckdb.BinderException, duckdb.CatalogException):
                        self._database.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
                        self._database.execute(
                            f"CREATE VIEW {_quoted(schema)}.{_quoted(table.name)} AS SELECT * FROM {_quoted(name)}"
                        )

    def check(self, sql: str) -> None:
        """Raise Refused for whatever is not one question."""
        try:
            statements = self._database.extract_statements(sql)
        except duckdb.Error:
            raise Refused("it is no SQL that DuckDB can read") from None
        if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
            raise Refused("it is not one SELECT")

    def ask(self, sql: str, *, seconds: float, rows: int, control: Control) -> pa.Table:
        """The answer. Raises Refused where there is none within these seconds, of at most so many rows; Cancelled."""
        self.check(sql)
        with self._watched(seconds, control):
            try:
                found = self._read(sql, rows)
            except duckdb.InterruptException:
                control.check()
                raise Refused(f"it took longer than {seconds:.0f} seconds") from None
            except duckdb.PermissionException:
                raise Refused("it asks for something outside the compared tables") from None
            except (duckdb.CatalogException, duckdb.BinderException):
                raise Refused(
                    "it names a table or column that is not there, or a function not for these types (made-up columns are left out)"
                ) from None
            except (duckdb.OutOfMemoryException, MemoryError):
                raise Refused(f"it needs more than {MEMORY} of memory") from None
            except (duckdb.Error, pa.ArrowException):
                raise Refused("it failed on the compared rows") from None
        control.check()
        return found

    def _read(self, sql: str, rows: int) -> pa.Table:
        reader = self._database.sql(sql).to_arrow_reader(10_000)
        batches, read = [], 0
        for batch in reader:
            batches.append(batch)
            read += batch.num_rows
            if read > rows:
                raise Refused(f"its answer has more than {rows} rows")
        return pa.Table.from_batches(batches, reader.schema)

    @contextmanager
    def _watched(self, seconds: float, control: Control) -> Iterator[None]:
        done = threading.Event()

        def watch() -> None:
            until = time.monotonic() + seconds
            while not done.wait(POLL):
                # Again and again: an interrupt between two statements is lost.
                if control.cancelled or time.monotonic() > until:
                    self._database.interrupt()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
