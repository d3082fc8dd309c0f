"""What a person sees, and what a script reads: results on stdout (tables, or one JSON object), everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from engine.problems import Problem, Severity

WIDE = 200
"""Columns of a line that goes into a file or a pipe, where no terminal says its width."""
GOOD, BAD, WARN, FAINT = "green", "bold red", "yellow", "dim"


@dataclass(frozen=True)
class Screen:
    """Where a verb's words go. `as_json`: stdout carries one JSON object and nothing else."""

    as_json: bool = False

    @cached_property
    def out(self) -> Console:
        return _console(sys.stdout)

    @cached_property
    def err(self) -> Console:
        return _console(sys.stderr)

    def show(self, data: Mapping[str, Any], *for_people: RenderableType) -> None:
        """Print the result of a verb: the data for scripts, or these tables and sentences for people."""
        if self.as_json:
            print(json.dumps(data, ensure_ascii=False, indent=2, default=str))
            return
        for part in for_people:
            with self.out.capture() as captured:
                self.out.print(part, soft_wrap=isinstance(part, str | Text) and not self.out.is_terminal)
            # Tables are padded to their full width, which only a terminal hides.
            text = captured.get()
            sys.stdout.write(text if self.out.is_terminal else "\n".join(line.rstrip() for line in text.split("\n")))

    def say(self, sentence: str, style: str = "") -> None:
        """A remark beside the result: to stderr."""
        self.err.print(sentence, style=style, soft_wrap=True)


def _console(stream: TextIO) -> Console:
    # A name on the screen is a name: nothing in it is markup, an emoji or worth a colour of its own.
    return Console(
        file=stream,
        width=None if stream.isatty() else WIDE,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=False,
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> Table:
    """Rows under headings; whole numbers stand right, True and False are words, None is empty."""
    made = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", pad_edge=False)
    listed = [list(row) for row in rows]
    for place, heading in enumerate(headings):
        numeric = any(isinstance(row[place], int | float) and not isinstance(row[place], bool) for row in listed)
        made.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        made.add_row(*map(_cell, row))
    return made


def _cell(value: object) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, int):
        return Text(f"{value:,}")
    if isinstance(value, float):
        return Text(f"{value:,.1f}")
    return Text("" if value is None else str(value))


def story(lines: Iterable[tuple[str, RenderableType]], width: int = 112) -> Constrain:
    """Headings with what is to be said under each, in lines that are easy to read and no wider than the screen."""
    told = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), expand=True)
    told.add_column(style="bold", no_wrap=True)
    told.add_column(overflow="fold", ratio=1)
    for heading, text in lines:
        told.add_row(heading, text)
    return Constrain(told, width)


def problems_table(problems: Sequence[Problem], accepted: Sequence[Problem] = ()) -> list[RenderableType]:
    """Problems grouped by code: the reason once, then every place; accepted warnings as one line."""
    parts: list[RenderableType] = []
    for severity in (Severity.ERROR, Severity.WARNING):
        chosen = [problem for problem in problems if problem.severity is severity]
        for code in dict.fromkeys(problem.code for problem in chosen):
            parts += _group(code, severity, [problem for problem in chosen if problem.code == code])
    if accepted:
        parts.append(Text(f"{len(accepted)} accepted warnings are not shown.", style=FAINT))
    return parts


def _group(code: str, severity: Severity, problems: list[Problem]) -> list[RenderableType]:
    style = BAD if severity is Severity.ERROR else WARN
    heading = Text.assemble((severity.value, style), " ", (code, "bold"), f" ({len(problems)})")
    rows = [[_place(problem), _sentence(problem.reason), Text(problem.remedy, style=FAINT)] for problem in problems]
    listed = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
    for _ in range(3):
        listed.add_column(overflow="fold")
    for row in rows:
        listed.add_row(*map(_cell, row))
    return [heading, listed, Text()]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _place(problem: Problem) -> str:
    line = f"line {problem.line}" if problem.line is not None else ""
    return " ".join(part for part in (problem.place, line) if part) or "the plan"


def problem_data(problem: Problem) -> dict[str, Any]:
    """A problem for scripts."""
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "table": str(problem.table) if problem.table is not None else None,
        "column": problem.column,
        "line": problem.line,
        "reason": problem.reason,
        "remedy": problem.remedy,
    }


def plural(count: int, noun: str, several: str | None = None) -> str:
    """`1 table`, `12 tables`, `2 addresses`; `several` where the plural is another word."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {several or noun + ('es' if noun.endswith('s') else 's')}"
