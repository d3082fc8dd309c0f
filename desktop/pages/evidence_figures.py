"""Figures table by table, fetched when a table is chosen: distributions, children per parent, columns together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QGridLayout, QLineEdit, QScrollArea, QSplitter, QVBoxLayout, QWidget

from desktop.models.charts import Heat, Pairs
from desktop.models.evidence import Drawn, FigureIndex
from desktop.models.grid import ListGrid
from desktop.widgets.basic import Empty, label
from desktop.widgets.charts_frame import ChartCard, Sign, pair_signs
from desktop.widgets.grid import GridView
from desktop.words import tr


class FiguresPanel(QWidget):
    """Tables on one side, the drawings of the chosen one on the other. `fetch` is asked for a table's drawings."""

    def __init__(self, fetch: Callable[[str], None]) -> None:
        super().__init__()
        self._fetch = fetch
        self.index = FigureIndex()
        self.said = False
        """Something was answered: drawings, or why there are none."""
        self.shown: list[str] = []
        """Tables of the list, as the filter leaves them."""
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter tables"))
        self.filter.setAccessibleName(tr("Filter tables"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(lambda _: self._list())
        self.grid = GridView(tr("Tables with figures"))
        self.grid.moved.connect(self._chosen)
        self.cards: list[ChartCard] = []
        self.table = ""
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName(tr("Figures of the chosen table"))
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.filter)
        column.addWidget(self.grid, 1)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(self._scroll)
        split.setStretchFactor(1, 1)
        split.setSizes([260, 800])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 8, 0, 0)
        whole.addWidget(split)

    def say(self, index: FigureIndex) -> None:
        """What there is to draw; the overview is shown first."""
        self.index, self.said = index, True
        self.filter.clear()
        self._list()
        if index.there:
            with QSignalBlocker(self.grid):
                self.grid.selectRow(0)
            self._chosen(0)
        else:
            self.empty(tr("This assessment kept no figures: nothing was measured."))

    def empty(self, text: str, action: str = "", run: Callable[[], None] | None = None) -> None:
        """Nothing can be drawn, and why."""
        self.cards = []
        self._scroll.setWidget(Empty(text, action, run))

    def forget(self) -> None:
        """Another assessment is shown: nothing of the last one stays."""
        self.index, self.table, self.said = FigureIndex(), "", False
        self._list()
        self.empty("")

    def _list(self) -> None:
        words = self.filter.text().casefold()
        tables = [(name, count) for name, count in self.index.tables if words in name.casefold()]
        overview = [(tr("All tables together"), "")] if self.index.lineage.nodes and not words else []
        self.shown = [""] * len(overview) + [name for name, _ in tables]
        rows = (*overview, *((name, str(count)) for name, count in tables))
        self.grid.show_grid(ListGrid((tr("Table"), tr("Figures")), tuple(rows)))

    def _chosen(self, row: int) -> None:
        if not 0 <= row < len(self.shown):
            return
        self.table = self.shown[row]
        if self.table:
            self._fetch(self.table)
            return
        lineage = self.index.lineage
        note = tr("Parents stand before the tables that refer to them.")
        if lineage.undrawn:
            note += " " + tr("{count} more tables are not drawn.", count=f"{lineage.undrawn:,}")
        self._lay([ChartCard(lineage, tr("Where the target's tables come from"), note)], wide=True)

    def draw(self, table: str, drawn: Sequence[Drawn]) -> None:
        """The drawings of a table; those of one that is no longer chosen are dropped."""
        if table != self.table:
            return
        cards = [ChartCard(each.drawing, each.caption, _note(each), _signs(each)) for each in drawn]
        self._lay(cards)

    def _lay(self, cards: Sequence[ChartCard], *, wide: bool = False) -> None:
        """Two bars' charts beside each other; heat maps over the whole width."""
        self.cards = list(cards)
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(4, 0, 4, 0)
        if not wide and any(
            card.chart.drawing.distance is not None for card in cards if isinstance(card.chart.drawing, Pairs)
        ):
            grid.addWidget(label(_distances(), "secondary", wrap=True), 0, 0, 1, 2)
        row = 1
        narrow = [card for card in cards if isinstance(card.chart.drawing, Pairs) and not wide]
        for place, card in enumerate(narrow):
            grid.addWidget(card, row + place // 2, place % 2)
        row += -(-len(narrow) // 2)
        for card in (each for each in cards if each not in narrow):
            grid.addWidget(card, row, 0, 1, 2)
            row += 1
        note = self._undrawn()
        if note:
            grid.addWidget(label(note, "secondary", wrap=True), row, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(row + 1, 1)
        self._scroll.setWidget(inside)

    def _undrawn(self) -> str:
        missing = [
            tr("{count} more {kind}", count=count, kind=kind.replace("_", " ")) for kind, count in self.index.undrawn
        ]
        return tr("Not drawn, for want of room: {what}.", what=", ".join(missing)) if missing else ""


def _note(each: Drawn) -> str:
    if not isinstance(each.drawing, Heat):
        return each.note
    note = tr("Cramér's V of every pair of columns: 0 independent (pale), 1 one says the other (deep).")
    if each.drawing.source is not None:
        note += " " + tr(
            "The difference is target less source; a stroke in the corner marks where the target has less."
        )
    if each.drawing.undrawn:
        note += " " + tr("{count} more columns are not drawn.", count=each.drawing.undrawn)
    return note


def _distances() -> str:
    return tr(
        "The least alike come first: the distance is half the sum of the differences of the bars, 0 alike and 1 nothing in common. "
        "Percentages beside bars are the target's; ranges are named by where they begin."
    )


def _signs(each: Drawn) -> tuple[Sign, ...]:
    if isinstance(each.drawing, Heat):
        return ()
    return pair_signs(isinstance(each.drawing, Pairs) and each.drawing.source is not None)
