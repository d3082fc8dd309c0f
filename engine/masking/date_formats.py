"""Dates as people write them: cut into year, month, day and what stands between, and put together again in the same writing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DATES

ISO = "iso"
_ISO_TIME = r"[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)? ?(?:[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_SHORT = tuple(name[:3] for name in _MONTHS)
_PARTS = {
    "Y": r"\d{4}", "y": r"\d{2}", "m": r"\d{1,2}", "d": r"\d{1,2}", "b": "|".join(_SHORT), "B": "|".join(_MONTHS),
    "H": r"\d{1,2}", "I": r"\d{1,2}", "M": r"\d{2}", "S": r"\d{2}", "f": r"\d{1,9}", "p": r"[AaPp]\.?[Mm]\.?",
    "z": r"[Zz]|[+-]\d{2}:?\d{2}", "%": "%",
}  # fmt: skip
_DATE = {"Y": "year", "y": "year", "m": "month", "b": "month", "B": "month", "d": "day"}
_PIVOT = 69
"""Two digits from 69 on are of the 20th century, as in POSIX."""

Days = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DateFormat:
    """A writing of dates in strptime's words, or `iso`, which may have a time of day behind it."""

    text: str

    @cached_property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """Name and regular expression of each piece, in order; the date's own are `year`, `month` and `day`."""
        if self.text == ISO:
            return (
                ("year", r"\d{4}"),
                ("a", "-"),
                ("month", r"\d{2}"),
                ("b", "-"),
                ("day", r"\d{2}"),
                ("c", f"(?:{_ISO_TIME})?"),
            )
        found: list[tuple[str, str]] = []
        for number, part in enumerate(re.findall(r"%.|[^%]+|%", self.text, re.DOTALL)):
            known = _PARTS.get(part[1:]) if part[0] == "%" else re.escape(part)
            if known is None:
                raise ValueError(f"{self.text!r} is no format of dates: {part!r} is not known")
            found.append((_DATE.get(part[1:], f"p{number}") if part[0] == "%" else f"p{number}", known))
        names = sorted(name for name, _ in found if name in _DATE.values())
        if names != ["day", "month", "year"]:
            raise ValueError(f"{self.text!r} is no format of dates: it needs a year, a month and a day, each once")
        return tuple(found)

    @cached_property
    def pattern(self) -> str:
        return "(?i)^" + "".join(f"(?P<{name}>{pattern})" for name, pattern in self.pieces) + "$"

    def read(self, texts: pa.Array) -> tuple[pa.Array, pa.Array]:
        """The pieces of each text, NULL where it is not so written or no day of the calendar; and the days as date32."""
        found = pc.extract_regex(texts, self.pattern)
        year, month, day = (self._numbers(found, name) for name in ("year", "month", "day"))
        first = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1)
        days = (first.astype("datetime64[D]") + (day - 1)).astype(np.int64)
        valid = found.is_valid().to_numpy(zero_copy_only=False) & (year > 0) & (month >= 1) & (month <= 12) & (day >= 1)
        valid &= (first + 1).astype("datetime64[D]").astype(np.int64) > days
        return found, pa.array(np.where(valid, days, 0).astype(np.int32), pa.int32(), mask=~valid).cast(pa.date32())

    def write(self, found: pa.Array, dates: pa.Array) -> pa.Array:
        """The texts again, with other dates."""
        days = dates.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False).clip(*DATES).astype("datetime64[D]")
        months = days.astype("datetime64[M]")
        number = {
            "year": months.astype("datetime64[Y]").astype(np.int64) + 1970,
            "month": months.astype(np.int64) % 12 + 1,
            "day": (days - months.astype("datetime64[D]")).astype(np.int64) + 1,
        }
        written = [
            self._digits(found.field(name), number[name], name) if name in number else found.field(name)
            for name, _ in self.pieces
        ]
        return pc.if_else(dates.is_valid(), pc.binary_join_element_wise(*written, ""), None)

    def _numbers(self, found: pa.Array, name: str) -> Days:
        texts = found.field(name)
        if name == "month" and self._names:
            places = pc.index_in(pc.utf8_lower(texts), value_set=pa.array([text.lower() for text in self._names]))
            return _whole(places.fill_null(-1)) + 1
        numbers = _whole(pc.if_else(pc.equal(texts, ""), None, texts).cast(pa.int64()).fill_null(0))
        if name == "year" and "%y" in self.text:
            return np.where(numbers >= _PIVOT, 1900, 2000) + numbers
        return numbers

    def _digits(self, originals: pa.Array, numbers: Days, name: str) -> pa.Array:
        """The number as wide as the original, with its zeros in front; a month's name in the original's case."""
        if name == "month" and self._names:
            names = pa.array(self._names).take(pa.array(numbers - 1))
            lower = pc.if_else(pc.utf8_is_lower(originals), pc.utf8_lower(names), names)
            return pc.if_else(pc.utf8_is_upper(originals), pc.utf8_upper(names), lower)
        if name == "year":
            width = 2 if "%y" in self.text else 4
            return pc.utf8_lpad(pa.array(numbers % 10**width).cast(pa.string()), width, "0")
        texts = pa.array(numbers).cast(pa.string())
        return pc.if_else(pc.equal(pc.utf8_length(originals), 2), pc.utf8_lpad(texts, 2, "0"), texts)

    @property
    def _names(self) -> tuple[str, ...]:
        return _SHORT if "%b" in self.text else _MONTHS if "%B" in self.text else ()


def _whole(values: pa.Array) -> Days:
    numbers: Days = values.to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers
