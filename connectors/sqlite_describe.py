"""A SQLite file's own catalog as a Schema: five queries, whatever the number of tables."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.names import TableName
from connectors.schema import Check, Column, ForeignKey, Index, Match, Schema, Table, Trigger, Unique, View
from connectors.sqlite_text import TableText, identifiers, index_parts, parse_table, partial_condition
from connectors.sqlite_types import declared

OURS = "lookalike__"
"""Prefix of our marker tables: no user table may have it."""
MARKERS = frozenset(
    OURS + name for name in ("marker", "chunk", "step", "undo", "made", "staging", "merged", "reservation")
)
STAGED = OURS + "s_"
"""Begins the names of staging tables."""

_OBJECTS = "SELECT type, name, tbl_name, coalesce(sql, '') AS sql FROM sqlite_schema ORDER BY rowid"
_REAL = "m.type = 'table' AND m.sql NOT LIKE 'create virtual%' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
_COLUMNS = f"SELECT m.name AS tbl, x.* FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) x WHERE {_REAL}"
_KEYS = f"SELECT m.name AS tbl, f.* FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE {_REAL}"
_INDEXES = f"""
    SELECT m.name AS tbl, l.name AS idx, l."unique" AS uniq, l.origin, l.partial, i.seqno, i.name AS col, i.cid, i.coll
    FROM sqlite_schema m JOIN pragma_index_list(m.name) l JOIN pragma_index_xinfo(l.name) i
    WHERE {_REAL} AND i.key ORDER BY m.rowid, l.seq, i.seqno"""
_LIST = "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'"
_FOLDS = {"NOCASE": frozenset({Match.CASE}), "RTRIM": frozenset({Match.PAD})}
_HIDDEN, _VIRTUAL_GENERATED, _STORED_GENERATED = 1, 2, 3


@dataclass
class _Catalog:
    objects: list[sqlite3.Row]
    columns: dict[str, list[sqlite3.Row]]
    keys: dict[str, list[sqlite3.Row]]
    indexes: dict[str, dict[str, list[sqlite3.Row]]]
    shadows: frozenset[str]
    strict: frozenset[str]
    without_rowid: frozenset[str]
    sql: dict[str, str]
    texts: dict[str, TableText] = field(default_factory=dict)

    @property
    def tables(self) -> list[str]:
        return [name for name in self.columns if name not in self.shadows and not name.lower().startswith(OURS)]


def describe(connection: sqlite3.Connection) -> Schema:
    """The schema `main` without shadow tables, virtual tables and our own marker tables."""
    catalog = _read(connection)
    tables = [_table(catalog, name) for name in catalog.tables]
    tables, notes = _resolve(tables)
    rows = _estimated_rows(connection, catalog)
    return Schema(
        dialect="sqlite",
        default_schema="main",
        tables=tuple(replace(table, estimated_rows=rows.get(table.name.name)) for table in tables),
        views=tuple(View(TableName(row["name"]), row["sql"]) for row in catalog.objects if row["type"] == "view"),
        triggers=tuple(
            Trigger(row["name"], TableName(row["tbl_name"]), row["sql"])
            for row in catalog.objects
            if row["type"] == "trigger"
        ),
        notes=(*notes, *_virtual_notes(catalog), *_reserved_notes(catalog)),
    )


def alias(table: Table) -> str | None:
    """A name of the rowid that no column hides; None in a WITHOUT ROWID table (or where all three names are taken)."""
    if ("WITHOUT ROWID", "1") in table.options:
        return None
    taken = {column.name.lower() for column in table.columns}
    return next((name for name in ("rowid", "_rowid_", "oid") if name not in taken), None)


def _read(connection: sqlite3.Connection) -> _Catalog:
    def rows(sql: str) -> list[sqlite3.Row]:
        cursor = connection.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(sql).fetchall()

    indexes: dict[str, dict[str, list[sqlite3.Row]]] = defaultdict(dict)
    for row in rows(_INDEXES):
        indexes[row["tbl"]].setdefault(row["idx"], []).append(row)
    listed, objects = rows(_LIST), rows(_OBJECTS)
    return _Catalog(
        objects=objects,
        columns=_grouped(rows(_COLUMNS)),
        keys=_grouped(rows(_KEYS)),
        indexes=indexes,
        shadows=frozenset(row["name"] for row in listed if row["type"] == "shadow"),
        strict=frozenset(row["name"] for row in listed if row["strict"]),
        without_rowid=frozenset(row["name"] for row in listed if row["wr"]),
        sql={row["name"]: row["sql"] for row in objects},
        texts={row["name"]: parse_table(row["sql"]) for row in objects if row["type"] == "table"},
    )


def _grouped(rows: Iterable[sqlite3.Row]) -> dict[str, list[sqlite3.Row]]:
    groups: dict[str, list[sqlite3.Row]] = defaultdict(list)
    for row in rows:
        groups[row["tbl"]].append(row)
    return groups


def _table(catalog: _Catalog, name: str) -> Table:
    text = catalog.texts[name]
    numbered = _rowid_alias(catalog, name)
    folds = _index_folds(catalog, name)
    columns = tuple(_column(catalog, name, row, numbered, folds) for row in catalog.columns[name])
    options = [("WITHOUT ROWID", name in catalog.without_rowid), ("STRICT", name in catalog.strict)]
    options.append(("AUTOINCREMENT", text.autoincrement))
    return Table(
        name=TableName(name),
        columns=columns,
        uniques=tuple(_uniques(catalog, name, numbered)),
        foreign_keys=tuple(_foreign_keys(catalog, name)),
        checks=tuple(_checks(text, columns)),
        indexes=tuple(_indexes(catalog, name)),
        options=tuple((word, "1") for word, present in options if present),
    )


def _rowid_alias(catalog: _Catalog, table: str) -> str | None:
    """The column that is the rowid itself: a sole `INTEGER PRIMARY KEY` which has no index of its own."""
    key = [row for row in catalog.columns[table] if row["pk"]]
    indexed = any(parts[0]["origin"] == "pk" for parts in catalog.indexes[table].values())
    if len(key) == 1 and key[0]["type"].upper() == "INTEGER" and not indexed and table not in catalog.without_rowid:
        return str(key[0]["name"])
    return None


def _column(
    catalog: _Catalog, table: str, row: sqlite3.Row, numbered: str | None, folds: Mapping[str, frozenset[Match]]
) -> Column:
    text, name = catalog.texts[table], row["name"]
    kind = declared(row["type"])
    required = bool(row["pk"]) and (name == numbered or table in catalog.without_rowid or table in catalog.strict)
    generated = row["hidden"] in (_VIRTUAL_GENERATED, _STORED_GENERATED)
    collation = text.collations.get(name.lower())
    return Column(
        name=name,
        native=row["type"],
        kind=kind.kind,
        nullable=not (row["notnull"] or required),
        length=kind.length,
        precision=kind.precision,
        scale=kind.scale,
        default=row["dflt_value"],
        identity="auto_increment" if name == numbered else None,
        generated=text.generated.get(name.lower(), "") if generated else None,
        collation=collation,
        folds=_FOLDS.get(collation or "", frozenset()) | folds.get(name, frozenset()),
        hidden=row["hidden"] == _HIDDEN,
    )


def _index_folds(catalog: _Catalog, table: str) -> dict[str, frozenset[Match]]:
    """What unique indexes ignore in their columns: it binds the values as much as the column's own collation."""
    folds: dict[str, frozenset[Match]] = {}
    for parts in catalog.indexes[table].values():
        for part in parts:
            if part["uniq"] and part["col"] and part["coll"] in _FOLDS:
                folds[part["col"]] = folds.get(part["col"], frozenset()) | _FOLDS[part["coll"]]
    return folds


