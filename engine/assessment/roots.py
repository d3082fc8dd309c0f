"""Who the people of a target are, and which rows of which tables are theirs.

A table's rows are people where the plan says so (`[assess] people`, the unit of `[privacy]`). Otherwise tables are proposed that have
a primary key and are masked, copied or synthesised, if
- they are of people by their name or their columns (`engine.profiling.people`), or
- two of their columns are under masks of persons (names, e-mail, user name, national number, date of birth), or one of them is and
  the table's name speaks of nothing else (an organisation, a thing, an event, an address);
but not a table whose primary key is itself the key of such people (it only says more of them), nor one without any such mask whose
NOT NULL key leads to such people: they own it.

A person owns the rows of every table that leads to it along foreign keys, at most four steps away. A table with several ways is the
nearest owner's; among those a key that is never NULL goes before one that may be, whom a row is about before the staff who entered it,
then the order of the keys decides. Public tables are nobody's; copied ones only by a key that is never NULL; a row's reference to
another row of its own table is not followed. A table that people refer to is shared by them (`person.team`, whatever `team.lead`
says), unless that reference may be NULL and the table's own may not (`person.main_address`). What a plan synthesises is owned as the
plan's own structure says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from connectors.names import TableName
from connectors.schema import ForeignKey, Schema, Table
from engine.assessment.carried import made_of
from engine.assessment.columns import followed
from engine.assessment.comparison import Entity, Owns
from engine.assessment.spec import AssessSpec
from engine.plan import Plan, Treatment
from engine.problems import PlanError
from engine.profiling.naming import Rows, rows_of
from engine.profiling.people import rows_are_people
from engine.synthesis.classes import structure_of
from engine.synthesis.ownership import independent_keys

DEPTH = 4
PERSONAL = frozenset({"first_name", "last_name", "full_name", "email", "username", "national_id", "birth_date"})
REACHED = frozenset({"phone", "street", "address", "postcode", "city", "iban", "credit_card", "job_title"})
"""What organisations have as well."""
_OTHERS = frozenset({Rows.ORGANISATIONS, Rows.THINGS, Rows.EVENTS, Rows.ADDRESSES, Rows.CARE})


def entities_of(plan: Plan, spec: AssessSpec, schema: Schema, source: Schema) -> tuple[Entity, ...]:
    """The people among the tables that are compared, each with all that they own. `source`: with all its tables."""
    learned = _learned(plan, schema, source)
    taken = {owns.table for entity in learned for owns in entity.tables}
    named = [name for name in spec.people if name in schema.by_name and name not in taken]
    roots = named if spec.people else [name for name in people_of(plan, schema) if name not in taken]
    owners = _owners(plan, schema, roots, taken)
    found = (Entity(root, made_of(plan, root), (Owns(root, None), *_below(root, owners))) for root in roots)
    return (*learned, *found)


def people_of(plan: Plan, schema: Schema) -> tuple[TableName, ...]:
    """The tables that are proposed: see above."""
    found = {table.name: table for table in schema.tables if table.primary_key and _personal(plan, table)}
    kept = dict(found)
    for name, table in found.items():
        owners = {key.parent for key in table.foreign_keys if key.parent in kept and _says_more(plan, table, key)}
        if owners - {name}:
            del kept[name]
    return tuple(kept)


def _personal(plan: Plan, table: Table) -> bool:
    if plan.tables[table.name].treatment not in (Treatment.MASK, Treatment.COPY, Treatment.SYNTHESIZE):
        return False
    personal = len(_masks(plan, table.name) & PERSONAL)
    return rows_are_people(table) or personal >= 2 or (personal == 1 and rows_of(table.name) not in _OTHERS)


def _says_more(plan: Plan, table: Table, key: ForeignKey) -> bool:
    """Does this key own a table that looks like one of people?"""
    if key.parent == table.name or not followed(key):
        return False
    if key.columns == table.primary_key:
        return True
    return not _nullable(table, key) and not _masks(plan, table.name) & (PERSONAL | REACHED)


def _masks(plan: Plan, table: TableName) -> set[str]:
    return {rule.masker.name for rule in plan.tables[table].rules if rule.masker is not None}


def _learned(plan: Plan, schema: Schema, source: Schema) -> tuple[Entity, ...]:
    """The entity that the plan synthesises, as far as its tables are compared."""
    if plan.privacy is None or plan.privacy.unit not in schema.by_name:
        return ()
    try:
        structure = structure_of(plan, source)
    except PlanError:
        return ()
    owned = [Owns(plan.privacy.unit, None)]
    for each in structure.tables:
        table = schema.by_name.get(each.table)
        known = table is not None and each.owner in table.foreign_keys
        if each.owner is not None and known and each.owner.parent in {owns.table for owns in owned}:
            owned.append(Owns(each.table, each.owner, each.owner.parent))
    return (Entity(plan.privacy.unit, made_of(plan, plan.privacy.unit), tuple(owned)),)


@dataclass(frozen=True, slots=True)
class _Owner:
    key: ForeignKey
    root: TableName
    depth: int


def _owners(
    plan: Plan, schema: Schema, roots: Collection[TableName], taken: Collection[TableName]
) -> dict[TableName, _Owner]:
    """Whose the rows of each table are that somebody owns."""
    reached = {root: root for root in roots}
    owners: dict[TableName, _Owner] = {}
    keys = {t.name: independent_keys(schema, t) for t in schema.tables if t.name not in reached and t.name not in taken}
    for depth in range(1, DEPTH + 1):
        level = {
            name: _Owner(key, reached[key.parent], depth)
            for name, own in keys.items()
            if name not in reached and (key := _best(plan, schema.table(name), own, reached)) is not None
            if not _shared(schema, roots, name, key)
        }
        owners |= level
        reached |= {name: owner.root for name, owner in level.items()}
    return owners


def _shared(schema: Schema, roots: Collection[TableName], name: TableName, key: ForeignKey) -> bool:
    """Do people refer to this table rather than own it?"""
    keys = [
        (schema.table(root), each) for root in roots for each in schema.table(root).foreign_keys if each.parent == name
    ]
    certain = any(not _nullable(root, each) for root, each in keys)
    return bool(keys) and (certain or _nullable(schema.table(name), key))


def _nullable(table: Table, key: ForeignKey) -> bool:
    return any(table.column(name).nullable for name in key.columns)


def _best(
    plan: Plan, table: Table, keys: Collection[ForeignKey], reached: Mapping[TableName, TableName]
) -> ForeignKey | None:
    treatment = plan.tables[table.name].treatment
    ways = [
        (_nullable(table, key), rows_of(reached[key.parent]) is Rows.STAFF, place)
        for place, key in enumerate(keys)
        if followed(key) and key.parent in reached and key.parent != table.name
    ]
    if treatment is Treatment.PUBLIC or not ways:
        return None
    nullable, _, place = min(ways)
    return None if nullable and treatment is Treatment.COPY else tuple(keys)[place]


def _below(root: TableName, owners: Mapping[TableName, _Owner]) -> Iterator[Owns]:
    own = sorted((owner.depth, name) for name, owner in owners.items() if owner.root == root)
    return (Owns(name, owners[name].key, owners[name].key.parent) for _, name in own)
