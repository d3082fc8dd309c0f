"""Do rows that a key tells apart stay apart when they are masked? Answered for one part of the key, without looking at a row.

An expression is enough where masked values that agree in it come from source values that agree in it: then two rows that collide
after masking would have collided before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from connectors.schema import Kind, Match, Table
from engine.check_view import View
from engine.condition_text import literal_of
from engine.index_keys import EQUAL, KeyPart, folds_of
from engine.masking.base import Masker, Subject
from engine.masking.date_shift import DateShift
from engine.masking.email import Email
from engine.masking.keyed_token import Token
from engine.masking.null import Null
from engine.masking.pseudonym import Pseudonym
from engine.masking.username import Username
from engine.problems import errors

_UNLIKE = {EQUAL, "<>"}
"""Operators that a one-to-one map leaves as they are."""


def stays_apart(view: View, table: Table, part: KeyPart, keys: Iterable[str]) -> bool:
    """Is it proven for this part? `keys`: all columns of the key that it belongs to."""
    masked = [name for name in part.columns if view.masker(table.name, name) is not None]
    if not masked:
        return True
    if part.operator not in _UNLIKE:
        return False
    if part.expression is not None:
        several = len(part.columns) > 1
        return _joined(view, table, part.expression) if several else _seen_through(view, table, part)
    subject, masker = view.subjects[table.name, masked[0]], view.masker(table.name, masked[0])
    if masker is None or _shifted_with(view, table, masked[0], keys):
        return True
    if part.prefix is not None and not _told_within(masker, subject, part.prefix):
        return False
    return _one_to_one(masker, subject, _compared(table, part)) and (
        part.known or isinstance(masker, _OF_ANY_COLLATION)
    )


def _compared(table: Table, part: KeyPart) -> frozenset[Match]:
    """What the key ignores when it compares this part."""
    own = table.column(part.columns[0]).folds if part.folds is None else part.folds
    if part.expression is not None and any(part.expression.find_all(*_TO_BYTES)):
        own = frozenset()
    return own | folds_of(part.expression)


_TO_BYTES = (exp.Cast, exp.MD5, exp.SHA, exp.SHA2, exp.Anonymous)
"""What comes out is not compared by the column's collation."""


_OF_ANY_COLLATION = (Token, Email, Username)
"""Their texts are apart under every collation, whatever these were made from."""


def _one_to_one(masker: Masker, subject: Subject, folds: frozenset[Match]) -> bool:
    if isinstance(masker, Null):
        return False  # where it helps, the whole key is never compared
    if subject.column.folds - folds:
        return False  # masked without regard to what this key looks at
    seen = replace(subject, unique=True, column=replace(subject.column, folds=folds))
    # What stands against the mask on the column itself is told elsewhere.
    fits = bool(errors(masker.check(subject))) or not errors(masker.check(seen))
    return masker.bijective_on(seen) and fits


def _told_within(masker: Masker, subject: Subject, characters: int) -> bool:
    """Are masked values told apart by so many characters at the beginning (bytes, where they are binary)?"""
    if subject.column.length is not None and subject.column.length <= characters:
        return True
    if isinstance(masker, Token) and subject.column.kind is Kind.TEXT:
        return len(masker.prefix) + masker.length <= characters
    # Longer keys become pseudo-random bytes, of which 16 tell as much as all.
    return isinstance(masker, Pseudonym) and subject.column.kind is Kind.BINARY and characters >= _BYTES


_BYTES = 16


def _shifted_with(view: View, table: Table, name: str, keys: Iterable[str]) -> bool:
    """Is it a date whose shift follows another part of the same key? Rows that agree there shift alike and stay apart."""
    rule = view.rules.get((table.name, name))
    if rule is None or not isinstance(rule.masker, DateShift) or rule.by not in set(keys) - {name}:
        return False
    person = view.masker(table.name, rule.by)
    known = not table.column(rule.by).nullable
    return known and (person is None or person.bijective_on(view.subjects[table.name, rule.by]))


def _seen_through(view: View, table: Table, part: KeyPart) -> bool:
    """One column within functions that are known."""
    name = part.columns[0]
    subject, masker, node = view.subjects[table.name, name], view.masker(table.name, name), part.expression
    if masker is None or node is None:
        return masker is None
    known = part.known or isinstance(masker, _OF_ANY_COLLATION)
    return known and _through(node, masker, subject, _compared(table, part))


def _through(node: exp.Expr, masker: Masker, subject: Subject, folds: frozenset[Match]) -> bool:
    """Do masked values that agree in this expression come from values that agree in it?"""
    if isinstance(node, exp.Column):
        return _one_to_one(masker, subject, folds)
    if isinstance(node, exp.Trim) and not isinstance(masker, _WITHOUT_BLANKS):
        return False
    if isinstance(node, exp.Coalesce) and subject.column.nullable and not _never_made(node, masker, subject):
        return False
    if isinstance(node, exp.Left | exp.Substring):
        plain = isinstance(_without_cast(node.this), exp.Column) and _told_within(masker, subject, _first(node))
        return plain and _through(node.this, masker, subject, folds)
    if isinstance(node, exp.Cast | exp.TimestampTrunc | exp.DateTrunc | exp.Date | exp.TsOrDsToDate):
        return _cast(node, masker, subject) and _through(node.this, masker, subject, folds)
    if isinstance(node, exp.Anonymous) and node.name.casefold() in _INJECTIVE and node.expressions:
        return _through(node.expressions[0], masker, subject, folds)
    if isinstance(node, exp.DPipe | exp.Concat):
        beside = [part for part in _concatenated(node) if not isinstance(part, exp.Literal)]
        missing = isinstance(node, exp.Concat) and subject.column.nullable
        return (
            len(beside) == 1 and not missing and _digits(node, subject) and _through(beside[0], masker, subject, folds)
        )
    return isinstance(node, _PASSING) and _through(node.this, masker, subject, folds)


