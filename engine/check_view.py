"""The plan laid over the schema: what every concern of the check looks at, worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from connectors.names import TableName
from connectors.schema import Schema, Table
from engine.column_domains import ColumnName, KeyFamilies, column_domains, key_families, rules_by_column
from engine.domains import DomainSpec
from engine.masking.base import Masker, Subject
from engine.plan import AS_IS, READ, Plan, Rule, Treatment
from engine.problems import Problem, Severity
from engine.subjects import all_subjects


@dataclass(frozen=True)
class View:
    plan: Plan
    schema: Schema
    target: Schema | None = None
    """The existing target; None where it is fresh or not known yet."""
    same_dialect: bool = True
    agreed: Mapping[str, DomainSpec] | None = None
    """What is agreed about domains under the plan's key already."""

    @cached_property
    def rules(self) -> dict[ColumnName, Rule]:
        return rules_by_column(self.plan)

    @cached_property
    def domains(self) -> dict[ColumnName, str]:
        return column_domains(self.plan, self.schema)

    @cached_property
    def subjects(self) -> dict[ColumnName, Subject]:
        return all_subjects(self.plan, self.schema, self.domains, self.agreed)

    @cached_property
    def families(self) -> KeyFamilies:
        return key_families(self.schema)

    def treatment(self, table: TableName) -> Treatment | None:
        """None for a table that the plan does not name."""
        found = self.plan.tables.get(table)
        return found.treatment if found else None

    def has_rows(self, table: TableName) -> bool:
        return self.treatment(table) in READ

    def tables(self, *treatments: Treatment) -> Iterator[Table]:
        for table in self.schema.tables:
            if self.treatment(table.name) in treatments:
                yield table

    def masker(self, table: TableName, column: str) -> Masker | None:
        """What changes this column; None where it is kept, copied or not decided."""
        if self.treatment(table) is not Treatment.MASK:
            return None
        rule = self.rules.get((table, column))
        return rule.masker if rule and rule.masker and rule.masker.name != "keep" else None

    def decided(self, table: TableName, column: str) -> bool:
        """Is it known what happens to this column? Where it is not, that alone is the problem."""
        if self.treatment(table) in AS_IS:
            return True
        rule = self.rules.get((table, column))
        return rule is not None and rule.decided


def error(code: str, reason: str, remedy: str, table: TableName | None = None, column: str | None = None) -> Problem:
    return Problem(code, Severity.ERROR, reason, remedy, table, column)


def warning(code: str, reason: str, remedy: str, table: TableName | None = None, column: str | None = None) -> Problem:
    return Problem(code, Severity.WARNING, reason, remedy, table, column)
