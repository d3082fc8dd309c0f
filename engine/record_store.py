"""The sealed files of a run: its record, kept for `verify`; chunk bounds and single chunks' measures, deleted when it ends."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from connectors.database import Chunk
from connectors.names import TableName, parse_table_name
from connectors.schema import ForeignKey, Unique
from engine.checksums import Canon
from engine.keys import MaskingKey
from engine.record import Measures, TableRecord, from_bytes, to_bytes
from engine.sealed import seal, unseal
from engine.workspace import RunFolder, private_folder, write_private


class RecordStore:
    """The files of one run, sealed under its masking key."""

    def __init__(self, folder: RunFolder, run: str, key: MaskingKey) -> None:
        self._folder, self._run = folder, run
        self._key = key.derive("run record")

    def save_table(self, record: TableRecord) -> None:
        """Keep what was measured of a table."""
        self._write(self._folder.record / f"{_digest(record.name)}.measures", to_bytes(record.measures))
        self._write(self._folder.record / f"{_digest(record.name)}.table", json.dumps(_table_json(record)).encode())

    def table(self, name: TableName) -> TableRecord | None:
        """What was measured of a table; None where nothing was. Raises SealError under another key."""
        head = self._read(self._folder.record / f"{_digest(name)}.table")
        measures = self._read(self._folder.record / f"{_digest(name)}.measures")
        return _table(json.loads(head), from_bytes(measures)) if head is not None and measures is not None else None

    def save_chunks(self, table: TableName, chunks: Sequence[Chunk]) -> None:
        content = [[chunk.ordinal, _encoded(chunk.lower), _encoded(chunk.upper), chunk.physical] for chunk in chunks]
        self._write(self._folder.chunks / f"{_digest(table)}.bounds", json.dumps(content).encode())

    def chunks(self, table: TableName) -> list[Chunk] | None:
        """The chunks into which an earlier attempt has cut this table; None where it had not come so far."""
        content = self._read(self._folder.chunks / f"{_digest(table)}.bounds")
        if content is None:
            return None
        return [
            Chunk(table, ordinal, _decoded(lower), _decoded(upper), physical)
            for ordinal, lower, upper, physical in json.loads(content)
        ]

    def forget(self, table: TableName) -> None:
        """The table will be cut anew: its bounds and what was measured of its chunks go; what a first pass has found stays."""
        for path in self._folder.chunks.glob(f"{_digest(table)}.*"):
            if path.suffix == ".bounds" or path.suffix[1:].isdecimal():
                path.unlink()

    def save_measures(self, table: TableName, ordinal: int, measures: Measures) -> None:
        self._write(self._folder.chunks / f"{_digest(table)}.{ordinal}", to_bytes(measures))

    def measures(self, table: TableName, ordinal: int) -> Measures:
        """Of one chunk that the target has committed. Raises FileNotFoundError when this workspace never saw it."""
        content = self._read(self._folder.chunks / f"{_digest(table)}.{ordinal}")
        if content is None:
            raise FileNotFoundError(f"{table}: the measurements of chunk {ordinal} are not in this workspace")
        return from_bytes(content)

    def measured(self, table: TableName, ordinal: int) -> bool:
        return (self._folder.chunks / f"{_digest(table)}.{ordinal}").exists()

    def save_prepared(self, table: TableName, column: str, found: bytes) -> None:
        """Keep what a masker's first pass has found, until the run ends."""
        self._write(self._prepared(table, column), found)

    def prepared(self, table: TableName, column: str) -> bytes | None:
        """What the first pass of an earlier attempt has found; None where it had not come so far."""
        return self._read(self._prepared(table, column))

    def _prepared(self, table: TableName, column: str) -> Path:
        return self._folder.chunks / f"{_digest(table)}.prepared-{hashlib.sha256(column.encode()).hexdigest()[:16]}"

    def save_copies(self, content: bytes) -> None:
        """Keep what was decided about an entity's copies, until the run ends."""
        self._write(self._folder.chunks / "copies", content)

    def copies(self) -> bytes | None:
        """What an earlier attempt has decided about them; None where it had not come so far."""
        return self._read(self._folder.chunks / "copies")

    def save_passwords(self, passwords: Mapping[str, str]) -> None:
        """Keep what the addresses of `source` and `target` need, until the run ends."""
        self._write(self._folder.passwords, json.dumps(dict(passwords)).encode())

    def passwords(self) -> dict[str, str]:
        content = self._read(self._folder.passwords)
        return {} if content is None else dict(json.loads(content))

    def _write(self, path: Path, content: bytes) -> None:
        private_folder(path.parent)
        write_private(path, seal(content, self._key, self._purpose(path)))

    def _read(self, path: Path) -> bytes | None:
        return unseal(path.read_bytes(), self._key, self._purpose(path)) if path.exists() else None

    def _purpose(self, path: Path) -> bytes:
        # Bound to run and file, so that no sealed file can be passed off as another.
        return f"{self._run}/{path.parent.name}/{path.name}".encode()