def _uniques(catalog: _Catalog, table: str, numbered: str | None) -> Iterator[Unique]:
    text = catalog.texts[table]
    names = {(key.columns, key.primary): key.name for key in text.keys}
    if numbered is not None:
        yield Unique(names.get(((numbered.lower(),), True)) or "PRIMARY KEY", (numbered,), primary=True)
    for index, parts in catalog.indexes[table].items():
        if not parts[0]["uniq"]:
            continue
        origin, columns = parts[0]["origin"], _index_columns(catalog, table, index, parts)
        written = names.get((tuple(column.lower() for column in columns), origin == "pk"))
        yield Unique(
            name=written or index,
            columns=columns,
            primary=origin == "pk",
            constraint=origin != "c",
            where=partial_condition(catalog.sql[index]) if parts[0]["partial"] else None,
            expression=any(part["col"] is None for part in parts),
        )


def _indexes(catalog: _Catalog, table: str) -> Iterator[Index]:
    for index, parts in catalog.indexes[table].items():
        if parts[0]["origin"] == "c":
            columns = _index_columns(catalog, table, index, parts)
            yield Index(index, columns, bool(parts[0]["uniq"]), catalog.sql[index])


def _index_columns(catalog: _Catalog, table: str, index: str, parts: list[sqlite3.Row]) -> tuple[str, ...]:
    """Its columns in order; for an index on expressions, the columns that these read."""
    if all(part["col"] is not None for part in parts):
        return tuple(part["col"] for part in parts)
    read = identifiers(index_parts(catalog.sql[index]))
    return tuple(row["name"] for row in catalog.columns[table] if row["name"].lower() in read)


