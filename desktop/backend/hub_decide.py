"""A person's decisions on the privacy hub as edits of the plan's text."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connectors.names import TableName, parse_table_name
from desktop.models.plan import Edit
from engine.commands.status import UsageError
from engine.masking.keep import Keep
from engine.plan import AS_IS, Plan, Rule, Treatment
from engine.plan_toml_write import rule_data
from engine.toml_text import inline_text

ColumnName = tuple[TableName, str]


def kept(table: TableName, column: str, reason: str) -> Rule:
    """A column that stays as it is. Raises UsageError without a reason."""
    if not reason.strip():
        raise UsageError(f"say why {table}.{column} may stay as it is: nothing is kept without a reason")
    return Rule((column,), Keep(), " ".join(reason.split()))


@dataclass(frozen=True)
class Decider:
    """Puts rules into a plan's text, spelt as it stands there."""

    plan: Plan
    text: str

    def edits(self, rules: Mapping[ColumnName, Rule]) -> tuple[Edit, ...]:
        """The edits after which these columns follow these rules. Raises UsageError for a column that is decided elsewhere."""
        by_table: dict[TableName, dict[str, Rule]] = {}
        for (table, column), rule in rules.items():
            by_table.setdefault(table, {})[column] = rule
        return tuple(edit for table, own in by_table.items() for edit in self._edits(table, own))

    def _edits(self, table: TableName, rules: Mapping[str, Rule]) -> Iterator[Edit]:
        key = self.keys.get(table, str(table))
        if table not in self.plan.tables:
            yield Edit(("tables", key, "treatment"), inline_text(Treatment.MASK.value))
        else:
            for column in rules:
                self._refuse_elsewhere(table, column)
            rules = self._rest(table, key, rules) | dict(rules)
            # From below, so that the places of those above stay as they are.
            for place in sorted(self._listed(key, rules), reverse=True):
                yield Edit(("tables", key, "rules", str(place)), None)
        for column, rule in rules.items():
            yield Edit(("tables", key, "columns", column), inline_text(rule_data(rule)))

    def _refuse_elsewhere(self, table: TableName, column: str) -> None:
        there = self.plan.tables[table]
        if there.treatment in (*AS_IS, Treatment.EMPTY, Treatment.DROP):
            raise UsageError(
                f"{table} is decided as a whole ({there.treatment.value}): change its treatment on the Plan page"
            )
        rule = there.rule(column)
        if rule is not None and rule.decided and len(rule.columns) > 1:
            others = ", ".join(name for name in rule.columns if name != column)
            raise UsageError(f"{table}.{column} is masked together with {others}: change that rule on the Plan page")

    def _listed(self, key: str, columns: Collection[str]) -> list[int]:
        """Where the table's list of rules names any of these columns."""
        said = enumerate(self.data.get(key, {}).get("rules", ()))
        return [place for place, each in said if set(columns) & set(each.get("columns", ()))]

    def _rest(self, table: TableName, key: str, columns: Collection[str]) -> dict[str, Rule]:
        """The other columns of undecided rules that name one of these: they wait on, each by itself."""
        rest = {}
        for place in self._listed(key, columns):
            for name in self.data[key]["rules"][place]["columns"]:
                rule = self.plan.tables[table].rule(name)
                rest[name] = Rule((name,), None, rule.reason if rule is not None else None)
        return rest

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The plan's tables as its text says them."""
        tables: Mapping[str, Any] = tomllib.loads(self.text).get("tables", {})
        return tables

    @cached_property
    def keys(self) -> Mapping[TableName, str]:
        """How the text spells each table."""
        return {parse_table_name(key): key for key in self.data}
