"""What a plan's budget leaves of the signal, in a picture and in the engine's words, and what is spent of its population."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.synthesis import BANDS, Budget, Gauge, Spent, elsewhere
from desktop.theme.tokens import SIGNS, Tone
from desktop.widgets.basic import Badge, button, label, set_tone
from desktop.widgets.budget_gauge import LadderBar, SpentBar
from desktop.words import tr


class BudgetPane(QWidget):
    again = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        self.band, self.state = Badge(), label("", "secondary", wrap=True)
        self.look = button(tr("Look again"), lambda: self.again.emit())
        row.addWidget(self.band)
        row.addWidget(self.state, 1)
        row.addWidget(self.look)
        column.addLayout(row)
        self.ladder = LadderBar()
        column.addWidget(self.ladder)
        self.words = label("", wrap=True)
        column.addWidget(self.words)
        self.spent, self.spent_words = SpentBar(), label("", "secondary", wrap=True)
        column.addWidget(self.spent_words)
        column.addWidget(self.spent)
        self.split = label("", "secondary", wrap=True)
        column.addWidget(self.split)
        self.troubles = label("", "tone", wrap=True)
        set_tone(self.troubles, Tone.BAD)
        column.addWidget(self.troubles)
        column.addStretch(1)
        self.clear("")

    def clear(self, words: str) -> None:
        """Nothing is known of a budget; why."""
        for widget in (
            self.band,
            self.ladder,
            self.words,
            self.spent,
            self.spent_words,
            self.split,
            self.troubles,
            self.look,
        ):
            widget.hide()
        self.state.setText(words)

    def say_reading(self) -> None:
        self.state.setText(tr("Looking at the budget…"))

    def show_budget(self, budget: Budget) -> None:
        self.clear("")
        self.look.show()
        if budget.gauge is not None:
            self._gauge(budget.gauge)
        if budget.spent is not None:
            self._spent(budget.spent, budget.gauge)
        wrong = elsewhere(budget.troubles)
        self.troubles.setText("\n".join(f"{SIGNS[Tone.BAD]} {each.reason} {each.remedy}" for each in wrong))
        self.troubles.setVisible(bool(wrong))
        if budget.gauge is None:
            self.state.setText(tr("The noise is known once the plan's problems are mended."))

    def _gauge(self, gauge: Gauge) -> None:
        if gauge.band:
            word, tone = BANDS[gauge.band]
            self.band.say(tr(word), tone)
            self.band.show()
            self.state.setText(tr("noise of a step: {noise}; model {model}", noise=gauge.noise, model=gauge.model))
        else:
            self.state.setText("")
        self.ladder.show_ladder(gauge.ladder, gauge.epsilon)
        by = "; ".join(
            tr("{number:,} people: {word}", number=number, word=BANDS[band][0]) for number, band in gauge.by_entities
        )
        self.words.setText("\n".join([*gauge.sentences, *([by] if by else [])]))
        self.words.show()
        self.split.setText(
            tr("The budget goes to: ") + "; ".join(f"{what} {share:.0%}" for what, share in gauge.parts) + "."
        )
        self.split.show()

    def _spent(self, spent: Spent, gauge: Gauge | None) -> None:
        more = (
            gauge.epsilon / spent.cap if gauge is not None and spent.cap > 0 and math.isfinite(gauge.epsilon) else 0.0
        )
        words = spent.in_words(gauge.epsilon if gauge is not None else math.inf)
        self.spent.show_shares(spent.share, more, words)
        self.spent_words.setText(words)
        self.spent.show()
        self.spent_words.show()
