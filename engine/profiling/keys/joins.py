"""Joins mined from SQL texts: which columns views, triggers, generated columns and logged statements compare with each other."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from connectors.names import TableName
from connectors.schema import Schema
from engine.condition_text import SQLGLOT

Place = tuple[TableName, str]
Columns = tuple[TableName, tuple[str, ...]]
_LOGGED = "a logged statement"
_BODY = re.compile(r"\b(?:select|with|insert|update|delete|merge)\b", re.IGNORECASE)
_QUOTED_BODY = re.compile(r"\$\w*\$")
MOST = 20_000
"""Texts that are read."""
LONG = 100_000
"""Characters of a text that is not read any more: data, and no question."""


@dataclass
class Joins:
    """Pairs of columns that some text compares, each with the texts that do."""

    schema: Schema = field(repr=False)
    texts: list[str] = field(default_factory=list)
    """What each text is: "view order_list"."""
    skipped: int = 0
    """Texts that could not be read."""
    _pairs: dict[frozenset[Place], set[int]] = field(default_factory=lambda: defaultdict(set), repr=False)

    def of(self, child: Columns, parent: Columns) -> tuple[str, ...]:
        """The texts that join these columns, position by position."""
        sides = zip(child[1], parent[1], strict=True)
        found = [self._pairs.get(frozenset({(child[0], a), (parent[0], b)}), set()) for a, b in sides]
        common = set.intersection(*found) if found else set()
        return tuple(sorted({self.texts[place] for place in common}))

    def add(self, left: Place, right: Place) -> None:
        if left != right:
            self._pairs[frozenset({left, right})].add(len(self.texts) - 1)

    def partners(self, place: Place) -> set[Place]:
        """The columns that some text compares with this one."""
        return {other for pair in self._pairs if place in pair for other in pair if other != place}

    def pairs(self) -> Iterator[tuple[Place, Place]]:
        for pair in self._pairs:
            left, right = sorted(pair)
            yield left, right


def mined(schema: Schema, statements: Sequence[str], routines: Mapping[str, str] | None = None) -> Joins:
    """The joins of the schema's own texts, of these statements, and of routines by name. What cannot be read is counted, not shown."""
    joins = Joins(schema)
    dialect = SQLGLOT.get(schema.dialect, schema.dialect)
    with _quiet():
        for words, text, table in _texts(schema, statements, routines or {}):
            joins.texts.append(words)
            try:
                _mine(joins, text, dialect, table)
            except (SqlglotError, ValueError, RecursionError, KeyError):
                joins.skipped += 1
    return joins


@contextmanager
def _quiet() -> Iterator[None]:
    """sqlglot logs the statements that it understands only half, with the values in them."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _texts(
    schema: Schema, statements: Sequence[str], routines: Mapping[str, str]
) -> Iterator[tuple[str, str, TableName | None]]:
    """What each is, its SQL, and the table whose NEW and OLD rows it may name."""
    for view in schema.views:
        yield f"view {view.name}", view.definition, None
    for trigger in schema.triggers:
        yield f"trigger {trigger.name}", trigger.definition, trigger.table
    for name, text in routines.items():
        yield f"routine {name}", text, None
    for text in statements[:MOST]:
        if len(text) <= LONG:
            yield _LOGGED, text, None


def _mine(joins: Joins, text: str, dialect: str, table: TableName | None) -> None:
    for tree in _trees(text, dialect):
        # A statement that changes rows is read as the question which rows it changes.
        for query in [node for node in tree.find_all(exp.Query) if not node.find_ancestor(exp.Query)]:
            for scope in traverse_scope(query):
                _Reading(joins, scope, table).read()
        if isinstance(tree, exp.Update | exp.Delete | exp.Merge):
            _changed(joins, tree, table)


def _trees(text: str, dialect: str) -> list[exp.Expr]:
    """The statements of a text; of a routine or a trigger those in its body."""
    try:
        trees = [tree for tree in sqlglot.parse(text, read=dialect) if tree is not None]
    except SqlglotError:
        trees = []
    if trees and not any(isinstance(tree, exp.Command) or _is_routine(tree) for tree in trees):
        return trees
    found = []
    for piece in _QUOTED_BODY.sub(";", text).split(";"):
        found += _first(piece, dialect)
    if not found and not trees:
        raise ValueError("not SQL")
    return found


def _is_routine(tree: exp.Expr) -> bool:
    """Its body is a text of its own to sqlglot."""
    return isinstance(tree, exp.Create) and tree.kind in ("FUNCTION", "PROCEDURE")


def _first(piece: str, dialect: str) -> list[exp.Expr]:
    """The statement that a part of a routine ends with: what comes before it is the routine's own language."""
    for start in _BODY.finditer(piece):
        try:
            trees = [tree for tree in sqlglot.parse(piece[start.start() :], read=dialect) if tree is not None]
        except SqlglotError:
            continue
        if not any(isinstance(tree, exp.Command) for tree in trees):
            return trees
    return []


