"""A subset in words: what its report says beyond the table of rows, and why a row is in it. For the terminal and the window alike."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from engine.printing import plural
from engine.subset.looking import Step
from engine.subset.report import SubsetReport
from engine.subset.selection import Brought
from engine.subset.spec import Scope


class Weight(StrEnum):
    """How much a sentence asks of its reader."""

    PLAIN = "plain"
    FAINT = "faint"
    WARNING = "warning"


def brought_said(brought: Brought) -> str:
    return f"{brought.child}.{brought.key} ({'children' if brought.down else 'parents'})"


def report_sentences(report: SubsetReport) -> Iterator[tuple[Weight, str]]:
    """What a reader should know beside the rows of each table."""
    if report.brought and report.brought[0].rows:
        most = report.brought[0]
        yield Weight.PLAIN, f"Most rows come by {brought_said(most)}: {plural(most.rows, 'row')}."
    if (copied := report.copied) is not None:
        own = sum(copied.rows.values())
        text = f"Copies: {copied.copies:,} of an entity of {copied.table} with {plural(own, 'row')}: {own * copied.copies:,} more."
        yield Weight.PLAIN, text
    if report.empty:
        yield Weight.FAINT, f"No row of: {', '.join(map(str, report.empty))}."
    yield from _keys(report)
    for covered in report.coverage:
        goal = covered.goal
        reached = f"{covered.reached:,} of {covered.values:,} values of {goal.table} ({', '.join(goal.columns)})"
        text = f"Coverage: {reached} are there {goal.times} times or as often as they occur; {plural(covered.added, 'row')} added."
        yield Weight.PLAIN, text
    if report.spent is not None:
        yield Weight.PLAIN, f"Budget: {report.spent}."


def _keys(report: SubsetReport) -> Iterator[tuple[Weight, str]]:
    for each in report.tables:
        for key, count in each.selected.orphans.items():
            if count:
                text = f"{each.table}: the parent of {plural(count, 'row')} by {key} is not in the source either."
                yield Weight.WARNING, text
        for key, count in each.selected.nulled.items():
            if count:
                yield Weight.PLAIN, f"{each.table}: {key} is set NULL in {plural(count, 'row')}."


_REASONS = {
    "root": "a root: the plan asks for it",
    "whole": "in the subset with its whole table",
    "coverage": "added for a coverage goal",
}


def row_said(step: Step) -> str:
    """Which row it is. Holds the real values of its key."""
    if step.key is None:
        return f"{step.link.table} (a row)"
    return f"{step.link.table} {', '.join(f'{name} = {value}' for name, value in step.key.items())}"


def because(step: Step, *, last: bool) -> str:
    """Why the row of this step is selected: by the next one's, or for its own sake."""
    edge = step.link.edge
    if edge is None or last:
        return f"is {_REASONS.get(step.link.reason or '', step.link.reason or '')}."
    by = f"({edge.child}.{edge.key.name})"
    if not step.link.down:
        return f"is the parent of a selected row {by}:"
    owner = "an owned row" if edge.scope is Scope.OWNED else "a selected row"
    return f"is a child of {owner} {by}:"
