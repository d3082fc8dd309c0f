"""JSON paths that a run met and the plan does not name: nulled, counted, and told as `print_path` prints them, without values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from connectors.database import Issue
from engine.column_domains import ColumnName

CODE = "json-path-unknown"
NAMED = 8
"""Paths that one sentence names."""


def unknown_path_issues(unknown: Mapping[ColumnName, Mapping[str, int]]) -> Iterator[Issue]:
    """One issue per column, the most frequent paths first."""
    for (table, column), counts in sorted(unknown.items()):
        told = Counter(counts)
        if told:
            names = ", ".join(f"{path} ({count:,})" for path, count in told.most_common(NAMED))
            more = f" and {len(told) - NAMED} more" if len(told) > NAMED else ""
            message = f"Values at paths inside documents that the plan does not name became null: {names}{more}."
            remedy = "Name these paths in the plan, or run `lookalike plan` again; then run once more."
            yield Issue(CODE, message, remedy, table, column)
