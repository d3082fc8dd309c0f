"""Dates and times as SQLite files really hold them: text in several layouts, unix numbers, julian days; and back into the same.

A layout is written in strptime's words (`%Y-%m-%d %H:%M:%S.%3f+02:00`), or is one of `unix`, `unix_ms`, `unix_us`, `unix_real`,
`julian` and `%Y%m%d`. Fractions beyond the microsecond are cut off. A date column that also holds a time of day keeps the
date and gets midnight.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.sqlite_special import far_dates, infinities, zero_dates

Parsed = list[tuple[str, pa.Array]]
"""Per layout: the values that have it, NULL elsewhere."""

_ZONED = r"^(?P<body>.*:.*?)(?P<zone> ?(?:[Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))$"
_CLOCK = r"^(?P<sign>-?)(?P<hours>[0-9]{2,3}):(?P<minutes>[0-5][0-9])(?::(?P<seconds>[0-5][0-9])(?:\.(?P<fraction>[0-9]{1,9}))?)?$"
_LABEL = re.compile(r"(%Y-%m-%d)?([T ])?(%H:%M(?::%S)?)?(?:\.%(\d)f)?(.*)\Z")
_SHAPE = re.compile(r"(0000-00-00)?([T ])?(00:00(?::00)?)?(?:\.(0{1,9}))?\Z")
_US = pa.timestamp("us")
_DAY = 86_400_000_000
_JULIAN_EPOCH = 2_440_587.5
_JULIAN = (1_721_425.5, 5_373_484.5)
"""Julian days of 0001-01-01 and 9999-12-31."""
_UNIX = {"unix": 1_000_000, "unix_ms": 1_000, "unix_us": 1, "unix_real": 1_000_000}


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to write a moment as text."""

    date: bool
    separator: str
    time: str
    """`%H:%M:%S`, `%H:%M` or empty."""
    digits: int
    zone: str

    @property
    def label(self) -> str:
        fraction = f".%{self.digits}f" if self.digits else ""
        return f"{'%Y-%m-%d' if self.date else ''}{self.separator}{self.time}{fraction}{self.zone}"

    @property
    def offset(self) -> int:
        """Microseconds that the zone is east of UTC."""
        match = re.search(r"([+-])(\d\d):?(\d\d)?\Z", self.zone)
        if match is None:
            return 0
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return (-minutes if match[1] == "-" else minutes) * 60_000_000


def layout(label: str) -> Layout | None:
    """The layout that a label names; None for the numeric ones."""
    match = _LABEL.match(label)
    if match is None or label == "%Y%m%d" or not (match[1] or match[3]):
        return None
    return Layout(bool(match[1]), match[2] or "", match[3] or "", int(match[4] or 0), match[5])


def parse_text(values: pa.Array, type_: pa.DataType) -> Parsed:
    """Text to date32, timestamp or duration (time of day). What is no date in any layout is NULL in every part."""
    if pa.types.is_duration(type_):
        return _parse_times(values)
    zoned = pc.extract_regex(values, _ZONED)
    body = pc.if_else(zoned.is_valid(), zoned.field("body"), values)
    zone = pc.if_else(zoned.is_valid(), zoned.field("zone"), "")
    shapes = pc.binary_join_element_wise(pc.replace_substring_regex(body, "[0-9]", "0"), zone, "|").dictionary_encode()
    parsed: Parsed = []
    for code, shape in enumerate(shapes.dictionary.to_pylist()):
        found = _layout_of_shape(*shape.split("|", 1))
        if shape in ("infinity|", "-infinity|"):
            parsed.append(("", infinities(values, type_)))
        elif found is not None:
            alone = len(shapes.dictionary) == 1 and shapes.null_count == 0
            mine = body if alone else pc.if_else(pc.equal(shapes.indices, code), body, None)
            parsed.append((found.label, _parse(mine, found, type_)))
    zeros = zero_dates(values, type_)
    parsed += [("", zeros)] if zeros.null_count < len(zeros) else []
    far = far_dates(values, type_)
    return parsed if far is None else [*parsed, ("", far)]


