"""Write a plan as TOML. What a person wrote in the earlier text stays as it is, comments included, wherever it still says the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import tomlkit
from tomlkit.items import Item, Table

from connectors.names import TableName, parse_table_name
from connectors.schema import Schema
from engine.assessment.toml import assess_text, renew_assess
from engine.plan import Plan, Rule, TablePlan
from engine.plan_toml import read_plan
from engine.privacy.toml_write import privacy_text, renew_privacy
from engine.privacy.words import learn_data
from engine.subset.toml_write import fresh_sections, renew_sections
from engine.toml_text import before_tables, inline, inline_text

HEAD = "What happens to every table and column. `lookalike check` says what is missing; a column without a decision blocks the run."


def write_plan(plan: Plan, schema: Schema | None = None, previous_text: str | None = None) -> str:
    """The plan as TOML, tables and columns in the schema's order. Raises PlanError when `previous_text` cannot be read."""
    if previous_text is None:
        document = tomlkit.document()
        document.add(tomlkit.comment(HEAD))
        before = None
    else:
        document, before = tomlkit.parse(previous_text), read_plan(previous_text)
    _head(document, plan, before)
    tables = _section(document, "tables")
    written = {parse_table_name(key): key for key in tables}
    for name, key in written.items():
        if name not in plan.tables:
            del tables[key]
    for name in _in_order(plan.tables, schema):
        earlier = before.tables.get(name) if before else None
        if name in written and earlier is not None:
            _update(tables[written[name]], plan.tables[name], earlier)
        else:
            tables.append(str(name), _table(plan.tables[name]))
    if before is not None:
        renew_sections(document, before, plan)
    sections = _discovery(document, plan) + fresh_sections(before, plan)
    sections += _privacy(document, plan, before) + _assess(document, plan, before)
    return before_tables(tomlkit.dumps(document), sections)


def rule_data(rule: Rule) -> dict[str, Any]:
    """The keys of one rule without its columns, as TOML says them."""
    data = learn_data(rule.learn) if rule.learn is not None else {}
    if not rule.decided:
        data["undecided"] = rule.reason or "nobody has decided yet"
    elif rule.masker is not None and rule.masker.name == "keep":
        data["keep"] = rule.reason or ""
    elif rule.masker is not None:
        data["mask"] = rule.masker.name
        data |= plain(rule.masker.model_dump(exclude_defaults=True, exclude_none=True))
    said = {"domain": rule.domain, "from": list(rule.from_), "by": rule.by, "roles": list(rule.roles)}
    data |= {key: value for key, value in said.items() if value}
    if rule.accepted:
        data["accepted"] = True
    return data


