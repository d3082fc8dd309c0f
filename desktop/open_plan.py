"""The open plan on the window's side: edits with undo and redo, saved and checked by the backend."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack
from shiboken6 import isValid

from desktop.calls import GONE, Asked, Calls
from desktop.faults import Fault, Why
from desktop.models.plan import Change, Edit, PlanState, Trouble
from engine.text_splices import Splice, undone

Told = Callable[[Fault], None]


class OpenPlan(QObject):
    """At most one plan is open in a window. Every change goes through `edit` or `change`, so that it can be undone."""

    changed = Signal()
    """`state` is another: opened, edited, saved, closed."""
    checked = Signal()
    """`troubles` or `checking` are others."""
    conflict = Signal()
    """Somebody changed the file outside while it was open here."""

    def __init__(self, calls: Calls, undo: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._calls, self._undo = calls, undo
        self.state: PlanState | None = None
        self._wanted: dict[str, Any] | None = None
        """The plan that was asked for last, to be opened again after the death of the backend."""
        self.troubles: tuple[Trouble, ...] = ()
        """The last full check, with the databases."""
        self.checked_version = -1
        """The version of the plan that was checked."""
        self._checking: Asked | None = None
        self._queue: deque[_Turn] = deque()
        self._busy = False
        calls.restarted.connect(self._restarted)

    # opening and closing

    def open(self, path: str, source: str, target: str | None) -> None:
        """Read the plan's file; one that is not there yet is opened empty until it is proposed."""
        self._wanted = {"path": path, "source": source, "target": target}
        self._next("plan.open", self._wanted, self._opened, self._not_opened)

    def close(self) -> None:
        """Let the plan go; changes that are not saved stay in the workspace's drafts."""
        self.state, self.troubles, self.checked_version, self._wanted = None, (), -1, None
        self._undo.clear()
        self._next("plan.close", {}, lambda _: None)
        self.changed.emit()

    def _opened(self, state: PlanState) -> None:
        before = self.state
        if before is None or (before.path, before.digest) != (state.path, state.digest):
            self._undo.clear()
            self.troubles, self.checked_version = (), -1
        self._show(state)
        if state.outside:
            self.conflict.emit()
        self._calls.ask("plan.described", owner=self, done=self._described, failed=lambda _: None)

    def _not_opened(self, fault: Fault) -> None:
        """The plan before it is not the project's: none is open."""
        if fault.why is not Why.LOST:
            self.close()
        self.say(fault)

    def _described(self, state: PlanState) -> None:
        if self.state is not None and self.state.version == state.version:
            self._show(state)

    def _restarted(self) -> None:
        self._busy = False
        wanted = self._wanted
        if wanted is not None:
            self._queue.appendleft(_Turn("plan.open", lambda: wanted, self._opened, self._not_opened))
        self._go()

    def _show(self, state: PlanState) -> None:
        self.state = state
        self.changed.emit()

    # changes

    def edit(self, text: str, edits: Sequence[Edit], failed: Told | None = None) -> None:
        """Change the plan, as one step that can be undone; `text` names the step ("Mask Customer.Email"). `failed` is told where the
        plan would not be readable any more: then nothing has changed."""
        self.change(text, "plan.edit", failed, edits=tuple(edits))

    def set_text(self, text: str, whole: str, failed: Told | None = None) -> None:
        """Another text of the whole plan, as one step."""
        self.change(text, "plan.set_text", failed, text=whole)

    def change(
        self,
        step: str,
        verb: str,
        failed: Told | None = None,
        done: Callable[[Any], None] | None = None,
        told: Callable[[Any], None] | None = None,
        **arguments: Any,
    ) -> None:
        """Call a verb that answers with a Change, and make a step of it that can be undone. `done` gets `Change.said`."""
        command = _Step(self, step)
        self._undo.push(command)
        self._next(
            verb,
            arguments,
            lambda change: command.made(change, done),
            lambda fault: command.missed(fault, failed),
            told,
        )

    def took(self, change: Change) -> None:
        """A step has been taken."""
        before = self.state
        self._show(change.state)
        if change.state.outside and not (before is not None and before.outside):
            self.conflict.emit()

    def drop(self, command: QUndoCommand) -> None:
        """A step that did nothing goes from the list of steps."""
        if not isValid(command):
            # The list was cleared meanwhile: another plan is open.
            return
        command.setObsolete(True)
        if self._undo.index() and self._undo.command(self._undo.index() - 1) is command:
            self._undo.undo()

    def again(self, known: Callable[[], tuple[Splice, ...]]) -> None:
        """Take these steps on the text. They are asked for when it is their turn: what they take back may be under way."""

        def arguments() -> dict[str, Any] | None:
            splices = known()
            return {"splices": splices} if splices else None

        self._queue.append(_Turn("plan.splice", arguments, self.took))
        self._go()

    def say(self, fault: Fault) -> None:
        """Where nobody has a place for it."""
        self._calls.unheard.emit(fault)

    # the file

    def save(
        self, done: Callable[[Any], None] | None = None, path: str | None = None, failed: Told | None = None
    ) -> None:
        """Write the file, under another name where `path` is given; `done` afterwards."""
        if self.state is None:
            return

        def saved(state: PlanState) -> None:
            self._wanted = {"path": state.path, "source": state.source, "target": state.target}
            self._show(state)
            if done is not None:
                done(state)

        self._next("plan.save", {"path": path}, saved, failed)

    def look(self) -> None:
        """Has the file been changed outside? `conflict` follows where it has."""
        if self.state is not None and not self._busy and not self.state.outside:
            self._calls.ask("plan.look", owner=self, done=self._looked, failed=lambda _: None)

    def _looked(self, state: PlanState | None) -> None:
        if state is not None and self.state is not None and not self.state.outside:
            self._show(state)
            self.conflict.emit()

    def take_theirs(self) -> None:
        """The file as it is now, in place of what is here."""
        self.change("Take the changes from outside", "plan.reload")

    def keep_mine(self) -> None:
        """What is here stays; saving writes over the file."""
        self._next("plan.keep", {}, self._show)

    def revert(self) -> None:
        """Take back all that is not saved, as one step."""
        self.change("Discard unsaved changes", "plan.revert")

    @property
    def busy(self) -> bool:
        """Something that was done to the plan is not in it yet."""
        return self._busy or bool(self._queue)

    # the check

    @property
    def checking(self) -> bool:
        return self._checking is not None

    def check(self, failed: Told | None = None) -> None:
        """Hold the plan against both databases; `checked` follows, now and when it is known."""
        if self.state is None:
            return
        self.stop_checking()
        found: list[Trouble] = []
        version = self.state.version

        def done(_: int) -> None:
            self._checking, self.troubles, self.checked_version = None, tuple(found), version
            self.checked.emit()

        def missed(fault: Fault) -> None:
            self._checking = None
            self.checked.emit()
            if failed is not None:
                failed(fault)
            elif fault.why is not Why.CANCELLED:
                self._calls.unheard.emit(fault)

        self._checking = self._calls.ask("plan.check", owner=self, done=done, failed=missed, told=found.extend)
        self.checked.emit()

    def stop_checking(self) -> None:
        if self._checking is not None:
            self._checking.cancel()
            self._checking = None
            self.checked.emit()

    # one after the other: the backend answers each call on a thread of its own

    def _next(
        self,
        verb: str,
        arguments: dict[str, Any],
        done: Callable[[Any], None],
        failed: Told | None = None,
        told: Callable[[Any], None] | None = None,
    ) -> None:
        self._queue.append(_Turn(verb, lambda: arguments, done, failed, told))
        self._go()

    def _go(self) -> None:
        if self._busy or not self._queue:
            return
        turn = self._queue.popleft()
        arguments = turn.arguments()
        if arguments is None:
            self._go()
            return
        self._busy = True

        def over(heard: Callable[[Any], None], what: Any) -> None:
            # After the death of the backend the plan is opened again before anything else.
            self._busy = what is GONE
            heard(what)
            self._go()

        self._calls.ask(
            turn.verb, owner=self, done=lambda result: over(turn.done, result),
            failed=lambda fault: over(turn.failed or self.say, fault), told=turn.told, **arguments,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Turn:
    verb: str
    arguments: Callable[[], dict[str, Any] | None]
    """None: there is nothing to be asked any more."""
    done: Callable[[Any], None]
    failed: Told | None = None
    told: Callable[[Any], None] | None = None


class _Step(QUndoCommand):
    """A change that the backend makes: known once it has answered, and then taken back and taken again as what it did to the text."""

    def __init__(self, plan: OpenPlan, text: str) -> None:
        super().__init__(text)
        self._plan = plan
        self._splices: tuple[Splice, ...] = ()
        self._first = True

    def made(self, change: Change, done: Callable[[Any], None] | None) -> None:
        self._splices = change.splices
        self._plan.took(change)
        if not change.splices:
            self._plan.drop(self)
        if done is not None:
            done(change.said)

    def missed(self, fault: Fault, failed: Told | None) -> None:
        self._plan.drop(self)
        if failed is not None:
            failed(fault)
        else:
            self._plan.say(fault)

    def redo(self) -> None:
        if self._first:
            self._first = False
        else:
            self._plan.again(lambda: self._splices)

    def undo(self) -> None:
        self._plan.again(lambda: undone(self._splices))
