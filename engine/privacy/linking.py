"""Whose row is it: keys of whole columns compared by keyed 128-bit tags, so that a table is joined to its parents batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Column
from engine.canonical import canonical, canonical_text
from engine.keys import DomainKey
from engine.prf import Words

Places = npt.NDArray[np.int64]
NOBODY = -1


class KeyIndex:
    """The rows of a parent table by one of its keys."""

    def __init__(self, key: DomainKey, values: Sequence[pa.Array], columns: Sequence[Column]) -> None:
        plain = [replace(column, folds=frozenset()) for column in columns]
        # Of two parents that folds alone make alike, a row is the one's whose key it has to the letter.
        ways = [plain, columns] if any(column.folds for column in columns) else [plain]
        self._indexes = [_Index(key, values, way) for way in ways]

    def places(self, values: Sequence[pa.Array]) -> Places:
        """The parent of each row by its place; `NOBODY` where the key is NULL in a part or finds none."""
        first, *others = (index.places(values) for index in self._indexes)
        for other in others:
            first = np.where(first == NOBODY, other, first)
        return first


class _Index:
    """The rows by their keys as some columns see them."""

    def __init__(self, key: DomainKey, values: Sequence[pa.Array], columns: Sequence[Column]) -> None:
        self._key = key
        self._columns = tuple(columns)
        tags, complete = key_tags(key, values, columns)
        places = np.flatnonzero(complete)
        self._order: Places = places[np.argsort(tags[places, 0], kind="stable")]
        self._tags = tags[self._order]

    def places(self, values: Sequence[pa.Array]) -> Places:
        if not len(self._order):
            return np.full(len(values[0]), NOBODY, np.int64)
        # Equality is the parent's: its collation says which texts are one and the same.
        tags, complete = key_tags(self._key, values, self._columns)
        found = np.searchsorted(self._tags[:, 0], tags[:, 0]).clip(0, len(self._order) - 1)
        known = complete & (self._tags[found] == tags).all(axis=1)
        return np.where(known, self._order[found], NOBODY)


def key_tags(
    key: DomainKey, values: Sequence[pa.Array], columns: Sequence[Column]
) -> tuple[Words, npt.NDArray[np.bool_]]:
    """128 keyed bits of each row's key, equal where the keys are equal in the database's sense; and where no part is NULL."""
    tags = np.zeros((len(values[0]), 2), np.uint64)
    complete = np.ones(len(values[0]), bool)
    for place, (part, column) in enumerate(zip(values, columns, strict=True)):
        text = canonical(part)
        if pa.types.is_string(text.type):
            text = canonical_text(text, column.folds)
        complete &= pc.is_valid(text).to_numpy(zero_copy_only=False)
        tags += key.cmac(text, str(place))
    return tags, complete
