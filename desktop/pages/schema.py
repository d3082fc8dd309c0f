"""The Schema page: all tables of a source in a tree that is fetched as it is opened, one table in full, and the diagram."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QSplitter, QStackedWidget, QTabWidget, QWidget

from desktop.calls import Asked
from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.schema import Catalogue, Found, Marks, Place, TableView
from desktop.pages.base import Page
from desktop.pages.schema_details import Details
from desktop.pages.schema_diagram import DiagramPanel
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Card, Empty, label
from desktop.widgets.connection_chooser import ConnectionChooser
from desktop.widgets.schema_tree import SchemaTree
from desktop.words import tr


class SchemaPage(Page):
    name = "schema"
    title = "Schema"
    help = "schema"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.connection = ""
        self.catalogue: Catalogue | None = None
        self.marks: Marks | None = None
        self._reading: Asked | None = None
        self._searching: Asked | None = None
        self._found: Found | None = None
        self._title = ""
        """The table that was chosen last."""
        self._wanted: Place | None = None
        """Where to go once the schema is here."""
        self._build()
        self._offer()
        desk.project_changed.connect(self._project)
        desk.plan.changed.connect(self._ask_marks)
        desk.calls.restarted.connect(self._restarted)

    def _build(self) -> None:
        self.chooser = ConnectionChooser(tr("The connection whose schema is shown"), target=False)
        self.chooser.chosen_changed.connect(self._choose)
        self.counts = label("", "secondary")
        self.reload_button = QPushButton(tr("Read again"))
        self.reload_button.clicked.connect(self.reload)
        self.cancel_button = QPushButton(tr("Cancel"))
        self.cancel_button.clicked.connect(self.cancel)
        self.cancel_button.hide()
        self.heading.addWidget(self.chooser)
        self.heading.addWidget(self.counts)
        self.heading.addStretch(1)
        self.heading.addWidget(self.cancel_button)
        self.heading.addWidget(self.reload_button)
        self.stack = QStackedWidget()
        self.empty = Empty(tr("Choose a connection to see its tables."), tr("Go to connections"), self._connections)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self._browser())
        self.body.addWidget(self.stack)

    def _browser(self) -> QWidget:
        self.filter = QLineEdit()
        self.filter.setAccessibleName(tr("Filter tables and columns"))
        self.filter.setPlaceholderText(tr("Filter tables and columns"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(lambda _: self._search())
        self.filter.returnPressed.connect(self._first_hit)
        self.tree = SchemaTree()
        self.tree.wanted.connect(self._fetch)
        self.tree.chosen.connect(self._show)
        self.tree.opened.connect(self._open)
        self.tree.typed.connect(self._typed)
        card = self.side = Card()
        card.body.addWidget(self.filter)
        card.body.addWidget(self.tree, 1)
        self.details = Details()
        self.details.asked.connect(lambda title: self.go_to(Place(title)))
        self.details.planned.connect(lambda table, column: self.desk.go("plan", table=table, column=column))
        self.details.hub.connect(lambda table, column: self.desk.go("discover", table=table, column=column))
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.diagram = DiagramPanel(self.desk)
        self.diagram.opened.connect(self._open)
        self.diagram.failed.connect(lambda fault: self._say(fault, self.diagram.refresh))
        self.details.drawn.connect(lambda _: self._to_diagram())
        self.tabs.addTab(self.details, tr("Table"))
        self.tabs.addTab(self.diagram, tr("Diagram"))
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(card)
        split.addWidget(self.tabs)
        em = self.fontMetrics().height()
        # Where the text is large, both fit beside each other all the same.
        card.setMinimumWidth(min(18 * em, 380))
        self.tabs.setMinimumWidth(min(24 * em, 500))
        split.setStretchFactor(1, 1)
        split.setSizes([30 * em, 37 * em])
        split.setChildrenCollapsible(False)
        return split

    def _offer(self) -> None:
        self.offer(tr("Read the schema again"), self.reload, "F5")
        self.offer(tr("Filter tables and columns"), self._to_filter, "Ctrl+F")
        self.offer(tr("Copy qualified names"), self._copy_whole, "Ctrl+Shift+C")
        self.offer(tr("Show the table in the diagram"), self._to_diagram, "Ctrl+D")
        self.offer(tr("Draw the whole schema"), self._draw_all)
        self.offer(tr("Show or hide the tree"), self._turn_tree, "Ctrl+B")
        self.offer(tr("Save the diagram as SVG or PDF"), self.diagram.ask_file)
        self.offer(tr("Arrange the diagram anew"), self.diagram.arrange)

    def entered(self, **where: Any) -> None:
        """`connection`, `table`, `column`: what to show of which source; `diagram`: drawn."""
        if where.get("diagram"):
            self.tabs.setCurrentWidget(self.diagram)
        if where.get("table"):
            self._wanted = Place(where["table"], where.get("column") or "")
        project = self.desk.project
        wanted = where.get("connection") or self.connection or (project.source if project else "")
        self.desk.calls.ask("connections.list", owner=self, done=lambda found: self._listed(found, wanted))

    def _to_diagram(self) -> None:
        self.tabs.setCurrentWidget(self.diagram)
        self.diagram.view.setFocus()

    def _draw_all(self) -> None:
        self._to_diagram()
        self.diagram.draw_all()

    def _turn_tree(self) -> None:
        """More room for the diagram, or the tree again."""
        self.side.setVisible(not self.side.isVisible())

    # Which source

    def _listed(self, connections: Any, wanted: str) -> None:
        self.chooser.blockSignals(True)
        self.chooser.show_connections(connections)
        self.chooser.choose(wanted)
        self.chooser.blockSignals(False)
        # A project may name an address that nobody has saved.
        self._choose(wanted)

    def _project(self) -> None:
        if self.desk.project is not None and self.isVisible():
            self.entered(connection=self.desk.project.source)
        elif self.desk.project is not None:
            self.connection = ""

    def _choose(self, connection: str) -> None:
        if not connection:
            return
        if connection == self.connection and self.catalogue is not None:
            self._arrive()
            self._ask_marks()
            return
        self.connection, self.catalogue, self.marks = connection, None, None
        self.details.forget()
        self.stack.setCurrentIndex(0)
        self._read(again=False)

    def _connections(self) -> None:
        self.desk.go("connections")

    # Reading

    def reload(self) -> None:
        """Read the schema from the server again; what is shown stays until it is here."""
        if self.connection:
            self._read(again=True)

    def cancel(self) -> None:
        """Wait no longer. What is shown stays."""
        if self._reading is not None:
            self._reading.cancel()
        self._busy(None)
        if self.catalogue is None:
            self.banner.say(tr("The schema was not read."), Tone.PLAIN, tr("Read it"), self.reload)

    def _read(self, *, again: bool) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self.banner.hide()
        asked = self.desk.calls.ask(
            "schema.catalogue", owner=self, done=self._read_done, failed=self._read_failed,
            connection=self.connection, again=again,
        )  # fmt: skip
        self._busy(asked)

    def _busy(self, asked: Asked | None) -> None:
        self._reading = asked
        self.cancel_button.setVisible(asked is not None)
        self.reload_button.setEnabled(asked is None)
        if asked is not None:
            self.counts.setText(tr("Reading the schema…"))
        elif self.catalogue is not None:
            self.counts.setText(_counts(self.catalogue))
        else:
            self.counts.setText("")

    def _read_done(self, catalogue: Catalogue) -> None:
        fresh = self.catalogue is None or self.catalogue.stamp != catalogue.stamp
        self.catalogue = catalogue
        self._busy(None)
        self.chooser.setPlaceholderText(catalogue.source)
        self.stack.setCurrentIndex(1)
        self._found = None
        self.tree.show_catalogue(catalogue, None, self.marks)
        if catalogue.notes:
            self.banner.say(" ".join(catalogue.notes), Tone.PLAIN)
        self._search()
        self._arrive()
        self._ask_marks()
        if fresh and self.diagram.isVisible():
            self.diagram.refresh(again=True)

    def _read_failed(self, fault: Fault) -> None:
        self._busy(None)
        self._say(fault, self.reload)

    def _say(self, fault: Fault, again: Any) -> None:
        """A banner; what was loaded stays on the screen."""
        if fault.why is Why.LOCKED:
            self.desk.locked.emit(again)
        elif fault.why is not Why.CANCELLED:
            self.banner.say(fault.sentence, Tone.BAD, tr("Try again"), again)

    def _restarted(self) -> None:
        """The backend knows nothing any more: numbers of tables are new ones from now on."""
        if self.catalogue is not None:
            self._read(again=False)

    # Filter

    def _search(self) -> None:
        """Ask for what fits the text now; only the newest answer is shown."""
        if self._searching is not None:
            self._searching.cancel()
            self._searching = None
        text = self.filter.text().strip()
        if self.catalogue is None:
            return
        if not text:
            if self._found is not None:
                self._show_found(None)
            return
        self._searching = self.desk.calls.ask(
            "schema.search", owner=self, done=self._show_found, failed=lambda fault: self._say(fault, self._search),
            connection=self.connection, text=text,
        )  # fmt: skip

    def _show_found(self, found: Found | None) -> None:
        if self.catalogue is None or (found is not None and found.stamp != self.catalogue.stamp):
            return
        self._found = found
        self.tree.show_catalogue(self.catalogue, found, self.marks)
        shown = len(self.catalogue) if found is None else len(found.tables)
        said = tr("{shown} of {all} tables", shown=f"{shown:,}", all=f"{len(self.catalogue):,}")
        self.counts.setText(said if found is not None else _counts(self.catalogue))

    def _first_hit(self) -> None:
        tree = self.tree.rows.tree
        if tree is not None and (table := tree.first()) is not None:
            self.tree.go(table)
            self.tree.setFocus()

    def _to_filter(self) -> None:
        self.filter.setFocus()
        self.filter.selectAll()

    def _typed(self, text: str) -> None:
        self.filter.setFocus()
        self.filter.setText(text)

    # One table

    def _fetch(self, table: int) -> None:
        """A table's rows for the tree."""
        if self.catalogue is None:
            return

        def failed(fault: Fault) -> None:
            self.tree.rows.give_up(table)
            self._say(fault, lambda: self._fetch(table))

        self._ask_table(self.catalogue.titles[table], self.tree.open_table, failed)

    def _show(self, title: str, column: str) -> None:
        """A table beside the tree."""

        def shown(view: TableView) -> None:
            # Answers may overtake one another.
            if self._title == title:
                self.details.show_table(view, column, planned=self._planned())

        self._title = title
        self.diagram.show_table(self.connection, title)
        if self.details.view is not None and self.details.view.title == title:
            shown(self.details.view)
        else:
            self._ask_table(title, shown, lambda fault: self._say(fault, lambda: self._show(title, column)))

    def _ask_table(self, title: str, done: Any, failed: Any) -> None:
        self.desk.calls.ask(
            "schema.table", owner=self, done=done, failed=failed, connection=self.connection, title=title
        )

    def _planned(self) -> bool:
        state = self.desk.plan.state
        return state is not None and state.source == self.connection

    def _open(self, title: str) -> None:
        self.go_to(Place(title))
        self.tabs.setCurrentWidget(self.details)
        self.details.columns.setFocus()

    def go_to(self, place: Place) -> None:
        """Make a table current in the tree, with the filter taken away where that hides it."""
        if self.catalogue is None:
            self._wanted = place
            return
        table = self.catalogue.number(place.table)
        if table is None:
            self.banner.say(tr("There is no table {name} in this schema.", name=place.table), Tone.CAUTION)
            return
        if not self.tree.go(table):
            self.filter.clear()
            self.tree.go(table)
        if place.column:
            self._show(place.table, place.column)

    def _arrive(self) -> None:
        if self._wanted is not None:
            place, self._wanted = self._wanted, None
            self.go_to(place)
        elif not self.tree.currentIndex().isValid():
            self._first()

    def _first(self) -> None:
        """Some table is shown before anybody chooses: the first one, without taking the keyboard."""
        tree = self.tree.rows.tree
        if tree is not None and (table := tree.first()) is not None:
            self.tree.go(table)

    # What is known of people

    def _ask_marks(self) -> None:
        if self.catalogue is not None:
            self.desk.calls.ask(
                "schema.marks", owner=self, done=self._marked, failed=lambda _: None, connection=self.connection
            )

    def _marked(self, marks: Marks) -> None:
        if self.catalogue is None or marks.stamp != self.catalogue.stamp:
            return
        self.marks = marks
        self.tree.mark(marks)
        if self.details.view is not None:
            # Another table may have been chosen while this one is still shown.
            column = self.details.column if self.details.view.title == self._title else ""
            self.details.view = None
            self._show(self._title, column)
        self.diagram.look_again()

    def _copy_whole(self) -> None:
        QApplication.clipboard().setText(self.tree.copied(whole=True))


def _counts(catalogue: Catalogue) -> str:
    views = len(catalogue) - catalogue.tables
    tables = tr("1 table") if catalogue.tables == 1 else tr("{count} tables", count=f"{catalogue.tables:,}")
    if not views:
        return tables
    return f"{tables}, {tr('1 view') if views == 1 else tr('{count} views', count=f'{views:,}')}"
