"""A Problem is an error to fix or a warning to accept, found before anything is read or written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from connectors.names import TableName


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of `check`. `code` is stable for years: plans accept warnings by it and scripts match on it."""

    code: str
    severity: Severity
    reason: str
    """What is wrong and why, one sentence, never a cell value."""
    remedy: str
    """What to do about it."""
    table: TableName | None = None
    column: str | None = None
    line: int | None = None
    """Of the plan's file, where the problem is one of its text."""

    @property
    def place(self) -> str:
        """`table.column`, `table`, or an empty string."""
        return ".".join(str(part) for part in (self.table, self.column) if part is not None)

    def __str__(self) -> str:
        line = f"line {self.line}: " if self.line is not None else ""
        place = line + (f"{self.place}: " if self.place else "")
        return f"{self.severity.value} {self.code}: {place}{self.reason} {self.remedy}".rstrip()


class PlanError(Exception):
    """The plan has problems: all of them at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(problem for problem in problems if problem.severity is Severity.ERROR)
