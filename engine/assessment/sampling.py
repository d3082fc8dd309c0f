"""How much of each table is read: shares of the people on each side, so that samples fit in memory whatever the tables' sizes.

A row is in a sample when a keyed hash of the primary key that it has in the target lies below its side's share. So both sides choose
the same people without knowing of each other, and the target's sample holds the own row of everybody who is sampled of the source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Column
from engine.assessment.comparison import Entity
from engine.assessment.view import Made
from engine.keys import DomainKey
from engine.prf import Words
from engine.privacy.linking import key_tags

DECOYS = 5
"""So many times the people of the source are looked at of a masked target, for a row is found among others."""
ALONE = 200_000
"""Rows of a table that belongs to nobody."""
ROWS = 400_000
"""Rows of any one table that one side's people own, about."""
LEAST = 100
"""People without a part in the target that are a control."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the rows of a root, or of a table that belongs to nobody."""

    known: float
    control: float
    target: float

    @property
    def whole(self) -> bool:
        return min(self.known, self.control, self.target) >= 1.0


@dataclass(frozen=True, slots=True)
class Counts:
    source: Mapping[TableName, int]
    target: Mapping[TableName, int]


def shares_of(entity: Entity, entities: int, counts: Counts, holdout: float) -> Shares:
    """Of people, fewer than asked for where each owns very many rows."""
    source, target = counts.source[entity.root], counts.target[entity.root]
    owned = [owns.table for owns in entity.tables]
    most = max([counts.source[name] / max(source, 1) for name in owned] + [1.0])
    wanted = min(entities, ROWS / most)
    if entity.made is Made.SYNTHETIC:
        return Shares(_share(wanted, source * (1 - holdout)), _share(wanted, source * holdout), _share(wanted, target))
    return _matched(wanted, source, target, DECOYS)


def shares_alone(source: int, target: int) -> Shares:
    """Of a table that belongs to nobody."""
    return _matched(ALONE, source, target, 1)


def _matched(wanted: float, source: int, target: int, decoys: int) -> Shares:
    known = _share(wanted, min(source, target))
    there = max(known, _share(wanted * decoys, target))
    # Who is not in the target's sample is not in the target, where the hash says that he would have been sampled.
    return Shares(known, min(there, _share(wanted, max(source - target, min(source, target)))), there)


def _share(wanted: float, rows: float) -> float:
    return 1.0 if rows <= wanted else wanted / rows


class Chooser:
    """Chooses rows by a keyed hash of their key, or rows without one by chance; the same ones each time."""

    def __init__(self, key: DomainKey, table: TableName, columns: Sequence[Column]) -> None:
        self._key, self._columns = key, columns
        said = key.cmac(pa.array([str(table)]))[0]
        self._rng = np.random.default_rng([int(word) for word in said])

    def hashes(self, values: Sequence[pa.Array], rows: int) -> tuple[npt.NDArray[np.uint64], Flags]:
        """A hash of each row, and which rows have a whole key."""
        if not values:
            return self._rng.integers(0, 2**64, rows, np.uint64), np.ones(rows, bool)
        tags: Words
        tags, complete = key_tags(self._key, values, self._columns)
        return tags[:, 0], complete


def below(hashes: npt.NDArray[np.uint64], share: float) -> Flags:
    """Which of these are chosen, where this share is."""
    if share >= 1.0:
        return np.ones(len(hashes), bool)
    chosen: Flags = hashes < np.uint64(int(share * 2.0**64))
    return chosen
