"""Edge cases that a column can have: what breaks programs, and what a sample of usual rows does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.assessment.view import FeatureKind, Values, View

Mask = npt.NDArray[np.bool_]
Test = Callable[[npt.NDArray[np.float64]], Mask]
EXTREME = 0.005
"""Part of the source's values beyond which a value, or a text's length, is extreme. The outermost one itself is somebody's."""
VARIED = 20
"""Different values from which on a number has extremes."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One kind of edge case in one column, and how many rows of each side have it. The source has some."""

    column: str
    kind: str
    known: int
    target: int
    control: int


def edges_of(view: View, sides: Sequence[pa.Table]) -> tuple[Edge, ...]:
    """Every edge case that the source's rows have. `sides`: the rows that the view's frames were made of."""
    found = []
    for place, feature in enumerate(view.features):
        columns = [frame.columns[place] for frame in view.frames]
        texts = [rows.column(feature.name) for rows in sides]
        for kind, counts in _counts(feature.kind, columns, texts):
            if counts[0]:
                found.append(Edge(feature.name, kind, counts[0], counts[1], counts[2] if len(counts) > 2 else 0))
    return tuple(found)


def _counts(
    kind: FeatureKind, columns: Sequence[Values], texts: Sequence[pa.ChunkedArray]
) -> Iterator[tuple[str, list[int]]]:
    yield "NULL", [text.null_count for text in texts]
    if kind is FeatureKind.NUMBER:
        yield from _tried(_of_numbers(columns[0]), columns)
    elif kind is FeatureKind.TIME:
        yield from _tried(_of_days(columns[0]), columns)
    elif pa.types.is_string(texts[0].type) or pa.types.is_large_string(texts[0].type):
        yield from _of_texts(texts)


def _tried(tests: Iterator[tuple[str, Test]], columns: Sequence[Values]) -> Iterator[tuple[str, list[int]]]:
    there = [np.asarray(column[~np.isnan(column)], np.float64) for column in columns]
    yield from ((kind, [int(np.count_nonzero(test(values))) for values in there]) for kind, test in tests)


def _of_numbers(known: Values) -> Iterator[tuple[str, Test]]:
    yield "zero", lambda values: values == 0
    yield "negative", lambda values: values < 0
    yield "fraction", lambda values: values % 1 != 0
    yield from _extremes(known, "lowest", "highest")


def _of_days(known: Values) -> Iterator[tuple[str, Test]]:
    yield "leap day", lambda days: _is(days, 2, 29)
    yield "last of a year", lambda days: _is(days, 12, 31)
    yield "midnight beside times", lambda days: (days % 1 == 0) if np.any(known % 1 > 0) else np.zeros(len(days), bool)
    yield from _extremes(known, "earliest", "latest")


def _extremes(known: Values, low: str, high: str) -> Iterator[tuple[str, Test]]:
    there = known[~np.isnan(known)]
    if len(np.unique(there)) >= VARIED:
        least, most = np.quantile(there, [EXTREME, 1 - EXTREME], method="nearest")
        yield low, lambda values: values <= least
        yield high, lambda values: values >= most


def _is(days: npt.NDArray[np.float64], month: int, day: int) -> Mask:
    dates = np.floor(days).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    found: Mask = (months.astype(np.int64) % 12 == month - 1) & ((dates - months).astype(np.int64) == day - 1)
    return found


def _of_texts(texts: Sequence[pa.ChunkedArray]) -> Iterator[tuple[str, list[int]]]:
    lengths = [np.asarray(pc.utf8_length(text.drop_null()).to_numpy(), np.float64) for text in texts]
    yield "empty text", [int((length == 0).sum()) for length in lengths]
    yield "space at an end", [_true(pc.not_equal(text, pc.utf8_trim_whitespace(text))) for text in texts]
    yield "quote", [_true(pc.match_substring(text, "'")) for text in texts]
    yield "not ASCII", [_true(pc.invert(pc.string_is_ascii(text))) for text in texts]
    if len(lengths[0]) and lengths[0].min() < lengths[0].max():
        most = np.quantile(lengths[0], 1 - EXTREME, method="nearest")
        yield "longest text", [int((length >= most).sum()) for length in lengths]


def _true(answers: pa.ChunkedArray) -> int:
    return int(pc.sum(answers).as_py() or 0)
