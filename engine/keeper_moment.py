"""The run's side of a kept moment: start its keeper, find it again after a crash, read what it holds."""

from __future__ import annotations

import functools
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pyarrow as pa

from connectors.database import Chunk, Database, Read, Snapshot
from connectors.errors import ReadError, SnapshotLost
from connectors.names import TableName
from connectors.rows import Follow, RowIds, Rows, Size
from connectors.schema import ForeignKey
from engine.keeper_link import (
    ATTACH,
    DISMISS,
    ERROR,
    FAMILY,
    FILE,
    READER,
    Door,
    Order,
    answered,
    door,
    received,
    unpacked,
)
from engine.processes import own_module

Result = TypeVar("Result")
Words = ParamSpec("Words")
_GONE = "the process that held the snapshot of the source is gone, and the snapshot with it"
_PATIENCE = 10.0
"""Seconds that a dismissed keeper has to end."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a run wants its moment kept."""

    url: str
    """Of the source, with its password: it goes into a pipe and nowhere else."""
    minutes: float = 60
    """How long the moment is kept while no run reads it."""
    readers: int = 1
    passwords: Mapping[str, str] = field(default_factory=dict)
    """Of `source` and `target`, where they were given with the run's addresses: a later attempt needs them again."""

    def __repr__(self) -> str:
        return f"Keeping({self.minutes})"


class KeptMoment:
    """A moment that a keeper holds. Closing it leaves the keeper waiting for the next run; dismissing it ends the keeper."""

    def __init__(self, door: Door, source: Database, process: subprocess.Popen[bytes] | None = None) -> None:
        self._door, self._source, self._process = door, source, process
        self._link = _linked(door, ATTACH)
        self.readers: int | None = None if door.token is not None else door.readers
        self.minutes = door.minutes

    @contextmanager
    def reader(self) -> Iterator[Snapshot]:
        if self._door.token is not None:
            with self._source.snapshot(self._door.token) as snapshot:
                yield snapshot
            return
        with _linked(self._door, READER) as link:
            yield ServedSnapshot(link)

    def close(self) -> None:
        self._link.close()

    def dismiss(self) -> None:
        """Let go of the moment: the keeper ends."""
        with suppress(OSError, EOFError):
            self._link.send((DISMISS,))
            # It answers by hanging up.
            self._link.poll(_PATIENCE)
        self._link.close()
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)


def _lost_with_its_keeper(call: Callable[Words, Result]) -> Callable[Words, Result]:
    @functools.wraps(call)
    def wrapped(*arguments: Words.args, **named: Words.kwargs) -> Result:
        try:
            return call(*arguments, **named)
        except (EOFError, OSError):
            raise SnapshotLost(_GONE) from None

    return wrapped


class ServedSnapshot:
    """A reader of a moment that only its keeper can read."""

    token: str | None = None

    def __init__(self, link: Connection) -> None:
        self._link = link

    def chunks(self, table: TableName, rows: int) -> list[Chunk]:
        found: list[Chunk] = self._ask("chunks", table, rows)
        return found

    def read(self, request: Read) -> Iterator[pa.RecordBatch]:
        return self._stream("read", request)

    def sample(self, table: TableName, columns: Sequence[str], rows: int, cut: int) -> Iterator[pa.RecordBatch]:
        return self._stream("sample", table, columns, rows, cut)

    def rows(self, request: Rows) -> Iterator[pa.RecordBatch]:
        return self._stream("rows", request)

    def follow(self, step: Follow) -> Iterator[pa.RecordBatch]:
        return self._stream("follow", step)

    def unusable(self, view: TableName) -> str | None:
        found: str | None = self._ask("unusable", view)
        return found

    def count(self, table: TableName) -> int:
        return int(self._ask("count", table))

    def orphans(self, table: TableName, key: ForeignKey) -> int:
        return int(self._ask("orphans", table, key))

    def unreadable_values(self, table: TableName) -> Mapping[str, int]:
        found: Mapping[str, int] = self._ask("unreadable_values", table)
        return found

    def row_ids(self, table: TableName) -> RowIds:
        found: RowIds = self._ask("row_ids", table)
        return found

    def sizes(self, tables: Sequence[TableName]) -> Mapping[TableName, Size]:
        found: Mapping[TableName, Size] = self._ask("sizes", tables)
        return found

    def touch(self) -> None:
        """Nothing to do: the keeper sees to it."""

    def _stream(self, *question: Any) -> Iterator[pa.RecordBatch]:
        try:
            self._link.send(question)
            yield from received(self._link)
        except (EOFError, OSError):
            raise SnapshotLost(_GONE) from None

    @_lost_with_its_keeper
    def _ask(self, *question: Any) -> Any:
        self._link.send(question)
        return answered(self._link)[1]


@_lost_with_its_keeper
def _linked(door: Door, role: str) -> Connection:
    try:
        link = Client(door.address, FAMILY, authkey=bytes.fromhex(door.key))
    except AuthenticationError:
        raise SnapshotLost(_GONE) from None
    link.send((role,))
    answered(link)
    return link


def keep(folder: Path, keeping: Keeping, source: Database) -> KeptMoment:
    """Have the source, as it is now, held by a process of its own. Raises what opening the source there raised."""
    process = subprocess.Popen(
        own_module("engine.keeper"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    order = Order(keeping.url, str(folder), keeping.minutes, keeping.readers)
    with process.stdin as pipe, process.stdout as said:  # type: ignore[union-attr]
        with suppress(BrokenPipeError):
            pipe.write(json.dumps(asdict(order)).encode())
            pipe.close()
        answer = json.loads(said.readline() or "{}")
    if "door" not in answer:
        process.wait()
        raise unpacked(answer[ERROR]) if ERROR in answer else ReadError("the keeper of the snapshot did not start")
    return KeptMoment(Door(**answer["door"]), source, process)


def dismiss(folder: Path) -> None:
    """End the keeper that an earlier process of this run has left behind, if there is one."""
    found = door(folder)
    if found is None:
        return
    with suppress(SnapshotLost, OSError, EOFError), _linked(found, ATTACH) as link:
        link.send((DISMISS,))
        link.poll(_PATIENCE)
    (folder / FILE).unlink(missing_ok=True)


def find(folder: Path, source: Database) -> KeptMoment | None:
    """The moment that an earlier process of this run has left with its keeper; None where it is over."""
    found = door(folder)
    if found is None:
        return None
    try:
        return KeptMoment(found, source)
    except SnapshotLost:
        (folder / FILE).unlink(missing_ok=True)
        return None
