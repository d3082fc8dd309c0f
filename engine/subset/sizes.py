"""Sizes as a person writes them: "5 GB", "500 MB", "1.5 GiB", or a number of bytes."""

from __future__ import annotations

import re
from decimal import Decimal

UNITS = {
    "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}  # fmt: skip
_SPELT = {
    "b": "B",
    "kb": "kB",
    "mb": "MB",
    "gb": "GB",
    "tb": "TB",
    "kib": "KiB",
    "mib": "MiB",
    "gib": "GiB",
    "tib": "TiB",
}
_SIZE = re.compile(r"\s*(\d{1,18}(?:\.\d{1,18})?)\s*([kmgt]?i?b)?\s*", re.IGNORECASE | re.ASCII)


def parse_size(text: str) -> int:
    """Bytes. Raises ValueError."""
    match = _SIZE.fullmatch(text)
    unit = UNITS.get((match[2] or "b").casefold()) if match else None
    if match is None or unit is None:
        raise ValueError(f"not a size: {text!r} (write 5 GB, 500 MB, 1.5 GiB, or a number of bytes)")
    return int(Decimal(match[1]) * unit)


def size_text(size: int) -> str:
    """The shortest text that says exactly so many bytes."""
    for unit in ("tb", "tib", "gb", "gib", "mb", "mib", "kb", "kib"):
        if size and size % UNITS[unit] == 0:
            return f"{size // UNITS[unit]} {_SPELT[unit]}"
    return f"{size} B"


def about(size: int) -> str:
    """A size as a person reads it: `4.9 GB`."""
    for unit in ("tb", "gb", "mb", "kb"):
        if size >= UNITS[unit]:
            return f"{size / UNITS[unit]:.1f} {_SPELT[unit]}"
    return f"{size} B"
