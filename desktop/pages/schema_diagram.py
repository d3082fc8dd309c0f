"""The diagram beside the tree: a table and what is some keys away from it, or the whole schema; places and exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QToolButton, QVBoxLayout, QWidget

from desktop.calls import Asked
from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.diagram import MOST_HOPS, Drawing, places_of
from desktop.theme.tokens import Tone
from desktop.widgets.basic import label
from desktop.widgets.diagram_export import Export, export
from desktop.widgets.diagram_view import STEP, DiagramView
from desktop.widgets.flow import Flow
from desktop.words import tr

WHOLE = 0
FAR = 0.5
"""Smaller than this a neighbourhood is not shown whole: its own table is, as large as text is."""
KEPT = "diagram"
"""Where settings keep the places that a person chose."""
VIEWS = 40
"""Views of one source whose places are remembered."""


class DiagramPanel(QWidget):
    """What is drawn is asked for when the panel is on the screen, and not before."""

    opened = Signal(str)
    """This table is asked for."""
    failed = Signal(object)
    """A Fault."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.connection, self.title = "", ""
        self._asked: Asked | None = None
        self._shown: tuple[Any, ...] = ()
        self._export: Export | None = None
        self._stale = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addLayout(self._tools())
        self.view = DiagramView()
        self.view.opened.connect(self.opened)
        self.view.dragged.connect(self._keep)
        column.addWidget(self.view, 1)
        self.legend = label("", "secondary", wrap=True)
        column.addWidget(self.legend)

    def _tools(self) -> Flow:
        row = Flow()
        self.scope = QComboBox()
        self.scope.setAccessibleName(tr("How much of the schema is drawn"))
        self.scope.addItem(tr("1 key away"), 1)
        for hops in range(2, MOST_HOPS + 1):
            self.scope.addItem(tr("{count} keys away", count=hops), hops)
        self.scope.addItem(tr("Whole schema"), WHOLE)
        self.scope.setCurrentIndex(1)
        self.scope.currentIndexChanged.connect(lambda _: self.refresh())
        row.addWidget(self.scope)
        for text, name, run in (
            ("−", tr("Farther"), lambda: self.view.zoom(1 / STEP)),
            ("+", tr("Nearer"), lambda: self.view.zoom(STEP)),
            (tr("Fit"), tr("Show all of the diagram"), lambda: self.view.fit()),
            ("1:1", tr("Text at its own size"), lambda: self.view.full()),
            (tr("Arrange"), tr("Arrange all tables anew"), self.arrange),
            (tr("Save as…"), tr("Save the diagram as SVG or PDF"), self.ask_file),
        ):
            row.addWidget(_tool(text, name, run))
        return row

    # What is drawn

    def show_table(self, connection: str, title: str) -> None:
        """The view is about this table from now on."""
        if connection != self.connection:
            self._shown = ()
        self.connection, self.title = connection, title
        if self.isVisible():
            self.refresh()

    def refresh(self, *, again: bool = False) -> None:
        """Draw what is chosen, unless it is drawn already."""
        hops = self.scope.currentData()
        title = None if hops == WHOLE else self.title
        wanted = (self.connection, title, hops)
        if title == "" or not self.connection or (wanted == self._shown and not again):
            return
        if title is not None and not again and self._near(title):
            return
        if self._asked is not None:
            self._asked.cancel()
        self._shown, self._stale = wanted, False
        self._asked = self.desk.calls.ask(
            "diagram.draw", owner=self, done=self._drawn, failed=self._lost, connection=wanted[0], title=title, hops=wanted[2]
        )  # fmt: skip

    def _near(self, title: str) -> bool:
        """The table is on the diagram that is shown: nobody wants it to jump."""
        return (
            self._shown[:1] == (self.connection,)
            and self._shown[2:] == (self.scope.currentData(),)
            and self.view.go(title)
        )

    def _drawn(self, drawing: Drawing) -> None:
        self._asked = None
        before = self.view.drawing
        same = before is not None and (before.connection, before.key) == (drawing.connection, drawing.key)
        self.view.show_drawing(drawing, self._given(drawing))
        if not same:
            self.view.fit()
            if self.view.transform().m11() < FAR and drawing.centre >= 0:
                self.view.full()
            self.view.go(self.title)
        self.legend.setText(self._said(drawing))

    def _said(self, drawing: Drawing) -> str:
        said = [tr("{tables} tables, {keys} keys", tables=f"{len(drawing):,}", keys=f"{len(drawing.children):,}")]
        if drawing.left_out:
            said.append(tr("{count} more tables are not drawn: choose fewer steps", count=f"{drawing.left_out:,}"))
        if drawing.subset:
            said.append(tr("A bold line is followed by the subset; its heads show which rows bring which"))
        if drawing.declared.any():
            said.append(tr("A dashed line is a key that only the plan declares"))
        return " · ".join(said)

    def _lost(self, fault: Fault) -> None:
        self._asked, self._shown = None, ()
        self.failed.emit(fault)

    def draw_all(self) -> None:
        """The whole schema."""
        self.scope.setCurrentIndex(self.scope.findData(WHOLE))

    def look_again(self) -> None:
        """What is known of the tables is another: draw it now, or once somebody looks."""
        self._stale = self.view.drawing is not None
        if self.isVisible() and self._stale:
            self.refresh(again=True)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.refresh(again=self._stale)

    # Places

    def _given(self, drawing: Drawing) -> dict[str, tuple[float, float]]:
        return places_of(self._views(drawing).get(drawing.key))

    def _views(self, drawing: Drawing) -> dict[str, Any]:
        """What is remembered of this source."""
        kept = self.desk.settings.kept.get(KEPT, {}).get(drawing.connection)
        return kept if isinstance(kept, dict) else {}

    def _keep(self) -> None:
        """Remember where a person put boxes, with the source."""
        drawing = self.view.drawing
        if drawing is not None:
            self._remember(drawing, {title: list(place) for title, place in self.view.places.items()})

    def _remember(self, drawing: Drawing, places: dict[str, list[float]]) -> None:
        kept = self.desk.settings.kept.get(KEPT, {})
        views = {key: value for key, value in self._views(drawing).items() if key != drawing.key}
        if places:
            views[drawing.key] = places
        self.desk.keep(KEPT, {**kept, drawing.connection: dict(list(views.items())[-VIEWS:])})

    def arrange(self) -> None:
        """Forget where a person put boxes."""
        if self.view.drawing is not None:
            self._remember(self.view.drawing, {})
            self.view.show_drawing(self.view.drawing)

    # Files

    def ask_file(self) -> None:
        """Ask where to save it."""
        dialog = QFileDialog(self, tr("Save the diagram"), "", tr("Pictures (*.svg);;Documents (*.pdf)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("svg")
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix("pdf" if "pdf" in kind else "svg"))
        dialog.fileSelected.connect(lambda path: self.save(Path(path)))
        dialog.open()

    def save(self, path: Path) -> None:
        """Write all of the diagram to a file, SVG or PDF by its name."""
        if self.view.drawing is not None and len(self.view.drawing):
            self._export = export(
                self.view,
                path,
                lambda written: self.desk.say(tr("The diagram was saved as {path}.", path=written), Tone.GOOD),
                lambda sentence: self.desk.say(sentence, Tone.BAD),
            )


def _tool(text: str, name: str, run: Any) -> QToolButton:
    made = QToolButton()
    made.setText(text)
    made.setAccessibleName(name)
    made.setToolTip(name)
    made.clicked.connect(run)
    return made
