"""A merge in SQL: reserved rows stay away, no unique key meets another row, parents first, and no foreign key loses a row.

All of it inside the transaction that the dialect has opened, while nobody else writes these tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from connectors.errors import WriteError
from connectors.merging import Held, How, Incoming, Merge, Merged, Owning, touching
from connectors.names import TableName
from connectors.schema import ForeignKey, Table, Unique
from connectors.sql import Sql

HELD, ASIDE = "held", "aside"
"""Purposes of staging tables beside the staged rows: keys that are reserved, rows that change places."""


class Statements(Protocol):
    """Runs SQL for one table; errors come as ours, and name that table."""

    def run(self, table: Table, sql: str) -> int:
        """The rows that it changed."""

    def number(self, table: Table, sql: str) -> int:
        """The one number that it asks for."""


class MergeText:
    """How one dialect writes the statements of a merge. `staged` gives a table's staging table, or that of another purpose."""

    overriding = ""
    """What lets an INSERT give an identity its value."""

    def __init__(self, sql: Sql, staged: Callable[[TableName, str], str]) -> None:
        self.sql, self._staged = sql, staged

    def staged(self, name: TableName, purpose: str = "") -> str:
        return self._staged(name, purpose)

    def rows(self, table: Table) -> str:
        """The table's own rows, as FROM and UPDATE name them."""
        return self.sql.relation(table.name)

    def literal(self, table: Table, column: str, text: str) -> str:
        """A key as a person writes it, to be compared with its column."""
        return "'" + text.replace("'", "''") + "'"

    def same(self, left: str, right: str, columns: Sequence[str]) -> str:
        return self.equal(left, columns, right, columns)

    def equal(self, left: str, left_columns: Sequence[str], right: str, right_columns: Sequence[str]) -> str:
        pairs = zip(left_columns, right_columns, strict=True)
        return " AND ".join(f"{left}.{self.sql.quote(a)} = {right}.{self.sql.quote(b)}" for a, b in pairs)

    def count_staged(self, part: Incoming) -> str:
        return f"SELECT count(*) FROM {self.staged(part.table.name)}"

    def count_there(self, part: Incoming) -> str:
        """Staged rows whose key is in the target."""
        return f"SELECT count(*) FROM {self.staged(part.table.name)} s WHERE {self._there(part, 's')}"

    def count_clashes(self, part: Incoming, unique: Unique, how: How) -> str:
        """Staged rows that would meet, under another unique key, a row that stays as it is."""
        stays = (
            f"NOT {self._there(part, 's')}"
            if how is How.APPEND
            else f"NOT EXISTS (SELECT 1 FROM {self.staged(part.table.name)} o WHERE {self.same('t', 'o', part.key)})"
        )
        return (
            f"SELECT count(*) FROM {self.staged(part.table.name)} s JOIN {self.rows(part.table)} t "
            f"ON {self.same('t', 's', unique.columns)} WHERE NOT ({self.same('t', 's', part.key)}) AND {stays}"
        )

    def count_moving(self, part: Incoming, unique: Unique) -> str:
        """Staged rows whose value of a unique key is another row's until that one is updated, too."""
        return (
            f"SELECT count(*) FROM {self.staged(part.table.name)} s JOIN {self.rows(part.table)} t "
            f"ON {self.same('t', 's', unique.columns)} WHERE NOT ({self.same('t', 's', part.key)})"
        )

    def set_aside(self, part: Incoming) -> str:
        """Copy the rows whose unique values change, as they are to be."""
        written, names = set(part.columns), [column.name for column in part.table.stored]
        values = ", ".join(f"{'s' if name in written else 't'}.{self.sql.quote(name)}" for name in names)
        changes = " OR ".join(
            f"CASE WHEN {self.same('t', 's', unique.columns)} THEN 0 ELSE 1 END = 1" for unique in plain_uniques(part)
        )
        aside = self.staged(part.table.name, ASIDE)
        return (
            f"INSERT INTO {aside} ({self.sql.columns(names)}) SELECT {values} FROM {self.rows(part.table)} t "
            f"JOIN {self.staged(part.table.name)} s ON {self.same('t', 's', part.key)} WHERE {changes}"
        )

    def take_out(self, part: Incoming) -> str:
        """Delete the rows that are set aside: no constraint and no trigger is on."""
        aside = self.staged(part.table.name, ASIDE)
        return (
            f"{self._delete(part.table)} WHERE EXISTS (SELECT 1 FROM {aside} a WHERE {self.same('a', 't', part.key)})"
        )

    def bring_back(self, part: Incoming) -> str:
        columns = self.sql.columns([column.name for column in part.table.stored])
        return (
            f"INSERT INTO {self.sql.relation(part.table.name)} ({columns}){self.overriding} "
            f"SELECT {columns} FROM {self.staged(part.table.name, ASIDE)}"
        )

    def update(self, part: Incoming, columns: Sequence[str]) -> str:
        assignments = ", ".join(f"{self.sql.quote(c)} = s.{self.sql.quote(c)}" for c in columns)
        return (
            f"UPDATE {self.rows(part.table)} AS t SET {assignments} FROM {self.staged(part.table.name)} AS s "
            f"WHERE {self.same('t', 's', part.key)}"
        )

    def insert(self, part: Incoming) -> str:
        """The staged rows that are not there."""
        columns = self.sql.columns(part.columns)
        where = f" WHERE NOT {self._there(part, 's')}" if part.key else ""
        return (
            f"INSERT INTO {self.sql.relation(part.table.name)} ({columns}){self.overriding} "
            f"SELECT {self.sql.columns(part.columns, 's')} FROM {self.staged(part.table.name)} s{where}"
        )

    def orphans(self, table: Table, key: ForeignKey) -> str:
        return self.sql.orphans(table.name, key)

    def hold_owned(self, child: Incoming, parent: Incoming, key: ForeignKey, *, staged: tuple[bool, bool]) -> str:
        """Reserve the children of reserved rows; each side either as it is `staged` or as it is in the target."""
        places = [
            self.staged(part.table.name) if is_staged else self.rows(part.table)
            for part, is_staged in zip((child, parent), staged, strict=True)
        ]
        held = self.staged(child.table.name, HELD)
        return (
            f"INSERT INTO {held} ({self.sql.columns(child.key)}) "
            f"SELECT DISTINCT {self.sql.columns(child.key, 'c')} FROM {places[0]} c "
            f"JOIN {places[1]} p ON {self.equal('p', key.parent_columns, 'c', key.columns)} "
            f"JOIN {self.staged(parent.table.name, HELD)} h ON {self.same('p', 'h', parent.key)} "
            f"WHERE NOT EXISTS (SELECT 1 FROM {held} k WHERE {self.same('c', 'k', child.key)})"
        )

    def pass_over(self, part: Incoming) -> str:
        """Take the reserved rows out of what is staged."""
        stage, held = self.staged(part.table.name), self.staged(part.table.name, HELD)
        return f"DELETE FROM {stage} WHERE EXISTS (SELECT 1 FROM {held} h WHERE {self.same('h', stage, part.key)})"

    def delete_beside(self, part: Incoming) -> str:
        """Delete the marked rows of the target that are not among the staged ones."""
        held, stage = self.staged(part.table.name, HELD), self.staged(part.table.name)
        return (
            f"{self._delete(part.table)} WHERE EXISTS (SELECT 1 FROM {held} h WHERE {self.same('h', 't', part.key)}) "
            f"AND NOT EXISTS (SELECT 1 FROM {stage} s WHERE {self.same('s', 't', part.key)})"
        )

    def _delete(self, table: Table) -> str:
        return f"DELETE FROM {self.rows(table)} AS t"

    def _there(self, part: Incoming, alias: str) -> str:
        return f"EXISTS (SELECT 1 FROM {self.rows(part.table)} x WHERE {self.same('x', alias, part.key)})"


