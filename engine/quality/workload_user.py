"""What the columns of a tester's own query are, read from its SQL: groups, counts and sums, other figures."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from connectors.names import TableName
from engine.quality.workload_error import Role


def roles_of(sql: str, answer: pa.Schema) -> tuple[Role, ...]:
    """By the outermost SELECT; where that only passes on what an inner one counted, by the types of the answer."""
    tree = _parsed(sql)
    select = tree.find(exp.Select) if tree is not None else None
    if tree is None or select is None or isinstance(tree, exp.SetOperation):
        return _by_types(answer)
    said = select.expressions
    if len(said) == len(answer) and (select.args.get("group") or any(map(_aggregates, said))):
        groups = _groups(select)
        return tuple(_role(each, at, groups) for at, each in enumerate(said, 1))
    return _by_types(answer) if tree.find(exp.AggFunc) else (Role.KEY,) * len(answer)


def size_of(sql: str, rows: Mapping[TableName, int]) -> int:
    """Rows of the largest table that it names: what a count of its is a part of."""
    tree = _parsed(sql)
    named = {each.name.casefold() for each in tree.find_all(exp.Table)} if tree is not None else set()
    return max((count for table, count in rows.items() if table.name.casefold() in named), default=0) or 1


def _role(said: exp.Expr, at: int, groups: frozenset[str]) -> Role:
    bare = said.unalias()
    if groups & {said.alias_or_name.casefold(), bare.sql("duckdb").casefold(), str(at)}:
        return Role.KEY
    if not _aggregates(bare) and not bare.find(exp.Anonymous):
        return Role.KEY
    while isinstance(bare, exp.Cast | exp.Paren | exp.Round):
        bare = bare.this
    counted = isinstance(bare, exp.Count) and not isinstance(bare.this, exp.Distinct)
    return Role.SHARE if counted or isinstance(bare, exp.Sum | exp.CountIf) else Role.VALUE


def _aggregates(said: exp.Expr) -> bool:
    return said.find(exp.AggFunc) is not None


def _groups(select: exp.Select) -> frozenset[str]:
    group = select.args.get("group")
    return frozenset(each.sql("duckdb").casefold() for each in group.expressions) if group else frozenset()


def _by_types(answer: pa.Schema) -> tuple[Role, ...]:
    """Texts and dates tell groups apart, whole numbers were counted, others are figures."""
    figures = [
        pa.types.is_integer(f.type) or pa.types.is_floating(f.type) or pa.types.is_decimal(f.type) for f in answer
    ]
    counted = Role.VALUE if all(figures) else Role.SHARE
    return tuple(
        _by_type(field.type, counted) if figure else Role.KEY for field, figure in zip(answer, figures, strict=True)
    )


def _by_type(type_: pa.DataType, counted: Role) -> Role:
    whole = pa.types.is_integer(type_) or (pa.types.is_decimal(type_) and type_.scale == 0)
    return counted if whole else Role.VALUE


def _parsed(sql: str) -> exp.Expr | None:
    try:
        with _quiet():
            found = sqlglot.parse(sql, read="duckdb")
    except (SqlglotError, RecursionError):
        return None
    return found[0] if found else None


@contextmanager
def _quiet() -> Iterator[None]:
    """sqlglot logs the statements that it understands only half, with the values in them."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
