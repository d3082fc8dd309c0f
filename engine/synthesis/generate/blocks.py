"""Any number of entities as batches of rows, a few thousand entities at a time: memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa

from connectors.arrow import value_field
from connectors.names import TableName
from connectors.schema import Schema
from engine.keys import DomainKey, MaskingKey
from engine.plan import Plan
from engine.synthesis.codebook import Codebook, decode, unpublished
from engine.synthesis.forest import Forest
from engine.synthesis.generate.assembling import Assembler, Decoded, Drawn
from engine.synthesis.generate.constraints import constraints
from engine.synthesis.generate.linking import Linker, Partners
from engine.synthesis.generate.rebuilt import rebuilder
from engine.synthesis.generate.recipe import FirstKeys, order_of, recipes
from engine.synthesis.generate.repairs import GenerationError, Repairs
from engine.synthesis.generate.rows import Rows
from engine.synthesis.generate.starting import started
from engine.synthesis.generate.truths import Evaluator
from engine.synthesis.generate.where import Wanted, allowed, single_codes, wanted
from engine.synthesis.generator import Allowed, Fitted
from engine.synthesis.structure import Structure

_Block = tuple[tuple[Forest, Decoded], np.random.Generator]
BLOCK = 5_000
"""Entities that are made at a time, at most."""
ROWS = 250_000
"""Rows of a block, about."""
TRIED = 50
"""Entities that are drawn to know how many rows one has."""
EMPTIED = 20
"""Rows of a block of which not all can be dropped by chance."""
FRUITLESS = 20
"""Blocks in a row that gave no entity before generation gives up."""


def generated(
    fitted: Fitted,
    codebook: Codebook,
    structure: Structure,
    schema: Schema,
    plan: Plan,
    *,
    key: MaskingKey,
    linked: Mapping[TableName, pa.Table],
    entities: int,
    seed: int,
    repairs: Repairs | None = None,
    first_keys: FirstKeys | None = None,
    balance: str | None = None,
    block: int = BLOCK,
) -> Iterator[Mapping[TableName, pa.RecordBatch]]:
    """So many new entities, each block as one batch for every table of the structure, in form `arrow` with all stored columns.

    `linked`: the keys of public and outside tables. `balance`: a condition column of the root, each of whose values is drawn as
    often as the next. The same seed, key and model give the same rows. Raises GenerationError.
    """
    tally = repairs if repairs is not None else Repairs()
    evaluator = Evaluator()
    source = _Source(fitted, codebook, *_asked(fitted, codebook, structure, schema, plan, evaluator, balance, seed))
    assembler = _assembler(codebook, structure, schema, plan, key, linked, first_keys or {}, evaluator, tally, seed)
    block = min(block, max(entities, 1), source.bounded(seed))
    left, fruitless, number = entities, 0, 0
    with Drawing(source, seed, block) as drawing:
        while left > 0:
            if fruitless == FRUITLESS:
                raise GenerationError(_nothing(plan, structure, tally))
            drawn, rng = drawing.block(number, left)
            spare = partial(source.spare, block, seed, number)
            rows = assembler.assemble(Drawn(*drawn, unpublished(codebook, drawn[0])), spare, rng)
            if number == 0:
                _refuse_emptied(rows[1:], tally)
            count = int(rows[0].alive.sum())
            left, number, fruitless = left - count, number + 1, 0 if count else fruitless + 1
            if count:
                yield {each.recipe.name: batch_of(each, schema.dialect) for each in rows}


def batch_of(rows: Rows, dialect: str) -> pa.RecordBatch:
    """The live rows, every stored column in the table's order."""
    table, live = rows.recipe.table, pa.array(rows.alive)
    fields = [value_field(column, dialect) for column in table.stored]
    columns = [rows.columns[column.name] for column in table.stored]
    arrays = columns if rows.alive.all() else [values.filter(live) for values in columns]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


