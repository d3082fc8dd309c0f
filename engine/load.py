"""Move the rows: one thread reads, one masks and measures, the caller's writes, with short queues between them.

Chunks are committed one by one, each with its row in the target, so a chunk is never written twice. Whatever goes wrong on any of
the three sides stops the other two and is raised to the caller once.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import pyarrow as pa

from connectors.database import Chunk, Derived, Read, ReadColumn, Snapshot, Target
from connectors.errors import DatabaseError
from connectors.names import TableName
from connectors.schema import Table
from engine.jobs.control import Cancelled, Control, Progress
from engine.keys import DomainKey
from engine.pipeline import Pipeline
from engine.record import Masked, Measures, Measuring, TableRecord, Watched, plain_uniques, widths
from engine.record_store import RecordStore
from engine.safety import still_ours
from engine.sketches import Sketch
from engine.snapshots import Moment

DEPTH = 4
"""Batches that may wait between two threads: enough to keep them busy, little enough to stay small."""
CHUNK_ROWS = 200_000
_POLL = 0.1
_PATIENCE = 15.0
"""Seconds to wait for a thread that is inside a database call when the run stops; beyond, it ends with the connection or process."""


class RunFailed(DatabaseError):
    """A run that had begun to write went wrong; `str()` says what happened, and how the target was left."""


@dataclass(frozen=True, slots=True)
class TableLoad:
    """One table to move."""

    source: Table
    target: Table
    columns: tuple[ReadColumn, ...]
    derived: tuple[Derived, ...]
    watched: tuple[Watched, ...]
    wire: bool


@dataclass(frozen=True, slots=True)
class Sides:
    """Everything that a load touches."""

    moment: Moment
    target: Target
    pipeline: Pipeline
    key: DomainKey
    store: RecordStore
    run: str
    done: Mapping[tuple[TableName, int], int]
    """Chunks that an earlier attempt of this run has committed."""


@dataclass(frozen=True, slots=True)
class _TableBegins:
    load: TableLoad


@dataclass(frozen=True, slots=True)
class _ChunkBegins:
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class _Rows:
    batch: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class _ChunkEnds:
    measures: Measures


@dataclass(frozen=True, slots=True)
class _ChunkDone:
    """Skipped: the target has it already."""

    chunk: Chunk


@dataclass(frozen=True, slots=True)
class _TableEnds:
    orphans: tuple[int, ...]
    chunks: int
    measures: Measures
    unreadable: Mapping[str, int]


_NOTHING = Measures()
_Item = _TableBegins | _ChunkBegins | _Rows | _ChunkEnds | _ChunkDone | _TableEnds | None
"""None ends the stream."""


class _Stopped(Exception):
    """Another thread has failed; this one leaves quietly."""


class _Channel:
    """A short queue that lets go of both its ends when the load stops."""

    def __init__(self, stop: threading.Event) -> None:
        self._queue: queue.Queue[_Item] = queue.Queue(DEPTH)
        self._stop = stop

    def put(self, item: _Item) -> None:
        while not self._stop.is_set():
            with suppress(queue.Full):
                return self._queue.put(item, timeout=_POLL)
        raise _Stopped

    def get(self) -> _Item:
        while not self._stop.is_set():
            with suppress(queue.Empty):
                return self._queue.get(timeout=_POLL)
        raise _Stopped


class _Crew:
    """The two threads beside the caller's: starts them, keeps the first failure, and waits for both to end."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._failure: BaseException | None = None
        self._threads: list[threading.Thread] = []

    def start(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except _Stopped:
                pass
            except BaseException as error:  # noqa: BLE001 - carried to the caller's thread and raised there
                self._failure = self._failure or error
                self.stop.set()

        thread = threading.Thread(target=guarded, name=f"lookalike-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def disband(self) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE)

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


def load(
    sides: Sides, tables: Sequence[TableLoad], progress: Callable[[Progress], None], control: Control
) -> list[TableRecord]:
    """Move these tables in this order and give what was measured of each. Raises what any side raised, or Cancelled."""
    crew = _Crew()
    read, masked = _Channel(crew.stop), _Channel(crew.stop)
    crew.start("read", lambda: _read_all(sides, tables, read, control))
    crew.start("mask", lambda: _mask_all(sides, read, masked))
    try:
        return _Writer(sides, masked, progress, control, tables).write_all()
    except _Stopped:
        crew.disband()
        crew.raise_failure()
        raise
    finally:
        crew.disband()


def _read_all(sides: Sides, tables: Sequence[TableLoad], out: _Channel, control: Control) -> None:
    with sides.moment.reader() as snapshot:
        for table in tables:
            out.put(_TableBegins(table))
            chunks = _chunks(sides.store, snapshot, table.source.name)
            for chunk in chunks:
                control.check()
                _read_chunk(sides, snapshot, table, chunk, out)
            orphans = tuple(snapshot.orphans(table.source.name, key) for key in table.source.foreign_keys)
            unreadable = snapshot.unreadable_values(table.source.name)
            out.put(_TableEnds(orphans, len(chunks), _NOTHING, unreadable))
    out.put(None)


def _chunks(store: RecordStore, snapshot: Snapshot, table: TableName) -> list[Chunk]:
    """The table's chunks: those of an earlier attempt of this run, else cut now."""
    chunks = store.chunks(table)
    if chunks is None:
        chunks = snapshot.chunks(table, CHUNK_ROWS)
        store.save_chunks(table, chunks)
    return chunks


def _read_chunk(sides: Sides, snapshot: Snapshot, table: TableLoad, chunk: Chunk, out: _Channel) -> None:
    if (table.target.name, chunk.ordinal) in sides.done:
        out.put(_ChunkDone(chunk))
        return
    out.put(_ChunkBegins(chunk))
    for batch in snapshot.read(Read(table.source.name, table.columns, table.derived, chunk)):
        out.put(_Rows(batch))
    out.put(_ChunkEnds(_NOTHING))


def _mask_all(sides: Sides, read: _Channel, out: _Channel) -> None:
    """Mask and measure every batch. A chunk's measures travel behind its batches, a table's behind its chunks."""
    while (item := read.get()) is not None:
        match item:
            case _TableBegins(table):
                whole = Measuring(sides.key, table.watched)
            case _ChunkBegins():
                part = Measuring(sides.key, table.watched, whole.limits)
            case _Rows(batch):
                item = _Rows(sides.pipeline.mask(table.source.name, batch))
                part.observe(batch, item.batch)
            case _ChunkDone(chunk):
                whole.merge(sides.store.measures(table.source.name, chunk.ordinal))
            case _ChunkEnds():
                item = _ChunkEnds(part.measures())
                whole.merge(item.measures)
            case _TableEnds():
                item = replace(item, measures=whole.measures())
        out.put(item)
    out.put(None)


class _Writer:
    """The caller's side of a load."""

    def __init__(
        self,
        sides: Sides,
        channel: _Channel,
        progress: Callable[[Progress], None],
        control: Control,
        tables: Sequence[TableLoad],
    ) -> None:
        self._sides, self._channel, self._control = sides, channel, control
        self._report = progress
        estimates = [table.source.estimated_rows for table in tables]
        self._estimated = sum(rows or 0 for rows in estimates) if any(rows is not None for rows in estimates) else None
        self._rows = self._total = 0

    def write_all(self) -> list[TableRecord]:
        records: list[TableRecord] = []
        while (item := self._get()) is not None:
            if not isinstance(item, _TableBegins):
                raise AssertionError("a table begins before its chunks")
            records.append(self._write_table(item.load))
        return records

    def _write_table(self, table: TableLoad) -> TableRecord:
        started = time.monotonic()
        still_ours(self._sides.target, self._sides.run)
        self._rows = 0
        self._tell(table)
        while not isinstance(item := self._get(), _TableEnds):
            if isinstance(item, _ChunkBegins):
                self._control.check()
                self._write_chunk(table, item.chunk)
            elif isinstance(item, _ChunkDone):
                self._count(table, self._sides.done[table.target.name, item.chunk.ordinal])
        record = TableRecord(
            name=table.source.name,
            target=table.target.name,
            wire=table.wire,
            measures=item.measures,
            canons={watched.column.name: watched.canon for watched in table.watched},
            foreign_keys=table.source.foreign_keys,
            uniques=plain_uniques(table.source),
            orphans=item.orphans,
            chunks=item.chunks,
            unreadable=item.unreadable,
            widths=widths(self._sides.pipeline, table.source),
            seconds=time.monotonic() - started,
        )
        self._sides.store.save_table(record)
        # The sketches of hundreds of tables would not stay small in memory; from here on they are read from the store.
        return replace(record, measures=replace(record.measures, masked=_counts(record.measures)))

    def _write_chunk(self, table: TableLoad, chunk: Chunk) -> None:
        before = self._rows
        batches = self._batches(table, chunk)
        written = self._sides.target.write(table.target, replace(chunk, table=table.target.name), batches)
        for _ in batches:  # a repeated chunk is not read by the target, yet has to leave the queue
            pass
        if not written.repeated and written.rows != self._rows - before:
            raise RunFailed(
                f"{table.target.name}: {self._rows - before} rows were sent and {written.rows} arrived; "
                "a trigger or rule of the target may drop rows",
                table=table.target.name,
            )

    def _batches(self, table: TableLoad, chunk: Chunk) -> Iterator[pa.RecordBatch]:
        """The chunk's batches; its measures are saved before the target can commit it, so a committed chunk is a measured one."""
        while isinstance(item := self._get(), _Rows):
            yield item.batch
            self._count(table, item.batch.num_rows)
        if not isinstance(item, _ChunkEnds):
            raise AssertionError("a chunk ends behind its rows")
        self._sides.store.save_measures(table.source.name, chunk.ordinal, item.measures)

    def _get(self) -> _Item:
        if self._control.cancelled:
            raise Cancelled("cancelled on request")
        return self._channel.get()

    def _count(self, table: TableLoad, rows: int) -> None:
        self._rows += rows
        self._total += rows
        self._tell(table)

    def _tell(self, table: TableLoad) -> None:
        estimated = table.source.estimated_rows
        self._report(Progress("load", table.source.name, self._rows, estimated, self._total, self._estimated))


def _counts(measures: Measures) -> dict[str, Masked]:
    """What is masked, without its sketches."""
    return {name: replace(masked, source=Sketch(), unchanged=Sketch()) for name, masked in measures.masked.items()}
