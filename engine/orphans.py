"""Rows of the source without a parent: counted while loading, or, where the target itself proves that there are none, not at all.

A key that the source enforces has no orphans, unless somebody has switched it off for a while. A target that checks its rows when the
key is added finds those too, so they are counted only when it refuses the key: an anti-join over the largest tables is saved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from connectors.database import Database, Issue, Phase
from connectors.names import TableName
from connectors.schema import Table
from engine.build import Build
from engine.record import TableRecord
from engine.record_store import RecordStore

REFUSED = ("foreign-key-not-validated", "foreign-key-not-made")


def proven_keys(build: Build, table: Table, target: Database) -> frozenset[str]:
    """Foreign keys of this source table that the target will check against every row when they are added after the load."""
    if not target.capabilities.proves_keys or table.name not in build.names:
        return frozenset()
    added = {
        statement.name.rpartition(" ")[2]
        for statement in build.script.phase(Phase.AFTER)
        if statement.kind == "foreign key" and statement.table == build.names[table.name]
    }
    ours = (key for key in table.foreign_keys if key.validated and key.enforced and not key.virtual)
    return frozenset(key.name for key in ours if key.name in added)


def recounted(
    records: Iterable[TableRecord],
    issues: Collection[Issue],
    proven: Mapping[TableName, frozenset[str]],
    source: Database,
    store: RecordStore,
) -> list[TableRecord]:
    """The records, with the orphans of those `proven` keys counted now that the target has refused for rows without a parent."""
    refused = {issue.table for issue in issues if issue.code in REFUSED}
    return [
        _recounted(record, proven[record.name], source, store)
        if record.target in refused and proven.get(record.name)
        else record
        for record in records
    ]


def _recounted(record: TableRecord, proven: Collection[str], source: Database, store: RecordStore) -> TableRecord:
    with source.snapshot() as snapshot:
        orphans = tuple(
            snapshot.orphans(record.name, key) if key.name in proven else count
            for key, count in zip(record.foreign_keys, record.orphans, strict=True)
        )
    whole = store.table(record.name)
    if whole is not None:
        store.save_table(replace(whole, orphans=orphans))
    return replace(record, orphans=orphans)
