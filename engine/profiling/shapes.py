"""Of what characters texts are made: counted for all of them at once, so that most detectors need not look at most texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

LONGEST = 250
"""Bytes of a text that can be a single value; longer ones are prose or documents."""

Counts = npt.NDArray[np.int64]
_BYTES = np.arange(256)
_DIGITS = (_BYTES >= 48) & (_BYTES <= 57)
_LETTERS = ((_BYTES >= 65) & (_BYTES <= 90)) | ((_BYTES >= 97) & (_BYTES <= 122)) | (_BYTES >= 0xC0)
_FOREIGN = (_BYTES >= 0xCD) & (_BYTES != 0xE2)
"""First bytes of Greek, Cyrillic and what comes after it; 0xE2 begins dashes and quotation marks."""
_CONTINUED = (_BYTES >= 0x80) & (_BYTES <= 0xBF)


@dataclass(frozen=True, eq=False)
class Shapes:
    """Texts of at most LONGEST bytes with their counts, in their order."""

    texts: pa.Array
    lengths: Counts
    """Characters."""
    digits: Counts
    """0 to 9."""
    letters: Counts
    """Of ASCII; and all that is not of ASCII."""
    foreign: Counts
    """Of other scripts than the Latin one."""

    def within(self, lengths: tuple[int, int], digits: tuple[int, int], letters: tuple[int, int]) -> pa.Array:
        """The texts whose counts lie in these bounds, both ends included."""
        wanted = np.ones(len(self.texts), np.bool_)
        for counts, (least, most) in ((self.lengths, lengths), (self.digits, digits), (self.letters, letters)):
            if least > 0:
                wanted &= counts >= least
            if most < LONGEST:
                wanted &= counts <= most
        return self.texts if wanted.all() else self.texts.filter(pa.array(wanted))


def shapes(texts: pa.Array) -> Shapes:
    """Counts of the texts that are not longer than a single value. `texts` has no NULL."""
    offsets, _ = _buffers(texts)
    short = np.diff(offsets) <= LONGEST
    if not short.all():
        texts = texts.filter(pa.array(short))
    offsets, data = _buffers(texts)
    return Shapes(
        texts, np.diff(offsets) - _count(_CONTINUED, data, offsets), _count(_DIGITS, data, offsets), _count(_LETTERS, data, offsets),
        _count(_FOREIGN, data, offsets),
    )  # fmt: skip


def _buffers(texts: pa.Array) -> tuple[Counts, npt.NDArray[np.uint8]]:
    if not len(texts):
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    _, ends, data = texts.buffers()
    offsets = np.frombuffer(ends, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    return offsets - offsets[0], np.frombuffer(data or b"", np.uint8)[offsets[0] : offsets[-1]]


def _count(members: npt.NDArray[np.bool_], data: npt.NDArray[np.uint8], offsets: Counts) -> Counts:
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(members[data])])
    counts: Counts = sums[offsets[1:]] - sums[offsets[:-1]]
    return counts
