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
