"""UUIDs as text and as 16 bytes, a column at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

_DASHES = (8, 13, 18, 23)
_DIGITS = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_VALUES = np.zeros(256, dtype=np.uint8)
_VALUES[_DIGITS] = np.arange(16)
_VALUES[np.frombuffer(b"ABCDEF", dtype=np.uint8)] = np.arange(10, 16)


def uuid_bytes(text: np.ndarray) -> pa.Array:
    """The 16 bytes of texts with dashes, given as one row of 36 characters each."""
    digits = _VALUES[np.delete(text, _DASHES, axis=1)]
    packed = np.ascontiguousarray(digits[:, 0::2] << 4 | digits[:, 1::2])
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(packed), [None, pa.py_buffer(packed)])


def uuid_text(values: pa.Array) -> pa.Array:
    """The texts with dashes of a fixed-size binary array of 16 bytes each, NULLs kept."""
    present = values.drop_null()
    raw = np.frombuffer(present.buffers()[1], dtype=np.uint8)[present.offset * 16 :][: len(present) * 16]
    digits = np.stack((_DIGITS[raw >> 4], _DIGITS[raw & 15]), axis=1).reshape(-1, 32)
    text = np.ascontiguousarray(np.insert(digits, (8, 12, 16, 20), ord("-"), axis=1))
    made = pa.FixedSizeBinaryArray.from_buffers(pa.binary(36), len(text), [None, pa.py_buffer(text)])
    valid = values.is_valid().to_numpy(zero_copy_only=False)
    return made.cast(pa.binary()).cast(pa.string()).take(pa.array(np.cumsum(valid) - 1, mask=~valid))
