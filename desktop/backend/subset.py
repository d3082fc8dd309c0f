"""The subset of the open plan: what it says, a proposal, how much it is, and why a row is in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import numpy as np

from connectors.names import TableName, parse_table_name
from connectors.schema import Schema
from desktop.backend.plan_desk import open_plan
from desktop.backend.room import Call, Room
from desktop.models.columnar import names
from desktop.models.how_far import HowFar
from desktop.models.plan import Change
from desktop.models.subset import Amounts, Because, Copies, Key, Proposed, Root, SubsetForm, Take
from engine.jobs.control import Progress, Report
from engine.plan import READ, Plan, synthesises
from engine.problems import PlanError, Problem, Severity
from engine.reveal import logged, login
from engine.runs import masking_key
from engine.subset import spec
from engine.subset.declared import expression_keys
from engine.subset.edges import EffectiveEdge, effective_edges, means, planned
from engine.subset.looking import Estimated, estimated, exact
from engine.subset.looking import why as chain_of
from engine.subset.propose import propose_subset
from engine.subset.report import SubsetReport
from engine.subset.sentences import because, brought_said, report_sentences, row_said
from engine.subset.sizes import about, parse_size, size_text

PART = 200
"""Foreign keys in one message."""
OFTEN = 0.2
"""Seconds between two words of how far a count is."""


def shown(room: Room, call: Call) -> SubsetForm:
    """What the plan says of which rows; every foreign key is told on the way. Raises PlanError."""
    desk = open_plan(room)
    plan, schema = desk.plan, desk.schema
    keys = _keys(plan, schema)
    for start in range(0, len(keys), PART):
        call.control.check()
        call.tell(keys[start : start + PART])
    subset = plan.subset or spec.Subset()
    return SubsetForm(
        plan.subset is not None,
        tuple(map(_root, subset.roots)),
        size_text(subset.size) if subset.size is not None else "",
        subset.seed,
        tuple(map(str, subset.whole)),
        _copies(plan.clone) if plan.clone is not None else None,
        synthesises(plan),
        names(str(table.name) for table in schema.tables if _read(plan, table.name)),
    )


def propose(room: Room, call: Call, roots: tuple[Root, ...], size: str, seed: int) -> Change:
    """As `lookalike subset propose` does, in the open plan: the roots, lookup tables whole, each foreign key as it is followed.
    Raises PlanError."""
    desk = open_plan(room)
    asked = spec.Subset(tuple(map(_asked, roots)), _size(size), seed)
    with room.open(desk.source) as database:
        found = propose_subset(desk.plan, desk.text, database, asked)
    call.control.check()
    followed = sum(edge.scope is not spec.Scope.NONE for edge in found.edges)
    said = Proposed(tuple(str(each.table) for each in found.lookups), followed, found.renewed)
    return replace(desk.replace(found.text), said=said)


def estimate(room: Room, call: Call) -> Amounts:
    """How many rows there will be, about. Raises PlanError, ReadError, Cancelled."""
    desk = open_plan(room)
    plan = desk.plan
    with room.open(desk.source) as database, _scratch(room) as folder:
        return _guessed(estimated(plan, database, masking_key(room.keystore, plan.key), folder, _telling(call)))


def count(room: Room, call: Call) -> Amounts:
    """How many rows there are at this moment, every key followed as in a run. Raises PlanError, ReadError, Cancelled."""
    desk = open_plan(room)
    plan = desk.plan
    with room.open(desk.source) as database, _scratch(room) as folder:
        key = masking_key(room.keystore, plan.key)
        _, report = exact(plan, database, key, folder, _telling(call), call.control)
    return _counted(report)


def why(room: Room, call: Call, table: str, key: str) -> tuple[Because, ...]:
    """The chain from a row to the one that was asked for; empty where the row is not selected. Its keys are values of the source, so
    the look is entered in the chain of reveals first. Raises PlanError, ReadError, CatalogError."""
    desk = open_plan(room)
    plan, name = desk.plan, parse_table_name(table)
    if plan.subset is None and plan.clone is None:
        reason = "The plan takes every row: it has no subset to ask about."
        raise PlanError([Problem("no-subset", Severity.ERROR, reason, "Say first which rows are taken.")])
    row = tuple(next(csv.reader(io.StringIO(key), skipinitialspace=True), []))
    source = room.session.safe(desk.source)
    logged(room.office, {"who": login(), "source": source, "table": table, "columns": ["its key"], "rows": 1})
    with room.open(desk.source) as database, _scratch(room) as folder:
        secret = masking_key(room.keystore, plan.key)
        steps = chain_of(plan, database, secret, folder, name, row, _telling(call), call.control)
    return tuple(
        Because(row_said(step), because(step, last=number == len(steps))) for number, step in enumerate(steps, 1)
    )


@contextmanager
def _scratch(room: Room) -> Iterator[Path]:
    """A private folder for the selection's keys, gone at the end."""
    with TemporaryDirectory(prefix="subset-", dir=room.workspace.folder) as folder:
        yield Path(folder)


