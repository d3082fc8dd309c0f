"""Generated databases for tests: SQL in, a model of uniform codes, and the rows in a real SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from connectors import open_database
from connectors.arrow import carrier
from connectors.database import Chunk, Marker, State
from connectors.names import TableName
from connectors.schema import ForeignKey, Schema
from engine.keys import MaskingKey
from engine.masking import make_masker
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.privacy.budget import PrivacyUnit
from engine.privacy.spec import How, Learn, PrivacySpec, Provenance
from engine.synthesis.codebook import Codebook, ColumnBook, NodeBook
from engine.synthesis.domains.categories import Categories
from engine.synthesis.domains.keys import Keys
from engine.synthesis.forest import Forest, NodeRows, Tree
from engine.synthesis.generate.blocks import generated
from engine.synthesis.generate.repairs import Repairs
from engine.synthesis.structure import Goes, Link, Owned, Structure

KEY = MaskingKey("test", bytes(range(32)))


@dataclass(frozen=True)
class Uniform:
    """A fitted model that has learned nothing: every code as likely as the next."""

    tree: Tree

    def sample(self, entities: int, rng: np.random.Generator, allowed: Any = None) -> Forest:
        rows: list[NodeRows] = []
        for place, node in enumerate(self.tree.nodes):
            above = entities if node.parent is None else len(rows[node.parent].parent)
            counts = np.ones(above, np.int64) if node.parent is None else rng.integers(0, node.most + 1, above)
            parent = np.repeat(np.arange(above), counts)
            codes = np.zeros((len(parent), len(node.columns)), np.int32)
            for at, column in enumerate(node.columns):
                codes[:, at] = rng.choice(self._codes(place, at, column.size, allowed), len(parent))
            rows.append(NodeRows(codes, parent))
        return Forest(self.tree, tuple(rows))

    @staticmethod
    def _codes(place: int, at: int, size: int, allowed: Any) -> np.ndarray:
        for where, mask in (allowed or {}).items():
            if (where.node, where.column) == (place, at):
                return np.flatnonzero(mask)
        return np.arange(size)

    def arrays(self) -> Mapping[str, Any]:
        return {}

    def facts(self) -> Mapping[str, Any]:
        return {}


@dataclass
class Case:
    """A schema, which of its keys own, and what is learned of each table."""

    schema: Schema
    structure: Structure
    learned: Mapping[str, Mapping[str, Any]]
    """Table -> column (or `a+b`) -> its values; None among them is NULL."""
    masked: Mapping[str, Mapping[str, str | Rule]]
    linked: Mapping[TableName, pa.Table]
    most: int = 4

    def plan(self, **privacy: Any) -> Plan:
        tables = {table.name: TablePlan(Treatment.PUBLIC, reason="public") for table in self.schema.tables}
        for owned in self.structure.tables:
            tables[owned.table] = TablePlan(Treatment.SYNTHESIZE, tuple(self._rules(owned.table)))
        spec = PrivacySpec("test", self.structure.tables[0].table, float("inf"), 1e-6, **privacy)
        return Plan("test", "test", tables, privacy=spec)

    def _rules(self, name: TableName) -> Sequence[Rule]:
        masked, learned = self.masked.get(name.name, {}), self.learned.get(name.name, {})
        known = {column for names in learned for column in names.split("+")}
        rules = []
        for column in self.schema.table(name).stored:
            if column.name in masked:
                rule = masked[column.name]
                rules.append(rule if isinstance(rule, Rule) else Rule((column.name,), make_masker(rule, {})))
            else:
                how = How.PAID if column.name in known else How.KEY
                rules.append(Rule((column.name,), None, learn=Learn(how)))
        return rules

    @property
    def codebook(self) -> Codebook:
        return Codebook(nodes=tuple(self._node(owned) for owned in self.structure.tables), population=1000)

    def _node(self, owned: Owned) -> NodeBook:
        table = self.schema.table(owned.table)
        columns = []
        for names, values in self.learned.get(owned.table.name, {}).items():
            parts = tuple(names.split("+"))
            types = tuple(str(carrier(table.column(name))) for name in parts)
            known = tuple(value for value in values if value is not None)
            null = None in values
            coding = (
                Categories(type=types[0], values=known, nullable=null)
                if len(parts) == 1
                else Keys(types=types, keys=known, coded=len(known), nullable=null)
            )
            columns.append(ColumnBook(columns=parts, provenance=Provenance.DP_EVENT, coding=coding))
        return NodeBook(table=str(owned.table), parent=owned.parent, most=self.most, columns=tuple(columns))

    def generate(
        self, entities: int, seed: int = 1, repairs: Repairs | None = None, where: str | None = None, **options: Any
    ) -> list[Mapping[TableName, pa.RecordBatch]]:
        return list(self.blocks(entities, seed, repairs, where, **options))

    def blocks(
        self, entities: int, seed: int = 1, repairs: Repairs | None = None, where: str | None = None, **options: Any
    ) -> Iterator[Mapping[TableName, pa.RecordBatch]]:
        book, plan = self.codebook, self.plan(where=where) if where else self.plan()
        return generated(
            Uniform(book.tree), book, self.structure, self.schema, plan,
            key=KEY, linked=self.linked, entities=entities, seed=seed, repairs=repairs, **options,
        )  # fmt: skip


def case(
    database: Path | None,
    ddl: str,
    owners: Mapping[str, tuple[str, ...] | None],
    goes: Mapping[tuple[str, str], Goes] | None = None,
    learned: Mapping[str, Mapping[str, Any]] | None = None,
    masked: Mapping[str, Mapping[str, str | Rule]] | None = None,
    most: int = 4,
    schema: Schema | None = None,
) -> Case:
    """A case over a new SQLite file with this DDL. `owners`: each table of the entity, root first, with the columns of the key
    that owns it; `goes`: for (table, first column) of the other keys where they lead, PUBLIC where nothing is said."""
    if schema is None and database is not None:
        with sqlite3.connect(database) as connection:
            connection.executescript(ddl)
        connection.close()
        with open_database(f"sqlite:///{database}") as opened:
            schema = opened.describe()
    assert schema is not None
    tables: list[Owned] = []
    for name, columns in owners.items():
        table = schema.table(TableName(name))
        owner = next((key for key in table.foreign_keys if key.columns == columns), None)
        links = tuple(
            Link(key, (goes or {}).get((name, key.columns[0]), Goes.PUBLIC))
            for key in table.foreign_keys
            if key is not owner
        )
        parent = next((at for at, each in enumerate(tables) if owner and each.table == owner.parent), None)
        tables.append(Owned(table.name, owner, parent, links))
    root = tables[0].table
    structure = Structure(PrivacyUnit(root, schema.table(root).primary_key), tuple(tables), ())
    linked = _linked(database, schema, {each.table for each in tables}) if database is not None else {}
    return Case(schema, structure, learned or {}, masked or {}, linked, most)


def _linked(database: Path, schema: Schema, synthesised: set[TableName]) -> dict[TableName, pa.Table]:
    found = {}
    with sqlite3.connect(database) as connection:
        for table in schema.tables:
            if table.name not in synthesised:
                names = [column.name for column in table.stored]
                rows = connection.execute(f'SELECT * FROM "{table.name.name}"').fetchall()
                columns = list(zip(*rows, strict=True)) if rows else [[] for _ in names]
                arrays = [
                    pa.array(values, carrier(table.column(name))) for name, values in zip(names, columns, strict=True)
                ]
                found[table.name] = pa.table(arrays, names)
    connection.close()
    return found


def load(database: Path | str, schema: Schema, blocks: Sequence[Mapping[TableName, pa.RecordBatch]]) -> None:
    """Into the tables that are there, by the product's own loader, which puts foreign keys off."""
    with open_database(_url(database)) as opened, opened.target() as target:
        made = [table for table in schema.tables if any(table.name in block for block in blocks)]
        only = replace(schema, tables=tuple(made))
        target.claim(Marker("run", "f", State.LOADING, "s", "2026-01-01", False, "1"))
        target.begin(only, fresh=False)
        for table in made:
            for ordinal, block in enumerate(blocks):
                target.write(table, Chunk(table.name, ordinal), iter([block[table.name]]))
        assert not target.finish(only, fresh=False)
        target.set_state(State.COMPLETE)


def _url(database: Path | str) -> str:
    return database if isinstance(database, str) else f"sqlite:///{database}"


def faults(database: Path | str, schema: Schema) -> dict[str, int]:
    """What the database itself finds wrong: orphans, duplicates, failed conditions. Empty when all holds."""
    found = {}
    with open_database(_url(database)) as opened, opened.audit() as audit:
        for table in schema.tables:
            for key in table.foreign_keys:
                found[f"{table.name} {key.columns}"] = audit.orphans(table.name, key)
            for unique in table.uniques:
                found[f"{table.name} {unique.name}"] = audit.duplicates(table.name, unique)
            for check in table.checks:
                found[f"{table.name} {check.expression}"] = audit.failures(table.name, check)
    return {name: count for name, count in found.items() if count}


def rows(blocks: Sequence[Mapping[TableName, pa.RecordBatch]], table: str) -> pa.Table:
    return pa.Table.from_batches([block[TableName(table)] for block in blocks])


__all__ = ["KEY", "Case", "ForeignKey", "Goes", "Uniform", "case", "faults", "load", "rows"]
