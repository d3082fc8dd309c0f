"""What a unique key or an exclusion constraint compares, part by part: read from the definition that the database prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from connectors.schema import Check, Column, Kind, Match, Table, Unique
from engine.condition_text import bare, columns_of, parse_condition

EQUAL = "="


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One thing that two rows are compared by."""

    columns: tuple[str, ...]
    """The columns that it reads, as the table spells them."""
    expression: exp.Expr | None = None
    """None: the column itself, or its first characters."""
    prefix: int | None = None
    """MySQL: only so many characters (bytes, where it is binary) are compared."""
    operator: str = EQUAL
    """Of an exclusion constraint: two rows may not both have this relation in every part."""
    folds: frozenset[Match] | None = None
    """What the index's own collation ignores; None where it has none, and the column's holds."""
    known: bool = True
    """False: the index has a collation of its own, and it is not known what that ignores."""


def key_parts(unique: Unique, table: Table, dialect: str) -> tuple[KeyPart, ...] | None:
    """The parts of a unique key; None where its definition is not understood."""
    parts = _defined(unique, table, dialect)
    if parts is None and not unique.expression:
        parts = tuple(KeyPart((name,)) for name in unique.columns)
    computed = [_computed(part, table, dialect) for part in parts or ()]
    return None if parts is None or None in computed else tuple(part for part in computed if part is not None)


def _defined(unique: Unique, table: Table, dialect: str) -> tuple[KeyPart, ...] | None:
    index = next((index for index in table.indexes if index.name == unique.name), None)
    parts = [_part(text, table, dialect) for text in _inside(index.definition)] if index is not None else []
    known = tuple(part for part in parts if part is not None and part.columns)
    if index is None or not known or len(known) < len(parts):
        return None
    overlaps = " using gist " in index.definition.casefold() and is_span(table.column(known[-1].columns[0]))
    # PostgreSQL's WITHOUT OVERLAPS: the last part is a range, and no two of them may overlap.
    return (*known[:-1], KeyPart(known[-1].columns, operator="&&")) if overlaps else known


def _computed(part: KeyPart, table: Table, dialect: str) -> KeyPart | None:
    """A generated column is what it is computed from; None where that is not understood."""
    column = table.column(part.columns[0])
    if len(part.columns) > 1 or column.generated is None:
        return None if any(table.column(name).generated for name in part.columns) else part
    formula = parse_condition(column.generated, dialect)
    if formula is None or part.expression is not None:
        return None
    if part.prefix is not None:
        formula = exp.Left(this=formula, expression=exp.Literal.number(part.prefix))
    reads = _spelt(columns_of(formula), table)
    if any(table.column(name).generated for name in reads):
        return None
    return KeyPart(reads, formula, operator=part.operator, folds=column.folds, known=part.known)


def exclusion_parts(exclusion: Check, table: Table, dialect: str) -> tuple[KeyPart, ...] | None:
    """The parts of `EXCLUDE USING gist (room WITH =, during WITH &&)`; None where they are not understood."""
    parts = []
    for text in _inside(exclusion.expression):
        found = re.fullmatch(r"(.*) WITH (\S+)", text, re.DOTALL)
        part = _part(found[1], table, dialect) if found else None
        if found is None or part is None:
            return None
        parts.append(KeyPart(part.columns, part.expression, operator=found[2], folds=part.folds, known=part.known))
    return tuple(parts)


def exclusion_condition(exclusion: Check) -> str | None:
    """The rows that an exclusion constraint is about; None for all."""
    found = re.search(r"\) WHERE \((.*)\)( DEFERRABLE.*)?$", exclusion.expression, re.DOTALL)
    return found[1] if found else None


def compared_columns(unique: Unique, table: Table, dialect: str) -> set[str]:
    """The stored columns on which a unique key depends; where that is not known, those that it names."""
    parts = key_parts(unique, table, dialect)
    return set(unique.columns) if parts is None else {name for part in parts for name in part.columns}


