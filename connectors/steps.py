"""The steps of a script where one is ledgered at a time: which of them may fail, and what is then said."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.database import Issue, Statement
from connectors.errors import DdlError

FORGIVEN = frozenset({"view", "trigger", "function", "procedure", "event", "comment", "virtual table"})
"""Kinds whose failure loses no row."""


def carried_out(statements: Sequence[Statement], step: Callable[[Statement], None]) -> list[Issue]:
    """Take every step in order; an Issue for each that failed and loses no row. Raises the DdlError of any other."""
    issues = []
    for statement in statements:
        try:
            step(statement)
        except DdlError as error:
            if statement.kind not in FORGIVEN:
                raise
            remedy = "Make it by hand in the target, or drop it in the source."
            issues.append(Issue("ddl-failed", f"{error}.", remedy, table=statement.table))
    return issues
