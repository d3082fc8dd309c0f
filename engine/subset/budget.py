"""A subset by size: roots are added in the order of the sample for as long as what they bring with them fits.

The way to the budget is walked in steps: each goes a part of what is left, by what a root has cost so far, and the last ones are
single roots. Nothing that is selected can be taken back, so after a step too far (one root may own half of a database) everything
begins anew with the roots that were there before it, and halves of that step follow. A root too large for what is left is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from connectors.names import TableName
from engine.problems import PlanError, Problem, Severity
from engine.subset.footprint import Footprints
from engine.subset.sizes import about

STRIDE = 0.7
"""How much of what is left one step may be expected to take."""
GROWTH = 4
"""How many times as many roots as there are one step may add: what a few have cost says little of many."""
NEAR = 0.97
"""Of the budget: full enough."""
ROOT = "root"
"""Why such a row is selected."""
OVER = 1.03
"""Of the budget: too full."""
ENOUGH = 0.9
"""Of the budget: no root need be passed over for more."""
MOST_PASSED = 5
_ENDLESS = 1 << 62


class Growing(Protocol):
    """What grows: `engine/subset/closure.py`."""

    def add(self, table: TableName, ids: pa.Table, *, owned: bool, reason: str) -> int: ...

    def grow(self) -> None: ...

    def counts(self) -> Mapping[TableName, int]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Spent:
    """How a budget was used."""

    budget: int
    bytes: int
    """Estimated, of the rows and indexes of the target."""
    roots: int
    passed: int
    """Roots that were left out, since each was too large for what was left."""
    exhausted: bool
    """Every root was taken: the budget is larger than all that the roots bring."""

    def __str__(self) -> str:
        share = f"{self.bytes / self.budget:.0%} of the budget of {about(self.budget)}"
        said = f"about {about(self.bytes)}, {share}, with {self.roots:,} roots"
        said += f", {self.passed} passed over that were too large" if self.passed else ""
        if self.exhausted:
            return f"{said}: every root is taken, and the budget is not used up"
        return said if self.bytes >= self.budget * ENOUGH else f"{said}: with one root more it would be too much"


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


Begin = Callable[[], tuple[Growing, Deal]]
"""Give an empty closure (whole tables aside) and all roots."""


class Budget:
    """Fills a closure with roots up to a size."""

    def __init__(self, size: int, begin: Begin, footprints: Footprints) -> None:
        self.size, self.footprints, self._begin = size, footprints, begin
        self._too_many, self._last = _ENDLESS, False
        self._runs = [0]
        """Roots that were taken; between two runs one was passed over."""
        self.closure, self._deal = begin()
        self._seen = [(0, self._fitting())]

    @property
    def roots(self) -> int:
        return sum(self._runs)

    @property
    def bytes(self) -> int:
        """Estimated, of the closure as it is."""
        return self.footprints.of(self.closure.counts())

    def fill(self, share: float = 1.0) -> Spent:
        """Add roots up to this share of the budget. Raises PlanError when not even one root fits."""
        goal = self.size * share
        while not self.roots or self._seen[-1][1] < goal * NEAR:
            step = self._step(goal)
            taken = self._take(step) if step else 0
            if not step and self._may_pass():
                self._pass_over()
                self._too_many = _ENDLESS
            elif not taken:
                break
            elif self.roots > 1 and self._seen[-1][1] > self.size * OVER and not self._last:
                self._start_over(taken)
        passed = len(self._runs) - 1
        return Spent(self.size, self._seen[-1][1], self.roots, passed, self._deal.exhausted() and not passed)

    def refill(self) -> Spent:
        """Go on to the whole budget after something else was added, which stays: from here on nothing begins anew."""
        self._last = True
        self._seen.append((self.roots, self.bytes))
        return self.fill()

    def _take(self, count: int) -> int:
        taken = 0
        for table, ids in self._deal.next(count):
            self.closure.add(table, ids, owned=True, reason=ROOT)
            taken += ids.num_rows
        self.closure.grow()
        self._runs[-1] += taken
        self._seen.append((self.roots, self._fitting()))
        return taken

    def _start_over(self, step: int) -> None:
        """Without the last step."""
        self._too_many, runs = self.roots, [*self._runs[:-1], self._runs[-1] - step]
        self.closure, self._deal = self._begin()
        self._runs, self._seen = [0], self._seen[:1]
        for place, run in enumerate(runs):
            if place:
                self._pass_over()
            self._take(run)

    def _may_pass(self) -> bool:
        return self._seen[-1][1] < self.size * ENOUGH and len(self._runs) <= MOST_PASSED

    def _pass_over(self) -> None:
        for _ in self._deal.next(1):
            self._runs.append(0)

    def _fitting(self) -> int:
        """The bytes so far. Raises PlanError when they are too many with one root, or with none."""
        if (size := self.bytes) > self.size * OVER and self.roots <= 1:
            raise impossible(self.size, size, self.roots, self.footprints.largest(self.closure.counts()))
        return size

    def _step(self, goal: float) -> int:
        """How many roots to add next; 0: one more is too many."""
        if not self.roots:
            return 1
        most = GROWTH * self.roots
        if self._too_many < _ENDLESS:
            most = (self._too_many - self.roots) // 2
        each = self._each()
        return most if each <= 0 else min(most, max(1, int(STRIDE * (goal - self._seen[-1][1]) / each)))

    def _each(self) -> float:
        """What a root has cost lately."""
        roots, size = self._seen[-1]
        before = next((seen for seen in reversed(self._seen) if seen[0] <= roots * 3 // 4), self._seen[0])
        return (size - before[1]) / max(roots - before[0], 1)


def impossible(budget: int, least: int, roots: int, largest: TableName) -> PlanError:
    what = "one root with what it brings" if roots else "what is there without any root (whole tables, empty tables)"
    reason = f"The size of {about(budget)} is not enough for {what}: that takes about {about(least)}, most of it in {largest}."
    remedy = f"Allow {about(least)} or more, or name fewer whole tables and follow fewer edges."
    return PlanError([Problem("subset-size", Severity.ERROR, reason, remedy, largest)])
