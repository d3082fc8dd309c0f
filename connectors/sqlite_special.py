"""Dates of other dialects that are none: SQLite keeps them as the text their own database prints.

PostgreSQL's `infinity`, `0044-03-15 BC` and `10000-01-01`, and MySQL's 0000-00-00, are read back as the same special values; other
dates that are none are text that no date column of SQLite can read, so they count as unreadable when such a copy is read in its turn.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DATES, TIMESTAMPS

_DAY = 86_400_000_000
_EPOCH, _CYCLE = date(1970, 1, 1).toordinal(), 146_097
"""The day from which Arrow counts, and the days of 400 years."""
_2000 = date(2000, 1, 1).toordinal() - _EPOCH
_WRAPPED = -(2**62)
"""PostgreSQL's last years are past the end of what counts from 1970: they come round as numbers below any year of its own."""
_INFINITY = {
    pa.int32(): {"infinity": 10_957 - 2**31 - 1, "-infinity": 10_957 - 2**31},
    pa.int64(): {"infinity": 946_684_800_000_000 - 2**63 - 1, "-infinity": 946_684_800_000_000 - 2**63},
}
"""PostgreSQL's extremes counted from 2000, wrapped around by counting from 1970 (connectors/arrow.py)."""
_FAR = re.compile(r"(\d{4,})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:\+00(?::00)?)?)?( BC)?")
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
    zone = "" if dates or not values.type.tz else "+00"
    texts = [None if n is None else names.get(n) or _text(n, dates, dialect, zone) for n in outside.to_pylist()]
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


def far_dates(text: pa.Array, type_: pa.DataType) -> pa.Array | None:
    """The years before 1 (`0044-03-15 BC`) and after 9999 in PostgreSQL's words, NULL for all other texts; None where all are."""
    if not pc.any(pc.match_substring_regex(text, r" BC$|^\d{5,}-\d\d-\d\d")).as_py():
        return None
    dates = pa.types.is_date(type_)
    return pa.array([value and _far(value, dates) for value in text.to_pylist()], type_ if dates else pa.int64()).cast(
        type_
    )


def _far(text: str, dates: bool) -> Any:
    """Days or microseconds since 1970 of one such text, else None."""
    match = _FAR.fullmatch(text)
    if match is None or (len(match[1]) == 4 and not match[8]):
        return None
    year = 1 - int(match[1]) if match[8] else int(match[1])
    try:
        # Only of the last 400 years does every calendar know; before and after, each 400 years are alike.
        days = date(year % 400 + 2000, int(match[2]), int(match[3])).toordinal() - _EPOCH
    except ValueError:
        return None
    days += (year - (year % 400 + 2000)) // 400 * _CYCLE
    if dates:
        return days if -(2**31) <= days < 2**31 else None
    clock = [int(part or 0) for part in (match[4], match[5], match[6])]
    fraction = int((match[7] or "").ljust(6, "0"))
    moment = days * _DAY + ((clock[0] * 60 + clock[1]) * 60 + clock[2]) * 1_000_000 + fraction
    return (moment + 2**63) % 2**64 - 2**63


def _text(number: int, dates: bool, dialect: bytes | None, zone: str) -> str:
    if dialect in _MYSQL and number < (_MYSQL_DATE if dates else _MYSQL_TIMESTAMP) + 1:
        code, time = (_MYSQL_DATE - number, 0) if dates else divmod(_MYSQL_TIMESTAMP - number, _DAY)
        day = f"{code // 10_000:04}-{code // 100 % 100:02}-{code % 100:02}"
        return day if dates else f"{day} {_clock(time)}"
    days, time = (number, 0) if dates else divmod(number if number > _WRAPPED else number + 2**64, _DAY)
    cycles, days = divmod(days - _2000, _CYCLE)
    civil = date.fromordinal(days + _2000 + _EPOCH)
    year = civil.year + 400 * cycles
    rest = f"{civil:-%m-%d}" + (
        "" if dates else f" {_clock(time)}".rstrip("0") if time % 1_000_000 else f" {_clock(time)}"
    )
    return f"{year:04}{rest}{zone}" if year > 0 else f"{1 - year:04}{rest}{zone} BC"


def _clock(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, 1_000_000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction:06}" if fraction else text
