"""Dates of other dialects that are none: SQLite keeps them as the text their own database prints.

PostgreSQL's `infinity` and `-infinity` and MySQL's 0000-00-00 are read back as the same special values; other dates that are none
and years before 1 are text that no date column of SQLite can read, so they count as unreadable when such a copy is read in its turn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DATES, TIMESTAMPS

_DAY = 86_400_000_000
_INFINITY = {
    pa.int32(): {"infinity": 10_957 - 2**31 - 1, "-infinity": 10_957 - 2**31},
    pa.int64(): {"infinity": 946_684_800_000_000 - 2**63 - 1, "-infinity": 946_684_800_000_000 - 2**63},
}
"""PostgreSQL's extremes counted from 2000, wrapped around by counting from 1970 (connectors/arrow.py)."""
_MYSQL = {b"mysql", b"mariadb", b"sqlite"}
_MYSQL_DATE, _MYSQL_TIMESTAMP = -1_000_000, TIMESTAMPS[0] - 1
"""From where MySQL's connector counts dates that are none down."""


def special_text(values: pa.Array, dialect: bytes | None) -> pa.Array | None:
    """The text of each value that is no date, NULL for the others; None when all are dates."""
    dates = pa.types.is_date(values.type)
    whole = values.cast(pa.int32() if dates else pa.int64())
    low, high = DATES if dates else TIMESTAMPS
    bounds = pc.min_max(whole)
    if not bounds["min"].is_valid or (bounds["min"].as_py() >= low and bounds["max"].as_py() <= high):
        return None
    names = {number: text for text, number in _INFINITY[whole.type].items()}
    # Only the few that are no dates are taken one by one.
    outside = pc.if_else(pc.or_(pc.less(whole, low), pc.greater(whole, high)), whole, None)
    texts = [None if n is None else names.get(n) or _text(n, dates, dialect) for n in outside.to_pylist()]
    return pa.array(texts, pa.string())


_ZERO_DATES = ("0000-00-00", "0000-00-00 00:00:00", "0000-00-00 00:00:00.000000")


def zero_dates(text: pa.Array, type_: pa.DataType) -> pa.Array:
    """MySQL's zero date as its special value, NULL for all other texts."""
    zero = pa.scalar(_MYSQL_DATE, pa.int32()) if pa.types.is_date(type_) else pa.scalar(_MYSQL_TIMESTAMP, pa.int64())
    found = pc.is_in(text, pa.array(_ZERO_DATES, text.type))
    return pc.if_else(found, zero, pa.scalar(None, zero.type)).cast(type_)


def infinities(text: pa.Array, type_: pa.DataType) -> pa.Array:
    """`infinity` and `-infinity` as the special values of this type, NULL for all other texts."""
    numbers = _INFINITY[pa.int32() if pa.types.is_date(type_) else pa.int64()]
    found = pa.nulls(len(text), pa.int32() if pa.types.is_date(type_) else pa.int64())
    for name, number in numbers.items():
        found = pc.if_else(pc.fill_null(pc.equal(text, name), False), pa.scalar(number, found.type), found)
    return found.cast(type_)


def _text(number: int, dates: bool, dialect: bytes | None) -> str:
    if dialect in _MYSQL and number < (_MYSQL_DATE if dates else _MYSQL_TIMESTAMP) + 1:
        code, time = (_MYSQL_DATE - number, 0) if dates else divmod(_MYSQL_TIMESTAMP - number, _DAY)
        day = f"{code // 10_000:04}-{code // 100 % 100:02}-{code % 100:02}"
        return day if dates else f"{day} {_clock(time)}"
    moment: Any = np.datetime64(number, "D" if dates else "us")
    return str(moment).replace("T", " ")


def _clock(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, 1_000_000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction:06}" if fraction else text
