"""One lane of a load: a thread reads, a thread masks and measures, the lane's own thread writes, with short queues between them.

Chunks are committed one by one, each with its row in the target, so a chunk is never written twice. Whatever goes wrong on any of
the three sides stops the other two and is raised to the lane's thread once; what was not committed is then in `unfinished`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from connectors.database import Read, Snapshot, Writer
from connectors.errors import Lost, SnapshotLost
from connectors.schema import ForeignKey
from engine.copies.copies import copies_in
from engine.jobs.control import Cancelled, Control
from engine.load_crew import Channel, Crew, Stop, Stopped
from engine.load_pace import Gate
from engine.load_sides import RunFailed, Sides, TableLoad
from engine.load_tally import Tally
from engine.load_work import Task, Work
from engine.record import Measures
from engine.safety import still_ours
from engine.subset.reading import batches, orphans


@dataclass(frozen=True, slots=True)
class Shared:
    """What all lanes of a load have in common."""

    sides: Sides
    work: Work
    tally: Tally
    gate: Gate
    control: Control


@dataclass(frozen=True, slots=True)
class _Begins:
    task: Task


@dataclass(frozen=True, slots=True)
class _Rows:
    batch: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class _Ends:
    unreadable: Mapping[str, int]
    measures: Measures = field(default_factory=Measures)


_Item = _Begins | _Rows | _Ends | None
"""None ends the stream."""


class Lane:
    """Runs once, with one reader and one writer."""

    def __init__(self, shared: Shared, stop: Stop) -> None:
        self.shared = shared
        self._crew = Crew(stop)
        self._lock = threading.Lock()
        self._taken: list[Task] = []
        self._read: Channel[_Item] = Channel(self._crew.stop)
        self._masked: Channel[_Item] = Channel(self._crew.stop)
        self.committed = 0
        """Chunks that this lane has brought in."""
        self.ended = True
        """False while one of its threads is still inside a database call."""

    @property
    def unfinished(self) -> list[Task]:
        """What was taken from the line and did not come to its end."""
        with self._lock:
            return list(self._taken)

    def run(self, writer: Writer) -> None:
        """Move chunks until the line is empty. Raises what any side raised, Cancelled, or Stopped when the load stops."""
        self._crew.start("read", self._read_all)
        self._crew.start("mask", self._mask_all)
        try:
            self._write_all(writer)
        except Stopped:
            self.ended = self._crew.disband()
            self._crew.raise_failure()
            raise
        finally:
            self.ended = self._crew.disband()

    def _take(self, snapshot: Snapshot) -> Task | None:
        with self._lock:
            task = self.shared.work.next(snapshot)
            if task is not None:
                self._taken.append(task)
            return task

    def _finished(self, task: Task) -> None:
        with self._lock:
            self._taken.remove(task)

    def _read_all(self) -> None:
        moment = self.shared.sides.moment
        try:
            with moment.reader() as snapshot:
                while (task := self._next(snapshot)) is not None:
                    self._read_task(snapshot, task)
        except Lost as error:
            if moment.readers is None:
                raise
            # The only connection that knew the moment.
            raise SnapshotLost(str(error), table=error.table, code=error.code) from None
        self._read.put(None)

    def _next(self, snapshot: Snapshot) -> Task | None:
        self.shared.gate.before_chunk(self._crew.stop)
        return self._take(snapshot)

    def _read_task(self, snapshot: Snapshot, task: Task) -> None:
        table, name = task.table, task.table.source.name
        if task.chunk is None:
            lost = tuple(self._orphans(snapshot, table, key) for key in table.source.foreign_keys)
            self.shared.tally.counted(table, lost)
            self._finished(task)
            return
        self._read.put(_Begins(task))
        before = Counter(snapshot.unreadable_values(name))
        request = Read(name, table.columns, table.derived, task.chunk)
        if (rows := self.shared.gate.batch_rows) is not None:
            request = replace(request, batch_rows=min(rows, request.batch_rows))
        for batch in self._batches(snapshot, table, request):
            self.shared.gate.after_batch(batch.num_rows, self._crew.stop)
            self._read.put(_Rows(batch))
        self._read.put(_Ends(Counter(snapshot.unreadable_values(name)) - before))

    def _batches(self, snapshot: Snapshot, table: TableLoad, request: Read) -> Iterator[pa.RecordBatch]:
        copies = copies_in(self.shared.sides.copies, request.chunk)
        if copies is not None:
            return copies.read(snapshot, request)
        return batches(self.shared.sides.selection, table.source, snapshot, request)

    def _orphans(self, snapshot: Snapshot, table: TableLoad, key: ForeignKey) -> int:
        name, copies = table.source.name, self.shared.sides.copies
        counted = orphans(self.shared.sides.selection, name, key.name)
        if counted is None:
            counted = 0 if key.name in table.proven else snapshot.orphans(name, key)
        return counted if copies is None else counted + copies.orphans(name, key.name)

    def _mask_all(self) -> None:
        """Mask and measure every batch. A chunk's measures travel behind its batches."""
        tally = self.shared.tally
        while (item := self._read.get()) is not None:
            match item:
                case _Begins(task):
                    part = tally.part(task.table)
                case _Rows(batch):
                    for source, masked in self._masked_rows(task, batch):
                        part.observe(source, masked)
                        self._masked.put(_Rows(masked))
                    continue
                case _Ends():
                    item = replace(item, measures=part.measures())
            self._masked.put(item)
        self._masked.put(None)

    def _masked_rows(self, task: Task, batch: pa.RecordBatch) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        """Rows as they were read, and as they are written; of a chunk of copies, once for each copy."""
        copies = copies_in(self.shared.sides.copies, task.chunk)
        if copies is not None and task.chunk is not None:
            yield from copies.made(task.chunk, batch)
        else:
            yield batch, self.shared.sides.pipeline.mask(task.table.source.name, batch)

    def _write_all(self, writer: Writer) -> None:
        table: TableLoad | None = None
        while (item := self.masked()) is not None:
            if not isinstance(item, _Begins):
                raise AssertionError("a chunk begins before its rows")
            if item.task.table is not table:
                still_ours(writer, self.shared.sides.run)
                table = item.task.table
                self.shared.tally.writes(table)
            self.shared.control.check()
            _ChunkWriting(self, item.task).into(writer)
            self._finished(item.task)
            self.committed += 1

    def masked(self) -> _Item:
        """What is to be written next. Raises Cancelled, Stopped."""
        if self.shared.control.cancelled:
            raise Cancelled("cancelled on request")
        return self._masked.get()


