"""An entity as a person names it, table and key; and the rows that it owns, gathered edge by edge under one snapshot."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from connectors.database import Database, Snapshot, State
from connectors.errors import DatabaseError
from connectors.merging import Owning
from connectors.names import TableName
from connectors.rows import TO, Follow, Rows
from connectors.schema import Schema, Table
from connectors.sql import chunk_key
from engine.order import parents_first
from engine.safety import Refused
from engine.subset.owning import owning
from engine.workspace import Workspace

Ids = dict[TableName, pa.Table]


class EntityError(DatabaseError):
    """What was asked of an entity cannot be done; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A root row that is there."""

    table: Table
    columns: tuple[str, ...]
    """Of its key."""
    key: tuple[str, ...]
    """As the person wrote it."""
    row: tuple[str, ...]
    """As the database spells it."""

    def __str__(self) -> str:
        return f"{self.table.name} {', '.join(self.key)}"


def find(database: Database, schema: Schema, name: TableName, key: tuple[str, ...], *, gone: bool = False) -> Entity:
    """The entity of that key. Raises EntityError where there is no such table, key or row; with `gone` the row may be missing."""
    if name not in schema.by_name:
        raise EntityError(f"the target has no table {name}", table=name, code="entity-no-table")
    table = schema.table(name)
    columns = chunk_key(table)
    if not columns:
        raise EntityError(
            f"{name} has no primary key, so none of its rows can be named", table=name, code="entity-no-key"
        )
    if len(key) != len(columns):
        raise EntityError(
            f"the key of {name} is {', '.join(columns)}: give {len(columns)} values, in that order", table=name,
            code="entity-key",
        )  # fmt: skip
    with database.snapshot() as snapshot:
        batches = list(snapshot.rows(Rows(name, key_columns=columns, keys=(key,), columns=columns)))
    rows = [row for batch in batches for row in batch.select(columns).to_pylist()]
    if not rows and gone:
        return Entity(table, columns, key, key)
    if len(rows) != 1:
        raise EntityError(f"{name} has no row {', '.join(key)}", table=name, code="entity-no-row")
    return Entity(table, columns, key, tuple(_text(rows[0][column]) for column in columns))


def refuse_not_ours(database: Database, workspace: Workspace) -> None:
    """Raise Refused for a database that is no complete target of ours and is not on the list of allowed targets."""
    with database.target() as session:
        marker = session.marker()
    if (marker is None or marker.state is not State.COMPLETE) and not workspace.allowed_targets.exists():
        raise Refused(
            f"this database does not carry the mark of a complete run of ours: name it in the list of allowed targets "
            f"({workspace.allowed_targets}) if its entities may be changed",
            code="target-not-ours",
        )


def owned_tables(schema: Schema, root: TableName) -> list[Table]:
    """The root's table and all whose rows it may own, parents first."""
    names = {root} | {edge.child for edge in owning_keys(schema, root)}
    return parents_first([table for table in schema.tables if table.name in names])


def owning_keys(schema: Schema, root: TableName) -> tuple[Owning, ...]:
    """The foreign keys along which an entity of this table owns its rows."""
    keys = [
        (table.name, key)
        for table in schema.tables
        for key in table.foreign_keys
        if key.columns and key.parent in schema.by_name
    ]
    owns = owning(((child, key.parent) for child, key in keys), {root})
    return tuple(Owning(child, key) for child, key in keys if (child, key.parent) in owns)


def gather(snapshot: Snapshot, schema: Schema, entity: Entity) -> Ids:
    """The ids of the entity's rows, table by table: the root row and, again and again, the children of what was found last."""
    root, edges = entity.table.name, owning_keys(schema, entity.table.name)
    [first] = snapshot.rows(Rows(root, key_columns=entity.columns, keys=(entity.key,)))
    found: Ids = {root: pa.Table.from_batches([first]).select(snapshot.row_ids(root).names())}
    frontier = dict(found)
    while frontier:
        reached: Ids = {}
        for edge in edges:
            if edge.key.parent in frontier:
                new = _without(_children(snapshot, edge, frontier[edge.key.parent]), found.get(edge.child))
                if new.num_rows:
                    found[edge.child] = pa.concat_tables([found[edge.child], new]) if edge.child in found else new
                    there = reached.get(edge.child)
                    reached[edge.child] = pa.concat_tables([there, new]) if there is not None else new
        frontier = reached
    return found


def _children(snapshot: Snapshot, edge: Owning, parents: pa.Table) -> pa.Table:
    ids = snapshot.row_ids(edge.child)
    step = Follow(edge.child, edge.key, down=True, among=parents)
    batches = [batch.select(ids.names(TO)).rename_columns(list(ids.names())) for batch in snapshot.follow(step)]
    return pa.Table.from_batches(batches, ids.schema()).group_by(list(ids.names())).aggregate([])


def _without(rows: pa.Table, known: pa.Table | None) -> pa.Table:
    return rows if known is None else rows.join(known, keys=rows.column_names, join_type="left anti")


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
