"""The Privacy hub: what was found, what happens to it, and every decision that is still missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.calls import GONE, Asked
from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.hub import Discovered, Group, Line, Shown, Sort, Wish
from desktop.models.plan import PlanState
from desktop.pages.base import Page
from desktop.pages.discover_cards import Head
from desktop.pages.discover_detail import DetailPanel
from desktop.pages.discover_queue import QueueCard
from desktop.pages.discover_start import LookingPanel, PolicyChooser, StartPanel
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Empty, label
from desktop.widgets.flow import Shares
from desktop.words import tr

Retry = Callable[[], None] | None


class DiscoverPage(Page):
    name = "discover"
    title = "Privacy hub"
    help = "discover"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.shown: Shown | None = None
        self._showing: Asked | None = None
        self._looking: Asked | None = None
        self._wanted: tuple[str, str] | None = None
        """Where to go once the board is here."""
        self._policy: str | None = None
        """By which the plan was proposed, as it was shown last."""
        self._troubled = False
        """The banner says a fault, which stays until somebody does something."""
        self._first = True
        """Nobody has chosen a filter on this plan yet."""
        self._build()
        self._offer()
        desk.plan.changed.connect(self._plan_changed)
        desk.project_changed.connect(self._project_changed)
        desk.calls.restarted.connect(self._restarted)
        self._ask_policies()
        self._plan_changed()

    # Parts

    def _build(self) -> None:
        self.when, self.policy = label("", "secondary", wrap=True), PolicyChooser()
        self.again = QPushButton(tr("Discover again"))
        self.again.setToolTip(
            tr("Look at the source once more and propose under this policy. Your own decisions stay.")
        )
        self.again.clicked.connect(self.discover)
        self.when.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        beside = Shares(spacing=12)
        beside.add(self.when, 1)
        beside.add(self.policy, 0)
        beside.add(self.again, 0)
        self.heading.addLayout(beside, 1)
        self.none = Empty(
            tr("Open a project to see what its database holds of people."), tr("Go to start"), self._start_page
        )
        self.unread = Empty(tr("The plan cannot be read. What was found is shown again as soon as its text is a plan."))
        self.start, self.looking, self.board = StartPanel(), LookingPanel(), self._board()
        self.start.asked.connect(self.discover)
        self.looking.cancelled.connect(self.cancel)
        self.stack = QStackedWidget()
        for widget in (self.none, self.unread, self.start, self.looking, self.board):
            self.stack.addWidget(widget)
        self.body.addWidget(self.stack, 1)

    def _board(self) -> QWidget:
        self.head, self.queue, self.detail = Head(self.desk), QueueCard(self.desk), DetailPanel(self.desk)
        self.queue.wished.connect(self._wished)
        self.queue.moved.connect(self.detail.show_line)
        self.queue.accepted.connect(self.accept_shown)
        self.queue.opened.connect(self._open_in_plan)
        self.queue.uncounted.connect(self._beside)
        self.head.budget.missed.connect(self._beside)
        self.detail.accepted.connect(self.accept_chosen)
        self.detail.kept.connect(self.keep)
        self.detail.changed.connect(lambda: self._open_in_plan(self.queue.line))
        self.detail.undone.connect(self.desk.undo.undo)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.queue)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        letters = self.fontMetrics().averageCharWidth()
        self.detail.setMinimumWidth(min(36 * letters, 300))
        split.setSizes([130 * letters, 38 * letters])
        split.setHandleWidth(12)
        split.setStyleSheet("QSplitter::handle { background: transparent; }")
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.head)
        column.addWidget(split, 1)
        return made

    def _offer(self) -> None:
        self.offer(tr("Discover personal data again"), self.discover, "F5")
        self.offer(tr("Show undecided columns"), self.show_undecided, "Ctrl+U")
        self.offer(tr("Accept the proposals that are shown"), self.accept_shown, "Ctrl+Shift+A")
        self.offer(tr("Accept the proposal for the chosen columns"), self.accept_chosen, "Ctrl+Return")
        self.offer(tr("Keep the chosen columns, with a reason"), self.detail.ask_reason, "Ctrl+Shift+K")
        self.offer(tr("Reveal values of the chosen column (logged)"), self.detail.samples.reveal, "Ctrl+Shift+R")
        self.offer(tr("Filter by table or column"), self._to_filter, "Ctrl+F")
        for sort, words in (
            (Sort.WORK, tr("Order: undecided first")), (Sort.TABLE, tr("Order: by table")), (Sort.COLUMN, tr("Order: by column")),
            (Sort.ENTITY, tr("Order: by kind")), (Sort.SURE, tr("Order: the surest first")), (Sort.DECISION, tr("Order: by decision")),
        ):  # fmt: skip
            self.offer(words, partial(self._order, sort))

    def _order(self, sort: Sort) -> None:
        self.queue.want(replace(self.queue.chips.wish, sort=sort, descending=False))

    def entered(self, **where: Any) -> None:
        """`table`, `column`: which one to show. `undecided`: those without a decision."""
        if where.get("table"):
            self._wanted = where["table"], where.get("column") or ""
        if where.get("undecided"):
            self.show_undecided()
        elif self._wanted is not None or self.shown is None:
            self._plan_changed()
        else:
            self.head.budget.look()

    # What is shown

    @property
    def state(self) -> PlanState | None:
        return self.desk.plan.state

    def _project_changed(self) -> None:
        self.shown, self._first, self._policy, self._troubled = None, True, None, False
        self.queue.chips.set_wish(Wish(Group.AT_RISK))

    def _plan_changed(self) -> None:
        """Another plan, or the same one changed: show what it is, whatever that is."""
        state = self.state
        if self._looking is not None:
            return
        for widget in (self.when, self.policy, self.again):
            widget.setVisible(state is not None and state.readable)
        self.banner.setVisible(self._troubled)
        if state is None:
            self.stack.setCurrentWidget(self.none)
        elif state.missing:
            self.start.show_source(state.source, state.path)
            self.stack.setCurrentWidget(self.start)
        elif not state.readable:
            self._say_unreadable(state)
        else:
            self.show_wish(self._wish())

    def _wish(self) -> Wish:
        if self._wanted is not None:
            table, column = self._wanted
            self.queue.chips.set_wish(Wish(None, None, f"{table}.{column}" if column else table))
        return self.queue.chips.wish

    def _say_unreadable(self, state: PlanState) -> None:
        self.stack.setCurrentWidget(self.unread)
        trouble = next(iter(state.troubles), None)
        line = trouble.line if trouble is not None else None
        reason = f"{trouble.reason} {trouble.remedy}" if trouble is not None else tr("The plan cannot be read.")
        words = tr("Line {line} of the plan: {reason}", line=line, reason=reason) if line else reason
        self.banner.say(words, Tone.BAD, tr("Open its text"), lambda: self.desk.go("plan", tab="text", line=line))

    def _wished(self, wish: Wish) -> None:
        self._troubled = False
        self.show_wish(wish)

    def show_wish(self, wish: Wish) -> None:
        """Ask for what a wish leaves."""
        if self.state is None or not self.state.readable:
            return
        if self._showing is not None:
            self._showing.cancel()
        self._showing = self.desk.calls.ask("hub.show", owner=self, wish=wish, done=self._show, failed=self._missed)

    def _show(self, shown: Shown) -> None:
        self._showing = None
        at_risk = shown.coverage.columns.at_risk
        if self._first and not at_risk and self.queue.chips.wish == Wish(Group.AT_RISK):
            # Nothing waits: everything is more than an empty list.
            self._first = False
            self.queue.chips.set_wish(Wish())
            self.show_wish(Wish())
            return
        self._first, self.shown = False, shown
        self.stack.setCurrentWidget(self.board)
        self.head.show_coverage(shown.coverage)
        self.queue.show_view(shown)
        self._wanted = None
        self._say_head(shown)
        self._say_blocked(at_risk)
        self.head.budget.look()

    def _say_head(self, shown: Shown) -> None:
        day = shown.at[:16].replace("T", " ")
        self.when.setText(
            tr("Looked at {when} UTC", when=day) if day else tr("Nobody has looked at the source here yet")
        )
        if shown.policy != self._policy:
            # A choice that somebody has made and not yet used stays.
            self._policy = shown.policy
            self.policy.choose(shown.policy or None)

    def _say_blocked(self, count: int) -> None:
        if self._troubled:
            return
        if not count:
            self.banner.hide()
            return
        words = (
            tr("{count:,} columns are undecided: the plan does not run until each of them has a decision.", count=count)
            if count > 1
            else tr("One column is undecided: the plan does not run until it has a decision.")
        )
        self.banner.say(words, Tone.CAUTION, tr("Show them"), self.show_undecided)

    def show_undecided(self) -> None:
        self.queue.want(Wish(Group.AT_RISK))
        self.queue.grid.setFocus()

    def _missed(self, fault: Fault) -> None:
        self._showing = None
        self._beside(fault)

    def _beside(self, fault: Fault) -> None:
        """Something on the page could not be worked out. Nobody has just asked for it, so nobody is interrupted."""
        # After the death of the backend the plan is opened again, and everything is shown then.
        if fault is not GONE and fault.why is not Why.CANCELLED and not self._troubled:
            self._trouble(fault, self._anew)

    def _fault(self, fault: Fault, retry: Retry) -> None:
        """Somebody waits for it: the passphrase is asked for at once."""
        self._trouble(fault, retry)
        if fault.why is Why.LOCKED:
            self.desk.locked.emit(partial(self._retry, retry))

    def _trouble(self, fault: Fault, retry: Retry) -> None:
        """Say it until somebody does something about it, or something else."""
        self._troubled, again = True, partial(self._retry, retry)
        if fault.why is Why.LOCKED:
            self.banner.say(fault.sentence, Tone.CAUTION, tr("Unlock…"), lambda: self.desk.locked.emit(again))
        else:
            self.banner.say(fault.sentence, Tone.BAD, tr("Try again") if retry is not None else "", again)

    def _retry(self, retry: Retry) -> None:
        self._troubled = False
        if retry is not None:
            retry()

    def _anew(self) -> None:
        """The whole board, with what is known of the chosen column."""
        self.detail.show_line(None)
        self._plan_changed()

    def _restarted(self) -> None:
        """The plan is opened again; what was asked before that is not answered."""
        if self._showing is not None:
            self._showing.cancel()
        self.shown, self._showing, self.queue.stale = None, None, True
        self.detail.show_line(None)
        self._ask_policies()

    # Discovery

    def discover(self) -> None:
        """Look at the source, and propose. A plan that has changes is saved first."""
        state = self.state
        if state is None or self._looking is not None:
            return
        if state.missing or state.saved:
            self._discover(state)
        else:
            self.desk.plan.save(done=self._discover, failed=lambda fault: self._fault(fault, self.discover))

    def _discover(self, state: PlanState) -> None:
        self._troubled = False
        self.looking.begin()
        self.stack.setCurrentWidget(self.looking)
        self.banner.hide()
        self.again.setEnabled(False)
        chooser = self.start.policy if state.missing else self.policy
        self._looking = self.desk.calls.ask(
            "hub.discover", owner=self, source=state.source, plan=state.path, policy=chooser.policy,
            key=self.start.key.text().strip() or "default", told=self.looking.show_looking, done=self._discovered,
            failed=self._undiscovered,
        )  # fmt: skip

    def _discovered(self, found: Discovered) -> None:
        state = self.state
        self._looking_over()
        if state is None or state.path != found.path:
            return
        if state.missing or not found.renewed:
            self.desk.plan.open(state.path, state.source, state.target)
        elif state.saved:
            self.desk.plan.take_theirs()
        words = tr(
            "{columns:,} columns looked at in {seconds:.1f} s: {personal:,} personal, {undecided:,} undecided.",
            columns=found.columns, seconds=found.seconds, personal=found.personal, undecided=found.undecided,
        )  # fmt: skip
        self.desk.say(words, Tone.GOOD)
        if not found.columns:
            self.desk.say(tr("{source} has no tables: nothing was looked at.", source=state.source), Tone.CAUTION)

    def _undiscovered(self, fault: Fault) -> None:
        self._end_looking()
        if fault.why is Why.CANCELLED:
            self.desk.say(tr("Cancelled: the plan is as it was."))
        else:
            self._fault(fault, self.discover)

    def cancel(self) -> None:
        """Stop looking; nothing is written."""
        if self._looking is not None:
            self._looking.cancel()
            self._end_looking()
            self.desk.say(tr("Cancelled: the plan is as it was."))

    def _end_looking(self) -> None:
        self._looking_over()
        self._plan_changed()

    def _looking_over(self) -> None:
        self._looking = None
        self.looking.end()
        self.again.setEnabled(True)

    def _ask_policies(self) -> None:
        self.desk.calls.ask("hub.policies", owner=self, done=self._policies, failed=lambda _: None)

    def _policies(self, policies: Any) -> None:
        for chooser in (self.policy, self.start.policy):
            chooser.show_policies(policies)

    # Decisions

    def accept_shown(self) -> None:
        """Take the proposals of all undecided columns that are shown, or of those that are selected."""
        found = self.queue.acceptable
        if self.shown is None or found is None or not found.columns:
            return
        step = tr("Accept {count:,} proposals", count=found.columns)
        self._change(step, "hub.accept", view=found.view, ranges=self.queue.to_accept)

    def accept_chosen(self) -> None:
        """Take the proposals of the selected columns."""
        if self.shown is not None and self.queue.ranges:
            self._change(self._step(tr("Accept {what}")), "hub.accept", view=self.shown.view, ranges=self.queue.ranges)

    def keep(self, reason: str) -> None:
        """Keep the selected columns as they are."""
        if self.shown is not None and self.queue.ranges:
            ranges = self.queue.ranges
            self._change(self._step(tr("Keep {what}")), "hub.keep", view=self.shown.view, ranges=ranges, reason=reason)

    def _step(self, words: str) -> str:
        """A name for a step, with the column or how many they are."""
        line, count = self.queue.line, self.queue.chosen
        one = f"{line.table}.{line.column}" if line is not None else ""
        return words.replace("{what}", one if count == 1 else tr("{count:,} columns", count=count))

    def _change(self, step: str, verb: str, **arguments: Any) -> None:
        self._troubled = False
        self.queue.decided()
        again = partial(self._change, step, verb, **arguments)
        self.desk.plan.change(
            step, verb, lambda fault: self._fault(fault, again if fault.why is Why.LOCKED else None), **arguments
        )

    def _open_in_plan(self, line: Line | None) -> None:
        if line is not None:
            self.desk.go("plan", table=line.table, column=line.column)

    def _to_filter(self) -> None:
        self.queue.chips.text.setFocus()
        self.queue.chips.text.selectAll()

    def _start_page(self) -> None:
        self.desk.go("home")
