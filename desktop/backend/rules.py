"""Verbs of the Plan page: tables, the columns of one, the rule of one column, and what a person asks of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from connectors.names import TableName, parse_table_name
from desktop.backend.fields import fields_of
from desktop.backend.plan_desk import PlanDesk, open_plan
from desktop.backend.room import Call, Room
from desktop.backend.rule_views import rule_view, table_view
from desktop.models.columnar import names
from desktop.models.plan import Change, Edit
from desktop.models.rule import ROLES, TREATMENTS, Decision, Field, Missed, RuleView, TablesView, TableView, Wanted
from engine.masking import make_masker
from engine.plan import Plan
from engine.plan_counts import NOTHING, counted
from engine.plan_decide import rule_edits, spelt
from engine.plan_document import Document
from engine.problems import PlanError
from engine.toml_text import inline_text


def tables(room: Room, call: Call, alone: bool = False) -> TablesView:
    """All tables of the source and of the plan. `alone`: of the plan only, without asking the source. Raises PlanError and what a
    database raises."""
    desk = open_plan(room)
    plan = desk.plan
    schema = None if alone else desk.schema
    here = list(schema.by_name) if schema is not None else []
    every = here + [name for name in plan.tables if schema is None or name not in schema.by_name]
    of = counted(plan, schema)
    counts = [of.get(name, NOTHING) for name in every]
    rows = [schema.by_name[name].estimated_rows if schema and name in schema.by_name else None for name in every]
    return TablesView(
        names(map(str, every)),
        np.array([-1 if each is None else each for each in rows], np.int64),
        np.array([_treatment(plan, name) for name in every], np.int8),
        np.array([each.masked for each in counts], np.int32),
        np.array([each.kept for each in counts], np.int32),
        np.array([each.undecided for each in counts], np.int32),
        np.array([ROLES.index(_role(plan, name)) for name in every], np.int8),
        np.array([schema is None or name in schema.by_name for name in every], np.int8),
    )


def _treatment(plan: Plan, name: TableName) -> int:
    decided = plan.tables.get(name)
    return TREATMENTS.index(decided.treatment.value) if decided is not None else 0


def _role(plan: Plan, name: TableName) -> str:
    if plan.privacy is not None and plan.privacy.unit == name:
        return "unit"
    if plan.subset is None:
        return ""
    if any(root.table == name for root in plan.subset.roots):
        return "start"
    return "whole" if name in plan.subset.whole else ""


def table(room: Room, call: Call, table: str, alone: bool = False) -> TableView:
    """One table with its columns and what happens to them."""
    desk = open_plan(room)
    return table_view(room, desk, parse_table_name(table), alone=alone)


def column(room: Room, call: Call, table: str, column: str, alone: bool = False) -> RuleView:
    """One column's rule, with all that a form needs to change it."""
    return rule_view(open_plan(room), parse_table_name(table), column, alone=alone)


def fields(room: Room, call: Call, mask: str) -> tuple[Field, ...]:
    return fields_of(mask)


def treat(room: Room, call: Call, table: str, treatment: str, reason: str) -> Change:
    """Give a table a treatment; `reason` is written where it is said."""
    desk, name = open_plan(room), parse_table_name(table)
    with desk.lock:
        key = spelt(_document(desk), name)
        there = name in desk.plan.tables
        edits = [Edit(("tables", key, "treatment"), inline_text(treatment))]
        edits.append(Edit(("tables", key, "reason"), inline_text(reason) if reason.strip() else None))
        if not there:
            lines = f"treatment = {inline_text(treatment)}\n"
            edits = [Edit(("tables", key), lines + (f"reason = {inline_text(reason)}\n" if reason.strip() else ""))]
        return desk.apply(edits)


def decide(room: Room, call: Call, table: str, columns: Sequence[str], wanted: Wanted) -> Change:
    """Give columns of one table one decision. What stands against it comes back as Missed, and nothing has changed."""
    desk, name = open_plan(room), parse_table_name(table)
    try:
        data = _data(wanted)
    except _Wrong as wrong:
        return Change(desk.state(), (), Missed(wrong.said))
    if missed := tuple(_against(wanted, data)):
        return Change(desk.state(), (), Missed(missed))
    with desk.lock:
        try:
            return desk.apply(rule_edits(_document(desk), name, tuple(columns), data))
        except PlanError as error:
            return Change(
                desk.state(), (), Missed(tuple(("", f"{each.reason} {each.remedy}") for each in error.problems))
            )


def accept(room: Room, call: Call, code: str, place: str) -> Change:
    """Accept a warning: in the plan's own list, by its code and its place."""
    desk = open_plan(room)
    said = f"{code} {place}".strip()
    with desk.lock:
        accepted = list(desk.plan.accept)
        return desk.apply([Edit(("accept",), inline_text([*accepted, *([] if said in accepted else [said])]))])


def place(room: Room, call: Call, line: int) -> tuple[str, str]:
    """The table and the column that a line speaks of; empty texts where it speaks of none."""
    desk = open_plan(room)
    with desk.lock:
        document = desk.document
        path = document.path_at(line) if document is not None else ()
    if path[:1] != ("tables",) or len(path) < 2:
        return "", ""
    try:
        name = str(parse_table_name(path[1]))
    except ValueError:
        return "", ""
    if path[2:3] == ("columns",) and len(path) > 3:
        return name, path[3]
    if path[2:3] == ("rules",) and len(path) > 3 and document is not None:
        listed = document.data((*path[:4], "columns"))
        return name, listed[0] if isinstance(listed, list) and listed else ""
    return name, ""


class _Wrong(Exception):
    """A field whose text is no value."""

    def __init__(self, said: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self.said = said


def _data(wanted: Wanted) -> dict[str, Any]:
    """The rule as the plan's TOML has it. Raises _Wrong."""
    data: dict[str, Any] = {}
    if wanted.decision is Decision.KEEP:
        data["keep"] = wanted.reason.strip()
    elif wanted.decision is Decision.UNDECIDED:
        data["undecided"] = wanted.reason.strip() or "nobody has decided yet"
    else:
        data["mask"] = wanted.mask
        data |= {name: _value(name, text) for name, text in wanted.options.items() if text.strip()}
    said = {"domain": wanted.domain.strip(), "from": list(wanted.from_), "by": wanted.by.strip()}
    return data | {key: value for key, value in said.items() if value and wanted.decision is Decision.MASK}


def _value(name: str, text: str) -> Any:
    try:
        read = tomllib.loads(f"x = {text}")
        if set(read) == {"x"}:
            return read["x"]
    except tomllib.TOMLDecodeError:
        pass
    raise _Wrong(
        ((name, 'This is no value of a plan. Write a text as "text", a number, [a, list] or { key = value }.'),)
    )


def _against(wanted: Wanted, data: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """What is wrong in single fields."""
    if wanted.decision is Decision.KEEP and not wanted.reason.strip():
        yield "reason", "Say why the values may stay as they are: it stands in the plan and in every report."
    if wanted.decision is not Decision.MASK:
        return
    options = {name: data[name] for name in wanted.options if name in data}
    try:
        make_masker(wanted.mask, options)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False, include_context=False):
            place = detail["loc"]
            yield (str(place[0]) if place else ""), f"{detail['msg']}."


def _document(desk: PlanDesk) -> Document:
    if desk.document is None:
        raise PlanError(desk.problems)
    return desk.document
