"""Reveal: a few real values of one column on the screen, entered in the chain before they are read."""

from __future__ import annotations

from typing import Any

from connectors.names import TableName, parse_table_name
from desktop.backend.hub_desk import hub_desk
from desktop.backend.plan_desk import open_plan
from desktop.backend.room import Call, Room
from desktop.models.hub import Samples
from engine.commands.plans import agreed_domains
from engine.plan import Plan, Rule, Treatment
from engine.reveal import Masking, login
from engine.reveal import reveal as look
from engine.runs import masking_key

LONGEST = 80
"""Characters of a value that are shown."""


def reveal(room: Room, call: Call, table: str, column: str, count: int) -> Samples:
    """Some values of a column, and what its mask or the proposed one makes of them. Raises CatalogError where nobody can be entered as
    having seen them: then nothing is read."""
    desk, who, name = open_plan(room), login(), parse_table_name(table)
    plan, office = desk.plan, room.office
    rule = _mask(room, plan, name, column)
    masking = None
    if rule is not None:
        key = masking_key(office.keystore, plan.key)
        masking = Masking(plan, rule, key, agreed_domains(room.session, key.name))
    with room.open(desk.source) as source:
        call.control.check()
        seen = look(office, source, room.session.safe(desk.source), name, column, who, count, masking)
    after = tuple(map(said, seen.after)) if seen.after is not None else None
    return Samples(tuple(map(said, seen.before)), after, who)


def _mask(room: Room, plan: Plan, table: TableName, column: str) -> Rule | None:
    """The rule whose work can be shown; None for a column that is kept, or whose table is not masked."""
    there = plan.tables.get(table)
    if there is not None and there.treatment is not Treatment.MASK:
        return None
    rule = there.rule(column) if there is not None else None
    if rule is None or not rule.decided:
        rule = hub_desk(room).proposals().rules.get((table, column))
    return rule if rule is not None and rule.masker is not None and rule.masker.name != "keep" else None


def said(value: Any) -> str:
    """A value on one line."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
