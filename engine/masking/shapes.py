"""Texts of the same shape: other letters where letters stand, other digits where digits do."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from engine.keys import DomainKey
from engine.masking.octets import octets_of

_RANGES = ((ord("0"), 10), (ord("A"), 26), (ord("a"), 26))
_PER_WORD = 4
"""Letters that one random word of 64 bits is for: 16 bits each, so that 26 hardly favours any."""


def shape_like(texts: pa.Array, key: DomainKey) -> pa.Array:
    """Each ASCII letter and digit becomes another of its kind, chosen by the key and the whole text; the others are kept. No NULLs."""
    offsets, data = octets_of(texts)
    lengths = np.diff(offsets)
    words = key.words(key.cmac(texts), -(-int(lengths.max(initial=1)) // _PER_WORD))
    drawn = np.ascontiguousarray(words).view(np.uint16)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    random = drawn[rows, np.arange(len(data)) - offsets[rows]]
    out = data.copy()
    for first, count in _RANGES:
        of_kind = (data - np.uint8(first)) < count
        out[of_kind] = first + random[of_kind] % count
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(out))