def plain(value: Any) -> Any:
    """As TOML and JSON both say it: a Decimal as a number, a date as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date | time) else value


def _head(document: tomlkit.TOMLDocument, plan: Plan, before: Plan | None) -> None:
    for key, value in (("version", plan.version), ("name", plan.name), ("key", plan.key)):
        _set(document, key, value)
    if plan.locale != (before.locale if before else "en_US"):
        _set(document, "locale", plan.locale)
    if plan.accept != (before.accept if before else ()):
        _set(document, "accept", list(plan.accept))
    if dict(plan.target_schemas) != (dict(before.target_schemas) if before else {}):
        schemas = _section(_section(document, "target"), "schemas")
        schemas.clear()
        schemas.update(plan.target_schemas)


def _discovery(document: tomlkit.TOMLDocument, plan: Plan) -> str:
    """The section that says by which policy was proposed, as text where the document has none yet."""
    if "discovery" not in document:
        return f"[discovery]\npolicy = {inline_text(plan.policy)}\n\n" if plan.policy is not None else ""
    if plan.policy is None:
        document["discovery"].pop("policy", None)
    else:
        _set(document["discovery"], "policy", plan.policy)
    return ""


def _privacy(document: tomlkit.TOMLDocument, plan: Plan, before: Plan | None) -> str:
    """The section [privacy], as text where the document has none yet."""
    if before is not None and before.privacy is not None:
        renew_privacy(document, before.privacy, plan.privacy)
        return ""
    return "\n".join(["", *privacy_text(plan.privacy)]) if plan.privacy is not None else ""


def _assess(document: tomlkit.TOMLDocument, plan: Plan, before: Plan | None) -> str:
    """The section [assess], as text where the document has none yet."""
    earlier = before.assess if before is not None else None
    if earlier is not None:
        renew_assess(document, earlier, plan.assess)
        return ""
    return f"\n{assess_text(plan.assess)}" if plan.assess is not None else ""


def _set(document: Any, key: str, value: Any) -> None:
    if key not in document:
        document.append(key, tomlkit.item(value))
    elif document[key] != value:
        document[key] = value


def _section(parent: Any, key: str) -> Any:
    if key not in parent:
        parent.append(key, tomlkit.table(is_super_table=True))
    return parent[key]


def _in_order(names: Iterable[TableName], schema: Schema | None) -> list[TableName]:
    order = {table.name: place for place, table in enumerate(schema.tables)} if schema else {}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name.schema or "", name.name))


def _table(plan: TablePlan) -> Table:
    table = tomlkit.table()
    table.append("treatment", plan.treatment.value)
    if plan.reason:
        table.append("reason", plan.reason)
    _columns(table, plan.rules)
    return table


def _columns(table: Any, rules: Iterable[Rule]) -> None:
    single = [rule for rule in rules if _inline(rule)]
    if single and "columns" not in table:
        table.append("columns", tomlkit.table())
    for rule in single:
        table["columns"].append(rule.columns[0], _entry(rule))
    several = [rule for rule in rules if not _inline(rule)]
    if several and "rules" not in table:
        table.append("rules", tomlkit.aot())
    for rule in several:
        table["rules"].append(_several(rule))


def _update(table: Any, plan: TablePlan, before: TablePlan) -> None:
    if plan.treatment != before.treatment:
        table["treatment"] = plan.treatment.value
    if plan.reason != before.reason:
        _replace_reason(table, plan.reason)
    earlier = {rule.columns: rule for rule in before.rules}
    now = {rule.columns: rule for rule in plan.rules}
    changed = {columns for columns in earlier if not _same(earlier[columns], now.get(columns))}
    _remove(table, changed, now)
    fresh = [rule for rule in plan.rules if rule.columns not in earlier or rule.columns in changed]
    replaced = {rule.columns for rule in fresh if _put(table, rule)}
    _columns(table, [rule for rule in fresh if rule.columns not in replaced])


def _same(before: Rule, now: Rule | None) -> bool:
    """Says it the same? A mask's reason is only a comment, so a person's words there are kept."""
    if now is None:
        return False
    if _commenting(now):
        before, now = replace(before, reason=None), replace(now, reason=None)
    return before == now


def _remove(table: Any, changed: set[tuple[str, ...]], now: Mapping[tuple[str, ...], Rule]) -> None:
    columns = table.get("columns", {})
    for key in changed:
        stays = key in now and _inline(now[key])
        if len(key) == 1 and key[0] in columns and not stays:
            del columns[key[0]]
    rules = table.get("rules", [])
    for place in reversed(range(len(rules))):
        if tuple(rules[place].get("columns", ())) in changed:
            del rules[place]


def _put(table: Any, rule: Rule) -> bool:
    """Replace the entry of the column where it stands. False where there is none."""
    if not _inline(rule) or rule.columns[0] not in table.get("columns", {}):
        return False
    table["columns"][rule.columns[0]] = _entry(rule)
    return True


def _replace_reason(table: MutableMapping[str, Any], reason: str | None) -> None:
    if reason is None:
        del table["reason"]
    else:
        table["reason"] = reason


def _inline(rule: Rule) -> bool:
    return len(rule.columns) == 1 and not rule.roles


def _entry(rule: Rule) -> Item:
    return _commented(inline(rule_data(rule)), rule)


def _several(rule: Rule) -> Item:
    table = tomlkit.table()
    table.trivia.indent = "\n"
    table.append("columns", list(rule.columns))
    for key, value in rule_data(rule).items():
        table.append(key, inline(value))
    return _commented(table, rule)


def _commented(item: Item, rule: Rule) -> Item:
    if _commenting(rule) and rule.reason:
        # It may name a table, and a name may hold what ends a line.
        item.comment(" ".join(rule.reason.translate(_CONTROL).split()))
    return item


_CONTROL = dict.fromkeys((*range(0x20), 0x7F), " ")
"""What TOML takes in no comment."""


def _commenting(rule: Rule) -> bool:
    """Is its reason a comment, and no part of what it says?"""
    return rule.learn is not None or (rule.masker is not None and rule.masker.name != "keep")
