"""What a picture is taken of: how to get to each page, tab, dialog and state of a staged workspace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QTabWidget, QWidget

from desktop.theme.look import look
from desktop.theme.tokens import Tone
from desktop.window import Window
from tests.desktop.conftest import answer, until
from tests.desktop.stage import LARGE

SETTLED = 0.25
"""Seconds in which no call ended: the page has what it asked for."""
TABLE, COLUMN = "patient", "email"


class Walk:
    """Goes from view to view in one window."""

    def __init__(self, window: Window, place: Path) -> None:
        self.window, self.desk, self.place = window, window.desk, place
        self.page: Any = None
        self._job = ""

    def begin(self) -> None:
        """Open the project, and look at its source as a person would: the hub then has evidence."""
        project = next(each for each in self.desk.settings.recent if LARGE not in each.plan)
        self.desk.open_project(project)
        until(lambda: self.desk.plan.state is not None)
        self.to("discover")
        self.page.discover()
        until(lambda: self.page._looking is None and self.page.shown is not None, 60)
        self.window.notices.dismiss()

    def end(self) -> None:
        if self._job:
            answer(self.desk.calls, "jobs.ask", id=self._job, request="cancel")
            until(lambda: all(not job.alive for job in self.desk.jobs))

    # Getting there.

    def to(self, name: str, tab: int = -1, /, **where: Any) -> None:
        """A page, one of its tabs, and what on it."""
        self.page = self.window.show_page(name, where)
        self.settle()
        if tab >= 0:
            next(each for each in self.page.findChildren(QTabWidget) if each.isVisible()).setCurrentIndex(tab)

    def settle(self, *, live: bool = False, still: float = SETTLED) -> None:
        """Wait until no call has begun or ended for a while; where something is live, only for a moment."""
        known, since, began = self.desk.calls.waiting, monotonic(), monotonic()
        while monotonic() - since < still and monotonic() - began < (1.5 if live else 15):
            QTest.qWait(20)
            # The jobs are watched all the time.
            if self.desk.calls.waiting != known or (self.desk.calls.waiting > 1 and not live):
                known, since = self.desk.calls.waiting, monotonic()

    def run(self) -> None:
        """A run of many rows is under way, held back so that it is seen."""
        if not self._job:
            self._job = answer(
                self.desk.calls, "jobs.order", plan=str(self.place / f"{LARGE}.toml"), source=LARGE,
                target=f"{LARGE}-test", then=(), rows_per_second=8000,
            )  # fmt: skip
            until(lambda: any(job.id == self._job and job.rows > 20000 for job in self.desk.jobs), 60)

    def live(self, name: str, tab: int = 0) -> None:
        self.run()
        self.to(name, tab, job=self._job)

    def inner(self, row: int) -> None:
        """Another row of the list on the tab."""
        from desktop.widgets.grid import GridView

        next(each for each in self.page.findChildren(GridView) if each.isVisible()).selectRow(row)

    # The picture.

    def picture(self) -> QPixmap:
        """The window, and above it what is open beside it."""
        focused = QApplication.focusWidget()
        if focused is not None and not self.window.palette_.isVisible():
            focused.clearFocus()
        made = self.window.grab()
        for dialog in self._dialogs():
            inside = QPoint((self.window.width() - dialog.width()) // 2, (self.window.height() - dialog.height()) // 2)
            painter = QPainter(made)
            painter.drawPixmap(inside, dialog.grab())
            painter.setPen(look().tokens.secondary)
            painter.drawRect(QRect(inside, dialog.size()))
            painter.end()
        return made

    def leave(self) -> None:
        """Close what was opened for one picture."""
        for dialog in self._dialogs():
            dialog.close()
        self.window.palette_.hide()
        self.window.notices.dismiss()

    def _dialogs(self) -> list[QWidget]:
        return [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]


def _connection(walk: Walk) -> None:
    walk.to("connections", name="clinic-prod")


def _diagram(walk: Walk, scope: int) -> None:
    walk.to("schema", 1, table=TABLE)
    box = walk.page.diagram.scope
    box.setCurrentIndex(box.findData(scope))
    walk.settle()


def _hub(walk: Walk, *, everything: bool = False, reveal: bool = False) -> None:
    from desktop.models.hub import Wish

    walk.to("discover", undecided=True)
    if everything:
        walk.page.queue.want(Wish(text=TABLE))
        walk.settle()
        walk.page.queue.grid.selectRow(3)
        walk.settle()
    if reveal:
        walk.page.detail.samples.reveal()


def _preview(walk: Walk, *, reveal: bool) -> None:
    walk.to("plan", tab="preview", table=TABLE)
    if reveal:
        walk.settle()
        walk.page._panel("preview").reveal.click()


def _beside(walk: Walk) -> None:
    walk.to("plan", tab="tables", table=TABLE, column=COLUMN)
    walk.page.tables.toggle_text()


def _without_text(walk: Walk) -> None:
    walk.to("plan", tab="tables", table=TABLE, column=COLUMN)


def _palette(walk: Walk) -> None:
    walk.to("home")
    walk.window.palette_.open()
    QTest.keyClicks(walk.window.palette_.findChild(QLineEdit), "plan")


def _notices(walk: Walk) -> None:
    walk.to("home")
    walk.desk.say("The plan was saved.", Tone.GOOD)
    walk.desk.say("The plan's file was changed outside of this window.", Tone.CAUTION, "Look", lambda: None)
    walk.desk.say("The disk is full: nothing was written.", Tone.BAD)


def _export(walk: Walk) -> None:
    walk.to("evidence", 0)
    walk.page.export()


def _risk(walk: Walk) -> None:
    walk.to("evidence", 1)


def _figure(walk: Walk) -> None:
    walk.to("evidence", 3)
    walk.settle()
    walk.inner(1)


VIEWS: dict[str, Callable[[Walk], None]] = {
    "home": lambda walk: walk.to("home"),
    "wizard": lambda walk: walk.to("wizard"),
    "connections": _connection,
    "schema-table": lambda walk: walk.to("schema", 0, table=TABLE),
    "schema-diagram-near": lambda walk: _diagram(walk, 1),
    "schema-diagram-far": lambda walk: _diagram(walk, 0),
    "hub-undecided": _hub,
    "hub": lambda walk: _hub(walk, everything=True),
    "hub-revealed": lambda walk: _hub(walk, everything=True, reveal=True),
    "plan-tables": _without_text,
    "plan-tables-text": _beside,
    "plan-text": lambda walk: walk.to("plan", 1),
    "plan-problems": lambda walk: walk.to("plan", 2),
    "plan-preview": lambda walk: _preview(walk, reveal=False),
    "plan-preview-revealed": lambda walk: _preview(walk, reveal=True),
    "plan-subset": lambda walk: walk.to("plan", 4),
    "plan-synthesis": lambda walk: walk.to("plan", 5),
    "run": lambda walk: walk.to("run"),
    "evidence-policy": lambda walk: walk.to("evidence", 0),
    "evidence-risks": _risk,
    "evidence-quality": lambda walk: walk.to("evidence", 2),
    "evidence-figures": lambda walk: walk.to("evidence", 3),
    "evidence-figures-table": _figure,
    "evidence-details": lambda walk: walk.to("evidence", 4),
    "evidence-run": lambda walk: walk.to("evidence", 5),
    "evidence-export": _export,
    "jobs-tables": lambda walk: walk.to("jobs", 0),
    "jobs-log": lambda walk: walk.to("jobs", 1),
    "palette": _palette,
    "settings": lambda walk: (walk.to("home"), walk.window.show_settings()),
    "help": lambda walk: (walk.to("home"), walk.window.show_help("start")),
    "about": lambda walk: (walk.to("home"), walk.window.show_about()),
    "notices": _notices,
}  # fmt: skip
"""By the picture's name, in the order of the work."""
LIVE: dict[str, Callable[[Walk], None]] = {
    "run-live": lambda walk: walk.live("run", -1),
    "jobs-live": lambda walk: walk.live("jobs"),
}
"""While a run is under way: last, for it is seen on every page."""
