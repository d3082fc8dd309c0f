"""Random subsets by number, the same in every process: of databases with every type, and of databases with every tangle of keys."""

from __future__ import annotations

from tests.subsets.requests import Request, typed
from tests.subsets.tangled import tangled


def requested(dialect: str, number: int) -> Request:
    """The random subset of that number."""
    return tangled(dialect, number) if number % 2 else typed(dialect, number)