def _checks(text: TableText, columns: tuple[Column, ...]) -> Iterator[Check]:
    for number, check in enumerate(text.checks, 1):
        reads = tuple(column.name for column in columns if column.name.lower() in check.identifiers)
        yield Check(check.name or f"check {number}", check.expression, reads)


def _foreign_keys(catalog: _Catalog, table: str) -> Iterator[ForeignKey]:
    groups: dict[int, list[sqlite3.Row]] = defaultdict(list)
    for row in catalog.keys.get(table, []):
        groups[row["id"]].append(row)
    # The pragma numbers keys from the last one written to the first.
    for number, parts in sorted(groups.items(), reverse=True):
        parts = sorted(parts, key=lambda part: part["seq"])
        columns = tuple(part["from"] for part in parts)
        written = _written(catalog.texts[table], columns, parts[0]["table"])
        yield ForeignKey(
            name=(written and written.name) or f"{table}_fk{len(groups) - number}",
            columns=columns,
            parent=TableName(parts[0]["table"]),
            parent_columns=tuple(part["to"] for part in parts if part["to"] is not None),
            on_delete=parts[0]["on_delete"],
            on_update=parts[0]["on_update"],
            deferrable=bool(written and written.deferrable),
            initially_deferred=bool(written and written.initially_deferred),
        )


def _written(text: TableText, columns: tuple[str, ...], parent: str) -> Any:
    wanted = (tuple(column.lower() for column in columns), parent.lower())
    return next((key for key in text.references if (key.columns, key.parent.lower()) == wanted), None)


def _resolve(tables: list[Table]) -> tuple[list[Table], list[str]]:
    """Foreign keys with their parents as these are really spelt; a key without a parent table is noted and left out."""
    by_name = {table.name.name.lower(): table for table in tables}
    notes: list[str] = []
    resolved = []
    for table in tables:
        keys = []
        for key in table.foreign_keys:
            parent = by_name.get(key.parent.name.lower())
            found = parent and _parent_columns(parent, key)
            if parent is None or not found:
                notes.append(
                    f"foreign key {key.name} of {table.name}: it names no column of any table; SQLite keeps it"
                )
            else:
                keys.append(replace(key, parent=parent.name, parent_columns=found))
        resolved.append(replace(table, foreign_keys=tuple(keys)))
    return resolved, notes


def _parent_columns(parent: Table, key: ForeignKey) -> tuple[str, ...]:
    names = {column.name.lower(): column.name for column in parent.columns}
    found = tuple(names.get(column.lower(), "") for column in key.parent_columns or parent.primary_key)
    return found if len(found) == len(key.columns) and all(found) else ()


def _reserved_notes(catalog: _Catalog) -> Iterator[str]:
    for name in catalog.columns:
        if name.lower().startswith(OURS) and name not in MARKERS and not name.startswith(STAGED):
            yield f"table {name}: names that begin with {OURS} are reserved, so it is not read"


def _virtual_notes(catalog: _Catalog) -> Iterator[str]:
    for row in catalog.objects:
        if row["type"] == "table" and row["sql"].lower().startswith("create virtual"):
            yield f"virtual table {row['name']}: its rows are kept by a module and are not read"


def _estimated_rows(connection: sqlite3.Connection, catalog: _Catalog) -> dict[str, int]:
    """The greatest rowid of each table: one look at the end of its tree."""
    names = [name for name in catalog.tables if name not in catalog.without_rowid]
    found: dict[str, int] = {}
    for start in range(0, len(names), 400):
        part = names[start : start + 400]
        quoted = ('"' + name.replace('"', '""') + '"' for name in part)
        row = connection.execute(
            "SELECT " + ", ".join(f"(SELECT max(rowid) FROM {name})" for name in quoted)
        ).fetchone()
        # A column may be called rowid, and hold anything.
        found |= {name: max(0, n or 0) for name, n in zip(part, row, strict=True) if n is None or isinstance(n, int)}
    return found
