"""The plan: what happens to every table and column, as forms, as text, and what still stands in its way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton, QTabWidget, QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.pages.base import Page
from desktop.pages.plan_bars import ConflictBar, StateBar
from desktop.pages.plan_problems import ProblemsPanel
from desktop.pages.plan_tables import TablesPanel
from desktop.pages.plan_text import TextPanel
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge
from desktop.words import tr

PANELS = {
    "preview": "desktop.pages.plan_preview:PreviewPanel",
    "subset": "desktop.pages.plan_subset:SubsetPanel",
    "synthesis": "desktop.pages.plan_synthesis:SynthesisPanel",
}
"""Tabs behind our own: name -> "module:Class". A panel is made when somebody first goes there."""


class PlanPage(Page):
    name = "plan"
    title = "Plan"
    help = "plan"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._head()
        self.conflict = ConflictBar(desk, self)
        self.state_bar = StateBar(desk, self)
        self.body.addWidget(self.conflict)
        self.body.addWidget(self.state_bar)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("Parts of the plan"))
        self.tabs.setDocumentMode(True)
        self.body.addWidget(self.tabs, 1)
        self.tables, self.text, self.problems = TablesPanel(desk), TextPanel(desk), ProblemsPanel(desk)
        self._names: list[str] = []
        for name, panel in (("tables", self.tables), ("text", self.text), ("problems", self.problems)):
            self._add(name, panel, tr(panel.title))
        self._places()
        self.tabs.currentChanged.connect(self._shown)
        self.tables.located.connect(self.text.show_line)
        self.text.located.connect(self.tables.choose_quietly)
        self.problems.wanted.connect(self._jump)
        self.problems.counted.connect(self._count)
        self.tables.faulted.connect(self._fault)
        self.tables.lend(self.text)
        self._actions()
        desk.plan.changed.connect(self._changed)
        self._changed()

    def _head(self) -> None:
        self.where = Badge()
        self.heading.addWidget(self.where)
        self.heading.addStretch(1)
        self.revert, self.save = QPushButton(tr("Discard changes")), QPushButton(tr("Save"))
        self.save.setObjectName("primary")
        self.revert.clicked.connect(lambda _=False: self.desk.plan.revert())
        self.save.clicked.connect(lambda _=False: self._save())
        for button in (self.revert, self.save):
            self.heading.addWidget(button)

    def _places(self) -> None:
        """A place for each other panel; those that are not installed have none."""
        for name, place in PANELS.items():
            if find_spec(place.partition(":")[0]) is not None:
                holder = QWidget()
                QVBoxLayout(holder).setContentsMargins(0, 0, 0, 0)
                self._add(name, holder, tr(name.capitalize()))

    def _add(self, name: str, panel: QWidget, title: str) -> None:
        self._names.append(name)
        self.tabs.addTab(panel, title)

    def _actions(self) -> None:
        self.offer(tr("Save the plan under another name"), self._save_as, "Ctrl+Shift+S")
        self.offer(tr("Discard the plan's unsaved changes"), self.desk.plan.revert)
        self.offer(tr("Show the plan's text beside the form"), self.tables.toggle_text, "Ctrl+T")
        self.offer(tr("Find a table of the plan"), self._find, "Ctrl+F")
        self.offer(tr("Go to the next undecided column"), self.tables.next_undecided, "F8")
        for number, name in enumerate(self._names, 1):
            text = tr("Plan: {tab}", tab=self.tabs.tabText(number - 1))
            self.offer(text, partial(self.show_tab, name), f"Alt+{number}")

    @property
    def parts(self) -> Sequence[QWidget]:
        panels = [panel for place in range(self.tabs.count()) if (panel := self.tabs.widget(place)) is not None]
        return (self.title_row, self.banner, self.conflict, self.state_bar, self.tabs.tabBar(), *panels)

    @property
    def topic(self) -> str:
        name = self._names[self.tabs.currentIndex()]
        return name if name in PANELS else self.help

    # going somewhere

    def entered(self, **where: Any) -> None:
        """`tab`, `table` and `column`, or `line`."""
        tab = where.get("tab") or ("text" if where.get("line") else "tables" if where.get("table") else "")
        if tab in PANELS:
            self._panel(tab)
        self.show_tab(tab, **{name: value for name, value in where.items() if name != "tab"})
        self.desk.plan.look()
        self.tables.refresh()

    def show_tab(self, tab: str, **where: Any) -> None:
        if tab in self._names:
            self.tabs.setCurrentIndex(self._names.index(tab))
        name = self._names[self.tabs.currentIndex()]
        if name == "tables" and where.get("table"):
            self.tables.choose(where["table"], where.get("column") or "")
        elif name == "text" and where.get("line"):
            self.text.show_line(where["line"])
        elif name in PANELS:
            panel = self._panel(name)
            if panel is not None:
                panel.entered(**where)

    def _panel(self, name: str) -> Any:
        """The panel of another file, made now where nobody has been there."""
        holder = self.tabs.widget(self._names.index(name))
        layout = holder.layout() if holder is not None else None
        assert layout is not None
        if not layout.count():
            module, _, kind = PANELS[name].partition(":")
            layout.addWidget(getattr(import_module(module), kind)(self.desk))
        item = layout.itemAt(0)
        return item.widget() if item is not None else None

    def _shown(self, place: int) -> None:
        """The text is one editor: it goes to where it is looked at."""
        name = self._names[place]
        if name == "text":
            self.text.take_back()
        elif name == "tables":
            self.tables.lend(self.text)
        elif name in PANELS:
            self._panel(name).entered()

    def _jump(self, table: str, column: str, line: int) -> None:
        if table:
            self.show_tab("tables", table=table, column=column)
        elif line:
            self.show_tab("text", line=line)

    def _find(self) -> None:
        self.show_tab("tables")
        self.tables.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # the file

    def _save(self) -> None:
        self.text.flush()
        self.banner.hide()
        self.desk.plan.save(failed=self._not_saved)

    def _not_saved(self, fault: Fault) -> None:
        self.banner.say(fault.sentence, Tone.BAD, tr("Save as…"), self._save_as)

    def _save_as(self) -> None:
        if self.desk.plan.state is None:
            return
        dialog = QFileDialog(self, tr("Save the plan as"), self.desk.plan.state.path, "*.toml")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save_under)
        dialog.open()

    def save_under(self, path: str) -> None:
        """Write the plan there; it is the open one from then on."""
        self.text.flush()
        self.desk.plan.save(lambda _: self.banner.hide(), path, self._not_saved)

    def leave(self) -> None:
        self.text.flush()

    # what it says

    def _changed(self) -> None:
        state = self.desk.plan.state
        self.save.setEnabled(state is not None and not state.saved)
        self.revert.setEnabled(state is not None and not state.saved and not state.missing)
        if state is None:
            self.where.say(tr("no plan is open"), Tone.PLAIN)
        elif state.missing:
            self.where.say(tr("no plan yet"), Tone.CAUTION)
        elif state.newer:
            self.where.say(tr("of a later version"), Tone.CAUTION)
        elif not state.readable:
            self.where.say(tr("cannot be read"), Tone.BAD)
        elif state.undecided:
            self.where.say(tr("{count} undecided", count=f"{state.undecided:,}"), Tone.CAUTION)
        else:
            self.where.say(tr("all decided"), Tone.GOOD)

    def _count(self, errors: int, warnings: int) -> None:
        said = tr("Problems")
        self.tabs.setTabText(
            self._names.index("problems"), f"{said} ({errors + warnings:,})" if errors + warnings else said
        )

    def _fault(self, fault: Fault) -> None:
        if fault.why is Why.LOCKED:
            self.desk.locked.emit(self.tables.refresh)
        elif fault.sentence and (state := self.desk.plan.state) is not None and state.readable:
            self.banner.say(fault.sentence, Tone.BAD, tr("Try again"), self._again)
        else:
            self.banner.hide()

    def _again(self) -> None:
        self.banner.hide()
        self.tables.refresh(again=True)
