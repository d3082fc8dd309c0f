"""What each column of a synthesised table is made of: decided once from schema, structure and plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table, Unique
from engine.column_domains import KeyFamilies, key_families
from engine.domains import integer_bits
from engine.plan import Plan
from engine.privacy.spec import How
from engine.subjects import carried
from engine.synthesis.generate.fresh import Room, room
from engine.synthesis.structure import Goes, Link, Owned, Structure

FirstKeys = Mapping[tuple[TableName, str], int]


@dataclass(frozen=True, slots=True)
class FreshColumn:
    """A column whose values are made, never learned."""

    name: str
    room: Room
    position: bool = False
    """Its row's place among the rows of one parent, from 1 on: a part of a key with the parent's own."""


@dataclass(frozen=True)
class Recipe:
    """One table of the entity."""

    place: int
    owned: Owned
    table: Table
    learned: tuple[str, ...]
    owner: tuple[tuple[str, str], ...]
    """Own column, parent's column."""
    links: tuple[Link, ...]
    fresh: tuple[FreshColumn, ...]
    rebuilt: tuple[str, ...]
    patched: tuple[str, ...]
    """Learned, save values that are too rare to be published: a masker makes those."""
    empty: tuple[str, ...]
    """Nothing is known of them: NULL."""
    uniques: tuple[Unique, ...]
    """Those that are not held up by the way keys are made."""

    @property
    def name(self) -> TableName:
        return self.table.name


def recipes(
    structure: Structure, schema: Schema, plan: Plan, learned: tuple[Collection[str], ...], first: FirstKeys
) -> tuple[Recipe, ...]:
    """A recipe for every table of the structure, in its order. `learned`: the columns that the codebook gives for each."""
    families = key_families(schema)
    return tuple(
        _recipe(place, owned, schema, plan, frozenset(learned[place]), first, families)
        for place, owned in enumerate(structure.tables)
    )


def _recipe(
    place: int,
    owned: Owned,
    schema: Schema,
    plan: Plan,
    learned: frozenset[str],
    first: FirstKeys,
    families: KeyFamilies,
) -> Recipe:
    table = schema.table(owned.table)
    decided = plan.tables.get(owned.table)
    owner = tuple(zip(owned.owner.columns, owned.owner.parent_columns, strict=True)) if owned.owner else ()
    given = {name for name, _ in owner}
    links = tuple(sorted((link for link in owned.links if link.key.columns), key=_first_public))
    linked = {name for link in links for name in link.key.columns} - given
    private = {name for link in links if link.goes is not Goes.PUBLIC for name in link.key.columns} - _public(links)
    known = tuple(column.name for column in table.stored if column.name in learned - given - private)
    rest = [column for column in table.stored if column.name not in given | linked | set(known)]
    rules = {column.name: decided.rule(column.name) if decided else None for column in rest}
    rebuilt = tuple(name for name, rule in rules.items() if rule is not None and rule.masker is not None)
    patched = tuple(
        name for name in known if decided and (rule := decided.rule(name)) is not None and rule.masker is not None
    )
    empty = tuple(
        column.name
        for column in rest
        if column.name not in rebuilt
        and column.nullable
        and column.name not in table.primary_key
        and ((rule := rules[column.name]) is None or (rule.learn is not None and rule.learn.how is not How.KEY))
    )
    made = [column for column in rest if column.name not in {*rebuilt, *empty}]
    fresh = tuple(_fresh(table, column, given, first, schema, families) for column in made)
    uniques = tuple(u for u in table.uniques if not carried(u, table) and not _by_construction(u, fresh))
    return Recipe(place, owned, table, known, owner, links, fresh, rebuilt, patched, empty, uniques)


def _first_public(link: Link) -> tuple[bool, int]:
    return link.goes is not Goes.PUBLIC, -len(link.key.columns)


def _public(links: tuple[Link, ...]) -> set[str]:
    return {name for link in links if link.goes is Goes.PUBLIC for name in link.key.columns}


def _fresh(
    table: Table, column: Column, given: Collection[str], first: FirstKeys, schema: Schema, families: KeyFamilies
) -> FreshColumn:
    narrow = _narrowest(table, column, schema, families)
    whole = column.kind is Kind.INTEGER or (column.kind is Kind.DECIMAL and not column.scale)
    within = any(set(given) < set(u.columns) and column.name in u.columns for u in table.uniques) and bool(given)
    alone = any(u.columns == (column.name,) for u in table.uniques)
    return FreshColumn(column.name, room(narrow, first.get((table.name, column.name))), whole and within and not alone)


def _narrowest(table: Table, column: Column, schema: Schema, families: KeyFamilies) -> Column:
    """The column with the least width and length of all that hold the same key."""
    members = [
        schema.table(name).column(member)
        for name, member in families.of((table.name, column.name))
        if name in schema.by_name
    ]
    lengths = [member.length for member in members if member.length is not None and member.kind is column.kind]
    narrow = replace(column, length=min(lengths)) if column.kind is Kind.TEXT and lengths else column
    if column.kind is not Kind.INTEGER:
        return narrow
    bits = [(width, member) for member in members if (width := integer_bits(member)) is not None]
    least = min((width for width, _ in bits), default=column.precision or 64)
    unsigned = all(member.unsigned for width, member in bits if width == least)
    return replace(narrow, precision=min(least, 64), unsigned=narrow.unsigned and unsigned)


def _by_construction(unique: Unique, fresh: tuple[FreshColumn, ...]) -> bool:
    """Is a part of the key distinct in every row already?"""
    counted = {each.name for each in fresh if not each.position}
    return not unique.expression and bool(counted & set(unique.columns))


def order_of(structure: Structure) -> list[int]:
    """The places in an order in which every link leads, where that is possible, to a table that is made already."""
    waiting, done = list(range(len(structure.tables))), list[int]()
    while waiting:
        ready = [place for place in waiting if structure.tables[place].parent in (None, *done)]
        free = [place for place in ready if set(_targets(structure, place)) <= {*done, place}]
        done.append((free or ready)[0])
        waiting.remove(done[-1])
    return done


def _targets(structure: Structure, place: int) -> Iterator[int]:
    """Where the links to rows of entities go."""
    for link in structure.tables[place].links:
        if link.goes in (Goes.INSIDE, Goes.PARTNER):
            yield structure.place(link.key.parent)