def merge_staged(statements: Statements, text: MergeText, order: Merge) -> dict[TableName, Merged]:
    """Join every table. Raises WriteError for the first that cannot be joined; the caller rolls back."""
    reserved = _pass_over(statements, text, order) if order.held else {}
    keys = touching(order.schema, [part.table.name for part in order.incoming])
    before = [statements.number(table, text.orphans(table, key)) for table, key in keys]
    deleted = _delete_beside(statements, text, order, order.whole) if order.whole is not None else {}
    for part in order.incoming:
        _refuse_clashes(statements, text, part, order.how)
    merged = {
        part.table.name: _joined(statements, text, part, order.how, reserved.get(part.table.name, 0))
        for part in order.incoming
    }
    incoming = {part.table.name: part for part in order.incoming}
    left: dict[TableName, dict[str, int]] = {name: {} for name in incoming}
    for (table, key), count in zip(keys, before, strict=True):
        after = statements.number(table, text.orphans(table, key))
        allowed = incoming[table.name].orphans.get(key.name, 0) if table.name in incoming else 0
        if after - count > allowed:
            raise WriteError(
                f"{table.name}: {after - count} rows would be without their parent under the foreign key {key.name} to {key.parent}",
                table=table.name, constraint=key.name,
            )  # fmt: skip
        left.setdefault(table.name, {})[key.name] = after
    return {n: replace(counts, orphans=left[n], deleted=deleted.get(n, 0)) for n, counts in merged.items()}


