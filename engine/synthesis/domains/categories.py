"""Values out of a list, without an order that matters: enums, published texts, booleans, keys of public tables."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.synthesis.domains.base import Domain, Floats, Part, column_of, flat, nulls_of
from engine.synthesis.domains.scale import Scalar, number_of, type_named, values_of
from engine.synthesis.forest import Codes


class Categories(Domain):
    kind: Literal["categories"] = "categories"
    type: str
    values: tuple[Scalar, ...] = ()
    other: bool = False
    """Is there a code for all that is not published?"""
    rest: tuple[Scalar, ...] = ()
    """Public values that OTHER is drawn from, uniformly; without them from the published ones."""
    weights: tuple[float, ...] = ()
    """Noisy counts of the published values."""
    ordered: bool = False
    filler: str = ""
    """What OTHER is where nothing at all is published."""

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Part(len(self.values) + self.has_other + self.nullable, self.ordered),)

    @property
    def has_other(self) -> bool:
        """A domain without values has OTHER all the same: a column of codes is never empty."""
        return self.other or not self.values

    @cached_property
    def published(self) -> pa.Array:
        return typed(self.values, self.type)

    @cached_property
    def unpublished(self) -> pa.Array:
        return typed(self.rest, self.type)

    def encode(self, values: pa.Array) -> Codes:
        values = flat(values)
        known = self.published
        found = pc.index_in(values if values.type == known.type else recast(values, known.type), value_set=known)
        unknown = len(self.values) if self.has_other else 0
        codes = found.fill_null(unknown).to_numpy(zero_copy_only=False).copy()
        if self.nullable:
            codes[nulls_of(values)] = self.parts[0].size - 1
        return column_of(codes)

    def decode(self, codes: Codes, rng: np.random.Generator) -> pa.Array:
        places = codes[:, 0].astype(np.int64)
        null = (places >= len(self.values) + self.has_other) if self.nullable else np.zeros(len(places), bool)
        other = ~null & (places >= len(self.values))
        pool, first = self._pool
        places[other] = first + self._others(int(other.sum()), rng)
        return pool.take(pa.array(places, mask=null))

    @cached_property
    def _pool(self) -> tuple[pa.Array, int]:
        """All values that can be decoded, and where those of OTHER begin."""
        if len(self.rest):
            return pa.concat_arrays([self.published, self.unpublished]), len(self.values)
        if len(self.values):
            return self.published, 0
        filler = typed((self.filler,), self.type) if self.type == "string" else values_of(np.zeros(1), self.type)
        return filler, 0

    def _others(self, count: int, rng: np.random.Generator) -> np.ndarray:
        if len(self.rest):
            return rng.integers(0, len(self.rest), count)
        if not self.values:
            return np.zeros(count, np.int64)
        return rng.choice(len(self.values), count, p=self._shares)

    @cached_property
    def _shares(self) -> Floats:
        weights = np.maximum(np.array(self.weights or [1.0] * len(self.values)), 1e-9)
        shares: Floats = weights / weights.sum()
        return shares


def typed(values: tuple[Scalar, ...], name: str) -> pa.Array:
    """Declared or published values as an array of the column's carrier."""
    if name == "string":
        return pa.array([str(value) for value in values], pa.string())
    if name == "bool":
        return pa.array([_truth(value) for value in values], pa.bool_())
    if name in ("int64", "uint64"):
        return pa.array(
            [int(float(value)) if isinstance(value, str) else int(value) for value in values], type_named(name)
        )
    return values_of(np.array([number_of(value, name) for value in values], np.float64), name)


def _truth(value: Scalar) -> bool:
    return str(value).casefold() in ("true", "t", "1", "yes")


def recast(values: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return values.cast(kind, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        # A value that the carrier cannot hold is none that was published.
        return pa.nulls(len(values), kind)
