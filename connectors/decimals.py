"""Decimals as text without an exponent."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def plain_text(array: pa.Array) -> pa.Array:
    """The numbers with all the digits of their scale: Arrow writes small ones, zero among them, as `1E-10`."""
    text = array.cast(pa.string())
    short = pc.fill_null(pc.match_substring(text, "E"), False)
    if not pc.any(short).as_py():
        return text
    # Arrow has no kernel for this: number by number, each one once.
    encoded = pc.filter(array, short).dictionary_encode()
    spelt = pa.array([format(number, "f") for number in encoded.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(text, short, spelt.take(encoded.indices))
