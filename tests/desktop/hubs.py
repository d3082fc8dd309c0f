"""A Privacy hub over databases of its own, for the tests that drive it."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.desk import Desk
from desktop.models.hub import Wish
from desktop.pages.discover import DiscoverPage
from desktop.settings import Project
from desktop.theme.look import look
from engine.catalog import open_catalog
from tests.desktop.conftest import PASSPHRASE, answer, until

ODD = 'a "b". <b>جدول</b>'
TABLES = f"""
create table person (id integer primary key, email text unique, name text not null, born date, remark text, code text);
create table visit (id integer primary key, person integer references person (id), place text, paid decimal(8, 2));
create table "{ODD.replace('"', '""')}" ("select" text, "Größe %" text);
create table nobody (word text);
"""


@dataclass
class Hub:
    """A desk with one page, and what it asked the window for."""

    desk: Desk
    page: DiscoverPage
    folder: Path
    asked: list[tuple[str, dict[str, object]]]
    said: list[str]

    def open(self, plan: str, source: str = "shop") -> None:
        path = str(self.folder / plan)
        self.desk.open_project(Project(path, source))
        until(lambda: self.desk.plan.state is not None and self.desk.plan.state.path == path)

    def discovered(self, plan: str, source: str = "shop") -> None:
        """A new plan, made by the button."""
        self.open(plan, source)
        QTest.mouseClick(self.page.start.button, Qt.MouseButton.LeftButton)
        self.settle()

    def look_again(self, plan: str) -> None:
        """A plan of the shop, discovered unless it was, with all of its columns in the queue."""
        state = self.desk.plan.state
        if not (self.folder / plan).exists():
            self.discovered(plan)
        elif state is None or state.path != str(self.folder / plan):
            self.open(plan)
        self.settle()
        self.page.queue.want(Wish())
        self.settle()

    def take_back(self) -> None:
        """Every decision since the plan was opened."""
        while self.desk.undo.canUndo():
            self.desk.undo.undo()
            self.settle()

    def settle(self) -> None:
        """Until nothing is under way."""
        until(lambda: self.page._looking is None and self.page.shown is not None and self.page._showing is None, 60)
        state = self.desk.plan.state
        assert state is not None
        until(lambda: self.desk.calls.waiting == 0, 60)
        QTest.qWait(30)

    def choose(self, table: str, column: str) -> None:
        """The row of a column, in the view of all of them."""
        self.page.queue.chips.groups[None].click()
        self.settle()
        queue = self.page.queue.queue
        assert queue is not None
        for row in range(queue.rows):
            line = queue.line(row)
            if line is not None and (line.table, line.column) == (table, column):
                self.page.queue.grid.selectRow(row)
                until(lambda: self.page.detail.detail is not None)
                self.settle()
                return
        raise AssertionError(f"{table}.{column} is not in the queue")

    def rule(self, table: str, column: str) -> dict[str, object]:
        """What the plan's text says of a column now."""
        _, text = answer(self.desk.calls, "plan.text")
        found: dict[str, object] = tomllib.loads(text)["tables"][table]["columns"][column]
        return found

    @property
    def at_risk(self) -> int:
        assert self.page.shown is not None
        return self.page.shown.coverage.columns.at_risk


@contextmanager
def hub_in(folder: Path) -> Iterator[Hub]:
    """A workspace with a shop, a database without tables and one that is gone; the Privacy hub's page alone, shown."""
    with sqlite3.connect(folder / "shop.db") as shop:
        shop.executescript(TABLES)
        people = [
            (n, f"ada{n}@corp.example", f"Ada Byron{n}", f"19{n % 90 + 10}-02-03", f"w{n * 7919}", f"c{n * 31}")
            for n in range(1, 60)
        ]
        shop.executemany("insert into person values (?, ?, ?, ?, ?, ?)", people)
        shop.executemany(
            "insert into visit values (?, ?, ?, ?)", [(n, n % 50 + 1, f"p{n}", n / 7) for n in range(1, 90)]
        )
    sqlite3.connect(folder / "bare.db").close()
    desk = Desk(folder / "workspace")
    look().put_on(desk.settings.scheme, desk.settings.points)
    answer(desk.calls, "vault.unlock", passphrase=PASSPHRASE)
    with open_catalog(desk.workspace.catalog) as catalog:
        for name in ("shop", "bare"):
            catalog.save_connection(name, f"sqlite:///{folder / name}.db")
        catalog.save_connection("gone", f"sqlite:///{folder / 'nowhere' / 'gone.db'}")
    page = DiscoverPage(desk)
    made = Hub(desk, page, folder, [], [])
    desk.asked_for.connect(lambda name, where: made.asked.append((name, where)))
    desk.noticed.connect(lambda notice: made.said.append(notice.text))
    page.resize(1100, 740)
    page.show()
    yield made
    page.close()
    desk.close()
