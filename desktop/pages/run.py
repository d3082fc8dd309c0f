"""Run: what stands in the way and how to mend it, the order, the run as it goes, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop.calls import Asked
from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.connections import ConnectionView
from desktop.models.jobs import RunCheck
from desktop.models.run import Mends, Situation, Step, chain_of, may_run, options_from, proposed_mode, runs_of
from desktop.pages.base import Page
from desktop.pages.run_prepare import PrepareRun
from desktop.settings import Project
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Empty, primary
from desktop.widgets.job_panel import JobPanel
from desktop.widgets.run_verdict import Verdict
from desktop.words import tr


class RunPage(Page):
    name = "run"
    title = "Run"
    help = "run"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._check: RunCheck | None = None
        self._asked: Asked | None = None
        self._fault, self._locked = "", False
        self._ordering = self._again = False
        self._run = ""
        self.heading.addStretch(1)
        self.stack = QStackedWidget()
        self.prepare = PrepareRun()
        none = Empty(
            tr("No project is open: there is nothing to run yet."), tr("Go to the projects"), lambda: desk.go("home")
        )
        for widget in (none, self.prepare, self._live()):
            self.stack.addWidget(widget)
        self.body.addWidget(self.stack)
        self._connect()
        self._offer()
        self._other_project()

    def _live(self) -> QWidget:
        live = QWidget()
        column = QVBoxLayout(live)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.panel, self.verdict = JobPanel(self.desk, wide=True), Verdict()
        self.once_more, self.evidence = QPushButton(tr("Prepare another run")), primary(tr("Show evidence"))
        for button in (self.once_more, self.evidence):
            self.heading.addWidget(button)
        column.addLayout(self.verdict)
        column.addWidget(self.panel, 1)
        return live

    def _connect(self) -> None:
        desk = self.desk
        desk.project_changed.connect(self._other_project)
        desk.plan.changed.connect(self._plan_changed)
        desk.jobs_changed.connect(self._jobs_changed)
        self.prepare.checklist.wanted.connect(self._mend)
        self.prepare.problems.wanted.connect(lambda table, column: desk.go("plan", table=table, column=column))
        self.prepare.changed.connect(self.refresh)
        self.prepare.run.clicked.connect(self.order)
        self.prepare.target_chosen.connect(self._choose_target)
        self.once_more.clicked.connect(self.show_prepare)
        self.evidence.clicked.connect(self._show_evidence)
        self.verdict.ordered.connect(self._order_after)
        self.panel.failed.connect(self._say)

    def _offer(self) -> None:
        self.offer(tr("Run the plan"), self.order, "Ctrl+Return")
        self.offer(tr("Check the plan against both databases"), self.check, "F5")
        self.offer(tr("Prepare another run"), self.show_prepare)
        self.offer(tr("Pause the run"), lambda: self.panel.buttons.pause.click())
        self.offer(tr("Let the paused run go on"), lambda: self.panel.buttons.go_on.click())
        self.offer(tr("Cancel the run"), self.panel.buttons.ask_to_cancel)

    # what is shown

    def entered(self, **where: Any) -> None:
        """`job`: the run to show. `again`: the project that is to run as it was ordered the last time."""
        if job := where.get("job"):
            self._show_run(str(job))
        self.desk.calls.ask("connections.list", owner=self, done=self._connections, failed=lambda _: None)
        if self.stack.currentIndex() == 1:
            self.check()
        if again := where.get("again"):
            self.run_again(again)

    def _other_project(self) -> None:
        project = self.desk.project
        self._forget_check()
        self._run = ""
        if project is None:
            self._show(0)
            return
        self.prepare.show_project(project)
        self.prepare.options.show_options(options_from(self._kept().get(project.plan)))
        self._show(1)
        self._jobs_changed()
        self.refresh()

    def _kept(self) -> dict[str, Any]:
        kept = self.desk.settings.kept.get("run")
        return kept if isinstance(kept, dict) else {}

    def _situation(self) -> Situation:
        return Situation(
            self.desk.project, self.desk.plan.state, self._check, self._asked is not None, self._fault, self._locked,
            self.prepare.options.mode,
        )  # fmt: skip

    def refresh(self) -> None:
        """The checklist and the button as things stand."""
        now = self._situation()
        self.prepare.options.say_synthesis(now.plan is not None and now.plan.synthesises)
        self.prepare.show_situation(now, ordering=self._ordering)

    def show_prepare(self) -> None:
        if self.desk.project is None:
            return
        self._run = ""
        self.banner.hide()
        self.prepare.confirm.clear()
        self._show(1)
        self.check()

    def _show_run(self, run: str) -> None:
        self._run = run
        self.panel.show_job(run)
        self._show(2)
        self._jobs_changed()

    def _show(self, place: int) -> None:
        self.stack.setCurrentIndex(place)
        for button in (self.once_more, self.evidence):
            button.setVisible(place == 2)

    def _jobs_changed(self) -> None:
        """Follow the run in hand of this project, and say how the shown one stands."""
        runs = runs_of(self.desk.project, self.desk.jobs)
        alive = next((job for job in runs if job.alive), None)
        if not self._run and alive is not None and not self._ordering:
            self._show_run(alive.id)
            return
        shown = next((job for job in self.desk.jobs if job.id == self._run), None)
        if shown is None:
            # Just ordered: nothing is known of it yet.
            self.verdict.clear()
            self.once_more.setEnabled(False)
            self.evidence.setEnabled(False)
            return
        chain = chain_of(shown, self.desk.jobs)
        self.verdict.show_chain(chain)
        self.once_more.setEnabled(not chain.alive)
        self.evidence.setEnabled(chain.run.state == "complete" and not chain.alive)
        self.panel.show_job(chain.shown.id)

    def _show_evidence(self) -> None:
        run = next((job for job in self.desk.jobs if job.id == self._run), None)
        if run is not None:
            self.desk.go("evidence", job=chain_of(run, self.desk.jobs).evidence)

    # what stands in the way

    def _plan_changed(self) -> None:
        state = self.desk.plan.state
        if state is None or not state.saved or not state.readable:
            self._forget_check()
        elif self._check is None and self.isVisible():
            self.check()
        self.refresh()

    def _forget_check(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
        self._check, self._asked, self._fault, self._locked = None, None, "", False

    def check(self) -> None:
        """Hold the saved plan against both databases, and look into the target."""
        project, state = self.desk.project, self.desk.plan.state
        self._forget_check()
        if project is not None and project.target and state is not None and state.saved and state.readable:
            self._asked = self.desk.calls.ask(
                "jobs.check", owner=self, done=self._checked, failed=self._not_checked, plan=project.plan,
                source=project.source, target=project.target, strict=self.prepare.options.strict.isChecked(),
            )  # fmt: skip
        self.refresh()

    def _checked(self, found: RunCheck) -> None:
        self._check, self._asked = found, None
        self.prepare.options.show_mode(proposed_mode(found))
        self.refresh()
        if self._again:
            self._begin_again()
        elif self.isVisible() and self.focusWidget() is None:
            self.prepare.run.setFocus()

    def _not_checked(self, fault: Fault) -> None:
        self._asked = None
        if fault.why is Why.LOCKED:
            self._locked = True
            self.desk.locked.emit(self.check)
        elif fault.why is not Why.CANCELLED:
            self._fault = fault.sentence
        self._again = False
        self.refresh()

    def _mend(self, step: Step) -> None:
        project = self.desk.project
        if step.mends is Mends.SAVE:
            self.desk.plan.save(lambda _: self.check())
        elif step.mends is Mends.DECIDE:
            self.desk.go("discover")
        elif step.mends is Mends.PLAN:
            first = next((each for each in self._check.found if each.error), None) if self._check else None
            self.desk.go("plan", **({"table": first.table, "column": first.column} if first and first.table else {}))
        elif step.mends is Mends.TARGET and project is not None:
            self.prepare.choose_target()
        elif step.mends is Mends.UNLOCK:
            self.desk.locked.emit(self.check)
        elif step.mends is Mends.AGAIN:
            self.check()
        elif step.mends is Mends.SHOW:
            self.desk.go("jobs", job=step.run)
        elif step.mends is Mends.RESUME:
            self.desk.calls.ask("jobs.take_up", owner=self, done=self._ordered, failed=self._not_ordered, id=step.run)

    def _connections(self, found: tuple[ConnectionView, ...]) -> None:
        source = self.desk.project.source if self.desk.project else ""
        may = [each.name for each in found if not each.not_target and each.name != source]
        self.prepare.show_targets(may, (self.desk.project.target or "") if self.desk.project else "")

    def _choose_target(self, name: str) -> None:
        project = self.desk.project
        if project is not None and name and name != project.target:
            self.desk.open_project(replace(project, target=name))
            self.check()

    # the order

    def order(self) -> None:
        """Start the run, if nothing stands in the way."""
        project, now = self.desk.project, self._situation()
        if project is None or self._ordering or not may_run(now, self.prepare.confirm.text()):
            self.refresh()
            return
        options = self.prepare.options.options
        self.desk.keep("run", self._kept() | {project.plan: options.to_json()})
        self._ordering = True
        self.banner.hide()
        self.refresh()
        self.desk.calls.ask(
            "jobs.order", owner=self, done=self._ordered, failed=self._not_ordered, **options.ordered(project)
        )

    def _ordered(self, job: str) -> None:
        self._ordering = self._again = False
        self.prepare.confirm.clear()
        self._forget_check()
        self._show_run(job)
        self.refresh()

    def _not_ordered(self, fault: Fault) -> None:
        self._ordering = self._again = False
        if fault.why is Why.LOCKED:
            self.desk.locked.emit(self.order)
        else:
            self._say(fault)
        self.refresh()

    def _order_after(self, does: str) -> None:
        """Verify or assess the run that is shown."""
        run = next((job for job in self.desk.jobs if job.id == self._run), None)
        if run is not None:
            self.desk.calls.ask(
                "jobs.order", owner=self, failed=self._not_ordered, plan=run.plan, source=run.source, target=run.target,
                does=does, run=run.id,
            )  # fmt: skip

    def run_again(self, project: Project) -> None:
        """Order it as the last time, as soon as the plan is read and checked; who overwrites is asked for the name first."""
        if project != self.desk.project:
            return
        self._again = True
        self.show_prepare()

    def _begin_again(self) -> None:
        self._again = False
        if may_run(self._situation(), ""):
            self.order()
        elif may_run(self._situation(), self.desk.project.target or "" if self.desk.project else ""):
            self.banner.say(
                tr("Ready to run as the last time: type the target's name to replace what it holds."), Tone.ACCENT
            )
            self.prepare.confirm.setFocus()
        else:
            self.banner.say(tr("It cannot run as the last time before what stands below is mended."), Tone.CAUTION)

    def _say(self, fault: Fault) -> None:
        self.banner.say(fault.sentence, Tone.BAD)
