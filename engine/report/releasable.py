"""What of an assessment may leave with the target: no figure that was computed from the source without noise.

A verdict on a figure of the source is itself such a figure, and so is a count of its rows: all of them are left out, and said to be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.assessment.assessed import Assessed, TableAssessed
from engine.assessment.result import Rests
from engine.assessment.verdict import NOTHING, LineVerdict, PolicyVerdict, Verdict

WITHHELD = "It rests on the source: it is in the internal report alone."
WITHHELD_WHOLE = "The verdict rests on figures of the source: it is in the internal report alone."
OMITTED = (
    "Every attack and every figure that was computed from the source: attacks are measured against real people.",
    "The verdict, and the verdict of every line of the policy, that rests on such a figure.",
    "Counts of the source's rows, figures of its columns, and what was not examined, where that speaks of it.",
    "The addresses of both databases, the hash of the run's evidence, and the duration.",
)
"""What a reader of the releasable report does not see."""


@dataclass(frozen=True, slots=True)
class Left:
    """What was left out, counted."""

    risks: int
    quality: int


def releasable(assessed: Assessed) -> Assessed:
    """The part of it that rests on the target alone, on what was declared, or on a guarantee."""
    return replace(
        assessed,
        source="",
        target="",
        seconds=0.0,
        run_evidence=None,
        tables={name: _table(table) for name, table in assessed.tables.items()},
        risks=tuple(risk for risk in assessed.risks if risk.rests is not Rests.SOURCE),
        quality=tuple(each for each in assessed.quality if each.rests is not Rests.SOURCE),
        left=(),
        policy=_policy(assessed.policy) if assessed.policy is not None else None,
    )


def left_out(assessed: Assessed) -> Left:
    return Left(
        sum(risk.rests is Rests.SOURCE for risk in assessed.risks),
        sum(each.rests is Rests.SOURCE for each in assessed.quality),
    )


def _table(table: TableAssessed) -> TableAssessed:
    return TableAssessed(table.treatment, target=table.target, target_sampled=table.target_sampled)


def _policy(judged: PolicyVerdict) -> PolicyVerdict:
    """Its lines, with the verdicts that rest on nothing of the source; the whole only where all of them do."""
    lines = tuple(map(_line, judged.lines))
    if all(line.verdict is not Verdict.OMITTED for line in lines):
        return replace(judged, lines=lines)
    return replace(judged, lines=lines, overall=Verdict.OMITTED, sentence=WITHHELD_WHOLE)


def _line(judged: LineVerdict) -> LineVerdict:
    if judged.applies and any(looked.rests is Rests.SOURCE for looked in judged.looked):
        return replace(judged, verdict=Verdict.OMITTED, sentence=WITHHELD, figure=None, looked=())
    # Why nothing was measured may count people of the source.
    return judged if judged.looked or not judged.applies else replace(judged, sentence=f"{NOTHING}.")
