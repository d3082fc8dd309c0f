"""Findings in a list, gravest first, and all about the chosen one: its sentence, what helps, every figure with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QScrollArea, QSplitter, QVBoxLayout, QWidget

from desktop.models.evidence_found import Finding, result_tone, result_word
from desktop.models.grid import Cell, ListGrid
from desktop.pages.evidence_words import family_asks, family_said, plain
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, Card, Empty, label
from desktop.widgets.charts_frame import ChartCard, span_signs
from desktop.widgets.grid import GridView
from desktop.words import tr

_TONES = {"alarm": Tone.BAD, "open": Tone.CAUTION, "good": Tone.GOOD, "calm": Tone.PLAIN}
MOST_REASONS = 8


class FindingsPanel(QWidget):
    """Of attacks, or of metrics."""

    def __init__(self, name: str, empty: str) -> None:
        super().__init__()
        self.findings: tuple[Finding, ...] = ()
        self._empty = empty
        self.grid = GridView(name)
        self.grid.moved.connect(self._show_finding)
        self.detail = QVBoxLayout()
        self.detail.setSpacing(10)
        self.detail.setContentsMargins(4, 0, 4, 0)
        inside = QWidget()
        inside.setLayout(self.detail)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inside)
        self._scroll.setAccessibleName(tr("The chosen finding"))
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(self.grid)
        split.addWidget(self._scroll)
        split.setSizes([470, 630])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(split)
        self.chart: ChartCard | None = None

    def say(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        risks = not findings or findings[0].kind == "risk"
        headings = (tr("Worst"), tr("Attack")) if risks else (tr("Metric"), tr("Family"), tr("Found"))
        # One drawing of the first, not one for each step on the way there.
        with QSignalBlocker(self.grid):
            self.grid.show_grid(ListGrid(headings, tuple(map(_cells, self.findings))))
            self.grid.selectRow(0)
        self._show_finding(0)

    def _show_finding(self, row: int) -> None:
        while (item := self.detail.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.chart = None
        if not 0 <= row < len(self.findings):
            self.detail.addWidget(Empty(self._empty))
            return
        finding = self.findings[row]
        self._head(finding)
        if finding.rules:
            self._rules(finding)
        elif finding.measured:
            self._chart(finding)
        self._missing(finding)
        self.detail.addStretch(1)

    def _head(self, finding: Finding) -> None:
        card = Card(finding.title)
        if finding.kind == "quality":
            card.body.addWidget(
                label(f"{family_said(finding.family)}. {family_asks(finding.family)}", "secondary", wrap=True)
            )
            card.body.addWidget(Badge(finding.head, _TONES[finding.tone]))
        else:
            card.body.addWidget(label(finding.sentence, wrap=True))
            if finding.tone != "alarm":
                card.body.addWidget(
                    label(
                        tr("An attack that finds nothing proves nothing: it may have been too weak."),
                        "secondary",
                        wrap=True,
                    )
                )
        if finding.remedy:
            card.body.addWidget(label(tr("What helps: {remedy}", remedy=plain(finding.remedy)), wrap=True))
        self.detail.addWidget(card)

    def _chart(self, finding: Finding) -> None:
        spans = finding.spans
        if finding.kind == "risk":
            words = (
                tr("risk of 100, with its 95 % interval"),
                tr("found without the target"),
                tr("found of people it cannot know"),
            )
        else:
            words = tr("value, with its interval where one is known"), tr("floor"), tr("ceiling")
        caption = tr("Where it was measured")
        note = tr("{count} more stand under Details.", count=spans.undrawn) if spans.undrawn else ""
        self.chart = ChartCard(spans, caption, note, span_signs(spans, *words))
        self.detail.addWidget(self.chart)

    def _rules(self, finding: Finding) -> None:
        """Those that do not hold come first."""
        card = Card(tr("Every rule"))
        grid = GridView(tr("Rules of {metric}", metric=finding.title))
        cells = (
            (
                Cell(result_word(each), _TONES[result_tone(each)]),
                Cell(each.short, tip=each.scope),
                each.measure,
                each.because or each.facts,
            )
            for each in finding.gravest
        )
        grid.show_grid(ListGrid((tr("Verdict"), tr("On"), tr("Which"), tr("Notes")), tuple(cells)))
        grid.setMinimumHeight(grid.fontMetrics().height() * 2 * min(9, 2 + len(finding.gravest)))
        card.body.addWidget(grid)
        self.detail.addWidget(card)

    def _missing(self, finding: Finding) -> None:
        """What was not measured is said with its reason, and is no number."""
        if not finding.reasons:
            return
        card = Card(tr("Not measured"))
        for reason, count in finding.reasons[:MOST_REASONS]:
            said = (
                tr("{count:,} times: {reason}", count=count, reason=reason)
                if count > 1
                else tr("Once: {reason}", reason=reason)
            )
            card.body.addWidget(label(said, "secondary", wrap=True))
        self.detail.addWidget(card)


def _cells(finding: Finding) -> tuple[Cell | str, ...]:
    tone = _TONES[finding.tone]
    title = Cell(finding.title, tip=finding.sentence or finding.name)
    found = Cell(finding.head, tone)
    return (found, title) if finding.kind == "risk" else (title, family_said(finding.family), found)
