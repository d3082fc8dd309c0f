"""Ranges as keys: each moved to another place, its width kept."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np
import pyarrow as pa

from connectors.arrow import DATES, DAY, TIMESTAMPS
from connectors.schema import Column
from engine.keys import DomainKey
from engine.masking.date_key import NEAR

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_RANGE = re.compile(r'([\[(])"?([^",]*)"?,"?([^",]*)"?([\])])')


@dataclass(frozen=True)
class _Scale:
    """How the bounds of a type are counted."""

    near: tuple[int, int]
    """Ranges inside these stay inside."""
    far: tuple[int, int]
    steps: tuple[int, ...]
    """Coarse to fine: what begins at midnight is moved to another midnight."""
    read: Callable[[str], int]
    write: Callable[[int], str]


def _moment(text: str) -> int:
    found = datetime.fromisoformat(text)
    known = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return (known - _EPOCH) // _MICROSECOND


def _moment_text(moment: int, zone: str) -> str:
    return f'"{(_EPOCH + moment * _MICROSECOND).replace(tzinfo=None).isoformat(" ")}{zone}"'


def _whole(bits: int) -> _Scale:
    return _Scale((1, 3 << 29), (-(1 << (bits - 1)), (1 << (bits - 1)) - 1), (1,), int, str)


def _moments(zone: str) -> _Scale:
    near, steps = (NEAR[0] * DAY, NEAR[1] * DAY), (DAY, 3_600_000_000, 60_000_000, 1_000_000, 1)
    return _Scale(near, TIMESTAMPS, steps, _moment, partial(_moment_text, zone=zone))


_SCALES = {
    "int4range": _whole(32),
    "int8range": _whole(64),
    "daterange": _Scale(NEAR, DATES, (1,), lambda t: (date.fromisoformat(t) - date(1970, 1, 1)).days,
                        lambda n: (date(1970, 1, 1) + timedelta(n)).isoformat()),
    "tsrange": _moments(""),
    "tstzrange": _moments("+00"),
}  # fmt: skip


def is_range(column: Column) -> bool:
    """Does the column hold ranges that can be moved?"""
    return column.native.casefold() in _SCALES


@dataclass(frozen=True)
class _Part:
    """A range as the database writes it: the place of what moves, and all that stays."""

    at: int
    width: int
    shape: tuple[str, str, str, str]
    """Brackets, and the bounds that stay because they are open, or no value of the calendar."""

    def text(self, at: int, scale: _Scale) -> str:
        opening, low, high, closing = self.shape
        lower = scale.write(at) if low == _MOVES else low
        upper = scale.write(at + self.width) if high == _MOVES else high
        return f"{opening}{lower},{upper}{closing}"


_MOVES = "*"


def permute_ranges(values: pa.Array, key: DomainKey, column: Column) -> pa.Array:
    """Another range of the same width for each, none NULL: a bijection of the ranges of each width. Empty ones stay, and open
    bounds stay open."""
    scale = _SCALES[column.native.casefold()]
    texts = values.to_pylist()
    groups: dict[tuple[tuple[int, int], int, int, tuple[str, ...]], list[tuple[int, _Part]]] = defaultdict(list)
    # Ranges are text here, and no kernel reads them: one by one, then together by width.
    for row, text in enumerate(texts):
        part = _parsed(text, scale)
        if part is not None and (band := _band(part, scale)) is not None:
            step = next(step for step in scale.steps if part.at % step == 0)
            groups[band, step, part.width, part.shape].append((row, part))
    for (band, step, _, _), members in groups.items():
        image = _placed([part for _, part in members], band, step, scale, key)
        for (row, part), at in zip(members, image, strict=True):
            texts[row] = part.text(at, scale)
    return pa.array(texts, values.type)


def _parsed(text: str, scale: _Scale) -> _Part | None:
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    low, high = _read(found[2], scale), _read(found[3], scale)
    shape = (found[1], _MOVES if low is not None else found[2], _MOVES if high is not None else found[3], found[4])
    known = [bound for bound in (low, high) if bound is not None]
    return _Part(known[0], known[-1] - known[0], shape) if known else None


def _read(text: str, scale: _Scale) -> int | None:
    try:
        return scale.read(text)
    except (ValueError, OverflowError):
        return None


def _band(part: _Part, scale: _Scale) -> tuple[int, int] | None:
    for low, high in (scale.near, scale.far):
        if low <= part.at and part.at + part.width <= high:
            return low, high
    return None


def _placed(parts: list[_Part], band: tuple[int, int], step: int, scale: _Scale, key: DomainKey) -> Iterable[int]:
    """New places in the band for ranges of one width and step; what would be of a coarser step, or of the nearer band, walks on."""
    width, (low, high) = parts[0].width, band
    first, end = -(-low // step), (high - width) // step + 1
    permutation = key.permutation(end - first, f"range/{'/'.join(parts[0].shape)}/{low}/{step}/{width}")
    out = [part.at for part in parts]
    waiting = list(range(len(parts)))
    while waiting:
        numbers = np.array([out[row] // step - first for row in waiting], np.uint64)
        for row, image in zip(waiting, permutation.apply(numbers).tolist(), strict=True):
            out[row] = (image + first) * step
        waiting = [row for row in waiting if not _stands(out[row], width, band, step, scale)]
    return out


def _stands(at: int, width: int, band: tuple[int, int], step: int, scale: _Scale) -> bool:
    coarser = any(at % other == 0 for other in scale.steps if other > step)
    nearer = band != scale.near and scale.near[0] <= at and at + width <= scale.near[1]
    return not coarser and not nearer
