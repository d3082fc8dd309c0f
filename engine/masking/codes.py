"""Words of a pseudo-random function as fixed-length text, and digits replaced in place: without a loop over rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.prf import Words

ALPHABET = np.frombuffer(b"abcdefghijkmnpqrstuvwxyz23456789", np.uint8)
"""32 letters and digits that no case-insensitive collation confuses, without l, o, 0 and 1."""
LONGEST = 24
"""Characters of 5 bits in 128 bits."""

Digits = npt.NDArray[np.uint8]


def fixed_text(characters: Digits) -> pa.Array:
    """Each row of an (n, k) array of ASCII codes as a string."""
    rows, width = characters.shape
    offsets = np.arange(rows + 1, dtype=np.int64) * width
    data = pa.py_buffer(np.ascontiguousarray(characters))
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), data).cast(pa.string())


def code(words: Words, length: int) -> pa.Array:
    """`length` characters of `ALPHABET` per row, 5 bits each: 16 of them are 80 bits."""
    out = np.empty((len(words), length), np.uint8)
    for place in range(length):
        word, shift = words[:, place // 12], np.uint64(59 - 5 * (place % 12))
        out[:, place] = ALPHABET[((word >> shift) & np.uint64(31)).astype(np.intp)]
    return fixed_text(out)


def ascii_digits(values: pa.Array) -> pa.Array:
    """Digits of every script as 0 to 9, so that none of them passes for a letter."""
    foreign = pc.match_substring_regex(values, r"[^\x00-\x7F]")
    if not pc.any(foreign).as_py():
        return values
    # Arrow has no table of Unicode digits: the few distinct values with other characters go through Python.
    changed = [_plain_digits(text) if text is not None else None for text in values.filter(foreign).to_pylist()]
    return pc.replace_with_mask(values, foreign.fill_null(False), pa.array(changed, pa.string()))


def _plain_digits(text: str) -> str:
    return "".join(str(int(letter)) if letter.isdecimal() else letter for letter in text)


def digits_of_script(masked: pa.Array, originals: pa.Array, plain: pa.Array) -> pa.Array:
    """`masked` with its digits in the script of the original at the same place, where `ascii_digits` changed any."""
    changed = pc.not_equal(originals, plain).fill_null(False)
    if not pc.any(changed).as_py():
        return masked
    pairs = zip(masked.filter(changed).to_pylist(), originals.filter(changed).to_pylist(), strict=True)
    texts = ["".join(_in_script(new, old) for new, old in zip(text, was, strict=True)) for text, was in pairs]
    return pc.replace_with_mask(masked, changed, pa.array(texts, pa.string()))


def _in_script(new: str, old: str) -> str:
    return chr(ord(old) - int(old) + int(new)) if old.isdecimal() and new.isdecimal() else new


def replace_digits(values: pa.Array, digits: Callable[[Digits, npt.NDArray[np.int64]], Digits]) -> pa.Array:
    """The values with their ASCII digits replaced in place: `digits` gets an (n, k) array of the digits of all values with k
    digits, and their rows, and gives one of the same shape."""
    offsets, data = _bytes_of(values)
    is_digit = (data >= 48) & (data <= 57)
    places = np.flatnonzero(is_digit)
    owner = np.searchsorted(offsets, places, side="right") - 1
    counts = np.bincount(owner, minlength=len(values))
    starts = np.concatenate([[0], np.cumsum(counts)])
    out = data.copy()
    for count in np.unique(counts[counts > 0]):
        rows = np.flatnonzero(counts == count)
        at = places[starts[rows][:, None] + np.arange(count)]
        out[at] = digits(data[at] - 48, rows) + 48
    return pa.StringArray.from_buffers(
        len(values), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(out), _validity(values)
    )


def _bytes_of(values: pa.Array) -> tuple[npt.NDArray[np.int64], Digits]:
    """Offsets from zero and the bytes of a string array."""
    whole = pa.concat_arrays([values]) if values.offset == 0 else pc.take(values, pa.array(np.arange(len(values))))
    offsets = np.frombuffer(whole.buffers()[1], np.int32)[: len(values) + 1].astype(np.int64)
    raw = whole.buffers()[2]
    data = np.frombuffer(raw, np.uint8)[: int(offsets[-1])] if raw is not None else np.zeros(0, np.uint8)
    return offsets, data


def _validity(values: pa.Array) -> pa.Buffer | None:
    if not values.null_count:
        return None
    return pc.is_valid(values).buffers()[1]
