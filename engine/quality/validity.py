"""Validity: what a database demands of its rows, and what the source's rows keep without being told. It holds, or it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import DatabaseError
from connectors.names import TableName
from connectors.schema import Check, ForeignKey, Kind, Table, Unique
from engine.assessment.comparison import Comparison, Side
from engine.assessment.context import Context
from engine.assessment.result import Fact, Quality, Rests, unknown
from engine.assessment.view import NOBODY, Made
from engine.condition_text import columns_of, parse_condition
from engine.quality.base import Metric
from engine.quality.columns import table_of
from engine.quality.temporal import orders
from engine.trial import failing

_FAMILY: Final = "validity"
_WHOLE, _SAMPLE = "the whole target", "a sample"
_TRIED = 20_000
"""Rows of a sample that a CHECK is tried on."""
_NOT_THERE = "the sample does not hold its columns, and the target itself was not asked"


class Validity(Metric):
    """ReferentialIntegrity, KeyUniqueness, CheckAdherence, NotNull, EnumAdherence and TemporalOrder of each table: pass or fail.

    Keys and CHECKs are counted in the whole target by its database where it can be asked, else in the sample. Values are the share of
    rows that do as demanded. A reference without a parent fails, unless the rows are the source's own and it has as many; where
    nobody knows how many it has, there is no verdict.
    """

    name: ClassVar[str] = "validity"
    family = "validity"
    title: ClassVar[str] = "Keys, conditions and the order of times hold"
    source: ClassVar[str] = "SDMetrics 0.32: ReferentialIntegrity, KeyUniqueness; SQL's constraints"

    def scopes(self, comparison: Comparison) -> tuple[str, ...]:
        there = (table.name for table in comparison.schema.tables if table.name in comparison.target.tables)
        return tuple(map(str, there))

    def measure(self, comparison: Comparison, scope: str, context: Context) -> tuple[Quality, ...]:
        table = table_of(comparison, scope)
        found: list[Quality] = []
        for each in (_references, _uniques, _checks, _required, _enums):
            for quality in each(comparison, table, context):
                context.control.check()
                found.append(quality)
        found += orders(comparison, table, context)
        return tuple(found) or (unknown("Validity", scope, _FAMILY, "nothing is demanded of its rows"),)


def _references(comparison: Comparison, table: Table, context: Context) -> Iterator[Quality]:
    for key in table.foreign_keys:
        if context.audit is None or key.expressions or (key.where and not _same_words(comparison)):
            counted = _orphans(comparison.target, table.name, key)
            yield _reference(comparison, table, key, counted, _SAMPLE)
            continue
        there, above = _target_name(comparison, table.name), _target_name(comparison, key.parent)
        if comparison.target_schema is not None and above not in comparison.target_schema.by_name:
            because = f"{key.parent} is not in the target"
            yield unknown("ReferentialIntegrity", str(table.name), _FAMILY, because, key.name)
            continue
        moved = replace(key, parent=above)
        try:
            counted = context.audit.orphans(there, moved), context.audit.count(there)
        except DatabaseError as error:
            yield unknown("ReferentialIntegrity", str(table.name), _FAMILY, f"it could not be asked: {error}", key.name)
            continue
        yield _reference(comparison, table, key, counted, _WHOLE)


def _reference(
    comparison: Comparison, table: Table, key: ForeignKey, counted: tuple[int, int] | None, asked: str
) -> Quality:
    if counted is None:
        because = "the sample does not hold the key and all its parents, and the target itself was not asked"
        return unknown("ReferentialIntegrity", str(table.name), _FAMILY, because, key.name)
    orphans, rows = counted
    facts: dict[str, Fact] = {"orphans": orphans, "rows": rows, "asked": asked}
    judged = _verdict("ReferentialIntegrity", table, key.name, orphans, rows, facts, Rests.TARGET)
    if not orphans or comparison.made.get(table.name) is Made.SYNTHETIC:
        return judged
    own = _own_orphans(comparison, table.name, key)
    if own is None:
        because = "It has rows without a parent, and it is not known how many of them the source has itself."
        return replace(judged, passed=None, because=because)
    facts["orphans of the source"] = own
    return replace(judged, passed=orphans <= own, rests=Rests.SOURCE)


def _own_orphans(comparison: Comparison, table: TableName, key: ForeignKey) -> int | None:
    """The source's, as the run counted them, else as a sample of all its rows says."""
    known = comparison.known
    counted = comparison.orphans.get((table, key.name))
    if counted is None and table in known.tables and known.whole.get(table) == known.tables[table].num_rows:
        counted = (_orphans(known, table, key) or (None,))[0]
    return counted


