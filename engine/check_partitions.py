"""Masked rows still find a partition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connectors.schema import Table
from engine.check_conditions import masked_values
from engine.check_view import View, error
from engine.condition_text import Condition, exact_literals, parse_condition
from engine.condition_values import Values
from engine.conditions import Verdict, judge
from engine.masking.within import Within
from engine.plan import Treatment
from engine.problems import Problem


def partitions(view: View) -> Iterator[Problem]:
    for table in view.tables(Treatment.MASK):
        if table.partition_key and not takes_all(table):
            masked = [name for name in key_columns(table) if view.masker(table.name, name) is not None]
            if masked and not _within(view, table):
                reason = "The table is partitioned by this column, and masked values may have no partition."
                remedy = "Keep it with a reason, or mask it with `within`, which stays inside each partition's bounds."
                yield error("partition-key", reason, remedy, table.name, masked[0])


def takes_all(table: Table) -> bool:
    """Does every value find a partition: HASH and KEY, or a default partition?"""
    method = (table.partition_key or "").split("(")[0].upper().split()
    hashed = not method or any(word in ("HASH", "KEY") for word in method)
    return hashed or any(bound.lstrip("( ").upper().startswith(("DEFAULT", "NOT ")) for bound in table.partition_bounds)


def key_columns(table: Table) -> list[str]:
    """The columns that the partition key reads, in the table's order."""
    text = (table.partition_key or "").casefold()
    return [c.name for c in table.columns if re.search(rf"(?<!\w){re.escape(c.name.casefold())}(?!\w)", text)]


def plain_key(table: Table) -> str | None:
    """The column by whose own value the table is partitioned; None for several, and for an expression."""
    columns = key_columns(table)
    inside = (table.partition_key or "").partition("(")[2].rpartition(")")[0].strip(' "`')
    return columns[0] if len(columns) == 1 and inside.casefold() == columns[0].casefold() else None


def cuts(table: Table, dialect: str) -> tuple[Any, ...]:
    """The literals at which partitions end and begin."""
    parsed = [parse_condition(bound, dialect) for bound in table.partition_bounds]
    return tuple(
        dict.fromkeys(value for condition in parsed if condition is not None for value in exact_literals(condition))
    )


def by_list(table: Table) -> bool:
    """Does each partition take the values that it lists? Then what lies between two of them has no partition."""
    return (table.partition_key or "").upper().lstrip().startswith("LIST")


def _within(view: View, table: Table) -> bool:
    """Is it proven that every masked row finds a partition?"""
    key, masked = plain_key(table), masked_values(view, table)
    parsed = [parse_condition(bound, view.schema.dialect) for bound in table.partition_bounds]
    conditions = [condition for condition in parsed if condition is not None]
    if key is None or len(conditions) != len(parsed) or not parsed:
        return False
    masker = view.masker(table.name, key)
    if isinstance(masker, Within) and by_list(table):
        return False
    if isinstance(masker, Within):
        return {str(cut) for cut in cuts(table, view.schema.dialect)} <= {str(bound) for bound in masker.bounds}
    only = masked[key].only
    return only is not None and all(
        _finds(conditions, {**masked, key: Values(only=(v,), null=v is None)}) for v in only
    )


def _finds(conditions: list[Condition], values: dict[str, Values]) -> bool:
    return any(judge(condition, values) is Verdict.PROVEN for condition in conditions)
