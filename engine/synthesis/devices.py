"""Where training runs: the first of CUDA, Metal and the processor that works here."""

from __future__ import annotations

import os

import torch

ORDER = ("cuda", "mps", "cpu")
"""What is tried, in this order, whatever was used before."""
_THREADS = 4
"""More of them wait for each other: the layers of a step are small."""


def detected() -> str:
    """The name of the first device that works."""
    return next(name for name in ORDER if works(name))


def device_for(wanted: str = "auto") -> torch.device:
    """The device of that name; of the first that works for `auto`. Raises ValueError where the one that is wanted does not."""
    if wanted == "auto":
        return torch.device(detected())
    if not works(wanted):
        raise ValueError(f"the device {wanted} cannot be used here: say auto or cpu")
    return torch.device(wanted)


def use_threads(count: int | None = None) -> int:
    """Let torch compute with so many threads; None: with a few, unless the environment says how many."""
    if count is None and "OMP_NUM_THREADS" in os.environ:
        return torch.get_num_threads()
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(count or min(here, _THREADS))
    return torch.get_num_threads()


def works(name: str) -> bool:
    """Whether a sum on that device comes out right: a driver may be there and not fit."""
    try:
        return float(torch.ones(8, device=name).sum()) == 8
    except (RuntimeError, AssertionError):
        return False
