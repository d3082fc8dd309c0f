"""DDL is data too: leave out what would act outside the target, and find personal-looking values in defaults, comments and bodies.

What is found is named by object and kind of value, never quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from connectors.database import Issue, Script, Statement
from connectors.names import TableName
from connectors.schema import Schema
from engine.plan import Plan, TablePlan, Treatment

_LITERAL = re.compile(r"'((?:[^'\\]|''|\\.)*)'")
_INLINE_COMMENT = re.compile(r"(\bCOMMENT\s*=?\s*)'((?:[^'\\]|''|\\.)*)'", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_PHONE = re.compile(r"(?<![\w.])(?:\+\d{1,3}[ .-]?)(?:\(?\d{1,4}\)?[ .-]?){2,5}\d{2,4}(?!\w)|\(\d{3}\) ?\d{3}-\d{4}")
_DIGITS = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")
_DERIVED_TYPES = ("tsvector",)


def ddl_review(script: Script, schema: Schema) -> tuple[Script, list[Issue]]:
    """The script without what would act outside or carries a personal-looking comment, and what was found."""
    statements: list[Statement] = []
    issues: list[Issue] = []
    for statement in script.statements:
        if statement.armed is not None:
            issues.append(_disarmed(statement))
            continue
        reviewed, found = _review(statement)
        issues += found
        if reviewed is not None:
            statements.append(reviewed)
    issues += [_not_copied(note) for note in schema.notes]
    return replace(script, statements=tuple(statements)), issues


def personal_kinds(text: str) -> tuple[str, ...]:
    """The kinds of personal value that a text seems to hold: `e-mail address`, `phone number`, `card number`, `IBAN`."""
    found = {
        "e-mail address": _EMAIL.search(text) is not None,
        "phone number": _PHONE.search(text) is not None,
        "card number": any(_luhn(match.group()) for match in _DIGITS.finditer(text)),
        "IBAN": any(_iban(match.group()) for match in _IBAN.finditer(text)),
    }
    return tuple(kind for kind, here in found.items() if here)


def derived_copies(plan: Plan, schema: Schema) -> list[Issue]:
    """Columns that hold a second copy of their row's text and are kept while other columns of the row are masked."""
    return [
        issue
        for name, table in plan.tables.items()
        if name in schema.by_name
        for issue in _derived(name, table, schema)
    ]


def _derived(name: TableName, decided: TablePlan, schema: Schema) -> Iterator[Issue]:
    if decided.treatment is not Treatment.MASK:
        return
    kept = {
        column
        for rule in decided.rules
        if rule.masker is not None and rule.masker.name == "keep"
        for column in rule.columns
    }
    table = schema.table(name)
    if kept >= {column.name for column in table.stored}:
        return
    for column in table.stored:
        if column.name in kept and column.native.lower() in _DERIVED_TYPES:
            yield Issue(
                "derived-copy",
                f"{name}.{column.name} is a {column.native}: it holds the words of other columns, and it is kept as it is.",
                "Mask it with `null`, or have the target's trigger fill it again.",
                name,
                column.name,
            )


def _review(statement: Statement) -> tuple[Statement | None, list[Issue]]:
    if statement.kind == "comment":
        kinds = personal_kinds(statement.sql)
        return (None, [_found(statement, "comment", kinds, "It was left out.")]) if kinds else (statement, [])
    issues: list[Issue] = []

    def blanked(match: re.Match[str]) -> str:
        kinds = personal_kinds(match.group(2))
        if not kinds:
            return match.group()
        issues.append(_found(statement, "comment", kinds, "It was left out."))
        return f"{match.group(1)}''"

    statement = replace(statement, sql=_INLINE_COMMENT.sub(blanked, statement.sql))
    kinds = tuple(
        dict.fromkeys(kind for literal in _LITERAL.finditer(statement.sql) for kind in personal_kinds(literal.group(1)))
    )
    if kinds:
        issues.append(
            _found(statement, statement.kind, kinds, "Change it in the source, or in the target after the run.")
        )
    return statement, issues


def _found(statement: Statement, what: str, kinds: tuple[str, ...], remedy: str) -> Issue:
    reason = f"The definition of {statement.kind} {statement.name} holds what looks like {_a(kinds)} in its {what}."
    if what == statement.kind:
        reason = f"The definition of {statement.kind} {statement.name} holds what looks like {_a(kinds)}."
    return Issue("ddl-personal", reason, remedy, statement.table)


def _disarmed(statement: Statement) -> Issue:
    return Issue(
        "ddl-disarmed",
        f"{statement.kind} {statement.name} was left out of the target: {statement.armed}.",
        "Create it by hand where the target needs it.",
        statement.table,
    )


def _not_copied(note: str) -> Issue:
    return Issue(
        "not-described",
        f"Not described, and copied only where the database's own tool does it: {note}.",
        "Create it by hand where the target needs it.",
    )


def _a(kinds: tuple[str, ...]) -> str:
    return " and ".join(f"an {kind}" if kind[0] in "eI" else f"a {kind}" for kind in kinds)


def _luhn(text: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def _iban(text: str) -> bool:
    """ISO 13616: moved, spelt as digits, it leaves 1 modulo 97."""
    compact = text.replace(" ", "")
    moved = compact[4:] + compact[:4]
    return 15 <= len(compact) <= 34 and int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
