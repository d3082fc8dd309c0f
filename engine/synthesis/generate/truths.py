"""SQL conditions and expressions over generated columns, worked out by an embedded DuckDB that sees nothing but these columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from sqlglot import exp
from sqlglot.errors import SqlglotError

from connectors.arrow import carrier
from connectors.schema import Kind, Match, Table
from engine.condition_text import columns_of, parse_condition
from engine.synthesis.generate.arrays import Mask

_VIEW = "generated"
_NUMBERS = (Kind.DECIMAL,)
_LIKE_FOLDS = ("sqlite", "mysql", "mariadb")
"""Dialects whose LIKE takes letters of both cases for the same."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of the source's dialect over one table's columns, in DuckDB's words."""

    sql: str
    reads: tuple[str, ...]
    folded: tuple[str, ...] = ()
    """Columns whose letters are compared without case."""


class Evaluator:
    """One embedded database for a whole run."""

    def __init__(self) -> None:
        self._database = duckdb.connect(
            ":memory:",
            config={
                # One thread, and rows come in the order in which they were given.
                "threads": 1,
                "preserve_insertion_order": "true",
                "enable_external_access": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "python_enable_replacements": "false",
            },
        )
        self._database.execute("SET TimeZone = 'UTC'")

    def expression(self, table: Table, text: str | exp.Expr, dialect: str) -> Expression | None:
        """None where it is not understood, or reads what is no stored column of the table."""
        parsed = parse_condition(text, dialect) if isinstance(text, str) else text
        made = _translated(parsed, table, dialect) if parsed is not None else None
        if made is None:
            return None
        empty = {name: pa.array([], carrier(table.column(name))) for name in made.reads}
        return made if self.values([made], empty, table, 0) is not None else None

    def values(
        self, wanted: Sequence[Expression], columns: Mapping[str, pa.Array], table: Table, rows: int
    ) -> list[pa.Array] | None:
        """What each expression gives for every row; None where a value is not for them."""
        reads = list(dict.fromkeys(name for each in wanted for name in each.reads))
        arrays = [_seen(columns[name], table, name) for name in reads]
        # A condition without columns still has a row for each.
        view = pa.table([*arrays, pa.nulls(rows, pa.bool_())], [*reads, "lookalike row"])
        made = ", ".join(f"({each.sql}) AS v{place}" for place, each in enumerate(wanted))
        try:
            self._database.register(_VIEW, view)
            query = f"SELECT {made} FROM {_VIEW}"
            found: pa.Table = self._database.sql(query).to_arrow_table()
        except duckdb.Error:
            # Types, functions or values of the source that DuckDB has not: the condition is unknown here.
            return None
        finally:
            self._database.unregister(_VIEW)
        return [found.column(place).combine_chunks() for place in range(len(wanted))]

    def truths(
        self, wanted: Sequence[Expression], columns: Mapping[str, pa.Array], table: Table, rows: int
    ) -> list[tuple[Mask, Mask]] | None:
        """For each condition the rows in which it is true, and those in which it is false; in the others it is NULL."""
        found = self.values(wanted, columns, table, rows)
        return None if found is None else [_truth(values) for values in found]


def _truth(values: pa.Array) -> tuple[Mask, Mask]:
    known = values.is_valid().to_numpy(zero_copy_only=False)
    flags = values.cast(pa.bool_()).fill_null(False).to_numpy(zero_copy_only=False)
    return known & flags, known & ~flags


def _seen(values: pa.Array, table: Table, name: str) -> pa.Array:
    """The column as conditions compare it: times of day as such, wide decimals as numbers."""
    column = table.column(name)
    if column.kind is Kind.TIME:
        return values.cast(pa.int64()).cast(pa.time64("us"))
    if column.kind in _NUMBERS and pa.types.is_string(values.type):
        return values.cast(pa.float64())
    return values


def _translated(condition: exp.Expr, table: Table, dialect: str) -> Expression | None:
    computed = _inlined(condition.copy(), table, dialect)
    if computed is None or computed.find(exp.Subquery, exp.Select, exp.Rand, exp.CurrentUser):
        return None
    stored = {column.name.casefold(): column.name for column in table.stored}
    names = columns_of(computed)
    if not {name.casefold() for name in names} <= stored.keys():
        return None
    reads = tuple(dict.fromkeys(stored[name.casefold()] for name in sorted(names)))
    folded = tuple(name for name in reads if Match.CASE in table.column(name).folds)
    try:
        sql = _spelt(computed, stored, folded, dialect).sql("duckdb")
    except SqlglotError:
        return None
    return Expression(sql, reads, folded)


def _inlined(condition: exp.Expr, table: Table, dialect: str, depth: int = 4) -> exp.Expr | None:
    """The condition with generated columns written out."""
    formulas = {column.name.casefold(): column.generated for column in table.columns if column.generated is not None}
    for node in list(condition.find_all(exp.Column)):
        formula = formulas.get(node.name.casefold())
        if formula is None:
            continue
        parsed = parse_condition(formula, dialect) if depth else None
        if parsed is None:
            return None
        inner = _inlined(parsed.copy(), table, dialect, depth - 1)
        if inner is None:
            return None
        if node is condition:
            return inner
        node.replace(exp.Paren(this=inner))
    return condition


def _spelt(condition: exp.Expr, stored: Mapping[str, str], folded: tuple[str, ...], dialect: str) -> exp.Expr:
    """Columns quoted in the table's spelling and without its name; letters of one case where the collation ignores it."""

    def each(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            name = stored[node.name.casefold()]
            plain = exp.column(exp.to_identifier(name, quoted=True))
            return exp.Lower(this=plain) if name in folded else plain
        if isinstance(node, exp.Literal) and node.is_string and folded:
            return exp.Literal.string(node.name.lower())
        if isinstance(node, exp.Like) and dialect in _LIKE_FOLDS:
            return exp.ILike(this=node.this, expression=node.expression)
        if isinstance(node, exp.Collate):
            inner: exp.Expr = node.this
            return inner
        return node

    return condition.transform(each)
