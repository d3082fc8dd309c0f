"""Rows for a random schema: keys distinct, foreign keys found, everything else whatever the type holds."""

from __future__ import annotations

from random import Random

from tests.fuzz.shapes import Column, Shape, Table

Row = dict[str, str]
"""Column -> SQL literal."""
NULL = "null"


def rows_of(shape: Shape) -> dict[str, list[Row]]:
    """Rows of each table, as SQL literals; no foreign key dangles."""
    random = Random(shape.seed)
    filled: dict[str, list[Row]] = {}
    for table in shape.tables:
        filled[table.name] = _keyed(table, shape, filled, random)
    for table in shape.tables:
        filled[table.name][:] = [row for row in filled[table.name] if _referred(row, table, filled, random)]
    while sum(_pruned(table, filled) for table in shape.tables):
        pass
    return filled


def _keyed(table: Table, shape: Shape, filled: dict[str, list[Row]], random: Random) -> list[Row]:
    """Rows whose keys are distinct; the columns of foreign keys are still open."""
    linked = {name for link in table.links for name in link.columns}
    identity = [link for link in table.links if link.columns[0] in table.primary]
    in_keys = {name for key in table.keys for name in key}
    rows: list[Row] = []
    seen: list[set[tuple[str, ...]]] = [set() for _ in table.keys]
    for _ in range(shape.rows):
        row = {c.name: _value(c, c.name in in_keys, random) for c in table.columns if c.name not in linked - in_keys}
        for link in identity:
            parents = filled[link.parent]
            if not parents:
                return rows
            row[link.columns[0]] = random.choice(parents)[link.parent_columns[0]]
        keys = [tuple(row[name] for name in key) for key in table.keys]
        if any(key in before and NULL not in key for key, before in zip(keys, seen, strict=True)):
            continue
        for key, before in zip(keys, seen, strict=True):
            before.add(key)
        rows.append(row)
    return rows


def _referred(row: Row, table: Table, filled: dict[str, list[Row]], random: Random) -> bool:
    """Point every open foreign key at a row of its parent, or at nothing; False where neither is possible."""
    for link in table.links:
        if link.columns[0] in row:
            continue
        parents = [p for p in filled[link.parent] if all(p[name] != NULL for name in link.parent_columns)]
        nullable = table.column(link.columns[0]).nullable
        if nullable and (not parents or random.random() < 0.3):
            row |= dict.fromkeys(link.columns, NULL)
        elif parents:
            parent = random.choice(parents)
            row |= {name: parent[there] for name, there in zip(link.columns, link.parent_columns, strict=True)}
        else:
            return False
    return True


def _pruned(table: Table, filled: dict[str, list[Row]]) -> bool:
    """Take away the rows whose parents are gone; True where there were any."""
    rows = filled[table.name]
    for link in table.links:
        there = {tuple(parent[name] for name in link.parent_columns) for parent in filled[link.parent]}
        found = [tuple(row[name] for name in link.columns) for row in rows]
        rows = [row for row, key in zip(rows, found, strict=True) if NULL in key or key in there]
    gone = len(rows) < len(filled[table.name])
    filled[table.name][:] = rows
    return gone


def _value(column: Column, key: bool, random: Random) -> str:
    if column.nullable and random.random() < 0.2:
        return NULL
    if key and column.type.key is not None:
        return column.type.key(random)
    literal = column.type.literal(random)
    return "0" if column.check and literal.startswith("-") else literal
