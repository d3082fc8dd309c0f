"""What the verbs of `lookalike subset` show: tables and sentences for people, the same as data for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from connectors.names import TableName
from engine.printing import FAINT, GOOD, WARN, plural, table
from engine.subset.looking import Estimated, Step
from engine.subset.propose import Proposal
from engine.subset.report import SubsetReport, said
from engine.subset.sentences import Weight, because, brought_said, report_sentences, row_said
from engine.subset.sizes import about
from engine.subset.spec import Scope


def plan_data(guess: Estimated, report: SubsetReport | None) -> dict[str, Any]:
    estimate = {
        "rows": sum(guess.rows.values()),
        "bytes": guess.bytes,
        "tables": {str(name): rows for name, rows in guess.rows.items()},
    }
    source = {str(name): rows for name, rows in guess.source_rows.items()}
    return {"estimate": estimate, "source_rows": source, "exact": said(report) if report is not None else None}


def plan_shown(guess: Estimated, report: SubsetReport | None) -> Iterator[RenderableType]:
    if report is None:
        rows = [
            (name, rows, guess.source_rows[name], _share(rows, guess.source_rows[name]))
            for name, rows in guess.rows.items()
        ]
        yield table(("table", "rows, about", "of", "share"), rows)
        yield f"About {plural(sum(guess.rows.values()), 'row')}, {about(guess.bytes)}. Without --estimate they are counted."
        return
    yield table(
        ("table", "rows", "estimated", "of", "share", "direct", "parents", "children", "mostly by"),
        [
            (
                each.table, each.selected.rows, guess.rows.get(each.table), each.source_rows,
                "whole" if each.selected.whole else _share(each.selected.rows, each.source_rows),
                each.selected.direct or None, each.selected.upstream or None, each.selected.downstream or None,
                brought_said(each.brought_by) if each.brought_by is not None else None,
            )
            for each in report.tables
            if each.selected.rows
        ],
    )  # fmt: skip
    yield from _notes(report)
    yield Text(f"{plural(report.rows, 'row')}, about {about(report.bytes)}.", style=GOOD)


def _share(rows: int, of: int) -> str | None:
    return f"{100 * rows / of:.3g} %" if of else None


_STYLES = {Weight.FAINT: FAINT, Weight.WARNING: WARN}


def _notes(report: SubsetReport) -> Iterator[RenderableType]:
    for weight, sentence in report_sentences(report):
        yield Text(sentence, style=_STYLES[weight]) if weight in _STYLES else sentence


def why_data(name: TableName, steps: Sequence[Step]) -> dict[str, Any]:
    return {"table": str(name), "selected": bool(steps), "chain": [_step_data(step) for step in steps]}


def _step_data(step: Step) -> dict[str, Any]:
    edge = step.link.edge
    return {
        "table": str(step.link.table),
        "key": dict(step.key) if step.key is not None else None,
        "reached_by": edge and {"table": str(edge.child), "key": edge.key.name, "direction": _direction(step)},
        "reason": step.link.reason,
    }


def _direction(step: Step) -> str:
    return "down" if step.link.down else "up"


def why_shown(steps: Sequence[Step]) -> Iterator[RenderableType]:
    for number, step in enumerate(steps, 1):
        yield Text.assemble((row_said(step), "bold"), f" {because(step, last=number == len(steps))}")


def proposal_data(proposal: Proposal, path: Path) -> dict[str, Any]:
    return {
        "plan": str(path),
        "renewed": proposal.renewed,
        "whole": [{"table": str(each.table), "rows": each.rows} for each in proposal.lookups],
        "edges": [
            {"table": str(edge.child), "key": edge.key.name, "parent": str(edge.parent), "follow": edge.scope.value}
            for edge in proposal.edges
        ],
    }


def proposal_shown(proposal: Proposal, path: Path) -> Iterator[RenderableType]:
    followed = [edge for edge in proposal.edges if edge.scope is not Scope.NONE]
    yield (
        table(
            ("children that come along", "parent", "foreign key", "of parents"),
            [(edge.child, edge.parent, edge.key.name, edge.scope.value) for edge in followed],
        )
        if followed
        else Text("No foreign key is followed from parent to children.", style=FAINT)
    )
    if proposal.lookups:
        whole = (f"{each.table} ({plural(each.rows, 'row')})" for each in proposal.lookups)
        yield f"Whole tables: {', '.join(whole)}."
    verb = "Renewed the roots of" if proposal.renewed else "Wrote"
    yield Text(f"{verb} [subset] in {path}. `lookalike subset plan` says how much it is.", style=GOOD)
