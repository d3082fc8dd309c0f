"""The rows of one table of a block of entities, in the making."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from engine.synthesis.generate.arrays import Mask, Places
from engine.synthesis.generate.recipe import Recipe


@dataclass
class Rows:
    """Columns are filled one after the other; rows are never moved, only marked as dropped."""

    recipe: Recipe
    parent: Places
    """Of each row, by its place in the parent table's rows; for the root its own place."""
    entity: Places
    learned: dict[str, pa.Array]
    """As the model gives them."""
    columns: dict[str, pa.Array] = field(default_factory=dict)
    targets: dict[int, Places] = field(default_factory=dict)
    """For each link (by its place in the recipe) to rows of this block which row is meant; negative: none of them."""
    alive: Mask = field(init=False)

    def __post_init__(self) -> None:
        self.alive = np.ones(len(self.parent), np.bool_)

    @property
    def count(self) -> int:
        return len(self.parent)
