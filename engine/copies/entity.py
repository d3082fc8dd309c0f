"""What a plan copies: the rows of each table that belong to the entity's roots, and how they refer to each other.

Found by a closure of its own, downwards only; which rows a key joins is asked of the source, whose types and collations alone say
what is equal. Kept in memory: an entity is one customer with what belongs to it, not a part of the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from connectors.database import Snapshot
from connectors.names import TableName
from connectors.rows import FROM, TO, Follow
from connectors.schema import ForeignKey, Schema
from engine.copies.places import NOWHERE, Places, PlacesOf
from engine.jobs.control import Control
from engine.keys import MaskingKey
from engine.order import parents_first
from engine.plan import READ, Plan
from engine.problems import PlanError, Problem, Severity
from engine.subset.closure import Closure
from engine.subset.declared import expression_keys
from engine.subset.edges import EffectiveEdge, effective_edges
from engine.subset.report import Copied
from engine.subset.roots import Asking
from engine.subset.spec import Copies, Missing, Roots, Scope, Subset

MOST_ROWS = 1_000_000
"""Rows of one entity: what is known of each stays in memory while its copies are made."""
_ASKED_AT_ONCE = 50_000

SHARED, NOBODY, ORPHAN = NOWHERE, -2, -3
"""In place of an owned parent: a parent that is not owned; an incomplete key; a key without a parent in the source."""


@dataclass(frozen=True)
class Link:
    """One foreign key of the owned rows of a table."""

    key: ForeignKey
    parents: Places
    """For each row the place of the owned parent, or one of the words above."""
    missing: Missing
    shared: pa.Table
    """The ids of the parents that are not owned, one for each reference."""
    referring: Places
    """The rows that refer to these."""

    @cached_property
    def owned(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return self.parents >= 0

    @property
    def orphans(self) -> int:
        return int(np.count_nonzero(self.parents == ORPHAN))


@dataclass(frozen=True)
class OwnedRows:
    """The owned rows of one table, in an order that is the same whenever they are the same."""

    name: TableName
    ids: pa.Table
    links: tuple[Link, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.ids)

    @cached_property
    def places(self) -> PlacesOf:
        return PlacesOf(self.ids)

    def parts(self, rows: int, start: int = 0, stop: int | None = None) -> Iterator[pa.Table]:
        """Their ids, at most so many at a time."""
        end = self.rows if stop is None else stop
        for first in range(start, end, rows):
            yield self.ids.slice(first, min(rows, end - first))


@dataclass(frozen=True)
class Entity:
    """The tables of which rows are owned, parents first as far as there is such an order."""

    said: Copies
    tables: Mapping[TableName, OwnedRows]

    def report(self) -> Copied:
        rows = {name: table.rows for name, table in self.tables.items()}
        return Copied(self.said.table, self.said.copies, self.said.original, rows)


def entity_of(
    plan: Plan,
    copies: Copies,
    schema: Schema,
    snapshot: Snapshot,
    key: MaskingKey,
    folder: Path,
    control: Control | None = None,
) -> Entity:
    """Find it. Raises PlanError for keys that no row has and for an entity too large, ReadError for a condition that is refused."""
    edges = owning_edges(plan, schema)
    roots = Asking(
        Roots(copies.table, copies.where, keys=copies.keys), schema.table(copies.table), snapshot, key, 0, plan.folder
    )
    downwards = [replace(edge, missing=Missing.NULL) for edge in edges]
    seed = plan.subset.seed if plan.subset else 0
    with Closure(schema, downwards, snapshot, key, folder, seed=seed, control=control) as closure:
        closure.add(copies.table, (b for ids in roots.ids() for b in ids.to_batches()), owned=True, reason="root")
        closure.grow()
        _refuse_large(copies, sum(member.rows for member in closure.members.values()))
        found = {name: _ids(closure, name) for name, member in closure.members.items() if member.rows}
    order = [table.name for table in parents_first(schema.tables) if table.name in found]
    owned = {name: OwnedRows(name, found[name]) for name in order}
    linked = {name: replace(rows, links=tuple(_links(rows, owned, edges, snapshot))) for name, rows in owned.items()}
    return Entity(copies, linked)


def owning_edges(plan: Plan, schema: Schema) -> tuple[EffectiveEdge, ...]:
    """The plan's edges, each as far as owned rows follow it: what a shared row brings stays shared."""
    subset = plan.subset or Subset()
    tables = {name for name, of in plan.tables.items() if of.treatment in READ}
    edges = effective_edges(
        schema, subset, tables & set(schema.by_name), root_tables(plan), expression_keys(plan, schema)
    )
    return tuple(replace(edge, scope=Scope.OWNED) if edge.scope is Scope.ALL else edge for edge in edges)


