"""The window: navigation, the page that is shown, and what runs at its lower edge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QChildEvent, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.palette import Entry
from desktop.pages import PAGES
from desktop.pages.base import Page
from desktop.palette import Action, Palette
from desktop.shell_drafts import Drafts
from desktop.shell_faults import place_of
from desktop.shell_jobs import JobStrip
from desktop.shell_leave import Leaving
from desktop.shell_menus import Menus
from desktop.shell_nav import Navigation, open_recent, titles
from desktop.shell_notices import Notices
from desktop.shell_read import ReadAhead
from desktop.shell_top import TopStrip, window_title
from desktop.shell_vault import Vault
from desktop.theme.look import look
from desktop.theme.tokens import Tone
from desktop.widgets.page_area import PageArea
from desktop.words import tr

if TYPE_CHECKING:
    # Not for nothing: it brings numpy, which the first paint can do without.
    from desktop.models.jobs import JobView
    from desktop.models.schema import Place

WIDTH, HEIGHT = 1366, 820
"""Of a window that nobody has moved yet."""
WATCH_AGAIN = 5000
"""Milliseconds after which a ledger that could not be read is tried again."""
READ_AGAIN = 20
"""Milliseconds between two looks for the code of a page."""
AFTER_PAINT = 200
"""Milliseconds after the window is shown, in which it is painted undisturbed."""


class Window(QMainWindow):
    """One workspace. Pages are made when they are first shown."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.pages: dict[str, Page] = {}
        self._said_unwatched = ""
        self._read_ahead: ReadAhead | None = None
        self._wanted: tuple[str, dict[str, Any]] | None = None
        """The page that somebody asked for, until it is there."""
        self._making: dict[str, Iterator[None]] = {}
        """What is left to do of pages that are half made."""
        self._watching = QTimer(self, singleShot=True, interval=WATCH_AGAIN)
        self._watching.timeout.connect(self._watch_jobs)
        self.stack = QStackedWidget()
        self.navigation, self.top, self.strip = Navigation(desk), TopStrip(desk), JobStrip(desk)
        self.notices, self.drafts = Notices(), Drafts(desk)
        self._lay_out()
        self.vault = Vault(desk, self, self.navigation.vault, self.refresh)
        self.palette_ = Palette(self, self._actions, self._seek)
        self.menus = Menus(self, desk, self.page, self._doing())
        self._leaving = Leaving(desk, self, lambda: self.pages.values())
        self._keeper = _Keeper(self.palette_.open, self)
        self._connect()
        self._restore_place()
        self._dress()
        self._begin()

    def _lay_out(self) -> None:
        inside, page = QWidget(), QVBoxLayout()
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self.top)
        page.addWidget(self.drafts)
        self.area = PageArea(self.stack)
        page.addWidget(self.area, 1)
        page.addWidget(self.notices)
        below = QHBoxLayout()
        below.setContentsMargins(24, 0, 24, 16)
        below.addWidget(self.strip)
        page.addLayout(below)
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.navigation)
        row.addLayout(page, 1)
        self.setCentralWidget(inside)

    def _dress(self) -> None:
        """What stands around the pages; each page is a part of its own."""
        bars = (self.area.verticalScrollBar(), self.area.horizontalScrollBar())
        around = (self.top, self.drafts, self.notices, self.strip, self.navigation, self.palette_)
        for part in (self.menuBar(), *bars, *around):
            look().dress(part)

    def childEvent(self, event: QChildEvent) -> None:
        """A dialog of the window is a part of its own."""
        super().childEvent(event)
        if event.type() is QEvent.Type.ChildPolished and isinstance(dialog := event.child(), QDialog):
            look().dress(dialog)

    def _doing(self) -> dict[str, Callable[[], None]]:
        return {
            "settings": self.show_settings,
            "quit": self._quit,
            "palette": self.palette_.open,
            "refresh": self.refresh,
            "dismiss": self.notices.dismiss,
            "navigation": self.to_navigation,
            "help": lambda: self.show_help(),
            "keyboard": lambda: self.show_help("keyboard"),
            "about": self.show_about,
        }

    def _connect(self) -> None:
        desk = self.desk
        desk.asked_for.connect(self._go)
        desk.noticed.connect(self.notices.say)
        desk.unsaid.connect(self.notices.take_back)
        desk.calls.restarted.connect(self._restarted)
        desk.plan.conflict.connect(self._conflict)
        desk.plan.changed.connect(self._conflict_over)
        self.top.search.connect(self.palette_.open)
        for signal in (desk.project_changed, desk.plan.changed):
            signal.connect(self._title)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._keeper.watch)

    def _begin(self) -> None:
        """What is asked of the backend once."""
        self._title()
        self.show_page("home", {})
        self._watch_jobs()
        self.drafts.look()
        self.to_navigation()
        if not self.desk.writable:
            self.desk.say(
                tr("The workspace {folder} cannot be written: you can look, but settings and drafts are gone with this window.",
                   folder=self.desk.workspace.folder), Tone.CAUTION,
            )  # fmt: skip

    # Pages.

    def page(self) -> Page | None:
        """The page that is shown."""
        shown = self.stack.currentWidget()
        return shown if isinstance(shown, Page) else None

    def _go(self, name: str, where: dict[str, Any]) -> None:
        """Show a page once its code is read; the window lives on until then."""
        self._wanted = (name, where)
        self._go_on()

    def _go_on(self) -> None:
        if self._wanted is None:
            return
        if self._read_ahead is not None and self._read_ahead.reads(self._wanted[0]):
            QTimer.singleShot(READ_AGAIN, self, self._go_on)
            return
        (name, where), made = self._wanted, True
        try:
            made = name in self.pages or self._makes_no_more(name)
        except Exception as error:  # noqa: BLE001 (as when it is shown)
            self._wanted = None
            self._cannot_show(name, error)
        else:
            if made:
                self.show_page(name, where)
            else:
                QTimer.singleShot(0, self, self._go_on)

    def _makes_no_more(self, name: str) -> bool:
        """One step of a page's making; whether it was the last."""
        if next(self._making.setdefault(name, self._steps(name)), True) is None:
            return False
        del self._making[name]
        return True

    def show_page(self, name: str, where: dict[str, Any]) -> Page | None:
        """Go to a page; make it where nobody has been there yet. One that cannot be made is a notice, and the window stays where
        it is."""
        self._wanted = None
        try:
            page = self.pages.get(name) or self._make(name)
            for part in page.parts:
                look().dress_now(part)
            self.stack.setCurrentWidget(page)
            self.navigation.light(name)
            page.entered(**where)
        except Exception as error:  # noqa: BLE001 (a page is one of many: the window goes on without it)
            self._cannot_show(name, error)
            return None
        return page

    def _cannot_show(self, name: str, error: Exception) -> None:
        self._making.pop(name, None)
        self.desk.say(
            tr("The page {page} cannot be shown: {fault}", page=self._titled(name), fault=place_of(error)), Tone.BAD
        )
        self.navigation.light(self._name() or "home")

    def _make(self, name: str) -> Page:
        """All of a page, in one turn of the event loop."""
        for _ in self._making.pop(name, None) or self._steps(name):
            pass
        return self.pages[name]

    def _steps(self, name: str) -> Iterator[None]:
        """Make a page, a step at a time: one that is full of fields takes longer than a turn of the event loop may."""
        module, _, kind = PAGES[name].partition(":")
        page: Page = getattr(import_module(module), kind)(self.desk)
        yield
        for part in page.parts:
            look().dress(part)
        yield
        self.stack.addWidget(page)
        self.pages[name] = page

    def _name(self) -> str | None:
        return next((name for name, page in self.pages.items() if page is self.stack.currentWidget()), None)

    def _titled(self, name: str) -> str:
        return titles()[name]() if name in titles() else name

    def to_navigation(self) -> None:
        """Put the keyboard on the page's name."""
        entries = self.navigation.entries
        entries.get(self._name() or "home", entries["home"]).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refresh(self) -> None:
        """Enter the page that is shown once more."""
        page = self.page()
        if page is not None:
            page.entered()

    # The palette.

    def _actions(self) -> list[Action]:
        """Everything that can be done now: of the page first."""
        page = self.page()
        title = tr(page.title) if page is not None else ""
        found: list[Action] = [
            (Entry(action.text().replace("&", ""), title, action.shortcut().toString()), action.trigger)
            for action in self.menus.of_page()
            if action.isEnabled()
        ]
        for menu, action in self.menus.actions:
            if action.isEnabled():
                found.append(
                    (Entry(action.text().replace("&", ""), menu, action.shortcut().toString()), action.trigger)
                )
        for project in self.desk.settings.recent:
            found.append((Entry(project.name, tr("Recent project")), partial(open_recent, self.desk, project)))
        return found

    def _seek(self, typed: str) -> None:
        """Tables and columns of this name, where a project is open."""
        project = self.desk.project
        if project is None:
            return

        def show(found: tuple[Place, ...]) -> None:
            self.palette_.found(typed, [self._place(project.source, each) for each in found])

        self.desk.calls.ask(
            "schema.find", owner=self, done=show, failed=lambda _: None, connection=project.source, text=typed
        )

    def _place(self, connection: str, place: Place) -> Action:
        name = f"{place.table}.{place.column}" if place.column else place.table
        where = {"connection": connection, "table": place.table} | ({"column": place.column} if place.column else {})
        return Entry(name, tr("Column") if place.column else tr("Table")), lambda: self.desk.go("schema", **where)

    # What the window itself shows.

    def _quit(self) -> None:
        self.close()

    def show_settings(self) -> None:
        from desktop.shell_dialogs import SettingsDialog

        self._beside(SettingsDialog)

    def show_about(self) -> None:
        from desktop.shell_dialogs import AboutDialog

        self._beside(AboutDialog)

    def _beside(self, kind: type[Any]) -> None:
        """A dialog that does not stand in the way, once."""
        dialog = self.findChild(kind) or kind(self.desk, self)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def show_help(self, topic: str = "") -> None:
        """The help on the page that is shown, or on this topic."""
        from desktop.help import show_help

        page = self.page()
        show_help(self.desk, topic or (page.topic if page is not None else "start"), self)

    def _title(self) -> None:
        state = self.desk.plan.state
        self.setWindowTitle(window_title(self.desk))
        self.setWindowModified(self.desk.project is not None and state is not None and not state.saved)

    # The backend.

    def _watch_jobs(self) -> None:
        self.desk.calls.ask("jobs.watch", owner=self, told=self._watched, failed=self._unwatched)

    def _watched(self, jobs: tuple[JobView, ...]) -> None:
        if self._said_unwatched:
            self.desk.unsaid.emit(self._said_unwatched)
        self._said_unwatched = ""
        self.desk.show_jobs(jobs)

    def _unwatched(self, fault: Fault) -> None:
        """Say it once, and look again until there is something to see."""
        # A backend that stopped says so itself, and the next one is asked anew.
        if fault.why is Why.LOST:
            return
        if not self._said_unwatched:
            self._said_unwatched = tr("Jobs cannot be shown: {fault}", fault=fault.sentence)
            self.desk.say(self._said_unwatched, Tone.BAD)
        self._watching.start()

    def _restarted(self) -> None:
        self.desk.say(
            tr("The process behind the window stopped and was started again. Running jobs are not touched."),
            Tone.CAUTION,
        )
        self._watch_jobs()

    def _conflict(self) -> None:
        self.desk.say(_outside(), Tone.CAUTION, tr("Look"), lambda: self.desk.go("plan"))

    def _conflict_over(self) -> None:
        state = self.desk.plan.state
        if state is None or not state.outside:
            self.desk.unsaid.emit(_outside())

    # The window's own place.

    def _restore_place(self) -> None:
        kept = QByteArray.fromBase64(self.desk.settings.geometry.encode("ascii", "ignore"))
        if kept.isEmpty() or not self.restoreGeometry(kept):
            self.resize(WIDTH, HEIGHT)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._leaving.may():
            event.ignore()
            return
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        if geometry != self.desk.settings.geometry:
            self.desk.remember(replace(self.desk.settings, geometry=geometry))
        super().closeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._read_ahead is None:
            self._read_ahead = ReadAhead(PAGES)
            QTimer.singleShot(AFTER_PAINT, self._read_ahead.start)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.palette_.isVisible():
            self.palette_.place()


def _outside() -> str:
    return tr("The plan's file was changed outside of this window.")


class _Keeper(QObject):
    """Keeps Ctrl+K for the palette: a field for text would take it for "delete to the end"."""

    def __init__(self, run: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._run = run

    def watch(self, before: QWidget | None, now: QWidget | None) -> None:
        for widget, put in ((before, False), (now, True)):
            with suppress(RuntimeError):
                if widget is not None:
                    widget.removeEventFilter(self)
                    if put:
                        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
            if control and event.key() == Qt.Key.Key_K:
                event.ignore()
                return True
        return False