def is_span(column: Column) -> bool:
    """Does it hold ranges, of which two can overlap?"""
    return column.kind is Kind.OTHER and column.native.casefold().endswith("range")


def index_folds(table: Table, dialect: str) -> Iterator[tuple[str, frozenset[Match]]]:
    """Columns that a unique key compares without case, accents or blanks at the end, whatever their own collation says."""
    computed = {column.name for column in table.columns if column.generated is not None}
    for unique in table.uniques:
        told = unique.expression or computed & set(unique.columns)
        for part in (key_parts(unique, table, dialect) or ()) if told else ():
            if len(part.columns) == 1 and table.column(part.columns[0]).kind is Kind.TEXT:
                yield part.columns[0], folds_of(part.expression)


def folds_of(expression: exp.Expr | None) -> frozenset[Match]:
    """What the functions around a column make equal."""
    found = set()
    for node in expression.walk() if expression is not None else ():
        if isinstance(node, exp.Lower | exp.Upper) or _names_citext(node):
            found.add(Match.CASE)
        elif isinstance(node, exp.Anonymous) and node.name.casefold() in ("unaccent", "casefold"):
            found |= {Match.CASE, Match.ACCENT}
        elif isinstance(node, exp.Trim) and str(node.args.get("position") or "").upper() != "LEADING":
            found.add(Match.PAD)
    return frozenset(found)


def _names_citext(node: exp.Expr) -> bool:
    return isinstance(node, exp.Cast) and "citext" in node.to.sql().casefold()


_TRAILING = re.compile(r"(\s+(ASC|DESC|NULLS\s+(FIRST|LAST)|[a-z0-9_.\"]+_ops(\s*\([^)]*\))?))+\s*$", re.IGNORECASE)
_COLLATED = re.compile(r"\s+COLLATE\s+(\"(?:[^\"]|\"\")+\"(?:\.\"(?:[^\"]|\"\")+\")?|[\w.]+)\s*$", re.IGNORECASE)
_PREFIX = re.compile(r"`((?:[^`]|``)+)`\((\d+)\)")
_BYTES: frozenset[Match] = frozenset()
_COLLATIONS = {
    **dict.fromkeys(("c", "posix", "binary", "default", "ucs_basic", "pg_c_utf8"), _BYTES),
    "nocase": frozenset({Match.CASE}), "rtrim": frozenset({Match.PAD}),
}  # fmt: skip


def _part(text: str, table: Table, dialect: str) -> KeyPart | None:
    text = _TRAILING.sub("", text.strip())
    if (first := _PREFIX.fullmatch(text)) is not None:
        return KeyPart(_spelt({first[1].replace("``", "`")}, table), prefix=int(first[2]))
    folds, known, collated = None, True, _COLLATED.search(text)
    if collated is not None:
        text, name = text[: collated.start()], collated[1].rpartition(".")[2].strip('"').casefold()
        known, folds = name in _COLLATIONS, _COLLATIONS.get(name)
    condition = parse_condition(text, dialect)
    if condition is None:
        return None
    columns = _spelt(columns_of(condition), table)
    plain = len(columns) == 1 and isinstance(bare(condition), exp.Column) and not condition.find(exp.Cast)
    return KeyPart(columns, None if plain else condition, folds=folds, known=known)


def _spelt(names: set[str], table: Table) -> tuple[str, ...]:
    wanted = {name.casefold() for name in names}
    return tuple(column.name for column in table.columns if column.name.casefold() in wanted)


def _inside(definition: str) -> list[str]:
    """What stands between the first brackets of a definition, cut at its commas."""
    parts, depth, start, quote = list[str](), 0, 0, ""
    for place, sign in enumerate(definition):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'`":
            quote = sign
        elif sign == "(":
            depth += 1
            start = place + 1 if depth == 1 else start
        elif sign == "," and depth == 1:
            parts.append(definition[start:place])
            start = place + 1
        elif sign == ")":
            depth -= 1
            if not depth:
                return [*parts, definition[start:place]]
    return []