def _telling(call: Call) -> Report:
    """How far it is, not more often than a person reads."""
    last = 0.0

    def tell(progress: Progress) -> None:
        nonlocal last
        call.control.check()
        if monotonic() - last >= OFTEN:
            last = monotonic()
            table = str(progress.table) if progress.table is not None else ""
            call.tell(HowFar(progress.phase, table, progress.total_rows, progress.total_estimated or 0))

    return tell


# What the plan says, as forms.


def _read(plan: Plan, name: TableName) -> bool:
    return name in plan.tables and plan.tables[name].treatment in READ


def _edges(plan: Plan, schema: Schema) -> tuple[EffectiveEdge, ...]:
    subset = plan.subset or spec.Subset()
    tables = [table.name for table in schema.tables if _read(plan, table.name)]
    roots = {root.table for root in subset.roots} | ({plan.clone.table} if plan.clone else set())
    return effective_edges(schema, subset, tables, roots, expression_keys(plan, schema))


def _keys(plan: Plan, schema: Schema) -> list[Key]:
    of_child: dict[TableName, list[EffectiveEdge]] = {}
    for edge in _edges(plan, schema):
        of_child.setdefault(edge.child, []).append(edge)
    return [_key(edge, plan, edges) for edges in of_child.values() for edge in edges]


def _key(edge: EffectiveEdge, plan: Plan, edges: list[EffectiveEdge]) -> Key:
    by_columns = spec.Edge(edge.child, edge.key.columns)
    beside = [other for other in edges if means(by_columns, other.key)]
    said = plan.subset is not None and planned(plan.subset, edge.child, edge.key) is not None
    return Key(
        str(edge.child), edge.key.name, edge.key.columns, str(edge.parent), edge.scope.value, edge.limit,
        edge.where or "", edge.missing.value, said, len(beside) != 1,
    )  # fmt: skip


def _root(roots: spec.Roots) -> Root:
    take, amount = Take.EVERY, ""
    if roots.percent is not None:
        take, amount = Take.PERCENT, f"{roots.percent:g}"
    elif roots.rows is not None:
        take, amount = Take.ROWS, str(roots.rows)
    elif roots.keys:
        take, amount = Take.KEYS, _keys_text(roots.keys)
    return Root(str(roots.table), roots.where or "", take, amount, roots.keys_file or "")


def _copies(said: spec.Copies) -> Copies:
    return Copies(str(said.table), str(said.copies), said.where or "", _keys_text(said.keys), said.original)


def _keys_text(keys: tuple[spec.Key, ...]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="; ").writerows(keys)
    return written.getvalue().removesuffix("; ")


def _asked(root: Root) -> spec.Roots:
    said = root.data()
    keys = tuple(tuple(key) for key in said.pop("keys", ()))
    return spec.Roots(parse_table_name(said.pop("table")), keys=keys, **said)


def _size(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        return parse_size(text)
    except ValueError as error:
        raise PlanError([Problem("plan-type", Severity.ERROR, f"{error}.", "Correct the size.")]) from None


# How much it is.


def _guessed(guess: Estimated) -> Amounts:
    rows, source = ([*of.values()] for of in (guess.rows, guess.source_rows))
    return Amounts(
        names(map(str, guess.rows)), np.array(rows, np.int64), np.array(source, np.int64), about(guess.bytes), False
    )


def _counted(report: SubsetReport) -> Amounts:
    tables = report.tables
    return Amounts(
        names(str(each.table) for each in tables),
        np.array([each.selected.rows for each in tables], np.int64),
        np.array([each.source_rows for each in tables], np.int64),
        about(report.bytes),
        True,
        np.array([each.selected.whole for each in tables], np.bool_),
        names(brought_said(each.brought_by) if each.brought_by is not None else "" for each in tables),
        tuple((weight.value, sentence) for weight, sentence in report_sentences(report)),
    )
