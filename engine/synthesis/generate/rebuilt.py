"""Columns that are never learned: their maskers make values out of seeds of our own, so that nothing of the source is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from connectors.arrow import DIALECT, carrier
from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Schema
from engine.keys import DomainKey, MaskingKey
from engine.masking import make_masker
from engine.masking.base import Masker, Subject
from engine.pipeline import Pipeline, Step, compile_plan
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.synthesis.generate.arrays import Mask, Words, hashed, put, taken
from engine.synthesis.generate.recipe import Recipe
from engine.synthesis.generate.rows import Rows
from engine.synthesis.generate.seeds import seeds_of

_OF_NUMBERS = ("number_noise", "number_round", "number_bucket", "top_code", "date_band", "within")
"""Coarser or noisier forms of a value: of a value that nobody has they say nothing."""

_PERSONAL = (
    "first_name", "last_name", "full_name", "username", "email", "phone", "birth_date", "national_id",
    "street", "city", "postcode", "country", "address", "company", "job_title",
)  # fmt: skip
"""What a person has one of: rows of one person get equal values, and the parts of a name fit each other."""
_PLACE = 22
"""Characters of a latitude and a longitude to the metre."""


def can_rebuild(masker: Masker, column: Column) -> str | None:
    """Why this masker cannot make a synthesised column's values out of nothing; None where it can."""
    if masker.name == "keep":
        return "keep passes a value on, and a synthetic row has none"
    if masker.name in _OF_NUMBERS:
        return f"{masker.name} changes a value a little, and a synthetic row has none"
    if masker.prepare((Subject(TableName(""), column),)) is not None:
        return f"{masker.name} draws on the values of the whole column, which nothing may look at"
    if column.kind not in masker.kinds:
        return f"{masker.name} makes {', '.join(sorted(masker.kinds))}, and this column is {column.native}"
    if masker.name.startswith("coordinates") and column.kind is Kind.TEXT and (column.length or _PLACE) < _PLACE:
        return f"a place as text takes {_PLACE} characters, and this column has {column.length}"
    if masker.name == "pseudonym" and column.kind in (Kind.INTERVAL, Kind.JSON, Kind.XML, Kind.ARRAY, Kind.OTHER):
        return f"no value of type {column.native} can be made up for pseudonym"
    return None


