"""Keys of several columns that refer to a public table: one code for each key."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from engine.synthesis.domains.base import Part, column_of
from engine.synthesis.domains.categories import recast, typed
from engine.synthesis.domains.scale import Scalar
from engine.synthesis.forest import Codes


class Keys(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["keys"] = "keys"
    nullable: bool = False
    types: tuple[str, ...]
    keys: tuple[tuple[Scalar, ...], ...]
    coded: int
    """So many of the keys have a code of their own; one more code is for all others."""

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Part(self.coded + self._has_other + self.nullable),)

    @property
    def _has_other(self) -> bool:
        return self.coded < len(self.keys) or not self.keys

    @cached_property
    def _columns(self) -> tuple[pa.Array, ...]:
        return tuple(typed(tuple(key[at] for key in self.keys), name) for at, name in enumerate(self.types))

    @cached_property
    def _known(self) -> tuple[list[pa.Array], np.ndarray, np.ndarray]:
        """The distinct values of each column, and of each key in order the number that its values make together."""
        distinct = [column.unique() for column in self._columns]
        numbers = self._numbers([column.slice(0, self.coded) for column in self._columns], distinct)
        order = np.argsort(numbers, kind="stable")
        return distinct, numbers[order], order

    def _numbers(self, columns: list[pa.Array], distinct: list[pa.Array]) -> np.ndarray:
        total = np.zeros(len(columns[0]), np.int64)
        unknown = np.zeros(len(columns[0]), bool)
        for column, values in zip(columns, distinct, strict=True):
            at = pc.index_in(recast(column, values.type), value_set=values).fill_null(-1).to_numpy(zero_copy_only=False)
            unknown |= at < 0
            total = total * max(1, len(values)) + at
        return np.where(unknown, -1, total)

    def encode(self, columns: list[pa.Array]) -> Codes:
        distinct, numbers, order = self._known
        found = self._numbers(columns, distinct)
        at = np.minimum(np.searchsorted(numbers, found), max(0, len(numbers) - 1))
        hit = (numbers[at] == found) & (found >= 0) if len(numbers) else np.zeros(len(found), bool)
        codes = np.where(hit, order[at] if len(order) else 0, self.coded if self._has_other else 0)
        if self.nullable:
            null = np.any([column.is_null().to_numpy(zero_copy_only=False) for column in columns], axis=0)
            codes = np.where(null, self.parts[0].size - 1, codes)
        return column_of(codes)

    def decode(self, codes: Codes, rng: np.random.Generator) -> list[pa.Array]:
        places = codes[:, 0].astype(np.int64)
        null = places >= self.coded + self._has_other if self.nullable else np.zeros(len(places), bool)
        other = ~null & (places >= self.coded)
        if not self.keys:
            return [pa.nulls(len(places), column.type) for column in self._columns]
        places[other] = rng.integers(min(self.coded, len(self.keys) - 1), len(self.keys), int(other.sum()))
        return [column.take(pa.array(places, mask=null)) for column in self._columns]
