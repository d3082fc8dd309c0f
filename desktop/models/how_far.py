"""How far something is that takes a while."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HowFar:
    phase: str
    table: str = ""
    done: int = 0
    """Of `total`; of rows, where there is none."""
    total: int = 0
    """0: nobody knows."""
    unit: str = "table"
    """What is counted: tables, or the texts of all columns that hold prose."""