def format_text(values: pa.Array, found: Layout) -> pa.Array:
    """The text of dates, timestamps or times in this layout."""
    if pa.types.is_duration(values.type):
        return _format_times(values, found)
    if pa.types.is_timestamp(values.type):
        values = pc.add(values.cast(pa.int64()), found.offset if values.type.tz else 0).cast(_US)
    text = values.cast(_US).cast(pa.string())
    parts = [pc.utf8_slice_codeunits(text, 0, 10)]
    if found.time:
        end = (16 if found.time == "%H:%M" else 19) if not found.digits else 20 + min(found.digits, 6)
        parts.append(pc.utf8_slice_codeunits(text, 11, end))
    joined = pc.binary_join_element_wise(*parts, found.separator) if len(parts) > 1 else parts[0]
    tail = "0" * max(0, found.digits - 6) + found.zone
    return pc.binary_join_element_wise(joined, tail, "") if tail else joined


def parse_numbers(values: pa.Array, type_: pa.DataType) -> Parsed:
    """Integers and reals to dates or timestamps: julian days, unix times (seconds, or finer where they are too large), YYYYMMDD."""
    label = _number_label(values, type_)
    if label == "julian":
        moments = _round(pc.multiply(pc.subtract(values.cast(pa.float64(), safe=False), _JULIAN_EPOCH), 86_400_000.0))
        moments = pc.multiply(moments, 1_000)
    elif label == "%Y%m%d":
        text = values.cast(pa.string())
        parts = [pc.utf8_slice_codeunits(text, a, b) for a, b in ((0, 4), (4, 6), (6, 8))]
        iso = pc.binary_join_element_wise(*parts, "-")
        return [(label, _parse(iso, Layout(True, "", "", 0, ""), type_))]
    elif label == "unix_real":
        moments = _round(pc.multiply(values, 1e6))
    else:
        limit = 253_402_300_800_000_000 // _UNIX[label]
        inside = pc.and_(pc.less(values, limit), pc.greater(values, -62_135_596_800_000_000 // _UNIX[label]))
        moments = pc.multiply(pc.if_else(inside, values, None), _UNIX[label])
    return [(label, _moments(moments, type_))]


def format_numbers(values: pa.Array, label: str) -> pa.Array:
    """Dates or timestamps as the numbers of that layout."""
    if label == "%Y%m%d":
        text = values.cast(pa.date32(), safe=False).cast(pa.string())
        return pc.replace_substring(text, "-", "").cast(pa.int64())
    if pa.types.is_date(values.type):
        values = values.cast(_US)
    moments = values.cast(pa.int64())
    if label == "julian":
        return pc.add(pc.divide(moments.cast(pa.float64(), safe=False), float(_DAY)), _JULIAN_EPOCH)
    if label == "unix_real":
        return pc.divide(moments.cast(pa.float64(), safe=False), 1e6)
    return _floor_divide(moments, _UNIX[label])


def _layout_of_shape(shape: str, zone: str) -> Layout | None:
    match = _SHAPE.match(shape)
    if match is None or not match[1] or bool(match[2]) != bool(match[3]):
        return None
    time = {None: "", "00:00": "%H:%M", "00:00:00": "%H:%M:%S"}[match[3]]
    if match[4] and time != "%H:%M:%S":
        return None
    return Layout(bool(match[1]), match[2] or "", time, len(match[4] or ""), zone)


def _parse(body: pa.Array, found: Layout, type_: pa.DataType) -> pa.Array:
    text = pc.utf8_slice_codeunits(body, 0, 26) if found.digits > 6 else body
    try:
        moments = text.cast(_US)
    except pa.ArrowInvalid:
        moments = pc.if_else(_possible(text), text, None).cast(_US)
    if pa.types.is_timestamp(type_) and type_.tz and found.offset:
        moments = pc.subtract(moments.cast(pa.int64()), found.offset).cast(_US)
    moments = pc.if_else(pc.greater_equal(moments.cast(pa.int64()), -719_162 * _DAY), moments, None)
    return _moments(moments.cast(pa.int64()), type_)


def _parse_times(values: pa.Array) -> Parsed:
    """Hours may go beyond the day, as MySQL's and PostgreSQL's do."""
    parts = pc.extract_regex(values, _CLOCK)
    number = {name: pc.struct_field(parts, name) for name in ("hours", "minutes", "seconds")}
    number = {name: pc.if_else(pc.equal(text, ""), "0", text).cast(pa.int64()) for name, text in number.items()}
    fraction = pc.struct_field(parts, "fraction")
    micros = pc.utf8_slice_codeunits(pc.utf8_rpad(fraction, 6, "0"), 0, 6).cast(pa.int64())
    minutes = pc.add(pc.multiply(number["hours"], 60), number["minutes"])
    whole = pc.add(pc.multiply(pc.add(pc.multiply(minutes, 60), number["seconds"]), 1_000_000), micros)
    signed = pc.if_else(pc.equal(pc.struct_field(parts, "sign"), "-"), pc.negate(whole), whole)
    digits = pc.if_else(
        pc.equal(pc.struct_field(parts, "seconds"), ""), -1, pc.binary_length(fraction).cast(pa.int64())
    )
    parsed: Parsed = []
    for count in sorted(value for value in pc.unique(digits).to_pylist() if value is not None):
        found = Layout(False, "", "%H:%M" if count < 0 else "%H:%M:%S", max(count, 0), "")
        parsed.append((found.label, pc.if_else(pc.equal(digits, count), signed, None).cast(pa.duration("us"))))
    return parsed


def _format_times(values: pa.Array, found: Layout) -> pa.Array:
    whole = values.cast(pa.int64())
    size = pc.abs(whole)
    hours = _floor_divide(size, 3_600_000_000)
    clock = pc.subtract(size, pc.multiply(hours, 3_600_000_000)).cast(_US).cast(pa.string())
    end = (16 if found.time == "%H:%M" else 19) if not found.digits else 20 + min(found.digits, 6)
    sign = pc.if_else(pc.less(whole, 0), "-", "")
    hours = pc.utf8_lpad(hours.cast(pa.string()), 2, "0")
    return pc.binary_join_element_wise(
        sign, hours, pc.utf8_slice_codeunits(clock, 13, end), "0" * max(0, found.digits - 6), ""
    )


def _possible(text: pa.Array) -> pa.Array:
    """Which of these texts of one ISO shape name a day and a time that exist."""
    length = pc.max(pc.utf8_length(text)).as_py() or 0
    fields = [(0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19)]
    parts = [
        pc.fill_null(pc.utf8_slice_codeunits(text, a, b), "1" * (b - a)).cast(pa.int64()).to_numpy()
        for a, b in fields
        if b <= length
    ]
    year, month, day = parts[:3]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    days = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[np.clip(month, 0, 12)] + (leap & (month == 2))
    fine = (year > 0) & (month > 0) & (month < 13) & (day > 0) & (day <= days)
    for part, limit in zip(parts[3:], (24, 60, 60), strict=False):
        fine &= part < limit
    return pa.array(fine)


def _number_label(values: pa.Array, type_: pa.DataType) -> str:
    low, high = (bound.as_py() for bound in pc.min_max(values).values())
    if low is None:
        return "unix"
    if pa.types.is_floating(values.type):
        return "julian" if _JULIAN[0] <= low and high <= _JULIAN[1] else "unix_real"
    if pa.types.is_date(type_) and low >= 1_000_01_01 and high <= 9999_12_31:
        return "%Y%m%d"
    size = max(abs(low), abs(high))
    return "unix" if size < 10**11 else "unix_ms" if size < 10**14 else "unix_us"


def _moments(microseconds: pa.Array, type_: pa.DataType) -> pa.Array:
    if pa.types.is_date(type_):
        return _floor_divide(microseconds, _DAY).cast(pa.int32()).cast(pa.date32())
    return microseconds.cast(type_)


def _round(values: pa.Array) -> pa.Array:
    inside = pc.less(pc.abs(values), 9e18)
    return pc.round(pc.if_else(inside, values, None)).cast(pa.int64())


def _floor_divide(values: pa.Array, divisor: int) -> pa.Array:
    filled = np.floor_divide(pc.fill_null(values, 0).to_numpy(zero_copy_only=False), divisor)
    return pa.array(filled, mask=np.asarray(values.is_null()))
