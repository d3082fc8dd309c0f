"""Check digits of many numbers at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

LONGEST = 24
_DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9])


def only_digits(texts: pa.Array) -> pa.Array:
    """Without blanks, hyphens, dots, slashes and brackets."""
    return pc.replace_substring_regex(texts, r"[\s./()-]", "")


def digit_rows(texts: pa.Array, most: int = LONGEST) -> npt.NDArray[np.int64]:
    """The digits of each text in a row, at its right end, zeros before them; other signs are left out. Shape (n, most)."""
    padded = pc.utf8_slice_codeunits(pc.utf8_lpad(pc.replace_substring_regex(texts, "[^0-9]", ""), most, "0"), -most)
    data = "".join(padded.to_pylist()).encode("ascii")
    return np.frombuffer(data, np.uint8).reshape(len(texts), most).astype(np.int64) - 48


def luhn(texts: pa.Array) -> pa.Array:
    """Is the last digit right after Luhn (ISO/IEC 7812-1, annex B)? Of all zeros too: check the form as well."""
    rows = digit_rows(texts)
    sums = rows[:, -1::-2].sum(axis=1) + _DOUBLED[rows[:, -2::-2]].sum(axis=1)
    return pa.array(sums % 10 == 0)


def verhoeff(texts: pa.Array) -> pa.Array:
    """Is the last digit right after Verhoeff (Error Detecting Decimal Codes, 1969)?"""
    rows = digit_rows(texts)
    lengths = pc.utf8_length(pc.replace_substring_regex(texts, "[^0-9]", "")).to_numpy(zero_copy_only=False)
    checks = np.zeros(len(rows), np.int64)
    for place in range(LONGEST):
        # The zeros that fill a row up are no digits: they would be permuted.
        stepped = _PRODUCT[checks, _PERMUTED[place % 8, rows[:, -1 - place]]]
        checks = np.where(place < lengths, stepped, checks)
    return pa.array(checks == 0)


def _dihedral() -> npt.NDArray[np.int64]:
    """The multiplication of the symmetries of a pentagon: 0 to 4 turn it, 5 to 9 turn it over."""
    a, b = np.meshgrid(np.arange(10), np.arange(10), indexing="ij")
    turned = np.where(b < 5, (a + b) % 5, 5 + (a + b) % 5)
    over = np.where(b < 5, 5 + (a - b) % 5, (a - b) % 5)
    return np.where(a < 5, turned, over)


def _permutations() -> npt.NDArray[np.int64]:
    steps = [np.arange(10)]
    first = np.array([1, 5, 7, 6, 2, 8, 3, 0, 9, 4])
    for _ in range(7):
        steps.append(first[steps[-1]])
    return np.array(steps)


_PRODUCT = _dihedral()
_PERMUTED = _permutations()
