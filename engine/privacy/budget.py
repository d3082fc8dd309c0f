"""What is protected, how far, and against which neighbours: three frozen values that no epsilon travels without."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from connectors.names import TableName


class Neighbours(StrEnum):
    """Which two databases the guarantee cannot tell apart."""

    ADD_OR_REMOVE_ONE = "add or remove one entity"
    """One holds one entity more: a root row with every row that it owns."""


@dataclass(frozen=True, slots=True)
class PrivacyUnit:
    """One root row together with every row that it owns."""

    table: TableName
    key: tuple[str, ...]
    """The root's primary key."""


@dataclass(frozen=True, slots=True)
class Budget:
    """(epsilon, delta) for one release. An infinite epsilon promises nothing, and says so everywhere."""

    epsilon: float
    delta: float

    def __post_init__(self) -> None:
        if not self.epsilon > 0:
            raise ValueError("epsilon is greater than 0")
        if not 0 < self.delta < 1:
            raise ValueError("delta lies between 0 and 1")

    @property
    def promises(self) -> bool:
        """False at an infinite epsilon: training without differential privacy."""
        return math.isfinite(self.epsilon)


class OverBudget(Exception):
    """What is wanted is not left of a budget; `str()` is one sentence with the remedy. Nothing was touched."""
