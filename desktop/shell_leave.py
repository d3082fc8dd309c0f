"""Closing the window: what was typed or done last is in the plan's draft before the window goes, or somebody says that it may go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.pages.base import Page
from desktop.theme.tokens import Tone
from desktop.widgets.question import question
from desktop.words import tr

LOOK = 20
"""Milliseconds between two looks at what is under way."""
PATIENCE = 3.0
"""Seconds for changes that are under way; a backend that takes longer is not waited for."""


class Leaving:
    """Says whether the window may close now. Where not yet, it closes the window itself as soon as it may."""

    def __init__(self, desk: Desk, window: QWidget, pages: Callable[[], Iterable[Page]]) -> None:
        self._desk, self._window, self._pages = desk, window, pages
        self._since: float | None = None
        self._sure = False
        self._again = QTimer(window, singleShot=True, interval=LOOK)
        self._again.timeout.connect(window.close)

    def may(self) -> bool:
        if self._sure:
            return True
        if self._since is None:
            self._since = monotonic()
            self._hand_over()
        if self._desk.plan.busy and monotonic() < self._since + PATIENCE:
            self._again.start()
            return False
        self._since = None
        state = self._desk.plan.state
        if state is None or state.saved or state.drafted:
            return True
        self._ask()
        return False

    def _hand_over(self) -> None:
        """What is half typed becomes a change of the plan."""
        field = QApplication.focusWidget()
        if field is not None and self._window.isAncestorOf(field):
            field.clearFocus()
        for page in self._pages():
            page.leave()

    def _ask(self) -> None:
        """The draft could not be written: without an answer the changes would be lost."""
        # Behind another question nobody could answer this one.
        if QApplication.activeModalWidget() is not None:
            return
        box = question(
            self._window,
            tr(
                "The plan has changes that are not saved, and the workspace has no room to keep them for the next time."
            ),
        )
        save = box.addButton(tr("Save and close"), QMessageBox.ButtonRole.AcceptRole)
        lose = box.addButton(tr("Lose the changes"), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(tr("Stay"), QMessageBox.ButtonRole.RejectRole)
        save.clicked.connect(lambda: self._desk.plan.save(lambda _: self._close(), failed=self._not_saved))
        lose.clicked.connect(self._close)
        box.setDefaultButton(save)
        box.setEscapeButton(stay)
        box.open()

    def _close(self) -> None:
        self._sure = True
        self._window.close()

    def _not_saved(self, fault: Fault) -> None:
        self._desk.say(fault.sentence, Tone.BAD)
