"""The three cards above everything: the verdict, the run, and what is promised in the engine's exact words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.models.evidence import AssessmentEntry, RunEntry, RunFacts, Summary
from desktop.models.evidence_found import tone_of
from desktop.pages.evidence_words import moment, run_state, verdict_word
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge, Card, label
from desktop.widgets.charts_gauge import BudgetBar
from desktop.widgets.flow import Flow
from desktop.words import tr


class VerdictCard(Card):
    """Pass, fail or not measured; and the way to another verdict."""

    assess = Signal(str)
    """Somebody asks for an assessment under this policy; empty: as the plan says."""

    def __init__(self) -> None:
        super().__init__(tr("Verdict"))
        self.badge, self.policy = Badge(), label("", "secondary", wrap=True)
        self.badge.setObjectName("badge")
        self.sentence = label("", wrap=True)
        row = QHBoxLayout()
        row.addWidget(self.badge)
        row.addWidget(self.policy, 1)
        self.body.addLayout(row)
        self.body.addWidget(self.sentence)
        self.body.addStretch(1)
        self.policies = QComboBox()
        self.policies.setAccessibleName(tr("Policy for the next assessment"))
        self.policies.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.policies.setMinimumContentsLength(12)
        self.button = QPushButton(tr("Assess under this policy…"))
        self.button.clicked.connect(lambda: self.assess.emit(str(self.policies.currentData() or "")))
        order = Flow()
        order.addWidget(self.policies)
        order.addWidget(self.button)
        self.body.addLayout(order)

    def offer(self, policies: Sequence[tuple[str, str]]) -> None:
        """What can be chosen; the plan's own comes first."""
        chosen = self.policies.currentData()
        self.policies.clear()
        self.policies.addItem(tr("as the plan says"), "")
        for place, (name, title) in enumerate(policies, 1):
            self.policies.addItem(name, name)
            self.policies.setItemData(place, title, Qt.ItemDataRole.AccessibleDescriptionRole)
        self.policies.setCurrentIndex(max(0, self.policies.findData(chosen)))

    def say(self, run: RunEntry | None, entry: AssessmentEntry | None, summary: Summary | None) -> None:
        """What is known so far: no run, a run that nobody assessed, an assessment under way, a verdict."""
        self.policy.setText("")
        if summary is not None:
            self.badge.say(verdict_word(summary.verdict), tone_of(summary.verdict))
            self.policy.setText(summary.title if summary.policy else "")
            self.sentence.setText(
                summary.sentence
                or tr("Nobody has said what is enough: without a policy there are figures and no verdict.")
            )
        elif entry is not None and entry.complete:
            self.badge.say(tr("Reading…"), Tone.PLAIN)
            self.sentence.setText("")
        elif entry is not None:
            self.badge.say(run_state(entry.state), Tone.CAUTION)
            self.sentence.setText(tr("This assessment has no verdict."))
        elif run is not None:
            self.badge.say(tr("Not assessed"), Tone.CAUTION)
            self.sentence.setText(tr("Nobody has attacked this target yet, so nobody knows what risk is left."))
        else:
            self.badge.say("–", Tone.PLAIN)
            self.sentence.setText("")


class RunCard(Card):
    """What was made, how much of it, and whether somebody verified it."""

    def __init__(self) -> None:
        super().__init__(tr("Run"))
        self.state, self.verified = Badge(), Badge()
        for badge in (self.state, self.verified):
            self.body.addWidget(badge, alignment=Qt.AlignmentFlag.AlignLeading)
        self.figure, self.about = label("", "figure"), label("", "secondary", wrap=True)
        self.body.addWidget(self.figure)
        self.body.addWidget(self.about)
        self.body.addStretch(1)

    def say(self, run: RunEntry | None, facts: RunFacts | None) -> None:
        self.figure.setText("")
        self.about.setText("")
        self.verified.hide()
        if run is None or not run.id:
            self.state.say(tr("Unknown run") if run is not None else "–", Tone.PLAIN)
            return
        tones = {"complete": Tone.GOOD, "failed": Tone.BAD, "lost": Tone.BAD, "cancelled": Tone.CAUTION}
        self.state.say(run_state(run.state), tones.get(run.state, Tone.ACCENT))
        if facts is None:
            self.about.setText(f"{run.plan} · {moment(run.started)}")
            return
        self._verified(facts)
        self.figure.setText(tr("{rows} rows", rows=f"{facts.rows:,}"))
        self.about.setText(
            tr(
                "{plan}: {tables} tables in {seconds} s, {when}"
                if facts.tables != 1
                else "{plan}: {tables} table in {seconds} s, {when}",
                plan=facts.plan,
                tables=f"{facts.tables:,}",
                seconds=f"{facts.seconds:,.1f}",
                when=moment(facts.began),
            )
        )

    def _verified(self, facts: RunFacts) -> None:
        words = {
            "pass": (tr("Verified"), Tone.GOOD), "unchecked": (tr("Verified in part"), Tone.CAUTION),
            "fault": (tr("Verification found a fault"), Tone.BAD), "": (tr("No verification is known"), Tone.CAUTION),
        }  # fmt: skip
        self.verified.say(*words[facts.verified])
        self.verified.show()


class GuaranteeCard(Card):
    """Epsilon only as the engine prints it; where there is none, its reason."""

    def __init__(self) -> None:
        super().__init__(tr("What is promised"))
        self.said = label("", wrap=True)
        self.more = label("", "secondary", wrap=True)
        self.body.addWidget(self.said)
        self.body.addWidget(self.more)
        self._bars = QVBoxLayout()
        self.body.addLayout(self._bars)
        self.body.addStretch(1)

    def say(self, claims: Sequence[str], summary: Summary | None) -> None:
        """Each claim in a line; what they mean stands in full on the tab of the run."""
        self.said.setText("\n".join(claims) if claims else tr("Nothing is known of this run."))
        self.more.setText(" ".join(summary.done) if summary is not None else "")
        while (item := self._bars.takeAt(0)) is not None:
            widget: QWidget | None = item.widget()
            if widget is not None:
                widget.deleteLater()
        for gauge in summary.budgets[:2] if summary is not None else ():
            self._bars.addWidget(BudgetBar(gauge, tr("Budget of {population}", population=gauge.title)))
