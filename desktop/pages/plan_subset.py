"""Subset of the open plan: the rows to begin from, what comes with them, and how much that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QIntValidator
from PySide6.QtWidgets import (
    QLineEdit,
    QScrollArea,
    QTabWidget,
    QWidget,
)

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.plan import Edit
from desktop.models.subset import Amounts, Copies, Key, Proposed, Root, SubsetForm, keys_edits, subset_edits
from desktop.pages.plan_form import PlanForm
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Card, button, label
from desktop.widgets.flow import Flow, together
from desktop.widgets.subset_amounts import AmountsPane
from desktop.widgets.subset_copies import CopiesForm
from desktop.widgets.subset_keys import KeysForm
from desktop.widgets.subset_roots import RootsForm
from desktop.widgets.subset_why import WhyForm
from desktop.words import tr


class SubsetPanel(PlanForm):
    """A form over [subset] and [clone] of the plan; every field that is finished is an edit that can be undone."""

    title = "Subset"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._form: SubsetForm | None = None
        self._interrupted = False
        """A count was asked for before the estimate was there."""
        self._keys: list[Key] = []
        self.column.addWidget(self._roots_card())
        self.tabs = QTabWidget()
        self.amounts, self.keys, self.why, self.copies = AmountsPane(), KeysForm(), WhyForm(), CopiesForm()
        for words, widget in (
            (tr("How much"), self.amounts),
            (tr("Foreign keys"), self.keys),
            (tr("Why is a row in it?"), self.why),
            (tr("Copies of an entity"), self.copies),
        ):
            self.tabs.addTab(widget, words)
        self.column.addWidget(self.tabs, 1)
        self.amounts.counted.connect(self._count)
        self.amounts.stopped.connect(self._stop_count)
        self.keys.changed.connect(self._follow)
        self.why.asked.connect(self._explain)
        self.copies.changed.connect(self._copy)

    def _roots_card(self) -> Card:
        card = Card(tr("Rows to begin from"))
        self.said = label("", "secondary", wrap=True)
        card.body.addWidget(self.said)
        self.roots = RootsForm()
        # What is typed before the plan has been read would be written over by it.
        self.roots.setEnabled(False)
        self.roots.changed.connect(self._write_roots)
        self._area = QScrollArea(widgetResizable=True)
        self._area.setWidget(self.roots)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.viewport().setAutoFillBackground(False)
        self.roots.setAutoFillBackground(False)
        self.roots.grown.connect(self._fit)
        card.body.addWidget(self._area)
        row = Flow(spacing=12)
        self.add = button(tr("Add a table"), self.roots.add)
        self.most, self.seed = QLineEdit(placeholderText=tr("no limit; 5 GB")), QLineEdit(placeholderText="0")
        self.seed.setValidator(QIntValidator(0, 2**31 - 1, self.seed))
        for field, letters in ((self.most, 20), (self.seed, 14)):
            field.setMaximumWidth(field.fontMetrics().averageCharWidth() * letters)
        for each in (self.most, self.seed):
            each.editingFinished.connect(self._write_roots)
        row.addWidget(self.add)
        for words, field in ((tr("&Size of the target at most"), self.most), (tr("S&eed of samples"), self.seed)):
            name = label(words)
            name.setBuddy(field)
            field.setAccessibleName(words.replace("&", ""))
            row.addWidget(together(name, field))
        self.propose = button(tr("Propose what comes with them"), self._propose)
        self.remove = button(tr("Take every row"), self._remove)
        row.addWidget(self.propose)
        row.addWidget(self.remove)
        card.body.addLayout(row)
        return card

    def _fit(self) -> None:
        """As high as its lines, up to four of them."""
        line = round(self.fontMetrics().height() * 2.6)
        self._area.setFixedHeight(max(line, min(self.roots.sizeHint().height() + 2, 4 * line)))

    # Coming and going.

    def entered(self, table: str = "", key: str = "", **where: Any) -> None:
        """Shown now; `table` and `key`: the row that somebody asks about."""
        if table:
            self.tabs.setCurrentWidget(self.why)
            self.why.say(table, key)
        super().entered(**where)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._calls.stop("subset.why")
        self.why.forget()

    def stale(self) -> None:
        self.amounts.say_stale()

    # What the plan says.

    def read(self) -> None:
        """What the plan says, then how much that is."""
        keys: list[Key] = []

        def done(form: SubsetForm) -> None:
            self._keys = keys
            self.banner.hide()
            self._show(form)

        self._calls.ask("subset.shown", done, self._failed, keys.extend)

    def _show(self, form: SubsetForm) -> None:
        self._form = form
        self.roots.setEnabled(True)
        names = list(form.tables) if form.tables is not None else []
        self.roots.offer(names)
        self.roots.show_roots(form.roots)
        if self.most.text() != form.size:
            self.most.setText(form.size)
        self.seed.setText(str(form.seed) if form.seed else "")
        self.remove.setEnabled(form.present)
        self.keys.show_keys(self._keys)
        for each in (self.why, self.copies):
            each.offer(names)
        self.copies.show_copies(form.copies)
        self.said.setText(_in_words(form))
        asks = form.present or form.copies is not None
        self.why.setEnabled(asks)
        if asks and self._calls.waits("subset.count"):
            # The plan has changed since it was asked for: what is counted is what the form says now.
            self._count()
        elif asks:
            self._estimate()
        else:
            self.amounts.show_nothing(tr("The plan takes every row. Choose a table above to take some of them."))

    def _failed(self, fault: Fault) -> None:
        if not self.roots.say_mistake(fault.table, fault.sentence):
            super()._failed(fault)

    # How much it is.

    def _estimate(self) -> None:
        self.amounts.say_reading(tr("Estimating…"))
        self._calls.ask("subset.estimate", self._reckoned, self._not_reckoned, self.amounts.say_how_far)

    def _count(self) -> None:
        # Two that are under way would speak over each other.
        self._interrupted = self._calls.waits("subset.estimate")
        self._calls.stop("subset.estimate")
        self.amounts.say_counting(tr("Counting…"))
        self._calls.ask("subset.count", self._reckoned, self._not_reckoned, self.amounts.say_how_far)

    def _stop_count(self) -> None:
        self._calls.stop("subset.count")
        self.amounts.say_stopped()
        if self._interrupted:
            self._estimate()

    def _reckoned(self, amounts: Amounts) -> None:
        self.banner.hide()
        for line in self.roots.lines:
            line.say_mistake("")
        self.amounts.show_amounts(amounts)

    def _not_reckoned(self, fault: Fault) -> None:
        self.amounts.show_nothing(tr("Not known: see above."))
        self._failed(fault)

    def _explain(self, table: str, key: str) -> None:
        self.why.say_reading()
        self._calls.ask("subset.why", self.why.show_chain, self.why.say_fault, table=table, key=key)

    # Edits of the plan.

    def _edit(self, text: str, edits: Sequence[Edit], failed: Any) -> None:
        if edits:
            self.desk.plan.edit(text, edits, failed)

    def _write_roots(self) -> None:
        roots = self.roots.said()
        if self._form is None or roots is None or (not roots and not self._form.present):
            return
        size, seed = self.most.text(), int(self.seed.text() or 0)
        self._edit(tr("Rows of the subset"), subset_edits(self._form, roots, size, seed), self._failed)

    def _propose(self) -> None:
        roots: tuple[Root, ...] | None = self.roots.said()
        if roots is None:
            return
        if not roots:
            self.banner.say(
                tr("Choose a table to begin from: what comes with its rows follows from that."), Tone.CAUTION
            )
            return
        self.desk.plan.change(
            tr("Propose a subset"), "subset.propose", self._failed, self._proposed,
            roots=roots, size=self.most.text(), seed=int(self.seed.text() or 0),
        )  # fmt: skip

    def _proposed(self, said: Proposed) -> None:
        self.banner.say(said.in_words(), Tone.GOOD)
        self.desk.say(said.in_words(), Tone.GOOD)

    def _remove(self) -> None:
        self._edit(tr("Take every row"), [Edit(("subset",), None)], self._failed)

    def _follow(self, key: Key) -> None:
        if self._form is not None:
            text = tr("Follow {key} of {table}", key=key.key, table=key.child)
            edits = keys_edits(self._form, self._keys, key)
            self._edit(text, edits, lambda fault: self.keys.say_mistake(fault.sentence))

    def _copy(self, copies: Copies | None) -> None:
        edit = copies.edit() if copies is not None else Edit(("clone",), None)
        self._edit(tr("Copies of an entity"), [edit], lambda fault: self.copies.say_mistake(fault.sentence))


def _in_words(form: SubsetForm) -> str:
    if form.synthesises:
        return tr(
            "This plan synthesises: its subset says of whom the model learns; how many people are written stands on Synthesis."
        )
    if not form.present:
        return tr("Every row is taken. With a table here, the target gets its rows and all that belongs to them.")
    whole = tr(" Whole tables: {names}.", names=", ".join(form.whole)) if form.whole else ""
    return tr("What these rows refer to comes with them, always; what they own does too.") + whole
