"""Conditional generation: a condition on the root's columns as the codes that may occur, and the rows that really meet it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sqlglot import exp

from connectors.schema import Table
from engine.condition_text import bare, columns_of, parse_condition
from engine.synthesis.forest import Forest, NodeRows, Tree
from engine.synthesis.generate.arrays import Mask, whole
from engine.synthesis.generate.repairs import GenerationError
from engine.synthesis.generate.truths import Evaluator, Expression
from engine.synthesis.generator import Allowed
from engine.synthesis.handle import Place

TRIES = 16
"""Values drawn for each code: a bin may meet a condition in a part of it only."""
Decode = Callable[[Forest, np.random.Generator], tuple[pa.Table, ...]]


@dataclass(frozen=True)
class Wanted:
    """A condition on the root, ready."""

    table: Table
    expression: Expression
    evaluator: Evaluator

    def met(self, root: pa.Table) -> Mask:
        """Which entities meet it."""
        columns = {name: whole(root.column(name), root.column(name).type) for name in self.expression.reads}
        found = self.evaluator.truths([self.expression], columns, self.table, root.num_rows)
        if found is None:
            raise GenerationError(
                f"{self.table.name}: the condition of `where` cannot be worked out for generated rows: simplify it"
            )
        return found[0][0]


def wanted(text: str, table: Table, learned: Sequence[str], dialect: str, evaluator: Evaluator) -> Wanted:
    """Raises GenerationError where the condition is not understood, or names a column that is not learned."""
    expression = evaluator.expression(table, text, dialect)
    if expression is None:
        raise GenerationError(
            f"{table.name}: `where` is not one condition on the table's own columns: write it as SQL's WHERE, like Country = 'Canada'"
        )
    unknown = [name for name in expression.reads if name not in learned]
    if unknown:
        raise GenerationError(
            f"{table.name}: `where` names {', '.join(unknown)}, of which nothing is learned: use columns that are"
        )
    return Wanted(table, expression, evaluator)


def allowed(
    condition: str, tree: Tree, decode: Decode, ready: Wanted, dialect: str, rng: np.random.Generator
) -> Allowed:
    """The codes of the root's columns that can meet the condition's parts, where a part reads one column alone; the rest is
    left to rejection."""
    parsed = parse_condition(condition, dialect)
    names = {column.name: place for place, column in enumerate(tree.nodes[0].columns)}
    found: dict[Place, Mask] = {}
    for part in _parts(parsed) if parsed is not None else []:
        reads = {name.casefold() for name in columns_of(part)}
        own = [name for name in names if name.casefold() in reads]
        expression = ready.evaluator.expression(ready.table, part, dialect)
        if len(reads) == 1 and own and expression is not None:
            mask = _codes(tree, names[own[0]], decode, Wanted(ready.table, expression, ready.evaluator), rng)
            at = Place(0, names[own[0]])
            if at in found:
                mask &= found[at]
            found[at] = mask
    for at, mask in found.items():
        if not mask.any():
            column = tree.nodes[0].columns[at.column].name
            raise GenerationError(
                f"{ready.table.name}: no value that was learned of {column} meets `where`: ask for another one"
            )
    return found


def _parts(node: exp.Expr) -> list[exp.Expr]:
    inner = bare(node)
    if isinstance(inner, exp.And):
        return [*_parts(inner.this), *_parts(inner.expression)]
    return [inner]


def _codes(tree: Tree, column: int, decode: Decode, ready: Wanted, rng: np.random.Generator) -> Mask:
    """Each code several times in an entity of its own, without children."""
    size = tree.nodes[0].columns[column].size
    codes = np.zeros((size * TRIES, len(tree.nodes[0].columns)), np.int32)
    codes[:, column] = np.repeat(np.arange(size), TRIES)
    empty = [NodeRows(np.zeros((0, len(node.columns)), np.int32), np.zeros(0, np.int64)) for node in tree.nodes[1:]]
    root = decode(Forest(tree, (NodeRows(codes, np.arange(len(codes))), *empty)), rng)[0]
    met: Mask = np.logical_or.reduce(ready.met(root).reshape(size, TRIES), axis=1)
    return met


def single_codes(column: str, tree: Tree, within: Allowed) -> list[Mapping[Place, Mask]]:
    """One condition for each code of a root column, so that each can be drawn as often as the next. Raises GenerationError."""
    names = [each.name for each in tree.nodes[0].columns]
    if column not in names:
        raise GenerationError(f"nothing can be balanced by {column}: it is no learned column of the root")
    at = Place(0, names.index(column))
    size = tree.nodes[0].columns[at.column].size
    codes = np.flatnonzero(within[at]) if at in within else np.arange(size)
    return [{**within, at: np.arange(size) == code} for code in codes.tolist()]
