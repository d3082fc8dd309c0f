"""What was done and what risk is left: a run with its assessment, its verdict, its figures, and reports to pass on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QComboBox, QPushButton, QSizePolicy, QTabWidget, QWidget

from desktop.calls import Asked
from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.evidence import AssessmentEntry, FigureIndex, Result, RunEntry, RunFacts, Shelf, Summary, TableRow
from desktop.models.evidence_found import attacks, metrics
from desktop.pages.base import Page
from desktop.pages.evidence_details import DetailsPanel
from desktop.pages.evidence_export import export_reports
from desktop.pages.evidence_figures import FiguresPanel
from desktop.pages.evidence_findings import FindingsPanel
from desktop.pages.evidence_policy import PolicyPanel
from desktop.pages.evidence_run import RunPanel
from desktop.pages.evidence_summary import GuaranteeCard, RunCard, VerdictCard
from desktop.pages.evidence_words import assessment_said, run_said
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Empty
from desktop.widgets.flow import Shares
from desktop.words import tr

BROKEN = 6
"""The exit status of what is not what it was: nothing of it is shown."""


class EvidencePage(Page):
    name = "evidence"
    title = "Evidence"
    help = "evidence"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.shelf = Shelf()
        self.run: RunEntry | None = None
        self.entry: AssessmentEntry | None = None
        self.facts: RunFacts | None = None
        self.summary: Summary | None = None
        self._rows: list[TableRow] = []
        self._results: list[Result] = []
        self._wanted = ""
        self._under_way: list[Asked] = []
        self._ended: frozenset[str] = frozenset()
        self._waiting: dict[QWidget, Callable[[], None]] = {}
        self._head()
        self._cards()
        self._tabs()
        self.nothing = Empty(
            tr("No run has been made in this workspace yet. Evidence begins with one."),
            tr("Go to Run"),
            lambda: self.desk.go("run"),
        )
        self.body.addWidget(self.nothing)
        self._actions()
        self._show_nothing()
        for part in (self.nothing, self.cards, self.tabs, self.runs, self.assessments, self.export_button):
            # Until the runs are known there is nothing to say of them.
            part.hide()
        desk.jobs_changed.connect(self._jobs)

    # What it is made of.

    def _head(self) -> None:
        self.runs, self.assessments = _chooser(tr("Run")), _chooser(tr("Assessment of this run"))
        self.runs.activated.connect(lambda place: self.choose_run(self.shelf.runs[place]))
        self.assessments.activated.connect(self._chosen_assessment)
        self.export_button = QPushButton(tr("Export…"))
        self.export_button.clicked.connect(self.export)
        self.heading.addWidget(self.runs, 3)
        self.heading.addWidget(self.assessments, 2)
        self.heading.addWidget(self.export_button)

    def _cards(self) -> None:
        self.verdict, self.made, self.promised = VerdictCard(), RunCard(), GuaranteeCard()
        self.verdict.assess.connect(self.assess)
        self.cards = QWidget()
        row = Shares(self.cards, spacing=12)
        for card, share in ((self.verdict, 5), (self.made, 3), (self.promised, 4)):
            row.add(card, share)
        self.cards.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.body.addWidget(self.cards)

    def _tabs(self) -> None:
        self.policy = PolicyPanel()
        self.risks = FindingsPanel(tr("Attacks"), tr("No attack was tried."))
        self.quality = FindingsPanel(tr("Metrics"), tr("No figure of quality was measured."))
        self.figures = FiguresPanel(self._fetch_table)
        self.details = DetailsPanel()
        self.about = RunPanel()
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("Parts of the evidence"))
        self.tabs.tabBar().setAccessibleName(tr("Parts of the evidence"))
        for panel, name in (
            (self.policy, tr("Policy")), (self.risks, tr("Risks")), (self.quality, tr("Quality")),
            (self.figures, tr("Figures")), (self.details, tr("Details")), (self.about, tr("Run")),
        ):  # fmt: skip
            self.tabs.addTab(panel, name)
        self.tabs.currentChanged.connect(lambda _: self._fill_shown())
        self.body.addWidget(self.tabs, 1)

    def _actions(self) -> None:
        self.offer(tr("Export reports…"), self.export, "Ctrl+E")
        self.offer(tr("Assess this run under the chosen policy…"), lambda: self.verdict.button.click())
        for place in range(self.tabs.count()):
            show = partial(self.tabs.setCurrentIndex, place)
            self.offer(tr("Evidence: {part}", part=self.tabs.tabText(place)), show)

    # Which run.

    def entered(self, **where: Any) -> None:
        """`job`: the run or the assessment that is asked for."""
        self._wanted = str(where.get("job") or "") or self._wanted
        self.reload()

    def reload(self) -> None:
        """Read the list of runs anew; what is shown stays where it is still there."""
        self.desk.calls.ask("evidence.runs", owner=self, done=self._shelved, failed=self._failed)

    def _jobs(self) -> None:
        """A run or an assessment has ended: there is something new to show."""
        ended = frozenset(
            job.id for job in self.desk.jobs if not job.alive and job.kind in ("clone", "assess", "verify")
        )
        fresh, self._ended = ended - self._ended, ended
        if fresh and self.isVisible():
            ours = next((job for job in self.desk.jobs if job.id in fresh and job.kind == "assess" and job.run), None)
            if ours is not None and self.run is not None and ours.run == self.run.id and ours.state == "complete":
                self._wanted = ours.id
            self.reload()

    def _shelved(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.banner.hide()
        self.nothing.setVisible(not shelf.runs)
        for part in (self.cards, self.tabs, self.runs, self.export_button):
            part.setVisible(bool(shelf.runs))
        self.verdict.offer(shelf.policies)
        self.runs.clear()
        self.runs.addItems([run_said(run) for run in shelf.runs])
        if not shelf.runs:
            self.assessments.hide()
            return
        wanted, self._wanted = self._wanted, ""
        run, entry = self._find(wanted)
        if wanted and run is None:
            self.banner.say(tr("There is no run or assessment {id} here.", id=wanted), Tone.CAUTION)
        before = self.run
        if run is None:
            run = next((each for each in shelf.runs if before is not None and each.id == before.id), None)
        self.choose_run(run or self._ours() or shelf.runs[0], entry)

    def _ours(self) -> RunEntry | None:
        """The newest run of the open project's plan."""
        project = self.desk.project
        return next((run for run in self.shelf.runs if project is not None and run.places[0] == project.plan), None)

    def _find(self, wanted: str) -> tuple[RunEntry | None, AssessmentEntry | None]:
        """A run by its id, or the run of an assessment, with it."""
        for run in self.shelf.runs:
            if wanted and run.id == wanted:
                return run, run.assessed
            for entry in run.assessments:
                if wanted and entry.id == wanted:
                    return run, entry
        return None, None

    def choose_run(self, run: RunEntry, entry: AssessmentEntry | None = None) -> None:
        """Show a run with its newest assessment, or with the one that is meant."""
        same = self.run is not None and run.id == self.run.id
        if entry is None and same and self.entry is not None:
            entry = next((each for each in run.assessments if each.id == self.entry.id), None)
        entry = entry or run.assessed or (run.assessments[0] if run.assessments else None)
        unchanged = same and self.entry == entry and self.run == run
        self.run = run
        self.runs.setCurrentIndex(self.shelf.runs.index(run))
        self._list_assessments(run, entry)
        if not unchanged or self.facts is None:
            self._show(entry)

    def _list_assessments(self, run: RunEntry, entry: AssessmentEntry | None) -> None:
        self.assessments.clear()
        self.assessments.addItems([assessment_said(each) for each in run.assessments])
        self.assessments.setVisible(len(run.assessments) > 1)
        if entry is not None:
            self.assessments.setCurrentIndex(run.assessments.index(entry))

    def _chosen_assessment(self, place: int) -> None:
        if self.run is not None and 0 <= place < len(self.run.assessments):
            self._show(self.run.assessments[place])

    # What is known of it.

    def _show(self, entry: AssessmentEntry | None) -> None:
        """Forget what was shown, and ask for the run and the assessment."""
        assert self.run is not None
        for asked in self._under_way:
            asked.cancel()
        self.entry, self.facts, self.summary = entry, None, None
        self._rows, self._results, self._under_way = [], [], []
        self.banner.hide()
        self._show_nothing()
        ask = self.desk.calls.ask
        if self.run.id:
            self._under_way.append(
                ask(
                    "evidence.run",
                    owner=self,
                    id=self.run.id,
                    told=self._rows.extend,
                    done=self._ran,
                    failed=self._no_run,
                )
            )
        if entry is not None and entry.complete:
            self._under_way.append(
                ask(
                    "evidence.assessment",
                    owner=self,
                    id=entry.id,
                    told=self._results.extend,
                    done=self._assessed,
                    failed=self._failed,
                )
            )

    def _show_nothing(self) -> None:
        """Nothing of the last one stays on the page."""
        self._waiting = {}
        self.verdict.say(self.run, self.entry, None)
        self.made.say(self.run, None)
        self.promised.say((), None)
        self.policy.say(_NONE, self._missing())
        self.risks.say(())
        self.quality.say(())
        self.details.say(())
        self.figures.forget()
        self.about.say(None, (), None)
        self.export_button.setEnabled(False)

    def _missing(self) -> str:
        """Why there is no line of a policy; empty while it is being read."""
        if self.entry is not None and self.entry.complete:
            return ""
        return tr("This run has no assessment. Choose a policy above, and assess it.")

    def _ran(self, facts: RunFacts) -> None:
        self.facts = facts
        if facts.sealed:
            self._broken(facts.sealed)
            return
        self.made.say(self.run, facts)
        self._promise()
        self._waiting[self.about] = lambda: self.about.say(facts, self._rows, self.summary)
        self._fill_shown()

    def _no_run(self, fault: Fault) -> None:
        if fault.status == BROKEN:
            self._broken(fault.sentence)
        else:
            self.about.say(None, (), self.summary, fault.sentence)

    def _assessed(self, summary: Summary) -> None:
        self.summary = summary
        results = tuple(self._results)
        self.verdict.say(self.run, self.entry, summary)
        self._promise()
        self._waiting = {
            self.policy: lambda: self.policy.say(summary),
            self.risks: lambda: self.risks.say(attacks(results, summary.told)),
            self.quality: lambda: self.quality.say(metrics(results)),
            self.details: lambda: self.details.say(results),
            self.about: lambda: self.about.say(self.facts, self._rows, summary),
        }
        self.export_button.setEnabled(True)
        self._fill_shown()

    def _fill_shown(self) -> None:
        """A part is filled when somebody looks at it: nobody waits for the others."""
        fill = self._waiting.pop(self.tabs.currentWidget(), None)
        if fill is not None:
            fill()
        self._figures_if_shown()

    def _promise(self) -> None:
        """The run's own word on itself; of a target whose run nobody knows the assessment's."""
        said = self.facts.claims if self.facts is not None else self.summary.claims if self.summary else ()
        self.promised.say(said, self.summary)

    def _failed(self, fault: Fault) -> None:
        if fault.status == BROKEN:
            self._broken(fault.sentence)
        elif fault.why is Why.LOCKED:
            self.desk.locked.emit(self.reload)
        elif fault.why is not Why.CANCELLED:
            self.banner.say(fault.sentence, Tone.BAD, tr("Try again"), self.reload)

    def _broken(self, sentence: str) -> None:
        """What was changed after it was sealed is not shown as if it were true."""
        self.summary = None
        self._results = []
        self._show_nothing()
        self.banner.say(tr("{sentence} Nothing of it is shown.", sentence=sentence), Tone.BAD)

    # Its figures.

    def _figures_if_shown(self) -> None:
        """They are unsealed when somebody looks at them."""
        if self.tabs.currentWidget() is self.figures and self.summary is not None and not self.figures.said:
            self.figures.empty(tr("The figures are being unsealed…"))
            self.desk.calls.ask(
                "evidence.figures", owner=self, id=self.summary.id, done=self._index, failed=self._no_figures
            )

    def _index(self, index: FigureIndex) -> None:
        self.figures.say(index)

    def _no_figures(self, fault: Fault) -> None:
        if fault.why is Why.LOCKED:
            self.figures.empty(
                tr("The figures name values of real data, so they are sealed: the vault opens them."),
                tr("Unlock the vault…"),
                lambda: self.desk.locked.emit(self._figures_if_shown),
            )
            self.desk.locked.emit(self._figures_if_shown)
        elif fault.status == BROKEN:
            self.banner.say(fault.sentence, Tone.BAD)
            self.figures.empty(fault.sentence)
        else:
            self.figures.empty(fault.sentence)

    def _fetch_table(self, table: str) -> None:
        if self.summary is not None:
            self.desk.calls.ask(
                "evidence.drawings",
                owner=self,
                id=self.summary.id,
                table=table,
                failed=self._no_figures,
                done=lambda drawn: self.figures.draw(table, drawn),
            )

    # What can be done with it.

    def assess(self, policy: str) -> None:
        """Order an assessment of this run; it outlives the window, and the page shows it when it is done."""
        if self.run is None:
            return
        plan, source, target = self.run.places
        if not (plan and source and target):
            self.banner.say(
                tr(
                    "Nobody knows with which plan and databases this target was made: order the assessment on the command line."
                ),
                Tone.CAUTION,
            )
            return
        self.desk.calls.ask(
            "jobs.order", owner=self, does="assess", plan=plan, source=source, target=target, run=self.run.id or None,
            policy=policy or None, done=self._ordered, failed=self._not_ordered,
        )  # fmt: skip
        self.verdict.button.setEnabled(False)

    def _ordered(self, job: str) -> None:
        self.verdict.button.setEnabled(True)
        self.desk.say(
            tr("The assessment runs; it is shown here when it is done."),
            Tone.ACCENT,
            tr("Show the job"),
            lambda: self.desk.go("jobs", job=job),
        )

    def _not_ordered(self, fault: Fault) -> None:
        self.verdict.button.setEnabled(True)
        if fault.why is Why.LOCKED:
            self.desk.locked.emit(self.verdict.button.click)
        else:
            self.banner.say(fault.sentence, Tone.BAD)

    def export(self) -> None:
        """Ask which reports and where to, and have them written."""
        if self.summary is None:
            return
        self.dialog = export_reports(self.desk, self.summary.id, self)


_NONE = Summary("", None, "", "", 0.0, "")


def _chooser(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(16)
    return made