def _joined(statements: Statements, text: MergeText, part: Incoming, how: How, reserved: int) -> Merged:
    staged = statements.number(part.table, text.count_staged(part))
    there = statements.number(part.table, text.count_there(part)) if part.key else 0
    columns = _changing(part)
    updates = how is How.UPSERT and there > 0
    if updates and columns:
        aside = _set_aside(statements, text, part)
        statements.run(part.table, text.update(part, columns))
        if aside:
            statements.run(part.table, text.bring_back(part))
    inserted = statements.run(part.table, text.insert(part)) if staged > there else 0
    if inserted != staged - there:
        raise WriteError(
            f"{part.table.name}: {staged - there} rows were to be inserted and {inserted} were (a trigger or a rule, or two rows of "
            "one key)",
            table=part.table.name,
        )
    return Merged(inserted, there if updates else 0, 0 if updates else there, reserved)


def _changing(part: Incoming) -> list[str]:
    """The columns that an update writes: not the key itself, nor what takes no value but the server's own."""
    always = {column.name for column in part.table.columns if column.identity == "always"}
    return [column for column in part.columns if column not in part.key and column not in always]


def plain_uniques(part: Incoming) -> list[Unique]:
    """The unique keys, beside the key itself, that hold for all rows by columns that come in."""
    return [
        unique
        for unique in part.table.uniques
        if not unique.expression and not unique.where and set(unique.columns) != set(part.key)
        and set(unique.columns) <= set(part.columns)
    ]  # fmt: skip


def _refuse_clashes(statements: Statements, text: MergeText, part: Incoming, how: How) -> None:
    if not part.key:
        return
    for unique in plain_uniques(part):
        if count := statements.number(part.table, text.count_clashes(part, unique, how)):
            raise WriteError(
                f"{part.table.name}: under the unique key {unique.name} {count} incoming rows equal other rows that are there; change "
                "those, or leave them out of the plan",
                table=part.table.name, constraint=unique.name,
            )  # fmt: skip


def _set_aside(statements: Statements, text: MergeText, part: Incoming) -> bool:
    """Where rows take over unique values of each other, take those out first: servers look at each row, not at the end."""
    if not any(statements.number(part.table, text.count_moving(part, unique)) for unique in plain_uniques(part)):
        return False
    statements.run(part.table, text.set_aside(part))
    statements.run(part.table, text.take_out(part))
    return True


def _pass_over(statements: Statements, text: MergeText, order: Merge) -> dict[TableName, int]:
    """Take the rows of reserved entities out of what is staged, and count them."""
    parts = {part.table.name: part for part in order.incoming if part.key}
    for held in order.held:
        _hold(statements, text, held, parts)
    # Of what is only staged, too: a new row of a reserved entity stays away with it.
    _hold_owned(statements, text, order.owning, parts, ((False, False), (True, False), (True, True)))
    return {name: statements.run(part.table, text.pass_over(part)) for name, part in parts.items()}


def _delete_beside(statements: Statements, text: MergeText, order: Merge, whole: Held) -> dict[TableName, int]:
    """Delete what the entity owns in the target and not among the staged rows."""
    parts = {part.table.name: part for part in order.incoming}
    _hold(statements, text, whole, parts)
    _hold_owned(statements, text, order.owning, parts, ((False, False),))
    return {name: statements.run(part.table, text.delete_beside(part)) for name, part in parts.items()}


def _hold(statements: Statements, text: MergeText, held: Held, parts: dict[TableName, Incoming]) -> None:
    """Mark the root row: the one of the target whose key a person named."""
    if (part := parts.get(held.table)) is not None:
        values = " AND ".join(
            f"t.{text.sql.quote(column)} = {text.literal(part.table, column, value)}"
            for column, value in zip(held.columns, held.key, strict=True)
        )
        statements.run(
            part.table,
            f"INSERT INTO {text.staged(part.table.name, HELD)} ({text.sql.columns(part.key)}) "
            f"SELECT {text.sql.columns(part.key, 't')} FROM {text.rows(part.table)} t WHERE {values}",
        )


def _hold_owned(
    statements: Statements,
    text: MergeText,
    owning: Sequence[Owning],
    parts: dict[TableName, Incoming],
    places: Sequence[tuple[bool, bool]],
) -> None:
    """Mark what marked rows own, until nothing is added. `places`: is the child, is the parent looked for among the staged rows?"""
    edges = [edge for edge in owning if edge.child in parts and edge.key.parent in parts]
    more = True
    while more:
        more = False
        for edge in edges:
            child, parent = parts[edge.child], parts[edge.key.parent]
            for sides in places:
                more |= statements.run(child.table, text.hold_owned(child, parent, edge.key, staged=sides)) > 0
