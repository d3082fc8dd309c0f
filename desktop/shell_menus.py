"""The menus: every action of the window with its keys, for who looks for it there; the palette offers the same ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from desktop.desk import Desk
from desktop.pages import PAGES, PLACES
from desktop.pages.base import Page
from desktop.settings import LARGEST, SMALLEST, Scheme
from desktop.shell_nav import open_recent, titles
from desktop.words import tr


class Menus:
    """Fills the menu bar of a window and keeps its actions."""

    def __init__(
        self, window: QMainWindow, desk: Desk, page: Callable[[], Page | None], do: dict[str, Callable[[], None]]
    ) -> None:
        """`page`: the one that is shown; `do`: what the window itself can do, by name."""
        self._window, self._desk, self._page, self._do = window, desk, page, do
        self.actions: list[tuple[str, QAction]] = []
        """With the menu's name; the palette lists them."""
        self._file()
        self._edit()
        self._view()
        self._go()
        self.page_menu = window.menuBar().addMenu(tr("&Page"))
        self.page_menu.aboutToShow.connect(self._fill_page)
        self._help()
        desk.settings_changed.connect(self._tick)
        for signal in (desk.plan.changed, desk.project_changed):
            signal.connect(self._allow)
        self._tick()
        self._allow()

    def _menu(self, title: str) -> QMenu:
        return self._window.menuBar().addMenu(title)

    def _add(self, menu: QMenu, text: str, run: Callable[[], None], *keys: str) -> QAction:
        action = QAction(text, self._window)
        action.setShortcuts([QKeySequence(each) for each in keys])
        action.triggered.connect(lambda _=False: run())
        menu.addAction(action)
        self.actions.append((menu.title().replace("&", ""), action))
        return action

    def _file(self) -> None:
        menu, desk = self._menu(tr("&File")), self._desk
        self._add(menu, tr("New project…"), lambda: desk.go("home", new=True), "Ctrl+N")
        self._add(menu, tr("Open a plan…"), lambda: desk.go("home", open=True), "Ctrl+O")
        recent = menu.addMenu(tr("Recent projects"))
        recent.aboutToShow.connect(lambda: self._fill_recent(recent))
        menu.addSeparator()
        self.save = self._add(menu, tr("Save the plan"), desk.plan.save, "Ctrl+S")
        self.check = self._add(menu, tr("Check the plan"), desk.plan.check, "Ctrl+Shift+C")
        menu.addSeparator()
        self._add(menu, tr("Unlock the vault…"), lambda: desk.locked.emit(None))
        self._add(menu, tr("Settings…"), self._do["settings"], "Ctrl+,")
        menu.addSeparator()
        self._add(menu, tr("Quit"), self._do["quit"], "Ctrl+Q")

    def _edit(self) -> None:
        menu, undo = self._menu(tr("&Edit")), self._desk.undo
        for action, keys in (
            (undo.createUndoAction(self._window, tr("Undo")), ("Ctrl+Z",)),
            (undo.createRedoAction(self._window, tr("Redo")), ("Ctrl+Shift+Z", "Ctrl+Y")),
        ):
            action.setShortcuts([QKeySequence(each) for each in keys])
            menu.addAction(action)
            self.actions.append((tr("Edit"), action))
        menu.addSeparator()
        self._add(menu, tr("Search or run a command…"), self._do["palette"], "Ctrl+K", "Ctrl+Shift+P")

    def _view(self) -> None:
        menu = self._menu(tr("&View"))
        self._schemes = QActionGroup(self._window)
        self._scheme_of: dict[Scheme, QAction] = {}
        for scheme, text in scheme_words().items():
            action = self._add(menu, text, partial(self._remember, scheme=scheme))
            action.setCheckable(True)
            self._schemes.addAction(action)
            self._scheme_of[scheme] = action
        menu.addSeparator()
        self._add(menu, tr("Larger text"), lambda: self._larger(1), "Ctrl++", "Ctrl+=")
        self._add(menu, tr("Smaller text"), lambda: self._larger(-1), "Ctrl+-")
        self._add(menu, tr("Usual size of text"), lambda: self._remember(points=0), "Ctrl+0")
        menu.addSeparator()
        self._add(menu, tr("Load this page again"), self._do["refresh"], "F5")
        self._add(menu, tr("Dismiss notices"), self._do["dismiss"], "Ctrl+Shift+D")

    def _go(self) -> None:
        menu = self._menu(tr("&Go"))
        for place, name in enumerate(("home", *PLACES)):
            if name in PAGES:
                keys = "Alt+Home" if name == "home" else f"Ctrl+{place}"
                self._add(menu, titles()[name](), partial(self._desk.go, name), keys)
        menu.addSeparator()
        self._add(menu, tr("To the navigation"), self._do["navigation"], "F6")

    def _help(self) -> None:
        menu = self._menu(tr("&Help"))
        self._add(menu, tr("Help on this page"), self._do["help"], "F1")
        self._add(menu, tr("Keyboard"), self._do["keyboard"])
        self._add(menu, tr("Try it with the sample clinic"), lambda: self._desk.go("wizard"))
        menu.addSeparator()
        self._add(menu, tr("About Lookalike"), self._do["about"])

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for project in self._desk.settings.recent:
            menu.addAction(project.name.replace("&", "&&"), partial(open_recent, self._desk, project))
        if menu.isEmpty():
            menu.addAction(tr("None yet")).setEnabled(False)

    def _fill_page(self) -> None:
        """Only the page knows its actions: the menu has them while it is open."""
        self.page_menu.clear()
        for action in self.of_page():
            self.page_menu.addAction(action)
        if self.page_menu.isEmpty():
            self.page_menu.addAction(tr("This page has none")).setEnabled(False)

    def of_page(self) -> Iterator[QAction]:
        page = self._page()
        yield from page.said() if page is not None else ()

    def _larger(self, by: int) -> None:
        points = self._desk.settings.points + by
        self._remember(points=min(max(points, SMALLEST), LARGEST))

    def _remember(self, **change: Any) -> None:
        self._desk.remember(replace(self._desk.settings, **change))

    def _tick(self) -> None:
        self._scheme_of[self._desk.settings.scheme].setChecked(True)

    def _allow(self) -> None:
        state = self._desk.plan.state
        self.save.setEnabled(state is not None and not state.saved)
        self.check.setEnabled(state is not None)


def scheme_words() -> dict[Scheme, str]:
    return {
        Scheme.LIGHT: tr("Light"),
        Scheme.DARK: tr("Dark"),
        Scheme.CONTRAST: tr("High contrast"),
        Scheme.SYSTEM: tr("Follow system"),
    }
