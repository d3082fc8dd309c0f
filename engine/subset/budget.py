"""A subset by size: roots are added in the order of the sample for as long as what they bring with them fits.

Nothing that is selected is ever taken back, so the way to the budget is walked in steps: each goes a part of what is left, by
what a root has cost so far, and the last ones are single roots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from connectors.names import TableName
from engine.problems import PlanError, Problem, Severity
from engine.subset.footprint import Footprints
from engine.subset.sizes import about

STRIDE = 0.5
"""How much of what is left one step may be expected to take."""
NEAR = 0.97
"""Of the budget: full enough."""
TOLERANCE = 0.10
"""How far the end may lie from the budget."""


class Growing(Protocol):
    """What grows: `engine/subset/closure.py`."""

    def add(self, table: TableName, ids: pa.Table, *, owned: bool, reason: str) -> int: ...

    def grow(self) -> None: ...

    def counts(self) -> Mapping[TableName, int]: ...


@dataclass(frozen=True, slots=True)
class Spent:
    """How a budget was used."""

    budget: int
    bytes: int
    """Estimated, of the rows and indexes of the target."""
    roots: int
    exhausted: bool
    """Every root was taken: the budget is larger than all that the roots bring."""

    def __str__(self) -> str:
        share = f"{self.bytes / self.budget:.0%} of the budget of {about(self.budget)}"
        said = f"about {about(self.bytes)}, {share}, with {self.roots:,} roots"
        return f"{said}: every root is taken, and the budget is larger than that" if self.exhausted else said


class Deal:
    """Roots of several entries in turn, each entry's in the order of its own sample."""

    def __init__(self, entries: Sequence[tuple[TableName, Iterator[pa.Table]]]) -> None:
        self._hands = [_Hand(table, ids) for table, ids in entries]

    def next(self, count: int) -> Iterator[tuple[TableName, pa.Table]]:
        """The next `count` roots, or as many as there are."""
        while count and (hands := [hand for hand in self._hands if hand.left()]):
            share, more = divmod(count, len(hands))
            for place, hand in enumerate(hands):
                wanted = share + (place < more)
                for part in hand.take(wanted):
                    count -= part.num_rows
                    yield hand.table, part
            # Whoever got one more stands last now.
            turn = more if more < len(hands) else 0
            self._hands = hands[turn:] + hands[:turn]

    def exhausted(self) -> bool:
        return not any(hand.left() for hand in self._hands)


@dataclass
class _Hand:
    table: TableName
    ids: Iterator[pa.Table]
    _part: pa.Table | None = None

    def left(self) -> bool:
        """Is there another root?"""
        while self._part is None or not self._part.num_rows:
            self._part = next(self.ids, None)
            if self._part is None:
                return False
        return True

    def take(self, count: int) -> Iterator[pa.Table]:
        while count and self.left() and self._part is not None:
            part, self._part = self._part.slice(0, count), self._part.slice(count)
            count -= part.num_rows
            yield part


@dataclass
class Budget:
    """Fills a closure with roots up to a size."""

    size: int
    deal: Deal
    closure: Growing
    footprints: Footprints
    check: Callable[[], None] = lambda: None
    """Raises when the job is to stop."""
    roots: int = 0
    _seen: list[tuple[int, int]] = field(default_factory=list)
    """Roots and bytes after each step."""

    def fill(self, share: float = 1.0) -> Spent:
        """Add roots up to this share of the budget. Raises PlanError when not even one root fits."""
        goal = self.size * share
        self._measure()
        while self._seen[-1][1] < goal * NEAR or not self.roots:
            step = self._step(goal)
            if not step or not self._take(step):
                break
        return Spent(self.size, self._seen[-1][1], self.roots, self.deal.exhausted())

    def _take(self, count: int) -> int:
        self.check()
        taken = 0
        for table, ids in self.deal.next(count):
            self.closure.add(table, ids, owned=True, reason="root")
            taken += ids.num_rows
        self.closure.grow()
        self.roots += taken
        self._measure()
        return taken

    def _measure(self) -> None:
        counts = self.closure.counts()
        size = self.footprints.of(counts)
        self._seen.append((self.roots, size))
        if size > self.size * (1 + TOLERANCE) and self.roots <= 1:
            raise impossible(self.size, size, self.roots, self.footprints.largest(counts))

    def _step(self, goal: float) -> int:
        """How many roots to add next; 0: the next one is not expected to fit."""
        if not self.roots:
            return 1
        left, each = goal - self._seen[-1][1], self._each()
        if each <= 0:
            return self.roots
        if left < each and self._seen[-1][1] >= goal * (1 - TOLERANCE / 2):
            return 0
        return max(1, min(self.roots, int(STRIDE * left / each)))

    def _each(self) -> float:
        """What a root has cost: over all of them or over the last steps, whichever is more."""
        roots, size = self._seen[-1]
        before = next((seen for seen in reversed(self._seen) if seen[0] <= roots * 3 // 4), self._seen[0])
        overall = (size - self._seen[0][1]) / max(roots - self._seen[0][0], 1)
        return max(overall, (size - before[1]) / max(roots - before[0], 1))


def impossible(budget: int, least: int, roots: int, largest: TableName) -> PlanError:
    what = "one root with what it brings" if roots else "what is there without any root (whole tables, empty tables)"
    reason = f"The size of {about(budget)} is not enough for {what}: that takes about {about(least)}, most of it in {largest}."
    remedy = f"Allow {about(least)} or more, or name fewer whole tables and follow fewer edges."
    return PlanError([Problem("subset-size", Severity.ERROR, reason, remedy, largest)])
