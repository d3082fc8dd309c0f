"""What is asked of entities before there is a codebook: which columns are learned, what the schema says of them, and the paid answers.

Free facts come first; then each kind of question is asked once, for all columns together.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table
from engine.plan import Plan
from engine.privacy.entities import ColumnPlace
from engine.privacy.entropy import entropy
from engine.privacy.number_domains import NumberDomain
from engine.privacy.private import PrivateEntities
from engine.privacy.spec import How, Learn
from engine.synthesis import ask, documents, text_moments
from engine.synthesis.domains.base import Floats
from engine.synthesis.domains.bins import Bins
from engine.synthesis.domains.integers import Integers
from engine.synthesis.domains.json_paths import Path
from engine.synthesis.domains.moments import DAY
from engine.synthesis.domains.scale import unit_of
from engine.synthesis.facts import NUMBERS, TIMES, Limits, limits_of, listed, says_time
from engine.synthesis.presets import SHARES
from engine.synthesis.structure import Goes, Structure
from engine.synthesis.timelines import Timelines
from engine.synthesis.wanted import Wanted, day, declared

CODES, CODES_UNPROTECTED = 128, 256
"""Published values of one column at most."""
_PATHS = 0.2
"""Of the share for domains: which paths JSON columns have."""
_FORMATS = 0.1
"""Which texts are dates."""
_GRID = 1024
_HOURS = tuple((hour * 3600.0 + 1, hour * 3600.0 + 3599) for hour in range(24))


@dataclass
class Asking:
    """Questions and answers of one release."""

    private: PrivateEntities
    plan: Plan
    schema: Schema
    structure: Structure
    public_keys: Mapping[TableName, pa.Table]
    published: dict[ColumnPlace, list[tuple[Any, float]]] = field(default_factory=dict)
    numbers: dict[ColumnPlace, NumberDomain] = field(default_factory=dict)
    paths: dict[ColumnPlace, tuple[tuple[Path, str], ...]] = field(default_factory=dict)
    """Of each JSON column, with the types of their values."""
    formats: dict[ColumnPlace, str] = field(default_factory=dict)
    """Of texts that are dates."""
    share: float = SHARES.domains
    """What is left of the budget's share."""
    noise: float = 0.0
    """The standard deviation of a count; none without a promise."""

    def bounds(self) -> dict[int, int]:
        open_ = [
            at for at, owned in enumerate(self.structure.tables) if owned.parent is not None and owned.most is None
        ]
        paid = self.private.children(open_, self.private.rho(SHARES.children)) if open_ else {}
        return paid | {at: owned.most for at, owned in enumerate(self.structure.tables) if owned.most is not None}

    def table(self, place: int) -> Table:
        return self.schema.table(self.structure.tables[place].table)

    @cached_property
    def wanted(self) -> dict[ColumnPlace, Wanted]:
        return {each.at: each for place in range(len(self.structure.tables)) for each in self._of(place)}

    def _of(self, place: int) -> list[Wanted]:
        table, rules = self.table(place), self.plan.tables[self.structure.tables[place].table]
        found = []
        keys = {
            name for link in self.structure.tables[place].links if link.goes is Goes.PUBLIC for name in link.key.columns
        }
        for each in self.private.types(place):
            rule = rules.rule(each.name)
            learn = rule.learn if rule is not None else None
            if learn is None or learn.how is How.KEY:
                # A key of a public table is a category, whatever the plan calls it.
                learn = Learn(How.SCHEMA) if each.name in keys else None
            if learn is not None:
                rebuilt = rule is not None and rule.masker is not None
                found.append(self._wanted(place, table, table.column(each.name), str(each.type), learn, rebuilt))
        return found

    def _wanted(self, place: int, table: Table, column: Column, carrier: str, learn: Learn, rebuilt: bool) -> Wanted:
        if column.kind is Kind.TEXT and carrier != "string":
            # It was read as what its texts say.
            column = replace(column, kind=Kind.DATE if carrier.startswith("date") else Kind.TIMESTAMP)
        limits = Limits()
        if column.kind in NUMBERS:
            limits = limits_of(table, column, carrier, self.schema.dialect).within(declared(learn, carrier))
        values = learn.values or listed(table, column, self.schema.dialect)
        public = self._public(place, column.name)
        return Wanted(ColumnPlace(place, column.name), column, carrier, learn, limits, values, public, rebuilt)

    def _public(self, place: int, name: str) -> pa.Array | None:
        for link in self.structure.tables[place].links:
            if link.goes is Goes.PUBLIC and link.key.columns == (name,) and link.key.parent in self.public_keys:
                keys = self.public_keys[link.key.parent].column(link.key.parent_columns[0])
                return keys.combine_chunks().unique().drop_null()
        return None

    # What is asked of the entities, each kind of question once for all columns.

    def read_texts(self) -> None:
        """Have texts that are dates taken for moments, in a database that has no type for these."""
        asked = [at for at in self._texts() if self.schema.dialect == "sqlite"]
        if not asked:
            return
        for at in asked:
            self.private.derive(at.place, partial(text_moments.with_format, column=at.column))
        formats = [ColumnPlace(at.place, text_moments.format_name(at.column)) for at in asked]
        found = self.private.categories(formats, self.private.rho(SHARES.domains * _FORMATS), self.delta)
        self.share -= SHARES.domains * _FORMATS
        for at, place in zip(asked, formats, strict=True):
            if format_ := text_moments.published_format(found[place]):
                self.formats[at] = format_
                self.private.derive(at.place, partial(text_moments.with_moments, column=at.column, format_=format_))

    def _texts(self) -> Iterator[ColumnPlace]:
        """Texts whose name says that they are dates, and whose values would be paid for."""
        for place in range(len(self.structure.tables)):
            table = self.table(place)
            for each in self._of(place):
                rule = self.plan.tables[table.name].rule(each.name)
                plain = (
                    each.column.kind is Kind.TEXT
                    and each.learn.how is How.PAID
                    and not each.listed
                    and each.public is None
                )
                if plain and rule is not None and rule.masker is None and says_time(each.name):
                    yield each.at

    def ask(self) -> None:
        if opened := [at for at, each in self.wanted.items() if each.is_document]:
            self._open(opened, SHARES.domains * _PATHS)
            self.share -= SHARES.domains * _PATHS
        categories, numbers = self._categories(), self._numbers()
        # Where answers have decided of which kind columns are, both questions are charged, whether or not there is one to ask.
        least = int(self.share < SHARES.domains)
        parts = max(len(categories), least), max(len(numbers), least)
        if not any(parts):
            return
        # The noise on a count is the same in both questions.
        rho = self.private.rho(self.share) / sum(parts)
        self.noise = math.sqrt(1 / (2 * rho))
        if categories:
            self.published = self.private.categories(categories, rho * parts[0], self.delta)
        elif least:
            self.private.forgo("categories", rho, self.delta)
        if numbers:
            grids = [(at, self._grid(self.wanted[at])) for at in numbers]
            self.numbers = self.private.numbers(grids, rho * parts[1], self.most_bins, self.delta)
        elif least:
            self.private.forgo("ranges", rho, self.delta)

    @property
    def delta(self) -> float:
        """Of each query that names values; there are four at most."""
        return self.plan.privacy.delta * SHARES.delta / 4 if self.plan.privacy is not None else 0.0

    def _open(self, columns: list[ColumnPlace], share: float) -> None:
        """Pay for the paths of JSON columns, and want each of them as a column of its own."""
        for at in columns:
            self.private.derive(at.place, partial(documents.with_a_leaf, column=at.column, rng=entropy()))
        leaves = [ColumnPlace(at.place, documents.leaf_name(at.column)) for at in columns]
        found = self.private.categories(leaves, self.private.rho(share), self.delta)
        for at, leaf in zip(columns, leaves, strict=True):
            self.paths[at] = documents.published_paths(found[leaf])
            self.private.derive(at.place, partial(documents.with_paths, column=at.column, paths=self.paths[at]))
            for path, kind in self.paths[at]:
                column = documents.column_of_path(at.column, path, kind)
                place, values = ColumnPlace(at.place, column.name), (False, True) if kind == "bool" else ()
                self.wanted[place] = Wanted(place, column, kind, Learn(How.PAID), Limits(), values)

    def _categories(self) -> list[ColumnPlace]:
        return [
            each.at
            for each in self._open_columns()
            if not each.is_number and not each.is_document
            if each.public is None or len(each.public) > self.most_codes
        ]

    def _numbers(self) -> list[ColumnPlace]:
        return [
            each.at
            for each in self._open_columns()
            if each.is_number and self.free_number(each) is None
            if each.column.kind not in TIMES or self.timelines.needs_days(each.at)
        ]

    def _open_columns(self) -> Iterator[Wanted]:
        """Columns whose values nothing lists."""
        for at, each in self.wanted.items():
            if not each.listed and not any(at.column in names for names in self.composite(at.place)):
                yield each

    def free_number(self, each: Wanted) -> Integers | Bins | None:
        """A domain out of public facts alone."""
        if (
            each.column.kind is Kind.TIME
            and self.schema.dialect not in ("mysql", "mariadb")
            and each.limits.both is None
        ):
            quarters = tuple(900.0 * quarter for quarter in range(96))
            return Bins(type=each.carrier, bins=_HOURS, spikes=quarters, step=1e6, nullable=each.nullable)
        if each.limits.both is None:
            return None
        if each.column.kind in TIMES:
            low, high = (math.floor(limit / day(each)) for limit in each.limits.both)
            return ask.single("date32[day]", low, high, 1.0, each.nullable)
        step = each.learn.step or unit_of(each.carrier)
        return ask.single(each.carrier, *each.limits.both, step, each.nullable) if step is not None else None

    def _grid(self, each: Wanted) -> Floats | None:
        """A public grid over a public range."""
        if each.limits.both is None:
            return None
        low, high = each.limits.both
        step = DAY if each.carrier.startswith("timestamp") else each.learn.step or unit_of(each.carrier)
        if step is None:
            return np.linspace(low, high, _GRID + 1)
        low, high = math.floor(low / step + 1e-9) * step, (math.floor(high / step + 1e-9) + 1) * step
        cells = min(_GRID, round((high - low) / step))
        return np.unique(np.rint(np.linspace(low / step, high / step, cells + 1))) * step

    def total(self, place: int) -> float | None:
        """How many rows a column of this table was asked of: as counted with numbers, which leave none out; of the
        root as declared."""
        counted = [ask.counted(found) for at, found in self.numbers.items() if at.place == place]
        spec = self.plan.privacy
        if counted:
            return statistics.median(counted)
        if place:
            return None
        return (
            spec.entities * (1 - spec.holdout)
            if spec is not None and spec.entities is not None
            else self.private.population
        )

    @property
    def most_codes(self) -> int:
        return CODES if self.private.promises else CODES_UNPROTECTED

    @property
    def most_bins(self) -> int:
        return ask.BINS if self.private.promises else ask.BINS_UNPROTECTED

    @cached_property
    def timelines(self) -> Timelines:
        return Timelines(self.structure, self.schema, self.wanted)

    def composite(self, place: int) -> dict[tuple[str, ...], pa.Table]:
        """The columns of each such key that is learned whole, with the public keys."""
        found: dict[tuple[str, ...], pa.Table] = {}
        for link in self.structure.tables[place].links:
            names = link.key.columns
            taken = {name for key in found for name in key}
            whole = all(ColumnPlace(place, name) in self.wanted for name in names) and not taken & set(names)
            if link.goes is Goes.PUBLIC and len(names) > 1 and whole and link.key.parent in self.public_keys:
                found[names] = self.public_keys[link.key.parent].select(link.key.parent_columns)
        return found
