"""A table and a rule as the Plan page shows them, made of the plan, the schema and the domains that join columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from connectors.names import TableName
from connectors.schema import Column, Table
from desktop.backend.fields import fields_of, masks
from desktop.backend.marks import PersonalMarks
from desktop.backend.plan_desk import PlanDesk
from desktop.backend.room import Room
from desktop.models.rule import ColumnView, Decision, Mask, RuleView, TableView
from desktop.theme.tokens import Tone
from engine.check_view import View
from engine.column_domains import ColumnName, domain_members
from engine.masking.base import Masker
from engine.person_path import person_of
from engine.plan import AS_IS, Rule, Treatment
from engine.plan_counts import RULED
from engine.plan_decide import column_path, spelt
from engine.plan_toml_write import plain, rule_data
from engine.privacy.words import learn_data
from engine.profiling.people import people_tables
from engine.toml_text import inline_text

MOST_JOINED = 40
"""Columns of a domain that are named."""


def table_view(room: Room, desk: PlanDesk, name: TableName, *, alone: bool) -> TableView:
    """Raises PlanError."""
    decided = desk.plan.tables.get(name)
    view = None if alone else desk.view()
    table = view.schema.by_name.get(name) if view is not None else None
    marks = (room.keep(PersonalMarks, PersonalMarks).of(desk.source) or {}).get(name, {})
    treatment = decided.treatment.value if decided is not None else ""
    with desk.lock:
        line = desk.document.line(("tables", spelt(desk.document, name))) if desk.document else None
    rules = {column: rule for rule in decided.rules for column in rule.columns} if decided is not None else {}
    columns: list[ColumnView] = []
    if table is not None and view is not None:
        keys = _keys(table)
        columns = [
            _column(each, rules.get(each.name), decided.treatment if decided else None, marks.get(each.name, ""),
                    keys.get(each.name, ""), view.domains.get((name, each.name), ""))
            for each in table.columns
        ]  # fmt: skip
    known = {each.name for each in columns}
    for column, rule in rules.items():
        if column not in known:
            said = "" if table is None else "not in the source"
            columns.append(ColumnView(column, said, "", rule.reason or "", *_decision(rule, Treatment.MASK)))
    parents = tuple(dict.fromkeys(str(key.parent) for key in table.foreign_keys)) if table is not None else ()
    children = tuple(str(each.name) for each, _ in view.schema.references_to(name)) if view and table else ()
    reason = decided.reason if decided is not None else None
    return TableView(str(name), treatment, reason or "", tuple(columns), line, parents, tuple(dict.fromkeys(children)))


def _keys(table: Table) -> Mapping[str, str]:
    said: dict[str, list[str]] = defaultdict(list)
    for column in table.primary_key:
        said[column].append("primary key" if len(table.primary_key) == 1 else "part of the primary key")
    for key in table.foreign_keys:
        for column, parent in zip(key.columns, key.parent_columns, strict=False):
            said[column].append(f"→ {key.parent}.{parent}")
    for unique in table.uniques:
        if not unique.primary and len(unique.columns) == 1:
            said[unique.columns[0]].append("unique")
    return {column: ", ".join(dict.fromkeys(words)) for column, words in said.items()}


def _column(
    column: Column, rule: Rule | None, treatment: Treatment | None, mark: str, key: str, domain: str
) -> ColumnView:
    if column.generated is not None:
        return ColumnView(column.name, column.native, key, "computed by the database", "made anew", "")
    decision, _, tone = _decision(rule, treatment)
    looks = mark or (rule.reason if rule is not None and rule.reason else "")
    masked = rule is not None and rule.masker is not None and rule.masker.name != "keep" and treatment is Treatment.MASK
    return ColumnView(column.name, column.native, key, looks, decision, domain if masked else "", tone)


def _decision(rule: Rule | None, treatment: Treatment | None) -> tuple[str, str, Tone]:
    if treatment is not None and treatment not in RULED:
        return ("as it is" if treatment in AS_IS else "no rows"), "", Tone.PLAIN
    if rule is None or not rule.decided:
        return "undecided", "", Tone.CAUTION
    if rule.learn is not None:
        return "learned", "", Tone.GOOD
    if rule.masker is not None and rule.masker.name == "keep":
        return "kept", "", Tone.PLAIN
    return (rule.masker.name if rule.masker is not None else ""), "", Tone.GOOD


def rule_view(desk: PlanDesk, name: TableName, column: str, *, alone: bool) -> RuleView:
    """The rule of one column, with all that can be chosen for it. Raises PlanError."""
    decided = desk.plan.tables.get(name)
    rule = decided.rule(column) if decided is not None else None
    with desk.lock:
        line = desk.document.line(column_path(desk.document, name, column)) if desk.document else None
    view = None if alone else desk.view()
    table = view.schema.by_name.get(name) if view is not None else None
    found = next((each for each in table.columns if each.name == column), None) if table is not None else None
    said = _rule(rule, column, str(name))
    said = replace(
        said, native=found.native if found is not None else "", line=line, masks=_masks(found, said.columns, said.mask),
        fields=fields_of(said.mask) if said.mask else (), treatment=decided.treatment.value if decided else "",
        computed=found is not None and found.generated is not None,
    )  # fmt: skip
    if view is None or table is None:
        return said
    shared = view.domains.get((name, column), "")
    joined = tuple(f"{each}.{other}" for each, other in _members(desk, view, shared) if (each, other) != (name, column))
    others = tuple(each.name for each in table.columns if each.name not in said.columns)
    return replace(
        said, shared=shared, joined=joined[:MOST_JOINED], more_joined=max(0, len(joined) - MOST_JOINED), others=others,
        people=tuple(_people(view, table)),
    )  # fmt: skip


def _members(desk: PlanDesk, view: View, domain: str) -> tuple[ColumnName, ...]:
    """The masked columns of a domain; what a key joins is masked alike."""
    return desk.kept("members", lambda: domain_members(view.plan, view.schema), view).get(domain, ())


def _rule(rule: Rule | None, column: str, table: str) -> RuleView:
    if rule is None:
        return RuleView(table, (column,), "", Decision.UNDECIDED, reason="")
    common: dict[str, Any] = {
        "domain": rule.domain or "",
        "by": rule.by or "",
        "from_": rule.from_,
        "roles": rule.roles,
    }
    if rule.learn is not None:
        learned = inline_text(learn_data(rule.learn))
        return RuleView(table, rule.columns, "", Decision.LEARN, reason=rule.reason or "", learned=learned)
    if rule.masker is None:
        return RuleView(table, rule.columns, "", Decision.UNDECIDED, reason=rule.reason or "")
    if rule.masker.name == "keep":
        return RuleView(table, rule.columns, "", Decision.KEEP, reason=rule.reason or "")
    options = {name: inline_text(plain(value)) for name, value in _said(rule).items()}
    return RuleView(
        table, rule.columns, "", Decision.MASK, rule.masker.name, options, rule.reason or "", **common,
    )  # fmt: skip


def _said(rule: Rule) -> dict[str, object]:
    own = ("mask", "domain", "from", "by", "roles", "accepted")
    return {key: value for key, value in rule_data(rule).items() if key not in own}


def _masks(column: Column | None, columns: tuple[str, ...], current: str) -> tuple[Mask, ...]:
    """Those that fit the type come with `fits`; masks of several columns only where there are several."""
    return tuple(
        replace(mask, fits=column is None or column.kind in kind.kinds)
        for kind, mask in masks()
        if mask.name == current or _countable(kind, len(columns))
    )


def _countable(kind: type[Masker], columns: int) -> bool:
    several = bool(kind.roles) or kind.several
    return several if columns > 1 else not kind.roles or kind.several or columns > 1


def _people(view: View, table: Table) -> Iterator[str]:
    """Whom a rule may follow: the row's person first, then columns that are keys."""
    person = person_of(view.schema, people_tables(view.schema), table)
    if person is not None:
        yield person
    for key in table.foreign_keys:
        if len(key.columns) == 1 and key.columns[0] != person:
            yield key.columns[0]
