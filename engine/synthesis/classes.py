"""The classes of a plan's tables: what the unit owns, what is public, what lies outside, and what stands in the way of a guarantee."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from connectors.names import TableName
from connectors.schema import Column, ForeignKey, Kind, Schema, Table
from engine.plan import Plan, Treatment
from engine.privacy.budget import PrivacyUnit
from engine.privacy.spec import How, PrivacySpec
from engine.problems import PlanError, Problem, Severity, errors
from engine.subset.declared import declared, expression_keys
from engine.synthesis.facts import says_time
from engine.synthesis.ownership import independent_keys, owner_candidates, reaching
from engine.synthesis.structure import Goes, Link, Owned, Structure

_TIME = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
_BIRTH = re.compile(r"(?i)birth|born|dob\b|\bdob|bday|naiss|geburt|nacimiento|nascita|nascimento")
_TOUCHED = re.compile(r"(?i)updat|modif|chang|delet|expir|refresh|sync")


def structure_of(plan: Plan, schema: Schema) -> Structure:
    """The shape of the plan's entity in a schema. Raises PlanError with all that is wrong with it."""
    classes = Classes(plan, declared(plan, schema))
    found = tuple(classes.problems())
    if errors(found) or plan.privacy is None:
        raise PlanError(found)
    return classes.structure(plan.privacy)


