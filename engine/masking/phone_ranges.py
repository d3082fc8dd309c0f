"""Ranges of valid telephone numbers per country, length and kind of line: where a masked number may lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from engine.masking import lists
from engine.prf import Words


@dataclass(frozen=True)
class Ranges:
    """All numbers of one country, length and kind, in order, so that each has a rank."""

    first: Words
    last: Words
    ranks: Words
    """Rank of the first number of each range."""
    size: int

    def rank(self, numbers: Words) -> tuple[npt.NDArray[np.bool_], Words]:
        """Which numbers are valid, and the place of each of those among the valid ones."""
        at = _last_not_above(self.first, numbers)
        inside: npt.NDArray[np.bool_] = (numbers >= self.first[at]) & (numbers <= self.last[at])
        if not inside.all():
            numbers, at = numbers[inside], at[inside]
        ranked: Words = self.ranks[at] + (numbers - self.first[at])
        return inside, ranked

    def number(self, ranks: Words) -> Words:
        """The inverse of `rank`."""
        at = _last_not_above(self.ranks, ranks)
        numbers: Words = self.first[at] + (ranks - self.ranks[at])
        return numbers


def _last_not_above(bounds: Words, numbers: Words) -> npt.NDArray[np.intp]:
    """The place of the last bound that is not above each number; 0 where all are."""
    return np.maximum(np.searchsorted(bounds, numbers, side="right") - 1, 0)


@cache
def ranges() -> dict[tuple[int, int], dict[str, Ranges]]:
    """(Country code, digits of the national number) -> kind of line -> its ranges."""
    listed: dict[tuple[int, int], dict[str, list[tuple[int, int]]]] = {}
    for row in lists.table("phone").to_pylist():
        by_kind = listed.setdefault((int(row["code"]), int(row["length"])), {})
        by_kind.setdefault(row["kind"], []).append((int(row["first"]), int(row["last"])))
    return {place: {kind: _ranges(pairs) for kind, pairs in kinds.items()} for place, kinds in listed.items()}


def _ranges(pairs: list[tuple[int, int]]) -> Ranges:
    first, last = np.array(sorted(pairs), np.uint64).T
    sizes = last - first + np.uint64(1)
    ranks = np.concatenate([[np.uint64(0)], np.cumsum(sizes)[:-1]]).astype(np.uint64)
    return Ranges(first, last, ranks, int(sizes.sum()))


@cache
def regions() -> dict[str, tuple[int, str]]:
    """Region -> country code, and the digit dialled before a national number."""
    return {row["region"]: (int(row["code"]), row["trunk"]) for row in lists.table("phone_region").to_pylist()}


@cache
def country_codes() -> frozenset[int]:
    return frozenset(code for code, _ in ranges())


@cache
def trunk_of(code: int) -> str:
    """The digit dialled before a national number of this country code; of no digit or of several: none."""
    found = {trunk for of, trunk in regions().values() if of == code}
    trunk = found.pop() if len(found) == 1 else ""
    return trunk if len(trunk) == 1 else ""
