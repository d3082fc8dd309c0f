"""Where training runs: the first of CUDA, Metal and the processor that works here."""

from __future__ import annotations

import os

import torch

ORDER = ("cuda", "mps", "cpu")
"""What `auto` tries, in this order, whatever was used before."""


def device_for(wanted: str = "auto") -> torch.device:
    """The device of that name, or the first that works. Raises ValueError where the one that is wanted does not."""
    if wanted != "auto":
        if not _works(wanted):
            raise ValueError(f"the device {wanted} is not usable here; say `auto` or `cpu`")
        return torch.device(wanted)
    return torch.device(next(name for name in ORDER if _works(name)))


def use_threads(count: int | None = None) -> int:
    """Let torch compute with so many threads; None: as many as this process may use."""
    threads = count or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(threads)
    return threads


def _works(name: str) -> bool:
    """Whether a sum on that device comes out right: drivers may be there and not fit."""
    try:
        return float(torch.ones(8, device=name).sum()) == 8
    except (RuntimeError, AssertionError):
        return False
