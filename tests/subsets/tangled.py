"""Random databases whose keys share columns: few values, so that everything refers to everything, and rows that dangle.

Any columns may refer to any key: columns shared by several foreign keys, keys that are references themselves, composite keys that are
NULL in part, several self references, equal rows of tables without any key, one column for two parents, casts.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tests.fuzz.filling import NULL, Row
from tests.fuzz.kinds import Type
from tests.fuzz.shapes import TABLE_NAMES, Column, Link, Shape, Table
from tests.subsets.requests import TAG, Edge, Goal, Request, every, tagged

NAMES = {
    "sqlite": ["k0", "rowid", "a.b", "select", "oid", "Kind", "note", "k7", "_rowid_"],
    "postgresql": ["k0", "K 1", "a.b", "select", "oid", "Kind", "note", "k7", "k8"],
    "mariadb": ["k0", "K 1", "a.b", "select", "oid", "Kind", "note", "k7", "k8"],
}
NUMBERS = {"sqlite": ["INTEGER", "INT", "TEXT", "NUMERIC"], "postgresql": ["integer", "bigint"], "mariadb": ["int"]}
TEXTS = {
    "sqlite": ["TEXT COLLATE NOCASE"],
    "postgresql": ["text", "varchar(20)"],
    "mariadb": ["varchar(20) collate utf8mb4_general_ci"],
}
CAST = {"sqlite": "cast({} as integer)", "postgresql": "({})::integer", "mariadb": "cast({} as signed)"}
WORD = {"sqlite": "TEXT", "postgresql": "text", "mariadb": "varchar(20)"}
KIND, DIGITS = 5, 6
"""The places of the columns for a discriminator, and for a number in a text."""


def tangled(dialect: str, number: int) -> Request:
    """The random subset of that number: the same one in every process."""
    return _Tangle(dialect, Random(number)).request()


class _Tangle:
    def __init__(self, dialect: str, random: Random) -> None:
        self.dialect, self.random = dialect, random
        self.numbers = random.random() < 0.6
        self.dangling = random.random() < 0.4
        self.names = NAMES[dialect]
        size = random.choice([0, 1, 8, 20, 40])
        self.size, self.values = size, max(2, round(size * random.choice([0.3, 1.2, 2])))

    def request(self) -> Request:
        random = self.random
        names = random.sample(TABLE_NAMES, random.choice([1, 2, 3, 4, 6]))
        plain = [self._table(name) for name in names]
        linked = [replace(table, links=self._links(table, plain)) for table in plain]
        shape = Shape(self.dialect, tuple(linked), self.size, 0, self.dangling)
        edges = tuple(edge for table in shape.tables for edge in self._edges(table, shape))
        rows = self._filled(shape, edges)
        roots = tuple(
            (name, every(shape, rows, name, random.choice([0, 2, 5, 9, 99])))
            for name in random.choices(names, k=random.choice([1, 1, 2, 3]))
        )
        whole = tuple(sorted(set(random.choices(names, k=random.choice([0, 0, 1, 2])))))
        goals = tuple(self._goal(random.choice(linked)) for _ in range(random.choice([0, 0, 0, 1])))
        return Request(shape, roots, whole, edges, random.randrange(99), rows, goals, caseless=True)

    def _table(self, name: str) -> Table:
        random, names = self.random, self.names
        types = (NUMBERS if self.numbers else TEXTS)[self.dialect]
        primary: tuple[str, ...] = random.choice([(names[0],), (names[0],), (names[0], names[1]), ()])
        strict = self.dialect == "sqlite" and random.random() < 0.2
        columns = []
        for place, column in enumerate(names[: random.choice([4, 7, 9])]):
            ddl = random.choice(types)
            if strict and ddl == "NUMERIC":
                ddl = "INT"
            if place in (KIND, DIGITS):
                ddl = WORD[self.dialect]
            columns.append(Column(column, Type(ddl, str), column not in primary and random.random() < 0.6))
        uniques = [key for key in ((names[2],), (names[1], names[3]), (names[3],)) if random.random() < 0.4]
        options = {"without rowid", "index"} if random.random() < 0.3 else set()
        table = Table(
            name,
            tuple(columns),
            primary,
            tuple(uniques),
            options=frozenset(options | ({"strict"} if strict else set())),
        )
        return tagged(table, Type("integer", str))

    def _links(self, table: Table, tables: list[Table]) -> tuple[Link, ...]:
        random = self.random
        own = [c.name for c in table.columns if c.name not in (TAG, self.names[KIND], self.names[DIGITS])]
        links: list[Link] = []
        for _ in range(random.choice([0, 1, 2, 3, 4])):
            parent = random.choice(tables)
            if not parent.keys:
                continue
            key = random.choice(parent.keys)
            columns = tuple(random.sample(own, len(key)))
            nullable = all(table.column(name).nullable for name in columns)
            full = self.dialect == "postgresql" and nullable and len(key) > 1 and random.random() < 0.5
            link = Link(columns, parent.name, key, full)
            if (parent.name, columns) != (table.name, key) and self._may(table, parent, link):
                links.append(link)
        return tuple(dict.fromkeys(links))

    def _may(self, table: Table, parent: Table, link: Link) -> bool:
        pairs = zip(link.columns, link.parent_columns, strict=True)
        kinds = {(table.column(a).type.ddl, parent.column(b).type.ddl) for a, b in pairs}
        return self.dialect == "sqlite" or all("text" not in pair or len(set(pair)) == 1 for pair in kinds)

    def _edges(self, table: Table, shape: Shape) -> list[Edge]:
        random, edges = self.random, []
        referred = {
            name for other in shape.tables for k in other.links if k.parent == table.name for name in k.parent_columns
        }
        for link in table.links:
            alike = _alike_types(table, shape.table(link.parent), link)
            edge = Edge(table.name, link, virtual=alike and not link.full and random.random() < 0.25)
            named = sum(sorted(link.columns) == sorted(other.columns) for other in table.links) == 1
            columns = {column.name for column in table.columns}
            if edge.virtual and self.names[KIND] in columns and random.random() < 0.5:
                edge = replace(edge, discriminator=self.names[KIND], says=random.choice(["post", "photo", None]))
            if named:
                edge = self._said(edge, table, referred)
            edges.append(edge)
        if len(table.columns) > DIGITS + 1 and self.numbers and random.random() < 0.5:
            single = [(t, key) for t in shape.tables for key in t.keys if len(key) == 1]
            fitting = [(t, key) for t, key in single if t.column(key[0]).type.ddl != "TEXT"]
            for parent, key in random.sample(fitting, min(1, len(fitting))):
                link = Link((self.names[DIGITS],), parent.name, key)
                edges.append(Edge(table.name, link, virtual=True, expression=True, cast=True))
        return edges

    def _said(self, edge: Edge, table: Table, referred: set[str]) -> Edge:
        random = self.random
        follow = random.choice([None, None, "all", "none", "owned"])
        limit = random.choice([None, None, 1, 2, 4]) if follow != "none" and table.keys else None
        settable = {name for name in edge.link.columns if table.column(name).nullable}
        partly = any(
            other.full and settable & set(other.columns) and not set(other.columns) <= settable for other in table.links
        )
        null = settable and not settable & referred and not partly and random.random() < 0.4
        return replace(
            edge, follow=follow, limit=limit, even=follow != "none" and random.random() < 0.15,
            missing="null" if null else "bring",
        )  # fmt: skip

    def _goal(self, table: Table) -> Goal:
        columns = tuple(self.random.sample([column.name for column in table.columns if column.name != TAG], 2))
        return Goal(table.name, columns, self.random.choice([1, 2, 5]), self.random.random() < 0.5)

    def _filled(self, shape: Shape, edges: tuple[Edge, ...]) -> dict[str, list[Row]]:
        filled = {table.name: self._rows(table) for table in shape.tables}
        if not self.dangling:
            virtual = [(edge.table, edge.link) for edge in edges if edge.virtual]
            while any(
                _pruned(table, link, filled)
                for table in shape.tables
                for link in table.links
                if (table.name, link) not in virtual
            ):
                pass
        for table in shape.tables:
            for number, row in enumerate(filled[table.name]):
                row[TAG] = str(number)
            if not table.keys and filled[table.name]:
                # Nothing tells equal rows apart.
                filled[table.name] += [dict(row) for row in filled[table.name][:3]]
        return filled

    def _rows(self, table: Table) -> list[Row]:
        rows: list[Row] = []
        seen: list[set[tuple[str, ...]]] = [set() for _ in table.keys]
        for _ in range(self.size):
            row = {column.name: self._value(column) for column in table.columns}
            for link in table.links:
                if link.full and NULL in [row[name] for name in link.columns]:
                    row |= dict.fromkeys(link.columns, NULL)
            keys = [tuple(_alike(row[name]) for name in key) for key in table.keys]
            if any(key in before and NULL not in key for key, before in zip(keys, seen, strict=True)):
                continue
            for key, before in zip(keys, seen, strict=True):
                before.add(key)
            rows.append(row)
        return [row for row in rows if all(_fills(row, link) for link in table.links)]

    def _value(self, column: Column) -> str:
        random = self.random
        if column.nullable and random.random() < 0.2:
            return NULL
        if column.name == self.names[KIND]:
            return random.choice(["'post'", "'photo'"])
        number = random.randrange(self.values)
        if self.numbers:
            return f"'{number}'" if column.name == self.names[DIGITS] else str(number)
        text = f"w{number}"
        return f"'{text.upper() if self.dialect != 'postgresql' and random.random() < 0.4 else text}'"


def _alike_types(table: Table, parent: Table, link: Link) -> bool:
    pairs = zip(link.columns, link.parent_columns, strict=True)
    return all(table.column(own).type.ddl == parent.column(key).type.ddl for own, key in pairs)


def _alike(literal: str) -> str:
    return literal.casefold()


def _fills(row: Row, link: Link) -> bool:
    return not link.full or len({row[name] == NULL for name in link.columns}) == 1


def _pruned(table: Table, link: Link, filled: dict[str, list[Row]]) -> bool:
    """Take away the rows that find no parent; True where there were any."""
    there = {tuple(_alike(parent[name]) for name in link.parent_columns) for parent in filled[link.parent]}
    keys = [tuple(_alike(row[name]) for name in link.columns) for row in filled[table.name]]
    kept = [row for row, key in zip(filled[table.name], keys, strict=True) if NULL in key or key in there]
    gone = len(kept) < len(keys)
    filled[table.name][:] = kept
    return gone