@dataclass(frozen=True)
class _Source:
    """The model's entities as values, under the plan's condition."""

    fitted: Fitted
    codebook: Codebook
    wanted: Wanted | None
    choices: Sequence[Allowed]
    """Conditions to draw under, in turn; one that allows everything where there is none."""

    def draw(self, entities: int, number: int, rng: np.random.Generator) -> tuple[Forest, Decoded]:
        share = -(-entities // len(self.choices)) if len(self.choices) > 1 else entities
        parts = [self._one(share, choice, rng) for choice in self._turn(number, entities)]
        return parts[0] if len(parts) == 1 else _together(parts, rng)

    def bounded(self, seed: int) -> int:
        """How many entities make about `ROWS` rows: some own thousands. A few that are drawn for it alone tell."""
        forest = self.fitted.sample(TRIED, np.random.default_rng([seed, 0, 2]))
        rows = sum(len(each.parent) for each in forest.rows)
        return max(1, ROWS * max(forest.entities, 1) // max(rows, 1))

    def spare(self, entities: int, seed: int, number: int) -> Decoded:
        """More of the same, drawn apart so that whether they are needed changes nothing else."""
        return self.draw(entities, number, np.random.default_rng([seed, number, 1]))[1]

    def _turn(self, number: int, entities: int) -> Sequence[Allowed]:
        if len(self.choices) <= entities:
            return self.choices
        start = number * entities % len(self.choices)
        return [self.choices[(start + place) % len(self.choices)] for place in range(entities)]

    def _one(self, entities: int, choice: Allowed, rng: np.random.Generator) -> tuple[Forest, Decoded]:
        forest = self.fitted.sample(entities, rng, choice or None)
        decoded = decode(self.codebook, forest, rng)
        if self.wanted is None:
            return forest, decoded
        return _taken(forest, decoded, np.flatnonzero(self.wanted.met(decoded[0])))


class Drawing:
    """Gives the blocks of a source in order; the next one is drawn while the last is still made into rows and written.

    What a block holds is a function of the seed and its number alone, whoever draws it when.
    """

    def __init__(self, source: _Source, seed: int, block: int) -> None:
        self._source, self._seed, self._block = source, seed, block
        self._thread = ThreadPoolExecutor(1, "lookalike-draw")
        self._ahead: Future[_Block] | None = None

    def __enter__(self) -> Drawing:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def block(self, number: int, left: int) -> _Block:
        """The block of this number, with `left` entities at most."""
        (forest, decoded), rng = self._ahead.result() if self._ahead is not None else self._draw(number)
        drawn = _first(forest, decoded, left)
        # A condition is judged by the evaluator that assembling uses as well: then nothing is drawn ahead.
        ahead = left > drawn[0].entities and self._source.wanted is None
        self._ahead = self._thread.submit(self._draw, number + 1) if ahead else None
        return drawn, rng

    def _draw(self, number: int) -> _Block:
        rng = np.random.default_rng([self._seed, number])
        return self._source.draw(self._block, number, rng), rng


def _asked(
    fitted: Fitted,
    codebook: Codebook,
    structure: Structure,
    schema: Schema,
    plan: Plan,
    evaluator: Evaluator,
    balance: str | None,
    seed: int,
) -> tuple[Wanted | None, Sequence[Allowed]]:
    condition = plan.privacy.where if plan.privacy else None
    table, rng = schema.table(structure.tables[0].table), np.random.default_rng([seed, 0, 2])
    ready: Wanted | None = None
    within: Allowed = {}
    if condition:
        learned = [name for column in codebook.nodes[0].columns for name in column.columns]
        ready = wanted(condition, table, learned, schema.dialect, evaluator)
        within = allowed(condition, codebook.tree, partial(decode, codebook), ready, schema.dialect, rng)
    return ready, single_codes(balance, codebook.tree, within) if balance else [within]


def _assembler(
    codebook: Codebook,
    structure: Structure,
    schema: Schema,
    plan: Plan,
    key: MaskingKey,
    linked: Mapping[TableName, pa.Table],
    first_keys: FirstKeys,
    evaluator: Evaluator,
    repairs: Repairs,
    seed: int,
) -> Assembler:
    learned = tuple(tuple(name for column in node.columns for name in column.columns) for node in codebook.nodes)
    made = recipes(structure, schema, plan, learned, first_keys)
    own = DomainKey("synthesis", key.derive("synthesis"))
    held = [constraints(recipe, schema.dialect, evaluator, own, repairs) for recipe in made]
    made = tuple(started(recipe, each, schema.dialect) for recipe, each in zip(made, held, strict=True))
    return Assembler(
        made,
        order_of(structure),
        held,
        Linker(linked, Partners({}), repairs, evaluator, schema.dialect),
        rebuilder(plan, schema, made, key, own.child(f"seed {seed}")),
        repairs,
        own,
    )


def _first(forest: Forest, decoded: Decoded, most: int) -> tuple[Forest, Decoded]:
    return (forest, decoded) if forest.entities <= most else _taken(forest, decoded, np.arange(most))


def _taken(forest: Forest, decoded: Decoded, entities: np.ndarray) -> tuple[Forest, Decoded]:
    """These entities, codes and values alike."""
    if len(entities) == forest.entities:
        return forest, decoded
    inside = np.zeros(forest.entities, np.bool_)
    inside[entities] = True
    tables = tuple(table.filter(pa.array(inside[forest.owners(place)])) for place, table in enumerate(decoded))
    return forest.take(entities), tables


def _together(parts: Sequence[tuple[Forest, Decoded]], rng: np.random.Generator) -> tuple[Forest, Decoded]:
    """Several draws as one."""
    rows = []
    for place in range(len(parts[0][0].rows)):
        above = parts[0][0].tree.nodes[place].parent
        sizes = np.cumsum([0] + [len(forest.rows[above if above is not None else place].parent) for forest, _ in parts])
        rows.append(
            replace(
                parts[0][0].rows[place],
                codes=np.concatenate([forest.rows[place].codes for forest, _ in parts]),
                parent=np.concatenate(
                    [forest.rows[place].parent + size for (forest, _), size in zip(parts, sizes, strict=False)]
                ),
            )
        )
    tables = tuple(pa.concat_tables([decoded[place] for _, decoded in parts]) for place in range(len(rows)))
    return Forest(parts[0][0].tree, tuple(rows)), tables


def _refuse_emptied(rows: Sequence[Rows], repairs: Repairs) -> None:
    """Raises GenerationError where every row of a table was dropped, and not for want of a parent: the table would end empty."""
    for each in rows:
        own = [(count, name) for (table, name), count in repairs.dropped.items() if table == each.recipe.name]
        if each.count >= EMPTIED and own and not each.alive.any():
            raise GenerationError(
                f"{each.recipe.name}: none of {each.count} rows made could be brought to keep {max(own)[1]}: let the plan learn its "
                "columns, or make them by another mask"
            )


def _nothing(plan: Plan, structure: Structure, repairs: Repairs) -> str:
    root = structure.tables[0].table
    broken = repairs.dropped.most_common(1)
    if broken:
        (table, name), _ = broken[0]
        return (
            f"{table}: none of the generated rows keeps {name}, so no entity is left: learn its columns otherwise, or drop "
            "the constraint"
        )
    return f"{root}: the model gives hardly any entity that meets `where`: ask for a commoner one"
