"""What a closure knows of each table and of each direction of an edge, and the order in which edges are followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.names import TableName
from engine.subset.edges import EffectiveEdge
from engine.subset.owning import component_of
from engine.subset.spec import Missing, Scope
from engine.subset.store import Frontier
from engine.subset.tokens import Tokens


@dataclass(slots=True)
class Member:
    """One table of a closure, and how many of its rows are in the store."""

    name: TableName
    number: int
    tokens: Tokens
    whole: bool = False
    """Every row is selected; those in the store are the ones that something needs to know by name."""
    rows: int = 0
    owned: int = 0

    def frontier(self, start: int = 0, *, owned: bool = False) -> Frontier:
        """The rows from that number on."""
        return Frontier(self.number, start, self.owned if owned else self.rows, owned, self.tokens.bodies)


@dataclass(slots=True)
class Step:
    """One edge in one direction, and how far it has been followed."""

    edge: EffectiveEdge
    number: int
    """Of the edge."""
    down: bool
    source: Member
    target: Member
    followed: int = 0
    swept: bool = False
    """It has been followed from every row of the table."""
    orphans: int = 0

    @property
    def by_owned(self) -> bool:
        return self.down and self.edge.scope is Scope.OWNED

    @property
    def sweeping(self) -> bool:
        """Is it followed from every row of the table, whose rows are not named one by one?"""
        return self.source.whole and not self.by_owned

    @property
    def waiting(self) -> bool:
        """Are there rows that it has not been followed from?"""
        if self.sweeping:
            return not self.swept and (self.down or not self.target.whole)
        return self.followed < (self.source.owned if self.by_owned else self.source.rows)

    @property
    def reason(self) -> int:
        """What the store notes for a row that this step brings; `engine/subset/why.py` reads it."""
        return 2 * self.number + self.down

    def frontier(self) -> Frontier:
        return self.source.frontier(self.followed, owned=self.by_owned)


def steps(edges: Sequence[EffectiveEdge], members: Mapping[TableName, Member]) -> Iterator[Step]:
    """The directions in which each edge is followed."""
    for number, edge in enumerate(edges):
        child, parent = members[edge.child], members[edge.parent]
        if edge.missing is Missing.BRING:
            yield Step(edge, number, False, child, parent)
        if edge.scope is not Scope.NONE:
            yield Step(edge, number, True, parent, child)


def schedule(every: Sequence[Step]) -> list[list[Step]]:
    """Steps in groups, each to be repeated until nothing waits: down from the parents first, then up from the children first, and
    within a strongly connected component until it rests before leaving it."""
    component = component_of({(step.edge.child, step.edge.parent) for step in every})
    numbers = sorted(set(component.values()))
    places = [(True, number) for number in numbers] + [(False, number) for number in reversed(numbers)]
    groups = []
    for down, number in places:
        here = [step for step in every if step.down is down and component[step.source.name] == number]
        groups.append([step for step in here if component[step.target.name] == number])
        groups.append([step for step in here if component[step.target.name] != number])
    return [group for group in groups if group]
