"""The privacy hub's words for what the backend says in names."""

from __future__ import annotations

from math import isnan

from desktop.models.hub import Group, Keeps, Line, Sort, State
from desktop.words import tr


def group_words(group: Group | None) -> str:
    """Of the chips above the queue."""
    return {
        None: tr("All"),
        Group.AT_RISK: tr("Undecided"),
        Group.PROTECTED: tr("Protected"),
        Group.KEPT: tr("Kept"),
        Group.OTHER: tr("Not personal"),
    }[group]


def headings() -> tuple[str, ...]:
    """Of the queue's columns."""
    return tr("Table"), tr("Column"), tr("Looks like"), tr("Personal"), tr("Evidence"), tr("Decision")


def cell_words(line: Line, sort: Sort) -> str:
    """What the queue says in a column."""
    match sort:
        case Sort.TABLE:
            return line.table
        case Sort.COLUMN:
            return line.column
        case Sort.ENTITY:
            return line.entity or (tr("Not looked at") if isnan(line.sure) else tr("Nothing personal"))
        case Sort.SURE:
            return share_words(line.sure)
        case Sort.EVIDENCE:
            return line.evidence
        case _:
            return state_words(line)


def state_words(line: Line) -> str:
    """How a column stands, in a word; the panel beside the queue says it in full."""
    return {
        State.UNDECIDED: tr("Undecided"),
        State.MASKED: tr("Masked"),
        State.MADE: tr("Synthetic"),
        State.LEFT_OUT: tr("Left out"),
    }.get(line.state, tr("Kept"))


def decision_words(line: Line) -> str:
    how = line.how.replace("_", " ")
    match line.state:
        case State.UNDECIDED:
            return tr("Undecided")
        case State.MASKED:
            return tr("Masked: {mask}", mask=how)
        case State.MADE:
            return tr("Synthetic")
        case State.LEFT_OUT:
            return tr("Left out: table emptied") if line.how == "empty" else tr("Left out: no such table")
        case _:
            return tr("Kept: {reason}", reason=line.how)


def share_words(share: float) -> str:
    """A probability; what is not sure is never 100 %, and what is possible never 0 %."""
    if isnan(share):
        return ""
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.995 <= share < 1 else f"{share:.0%}".replace("%", " %")


def keeps_words(keeps: tuple[Keeps, ...]) -> str:
    """What a technique leaves, as sentences."""
    said = {
        Keeps.EQUAL: tr("Equal values stay equal, so joins hold."),
        Keeps.DISTINCT: tr("Different values stay different."),
        Keeps.LENGTH: tr("Keeps the length."),
        Keeps.FORMAT: tr("Keeps the format."),
        Keeps.ORDER: tr("Keeps the order."),
        Keeps.CHECKSUM: tr("Check digits stay valid."),
        Keeps.NOTHING: tr("The new value says nothing of the old one."),
    }
    return " ".join(said[each] for each in keeps)


def phase_words(phase: str) -> str:
    """What discovery does."""
    return {
        "": tr("Reading the schema"),
        "sample": tr("Looking at a sample of every table"),
        "keys": tr("Looking for foreign keys that nobody declares"),
        "texts": tr("Reading free text"),
        "judge": tr("Weighing the evidence"),
    }.get(phase, phase)
