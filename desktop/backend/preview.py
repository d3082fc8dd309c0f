"""Rows before and after masking for the page: read, masked and sent, and written nowhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np

from connectors.names import TableName, parse_table_name
from connectors.schema import Schema
from desktop.backend.plan_desk import PlanDesk, open_plan
from desktop.backend.preview_cells import cells
from desktop.backend.room import Call, Room
from desktop.models.columnar import names
from desktop.models.preview import Head, Kind, NoSight, Seen, Tables, nothing_to_compare
from engine.keys import MaskingKey
from engine.plan import Plan, Treatment
from engine.preview import Preview, preview, table_alone, undecided
from engine.reveal import logged, login
from engine.runs import masking_key


class _Turn:
    """One look at a time: who asks again while one reads waits, and is gone by then if nobody wants it any more."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


def tables(room: Room, call: Call) -> Tables:
    """Every table of the source that the plan may speak of. Raises PlanError."""
    desk = open_plan(room)
    plan, schema = desk.plan, desk.schema
    return Tables(
        names(str(table.name) for table in schema.tables),
        names(_treatment(plan, table.name).value for table in schema.tables),
    )


def look(room: Room, call: Call, table: str, rows: int, reveal: bool = False) -> Seen | NoSight:
    """The first rows of a table, masked as a run would. `reveal`: with the source's own values beside them, which is entered in the
    chain of reveals before anything is read. Raises PlanError, ReadError, CatalogError."""
    desk, name = open_plan(room), parse_table_name(table)
    plan, schema = desk.plan, desk.schema
    if name not in schema.by_name:
        return NoSight(table, f"The source has no table {table}.")
    treatment = _treatment(plan, name)
    reason = plan.tables[name].reason if name in plan.tables else None
    if why := nothing_to_compare(table, treatment.value, reason or ""):
        return NoSight(table, why)
    key = masking_key(room.keystore, plan.key)
    with room.keep(_Turn, _Turn).lock:
        call.control.check()
        if reveal:
            columns = [column.name for column in schema.table(name).stored]
            source = room.session.safe(desk.source)
            logged(room.office, {"who": login(), "source": source, "table": table, "columns": columns, "rows": rows})
        seen = _read(room, desk, plan, schema, key, name, rows)
    if not seen.before.num_rows:
        return NoSight(table, f"{table} has no rows in the source: there is nothing to compare.")
    return _shown(seen, plan, schema, reveal=reveal)


def _read(
    room: Room, desk: PlanDesk, plan: Plan, schema: Schema, key: MaskingKey, name: TableName, rows: int
) -> Preview:
    alone, agreed = table_alone(plan, schema, name), room.keystore.domains(key.name)
    with room.open(desk.source) as database:
        return preview(alone, database, key, name, rows, agreed, schema=schema)


def _treatment(plan: Plan, table: TableName) -> Treatment:
    found = plan.tables.get(table)
    return found.treatment if found is not None else Treatment.MASK


def _shown(seen: Preview, plan: Plan, schema: Schema, *, reveal: bool) -> Seen:
    """As the window gets it. Until they are revealed, values of the source do not leave: those that no mask has changed neither."""
    names_ = seen.after.schema.names
    open_ = set(undecided(plan, schema, seen.table))
    changed = np.ascontiguousarray(seen.changed.T)
    hidden = np.zeros_like(changed) if reveal else ~changed
    marks = np.where(hidden, Kind.HIDDEN, Kind.TEXT).astype(np.uint8)
    marks[[place for place, name in enumerate(names_) if name in open_]] = Kind.UNDECIDED
    return Seen(
        str(seen.table),
        tuple(_heads(names_, plan, schema, seen.table)),
        seen.after.num_rows,
        cells(seen.after, schema.table(seen.table), marks),
        changed.reshape(-1),
        cells(seen.before, schema.table(seen.table), np.zeros_like(marks)) if reveal else None,
    )


def _heads(columns: list[str], plan: Plan, schema: Schema, table: TableName) -> Iterator[Head]:
    decided = plan.tables.get(table)
    for name in columns:
        rule = decided.rule(name) if decided is not None else None
        # A title may go on to say how: "E-mail address, a function of its own value".
        title = rule.masker.title.partition(",")[0] if rule is not None and rule.masker is not None else ""
        yield Head(name, title, schema.table(table).column(name).native)
