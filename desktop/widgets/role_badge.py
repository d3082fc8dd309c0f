"""What a connection may be used for, as sign, word and colour: the same wherever its name stands."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.models.connections import ROLE_MEANS, ROLE_TONES, ROLE_WORDS, Role
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Badge
from desktop.widgets.tips import plain_tip
from desktop.words import tr

LEAST = 14
"""Letters of a role and a name that are always seen."""


class RoleBadge(QWidget):
    """`• Source clinic_prod · read-only`; without a name the role alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._badge = _Fitting()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._badge)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.say(Role.NONE)

    @property
    def text(self) -> str:
        return self._badge.whole

    def say(self, role: Role, name: str = "") -> None:
        """Show this role, and whose it is."""
        said = f"{tr(ROLE_WORDS[role])} {name}".strip()
        said = tr("{role} · read-only", role=said) if role is Role.SOURCE else said
        self._badge.say(said, ROLE_TONES[role])
        self.setAccessibleName(said)
        self.setToolTip(plain_tip(f"{said}. {tr(ROLE_MEANS[role])}"))


class _Fitting(Badge):
    """Ends with an ellipsis where there is no room: a name can be of any length."""

    whole = ""

    def say(self, text: str, tone: Tone) -> None:
        super().say(text, tone)
        self.whole = self.text()
        self._cut()

    def sizeHint(self) -> QSize:
        hint, letters = super().sizeHint(), self.fontMetrics()
        more = letters.horizontalAdvance(self.whole) - letters.horizontalAdvance(self.text())
        return QSize(hint.width() + more, hint.height())

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), LEAST * self.fontMetrics().averageCharWidth()), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        room = self.contentsRect().width()
        self.setText(self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, room))
