"""What readers of several dialects share: batches of bounded rows and bytes."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa


def sliced(batch: pa.RecordBatch, rows: int, size: int) -> Iterator[pa.RecordBatch]:
    """The batch in zero-copy parts of at most `rows` rows and `size` bytes; one row may exceed `size` alone."""
    if batch.num_rows > 1 and (batch.num_rows > rows or batch.nbytes > size):
        middle = (batch.num_rows + 1) // 2
        yield from sliced(batch.slice(0, middle), rows, size)
        yield from sliced(batch.slice(middle), rows, size)
    else:
        yield batch
