"""The navigation: the project that is open, the pages in the order of the work, what waits on each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.desk import Desk
from desktop.models.shell import Mark, marks
from desktop.pages import PAGES, PLACES
from desktop.settings import Project
from desktop.shell_vault import VaultButton
from desktop.theme.look import look
from desktop.theme.tokens import Tone
from desktop.widgets.basic import label, set_tone
from desktop.words import tr

LETTERS = 30
"""How wide it is."""
WIDEST = 300
"""Pixels that it takes from the page where the text is large, unless its own words need more."""
MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Home: -99, Qt.Key.Key_End: 99}


def titles() -> dict[str, Callable[[], str]]:
    """What the pages are called, without loading them."""
    return {
        "home": lambda: tr("Home"),
        "connections": lambda: tr("Connections"),
        "schema": lambda: tr("Schema"),
        "discover": lambda: tr("Privacy hub"),
        "plan": lambda: tr("Plan"),
        "run": lambda: tr("Run"),
        "evidence": lambda: tr("Evidence"),
        "release": lambda: tr("Release"),
        "jobs": lambda: tr("Jobs"),
    }


def open_recent(desk: Desk, project: Project) -> None:
    """Open it, and show its plan."""
    desk.open_project(project)
    desk.go("plan")


def said(mark: Mark) -> str:
    """A mark in words."""
    words = {
        "undecided": tr("{count} undecided", count=f"{mark.count:,}"),
        "problems": tr("1 problem") if mark.count == 1 else tr("{count} problems", count=f"{mark.count:,}"),
        "blocked": tr("blocked"),
        "running": tr("{count} running", count=f"{mark.count:,}"),
        "lost": tr("{count} interrupted", count=f"{mark.count:,}"),
    }
    return words[mark.word]


class Entry(QPushButton):
    """One page: its name, and at the trailing edge what waits there."""

    moved = Signal(int)
    """An arrow was pressed: -1 up, 1 down; the ends: -99, 99."""

    def __init__(self, title: str, keys: str) -> None:
        super().__init__()
        self.setObjectName("entry")
        self.setCheckable(True)
        self.setFlat(True)
        self._title, self._keys = title, keys
        self._name, self._mark = QLabel(title), QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 7, 10, 7)
        self._mark.setObjectName("tone")
        for each in (self._name, self._mark):
            each.setTextFormat(Qt.TextFormat.PlainText)
            each.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._name.setObjectName("entryname")
        row.addWidget(self._name, 1)
        row.addWidget(self._mark)
        self.toggled.connect(self._lit)
        self.mark(None)

    def mark(self, mark: Mark | None) -> None:
        text = said(mark) if mark is not None else ""
        self._mark.setText(text)
        set_tone(self._mark, mark.tone if mark is not None else Tone.PLAIN)
        whole = f"{self._title}, {text}" if text else self._title
        self.setAccessibleName(whole)
        self.setToolTip(f"{whole} ({self._keys})")

    @property
    def marked(self) -> str:
        return self._mark.text()

    def sizeHint(self) -> QSize:
        layout, bold = self.layout(), self._name.font()
        assert layout is not None
        # Its name is bold where its page is shown, and it is as wide where it is not.
        bold.setWeight(QFont.Weight.DemiBold)
        hint = layout.sizeHint()
        more = QFontMetrics(bold).horizontalAdvance(self._title) - self._name.sizeHint().width()
        return QSize(hint.width() + max(0, more), hint.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in MOVES:
            self.moved.emit(MOVES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _lit(self, on: bool) -> None:
        self._name.setProperty("lit", on)
        self._name.style().unpolish(self._name)
        self._name.style().polish(self._name)


class Navigation(QFrame):
    """The leading edge of the window."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setObjectName("nav")
        self.setAccessibleName(tr("Navigation"))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 16, 8, 12)
        column.setSpacing(4)
        brand = label("Lookalike", "brand")
        brand.setContentsMargins(12, 0, 0, 0)
        column.addWidget(brand)
        self.project = QToolButton()
        self.project.setObjectName("project")
        self.project.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.project.setMenu(QMenu(self.project))
        self.project.menu().aboutToShow.connect(self._list_projects)
        column.addWidget(self.project)
        column.addSpacing(8)
        self.entries: dict[str, Entry] = {}
        for name, keys in (("home", "Alt+Home"), *((each, f"Ctrl+{place}") for place, each in enumerate(PLACES, 1))):
            if name in PAGES:
                self._add(column, name, keys)
        column.addStretch(1)
        self.vault = VaultButton(desk)
        column.addWidget(self.vault)
        network = label(tr("Network: none outside your databases"), "secondary", wrap=True)
        network.setContentsMargins(12, 4, 0, 0)
        column.addWidget(network)
        for signal in (desk.project_changed, desk.jobs_changed, desk.plan.changed, desk.plan.checked):
            signal.connect(self._refresh)
        look().changed.connect(self._measure)
        self._measure()
        self._refresh()

    def _measure(self) -> None:
        """As wide whatever stands there now, so that the page beside it stays where it is; wider for the words of some languages."""
        widest = max(entry.sizeHint().width() for entry in self.entries.values())
        edges = self.contentsMargins().left() + self.contentsMargins().right() + 16
        self.setFixedWidth(max(min(LETTERS * self.fontMetrics().averageCharWidth(), WIDEST), widest + edges))

    def _add(self, column: QVBoxLayout, name: str, keys: str) -> None:
        entry = self.entries[name] = Entry(titles()[name](), keys)
        entry.clicked.connect(lambda: self.desk.go(name))
        entry.moved.connect(lambda step: self._move(name, step))
        column.addWidget(entry)

    def light(self, name: str) -> None:
        """Show which page is shown; one that has no place here lights none."""
        for each, entry in self.entries.items():
            entry.setChecked(each == name)

    def _move(self, name: str, step: int) -> None:
        names = list(self.entries)
        place = min(max(names.index(name) + step, 0), len(names) - 1)
        self.entries[names[place]].setFocus(Qt.FocusReason.TabFocusReason)

    def _refresh(self) -> None:
        state, project = self.desk.plan.state, self.desk.project
        # What is undecided stands beside the hub.
        errors = sum(trouble.error and trouble.code != "undecided" for trouble in self.desk.plan.troubles)
        found = marks(state, self.desk.jobs, errors)
        for name, entry in self.entries.items():
            entry.mark(found.get(name))
        self._measure()
        name = project.name if project is not None else tr("No project")
        self.project.setText(
            f"{self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 22 * self.fontMetrics().averageCharWidth())}"
        )
        self.project.setAccessibleName(tr("Project: {name}", name=name))
        self.project.setToolTip(tr("Change the project"))

    def _list_projects(self) -> None:
        menu = self.project.menu()
        menu.clear()
        for project in self.desk.settings.recent:
            # An ampersand of a name would be taken for a key.
            menu.addAction(project.name.replace("&", "&&"), partial(open_recent, self.desk, project))
        menu.addSeparator()
        menu.addAction(tr("New project…"), lambda: self.desk.go("home", new=True))
        menu.addAction(tr("Open a plan…"), lambda: self.desk.go("home", open=True))
