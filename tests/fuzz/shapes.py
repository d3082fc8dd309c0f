"""Random schemas: tables with odd names and all types, composite and natural keys, cycles, several self references, keys to
columns that are unique and not primary."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.fuzz.kinds import TYPES, Type

TABLE_NAMES = [
    "person",
    "Order",
    "odd name",
    "e-mail",
    "ünïcode",
    "日本",
    "select",
    "a.b",
    "T1",
    "x_y",
    "per%cent",
    "quo'te",
    'dou"ble',
    "group",
]
COLUMN_NAMES = [
    "id",
    "Id2",
    "email",
    "first_name",
    "last name",
    "phone",
    "birth_date",
    "city",
    "note",
    "value",
    "amount",
    "order",
    "select",
    "ünï",
    "名",
    "a.b",
    "with space",
    "x-y",
    "per%s",
    "quo'te",
    'dou"ble',
    "CamelCase",
    "created_at",
    "status",
    "code",
    "parent",
    "boss",
    "street",
    "zip",
    "ip",
    "token",
    "kind",
    "data",
    "tags",
    "t1",
    "t2",
    "t3",
    "{brace}",
    "ref",
    "other",
    "k1",
    "k2",
    "k3",
]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: Type
    nullable: bool
    check: bool = False
    """`column >= 0`, for numbers."""


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    full: bool = False
    """MATCH FULL: all of its columns are NULL, or none."""


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    primary: tuple[str, ...]
    uniques: tuple[tuple[str, ...], ...]
    links: tuple[Link, ...] = ()
    options: frozenset[str] = frozenset()
    """`without rowid`, `strict`, `index`, `view`."""

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """What a foreign key may refer to."""
        return tuple(key for key in (self.primary, *self.uniques) if key)


@dataclass(frozen=True)
class Shape:
    dialect: str
    tables: tuple[Table, ...]
    rows: int
    seed: int
    """Of the values."""
    dangling: bool = False
    """Its foreign keys were never checked: some of their rows have no parent."""

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)


@st.composite
def shapes(draw: st.DrawFn, dialect: str) -> Shape:
    """A schema of one to five tables, the number of rows of each, and the seed of their values."""
    names = draw(st.lists(st.sampled_from(TABLE_NAMES), min_size=1, max_size=5, unique_by=str.casefold))
    plain = [draw(_table(dialect, name)) for name in names]
    tables = tuple(draw(_linked(table, place, plain)) for place, table in enumerate(plain))
    return Shape(dialect, tables, draw(st.sampled_from([0, 1, 7, 40])), draw(st.integers(0, 2**32 - 1)))


@st.composite
def _table(draw: st.DrawFn, dialect: str, name: str) -> Table:
    types = TYPES[dialect]
    keyable = [type_ for type_ in types if type_.key is not None]
    names = iter(draw(st.lists(st.sampled_from(COLUMN_NAMES), min_size=9, max_size=9, unique_by=str.casefold)))
    primary = [
        Column(next(names), draw(st.sampled_from(keyable)), False)
        for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3, 0])))
    ]
    unique = [
        Column(next(names), draw(st.sampled_from(keyable)), draw(st.booleans()))
        for _ in range(draw(st.sampled_from([0, 0, 1, 2])))
    ]
    others = [
        Column(
            next(names),
            type_,
            draw(st.booleans()),
            type_.ddl in ("integer", "bigint", "decimal(10,2)") and draw(st.booleans()),
        )
        for type_ in draw(st.lists(st.sampled_from(types), min_size=1, max_size=4))
    ]
    # Two unique columns are one key of two, or two keys of one.
    together = len(unique) == 2 and draw(st.booleans())
    uniques = (tuple(c.name for c in unique),) if together else tuple((c.name,) for c in unique)
    options = draw(st.sets(st.sampled_from(["without rowid", "index", "view"])))
    key = tuple(column.name for column in primary)
    return Table(name, (*primary, *unique, *others), key, uniques, options=frozenset(options))


@st.composite
def _linked(draw: st.DrawFn, table: Table, place: int, tables: list[Table]) -> Table:
    """The table with foreign keys to any table, itself among them, in columns of their own."""
    used = {column.name.casefold() for column in table.columns}
    free = iter([name for name in COLUMN_NAMES if name.casefold() not in used])
    columns, links = list(table.columns), []
    for _ in range(draw(st.sampled_from([0, 1, 1, 2, 3]))):
        parent = draw(st.sampled_from(tables))
        if not parent.keys:
            continue
        key = draw(st.sampled_from(parent.keys))
        nullable = draw(st.booleans())
        own = [Column(next(free), parent.column(name).type, nullable) for name in key]
        columns += own
        links.append(Link(tuple(c.name for c in own), parent.name, key))
    identifying = _identifying(draw, table, place, tables)
    return Table(table.name, tuple(columns), table.primary, table.uniques, (*links, *identifying), table.options)


def _identifying(draw: st.DrawFn, table: Table, place: int, tables: list[Table]) -> list[Link]:
    """Sometimes the first column of the primary key is itself a key to an earlier table."""
    if not table.primary or not draw(st.booleans()):
        return []
    first = table.column(table.primary[0])
    for parent in tables[:place]:
        if len(parent.primary) == 1 and parent.column(parent.primary[0]).type == first.type:
            return [Link((first.name,), parent.name, parent.primary)]
    return []
