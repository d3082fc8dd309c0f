"""Keys, indexes, checks and foreign keys of one table for another dialect, and what could not be carried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from connectors.database import Issue, Phase, Statement
from connectors.portable_expressions import Route, condition
from connectors.portable_types import KEY_CHARACTERS, MYSQL
from connectors.portable_writer import Writer
from connectors.schema import Check, Column, ForeignKey, Index, Kind, Table, Unique

_PLAIN_COLUMNS = re.compile(r"\((?:[^()]|\(\d+\))*\)\s*\Z")
_TOO_LONG = ("longtext", "longblob", "json", "text", "nvarchar(max)", "varbinary(max)", "clob", "blob")


@dataclass
class _Found:
    writer: Writer
    source: Table
    table: Table
    route: Route
    statements: list[Statement] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def lost(self, code: str, message: str, remedy: str = "Make it by hand in the target, where it is needed.") -> None:
        self.issues.append(Issue(code, message, remedy, self.source.name))


def constraints(
    writer: Writer, source: Table, made: Table, tables: tuple[Table, ...], route: Route
) -> tuple[Table, list[Statement], list[Issue]]:
    """The table with the constraints that the target will have, the statements that make them, and an Issue for each other one."""
    found = _Found(writer, source, made, route)
    uniques = tuple(_uniques(found))
    table = replace(
        made,
        columns=tuple(_required(column, made.primary_key, found) for column in made.columns),
        uniques=uniques,
        indexes=tuple(_indexes(found, {unique.columns for unique in uniques})),
        checks=tuple(_checks(found)),
        foreign_keys=tuple(_foreign_keys(found, tables)),
    )
    _comments(found)
    return table, found.statements, found.issues


def _required(column: Column, primary: tuple[str, ...], found: _Found) -> Column:
    if column.name in primary and column.nullable:
        message = "It is part of a primary key and may be NULL in the source: such a row is refused here."
        found.issues.append(
            Issue("key-null", message, "Nothing to do as long as there is none.", found.source.name, column.name)
        )
        return replace(column, nullable=False)
    return column


def _uniques(found: _Found) -> Iterator[Unique]:
    writer, table = found.writer, found.table
    for unique in table.uniques:
        if unique.primary:
            yield unique
            continue
        where = condition(unique.where, found.route) if unique.where else None
        if unique.expression or (unique.where and (where is None or writer.dialect in MYSQL | {"oracle"})):
            found.lost("unique", f"The unique index {unique.name} of {table.name} has no equal in the target.")
            continue
        name = writer.named(table, unique.name, unique.columns, "key")
        constraint = unique.constraint and not where
        made = replace(unique, name=name, where=where, constraint=constraint, nulls_distinct=unique.nulls_distinct)
        made = _nulls(found, made)
        if not (constraint and writer.dialect == "sqlite"):
            found.statements.append(_unique_statement(writer, table, made))
        yield made


def _nulls(found: _Found, unique: Unique) -> Unique:
    if not unique.nulls_distinct and found.writer.dialect != "postgresql":
        found.lost("unique-null", f"The unique key {unique.name} of {found.table.name} takes several NULLs here.")
        return replace(unique, nulls_distinct=True)
    return unique


def _unique_statement(writer: Writer, table: Table, unique: Unique) -> Statement:
    columns, name = writer.columns(unique.columns), writer.quote(unique.name)
    nulls = "" if unique.nulls_distinct else " NULLS NOT DISTINCT"
    if unique.constraint:
        defer = " DEFERRABLE" if unique.deferrable and writer.dialect == "postgresql" else ""
        return writer.add(table, "unique", unique.name, f"CONSTRAINT {name} UNIQUE{nulls} ({columns}){defer}")
    where = f" WHERE {unique.where}" if unique.where else ""
    sql = f"CREATE UNIQUE INDEX {name} ON {writer.relation(table.name)} ({columns}){nulls}{where}"
    return Statement(Phase.AFTER, "unique", unique.name, sql, table.name)


def _indexes(found: _Found, known: set[tuple[str, ...]]) -> Iterator[Index]:
    writer, table = found.writer, found.table
    for index in table.indexes:
        if index.unique or index.columns in known:
            continue
        parts = [_index_part(writer, table.column(name)) for name in index.columns]
        if not _plain(index) or not parts or None in parts:
            found.lost("index", f"The index {index.name} of {table.name} has no equal in the target.")
            continue
        name = writer.named(table, index.name, index.columns, "idx")
        columns = ", ".join(part for part in parts if part)
        sql = f"CREATE INDEX {writer.quote(name)} ON {writer.relation(table.name)} ({columns})"
        found.statements.append(Statement(Phase.AFTER, "index", name, sql, table.name))
        yield Index(name, index.columns, False, sql)


def _plain(index: Index) -> bool:
    """An ordinary index on whole columns, as far as its text says."""
    text = index.definition.lower()
    if not text:
        return True
    special = re.search(
        r"\b(where|using\s+(?!btree)\w+|fulltext|spatial)\b", re.sub(r"[\"`\[][^\"`\]]*[\"`\]]", "x", text)
    )
    return not special and bool(_PLAIN_COLUMNS.search(text))


def _index_part(writer: Writer, column: Column) -> str | None:
    """The column in an index; its beginning where MySQL cannot index it whole; None where nothing can be indexed."""
    quoted = writer.quote(column.name)
    if writer.dialect in MYSQL and column.native.startswith("longtext"):
        return f"{quoted}(191)"
    if writer.dialect in MYSQL and (column.length or 0) > KEY_CHARACTERS // 4 and column.kind is Kind.TEXT:
        return f"{quoted}({KEY_CHARACTERS // 4})"
    if writer.dialect == "postgresql":
        return None if column.native in ("json", "xml", "point") else quoted
    return None if writer.dialect != "sqlite" and column.native.split(" ")[0] in _TOO_LONG else quoted


def _checks(found: _Found) -> Iterator[Check]:
    writer, table = found.writer, found.table
    for check in table.checks:
        if _says_json(check, found.source):
            continue
        expression = condition(check.expression, found.route)
        if expression is None:
            found.lost("check", f"The check {check.name} of {table.name} has no certain equal in the target.")
            continue
        name = writer.named(table, check.name, check.columns, "check")
        made = replace(check, name=name, expression=expression)
        if writer.dialect != "sqlite":
            later = " NOT VALID" if not check.validated and writer.dialect == "postgresql" else ""
            clause = f"CONSTRAINT {writer.quote(name)} CHECK ({expression}){later}"
            found.statements.append(writer.add(table, "check", name, clause))
        yield made


def _says_json(check: Check, source: Table) -> bool:
    """MariaDB's own check behind its JSON type, which the target's type says as well."""
    said = check.expression.lower().startswith("json_valid(")
    return said and any(c.kind is Kind.JSON and c.name.lower() in check.expression.lower() for c in source.columns)


def _foreign_keys(found: _Found, tables: tuple[Table, ...]) -> Iterator[ForeignKey]:
    writer, table = found.writer, found.table
    by_name = {other.name: other for other in tables}
    for key in table.foreign_keys:
        parent = by_name[key.parent]
        reason = _unlinkable(writer, table, parent, key)
        if reason:
            found.lost("foreign-key", f"The foreign key {key.name} of {table.name} cannot be made: {reason}.")
            continue
        made = replace(key, name=writer.named(table, key.name, key.columns, "fkey"))
        made = _actions(found, made)
        if writer.dialect != "sqlite":
            later = " NOT VALID" if writer.dialect == "postgresql" and not (key.validated and key.enforced) else ""
            found.statements.append(writer.add(table, "foreign key", made.name, writer.foreign_key(made) + later))
        yield made


def _unlinkable(writer: Writer, table: Table, parent: Table, key: ForeignKey) -> str:
    """Why the target would refuse this key; empty where it takes it."""
    if writer.dialect == "sqlite":
        return ""
    whole = {frozenset(unique.columns) for unique in parent.uniques if not unique.where and not unique.expression}
    if frozenset(key.parent_columns) not in whole:
        return f"{parent.name} has no such unique key"
    for child_name, parent_name in zip(key.columns, key.parent_columns, strict=True):
        child, other = table.column(child_name), parent.column(parent_name)
        if child.kind is not other.kind or (child.kind is Kind.ENUM and child.native != other.native):
            return f"{child_name} is {child.native}, {parent_name} is {other.native}"
        if writer.dialect in MYSQL and child.native != other.native:
            return f"{child_name} is {child.native}, {parent_name} is {other.native}"
    return ""


def _actions(found: _Found, key: ForeignKey) -> ForeignKey:
    """MySQL knows no SET DEFAULT, and no SET NULL of a required column."""
    if found.writer.dialect not in MYSQL:
        return key
    required = any(not found.table.column(name).nullable for name in key.columns)
    bad = {"SET DEFAULT"} | ({"SET NULL"} if required else set())
    if key.on_delete in bad or key.on_update in bad:
        found.lost(
            "foreign-key-action", f"The foreign key {key.name} of {found.table.name} acts no longer on its children."
        )
    plain = "NO ACTION"
    return replace(
        key,
        on_delete=plain if key.on_delete in bad else key.on_delete,
        on_update=plain if key.on_update in bad else key.on_update,
    )


def _comments(found: _Found) -> None:
    """PostgreSQL and Oracle take comments afterwards; elsewhere they are left out with one Issue per table."""
    writer, table = found.writer, found.table
    commented = [column for column in table.columns if column.comment]
    if writer.dialect not in ("postgresql", "oracle"):
        if commented or table.comment:
            found.lost("comment", f"The comments of {table.name} are not carried.", "Nothing to do.")
        return
    relation = writer.relation(table.name)
    comments = [(f"TABLE {relation}", table.comment)] if table.comment else []
    comments += [(f"COLUMN {relation}.{writer.quote(column.name)}", column.comment or "") for column in commented]
    for place, text in comments:
        sql = f"COMMENT ON {place} IS {writer.text(text)}"
        found.statements.append(Statement(Phase.AFTER, "comment", str(table.name), sql, table.name))