def _orphans(side: Side, table: TableName, key: ForeignKey) -> tuple[int, int] | None:
    """Rows of a sample whose key finds no parent, of those with one; None where a parent may be outside the sample."""
    rows, parents = side.tables.get(table), side.parents.get((table, key.name))
    above = side.tables.get(key.parent)
    if rows is None or parents is None or above is None or not set(key.columns) <= set(rows.column_names):
        return None
    if not key.columns or key.where is not None or side.whole.get(key.parent) != above.num_rows:
        return None
    complete = np.ones(rows.num_rows, np.bool_)
    for column in key.columns:
        complete &= rows.column(column).is_valid().to_numpy()
    return int(np.count_nonzero(complete & (parents == NOBODY))), int(np.count_nonzero(complete))


def _uniques(comparison: Comparison, table: Table, context: Context) -> Iterator[Quality]:
    seen: set[tuple[str, ...]] = set()
    for unique in table.uniques:
        # An index over expressions is proof by itself, and cannot be counted by its columns.
        if unique.expression or unique.columns in seen or (unique.where and not _same_words(comparison)):
            continue
        seen.add(unique.columns)
        yield _unique(comparison, table, unique, context)


def _unique(comparison: Comparison, table: Table, unique: Unique, context: Context) -> Quality:
    measure = ", ".join(unique.columns)
    if context.audit is not None:
        there = _target_name(comparison, table.name)
        try:
            surplus, rows = context.audit.duplicates(there, unique), context.audit.count(there)
        except DatabaseError as error:
            return unknown("KeyUniqueness", str(table.name), _FAMILY, f"it could not be asked: {error}", measure)
        facts: dict[str, Fact] = {"duplicates": surplus, "rows": rows, "asked": _WHOLE}
        return _verdict("KeyUniqueness", table, measure, surplus, rows, facts, Rests.TARGET)
    sample = comparison.target.tables[table.name]
    if unique.where or not set(unique.columns) <= set(sample.column_names):
        return unknown("KeyUniqueness", str(table.name), _FAMILY, _NOT_THERE, measure)
    surplus, rows = duplicates(sample, unique)
    facts = {"duplicates": surplus, "rows": rows, "asked": _SAMPLE}
    return _verdict("KeyUniqueness", table, measure, surplus, rows, facts, Rests.TARGET)


def duplicates(rows: pa.Table, unique: Unique) -> tuple[int, int]:
    """Surplus rows under a unique key, of those that it holds for."""
    keys = rows.select(list(unique.columns))
    if unique.nulls_distinct:
        keys = keys.drop_null()
    distinct = keys.group_by(keys.column_names).aggregate([]).num_rows
    return keys.num_rows - distinct, keys.num_rows


def _checks(comparison: Comparison, table: Table, context: Context) -> Iterator[Quality]:
    for check in table.checks:
        if not check.validated:
            continue
        if context.audit is None or not _same_words(comparison):
            yield _tried(comparison, table, check)
            continue
        there = _target_name(comparison, table.name)
        try:
            failures, rows = context.audit.failures(there, check), context.audit.count(there)
        except DatabaseError as error:
            yield unknown("CheckAdherence", str(table.name), _FAMILY, f"it could not be asked: {error}", check.name)
            continue
        facts: dict[str, Fact] = {"failures": failures, "rows": rows, "asked": _WHOLE}
        yield _verdict("CheckAdherence", table, check.name, failures, rows, facts, Rests.TARGET)


