"""Which moments of an entity are measured from which: siblings from each other, columns of a row from earlier ones, first children
from their parents.

All of it is known from the schema and free, and so are the bins of the gaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from connectors.schema import Kind, Schema
from engine.privacy.entities import ColumnPlace
from engine.synthesis.domains.bins import Bins
from engine.synthesis.domains.gaps import Gaps
from engine.synthesis.domains.integers import Integers
from engine.synthesis.domains.timeline import After, Siblings
from engine.synthesis.facts import TIMES, after, beginning
from engine.synthesis.structure import Structure
from engine.synthesis.wanted import Wanted, clip


@dataclass(frozen=True)
class Timelines:
    structure: Structure
    schema: Schema
    wanted: Mapping[ColumnPlace, Wanted]

    @cached_property
    def _after(self) -> list[dict[str, tuple[str, ...]]]:
        """Of each table the columns that come after others of the row, without the one that orders siblings."""
        found = []
        for place, owned in enumerate(self.structure.tables):
            times = [at.column for at in self.wanted if at.place == place and self._is_moment(at)]
            pairs = after(self.schema.table(owned.table), times, self.schema.dialect)
            found.append({name: early for name, early in pairs.items() if name != self.order(place)})
        return found

    def order(self, place: int) -> str | None:
        """The column by which siblings are ordered, where it is a learned moment."""
        owned = self.structure.tables[place]
        if owned.parent is None or owned.order is None:
            return None
        return owned.order if self._is_moment(ColumnPlace(place, owned.order)) else None

    def origin(self, place: int) -> str | None:
        """The moment of the parent that the first sibling's is measured from."""
        parent = self.structure.tables[place].parent
        if parent is None:
            return None
        learned = [each.column for at, each in self.wanted.items() if at.place == parent and not each.listed]
        return self.order(parent) if parent else beginning(learned)

    def orders(self, at: ColumnPlace) -> bool:
        """Is it the column that orders siblings?"""
        return at.column == self.order(at.place)

    def follows(self, at: ColumnPlace) -> bool:
        """Does it come after another column of its row?"""
        return at.column in self._after[at.place]

    def needs_days(self, at: ColumnPlace) -> bool:
        """Has it a day of its own, whose domain is not free?"""
        return self.origin(at.place) is None if self.orders(at) else not self.follows(at)

    def siblings(self, each: Wanted, days: Integers | Bins | None) -> Siblings:
        """`days`: of the first sibling, where it is not measured from the parent."""
        stamped = each.column.kind is not Kind.DATE
        start = Gaps(moments=stamped, signed=True) if days is None else days.model_copy(update={"nullable": False})
        return Siblings(
            type=each.carrier,
            nullable=each.nullable,
            gap=Gaps(moments=stamped, nullable=each.nullable),
            start=start,
            origin=self.origin(each.at.place) if days is None else None,
            clip=clip(each),
        )

    def after(self, each: Wanted) -> After:
        """From the latest column before it; where that is NULL from an earlier one, the order of siblings, the parent's moment."""
        place = each.at.place
        order, origin = self.order(place), self.origin(place)
        own = dict.fromkeys((*self._after[place][each.name], *([order] if order else [])))
        return After(
            type=each.carrier,
            nullable=each.nullable,
            gap=Gaps(moments=each.column.kind is not Kind.DATE, nullable=each.nullable),
            references=(*((False, name) for name in own), *([(True, origin)] if origin else [])),
            clip=clip(each),
        )

    def _is_moment(self, at: ColumnPlace) -> bool:
        each = self.wanted.get(at)
        return each is not None and each.column.kind in TIMES and not each.listed
