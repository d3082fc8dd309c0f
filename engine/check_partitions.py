"""Masked rows still find a partition."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.schema import Table
from engine.check_conditions import masked_values
from engine.check_view import View, error
from engine.conditions import Verdict, judge, parse_condition
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
    method = (table.partition_key or "").split("(")[0].split()
    hashed = not method or method[-1].upper() in ("HASH", "KEY") or "HASH" in map(str.upper, method)
    return hashed or any(bound.strip().upper() == "DEFAULT" for bound in table.partition_bounds)


def key_columns(table: Table) -> list[str]:
    """The columns that the partition key reads, in the table's order."""
    text = (table.partition_key or "").casefold()
    return [c.name for c in table.columns if re.search(rf"(?<!\w){re.escape(c.name.casefold())}(?!\w)", text)]


def _within(view: View, table: Table) -> bool:
    """Every partition's condition is proven to hold for the rows that it held for before."""
    masked = masked_values(view, table)
    if all(getattr(view.masker(table.name, name), "name", "within") == "within" for name in key_columns(table)):
        return True
    parsed = [parse_condition(bound, view.schema.dialect) for bound in table.partition_bounds]
    return bool(parsed) and all(c is not None and judge(c, masked) is Verdict.PROVEN for c in parsed)
