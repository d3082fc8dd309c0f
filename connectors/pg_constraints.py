"""Keys, checks and indexes of the catalog, said of root tables.

A key that only a partition declares holds among that partition's rows; here it is a key of the root table with the
partition's condition, so that masks and checks see it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from connectors.names import TableName
from connectors.pg_catalog import Rows
from connectors.schema import Check, ForeignKey, Index, Unique

_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


class Context(Protocol):
    """Oids and column numbers by name."""

    @property
    def names(self) -> Mapping[int, TableName]: ...

    @property
    def relations(self) -> Mapping[int, Any]: ...

    def root(self, oid: int) -> int: ...

    def columns(self, oid: int, numbers: Iterable[int] | None) -> tuple[str, ...]: ...


def foreign_keys(rows: Rows, context: Context) -> dict[int, list[ForeignKey]]:
    """By root table; the same key declared on several partitions is one key, valid only where all of them are."""
    found: dict[int, dict[object, ForeignKey]] = defaultdict(dict)
    for row in rows.constraints:
        if row.kind == "f" and row.parent in context.names:
            root = context.root(row.relation)
            key = _foreign_key(row, context)
            where = row.name if root == row.relation else (key.columns, key.parent, key.parent_columns)
            found[root].setdefault(where, key)
    return defaultdict(list, {oid: list(keys.values()) for oid, keys in found.items()})


def _foreign_key(row: Any, context: Context) -> ForeignKey:
    return ForeignKey(
        name=row.name,
        columns=context.columns(row.relation, row.columns),
        parent=context.names[context.root(row.parent)],
        parent_columns=context.columns(row.parent, row.parent_columns),
        on_delete=_ACTIONS[row.on_delete],
        on_update=_ACTIONS[row.on_update],
        deferrable=row.deferrable,
        initially_deferred=row.deferred,
        validated=row.validated,
        enforced=row.enforced,
        match_full=row.match_full,
    )


def checks(rows: Rows, context: Context) -> dict[int, list[Check]]:
    found: dict[int, list[Check]] = defaultdict(list)
    for row in rows.constraints:
        root = context.root(row.relation)
        if row.kind != "c" or (root != row.relation and not row.local) or not row.enforced:
            continue
        expression = row.expression
        if root != row.relation:
            expression = f"(({_condition(context, row.relation)}) IS NOT TRUE OR {expression})"
        found[root].append(Check(row.name, expression, context.columns(row.relation, row.columns), row.validated))
    return found


def exclusions(rows: Rows, context: Context) -> dict[int, list[Check]]:
    """Exclusion constraints of root tables, each with its whole definition."""
    found: dict[int, list[Check]] = defaultdict(list)
    for row in rows.constraints:
        if row.kind == "x" and context.root(row.relation) == row.relation:
            found[row.relation].append(Check(row.name, row.expression, context.columns(row.relation, row.columns)))
    return found


def uniques(rows: Rows, context: Context) -> dict[int, list[Unique]]:
    """Primary keys first, so that they are the first key anyone meets."""
    found: dict[int, list[Unique]] = defaultdict(list)
    for row in sorted(rows.indexes, key=lambda row: not row.is_primary):
        root = context.root(row.relation)
        if not row.is_unique or (root != row.relation and row.is_partition):
            continue
        own = root == row.relation
        conditions = [row.condition] if row.condition else []
        if not own:
            conditions.append(_condition(context, row.relation))
        found[root].append(
            Unique(
                name=row.constraint_name or row.name,
                columns=context.columns(row.relation, row.reads if row.expression else row.columns[: row.keys]),
                primary=row.is_primary and own,
                constraint=row.constraint_name is not None,
                where=" AND ".join(f"({condition})" for condition in conditions) or None,
                expression=row.expression,
                nulls_distinct=not row.nulls_equal,
                deferrable=row.deferrable,
            )
        )
    return found


def indexes(rows: Rows, context: Context) -> dict[int, list[Index]]:
    found: dict[int, list[Index]] = defaultdict(list)
    for row in rows.indexes:
        if context.root(row.relation) == row.relation:
            columns = context.columns(row.relation, row.columns[: row.keys])
            found[row.relation].append(Index(row.name, columns, row.is_unique, row.definition))
    return found


def _condition(context: Context, partition: int) -> str:
    return context.relations[partition].partition_condition or "true"
