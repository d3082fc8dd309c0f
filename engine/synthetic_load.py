"""Write what a model makes into a claimed target: blocks of whole entities, each table's part a chunk of its own.

A block is made again from the same seed when a run is taken up, and a chunk that is committed already is not written twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from connectors.database import Chunk, Target
from connectors.names import TableName
from connectors.schema import Schema
from engine.build import Build
from engine.claim import Claim
from engine.clone_run import Run
from engine.jobs.control import Progress
from engine.learning import keys_of
from engine.plan import Treatment
from engine.safety import still_ours
from engine.synthesis.generate.blocks import generated
from engine.synthesis.generate.repairs import Repairs
from engine.synthesis.model import Model
from engine.synthesis.structure import Goes

MOST_KEYS = 100_000
"""Rows of a masked or copied table that synthetic rows are linked to at most: any of them is as good as another."""


@dataclass(frozen=True, slots=True)
class Synthesised:
    """What was written."""

    entities: int
    rows: Mapping[TableName, int]
    chunks: Mapping[TableName, int]
    repairs: Repairs = field(default_factory=Repairs)

    def said(self, model: Model, seed: int) -> dict[str, Any]:
        """For the evidence."""
        return {
            "model": model.name,
            "technique": model.generator.name,
            "entities": self.entities,
            "learned_from": model.entities,
            "rows": {str(name): count for name, count in self.rows.items()},
            "repairs": repairs_said(self.repairs),
            "seed": seed,
        }


def load_synthetic(run: Run, claim: Claim, build: Build, schema: Schema, model: Model, seed: int) -> Synthesised:
    """Make entities and write them. Raises what `Target.write` raises, Cancelled, and SynthesisError where no row can be made."""
    entities = wanted_entities(run, model)
    expected = dict.fromkeys(synthesised_tables(run), 0)
    chunks: Counter[TableName] = Counter()
    repairs, made = Repairs(), 0
    linked = _linked(run, build, model)
    blocks = generated(
        model.fitted, model.codebook, model.structure, schema, run.plan,
        key=run.key, linked=linked, entities=entities, seed=seed, repairs=repairs,
        balance=run.plan.privacy.balance if run.plan.privacy is not None else None,
    )  # fmt: skip
    root = model.structure.unit.table
    for ordinal, block in enumerate(blocks):
        claim.insist(lambda session: still_ours(session, run.id))
        for name, batch in block.items():
            run.control.check()
            claim.insist(lambda session, n=name, b=batch, o=ordinal: _write(session, build, n, b, o))  # type: ignore[misc]
            expected[name] += batch.num_rows
            chunks[name] += 1
        made += block[root].num_rows
        total = sum(expected.values())
        run.progress(Progress("synthesise", root, made, entities, total, _estimated(total, made, entities)))
    return Synthesised(made, expected, dict(chunks), repairs)


def _estimated(rows: int, made: int, entities: int) -> int | None:
    return rows * entities // made if made else None


def wanted_entities(run: Run, model: Model) -> int:
    """How many the plan asks for: a number, or a share of those that were learned from."""
    spec = run.plan.privacy
    if spec is None:
        raise AssertionError("a plan that synthesises says of what")
    if isinstance(spec.generate, int):
        return spec.generate
    return max(1, round(spec.generate * model.entities))


def synthesised_tables(run: Run) -> Iterator[TableName]:
    return (name for name, table in run.plan.tables.items() if table.treatment is Treatment.SYNTHESIZE)


def _write(session: Target, build: Build, name: TableName, batch: pa.RecordBatch, ordinal: int) -> None:
    target = build.target(name)
    session.write(target, Chunk(target.name, ordinal), [batch])


def _linked(run: Run, build: Build, model: Model) -> dict[TableName, pa.Table]:
    """The keys that synthetic rows refer to, as the target has them."""
    wanted = outward(model)
    if not wanted:
        return {}
    with run.target.snapshot() as snapshot:
        return {name: keys_of(snapshot, build.names[name], each.columns, each.most) for name, each in wanted.items()}


@dataclass(frozen=True, slots=True)
class Referred:
    """A table outside the entity whose keys its rows hold."""

    columns: tuple[str, ...]
    most: int | None
    """None: all keys, since which of them is meant is learned."""


def outward(model: Model) -> dict[TableName, Referred]:
    """The tables outside the entity that its rows refer to, with the columns that they are referred to by."""
    links = [link for owned in model.structure.tables for link in owned.links]
    wanted: dict[TableName, set[str]] = {}
    for link in links:
        if link.goes in (Goes.PUBLIC, Goes.OUTSIDE):
            wanted.setdefault(link.key.parent, set()).update(link.key.parent_columns)
    public = {link.key.parent for link in links if link.goes is Goes.PUBLIC}
    return {t: Referred(tuple(sorted(names)), None if t in public else MOST_KEYS) for t, names in wanted.items()}


def repairs_said(repairs: Repairs) -> dict[str, Any]:
    """Counts by table and constraint, for the evidence."""
    counted = {"redrawn": repairs.redrawn, "repaired": repairs.repaired, "dropped": repairs.dropped}
    said: dict[str, Any] = {
        word: {f"{table}: {name}": count for (table, name), count in sorted(counts.items())}
        for word, counts in counted.items()
    }
    return said | {"unproven": sorted(f"{table}: {name}" for table, name in repairs.unproven)}
