"""A snapshot that is asked at the pace of a run: a selection waits, pauses and is cancelled between any two of its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pyarrow as pa

from connectors.database import Snapshot
from connectors.rows import Follow, Rows
from engine.load_crew import Stop
from engine.load_pace import Gate


def paced(snapshot: Snapshot, gate: Gate) -> Snapshot:
    """The snapshot behind this gate. What counts is the rows that it names, not those that it looks at to find them."""
    return cast(Snapshot, _Paced(snapshot, gate))


class _Paced:
    """Questions that are answered by rows wait at the gate; all others are the snapshot's own."""

    def __init__(self, snapshot: Snapshot, gate: Gate) -> None:
        self._snapshot, self._gate, self._stop = snapshot, gate, Stop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._snapshot, name)

    def rows(self, request: Rows) -> Iterator[pa.RecordBatch]:
        return self._let_through(self._snapshot.rows(replace(request, batch_rows=self._most(request.batch_rows))))

    def follow(self, step: Follow) -> Iterator[pa.RecordBatch]:
        return self._let_through(self._snapshot.follow(replace(step, batch_rows=self._most(step.batch_rows))))

    def _let_through(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        self._gate.before_chunk(self._stop)
        for batch in batches:
            self._gate.after_batch(batch.num_rows, self._stop)
            yield batch

    def _most(self, rows: int) -> int:
        return rows if self._gate.batch_rows is None else min(rows, self._gate.batch_rows)
