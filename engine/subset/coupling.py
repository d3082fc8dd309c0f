"""Does the choice of an entity depend on others? Then no epsilon holds: one entity more would change which others are in."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from connectors.condition import refuse_statement
from connectors.errors import ReadError
from connectors.names import TableName
from engine.condition_text import columns_of, parse_condition

_OTHERS = (exp.Query, exp.Subquery, exp.Exists, exp.Window, exp.AggFunc, exp.Anonymous)
"""What may look at other rows: queries, windows, aggregates, and functions that somebody has written."""


def by_own_row(where: str, dialect: str, table: TableName, columns: Collection[str]) -> bool:
    """Is it one condition on these columns of the row itself?"""
    try:
        refuse_statement(where, dialect, table)
    except ReadError:
        return False
    condition = parse_condition(where, dialect)
    if condition is None or any(isinstance(node, _OTHERS) for node in condition.walk()):
        return False
    return {name.casefold() for name in columns_of(condition)} <= {name.casefold() for name in columns}
