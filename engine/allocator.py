"""Freed memory stays with the process, so that the next batch's columns do not fault their pages in again."""

from __future__ import annotations

import ctypes
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt(3)."""
KEPT = 64 << 20
"""Bytes of free memory that a thread's heap may keep."""
_LARGEST = 32 << 20
"""Bytes from which an array has pages of its own, the most that glibc allows."""


def keep_freed_memory() -> None:
    """Tell glibc not to give the memory of every batch back to the system: a third of the time of hashing goes there. Other C
    libraries are left as they are."""
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_TRIM_THRESHOLD, KEPT)
        libc.mallopt(_MMAP_THRESHOLD, _LARGEST)