def _changed(joins: Joins, tree: exp.Expr, table: TableName | None) -> None:
    """UPDATE and DELETE over several tables: as a SELECT from all of them under their condition."""
    tables = [each.copy() for each in tree.find_all(exp.Table) if each.find_ancestor(exp.Query) is None]
    if not tables:
        return
    query = exp.select("*").from_(tables[0])
    for each in tables[1:]:
        each.set("joins", None)
        query = query.join(each)
    tables[0].set("joins", None)
    conditions = [node.copy() for node in tree.find_all(exp.EQ, exp.In) if node.find_ancestor(exp.Query) is None]
    for condition in conditions:
        query = query.where(condition)
    for scope in traverse_scope(query):
        _Reading(joins, scope, table).read()


@dataclass
class _Reading:
    """One SELECT with the tables that its names mean."""

    joins: Joins
    scope: Scope
    table: TableName | None

    def read(self) -> None:
        for equal in self.scope.find_all(exp.EQ):
            self._pair(equal.this, equal.expression)
        for within in self.scope.find_all(exp.In):
            if isinstance(query := within.args.get("query"), exp.Expr):
                self._within(within.this, query)
        for join in self.scope.find_all(exp.Join):
            self._named(join)

    def _pair(self, left: exp.Expr, right: exp.Expr) -> None:
        left, right = _bare(left), _bare(right)
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            for a, b in zip(left.expressions, right.expressions, strict=False):
                self._pair(a, b)
        elif isinstance(left, exp.Column) and isinstance(right, exp.Column):
            self._add(self._column(left, self.scope), self._column(right, self.scope))

    def _within(self, left: exp.Expr, query: exp.Expr) -> None:
        inner = next((each for each in self.scope.subquery_scopes if each.expression is _bare(query)), None)
        left = _bare(left)
        columns = left.expressions if isinstance(left, exp.Tuple) else [left]
        selected = _selected(inner) if inner is not None else []
        for column, projection in zip(columns, selected, strict=False):
            column, value = _bare(column), _bare(projection.unalias())
            if inner is not None and isinstance(column, exp.Column) and isinstance(value, exp.Column):
                self._add(self._column(column, self.scope), self._column(value, inner))

    def _named(self, join: exp.Join) -> None:
        """USING, and NATURAL with every name that both sides have."""
        right = self.scope.sources.get(join.alias_or_name)
        before = [each for name, each in self.scope.sources.items() if name != join.alias_or_name]
        names = [each.name for each in join.args.get("using") or ()]
        if join.args.get("method") == "NATURAL" and isinstance(right, exp.Table) and (found := self._known(right)):
            names = [column.name for column in self.joins.schema.table(found).columns]
        for name, left in product(names, before):
            self._add(self._down(left, name), self._down(right, name))

    def _add(self, left: Place | None, right: Place | None) -> None:
        if left is not None and right is not None:
            self.joins.add(left, right)

    def _column(self, column: exp.Column, scope: Scope | None) -> Place | None:
        """The stored column that a name means, in this SELECT or in one around it."""
        while scope is not None:
            if column.table:
                source = next((s for n, s in scope.sources.items() if n.casefold() == column.table.casefold()), None)
                found = [self._down(source, column.name)] if source is not None else []
            else:
                sources = scope.selected_sources.values()
                found = [place for _, each in sources if (place := self._down(each, column.name)) is not None]
            if len(found) == 1:
                return found[0]
            scope = scope.parent
        if column.table.casefold() in ("new", "old") and self.table is not None:
            return self._of(self.table, column.name)
        return None

    def _down(self, source: object, name: str) -> Place | None:
        """The stored column behind a column of a table, a subquery or a WITH."""
        if isinstance(source, exp.Table):
            found = self._known(source)
            return self._of(found, name) if found is not None else None
        if not isinstance(source, Scope):
            return None
        inner = source
        while inner.set_operation_scopes:
            inner = inner.set_operation_scopes[0]
        for projection in _selected(inner):
            value = _bare(projection.unalias())
            if isinstance(value, exp.Column) and projection.alias_or_name.casefold() == name.casefold():
                return self._column(value, inner)
            if projection.is_star:
                places = (self._down(each, name) for _, each in inner.selected_sources.values())
                return next((place for place in places if place is not None), None)
        return None

    def _known(self, source: exp.Table) -> TableName | None:
        schema = self.joins.schema
        wanted = (source.db or schema.default_schema).casefold(), source.name.casefold()
        for name in schema.by_name:
            if ((name.schema or schema.default_schema).casefold(), name.name.casefold()) == wanted:
                return name
        return None

    def _of(self, table: TableName, name: str) -> Place | None:
        columns = (column.name for column in self.joins.schema.table(table).columns)
        return next(((table, column) for column in columns if column.casefold() == name.casefold()), None)


def _selected(scope: Scope) -> list[exp.Expr]:
    return list(scope.expression.selects) if isinstance(scope.expression, exp.Query) else []


def _bare(node: exp.Expr) -> exp.Expr:
    """Without what does not change which column it is: parentheses, casts, COLLATE."""
    while isinstance(node, exp.Paren | exp.Cast | exp.Collate | exp.Subquery):
        node = node.this
    return node
