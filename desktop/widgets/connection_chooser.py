"""Choose one of the saved connections; those that may not be chosen stand there too, and say why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

from desktop.models.connections import ROLE_TONES, ROLE_WORDS, ConnectionView
from desktop.theme.tokens import SIGNS
from desktop.widgets.tips import plain_tip
from desktop.words import tr


class ConnectionChooser(QComboBox):
    """For one side of a run. Nothing is chosen until a person, or `choose`, does."""

    chosen_changed = Signal(str)
    """The name that is chosen now; empty: none."""

    def __init__(self, accessible: str, *, target: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._target = target
        self.setAccessibleName(accessible)
        self.setPlaceholderText(tr("Choose a target") if target else tr("Choose a source"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.currentIndexChanged.connect(lambda _: self.chosen_changed.emit(self.chosen))

    @property
    def chosen(self) -> str:
        """The name of the connection; empty: none."""
        return self.currentData() or ""

    def show_connections(self, connections: Sequence[ConnectionView]) -> None:
        """Offer these; the chosen one stays so as long as it may."""
        before = self.chosen
        self.blockSignals(True)
        self.clear()
        for each in sorted(connections, key=lambda each: bool(self._refusal(each))):
            self._add(each)
        self.setCurrentIndex(-1)
        self.choose(before)
        self.blockSignals(False)
        if self.chosen != before:
            self.chosen_changed.emit(self.chosen)

    def choose(self, name: str) -> bool:
        """Choose by name; False, and nothing changes, where it is not there or may not be chosen."""
        place = self.findData(name) if name else -1
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        if place < 0 or not model.item(place).isEnabled():
            return False
        self.setCurrentIndex(place)
        return True

    def _refusal(self, connection: ConnectionView) -> str:
        return connection.not_target if self._target else connection.not_source

    def _add(self, connection: ConnectionView) -> None:
        role = f"{SIGNS[ROLE_TONES[connection.role]]} {tr(ROLE_WORDS[connection.role])}".strip()
        self.addItem(f"{connection.name}  ·  {role}", connection.name)
        refusal = self._refusal(connection)
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        item = model.item(self.count() - 1)
        item.setEnabled(not refusal)
        self.setItemData(self.count() - 1, plain_tip(refusal or connection.url), Qt.ItemDataRole.ToolTipRole)
