"""Some rows of a table, spread over it, and what could not be read of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from connectors.database import Form, Read, ReadColumn, Snapshot
from connectors.errors import DatabaseError
from connectors.schema import Table
from engine.profiling.facts import Sample
from engine.profiling.finding import NotExamined


@dataclass(frozen=True)
class TableSample:
    columns: Mapping[str, Sample] = field(default_factory=dict)
    not_examined: tuple[NotExamined, ...] = ()


def sample_table(snapshot: Snapshot, table: Table, rows: int) -> TableSample:
    """At most about `rows` rows of every stored column."""
    columns = tuple(ReadColumn(column.name, Form.ARROW) for column in table.stored)
    try:
        batches = list(snapshot.read(Read(table.name, columns, limit=rows)))
    except DatabaseError:
        return TableSample(
            {}, (NotExamined(table.name, None, "unreadable", "the database refuses to read it", blocking=True),)
        )
    if not batches:
        return TableSample({}, (NotExamined(table.name, None, "empty", "it has no rows"),))
    read = pa.Table.from_batches(batches).combine_chunks()
    return TableSample({name: Sample(read.column(name).combine_chunks()) for name in read.schema.names})
