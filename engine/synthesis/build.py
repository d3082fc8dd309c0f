"""Make the codebook: free facts first, then what has to be paid for, each kind of question for all columns at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Kind, Schema
from engine.plan import Plan
from engine.privacy.entities import ColumnPlace
from engine.privacy.private import PrivateEntities
from engine.privacy.spec import Provenance
from engine.synthesis import ask, documents
from engine.synthesis.asking import Asking
from engine.synthesis.codebook import Codebook, ColumnBook, NodeBook
from engine.synthesis.domains import Coding
from engine.synthesis.domains.bins import Bins
from engine.synthesis.domains.categories import Categories
from engine.synthesis.domains.integers import Integers
from engine.synthesis.domains.json_paths import Json
from engine.synthesis.domains.keys import Keys
from engine.synthesis.domains.moments import Moments
from engine.synthesis.domains.scale import Scalar, number_of
from engine.synthesis.facts import NUMBERS, TIMES
from engine.synthesis.measuring import measured
from engine.synthesis.presets import SHARES
from engine.synthesis.structure import Structure
from engine.synthesis.wanted import Wanted, attested, clip, in_days

__all__ = ["build", "measured"]


def build(
    private: PrivateEntities,
    plan: Plan,
    schema: Schema,
    structure: Structure,
    public_keys: Mapping[TableName, pa.Table],
) -> Codebook:
    """Spends the preprocessing share of the budget through `private`: the number of entities where nobody declared it, bounds,
    domains. `public_keys`: of each public table that is referred to the columns that keys name."""
    building = _Building(private, plan, schema, structure, public_keys)
    if plan.privacy is not None and plan.privacy.entities is None:
        private.count(SHARES.count)
    bounds = building.bounds()
    building.read_texts()
    building.ask()
    nodes = tuple(building.node(place, bounds) for place in range(len(structure.tables)))
    return Codebook(nodes=nodes, population=private.population)


@dataclass
class _Building(Asking):
    """The codebook out of public facts and paid answers."""

    def node(self, place: int, bounds: Mapping[int, int]) -> NodeBook:
        owned = self.structure.tables[place]
        composite = self.composite(place)
        keyed = {name for names in composite for name in names}
        learned = [
            self.wanted[ColumnPlace(place, column.name)]
            for column in self.table(place).columns
            if ColumnPlace(place, column.name) in self.wanted
        ]
        columns = [self._column(each) for each in learned if each.name not in keyed]
        columns += [self._keys(place, names, keys) for names, keys in composite.items()]
        return NodeBook(table=str(owned.table), parent=owned.parent, most=bounds.get(place, 1), columns=tuple(columns))

    def _column(self, each: Wanted) -> ColumnBook:
        coding, provenance, counts = self._coded(each)
        said = attested(each, self.structure.tables[each.at.place].table)
        return ColumnBook(
            columns=(each.name,),
            provenance=provenance,
            coding=coding,
            attested=said,
            counts=counts,
            format=self.formats.get(each.at),
            rebuilt=each.rebuilt,
        )

    def _coded(self, each: Wanted) -> tuple[Coding, Provenance, tuple[float, ...] | None]:
        if each.is_document:
            return self._document(each), Provenance.DP_EVENT, None
        if self.timelines.orders(each.at):
            days, provenance = None, each.free
            if self.timelines.needs_days(each.at):
                days, provenance, _ = self._number(each)
            return self.timelines.siblings(each, days), provenance, None
        if self.timelines.follows(each.at):
            return self.timelines.after(each), each.free, None
        if each.column.kind in TIMES and each.is_number and not each.listed:
            return self._moments(each)
        return self._alone(each)

    def _alone(self, each: Wanted) -> tuple[Categories | Integers | Bins, Provenance, tuple[float, ...] | None]:
        return self._number(each) if each.is_number and not each.listed else self._category(each)

    def _document(self, each: Wanted) -> Json:
        paths = self.paths[each.at]
        places = [ColumnPlace(each.at.place, documents.path_name(each.name, path)) for path, _ in paths]
        leaves = tuple(self._alone(self.wanted[place])[0] for place in places)
        return Json(nullable=each.nullable, paths=tuple(path for path, _ in paths), leaves=leaves)

    def _category(self, each: Wanted) -> tuple[Categories, Provenance, tuple[float, ...] | None]:
        keys = _scalars(each) if each.public is not None else None
        if each.at not in self.published:
            values, numeric = each.listed or tuple(keys or ()), each.column.kind in NUMBERS and keys is None
            values = tuple(sorted(values, key=lambda value: number_of(value, each.carrier))) if numeric else values
            domain = Categories(type=each.carrier, values=values, ordered=numeric, nullable=each.nullable)
            return domain, each.free, None
        filler = "other"[: each.column.length]
        total = self.total(each.at.place)
        domain, counts, null = ask.chosen(
            self.published[each.at], each.carrier, each.nullable, self.most_codes, filler, keys, self.noise, total
        )
        return domain, Provenance.DP_EVENT, _with_other(domain, counts, null, total)

    def _number(self, each: Wanted) -> tuple[Integers | Bins, Provenance, tuple[float, ...] | None]:
        if (free := self.free_number(each)) is not None:
            return free, each.free, None
        found = self.numbers[each.at]
        days = each.column.kind in TIMES
        limits = in_days(each) if days else each.limits
        carrier = "date32[day]" if days else each.carrier
        domain, counts = ask.numeric(
            ask.days_of(found, each.carrier), carrier, each.nullable, limits, each.learn.step, 2 * self.noise
        )
        return domain, Provenance.OFFICER if each.free is Provenance.OFFICER else Provenance.DP_EVENT, counts

    def _moments(self, each: Wanted) -> tuple[Coding, Provenance, tuple[float, ...] | None]:
        days, provenance, counts = self._number(each)
        if each.column.kind is Kind.DATE:
            return days, provenance, counts
        return Moments(type=each.carrier, days=days, nullable=days.nullable, clip=clip(each)), provenance, counts

    def _keys(self, place: int, names: tuple[str, ...], keys: pa.Table) -> ColumnBook:
        parts = [self.wanted[ColumnPlace(place, name)] for name in names]
        columns = [
            [ask.scalar(value, part.carrier) for value in column.to_pylist()]
            for column, part in zip(keys.columns, parts, strict=True)
        ]
        rows = tuple(zip(*columns, strict=True))
        coded = len(rows) if len(rows) <= self.most_codes else 0
        nullable = any(part.nullable for part in parts)
        coding = Keys(nullable=nullable, types=tuple(part.carrier for part in parts), keys=rows, coded=coded)
        return ColumnBook(columns=names, provenance=Provenance.DDL, coding=coding)


def _scalars(each: Wanted) -> tuple[Scalar, ...]:
    assert each.public is not None
    return tuple(ask.scalar(value, each.carrier) for value in each.public.to_pylist())


def _with_other(
    domain: Categories, counts: tuple[float, ...], null: float, total: float | None
) -> tuple[float, ...] | None:
    """Counts of all codes; None where it is not known how many rows there are to tell what OTHER holds."""
    if domain.has_other and total is None:
        return None
    other = (max(0.0, (total or 0) - sum(counts) - null),) if domain.has_other else ()
    return (*counts, *other, null) if domain.nullable else (*counts, *other)
