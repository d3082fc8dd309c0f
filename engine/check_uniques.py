"""Primary keys, unique keys and exclusion constraints hold for masked rows, because distinct values stay distinct in every part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from connectors.schema import Kind, Table
from engine.check_conditions import masked_values
from engine.check_view import View, error
from engine.condition_text import columns_of, parse_condition
from engine.conditions import always_null, narrows
from engine.index_keys import EQUAL, KeyPart, exclusion_condition, exclusion_parts, key_parts
from engine.masking.base import Masker
from engine.masking.keyed_token import SHORTEST
from engine.plan import Treatment
from engine.problems import Problem
from engine.stays_apart import stays_apart
from engine.subjects import carried


def uniques(view: View) -> Iterator[Problem]:
    for table in view.tables(Treatment.MASK):
        for unique in table.uniques:
            parts = key_parts(unique, table, view.schema.dialect)
            if not carried(unique, table) and not (unique.nulls_distinct and _emptied(view, table, parts or ())):
                yield from _distinct(view, table, unique.name, unique.columns, parts)
                yield from _partial(view, table, unique.name, unique.where)
        for exclusion in table.exclusions:
            parts = exclusion_parts(exclusion, table, view.schema.dialect)
            if not _emptied(view, table, parts or ()):
                yield from _distinct(view, table, exclusion.name, exclusion.columns, parts)
                yield from _partial(view, table, exclusion.name, exclusion_condition(exclusion))


def _emptied(view: View, table: Table, parts: Sequence[KeyPart]) -> bool:
    """A key with a part that is NULL in every row never collides, where NULLs are distinct."""
    nulled = {name for part in parts for name in part.columns if _is_null(view.masker(table.name, name))}
    if not nulled:
        return False
    values = masked_values(view, table)
    expressions = [part.expression or exp.column(part.columns[0]) for part in parts if nulled & set(part.columns)]
    return any(always_null(expression, values) for expression in expressions)


def _is_null(masker: Masker | None) -> bool:
    return masker is not None and masker.name == "null"


def _distinct(
    view: View, table: Table, key: str, columns: Sequence[str], parts: Sequence[KeyPart] | None
) -> Iterator[Problem]:
    if parts is None:
        unknown = not columns or any(table.column(name).generated is not None for name in columns)
        named = [column.name for column in table.columns] if unknown else columns
        masked = [name for name in named if view.masker(table.name, name) is not None]
        for name in masked[:1]:
            reason = (
                f"{key} is unique on an expression that is not understood, so nothing is known of it after masking."
            )
            yield error("unique-expression", reason, _WITHOUT, table.name, name)
        return
    for part in parts:
        masked = [name for name in part.columns if view.masker(table.name, name) is not None]
        if masked and not stays_apart(view, table, part, columns):
            yield _fault(view, table, key, part, masked[0])


_WITHOUT = "Keep the column with a reason, null it, or accept this where the target has no such index."


def _fault(view: View, table: Table, key: str, part: KeyPart, name: str) -> Problem:
    masker, subject = view.masker(table.name, name), view.subjects[table.name, name]
    mask = masker.name if masker is not None else "the mask"
    if part.operator not in (EQUAL, "<>"):
        reason = (
            f"{key} compares this column by {part.operator}, and {mask} moves values to where they may meet others."
        )
        return error("unique-overlaps", reason, _WITHOUT, table.name, name)
    if _is_null(masker) or (masker is not None and not masker.bijective_on(subject)):
        reason = f"{mask} can give two rows one value, and {key} must stay unique."
        return error("unique", reason, _instead(subject.column.kind), table.name, name)
    if part.prefix is not None:
        reason = (
            f"{key} compares the first {part.prefix} characters only, and {mask} tells values apart by all of them."
        )
        fits = part.prefix >= SHORTEST and subject.column.kind is Kind.TEXT
        remedy = f"Mask it with `token`, whose {SHORTEST} characters are enough." if fits else _WITHOUT
        return error("unique-expression", reason, remedy, table.name, name)
    reason = f"{key} is unique on an expression, and values that {mask} keeps apart may meet in it."
    remedy = f"Try `token`, which stays apart in most of them. {_WITHOUT}" if mask != "token" else _WITHOUT
    return error("unique-expression", reason, remedy, table.name, name)


_INSTEAD = {
    Kind.TEXT: "pseudonym, fpe, token, email",
    Kind.JSON: "token",
    Kind.BOOLEAN: "category with `distinct = true`",
    Kind.ENUM: "pseudonym, category with `distinct = true`",
}


def _instead(kind: Kind) -> str:
    if kind in (Kind.XML, Kind.INTERVAL):
        return f"No mask of {kind} keeps distinct values distinct. {_WITHOUT}"
    return f"Use a mask that keeps distinct values distinct: {_INSTEAD.get(kind, 'pseudonym')}."


def _partial(view: View, table: Table, key: str, where: str | None) -> Iterator[Problem]:
    """A key of some rows: masking may not bring others under it."""
    if not where:
        return
    condition, values = parse_condition(where, view.schema.dialect), masked_values(view, table)
    if condition is not None and narrows(condition, values):
        return
    read = columns_of(condition) if condition is not None else {column.name for column in table.columns}
    for column in table.columns:
        masker = view.masker(table.name, column.name)
        if masker is not None and column.name.casefold() in {name.casefold() for name in read}:
            reason = f"{key} is unique only where a condition on this column holds, and {masker.name} changes for which rows."
            yield error("unique-partial", reason, _WITHOUT, table.name, column.name)
