"""The cards at the head of the privacy hub: coverage in columns, rows at risk, the population's budget."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.hub import Budget, Coverage, Parts, count_said
from desktop.theme.look import look
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, Card, label
from desktop.widgets.flow import Flow, Shares
from desktop.words import tr


class PartsBar(QWidget):
    """Shares of a whole from the leading side on; what they are stands in words beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[tuple[float, Tone], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(max(8, self.fontMetrics().height() * 3 // 4))
        look().changed.connect(self.update)

    def show_parts(self, parts: tuple[tuple[float, Tone], ...], words: str) -> None:
        """Sizes and their tones; what is left of 1 is empty."""
        self._parts = parts
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: object) -> None:
        tokens, painter = look().tokens, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole, round_ = QRectF(self.rect()), self.height() / 2.5
        path = QPainterPath()
        path.addRoundedRect(whole, round_, round_)
        painter.setClipPath(path)
        painter.fillRect(whole, QColor(tokens.line))
        at, gap = 0.0, 2.0
        for size, tone in self._parts:
            width = size * whole.width()
            left = whole.width() - at - width if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else at
            painter.fillRect(QRectF(left, 0, max(0.0, width - gap), whole.height()), QColor(_solid(tone)))
            at += width
        painter.end()


def _solid(tone: Tone) -> str:
    return look().tokens.ink(tone)


class Head(QWidget):
    """The three cards, side by side where there is room."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.coverage, self.rows, self.budget = CoverageCard(), RowsCard(), BudgetCard(desk)
        row = Shares(self, spacing=12)
        row.add(self.coverage, 5)
        row.add(self.rows, 4)
        row.add(self.budget, 4)
        self.budget.hide()

    def show_coverage(self, coverage: Coverage) -> None:
        self.coverage.show_coverage(coverage)
        self.rows.show_coverage(coverage)


class CoverageCard(Card):
    def __init__(self) -> None:
        super().__init__(tr("Coverage of personal columns"))
        self.bar = PartsBar()
        self.protected, self.at_risk, self.kept = Badge(), Badge(), Badge()
        legend = Flow()
        for badge in (self.protected, self.at_risk, self.kept):
            legend.addWidget(badge)
        self.body.addWidget(self.bar)
        self.body.addLayout(legend)
        self.body.addStretch(1)

    def show_coverage(self, coverage: Coverage) -> None:
        columns = coverage.columns
        words = tr("{protected} protected, {risk} undecided, {kept} kept with a reason",
                   protected=columns.protected, risk=columns.at_risk, kept=columns.kept)  # fmt: skip
        self.bar.show_parts(_shares(columns), words)
        self.protected.say(tr("{count:,} protected", count=columns.protected), Tone.GOOD)
        risk = Tone.CAUTION if columns.at_risk else Tone.PLAIN
        self.at_risk.say(tr("{count:,} undecided", count=columns.at_risk), risk)
        self.kept.say(tr("{count:,} kept with a reason", count=columns.kept), Tone.PLAIN)


def _shares(parts: Parts) -> tuple[tuple[float, Tone], ...]:
    whole = max(1, parts.total)
    sizes = ((parts.protected, Tone.GOOD), (parts.kept, Tone.PLAIN), (parts.at_risk, Tone.CAUTION))
    return tuple((size / whole, tone) for size, tone in sizes)


class RowsCard(Card):
    def __init__(self) -> None:
        super().__init__(tr("Rows at risk"))
        self.figure, self.words = label("", "figure"), label("", "secondary", wrap=True)
        self.body.addWidget(self.figure)
        self.body.addWidget(self.words)
        self.body.addStretch(1)

    def show_coverage(self, coverage: Coverage) -> None:
        rows, tables = coverage.rows, coverage.tables
        self.figure.setText(
            tr("{risk} of {all}", risk=count_said(rows.at_risk), all=count_said(coverage.rows_in_all))
            if coverage.rows_in_all
            else tr("Unknown")
        )
        said = [
            tr("In {count:,} tables with undecided columns.", count=tables.at_risk)
            if tables.at_risk > 1
            else tr("In one table with undecided columns.")
            if tables.at_risk
            else tr("No table has an undecided column.")
        ]
        if rows.kept:
            said.append(tr("{count} more with a column kept as it is.", count=count_said(rows.kept)))
        if coverage.uncounted:
            said.append(tr("Nobody has counted {count:,} tables.", count=coverage.uncounted))
        self.words.setText(" ".join(said))


class BudgetCard(Card):
    """What is spent changes with every run, whatever becomes of the plan."""

    missed = Signal(object)
    """The Fault for which nobody knows what is spent."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(tr("Privacy budget of this population"))
        self.desk = desk
        desk.job_ended.connect(lambda: self.look() if self.isVisible() else None)
        self.bar, self.words = PartsBar(), label("", "secondary", wrap=True)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.words)
        self.body.addStretch(1)

    def look(self) -> None:
        """Ask the ledger; hidden where the plan synthesises nothing."""
        state = self.desk.plan.state
        if state is None or not state.synthesises:
            self.hide()
            return
        self.desk.calls.ask("hub.budget", owner=self, done=self.show_budget, failed=self._missed)

    def show_budget(self, budget: Budget | None) -> None:
        """Hidden where the plan synthesises nothing."""
        self.setVisible(budget is not None)
        if budget is None:
            return
        words, tone = _budget_words(budget)
        share = 1.0 if budget.spent is None and not budget.missing else min(1.0, (budget.spent or 0.0) / budget.cap)
        self.bar.setVisible(not budget.missing)
        self.bar.show_parts(((share, tone),), words)
        self.words.setText(words)

    def _missed(self, fault: Fault) -> None:
        self.show()
        self.bar.hide()
        self.words.setText(fault.sentence)
        self.missed.emit(fault)


def _budget_words(budget: Budget) -> tuple[str, Tone]:
    if budget.missing:
        return budget.missing, Tone.PLAIN
    if budget.fault:
        return tr(
            "{name}: the ledger is not as it was written: {fault}.", name=budget.population, fault=budget.fault
        ), Tone.BAD
    if budget.spent is None:
        return tr("{name} was learned from without noise: nothing is guaranteed.", name=budget.population), Tone.BAD
    releases = tr("1 release") if budget.releases == 1 else tr("{count:,} releases", count=budget.releases)
    said = tr("{name}: ε {spent:g} of {cap:g} spent · {releases} · this plan takes ε {planned:g}",
              name=budget.population, spent=budget.spent, cap=budget.cap, releases=releases,
              planned=budget.planned)  # fmt: skip
    over = budget.spent + budget.planned > budget.cap * (1 + 1e-9)
    return said, Tone.BAD if over else Tone.ACCENT
