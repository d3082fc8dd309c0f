"""Versions of an entity: its rows as they once were, sealed in the workspace under a number and a note."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from connectors.database import Database, Form, Read, ReadColumn, Snapshot
from connectors.names import TableName, parse_table_name
from connectors.schema import Schema, Table
from connectors.sql import chunk_key
from engine.entities.entity import Entity, EntityError, find, gather, owned_tables
from engine.entities.reserve import stamp
from engine.keys import MaskingKey
from engine.sealed import seal, unseal
from engine.workspace import Workspace, private_folder, write_private

KEY = "entities"
"""The masking key that seals versions; it masks nothing."""
_HEAD = "head.json"


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    note: str
    made: str
    """ISO 8601, UTC."""
    rows: Mapping[str, int]
    """Table -> rows."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A version with its rows."""

    version: Version
    batches: Mapping[TableName, tuple[pa.RecordBatch, ...]]


class Versions:
    """The versions of one entity in this workspace."""

    def __init__(self, workspace: Workspace, key: MaskingKey, database: Database, entity: Entity) -> None:
        told = json.dumps([repr(database.identity()), str(entity.table.name), *entity.row])
        name = hashlib.blake2b(told.encode(), key=key.derive("entity name"), digest_size=16).hexdigest()
        self._folder = workspace.folder / "entities" / name
        self._key, self._workspace = key.derive("entity versions"), workspace

    def numbers(self) -> list[int]:
        return sorted(int(file.stem) for file in self._folder.glob("*.sealed"))

    def all(self) -> Iterator[Version]:
        for number in self.numbers():
            yield self.load(number).version

    def save(self, note: str, batches: Mapping[TableName, tuple[pa.RecordBatch, ...]]) -> Version:
        private_folder(private_folder(self._workspace.folder / "entities") / self._folder.name)
        rows = {str(name): sum(batch.num_rows for batch in parts) for name, parts in batches.items()}
        version = Version(max(self.numbers(), default=0) + 1, note, stamp(datetime.now(UTC)), rows)
        write_private(
            self._file(version.number), seal(_packed(version, batches), self._key, self._purpose(version.number))
        )
        return version

    def load(self, number: int | None) -> Saved:
        """The version of that number, or the last one. Raises EntityError where it is not here."""
        numbers = self.numbers()
        wanted = number if number is not None else max(numbers, default=0)
        if wanted not in numbers:
            raise EntityError(
                f"this workspace has no version {number or ''}".rstrip()
                + " of this entity: `lookalike entity list` shows them",
                code="entity-no-version",
            )
        return _unpacked(unseal(self._file(wanted).read_bytes(), self._key, self._purpose(wanted)))

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.sealed"

    def _purpose(self, number: int) -> bytes:
        return f"{self._folder.name} {number}".encode()


def snapshot(
    database: Database, workspace: Workspace, sealing: MaskingKey, table: TableName, key: tuple[str, ...], note: str
) -> Version:
    """Save the entity as it is now. Raises EntityError where rows of it could never be brought back."""
    schema = database.describe()
    entity = find(database, schema, table, key)
    with database.snapshot() as moment:
        ids = gather(moment, schema, entity)
        for name in ids:
            if not chunk_key(schema.table(name)):
                raise EntityError(
                    f"{name} has no primary key, so the rows that this entity owns there could not be brought back",
                    table=name, code="entity-no-key",
                )  # fmt: skip
        batches = {t.name: _rows(moment, t, ids[t.name]) for t in owned_tables(schema, table) if t.name in ids}
    return Versions(workspace, sealing, database, entity).save(note, batches)


def refuse_other_columns(saved: Saved, schema: Schema) -> None:
    """Raise EntityError where a table has other columns than it had."""
    for name, batches in saved.batches.items():
        there = [column.name for column in schema.table(name).stored] if name in schema.by_name else []
        if any(sorted(batch.schema.names) != sorted(there) for batch in batches):
            raise EntityError(
                f"{name} has other columns than when version {saved.version.number} was saved", table=name,
                code="entity-columns",
            )  # fmt: skip


def _rows(moment: Snapshot, table: Table, ids: pa.Table) -> tuple[pa.RecordBatch, ...]:
    columns = tuple(ReadColumn(column.name, Form.WIRE) for column in table.stored)
    return tuple(moment.read(Read(table.name, columns, among=ids)))


def _packed(version: Version, batches: Mapping[TableName, tuple[pa.RecordBatch, ...]]) -> bytes:
    """A zip of the head and one Arrow stream for each batch: batches of one table may differ in their forms."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(_HEAD, json.dumps(asdict(version)))
        for place, (name, parts) in enumerate(batches.items()):
            packed.writestr(f"{place}/name", str(name))
            for number, batch in enumerate(parts):
                stream = io.BytesIO()
                with pa.ipc.new_stream(stream, batch.schema) as writer:
                    writer.write_batch(batch)
                packed.writestr(f"{place}/{number:06}", stream.getvalue())
    return buffer.getvalue()


def _unpacked(content: bytes) -> Saved:
    batches: dict[TableName, tuple[pa.RecordBatch, ...]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        version = Version(**json.loads(packed.read(_HEAD)))
        for place in range(len(version.rows)):
            name = parse_table_name(packed.read(f"{place}/name").decode())
            parts = sorted(n for n in packed.namelist() if n.startswith(f"{place}/") and not n.endswith("name"))
            batches[name] = tuple(batch for part in parts for batch in pa.ipc.open_stream(packed.read(part)))
    return Saved(version, batches)
