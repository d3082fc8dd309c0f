"""Connections: the databases that this workspace knows, what each may be used for, and whether they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QSplitter, QStackedWidget, QWidget

from desktop.calls import Asked
from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.addresses import Address
from desktop.models.connections import (
    STEPS_OF_FILE,
    STEPS_OF_SERVER,
    ConnectionView,
    Draft,
    LastTest,
    Role,
    free_name,
    grid_of,
    last_tests,
    loosened,
    summary,
    vault_words,
)
from desktop.pages.base import Page
from desktop.pages.connections_ask import ask_loosen, ask_remove
from desktop.pages.connections_panel import ConnectionPanel
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Banner, Card, Empty, primary
from desktop.widgets.grid import GridView
from desktop.widgets.pill import PillDelegate
from desktop.words import tr

ROLE_COLUMN, TEST_COLUMN, ADDRESS_COLUMN = 1, 2, 4


class ConnectionsPage(Page):
    name = "connections"
    title = "Connections"
    help = "connections"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.connections: tuple[ConnectionView, ...] = ()
        self._testing: Asked | None = None
        self._wanted = ""
        """The connection that is shown once the list is there."""
        self.vault = Banner()
        self.body.addWidget(self.vault)
        self.grid = GridView(tr("Saved connections"))
        for column in (ROLE_COLUMN, TEST_COLUMN):
            self.grid.setItemDelegateForColumn(column, PillDelegate(self.grid))
        self.panel = ConnectionPanel()
        self.form = self.panel.form
        self.add_button = primary(tr("Add a connection"))
        self._lay_out()
        self._connect()
        self.offer(tr("Add a connection"), self.add, "Ctrl+Shift+N")
        self.offer(tr("Test this connection"), self.test, "Ctrl+T")
        self.offer(tr("Save this connection"), self.save, "Ctrl+Return")
        self.offer(tr("Duplicate this connection"), self.duplicate, "Ctrl+D")
        self.offer(tr("Remove this connection…"), self.ask_remove)

    def entered(self, **where: Any) -> None:
        """`add`: a new one; `name`: this one."""
        self._wanted = where.get("name", "") or (self.form.view.name if self.form.view is not None else "")
        self.refresh()
        if where.get("add"):
            self.add()

    def refresh(self) -> None:
        """Ask for the list, and how the vault stands."""
        self.desk.calls.ask("connections.list", owner=self, done=self._show, failed=self._failed(self.refresh))
        self.desk.calls.ask("vault.state", owner=self, done=self._show_vault, failed=lambda _: None)

    def add(self) -> None:
        """An empty form."""
        self._leave(self._add)

    def duplicate(self) -> None:
        """The same under another name, to be changed and saved."""
        view = self.form.view
        if view is None:
            return
        draft = self.form.draft
        name = free_name(view.name, [each.name for each in self.connections])
        self.grid.clearSelection()
        self.panel.show_new(self.form.address, name, draft.role, password_of=view.name)
        self._shown(self.panel)

    def save(self) -> None:
        """Save what the form says, once it holds no mistake."""
        draft = self._draft()
        if draft is None:
            return
        before = self.form.view.role if self.form.view is not None else None
        if before is not None and loosened(before, draft.role):
            ask_loosen(self, draft.name, before, draft.role, lambda: self._save(draft))
        else:
            self._save(draft)

    def test(self) -> None:
        """Go through the steps; where they run already, stop them."""
        if self._testing is not None:
            self.cancel()
            return
        draft = self._draft()
        if draft is None:
            return
        self.panel.start(STEPS_OF_FILE if draft.url.startswith("sqlite") else STEPS_OF_SERVER)
        self._testing = self.desk.calls.ask(
            "connections.test", owner=self, told=self.panel.steps.say, done=lambda _: self._tested(draft),
            failed=lambda fault: self._test_failed(fault), draft=draft,
        )  # fmt: skip

    def cancel(self) -> None:
        """Stop waiting for the test, now."""
        if self._testing is not None:
            self._testing.cancel()
            self._testing = None
            self.panel.stop(tr("Cancelled."))

    def ask_remove(self) -> None:
        """Ask first, by its name."""
        if self.form.view is not None:
            name = self.form.view.name
            ask_remove(self, name, lambda: self._remove(name))

    def _lay_out(self) -> None:
        self.heading.addStretch(1)
        self.heading.addWidget(self.add_button)
        self._list = QStackedWidget()
        self._list.addWidget(self.grid)
        self._list.addWidget(
            Empty(
                tr("No connection is saved yet. Add the database to read, and the one that its safe copy goes to."),
                tr("Add a connection"),
                self.add,
            )
        )
        self._right = QStackedWidget()
        self._right.addWidget(Empty(tr("Choose a connection on the left to see, test or change it.")))
        self._right.addWidget(self.panel)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        # The gap between two cards is handle enough.
        split.setStyleSheet("QSplitter::handle { background: transparent; }")
        for widget, share in ((self._list, 5), (self._right, 4)):
            card = Card()
            card.body.addWidget(widget)
            split.addWidget(card)
            split.setStretchFactor(split.count() - 1, share)
            self._right_card = card
        split.setSizes([600, 520])
        self.body.addWidget(split, 1)

    def _connect(self) -> None:
        self.add_button.clicked.connect(self.add)
        self.grid.moved.connect(self._row_chosen)
        self.grid.opened.connect(lambda _: self.form.name.setFocus())
        self.panel.save.clicked.connect(self.save)
        self.panel.test.clicked.connect(self.test)
        self.panel.duplicate.clicked.connect(self.duplicate)
        self.panel.remove.clicked.connect(self.ask_remove)
        self.panel.save.setEnabled(self.desk.writable)
        self.desk.calls.restarted.connect(self.refresh)
        if not self.desk.writable:
            self.banner.say(tr("This workspace cannot be written: connections can be tested, not saved."), Tone.CAUTION)

    def _draft(self) -> Draft | None:
        """What the form says; None, and the mistake is shown, where it cannot be used."""
        self.form.settle()
        own = self.form.view.name if self.form.view is not None else None
        wrong = self.form.wrong([each.name for each in self.connections if each.name != own])
        if wrong is not None:
            self.panel.said.say(tr(wrong.sentence), Tone.BAD)
            self.form.point_at(wrong)
            return None
        self.panel.said.hide()
        return self.form.draft

    def _save(self, draft: Draft) -> None:
        self._wanted = draft.name
        self.desk.calls.ask(
            "connections.save", owner=self, done=lambda views: self._saved(draft, views),
            failed=self._failed(lambda: self._save(draft)), draft=draft,
        )  # fmt: skip

    def _saved(self, draft: Draft, views: Sequence[ConnectionView]) -> None:
        self.banner.hide()
        self.panel.settled = True
        if self.panel.steps.done:
            self._remember(draft)
        self._show(views)
        self.panel.said.say(tr("Saved {name}.", name=draft.name), Tone.GOOD)
        self.desk.calls.ask("vault.state", owner=self, done=self._show_vault, failed=lambda _: None)

    def _remove(self, name: str) -> None:
        self.desk.calls.ask(
            "connections.remove",
            owner=self,
            done=self._removed,
            failed=self._failed(lambda: self._remove(name)),
            name=name,
        )

    def _removed(self, views: Sequence[ConnectionView]) -> None:
        self._wanted = ""
        self.panel.settled = True
        self.form.show_new(self.form.address)
        self._show(views)

    def _tested(self, draft: Draft) -> None:
        self._testing = None
        self.panel.stop("")
        view = self.form.view
        # A name that nobody has saved yet is remembered once it is.
        if view is not None and view.url == draft.url:
            self._remember(draft)
            self._show_grid()

    def _remember(self, draft: Draft) -> None:
        state, sentence = summary(self.panel.steps.done)
        tests = self._tests() | {draft.name: LastTest(draft.url, datetime.now().isoformat(), state, sentence)}
        known = {each.name for each in self.connections} | {draft.name}
        self.desk.keep("connections", {"tests": {name: asdict(test) for name, test in tests.items() if name in known}})

    def _tests(self) -> dict[str, LastTest]:
        return last_tests(self.desk.settings.kept.get("connections", {}))

    def _test_failed(self, fault: Fault) -> None:
        self._testing = None
        self.panel.stop(tr("Not tried.") if self.panel.steps.done else "")
        if not self.panel.steps.done:
            self.panel.steps.clear()
        self._failed(self.test, self.panel.said)(fault)

    def _failed(self, retry: Any, where: Banner | None = None) -> Any:
        """How a fault is said: in the page's banner, or as the question for the passphrase."""

        def say(fault: Fault) -> None:
            if fault.why is Why.LOCKED:
                self.desk.locked.emit(retry)
            else:
                (where or self.banner).say(fault.sentence[:1].upper() + fault.sentence[1:], Tone.BAD)

        return say

    def _show(self, views: Sequence[ConnectionView]) -> None:
        self.connections = tuple(views)
        self._show_grid()
        names = [each.name for each in views]
        self._arrange()
        if self._wanted in names:
            self.grid.selectRow(names.index(self._wanted))
            self._row_chosen(names.index(self._wanted))
        elif self.form.view is not None or not self.panel.editing:
            self.grid.clearSelection()
            self.grid.setCurrentIndex(self.grid.source.index(-1, -1))
            self._right.setCurrentIndex(0)
            self._arrange()

    def _show_grid(self) -> None:
        self.grid.renew(grid_of(self.connections, self._tests()))
        # It takes what the other columns leave, and is cut rather than scrolled to.
        self.grid.horizontalHeader().setStretchLastSection(False)
        self.grid.horizontalHeader().setSectionResizeMode(ADDRESS_COLUMN, QHeaderView.ResizeMode.Stretch)

    def _show_vault(self, state: Any) -> None:
        words, tone, locked = vault_words(keyring=state.keeps == "keyring", exists=state.exists, open=state.open)
        self.vault.say(tr(words), tone, tr("Unlock…") if locked else "", lambda: self.desk.locked.emit(self.refresh))

    def _row_chosen(self, row: int) -> None:
        if not 0 <= row < len(self.connections):
            return
        view = self.connections[row]
        if self.form.view == view and self._right.currentWidget() is self.panel:
            return
        self._leave(lambda: self._choose(view))

    def _choose(self, view: ConnectionView) -> None:
        self.cancel()
        self.panel.show_connection(view)
        self._shown(self.panel)

    def _add(self) -> None:
        self.cancel()
        self.grid.clearSelection()
        self.panel.show_new(Address(), "", Role.SOURCE)
        self._shown(self.panel)
        self.form.name.setFocus()

    def _shown(self, widget: QWidget) -> None:
        self._right.setCurrentWidget(widget)
        self._arrange()

    def _arrange(self) -> None:
        """A workspace without connections shows one thing to do, and nothing beside it."""
        editing = self._right.currentWidget() is self.panel
        self._list.setCurrentIndex(0 if self.connections or editing else 1)
        self._right_card.setVisible(bool(self.connections) or editing)

    def _leave(self, go: Any) -> None:
        """Go on to another form; what is not saved in this one is asked about first."""
        if self.panel.settled:
            go()
            return

        def discard() -> None:
            self.panel.settled = True
            self.panel.said.hide()
            go()

        self.panel.said.say(tr("Your changes here are not saved."), Tone.CAUTION, tr("Discard them"), discard)