def _digest(name: TableName) -> str:
    """A file name for any table name."""
    return hashlib.sha256(str(name).encode()).hexdigest()[:32]


def _table_json(record: TableRecord) -> dict[str, Any]:
    return {
        "name": str(record.name),
        "target": str(record.target),
        "wire": record.wire,
        "canons": dict(record.canons),
        "foreign_keys": [
            [key.name, list(key.columns), str(key.parent), list(key.parent_columns), key.virtual, key.where]
            for key in record.foreign_keys
        ],
        "uniques": [[unique.name, list(unique.columns), unique.nulls_distinct] for unique in record.uniques],
        "orphans": list(record.orphans),
        "unreadable": dict(record.unreadable),
        "chunks": record.chunks,
        "seconds": record.seconds,
        "widths": dict(record.widths),
        "shortest": dict(record.shortest),
    }


def _table(head: dict[str, Any], measures: Measures) -> TableRecord:
    return TableRecord(
        name=parse_table_name(head["name"]),
        target=parse_table_name(head["target"]),
        wire=head["wire"],
        measures=measures,
        canons={name: Canon(canon) for name, canon in head["canons"].items()},
        foreign_keys=tuple(_foreign_key(*parts) for parts in head["foreign_keys"]),
        uniques=tuple(
            Unique(name, tuple(columns), nulls_distinct=distinct) for name, columns, distinct in head["uniques"]
        ),
        orphans=tuple(head["orphans"]),
        unreadable=head["unreadable"],
        chunks=head["chunks"],
        seconds=head["seconds"],
        widths=head["widths"],
        shortest=head["shortest"],
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one type of key value is written down and read back."""

    type: type
    write: Any
    read: Any


_KINDS = {
    "bytes": _Kind(bytes, bytes.hex, bytes.fromhex),
    "decimal": _Kind(Decimal, str, Decimal),
    "datetime": _Kind(datetime, datetime.isoformat, datetime.fromisoformat),
    "date": _Kind(date, date.isoformat, date.fromisoformat),
    "time": _Kind(time, time.isoformat, time.fromisoformat),
    "timedelta": _Kind(
        timedelta, lambda span: [span.days, span.seconds, span.microseconds], lambda parts: timedelta(*parts)
    ),
    "uuid": _Kind(UUID, str, UUID),
}


def _encoded(bound: tuple[Any, ...] | None) -> list[Any] | None:
    return None if bound is None else [_encoded_value(value) for value in bound]


def _encoded_value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    for name, kind in _KINDS.items():
        if isinstance(value, kind.type):
            return {name: kind.write(value)}
    raise TypeError(f"a key value of type {type(value).__name__} cannot be written down")


def _decoded(bound: list[Any] | None) -> tuple[Any, ...] | None:
    return None if bound is None else tuple(_decoded_value(value) for value in bound)


def _decoded_value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    [(name, text)] = value.items()
    return _KINDS[name].read(text)


def _foreign_key(
    name: str,
    columns: list[str],
    parent: str,
    parent_columns: list[str],
    virtual: bool = False,
    where: str | None = None,
) -> ForeignKey:
    # Earlier versions knew no keys that only a plan declares.
    return ForeignKey(
        name, tuple(columns), parse_table_name(parent), tuple(parent_columns), virtual=virtual, where=where
    )
