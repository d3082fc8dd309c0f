"""Say what a connection may be used for, with what that means beside it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QPushButton, QVBoxLayout, QWidget

from desktop.models.connections import ROLE_MEANS, ROLE_TONES, ROLE_WORDS, Role
from desktop.theme.tokens import SIGNS
from desktop.widgets.basic import label
from desktop.words import tr

ORDER = (Role.SOURCE, Role.TARGET, Role.FORBIDDEN, Role.NONE)


class RoleChoice(QWidget):
    """One of the four roles."""

    chosen = Signal()
    """A person chose another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        grid = QGridLayout()
        grid.setSpacing(6)
        self._group = QButtonGroup(self)
        self.buttons: dict[Role, QPushButton] = {}
        for place, role in enumerate(ORDER):
            button = QPushButton(f"{SIGNS[ROLE_TONES[role]]} {tr(ROLE_WORDS[role])}".strip())
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setAccessibleName(tr(ROLE_WORDS[role]))
            button.setAccessibleDescription(tr(ROLE_MEANS[role]))
            self.buttons[role] = button
            self._group.addButton(button)
            grid.addWidget(button, place // 2, place % 2)
        column.addLayout(grid)
        self._means = label("", "secondary", wrap=True)
        column.addWidget(self._means)
        self._group.buttonToggled.connect(lambda *_: self._means.setText(tr(ROLE_MEANS[self.role])))
        self._group.buttonClicked.connect(lambda *_: self.chosen.emit())
        self.say(Role.SOURCE)

    @property
    def role(self) -> Role:
        return next((role for role, button in self.buttons.items() if button.isChecked()), Role.NONE)

    def say(self, role: Role) -> None:
        self.buttons[role].setChecked(True)
