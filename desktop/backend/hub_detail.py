"""One column in full: what was found, what speaks against it, what happens to it and what would. Never a value of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.names import TableName, parse_table_name
from desktop.backend.hub_desk import HubDesk, hub_desk
from desktop.backend.hub_evidence import Evidence, entity_said
from desktop.backend.plan_desk import open_plan
from desktop.backend.room import Call, Room
from desktop.models.hub import Detail, Keeps, Line, Proposal
from desktop.models.hub_board import line
from engine.commands.status import UsageError
from engine.masking.base import Masker
from engine.plan import Plan, Rule
from engine.profiling.percent import percent
from engine.profiling.taxonomy import TAXONOMY

MOST = 8
"""Lines of each kind."""
LEAST = 0.02
"""What is less probable is not said among what a column may be as well."""


def detail(room: Room, call: Call, table: str, column: str) -> Detail:
    """What is known of a column, at once: nothing is read, and no proposal is sought. Raises UsageError for a column that is gone."""
    hub, desk = hub_desk(room), open_plan(room)
    board, _ = hub.board()
    at = board.row(table, column)
    if at is None:
        raise UsageError(f"the plan has no column {table}.{column} any more")
    found = hub.evidence(desk)
    said = found.of(at) if found is not None and at < len(found) else {}
    rule = _rule(desk.plan, parse_table_name(table), column)
    return _detail(line(board, at), said, found, rule)


def proposal(room: Room, call: Call, table: str, column: str) -> Proposal:
    """The mask that accepting an undecided column would take. The first one asked for takes as long as a check of the plan."""
    return proposal_of(hub_desk(room), parse_table_name(table), column)


def proposal_of(hub: HubDesk, table: TableName, column: str) -> Proposal:
    joined = hub.proposals().together([(table, column)])
    rule = joined.get((table, column))
    if rule is None:
        return Proposal(blocked="Its table is not masked column by column: the Plan page has its decision.")
    family = tuple(f"{other}.{name}" for other, name in joined if (other, name) != (table, column))
    if rule.masker is None:
        return Proposal(blocked=rule.reason or "", family=family)
    return Proposal(rule.masker.name, rule.masker.title, keeps(rule.masker), family=family)


def keeps(masker: Masker) -> tuple[Keeps, ...]:
    """What a technique promises to leave."""
    told = masker.properties
    holds = {
        Keeps.EQUAL: told.deterministic and told.reads_value, Keeps.DISTINCT: told.bijective,
        Keeps.LENGTH: told.keeps_length, Keeps.FORMAT: told.keeps_format, Keeps.ORDER: told.keeps_order,
        Keeps.CHECKSUM: told.keeps_checksum, Keeps.NOTHING: not told.reads_value,
    }  # fmt: skip
    return tuple(word for word, true in holds.items() if true)


def _rule(plan: Plan, table: TableName, column: str) -> Rule | None:
    there = plan.tables.get(table)
    return there.rule(column) if there is not None else None


def _detail(at: Line, said: Mapping[str, Any], found: Evidence | None, rule: Rule | None) -> Detail:
    beside = found.beside if found is not None else {}
    masker = rule.masker if rule is not None and rule.masker is not None and rule.masker.name != "keep" else None
    return Detail(
        at,
        laws=tuple(_laws(said)),
        evidence=tuple(said.get("evidence", ())),
        against=tuple(said.get("against", ())),
        others=tuple(_others(said))[:MOST],
        inside=tuple(_shares(said.get("inside", ()))),
        paths=tuple(_paths(said.get("paths", ())))[:MOST],
        missed=tuple(_missed(beside.get("not_examined", ()), at)),
        sets=tuple(_sets(beside.get("quasi_identifiers", ()), at))[:MOST],
        keys=tuple(_keys(beside.get("keys", ()), at))[:MOST],
        rows=said.get("rows", 0),
        distinct=said.get("distinct", 0),
        reason=(rule.reason or "") if rule is not None else "",
        columns=rule.columns if rule is not None else (at.column,),
        mask=masker.name if masker is not None else "",
        mask_title=masker.title if masker is not None else "",
        keeps=keeps(masker) if masker is not None else (),
    )


def _laws(said: Mapping[str, Any]) -> Iterator[str]:
    known = TAXONOMY.get(said.get("entity") or "")
    if known is None:
        return
    yield known.group.value
    for words, place in (("GDPR article", known.gdpr), ("HIPAA identifier", known.hipaa), ("PCI DSS:", known.pci)):
        if place:
            yield f"{words} {place}"


def _others(said: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for each in said.get("types", ()):
        if each["entity"] != said.get("entity") and each["probability"] >= LEAST:
            yield entity_said(each["entity"]), each["probability"]


def _shares(inside: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in inside:
        yield f"{entity_said(each['entity'])} in {percent(each['share'])} of the texts"


def _paths(paths: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in paths:
        if each["entity"] is not None:
            yield f"{each['path']}: {entity_said(each['entity'])}, {percent(each['probability'])}"


def _missed(missed: Sequence[Mapping[str, Any]], at: Line) -> Iterator[str]:
    for each in missed:
        if each["table"] == at.table and each["column"] in (None, at.column):
            yield each["reason"]


def _sets(sets: Sequence[Mapping[str, Any]], at: Line) -> Iterator[str]:
    for each in sets:
        if each["table"] == at.table and at.column in each["columns"]:
            others = ", ".join(name for name in each["columns"] if name != at.column)
            yield f"with {others}: singles out {percent(each['unique'])} of the rows"


def _keys(keys: Sequence[Mapping[str, Any]], at: Line) -> Iterator[str]:
    for each in keys:
        if each["table"] == at.table and at.column in each["columns"]:
            parent = f"{each['parent']}.{', '.join(each['parent_columns'])}"
            yield f"refers to {parent}, {percent(each['probability'])}: {'; '.join(each['evidence'][:2])}"
        elif each["parent"] == at.table and at.column in each["parent_columns"]:
            child = f"{each['table']}.{', '.join(each['columns'])}"
            yield f"{child} refers to it, {percent(each['probability'])}"