class _ChunkWriting:
    """One chunk on its way into the target."""

    def __init__(self, lane: Lane, task: Task) -> None:
        self._lane, self._task, self._shared = lane, task, lane.shared
        self._sent = 0
        self._end = _Ends({})

    def into(self, writer: Writer) -> None:
        """Write it and add it to the tally. Whatever goes wrong takes its rows back out of the progress."""
        table, chunk = self._task.table, self._task.chunk
        if chunk is None:
            raise AssertionError("only chunks are written")
        try:
            batches = self._batches()
            written = writer.write(table.target, replace(chunk, table=table.target.name), batches)
            for _ in batches:  # a repeated chunk is not read by the target, yet has to leave the queue
                pass
        except BaseException:
            self._shared.tally.count(table, -self._sent)
            raise
        if not written.repeated and written.rows != self._sent:
            raise RunFailed(
                f"{table.target.name}: {self._sent} rows were sent and {written.rows} arrived; "
                "a trigger or rule of the target may drop rows",
                table=table.target.name,
            )
        self._shared.tally.committed(table, chunk, self._end.measures, self._end.unreadable)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """The chunk's batches; its measures are saved before the target can commit it, so a committed chunk is a measured one."""
        table, chunk = self._task.table, self._task.chunk
        while isinstance(item := self._lane.masked(), _Rows):
            yield item.batch
            self._sent += item.batch.num_rows
            self._shared.tally.count(table, item.batch.num_rows)
        if not isinstance(item, _Ends) or chunk is None:
            raise AssertionError("a chunk ends behind its rows")
        self._end = item
        self._shared.sides.store.save_measures(table.source.name, chunk.ordinal, item.measures)
