"""Bring an entity back to a version: staged beside the target like a refresh, merged in one transaction, every foreign key proven."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from connectors.database import Chunk, Database, Marker, State
from connectors.errors import DatabaseError
from connectors.merging import Held, How, Incoming, Merge, Merged, Staging
from connectors.names import TableName
from connectors.schema import Schema, Table
from connectors.sql import chunk_key
from engine.entities.entity import Entity, find, owned_tables, owning_keys, refuse_not_ours
from engine.entities.reserve import refuse_held
from engine.entities.versions import Saved, Version, Versions, refuse_other_columns
from engine.jobs.events import now
from engine.keys import MaskingKey
from engine.safety import Refused, running, staging
from engine.versions import VERSION
from engine.workspace import Workspace, new_run_id


def restore(
    database: Database,
    workspace: Workspace,
    sealing: MaskingKey,
    table: TableName,
    key: tuple[str, ...],
    number: int | None,
    owner: str,
) -> tuple[Version, Mapping[TableName, Merged]]:
    """The version (the last where no number is given) and what became of the rows. Raises Refused, EntityError and WriteError with
    the target as it was."""
    refuse_not_ours(database, workspace)
    schema = database.describe()
    entity = find(database, schema, table, key, gone=True)
    refuse_held(database, entity, owner)
    saved = Versions(workspace, sealing, database, entity).load(number)
    refuse_other_columns(saved, schema)
    run = f"restore-{new_run_id()}"
    with running(database, run), staging(database) as session:
        before = _own_run(database)
        _refuse_staged(session)
        session.claim(Marker(run, "", State.LOADING, "", now(), False, VERSION))
        try:
            return saved.version, _merged(session, schema, entity, saved, before)
        finally:
            with suppress(DatabaseError):
                session.release()


def _merged(
    session: Staging, schema: Schema, entity: Entity, saved: Saved, before: str | None
) -> Mapping[TableName, Merged]:
    tables = [table for table in owned_tables(schema, entity.table.name) if chunk_key(table)]
    involved = replace(schema, tables=tuple(tables), sequences=(), triggers=())
    session.begin(involved, fresh=False)
    for table in tables:
        if batches := saved.batches.get(table.name):
            session.write(table, Chunk(table.name, 0), batches)
    whole = Held(entity.table.name, entity.columns, entity.key)
    order = Merge(
        How.UPSERT, schema, tuple(map(_incoming, tables)), None, before,
        owning=owning_keys(schema, entity.table.name), whole=whole,
    )  # fmt: skip
    merged = session.merge(order)
    session.finish(involved, fresh=False)
    return merged


def _incoming(table: Table) -> Incoming:
    return Incoming(table, tuple(column.name for column in table.stored), chunk_key(table))


def _own_run(database: Database) -> str | None:
    with database.target() as session:
        marker = session.marker()
    return marker.run if marker is not None else None


def _refuse_staged(session: Staging) -> None:
    """Raise Refused where the rows of a refresh are staged: a claim would clear them."""
    staged = session.marker()
    if staged is not None and staged.state is not State.COMPLETE:
        raise Refused(
            f"run {staged.run} has staged rows in this target: wait for its end, or `lookalike jobs resume {staged.run}`",
            code="target-busy",
        )
