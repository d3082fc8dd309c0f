"""From rows that were read to sides: who the target was made of, who had no part in it, and whose children are whose."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa

from connectors.database import Snapshot
from connectors.names import TableName
from connectors.schema import ForeignKey
from engine.assessment.carried import made_of
from engine.assessment.columns import Compared, with_moments
from engine.assessment.comparison import Entity, Owns, Side
from engine.assessment.matching import KeyMask
from engine.assessment.reading import Asked, Part, SourceReader, TargetReader
from engine.assessment.sampling import LEAST, Counts, Shares, shares_alone, shares_of
from engine.assessment.spec import AssessSpec
from engine.assessment.view import NOBODY, Carries, Made, Places
from engine.jobs.control import Control, Progress
from engine.keys import MaskingKey
from engine.plan import Plan, selects
from engine.privacy.holdout import unit_batches


@dataclass(frozen=True)
class Sides:
    """Both sides as they are compared."""

    known: Side
    target: Side
    control: Side | None
    matches: Mapping[TableName, Places]
    """Of each table whose rows are found again: where the known rows' own stand in the target."""


@dataclass
class SidesReader:
    plan: Plan
    spec: AssessSpec
    key: MaskingKey
    tables: Mapping[TableName, Compared]
    entities: Sequence[Entity]
    masks: Mapping[TableName, KeyMask]
    carries: Mapping[tuple[TableName, str], Carries]
    source: Snapshot
    target: Snapshot
    control: Control
    progress: Callable[[Progress], None]
    left: list[str] = field(default_factory=list)
    """What is not examined, and why."""

    def read(self) -> Sides:
        """Read everything. Raises ReadError, Cancelled."""
        there = TargetReader(self.target, self.key, self.spec.seed, self.tables, self.control, self.progress)
        for asked in self._asked:
            there.read(asked)
        ours = SourceReader(
            self.source,
            self.key,
            self.spec.seed,
            self.tables,
            self.control,
            self.progress,
            target=there,
            plan=self.plan,
        )
        for asked in self._asked:
            ours.read(asked)
        self._say_lost(there)
        self._say_failed(ours)
        sides = self._sides(ours, there)
        self._say_apart(sides.known, sides.target)
        return sides

    @cached_property
    def _counts(self) -> Counts:
        source = {name: self._rows(name) for name in self.tables}
        target = {name: self.target.count(compared.target.name) for name, compared in self.tables.items()}
        return Counts(source, target)

    def _rows(self, name: TableName) -> int:
        """Of the source's rows; of the unit's those that a subset learns from."""
        entries = self.plan.subset.roots if self.plan.subset is not None else ()
        if made_of(self.plan, name) is not Made.SYNTHETIC or name not in {entry.table for entry in entries}:
            return self.source.count(name)
        table = self.tables[name].table
        names = table.primary_key or tuple(column.name for column in table.columns[:1])
        return sum(batch.num_rows for batch in unit_batches(self.source, self.plan, table, names, self.control))

    @cached_property
    def _asked(self) -> list[Asked]:
        """Every table, owners before what they own."""
        of_people = list(self._of_people())
        taken = {asked.name for asked in of_people}
        return of_people + [self._alone(compared) for name, compared in self.tables.items() if name not in taken]

    def _of_people(self) -> Iterator[Asked]:
        holdout = self.plan.privacy.holdout if self.plan.privacy is not None else 0.0
        for entity in self.entities:
            shares = shares_of(entity, self.spec.entities, self._counts, holdout)
            followed = entity.root in self.masks or shares.whole
            if min(shares.known, shares.target) < 1.0:
                self.left.append(f"{entity.scope}: a sample of its {entity.root} was examined, with all that they own.")
            for owns in entity.tables:
                mask = self.masks.get(owns.table) if followed else None
                yield self._one(owns.table, None if owns.key is None else owns, shares, mask)

    def _alone(self, compared: Compared) -> Asked:
        name = compared.table.name
        shares = shares_alone(self._counts.source[name], self._counts.target[name])
        if not shares.whole:
            self.left.append(f"{name}: a sample of its rows was examined.")
        return self._one(name, None, shares, self.masks.get(name))

    def _one(self, name: TableName, owns: Owns | None, shares: Shares, mask: KeyMask | None) -> Asked:
        return Asked(self.tables[name], made_of(self.plan, name), owns, shares, mask)

    # What was read, as sides.

    def _sides(self, ours: SourceReader, there: TargetReader) -> Sides:
        roots = {owns.table: entity.root for entity in self.entities for owns in entity.tables}
        groups = {asked.name: roots.get(asked.name, asked.name) for asked in self._asked}
        asked = {each.name: each for each in self._asked}
        judged = {root: self._judged(asked[root], ours.parts[root]) for root in dict.fromkeys(groups.values())}
        matched = {name for name, root in groups.items() if judged[root][0]}
        known, apart, matches = {}, {}, {}
        for name, part in ours.parts.items():
            assert part.apart is not None
            of_known = np.flatnonzero(~part.apart) if name in matched else np.arange(part.rows.num_rows)
            known[name] = part.take(of_known)
            if name in matched and (own := known[name].match) is not None:
                matches[name] = own
            if judged[groups[name]][1]:
                apart[name] = part.take(np.flatnonzero(part.apart))
        shown = self._shown(known, there.parts, apart)
        sides = [
            Side(tables, self._parents(ours, parts), self._whole(matched, parts, side))
            for tables, parts, side in zip(
                shown, (known, there.parts, apart), ("known", "target", "control"), strict=True
            )
        ]
        return Sides(sides[0], sides[1], sides[2] if apart else None, matches)

    def _judged(self, asked: Asked, part: Part) -> tuple[bool, bool]:
        """Is it known which rows of this root are in the target, and are enough of them not there to be a control?"""
        assert part.apart is not None
        apart = int(part.apart.sum())
        matched = asked.made is Made.SYNTHETIC or (asked.mask is not None and part.match is not None)
        if matched and asked.made is not Made.SYNTHETIC and not selects(self.plan) and apart * 2 > len(part.apart):
            self.left.append(
                f"{asked.name}: which target row is whose is not known: most of its rows are not there under their masked keys, so it"
                " was made under another key or of other rows."
            )
            matched = False
        if matched and 0 < apart < LEAST:
            self.left.append(f"{asked.name}: {apart} rows that had no part in the target are too few for a control.")
        return matched, matched and apart >= LEAST

    def _shown(self, *sides: Mapping[TableName, Part]) -> list[dict[TableName, pa.Table]]:
        """The compared columns of each side's tables, of the same types on all."""
        shown: list[dict[TableName, pa.Table]] = [{} for _ in sides]
        for name, compared in self.tables.items():
            there = [place for place, side in enumerate(sides) if name in side]
            texts = [
                column
                for column in compared.shown
                if column not in compared.keys and self.carries[name, column] is not Carries.REPLACED
            ]
            tables = with_moments([sides[place][name].rows.select(compared.shown) for place in there], texts, 1)
            for place, table in zip(there, tables, strict=True):
                shown[place][name] = table.combine_chunks()
        return shown

    def _parents(self, reader: SourceReader, parts: Mapping[TableName, Part]) -> dict[tuple[TableName, str], Places]:
        found = {}
        for name, part in parts.items():
            for key in (key for key in self.tables[name].table.foreign_keys if key.parent in parts):
                certain = self._owns(name, key) or self._both_whole(name, key)
                if certain or self._of_one(name, key):
                    places = reader.places(part.rows, parts[key.parent].rows, key)
                    if certain or not _lacks(part.rows, key, places):
                        found[name, key.name] = places
        return found

    def _owns(self, child: TableName, key: ForeignKey) -> bool:
        return any(owns.key == key for entity in self.entities for owns in entity.tables if owns.table == child)

    def _of_one(self, child: TableName, key: ForeignKey) -> bool:
        """May this key stay within what one person owns?"""
        owned = ({owns.table for owns in entity.tables} for entity in self.entities)
        return child != key.parent and any({child, key.parent} <= tables for tables in owned)

    def _both_whole(self, child: TableName, key: ForeignKey) -> bool:
        whole = {each.name for each in self._asked if each.shares.whole}
        return {child, key.parent} <= whole

    def _whole(
        self, matched: Collection[TableName], parts: Mapping[TableName, Part], side: str
    ) -> dict[TableName, int]:
        """How many rows there are of those that these are a sample of. `matched`: tables of which is known who is in the target."""
        return {name: self._size(name, name in matched, part.rows.num_rows, side) for name, part in parts.items()}

    def _size(self, name: TableName, matched: bool, rows: int, side: str) -> int:
        source, target = self._counts.source[name], self._counts.target[name]
        if side == "target" or not matched:
            return target if side == "target" else source
        asked = next(each for each in self._asked if each.name == name)
        share = asked.shares.known if side == "known" else asked.shares.control
        if share >= 1.0:
            return rows
        # Of a subset it is counted; of who is held out, only the share is known.
        counted = min(source, target) if side == "known" else source - target
        return max(rows, counted) if asked.made is not Made.SYNTHETIC else round(rows / share)

    def _say_apart(self, *sides: Side) -> None:
        keys = [(name, key.name) for name, each in self.tables.items() for key in each.table.foreign_keys]
        lost = [f"{name}.{key}" for name, key in keys if any((name, key) not in side.parents for side in sides)]
        if lost:
            self.left.append(
                f"{', '.join(lost)} not followed: in a sample not every row's parent is there, or not all its children."
            )

    def _say_lost(self, reader: TargetReader) -> None:
        for (table, column), count in reader.lost.items():
            self.left.append(
                f"{table}.{column}: {count} values of the target do not fit the source's type and were taken for empty."
            )

    def _say_failed(self, reader: SourceReader) -> None:
        for table in sorted(reader.failed):
            self.left.append(
                f"{table}: some of its keys cannot be masked as the run did, so their own rows are not known."
            )


def _lacks(rows: pa.Table, key: ForeignKey, places: Places) -> bool:
    """Has some row with a complete key no parent here?"""
    complete = np.ones(rows.num_rows, bool)
    for name in key.columns:
        complete &= np.asarray(rows.column(name).is_valid().to_numpy(), bool)
    return bool((complete & (places == NOBODY)).any())
