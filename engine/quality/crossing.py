"""Codes of several columns as codes of their combinations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from engine.assessment.view import Values

Ints = npt.NDArray[np.int64]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """A column of whole numbers from 0 to below `size`."""

    values: Ints
    size: int

    def take(self, places: Ints) -> Codes:
        return Codes(self.values[places], self.size)

    def __repr__(self) -> str:
        return f"Codes({self.size})"


def dense(values: Values | Ints) -> Codes:
    """Codes moved up by one: 0 where there is none."""
    moved = values.astype(np.int64) + 1
    return Codes(moved, int(moved.max(initial=0)) + 1)


def crossed(columns: Sequence[Codes], sizes: Sequence[int]) -> Ints:
    """One code for each combination. Sizes multiply to less than 2^63 for three columns of fewer than two million codes each."""
    found = columns[0].values
    for column, size in zip(columns[1:], sizes[1:], strict=True):
        found = found * size + column.values
    return found


def chosen(items: Sequence[Item], most: int, rng: np.random.Generator) -> list[Item]:
    """At most so many of them, chosen by chance, in their order."""
    if len(items) <= most:
        return list(items)
    return [items[place] for place in np.sort(rng.choice(len(items), most, replace=False))]
