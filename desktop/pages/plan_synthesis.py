"""Synthesis of the open plan: whose privacy is protected, with which budget, which tables are made anew and by which model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QTabWidget, QWidget

from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.plan import Edit
from desktop.models.synthesis import (
    Budget,
    Model,
    SynthesisForm,
    beside,
    empty_edits,
    field_edit,
    model_edits,
    number,
    option_edits,
    owner_edit,
    public_edits,
)
from desktop.pages.plan_form import PlanForm
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Card, button, label, primary
from desktop.widgets.synthesis_budget import BudgetPane
from desktop.widgets.synthesis_fields import SynthesisFields
from desktop.widgets.synthesis_options import OptionsPane
from desktop.widgets.synthesis_tables import TablesPane
from desktop.words import tr


class SynthesisPanel(PlanForm):
    """A form over [privacy]; every field that is finished is an edit that can be undone."""

    title = "Synthesis"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._form: SynthesisForm | None = None
        self._models: dict[str, Model] | None = None
        desk.job_ended.connect(self._job_ended)
        above = QHBoxLayout()
        above.setSpacing(12)
        above.addWidget(self._whose(), 2)
        above.addWidget(self._budget_card(), 3)
        self.column.addLayout(above, 5)
        self.tabs = QTabWidget()
        self.tables, self.options, self.promise = TablesPane(), OptionsPane(), label("", wrap=True)
        self.promise.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.promise.setContentsMargins(0, 8, 0, 0)
        self.tabs.addTab(self.tables, tr("Tables"))
        self.tabs.addTab(self.options, tr("Options of the model"))
        self.tabs.addTab(_scrolled(self.promise), tr("What it promises"))
        self.below = QStackedWidget()
        for widget in (QWidget(), self.tabs):
            self.below.addWidget(widget)
        self.column.addWidget(self.below, 4)
        self.tables.public.connect(
            lambda table, why: self._edit(tr("Make {table} public", table=table), public_edits(table, why))
        )
        self.tables.emptied.connect(lambda table: self._edit(tr("Empty {table}", table=table), empty_edits(table)))
        self.tables.owned.connect(self._own)
        self.options.changed.connect(self._set_option)

    def _whose(self) -> Card:
        card = Card(tr("Whose privacy"))
        self.said = label("", "secondary", wrap=True)
        card.body.addWidget(self.said)
        self.fields = SynthesisFields()
        # What is typed before the plan has been read would be written over by it.
        self.fields.setEnabled(False)
        self.fields.changed.connect(self._field)
        fields = _scrolled(self.fields)
        fields.setMinimumHeight(round(self.fontMetrics().height() * 13))
        card.body.addWidget(fields, 1)
        row = QHBoxLayout()
        self.begin = primary(tr("Synthesise these people"))
        self.begin.setEnabled(False)
        self.begin.clicked.connect(self._begin)
        self.end = button(tr("No synthesis…"), self._end)
        row.addWidget(self.begin)
        row.addStretch(1)
        row.addWidget(self.end)
        card.body.addLayout(row)
        return card

    def _budget_card(self) -> Card:
        card = Card(tr("Privacy budget"))
        self.budget = BudgetPane()
        self.budget.again.connect(self._look_at_budget)
        card.body.addWidget(_scrolled(self.budget), 1)
        return card

    # What the plan says.

    def read(self) -> None:
        """What the plan says, then its budget."""
        self._calls.ask("synthesis.shown", self._show, self._failed)

    def _job_ended(self) -> None:
        """What is spent is another: asked for now, or when somebody looks."""
        if not self.isVisible():
            self._version = -1
        elif self._form is not None and self._form.on and self._form.sound:
            self._look_at_budget()

    def _restarted(self) -> None:
        super()._restarted()
        self._busy(False)

    def _show(self, form: SynthesisForm) -> None:
        self._form = form
        self.fields.setEnabled(True)
        self.banner.hide()
        if form.missing:
            self.banner.say(form.missing, Tone.CAUTION)
        self.fields.offer(form.units or ())
        self.fields.show_said(form.said, on=form.on)
        self.said.setText(_in_words(form))
        self.said.setVisible(not form.on)
        self.begin.setText(tr("Propose again") if form.on else tr("Synthesise these people"))
        self.begin.setEnabled(not form.missing)
        self.end.setVisible(form.on)
        self.below.setCurrentIndex(int(form.on))
        self.tables.show_tables(form.tables)
        self.promise.setText("\n\n".join(form.promise))
        self._show_options()
        if form.on and self._models is None and not form.missing:
            self._calls.ask("synthesis.models", self._know_models, lambda fault: None)
        self.fields.show_troubles(beside(form.troubles))
        if form.on and form.sound:
            self._look_at_budget()
        elif form.on:
            self._calls.stop("synthesis.budget")
            self.budget.show_budget(Budget(form.troubles))
        else:
            after = tr("Once the plan synthesises, this says what the noise leaves, before anything is spent.")
            self.budget.clear(f"{form.scale}\n\n{after}")

    def _know_models(self, models: Sequence[Model]) -> None:
        self._models = {model.name: model for model in models}
        self.fields.offer_models(models)
        self._show_options()

    def _show_options(self) -> None:
        if self._form is not None:
            self.options.show_options((self._models or {}).get(self._form.said.model), self._form.said)

    def _look_at_budget(self) -> None:
        self.budget.say_reading()
        self._calls.ask("synthesis.budget", self._show_budget, self._no_budget)

    def _show_budget(self, budget: Budget) -> None:
        self.fields.show_troubles(beside(budget.troubles))
        self.budget.show_budget(budget)

    def _no_budget(self, fault: Fault) -> None:
        self.budget.clear(fault.sentence)
        self.budget.look.show()

    # Turning it on and off.

    def _begin(self) -> None:
        """Save the plan, then have it propose how these people are synthesised."""
        if self._form is None or not self.fields.right("unit", "epsilon", "delta", "entities"):
            return
        state = self.desk.plan.state
        self._busy(True)
        if state is not None and not state.saved:
            self.desk.plan.save(lambda _: self._propose(), failed=self._not_begun)
        else:
            self._propose()

    def _propose(self) -> None:
        entities = self.fields.text("entities").replace(",", "")
        self.desk.plan.change(
            tr("Synthesise {unit}", unit=self.fields.text("unit")), "synthesis.begin", self._not_begun, self._begun,
            unit=self.fields.text("unit"), epsilon=number(self.fields.text("epsilon")), delta=number(self.fields.text("delta")),
            entities=int(entities) if entities else None,
        )  # fmt: skip

    def _begun(self, _: Any) -> None:
        self._busy(False)
        self.desk.say(tr("The plan synthesises now. Look at the public tables: an officer signs them."), Tone.GOOD)

    def _not_begun(self, fault: Fault) -> None:
        self._busy(False)
        if fault.why is Why.LOCKED:
            self.desk.locked.emit(self._begin)
        if fault.why is not Why.CANCELLED:
            self.banner.say(fault.sentence, Tone.BAD)

    def _end(self) -> None:
        self.desk.plan.change(tr("No synthesis"), "synthesis.end", self._failed)

    def _busy(self, on: bool) -> None:
        self.begin.setEnabled(not on and self._form is not None and not self._form.missing)
        if on:
            self.said.setText(tr("Looking at the tables around these people…"))
            self.said.show()
        elif self._form is not None:
            self.said.setText(_in_words(self._form))
            self.said.setVisible(not self._form.on)

    # Edits of the plan.

    def _field(self, name: str, text: str) -> None:
        if self._form is None or not self._form.on:
            return
        edits = model_edits(self._form.said, text) if name == "model" else [field_edit(name, text)]
        self._edit(tr("{field} of the privacy budget", field=name), edits)

    def _own(self, table: str, columns: Sequence[str]) -> None:
        if self._form is not None:
            self._edit(tr("Owner of {table}", table=table), [owner_edit(self._form.said, table, columns)])

    def _set_option(self, name: str, text: str) -> None:
        if self._form is not None:
            edits = option_edits(self._form.said, name, text)
            self.desk.plan.edit(
                tr("Option {name}", name=name), edits, lambda fault: self.options.say_mistake(fault.sentence)
            )

    def _edit(self, text: str, edits: Sequence[Edit]) -> None:
        self.desk.plan.edit(text, edits, self._failed)


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea(widgetResizable=True)
    area.setWidget(widget)
    widget.setAutoFillBackground(False)
    area.viewport().setAutoFillBackground(False)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


def _in_words(form: SynthesisForm) -> str:
    if form.on:
        return tr("One row of {unit} with all that it owns is one person.", unit=form.said.unit)
    return tr(
        "Which table has one row for each person? It and all that it owns are learned under a budget and written anew; none of their "
        "rows comes into the target."
    )
