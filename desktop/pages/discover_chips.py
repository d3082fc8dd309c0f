"""Filters with counts: where a column belongs, what it looks like, a text in its name."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.models.hub import Group, Tally, Wish
from desktop.pages.discover_words import group_words
from desktop.widgets.flow import Flow, Shares
from desktop.words import tr

GROUPS: tuple[Group | None, ...] = (*Group, None)
MOST = 5
"""Kinds that have a chip of their own; all others are in a menu."""


class Chips(QWidget):
    """What a person wants to see. `changed` comes when they say so, not when counts are shown."""

    changed = Signal(object)
    """The Wish."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wish = Wish(Group.AT_RISK)
        self.groups = {group: _chip() for group in GROUPS}
        self.kinds = [_chip() for _ in range(MOST)]
        self.every, self.more = _chip(), QToolButton()
        self.text = QLineEdit()
        self.beside = Shares()
        """The kinds, and after them what is done with all that is shown."""
        self._entities: list[str] = []
        self._counts: tuple[tuple[str, int], ...] = ()
        self._group_buttons, self._kind_buttons = _exclusive(*self.groups.values()), _exclusive(self.every, *self.kinds)
        self._connect()
        self._lay_out()

    def _connect(self) -> None:
        for group, chip in self.groups.items():
            chip.clicked.connect(lambda _=False, chosen=group: self._say(replace(self.wish, group=chosen)))
        for place, chip in enumerate(self.kinds):
            chip.clicked.connect(lambda _=False, at=place: self._say(replace(self.wish, entity=self._entities[at])))
        self.every.clicked.connect(lambda _=False: self._say(replace(self.wish, entity=None)))
        self.text.textChanged.connect(lambda text: self._say(replace(self.wish, text=text)))
        self.text.setPlaceholderText(tr("Filter by table or column"))
        self.text.setAccessibleName(tr("Filter by table or column"))
        self.text.setClearButtonEnabled(True)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(QMenu(self.more))
        self.more.setText(tr("More"))
        self.more.setAccessibleName(tr("More kinds of personal data"))

    def _lay_out(self) -> None:
        groups, self.kinds_row = Flow(), QWidget()
        for chip in self.groups.values():
            groups.addWidget(chip)
        self._kinds_line = kinds = QHBoxLayout(self.kinds_row)
        kinds.setContentsMargins(0, 0, 0, 0)
        for chip in (self.every, *self.kinds, self.more):
            kinds.addWidget(chip)
        kinds.addStretch(1)
        # As wide as there is room: chips that do not fit are in the menu.
        self.kinds_row.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.text.setMinimumWidth(self.fontMetrics().averageCharWidth() * 22)
        above = QHBoxLayout()
        above.addLayout(groups, 1)
        above.addWidget(self.text, alignment=Qt.AlignmentFlag.AlignTop)
        self.beside.add(self.kinds_row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(above)
        column.addLayout(self.beside)

    def set_wish(self, wish: Wish) -> None:
        """Take another wish, without saying so."""
        self.wish = wish
        self.text.blockSignals(True)
        self.text.setText(wish.text)
        self.text.blockSignals(False)

    def show_tally(self, tally: Tally) -> None:
        """Counts on every chip; the ones that are chosen are so whatever they count."""
        for group, chip in self.groups.items():
            _count(chip, group_words(group), tally.total if group is None else tally.groups[group])
            chip.setChecked(group is self.wish.group)
        self._counts = tally.entities
        self._show_kinds()

    def _show_kinds(self) -> None:
        """The most frequent kinds as chips, as many as there is room for; the chosen one is always among them."""
        counts, chosen = dict(self._counts), self.wish.entity
        names = [name for name in counts if name and name != chosen]
        self._entities = [*([chosen] if chosen is not None else []), *names][:MOST]
        _count(self.every, tr("All kinds"), sum(counts.values()))
        self.every.setChecked(chosen is None)
        for chip, name in zip(self.kinds, self._entities, strict=False):
            _count(chip, name or tr("Nothing personal"), counts.get(name, 0))
            chip.setChecked(name == chosen)
        both = self.every.sizeHint().width() + self.more.sizeHint().width()
        self.kinds_row.setMinimumWidth(both + self._kinds_line.spacing())
        fit = self._fitting(len(self._entities))
        for place, chip in enumerate(self.kinds):
            chip.setVisible(place < fit)
        self._fill([each for each in self._counts if each[0] not in self._entities[:fit]])

    def _fitting(self, most: int) -> int:
        """How many chips there is room for beside the menu; the first one has to fit where it is chosen."""
        gap = self._kinds_line.spacing()
        room = self.kinds_row.width() - self.every.sizeHint().width() - self.more.sizeHint().width() - 2 * gap
        least = 1 if self.wish.entity is not None else 0
        for place, chip in enumerate(self.kinds[:most]):
            room -= chip.sizeHint().width() + gap
            if room < 0:
                return max(place, least)
        return most

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._show_kinds)

    def _fill(self, rest: list[tuple[str, int]]) -> None:
        menu = self.more.menu()
        menu.clear()
        for name, count in rest:
            words = tr("{name} {count:,}", name=name or tr("Nothing personal"), count=count)
            # An ampersand would be a mnemonic.
            action = menu.addAction(words.replace("&", "&&"))
            action.triggered.connect(lambda _=False, chosen=name: self._say(replace(self.wish, entity=chosen)))
        self.more.setVisible(bool(rest))

    def _say(self, wish: Wish) -> None:
        self.wish = wish
        self.changed.emit(wish)


def _chip() -> QToolButton:
    made = QToolButton()
    made.setCheckable(True)
    return made


def _exclusive(*chips: QToolButton) -> QButtonGroup:
    """One of them is chosen, and arrow keys go from one to the next."""
    group = QButtonGroup(chips[0])
    for chip in chips:
        group.addButton(chip)
    return group


def _count(chip: QToolButton, words: str, count: int) -> None:
    chip.setText(tr("{name} {count:,}", name=words, count=count).replace("&", "&&"))
    chip.setAccessibleName(tr("{name}: {count:,} columns", name=words, count=count))
