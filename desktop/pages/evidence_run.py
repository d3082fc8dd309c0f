"""The run's own evidence: how it was made, its tables, and what it had to say on the way."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QSplitter, QVBoxLayout, QWidget

from desktop.models.evidence import RunFacts, Summary, TableRow
from desktop.models.evidence_found import TablesGrid
from desktop.models.grid import Cell, ListGrid
from desktop.pages.evidence_words import moment
from desktop.widgets.basic import Card, Empty, label
from desktop.widgets.grid import GridView
from desktop.words import tr


class RunPanel(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.tables = GridView(tr("Tables of the run"))
        self.issues = GridView(tr("What the run had to say"))
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName(tr("How the run was made"))
        self._scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        grids = QSplitter(Qt.Orientation.Vertical)
        grids.setChildrenCollapsible(False)
        grids.addWidget(self.tables)
        grids.addWidget(self.issues)
        grids.setStretchFactor(0, 3)
        grids.setStretchFactor(1, 1)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(grids)
        split.addWidget(self._scroll)
        split.setSizes([640, 480])
        split.setStretchFactor(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(split)

    def say(self, facts: RunFacts | None, rows: Sequence[TableRow], summary: Summary | None, fault: str = "") -> None:
        """`fault`: why there is nothing of the run itself."""
        headings = (
            tr("Table"), tr("Treatment"), tr("Rows"), tr("Masked"), tr("Kept"), tr("Orphans"),
            tr("Masked to itself"), tr("Seconds"), tr("Joined others"), tr("In the target"),
        )  # fmt: skip
        self.tables.show_grid(TablesGrid(rows, headings))
        issues = facts.issues if facts is not None else ()
        self.issues.show_grid(
            ListGrid(
                (tr("Where"), tr("What"), tr("What to do")),
                tuple((where, Cell(what, tip=what), Cell(remedy, tip=remedy)) for where, what, remedy in issues),
            )
        )
        self.issues.setVisible(bool(issues))
        self._scroll.setWidget(self._about(facts, summary, fault))

    def _about(self, facts: RunFacts | None, summary: Summary | None, fault: str) -> QWidget:
        if facts is None and summary is None:
            return Empty(fault or tr("Nothing is known of this run."))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 0, 4, 0)
        if facts is not None:
            column.addWidget(_facts(tr("How it was made"), _made(facts)))
            if facts.more_issues:
                column.addWidget(
                    label(
                        tr(
                            "It had {count} more things to say: its evidence.json has them all.",
                            count=f"{facts.more_issues:,}",
                        ),
                        wrap=True,
                    )
                )
            column.addWidget(_card(tr("What is promised"), facts.guarantee))
        elif fault:
            column.addWidget(label(fault, wrap=True))
        if summary is not None:
            column.addWidget(_card(tr("What was done"), summary.done))
            column.addWidget(_facts(tr("How it was assessed"), _assessed(summary)))
        column.addStretch(1)
        return inside


def _card(heading: str, said: Sequence[str]) -> Card:
    card = Card(heading)
    for text in said:
        card.body.addWidget(label(text, wrap=True))
    return card


def _facts(heading: str, said: Sequence[tuple[str, str]]) -> Card:
    """Words and what they are, to be copied line by line: an address or a hash has no place to break at."""
    card = Card(heading)
    grid = GridView(heading)
    rows = tuple((word, Cell(text, tip=text)) for word, text in said if text)
    grid.show_grid(ListGrid((tr("What"), tr("Is")), rows))
    grid.setMinimumHeight(round(grid.fontMetrics().height() * 2 * (len(rows) + 1.5)))
    card.body.addWidget(grid)
    return card


def _made(facts: RunFacts) -> list[tuple[str, str]]:
    return [
        (tr("Run"), facts.id), (tr("Plan"), facts.path or facts.plan), (tr("Source"), facts.source), (tr("Target"), facts.target),
        (tr("Began"), moment(facts.began)), (tr("Mode"), facts.mode), (tr("Moment of the source"), facts.snapshot),
        (tr("Target's DDL by"), facts.ddl_tool), (tr("Loaded"), facts.strategy), (tr("Masking key"), facts.key),
        (tr("Verification"), facts.verified_said or tr("none of this run is recorded here")),
        (tr("Versions"), ", ".join(f"{name} {version}" for name, version in facts.versions)),
    ]  # fmt: skip


def _assessed(summary: Summary) -> list[tuple[str, str]]:
    return [
        (tr("Assessment"), summary.id), (tr("Began"), moment(summary.began)),
        (tr("Took"), f"{summary.seconds:,.1f} s"), (tr("Rows of the source looked at"), f"{summary.entities:,}"),
        (tr("Seal (SHA-256)"), summary.seal),
    ]  # fmt: skip
