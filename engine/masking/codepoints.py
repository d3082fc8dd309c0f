"""Texts as one flat array of code points, so that letters of a whole column are replaced at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Letters:
    """The code points of texts one after the other; text i is `codes[offsets[i]:offsets[i + 1]]`."""

    codes: Codes
    offsets: Places

    def any(self, flags: Flags) -> Flags:
        """For each text: is the flag of any of its letters set?"""
        return self.count(flags) > 0

    def count(self, flags: Flags) -> Places:
        """For each text: how many of its letters have the flag."""
        return np.diff(_running(flags)[self.offsets])

    def groups(self, flags: Flags) -> Iterator[tuple[Places, Places]]:
        """Texts with equally many flagged letters together: their rows, and a (rows, count) array of the letters' places.

        One round per length, not per text.
        """
        places = np.flatnonzero(flags)
        starts = _running(flags)[self.offsets[:-1]]
        counts = self.count(flags)
        for count in np.unique(counts[counts > 0]):
            rows = np.flatnonzero(counts == count)
            yield rows, places[starts[rows][:, None] + np.arange(count)]


def _running(flags: Flags) -> Places:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(flags, dtype=np.int64)])


def letters_of(texts: pa.Array) -> Letters:
    """The letters of a string array without NULL."""
    packed = texts.cast(pa.large_string())
    raw, data = packed.buffers()[1], packed.buffers()[2]
    if not len(packed) or raw is None or data is None:
        return Letters(np.empty(0, np.uint32), np.zeros(len(texts) + 1, np.int64))
    ends = np.frombuffer(raw, np.int64)[packed.offset : packed.offset + len(packed) + 1]
    octets = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    if not len(octets) or octets.max() < 0x80:
        return Letters(octets.astype(np.uint32), ends - ends[0])
    lengths = pc.utf8_length(packed).to_numpy(zero_copy_only=False)
    codes = np.frombuffer(octets.tobytes().decode().encode("utf-32-le"), "<u4").astype(np.uint32)
    return Letters(codes, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)]))


def texts_of(letters: Letters) -> pa.Array:
    """The string array of these letters: the inverse of `letters_of`."""
    codes, offsets = letters.codes, letters.offsets
    if not len(codes) or codes.max() < 0x80:
        octets, ends = codes.astype(np.uint8), offsets
    else:
        octets = np.frombuffer(codes.astype("<u4").tobytes().decode("utf-32-le").encode(), np.uint8)
        widths = 1 + (codes > 0x7F).astype(np.int64) + (codes > 0x7FF) + (codes > 0xFFFF)
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(widths)])[offsets]
    large = pa.LargeStringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(np.ascontiguousarray(ends)), pa.py_buffer(octets)
    )
    return large.cast(pa.string())
