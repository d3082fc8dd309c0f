"""Long chains: where few rows refer to few others, again and again, they are followed in memory and given to the store at once.

A self reference of ten thousand levels is ten thousand questions to the source, and to settle each level in the store costs ten times
as much as its question. Whoever runs ahead knows every row that is selected already, so there must not be too many of them, and
stops where the frontier grows wide: from there on the store is quicker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.rows import FROM, TO
from engine.prf import BLOCK
from engine.subset.steps import Step
from engine.subset.tokens import Sealed, token_array, token_octets

if TYPE_CHECKING:
    from engine.subset.closure import Closure

PATIENCE = 8
"""Rounds of narrow frontiers before it is worth while to run ahead."""
NARROW = 256
"""Rows of one frontier for which the store is too slow."""
MOST_KNOWN = 200_000
"""Rows of one table that are held in memory meanwhile."""

Token = bytes
Level = dict[Token, bytes | None]
"""Rows by their tokens, with what opens them again where the token alone does not."""


@dataclass
class Trail:
    """What one step has reached, level by level."""

    step: Step
    frontier: Level
    stop: int
    """Up to where the step is followed when its first level is."""
    early: bool
    """It has a first level, and is not only reached by others."""
    reached: Level = field(default_factory=dict)
    origins: list[Token] = field(default_factory=list)
    orphans: list[int] = field(default_factory=list)
    """Of each time that it was followed."""

    def dangling(self, ended: bool) -> int:
        """The orphans among the rows that need not be followed again."""
        return sum(self.orphans) if ended else sum(self.orphans[: int(self.early)])

    def sealed(self) -> Sealed:
        return _sealed(self.reached)


def is_narrow(steps: Iterable[Step]) -> bool:
    """Are these steps followed from so few rows that it is better to run ahead?"""
    return all(_fits(step) and step.frontier().rows <= NARROW for step in steps)


def _fits(step: Step) -> bool:
    plain = step.edge.limit is None and not step.source.whole and not step.target.whole
    return plain and max(step.source.rows, step.target.rows) <= MOST_KNOWN


def run_ahead(closure: Closure, group: Sequence[Step]) -> list[Trail]:
    """Follow these steps, all of one direction, from each other until nothing is left or a frontier is wide. The trails that
    have ended have no frontier."""
    known = {step.target.number: _known(closure, step) for step in group}
    trails = [_trail(closure, step) for step in group]
    onwards: dict[int, list[Trail]] = {}
    for trail in trails:
        onwards.setdefault(trail.step.source.number, []).append(trail)
    active = [trail for trail in trails if trail.frontier]
    while active and all(len(trail.frontier) <= NARROW for trail in active):
        found = [
            (trail.step.target.number, _follow(closure, trail, known[trail.step.target.number])) for trail in active
        ]
        for trail in active:
            trail.frontier = {}
        reached = [trail for table, rows in found if rows for trail in onwards.get(table, ())]
        for table, rows in found:
            for trail in onwards.get(table, ()):
                trail.frontier |= rows
        active = list({id(trail): trail for trail in reached}.values())
        if any(len(known[table]) > MOST_KNOWN for table, _ in found):
            break
    return trails


def _known(closure: Closure, step: Step) -> set[Token]:
    """The rows of the step's target to which it adds nothing: upwards those that are selected, downwards those that are owned."""
    parts = closure.store.read(step.target.frontier(owned=step.down))
    return {token for part in parts for token in _tokens(part.tokens)}


def _trail(closure: Closure, step: Step) -> Trail:
    frontier = step.frontier()
    rows = {token: body for part in closure.store.read(frontier) for token, body in _rows(part)}
    return Trail(step, rows, frontier.stop, early=bool(rows))


def _follow(closure: Closure, trail: Trail, known: set[Token]) -> Level:
    """One level of one step: the rows that nothing has reached before, each from the least of its origins."""
    found: Level = {}
    origins: dict[Token, Token] = {}
    orphans = 0
    # Row by row, for there are few of them: a call for a whole column costs as much as a hundred of these.
    for batch in closure.reached(trail.step, _sealed(trail.frontier)):
        missing = batch.column(TO.format(0)).is_null()
        orphans += missing.true_count
        pairs = batch.filter(pc.invert(missing)) if missing.true_count else batch
        source, target = trail.step.source.tokens, trail.step.target.tokens
        for (token, body), origin in zip(
            _rows(target.seal(pairs, TO)), _tokens(source.seal(pairs, FROM).tokens), strict=True
        ):
            if token not in known:
                found[token], origins[token] = body, min(origin, origins.get(token, origin))
    # Not |=, which gives keys of a dict to a new set: all trails share this one.
    known.update(found)
    trail.reached |= found
    trail.origins += [origins[token] for token in found]
    trail.orphans.append(orphans)
    return found


def _rows(sealed: Sealed) -> Iterator[tuple[Token, bytes | None]]:
    bodies = sealed.bodies.to_pylist() if sealed.bodies is not None else [None] * len(sealed.tokens)
    return zip(_tokens(sealed.tokens), bodies, strict=True)


def _tokens(tokens: pa.Array) -> list[Token]:
    octets = token_octets(tokens).tobytes()
    return [octets[start : start + BLOCK] for start in range(0, len(octets), BLOCK)]


def tokens_of(texts: Iterable[Token]) -> pa.Array:
    return token_array(np.frombuffer(b"".join(texts), np.uint8).reshape(-1, BLOCK))


def _sealed(rows: Level) -> Sealed:
    bodies = list(rows.values())
    return Sealed(tokens_of(rows), pa.array(bodies, pa.binary()) if bodies and bodies[0] is not None else None)
