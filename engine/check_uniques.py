"""Primary keys and unique keys hold for masked rows, because distinct values stay distinct in every part that needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from connectors.schema import Match, Table, Unique
from engine.check_view import View, error
from engine.condition_text import columns_of, parse_condition
from engine.masking.base import Subject
from engine.masking.date_shift import DateShift
from engine.plan import Treatment
from engine.problems import Problem
from engine.subjects import carried


def uniques(view: View) -> Iterator[Problem]:
    for table in view.tables(Treatment.MASK):
        for unique in table.uniques:
            masked = [name for name in unique.columns if view.masker(table.name, name) is not None]
            if not carried(unique, table) and not _emptied(view, table, unique):
                yield from _distinct(view, table, unique, masked)
                yield from _partial(view, table, unique)


def _emptied(view: View, table: Table, unique: Unique) -> bool:
    """A key with a NULL part never collides, where NULLs are distinct."""
    nulled = any(getattr(view.masker(table.name, name), "name", None) == "null" for name in unique.columns)
    return nulled and unique.nulls_distinct and not unique.expression


def _distinct(view: View, table: Table, unique: Unique, masked: list[str]) -> Iterator[Problem]:
    folds = _folds(table, unique) if unique.expression else frozenset()
    for name in masked:
        masker = view.masker(table.name, name)
        if masker is None:
            continue
        if folds is None:
            reason = f"{unique.name} is unique on an expression, and nothing is known of it after {masker.name}."
            remedy = "Keep the column, or drop this index in the target."
            yield error("unique-expression", reason, remedy, table.name, name)
        elif not masker.bijective_on(_folding(view.subjects[table.name, name], folds)) and not _shifted_with(
            view, table, unique, name
        ):
            reason = f"{masker.name} can give two rows one value, and {unique.name} must stay unique."
            remedy = "Use a mask that keeps distinct values distinct: pseudonym, fpe, token, email."
            yield error("unique", reason, remedy, table.name, name)


def _shifted_with(view: View, table: Table, unique: Unique, name: str) -> bool:
    """Is it a date whose shift follows another part of the same key? Rows that agree there shift alike and stay apart."""
    rule = view.rules.get((table.name, name))
    if rule is None or not isinstance(rule.masker, DateShift) or rule.by not in unique.columns or rule.by == name:
        return False
    person = view.masker(table.name, rule.by)
    known = not table.column(rule.by).nullable
    return known and (person is None or person.bijective_on(view.subjects[table.name, rule.by]))


def _folds(table: Table, unique: Unique) -> frozenset[Match] | None:
    """What an expression like lower(name) makes equal; None where it is not such a one."""
    index = next((index for index in table.indexes if index.name == unique.name), None)
    calls = index.definition.casefold() if index else ""
    if len(unique.columns) == 1 and ("lower(" in calls or "upper(" in calls) and calls.count("(") <= 4:
        return frozenset((Match.CASE,))
    return frozenset((Match.CASE,)) if _only_folded(unique, calls) else None


_SAYS_NO_MORE = re.compile(r"::[\w ]+|\b(?:lower|upper|asc|desc|nulls|first|last)\b|[\s(),\"`\[\]]")


def _only_folded(unique: Unique, definition: str) -> bool:
    """Are the parts of the key columns as they are, and columns in lower or upper case?"""
    rest = re.sub(r"\)\s*where\b.*", "", definition.partition("(")[2], flags=re.DOTALL)
    for name in sorted(unique.columns, key=len, reverse=True):
        rest = re.sub(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", " ", rest)
    return bool(definition) and not _SAYS_NO_MORE.sub("", rest)


def _folding(subject: Subject, folds: frozenset[Match]) -> Subject:
    return replace(subject, unique=True, column=replace(subject.column, folds=subject.column.folds | folds))


def _partial(view: View, table: Table, unique: Unique) -> Iterator[Problem]:
    if not unique.where:
        return
    condition = parse_condition(unique.where, view.schema.dialect)
    read = columns_of(condition) if condition is not None else {column.name for column in table.columns}
    for name in sorted(read):
        masker = view.masker(table.name, name) if name in {column.name for column in table.columns} else None
        if masker is not None and not _only_nulls(unique.where, name, masker.properties.keeps_null):
            reason = f"{unique.name} is unique only where a condition on this column holds, and {masker.name} changes for which rows."
            yield error(
                "unique-partial", reason, "Keep the column, or drop this index in the target.", table.name, name
            )


def _only_nulls(where: str, name: str, keeps_null: bool) -> bool:
    words = where.casefold().replace("(", " ").replace(")", " ").replace('"', "").replace("`", "").split()
    return keeps_null and words in ([name.casefold(), "is", "not", "null"], [name.casefold(), "is", "null"])