def root_tables(plan: Plan) -> set[TableName]:
    """Where ownership starts."""
    roots = plan.subset.roots if plan.subset is not None else ()
    return {entry.table for entry in roots} | ({plan.clone.table} if plan.clone is not None else set())


def shared(entity: Entity) -> Iterator[tuple[TableName, pa.Table]]:
    """The rows that the copies refer to, and that must be there for them."""
    for rows in entity.tables.values():
        for link in rows.links:
            if link.missing is Missing.BRING and link.shared.num_rows:
                yield link.key.parent, link.shared


def _refuse_large(copies: Copies, rows: int) -> None:
    if rows > MOST_ROWS:
        reason = f"The entity that is copied owns {rows:,} rows, and at most {MOST_ROWS:,} can be copied."
        remedy = 'Name fewer roots in [clone], or write follow = "none" for an edge that brings too much.'
        raise PlanError([Problem("copies-too-many-rows", Severity.ERROR, reason, remedy, copies.table)])


def _ids(closure: Closure, name: TableName) -> pa.Table:
    """Sorted, for that is how a source finds rows fastest."""
    member = closure.members[name]
    found = pa.concat_tables([member.tokens.open(part) for part in closure.store.read(member.frontier())])
    return found.sort_by([(column, "ascending") for column in found.column_names]).combine_chunks()


def _links(
    rows: OwnedRows, owned: Mapping[TableName, OwnedRows], edges: Sequence[EffectiveEdge], snapshot: Snapshot
) -> Iterator[Link]:
    for edge in edges:
        if edge.child == rows.name:
            yield _link(rows, owned.get(edge.parent), edge, snapshot)


def _link(rows: OwnedRows, parents: OwnedRows | None, edge: EffectiveEdge, snapshot: Snapshot) -> Link:
    found = np.full(rows.rows, NOBODY, np.int64)
    # Asked for first: a snapshot of a keeper streams one answer at a time.
    own, names = snapshot.row_ids(rows.name).names(FROM), snapshot.row_ids(edge.parent)
    shared, referring = [names.schema(TO).empty_table()], [np.zeros(0, np.int64)]
    for part in rows.parts(_ASKED_AT_ONCE):
        for batch in snapshot.follow(Follow(edge.child, edge.key, False, part)):
            children = rows.places.of([batch.column(name) for name in own])
            to = [batch.column(name) for name in names.names(TO)]
            places = parents.places.of(to) if parents is not None else np.full(len(children), NOWHERE, np.int64)
            places = np.where(to[0].is_null().to_numpy(zero_copy_only=False), ORPHAN, places)
            # A key that is not unique may lead to several parents: one that is owned goes first.
            np.maximum.at(found, children, np.where(places == ORPHAN, NOBODY, places))
            lost = children[places == ORPHAN]
            found[lost[found[lost] == NOBODY]] = ORPHAN
            shared.append(pa.Table.from_batches([batch]).select(names.names(TO)).filter(pa.array(places == SHARED)))
            referring.append(children[places == SHARED])
    return Link(
        edge.key, found, edge.missing, pa.concat_tables(shared).rename_columns(names.names()), np.concatenate(referring)
    )
