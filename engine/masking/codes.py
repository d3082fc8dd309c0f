"""Words of a pseudo-random function as fixed-length text, and digits of every script as ASCII ones and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.masking.octets import all_ascii
from engine.prf import Words

ALPHABET = np.frombuffer(b"abcdefghijkmnpqrstuvwxyz23456789", np.uint8)
"""32 letters and digits that no case-insensitive collation confuses, without l, o, 0 and 1."""
LONGEST = 24
"""Characters of 5 bits in 128 bits."""

_PAIRS = np.stack([np.repeat(ALPHABET, 32), np.tile(ALPHABET, 32)], axis=1).view(np.uint16)[:, 0]
"""What each ten bits become."""

Digits = npt.NDArray[np.uint8]


def fixed_text(characters: Digits) -> pa.Array:
    """Each row of an (n, k) array of ASCII codes as a string."""
    rows, width = characters.shape
    offsets = np.arange(rows + 1, dtype=np.int64) * width
    data = pa.py_buffer(np.ascontiguousarray(characters))
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), data).cast(pa.string())


def code(words: Words, length: int) -> pa.Array:
    """`length` characters of `ALPHABET` per row, 5 bits each: 16 of them are 80 bits."""
    out = np.empty((len(words), length + length % 2), np.uint8)
    pairs = out.view(np.uint16)
    for pair in range(pairs.shape[1]):
        word, shift = words[:, pair // 6], np.uint64(54 - 10 * (pair % 6))
        pairs[:, pair] = _PAIRS.take(((word >> shift) & np.uint64(1023)).astype(np.intp))
    return fixed_text(out[:, :length])


def ascii_digits(values: pa.Array) -> pa.Array:
    """Digits of every script as 0 to 9, so that none of them passes for a letter."""
    if all_ascii(values):
        return values
    foreign = pc.invert(pc.string_is_ascii(values)).fill_null(False)
    # Arrow has no table of Unicode digits: the few distinct values with other characters go through Python.
    changed = [_plain_digits(text) for text in values.filter(foreign).to_pylist()]
    return pc.replace_with_mask(values, foreign, pa.array(changed, values.type))


def _plain_digits(text: str) -> str:
    return "".join(str(int(letter)) if letter.isdecimal() else letter for letter in text)


def digits_of_script(masked: pa.Array, originals: pa.Array, plain: pa.Array) -> pa.Array:
    """`masked` with its digits in the script of the original at the same place, where `ascii_digits` changed any."""
    if plain is originals:
        return masked
    changed = pc.not_equal(originals, plain).fill_null(False)
    if not pc.any(changed).as_py():
        return masked
    pairs = zip(masked.filter(changed).to_pylist(), originals.filter(changed).to_pylist(), strict=True)
    texts = ["".join(_in_script(new, old) for new, old in zip(text, was, strict=True)) for text, was in pairs]
    return pc.replace_with_mask(masked, changed, pa.array(texts, pa.string()))


def _in_script(new: str, old: str) -> str:
    return chr(ord(old) - int(old) + int(new)) if old.isdecimal() and new.isdecimal() else new