def _tried(comparison: Comparison, table: Table, check: Check) -> Quality:
    """The condition on sample rows of ours, where the source's keep it in the same reading of its words."""
    said = (check.name, str(table.name), _FAMILY)
    condition = parse_condition(check.expression, comparison.schema.dialect)
    read = columns_of(condition) if condition is not None else set()
    names = {name.casefold(): name for name in comparison.target.tables[table.name].column_names}
    columns = [names.get(name.casefold()) for name in sorted(read)]
    counts = []
    for side in (comparison.known, comparison.target):
        rows = side.tables.get(table.name)
        if not columns or rows is None or not set(columns) <= set(rows.column_names):
            return unknown("CheckAdherence", said[1], said[2], _NOT_THERE, said[0])
        sample = rows.select([column for column in columns if column]).slice(0, _TRIED).combine_chunks()
        batches = sample.to_batches()
        counts.append(failing(batches[0], check.expression, comparison.schema.dialect) if batches else None)
    if counts[0] != 0 or counts[1] is None:
        because = "its condition cannot be tried outside the source's database, and the target itself was not asked"
        return unknown("CheckAdherence", said[1], said[2], because, said[0])
    tried = min(comparison.target.tables[table.name].num_rows, _TRIED)
    facts: dict[str, Fact] = {"failures": counts[1], "rows": tried, "asked": _SAMPLE}
    return _verdict("CheckAdherence", table, check.name, counts[1], tried, facts, Rests.SOURCE)


def _required(comparison: Comparison, table: Table, context: Context) -> Iterator[Quality]:
    rows = comparison.target.tables[table.name]
    columns = [column.name for column in table.columns if not column.nullable and column.name in rows.column_names]
    for name in columns:
        missing = rows.column(name).null_count
        facts: dict[str, Fact] = {"missing": missing, "rows": rows.num_rows, "asked": _SAMPLE}
        yield _verdict("NotNull", table, name, missing, rows.num_rows, facts, Rests.TARGET)


def _enums(comparison: Comparison, table: Table, context: Context) -> Iterator[Quality]:
    rows = comparison.target.tables[table.name]
    for column in table.columns:
        if column.enum and column.kind is Kind.ENUM and column.name in rows.column_names:
            others = strangers(rows.column(column.name), column.enum, several=column.native.lower().startswith("set"))
            facts: dict[str, Fact] = {"others": others, "rows": rows.num_rows, "asked": _SAMPLE}
            yield _verdict("EnumAdherence", table, column.name, others, rows.num_rows, facts, Rests.TARGET)


def strangers(values: pa.ChunkedArray, labels: tuple[str, ...], *, several: bool) -> int:
    """Values that are none of the labels; of a MySQL SET, those with a part that is none."""
    counts = pc.value_counts(values.cast(pa.string()).drop_null())
    asked, often = counts.field("values"), counts.field("counts")
    if not several:
        return int(
            pc.sum(often.filter(pc.invert(pc.is_in(asked, value_set=pa.array(labels, pa.string()))))).as_py() or 0
        )
    parts = pc.split_pattern(asked, ",")
    allowed = pc.is_in(pc.list_flatten(parts), value_set=pa.array((*labels, ""), pa.string()))
    wrong = pc.list_parent_indices(parts).filter(pc.invert(allowed)).unique()
    return int(pc.sum(often.take(wrong)).as_py() or 0)


def _verdict(
    metric: str,
    table: Table,
    measure: str,
    failures: int,
    rows: int,
    facts: dict[str, Fact],
    rests: Rests,
) -> Quality:
    if not rows:
        return unknown(metric, str(table.name), _FAMILY, "there are no rows that it could fail for", measure)
    value = 1.0 - failures / rows
    return Quality(
        metric, str(table.name), _FAMILY, measure, value=value, passed=not failures, facts=facts, rests=rests
    )


def _same_words(comparison: Comparison) -> bool:
    """Does the target's database read the source's SQL?"""
    there = comparison.target_schema
    return there is None or there.dialect == comparison.schema.dialect


def _target_name(comparison: Comparison, name: TableName) -> TableName:
    return comparison.target_names.get(name, name)