_PASSING = (exp.Paren, exp.Collate, exp.Lower, exp.Upper, exp.Trim, exp.Coalesce, exp.MD5, exp.SHA, exp.SHA2, exp.Neg)
_INJECTIVE = frozenset({"unaccent", "casefold", "sha224", "sha256", "sha384", "sha512", "digest"})
_WITHOUT_BLANKS = (Token, Email, Username)


def _never_made(node: exp.Coalesce, masker: Masker, subject: Subject) -> bool:
    """Can no value become what stands for NULL, unless it is that already?"""
    stands = [literal_of(_without_cast(value)) for value in node.expressions]
    if isinstance(masker, Token):
        return all(isinstance(value, str) and not re.fullmatch(r".*[a-z2-7]{16}", value) for value in stands)
    if isinstance(masker, Email):
        return all(isinstance(value, str) and "@" not in value for value in stands)
    if isinstance(masker, Pseudonym) and subject.column.kind is Kind.TEXT:
        return all(value == "" for value in stands)
    whole = subject.column.kind is Kind.INTEGER and subject.column.range is None
    return isinstance(masker, Pseudonym) and whole and all(value == 0 and value is not None for value in stands)


def _without_cast(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    return node


def _first(node: exp.Expr) -> int:
    """How many characters from the first on a function gives; 0 where that is not said."""
    if isinstance(node, exp.Substring) and literal_of(node.args.get("start") or exp.Null()) != 1:
        return 0
    length = literal_of(node.expression if isinstance(node, exp.Left) else node.args.get("length") or exp.Null())
    return int(length) if length is not None and not isinstance(length, str) else 0


def _cast(node: exp.Expr, masker: Masker, subject: Subject) -> bool:
    """Does the cast lose nothing, or no more than the day and second that a pseudonym permutes by themselves?"""
    if isinstance(node, exp.Cast) and node.to.this in exp.DataType.TEXT_TYPES and not node.to.expressions:
        return subject.column.kind in (Kind.TEXT, Kind.ENUM)
    if isinstance(node, exp.Cast) and "citext" in node.to.sql().casefold():
        return subject.column.kind is Kind.TEXT
    plain = isinstance(masker, Pseudonym) and subject.column.kind is Kind.TIMESTAMP and subject.column.range is None
    if isinstance(node, exp.TimestampTrunc | exp.DateTrunc):
        unit = _without_cast(node.unit or exp.Null())
        return plain and str(literal_of(unit) or unit.name).upper() in ("DAY", "SECOND")
    return plain and (not isinstance(node, exp.Cast) or node.to.this is exp.DataType.Type.DATE)


_DIGITS = 20
"""Characters of the longest whole number, with its sign."""


def _digits(node: exp.Expr, subject: Subject) -> bool:
    """Are all casts in it such that leave a text, or a whole number's digits, as they are?"""
    for cast in node.find_all(exp.Cast):
        to = cast.to
        lengths = [int(str(literal_of(size.this) or 0)) for size in to.expressions]
        whole = subject.column.kind is Kind.INTEGER
        if to.this not in exp.DataType.TEXT_TYPES or any(not whole or length < _DIGITS for length in lengths):
            return False
    return subject.column.kind in (Kind.TEXT, Kind.INTEGER)


def _joined(view: View, table: Table, node: exp.Expr) -> bool:
    """Texts one after the other: tokens have one length, so beside one text of any length it is known where each begins."""
    parts = list(_concatenated(node))
    if not all(isinstance(part, exp.Literal | exp.Column) for part in parts):
        return False
    lengths = 0
    for name in [part.name for part in parts if isinstance(part, exp.Column)]:
        found = next((column for column in table.columns if column.name.casefold() == name.casefold()), None)
        masker = view.masker(table.name, found.name) if found is not None else None
        if found is None or (found.nullable and isinstance(node, exp.Concat)):
            return False
        if masker is None:
            lengths += 1
        elif not isinstance(masker, Token) or not _one_to_one(
            masker, view.subjects[table.name, found.name], found.folds
        ):
            return False
    return lengths <= 1


def _concatenated(node: exp.Expr) -> Iterable[exp.Expr]:
    inner = _without_cast(node)
    if isinstance(inner, exp.DPipe):
        yield from _concatenated(inner.this)
        yield from _concatenated(inner.expression)
    elif isinstance(inner, exp.Concat):
        for part in inner.expressions:
            yield from _concatenated(part)
    else:
        yield inner
