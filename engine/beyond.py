"""Values that the source's types admit and the target's do not: counted in the source before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from connectors.database import Beyond, Database, Issue, Limit
from connectors.names import TableName
from connectors.schema import Column, Schema, Table
from engine.plan import AS_IS, Plan, Treatment

_CROSSES_MASKS = (Beyond.NULL, Beyond.CALENDAR, Beyond.ZERO_DATE, Beyond.CLOCK, Beyond.NAN, Beyond.INFINITY)
"""Masks make ordinary values of ordinary ones, and of these others of their kind, or the same."""

_ARE: dict[Beyond, tuple[str, str]] = {
    Beyond.CALENDAR: ("is no day of the years 1 to 9999", "are no days of the years 1 to 9999"),
    Beyond.LABEL: ("is no label of its ENUM", "are no labels of their ENUM"),
    Beyond.NULL: ("is NULL", "are NULL"),
    Beyond.CLOCK: (
        "is no time of day (negative, or later than 24:00)",
        "are no times of day (negative, or later than 24:00)",
    ),
    Beyond.NAN: ("is NaN (not a number)", "are NaN (not a number)"),
    Beyond.INFINITY: ("is infinite", "are infinite"),
    Beyond.RANGE: ("is out of range", "are out of range"),
    Beyond.LENGTH: ("is too long", "are too long"),
    Beyond.NUL: ("holds the character U+0000", "hold the character U+0000"),
    Beyond.ENCODING: ("is not in its encoding", "are not in their encoding"),
    Beyond.TYPE: ("is not of its column's type", "are not of their column's type"),
}


def beyond_target(
    plan: Plan,
    planned: Schema,
    there: Schema,
    names: Mapping[TableName, TableName],
    wire: Collection[TableName],
    source: Database,
    target: Database,
) -> list[Issue]:
    """An Issue that blocks for each column with such values. One pass over each table that could have some, none over one whose
    bytes the target takes as they are (`wire`)."""
    asked = {
        table.name: found
        for table in planned.tables
        if table.name not in wire
        and names[table.name] in there.by_name
        and (found := list(_asked(plan, table, there.table(names[table.name]), source, target)))
    }
    if not asked:
        return []
    with source.audit() as audit:
        return [
            issue_of(name, column, into, limit, count)
            for name, found in asked.items()
            for (column, into, limit), count in zip(
                found, audit.beyond(name, [(column, limit) for column, _, limit in found]), strict=True
            )
            if count
        ]


def _asked(
    plan: Plan, table: Table, there: Table, source: Database, target: Database
) -> Iterator[tuple[Column, Column, Limit]]:
    columns = {column.name: column for column in there.columns}
    for column in table.stored:
        into = columns.get(column.name)
        passing = _passing(plan, table.name, column.name)
        if into is None or not passing:
            continue
        for limit in target.limits(source.dialect, column, into):
            if passing == "kept" or limit.beyond in _CROSSES_MASKS:
                yield column, into, limit


def _passing(plan: Plan, table: TableName, column: str) -> str:
    """`kept`, `masked`, or empty where nothing of the column's values arrives."""
    decided = plan.tables[table]
    if decided.treatment in AS_IS:
        return "kept"
    rule = decided.rule(column)
    if decided.treatment is not Treatment.MASK or rule is None or rule.masker is None:
        return ""
    if rule.masker.name == "keep":
        return "kept"
    return "masked" if rule.masker.properties.reads_value else ""


def issue_of(table: TableName, column: Column, into: Column, limit: Limit, count: int) -> Issue:
    """What stands between a column's values and the target, in words."""
    if limit.beyond is Beyond.ZERO_DATE:
        are = "values are the date 0000-00-00, and become" if count > 1 else "value is the date 0000-00-00, and becomes"
        message = f"{count:,} {are} -infinity in the target."
        return Issue("zero-date", message, "Nothing to do, unless the application looks for them.", table, column.name)
    return Issue(
        f"beyond-{limit.beyond}",
        f"{count:,} value{'s' if count > 1 else ''} {_ARE[limit.beyond][count > 1]},"
        f" and the target's {into.native} holds none such.",
        "Mask the column with `null` or `constant`, mend the values in the source, or drop the table.",
        table,
        column.name,
        blocking=True,
    )
