"""The rows that a plan asks for: roots, whole tables, a budget, coverage goals, and all that these bring along the foreign keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from connectors.database import Snapshot
from connectors.names import TableName
from connectors.schema import Schema
from connectors.sql import chunk_key
from engine.copies.entity import Entity, entity_of, root_tables, shared
from engine.jobs.control import Control, Progress
from engine.keys import MaskingKey
from engine.load_pace import Gate
from engine.pace import Pace
from engine.plan import READ, Plan, Treatment
from engine.subset.budget import ROOT, Budget, Deal, Spent
from engine.subset.closure import Closure
from engine.subset.coverage import Covered, Mask, addition
from engine.subset.declared import declared, expression_keys
from engine.subset.edges import effective_edges
from engine.subset.footprint import Footprints, Longer, footprints
from engine.subset.paced import paced
from engine.subset.report import SubsetReport, subset_report
from engine.subset.roots import Asking
from engine.subset.selection import Selection
from engine.subset.spec import Roots, Subset
from engine.subset.store import MEMORY
from engine.subset.why import Link
from engine.subset.widths import lengthened

COVERAGE, COPIED = "coverage", "copied"
"""Why such a row is selected: for a goal; because copies refer to it."""
USUAL = Pace()
BEFORE_COVERAGE = 0.9
"""The share of a budget that is filled before coverage goals take their rows."""


class SubsetSelection:
    """A finished selection with what is to be said of it. Closing it deletes what is kept."""

    def __init__(
        self, selection: Selection, closure: Closure, report: SubsetReport, entity: Entity | None = None
    ) -> None:
        self.tables, self.brought, self.report = selection.tables, selection.brought, report
        self.entity = entity
        """What is copied, where the plan says so."""
        self._selection, self._closure = selection, closure

    def __enter__(self) -> SubsetSelection:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def ids(self, table: TableName, start: int, stop: int) -> pa.Table:
        return self._selection.ids(table, start, stop)

    def batches(self, table: TableName, start: int, stop: int, rows: int) -> Iterator[pa.Table]:
        return self._selection.batches(table, start, stop, rows)

    def nulled(self, table: TableName, key: str, ids: pa.Table) -> pa.BooleanArray:
        return self._selection.nulled(table, key, ids)

    def holds(self, table: TableName, ids: pa.Table) -> Mask:
        """Which of these rows are selected."""
        return _is_selected(self._closure, table, ids)

    def chain(self, table: TableName, ids: pa.Table) -> list[Link]:
        """Why the row of this id is selected: the links from it to a row that was asked for; empty where it is not."""
        return self._closure.chain(table, ids)

    def digests(self) -> Mapping[str, str]:
        """What tells these rows from others, by table."""
        return self._selection.digests()

    def close(self) -> None:
        self._selection.close()


def select(
    plan: Plan,
    schema: Schema,
    snapshot: Snapshot,
    key: MaskingKey,
    folder: Path,
    *,
    base: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    control: Control | None = None,
    pace: Pace = USUAL,
    memory: str = MEMORY,
    longer: Longer | None = None,
) -> SubsetSelection:
    """Select under one moment of the source, at this pace; the same each time under the same one. Row ids spill into `folder`,
    encrypted where they are cell values. `base`: beside which a keys file lies, if that is not the plan's own folder.
    `longer`: what masks add, where that is known already.

    Raises PlanError for keys, a size or a goal that cannot be met, ReadError for a condition that the source refuses."""
    subset, schema = selected(plan), declared(plan, schema)
    tables = {name for name, of in plan.tables.items() if of.treatment in READ}
    entries = _entries(plan, subset)
    edges = effective_edges(
        schema, subset, tables & set(schema.by_name), root_tables(plan), expression_keys(plan, schema)
    )
    started = control or Control()
    snapshot = paced(snapshot, Gate(pace, started, lambda why: progress(Progress(why))))

    def begin() -> Closure:
        return Closure(
            schema, edges, snapshot, key, folder, seed=subset.seed, progress=progress, control=started, memory=memory
        )

    blank = [name for name in plan.tables if name not in tables]
    longer = longer or partial(lengthened, plan, schema, snapshot, key, progress)
    taken = footprints(_target(plan, schema), snapshot, folder, blank, exact=subset.size is not None, longer=longer)
    asked = [
        Asking(entry, schema.table(entry.table), snapshot, key, subset.seed, base or plan.folder) for entry in entries
    ]
    entity = entity_of(plan, plan.clone, schema, snapshot, key, folder, started) if plan.clone is not None else None
    choice = _Choice(subset, asked, begin, taken, snapshot, key, entity)
    try:
        choice.make()
        selection = choice.closure.finish()
        parents = {(edge.child, edge.key.name): edge.parent for edge in edges}
        report = subset_report(
            schema, selection.tables, selection.brought, parents, taken, choice.covered, choice.spent
        )
        report = replace(report, copied=entity.report() if entity is not None else None)
        return SubsetSelection(selection, choice.closure, report, entity)
    except BaseException:
        choice.close()
        raise


def selected(plan: Plan) -> Subset:
    """What the plan says of rows that are read one by one. Public tables are whole, since synthetic rows refer to any of theirs; roots
    of synthesised tables say which entities are learned from, and select no row."""
    subset = plan.subset or Subset()
    public = [name for name, of in plan.tables.items() if of.treatment is Treatment.PUBLIC and name not in subset.whole]
    made = {name for name, of in plan.tables.items() if of.treatment is Treatment.SYNTHESIZE}
    roots = tuple(entry for entry in subset.roots if entry.table not in made)
    return replace(subset, roots=roots, whole=(*subset.whole, *public))


def _entries(plan: Plan, subset: Subset) -> list[Roots]:
    """The roots of the subset, and of the entity to copy where it is selected itself."""
    copied = plan.clone if plan.clone is not None and plan.clone.original else None
    return [*subset.roots, *((Roots(copied.table, where=copied.where, keys=copied.keys),) if copied else ())]


def _target(plan: Plan, schema: Schema) -> Schema:
    """The tables that a target has."""
    dropped = {name for name, of in plan.tables.items() if of.treatment is Treatment.DROP}
    return replace(schema, tables=tuple(table for table in schema.tables if table.name not in dropped))


class _Choice:
    """What is selected for its own sake, put into a closure."""

    def __init__(
        self,
        subset: Subset,
        entries: list[Asking],
        begin: Callable[[], Closure],
        footprints: Footprints,
        snapshot: Snapshot,
        key: MaskingKey,
        entity: Entity | None = None,
    ) -> None:
        self._entity = entity
        self._subset, self._entries, self._begin = subset, entries, begin
        self._footprints, self._snapshot, self._key = footprints, snapshot, key
        self.spent: Spent | None = None
        self.covered: list[Covered] = []
        self._closure: Closure | None = None

    @property
    def closure(self) -> Closure:
        return self._closure or self._anew()[0]

    def close(self) -> None:
        if self._closure is not None:
            self._closure.close()

    def make(self) -> None:
        """Select all of it, with what it brings."""
        if self._subset.size is not None:
            self._fill(self._subset.size)
            return
        for asking in self._entries:
            batches = (batch for ids in asking.ids() for batch in ids.to_batches())
            self.closure.add(asking.table.name, batches, owned=True, reason=ROOT)
        self.closure.grow()
        self._cover()

    def _fill(self, size: int) -> None:
        budget = Budget(size, self._anew, self._footprints)
        self.spent = budget.fill(BEFORE_COVERAGE if self._subset.coverage else 1.0)
        if self._subset.coverage:
            self._cover()
            self.spent = budget.refill()

    def _anew(self) -> tuple[Closure, Deal]:
        """Begin once more, with the whole tables alone."""
        self.close()
        self._closure = closure = self._begin()
        for name in self._subset.whole:
            closure.add_whole(name)
        for table, ids in shared(self._entity) if self._entity is not None else ():
            closure.add(table, ids, owned=False, reason=COPIED)
        closure.grow()
        return closure, Deal([(asking.table.name, asking.ids(ordered=True)) for asking in self._entries])

    def _cover(self) -> None:
        for goal in self._subset.coverage:
            columns = chunk_key(self.closure.schema.table(goal.table))
            added = addition(goal, self._snapshot, self._key, partial(_is_selected, self.closure), columns)
            self.closure.add(goal.table, added.ids, owned=False, reason=COVERAGE)
            self.closure.grow()
            self.covered.append(added.covered)


def _is_selected(closure: Closure, table: TableName, ids: pa.Table) -> Mask:
    # Asked within a stream of the source, which can be asked nothing else meanwhile: so a table that is unknown yet stays so.
    member = closure.members.get(table)
    if member is None:
        return np.zeros(ids.num_rows, np.bool_)
    mask = np.full(ids.num_rows, member.whole)
    if not member.whole:
        mask[closure.store.listed(f"selected{member.number}", member.tokens.seal(ids).tokens)] = True
    return mask