@dataclass(frozen=True)
class Classes:
    """A plan's treatments laid over a schema, as far as synthesis asks for them."""

    plan: Plan
    schema: Schema
    """With the plan's own keys (`engine.subset.declared`)."""

    def treatment(self, table: TableName) -> Treatment | None:
        found = self.plan.tables.get(table)
        return found.treatment if found else None

    @cached_property
    def synthesised(self) -> dict[TableName, Table]:
        return {t.name: t for t in self.schema.tables if self.treatment(t.name) is Treatment.SYNTHESIZE}

    @cached_property
    def keys(self) -> dict[TableName, tuple[ForeignKey, ...]]:
        """The keys of each synthesised table that say something of their own."""
        return {name: independent_keys(self.schema, table) for name, table in self.synthesised.items()}

    @cached_property
    def decided(self) -> dict[TableName, tuple[str, ...]]:
        """What the plan says of tables with several ways to the root."""
        return {owner.table: owner.columns for owner in self.plan.privacy.owners} if self.plan.privacy else {}

    @cached_property
    def candidates(self) -> dict[TableName, tuple[ForeignKey, ...]]:
        """The keys that could own each synthesised table but the unit's."""
        if self.plan.privacy is None:
            return {}
        named = {
            name: tuple(key for key in keys if name not in self.decided or _over(key, self.decided[name]))
            for name, keys in self.keys.items()
        }
        plain = {name: tuple(key for key in keys if key.where is None) for name, keys in named.items()}
        return owner_candidates(plain, self.plan.privacy.unit)

    def problems(self) -> Iterator[Problem]:
        """Everything about tables and keys that a guarantee cannot be given with."""
        spec = self.plan.privacy
        if spec is None:
            if self.synthesised:
                reason = "Tables are synthesised, and the plan does not say whose privacy is protected: it has no [privacy] unit."
                yield _error("privacy-unit", reason, "Write [privacy] with population, unit, epsilon and delta.")
            return
        yield from self._unit(spec)
        yield from self._owners(spec)
        yield from self._ownership(spec)
        yield from self._mixed(spec)
        yield from self._conditional()

    def _unit(self, spec: PrivacySpec) -> Iterator[Problem]:
        table = self.schema.by_name.get(spec.unit)
        if table is None:
            reason = f"[privacy] names {spec.unit} as its unit, and the database has no such table."
            yield _error("privacy-unit", reason, "Write unit = the table with one row for each protected person.")
            return
        if self.treatment(spec.unit) is not Treatment.SYNTHESIZE:
            reason = "It is the unit of [privacy], and it is not synthesised."
            yield _error("privacy-unit", reason, 'Write treatment = "synthesize", or name another unit.', spec.unit)
        if not table.primary_key:
            reason = "It is the unit of [privacy], and it has no primary key, so its rows cannot be told apart."
            remedy = "Give it one in the database, or name a unit that has one."
            yield _error("privacy-unit-key", reason, remedy, spec.unit)

    def _owners(self, spec: PrivacySpec) -> Iterator[Problem]:
        for owner in spec.owners:
            table = self.synthesised.get(owner.table)
            if table is None or owner.table == spec.unit:
                why = "is the unit itself" if owner.table == spec.unit else "is not synthesised"
                reason = f"[[privacy.owners]] names this table, which {why}."
                yield _error("privacy-owner", reason, "Take it out.", owner.table)
            elif not any(_over(key, owner.columns) for key in table.foreign_keys):
                reason = f"[[privacy.owners]] names ({', '.join(owner.columns)}), and no foreign key of the table is over them."
                yield _error("privacy-owner", reason, _name_one(self.keys[owner.table]), owner.table)

    def _ownership(self, spec: PrivacySpec) -> Iterator[Problem]:
        if self.treatment(spec.unit) is not Treatment.SYNTHESIZE:
            return
        for name, found in self.candidates.items():
            if not found:
                yield self._unowned(spec, name)
            elif len(found) > 1:
                ways = " and ".join(f"({', '.join(key.columns)}) to {key.parent}" for key in found)
                reason = f"It has {len(found)} ways to {spec.unit}, and its rows belong to one entity only: {ways}."
                yield _error("several-owners", reason, _name_one(found), name, found[0].columns[0])

    def _unowned(self, spec: PrivacySpec, name: TableName) -> Problem:
        if name in self.decided:
            reason = f"Its declared owner ({', '.join(self.decided[name])}) does not lead to {spec.unit} through synthesised tables."
            return _error("no-owner", reason, _name_one(self.keys[name]), name)
        reason = f"It is synthesised, and no foreign key leads from it to {spec.unit} through synthesised tables."
        remedy = "Declare the key in [[foreign_keys]], or empty or drop the table"
        remedy += ', or write treatment = "public" with a reason if an officer signs that it says nothing of persons.'
        return _error("no-owner", reason, remedy, name)

    def _mixed(self, spec: PrivacySpec) -> Iterator[Problem]:
        """Rows of real people that hang on people who are not real."""
        kept = [
            t
            for t in self.schema.tables
            if self.treatment(t.name) in (Treatment.MASK, Treatment.COPY, Treatment.PUBLIC)
        ]
        public = {table.name for table in kept if self.treatment(table.name) is Treatment.PUBLIC}
        parents = {
            t.name: {key.parent for key in t.foreign_keys} - public for t in self.schema.tables if t.name != spec.unit
        }
        closure = reaching(parents, [spec.unit])
        for table in kept:
            how = _WORDS[self.plan.tables[table.name].treatment]
            direct = next((key for key in table.foreign_keys if key.parent in self.synthesised), None)
            if direct is not None:
                reason = f"Its rows are {how}, and {direct.name} refers to {direct.parent}, whose rows are synthetic."
                column = direct.columns[0] if direct.columns else None
                yield _error("refers-to-synthetic", reason, _SYNTHESISE, table.name, column)
            elif table.name in closure:
                reason = f"Its rows are {how}, and its foreign keys lead to {spec.unit}: they are part of a protected entity."
                yield _error("inside-unit", reason, _SYNTHESISE, table.name)

    def _conditional(self) -> Iterator[Problem]:
        """Keys that hold for some rows only, or are no columns: nothing here can make them."""
        remedy = 'Take it out of [[foreign_keys]] and mask its columns with "null", or empty the table.'
        for name, keys in self.keys.items():
            for key in (key for key in keys if key.where is not None):
                reason = f"The declared key {key.name} holds for some rows only, and such a key is not synthesised."
                yield _error("synthesis-key", reason, remedy, name, key.columns[0])
        for name, key in expression_keys(self.plan, self.schema):
            if name in self.synthesised:
                reason = f"The declared key {key.name} is made of expressions, and such a key is not synthesised."
                yield _error("synthesis-key", reason, remedy, name)

    # The structure, where there are no problems.

    def structure(self, spec: PrivacySpec) -> Structure:
        """Root first, then by depth, then as the schema lists them."""
        owners = {name: keys[0] for name, keys in self.candidates.items()}
        depth = {name: _depth(name, owners, spec.unit) for name in self.synthesised}
        names = sorted(self.synthesised, key=depth.__getitem__)
        places = {name: place for place, name in enumerate(names)}
        unit = PrivacyUnit(spec.unit, self.synthesised[spec.unit].primary_key)
        public = tuple(table.name for table in self.schema.tables if self.treatment(table.name) is Treatment.PUBLIC)
        return Structure(unit, tuple(self._owned(name, owners, places, spec) for name in names), public)

    def _owned(
        self,
        name: TableName,
        owners: Mapping[TableName, ForeignKey],
        places: Mapping[TableName, int],
        spec: PrivacySpec,
    ) -> Owned:
        table, owner = self.synthesised[name], owners.get(name)
        links = tuple(Link(key, self._goes(name, key, owner, spec)) for key in self.keys[name] if key != owner)
        if owner is None:
            return Owned(name, None, None, links)
        most = 1 if table.is_unique(owner.columns) else spec.bounds.get(name)
        return Owned(name, owner, places[owner.parent], links, self._order(table), most)

    def _goes(self, name: TableName, key: ForeignKey, owner: ForeignKey | None, spec: PrivacySpec) -> Goes:
        """A second key to the table that owns the rows names another role of it, so another entity; a key to any other table of the
        entity, or to a row beside it, stays inside. Both are conventions: the schema alone does not tell."""
        if self.treatment(key.parent) is Treatment.PUBLIC:
            return Goes.PUBLIC
        if key.parent not in self.synthesised:
            return Goes.OUTSIDE
        crosses = key.parent == name == spec.unit or (owner is not None and key.parent == owner.parent)
        return Goes.PARTNER if crosses else Goes.INSIDE

    def _is_time(self, column: Column) -> bool:
        """A column of time, or where there is no type for it a text that is called so: ISO 8601 sorts as it is."""
        text = column.kind is Kind.TEXT and self.schema.dialect == "sqlite" and says_time(column.name)
        return column.kind in _TIME or text

    def _order(self, table: Table) -> str | None:
        """The first column of time that is learned, rather one that is never NULL and not one of the last change."""
        keys = {column for key in table.foreign_keys for column in key.columns}
        rules = self.plan.tables[table.name]
        times = [
            column
            for column in table.stored
            if self._is_time(column) and column.name not in keys and not _BIRTH.search(column.name)
            if (rule := rules.rule(column.name)) is None or rule.masker is None
            if rule is None or rule.learn is None or rule.learn.how is not How.KEY
        ]
        best = min(times, key=lambda column: (bool(_TOUCHED.search(column.name)), column.nullable), default=None)
        return best.name if best else None


_WORDS = {Treatment.MASK: "masked", Treatment.COPY: "copied", Treatment.PUBLIC: "public"}
_SYNTHESISE = 'Write treatment = "synthesize", "empty" or "drop".'


def _over(key: ForeignKey, columns: tuple[str, ...]) -> bool:
    return set(key.columns) == set(columns)


def _name_one(keys: tuple[ForeignKey, ...]) -> str:
    """The remedy that names each key of them that could be declared."""
    if not keys:
        return "Take it out: the table has no foreign key."
    columns = [f"columns = [{', '.join(chr(34) + c + chr(34) for c in key.columns)}]" for key in keys]
    return f"Declare the owner in [[privacy.owners]]: {' or '.join(dict.fromkeys(columns))}."


def _depth(name: TableName, owners: Mapping[TableName, ForeignKey], root: TableName) -> int:
    depth = 0
    while name != root:
        name, depth = owners[name].parent, depth + 1
    return depth


def _error(code: str, reason: str, remedy: str, table: TableName | None = None, column: str | None = None) -> Problem:
    return Problem(code, Severity.ERROR, reason, remedy, table, column)
