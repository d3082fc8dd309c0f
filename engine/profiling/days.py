"""The days in a column, whatever it keeps them as."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DATES, DAY, TIMESTAMPS
from engine.profiling.facts import MOST, ColumnFacts

_WRITTEN = (
    r"^(?:(?P<y1>[0-9]{4})[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12][0-9]|3[01])"
    r"|(?:0?[1-9]|[12][0-9]|3[01])[-/. ](?:0?[1-9]|[12][0-9]|3[01]|[A-Za-z]{3,9})[-/. ,]{1,2}(?P<y2>(?:1[89]|20)[0-9]{2})"
    r"|(?P<y3>(?:1[89]|20)[0-9]{2})(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"|[A-Za-z]{3,9}\.? (?:0?[1-9]|[12][0-9]|3[01]),? (?P<y4>(?:1[89]|20)[0-9]{2}))"
    r"(?P<time>[T ]+[0-9]{1,2}:[0-9]{2}.*)?$"
)


@dataclass(frozen=True, eq=False)
class Days:
    years: npt.NDArray[np.int64]
    """Of each distinct value that is a day."""
    timed: float
    """The share of them that have a time of day other than midnight."""
    of: int
    """Distinct values in all."""


NO_DAYS = Days(np.zeros(0, np.int64), 0.0, 0)


def days(facts: ColumnFacts) -> Days:
    """Days of a column of dates, of times, or of texts that are written like days."""
    if facts.sample is None or not len(facts.sample.distinct):
        return NO_DAYS
    values = facts.sample.distinct.slice(0, MOST)
    if pa.types.is_date32(values.type):
        return _dates(values.cast(pa.int32()).to_numpy().astype(np.int64), len(values))
    if pa.types.is_timestamp(values.type):
        return _moments(values.cast(pa.timestamp("us", values.type.tz)).cast(pa.int64()).to_numpy(), len(values))
    return _texts(facts)


def _dates(numbers: npt.NDArray[np.int64], of: int) -> Days:
    numbers = numbers[(numbers >= DATES[0]) & (numbers <= DATES[1])]
    return Days(_years(numbers), 0.0, of)


def _moments(numbers: npt.NDArray[np.int64], of: int) -> Days:
    numbers = numbers[(numbers >= TIMESTAMPS[0]) & (numbers <= TIMESTAMPS[1])]
    return Days(_years(numbers // DAY), float(np.mean(numbers % DAY != 0)) if len(numbers) else 0.0, of)


def _years(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    years: npt.NDArray[np.int64] = numbers.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    return years


def _texts(facts: ColumnFacts) -> Days:
    possible = facts.shapes.within((8, 40), (5, 25), (0, 12))
    if len(possible) * 2 < len(facts.some) or not len(possible):
        return NO_DAYS
    parts = pc.extract_regex(possible, _WRITTEN).drop_null()
    if not len(parts):
        return NO_DAYS
    year = pc.max_element_wise(*(parts.field(name) for name in ("y1", "y2", "y3", "y4")))
    time = pc.match_substring_regex(parts.field("time"), "[1-9]")
    return Days(year.cast(pa.int64()).to_numpy(), float(pc.mean(time).as_py()), len(facts.some))