@dataclass
class Rebuilder:
    """The maskers of the synthesised tables, and how many values each has made."""

    pipeline: Pipeline
    schema: Schema
    key: DomainKey
    """Of one seed: another one makes other values."""
    made: Counter[tuple[TableName, str]] = field(default_factory=Counter)

    def fill(self, rows: Rows, block: Mapping[TableName, Rows], unpublished: Mapping[str, Mask]) -> None:
        """Make the rebuilt columns of all rows, and of learned ones the values that are too rare to be published."""
        for step in self.pipeline.steps(rows.recipe.name):
            first = step.rule.columns[0]
            if first in rows.recipe.rebuilt:
                self._step(rows, step, block, None)
            elif first in unpublished and unpublished[first].any():
                self._step(rows, step, block, unpublished[first])

    def again(self, rows: Rows, columns: Sequence[str], block: Mapping[TableName, Rows], only: Mask) -> None:
        """New values for some columns in some rows, and for those that are built from them."""
        changed = set(columns)
        for step in self.pipeline.steps(rows.recipe.name):
            touched = changed & {*step.rule.columns, *step.rule.from_, *step.reads}
            if touched and step.rule.columns[0] in rows.recipe.rebuilt:
                self._step(rows, step, block, only, again=True)
                changed |= set(step.rule.columns)

    def _step(
        self, rows: Rows, step: Step, block: Mapping[TableName, Rows], only: Mask | None, again: bool = False
    ) -> None:
        where = only if only is not None else np.ones(rows.count, np.bool_)
        chosen, count = pa.array(where), int(where.sum())
        source = {name: values if only is None else values.filter(chosen) for name, values in rows.columns.items()}
        for name in {*step.reads, *step.rule.from_} - source.keys():
            source[name] = pa.nulls(count, carrier(rows.recipe.table.column(name)))
        if step.by is not None and step.by_column is not None:
            person = self._person(rows, step, block)
            source[step.by_column] = person if only is None else person.filter(chosen)
        numbers = self._numbers(rows.recipe, step, source, count, again)
        own = seeds_of(step.masker, step.subjects, numbers, step.locale)
        metadata = {DIALECT: self.schema.dialect.encode()}
        fields = [
            pa.field(subject.column.name, values.type, metadata=metadata)
            for subject, values in zip(step.subjects, own, strict=True)
        ]
        batch = pa.RecordBatch.from_arrays(own, schema=pa.schema(fields))
        result = step.apply({**source, **dict(zip(step.rule.columns, own, strict=True))}, source, batch, Counter())
        for name, values in zip(result.schema.names, result.columns, strict=True):
            rows.columns[name] = values if only is None else put(rows.columns[name], where, values)

    def _numbers(self, recipe: Recipe, step: Step, source: Mapping[str, pa.Array], count: int, again: bool) -> Words:
        """A number for each row: its person's where the values are of persons, for the first draw; else the next ones."""
        person = self._person_of(recipe, step)
        if person is not None and not again and person[1] in source:
            return hashed(source[person[1]], self.key.child(person[0]))
        at = (recipe.name, step.rule.columns[0])
        start = self._first(recipe) + self.made[at]
        self.made[at] += count
        return np.arange(start, start + count, dtype=np.uint64)

    def _first(self, recipe: Recipe) -> int:
        """Where the numbers of a table's rows begin: each seed has a place of its own, far from the end of all numbers."""
        return int(self.key.child(f"rows of {recipe.name}").cmac_ints(np.zeros(1, np.int64))[0, 0]) >> 16

    def _person_of(self, recipe: Recipe, step: Step) -> tuple[str, str] | None:
        """The domain of the key that a row's person is known by, and the column that holds it: the rule's, or a root row's own."""
        if step.masker.name not in _PERSONAL:
            return None
        if step.by_key is not None and step.by_column is not None:
            return step.by_key.name, step.by_column
        own = recipe.table.primary_key
        root = recipe.owned.parent is None and len(own) == 1
        return (self.pipeline.domains[recipe.name, own[0]], own[0]) if root else None

    def _person(self, rows: Rows, step: Step, block: Mapping[TableName, Rows]) -> pa.Array:
        """The person key of each row: a column of its own, or of the row at the end of the foreign keys."""
        if step.by is None:
            raise ValueError("the rule names no person")
        at, places = rows, np.arange(rows.count)
        for key in step.by.path:
            above = _followed(at, key)
            there = block.get(key.parent)
            if above is None or there is None:
                return self._named(at, key, step.by.column, places)
            places = np.where(places < 0, places, above[np.maximum(places, 0)])
            at = there
        if step.by.column not in at.columns:
            return pa.nulls(rows.count, carrier(at.recipe.table.column(step.by.column)))
        return taken(at.columns[step.by.column], places)

    def _named(self, at: Rows, key: ForeignKey, column: str, places: np.ndarray) -> pa.Array:
        """The key itself names the person where it leads out of the entity."""
        if column in key.parent_columns:
            own = key.columns[key.parent_columns.index(column)]
            if own in at.columns:
                return taken(at.columns[own], places)
        return pa.nulls(len(places), carrier(self.schema.table(key.parent).column(column)))


def _followed(rows: Rows, key: ForeignKey) -> np.ndarray | None:
    """The row of this block that each row refers to by a key; None where it leads elsewhere."""
    if rows.recipe.owned.owner is not None and rows.recipe.owned.owner.columns == key.columns:
        return rows.parent
    for place, link in enumerate(rows.recipe.links):
        if link.key.columns == key.columns and place in rows.targets:
            return rows.targets[place]
    return None


def rebuilder(plan: Plan, schema: Schema, recipes: Sequence[Recipe], key: MaskingKey, own: DomainKey) -> Rebuilder:
    """The plan's maskers for the columns that the recipes rebuild. Domains are those of the whole plan, so that texts agree."""
    made = {recipe.name: _only(recipe, plan) for recipe in recipes}
    rest = {name: replace(table, treatment=Treatment.EMPTY) for name, table in plan.tables.items()}
    missing = {table.name: TablePlan(Treatment.EMPTY) for table in schema.tables if table.name not in plan.tables}
    return Rebuilder(compile_plan(replace(plan, tables={**missing, **rest, **made}), schema, key), schema, own)


def _only(recipe: Recipe, plan: Plan) -> TablePlan:
    """The table's rules, those of other columns than the rebuilt ones made to change nothing."""
    decided, keep = plan.tables[recipe.name], make_masker("keep", {})
    made = {*recipe.rebuilt, *recipe.patched}
    rules = [
        replace(rule, learn=None) for rule in decided.rules if rule.masker is not None and set(rule.columns) <= made
    ]
    done = {name for rule in rules for name in rule.columns}
    for column in recipe.table.columns:
        if column.name not in done:
            own = decided.rule(column.name)
            rules.append(Rule((column.name,), keep, "made elsewhere", domain=own.domain if own else None))
    return TablePlan(Treatment.MASK, tuple(rules))
