"""Ids of rows as places in a list of them: where each row of a batch stands among those that are copied."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Places = npt.NDArray[np.int64]
NOWHERE = -1


class PlacesOf:
    """Finds ids in a table of distinct ids."""

    def __init__(self, ids: pa.Table) -> None:
        self._levels: list[tuple[pa.Array, pa.Array | None]] = []
        codes: Places | None = None
        for column in ids.columns:
            values = pc.unique(column)
            own = _found(column, values)
            if codes is None:
                self._levels.append((values, None))
                codes = own
                continue
            pairs = pa.array(codes * len(values) + own)
            known = pc.unique(pairs)
            self._levels.append((values, known))
            codes = _found(pairs, known)
        places = np.empty(ids.num_rows, np.int64)
        if codes is not None:
            places[codes] = np.arange(ids.num_rows)
        self._places = places

    def of(self, columns: Sequence[pa.Array | pa.ChunkedArray]) -> Places:
        """The place of each id; NOWHERE for one that is not in the list, or NULL."""
        codes: Places | None = None
        for column, (values, pairs) in zip(columns, self._levels, strict=True):
            own = _found(column, values)
            if codes is None or pairs is None:
                codes = own
                continue
            joined = np.where((codes < 0) | (own < 0), NOWHERE, codes * len(values) + own)
            codes = _found(pa.array(joined), pairs)
        if codes is None:
            return np.zeros(0, np.int64)
        return np.where(codes < 0, NOWHERE, self._places[codes]) if len(self._places) else codes


def _found(column: pa.Array | pa.ChunkedArray, values: pa.Array) -> Places:
    places = pc.index_in(column, value_set=values)
    whole = places.combine_chunks() if isinstance(places, pa.ChunkedArray) else places
    found = np.asarray(whole.fill_null(NOWHERE).to_numpy(zero_copy_only=False), np.int64)
    if column.null_count:
        found[np.asarray(column.is_null().to_numpy(zero_copy_only=False))] = NOWHERE
    return found
