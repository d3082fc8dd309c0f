"""What a screen reader is to say although the keyboard is elsewhere."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from desktop.theme.tokens import Tone


def announce(widget: QWidget, text: str, tone: Tone = Tone.PLAIN) -> None:
    """Read it out after what is being said now; what is wrong, at once."""
    event = QAccessibleAnnouncementEvent(widget, text)
    if tone is Tone.BAD:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)
